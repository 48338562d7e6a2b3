#include "exchange/sarif.h"

#include <string.h>

#include "exchange/oscal.h"
#include "exchange/result.h"

#define SARIF_VERSION "2.1.0"
#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define FINGERPRINT "akashi/v1"

typedef struct {
  const json_t *report;
  AkLang lang;
  json_t *rules, *artifacts, *results;
  GHashTable *rule_index;     /* rule id → index + 1 */
  GHashTable *artifact_index; /* "IMAGE" or "IMAGE!PATH" → index + 1 */
  GHashTable *explained;      /* ids of cases that a finding tells of */
} Writing;

/* Our words in SARIF's. */
static const struct {
  const char *severity, *level;
} levels[] = {{"critical", "error"}, {"high", "error"}, {"medium", "warning"}, {"low", "note"}, {"info", "note"}};

static const struct {
  const char *verdict, *kind;
} kinds[] = {{"pass", "pass"},
             {"fail", "fail"},
             {"inconclusive", "open"},
             {"not-run", "open"},
             {"not-applicable", "notApplicable"}};

static const char *level_of(const char *severity) {
  for (gsize i = 0; i < G_N_ELEMENTS(levels); i++)
    if (strcmp(levels[i].severity, severity) == 0)
      return levels[i].level;
  return "warning";
}

static const char *kind_of(const char *verdict) {
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (strcmp(kinds[i].verdict, verdict) == 0)
      return kinds[i].kind;
  return "review";
}

static json_t *message(const char *text) {
  return json_pack("{s:s}", "text", *text != '\0' ? text : "-");
}

/* --- rules ------------------------------------------------------------------------------------------------- */

/* Takes `properties`; a rule that is there is kept. */
static gsize add_rule(Writing *self, const char *id, const char *title, const char *help,
                      json_t *properties) {
  gsize known = GPOINTER_TO_SIZE(g_hash_table_lookup(self->rule_index, id));
  if (known > 0) {
    json_decref(properties);
    return known - 1;
  }
  gsize index = json_array_size(self->rules);
  json_t *rule = json_pack("{s:s, s:o, s:o}", "id", id, "shortDescription",
                           message(*title != '\0' ? title : id), "properties", properties);
  if (*help != '\0')
    json_object_set_new(rule, "help", message(help));
  json_array_append_new(self->rules, rule);
  g_hash_table_insert(self->rule_index, g_strdup(id), GSIZE_TO_POINTER(index + 1));
  return index;
}

static char *case_rule(const json_t *verdict, const json_t *row) {
  return g_strdup_printf("%s/%s", ak_json_string_or(verdict, "requirement", ""),
                         ak_json_string_or(row, "case", ""));
}

static void add_requirement_rules(Writing *self) {
  const json_t *verdicts = json_object_get(self->report, "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i), *cases = json_object_get(verdict, "cases");
    const char *requirement = ak_json_string_or(verdict, "requirement", "");
    const char *title = ak_result_member(verdict, "title", self->lang);
    add_rule(self, requirement, title, "",
             json_pack("{s:s, s:s*}", "akashi/rule", "requirement", "obligation",
                       ak_json_string_or(verdict, "obligation", NULL)));
    for (gsize k = 0; k < json_array_size(cases); k++) {
      const json_t *row = json_array_get(cases, k);
      g_autofree char *id = case_rule(verdict, row);
      add_rule(self, id, title, "",
               json_pack("{s:s, s:s, s:s*, s:s*}", "akashi/rule", "case", "requirement", requirement,
                         "kind", ak_json_string_or(row, "kind", NULL), "method",
                         ak_json_string_or(row, "method", NULL)));
    }
  }
}

/* --- places -------------------------------------------------------------------------------------------------- */

/* The index of an image's or a file's artifact; a file lies in its image. */
static gsize artifact_of(Writing *self, const char *image, const char *path) {
  g_autofree char *key = g_strdup_printf("%s!%s", image, path);
  gsize known = GPOINTER_TO_SIZE(g_hash_table_lookup(self->artifact_index, key));
  if (known > 0)
    return known - 1;
  const char *plain = *path != '\0' ? path + strspn(path, "/") : image;
  g_autofree char *uri = g_uri_escape_string(*plain != '\0' ? plain : ".", "/", FALSE);
  json_t *artifact = json_pack("{s:{s:s}}", "location", "uri", uri);
  if (*path != '\0')
    json_object_set_new(artifact, "parentIndex",
                        json_integer((json_int_t)artifact_of(self, image, "")));
  gsize index = json_array_size(self->artifacts);
  json_array_append_new(self->artifacts, artifact);
  g_hash_table_insert(self->artifact_index, g_steal_pointer(&key), GSIZE_TO_POINTER(index + 1));
  return index;
}

