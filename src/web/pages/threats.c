/* The threat model of a run: what was taken for worth protecting, what could happen to it, and what the run says. */
#include "app/threats.h"

#include <string.h>

#include "web/pages/pages.h"
#include "web/pages/parts.h"

static const char *word(const AkPageRequest *request, const char *prefix, const char *name) {
  g_autofree char *id = g_strdup_printf("%s.%s", prefix, name);
  const char *text = ak_text(request->lang, id);
  return text != id ? text : name;
}

static const char *title_of(const AkPageRequest *request, const json_t *threat) {
  return ak_page_text_of(request, json_object_get(threat, "title"));
}

/* --- premises --------------------------------------------------------------------------------------- */

static void add_attackers(AkHtml *html, const AkPageRequest *request, const json_t *model) {
  const json_t *positions = json_object_get(model, "attackers");
  ak_page_element(html, request, "h2", "threats.attackers");
  ak_html_open(html, "ul", "class", "inline", NULL);
  for (gsize i = 0; i < json_array_size(positions); i++) {
    const char *name = json_string_value(json_array_get(positions, i));
    ak_html_element(html, "li", word(request, "threats.attacker", name != NULL ? name : ""), NULL);
  }
  ak_html_close(html);
}

static void add_elements(AkHtml *html, const AkPageRequest *request, const json_t *model) {
  static const char *const heads[] = {"web.name", "web.kind", "web.note", NULL};
  const json_t *elements = json_object_get(model, "elements");
  ak_page_element(html, request, "h2", "threats.elements");
  ak_page_table_begin(html, request, "threats.elements", heads);
  for (gsize i = 0; i < json_array_size(elements); i++) {
    const json_t *element = json_array_get(elements, i);
    bool assumed = json_is_true(json_object_get(element, "assumed"));
    bool unused = json_is_true(json_object_get(element, "unused"));
    ak_page_row(html);
    ak_page_cell_head(html, request, "web.name");
    ak_html_text(html, ak_json_string_or(element, "name", ""));
    ak_html_close(html);
    ak_page_cell_text(html, request, "web.kind",
                      word(request, "threats.kind", ak_json_string_or(element, "kind", "")));
    ak_page_cell_text(html, request, "web.note",
                      assumed  ? ak_text(request->lang, "web.assumed")
                      : unused ? ak_text(request->lang, "web.unused")
                               : "");
    ak_html_close(html);
  }
  ak_page_table_end(html);
  const json_t *assumed = json_object_get(model, "assumed");
  if (json_is_true(json_object_get(assumed, "assets")))
    ak_html_element(html, "p", ak_text(request->lang, "threats.assumed.assets"), "class", "note",
                    NULL);
  if (json_is_true(json_object_get(assumed, "attackers")))
    ak_html_element(html, "p", ak_text(request->lang, "threats.assumed.attackers"), "class", "note",
                    NULL);
}

/* --- threats ---------------------------------------------------------------------------------------- */

