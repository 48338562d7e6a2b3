#include "firmware/analysis/boot-shell.h"

#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-start.h"
#include "firmware/analysis/boot-words.h"

#define OPEN "its arguments come from variables"
#define OTHER "what it runs in the place of a log-in is not known"

static void put(GPtrArray *risks, const char *risk) {
  if (!g_ptr_array_find(risks, risk, NULL))
    g_ptr_array_add(risks, (gpointer)risk);
}

typedef enum { SHELL, LOGIN, NOT_KNOWN } Kind;

/* What a command line runs: "/bin/sh", "/bin/busybox ash", "/bin/login -f root". Source: login(1): -f asks for no password. */
static Kind kind_of(const char *line) {
  g_auto(GStrv) words = ak_boot_words_split(line);
  const char *const *w = (const char *const *)words;
  if (w[0] == NULL)
    return NOT_KNOWN;
  bool is_busybox = strcmp(ak_boot_start_name(w[0]), "busybox") == 0;
  const char *name = is_busybox && w[1] != NULL ? w[1] : ak_boot_start_name(w[0]);
  if (ak_boot_start_is_shell(name) || (is_busybox && w[1] == NULL))
    return SHELL;
  if (strcmp(name, "login") != 0)
    return NOT_KNOWN;
  return ak_boot_argument_letter(w + 1 + is_busybox, "h", 'f') != NULL ? SHELL : LOGIN;
}

/* `line` NULL: nothing is named, and it is the usual log-in. */
static const char *judge_line(const char *line, const char *risk, const AkBootFacts *facts, GPtrArray *risks) {
  Kind kind = line != NULL ? kind_of(line) : LOGIN;
  if (kind == SHELL)
    put(risks, risk);
  return kind == NOT_KNOWN ? OTHER : facts->has_open_arguments && kind != SHELL ? OPEN : NULL;
}

/* Source: BusyBox, telnetd --help: -l LOGIN runs this instead of login; utelnetd the same; telnetd(8) of netkit: -L; of inetutils:
 * -E, --exec-login. */
const char *ak_boot_shell_judge_telnet(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  const char *valued = strcmp(self->name, "utelnetd") == 0 ? "lpi" : "lfpbuwaLEX";
  static const char letters[] = {'l', 'L', 'E'};
  bool is_other = strcmp(self->name, "in.telnetd") == 0; /* its -l is of another kind, where it has one: it runs what is named */
  const char *line = ak_boot_argument_long(facts->arguments, "exec-login");
  for (gsize i = 0; i < G_N_ELEMENTS(letters) && line == NULL; i++) {
    const char *value = ak_boot_argument_letter(facts->arguments, valued, letters[i]);
    line = value != NULL && !(is_other && *value == '\0') ? value : NULL;
  }
  put(risks, "telnet.plain");
  return judge_line(line, "telnet.no-login", facts, risks);
}

/* Source: getty(8) of BusyBox ("I:LH:f:hil:mt:+wn") and agetty(8) of util-linux: -n asks for no name, -l and --login-program run
 * this instead of login, -a and --autologin log in by themselves, -o and --login-options are given to it. */
const char *ak_boot_shell_judge_getty(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  static const char valued[] = "aCdHIfloPrtT";
  const char *const *a = facts->arguments;
  const char *line = ak_boot_argument_letter(a, valued, 'l'), *options = ak_boot_argument_letter(a, valued, 'o');
  line = line != NULL ? line : ak_boot_argument_long(a, "login-program");
  options = options != NULL ? options : ak_boot_argument_long(a, "login-options");
  g_auto(GStrv) words = ak_boot_words_split(options != NULL ? options : "");
  if (ak_boot_argument_letter(a, valued, 'a') != NULL || ak_boot_argument_long(a, "autologin") != NULL ||
      ak_boot_argument_letter((const char *const *)words, "h", 'f') != NULL)
    put(risks, "console.no-login");
  return judge_line(line, "console.no-login", facts, risks);
}

/* Source: login(1): -f; su(1): started by init it asks for no password. */
const char *ak_boot_shell_judge_login(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  if (strcmp(self->name, "su") == 0 || ak_boot_argument_letter(facts->arguments, "h", 'f') != NULL)
    put(risks, "console.no-login");
  return facts->has_open_arguments ? OPEN : NULL;
}

const char *ak_boot_shell_judge_console(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  put(risks, "console.no-login");
  return NULL;
}

const char *ak_boot_shell_judge_network(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  put(risks, "telnet.no-login");
  return NULL;
}

/* The program that a relay runs, caller frees; NULL: none. Source: nc(1), ncat(1): -e, -c, --exec, --sh-exec; socat(1): EXEC:,
 * SYSTEM:; tcpsvd(8): HOST PORT PROGRAM. */
static char *relayed(const char *name, const char *const *arguments) {
  if (strcmp(name, "socat") == 0) {
    for (const char *const *a = arguments; *a != NULL; a++)
      if (g_ascii_strncasecmp(*a, "exec:", 5) == 0 || g_ascii_strncasecmp(*a, "system:", 7) == 0) {
        const char *line = strchr(*a, ':') + 1;
        return g_strndup(line, strcspn(line, ","));
      }
    return NULL;
  }
  if (g_str_has_suffix(name, "svd")) {
    const char *host = ak_boot_argument_operand(arguments, "cCbuli");
    for (const char *const *a = arguments; host != NULL && *a != NULL; a++)
      if (*a == host && a[1] != NULL && a[2] != NULL)
        return g_strjoinv(" ", (char **)a + 2);
    return NULL;
  }
  const char *line = ak_boot_argument_letter(arguments, "pwisqecImOTVxX", 'e');
  line = line != NULL ? line : ak_boot_argument_long(arguments, "exec");
  line = line != NULL ? line : ak_boot_argument_long(arguments, "sh-exec");
  return g_strdup(line);
}

bool ak_boot_shell_runs_program(const char *name, const char *const *arguments) {
  g_autofree char *line = relayed(name, arguments);
  return line != NULL;
}

const char *ak_boot_shell_judge_relay(const AkBootService *self, const AkBootFacts *facts, GPtrArray *risks) {
  g_autofree char *line = relayed(self->name, facts->arguments);
  g_autofree char *program = g_strndup(line != NULL ? line : "", strcspn(line != NULL ? line : "", " "));
  bool is_server = ak_boot_service_find(ak_boot_start_name(program)) != NULL && kind_of(line) == NOT_KNOWN; /* "tcpsvd 0 21 ftpd" */
  return is_server ? NULL : judge_line(line, "telnet.no-login", facts, risks);
}
