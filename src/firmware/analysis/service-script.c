/* Of firmware.service: commands, and the scripts and tables that they lead to. */
#include <string.h>

#include "firmware/analysis/boot-argument.h"
#include "firmware/analysis/boot-place.h"
#include "firmware/analysis/service-look.h"

#define MAX_SCRIPT_DEPTH 3
#define MAX_SCRIPT_BYTES (1024 * 1024)

bool ak_service_is_visited(const AkServiceLook *self, guint node) {
  for (guint i = 0; i < self->visited->len; i++)
    if (g_array_index(self->visited, guint, i) == node)
      return true;
  return false;
}

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
  g_autofree char *own = strcmp(path, AK_BOOT_CONF) == 0
                             ? g_strdup_printf("/etc/conf.d/%s", place->name)
                             : g_strdup(path);
  guint index = 0;
  if (!ak_boot_place_script(&place->root, place->starter, own, &index))
    return NULL;
  const guint8 *bytes = ak_firmware_paths_bytes(place->root.paths, index, size);
  return *size <= MAX_SCRIPT_BYTES ? bytes : NULL;
}

/* Paths that have to be there are there: nothing else is its condition. Somebody who presses a key
 * is none. */
static bool is_certain(const AkServicePlace *place, const AkBootCommand *command) {
  guint index = 0;
  if (!command->is_conditional)
    return true;
  for (char **path = command->needs; path != NULL && *path != NULL; path++) {
    g_autoptr(GPtrArray) all =
        strpbrk(*path, "*?[") != NULL ? ak_boot_image_glob(&place->root, *path) : NULL;
    if (all != NULL ? all->len == 0 : !ak_boot_place_resolve(&place->root, *path, &index))
      return false;
  }
  return command->needs != NULL;
}

/* "/etc/init.d/x disable" and its like start nothing. Source: OpenWrt, rc.common; LSB, init script
 * actions. */
static bool starts_nothing(const AkBootCommand *command) {
  static const char *const actions[] = {"stop", "disable", "enabled", "status", "shutdown", NULL};
  return command->arguments[0] != NULL && g_strv_contains(actions, command->arguments[0]);
}

/* What stands in the place of a script: the operand of a shell or ".", else the program. */
static const char *script_of(const AkBootCommand *command, const char *name) {
  bool reads =
      ak_boot_start_is_shell(name) || strcmp(name, ".") == 0 || strcmp(name, "source") == 0;
  return reads ? ak_boot_argument_operand((const char *const *)command->arguments, "oO")
               : command->program;
}

/* A console of a script: its shell reads from one. */
static bool reads_console(const AkBootCommand *command) {
  g_autofree char *all = g_strjoinv(" ", command->arguments);
  return strstr(all, "<") != NULL &&
         (strstr(all, "/dev/console") != NULL || strstr(all, "/dev/tty") != NULL);
}

/* "$SERVER -l /bin/sh", "$(cat x) -l /bin/sh": which program it is was not understood. */
static bool names_shell(const AkBootCommand *command) {
  bool is_unknown = strchr(command->program, '$') != NULL || *command->program == '-';
  bool has_shell = false;
  for (char **a = command->arguments; *a != NULL && is_unknown; a++)
    has_shell = has_shell || ak_boot_start_is_shell(ak_boot_start_name(*a));
  return has_shell;
}

static bool is_super_server(const char *name) {
  static const char *const names[] = {"inetd",         "xinetd",  "inetutils-inetd",
                                      "openbsd-inetd", "rlinetd", NULL};
  return g_strv_contains(names, name);
}

/* "inetd /tmp/inetd.conf": a table of its own, which may be made on the device. Source: inetd(8) of
 * BusyBox, inetutils and netkit. */
static bool look_at_inetd(AkServiceLook *self, const AkServicePlace *place,
                          const AkBootCommand *command, const char *name, guint *found,
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

static bool look_at_scripts(AkServiceLook *self, const AkServicePlace *place, const char *script,
                            guint depth, guint *found, bool *was_there, GError **error) {
  bool is_pattern = script != NULL && *script == '/' && strpbrk(script, "*?[") != NULL;
  g_autoptr(GPtrArray) paths =
      is_pattern ? ak_boot_image_glob(&place->root, script) : g_ptr_array_new();
  if (!is_pattern && script != NULL)
    g_ptr_array_add(paths, (gpointer)script);
  for (guint i = 0; i < paths->len && depth < MAX_SCRIPT_DEPTH; i++) {
    AkServicePlace inner = *place;
    if (!ak_boot_place_script(&place->root, place->starter, paths->pdata[i], &inner.starter))
      continue;
    *was_there = true;
    inner.name = ak_boot_start_name(paths->pdata[i]);
    g_autofree char *folder = g_path_get_dirname(paths->pdata[i]);
    if (is_pattern && ak_boot_place_is_start_folder(folder) &&
        ak_boot_place_start_name(inner.name) != NULL)
      continue; /* looked at as such */
    if (!ak_service_look_at_script(self, inner, depth + 1, found, error))
      return false;
  }
  return true;
}

/* A program that stays: named as a server, as started, or sent to the background. */
static bool is_service(const AkServiceLook *self, const AkServicePlace *place,
                       const AkBootCommand *command, const char *name) {
  bool is_named = ak_service_is_server(self, place, command, name) ||
                  (command->is_started && !ak_service_is_waited_applet(self, place, command)) ||
                  (command->is_background && ak_service_goes_on(self, place, command));
  return is_named && !ak_service_is_beside_unit(self, place, command, name);
}

/* A command of a script or inittab: a server that is known, a program that is named as started, or
 * another script. */
static bool look_at_command(AkServiceLook *self, const AkServicePlace *place,
                            AkBootCommand *command, guint depth, guint *found, GError **error) {
  const char *name = ak_boot_start_name(command->program);
  bool is_shell = ak_boot_start_is_shell(name), is_starter = *command->how != '\0';
  bool was_there = false;
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
  bool good = starts_nothing(command) ||
              look_at_scripts(self, place, script, depth, found, &was_there, error);
  self->conditions -= command->is_conditional;
  /* of a unit a script that starts nothing known is the service itself */
  bool is_unit = g_str_has_prefix(command->how, "ExecStart");
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
  if (*name == '\0' || !is_service(self, place, command, name))
    return true;
  (*found)++;
  command->is_conditional = command->is_conditional || self->conditions > 0;
  return ak_service_emit(self, place, command, name, error);
}

bool ak_service_look_at_commands(AkServiceLook *self, const AkServicePlace *place,
                                 const GPtrArray *commands, guint depth, guint *found,
                                 GError **error) {
  for (guint i = 0; i < commands->len; i++)
    if (!look_at_command(self, place, commands->pdata[i], depth, found, error))
      return false;
  return true;
}

bool ak_service_look_at_script(AkServiceLook *self, AkServicePlace place, guint depth, guint *found,
                               GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, place.starter, &size);
  if (data == NULL || ak_service_was_visited(self, place.starter))
    return true;
  if (size > MAX_SCRIPT_BYTES) {
    self->cut = "a script that was too large to read";
    return true;
  }
  g_autoptr(GPtrArray) commands =
      ak_boot_start_read(AK_BOOT_SCRIPT, data, size, ak_service_sourced, &place);
  return ak_service_look_at_commands(self, &place, commands, depth, found, error);
}

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