/* Images come first, with their digests. */
static void add_images(Writing *self) {
  const json_t *images = json_object_get(self->report, "images");
  for (gsize i = 0; i < json_array_size(images); i++) {
    const json_t *image = json_array_get(images, i);
    gsize index = artifact_of(self, ak_json_string_or(image, "name", ""), "");
    const char *sha256 = ak_json_string_or(image, "sha256", NULL);
    json_t *artifact = json_array_get(self->artifacts, index);
    json_object_set_new(artifact, "roles", json_pack("[s]", "analysisTarget"));
    if (sha256 != NULL)
      json_object_set_new(artifact, "hashes", json_pack("{s:s}", "sha-256", sha256));
  }
}

/* Bytes of the file, where the evidence says which (docs/formats/report.md, "region"). */
static json_t *region_of(Writing *self, const json_t *observation, gsize artifact) {
  const json_t *region = json_object_get(observation, "region");
  const char *sha256 = ak_json_string_or(region, "sha256", NULL);
  if (!json_is_integer(json_object_get(region, "offset")) ||
      !json_is_integer(json_object_get(region, "length")))
    return NULL;
  if (sha256 != NULL)
    json_object_set_new(json_array_get(self->artifacts, artifact), "hashes",
                        json_pack("{s:s}", "sha-256", sha256));
  return json_pack("{s:O, s:O}", "byteOffset", json_object_get(region, "offset"), "byteLength",
                   json_object_get(region, "length"));
}

static json_t *logical_location(const Writing *self, const char *kind, const char *locator) {
  const char *name = *locator != '\0'
                         ? locator
                         : ak_json_string_or(json_object_get(self->report, "product"), "name", "-");
  g_autofree char *full = g_strdup_printf("%s %s", kind, name);
  return json_pack("{s:[{s:s, s:s, s:s}]}", "logicalLocations", "name", name, "fullyQualifiedName",
                   full, "kind", kind);
}

static json_t *location_of(Writing *self, const json_t *subject, const json_t *observation) {
  const char *kind = ak_json_string_or(subject, "kind", "product");
  const char *locator = ak_json_string_or(subject, "locator", "");
  if (strcmp(kind, "file") != 0 && strcmp(kind, "image") != 0)
    return logical_location(self, kind, locator);
  g_autofree char *image = NULL;
  const char *path = ak_result_split(locator, &image);
  gsize index = artifact_of(self, image, path);
  const json_t *artifact = json_array_get(self->artifacts, index);
  json_t *physical = json_pack("{s:{s:O, s:I}}", "artifactLocation", "uri",
                               json_object_get(json_object_get(artifact, "location"), "uri"),
                               "index", (json_int_t)index);
  json_t *region = region_of(self, observation, index);
  if (region != NULL)
    json_object_set_new(physical, "region", region);
  return json_pack("{s:o}", "physicalLocation", physical);
}

/* Where the cited observations were made, each place once; else the finding's own subject. */
static json_t *locations_of(Writing *self, const json_t *row) {
  json_t *locations = json_array();
  const json_t *cited = json_object_get(row, "observations");
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *observation = ak_result_observation(self->report, json_array_get(cited, i));
    const json_t *subject = json_object_get(observation, "subject");
    const json_t *region = json_object_get(observation, "region");
    g_autofree char *key = g_strdup_printf(
        "%s %s %" JSON_INTEGER_FORMAT, ak_json_string_or(subject, "kind", ""),
        ak_json_string_or(subject, "locator", ""),
        region != NULL ? json_integer_value(json_object_get(region, "offset")) : -1);
    if (subject != NULL && g_hash_table_add(seen, g_steal_pointer(&key)))
      json_array_append_new(locations, location_of(self, subject, observation));
  }
  if (json_array_size(locations) == 0 && json_object_get(row, "subject") != NULL)
    json_array_append_new(locations, location_of(self, json_object_get(row, "subject"), NULL));
  return locations;
}

/* --- results ------------------------------------------------------------------------------------------------- */

