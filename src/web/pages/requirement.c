/* A requirement of a run: its cases, their rules, what was seen, and which bytes show it. */
#include "core/reason.h"
#include "core/words.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <string.h>

static const json_t *find_verdict(const AkRunState *state, const char *id) {
  const json_t *verdicts =
      json_object_get(json_object_get(state->verdict, "verdicts"), "verdicts");
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i);
    if (strcmp(ak_json_string_or(verdict, "requirement", ""), id) == 0)
      return verdict;
  }
  return NULL;
}

/* Identity (hex) → observation; both borrowed from the state but for the keys. */
static GHashTable *observations_by_identity(const AkRunState *state) {
  GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *execution = state->executions->pdata[i];
    for (guint o = 0; o < execution->observations->len; o++) {
      char hex[AK_DIGEST_HEX_SIZE];
      AkDigest identity = ak_observation_identity(execution->observations->pdata[o]);
      ak_digest_to_hex(&identity, hex);
      g_hash_table_insert(table, g_strdup(hex), execution->observations->pdata[o]);
    }
  }
  return table;
}

static char *item_text(const AkPageRequest *request, const AkObservation *observation,
                       const char *item) {
  return ak_reason_value_text(request->lang, observation->property,
                              observation->outcome == AK_OUTCOME_SEEN, item);
}

static char *set_text(const AkPageRequest *request, const AkObservation *observation) {
  g_autoptr(GStrvBuilder) told = g_strv_builder_new();
  for (char **item = observation->value.set; *item != NULL; item++) {
    g_autofree char *text = item_text(request, observation, *item);
    g_strv_builder_add(told, text);
  }
  g_auto(GStrv) items = g_strv_builder_end(told);
  return g_strjoinv(", ", items);
}

/* What was seen, or why it was not, as text; caller frees. */
static char *value_text(const AkPageRequest *request, const AkObservation *observation) {
  const AkValue *value = &observation->value;
  switch (value->type) {
  case AK_VALUE_TEXT:
    return item_text(request, observation, value->text);
  case AK_VALUE_INT:
    return ak_words_quantity(request->lang, value->integer, value->unit);
  case AK_VALUE_SET:
    return set_text(request, observation);
  case AK_VALUE_BOOL:
    return g_strdup(ak_text(request->lang, value->boolean ? "report.yes" : "report.no"));
  case AK_VALUE_NONE:
    break;
  }
  return g_strdup("–");
}

