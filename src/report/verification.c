#include "report/verification.h"

#include <string.h>

#include "report/components.h"

#define REPORT_FORMAT "akashi-report"
#define REPORT_VERSION 1

static const char *const severities[] = {"critical", "high", "medium", "low", "info"};

/* What a finding says, each a text "finding.KEY.PART" in both languages. */
static const char *const finding_parts[] = {"title", "reproduce", "condition", "impact", "treatment"};

static json_t *bilingual(const AkBilingual *text) {
  return json_pack("{s:s, s:s}", "en", text->en != NULL ? text->en : "", "ja",
                   text->ja != NULL ? text->ja : "");
}

/* Both texts of `id`, or NULL where the program has none. */
static json_t *bilingual_text(const char *id) {
  const char *en = ak_text(AK_LANG_EN, id), *ja = ak_text(AK_LANG_JA, id);
  return en == id || ja == id ? NULL : json_pack("{s:s, s:s}", "en", en, "ja", ja);
}

static void set_copy(json_t *target, const char *key, const json_t *source) {
  if (source != NULL && !json_is_null(source))
    json_object_set_new(target, key, json_deep_copy(source));
}

static json_t *texts_of(const char *const *texts) {
  json_t *array = json_array();
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_append_new(array, json_string(texts[i]));
  return array;
}

static json_t *run_of(const AkReportInput *input) {
  json_t *run = json_pack("{s:s, s:s*, s:o}", "id", input->run_id, "end", input->end, "others",
                          texts_of(input->other_runs));
  set_copy(run, "planned_utc_us", json_object_get(input->planned, "when_utc_us"));
  set_copy(run, "judged_utc_us", json_object_get(input->verdict, "when_utc_us"));
  set_copy(run, "seed", json_object_get(input->planned, "seed"));
  set_copy(run, "tools", json_object_get(input->planned, "tools"));
  if (input->valid_until != NULL)
    json_object_set_new(run, "valid_until", json_string(input->valid_until));
  if (input->lapsed_by != NULL)
    json_object_set_new(run, "lapsed_by", json_string(input->lapsed_by));
  if (input->expired)
    json_object_set_new(run, "expired", json_true());
  if (input->run_number > 0) {
    json_object_set_new(run, "number", json_integer(input->run_number));
    json_object_set_new(run, "count", json_integer(input->run_count));
  }
  return run;
}

static json_t *product_of(const AkProduct *product) {
  char hex[AK_DIGEST_HEX_SIZE];
  AkDigest digest = ak_product_digest(product);
  ak_digest_to_hex(&digest, hex);
  return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s}", "name", product->name, "model", product->model,
                   "version", product->version, "manufacturer", product->manufacturer, "sha256",
                   hex);
}

static json_t *services_of(const AkInterface *interface) {
  json_t *array = json_array();
  for (guint i = 0; interface->services != NULL && i < interface->services->len; i++) {
    const AkService *service = interface->services->pdata[i];
    json_array_append_new(array,
                          json_pack("{s:s*, s:i, s:s*, s:s*}", "transport", service->transport,
                                    "port", (int)service->port, "protocol", service->protocol,
                                    "purpose", service->purpose));
  }
  return array;
}

static json_t *interfaces_of(const AkProduct *product) {
  json_t *array = json_array();
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *item = product->interfaces->pdata[i];
    json_array_append_new(array, json_pack("{s:s*, s:s*, s:b, s:o, s:o}", "name", item->name,
                                           "kind", item->kind, "used", (int)item->used, "addresses",
                                           texts_of((const char *const *)item->addresses),
                                           "services", services_of(item)));
  }
  return array;
}

/* The first observation of a property of the image; with `seen` the first that saw it. NULL: none. */
static const AkObservation *find_image(const AkReportInput *input, const AkImage *image,
                                       const char *property, bool seen) {
  for (guint i = 0; i < input->observations->len; i++) {
    const AkObservation *observation = input->observations->pdata[i];
    if (strcmp(observation->property, property) == 0 &&
        g_strcmp0(observation->subject.locator, image->name) == 0 &&
        (!seen || observation->outcome == AK_OUTCOME_SEEN))
      return observation;
  }
  return NULL;
}

