#include "exchange/oscal-poam.h"

#include <string.h>

#include "exchange/oscal-assessment.h"
#include "exchange/result.h"

typedef struct {
  const AkOscalRun *run;
  json_t *items, *findings;
  json_t *told; /* object: requirements that an item tells of */
} Writing;

static json_t *finding_links(const Writing *self, const json_t *requirements) {
  json_t *links = json_array();
  for (gsize i = 0; i < json_array_size(requirements); i++) {
    const char *id = json_string_value(json_array_get(requirements, i));
    char uuid[AK_UUID_SIZE];
    if (id == NULL)
      continue;
    ak_oscal_run_uuid(self->run, "finding", id, uuid);
    json_array_append_new(links, json_pack("{s:s}", "finding-uuid", uuid));
    json_object_set_new(self->told, id, json_true());
  }
  return links;
}

/* Takes props and links. */
static json_t *item_of(const Writing *self, const char *name, const char *title, const char *text,
                       json_t *props, json_t *links) {
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(self->run, "poam-item", name, uuid);
  g_autofree char *line = ak_oscal_line(title);
  json_t *item = json_pack("{s:s, s:s, s:s, s:o, s:o}", "uuid", uuid, "title", line, "description",
                           text, "props", props, "origins", ak_oscal_run_origins(self->run));
  ak_oscal_set(item, "related-findings", links);
  json_array_append_new(self->items, item);
  return item;
}

/* One item a finding of ours: what to do about it. */
static void add_finding(Writing *self, const json_t *finding) {
  char risk[AK_UUID_SIZE];
  ak_oscal_run_risk_uuid(self->run, finding, risk);
  g_autofree char *title = ak_result_finding_title(finding, self->run->lang);
  const char *treatment = ak_result_member(finding, "treatment", self->run->lang);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "action", NULL, "treat");
  ak_oscal_add_prop(props, "severity", NULL, ak_json_string_or(finding, "severity", "info"));
  json_t *item = item_of(self, risk, title, *treatment != '\0' ? treatment : title, props,
                         finding_links(self, json_object_get(finding, "requirements")));
  ak_oscal_set(item, "related-observations",
               ak_oscal_run_related(self->run, json_object_get(finding, "observations")));
  json_object_set_new(item, "related-risks", json_pack("[{s:s}]", "risk-uuid", risk));
}

static char *missing_of(const Writing *self, const json_t *verdict) {
  const json_t *missing = json_object_get(verdict, "missing");
  if (json_is_array(missing) && json_array_size(missing) > 0)
    return ak_result_join(missing, "\n", self->run->lang);
  return g_strdup(ak_result_text(missing, self->run->lang));
}

/* What is to be done about a requirement; NULL: nothing. */
static const char *action_of(const json_t *verdict) {
  static const struct {
    const char *verdict, *action;
  } actions[] = {{"fail", "treat"}, {"inconclusive", "supply"}, {"not-run", "supply"}};
  const char *result = ak_json_string_or(verdict, "verdict", "");
  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
    if (strcmp(actions[i].verdict, result) == 0)
      return actions[i].action;
  return NULL;
}

/* A requirement that fails or stays open beside all findings: mend it, or supply what is missing. */
static void add_verdict(Writing *self, const json_t *verdict) {
  const char *id = ak_json_string_or(verdict, "requirement", "-");
  const char *action = action_of(verdict);
  if (action == NULL)
    return;
  if (json_object_get(self->told, id) == NULL) {
    g_autofree char *title =
        g_strdup_printf("%s %s", id, ak_result_member(verdict, "title", self->run->lang));
    g_autofree char *missing = missing_of(self, verdict);
    const char *why = ak_result_member(verdict, "explanation", self->run->lang);
    json_t *props = json_array(), *links = json_pack("[s]", id);
    ak_oscal_add_prop(props, "action", NULL, action);
    item_of(self, id, title, *missing != '\0' ? missing : *why != '\0' ? why : title, props,
            finding_links(self, links));
    json_decref(links);
  }
}

/* The findings that items point at. */
static void add_findings(Writing *self) {
  const json_t *verdicts = json_object_get(self->run->report, "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i);
    if (json_object_get(self->told, ak_json_string_or(verdict, "requirement", "-")) != NULL)
      json_array_append_new(self->findings, ak_oscal_run_finding(self->run, verdict));
  }
}

