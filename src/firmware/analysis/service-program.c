/* Of firmware.service: which program a command is, and what is known of it. */
#include <string.h>

#include "firmware/analysis/boot-place.h"
#include "firmware/analysis/boot-shell.h"
#include "firmware/analysis/service-look.h"

bool ak_service_is_busybox(const AkBootRoot *root, guint index) {
  const AkNode *node = ak_firmware_tree_node(root->tree, index);
  return g_str_has_prefix(ak_boot_start_name(node->path), "busybox");
}

AkServiceProgram ak_service_find_program(const AkServiceLook *self, const AkBootRoot *root,
                                         const char *program, GString *room) {
  static const char *const folders[] = {"/usr/sbin", "/sbin",           "/usr/bin",
                                        "/bin",      "/usr/local/sbin", "/usr/local/bin"};
  guint index = 0;
  if (strchr(program, '$') != NULL || *program == '\0')
    return (AkServiceProgram){0};
  for (gsize i = 0; i < (program[0] == '/' ? 1 : G_N_ELEMENTS(folders)); i++) {
    g_string_assign(room, program);
    if (program[0] != '/')
      g_string_printf(room, "%s/%s", folders[i], program);
    AkPathAnswer answer =
        ak_firmware_paths_find(root->paths, root->container, root->root, room->str, &index);
    if (answer == AK_PATH_FOUND)
      return (AkServiceProgram){room->str, false, ak_service_is_busybox(root, index)};
    if (answer == AK_PATH_DANGLING)
      return (AkServiceProgram){room->str, false, false};
  }
  return (AkServiceProgram){NULL, program[0] == '/' && self->is_complete, false};
}

const AkBootService *ak_service_find(const AkServiceLook *self, const AkServicePlace *place,
                                     const char *name) {
  bool is_inetd = place != NULL &&
                  (g_str_has_prefix(place->how, "inetd") || g_str_has_prefix(place->how, "xinetd"));
  if (ak_boot_start_is_shell(name))
    return ak_boot_service_find(is_inetd ? AK_BOOT_NETWORK_SHELL : AK_BOOT_CONSOLE);
  const AkBootService *service = ak_boot_service_find(name);
  return service != NULL ? service : ak_daemons_find(self->daemons, name);
}

bool ak_service_gives_shell(const AkBootService *service) {
  static const char *const kinds[] = {"telnet", "console", "shell", NULL};
  return g_strv_contains(kinds, service->kind);
}

bool ak_service_goes_on(const AkServiceLook *self, const AkServicePlace *place,
                        const AkBootCommand *command) {
  g_autoptr(GString) room = g_string_new(NULL);
  AkServiceProgram program = ak_service_find_program(self, &place->root, command->program, room);
  return program.path != NULL && !program.is_applet;
}

bool ak_service_is_waited_applet(const AkServiceLook *self, const AkServicePlace *place,
                                 const AkBootCommand *command) {
  static const char *const waited[] = {"sysinit", "wait", "boot", "bootwait", NULL};
  g_autoptr(GString) room = g_string_new(NULL);
  return strcmp(place->how, "inittab") == 0 && g_strv_contains(waited, command->how) &&
         ak_service_find_program(self, &place->root, command->program, room).is_applet;
}

bool ak_service_is_server(const AkServiceLook *self, const AkServicePlace *place,
                          const AkBootCommand *command, const char *name) {
  static const char *const local[] = {"login", "su", NULL}; /* in scripts run as somebody else */
  const AkBootService *service = ak_service_find(self, place, name);
  if (service == NULL || (g_strv_contains(local, name) && *command->how == '\0'))
    return false;
  return service->judge != ak_boot_shell_judge_relay ||
         ak_boot_shell_runs_program(name, (const char *const *)command->arguments);
}

/* What a unit runs before or behind its program, and waits for: tests of settings, mkdir and the
 * like; of servers there only what gives a shell counts. Source: systemd.service(5), ExecStartPre=.
 */
bool ak_service_is_beside_unit(const AkServiceLook *self, const AkServicePlace *place,
                               const AkBootCommand *command, const char *name) {
  bool is_beside =
      strcmp(command->how, "ExecStartPre") == 0 || strcmp(command->how, "ExecStartPost") == 0;
  const AkBootService *service = is_beside ? ak_service_find(self, place, name) : NULL;
  return is_beside && (service == NULL || !ak_service_gives_shell(service));
}
