/* One run: facts, files, findings and verdicts. */
#include "app/validity.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <string.h>

static const char *const summary_keys[] = {"pass", "fail", "inconclusive", "not_applicable"};

static void add_summary(AkHtml *html, const AkPageRequest *request, const json_t *summary) {
  for (gsize i = 0; i < G_N_ELEMENTS(summary_keys); i++)
    ak_page_count(html, request, i, json_integer_value(json_object_get(summary, summary_keys[i])));
}

static void add_filters(AkHtml *html, const AkPageRequest *request, const char *chosen) {
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.filter"),
               NULL);
  g_autofree char *all = ak_page_link(request, request->path, NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.all"), "href", all, "aria-current",
                  chosen == NULL ? "true" : NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(ak_page_verdicts); i++) {
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
  const AkRequirement *row = catalog != NULL ? ak_catalog_requirement(catalog, id) : NULL;
  const char *title = row == NULL                   ? ""
                      : request->lang == AK_LANG_JA ? row->title.ja
                                                    : row->title.en;
  g_autofree char *encoded = g_uri_escape_string(id, NULL, FALSE);
  g_autofree char *path = g_strdup_printf("/runs/%s/requirements/%s", run_id, encoded);
  g_autofree char *link = ak_page_link(request, path, NULL);
  ak_html_open(html, "tr", NULL);
  ak_html_open(html, "td", NULL);
  ak_page_badge(html, request, ak_json_string_or(verdict, "verdict", "not-run"));
  ak_html_close(html);
  ak_html_open(html, "td", NULL);
  ak_html_element(html, "a", id, "href", link, NULL);
  ak_html_close(html);
  ak_html_element(html, "td", ak_json_string_or(verdict, "obligation", ""), NULL);
  ak_html_element(html, "td", title, NULL);
  ak_html_element(html, "td", ak_page_text_of(request, json_object_get(verdict, "explanation")),
                  NULL);
  ak_html_element(html, "td", ak_json_string_or(verdict, "valid_until", "–"), "class", "date",
                  NULL);
  ak_html_close(html);
}

static void add_fact(AkHtml *html, const AkPageRequest *request, const char *id,
                     const char *value) {
  ak_html_element(html, "dt", ak_text(request->lang, id), NULL);
  ak_html_element(html, "dd", value != NULL && *value != '\0' ? value : "–", NULL);
}

static void add_files(AkHtml *html, const AkPageRequest *request, const char *run_id) {
  g_autofree char *folder =
      g_build_filename(ak_workspace_dir(request->workspace), "runs", run_id, NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
    if (strcmp(name, AK_PRODUCT_FOLDER_FILE) != 0)
      g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, ak_page_compare_names);
  ak_html_open(html, "ul", "class", "files", NULL);
  g_autofree char *proof_path = g_strdup_printf("/runs/%s/proof", run_id);
  g_autofree char *proof = ak_page_link(request, proof_path, NULL);
  ak_html_open(html, "li", NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.proof"), "href", proof, NULL);
  ak_html_close(html);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *encoded = g_uri_escape_string(names->pdata[i], NULL, FALSE);
    g_autofree char *link = g_strdup_printf("/runs/%s/files/%s", run_id, encoded);
    ak_html_open(html, "li", NULL);
    ak_html_element(html, "a", names->pdata[i], "href", link, NULL);
    ak_html_close(html);
  }
  ak_html_close(html);
}

/* --- the other runs of the same version
 * ----------------------------------------------------------- */

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
    g_autofree char *path = g_strdup_printf("/runs/%s", other->run_id);
    g_autofree char *link = ak_page_link(request, path, NULL);
    ak_html_text(html, " · ");
    ak_html_element(html, "a", other->run_id, "href", link, NULL);
  }
  ak_html_close(html);
}

