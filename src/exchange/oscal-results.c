#include "exchange/oscal-results.h"

#include "exchange/oscal-assessment.h"
#include "exchange/result.h"

static json_t *result_of(const AkOscalRun *run) {
  const json_t *ours = json_object_get(run->report, "run");
  const json_t *verdicts = json_object_get(run->report, "verdicts");
  g_autofree char *start = ak_result_time(json_integer_value(json_object_get(ours, "planned_utc_us")));
  g_autofree char *end = ak_result_time(json_integer_value(json_object_get(ours, "judged_utc_us")));
  g_autofree char *title = ak_oscal_line(ak_json_string_or(ours, "id", "-"));
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(run, "result", "", uuid);
  json_t *props = json_array(), *findings = json_array();
  ak_oscal_add_prop(props, "end", NULL, ak_json_string_or(ours, "end", "-"));
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    json_array_append_new(findings, ak_oscal_run_finding(run, json_array_get(verdicts, i)));
  json_t *result = json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:o, s:{s:O, s:o}, s:o}", "uuid", uuid, "title", title, "description",
      ak_result_member(run->report, "statement", run->lang), "start", start, "end", end, "props",
      props, "local-definitions", "components", run->components, "assessment-assets",
      ak_oscal_run_assets(run), "reviewed-controls", ak_oscal_run_controls(run));
  ak_oscal_set(result, "observations", ak_oscal_run_observations(run));
  ak_oscal_set(result, "risks", ak_oscal_run_risks(run));
  ak_oscal_set(result, "findings", findings);
  return result;
}

json_t *ak_oscal_results_write(const json_t *report, AkLang lang, GError **error) {
  g_auto(AkOscalRun) run = {0};
  if (!ak_oscal_run_init(&run, report, lang, error))
    return NULL;
  char uuid[AK_UUID_SIZE], plan[AK_UUID_SIZE];
  ak_oscal_run_uuid(&run, "assessment-results", "", uuid);
  ak_oscal_run_uuid(&run, "document", "oscal-ap", plan);
  g_autofree char *href = g_strdup_printf("#%s", plan);
  return json_pack("{s:{s:s, s:o, s:{s:s}, s:[o], s:o}}", "assessment-results", "uuid", uuid,
                   "metadata", ak_oscal_run_metadata(&run, "exchange.title.oscal-ar"), "import-ap",
                   "href", href, "results", result_of(&run), "back-matter",
                   ak_oscal_run_back_matter(&run, "oscal-ap", true));
}

json_t *ak_oscal_results_read(const json_t *document, const char *where, GError **error) {
  static const char *const needed[] = {"uuid", "title", "description", "start", NULL};
  const json_t *model = ak_oscal_model(document, "assessment-results", where, error), *list = NULL;
  g_autoptr(json_t) uuids = json_object(), results = json_array();
  AkOscalReading reading = {.where = where, .uuids = uuids};
  if (model == NULL || ak_json_object(model, "import-ap", where, error) == NULL ||
      !ak_oscal_read_list(&reading, model, "results", needed, &list, error))
    return NULL;
  if (json_array_size(list) == 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no results", where);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *theirs = json_array_get(list, i);
    json_t *row = json_pack("{s:s, s:s, s:s*}", "title", ak_json_string_or(theirs, "title", ""),
                            "start", ak_json_string_or(theirs, "start", ""), "end",
                            ak_json_string_or(theirs, "end", NULL));
    json_array_append_new(results, row);
    if (!ak_oscal_read_assessed(&reading, theirs, row, error))
      return NULL;
  }
  const json_t *metadata = json_object_get(model, "metadata");
  return json_pack("{s:s, s:O, s:O, s:O, s:O, s:i}", "format", "oscal-ar", "format_version",
                   json_object_get(metadata, "oscal-version"), "title",
                   json_object_get(metadata, "title"), "version", json_object_get(metadata, "version"),
                   "results", results, "dangling", (int)reading.dangling);
}

bool ak_exchange_oscal_results_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) read = document != NULL ? ak_oscal_results_read(document, "fuzz", NULL) : NULL;
  return read != NULL;
}