/* The same in each run of each version: made of the rule and the place, not of what was seen there. */
static json_t *fingerprint(const char *rule, const json_t *row) {
  const json_t *subject = json_object_get(row, "subject");
  g_autofree char *text = g_strdup_printf(
      "%s\n%s\n%s\n%s", rule, ak_json_string_or(subject, "kind", ""),
      ak_json_string_or(subject, "locator", ""), ak_json_string_or(row, "detail", ""));
  char hex[AK_DIGEST_HEX_SIZE];
  AkDigest digest = ak_digest_of(text, strlen(text));
  ak_digest_to_hex(&digest, hex);
  return json_pack("{s:s}", FINGERPRINT, hex);
}

static json_t *ids_of(const json_t *cited) {
  json_t *ids = json_array();
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *item = json_array_get(cited, i);
    const char *id = json_is_string(item) ? json_string_value(item) : ak_json_string_or(item, "id", "");
    json_array_append_new(ids, json_string(id));
  }
  return ids;
}

static void add_result(Writing *self, const char *rule, gsize index, const char *kind,
                       const char *level, const char *text, const json_t *row, json_t *properties) {
  json_t *result = json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:o}", "ruleId", rule, "ruleIndex",
                             (json_int_t)index, "kind", kind, "level", level, "message",
                             message(text), "partialFingerprints", fingerprint(rule, row),
                             "properties", properties);
  json_t *locations = strcmp(kind, "fail") == 0 ? locations_of(self, row) : json_array();
  if (json_array_size(locations) > 0)
    json_object_set(result, "locations", locations);
  json_decref(locations);
  json_array_append_new(self->results, result);
}

static void add_finding(Writing *self, const json_t *finding) {
  static const char *const parts[] = {"condition", "impact"};
  g_autofree char *rule =
      g_strdup_printf("finding/%s", ak_json_string_or(finding, "finding", ""));
  g_autofree char *title = ak_result_finding_title(finding, self->lang);
  const char *severity = ak_json_string_or(finding, "severity", "");
  const json_t *cases = json_object_get(finding, "cases");
  gsize index = add_rule(self, rule, ak_result_member(finding, "title", self->lang),
                         ak_result_member(finding, "treatment", self->lang),
                         json_pack("{s:s}", "akashi/rule", "finding"));
  g_autoptr(GString) text = g_string_new(title);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    const char *part = ak_result_member(finding, parts[i], self->lang);
    if (*part != '\0')
      g_string_append_printf(text, "\n%s", part);
  }
  json_t *properties = json_pack(
      "{s:s, s:s*, s:o, s:O*, s:O*, s:O*}", "severity", severity, "kind",
      ak_json_string_or(finding, "kind", NULL), "observations",
      ids_of(json_object_get(finding, "observations")), "requirements",
      json_object_get(finding, "requirements"), "cases", cases, "count",
      json_object_get(finding, "count"));
  add_result(self, rule, index, "fail", level_of(severity), text->str, finding, properties);
  for (gsize i = 0; i < json_array_size(cases); i++)
    g_hash_table_add(self->explained, g_strdup(ak_result_text(json_array_get(cases, i), self->lang)));
}

/* A case that a finding tells of is not told twice. */
static void add_case(Writing *self, const json_t *verdict, const json_t *row) {
  const char *kind = kind_of(ak_json_string_or(row, "verdict", "not-run"));
  bool fails = strcmp(kind, "fail") == 0;
  if (fails && g_hash_table_contains(self->explained, ak_json_string_or(row, "case", "")))
    return;
  const char *text = ak_result_member(row, "explanation", self->lang);
  if (*text == '\0')
    text = ak_result_member(verdict, "title", self->lang);
  bool mandatory = strcmp(ak_json_string_or(verdict, "obligation", "M"), "M") == 0;
  g_autofree char *rule = case_rule(verdict, row);
  gsize index = GPOINTER_TO_SIZE(g_hash_table_lookup(self->rule_index, rule)) - 1;
  const char *level = !fails ? "none" : mandatory ? "error" : "warning";
  add_result(self, rule, index, kind, level, text, row,
             json_pack("{s:s, s:s, s:s*, s:o}", "requirement",
                       ak_json_string_or(verdict, "requirement", ""), "verdict",
                       ak_json_string_or(row, "verdict", "not-run"), "validUntil",
                       ak_json_string_or(row, "valid_until", NULL), "observations",
                       ids_of(json_object_get(row, "observations"))));
}

