/* A kept value chain: its picture and analysis, its text, its versions. */
#include <string.h>

#include "app/chain-draw.h"
#include "report/chain-report.h"
#include "report/chain.h"
#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

#define ROWS 15 /* of a table; the report has all */

/* --- the chain itself ------------------------------------------------------------------------------------------- */

static void add_picture(AkHtml *html, const AkPageRequest *request, const AkAppChain *chain, const json_t *analysis) {
  AkAppChainDrawSpec spec = {.world = "backed", .detail = AK_CHAIN_MAP_ELEMENTS, .lang = request->lang};
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkFigure) figure = ak_app_chain_figure(chain, analysis, &spec, &failure);
  ak_page_element(html, request, "h2", "chain.report.picture");
  if (figure == NULL) {
    ak_html_element(html, "p", failure->message, "class", "problem", NULL);
    return;
  }
  ak_html_open(html, "div", "class", "wide picture", "tabindex", "0", "role", "region", "aria-label",
               ak_text(request->lang, "chain.report.picture"), NULL);
  ak_figure_to_html(figure, html);
  ak_html_close(html);
}

static void add_analysis(AkHtml *html, const AkPageRequest *request, const AkAppChain *chain, const json_t *analysis) {
  g_autoptr(AkDoc) doc = ak_doc_new(request->lang, chain->chain->name);
  ak_report_chain_add_heat(doc->root, analysis, request->lang);
  ak_report_chain_add_titles(doc->root, analysis, request->lang);
  ak_report_chain_add_worlds(doc->root, analysis, ROWS, request->lang);
  g_autofree char *behind = g_strdup_printf("?lang=%s", ak_lang_name(request->lang));
  const AkReportChainRunPage page = {"/runs/", behind};
  ak_report_chain_add(doc->root, analysis, ROWS, &page, request->lang);
  ak_html_open(html, "div", "class", "document", NULL);
  ak_doc_add_html(doc, html);
  ak_html_close(html);
}

/* A text that cannot be read stays to be mended: its problems, and the way to it. */
static bool show_broken(const AkPageRequest *request, AkPageResponse *response, const char *name, const GError *failure) {
  AkHtml *html = ak_page_chain_begin(request, name, "");
  ak_page_chain_problems(html, request, "web.chain.not-read", failure->message);
  ak_page_end(html, request, response);
  return true;
}

bool ak_page_chain(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[0];
  g_autoptr(GError) failure = NULL;
  if (ak_page_chain_newest(request, name, NULL, error) == 0)
    return false;
  g_autoptr(AkAppChain) chain = ak_chain_edit_open(request->workspace, name, 0, request->lang, &failure);
  if (chain == NULL)
    return show_broken(request, response, name, failure);
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  if (analysis == NULL)
    return false;
  AkHtml *html = ak_page_chain_begin(request, name, "");
  ak_html_element(html, "p", chain->chain->name, "dir", "auto", NULL);
  add_picture(html, request, chain, analysis);
  ak_page_chain_add_files(html, request, name, chain);
  add_analysis(html, request, chain, analysis);
  ak_page_end(html, request, response);
  return true;
}

/* --- its text --------------------------------------------------------------------------------------------------- */

/* The text of a version; the caller's. */
static char *text_of(const AkPageRequest *request, const char *name, guint32 number, GError **error) {
  g_autofree char *path = ak_chain_store_path(request->workspace, name, number, error), *text = NULL;
  g_autoptr(GError) failure = NULL;
  gsize size = 0;
  if (path == NULL || g_file_get_contents(path, &text, &size, &failure))
    return g_steal_pointer(&text);
  ak_error_set(error, AK_ERROR_IO, "%s: the file cannot be read", name);
  return NULL;
}