static void add_facts(AkHtml *html, const AkPageRequest *request, const GPtrArray *runs,
                      const AkRunState *state) {
  const json_t *planned = state->planned;
  g_autofree char *when = ak_page_time(json_integer_value(json_object_get(planned, "when_utc_us")));
  g_autofree char *product =
      g_strdup_printf("%s %s (%s)", ak_json_string_or(planned, "product_name", ""),
                      ak_json_string_or(planned, "product_version", ""),
                      ak_json_string_or(planned, "product_model", "–"));
  g_autofree char *end_id =
      g_strdup_printf("web.end.%s", state->end != NULL ? state->end : "running");
  const char *newest = runs->len > 0 ? ((const AkRunRow *)runs->pdata[0])->newest_version : NULL;
  g_auto(AkValidity) validity = {0};
  ak_app_validity(state, newest, ak_now_utc_us(), &validity);
  g_autofree char *until = ak_page_validity_text(request, &validity);
  ak_html_open(html, "dl", NULL);
  add_fact(html, request, "web.product", product);
  add_fact(html, request, "web.profile", ak_json_string_or(planned, "profile", ""));
  add_fact(html, request, "web.when", when);
  add_fact(html, request, "web.end", ak_text(request->lang, end_id));
  add_fact(html, request, "web.validity", until);
  add_other_runs(html, request, runs, state);
  ak_html_close(html);
}

AkCatalog *ak_page_catalog_of(const AkRunState *state) {
  const json_t *catalogue = json_object_get(state->planned, "catalogue");
  return ak_catalog_load(ak_json_string_or(catalogue, "id", ""), NULL, NULL);
}

static void add_verdicts(AkHtml *html, const AkPageRequest *request, const AkRunState *state,
                         const json_t *verdicts) {
  static const char *const heads[] = {"web.verdict", "web.requirement", "web.obligation",
                                      "web.title",   "web.why",         "web.valid-until",
                                      NULL};
  const char *chosen = g_hash_table_lookup(request->query, "verdict");
  g_autoptr(AkCatalog) catalog = ak_page_catalog_of(state);
  ak_html_element(html, "h2", ak_text(request->lang, "web.verdicts"), "id", "verdicts", NULL);
  ak_page_element(html, request, "p", "web.obligation-note");
  add_filters(html, request, chosen);
  ak_page_table_begin(html, request, "web.verdicts", heads);
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *verdict = json_array_get(verdicts, i);
    if (chosen == NULL || strcmp(ak_json_string_or(verdict, "verdict", ""), chosen) == 0)
      add_verdict_row(html, request, state->run_id, catalog, verdict);
  }
  ak_page_table_end(html);
}

bool ak_page_run(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_workspace_run(request->workspace, run_id, error);
  if (view == NULL)
    return false;
  const AkRunState *state = view->state;
  g_autoptr(GPtrArray) runs = ak_workspace_runs_of_version(
      request->workspace, ak_json_string_or(state->planned, "product_name", ""),
      ak_json_string_or(state->planned, "product_version", ""), error);
  if (runs == NULL)
    return false;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  const json_t *verdicts = json_object_get(result, "verdicts");
  g_autofree char *title = g_strdup_printf("%s %s", ak_text(request->lang, "web.run"), run_id);
  AkHtml *html = ak_page_begin(request, title);
  add_facts(html, request, runs, state);
  ak_html_element(html, "p", ak_text(request->lang, "web.unofficial"), "class", "note", NULL);
  add_files(html, request, run_id);
  if (result == NULL) {
    ak_page_element(html, request, "p", "web.no-verdict");
    ak_page_end(html, request, response);
    return true;
  }
  ak_html_open(html, "p", "class", "counts", NULL);
  add_summary(html, request, json_object_get(result, "summary"));
  ak_html_close(html);
  ak_page_findings(html, request, run_id, json_object_get(result, "findings"), NULL);
  add_verdicts(html, request, state, verdicts);
  ak_page_end(html, request, response);
  return true;
}
