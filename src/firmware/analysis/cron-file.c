#include "firmware/analysis/cron-file.h"

#include <string.h>

#define MAX_JOBS 500
#define MAX_WORD 200

void ak_cron_job_free(AkCronJob *self) {
  if (self == NULL)
    return;
  g_free(self->when);
  g_free(self->program);
  g_free(self->command);
  g_free(self);
}

bool ak_cron_file_is(const char *path, bool *has_user) {
  static const struct {
    const char *folder;
    bool has_user;
  } folders[] = {
      {"/etc/cron.d/", true}, {"/etc/crontabs/", false}, {"/spool/cron/crontabs/", false}, {"/spool/cron/", false}};
  *has_user = true;
  if (g_str_has_suffix(path, "/etc/crontab"))
    return true;
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    const char *at = strstr(path, folders[i].folder);
    const char *name = at != NULL ? at + strlen(folders[i].folder) : NULL;
    *has_user = folders[i].has_user;
    /* cron passes over names with a dot: "x.dpkg-old", ".placeholder" */
    if (name != NULL && *name != '\0' && strpbrk(name, "/.") == NULL)
      return true;
  }
  return false;
}

char *ak_cron_file_period(const char *path) {
  static const char *const periods[] = {"hourly", "daily", "weekly", "monthly", "yearly"};
  for (gsize i = 0; i < G_N_ELEMENTS(periods); i++) {
    g_autofree char *folder = g_strdup_printf("/etc/cron.%s/", periods[i]), *periodic = g_strdup_printf("/etc/periodic/%s/", periods[i]);
    const char *at = strstr(path, folder), *other = strstr(path, periodic);
    const char *name = at != NULL ? at + strlen(folder) : other != NULL ? other + strlen(periodic) : "";
    if (*name != '\0' && strpbrk(name, "/.") == NULL)
      return g_strdup(periods[i]);
  }
  return NULL;
}

static const char *next_word(const char *at, gsize *size) {
  at += strspn(at, " \t");
  *size = strcspn(at, " \t");
  return at;
}

/* Words of time: digits, '*', names of days and months. */
static bool is_time(const char *word, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isalnum(word[i]) && strchr("*/,-", word[i]) == NULL)
      return false;
  return size > 0;
}

static AkCronJob *read_line(const char *line, bool has_user) {
  gsize size = 0;
  const char *at = next_word(line, &size), *start = at;
  bool is_nick = *at == '@';
  for (guint i = 0; i < (is_nick ? 1 : 5); i++) {
    if (!is_nick && !is_time(at, size))
      return NULL;
    start = i == 0 ? at : start;
    if (i < (is_nick ? 0 : 4))
      at = next_word(at + size, &size);
  }
  g_autofree char *when = g_strndup(start, MIN((gsize)(at + size - start), MAX_WORD));
  at = next_word(at + size, &size);
  if (has_user)
    at = next_word(at + size, &size);
  if (size == 0)
    return NULL;
  AkCronJob *job = g_new0(AkCronJob, 1);
  *job = (AkCronJob){g_steal_pointer(&when), g_strndup(at, MIN(size, MAX_WORD)), g_strdup(at)};
  return job;
}

/* "NAME=value": the time words know no '='. */
static bool is_setting(const char *line) {
  gsize name = 0;
  while (g_ascii_isalnum(line[name]) || line[name] == '_')
    name++;
  return name > 0 && line[name + strspn(line + name, " \t")] == '=';
}

GPtrArray *ak_cron_file_read(const guint8 *data, gsize size, bool has_user, guint *unread) {
  GPtrArray *jobs = g_ptr_array_new_with_free_func((GDestroyNotify)ak_cron_job_free);
  g_autofree char *text = g_strndup(size > 0 ? (const char *)data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  *unread = 0;
  for (char **line = lines; *line != NULL; line++) {
    const char *start = g_strstrip(*line);
    if (*start == '\0' || *start == '#' || is_setting(start))
      continue;
    AkCronJob *job = jobs->len < MAX_JOBS ? read_line(start, has_user) : NULL;
    if (job != NULL)
      g_ptr_array_add(jobs, job);
    else
      (*unread)++;
  }
  return jobs;
}

bool ak_firmware_cron_file_fuzz(const guint8 *data, gsize size) {
  guint unread = 0, found = 0;
  for (guint has_user = 0; has_user < 2; has_user++) {
    g_autoptr(GPtrArray) jobs = ak_cron_file_read(data, size, has_user != 0, &unread);
    for (guint i = 0; i < jobs->len; i++)
      g_assert_cmpuint(strlen(((AkCronJob *)jobs->pdata[i])->program), >, 0);
    found += jobs->len;
  }
  return found > 0;
}
