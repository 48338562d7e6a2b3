#include "sandbox/lock.h"

#include <errno.h>
#include <iconv.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util/text.h"

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

bool ak_lock_is_sanitized(void) { return IS_SANITIZED; }

void ak_lock_preload(void) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
                          OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                      NULL);
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
  OSSL_PROVIDER_load(NULL, "default");
  OSSL_PROVIDER_load(NULL, "legacy"); /* where it is installed: for old devices' ciphers */
  guint8 random[16];
  RAND_bytes(random, sizeof random);
  SSL_CTX *warm = SSL_CTX_new(TLS_client_method()); /* algorithms are fetched at the first use */
  SSL_CTX_free(warm);
  iconv_t conversion = iconv_open("UTF-8", "ISO-8859-1");
  if (conversion != (iconv_t)-1)
    iconv_close(conversion);
  tzset();
  json_object_seed(0); /* jansson and GLib read /dev/urandom at their first use */
  g_random_int();
  ak_text(AK_LANG_EN, "verdict.pass");
}

/* --- Landlock: no path at all ------------------------------------------------------------------
 * Source: linux/landlock.h, Documentation/userspace-api/landlock.rst (ABI 1 to 3) */

#define LANDLOCK_CREATE_RULESET_VERSION_FLAG 1u
#define LANDLOCK_ACCESS_FS_ABI1 ((1ull << 13) - 1)
#define LANDLOCK_ACCESS_FS_ABI2 ((1ull << 14) - 1) /* + refer */
#define LANDLOCK_ACCESS_FS_ABI3 ((1ull << 15) - 1) /* + truncate */

static bool lock_paths(void) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION_FLAG);
  if (abi < 1)
    return false;
  guint64 handled = abi == 1   ? LANDLOCK_ACCESS_FS_ABI1
                    : abi == 2 ? LANDLOCK_ACCESS_FS_ABI2
                               : LANDLOCK_ACCESS_FS_ABI3;
  long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  if (ruleset < 0)
    return false;
  bool locked = syscall(SYS_landlock_restrict_self, (int)ruleset, 0) == 0;
  close((int)ruleset);
  return locked;
}

/* Root in a container may lack user namespaces and still have the others, and the other way round. */
static bool lock_namespaces(void) {
  int others = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
  return unshare(CLONE_NEWUSER | others) == 0 || unshare(others) == 0;
}

static void lock_limits(guint64 memory_bytes, guint cpu_seconds) {
  struct {
    int what;
    rlim_t limit;
  } limits[] = {
      {RLIMIT_AS, IS_SANITIZED ? RLIM_INFINITY : memory_bytes},
      {RLIMIT_CPU, cpu_seconds},
      {RLIMIT_NOFILE, 256},
      {RLIMIT_CORE, 0},
      {RLIMIT_FSIZE, 0},
      {RLIMIT_NPROC, IS_SANITIZED ? RLIM_INFINITY : 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
    struct rlimit limit = {.rlim_cur = limits[i].limit, .rlim_max = limits[i].limit};
    setrlimit((__rlimit_resource_t)limits[i].what, &limit);
  }
}

/* What computing and using open descriptors needs. No call here takes a path. */
static const int allowed_calls[] = {
    SCMP_SYS(read),          SCMP_SYS(write),         SCMP_SYS(readv),
    SCMP_SYS(writev),        SCMP_SYS(recvfrom),      SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),       SCMP_SYS(sendmsg),       SCMP_SYS(close),
    SCMP_SYS(shutdown),      SCMP_SYS(lseek),         SCMP_SYS(fcntl),
    SCMP_SYS(fstat),         SCMP_SYS(poll),          SCMP_SYS(ppoll),
    SCMP_SYS(select),        SCMP_SYS(pselect6),      SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),    SCMP_SYS(getpeername),   SCMP_SYS(getsockname),
    SCMP_SYS(munmap),        SCMP_SYS(mremap),        SCMP_SYS(madvise),
    SCMP_SYS(brk),           SCMP_SYS(futex),         SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),   SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),     SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),   SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),        SCMP_SYS(tgkill),
};

/* Asked by libraries in passing: refused, not punished. newfstatat is glibc's fstat. */
static const int refused_calls[] = {
    SCMP_SYS(newfstatat),  SCMP_SYS(sysinfo),   SCMP_SYS(uname),   SCMP_SYS(prlimit64),
    SCMP_SYS(getuid),      SCMP_SYS(geteuid),   SCMP_SYS(getgid),  SCMP_SYS(getegid),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(ioctl), SCMP_SYS(membarrier), SCMP_SYS(rseq),
};

static bool add_memory_rules(scmp_filter_ctx filter) {
  /* memory is never made executable */
  struct scmp_arg_cmp not_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_exec) == 0 &&
         seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &not_exec) == 0;
}

static bool lock_calls(void) {
  scmp_filter_ctx filter =
      seccomp_init(IS_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
  if (filter == NULL)
    return false;
  bool ok = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_memory_rules(filter);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(allowed_calls); i++)
    ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0) == 0;
  for (gsize i = 0; ok && !IS_SANITIZED && i < G_N_ELEMENTS(refused_calls); i++)
    ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused_calls[i], 0) == 0;
  ok = ok && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return ok;
}

bool ak_lock_in(guint64 memory_bytes, guint cpu_seconds, GError **error) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return ak_error_set_errno(error, errno, "prctl");
  bool namespaces = lock_namespaces();
  bool paths = lock_paths();
  if (!namespaces && !paths)
    return ak_error_set(error, AK_ERROR_PERMISSION,
                        "no sandbox: this kernel allows neither namespaces nor Landlock");
  lock_limits(memory_bytes, cpu_seconds);
  if (!lock_calls())
    return ak_error_set(error, AK_ERROR_PERMISSION,
                        "no sandbox: the system-call filter cannot be set");
  return true;
}
