/* firmware.service: what a device starts when it boots, and how its settings open it. */
#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-blob.h"
#include "firmware/analysis/boot-place.h"
#include "firmware/analysis/boot-shell.h"
#include "firmware/analysis/service-look.h"

#define MAX_SERVICES 2000
#define MAX_SCRIPT_DEPTH 3
#define MAX_SCRIPT_BYTES (1024 * 1024)

enum {
  NAME,
  KIND,
  START,
  PROGRAM,
  CONFIG,
  RISK,
  OPEN_SHELL,
  UNDERSTOOD,
  NOT_UNDERSTOOD,
  PROPERTIES,
};

static const AkTestOutput outputs[] = {
    [NAME] = {"service-at-boot.name", AK_VALUE_TEXT, NULL, "name of a program started at boot",
              "起動時に始まるプログラムの名前"},
    [KIND] = {"service-at-boot.kind", AK_VALUE_TEXT, NULL, "what it serves: ssh, telnet, http …",
              "提供するもの（ssh、telnet、http…）"},
    [START] = {"service-at-boot.start", AK_VALUE_TEXT, NULL, "what starts it", "起動のしくみ"},
    [PROGRAM] = {"service-at-boot.program", AK_VALUE_TEXT, NULL,
                 "path of the program; absent: the image does not hold it",
                 "プログラムのパス（absent: イメージにない）"},
    [CONFIG] = {"service-at-boot.config", AK_VALUE_TEXT, NULL,
                "path of its settings; absent: it has none", "設定ファイルのパス（absent: なし）"},
    [RISK] = {"service-at-boot.risk", AK_VALUE_SET, NULL, "settings that open it", "危険な設定"},
    [OPEN_SHELL] = {"service-at-boot.open-shell", AK_VALUE_SET, NULL,
                    "what gives a shell without a log-in", "ログインなしでシェルを与えるもの"},
    [UNDERSTOOD] = {"service-at-boot.configurations", AK_VALUE_TEXT, NULL,
                    "how many files of settings of listening daemons were understood",
                    "理解できたデーモンの設定ファイルの数"},
    [NOT_UNDERSTOOD] = {"service-at-boot.not-understood", AK_VALUE_SET, NULL,
                        "files of settings of listening daemons that were not understood, and why",
                        "理解できなかったデーモンの設定ファイルと理由"},
    [PROPERTIES] = {"service-at-boot.coverage", AK_VALUE_SET, NULL,
                    "what was looked at in full: starters, configurations",
                    "すべて調べたもの（起動設定、サービス設定）"},
    {NULL},
};

static const char *const everything[] = {"configurations", "starters", NULL};

/* --- what is said of one -----------------------------------------------------------------------
 */

/* "IMAGE!STARTER!NAME", with "#2" where the same starter starts it again. */
static char *locator_for(AkServiceLook *self, const AkServicePlace *place, const char *name) {
  g_autofree char *starter = ak_firmware_tree_locator(self->call->tree, place->starter);
  g_autofree char *safe = ak_firmware_tree_child_path("", name, strlen(name));
  g_autofree char *base = g_strdup_printf("%s!%s", starter, safe + 1);
  guint before = 0;
  for (guint i = 0; i < self->emitted->len; i++)
    before += strcmp(self->emitted->pdata[i], base) == 0;
  g_ptr_array_add(self->emitted, g_strdup(base));
  return before == 0 ? g_steal_pointer(&base) : g_strdup_printf("%s#%u", base, before + 1);
}

typedef struct {
  const char *path; /* on the device; NULL: not told */
  bool is_absent;   /* the image does not hold what is named */
  bool is_applet;
} Program;

bool ak_service_is_busybox(const AkBootRoot *root, guint index) {
  const AkNode *node = ak_firmware_tree_node(root->tree, index);
  return g_str_has_prefix(ak_boot_start_name(node->path), "busybox");
}

