#include "exchange/oscal-assessment.h"

#include <string.h>

#include "exchange/result.h"

void ak_oscal_set(json_t *target, const char *key, json_t *taken) {
  if (json_array_size(taken) + json_object_size(taken) > 0)
    json_object_set(target, key, taken);
  json_decref(taken);
}

void ak_oscal_run_uuid(const AkOscalRun *self, const char *kind, const char *name,
                       char out[static AK_UUID_SIZE]) {
  g_autofree char *full = g_strdup_printf("%s/%s/%s", self->space, kind, name);
  ak_oscal_uuid(full, out);
}

/* --- subjects -------------------------------------------------------------------------------------------- */

/* Our kinds of subjects as OSCAL's types of components. */
static const struct {
  const char *kind, *type;
} types[] = {{"product", "system"},   {"interface", "network"}, {"address", "network"},
             {"service", "service"},  {"image", "software"},    {"file", "software"},
             {"component", "software"}};

static const char *type_of(const char *kind) {
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    if (strcmp(types[i].kind, kind) == 0)
      return types[i].type;
  return "system";
}

static void add_subject(AkOscalRun *self, const char *kind, const char *locator) {
  g_autofree char *key = g_strdup_printf("%s %s", kind, locator);
  if (g_hash_table_contains(self->subjects, key))
    return;
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "subject", key, uuid);
  const json_t *product = json_object_get(self->report, "product");
  g_autofree char *title =
      ak_oscal_line(*locator != '\0' ? locator : ak_json_string_or(product, "name", "-"));
  json_t *props = json_array();
  ak_oscal_add_prop(props, "kind", NULL, kind);
  json_array_append_new(self->components,
                        json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s}}", "uuid", uuid, "type",
                                  type_of(kind), "title", title, "description", key, "props", props,
                                  "status", "state", "operational"));
  g_hash_table_insert(self->subjects, g_steal_pointer(&key), g_strdup(uuid));
}

static void add_subjects(AkOscalRun *self) {
  g_autoptr(GPtrArray) ids = ak_result_observation_ids(self->report);
  const json_t *observations = json_object_get(self->report, "observations");
  add_subject(self, "product", "");
  for (guint i = 0; i < ids->len; i++) {
    const json_t *subject =
        json_object_get(json_object_get(observations, ids->pdata[i]), "subject");
    add_subject(self, ak_json_string_or(subject, "kind", "product"),
                ak_json_string_or(subject, "locator", ""));
  }
}

bool ak_oscal_run_init(AkOscalRun *self, const json_t *report, AkLang lang, GError **error) {
  if (!ak_result_check(report, error))
    return false;
  const json_t *product = json_object_get(report, "product");
  *self = (AkOscalRun){
      .report = report,
      .lang = lang,
      .space = g_strdup_printf("run/%s/%s/%s", ak_json_string_or(product, "sha256", ""),
                               ak_json_string_or(json_object_get(report, "proof"), "key", ""),
                               ak_json_string_or(json_object_get(report, "run"), "id", "")),
      .subjects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
      .components = json_array(),
  };
  add_subjects(self);
  return true;
}

void ak_oscal_run_clear(AkOscalRun *self) {
  g_free(self->space);
  g_clear_pointer(&self->subjects, g_hash_table_unref);
  json_decref(self->components);
}

/* --- head, controls, tool ---------------------------------------------------------------------------------- */

json_t *ak_oscal_run_metadata(const AkOscalRun *self, const char *title_id) {
  const json_t *run = json_object_get(self->report, "run");
  const json_t *product = json_object_get(self->report, "product");
  const json_t *laboratory = json_object_get(self->report, "laboratory");
  g_autofree char *title = ak_text_format(self->lang, title_id, ak_json_string_or(product, "name", ""),
                                          ak_json_string_or(product, "version", ""));
  json_t *metadata =
      ak_oscal_metadata(title, ak_json_string_or(run, "id", "-"),
                        json_integer_value(json_object_get(run, "judged_utc_us")));
  json_t *props = json_array();
  ak_oscal_add_prop(props, "run", NULL, ak_json_string_or(run, "id", "-"));
  ak_oscal_add_prop(props, "language", NULL, ak_lang_name(self->lang));
  ak_oscal_add_prop(props, "product-sha256", NULL, ak_json_string_or(product, "sha256", "-"));
  json_object_set_new(metadata, "props", props);
  json_object_set_new(metadata, "remarks",
                      json_string(ak_result_member(self->report, "statement", self->lang)));
  const char *name = ak_json_string_or(laboratory, "laboratory", NULL);
  if (name == NULL)
    return metadata;
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "party", name, uuid);
  g_autofree char *line = ak_oscal_line(name);
  json_object_set_new(metadata, "parties", json_pack("[{s:s, s:s, s:s}]", "uuid", uuid, "type",
                                                     "organization", "name", line));
  return metadata;
}