/* What the run saw of a property of the image, or NULL. */
static const char *image_text(const AkReportInput *input, const AkImage *image,
                              const char *property) {
  const AkObservation *observation = find_image(input, image, property, true);
  return observation != NULL ? observation->value.text : NULL;
}

/* "12/40", or a name of why there is no number (word.attributed): an empty place would read as none. */
static const char *attributed_of(const AkReportInput *input, const AkImage *image) {
  const char *text = image_text(input, image, "component.attributed");
  if (text != NULL)
    return text;
  bool is_told = find_image(input, image, "component.attributed", false) != NULL;
  return is_told ? "could-not-look" : "not-looked";
}

static json_t *images_of(const AkReportInput *input) {
  json_t *array = json_array();
  for (guint i = 0; i < input->product->images->len; i++) {
    const AkImage *image = input->product->images->pdata[i];
    json_array_append_new(array,
                          json_pack("{s:s*, s:s*, s:s*, s:s*}", "name", image->name, "version",
                                    image->version, "sha256",
                                    image_text(input, image, "firmware.digest"), "attributed",
                                    attributed_of(input, image)));
    json_object_set_new(
        json_array_get(array, json_array_size(array) - 1), "components_looked",
        json_boolean(ak_report_components_looked(input->observations, image->name)));
  }
  return array;
}

static json_t *units_of(const AkProduct *product) {
  json_t *array = json_array();
  for (guint i = 0; i < product->units->len; i++) {
    const AkUnit *unit = product->units->pdata[i];
    json_array_append_new(array,
                          json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", "serial", unit->serial,
                                    "hardware_version", unit->hardware_version, "firmware_version",
                                    unit->firmware_version, "image", unit->image, "matched_by",
                                    unit->matched_by, "state", unit->state));
  }
  return array;
}

static json_t *authorization_of(const AkAuthorization *authorization) {
  if (authorization == NULL)
    return json_null();
  return json_pack("{s:s*, s:s*, s:o, s:I, s:I, s:s, s:b}", "by", authorization->by, "capacity",
                   authorization->capacity, "addresses",
                   texts_of((const char *const *)authorization->addresses), "from_utc_us",
                   (json_int_t)authorization->from_utc_us, "until_utc_us",
                   (json_int_t)authorization->until_utc_us, "grades_up_to",
                   ak_grade_name(authorization->grades_up_to), "lockout_allowed",
                   (int)authorization->lockout_allowed);
}

static json_t *scope_of(const AkReportInput *input) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&input->catalog->digest, hex);
  return json_pack("{s:{s:s, s:o}, s:{s:s, s:s*, s:o, s:s}, s:o, s:o}", "profile", "id",
                   input->profile->id, "title", bilingual(&input->profile->title), "catalogue",
                   "id", input->catalog->id, "version", input->catalog->version, "title",
                   bilingual(&input->catalog->title), "sha256", hex, "interfaces",
                   interfaces_of(input->product), "authorization",
                   authorization_of(input->product->authorization));
}

static const AkRequirement *requirement_of(const AkCatalog *catalog, const char *id) {
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *requirement = catalog->requirements->pdata[i];
    if (g_strcmp0(requirement->id, id) == 0)
      return requirement;
  }
  return NULL;
}

/* Each case bears its title. */
static void add_titles(const AkRequirement *requirement, json_t *cases) {
  for (gsize i = 0; i < json_array_size(cases); i++) {
    json_t *row = json_array_get(cases, i);
    for (guint c = 0; requirement->cases != NULL && c < requirement->cases->len; c++) {
      const AkTestCase *test_case = requirement->cases->pdata[c];
      if (strcmp(test_case->id, ak_json_string_or(row, "case", "")) == 0)
        json_object_set_new(row, "title", bilingual(&test_case->title));
    }
  }
}

