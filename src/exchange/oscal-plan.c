#include "exchange/oscal-plan.h"

#include <string.h>

#include "core/test.h"
#include "exchange/oscal-assessment.h"
#include "exchange/result.h"

/* --- activities: one a test case --------------------------------------------------------------------------- */

static json_t *activity_of(const AkOscalRun *run, const json_t *verdict, const json_t *row) {
  static const char *const members[] = {"case", "kind", "method", "grade"};
  const char *requirement = ak_json_string_or(verdict, "requirement", "-");
  const char *id = ak_json_string_or(row, "case", "-");
  char uuid[AK_UUID_SIZE];
  g_autofree char *name = g_strdup_printf("%s/%s", requirement, id);
  ak_oscal_run_uuid(run, "activity", name, uuid);
  g_autofree char *title = ak_oscal_line(id), *token = ak_oscal_token(requirement);
  g_autofree char *text =
      g_strdup_printf("%s %s", requirement, ak_result_member(verdict, "title", run->lang));
  json_t *props = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (json_is_string(json_object_get(row, members[i])))
      ak_oscal_add_prop(props, members[i], NULL, ak_json_string_or(row, members[i], "-"));
  return json_pack("{s:s, s:s, s:s, s:o, s:{s:[{s:[{s:s}]}]}}", "uuid", uuid, "title", title,
                   "description", text, "props", props, "related-controls", "control-selections",
                   "include-controls", "control-id", token);
}

static json_t *activities_of(const AkOscalRun *run) {
  const json_t *verdicts = json_object_get(run->report, "verdicts");
  json_t *activities = json_array();
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i), *cases = json_object_get(verdict, "cases");
    for (gsize k = 0; k < json_array_size(cases); k++)
      json_array_append_new(activities, activity_of(run, verdict, json_array_get(cases, k)));
  }
  return activities;
}

/* --- tasks: one a test of the program ------------------------------------------------------------------- */

static json_t *task_of(const AkOscalRun *run, const char *test_id) {
  const AkTest *test = ak_test_find(test_id);
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(run, "task", test_id, uuid);
  g_autofree char *title = ak_oscal_line(
      test == NULL ? test_id : run->lang == AK_LANG_JA ? test->title_ja : test->title_en);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "test", NULL, test_id);
  if (test != NULL)
    ak_oscal_add_prop(props, "grade", NULL, ak_grade_name(test->grade));
  return json_pack("{s:s, s:s, s:s, s:o}", "uuid", uuid, "type", "action", "title", title, "props",
                   props);
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *tasks_of(const AkOscalRun *run) {
  const json_t *tests = json_object_get(run->report, "tests");
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(tests); i++) {
    const char *id = ak_json_string_or(json_array_get(tests, i), "test", "");
    if (*id != '\0' && g_hash_table_add(seen, (gpointer)id))
      g_ptr_array_add(ids, (gpointer)id);
  }
  g_ptr_array_sort(ids, compare_texts);
  json_t *tasks = json_array();
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new(tasks, task_of(run, ids->pdata[i]));
  return tasks;
}

/* --- the plan ------------------------------------------------------------------------------------------------- */

/* Who agreed to the tests, up to which grade: what the plan may do. */
static json_t *terms_of(const AkOscalRun *run) {
  static const char *const texts[] = {"by", "capacity", "grades_up_to"};
  static const char *const times[] = {"from_utc_us", "until_utc_us"};
  const json_t *consent =
      json_object_get(json_object_get(run->report, "scope"), "authorization");
  json_t *props = json_array();
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    if (json_is_string(json_object_get(consent, texts[i])))
      ak_oscal_add_prop(props, texts[i], NULL, ak_json_string_or(consent, texts[i], "-"));
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
    if (json_is_integer(json_object_get(consent, times[i]))) {
      g_autofree char *time = ak_result_time(json_integer_value(json_object_get(consent, times[i])));
      ak_oscal_add_prop(props, times[i], NULL, time);
    }
  g_autofree char *addresses =
      ak_result_join(json_object_get(consent, "addresses"), ", ", run->lang);
  json_t *part = json_pack("{s:s, s:s, s:s}", "name", "rules-of-engagement", "title",
                           ak_text(run->lang, "exchange.consent"), "prose",
                           *addresses != '\0' ? addresses : "-");
  ak_oscal_set(part, "props", props);
  return json_pack("{s:[o]}", "parts", part);
}

