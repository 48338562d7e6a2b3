#include "effect/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "effect/left.h"

#define NOBODY 65534 /* Debian policy, 9.2.2: the user and the group without files */
#define FIRST_PORT 20000
#define LAST_PORT 29999 /* Linux gives 32768 and above to outgoing connections */
#define POLL_US 5000
#define OUTPUT_TAIL 600 /* bytes of a failed start's output that are told */

struct _AkProcess {
  GPid pid; /* and the group's number */
};

/* --- placeholders ------------------------------------------------------------------------------- */

static char *value_of(const AkPlaceholders *self, const char *name, gsize size) {
  const struct {
    const char *name, *text;
    guint number;
  } known[] = {{"PORT", NULL, self->port},
               {"TARGET_PORT", NULL, self->target_port},
               {"FOLDER", self->folder, 0},
               {"RANGE", self->range, 0}};
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (strlen(known[i].name) == size && memcmp(known[i].name, name, size) == 0)
      return known[i].text != NULL ? g_strdup(known[i].text)
                                   : g_strdup_printf("%u", known[i].number);
  for (guint i = 0; self->values != NULL && i < self->values->len; i++) {
    const AkRangeValue *value = self->values->pdata[i];
    if (strlen(value->name) == size && memcmp(value->name, name, size) == 0)
      return g_strdup(value->value);
  }
  return NULL;
}

char *ak_process_fill(const AkPlaceholders *self, const char *text, gsize size, gsize *filled) {
  GString *out = g_string_sized_new(size + 64);
  for (gsize at = 0; at < size;) {
    gsize end = at + 1;
    while (end < size && (g_ascii_isupper(text[end]) || g_ascii_isdigit(text[end]) ||
                          text[end] == '_'))
      end++;
    bool is_name = text[at] == '@' && end < size && text[end] == '@';
    g_autofree char *value = is_name ? value_of(self, text + at + 1, end - at - 1) : NULL;
    if (value != NULL)
      g_string_append(out, value);
    else
      g_string_append_c(out, text[at]);
    at = value != NULL ? end + 1 : at + 1;
  }
  if (filled != NULL)
    *filled = out->len;
  return g_string_free(out, FALSE);
}

/* --- ports and folders -------------------------------------------------------------------------- */

static bool is_free(guint16 port) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool free_now = fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof here) == 0;
  if (fd >= 0)
    close(fd);
  return free_now;
}

guint16 ak_process_free_port(void) {
  guint32 count = LAST_PORT - FIRST_PORT + 1, start = g_random_int() % count;
  for (guint32 i = 0; i < count; i++) {
    guint16 port = (guint16)(FIRST_PORT + (start + i) % count);
    if (is_free(port))
      return port;
  }
  return 0;
}

bool ak_process_make_folder(const char *path, GError **error) {
  if (g_mkdir(path, 0700) != 0)
    return ak_error_set_errno(error, errno, "%s cannot be made", path);
  if (geteuid() == 0 && chown(path, NOBODY, NOBODY) != 0)
    return ak_error_set_errno(error, errno, "%s cannot be given away", path);
  return true;
}

/* --- starting -------------------------------------------------------------------------------------- */

/* In the child, before the program: nothing but system calls. */
static void give_up_privileges(gpointer data) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
                         setresuid(NOBODY, NOBODY, NOBODY) != 0))
    _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of user takes it back */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  umask(022);
}

/* Debian keeps servers out of a user's search path. */
static char *find_program(const char *name) {
  static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/local/sbin"};
  char *found = g_find_program_in_path(name);
  for (gsize i = 0; found == NULL && i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *path = g_build_filename(folders[i], name, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
      found = g_steal_pointer(&path);
  }
  return found;
}

static int open_output(const char *folder) {
  g_autofree char *path = g_build_filename(folder, "output", NULL);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && geteuid() == 0 && fchown(fd, NOBODY, NOBODY) != 0)
    return close(fd), -1;
  return fd;
}