static json_t *document_of(Writing *self) {
  const AkOscalRun *run = self->run;
  char uuid[AK_UUID_SIZE];
  ak_oscal_run_uuid(run, "poam", "", uuid);
  const char *product = ak_json_string_or(json_object_get(run->report, "product"), "sha256", "-");
  json_t *poam = json_pack(
      "{s:s, s:o, s:{s:s, s:s}, s:{s:O, s:o}, s:O, s:o}", "uuid", uuid, "metadata",
      ak_oscal_run_metadata(run, "exchange.title.oscal-poam"), "system-id", "identifier-type",
      "urn:akashi:product-sha256", "id", product, "local-definitions", "components", run->components,
      "assessment-assets", ak_oscal_run_assets(run), "poam-items", self->items, "back-matter",
      ak_oscal_run_back_matter(run, "oscal-ar", true));
  ak_oscal_set(poam, "observations", ak_oscal_run_observations(run));
  ak_oscal_set(poam, "risks", ak_oscal_run_risks(run));
  ak_oscal_set(poam, "findings", json_incref(self->findings));
  return json_pack("{s:o}", "plan-of-action-and-milestones", poam);
}

bool ak_oscal_poam_has_items(const json_t *result) {
  const json_t *verdicts = json_object_get(result, "verdicts");
  bool has = json_array_size(json_object_get(result, "findings")) > 0;
  for (gsize i = 0; !has && i < json_array_size(verdicts); i++)
    has = action_of(json_array_get(verdicts, i)) != NULL;
  return has;
}

json_t *ak_oscal_poam_write(const json_t *report, AkLang lang, GError **error) {
  g_auto(AkOscalRun) run = {0};
  if (!ak_oscal_run_init(&run, report, lang, error))
    return NULL;
  g_autoptr(json_t) items = json_array(), findings = json_array(), told = json_object();
  Writing writing = {.run = &run, .items = items, .findings = findings, .told = told};
  const json_t *ours = json_object_get(report, "findings");
  const json_t *verdicts = json_object_get(report, "verdicts");
  for (gsize i = 0; i < json_array_size(ours); i++)
    add_finding(&writing, json_array_get(ours, i));
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    add_verdict(&writing, json_array_get(verdicts, i));
  if (json_array_size(items) == 0) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", ak_text(lang, "exchange.nothing-to-do"));
    return NULL;
  }
  add_findings(&writing);
  return document_of(&writing);
}

/* --- reading --------------------------------------------------------------------------------------------- */

json_t *ak_oscal_poam_read(const json_t *document, const char *where, GError **error) {
  static const char *const needed[] = {"title", "description", NULL};
  const json_t *model = ak_oscal_model(document, "plan-of-action-and-milestones", where, error);
  const json_t *list = NULL;
  g_autoptr(json_t) uuids = json_object(), items = json_array(), assessed = json_object();
  AkOscalReading reading = {.where = where, .uuids = uuids};
  if (model == NULL || !ak_oscal_read_assessed(&reading, model, assessed, error) ||
      !ak_oscal_read_list(&reading, model, "poam-items", needed, &list, error))
    return NULL;
  if (json_array_size(list) == 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no poam-items", where);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    guint findings = ak_oscal_read_references(&reading, item, "related-findings", "finding-uuid");
    guint risks = ak_oscal_read_references(&reading, item, "related-risks", "risk-uuid");
    ak_oscal_read_references(&reading, item, "related-observations", "observation-uuid");
    json_array_append_new(
        items, json_pack("{s:s, s:s, s:s*, s:i, s:i}", "title", ak_json_string_or(item, "title", ""),
                         "text", ak_json_string_or(item, "description", ""), "action",
                         ak_oscal_prop(item, "action", NULL), "findings", (int)findings, "risks",
                         (int)risks));
  }
  const json_t *metadata = json_object_get(model, "metadata");
  return json_pack("{s:s, s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:i}", "format", "oscal-poam",
                   "format_version", json_object_get(metadata, "oscal-version"), "title",
                   json_object_get(metadata, "title"), "version", json_object_get(metadata, "version"),
                   "items", items, "observations", json_object_get(assessed, "observations"), "risks",
                   json_object_get(assessed, "risks"), "findings",
                   json_object_get(assessed, "findings"), "dangling", (int)reading.dangling);
}

bool ak_exchange_oscal_poam_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) document = ak_json_parse((const char *)data, size, "fuzz", NULL);
  g_autoptr(json_t) read = document != NULL ? ak_oscal_poam_read(document, "fuzz", NULL) : NULL;
  return read != NULL;
}
