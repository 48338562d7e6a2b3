/* The list of runs, and a run's verdict table. */
#include "app/validity.h"
#include "web/pages.h"

#include <string.h>

#define MAX_FOUND 100 /* runs that a search lists */

static const char *const summary_keys[] = {"pass", "fail", "inconclusive", "not_applicable"};
static const char *const verdict_names[] = {"pass", "fail", "inconclusive", "not-applicable"};

static void add_count(AkHtml *html, const AkPageRequest *request, gsize which, gint64 number) {
  g_autofree char *count = g_strdup_printf(" %" G_GINT64_FORMAT, number);
  ak_html_open(html, "span", "class", "count", NULL);
  ak_page_badge(html, request, verdict_names[which]);
  ak_html_text(html, count);
  ak_html_close(html);
  ak_html_text(html, " ");
}

static void add_summary(AkHtml *html, const AkPageRequest *request, const json_t *summary) {
  for (gsize i = 0; i < G_N_ELEMENTS(summary_keys); i++)
    add_count(html, request, i, json_integer_value(json_object_get(summary, summary_keys[i])));
}

/* "valid until …", "EXPIRED on …" or "LAPSED: …"; NULL where nothing is decided. Caller frees. */
static char *validity_text(const AkPageRequest *request, const AkValidity *validity) {
  g_autofree char *id = g_strdup_printf("validity.%s", ak_validity_name(validity->state));
  return validity->until == NULL
             ? NULL
             : ak_text_format(request->lang, id, validity->until,
                              validity->version != NULL ? validity->version : "");
}

static void add_result(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  const gint64 counts[] = {run->passed, run->failed, run->inconclusive, run->not_applicable};
  g_auto(AkValidity) validity = {0};
  ak_app_validity_of_row(run, ak_now_utc_us(), &validity);
  g_autofree char *until = validity_text(request, &validity);
  ak_html_open(html, "td", NULL);
  for (gsize i = 0; run->verdict_index >= 0 && i < G_N_ELEMENTS(counts); i++)
    add_count(html, request, i, counts[i]);
  if (run->verdict_index < 0)
    ak_html_text(html, ak_text(request->lang, "web.unfinished"));
  if (until != NULL)
    ak_html_element(html, "span", until, "class", "date", NULL);
  ak_html_close(html);
}

static void add_run(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  g_autofree char *path = g_strdup_printf("/runs/%s", run->run_id);
  g_autofree char *link = ak_page_link(request, path, NULL);
  g_autofree char *when = ak_page_time(MAX(run->planned_utc_us, 0));
  g_autofree char *product = g_strdup_printf("%s %s", run->product_name, run->product_version);
  ak_html_open(html, "tr", NULL);
  ak_html_open(html, "td", NULL);
  ak_html_element(html, "a", run->run_id, "href", link, NULL);
  ak_html_close(html);
  ak_html_element(html, "td", product, NULL);
  ak_html_element(html, "td", run->profile, NULL);
  ak_html_element(html, "td", when, NULL);
  add_result(html, request, run);
  ak_html_close(html);
}

static const char *const run_heads[] = {"web.run",  "web.product", "web.profile",
                                        "web.when", "web.result",  NULL};

static void add_search(AkHtml *html, const AkPageRequest *request, const char *words) {
  ak_html_open(html, "form", "method", "get", "action", "/", "role", "search", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.search"), "for", "q", NULL);
  ak_html_text(html, " ");
  ak_html_element(html, "input", NULL, "type", "search", "id", "q", "name", "q", "value",
                  words != NULL ? words : "", "maxlength", "200", NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "lang", "value",
                  ak_lang_name(request->lang), NULL);
  ak_html_text(html, " ");
  ak_html_element(html, "button", ak_text(request->lang, "web.search"), "type", "submit", NULL);
  ak_html_close(html);
}

static void add_found(AkHtml *html, const AkPageRequest *request, const AkRunFound *found) {
  add_run(html, request, found->run);
  for (guint i = 0; i < found->hits->len; i++) {
    const AkSearchText *hit = found->hits->pdata[i];
    ak_html_open(html, "tr", NULL);
    ak_html_element(html, "td", hit->body, "colspan", "5", "class", "hit", NULL);
    ak_html_close(html);
  }
}

/* A question that cannot be asked is answered in the page. */
static bool find_runs(const AkPageRequest *request, const char *words, GPtrArray **found,
                      char **problem, GError **error) {
  g_autoptr(GError) failure = NULL;
  *found = ak_workspace_search(request->workspace, words, MAX_FOUND, &failure);
  if (*found == NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_CONFIG)) {
    *problem = g_strdup(ak_text(request->lang, "web.search-too-short"));
    return true;
  }
  if (*found == NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  return *found != NULL;
}

static bool show_found(const AkPageRequest *request, const char *words, AkPageResponse *response,
                       GError **error) {
  g_autofree char *problem = NULL;
  GPtrArray *rows = NULL;
  if (!find_runs(request, words, &rows, &problem, error))
    return false;
  g_autoptr(GPtrArray) found = rows;
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, "web.runs"));
  add_search(html, request, words);
  if (found == NULL || found->len == 0) {
    ak_html_element(
        html, "p", found == NULL ? problem : ak_text(request->lang, "cli.run.nothing-found"), NULL);
  } else {
    ak_page_table_begin(html, request, "web.runs", run_heads);
    for (guint i = 0; i < found->len; i++)
      add_found(html, request, found->pdata[i]);
    ak_page_table_end(html);
  }
  ak_page_end(html, request, response);
  return true;
}

bool ak_page_runs(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *words = g_hash_table_lookup(request->query, "q");
  if (words != NULL && *words != '\0')
    return show_found(request, words, response, error);
  g_autoptr(GPtrArray) runs = ak_workspace_runs(request->workspace, error);
  if (runs == NULL)
    return false;
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, "web.runs"));
  if (runs->len > 0) {
    add_search(html, request, NULL);
    ak_page_table_begin(html, request, "web.runs", run_heads);
  } else {
    ak_html_element(html, "p", ak_text(request->lang, "cli.run.none"), NULL);
  }
  for (guint i = runs->len; i > 0; i--) /* newest first */
    add_run(html, request, runs->pdata[i - 1]);
  if (runs->len > 0)
    ak_page_table_end(html);
  ak_page_end(html, request, response);
  return true;
}

/* --- one run
 * --------------------------------------------------------------------------------------- */

static void add_filters(AkHtml *html, const AkPageRequest *request, const char *chosen) {
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.filter"),
               NULL);
  g_autofree char *all = ak_page_link(request, request->path, NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.all"), "href", all, "aria-current",
                  chosen == NULL ? "true" : NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(verdict_names); i++) {
    g_autofree char *query = g_strdup_printf("verdict=%s", verdict_names[i]);
    g_autofree char *link = ak_page_link(request, request->path, query);
    g_autofree char *id = g_strdup_printf("verdict.%s", verdict_names[i]);
    ak_html_element(html, "a", ak_text(request->lang, id), "href", link, "aria-current",
                    g_strcmp0(chosen, verdict_names[i]) == 0 ? "true" : NULL, NULL);
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
  g_autofree char *until = validity_text(request, &validity);
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
