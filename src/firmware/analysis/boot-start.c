#include "firmware/analysis/boot-start.h"

#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-text.h"
#include "firmware/analysis/boot-words.h"

#define MAX_COMMANDS 2000
#define MAX_NESTED 3 /* texts that shells are given within each other; files that read others */
#define START_VALUED "xapnNgukscdIrPR" /* options of start-stop-daemon that take a value */
#define MAX_SOURCED 100
#define MAX_SOURCED_BYTES (4 * 1024 * 1024)

void ak_boot_command_free(AkBootCommand *self) {
  if (self == NULL)
    return;
  g_free(self->program);
  g_strfreev(self->arguments);
  g_free(self->how);
  g_strfreev(self->needs);
  g_free(self->function);
  g_free(self);
}

const char *ak_boot_start_name(const char *program) {
  const char *slash = strrchr(program, '/');
  return slash != NULL ? slash + 1 : program;
}

/* --- a command from its words ------------------------------------------------------------------
 */

bool ak_boot_start_is_shell(const char *name) {
  static const char *const shells[] = {"sh", "ash", "bash", "dash", "hush", "ksh", "mksh", "zsh", "rbash", "msh", NULL};
  return g_strv_contains(shells, name);
}

/* Words that stand before the command that they run. */
static bool is_prefix(const char *word) {
  static const char *const prefixes[] = {
      "exec",  "nohup", "nice",  "time",     "command", "env",  "then",  "do",      "else",   "setsid", "daemon",
      "sudo",  "!",     "while", "until",    "busybox", "toybox", "cttyhack", "ionice", "chrt", "stdbuf", "softlimit",
      "timeout", NULL};
  return g_strv_contains(prefixes, ak_boot_start_name(word));
}

/* How many words "2>", "x" and "<x" are; 0: none that redirects. */
static int redirects(const char *word) {
  gsize digits = strspn(word, "0123456789&"), signs = strspn(word + digits, "<>&");
  return strpbrk(word, "<>") != word + digits ? 0 : word[digits + signs] == '\0' ? 2 : 1;
}

/* Where the program stands among the words of a simple command; -1 where none is started. */
static int program_at(const char *const *words) {
  int at = 0;
  while (words[at] != NULL && words[at + 1] != NULL && redirects(words[at]) > 0) /* ">/dev/null telnetd" */
    at += redirects(words[at]);
  while (words[at] != NULL && (is_prefix(words[at]) || strchr(words[at], '=') != NULL ||
                               (at > 0 && (words[at][0] == '-' || g_ascii_isdigit(words[at][0])))))
    at++; /* "nice -n 5 program" */
  return words[at] != NULL ? at : -1;
}

