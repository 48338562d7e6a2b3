/* One run: facts, files, findings and verdicts. */
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <gio/gio.h>
#include <string.h>

static const char *const summary_keys[AK_PAGE_VERDICTS] = {"pass", "fail", "inconclusive",
                                                           "not_applicable"};

static void add_summary(AkHtml *html, const AkPageRequest *request, const json_t *summary) {
  ak_html_open(html, "p", "class", "counts", NULL);
  for (gsize i = 0; i < AK_PAGE_VERDICTS; i++)
    ak_page_count(html, request, i, json_integer_value(json_object_get(summary, summary_keys[i])));
  ak_html_close(html);
}

/* --- verdicts ------------------------------------------------------------------------------------- */

static void add_filters(AkHtml *html, const AkPageRequest *request, const char *chosen) {
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.filter"),
               NULL);
  g_autofree char *all = ak_page_link(request, request->path, NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.all"), "href", all, "aria-current",
                  chosen == NULL ? "true" : NULL, NULL);
  for (gsize i = 0; i < AK_PAGE_VERDICTS; i++) {
    g_autofree char *query = g_strdup_printf("verdict=%s", ak_page_verdicts[i]);
    g_autofree char *link = ak_page_link(request, request->path, query);
    g_autofree char *id = g_strdup_printf("verdict.%s", ak_page_verdicts[i]);
    ak_html_element(html, "a", ak_text(request->lang, id), "href", link, "aria-current",
                    g_strcmp0(chosen, ak_page_verdicts[i]) == 0 ? "true" : NULL, NULL);
  }
  ak_html_close(html);
}

static void add_verdict_row(AkHtml *html, const AkPageRequest *request, const char *run_id,
                            const AkCatalog *catalog, const json_t *verdict) {
  const char *id = ak_json_string_or(verdict, "requirement", "");
  const char *until = ak_json_string_or(verdict, "valid_until", "–");
  bool is_past = ak_validity_is_past(ak_json_string_or(verdict, "valid_until", NULL),
                                     ak_now_utc_us());
  g_autofree char *link = ak_page_requirement_link(request, run_id, id);
  ak_page_row(html);
  ak_page_cell(html, request, "web.verdict", NULL);
  ak_page_badge(html, request, ak_json_string_or(verdict, "verdict", "not-run"));
  ak_html_close(html);
  ak_page_cell_link(html, request, "web.requirement", id, link);
  ak_page_cell_text(html, request, "web.obligation", ak_json_string_or(verdict, "obligation", ""));
  ak_page_cell_text(html, request, "web.title", ak_page_requirement_title(request, catalog, id));
  ak_page_cell_text(html, request, "web.why",
                    ak_page_text_of(request, json_object_get(verdict, "explanation")));
  ak_page_cell(html, request, "web.valid-until", is_past ? "date past" : "date");
  ak_html_text(html, until);
  if (is_past) {
    ak_html_text(html, " ");
    ak_html_text(html, ak_text(request->lang, "web.expired"));
  }
  ak_html_close(html);
  ak_html_close(html);
}

static void add_verdicts(AkHtml *html, const AkPageRequest *request, const AkRunState *state,
                         const json_t *verdicts) {
  static const char *const heads[] = {"web.verdict", "web.requirement", "web.obligation",
                                      "web.title",   "web.why",         "web.valid-until",
                                      NULL};
  const char *chosen = ak_page_asked(request, "verdict");
  guint shown = 0;
  g_autoptr(AkCatalog) catalog = ak_page_catalog_of(state);
  ak_html_element(html, "h2", ak_text(request->lang, "web.verdicts"), "id", "verdicts", NULL);
  ak_page_element(html, request, "p", "web.obligation-note");
  add_filters(html, request, chosen);
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i);
    if (chosen != NULL && strcmp(ak_json_string_or(verdict, "verdict", ""), chosen) != 0)
      continue;
    if (shown++ == 0)
      ak_page_table_begin(html, request, "web.verdicts", heads);
    add_verdict_row(html, request, state->run_id, catalog, verdict);
  }
  if (shown > 0)
    ak_page_table_end(html);
  else
    ak_page_empty(html, request, "web.no-such-verdict", NULL, NULL);
}

/* --- the other runs of the same version ----------------------------------------------------------- */

/* "Run 3 of 4 of this version", with links to the others: whoever sees one result sees that there
 * are more. */
static void add_other_runs(AkHtml *html, const AkPageRequest *request, const GPtrArray *runs,
                           const AkRunState *state) {
  int number = 0, count = 0;
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *other = runs->pdata[i];
    count += other->planned_index >= 0 ? 1 : 0;
    if (strcmp(other->run_id, state->run_id) == 0)
      number = count;
  }
  g_autofree char *text = ak_text_format(request->lang, "web.run-of", number, count);
  ak_page_element(html, request, "dt", "web.runs-of-version");
  ak_html_open(html, "dd", NULL);
  ak_html_text(html, text);
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *other = runs->pdata[i];
    if (other->planned_index < 0 || strcmp(other->run_id, state->run_id) == 0)
      continue;
    g_autofree char *link = ak_page_run_link(request, other->run_id);
    ak_html_text(html, " · ");
    ak_html_element(html, "a", other->run_id, "href", link, NULL);
  }
  ak_html_close(html);
}

