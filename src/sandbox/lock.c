#include "sandbox/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <locale.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include <sys/socket.h>
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

bool ak_lock_is_sanitized(void) {
  return IS_SANITIZED;
}

/* Algorithms are fetched, and ciphers of old devices loaded where they are installed, at the first use. */
static void preload_tls(void) {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
  OSSL_PROVIDER_load(NULL, "legacy");
  SSL_CTX *warm = SSL_CTX_new(TLS_client_method());
  SSL_CTX_free(warm);
}

void ak_lock_preload(bool has_network) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
                          OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                      NULL);
  OSSL_PROVIDER_load(NULL, "default");
  guint8 random[16];
  RAND_bytes(random, sizeof random);
  if (has_network)
    preload_tls();
  iconv_t conversion = iconv_open("UTF-8", "ISO-8859-1");
  if (conversion != (iconv_t)-1)
    iconv_close(conversion);
  setlocale(LC_CTYPE, "C.UTF-8"); /* libarchive turns names of archives into its texts */
  tzset();
  g_get_charset(NULL); /* GLib reads a file of aliases at the first text of an errno */
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

/* The version of Landlock that holds now, 0: none. */
static long lock_paths(void) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION_FLAG);
  if (abi < 1)
    return 0;
  guint64 handled = abi == 1   ? LANDLOCK_ACCESS_FS_ABI1
                    : abi == 2 ? LANDLOCK_ACCESS_FS_ABI2
                               : LANDLOCK_ACCESS_FS_ABI3;
  long ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  if (ruleset < 0)
    return 0;
  bool locked = syscall(SYS_landlock_restrict_self, (int)ruleset, 0) == 0;
  close((int)ruleset);
  return locked ? MIN(abi, 3) : 0;
}

#define LIBRARY_BYTES                                                                              \
  (256ull * 1024 * 1024) /* the program with its libraries, and thread stacks' room */
#define THREAD_BYTES                                                                               \
  (192ull * 1024 * 1024) /* of address space: glibc sets 64 MiB aside for a thread's memory, 128 MiB for
                            a moment, as often as these are full */

/* Root in a container may lack user namespaces and still have the others, and the other way round.
 */
static bool lock_namespaces(void) {
  int others = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
  return unshare(CLONE_NEWUSER | others) == 0 || unshare(others) == 0;
}

/* Memory of its own is bounded by RLIMIT_DATA (all private memory that can be written, since
 * Linux 4.7); address space also holds the program, its libraries, the input and the spool. */
static rlim_t address_space(const AkLockLimits *limits) {
  guint64 mapped = limits->mapped_bytes + limits->file_bytes;
  return limits->memory_bytes + (mapped > 0 ? mapped + LIBRARY_BYTES : 0) +
         limits->threads * THREAD_BYTES;
}

static bool lock_limits(const AkLockLimits *wanted, GError **error) {
  rlim_t space = address_space(wanted), seconds = (rlim_t)wanted->cpu_seconds * (wanted->threads + 1);
  const struct {
    int what;
    rlim_t soft, hard;
  } limits[] = {
      {RLIMIT_AS, IS_SANITIZED ? RLIM_INFINITY : space, IS_SANITIZED ? RLIM_INFINITY : space},
      {RLIMIT_DATA, IS_SANITIZED ? RLIM_INFINITY : wanted->memory_bytes,
       IS_SANITIZED ? RLIM_INFINITY : wanted->memory_bytes},
      {RLIMIT_CPU, seconds, seconds + 1}, /* SIGXCPU says more than SIGKILL */
      {RLIMIT_NOFILE, 256, 256},
      {RLIMIT_CORE, 0, 0},
      {RLIMIT_FSIZE, wanted->file_bytes, wanted->file_bytes},
      {RLIMIT_NPROC, IS_SANITIZED ? RLIM_INFINITY : 0, IS_SANITIZED ? RLIM_INFINITY : 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)limits[i].what, &now) != 0)
      return ak_error_set_errno(error, errno, "no sandbox: limit %d", limits[i].what);
    /* what whoever started the program allows is never raised */
    struct rlimit limit = {.rlim_cur = MIN(limits[i].soft, now.rlim_max),
                           .rlim_max = MIN(limits[i].hard, now.rlim_max)};
    if (setrlimit((__rlimit_resource_t)limits[i].what, &limit) != 0)
      return ak_error_set_errno(error, errno, "no sandbox: limit %d", limits[i].what);
  }
  return true;
}

/* What computing and using open descriptors needs. No call here takes a path. */
static const int allowed_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(pread64),
    SCMP_SYS(close),
    SCMP_SYS(shutdown),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(getsockopt),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
};

