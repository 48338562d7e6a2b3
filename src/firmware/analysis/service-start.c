/* Of firmware.service: what in an image starts something when the device boots. */
#include <string.h>

#include "firmware/analysis/boot-place.h"
#include "firmware/analysis/cron-file.h"
#include "firmware/analysis/service-look.h"

#define MAX_TABLE_BYTES (256 * 1024)

static bool look_at_table(AkServiceLook *self, AkServicePlace place, AkBootForm form, GError **error) {
  gsize size = 0;
  guint found = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
  if (data == NULL || memchr(data, '\0', MIN(size, 1024)) != NULL || ak_service_was_visited(self, place.starter))
    return true;
  bool is_script = form == AK_BOOT_SCRIPT;
  g_autoptr(GPtrArray) commands = ak_boot_start_read(form, data, size, is_script ? ak_service_sourced : NULL, &place);
  return ak_service_look_at_commands(self, &place, commands, 0, &found, error);
}

static bool look_at_wanted(AkServiceLook *self, AkServicePlace place, const char *link, GError **error);

/* Each unit once, whatever wants it: "x@tty1.service" is another one than "x@tty2.service". */
static bool was_wanted(AkServiceLook *self, const AkServicePlace *place, const char *name) {
  g_autofree char *key = g_strdup_printf("%u!%s!%s", place->root.container, place->root.root, name);
  for (guint i = 0; i < self->units->len; i++)
    if (strcmp(self->units->pdata[i], key) == 0)
      return true;
  if (self->units->len >= AK_SERVICE_SCRIPTS) {
    self->cut = "more files that start services than are read";
    return true;
  }
  g_ptr_array_add(self->units, g_steal_pointer(&key));
  return false;
}

/* What a unit or target starts with itself. */
static bool look_at_pulled(AkServiceLook *self, const AkServicePlace *place, const GPtrArray *pulled, GError **error) {
  for (guint i = 0; i < pulled->len; i++) {
    AkServicePlace inner = *place;
    if (ak_boot_place_is_boot_target(pulled->pdata[i]) && !look_at_wanted(self, inner, pulled->pdata[i], error))
      return false;
  }
  return true;
}

/* ssh.socket starts ssh.service or ssh@.service; timers and paths likewise. Source: systemd.socket(5),
 * systemd.timer(5), systemd.path(5). */
static bool look_at_unit(AkServiceLook *self, AkServicePlace place, const char *path, const char *name, GError **error) {
  static const char *const others[] = {"socket", "timer", "path", NULL};
  const char *dot = strrchr(path, '.');
  bool is_other = dot != NULL && g_strv_contains(others, dot + 1);
  g_autofree char *stem = g_strndup(path, dot != NULL ? (gsize)(dot - path) : strlen(path));
  g_autofree char *plain = g_strdup_printf("%s.service", stem);
  g_autofree char *many = g_strdup_printf("%s@.service", stem);
  g_autoptr(GPtrArray) pulled = g_ptr_array_new_with_free_func(g_free);
  if (is_other) { /* timers may name each other */
    if (was_wanted(self, &place, name))
      return true;
    ak_boot_image_pulled(&place.root, path, pulled);
    if (!look_at_pulled(self, &place, pulled, error))
      return false;
    g_ptr_array_set_size(pulled, 0);
  }
  const char *unit = is_other ? ak_boot_place_resolve(&place.root, plain, &place.starter) ? plain : many : path;
  if (g_str_has_suffix(unit, ".target")) {
    ak_boot_image_pulled(&place.root, unit, pulled);
    return was_wanted(self, &place, name) || look_at_pulled(self, &place, pulled, error);
  }
  if (!g_str_has_suffix(unit, ".service") || !ak_boot_place_resolve(&place.root, unit, &place.starter) ||
      was_wanted(self, &place, is_other ? ak_boot_start_name(unit) : name))
    return true;
  g_autoptr(GPtrArray) commands = ak_boot_image_unit(&place.root, unit, is_other ? NULL : name, pulled);
  guint found = 0;
  return ak_service_look_at_commands(self, &place, commands, 0, &found, error) && look_at_pulled(self, &place, pulled, error);
}

/* The unit behind a link in "multi-user.target.wants". */
static bool look_at_wanted(AkServiceLook *self, AkServicePlace place, const char *link, GError **error) {
  g_autofree char *unit = ak_boot_place_unit(&place.root, link);
  return unit == NULL || look_at_unit(self, place, unit, ak_boot_start_name(link), error);
}

static bool look_at_start_script(AkServiceLook *self, AkServicePlace place, const char *path, GError **error) {
  const char *base = strrchr(path, '/') + 1, *name = ak_boot_place_start_name(base);
  g_autofree char *folder = g_path_get_dirname(path);
  if (name == NULL || !ak_boot_place_is_start_folder(folder))
    return true;
  g_autofree char *how = g_strdup_printf("sysvinit %s", base);
  self->has_starter = true;
  place.how = how;
  place.name = name;
  if (!ak_boot_place_resolve(&place.root, path + strlen(place.root.root), &place.starter))
    return true; /* a start without its script starts nothing */
  return ak_service_look_at_init_script(self, place, error);
}

