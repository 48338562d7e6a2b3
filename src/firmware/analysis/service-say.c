/* Of firmware.service: what is said of one service. */
#include <string.h>

#include "firmware/analysis/service-look.h"

#define MAX_SERVICES 2000

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

static bool emit(AkServiceLook *self, const char *locator, guint property, AkOutcome outcome,
                 const char *text, const AkCitation *place, GError **error) {
  self->counts[property] += outcome != AK_OUTCOME_ABSENT;
  g_auto(AkValue) clean = {0};
  if (text != NULL)
    clean = ak_value_text_from_bytes(text, strlen(text), 1024);
  return ak_firmware_emit(self->sink, "file", locator, ak_service_outputs[property].property,
                          outcome, ak_value_copy(&clean), place, error);
}

static bool keep_place(AkServiceLook *self, const AkServicePlace *place,
                       const AkBootCommand *command, const char *config, AkCitation *out,
                       GError **error) {
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

/* What gives shells; whether with a log-in is a risk of theirs. One on a condition is not shown to
 * be started. */
static void note_shell(AkServiceLook *self, const char *locator, const AkBootService *service,
                       const AkBootCommand *command, const GPtrArray *risks, const char *doubt) {
  bool is_open = false;
  for (guint i = 0; i < risks->len; i++)
    is_open = is_open || g_str_has_suffix(risks->pdata[i], ".no-login");
  if (is_open && !command->is_conditional)
    g_ptr_array_add(self->shells, g_strdup(locator));
  else if (is_open)
    self->shell_doubt = "a shell without a log-in is started on a condition";
  if (service != NULL && ak_service_gives_shell(service) && doubt != NULL)
    self->shell_doubt = doubt;
}

static bool emit_risk(AkServiceLook *self, const char *locator, const AkBootService *service,
                      const AkBootCommand *command, const AkServiceProgram *program,
                      const AkServiceSettings *settings, const AkCitation *place, GError **error) {
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
    return emit(self, locator, AK_SERVICE_RISK, AK_OUTCOME_COULD_NOT_LOOK, doubt, place, error);
  self->counts[AK_SERVICE_RISK] += risks->len > 0;
  return ak_firmware_emit_set(self->sink, "file", locator,
                              ak_service_outputs[AK_SERVICE_RISK].property, risks, place, error);
}

static bool emit_config(AkServiceLook *self, const char *locator, const AkBootService *service,
                        const AkServiceSettings *settings, const AkCitation *place,
                        GError **error) {
  if (settings->path != NULL)
    return emit(self, locator, AK_SERVICE_CONFIG, AK_OUTCOME_SEEN, settings->path, place, error);
  bool has_none = service != NULL && service->configs[0].file == NULL && service->judge != NULL;
  bool is_local = service != NULL && strcmp(service->kind, "local") == 0;
  return emit(self, locator, AK_SERVICE_CONFIG,
              has_none || is_local ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK,
              has_none || is_local ? NULL : "no settings were found where they are looked for",
              place, error);
}

static bool emit_program(AkServiceLook *self, const char *locator, const AkServiceProgram *program,
                         const AkCitation *place, GError **error) {
  if (program->path != NULL)
    return emit(self, locator, AK_SERVICE_PROGRAM, AK_OUTCOME_SEEN, program->path, place, error);
  return emit(self, locator, AK_SERVICE_PROGRAM,
              program->is_absent ? AK_OUTCOME_ABSENT : AK_OUTCOME_COULD_NOT_LOOK,
              program->is_absent ? NULL : "which program it is was not understood", place, error);
}

bool ak_service_emit(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command,
                     const char *name, GError **error) {
  if (self->emitted->len >= MAX_SERVICES) {
    self->cut = "more services than are listed";
    return true;
  }
  const AkBootService *service = ak_service_find(self, place, name);
  g_autoptr(GString) room = g_string_new(NULL);
  AkServiceProgram program = ak_service_find_program(self, &place->root, command->program, room);
  g_auto(AkServiceSettings)
      settings = {.facts = {.arguments = (const char *const *)command->arguments}};
  if (service != NULL)
    ak_service_find_settings(&place->root, service, command, &settings);
  settings.facts.is_applet = program.is_applet;
  ak_service_note_settings(self, place, service, name, &settings);
  g_autofree char *locator = locator_for(self, place, name);
  g_autofree char *how =
      g_strdup_printf("%s%s%s%s", place->how,
                      *command->how != '\0' && strcmp(place->how, command->how) != 0 ? " " : "",
                      strcmp(place->how, command->how) != 0 ? command->how : "",
                      command->is_conditional ? ", on a condition" : "");
  AkCitation cited;
  return keep_place(self, place, command, settings.path, &cited, error) &&
         emit(self, locator, AK_SERVICE_NAME, AK_OUTCOME_SEEN, name, &cited, error) &&
         emit(self, locator, AK_SERVICE_KIND,
              service != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
              service != NULL ? service->kind : "this program is not known", &cited, error) &&
         emit(self, locator, AK_SERVICE_START, AK_OUTCOME_SEEN, how, &cited, error) &&
         emit_program(self, locator, &program, &cited, error) &&
         emit_config(self, locator, service, &settings, &cited, error) &&
         emit_risk(self, locator, service, command, &program, &settings, &cited, error);
}
