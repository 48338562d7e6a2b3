/* What is started when a device boots: commands in inittab, inetd.conf, xinetd files, shell scripts
 * and systemd units. Pure. Nothing is executed: scripts are read word by word, variables only as
 * far as they are set to plain text in the same script. */
#pragma once

#include "util/error.h"

typedef struct {
  char *program;        /* as written: "/usr/sbin/telnetd", "telnetd"; variables filled in */
  GStrv arguments;      /* without the program */
  bool is_open;         /* arguments hold variables that are not known */
  bool is_started;      /* named as what is started, not just a command of a script */
  bool is_background;   /* goes on beside the script: "program &" */
  bool is_conditional;  /* stands in an if or a case, or behind && or ||, or in a function that the script does not call */
  bool is_never;        /* behind a test of known texts that does not hold: it is not run */
  GStrv needs;          /* paths that have to be there, where nothing else is its condition; else NULL */
  char *function;       /* in which it stands, or NULL */
  char *how;            /* "respawn", "tcp telnet", "ExecStart"; "" in scripts */
  gsize offset, length; /* the line within the file */
} AkBootCommand;
void ak_boot_command_free(AkBootCommand *self);

typedef enum {
  AK_BOOT_INITTAB, /* inittab(5), BusyBox's too: id:runlevels:action:process */
  AK_BOOT_INETD,   /* inetd.conf(5) */
  AK_BOOT_XINETD,  /* xinetd.conf(5); with "disable = yes" nothing */
  AK_BOOT_SCRIPT,  /* sh(1); every simple command, and what start-stop-daemon and procd start */
  AK_BOOT_UNIT,    /* systemd.service(5): ExecStart=, ExecStartPre=, ExecStartPost= */
} AkBootForm;

/* The bytes of a file that a script reads as its own (". PATH"); NULL where there is none. Borrowed. AK_BOOT_CONF is that of a
 * script of OpenRC: /etc/conf.d/NAME. */
#define AK_BOOT_CONF "conf.d"
typedef const guint8 *(*AkBootSource)(gpointer data, const char *path, gsize *size);

/* The commands in their order: GPtrArray of AkBootCommand, at most 2,000. What a shell is given as text (-c, eval) are commands
 * too. `source` (may be NULL) gives files whose variables a script takes over; their commands are not among the script's. */
GPtrArray *ak_boot_start_read(AkBootForm form, const guint8 *data, gsize size, AkBootSource source, gpointer source_data);

/* True for the name of a program that is a shell. */
bool ak_boot_start_is_shell(const char *name);

/* "telnetd" of "/usr/sbin/telnetd". Borrowed. */
const char *ak_boot_start_name(const char *program);

bool ak_firmware_boot_start_fuzz(const guint8 *data, gsize size);
