/* The list of runs, and what a search finds among them. */
#include "app/lists.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <string.h>

#define MAX_FOUND 100 /* runs that a search lists */
#define MAX_ROWS 100  /* runs a page */

static void add_found(AkHtml *html, const AkPageRequest *request, const AkRunFound *found) {
  ak_page_runs_add(html, request, found->run, false);
  for (guint i = 0; i < found->hits->len; i++) {
    const AkSearchText *hit = found->hits->pdata[i];
    ak_page_row(html);
    ak_html_element(html, "td", hit->body, "role", "cell", "colspan", "5", "class", "hit", "dir",
                    "auto", NULL);
    ak_html_close(html);
  }
}

/* A question that cannot be asked is answered in the page. */
static bool find_runs(const AkPageRequest *request, const char *words, GPtrArray **found,
                      bool *is_bad, GError **error) {
  g_autoptr(GError) failure = NULL;
  *found = ak_workspace_search(request->workspace, words, MAX_FOUND, &failure);
  *is_bad = *found == NULL && g_error_matches(failure, AK_ERROR, AK_ERROR_CONFIG);
  if (*found == NULL && !*is_bad)
    g_propagate_error(error, g_steal_pointer(&failure));
  return *found != NULL || *is_bad;
}

static bool show_found(const AkPageRequest *request, const char *words, AkPageResponse *response,
                       GError **error) {
  GPtrArray *rows = NULL;
  bool is_bad = false;
  if (!find_runs(request, words, &rows, &is_bad, error))
    return false;
  g_autoptr(GPtrArray) found = rows;
  g_autofree char *title = ak_text_format(request->lang, "web.runs-with", words);
  AkHtml *html = ak_page_begin(request, title);
  if (found == NULL || found->len == 0) {
    ak_page_empty(html, request, is_bad ? "web.search-too-short" : "cli.run.nothing-found",
                  is_bad ? NULL : "web.search-again", NULL);
  } else {
    ak_page_runs_begin(html, request, false);
    for (guint i = 0; i < found->len; i++)
      add_found(html, request, found->pdata[i]);
    ak_page_table_end(html);
  }
  ak_page_end(html, request, response);
  return true;
}

/* Where the page before ended: the number of its last run. */
static gint64 before_of(const AkPageRequest *request) {
  const char *asked = ak_page_asked(request, "before");
  gint64 before = G_MAXINT64;
  if (asked != NULL)
    g_ascii_string_to_signed(asked, 10, 0, G_MAXINT64, &before, NULL);
  return before;
}

static void add_older(AkHtml *html, const AkPageRequest *request, const AkRunRow *last) {
  g_autofree char *query = g_strdup_printf("before=%" G_GINT64_FORMAT, last->run_index);
  g_autofree char *link = ak_page_link(request, request->path, query);
  ak_html_open(html, "nav", "class", "pager", "aria-label", ak_text(request->lang, "web.pages"),
               NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.older"), "href", link, "rel", "next",
                  NULL);
  ak_html_close(html);
}

bool ak_page_runs(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *words = ak_page_asked(request, "q");
  if (words != NULL)
    return show_found(request, words, response, error);
  AkRunsFilter all = {0};
  gint64 before = before_of(request);
  g_autoptr(GPtrArray) runs =
      ak_workspace_runs_page(request->workspace, &all, before, MAX_ROWS + 1, error);
  if (runs == NULL)
    return false;
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, "web.runs"));
  if (runs->len == 0)
    ak_page_empty(html, request, before == G_MAXINT64 ? "web.no-runs" : "web.no-more-runs",
                  "web.no-runs.do", "akashi product init product.yaml\nakashi verify product.yaml");
  if (runs->len > 0)
    ak_page_runs_begin(html, request, false);
  for (guint i = 0; i < runs->len && i < MAX_ROWS; i++)
    ak_page_runs_add(html, request, runs->pdata[i], false);
  if (runs->len > 0)
    ak_page_table_end(html);
  if (runs->len > MAX_ROWS)
    add_older(html, request, runs->pdata[MAX_ROWS - 1]);
  ak_page_end(html, request, response);
  return true;
}