static char *end_of_output(const char *folder) {
  g_autofree char *path = g_build_filename(folder, "output", NULL), *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &text, &size, NULL) || size == 0)
    return g_strdup("it printed nothing");
  char *tail = g_utf8_make_valid(text + (size > OUTPUT_TAIL ? size - OUTPUT_TAIL : 0), -1);
  return g_strchomp(tail);
}

static bool accepts(guint16 port) {
  struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool does = fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) == 0;
  if (fd >= 0)
    close(fd);
  return does;
}

static bool wait_until_ready(AkProcess *self, const AkProcessSpec *spec, GError **error) {
  gint64 until_us = g_get_monotonic_time() + (gint64)spec->ready_ms * 1000;
  while (spec->port != 0 && !accepts(spec->port)) {
    bool is_over = g_get_monotonic_time() > until_us, is_dead = !ak_process_is_alive(self);
    if (is_over || is_dead) {
      g_autofree char *said = end_of_output(spec->folder);
      return ak_error_set(error, is_dead ? AK_ERROR_IO : AK_ERROR_TIMEOUT, "%s %s: %s", spec->name,
                          is_dead ? "ended at once" : "does not accept connections", said);
    }
    g_usleep(POLL_US);
  }
  return true;
}

AkProcess *ak_process_start(const AkProcessSpec *spec, GError **error) {
  g_autofree char *program = find_program(spec->argv[0]);
  g_autoptr(GError) failure = NULL;
  if (program == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s: the program %s is not installed", spec->name,
                 spec->argv[0]);
    return NULL;
  }
  g_auto(GStrv) argv = g_strdupv(spec->argv);
  g_free(argv[0]);
  argv[0] = g_steal_pointer(&program);
  int output = open_output(spec->folder);
  if (output < 0) {
    ak_error_set_errno(error, errno, "%s: its output", spec->name);
    return NULL;
  }
  AkProcess *self = g_new0(AkProcess, 1);
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES;
  bool started = g_spawn_async_with_fds(spec->folder, argv, NULL, flags, give_up_privileges, NULL,
                                        &self->pid, spec->in_fd,
                                        spec->out_fd >= 0 ? spec->out_fd : output, output, &failure);
  close(output);
  if (!started) {
    g_free(self);
    ak_error_set(error, AK_ERROR_IO, "%s: %s", spec->name, failure->message);
    return NULL;
  }
  ak_left_note(spec->groups, self->pid);
  if (wait_until_ready(self, spec, error))
    return self;
  ak_process_stop(self, 0, NULL);
  return NULL;
}

/* --- running and ending ------------------------------------------------------------------------- */