static json_t *verdicts_of(const AkReportInput *input, const json_t *computed) {
  json_t *array = json_array();
  for (gsize i = 0; i < json_array_size(computed); i++) {
    json_t *item = json_deep_copy(json_array_get(computed, i));
    const char *id = json_string_value(json_object_get(item, "requirement"));
    const AkRequirement *requirement = requirement_of(input->catalog, id);
    if (requirement != NULL) {
      json_object_set_new(item, "title", bilingual(&requirement->title));
      add_titles(requirement, json_object_get(item, "cases"));
    }
    json_array_append_new(array, item);
  }
  return array;
}

/* Identity in hexadecimal → the observation, borrowed. */
static GHashTable *known_observations(const AkReportInput *input) {
  GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < input->observations->len; i++) {
    char hex[AK_DIGEST_HEX_SIZE];
    AkDigest digest = ak_observation_identity(input->observations->pdata[i]);
    ak_digest_to_hex(&digest, hex);
    if (!g_hash_table_contains(known, hex))
      g_hash_table_insert(known, g_strdup(hex), input->observations->pdata[i]);
  }
  return known;
}

static bool holds_text(const json_t *array, const char *text) {
  for (gsize i = 0; i < json_array_size(array); i++)
    if (g_strcmp0(json_string_value(json_array_get(array, i)), text) == 0)
      return true;
  return false;
}

/* Where the observations that a finding cites were made. */
static json_t *places_of(GHashTable *known, const json_t *finding) {
  json_t *places = json_array();
  const json_t *cited = json_object_get(finding, "observations");
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const AkObservation *observation =
        g_hash_table_lookup(known, ak_observation_cited(json_array_get(cited, i)));
    if (observation == NULL)
      continue;
    g_autofree char *place =
        g_strdup_printf("%s %s", observation->subject.kind, observation->subject.locator);
    if (!holds_text(places, place))
      json_array_append_new(places, json_string(place));
  }
  return places;
}

static json_t *finding_of(GHashTable *known, const json_t *computed) {
  json_t *finding = json_deep_copy(computed);
  const char *key = json_string_value(json_object_get(finding, "finding"));
  if (json_object_get(finding, "places") == NULL)
    json_object_set_new(finding, "places", places_of(known, computed));
  for (gsize i = 0; key != NULL && i < G_N_ELEMENTS(finding_parts); i++) {
    g_autofree char *id = g_strdup_printf("finding.%s.%s", key, finding_parts[i]);
    json_t *text = bilingual_text(id);
    if (text != NULL && json_object_get(finding, finding_parts[i]) == NULL)
      json_object_set(finding, finding_parts[i], text);
    json_decref(text);
  }
  return finding;
}

/* The gravest first; within a severity in the engine's order. */
static json_t *findings_of(GHashTable *known, const json_t *computed) {
  json_t *array = json_array();
  for (gsize rank = 0; rank <= G_N_ELEMENTS(severities); rank++)
    for (gsize i = 0; i < json_array_size(computed); i++) {
      const json_t *item = json_array_get(computed, i);
      const char *severity = json_string_value(json_object_get(item, "severity"));
      gsize own = 0;
      while (own < G_N_ELEMENTS(severities) && g_strcmp0(severity, severities[own]) != 0)
        own++; /* an unknown one comes last, and is not lost */
      if (own == rank)
        json_array_append_new(array, finding_of(known, item));
    }
  return array;
}

/* All executions, in the order in which they began. */
static json_t *tests_of(const AkReportInput *input) {
  json_t *array = json_array();
  for (guint i = 0; i < input->executions->len; i++) {
    const AkExecution *execution = input->executions->pdata[i];
    json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:i, s:s}", "test", execution->test_id,
                                           "kind", execution->subject.kind, "locator",
                                           execution->subject.locator, "repeat",
                                           (int)execution->repeat, "end",
                                           execution->end != NULL ? execution->end : "running"));
  }
  return array;
}