/* Asked by libraries in passing: refused, not punished. newfstatat is glibc's fstat. */
static const int refused_calls[] = {
    SCMP_SYS(newfstatat), SCMP_SYS(sysinfo),    SCMP_SYS(uname),
    SCMP_SYS(prlimit64),  SCMP_SYS(getuid),     SCMP_SYS(geteuid),
    SCMP_SYS(getgid),     SCMP_SYS(getegid),    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(ioctl),      SCMP_SYS(membarrier), SCMP_SYS(rseq),
};

/* Calls that are harmless with some arguments only. `argument` must be `value` under `mask`; a
 * second condition where `argument2` is not 0. */
typedef struct {
  int call;
  guint argument;
  guint64 mask, value;
  guint argument2;
  guint64 value2;
} Condition;

#define ANY_BIT                                                                                    \
  0xffffffffu /* these arguments have 32 bits; what stands above them is not looked at */

static bool add_conditions(scmp_filter_ctx filter) {
  const Condition conditions[] = {
      /* memory is never made executable */
      {SCMP_SYS(mmap), 2, PROT_EXEC, 0, 0, 0},
      {SCMP_SYS(mprotect), 2, PROT_EXEC, 0, 0, 0},
      /* abort(), but no signal to anyone else: the filter does not know whose process it is */
      {SCMP_SYS(tgkill), 0, ANY_BIT, (guint64)getpid(), 0, 0},
      /* no F_SETOWN, F_SETSIG: they make the kernel send signals to others */
      {SCMP_SYS(fcntl), 1, ANY_BIT, F_GETFD, 0, 0},
      {SCMP_SYS(fcntl), 1, ANY_BIT, F_SETFD, 0, 0},
      {SCMP_SYS(fcntl), 1, ANY_BIT, F_GETFL, 0, 0},
      {SCMP_SYS(fcntl), 1, ANY_BIT, F_SETFL, 0, 0},
      {SCMP_SYS(fcntl), 1, ANY_BIT, F_DUPFD_CLOEXEC, 0, 0},
      /* to whom the socket is connected, never to an address; sendmsg, which cannot be looked into
       * and can pass descriptors, is not allowed at all */
      {SCMP_SYS(sendto), 4, G_MAXUINT64, 0, 0, 0},
      {SCMP_SYS(setsockopt), 1, ANY_BIT, IPPROTO_TCP, 2, TCP_NODELAY},
      {SCMP_SYS(setsockopt), 1, ANY_BIT, SOL_SOCKET, 2, SO_RCVTIMEO},
      {SCMP_SYS(setsockopt), 1, ANY_BIT, SOL_SOCKET, 2, SO_SNDTIMEO},
      {SCMP_SYS(setsockopt), 1, ANY_BIT, SOL_SOCKET, 2, SO_LINGER},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++) {
    const Condition *self = &conditions[i];
    struct scmp_arg_cmp wanted[] = {
        SCMP_CMP(self->argument, SCMP_CMP_MASKED_EQ, self->mask, self->value),
        SCMP_CMP(self->argument2, SCMP_CMP_MASKED_EQ, ANY_BIT, self->value2),
    };
    if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, self->call, self->argument2 != 0 ? 2 : 1,
                               wanted) != 0)
      return false;
  }
  return true;
}

static bool lock_calls(void) {
  scmp_filter_ctx filter =
      seccomp_init(IS_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
  if (filter == NULL)
    return false;
  /* TSYNC: on all threads; calls of another architecture (32-bit, x32) end the process too */
  bool ok = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
            seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
            add_conditions(filter);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(allowed_calls); i++)
    ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0) == 0;
  for (gsize i = 0; ok && !IS_SANITIZED && i < G_N_ELEMENTS(refused_calls); i++)
    ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused_calls[i], 0) == 0;
  ok = ok && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return ok;
}

/* After the namespaces: a change of credentials would clear the last two. */
static bool lock_process(GError **error) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0)
    return true;
  return ak_error_set_errno(error, errno, "no sandbox: prctl");
}

char *ak_lock_in(const AkLockLimits *limits, AkCrew **crew, GError **error) {
  bool namespaces = lock_namespaces();
  if (!lock_process(error))
    return NULL;
  long landlock = lock_paths();
  if (!namespaces && landlock == 0) {
    ak_error_set(error, AK_ERROR_PERMISSION,
                 "no sandbox: this kernel allows neither namespaces nor Landlock");
    return NULL;
  }
  if (crew != NULL)
    *crew = ak_crew_new(limits->threads);
  if (limits->pages != NULL)
    ak_pages_start(limits->pages);
  if (!lock_limits(limits, error))
    return NULL;
  if (!lock_calls()) {
    ak_error_set(error, AK_ERROR_PERMISSION, "no sandbox: the system-call filter cannot be set");
    return NULL;
  }
  g_autofree char *version = g_strdup_printf(", landlock %ld", landlock);
  return g_strconcat(IS_SANITIZED ? "seccomp (sanitizer)" : "seccomp",
                     namespaces ? ", namespaces" : "", landlock > 0 ? version : "", NULL);
}
