/* Of firmware.service: texts that would start a shell and that no starter was seen to lead to. A program, a script of another
 * language, a rule of a device manager may run them: the question is open then. */
#include <string.h>

#include "firmware/analysis/boot-text.h"
#include "firmware/analysis/cron-file.h"
#include "firmware/analysis/service-look.h"

typedef struct {
  guint node;
  gsize from, to;
} Line;

GArray *ak_service_judged_new(void) {
  return g_array_new(FALSE, FALSE, sizeof(Line));
}

/* What prints its words, or ends programs of that name. */
static bool is_quiet(const AkBootCommand *command, const char *name) {
  static const char *const quiet[] = {"echo", "printf", "logger", ":", "killall", "pkill", "pidof", "pgrep", "which", "type", NULL};
  bool writes = false;
  for (char **a = command->arguments; *a != NULL; a++)
    writes = writes || (strchr(*a, '>') != NULL && !g_str_has_suffix(*a, ">&2") && a[1] != NULL && strncmp(a[1], "/dev/", 5) != 0);
  return g_strv_contains(quiet, name) && !writes;
}

void ak_service_note_judged(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name) {
  if (!command->is_never && !ak_boot_text_is_giver(name) && !is_quiet(command, name))
    return;
  Line line = {place->starter, command->offset, command->offset + command->length};
  g_array_append_val(self->judged, line);
}

static bool was_judged(const AkServiceLook *self, guint node, gsize at) {
  for (guint i = 0; i < self->judged->len; i++) {
    const Line *line = &g_array_index(self->judged, Line, i);
    if (line->node == node && at >= line->from && at <= line->to)
      return true;
  }
  return false;
}

/* Tables and scripts of services that are off unless something else is there, which is looked for; what is for people to read. */
static bool is_off(const char *path) {
  static const char *const folders[] = {"/etc/init.d/", "/systemd/system/", "/etc/xinetd", "/etc/inetd", "/share/doc/", "/share/man/",
                                        "/share/bash-completion/"};
  bool has_user = false, is_in = ak_cron_file_is(path, &has_user) || (strstr(path, "/etc/init/") != NULL && g_str_has_suffix(path, ".conf"));
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
    is_in = is_in || strstr(path, folders[i]) != NULL;
  return is_in;
}

void ak_service_look_at_texts(AkServiceLook *self) {
  const AkFirmwareTree *tree = self->call->tree;
  for (guint i = 1; i < ak_firmware_tree_length(tree) && self->shell_doubt == NULL; i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    if (node->type != AK_NODE_FILE || node->bytes == NULL || !ak_firmware_tree_is_leaf(tree, i))
      continue;
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(node->bytes, &size);
    bool was_read = ak_service_is_visited(self, i);
    for (gsize at = 0; data != NULL && (was_read || !is_off(node->path)) && ak_boot_text_find(data, size, &at); at++) {
      if (was_judged(self, i, at))
        continue;
      self->shell_doubt = "a text that would start a shell without a log-in, which nothing is seen to run";
      break;
    }
  }
}
