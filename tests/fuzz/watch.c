#include "tests/fuzz/watch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

#define TICK_MS 50
#define WALL_TICK_S 1
#define WALL_TICKS 20
#define STACK_SIZE (64 * 1024)

/* One process, one input at a time; the signal handlers read it. */
static struct {
  char path[4096]; /* where the input is saved */
  char target[128];
  guint8 *arena; /* AK_FUZZ_MAX_INPUT bytes and a page that cannot be read */
  const guint8 *data;
  gsize size;
  guint test;
  guint64 run;
  guint ticks_allowed;
  volatile sig_atomic_t is_running;
  volatile guint64 inputs; /* counts up: a tick that sees the same number sees the same input */
  volatile guint64 cpu_seen, wall_seen;
  volatile guint cpu_ticks, wall_ticks;
} watch;

/* Only calls that a signal handler may make. */
static void save_and_leave(const char *what) {
  int fd = open(watch.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  gssize written = fd >= 0 ? write(fd, watch.data, watch.size) : -1;
  char line[8192];
  /* snprintf of glibc allocates nothing for these conversions */
  int length = snprintf(line, sizeof line, "not ok %u - %s: %s in run %lu; input: %s%s\n",
                        watch.test, watch.target, what, (unsigned long)watch.run, watch.path,
                        written == (gssize)watch.size ? "" : " (could not be saved)");
  if (length > 0 && write(STDOUT_FILENO, line, (gsize)length) < 0)
    _exit(3);
  _exit(1);
}

static const char *name_of(int number) {
  return number == SIGSEGV   ? "segmentation fault"
         : number == SIGBUS  ? "bus error"
         : number == SIGABRT ? "abort"
         : number == SIGTRAP ? "failed check"
         : number == SIGFPE  ? "arithmetic fault"
                             : "illegal instruction";
}

static void on_crash(int number) {
  if (watch.is_running)
    save_and_leave(name_of(number));
  signal(number, SIG_DFL);
  raise(number);
}

static void on_cpu_tick(int number) {
  if (!watch.is_running || watch.cpu_seen != watch.inputs) {
    watch.cpu_seen = watch.inputs;
    watch.cpu_ticks = 0;
  } else if (++watch.cpu_ticks >= watch.ticks_allowed) {
    save_and_leave("hang (processor time)");
  }
}

static void on_wall_tick(int number) {
  if (!watch.is_running || watch.wall_seen != watch.inputs) {
    watch.wall_seen = watch.inputs;
    watch.wall_ticks = 0;
  } else if (++watch.wall_ticks >= WALL_TICKS) {
    save_and_leave("hang (wall time)");
  }
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

#if IS_SANITIZED
void __sanitizer_set_death_callback(void (*callback)(void));
static void on_report(void) {
  if (watch.is_running)
    save_and_leave("report of a sanitizer");
}
#endif

static void handle_crashes(void) {
  static guint8 stack[STACK_SIZE]; /* an overflown stack cannot hold its own handler */
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  handle(SIGABRT, on_crash, 0);
  handle(SIGTRAP, on_crash, 0); /* GLib's way to end at a critical warning */
#if IS_SANITIZED
  __sanitizer_set_death_callback(on_report);
#else
  const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (gsize i = 0; i < G_N_ELEMENTS(crashes); i++)
    handle(crashes[i], on_crash, 0);
#endif
}

void ak_fuzz_watch_start(const char *target, const char *save_folder, guint cpu_ms) {
  g_autofree char *flat = g_strdelimit(g_strdup(target), "/", '-');
  g_snprintf(watch.path, sizeof watch.path, "%s/found-%s", save_folder, flat);
  g_strlcpy(watch.target, target, sizeof watch.target);
  watch.ticks_allowed = MAX(cpu_ms / TICK_MS, 2);
  gsize page = (gsize)sysconf(_SC_PAGESIZE);
  watch.arena = mmap(NULL, AK_FUZZ_MAX_INPUT + page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true(watch.arena != MAP_FAILED);
  g_assert_cmpint(mprotect(watch.arena + AK_FUZZ_MAX_INPUT, page, PROT_NONE), ==, 0);
  handle_crashes();
  handle(SIGPROF, on_cpu_tick, SA_RESTART);
  handle(SIGALRM, on_wall_tick, SA_RESTART);
  struct itimerval cpu = {{0, TICK_MS * 1000}, {0, TICK_MS * 1000}};
  struct itimerval wall = {{WALL_TICK_S, 0}, {WALL_TICK_S, 0}};
  setitimer(ITIMER_PROF, &cpu, NULL);
  setitimer(ITIMER_REAL, &wall, NULL);
}

const guint8 *ak_fuzz_watch_input(const guint8 *data, gsize size, guint test, guint64 run) {
  g_assert_cmpuint(size, <=, AK_FUZZ_MAX_INPUT);
  guint8 *input = watch.arena + AK_FUZZ_MAX_INPUT - size;
  if (size > 0)
    memcpy(input, data, size);
  watch.data = input;
  watch.size = size;
  watch.test = test;
  watch.run = run;
  watch.inputs++;
  watch.is_running = 1;
  return input;
}

void ak_fuzz_watch_done(void) {
  watch.is_running = 0;
}

guint ak_fuzz_watch_peak_mib(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (guint)(usage.ru_maxrss / 1024);
}

bool ak_fuzz_watch_is_sanitized(void) {
  return IS_SANITIZED;
}
