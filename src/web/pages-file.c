/* The proof page, downloads of a run's files, and the style sheet. */
#include "web/pages.h"

#include <gio/gio.h>
#include <string.h>

#include "proof/check.h"

int ak_page_compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct {
  const char *suffix, *content_type;
} content_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".json", "application/json"},
    {".bundle", "application/json"},
};

/* A plain file name of the run's folder: no way out of it. */
static bool is_plain_file(const char *name) {
  return *name != '.' && strchr(name, '/') == NULL && strlen(name) < 200 &&
         strcmp(name, AK_PRODUCT_FOLDER_FILE) != 0;
}

static GBytes *read_file(const AkPageRequest *request, const char *run_id, const char *name,
                         GError **error) {
  if (!is_plain_file(name) || !is_plain_file(run_id)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "no file %s", name);
    return NULL;
  }
  g_autofree char *path =
      g_build_filename(ak_workspace_dir(request->workspace), "runs", run_id, name, NULL);
  char *bytes = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &bytes, &size, NULL)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "run %s has no file %s", run_id, name);
    return NULL;
  }
  return g_bytes_new_take(bytes, size);
}

bool ak_page_file(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[1];
  response->body = read_file(request, request->parameters[0], name, error);
  if (response->body == NULL)
    return false;
  response->content_type = "application/octet-stream";
  for (gsize i = 0; i < G_N_ELEMENTS(content_types); i++)
    if (g_str_has_suffix(name, content_types[i].suffix))
      response->content_type = content_types[i].content_type;
  response->report = g_str_has_suffix(name, ".html");
  if (!response->report)
    response->download = name;
  return true;
}

bool ak_page_style(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  response->body = g_resources_lookup_data("/akashi/web/style.css", 0, NULL);
  response->content_type = "text/css; charset=utf-8";
  return response->body != NULL ||
         ak_error_set(error, AK_ERROR_INTERNAL, "the style sheet is missing");
}

/* --- the proof ------------------------------------------------------------------------------------ */

static void add_check(AkHtml *html, const AkPageRequest *request, const char *id,
                      const char *prefix) {
  g_autofree char *text_id = g_strdup_printf("%s.%s", prefix, id);
  ak_html_element(html, "li", ak_text(request->lang, text_id), NULL);
}

static void add_list(AkHtml *html, const AkPageRequest *request, const char *heading_id,
                     const GPtrArray *ids, const char *prefix) {
  if (ids == NULL || ids->len == 0)
    return;
  ak_html_element(html, "h2", ak_text(request->lang, heading_id), NULL);
  ak_html_open(html, "ul", NULL);
  for (guint i = 0; i < ids->len; i++)
    add_check(html, request, ids->pdata[i], prefix);
  ak_html_close(html);
}

static void add_report(AkHtml *html, const AkPageRequest *request, const AkProofReport *report) {
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "span",
                  ak_text(request->lang, report->holds ? "web.proof-holds" : "web.proof-fails"),
                  "class", report->holds ? "badge pass" : "badge fail", NULL);
  ak_html_close(html);
  if (!report->holds) {
    g_autofree char *where =
        g_strdup_printf("%s – %s – %s ≠ %s", report->failed, report->place ? report->place : "",
                        report->found ? report->found : "",
                        report->expected ? report->expected : "");
    ak_html_element(html, "p", where, NULL);
  }
  g_autofree char *tree = g_strdup_printf("%" G_GUINT64_FORMAT, report->tree_size);
  ak_html_open(html, "dl", NULL);
  ak_html_element(html, "dt", ak_text(request->lang, "web.log-key"), NULL);
  ak_html_open(html, "dd", NULL);
  ak_html_element(html, "code", report->key, NULL);
  ak_html_close(html);
  ak_html_element(html, "dt", ak_text(request->lang, "web.tree-size"), NULL);
  ak_html_element(html, "dd", tree, NULL);
  ak_html_close(html);
  add_list(html, request, "web.checks", report->held, "proof.check");
  add_list(html, request, "web.without", report->without, "proof.without");
  add_list(html, request, "web.not-proven", report->not_proven, "proof.not-proven");
}

bool ak_page_proof(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autofree char *name = g_strdup_printf("%s.bundle", run_id);
  g_autoptr(GBytes) bundle = read_file(request, run_id, name, error);
  if (bundle == NULL)
    return false;
  gsize size = 0;
  const char *bytes = g_bytes_get_data(bundle, &size);
  g_auto(AkProofReport) report = {0};
  AkProofTrust trust = {0};
  if (!ak_proof_bundle_check(bytes, size, &trust, &report, error))
    return false;
  g_autofree char *title = g_strdup_printf("%s %s", ak_text(request->lang, "web.proof"), run_id);
  AkHtml *html = ak_page_begin(request, title);
  g_autofree char *back_path = g_strdup_printf("/runs/%s", run_id);
  g_autofree char *back = ak_page_link(request, back_path, NULL);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "a", run_id, "href", back, NULL);
  ak_html_close(html);
  g_autofree char *link = g_strdup_printf("/runs/%s/files/%s", run_id, name);
  g_autofree char *command = g_strdup_printf("akashi proof verify %s", name);
  add_report(html, request, &report);
  ak_html_element(html, "h2", ak_text(request->lang, "web.check-yourself"), NULL);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "a", name, "href", link, NULL);
  ak_html_close(html);
  ak_html_element(html, "pre", command, NULL);
  ak_page_end(html, request, response);
  return true;
}