/* Scripts of OpenRC and runit, and those of OpenWrt that run by themselves. */
static bool look_at_other_script(AkServiceLook *self, AkServicePlace place, const char *path, GError **error) {
  const char *script = NULL;
  g_autofree char *how = ak_boot_place_other(path, &script);
  g_autofree char *whole = how != NULL ? g_strconcat(path + strlen(place.root.root), script, NULL) : NULL;
  if (how == NULL || !ak_boot_place_resolve(&place.root, whole, &place.starter))
    return true;
  bool is_service = *how != 'u' && *how != 'h';
  guint found = 0;
  self->has_starter = self->has_starter || is_service;
  place.how = how;
  return is_service ? ak_service_look_at_init_script(self, place, error) : ak_service_look_at_script(self, place, 1, &found, error);
}

static void set_systemd_root(AkServicePlace *place, char **room, const char *path) {
  static const char *const markers[] = {"/etc/systemd/", "/usr/lib/systemd/", "/lib/systemd/"};
  for (gsize i = 0; i < G_N_ELEMENTS(markers); i++) {
    g_free(*room);
    *room = ak_boot_place_root(path, markers[i]);
    if (*room != NULL)
      break;
  }
  place->root.root = *room != NULL ? *room : "";
}

static bool look_at_systemd(AkServiceLook *self, AkServicePlace place, const char *path, GError **error) {
  g_autofree char *folder = g_path_get_dirname(path), *room = NULL;
  const char *target = ak_boot_start_name(folder);
  if (strstr(path, "/systemd/system/") == NULL ||
      (!g_str_has_suffix(folder, ".wants") && !g_str_has_suffix(folder, ".requires")) ||
      !ak_boot_place_is_boot_target(target))
    return true;
  const char *dot = strrchr(target, '.');
  g_autofree char *how = g_strdup_printf("systemd %.*s", (int)(dot - target), target);
  self->has_starter = self->has_systemd = true;
  place.how = how;
  set_systemd_root(&place, &room, path);
  return look_at_wanted(self, place, path + strlen(place.root.root), error);
}

/* A log-in of a console that the image has settings for: systemd starts it where the kernel has that console. Source:
 * systemd-getty-generator(8). */
static bool look_at_console(AkServiceLook *self, AkServicePlace place, const char *path, GError **error) {
  static const char *const units[] = {"getty@", "serial-getty@", "console-getty.", "container-getty@"};
  g_autofree char *folder = g_path_get_dirname(path), *room = NULL;
  g_autofree char *name = g_path_get_basename(folder);
  if (!self->has_systemd || strstr(path, "/systemd/system/") == NULL || !g_str_has_suffix(name, ".service.d"))
    return true;
  name[strlen(name) - strlen(".d")] = '\0';
  set_systemd_root(&place, &room, path);
  place.how = "systemd getty-generator";
  bool good = true;
  self->conditions++;
  for (gsize i = 0; i < G_N_ELEMENTS(units) && good; i++)
    good = !g_str_has_prefix(name, units[i]) || look_at_wanted(self, place, name, error);
  self->conditions--;
  return good;
}

/* "/init.rc", "/init.board.rc", "/system/etc/init/x.rc". Source: Android, init's README. */
static bool is_android(const char *path) {
  bool is_first = g_str_has_prefix(ak_boot_start_name(path), "init.");
  return g_str_has_suffix(path, ".rc") && (is_first || strstr(path, "/etc/init/") != NULL);
}

/* Ways of starting that are not known here. */
static void note_unread(AkServiceLook *self, const char *path, guint index) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  if (data == NULL)
    return;
  bool is_job = strstr(path, "/etc/init/") != NULL && g_str_has_suffix(path, ".conf");
  self->has_upstart = self->has_upstart || (is_job && memmem(data, size, "start on", strlen("start on")) != NULL);
  if (is_android(path) && memmem(data, size, "service ", strlen("service ")) != NULL)
    self->cut = "services of Android's init, which are not read";
  if (g_str_has_suffix(path, "/etc/rc.conf") && memmem(data, size, "_enable=", strlen("_enable=")) != NULL)
    self->cut = "services of rc.conf, which are not read";
}

static bool is_executable(const AkServiceLook *self, guint index) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  return node->no_mode || (node->mode & 0111) != 0;
}

