/* The files of accounts: passwd, shadow and group. Source: passwd(5), shadow(5), group(5). Pure. */
#pragma once

#include "util/error.h"

typedef enum { AK_ACCOUNT_PASSWD, AK_ACCOUNT_SHADOW, AK_ACCOUNT_GROUP } AkAccountFile;

typedef struct {
  char *name;           /* owned; of the account or the group */
  char *password;       /* owned; the field as it stands: "", "x", "*", "!…", a hash */
  gint64 id;            /* uid or gid; -1 in shadow */
  char *shell;          /* owned; passwd only; "" means /bin/sh */
  GStrv members;        /* owned; group only */
  gsize offset, length; /* the line within the file */
} AkAccountLine;
void ak_account_line_free(AkAccountLine *self);

/* The lines of one file in their order: GPtrArray of AkAccountLine. `unread` gets the number of
 * lines that are neither entries nor empty nor comments, or that stand beyond the 10,000th. */
GPtrArray *ak_account_file_read(AkAccountFile kind, const guint8 *data, gsize size, guint *unread);

typedef enum {
  AK_PASSWORD_EMPTY,     /* anyone gets in */
  AK_PASSWORD_HASH,      /* the hash's password gets in */
  AK_PASSWORD_LOCKED,    /* no password does */
  AK_PASSWORD_ELSEWHERE, /* "x": the answer stands in shadow */
} AkPasswordState;
/* Of the password field of a passwd or shadow line. */
AkPasswordState ak_account_password_state(const char *password);

/* True unless the shell is one of those that let nobody in (nologin, false, sync, halt …). */
bool ak_account_shell_lets_in(const char *shell);

bool ak_firmware_account_file_fuzz(const guint8 *data, gsize size);
