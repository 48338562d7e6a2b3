/* Products, a product with its versions, a version with its runs: what was verified, and what holds today. */
#include "app/lists.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_PRODUCTS 100 /* a page */
#define MAX_RUNS 200     /* of a version; older ones are counted */

/* --- what holds now, by profile --------------------------------------------------------------------- */

/* Of runs, newest first: the newest judged one of each profile, by the profile's name. Borrowed. */
static GPtrArray *newest_of_profiles(const GPtrArray *runs) {
  GPtrArray *newest = g_ptr_array_new();
  for (guint i = 0; i < runs->len; i++) {
    const AkRunRow *run = runs->pdata[i];
    bool is_known = run->verdict_index < 0;
    for (guint n = 0; !is_known && n < newest->len; n++)
      is_known = strcmp(((const AkRunRow *)newest->pdata[n])->profile, run->profile) == 0;
    if (!is_known)
      g_ptr_array_add(newest, (gpointer)run);
  }
  return newest;
}

static void add_profile(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  g_autofree char *link = ak_page_run_link(request, run->run_id);
  ak_html_open(html, "div", "class", "standing", NULL);
  ak_html_element(html, "a", run->profile, "href", link, NULL);
  ak_html_text(html, " ");
  ak_page_counts(html, request, run);
  ak_page_validity_of_run(html, request, run);
  ak_html_close(html);
}

static void add_profiles(AkHtml *html, const AkPageRequest *request, const GPtrArray *runs) {
  g_autoptr(GPtrArray) newest = newest_of_profiles(runs);
  for (guint i = 0; i < newest->len; i++)
    add_profile(html, request, newest->pdata[i]);
  if (newest->len == 0)
    ak_page_element(html, request, "span", "web.unfinished");
}

static GPtrArray *runs_of(const AkPageRequest *request, const char *name, const char *version,
                          GError **error) {
  AkRunsFilter filter = {.product_name = name, .product_version = version};
  return ak_workspace_runs_page(request->workspace, &filter, G_MAXINT64, MAX_RUNS + 1, error);
}

/* --- rows ------------------------------------------------------------------------------------------- */

static const char *named(const char *text) { return *text != '\0' ? text : "–"; }

static void add_runs_cell(AkHtml *html, const AkPageRequest *request, gint64 runs) {
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, runs);
  ak_page_cell(html, request, "web.runs", "number");
  ak_html_text(html, text);
  ak_html_close(html);
}

static void add_when(AkHtml *html, const AkPageRequest *request, const AkRunRow *newest) {
  g_autofree char *when = ak_page_time(MAX(newest->planned_utc_us, 0));
  ak_page_cell(html, request, "web.newest-run", "date");
  ak_html_text(html, when);
  ak_html_close(html);
}

/* A product, with how its newest version stands; or a version, where `of` names the product. */
static bool add_row(AkHtml *html, const AkPageRequest *request, const AkProductFound *found,
                    const char *of, GError **error) {
  const AkRunRow *newest = found->newest;
  const char *version = of != NULL ? found->row->name : newest->product_version;
  g_autoptr(GPtrArray) runs =
      runs_of(request, of != NULL ? of : found->row->name, version, error);
  g_autofree char *link = of != NULL ? ak_page_version_link(request, of, version)
                                     : ak_page_product_link(request, found->row->name);
  if (runs == NULL)
    return false;
  ak_page_row(html);
  ak_page_cell_head(html, request, of != NULL ? "web.version" : "web.product");
  ak_html_element(html, "a", named(found->row->name), "href", link, "dir", "auto", NULL);
  ak_html_close(html);
  if (of == NULL) {
    g_autofree char *newest_link =
        ak_page_version_link(request, found->row->name, newest->product_version);
    ak_page_cell_text(html, request, "web.model", named(newest->product_model));
    ak_page_cell(html, request, "web.newest-version", NULL);
    ak_html_element(html, "a", named(newest->product_version), "href", newest_link, "dir", "auto",
                    NULL);
    ak_html_close(html);
  }
  ak_page_cell(html, request, "web.standing", NULL);
  add_profiles(html, request, runs);
  ak_html_close(html);
  add_runs_cell(html, request, found->row->runs);
  add_when(html, request, newest);
  ak_html_close(html);
  return true;
}

static void add_older(AkHtml *html, const AkPageRequest *request, const GPtrArray *rows,
                      const char *query) {
  if (rows->len <= MAX_PRODUCTS)
    return;
  const AkProductFound *last = rows->pdata[MAX_PRODUCTS - 1];
  g_autofree char *asked = g_strdup_printf("%s%sbefore=%" G_GINT64_FORMAT, query,
                                           *query != '\0' ? "&" : "", last->row->newest_index);
  g_autofree char *link = ak_page_link(request, request->path, asked);
  ak_html_open(html, "nav", "class", "pager", "aria-label", ak_text(request->lang, "web.pages"),
               NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.older"), "href", link, "rel", "next",
                  NULL);
  ak_html_close(html);
}

static gint64 before_of(const AkPageRequest *request) {
  const char *asked = ak_page_asked(request, "before");
  gint64 before = G_MAXINT64;
  if (asked != NULL)
    g_ascii_string_to_signed(asked, 10, 0, G_MAXINT64, &before, NULL);
  return before;
}