/* start-stop-daemon --start --exec PROGRAM -- ARGUMENTS; --startas comes first: it is what is run. Source: start-stop-daemon(8). */
static const char *program_of(const char *const *arguments) {
  const char *program = ak_boot_argument_long(arguments, "startas");
  program = program != NULL ? program : ak_boot_argument_letter(arguments, START_VALUED, 'a');
  program = program != NULL ? program : ak_boot_argument_long(arguments, "exec");
  return program != NULL ? program : ak_boot_argument_letter(arguments, START_VALUED, 'x');
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

static void add_text(GPtrArray *commands, const char *text, const char *how, guint depth);

/* "su - root -c 'telnetd -l /bin/sh'": the text, or NULL. Source: su(1), runuser(1). */
static const char *text_of_su(const AkBootCommand *command) {
  const char *name = ak_boot_start_name(command->program);
  const char *const *a = (const char *const *)command->arguments;
  if (strcmp(name, "su") != 0 && strcmp(name, "runuser") != 0)
    return NULL;
  const char *text = ak_boot_argument_letter(a, "csgGuw", 'c');
  return text != NULL && *text != '\0' ? text : ak_boot_argument_long(a, "command");
}

/* "sh -c 'telnetd -l /bin/sh'": the text's commands stand in the place of the shell. */
static AkBootCommand *unwrap(GPtrArray *commands, AkBootCommand *command, guint depth) {
  bool is_eval = command != NULL && strcmp(command->program, "eval") == 0;
  const char *su = command != NULL ? text_of_su(command) : NULL;
  if (command == NULL || depth >= MAX_NESTED ||
      (!is_eval && su == NULL && !ak_boot_start_is_shell(ak_boot_start_name(command->program))))
    return command;
  guint at = 0;
  while (!is_eval && su == NULL && command->arguments[at] != NULL && command->arguments[at][0] == '-' &&
         strchr(command->arguments[at], 'c') == NULL)
    at++;
  const char *option = command->arguments[at];
  bool is_text = is_eval || su != NULL || (option != NULL && option[0] == '-' && option[1] != '-' && command->arguments[at + 1] != NULL);
  if (!is_text)
    return command;
  g_autofree char *text = is_eval ? g_strjoinv(" ", command->arguments) : g_strdup(su != NULL ? su : command->arguments[at + 1]);
  g_autofree char *how = g_strdup(command->how);
  bool was_started = command->is_started;
  g_ptr_array_remove_index(commands, commands->len - 1);
  guint before = commands->len;
  add_text(commands, text, how, depth + 1);
  for (guint i = before; i < commands->len; i++) { /* the last one is what goes on; the others are said where they are known */
    AkBootCommand *own = commands->pdata[i];
    bool is_last = i + 1 == commands->len;
    own->is_started = (*how == '\0' && own->is_started) || (was_started && is_last);
  }
  return NULL; /* there may be any number */
}

/* The command of a simple command of a shell, also where another program starts it. */
static AkBootCommand *started(AkBootCommand *command) {
  if (command != NULL)
    command->is_started = true;
  return command;
}

static AkBootCommand *add_plain(GPtrArray *commands, const char *const *words, const char *how) {
  static const char *const stop_options[] = {"--stop", "--status", NULL};
  int at = program_at(words);
  if (at < 0)
    return NULL;
  const char *name = ak_boot_start_name(words[at]);
  if (strcmp(name, "start-stop-daemon") == 0) {
    int dashes = index_of(words, "--");
    bool is_stop = ak_boot_argument_letter(words + at + 1, START_VALUED, 'K') != NULL;
    for (int i = at; words[i] != NULL && (dashes < 0 || i < dashes); i++)
      is_stop = is_stop || g_strv_contains(stop_options, words[i]);
    const char *program = program_of(words + at + 1);
    if (is_stop || program == NULL) {
      AkBootCommand *none = add(commands, words, at, at + 1, "");
      if (none != NULL)
        none->is_never = true;
      return none;
    }
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    g_ptr_array_add(own, (gpointer)program);
    for (int i = dashes < 0 ? -1 : dashes + 1; i >= 0 && words[i] != NULL; i++)
      g_ptr_array_add(own, (gpointer)words[i]);
    g_ptr_array_add(own, NULL);
    return started(add(commands, (const char *const *)own->pdata, MAX(program_at((const char *const *)own->pdata), 0),
                       MAX(program_at((const char *const *)own->pdata), 0) + 1, how));
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

static void add_simple(GPtrArray *commands, const char *const *words, const char *how, guint depth) {
  unwrap(commands, add_plain(commands, words, how), depth);
}

/* What the shell knows of a command is told of all that it became. */
static void mark(GPtrArray *commands, guint from, const AkSimpleCommand *simple) {
  for (guint i = from; i < commands->len; i++) {
    AkBootCommand *command = commands->pdata[i];
    bool is_own = !command->is_conditional && command->needs == NULL;
    command->is_background = command->is_background || simple->is_background;
    command->is_never = command->is_never || simple->is_never;
    if (is_own)
      command->needs = g_strdupv(simple->needs);
    else if (simple->is_conditional)
      g_clear_pointer(&command->needs, g_strfreev);
    command->is_conditional = command->is_conditional || simple->is_conditional;
    if (command->function == NULL)
      command->function = g_strdup(simple->function);
  }
}

/* "procd_append_param command -l /bin/sh" goes to what was started last; on a condition it is not known. Of others than those that
 * may give a shell the settings count. */
static void append_arguments(GPtrArray *commands, const AkSimpleCommand *one) {
  AkBootCommand *last = commands->len > 0 ? commands->pdata[commands->len - 1] : NULL;
  for (guint i = commands->len; i > 0 && last != NULL && !last->is_started; i--)
    last = commands->pdata[i - 1];
  if (last == NULL || !last->is_started || !ak_boot_text_is_giver(ak_boot_start_name(last->program)))
    return;
  g_autofree char *before = g_strjoinv("\x1f", last->arguments), *own = g_strjoinv("\x1f", one->words + 2);
  g_autofree char *all = one->is_conditional || *own == '\0' ? g_strdup(before) : g_strconcat(before, *before != '\0' ? "\x1f" : "", own, NULL);
  last->is_open = last->is_open || one->is_conditional || strchr(own, '$') != NULL;
  g_strfreev(last->arguments);
  last->arguments = g_strsplit(all, "\x1f", -1);
}

static void add_line(AkBootWords *words, GPtrArray *commands, const char *line, const char *how, guint depth) {
  g_autoptr(GPtrArray) simple = ak_boot_words_line(words, line);
  for (guint i = 0; i < simple->len; i++) {
    const AkSimpleCommand *one = simple->pdata[i];
    guint before = commands->len;
    if (strcmp(one->words[0], "procd_append_param") == 0 && g_strcmp0(one->words[1], "command") == 0 && !one->is_never)
      append_arguments(commands, one);
    add_simple(commands, (const char *const *)one->words, how, depth);
    mark(commands, before, one);
  }
}

static void add_text(GPtrArray *commands, const char *text, const char *how, guint depth) {
  g_autoptr(AkBootWords) words = ak_boot_words_new();
  g_auto(GStrv) lines = g_strsplit(text, "\n", 200);
  for (char **line = lines; *line != NULL; line++)
    add_line(words, commands, *line, how, depth);
}

/* --- lines -------------------------------------------------------------------------------------
 */

typedef struct {
  GPtrArray *commands;
  AkBootWords *words; /* of scripts: variables, depth */
  AkBootSource source;
  gpointer source_data;
  guint sourced; /* files that were read */
  gsize sourced_bytes;
  const char *wanted; /* of units: in [Service] now */
  bool is_disabled;   /* xinetd */
  char *server, *server_arguments;
} Reading;

static void read_inittab(Reading *self, const char *line) {
  /* "askconsole" and those that come later are procd's. */
  static const char *const actions[] = {"sysinit",     "respawn",     "askfirst",   "once",           "wait", "boot", "bootwait",
                                        "respawnlate", "initdefault", "askconsole", "askconsolelate", "ondemand", "ctrlaltdel", "kbrequest", NULL};
  g_auto(GStrv) fields = g_strsplit(line, ":", 4);
  if (*line == '#' || g_strv_length(fields) != 4 || !g_strv_contains(actions, fields[2]) ||
      strcmp(fields[2], "initdefault") == 0)
    return;
  const char *process = fields[3];
  while (*process == '-' || *process == '@' || *process == ' ')
    process++;
  g_auto(GStrv) words = ak_boot_words_split(process);
  bool is_key = strcmp(fields[2], "ctrlaltdel") == 0 || strcmp(fields[2], "kbrequest") == 0; /* most are "reboot" */
  if (is_key && (words[0] == NULL || !ak_boot_start_is_shell(ak_boot_start_name(words[0]))))
    return;
  add_line(self->words, self->commands, process, fields[2], 0); /* init gives it to a shell where it holds more than words */
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
  static const char *const keys[] = {"ExecStart", "ExecStartPre", "ExecStartPost"};
  if (*line == '[')
    self->wanted = strcmp(line, "[Service]") == 0 ? "" : NULL;
  const char *key = NULL, *value = line;
  for (gsize i = 0; i < G_N_ELEMENTS(keys) && self->wanted != NULL; i++) {
    gsize length = strlen(keys[i]), equals = length;
    while (g_str_has_prefix(line, keys[i]) && g_ascii_isspace(line[equals]))
      equals++;
    if (g_str_has_prefix(line, keys[i]) && line[equals] == '=') {
      key = keys[i];
      value = line + equals + 1;
    }
  }
  if (key == NULL)
    return;
  while (*value != '\0' && strchr("-@:+! ", *value) != NULL)
    value++;
  for (guint i = self->commands->len; i > 0 && *value == '\0'; i--)
    if (strcmp(((AkBootCommand *)self->commands->pdata[i - 1])->how, key) == 0)
      g_ptr_array_remove_index(self->commands, i - 1);
  g_auto(GStrv) words = ak_boot_words_split(value);
  for (guint from = 0, at = 0; words[from] != NULL; at++) { /* "a ; b" are two */
    bool is_end = words[at] == NULL || strcmp(words[at], ";") == 0;
    if (!is_end)
      continue;
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    for (guint i = from; i < at; i++)
      g_ptr_array_add(own, words[i]);
    g_ptr_array_add(own, NULL);
    add_simple(self->commands, (const char *const *)own->pdata, key, 0);
    from = words[at] != NULL ? at + 1 : at;
  }
}

/* ". PATH": its variables hold from here on. */
static void take_variables(Reading *self, const char *path, guint depth) {
  gsize size = 0;
  const guint8 *data =
      self->source != NULL && ++self->sourced <= MAX_SOURCED ? self->source(self->source_data, path, &size) : NULL;
  if (data == NULL || self->sourced_bytes + size > MAX_SOURCED_BYTES)
    ak_boot_words_open(self->words);
  self->sourced_bytes += size;
  for (gsize at = 0; data != NULL && at < size && self->sourced_bytes <= MAX_SOURCED_BYTES;) {
    gsize length = ak_boot_words_line_length(data + at, size - at);
    g_autofree char *line = ak_boot_words_join(data + at, length);
    g_autoptr(GPtrArray) simple = line != NULL ? ak_boot_words_line(self->words, line) : NULL;
    for (guint i = 0; simple != NULL && i < simple->len && depth < MAX_NESTED; i++) {
      const AkSimpleCommand *one = simple->pdata[i];
      bool is_source = strcmp(one->words[0], ".") == 0 || strcmp(one->words[0], "source") == 0;
      if (is_source && one->words[1] != NULL)
        take_variables(self, one->words[1], depth + 1);
    }
    at += length + 1;
  }
}

static void read_script(Reading *self, const char *line) {
  guint before = self->commands->len;
  add_line(self->words, self->commands, line, "", 0);
  for (guint i = before; i < self->commands->len; i++) {
    const AkBootCommand *command = self->commands->pdata[i];
    bool is_source = !command->is_never && (strcmp(command->program, ".") == 0 || strcmp(command->program, "source") == 0);
    if (is_source && command->arguments[0] != NULL)
      take_variables(self, command->arguments[0], 0);
  }
}

/* Functions that nothing in the script calls by name, and that no script of its kind is called by. Source: OpenWrt, rc.common;
 * OpenRC, openrc-run(8). */
static bool is_called(const GPtrArray *commands, const char *function) {
  static const char *const called[] = {"start", "boot", "start_service", "start_instance", "service_running", "start_pre",
                                       "start_post", "init", "main", NULL};
  bool is_known = g_strv_contains(called, function);
  for (guint i = 0; i < commands->len && !is_known; i++) {
    const AkBootCommand *command = commands->pdata[i];
    is_known = !command->is_never && (strcmp(command->program, function) == 0 ||
                                      g_strv_contains((const char *const *)command->arguments, function)); /* config_foreach NAME */
  }
  return is_known;
}

static void mark_functions(const GPtrArray *commands) {
  for (guint i = 0; i < commands->len; i++) {
    AkBootCommand *command = commands->pdata[i];
    if (command->function == NULL || is_called(commands, command->function))
      continue;
    command->is_conditional = true;
    g_clear_pointer(&command->needs, g_strfreev);
  }
}

static void (*const readers[])(Reading *, const char *) = {
    [AK_BOOT_INITTAB] = read_inittab, [AK_BOOT_INETD] = read_inetd, [AK_BOOT_XINETD] = read_xinetd,
    [AK_BOOT_SCRIPT] = read_script,   [AK_BOOT_UNIT] = read_unit,
};

/* What a script of OpenRC starts, by its variables. Source: openrc-run(8). */
static void add_openrc(Reading *self) {
  static const char *const names[] = {"command", "command_args", "command_args_background", "command_args_foreground"};
  g_autoptr(GString) line = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *value = ak_boot_words_value(self->words, names[i]);
    g_string_append_printf(line, "%s ", value != NULL ? value : "");
  }
  guint before = self->commands->len;
  g_autoptr(AkBootWords) words = ak_boot_words_new();
  if (ak_boot_words_value(self->words, "command") != NULL)
    add_line(words, self->commands, line->str, "", 0);
  for (guint i = before; i < self->commands->len; i++)
    ((AkBootCommand *)self->commands->pdata[i])->is_started = true;
}

static bool is_openrc(const guint8 *data, gsize size) {
  const guint8 *end = memchr(data, '\n', size);
  gsize length = end != NULL ? (gsize)(end - data) : size;
  return length > 2 && memcmp(data, "#!", 2) == 0 &&
         (memmem(data, length, "openrc-run", 10) != NULL || memmem(data, length, "runscript", 9) != NULL);
}

GPtrArray *ak_boot_start_read(AkBootForm form, const guint8 *data, gsize size, AkBootSource source, gpointer source_data) {
  g_autoptr(AkBootWords) words = ak_boot_words_new();
  Reading self = {.words = words, .source = source, .source_data = source_data};
  self.commands = g_ptr_array_new_with_free_func((GDestroyNotify)ak_boot_command_free);
  bool is_service = form == AK_BOOT_SCRIPT && size > 0 && is_openrc(data, size);
  if (is_service)
    take_variables(&self, AK_BOOT_CONF, 0);
  for (gsize at = 0; at < size && self.commands->len < MAX_COMMANDS;) {
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
  if (is_service)
    add_openrc(&self);
  mark_functions(self.commands);
  g_free(self.server);
  g_free(self.server_arguments);
  return self.commands;
}

bool ak_firmware_boot_start_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkBootForm form = AK_BOOT_INITTAB; form <= AK_BOOT_UNIT; form++) {
    g_autoptr(GPtrArray) commands = ak_boot_start_read(form, data, size, NULL, NULL);
    for (guint i = 0; i < commands->len; i++) {
      const AkBootCommand *command = commands->pdata[i];
      g_assert_cmpuint(command->offset + command->length, <=, size);
      g_assert_cmpstr(command->program, !=, "");
    }
    found += commands->len;
  }
  return found > 0;
}
