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
  bool is_conditional;  /* stands in an if, or behind && or || */
  char *how;            /* "respawn", "tcp telnet", "ExecStart"; "" in scripts */
  gsize offset, length; /* the line within the file */
} AkBootCommand;
void ak_boot_command_free(AkBootCommand *self);

typedef enum {
  AK_BOOT_INITTAB, /* inittab(5), BusyBox's too: id:runlevels:action:process */
  AK_BOOT_INETD,   /* inetd.conf(5) */
  AK_BOOT_XINETD,  /* xinetd.conf(5); with "disable = yes" nothing */
  AK_BOOT_SCRIPT,  /* sh(1); every simple command, and what start-stop-daemon and procd start */
  AK_BOOT_UNIT,    /* systemd.service(5): ExecStart= */
} AkBootForm;

/* The commands in their order: GPtrArray of AkBootCommand, at most 2,000. */
GPtrArray *ak_boot_start_read(AkBootForm form, const guint8 *data, gsize size);

/* "telnetd" of "/usr/sbin/telnetd". Borrowed. */
const char *ak_boot_start_name(const char *program);

bool ak_firmware_boot_start_fuzz(const guint8 *data, gsize size);