json_t *ak_oscal_run_controls(const AkOscalRun *self) {
  const json_t *verdicts = json_object_get(self->report, "verdicts");
  json_t *controls = json_array();
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    g_autofree char *token =
        ak_oscal_token(ak_json_string_or(json_array_get(verdicts, i), "requirement", ""));
    json_array_append_new(controls, json_pack("{s:s}", "control-id", token));
  }
  json_t *selection = json_object();
  if (json_array_size(controls) > 0)
    json_object_set(selection, "include-controls", controls);
  else
    json_object_set_new(selection, "include-all", json_object());
  json_decref(controls);
  return json_pack("{s:[o]}", "control-selections", selection);
}

json_t *ak_oscal_run_assets(const AkOscalRun *self) {
  char tool[AK_UUID_SIZE], platform[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "tool", "akashi", tool);
  ak_oscal_run_uuid(self, "platform", "akashi", platform);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "version", NULL, AK_VERSION);
  return json_pack("{s:[{s:s, s:s, s:s, s:s, s:o, s:{s:s}}], s:[{s:s, s:s, s:[{s:s}]}]}", "components",
                   "uuid", tool, "type", "software", "title", "akashi", "description",
                   "akashi " AK_VERSION, "props", props, "status", "state", "operational",
                   "assessment-platforms", "uuid", platform, "title", "akashi", "uses-components",
                   "component-uuid", tool);
}

json_t *ak_oscal_run_origins(const AkOscalRun *self) {
  char tool[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "tool", "akashi", tool);
  return json_pack("[{s:[{s:s, s:s}]}]", "actors", "type", "tool", "actor-uuid", tool);
}

/* --- observations and evidence -------------------------------------------------------------------------- */

static json_t *evidence_of(const AkOscalRun *self, const json_t *observation) {
  const json_t *evidence = json_object_get(observation, "evidence");
  json_t *list = json_array();
  for (gsize i = 0; i < json_array_size(evidence); i++) {
    const json_t *ref = json_array_get(evidence, i);
    const char *sha256 = ak_json_string_or(ref, "sha256", "");
    char uuid[AK_UUID_SIZE];
    ak_oscal_run_uuid(self, "evidence", sha256, uuid);
    g_autofree char *href = g_strdup_printf("#%s", uuid);
    g_autofree char *offset = ak_result_value(json_object_get(ref, "offset"));
    g_autofree char *length = ak_result_value(json_object_get(ref, "length"));
    json_t *props = json_array();
    ak_oscal_add_prop(props, "sha256", NULL, sha256);
    ak_oscal_add_prop(props, "offset", NULL, offset);
    ak_oscal_add_prop(props, "length", NULL, length);
    g_autofree char *text =
        g_strdup_printf("SHA-256 %s, offset %s, %s bytes", sha256, offset, length);
    json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "href", href, "description", text,
                                          "props", props));
  }
  return list;
}

static json_t *observation_of(const AkOscalRun *self, const char *id, const json_t *ours) {
  static const char *const members[] = {"test", "property", "outcome"};
  const json_t *subject = json_object_get(ours, "subject"), *trace = json_object_get(ours, "trace");
  const char *kind = ak_json_string_or(subject, "kind", "product");
  const char *locator = ak_json_string_or(subject, "locator", "");
  g_autofree char *key = g_strdup_printf("%s %s", kind, locator);
  g_autofree char *value = ak_result_value(json_object_get(ours, "value"));
  g_autofree char *text = g_strdup_printf("%s, %s: %s%s%s", ak_json_string_or(ours, "property", ""),
                                          key, ak_json_string_or(ours, "outcome", ""),
                                          *value != '\0' ? ", " : "", value);
  g_autofree char *when = ak_result_time(json_integer_value(json_object_get(trace, "when_utc_us")));
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "observation", id, uuid);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "id", NULL, id);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    ak_oscal_add_prop(props, members[i], NULL, ak_json_string_or(ours, members[i], "-"));
  if (*value != '\0')
    ak_oscal_add_prop(props, "value", NULL, value);
  json_t *observation = json_pack(
      "{s:s, s:s, s:o, s:[s], s:o, s:[{s:s, s:s}], s:s}", "uuid", uuid, "description", text, "props",
      props, "methods", "TEST", "origins", ak_oscal_run_origins(self), "subjects", "subject-uuid",
      (const char *)g_hash_table_lookup(self->subjects, key), "type", "component", "collected", when);
  ak_oscal_set(observation, "relevant-evidence", evidence_of(self, ours));
  return observation;
}