static void add_results(AkHtml *html, const AkPageRequest *request, const char *run_id,
                        const json_t *threat) {
  const json_t *results = json_object_get(threat, "results");
  ak_page_cell(html, request, "threats.cases", NULL);
  if (json_array_size(results) == 0)
    ak_html_text(html, "–");
  for (gsize i = 0; i < json_array_size(results); i++) {
    const json_t *result = json_array_get(results, i);
    const char *requirement = ak_json_string_or(result, "requirement", NULL);
    const char *verdict = ak_json_string_or(result, "verdict", NULL);
    const char *name = ak_json_string_or(result, "case", "");
    ak_html_open(html, "span", "class", "pair", NULL);
    if (requirement != NULL) {
      g_autofree char *link = ak_page_requirement_link(request, run_id, requirement);
      ak_html_element(html, "a", name, "href", link, NULL);
    } else {
      ak_html_text(html, name);
    }
    ak_html_text(html, " ");
    if (verdict != NULL)
      ak_page_badge(html, request, verdict);
    ak_html_close(html);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
}

static void add_tests(AkHtml *html, const AkPageRequest *request, const json_t *threat) {
  const json_t *tests = json_object_get(threat, "tests");
  ak_page_cell(html, request, "threats.tests", NULL);
  if (json_array_size(tests) == 0)
    ak_html_text(html, "–");
  for (gsize i = 0; i < json_array_size(tests); i++) {
    const char *name = json_string_value(json_array_get(tests, i));
    ak_html_element(html, "code", name != NULL ? name : "", NULL);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
}

static void add_state(AkHtml *html, const AkPageRequest *request, const json_t *threat) {
  const char *state = ak_json_string_or(threat, "state", NULL);
  ak_page_cell(html, request, "threats.state", NULL);
  if (state != NULL) {
    g_autofree char *class = g_strdup_printf("state %s", state);
    ak_html_element(html, "span", word(request, "threats.state", state), "class", class, NULL);
  } else {
    ak_html_text(html, "–");
  }
  ak_html_close(html);
}

static void add_threat(AkHtml *html, const AkPageRequest *request, const char *run_id,
                       const json_t *threat) {
  ak_page_row(html);
  ak_page_cell_head(html, request, "threats.threat");
  ak_html_text(html, ak_json_string_or(threat, "threat", ""));
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.element", ak_json_string_or(threat, "element", ""));
  ak_page_cell_text(html, request, "threats.class",
                    word(request, "threats.stride", ak_json_string_or(threat, "stride", "")));
  ak_page_cell_text(html, request, "threats.title", title_of(request, threat));
  add_results(html, request, run_id, threat);
  add_tests(html, request, threat);
  add_state(html, request, threat);
  ak_html_close(html);
}

static void add_filters(AkHtml *html, const AkPageRequest *request, const json_t *list,
                        const char *chosen) {
  static const char *const states[] = {"found", "open", "untested", "countered", "not-applicable"};
  g_autofree char *all = ak_page_link(request, request->path, NULL);
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.filter"),
               NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.all"), "href", all, "aria-current",
                  chosen == NULL ? "true" : NULL, NULL);
  for (gsize s = 0; s < G_N_ELEMENTS(states); s++) {
    guint count = 0;
    for (gsize i = 0; i < json_array_size(list); i++)
      count += strcmp(ak_json_string_or(json_array_get(list, i), "state", ""), states[s]) == 0;
    g_autofree char *query = g_strdup_printf("state=%s", states[s]);
    g_autofree char *link = ak_page_link(request, request->path, query);
    g_autofree char *text =
        g_strdup_printf("%s (%u)", word(request, "threats.state", states[s]), count);
    ak_html_element(html, "a", text, "href", link, "aria-current",
                    g_strcmp0(chosen, states[s]) == 0 ? "true" : NULL, NULL);
  }
  ak_html_close(html);
}

static void add_threats(AkHtml *html, const AkPageRequest *request, const char *run_id,
                        const json_t *list) {
  static const char *const heads[] = {"threats.threat", "web.element",   "threats.class",
                                      "threats.title",  "threats.cases", "threats.tests",
                                      "threats.state",  NULL};
  const char *chosen = ak_page_asked(request, "state");
  guint shown = 0;
  ak_html_element(html, "h2", ak_text(request->lang, "web.threats"), "id", "threats", NULL);
  add_filters(html, request, list, chosen);
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *threat = json_array_get(list, i);
    if (chosen != NULL && strcmp(ak_json_string_or(threat, "state", ""), chosen) != 0)
      continue;
    if (shown++ == 0)
      ak_page_table_begin(html, request, "web.threats", heads);
    add_threat(html, request, run_id, threat);
  }
  if (shown > 0)
    ak_page_table_end(html);
  else
    ak_page_empty(html, request, "web.no-such-threat", NULL, NULL);
}

/* Without omission: threats that no case of the profile speaks to, and those that only people judge. */
static void add_uncovered(AkHtml *html, const AkPageRequest *request, const json_t *list,
                          bool people) {
  guint shown = 0;
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *threat = json_array_get(list, i);
    bool has_cases = json_array_size(json_object_get(threat, "cases")) > 0;
    bool has_tests = json_array_size(json_object_get(threat, "tests")) > 0;
    if (has_tests || has_cases != people)
      continue;
    if (shown++ == 0) {
      ak_page_element(html, request, "h3", people ? "web.by-people" : "web.uncovered");
      ak_page_element(html, request, "p", people ? "threats.by-people" : "threats.uncovered");
      ak_html_open(html, "ul", NULL);
    }
    g_autofree char *line = g_strdup_printf(
        "%s %s: %s", ak_json_string_or(threat, "threat", ""),
        ak_json_string_or(threat, "element", ""), title_of(request, threat));
    ak_html_element(html, "li", line, NULL);
  }
  if (shown > 0)
    ak_html_close(html);
}

bool ak_page_threats(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  g_autoptr(GError) failure = NULL;
  g_autoptr(json_t) model = ak_app_threats_of_run(request->workspace, view->state, &failure);
  if (model == NULL && !g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autofree char *title =
      g_strdup_printf("%s %s", ak_text(request->lang, "threats.model"), run_id);
  AkHtml *html = ak_page_run_begin(request, view->state, title, "threats", NULL);
  const json_t *list = json_object_get(model, "threats");
  if (model == NULL) {
    ak_page_empty(html, request, "web.no-threats", "web.no-threats.do",
                  "akashi threats product.yaml");
  } else {
    add_threats(html, request, run_id, list);
    add_uncovered(html, request, list, false);
    add_uncovered(html, request, list, true);
    add_elements(html, request, model);
    add_attackers(html, request, model);
  }
  ak_page_end(html, request, response);
  return true;
}