/* A name without a folder is looked for where shells look. `room` holds the path. */
static Program find_program(const AkServiceLook *self, const AkBootRoot *root, const char *program,
                            GString *room) {
  static const char *const folders[] = {"/usr/sbin", "/sbin",           "/usr/bin",
                                        "/bin",      "/usr/local/sbin", "/usr/local/bin"};
  guint index = 0;
  if (strchr(program, '$') != NULL || *program == '\0')
    return (Program){0};
  for (gsize i = 0; i < (program[0] == '/' ? 1 : G_N_ELEMENTS(folders)); i++) {
    g_string_assign(room, program);
    if (program[0] != '/')
      g_string_printf(room, "%s/%s", folders[i], program);
    AkPathAnswer answer =
        ak_firmware_paths_find(root->paths, root->container, root->root, room->str, &index);
    if (answer == AK_PATH_FOUND)
      return (Program){room->str, false, ak_service_is_busybox(root, index)};
    if (answer == AK_PATH_DANGLING)
      return (Program){room->str, false, false};
  }
  return (Program){NULL, program[0] == '/' && self->is_complete, false};
}

typedef struct {
  const char *path; /* of the settings; NULL: none were found */
  AkBootFacts facts;
  GPtrArray *settings; /* owned; of `facts` */
} Settings;