static void add_evidence(AkHtml *html, const AkPageRequest *request, const char *run_id,
                         const AkObservation *seen) {
  ak_page_cell(html, request, "web.evidence", NULL);
  for (guint i = 0; i < seen->evidence->len; i++) {
    const AkEvidenceRef *ref = &g_array_index(seen->evidence, AkEvidenceRef, i);
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&ref->digest, hex);
    g_autofree char *text = g_strdup_printf(
        "%.12s… %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, hex, ref->offset, ref->length);
    g_autofree char *link = ak_page_evidence_link(request, run_id, &ref->digest, ref);
    ak_html_open(html, "a", "href", link, "title", hex, NULL);
    ak_html_element(html, "code", text, NULL);
    ak_html_close(html);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
}

static void add_observation(AkHtml *html, const AkPageRequest *request, const char *run_id,
                            const AkObservation *seen) {
  g_autofree char *id = g_strdup_printf("outcome.%s", ak_outcome_name(seen->outcome));
  g_autofree char *value = value_text(request, seen);
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.property");
  ak_html_element(html, "code", seen->property, NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.subject", "where");
  ak_html_element(html, "code", seen->subject.locator, NULL);
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.outcome", ak_text(request->lang, id));
  ak_page_cell_text(html, request, "web.value", value);
  ak_page_cell_text(html, request, "web.test", seen->test_id);
  add_evidence(html, request, run_id, seen);
  ak_html_close(html);
}

static void add_observations(AkHtml *html, const AkPageRequest *request, const char *run_id,
                             const json_t *cited, GHashTable *known) {
  static const char *const heads[] = {"web.property", "web.subject", "web.outcome",
                                      "web.value",    "web.test",    "web.evidence", NULL};
  if (json_array_size(cited) == 0)
    return;
  ak_page_element(html, request, "h3", "web.observations");
  ak_page_table_begin(html, request, "web.observations", heads);
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const AkObservation *seen =
        g_hash_table_lookup(known, ak_observation_cited(json_array_get(cited, i)));
    if (seen != NULL)
      add_observation(html, request, run_id, seen);
  }
  ak_page_table_end(html);
}

static void add_missing(AkHtml *html, const AkPageRequest *request, const json_t *missing) {
  if (json_array_size(missing) == 0)
    return;
  ak_html_element(html, "p", ak_text(request->lang, "web.missing"), NULL);
  ak_html_open(html, "ul", NULL);
  for (gsize i = 0; i < json_array_size(missing); i++) {
    const json_t *item = json_array_get(missing, i);
    const json_t *text = json_object_get(item, "text");
    ak_html_element(html, "li", ak_page_text_of(request, text != NULL ? text : item), NULL);
  }
  ak_html_close(html);
}

static void add_rule(AkHtml *html, const AkPageRequest *request, const json_t *rule) {
  if (rule == NULL)
    return;
  g_autofree char *text = json_is_string(rule)
                              ? g_strdup(json_string_value(rule))
                              : json_dumps(rule, JSON_INDENT(2) | JSON_SORT_KEYS);
  ak_html_open(html, "details", NULL);
  ak_html_element(html, "summary", ak_text(request->lang, "web.rule"), NULL);
  ak_html_element(html, "pre", text, NULL);
  ak_html_close(html);
}

/* Until when the case's verdict holds, or that it no longer does. */
static void add_until(AkHtml *html, const AkPageRequest *request, const char *valid_until) {
  bool is_past = ak_validity_is_past(valid_until, ak_now_utc_us());
  g_autofree char *until = ak_text_format(
      request->lang, is_past ? "web.expired-day" : "web.valid-until-day", valid_until);
  ak_html_element(html, "p", until, "class", is_past ? "note past" : "note", NULL);
}

static void add_case(AkHtml *html, const AkPageRequest *request, const char *run_id,
                     const AkRequirement *requirement, const json_t *row, GHashTable *known) {
  const char *id = ak_json_string_or(row, "case", "");
  const char *title = "";
  for (guint i = 0; requirement != NULL && i < requirement->cases->len; i++) {
    const AkTestCase *test_case = requirement->cases->pdata[i];
    if (strcmp(test_case->id, id) == 0)
      title = request->lang == AK_LANG_JA ? test_case->title.ja : test_case->title.en;
  }
  g_autofree char *heading = g_strdup_printf("%s %s ", id, title);
  const char *valid_until = ak_json_string_or(row, "valid_until", NULL);
  const char *shows_not = ak_page_text_of(request, json_object_get(row, "does_not_show"));
  ak_html_open(html, "section", NULL);
  ak_html_open(html, "h2", NULL);
  ak_html_text(html, heading);
  ak_page_badge(html, request, ak_json_string_or(row, "verdict", "not-run"));
  ak_html_close(html);
  ak_html_element(html, "p", ak_page_text_of(request, json_object_get(row, "explanation")), NULL);
  if (valid_until != NULL)
    add_until(html, request, valid_until);
  add_missing(html, request, json_object_get(row, "missing"));
  add_observations(html, request, run_id, json_object_get(row, "observations"), known);
  if (*shows_not != '\0') {
    ak_html_open(html, "p", "class", "note", NULL);
    ak_html_text(html, ak_text(request->lang, "web.shows-not"));
    ak_html_text(html, " ");
    ak_html_text(html, shows_not);
    ak_html_close(html);
  }
  add_rule(html, request, json_object_get(row, "rule"));
  ak_html_close(html);
}

static void add_requirement(AkHtml *html, const AkPageRequest *request,
                            const AkRequirement *requirement) {
  if (requirement == NULL)
    return;
  ak_html_element(html, "p",
                  request->lang == AK_LANG_JA ? requirement->text.ja : requirement->text.en, NULL);
  ak_html_element(html, "p", ak_text(request->lang, "web.unofficial"), "class", "note", NULL);
  ak_html_open(html, "details", "class", "note", NULL);
  ak_page_element(html, request, "summary", "web.confidence");
  ak_html_open(html, "dl", NULL);
  ak_page_element(html, request, "dt", "web.origin");
  ak_html_element(html, "dd", requirement->origin ? requirement->origin : "–", "lang", "en", NULL);
  const char *what;
  json_t *how;
  json_object_foreach(requirement->confidence, what, how) {
    ak_html_element(html, "dt", what, "lang", "en", NULL);
    ak_html_element(html, "dd", json_is_string(how) ? json_string_value(how) : "–", "lang", "en",
                    NULL);
  }
  ak_html_close(html);
  ak_html_close(html);
}

bool ak_page_requirement(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0], *id = request->parameters[1];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  const json_t *verdict = find_verdict(view->state, id);
  if (verdict == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "run %s has no verdict on %s", run_id, id);
  g_autoptr(AkCatalog) catalog = ak_page_catalog_of(view->state);
  const AkRequirement *requirement =
      catalog != NULL ? ak_catalog_requirement(catalog, id) : NULL;
  g_autoptr(GHashTable) known = observations_by_identity(view->state);
  g_autofree char *title = g_strdup_printf(
      "%s %s", id,
      requirement == NULL               ? ""
      : request->lang == AK_LANG_JA ? requirement->title.ja
                                        : requirement->title.en);
  AkHtml *html = ak_page_run_begin(request, view->state, title, "", id);
  ak_html_open(html, "p", NULL);
  ak_page_badge(html, request, ak_json_string_or(verdict, "verdict", "not-run"));
  ak_html_close(html);
  ak_html_element(html, "p", ak_page_text_of(request, json_object_get(verdict, "explanation")),
                  NULL);
  add_requirement(html, request, requirement);
  add_missing(html, request, json_object_get(verdict, "missing"));
  ak_page_findings(html, request, run_id,
                   json_object_get(json_object_get(view->state->verdict, "verdicts"), "findings"),
                   id);
  const json_t *cases = json_object_get(verdict, "cases");
  for (gsize i = 0; i < json_array_size(cases); i++)
    add_case(html, request, run_id, requirement, json_array_get(cases, i), known);
  ak_page_end(html, request, response);
  return true;
}