/* Has it ended? It is not waited for yet: until then its number, and its group's, are nobody else's. */
static bool has_ended(const AkProcess *self) {
  siginfo_t info = {0};
  return waitid(P_PID, (id_t)self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == self->pid;
}

bool ak_process_is_alive(AkProcess *self) { return !has_ended(self); }

bool ak_process_has_exited(const AkProcess *self, int *status) {
  siginfo_t info = {0};
  bool has_exited = waitid(P_PID, (id_t)self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                    info.si_pid == self->pid && info.si_code == CLD_EXITED;
  if (has_exited)
    *status = info.si_status;
  return has_exited;
}

gint ak_process_pid(const AkProcess *self) { return self->pid; }

void ak_process_use_add(AkProcessUse *sum, const AkProcessUse *more) {
  sum->cpu_us += more->cpu_us;
  sum->waited_us += more->waited_us;
  sum->memory_bytes = MAX(sum->memory_bytes, more->memory_bytes);
}

/* Of what has ended the system itself keeps the account: of the process and whom it waited for. A group
 * that lived until now was looked at before; the larger of the two is what is known. A process's most
 * memory begins with what its parent had when it forked (Linux, fs/exec.c: exec_mmap): what is not above
 * that says nothing about it. */
static void add_life(AkProcessUse *used, const AkProcessUse *seen, const struct rusage *kept) {
  AkProcessUse life = *seen;
  struct rusage own = {0};
  const struct timeval *times[] = {&kept->ru_utime, &kept->ru_stime};
  gint64 cpu_us = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
    cpu_us += (gint64)times[i]->tv_sec * G_USEC_PER_SEC + times[i]->tv_usec;
  life.cpu_us = MAX(life.cpu_us, cpu_us);
  if (getrusage(RUSAGE_SELF, &own) == 0 && kept->ru_maxrss > own.ru_maxrss)
    life.memory_bytes = MAX(life.memory_bytes, (gint64)kept->ru_maxrss * 1024);
  ak_process_use_add(used, &life);
}

void ak_process_stop(AkProcess *self, guint stop_ms, AkProcessUse *used) {
  struct rusage kept = {0};
  AkProcessUse seen = {0};
  if (self == NULL)
    return;
  if (used != NULL && !has_ended(self))
    seen = ak_process_use(self);
  gint64 until_us = g_get_monotonic_time() + (gint64)stop_ms * 1000;
  if (stop_ms > 0)
    kill(-self->pid, SIGTERM);
  while (stop_ms > 0 && !has_ended(self) && g_get_monotonic_time() < until_us)
    g_usleep(POLL_US);
  kill(-self->pid, SIGKILL);
  if (wait4(self->pid, NULL, 0, &kept) == self->pid && used != NULL)
    add_life(used, &seen, &kept);
  g_free(self);
}

/* Numbers of /proc/PID/stat behind the name, which may hold anything: field 3 is the first. Source:
 * proc(5): 5 pgrp, 14 utime, 15 stime, 16 cutime, 17 cstime, 24 rss in pages. */
static bool read_stat(const char *pid, gint64 fields[static 25]) {
  g_autofree char *path = g_build_filename("/proc", pid, "stat", NULL), *text = NULL;
  const char *at = g_file_get_contents(path, &text, NULL, NULL) ? strrchr(text, ')') : NULL;
  if (at == NULL || strlen(at) < 4)
    return false;
  g_auto(GStrv) words = g_strsplit(at + 2, " ", 30);
  for (guint i = 3; i <= 24; i++) {
    if (words[i - 3] == NULL)
      return false;
    fields[i] = g_ascii_strtoll(words[i - 3], NULL, 10);
  }
  return true;
}

/* Of the first thread: /proc/PID/schedstat, the second number, in nanoseconds. Source: Linux,
 * Documentation/scheduler/sched-stats.rst. */
static gint64 read_waited_us(const char *pid) {
  g_autofree char *path = g_build_filename("/proc", pid, "schedstat", NULL), *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  g_auto(GStrv) words = g_strsplit(text, " ", 3);
  return words[0] != NULL && words[1] != NULL ? g_ascii_strtoll(words[1], NULL, 10) / 1000 : 0;
}

AkProcessUse ak_process_use(const AkProcess *self) {
  AkProcessUse use = {0};
  gint64 ticks = 0, pages = 0, fields[25];
  DIR *proc = opendir("/proc");
  for (struct dirent *entry = proc != NULL ? readdir(proc) : NULL; entry != NULL;
       entry = readdir(proc)) {
    if (!g_ascii_isdigit(entry->d_name[0]) || !read_stat(entry->d_name, fields) ||
        fields[5] != self->pid)
      continue;
    ticks += fields[14] + fields[15] + fields[16] + fields[17];
    pages += fields[24];
    use.waited_us += read_waited_us(entry->d_name);
  }
  if (proc != NULL)
    closedir(proc);
  use.cpu_us = ticks * G_USEC_PER_SEC / sysconf(_SC_CLK_TCK);
  use.memory_bytes = pages * sysconf(_SC_PAGESIZE);
  return use;
}
