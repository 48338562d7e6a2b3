/* Of firmware.service: the files of settings of what is started, and which were understood. */
#include <string.h>

#include "firmware/analysis/service-look.h"

void ak_service_settings_clear(AkServiceSettings *self) {
  g_clear_pointer(&self->settings, g_ptr_array_unref);
}

void ak_service_find_settings(const AkBootRoot *root, const AkBootService *service,
                              const AkBootCommand *command, AkServiceSettings *out) {
  const char *const *arguments = (const char *const *)command->arguments;
  const char *named = ak_boot_service_config_argument(service, arguments);
  *out = (AkServiceSettings){
      .facts = {.arguments = arguments, .has_open_arguments = command->is_open}};
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

/* Each file counts once, whichever daemons read it; `why` it was not understood, or NULL. */
static void note_file(AkServiceLook *self, const AkBootRoot *root, const char *path,
                      const char *why) {
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

void ak_service_note_settings(AkServiceLook *self, const AkServicePlace *place,
                              const AkBootService *service, const char *name,
                              const AkServiceSettings *settings) {
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
