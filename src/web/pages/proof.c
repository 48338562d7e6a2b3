/* The proof of a run, checked when it is asked for. */
#include "proof/check.h"

#include "web/pages/pages.h"
#include "web/pages/parts.h"

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

/* Without a bundle: how one is made. */
static void show_none(const AkPageRequest *request, const AkRunState *state, const char *title,
                      AkPageResponse *response) {
  g_autofree char *command = g_strdup_printf("akashi proof export %s", state->run_id);
  AkHtml *html = ak_page_run_begin(request, state, title, "proof", NULL);
  ak_page_empty(html, request, "web.no-bundle",
                state->verdict != NULL ? "web.no-bundle.do" : "web.no-verdict", command);
  ak_page_end(html, request, response);
}

bool ak_page_proof(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  g_autofree char *name = g_strdup_printf("%s.bundle", run_id);
  g_autofree char *title = g_strdup_printf("%s %s", ak_text(request->lang, "web.proof"), run_id);
  g_autoptr(GBytes) bundle = ak_page_run_file(request, run_id, name, NULL);
  if (bundle == NULL) {
    show_none(request, view->state, title, response);
    response->status = 404;
    return true;
  }
  gsize size = 0;
  const char *bytes = g_bytes_get_data(bundle, &size);
  g_auto(AkProofReport) report = {0};
  AkProofTrust trust = {0};
  if (!ak_proof_bundle_check(bytes, size, &trust, &report, error))
    return false;
  AkHtml *html = ak_page_run_begin(request, view->state, title, "proof", NULL);
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
