/* The list of runs, and the search in it. */
#include "app/validity.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <string.h>

#define MAX_FOUND 100 /* runs that a search lists */

static void add_result(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  const gint64 counts[] = {run->passed, run->failed, run->inconclusive, run->not_applicable};
  g_auto(AkValidity) validity = {0};
  ak_app_validity_of_row(run, ak_now_utc_us(), &validity);
  g_autofree char *until = ak_page_validity_text(request, &validity);
  ak_html_open(html, "td", NULL);
  for (gsize i = 0; run->verdict_index >= 0 && i < G_N_ELEMENTS(counts); i++)
    ak_page_count(html, request, i, counts[i]);
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