/* A requirement that fails without a case that does: the ICS says that it is not supported. */
static void add_verdict(Writing *self, const json_t *verdict) {
  const json_t *cases = json_object_get(verdict, "cases");
  const char *own = ak_json_string_or(verdict, "verdict", "not-run");
  bool told = strcmp(own, "fail") != 0 && json_array_size(cases) > 0;
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *row = json_array_get(cases, i);
    told = told || strcmp(ak_json_string_or(row, "verdict", ""), "fail") == 0;
    add_case(self, verdict, row);
  }
  if (told)
    return;
  const char *rule = ak_json_string_or(verdict, "requirement", "");
  const char *kind = kind_of(own), *text = ak_result_member(verdict, "explanation", self->lang);
  bool fails = strcmp(kind, "fail") == 0;
  add_result(self, rule, GPOINTER_TO_SIZE(g_hash_table_lookup(self->rule_index, rule)) - 1, kind,
             fails ? "error" : "none",
             *text != '\0' ? text : ak_result_member(verdict, "title", self->lang), verdict,
             json_pack("{s:s, s:s}", "requirement", rule, "verdict", own));
}

/* --- the log ------------------------------------------------------------------------------------------------- */

static json_t *invocation_of(const Writing *self) {
  const json_t *run = json_object_get(self->report, "run");
  const json_t *unfinished = json_object_get(self->report, "unfinished");
  g_autofree char *start = ak_result_time(json_integer_value(json_object_get(run, "planned_utc_us")));
  g_autofree char *end = ak_result_time(json_integer_value(json_object_get(run, "judged_utc_us")));
  json_t *notes = json_array();
  for (gsize i = 0; i < json_array_size(unfinished); i++) {
    const json_t *row = json_array_get(unfinished, i);
    g_autofree char *text = g_strdup_printf(
        "%s, %s %s: %s%s%s", ak_json_string_or(row, "test", ""), ak_json_string_or(row, "kind", ""),
        ak_json_string_or(row, "locator", ""), ak_json_string_or(row, "end", ""),
        json_object_get(row, "reason") != NULL ? ", " : "", ak_json_string_or(row, "reason", ""));
    json_array_append_new(notes, json_pack("{s:s, s:o}", "level", "warning", "message", message(text)));
  }
  return json_pack("{s:b, s:s, s:s, s:o}", "executionSuccessful",
                   strcmp(ak_json_string_or(run, "end", ""), "finished") == 0, "startTimeUtc", start,
                   "endTimeUtc", end, "toolExecutionNotifications", notes);
}

static json_t *run_of(Writing *self) {
  const json_t *run = json_object_get(self->report, "run");
  const json_t *product = json_object_get(self->report, "product");
  g_autofree char *id = g_strdup_printf("akashi/%s", ak_json_string_or(run, "id", ""));
  return json_pack(
      "{s:{s:{s:s, s:s, s:s, s:O}}, s:s, s:{s:s}, s:[o], s:O, s:O, s:s, s:{s:s*, s:s*, s:s*, s:o}}",
      "tool", "driver", "name", "akashi", "version", AK_VERSION, "language",
      ak_lang_name(self->lang), "rules", self->rules, "language", ak_lang_name(self->lang),
      "automationDetails", "id", id, "invocations", invocation_of(self), "artifacts",
      self->artifacts, "results", self->results, "columnKind", "unicodeCodePoints", "properties",
      "product", ak_json_string_or(product, "name", NULL), "productVersion",
      ak_json_string_or(product, "version", NULL), "productSha256",
      ak_json_string_or(product, "sha256", NULL), "statement",
      json_string(ak_result_member(self->report, "statement", self->lang)));
}

json_t *ak_sarif_write(const json_t *report, AkLang lang, GError **error) {
  if (!ak_result_check(report, error))
    return NULL;
  g_autoptr(json_t) rules = json_array(), artifacts = json_array(), results = json_array();
  g_autoptr(GHashTable) rule_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) artifact_index =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) explained = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Writing writing = {report, lang, rules, artifacts, results, rule_index, artifact_index, explained};
  add_requirement_rules(&writing);
  add_images(&writing);
  const json_t *findings = json_object_get(report, "findings");
  for (gsize i = 0; i < json_array_size(findings); i++)
    add_finding(&writing, json_array_get(findings, i));
  const json_t *verdicts = json_object_get(report, "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    add_verdict(&writing, json_array_get(verdicts, i));
  return json_pack("{s:s, s:s, s:[o]}", "$schema", SARIF_SCHEMA, "version", SARIF_VERSION, "runs",
                   run_of(&writing));
}
