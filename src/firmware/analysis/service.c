/* firmware.service: what a device starts when it boots, and how its settings open it. */
#include <string.h>

#include "firmware/analysis/boot-blob.h"
#include "firmware/analysis/boot-image.h"
#include "firmware/analysis/daemon-rule.h"
#include "firmware/analysis/emit.h"

#define MAX_SERVICES 2000
#define MAX_SCRIPTS 2000
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

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  GArray *visited;    /* of guint: scripts that were read */
  GPtrArray *emitted; /* of char *: locators without their number */
  guint counts[PROPERTIES];
  AkDaemons *daemons;
  GPtrArray *files;          /* of char *: settings of listening daemons, "IMAGE!/etc/x.conf" */
  GPtrArray *not_understood; /* of char *: of these "/etc/x.conf: why" */
  GPtrArray *shells;         /* of char *: locators that give a shell without a log-in */
  const char *shell_doubt;   /* why one that could give a shell is not judged, or NULL */
  bool has_starter;
  bool is_complete;    /* the whole image was read: what is not in it is absent */
  const char *cut;     /* why not every start is known, or NULL */
  const char *sealed;  /* files that may be started and that nobody can look into, or NULL */
  const char *unknown; /* why not every setting is known, or NULL */
} Looking;

/* Where a command stands. */
typedef struct {
  AkBootRoot root;
  guint starter;    /* node of the file that starts it */
  const char *how;  /* "sysvinit S50telnet" */
  const char *name; /* of the script or unit, for what names no program */
} Place;

/* --- what is said of one -----------------------------------------------------------------------
 */