static void settings_clear(Settings *self) {
  g_clear_pointer(&self->settings, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settings, settings_clear)

static void find_settings(const AkBootRoot *root, const AkBootService *service,
                          const AkBootCommand *command, Settings *out) {
  const char *const *arguments = (const char *const *)command->arguments;
  const char *named = ak_boot_service_config_argument(service, arguments);
  *out = (Settings){.facts = {.arguments = arguments, .has_open_arguments = command->is_open}};
  for (gsize i = 0; out->settings == NULL && service->configs[i].file != NULL; i++) {
    const char *path = named != NULL ? named : service->configs[i].file;
    out->facts.form = service->configs[i].form;
    out->settings = ak_boot_image_settings(root, path, out->facts.form, &out->facts.is_partial);
    if (out->settings != NULL)
      out->path = path;
    if (named != NULL)
      break;
  }
  out->facts.settings = out->settings;
}

static bool emit(AkServiceLook *self, const char *locator, guint property, AkOutcome outcome,
                 const char *text, const AkCitation *place, GError **error) {
  self->counts[property] += outcome != AK_OUTCOME_ABSENT;
  g_auto(AkValue) clean = {0};
  if (text != NULL)
    clean = ak_value_text_from_bytes(text, strlen(text), 1024);
  return ak_firmware_emit(self->sink, "file", locator, outputs[property].property, outcome,
                          ak_value_copy(&clean), place, error);
}

static bool keep_place(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command,
                       const char *config, AkCitation *out, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place->starter, &size);
  AkDigest digest = ak_digest_of(data, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_autofree char *starter = ak_firmware_tree_locator(self->call->tree, place->starter);
  gsize config_size = 0;
  const guint8 *settings =
      config != NULL ? ak_boot_image_bytes(&place->root, config, &config_size) : NULL;
  g_autoptr(json_t) json =
      json_pack("{s:s, s:s, s:I, s:I}", "starter", starter, "starter_sha256", hex, "offset",
                (json_int_t)command->offset, "length", (json_int_t)command->length);
  if (settings != NULL) {
    digest = ak_digest_of(settings, config_size);
    ak_digest_to_hex(&digest, hex);
    json_object_set_new(json, "config_sha256", json_string(hex));
  }
  return ak_firmware_emit_keep(self->sink, json, out, error);
}

static bool gives_shell(const AkBootService *service) {
  static const char *const kinds[] = {"telnet", "console", "shell", NULL};
  return g_strv_contains(kinds, service->kind);
}

/* What gives shells; whether with a log-in is a risk of theirs. One on a condition is not shown to be started. */
static void note_shell(AkServiceLook *self, const char *locator, const AkBootService *service, const AkBootCommand *command,
                       const GPtrArray *risks, const char *doubt) {
  bool is_open = false;
  for (guint i = 0; i < risks->len; i++)
    is_open = is_open || g_str_has_suffix(risks->pdata[i], ".no-login");
  if (is_open && !command->is_conditional)
    g_ptr_array_add(self->shells, g_strdup(locator));
  else if (is_open)
    self->shell_doubt = "a shell without a log-in is started on a condition";
  if (service != NULL && gives_shell(service) && doubt != NULL)
    self->shell_doubt = doubt;
}

static bool emit_risk(AkServiceLook *self, const char *locator, const AkBootService *service, const AkBootCommand *command,
                      const Program *program, const Settings *settings, const AkCitation *place,
                      GError **error) {
  g_autoptr(GPtrArray) risks = g_ptr_array_new();
  const char *doubt = program->is_absent ? "the program is not in the image" : NULL;
  if (doubt == NULL && service != NULL && service->judge != NULL)
    doubt = service->judge(service, &settings->facts, risks);
  else if (doubt == NULL)
    doubt = service != NULL ? "the settings of this program are not judged"
                            : "this program is not known";
  if (doubt != NULL && !program->is_absent)
    self->unknown = doubt;
  note_shell(self, locator, service, command, risks, doubt);
  if (risks->len == 0 && doubt != NULL)
    return emit(self, locator, RISK, AK_OUTCOME_COULD_NOT_LOOK, doubt, place, error);
  self->counts[RISK] += risks->len > 0;
  return ak_firmware_emit_set(self->sink, "file", locator, outputs[RISK].property, risks, place,
                              error);
}

static bool emit_config(AkServiceLook *self, const char *locator, const AkBootService *service,
                        const Settings *settings, const AkCitation *place, GError **error) {
  if (settings->path != NULL)
    return emit(self, locator, CONFIG, AK_OUTCOME_SEEN, settings->path, place, error);
  bool has_none = service != NULL && service->configs[0].file == NULL && service->judge != NULL;
  bool is_local = service != NULL && strcmp(service->kind, "local") == 0;
  return emit(self, locator, CONFIG,
              has_none || is_local ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK,
              has_none || is_local ? NULL : "no settings were found where they are looked for",
              place, error);
}

static bool emit_program(AkServiceLook *self, const char *locator, const Program *program,
                         const AkCitation *place, GError **error) {
  if (program->path != NULL)
    return emit(self, locator, PROGRAM, AK_OUTCOME_SEEN, program->path, place, error);
  return emit(self, locator, PROGRAM,
              program->is_absent ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK,
              program->is_absent ? NULL : "which program it is was not understood", place, error);
}

/* A shell by itself is one on a console, or what inetd gives a connection to. */
static const AkBootService *find_service(const AkServiceLook *self, const AkServicePlace *place, const char *name) {
  bool is_inetd = place != NULL && (g_str_has_prefix(place->how, "inetd") || g_str_has_prefix(place->how, "xinetd"));
  if (ak_boot_start_is_shell(name))
    return ak_boot_service_find(is_inetd ? AK_BOOT_NETWORK_SHELL : AK_BOOT_CONSOLE);
  const AkBootService *service = ak_boot_service_find(name);
  return service != NULL ? service : ak_daemons_find(self->daemons, name);
}

/* Each file counts once, whichever daemons read it; `why` it was not understood, or NULL. */
static void note_file(AkServiceLook *self, const AkBootRoot *root, const char *path, const char *why) {
  g_autofree char *place = g_strdup_printf("%u!%s!%s", root->container, root->root, path);
  for (guint i = 0; i < self->files->len; i++)
    if (strcmp(self->files->pdata[i], place) == 0)
      return;
  g_ptr_array_add(self->files, g_steal_pointer(&place));
  if (why != NULL)
    g_ptr_array_add(self->not_understood, g_strdup_printf("%s: %s", path, why));
}

/* The settings of a daemon that nothing is known of, where they are usual. */
static void note_unknown(AkServiceLook *self, const AkBootRoot *root, const char *name) {
  gsize size = 0;
  for (gsize i = 0; *name != '\0' && i < 3; i++) {
    g_autofree char *path = i == 0   ? g_strdup_printf("/etc/%s.conf", name)
                            : i == 1 ? g_strdup_printf("/etc/%s/%s.conf", name, name)
                                     : g_strdup_printf("/etc/config/%s", name);
    if (ak_boot_image_bytes(root, path, &size) != NULL)
      note_file(self, root, path, "nothing is known of its program");
  }
}

static void note_settings(AkServiceLook *self, const AkServicePlace *place, const AkBootService *service,
                          const char *name, const Settings *settings) {
  bool is_local = service != NULL &&
                  (strcmp(service->kind, "local") == 0 || strcmp(service->kind, "console") == 0);
  if (service == NULL)
    note_unknown(self, &place->root, name);
  else if (settings->path != NULL && !is_local)
    note_file(self, &place->root, settings->path,
              service->judge == NULL       ? "its settings are not known"
              : settings->facts.is_partial ? "lines that were not understood"
                                           : NULL);
}

bool ak_service_emit(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command,
                         const char *name, GError **error) {
  if (self->emitted->len >= MAX_SERVICES) {
    self->cut = "more services than are listed";
    return true;
  }
  const AkBootService *service = find_service(self, place, name);
  g_autoptr(GString) room = g_string_new(NULL);
  Program program = find_program(self, &place->root, command->program, room);
  g_auto(Settings) settings = {.facts = {.arguments = (const char *const *)command->arguments}};
  if (service != NULL)
    find_settings(&place->root, service, command, &settings);
  settings.facts.is_applet = program.is_applet;
  note_settings(self, place, service, name, &settings);
  g_autofree char *locator = locator_for(self, place, name);
  g_autofree char *how =
      g_strdup_printf("%s%s%s%s", place->how,
                      *command->how != '\0' && strcmp(place->how, command->how) != 0 ? " " : "",
                      strcmp(place->how, command->how) != 0 ? command->how : "",
                      command->is_conditional ? ", on a condition" : "");
  AkCitation cited;
  return keep_place(self, place, command, settings.path, &cited, error) &&
         emit(self, locator, NAME, AK_OUTCOME_SEEN, name, &cited, error) &&
         emit(self, locator, KIND, service != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
              service != NULL ? service->kind : "this program is not known", &cited, error) &&
         emit(self, locator, START, AK_OUTCOME_SEEN, how, &cited, error) &&
         emit_program(self, locator, &program, &cited, error) &&
         emit_config(self, locator, service, &settings, &cited, error) &&
         emit_risk(self, locator, service, command, &program, &settings, &cited, error);
}

/* --- scripts -----------------------------------------------------------------------------------
 */

bool ak_service_is_visited(const AkServiceLook *self, guint node) {
  for (guint i = 0; i < self->visited->len; i++)
    if (g_array_index(self->visited, guint, i) == node)
      return true;
  return false;
}

/* True where it was, or may not be: each file is read once, and not too many. */
bool ak_service_was_visited(AkServiceLook *self, guint node) {
  if (ak_service_is_visited(self, node))
    return true;
  if (self->visited->len >= AK_SERVICE_SCRIPTS) {
    self->cut = "more files that start services than are read";
    return true;
  }
  g_array_append_val(self->visited, node);
  return false;
}

const guint8 *ak_service_sourced(gpointer data, const char *path, gsize *size) {
  const AkServicePlace *place = data;
  g_autofree char *own = strcmp(path, AK_BOOT_CONF) == 0 ? g_strdup_printf("/etc/conf.d/%s", place->name) : g_strdup(path);
  guint index = 0;
  if (!ak_boot_place_script(&place->root, place->starter, own, &index))
    return NULL;
  const guint8 *bytes = ak_firmware_paths_bytes(place->root.paths, index, size);
  return *size <= MAX_SCRIPT_BYTES ? bytes : NULL;
}


/* A program of the maker's that goes on beside the script; "sleep 5 &" and its like are BusyBox. */
static bool goes_on(const AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command) {
  g_autoptr(GString) room = g_string_new(NULL);
  Program program = find_program(self, &place->root, command->program, room);
  return program.path != NULL && !program.is_applet;
}

/* "::sysinit:/bin/mount -a": init waits for it, and it is one of BusyBox's own. */
static bool is_waited_applet(const AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command) {
  static const char *const waited[] = {"sysinit", "wait", "boot", "bootwait", NULL};
  g_autoptr(GString) room = g_string_new(NULL);
  return strcmp(place->how, "inittab") == 0 && g_strv_contains(waited, command->how) &&
         find_program(self, &place->root, command->program, room).is_applet;
}

/* Paths that have to be there are there: nothing else is its condition. Somebody who presses a key is none. */
static bool is_certain(const AkServicePlace *place, const AkBootCommand *command) {
  guint index = 0;
  if (!command->is_conditional)
    return true;
  for (char **path = command->needs; path != NULL && *path != NULL; path++) {
    g_autoptr(GPtrArray) all = strpbrk(*path, "*?[") != NULL ? ak_boot_image_glob(&place->root, *path) : NULL;
    if (all != NULL ? all->len == 0 : !ak_boot_place_resolve(&place->root, *path, &index))
      return false;
  }
  return command->needs != NULL;
}

/* "/etc/init.d/x disable" and its like start nothing. Source: OpenWrt, rc.common; LSB, init script actions. */
static bool starts_nothing(const AkBootCommand *command) {
  static const char *const actions[] = {"stop", "disable", "enabled", "status", "shutdown", NULL};
  return command->arguments[0] != NULL && g_strv_contains(actions, command->arguments[0]);
}

/* What stands in the place of a script: the operand of a shell or ".", else the program. */
static const char *script_of(const AkBootCommand *command, const char *name) {
  bool reads = ak_boot_start_is_shell(name) || strcmp(name, ".") == 0 || strcmp(name, "source") == 0;
  return reads ? ak_boot_argument_operand((const char *const *)command->arguments, "oO") : command->program;
}

/* A console of a script: its shell reads from one. */
static bool reads_console(const AkBootCommand *command) {
  g_autofree char *all = g_strjoinv(" ", command->arguments);
  return strstr(all, "<") != NULL && (strstr(all, "/dev/console") != NULL || strstr(all, "/dev/tty") != NULL);
}

/* Known by its name as a server, and started as one. */
static bool is_server(const AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name) {
  static const char *const local[] = {"login", "su", NULL}; /* in scripts they run something as somebody else */
  const AkBootService *service = find_service(self, place, name);
  if (service == NULL || (g_strv_contains(local, name) && *command->how == '\0'))
    return false;
  return service->judge != ak_boot_shell_judge_relay ||
         ak_boot_shell_runs_program(name, (const char *const *)command->arguments);
}

/* "$SERVER -l /bin/sh", "$(cat x) -l /bin/sh": which program it is was not understood. */
static bool names_shell(const AkBootCommand *command) {
  bool is_unknown = strchr(command->program, '$') != NULL || *command->program == '-';
  bool has_shell = false;
  for (char **a = command->arguments; *a != NULL && is_unknown; a++)
    has_shell = has_shell || ak_boot_start_is_shell(ak_boot_start_name(*a));
  return has_shell;
}

/* What a unit runs before or behind its program, and waits for: tests of settings, mkdir and the like; of servers there only what
 * gives a shell counts. Source: systemd.service(5), ExecStartPre=. */
static bool is_beside_unit(const AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name) {
  bool is_beside = strcmp(command->how, "ExecStartPre") == 0 || strcmp(command->how, "ExecStartPost") == 0;
  const AkBootService *service = is_beside ? find_service(self, place, name) : NULL;
  return is_beside && (service == NULL || !gives_shell(service));
}

static bool is_super_server(const char *name) {
  static const char *const names[] = {"inetd", "xinetd", "inetutils-inetd", "openbsd-inetd", "rlinetd", NULL};
  return g_strv_contains(names, name);
}

static bool look_at_inetd(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name, guint *found,
                          GError **error);

static bool look_at_scripts(AkServiceLook *self, const AkServicePlace *place, const char *script, guint depth, guint *found, bool *was_there,
                            GError **error) {
  bool is_pattern = script != NULL && *script == '/' && strpbrk(script, "*?[") != NULL;
  g_autoptr(GPtrArray) paths = is_pattern ? ak_boot_image_glob(&place->root, script) : g_ptr_array_new();
  if (!is_pattern && script != NULL)
    g_ptr_array_add(paths, (gpointer)script);
  for (guint i = 0; i < paths->len && depth < MAX_SCRIPT_DEPTH; i++) {
    AkServicePlace inner = *place;
    if (!ak_boot_place_script(&place->root, place->starter, paths->pdata[i], &inner.starter))
      continue;
    *was_there = true;
    inner.name = ak_boot_start_name(paths->pdata[i]);
    g_autofree char *folder = g_path_get_dirname(paths->pdata[i]);
    if (is_pattern && ak_boot_place_is_start_folder(folder) && ak_boot_place_start_name(inner.name) != NULL)
      continue; /* looked at as such */
    if (!ak_service_look_at_script(self, inner, depth + 1, found, error))
      return false;
  }
  return true;
}

/* A command of a script or inittab: a server that is known, a program that is named as started, or
 * another script. */
static bool look_at_command(AkServiceLook *self, const AkServicePlace *place, AkBootCommand *command,
                            guint depth, guint *found, GError **error) {
  const char *name = ak_boot_start_name(command->program);
  bool is_shell = ak_boot_start_is_shell(name), was_there = false, is_starter = *command->how != '\0';
  const char *script = script_of(command, name);
  guint before = *found;
  ak_service_note_judged(self, place, command, name);
  if (command->is_never)
    return true;
  if (is_certain(place, command)) {
    command->is_conditional = false;
    g_clear_pointer(&command->needs, g_strfreev);
  }
  self->conditions += command->is_conditional;
  bool good = starts_nothing(command) || look_at_scripts(self, place, script, depth, found, &was_there, error);
  self->conditions -= command->is_conditional;
  bool is_unit = g_str_has_prefix(command->how, "ExecStart"); /* a script that starts nothing known is the service itself */
  if (!good || (was_there && (*found > before || !is_unit)))
    return good;
  if (is_shell && (script != NULL || !(is_starter || reads_console(command)))) {
    if (script == NULL)
      self->shell_doubt = "a script runs a shell, which reads what it is given";
    return true;
  }
  if (names_shell(command))
    self->shell_doubt = "a program whose name is not known is given a shell";
  self->has_inetd = self->has_inetd || is_super_server(name);
  self->has_cron = self->has_cron || strcmp(name, "crond") == 0 || strcmp(name, "cron") == 0;
  if (is_super_server(name) && !look_at_inetd(self, place, command, name, found, error))
    return false;
  bool is_named = is_server(self, place, command, name) || (command->is_started && !is_waited_applet(self, place, command)) ||
                  (command->is_background && goes_on(self, place, command));
  if (!is_named || *name == '\0')
    return true;
  if (is_beside_unit(self, place, command, name))
    return true;
  (*found)++;
  command->is_conditional = command->is_conditional || self->conditions > 0;
  return ak_service_emit(self, place, command, name, error);
}

bool ak_service_look_at_commands(AkServiceLook *self, const AkServicePlace *place, const GPtrArray *commands,
                             guint depth, guint *found, GError **error) {
  for (guint i = 0; i < commands->len; i++)
    if (!look_at_command(self, place, commands->pdata[i], depth, found, error))
      return false;
  return true;
}

/* "inetd /tmp/inetd.conf": a table of its own, which may be made on the device. Source: inetd(8) of BusyBox, inetutils and netkit. */
static bool look_at_inetd(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name, guint *found,
                          GError **error) {
  const char *table = ak_boot_argument_operand((const char *const *)command->arguments, "qRpta");
  AkServicePlace own = *place;
  gsize size = 0;
  if (table == NULL || strstr(name, "xinetd") != NULL || strcmp(table, "/etc/inetd.conf") == 0)
    return true;
  const guint8 *data = ak_boot_place_script(&place->root, place->starter, table, &own.starter)
                           ? ak_firmware_paths_bytes(self->paths, own.starter, &size)
                           : NULL;
  if (data == NULL)
    self->shell_doubt = "a table of inetd is not in the image";
  if (data == NULL || ak_service_was_visited(self, own.starter))
    return true;
  own.how = "inetd";
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_INETD, data, size, NULL, NULL);
  self->conditions += command->is_conditional;
  bool good = ak_service_look_at_commands(self, &own, commands, MAX_SCRIPT_DEPTH, found, error);
  self->conditions -= command->is_conditional;
  return good;
}