/* Tests that did not come to their end. */
static json_t *unfinished_of(const AkReportInput *input) {
  json_t *array = json_array();
  for (guint i = 0; i < input->executions->len; i++) {
    const AkExecution *execution = input->executions->pdata[i];
    if (g_strcmp0(execution->end, "done") == 0)
      continue;
    json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s, s:s*}", "test", execution->test_id,
                                           "kind", execution->subject.kind, "locator",
                                           execution->subject.locator, "end",
                                           execution->end != NULL ? execution->end : "running",
                                           "reason", execution->reason));
  }
  return array;
}

/* The observations that verdicts cite, for readers without the bundle. */
static void add_cited(json_t *target, GHashTable *known, const json_t *value) {
  const json_t *cited = json_object_get(value, "observations");
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const char *identity = ak_observation_cited(json_array_get(cited, i));
    if (json_object_get(target, identity) != NULL)
      continue;
    const AkObservation *observation = g_hash_table_lookup(known, identity);
    if (observation != NULL)
      json_object_set_new(target, identity, ak_observation_to_json(observation, true));
  }
}

static json_t *observations_of(GHashTable *known, const json_t *verdicts, const json_t *findings) {
  json_t *object = json_object();
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *cases = json_object_get(json_array_get(verdicts, i), "cases");
    for (gsize k = 0; k < json_array_size(cases); k++)
      add_cited(object, known, json_array_get(cases, k));
  }
  for (gsize i = 0; i < json_array_size(findings); i++)
    add_cited(object, known, json_array_get(findings, i));
  return object;
}

static json_t *deviations_of(const AkProduct *product) {
  const json_t *deviations = json_object_get(product->laboratory, "deviations");
  return json_is_array(deviations) ? json_deep_copy(deviations) : json_array();
}

static void add_proof(json_t *report, const AkReportInput *input) {
  if (input->log_origin == NULL || input->log_key == NULL)
    return;
  json_object_set_new(report, "proof",
                      json_pack("{s:s, s:s, s:I}", "origin", input->log_origin, "key",
                                input->log_key, "record", (json_int_t)input->verdict_index));
}

json_t *ak_report_verification(const AkReportInput *input, GError **error) {
  const json_t *computed = ak_json_object(input->verdict, "verdicts", "verdict record", error);
  const json_t *verdicts =
      computed != NULL ? ak_json_array(computed, "verdicts", "verdict record", error) : NULL;
  const json_t *findings =
      verdicts != NULL ? ak_json_array(computed, "findings", "verdict record", error) : NULL;
  const json_t *summary =
      findings != NULL ? ak_json_object(computed, "summary", "verdict record", error) : NULL;
  if (summary == NULL)
    return NULL;
  g_autoptr(GHashTable) known = known_observations(input);
  json_t *report = json_pack(
      "{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:O, s:o, s:o, s:o, s:o, s:o}", "format",
      REPORT_FORMAT, "version", REPORT_VERSION, "run", run_of(input), "product",
      product_of(input->product), "scope", scope_of(input), "units", units_of(input->product),
      "images", images_of(input), "deviations", deviations_of(input->product), "summary", summary,
      "verdicts", verdicts_of(input, verdicts), "findings", findings_of(known, findings),
      "unfinished", unfinished_of(input), "observations",
      observations_of(known, verdicts, findings), "statement", bilingual_text("report.statement"));
  if (report == NULL) {
    ak_error_set(error, AK_ERROR_INTERNAL, "report: a text is no UTF-8");
    return NULL;
  }
  set_copy(report, "laboratory", input->product->laboratory);
  json_object_del(json_object_get(report, "laboratory"), "deviations");
  set_copy(report, "threats", input->threats);
  json_object_del(json_object_get(report, "threats"), "why");
  json_object_set_new(report, "tests", tests_of(input));
  json_object_set_new(report, "components", ak_report_components(input->observations));
  set_copy(report, "retest", json_object_get(computed, "retest"));
  add_proof(report, input);
  return report;
}