json_t *ak_oscal_run_observations(const AkOscalRun *self) {
  g_autoptr(GPtrArray) ids = ak_result_observation_ids(self->report);
  const json_t *observations = json_object_get(self->report, "observations");
  json_t *list = json_array();
  for (guint i = 0; i < ids->len; i++)
    json_array_append_new(
        list, observation_of(self, ids->pdata[i], json_object_get(observations, ids->pdata[i])));
  return list;
}

json_t *ak_oscal_run_related(const AkOscalRun *self, const json_t *cited) {
  json_t *related = json_array();
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *item = json_array_get(cited, i);
    const char *id = json_is_string(item) ? json_string_value(item) : ak_json_string_or(item, "id", "");
    char uuid[AK_UUID_SIZE];
    if (ak_result_observation(self->report, item) == NULL)
      continue;
    ak_oscal_run_uuid(self, "observation", id, uuid);
    json_array_append_new(related, json_pack("{s:s}", "observation-uuid", uuid));
  }
  return related;
}

static void add_evidence(const AkOscalRun *self, json_t *resources) {
  g_autoptr(GPtrArray) ids = ak_result_observation_ids(self->report);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < ids->len; i++) {
    const json_t *observation =
        json_object_get(json_object_get(self->report, "observations"), ids->pdata[i]);
    const json_t *evidence = json_object_get(observation, "evidence");
    for (gsize k = 0; k < json_array_size(evidence); k++) {
      const char *sha256 = ak_json_string_or(json_array_get(evidence, k), "sha256", "");
      char uuid[AK_UUID_SIZE];
      if (!g_hash_table_add(seen, (gpointer)sha256))
        continue;
      ak_oscal_run_uuid(self, "evidence", sha256, uuid);
      g_autofree char *href = g_strdup_printf("urn:akashi:evidence:%s", sha256);
      json_array_append_new(resources,
                            json_pack("{s:s, s:s, s:[{s:s, s:[{s:s, s:s}]}]}", "uuid", uuid, "title",
                                      sha256, "rlinks", "href", href, "hashes", "algorithm",
                                      "SHA-256", "value", sha256));
    }
  }
}

json_t *ak_oscal_run_back_matter(const AkOscalRun *self, const char *document, bool evidence) {
  const char *run = ak_json_string_or(json_object_get(self->report, "run"), "id", "");
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "document", document, uuid);
  g_autofree char *escaped = g_uri_escape_string(run, NULL, FALSE);
  g_autofree char *href = g_strdup_printf("%s.%s.json", escaped, document);
  json_t *resources = json_pack("[{s:s, s:s, s:[{s:s}]}]", "uuid", uuid, "title", document, "rlinks",
                                "href", href);
  if (evidence)
    add_evidence(self, resources);
  return json_pack("{s:o}", "resources", resources);
}

/* --- risks and findings ------------------------------------------------------------------------------------ */

void ak_oscal_run_risk_uuid(const AkOscalRun *self, const json_t *finding,
                            char out[static AK_UUID_SIZE]) {
  const json_t *subject = json_object_get(finding, "subject");
  g_autofree char *name = g_strdup_printf(
      "%s\n%s\n%s\n%s", ak_json_string_or(finding, "finding", ""),
      ak_json_string_or(subject, "kind", ""), ak_json_string_or(subject, "locator", ""),
      ak_json_string_or(finding, "detail", ""));
  ak_oscal_run_uuid(self, "risk", name, out);
}

static json_t *remediation_of(const AkOscalRun *self, const char *risk, const char *text) {
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "remediation", risk, uuid);
  return json_pack("[{s:s, s:s, s:s, s:s}]", "uuid", uuid, "lifecycle", "recommendation", "title",
                   ak_text(self->lang, "report.fact.treatment"), "description", text);
}

static json_t *risk_of(const AkOscalRun *self, const json_t *finding) {
  static const char *const parts[] = {"condition", "reproduce"};
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_risk_uuid(self, finding, uuid);
  g_autofree char *title = ak_result_finding_title(finding, self->lang);
  g_autofree char *line = ak_oscal_line(title);
  const char *impact = ak_result_member(finding, "impact", self->lang);
  const char *treatment = ak_result_member(finding, "treatment", self->lang);
  g_autoptr(GString) text = g_string_new(title);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    const char *part = ak_result_member(finding, parts[i], self->lang);
    if (*part != '\0')
      g_string_append_printf(text, "\n%s", part);
  }
  json_t *props = json_array();
  ak_oscal_add_prop(props, "finding", NULL, ak_json_string_or(finding, "finding", "-"));
  json_t *origin = ak_oscal_run_origins(self);
  json_t *risk = json_pack(
      "{s:s, s:s, s:s, s:s, s:o, s:s, s:[{s:O, s:[{s:s, s:s, s:s}]}]}", "uuid", uuid, "title", line,
      "description", text->str, "statement", *impact != '\0' ? impact : title, "props", props,
      "status", "open", "characterizations", "origin", json_array_get(origin, 0), "facets", "name",
      "severity", "system", AK_OSCAL_NS, "value", ak_json_string_or(finding, "severity", "info"));
  json_decref(origin);
  if (*treatment != '\0')
    json_object_set_new(risk, "remediations", remediation_of(self, uuid, treatment));
  ak_oscal_set(risk, "related-observations",
               ak_oscal_run_related(self, json_object_get(finding, "observations")));
  return risk;
}

