#include "firmware/analysis/boot-start.h"

#include <string.h>

#include "firmware/analysis/boot-words.h"

#define MAX_COMMANDS 2000

void ak_boot_command_free(AkBootCommand *self) {
  if (self == NULL)
    return;
  g_free(self->program);
  g_strfreev(self->arguments);
  g_free(self->how);
  g_free(self);
}

const char *ak_boot_start_name(const char *program) {
  const char *slash = strrchr(program, '/');
  return slash != NULL ? slash + 1 : program;
}

/* --- a command from its words ------------------------------------------------------------------
 */

/* Words that stand before the command that they run. */
static bool is_prefix(const char *word) {
  static const char *const prefixes[] = {
      "exec",  "nohup", "nice",    "time",         "command", "env", "then",
      "do",    "else",  "setsid",  "daemon",       "sudo",    "!",   "eval",
      "while", "until", "busybox", "/bin/busybox", NULL};
  return g_strv_contains(prefixes, word);
}

/* Where the program stands among the words of a simple command; -1 where none is started. */
static int program_at(const char *const *words) {
  int at = 0;
  while (words[at] != NULL && (is_prefix(words[at]) || strchr(words[at], '=') != NULL ||
                               (at > 0 && (words[at][0] == '-' || g_ascii_isdigit(words[at][0])))))
    at++; /* "nice -n 5 program" */
  return words[at] != NULL ? at : -1;
}

/* start-stop-daemon --start --exec PROGRAM -- ARGUMENTS; the long and short names.
 * Source: start-stop-daemon(8). */
static int program_of(const char *const *words, int from, const char *const *options) {
  for (int i = from; words[i] != NULL && strcmp(words[i], "--") != 0; i++) {
    if (g_strv_contains(options, words[i]) && words[i + 1] != NULL)
      return i + 1;
  }
  return -1;
}

static int index_of(const char *const *words, const char *word) {
  for (int i = 0; words[i] != NULL; i++)
    if (strcmp(words[i], word) == 0)
      return i;
  return -1;
}

static GStrv copy_from(const char *const *words, int from) {
  GPtrArray *copy = g_ptr_array_new();
  for (int i = from; from >= 0 && words[i] != NULL; i++)
    g_ptr_array_add(copy, g_strdup(words[i]));
  g_ptr_array_add(copy, NULL);
  return (GStrv)g_ptr_array_free(copy, FALSE);
}

static AkBootCommand *add(GPtrArray *commands, const char *const *words, int program, int arguments,
                          const char *how) {
  if (program < 0 || words[program] == NULL || *words[program] == '\0' ||
      commands->len >= MAX_COMMANDS)
    return NULL;
  AkBootCommand *command = g_new0(AkBootCommand, 1);
  command->program = g_strdup(words[program]);
  command->arguments = copy_from(words, arguments);
  command->how = g_strdup(how);
  command->is_started = *how != '\0';
  for (char **a = command->arguments; *a != NULL; a++)
    command->is_open = command->is_open || strchr(*a, '$') != NULL;
  g_ptr_array_add(commands, command);
  return command;
}

/* The command of a simple command of a shell, also where another program starts it. */
static AkBootCommand *started(AkBootCommand *command) {
  if (command != NULL)
    command->is_started = true;
  return command;
}

static AkBootCommand *add_simple(GPtrArray *commands, const char *const *words, const char *how) {
  static const char *const exec_options[] = {"--exec", "-x", "-a", "--startas", NULL};
  static const char *const stop_options[] = {"--stop", "-K", "--status", NULL};
  int at = program_at(words);
  if (at < 0)
    return NULL;
  const char *name = ak_boot_start_name(words[at]);
  if (strcmp(name, "start-stop-daemon") == 0) {
    int dashes = index_of(words, "--");
    bool is_stop = false;
    for (int i = at; words[i] != NULL && (dashes < 0 || i < dashes); i++)
      is_stop = is_stop || g_strv_contains(stop_options, words[i]);
    return is_stop ? NULL
                   : started(add(commands, words, program_of(words, at, exec_options),
                                 dashes < 0 ? -1 : dashes + 1, how));
  }
  /* Source: OpenWrt, procd's scripts: procd_set_param command PROGRAM ARGUMENTS */
  if (strcmp(name, "procd_set_param") == 0)
    return words[at + 1] != NULL && strcmp(words[at + 1], "command") == 0
               ? started(add(commands, words, at + 2, words[at + 2] != NULL ? at + 3 : -1, how))
               : NULL;
  if (strcmp(name, "service_start") == 0) /* OpenWrt before procd */
    return started(add(commands, words, at + 1, words[at + 1] != NULL ? at + 2 : -1, how));
  return add(commands, words, at, at + 1, how);
}

/* --- lines -------------------------------------------------------------------------------------
 */

typedef struct {
  GPtrArray *commands;
  AkBootWords *words; /* of scripts: variables, depth */
  const char *wanted; /* of units: in [Service] now */
  bool is_disabled;   /* xinetd */
  char *server, *server_arguments;
} Reading;

static void read_inittab(Reading *self, const char *line) {
  static const char *const actions[] = {"sysinit", "respawn",  "askfirst",    "once",        "wait",
                                        "boot",    "bootwait", "respawnlate", "initdefault", NULL};
  g_auto(GStrv) fields = g_strsplit(line, ":", 4);
  if (*line == '#' || g_strv_length(fields) != 4 || !g_strv_contains(actions, fields[2]) ||
      strcmp(fields[2], "initdefault") == 0)
    return;
  const char *process = fields[3];
  while (*process == '-' || *process == '@' || *process == ' ')
    process++;
  g_auto(GStrv) words = ak_boot_words_split(process);
  AkBootCommand *command = add_simple(self->commands, (const char *const *)words, fields[2]);
  if (command != NULL && strcmp(fields[2], "askfirst") == 0)
    command->is_conditional = true; /* somebody has to press a key */
}