bool ak_service_look_at_script(AkServiceLook *self, AkServicePlace place, guint depth, guint *found, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
  if (data == NULL || ak_service_was_visited(self, place.starter))
    return true;
  if (size > MAX_SCRIPT_BYTES) {
    self->cut = "a script that was too large to read";
    return true;
  }
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, data, size, ak_service_sourced, &place);
  return ak_service_look_at_commands(self, &place, commands, depth, found, error);
}

/* A script of its own service: where it names no program that is known, it is listed by its name.
 */
bool ak_service_look_at_init_script(AkServiceLook *self, AkServicePlace place, GError **error) {
  guint found = 0;
  bool was_read = ak_service_is_visited(self, place.starter);
  if (!ak_service_look_at_script(self, place, 1, &found, error))
    return false;
  if (found > 0 || was_read)
    return true;
  static char *none[] = {NULL};
  AkBootCommand unknown = {.program = (char *)"", .arguments = none, .how = (char *)""};
  return ak_service_emit(self, &place, &unknown, place.name, error);
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* Why something may be started that was not seen: a limit, or files that may hold a program or its settings. */
static const char *unseen(const AkServiceLook *self) {
  return self->cut != NULL ? self->cut : self->sealed;
}

/* On the image. Where nothing that starts the device was found nothing is said. */
static bool emit_shells(AkServiceLook *self, GError **error) {
  g_autofree char *cut = ak_firmware_emit_reason(self->call, unseen(self));
  const char *image = self->call->subject->locator;
  if (self->shells->len > 0)
    return ak_firmware_emit_set(self->sink, "image", image, outputs[OPEN_SHELL].property,
                                self->shells, NULL, error);
  if (cut == NULL && !self->has_starter)
    return true;
  return ak_firmware_emit_none(self->call, self->sink, outputs[OPEN_SHELL].property,
                               cut != NULL ? cut : self->shell_doubt, error);
}

static bool emit_files(AkServiceLook *self, GError **error) {
  const char *image = self->call->subject->locator;
  guint count = self->files->len;
  if (count == 0)
    return true;
  g_autofree char *text =
      g_strdup_printf("%u of %u files understood", count - self->not_understood->len, count);
  return ak_firmware_emit(self->sink, "image", image, outputs[UNDERSTOOD].property, AK_OUTCOME_SEEN,
                          ak_value_text(text), NULL, error) &&
         (self->not_understood->len == 0 ||
          ak_firmware_emit_set(self->sink, "image", image, outputs[NOT_UNDERSTOOD].property,
                               self->not_understood, NULL, error));
}

static bool finish(AkServiceLook *self, GError **error) {
  if (self->has_upstart && !self->has_systemd && self->cut == NULL)
    self->cut = "jobs of upstart, which are not read";
  const char *items[3] = {NULL};
  guint count = 0;
  if (self->unknown == NULL)
    items[count++] = "configurations";
  if (self->has_starter)
    items[count++] = "starters";
  self->counts[OPEN_SHELL] = 1;
  self->counts[UNDERSTOOD] = self->files->len;
  self->counts[NOT_UNDERSTOOD] = self->not_understood->len;
  const char *none = self->has_starter ? NULL : "nothing was found that starts the device";
  AkFirmwareEnd end = {.counts = self->counts,
                       .unread = unseen(self) != NULL ? unseen(self) : none,
                       .items = items,
                       .is_cut = unseen(self) != NULL};
  return emit_shells(self, error) && emit_files(self, error) &&
         ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(GArray) visited = g_array_new(FALSE, FALSE, sizeof(guint)), judged = ak_service_judged_new();
  g_autoptr(GPtrArray) emitted = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) shells = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) not_understood = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(AkDaemons) daemons = ak_daemons_new(error);
  if (daemons == NULL)
    return false;
  AkServiceLook self = {.call = call,
                  .sink = sink,
                  .paths = paths,
                  .visited = visited,
                  .judged = judged,
                  .emitted = emitted,
                  .shells = shells,
                  .daemons = daemons,
                  .files = files,
                  .units = units,
                  .not_understood = not_understood,
                  .is_complete = ak_firmware_tree_is_complete(call->tree)};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, NULL)) {
      self.cut = "the limit of files";
      break;
    }
    if (!ak_service_look_at_node(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  for (guint i = 0; i < length && self.cut == NULL; i++)
    if (!ak_service_look_late(&self, i, error))
      return false;
  if (self.cut == NULL && shells->len == 0)
    ak_service_look_at_texts(&self);
  g_autofree char *sealed = ak_boot_blob_sealed(call->tree, paths);
  self.sealed = sealed;
  return finish(&self, error);
}

static const char *const sources[] = {"inittab(5), init(8)",
                                      "inetd.conf(5), xinetd.conf(5)",
                                      "systemd.unit(5), systemd.service(5)",
                                      "OpenWrt: init scripts and procd",
                                      "the servers' manual pages, named in boot-service.c and "
                                      "data/firmware/daemons.json",
                                      NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_service_test;
const AkTest ak_firmware_service_test = {
    .id = "firmware.service",
    .rev = 10,
    .title_en = "Services that the firmware starts at boot",
    .title_ja = "ファームウェアが起動時に始めるサービス",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files, scripts or services",
    .stop_condition_ja = "ファイル・スクリプト・サービス数の上限",
    .sources = sources,
    .run = run,
};