/* Of a retest: the run that it repeats in part, and what both differ in. */
static void add_retest(AkHtml *html, const AkPageRequest *request, const AkRunState *state) {
  const char *of = ak_json_string_or(state->planned, "retest_of", NULL);
  if (of == NULL)
    return;
  g_autofree char *link = ak_page_run_link(request, of);
  g_autofree char *query = g_strdup_printf(AK_PAGE_CHOOSES "%s=on&" AK_PAGE_CHOOSES "%s=on", of,
                                           state->run_id);
  g_autofree char *compare = ak_page_link(request, "/compare", query);
  ak_page_element(html, request, "dt", "web.retest");
  ak_html_open(html, "dd", NULL);
  ak_html_element(html, "a", of, "href", link, NULL);
  ak_html_text(html, " · ");
  ak_html_element(html, "a", ak_text(request->lang, "web.what-changed"), "href", compare, NULL);
  ak_html_close(html);
}

static void add_product(AkHtml *html, const AkPageRequest *request, const json_t *planned) {
  const char *name = ak_json_string_or(planned, "product_name", "");
  const char *version = ak_json_string_or(planned, "product_version", "");
  g_autofree char *link = ak_page_version_link(request, name, version);
  g_autofree char *product =
      g_strdup_printf("%s %s (%s)", name, version, ak_json_string_or(planned, "product_model", "–"));
  ak_page_element(html, request, "dt", "web.product");
  ak_html_open(html, "dd", "dir", "auto", NULL);
  ak_html_element(html, "a", product, "href", link, NULL);
  ak_html_close(html);
}

/* How it ended; while it has not, the way to its progress. */
static void add_end(AkHtml *html, const AkPageRequest *request, const AkRunState *state,
                    const char *end_id) {
  ak_page_element(html, request, "dt", "web.end");
  ak_html_open(html, "dd", NULL);
  ak_html_text(html, ak_text(request->lang, end_id));
  if (state->end == NULL) {
    g_autofree char *link = ak_page_run_part_link(request, state->run_id, "progress");
    ak_html_text(html, " · ");
    ak_html_element(html, "a", ak_text(request->lang, "web.progress"), "href", link, NULL);
  }
  ak_html_close(html);
}

static void add_facts(AkHtml *html, const AkPageRequest *request, const GPtrArray *runs,
                      const AkRunState *state) {
  const json_t *planned = state->planned;
  g_autofree char *when = ak_page_time(json_integer_value(json_object_get(planned, "when_utc_us")));
  g_autofree char *end_id =
      g_strdup_printf("web.end.%s", state->end != NULL ? state->end : "running");
  const char *newest = runs->len > 0 ? ((const AkRunRow *)runs->pdata[0])->newest_version : NULL;
  g_auto(AkValidity) validity = {0};
  ak_app_validity(state, newest, ak_now_utc_us(), &validity);
  ak_html_open(html, "dl", NULL);
  add_product(html, request, planned);
  ak_page_fact(html, request, "web.profile", ak_json_string_or(planned, "profile", ""));
  ak_page_fact(html, request, "web.when", when);
  add_end(html, request, state, end_id);
  ak_page_element(html, request, "dt", "web.validity");
  ak_html_open(html, "dd", NULL);
  if (validity.state == AK_VALIDITY_NONE)
    ak_html_text(html, "–");
  ak_page_validity(html, request, &validity);
  ak_html_close(html);
  add_retest(html, request, state);
  add_other_runs(html, request, runs, state);
  ak_html_close(html);
}

AkCatalog *ak_page_catalog_of(const AkRunState *state) {
  const json_t *catalogue = json_object_get(state->planned, "catalogue");
  return ak_catalog_load(ak_json_string_or(catalogue, "id", ""), NULL, NULL);
}

const char *ak_page_requirement_title(const AkPageRequest *request, const AkCatalog *catalog,
                                      const char *id) {
  const AkRequirement *row = catalog != NULL ? ak_catalog_requirement(catalog, id) : NULL;
  return row == NULL                   ? ""
         : request->lang == AK_LANG_JA ? row->title.ja
                                       : row->title.en;
}

bool ak_page_run(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  const AkRunState *state = view->state;
  g_autoptr(GPtrArray) runs = ak_workspace_runs_of_version(
      request->workspace, ak_json_string_or(state->planned, "product_name", ""),
      ak_json_string_or(state->planned, "product_version", ""), error);
  if (runs == NULL)
    return false;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  g_autofree char *title = g_strdup_printf("%s %s", ak_text(request->lang, "web.run"), run_id);
  AkHtml *html = ak_page_run_begin(request, state, title, "", NULL);
  if (result != NULL)
    add_summary(html, request, json_object_get(result, "summary"));
  add_facts(html, request, runs, state);
  ak_html_element(html, "p", ak_text(request->lang, "web.unofficial"), "class", "note", NULL);
  if (result == NULL) {
    ak_page_empty(html, request, "web.no-verdict", NULL, "akashi verify --resume");
  } else {
    ak_page_findings(html, request, run_id, json_object_get(result, "findings"), NULL);
    add_verdicts(html, request, state, json_object_get(result, "verdicts"));
  }
  ak_page_end(html, request, response);
  return true;
}
