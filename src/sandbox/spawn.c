#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/worker.h"

#define WORKER_OPTION "--akashi-worker"
#define FIRST_FREE_FD 10 /* descriptors are moved above those that a worker gets */

static const char *program_path = "/proc/self/exe";

void ak_worker_set_program(const char *path) {
  program_path = path != NULL ? path : "/proc/self/exe";
}

bool ak_worker_is_requested(int argc, char **argv) {
  return argc > 1 && strcmp(argv[1], WORKER_OPTION) == 0;
}

bool ak_worker_arguments_parse(int argc, char **argv, AkWorkerArguments *out) {
  guint64 memory = 0, cpu = 0, spool = 0, threads = 0;
  if (argc != 9 || !g_ascii_string_to_unsigned(argv[5], 10, 1, G_MAXUINT64, &memory, NULL) ||
      !g_ascii_string_to_unsigned(argv[6], 10, 1, G_MAXUINT, &cpu, NULL) ||
      !g_ascii_string_to_unsigned(argv[7], 10, 0, G_MAXUINT64, &spool, NULL) ||
      !g_ascii_string_to_unsigned(argv[8], 10, 0, AK_WORKER_MAX_THREADS, &threads, NULL))
    return false;
  *out = (AkWorkerArguments){.job = argv[2],
                             .has_network = strcmp(argv[3], "net") == 0,
                             .has_input = strcmp(argv[4], "input") == 0,
                             .memory_bytes = memory,
                             .spool_bytes = spool,
                             .cpu_seconds = (guint)cpu,
                             .threads = (guint)threads};
  return true;
}

/* A descriptor that stays closed when it is not used, so that those above it keep their numbers. */
static bool add_descriptor(posix_spawn_file_actions_t *actions, int fd, int number) {
  return fd >= 0 ? posix_spawn_file_actions_adddup2(actions, fd, number) == 0
                 : posix_spawn_file_actions_addopen(actions, number, "/dev/null", O_RDONLY, 0) == 0;
}

static bool add_actions(posix_spawn_file_actions_t *actions, int worker_end, int input, int spool) {
  bool ok = posix_spawn_file_actions_adddup2(actions, worker_end, AK_WORKER_SOCKET_FD) == 0;
  if (input >= 0 || spool >= 0)
    ok = ok && add_descriptor(actions, input, AK_WORKER_INPUT_FD);
  if (spool >= 0)
    ok = ok && add_descriptor(actions, spool, AK_WORKER_SPOOL_FD);
  for (int fd = 0; fd <= 2; fd++)
    ok = ok && posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0) == 0;
  int first_closed = spool >= 0   ? AK_WORKER_SPOOL_FD + 1
                     : input >= 0 ? AK_WORKER_INPUT_FD + 1
                                  : AK_WORKER_SOCKET_FD + 1;
  return ok && posix_spawn_file_actions_addclosefrom_np(actions, first_closed) == 0;
}

static int spawn(const AkWorkerArguments *arguments, int worker_end, int input, int spool,
                 pid_t *pid) {
  g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, arguments->memory_bytes);
  g_autofree char *cpu = g_strdup_printf("%u", arguments->cpu_seconds);
  g_autofree char *room = g_strdup_printf("%" G_GUINT64_FORMAT, arguments->spool_bytes);
  g_autofree char *threads = g_strdup_printf("%u", arguments->threads);
  char *argv[] = {(char *)"akashi",
                  (char *)WORKER_OPTION,
                  (char *)arguments->job,
                  (char *)(arguments->has_network ? "net" : "no-net"),
                  (char *)(arguments->has_input ? "input" : "no-input"),
                  memory,
                  cpu,
                  room,
                  threads,
                  NULL};
  /* with TZ in rules, not in a file, nothing is looked up when a library asks for the local time; large pages where
   * the system gives them: a worker unpacks into fresh memory, and each page of 4 KiB is a fault */
  char *environment[] = {(char *)"LC_ALL=C.UTF-8", (char *)"TZ=UTC0",
                         (char *)"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  /* a group of its own: Ctrl-C reaches the parent, which ends its workers itself */
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  int failure = add_actions(&actions, worker_end, input, spool)
                    ? posix_spawn(pid, program_path, &actions, &attributes, argv, environment)
                    : ENOMEM;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}

static void close_if_open(int fd) {
  if (fd >= 0)
    close(fd);
}

/* The worker's own descriptor of the input, above those that a worker gets; -1 on error. */
static int open_input(int input_fd, GError **error) {
  struct stat info;
  int flags = fcntl(input_fd, F_GETFL);
  if (flags < 0 || fstat(input_fd, &info) != 0) {
    ak_error_set_errno(error, errno, "input of a worker");
    return -1;
  }
  if ((flags & O_ACCMODE) != O_RDONLY) {
    ak_error_set(error, AK_ERROR_CONFIG, "input of a worker: not opened for reading only");
    return -1;
  }
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", input_fd);
  int own = S_ISREG(info.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : dup(input_fd);
  int high = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, FIRST_FREE_FD) : -1;
  if (high < 0)
    ak_error_set_errno(error, errno, "input of a worker");
  close_if_open(own);
  return high;
}

/* A file that has no name and ends with its descriptors; -1 with the error. */
static int open_spool(GError **error) {
  g_autofree char *path = g_build_filename(g_get_tmp_dir(), "akashi-spool-XXXXXX", NULL);
  int own = open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_APPEND | O_EXCL | O_CLOEXEC, 0600);
  if (own < 0) { /* filesystems without such files */
    own = mkostemp(path, O_APPEND | O_CLOEXEC);
    if (own >= 0)
      unlink(path);
  }
  int high = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, FIRST_FREE_FD) : -1;
  if (high < 0)
    ak_error_set_errno(error, errno, "spool of a worker in %s", g_get_tmp_dir());
  close_if_open(own);
  return high;
}

/* Both ends of the frames' socket; the worker's is above those that a worker gets. */
static bool open_socket(int *parent_end, int *worker_end, GError **error) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return ak_error_set_errno(error, errno, "socket of a worker");
  *worker_end = fcntl(ends[1], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
  int failure = errno;
  close(ends[1]);
  if (*worker_end < 0) {
    close(ends[0]);
    return ak_error_set_errno(error, failure, "socket of a worker");
  }
  *parent_end = ends[0];
  return true;
}

bool ak_worker_spawn(const AkWorkerArguments *arguments, int input_fd, pid_t *pid, int *socket_fd,
                     GError **error) {
  int parent_end = -1, worker_end = -1;
  int input = input_fd >= 0 ? open_input(input_fd, error) : -1;
  if (input_fd >= 0 && input < 0)
    return false;
  int spool = arguments->spool_bytes > 0 ? open_spool(error) : -1;
  if ((arguments->spool_bytes > 0 && spool < 0) || !open_socket(&parent_end, &worker_end, error)) {
    close_if_open(input);
    close_if_open(spool);
    return false;
  }
  int failure = spawn(arguments, worker_end, input, spool, pid);
  close(worker_end);
  close_if_open(input);
  close_if_open(spool);
  if (failure != 0) {
    close(parent_end);
    return ak_error_set_errno(error, failure, "worker %s cannot be started", program_path);
  }
  *socket_fd = parent_end;
  return true;
}
