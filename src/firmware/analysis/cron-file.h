/* Tables of cron: when what is started. Pure. Source: crontab(5); BusyBox, crond. */
#pragma once

#include "util/error.h"

typedef struct {
  char *when;    /* "5 4 * * *", "@reboot" */
  char *program; /* the command's first word, without its arguments: they may hold secrets */
  char *command; /* all of it: never shown */
} AkCronJob;
void ak_cron_job_free(AkCronJob *self);

/* True for the path of a table; `has_user`: a name stands before the command. */
bool ak_cron_file_is(const char *path, bool *has_user);

/* "daily" of "/etc/cron.daily/x", caller frees: each program of such a folder is a job; else NULL. Source: cron(8) of Debian,
 * anacrontab(5); run-parts(8) passes over names with a dot. */
char *ak_cron_file_period(const char *path);

/* The jobs in their order: GPtrArray of AkCronJob, at most 500. `unread` gets the number of lines
 * that are none. */
GPtrArray *ak_cron_file_read(const guint8 *data, gsize size, bool has_user, guint *unread);

bool ak_firmware_cron_file_fuzz(const guint8 *data, gsize size);