/* What counts by something else that was seen: tables of inetd where that is started, rc.local where something runs it. */
static bool look_at_late_table(AkServiceLook *self, AkServicePlace place, const AkBootTable *table, GError **error) {
  if (table->role == AK_BOOT_SUPER && !self->has_inetd) {
    gsize size = 0;
    const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
    g_autoptr(GPtrArray) commands = ak_boot_start_read(table->form, data, data != NULL ? size : 0, NULL, NULL);
    if (commands->len > 0)
      self->shell_doubt = "there is a table of inetd, which is not seen to be started";
    return true;
  }
  bool is_sure = table->role == AK_BOOT_SUPER || (self->has_systemd && is_executable(self, place.starter));
  self->conditions += !is_sure;
  bool good = look_at_table(self, place, table->form, error);
  self->conditions -= !is_sure;
  return good;
}

static AkServicePlace place_of(AkServiceLook *self, guint index, const char *root) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  return (AkServicePlace){.root = {self->call->tree, self->paths, node->parent, root != NULL ? root : ""},
                 .starter = index,
                 .name = ak_boot_start_name(node->path)};
}

static bool is_entry(const AkNode *node, guint index) {
  return index != 0 && node->path[0] == '/' && (node->type == AK_NODE_FILE || node->type == AK_NODE_SYMLINK);
}

bool ak_service_look_at_node(AkServiceLook *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  if (!is_entry(node, index))
    return true;
  const AkBootTable *table = ak_boot_place_table(node->path);
  g_autofree char *root = ak_boot_place_root(node->path, "/etc");
  g_autofree char *other = root == NULL ? ak_boot_place_root(node->path, table != NULL ? table->ending : "/var/") : NULL;
  AkServicePlace place = place_of(self, index, root != NULL ? root : other);
  if (table != NULL && table->role <= AK_BOOT_MAY_START) {
    self->has_starter = self->has_starter || table->role == AK_BOOT_STARTS;
    place.how = table->how;
    return !ak_boot_place_resolve(&place.root, node->path + strlen(place.root.root), &place.starter) ||
           look_at_table(self, place, table->form, error);
  }
  note_unread(self, node->path, index);
  return look_at_start_script(self, place, node->path, error) && look_at_other_script(self, place, node->path, error) &&
         look_at_systemd(self, place, node->path, error);
}

/* BusyBox's init without a table runs rcS and, where somebody presses a key, a shell on the console. Source: BusyBox,
 * examples/inittab: "if no inittab is found". */
static bool look_at_init(AkServiceLook *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  g_autofree char *root = ak_boot_place_root(node->path, "/sbin/init");
  AkServicePlace place = place_of(self, index, root);
  guint found = 0;
  if (!g_str_has_suffix(node->path, "/sbin/init") || ak_boot_place_resolve(&place.root, "/etc/inittab", &found) ||
      ak_boot_place_resolve(&place.root, "/etc_ro/inittab", &found) ||
      !ak_boot_place_resolve(&place.root, "/etc/init.d/rcS", &found) ||
      !ak_boot_place_resolve(&place.root, node->path + strlen(place.root.root), &place.starter) ||
      !ak_service_is_busybox(&place.root, place.starter))
    return true;
  static char *none[] = {NULL};
  AkBootCommand shell = {.program = (char *)"/bin/sh", .arguments = none, .how = (char *)"askfirst", .is_conditional = true};
  place.how = "init without inittab";
  return ak_service_emit(self, &place, &shell, "sh", error);
}

/* Where cron is started, what it starts. */
static bool look_at_cron(AkServiceLook *self, AkServicePlace place, const char *path, GError **error) {
  gsize size = 0;
  guint unread = 0;
  bool has_user = false, good = true;
  const guint8 *data = self->has_cron && ak_cron_file_is(path, &has_user) ? ak_firmware_paths_bytes(self->paths, place.starter, &size) : NULL;
  if (data == NULL || size > MAX_TABLE_BYTES)
    return true;
  g_autoptr(GPtrArray) jobs = ak_cron_file_read(data, size, has_user, &unread);
  for (guint i = 0; i < jobs->len && good; i++) {
    const AkCronJob *job = jobs->pdata[i];
    guint found = 0;
    g_autoptr(GPtrArray) commands = ak_boot_start_read(AK_BOOT_SCRIPT, (const guint8 *)job->command, strlen(job->command), NULL, NULL);
    place.how = "cron";
    good = ak_service_look_at_commands(self, &place, commands, 1, &found, error);
  }
  return good;
}

bool ak_service_look_late(AkServiceLook *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  if (!is_entry(node, index))
    return true;
  const AkBootTable *table = ak_boot_place_table(node->path);
  g_autofree char *root = ak_boot_place_root(node->path, "/etc"), *other = root == NULL ? ak_boot_place_root(node->path, "/var/") : NULL;
  AkServicePlace place = place_of(self, index, root != NULL ? root : other);
  if (table != NULL && table->role > AK_BOOT_MAY_START) {
    place.how = table->how;
    return !ak_boot_place_resolve(&place.root, node->path + strlen(place.root.root), &place.starter) ||
           look_at_late_table(self, place, table, error);
  }
  return look_at_console(self, place, node->path, error) && look_at_init(self, index, error) &&
         look_at_cron(self, place, node->path, error);
}