/* service type protocol wait user server arguments; the first argument is the program's own name.
 */
static void read_inetd(Reading *self, const char *line) {
  g_auto(GStrv) words = ak_boot_words_split(line);
  const char *const *w = (const char *const *)words;
  if (*line == '#' || g_strv_length(words) < 6)
    return;
  bool is_tcpd = strcmp(ak_boot_start_name(w[5]), "tcpd") == 0 && w[6] != NULL;
  bool is_busybox = strcmp(ak_boot_start_name(w[5]), "busybox") == 0 && w[6] != NULL;
  int program = is_tcpd || is_busybox ? 6 : 5;
  g_autofree char *how = g_strdup_printf("%s %s", w[2], w[0]);
  add(self->commands, w, program, w[6] != NULL ? 7 : -1, how);
}

/* Key = value lines; the block's end says whether it is on. */
static void read_xinetd(Reading *self, const char *line) {
  g_auto(GStrv) parts = g_strsplit(line, "=", 2);
  if (parts[0] == NULL)
    return;
  char *key = g_strstrip(parts[0]), *value = parts[1];
  if (value != NULL)
    g_strstrip(value);
  if (g_str_has_prefix(key, "service ") || strcmp(key, "}") == 0) {
    if (self->server != NULL && !self->is_disabled) {
      g_autofree char *whole = g_strdup_printf(
          "%s %s", self->server, self->server_arguments != NULL ? self->server_arguments : "");
      g_auto(GStrv) words = ak_boot_words_split(whole);
      add(self->commands, (const char *const *)words, 0, words[0] != NULL ? 1 : -1, "xinetd");
    }
    g_clear_pointer(&self->server, g_free);
    g_clear_pointer(&self->server_arguments, g_free);
    self->is_disabled = false;
  } else if (value != NULL && strcmp(key, "disable") == 0) {
    self->is_disabled = g_ascii_strcasecmp(value, "yes") == 0;
  } else if (value != NULL && (strcmp(key, "server") == 0 || strcmp(key, "server_args") == 0)) {
    char **place = strcmp(key, "server") == 0 ? &self->server : &self->server_arguments;
    g_free(*place);
    *place = g_strdup(value);
  }
}

/* Source: systemd.service(5): "-", "@", ":", "+", "!" may stand before the program; an empty value
 * takes back what was set before. */
static void read_unit(Reading *self, const char *line) {
  if (*line == '[')
    self->wanted = strcmp(line, "[Service]") == 0 ? "" : NULL;
  if (self->wanted == NULL || !g_str_has_prefix(line, "ExecStart="))
    return;
  const char *value = line + strlen("ExecStart=");
  while (*value != '\0' && strchr("-@:+! ", *value) != NULL)
    value++;
  if (*value == '\0')
    g_ptr_array_set_size(self->commands, 0);
  g_auto(GStrv) words = ak_boot_words_split(value);
  add_simple(self->commands, (const char *const *)words, "ExecStart");
}

static void read_script(Reading *self, const char *line) {
  g_autoptr(GPtrArray) simple = ak_boot_words_line(self->words, line);
  for (guint i = 0; i < simple->len; i++) {
    const AkSimpleCommand *one = simple->pdata[i];
    AkBootCommand *command = add_simple(self->commands, (const char *const *)one->words, "");
    if (command == NULL)
      continue;
    command->is_conditional = one->is_conditional;
    command->is_background = one->is_background;
  }
}

static void (*const readers[])(Reading *, const char *) = {
    [AK_BOOT_INITTAB] = read_inittab, [AK_BOOT_INETD] = read_inetd, [AK_BOOT_XINETD] = read_xinetd,
    [AK_BOOT_SCRIPT] = read_script,   [AK_BOOT_UNIT] = read_unit,
};

GPtrArray *ak_boot_start_read(AkBootForm form, const guint8 *data, gsize size) {
  g_autoptr(AkBootWords) words = ak_boot_words_new();
  Reading self = {.words = words};
  self.commands = g_ptr_array_new_with_free_func((GDestroyNotify)ak_boot_command_free);
  for (gsize at = 0; at < size;) {
    gsize length = ak_boot_words_line_length(data + at, size - at);
    g_autofree char *line = ak_boot_words_join(data + at, length);
    guint before = self.commands->len;
    if (line != NULL)
      readers[form](&self, line);
    for (guint i = before; i < self.commands->len; i++) {
      AkBootCommand *command = self.commands->pdata[i];
      command->offset = at;
      command->length = MIN(length, size - at);
    }
    at += length + 1;
  }
  if (form == AK_BOOT_XINETD)
    read_xinetd(&self, "}");
  g_free(self.server);
  g_free(self.server_arguments);
  return self.commands;
}

bool ak_firmware_boot_start_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkBootForm form = AK_BOOT_INITTAB; form <= AK_BOOT_UNIT; form++) {
    g_autoptr(GPtrArray) commands = ak_boot_start_read(form, data, size);
    for (guint i = 0; i < commands->len; i++) {
      const AkBootCommand *command = commands->pdata[i];
      g_assert_cmpuint(command->offset + command->length, <=, size);
      g_assert_cmpstr(command->program, !=, "");
    }
    found += commands->len;
  }
  return found > 0;
}