static bool add_rows(AkHtml *html, const AkPageRequest *request, const GPtrArray *rows,
                     const char *of, GError **error) {
  static const char *const products[] = {"web.product", "web.model",      "web.newest-version",
                                         "web.standing", "web.runs", "web.newest-run", NULL};
  static const char *const versions[] = {"web.version", "web.standing", "web.runs",
                                         "web.newest-run", NULL};
  ak_page_table_begin(html, request, of != NULL ? "web.versions" : "web.products",
                      of != NULL ? versions : products);
  for (guint i = 0; i < rows->len && i < MAX_PRODUCTS; i++)
    if (!add_row(html, request, rows->pdata[i], of, error))
      return false;
  ak_page_table_end(html);
  return true;
}

/* --- pages ------------------------------------------------------------------------------------------ */

bool ak_page_products(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  g_autoptr(GPtrArray) rows = ak_workspace_products(request->workspace, before_of(request),
                                                    MAX_PRODUCTS + 1, error);
  if (rows == NULL)
    return false;
  g_autoptr(AkHtml) html = ak_page_begin(request, ak_text(request->lang, "web.products"));
  if (rows->len == 0)
    ak_page_empty(html, request, "web.no-products", "web.no-runs.do",
                  "akashi product init product.yaml\nakashi verify product.yaml");
  else if (!add_rows(html, request, rows, NULL, error))
    return false;
  add_older(html, request, rows, "");
  ak_page_end(g_steal_pointer(&html), request, response);
  return true;
}

static const char *name_of(const AkPageRequest *request, GError **error) {
  const char *name = g_hash_table_lookup(request->query, "name");
  if (name == NULL)
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(request->lang, "web.name-needed"));
  return name;
}

bool ak_page_product(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = name_of(request, error);
  g_autoptr(GPtrArray) rows =
      name != NULL ? ak_workspace_versions(request->workspace, name, before_of(request),
                                           MAX_PRODUCTS + 1, error)
                   : NULL;
  if (rows == NULL)
    return false;
  g_autofree char *products = ak_page_link(request, "/products", NULL);
  g_autofree char *query = ak_page_query("name", name);
  AkPageCrumb trail[] = {{ak_text(request->lang, "web.products"), products}, {NULL, NULL}};
  g_autoptr(AkHtml) html = ak_page_begin_under(request, named(name), named(name), trail);
  ak_page_element(html, request, "h2", "web.versions");
  if (!add_rows(html, request, rows, name, error))
    return false;
  add_older(html, request, rows, query);
  ak_page_end(g_steal_pointer(&html), request, response);
  return true;
}

/* Each profile of the version once, with what it says today. */
static void add_standing(AkHtml *html, const AkPageRequest *request, const GPtrArray *runs) {
  static const char *const heads[] = {"web.profile", "web.result", "web.run", "web.when", NULL};
  g_autoptr(GPtrArray) newest = newest_of_profiles(runs);
  ak_page_element(html, request, "h2", "web.standing");
  if (newest->len == 0) {
    ak_page_empty(html, request, "web.no-verdict", NULL, "akashi verify --resume");
    return;
  }
  ak_page_table_begin(html, request, "web.standing", heads);
  for (guint i = 0; i < newest->len; i++) {
    const AkRunRow *run = newest->pdata[i];
    g_autofree char *link = ak_page_run_link(request, run->run_id);
    g_autofree char *when = ak_page_time(MAX(run->planned_utc_us, 0));
    ak_page_row(html);
    ak_page_cell_head(html, request, "web.profile");
    ak_html_text(html, run->profile);
    ak_html_close(html);
    ak_page_cell(html, request, "web.result", NULL);
    ak_page_counts(html, request, run);
    ak_page_validity_of_run(html, request, run);
    ak_html_close(html);
    ak_page_cell(html, request, "web.run", NULL);
    ak_html_element(html, "a", run->run_id, "href", link, NULL);
    ak_html_close(html);
    ak_page_cell_text(html, request, "web.when", when);
    ak_html_close(html);
  }
  ak_page_table_end(html);
}

bool ak_page_version(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = name_of(request, error);
  const char *asked = g_hash_table_lookup(request->query, "version");
  const char *version = asked != NULL ? asked : "";
  g_autoptr(GPtrArray) runs = name != NULL ? runs_of(request, name, version, error) : NULL;
  if (runs == NULL)
    return false;
  if (runs->len == 0)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s",
                        ak_text(request->lang, "web.no-such-version"));
  g_autofree char *products = ak_page_link(request, "/products", NULL);
  g_autofree char *product = ak_page_product_link(request, name);
  AkPageCrumb trail[] = {
      {ak_text(request->lang, "web.products"), products}, {named(name), product}, {NULL, NULL}};
  g_autofree char *title = g_strdup_printf("%s %s", name, version);
  AkHtml *html = ak_page_begin_under(request, title, named(version), trail);
  add_standing(html, request, runs);
  ak_page_element(html, request, "h2", "web.runs");
  ak_page_compare_form_begin(html, request);
  ak_page_runs_begin(html, request, true);
  for (guint i = 0; i < runs->len && i < MAX_RUNS; i++)
    ak_page_runs_add(html, request, runs->pdata[i], true);
  ak_page_table_end(html);
  if (runs->len > MAX_RUNS)
    ak_page_element(html, request, "p", "web.older-runs-left-out");
  ak_page_compare_form_end(html, request);
  ak_page_end(html, request, response);
  return true;
}