/* "IMAGE!STARTER!NAME", with "#2" where the same starter starts it again. */
static char *locator_for(Looking *self, const Place *place, const char *name) {
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

static bool is_busybox(const AkBootRoot *root, guint index) {
  const AkNode *node = ak_firmware_tree_node(root->tree, index);
  return g_str_has_prefix(ak_boot_start_name(node->path), "busybox");
}

/* A name without a folder is looked for where shells look. `room` holds the path. */
static Program find_program(const Looking *self, const AkBootRoot *root, const char *program,
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
      return (Program){room->str, false, is_busybox(root, index)};
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

static bool emit(Looking *self, const char *locator, guint property, AkOutcome outcome,
                 const char *text, const AkCitation *place, GError **error) {
  self->counts[property] += outcome != AK_OUTCOME_ABSENT;
  g_auto(AkValue) clean = {0};
  if (text != NULL)
    clean = ak_value_text_from_bytes(text, strlen(text), 1024);
  return ak_firmware_emit(self->sink, "file", locator, outputs[property].property, outcome,
                          ak_value_copy(&clean), place, error);
}

static bool keep_place(Looking *self, const Place *place, const AkBootCommand *command,
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

/* Consoles and telnet servers give shells; whether with a log-in is a risk of theirs. */
static void note_shell(Looking *self, const char *locator, const AkBootService *service,
                       const GPtrArray *risks, const char *doubt) {
  for (guint i = 0; i < risks->len; i++)
    if (g_str_has_suffix(risks->pdata[i], ".no-login"))
      g_ptr_array_add(self->shells, g_strdup(locator));
  bool gives_shells = service != NULL && (strcmp(service->kind, "telnet") == 0 ||
                                          strcmp(service->kind, "console") == 0);
  if (gives_shells && doubt != NULL)
    self->shell_doubt = doubt;
}

static bool emit_risk(Looking *self, const char *locator, const AkBootService *service,
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
  note_shell(self, locator, service, risks, doubt);
  if (risks->len == 0 && doubt != NULL)
    return emit(self, locator, RISK, AK_OUTCOME_COULD_NOT_LOOK, doubt, place, error);
  self->counts[RISK] += risks->len > 0;
  return ak_firmware_emit_set(self->sink, "file", locator, outputs[RISK].property, risks, place,
                              error);
}

static bool emit_config(Looking *self, const char *locator, const AkBootService *service,
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

static bool emit_program(Looking *self, const char *locator, const Program *program,
                         const AkCitation *place, GError **error) {
  if (program->path != NULL)
    return emit(self, locator, PROGRAM, AK_OUTCOME_SEEN, program->path, place, error);
  return emit(self, locator, PROGRAM,
              program->is_absent ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK,
              program->is_absent ? NULL : "which program it is was not understood", place, error);
}

static const AkBootService *find_service(const Looking *self, const char *name) {
  const AkBootService *service = ak_boot_service_find(name);
  return service != NULL ? service : ak_daemons_find(self->daemons, name);
}

/* Each file counts once, whichever daemons read it; `why` it was not understood, or NULL. */
static void note_file(Looking *self, const AkBootRoot *root, const char *path, const char *why) {
  g_autofree char *place = g_strdup_printf("%u!%s!%s", root->container, root->root, path);
  for (guint i = 0; i < self->files->len; i++)
    if (strcmp(self->files->pdata[i], place) == 0)
      return;
  g_ptr_array_add(self->files, g_steal_pointer(&place));
  if (why != NULL)
    g_ptr_array_add(self->not_understood, g_strdup_printf("%s: %s", path, why));
}

/* The settings of a daemon that nothing is known of, where they are usual. */
static void note_unknown(Looking *self, const AkBootRoot *root, const char *name) {
  gsize size = 0;
  for (gsize i = 0; *name != '\0' && i < 3; i++) {
    g_autofree char *path = i == 0   ? g_strdup_printf("/etc/%s.conf", name)
                            : i == 1 ? g_strdup_printf("/etc/%s/%s.conf", name, name)
                                     : g_strdup_printf("/etc/config/%s", name);
    if (ak_boot_image_bytes(root, path, &size) != NULL)
      note_file(self, root, path, "nothing is known of its program");
  }
}

static void note_settings(Looking *self, const Place *place, const AkBootService *service,
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

static bool emit_service(Looking *self, const Place *place, const AkBootCommand *command,
                         const char *name, GError **error) {
  if (self->emitted->len >= MAX_SERVICES) {
    self->cut = "more services than are listed";
    return true;
  }
  const AkBootService *service = find_service(self, name);
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
         emit_risk(self, locator, service, &program, &settings, &cited, error);
}

/* --- scripts -----------------------------------------------------------------------------------
 */

static bool is_visited(const Looking *self, guint node) {
  for (guint i = 0; i < self->visited->len; i++)
    if (g_array_index(self->visited, guint, i) == node)
      return true;
  return false;
}

/* True where it was, or may not be: each file is read once, and not too many. */
static bool was_visited(Looking *self, guint node) {
  if (is_visited(self, node))
    return true;
  if (self->visited->len >= MAX_SCRIPTS) {
    self->cut = "more files that start services than are read";
    return true;
  }
  g_array_append_val(self->visited, node);
  return false;
}

static bool is_script(const AkBootRoot *root, const char *program, guint *index) {
  gsize size = 0;
  if (program[0] != '/' || ak_firmware_paths_find(root->paths, root->container, root->root, program,
                                                  index) != AK_PATH_FOUND)
    return false;
  const guint8 *data = ak_firmware_paths_bytes(root->paths, *index, &size);
  return data != NULL && size > 2 && memcmp(data, "#!", 2) == 0;
}

static bool look_at_script(Looking *self, Place place, guint depth, guint *found, GError **error);

/* A program of the maker's that goes on beside the script; "sleep 5 &" and its like are BusyBox. */
static bool goes_on(const Looking *self, const Place *place, const AkBootCommand *command) {
  g_autoptr(GString) room = g_string_new(NULL);
  Program program = find_program(self, &place->root, command->program, room);
  return program.path != NULL && !program.is_applet;
}

/* A command of a script or inittab: a server that is known, a program that is named as started, or
 * another script. */
static bool look_at_command(Looking *self, const Place *place, const AkBootCommand *command,
                            guint depth, guint *found, GError **error) {
  guint index = 0;
  const char *name = ak_boot_start_name(command->program);
  const char *shell = *command->arguments != NULL ? *command->arguments : "";
  bool is_shell = strcmp(name, "sh") == 0 || strcmp(name, "ash") == 0 ||
                  strcmp(name, "bash") == 0 || strcmp(name, ".") == 0;
  bool is_stop = command->arguments[0] != NULL && strcmp(command->arguments[0], "stop") == 0;
  const char *script = is_shell ? shell : command->program;
  if (!is_stop && depth < MAX_SCRIPT_DEPTH && is_script(&place->root, script, &index)) {
    Place inner = *place;
    inner.starter = index;
    inner.name = ak_boot_start_name(script);
    return look_at_script(self, inner, depth + 1, found, error);
  }
  bool is_console =
      is_shell && *shell == '\0' && strcmp(place->how, "inittab") == 0 && *command->how != '\0';
  if (!is_console && is_shell)
    return true;
  bool is_named = find_service(self, name) != NULL || command->is_started ||
                  (command->is_background && goes_on(self, place, command));
  if (!is_named || *name == '\0')
    return true;
  (*found)++;
  return emit_service(self, place, command, name, error);
}

static bool look_at_commands(Looking *self, const Place *place, const GPtrArray *commands,
                             guint depth, guint *found, GError **error) {
  for (guint i = 0; i < commands->len; i++)
    if (!look_at_command(self, place, commands->pdata[i], depth, found, error))
      return false;
  return true;
}

static bool look_at_script(Looking *self, Place place, guint depth, guint *found, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
  if (data == NULL || was_visited(self, place.starter))
    return true;
  if (size > MAX_SCRIPT_BYTES) {
    self->cut = "a script that was too large to read";
    return true;
  }
  g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, data, size);
  return look_at_commands(self, &place, commands, depth, found, error);
}

/* A script of its own service: where it names no program that is known, it is listed by its name.
 */
static bool look_at_init_script(Looking *self, Place place, GError **error) {
  guint found = 0;
  bool was_read = is_visited(self, place.starter);
  if (!look_at_script(self, place, 1, &found, error))
    return false;
  if (found > 0 || was_read)
    return true;
  static char *none[] = {NULL};
  AkBootCommand unknown = {.program = (char *)"", .arguments = none, .how = (char *)""};
  return emit_service(self, &place, &unknown, place.name, error);
}

/* --- starters ----------------------------------------------------------------------------------
 */

static bool resolve(const AkBootRoot *root, const char *path, guint *index) {
  return ak_firmware_paths_find(root->paths, root->container, root->root, path, index) ==
         AK_PATH_FOUND;
}

static bool look_at_table(Looking *self, Place place, AkBootForm form, GError **error) {
  gsize size = 0;
  guint found = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
  if (data == NULL || was_visited(self, place.starter))
    return true;
  g_autoptr(GPtrArray) commands = ak_boot_start_read(form, data, size);
  return look_at_commands(self, &place, commands, 0, &found, error);
}

/* ssh.socket starts ssh.service or ssh@.service; a timer likewise. Source: systemd.socket(5),
 * systemd.timer(5). */
static bool look_at_unit(Looking *self, Place place, const char *path, GError **error) {
  const char *dot = strrchr(path, '.');
  bool is_other = dot != NULL && (strcmp(dot, ".socket") == 0 || strcmp(dot, ".timer") == 0);
  g_autofree char *stem = g_strndup(path, dot != NULL ? (gsize)(dot - path) : strlen(path));
  g_autofree char *plain = g_strdup_printf("%s.service", stem);
  g_autofree char *many = g_strdup_printf("%s@.service", stem);
  const char *unit = is_other ? resolve(&place.root, plain, &place.starter) ? plain : many : path;
  if (!g_str_has_suffix(unit, ".service") || !resolve(&place.root, unit, &place.starter) ||
      was_visited(self, place.starter))
    return true;
  g_autoptr(GPtrArray) commands = ak_boot_image_unit(&place.root, unit);
  for (guint i = 0; i < commands->len; i++) {
    const AkBootCommand *command = commands->pdata[i];
    if (!emit_service(self, &place, command, ak_boot_start_name(command->program), error))
      return false;
  }
  return true;
}

/* The unit behind a link in "multi-user.target.wants": where the link leads, or the template of an
 * instance. */
static bool look_at_wanted(Looking *self, Place place, const char *link, GError **error) {
  const char *name = ak_boot_start_name(link), *at = strchr(name, '@');
  const char *dot = strrchr(name, '.');
  static const char *const folders[] = {"/etc/systemd/system", "/lib/systemd/system",
                                        "/usr/lib/systemd/system"};
  g_autofree char *template = at != NULL && dot != NULL
                                  ? g_strdup_printf("%.*s@%s", (int)(at - name), name, dot)
                                  : g_strdup(name);
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *own = g_strdup_printf("%s/%s", folders[i], name);
    g_autofree char *any = g_strdup_printf("%s/%s", folders[i], template);
    guint index = 0;
    if (ak_firmware_paths_find(place.root.paths, place.root.container, place.root.root, own,
                               &index) == AK_PATH_DANGLING)
      return true; /* masked: a link to /dev/null */
    if (resolve(&place.root, own, &index))
      return look_at_unit(self, place, own, error);
    if (resolve(&place.root, any, &index))
      return look_at_unit(self, place, any, error);
  }
  return resolve(&place.root, link, &place.starter) ? look_at_unit(self, place, link, error) : true;
}

/* "S50telnet" → "telnet", or NULL. */
static const char *name_of_start(const char *name) {
  return name[0] == 'S' && g_ascii_isdigit(name[1]) && g_ascii_isdigit(name[2]) && name[3] != '\0'
             ? name + 3
             : NULL;
}

/* Folders of scripts that are started in order. Source: init(8) of sysvinit, buildroot's and
 * OpenWrt's rcS, LSB: runlevels S and 2 to 5. */
static bool is_start_folder(const char *folder) {
  static const char *const endings[] = {"/etc/rcS.d",      "/etc/rc2.d",      "/etc/rc3.d",
                                        "/etc/rc4.d",      "/etc/rc5.d",      "/etc/init.d",
                                        "/etc/rc.d",       "/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d",
                                        "/etc/rc.d/rcS.d", "/etc/rc.d/rc2.d"};
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (g_str_has_suffix(folder, endings[i]))
      return true;
  return false;
}

static const struct {
  const char *ending;
  AkBootForm form;
  const char *how;
  bool is_starter; /* its presence tells how the device starts */
} tables[] = {
    {"/etc/inittab", AK_BOOT_INITTAB, "inittab", true},
    {"/etc/inetd.conf", AK_BOOT_INETD, "inetd", false},
    {"/etc/xinetd.conf", AK_BOOT_XINETD, "xinetd", false},
    {"/etc/init.d/rcS", AK_BOOT_SCRIPT, "boot script", true},
    {"/etc/rc.local", AK_BOOT_SCRIPT, "boot script", false},
    {"/etc/rc.d/rc.local", AK_BOOT_SCRIPT, "boot script", false},
    {"/etc/rcS", AK_BOOT_SCRIPT, "boot script", true},
    {"/etc_ro/rcS", AK_BOOT_SCRIPT, "boot script", true},
    {"/etc/rc", AK_BOOT_SCRIPT, "boot script", true},
    {"/etc/rc.d/rcS", AK_BOOT_SCRIPT, "boot script", true},
};

/* What stands before `marker` in the path: the root of this filesystem. NULL without the marker. */
static char *root_before(const char *path, const char *marker) {
  const char *at = strstr(path, marker);
  return at != NULL ? g_strndup(path, (gsize)(at - path)) : NULL;
}

static bool look_at_start_script(Looking *self, Place place, const char *path, GError **error) {
  const char *base = strrchr(path, '/') + 1, *name = name_of_start(base);
  g_autofree char *folder = g_path_get_dirname(path);
  if (name == NULL || !is_start_folder(folder))
    return true;
  g_autofree char *how = g_strdup_printf("sysvinit %s", base);
  self->has_starter = true;
  place.how = how;
  place.name = name;
  if (!resolve(&place.root, path + strlen(place.root.root), &place.starter))
    return true; /* a start without its script starts nothing */
  return look_at_init_script(self, place, error);
}

static bool look_at_systemd(Looking *self, Place place, const char *path, GError **error) {
  g_autofree char *folder = g_path_get_dirname(path);
  const char *target = ak_boot_start_name(folder);
  if (strstr(path, "/systemd/system/") == NULL ||
      (!g_str_has_suffix(folder, ".wants") && !g_str_has_suffix(folder, ".requires")))
    return true;
  const char *dot = strrchr(target, '.');
  g_autofree char *how = g_strdup_printf("systemd %.*s", (int)(dot - target), target);
  g_autofree char *usr = root_before(path, "/usr/lib/systemd/");
  g_autofree char *lib = root_before(path, "/lib/systemd/"),
                  *etc = root_before(path, "/etc/systemd/");
  self->has_starter = true;
  place.how = how;
  place.root.root = etc != NULL ? etc : usr != NULL ? usr : lib != NULL ? lib : "";
  return look_at_wanted(self, place, path + strlen(place.root.root), error);
}

static bool look_at_node(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  if (index == 0 || node->path[0] != '/' ||
      (node->type != AK_NODE_FILE && node->type != AK_NODE_SYMLINK))
    return true;
  g_autofree char *root = root_before(node->path, "/etc");
  Place place = {.root = {self->call->tree, self->paths, node->parent, root != NULL ? root : ""},
                 .starter = index,
                 .name = ak_boot_start_name(node->path)};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    if (!g_str_has_suffix(node->path, tables[i].ending))
      continue;
    self->has_starter = self->has_starter || tables[i].is_starter;
    place.how = tables[i].how;
    return !resolve(&place.root, node->path + strlen(place.root.root), &place.starter) ||
           look_at_table(self, place, tables[i].form, error);
  }
  if (strstr(node->path, "/etc/xinetd.d/") != NULL) {
    place.how = "xinetd";
    return look_at_table(self, place, AK_BOOT_XINETD, error);
  }
  return look_at_start_script(self, place, node->path, error) &&
         look_at_systemd(self, place, node->path, error);
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* Why something may be started that was not seen: a limit, or files that may hold a program or its settings. */
static const char *unseen(const Looking *self) {
  return self->cut != NULL ? self->cut : self->sealed;
}

/* On the image. Where nothing that starts the device was found nothing is said. */
static bool emit_shells(Looking *self, GError **error) {
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

static bool emit_files(Looking *self, GError **error) {
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

static bool finish(Looking *self, GError **error) {
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
  g_autoptr(GArray) visited = g_array_new(FALSE, FALSE, sizeof(guint));
  g_autoptr(GPtrArray) emitted = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) shells = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) not_understood = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(AkDaemons) daemons = ak_daemons_new(error);
  if (daemons == NULL)
    return false;
  Looking self = {.call = call,
                  .sink = sink,
                  .paths = paths,
                  .visited = visited,
                  .emitted = emitted,
                  .shells = shells,
                  .daemons = daemons,
                  .files = files,
                  .not_understood = not_understood,
                  .is_complete = ak_firmware_tree_is_complete(call->tree)};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, NULL)) {
      self.cut = "the limit of files";
      break;
    }
    if (!look_at_node(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
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
    .rev = 6,
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