static void show_text(const AkPageRequest *request, AkPageResponse *response, const char *name, gint64 base,
                      const char *text, const char *problem) {
  AkHtml *html = ak_page_chain_begin(request, name, "text");
  g_autofree char *path = ak_page_chain_path(name, "text");
  if (problem != NULL) {
    ak_page_chain_problems(html, request, "web.chain.not-kept", problem);
    response->status = 400;
  }
  ak_page_form_begin(html, request, path, "stack");
  ak_page_chain_hidden(html, "base", base);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chain.text.label"), "for", "text", NULL);
  ak_html_open(html, "kbd", NULL);
  ak_html_element(html, "textarea", text, "id", "text", "name", "text", "rows", "30", "spellcheck", "false", NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_html_element(html, "button", ak_text(request->lang, "web.chain.keep"), "type", "submit", NULL);
  ak_html_close(html);
  ak_page_end(html, request, response);
}

bool ak_page_chain_text(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[0], *sent = ak_page_sent(request, "text");
  guint32 newest = ak_page_chain_newest(request, name, NULL, error);
  g_autoptr(GError) failure = NULL;
  if (newest == 0)
    return false;
  if (request->form == NULL) {
    g_autofree char *text = text_of(request, name, (guint32)ak_page_chain_number(request, "version", 0), error);
    if (text != NULL)
      show_text(request, response, name, newest, text, NULL);
    return text != NULL;
  }
  gint64 base = ak_page_chain_number(request, "base", 0);
  if (ak_chain_edit_check(sent != NULL ? sent : "", request->lang, &failure) &&
      ak_page_chain_keep(request, response, name, (guint32)base, g_strdup(sent), "", NULL, &failure))
    return true;
  bool is_late = g_error_matches(failure, AK_ERROR, AK_ERROR_CONFLICT);
  show_text(request, response, name, newest, sent != NULL ? sent : "",
            is_late ? ak_text(request->lang, "web.chain.late") : failure->message);
  return true;
}

/* --- its versions ------------------------------------------------------------------------------------------------- */

/* A link to what changed since a version; `path` NULL: it is the newest. */
static void add_compared(AkHtml *html, const AkPageRequest *request, const char *name, const char *number, const char *path) {
  g_autofree char *side = g_strdup_printf("%s:%s", name, number), *query = ak_page_query("before", side);
  g_autofree char *link = path != NULL ? ak_page_link(request, path, query) : NULL;
  g_autofree char *says = ak_text_format(request->lang, "web.chain.since", number);
  if (path != NULL)
    ak_page_cell_link(html, request, "web.chain.compare", says, link);
  else
    ak_page_cell_text(html, request, "web.chain.compare", "–");
}

static void add_versions(AkHtml *html, const AkPageRequest *request, const char *name, const GArray *versions) {
  static const char *const heads[] = {"web.chain.version", "web.chain.text", "web.chain.compare", NULL};
  g_autofree char *path = ak_page_chain_path(name, "text"), *compare = ak_page_chain_path(name, "compare");
  ak_page_table_begin(html, request, "web.chain.versions", heads);
  for (guint i = versions->len; i > 0; i--) {
    g_autofree char *number = g_strdup_printf("%u", g_array_index(versions, AkChainVersion, i - 1).number);
    g_autofree char *query = g_strdup_printf("version=%s", number), *link = ak_page_link(request, path, query);
    g_autofree char *says = ak_text_format(request->lang, "web.chain.text-of", number);
    ak_page_row(html);
    ak_page_cell_head(html, request, "web.chain.version");
    ak_html_text(html, number);
    ak_html_close(html);
    ak_page_cell(html, request, "web.chain.text", NULL);
    ak_html_element(html, "a", says, "href", link, NULL);
    ak_html_close(html);
    add_compared(html, request, name, number, i < versions->len ? compare : NULL);
    ak_html_close(html);
  }
  ak_page_table_end(html);
}

static bool show_versions(const AkPageRequest *request, AkPageResponse *response, const char *name,
                          const char *problem, GError **error) {
  g_autoptr(GArray) versions = ak_chain_store_versions(request->workspace, name, error);
  if (versions == NULL)
    return false;
  const AkChainVersion *newest = &g_array_index(versions, AkChainVersion, versions->len - 1);
  AkHtml *html = ak_page_chain_begin(request, name, "versions");
  if (problem != NULL) {
    ak_page_chain_problems(html, request, "web.chain.not-kept", problem);
    response->status = 409;
  }
  ak_page_element(html, request, "p", "web.chain.versions.about");
  if (newest->undo != 0)
    ak_page_chain_add_undo(html, request, name, newest->number, NULL);
  add_versions(html, request, name, versions);
  ak_page_end(html, request, response);
  return true;
}

bool ak_page_chain_versions(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[0];
  g_autoptr(GError) failure = NULL;
  const char *part = ak_page_sent(request, "part"); /* of the model, where undo was asked for there */
  bool is_part = part != NULL && g_strv_contains(ak_chain_edit_parts, part);
  g_autofree char *path = ak_page_chain_path(name, is_part ? "model" : ""), *query = is_part ? ak_page_query("part", part) : NULL;
  if (request->form == NULL)
    return show_versions(request, response, name, NULL, error);
  guint32 base = (guint32)ak_page_chain_number(request, "base", 0);
  if (ak_chain_store_undo(request->workspace, name, base, &failure) != 0) {
    ak_page_go_on(request, response, path, query);
    return true;
  }
  bool is_late = g_error_matches(failure, AK_ERROR, AK_ERROR_CONFLICT);
  return show_versions(request, response, name, is_late ? ak_text(request->lang, "web.chain.late") : failure->message, error);
}