json_t *ak_oscal_plan_write(const json_t *report, AkLang lang, GError **error) {
  g_auto(AkOscalRun) run = {0};
  if (!ak_oscal_run_init(&run, report, lang, error))
    return NULL;
  char uuid[AK_UUID_SIZE], product[AK_UUID_SIZE];
  ak_oscal_run_uuid(&run, "assessment-plan", "", uuid);
  ak_oscal_run_uuid(&run, "document", "product", product);
  g_autofree char *href = g_strdup_printf("#%s", product);
  json_t *local = json_pack("{s:O}", "components", run.components);
  ak_oscal_set(local, "activities", activities_of(&run));
  json_t *plan = json_pack(
      "{s:s, s:o, s:{s:s}, s:o, s:o, s:[{s:s, s:{}}], s:o, s:o}", "uuid", uuid, "metadata",
      ak_oscal_run_metadata(&run, "exchange.title.oscal-ap"), "import-ssp", "href", href,
      "local-definitions", local, "reviewed-controls", ak_oscal_run_controls(&run),
      "assessment-subjects", "type", "component", "include-all", "assessment-assets",
      ak_oscal_run_assets(&run), "back-matter", ak_oscal_run_back_matter(&run, "product", false));
  if (json_is_object(json_object_get(json_object_get(report, "scope"), "authorization")))
    json_object_set_new(plan, "terms-and-conditions", terms_of(&run));
  ak_oscal_set(plan, "tasks", tasks_of(&run));
  return json_pack("{s:o}", "assessment-plan", plan);
}

/* --- reading --------------------------------------------------------------------------------------------- */

static json_t *titles_of(const json_t *list) {
  json_t *titles = json_array();
  for (gsize i = 0; i < json_array_size(list); i++)
    json_array_append_new(titles,
                          json_string(ak_json_string_or(json_array_get(list, i), "title", "")));
  return titles;
}

/* The ids that the plan names; "all" where it includes all of some. */
static json_t *controls_of(const json_t *model) {
  const json_t *selections =
      json_object_get(json_object_get(model, "reviewed-controls"), "control-selections");
  json_t *ids = json_array();
  for (gsize i = 0; i < json_array_size(selections); i++) {
    const json_t *selection = json_array_get(selections, i);
    const json_t *controls = json_object_get(selection, "include-controls");
    if (json_object_get(selection, "include-all") != NULL)
      json_array_append_new(ids, json_string("all"));
    for (gsize k = 0; k < MIN(json_array_size(controls), AK_OSCAL_MAX_ROWS); k++)
      json_array_append_new(
          ids, json_string(ak_json_string_or(json_array_get(controls, k), "control-id", "")));
  }
  return ids;
}

json_t *ak_oscal_plan_read(const json_t *document, const char *where, GError **error) {
  static const char *const activity[] = {"uuid", "description", NULL};
  static const char *const task[] = {"uuid", "type", "title", NULL};
  const json_t *model = ak_oscal_model(document, "assessment-plan", where, error);
  const json_t *activities = NULL, *tasks = NULL;
  g_autoptr(json_t) uuids = json_object();
  AkOscalReading reading = {.where = where, .uuids = uuids};
  if (model == NULL || ak_json_object(model, "import-ssp", where, error) == NULL ||
      ak_json_object(model, "reviewed-controls", where, error) == NULL ||
      !ak_oscal_read_list(&reading, json_object_get(model, "local-definitions"), "activities",
                          activity, &activities, error) ||
      !ak_oscal_read_list(&reading, model, "tasks", task, &tasks, error))
    return NULL;
  const json_t *metadata = json_object_get(model, "metadata");
  return json_pack("{s:s, s:O, s:O, s:O, s:o, s:o, s:o}", "format", "oscal-ap", "format_version",
                   json_object_get(metadata, "oscal-version"), "title",
                   json_object_get(metadata, "title"), "version", json_object_get(metadata, "version"),
                   "controls", controls_of(model), "activities", titles_of(activities), "tasks",
                   titles_of(tasks));
}

bool ak_exchange_oscal_plan_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) read = document != NULL ? ak_oscal_plan_read(document, "fuzz", NULL) : NULL;
  return read != NULL;
}