json_t *ak_oscal_run_risks(const AkOscalRun *self) {
  const json_t *findings = json_object_get(self->report, "findings");
  json_t *risks = json_array();
  for (gsize i = 0; i < json_array_size(findings); i++)
    json_array_append_new(risks, risk_of(self, json_array_get(findings, i)));
  return risks;
}

bool ak_oscal_run_concerns(const json_t *finding, const char *requirement) {
  const json_t *requirements = json_object_get(finding, "requirements");
  for (gsize i = 0; i < json_array_size(requirements); i++)
    if (g_strcmp0(json_string_value(json_array_get(requirements, i)), requirement) == 0)
      return true;
  return false;
}

/* OSCAL knows satisfied and not satisfied; the reason tells the rest apart. Only a pass is satisfied. */
static const struct {
  const char *verdict, *state, *reason;
} states[] = {{"pass", "satisfied", "pass"},
              {"fail", "not-satisfied", "fail"},
              {"inconclusive", "not-satisfied", "other"},
              {"not-applicable", "not-satisfied", "other"},
              {"not-run", "not-satisfied", "other"}};

static json_t *status_of(const char *verdict) {
  gsize at = 0;
  while (at + 1 < G_N_ELEMENTS(states) && strcmp(states[at].verdict, verdict) != 0)
    at++;
  return json_pack("{s:s, s:s, s:s}", "state", states[at].state, "reason", states[at].reason,
                   "remarks", verdict);
}

/* What all cases cite, each once. */
static json_t *related_of(const AkOscalRun *self, const json_t *verdict) {
  const json_t *cases = json_object_get(verdict, "cases");
  json_t *all = json_array();
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < json_array_size(cases); i++) {
    json_t *related =
        ak_oscal_run_related(self, json_object_get(json_array_get(cases, i), "observations"));
    for (gsize k = 0; k < json_array_size(related); k++) {
      json_t *item = json_array_get(related, k);
      if (g_hash_table_add(seen, g_strdup(ak_json_string_or(item, "observation-uuid", ""))))
        json_array_append(all, item);
    }
    json_decref(related);
  }
  return all;
}

json_t *ak_oscal_run_finding(const AkOscalRun *self, const json_t *verdict) {
  const char *id = ak_json_string_or(verdict, "requirement", "-");
  const char *result = ak_json_string_or(verdict, "verdict", "not-run");
  const char *title = ak_result_member(verdict, "title", self->lang);
  const char *explanation = ak_result_member(verdict, "explanation", self->lang);
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self, "finding", id, uuid);
  g_autofree char *token = ak_oscal_token(id), *target = g_strdup_printf("%s_smt", token);
  g_autofree char *whole = g_strdup_printf("%s %s", id, title), *line = ak_oscal_line(whole);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "requirement", NULL, id);
  ak_oscal_add_prop(props, "verdict", NULL, result);
  ak_oscal_add_prop(props, "obligation", NULL, ak_json_string_or(verdict, "obligation", "-"));
  if (json_object_get(verdict, "valid_until") != NULL)
    ak_oscal_add_prop(props, "valid-until", NULL, ak_json_string_or(verdict, "valid_until", "-"));
  json_t *finding = json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:s, s:s, s:o}}", "uuid", uuid, "title",
                              line, "description", *explanation != '\0' ? explanation : line, "props",
                              props, "origins", ak_oscal_run_origins(self), "target", "type",
                              "statement-id", "target-id", target, "status", status_of(result));
  if (strcmp(result, "not-applicable") == 0)
    json_object_set_new(json_object_get(finding, "target"), "implementation-status",
                        json_pack("{s:s}", "state", "not-applicable"));
  ak_oscal_set(finding, "related-observations", related_of(self, verdict));
  const json_t *findings = json_object_get(self->report, "findings");
  json_t *risks = json_array();
  for (gsize i = 0; i < json_array_size(findings); i++)
    if (ak_oscal_run_concerns(json_array_get(findings, i), id)) {
      ak_oscal_run_risk_uuid(self, json_array_get(findings, i), uuid);
      json_array_append_new(risks, json_pack("{s:s}", "risk-uuid", uuid));
    }
  ak_oscal_set(finding, "related-risks", risks);
  return finding;
}
