/* A kept value chain beside another, or beside a version of its own: what differs. */
#include <string.h>

#include "app/chain-diff.h"
#include "report/chain-diff.h"
#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

#define ROWS 100     /* of a list; the API has all */
#define VERSIONS 100 /* of its own that are offered, the newest */

/* "NAME" or "NAME:VERSION": a name has no colon. */
typedef struct {
  char *name;
  guint32 number; /* 0: the newest */
} Side;

static Side side_of(const char *text) {
  const char *colon = strchr(text, ':');
  gint64 number = 0;
  if (colon == NULL)
    return (Side){g_strdup(text), 0};
  if (!g_ascii_string_to_signed(colon + 1, 10, 1, G_MAXUINT32, &number, NULL))
    return (Side){g_strdup(""), 0};
  return (Side){g_strndup(text, (gsize)(colon - text)), (guint32)number};
}

/* --- the form --------------------------------------------------------------------------------------------------- */

static void add_option(AkHtml *html, const char *value, const char *text, const char *asked) {
  ak_html_element(html, "option", text, "value", value, "selected", g_strcmp0(value, asked) == 0 ? "" : NULL, NULL);
}

static void add_versions(AkHtml *html, const AkPageRequest *request, const char *name, const char *asked) {
  g_autoptr(GArray) versions = ak_chain_store_versions(request->workspace, name, NULL);
  guint before = versions != NULL ? versions->len - 1 : 0;
  for (guint i = before; i > 0 && i + VERSIONS > before; i--) {
    guint32 number = g_array_index(versions, AkChainVersion, i - 1).number;
    g_autofree char *value = g_strdup_printf("%s:%u", name, number), *text = g_strdup_printf("%u", number);
    g_autofree char *says = ak_text_format(request->lang, "web.chain.compare.version", text);
    add_option(html, value, says, asked);
  }
}

static void add_before(AkHtml *html, const AkPageRequest *request, const char *name, const GPtrArray *names,
                       const char *asked) {
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chain.compare.before"), "for", "before", NULL);
  ak_html_open(html, "select", "id", "before", "name", "before", "required", "", NULL);
  ak_html_element(html, "option", "–", "value", "", NULL);
  add_versions(html, request, name, asked);
  for (guint i = 0; i < names->len; i++)
    if (strcmp(names->pdata[i], name) != 0)
      add_option(html, names->pdata[i], names->pdata[i], asked);
  ak_html_close(html);
  ak_html_close(html);
}

static void add_impact(AkHtml *html, const AkPageRequest *request, gint impact) {
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chain.compare.impact"), "for", "impact", NULL);
  ak_html_open(html, "select", "id", "impact", "name", "impact", NULL);
  for (guint i = 0; ak_chain_impact_classes[i] != NULL; i++) {
    g_autofree char *id = g_strdup_printf("chain.impact.%s", ak_chain_impact_classes[i]);
    add_option(html, ak_chain_impact_classes[i], ak_text(request->lang, id), ak_chain_impact_classes[impact]);
  }
  ak_html_close(html);
  ak_html_close(html);
}

static void add_form(AkHtml *html, const AkPageRequest *request, const char *name, const GPtrArray *names, gint impact) {
  g_autofree char *path = ak_page_chain_path(name, "compare");
  ak_html_open(html, "form", "method", "get", "action", path, "class", "stack", NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "lang", "value", ak_lang_name(request->lang), NULL);
  add_before(html, request, name, names, ak_page_asked(request, "before"));
  add_impact(html, request, impact);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "button", ak_text(request->lang, "web.compare"), "type", "submit", NULL);
  ak_html_close(html);
  ak_html_close(html);
}

/* --- what differs ------------------------------------------------------------------------------------------------ */

static json_t *diff_of(const AkPageRequest *request, const char *name, const char *asked, gint impact, GError **error) {
  Side side = side_of(asked);
  g_autofree char *other = side.name;
  g_autoptr(AkAppChain) before = ak_chain_edit_open(request->workspace, other, side.number, request->lang, error);
  g_autoptr(AkAppChain) after =
      before != NULL ? ak_chain_edit_open(request->workspace, name, 0, request->lang, error) : NULL;
  AkAppChainPlanSpec spec = {.impact = (guint)impact, .assumed_yen = AK_APP_CHAIN_ASSUMED_YEN};
  return after != NULL ? ak_app_chain_diff(before, after, &spec, error) : NULL;
}

static void add_diff(AkHtml *html, const AkPageRequest *request, const char *title, const json_t *diff) {
  g_autoptr(AkDoc) doc = ak_doc_new(request->lang, title);
  ak_report_chain_add_diff(doc->root, diff, ROWS, request->lang);
  ak_html_open(html, "div", "class", "document", NULL);
  ak_html_element(html, "h2", title, "dir", "auto", NULL);
  ak_doc_add_html(doc, html);
  ak_html_close(html);
}

bool ak_page_chain_compare(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[0], *asked = ak_page_asked(request, "before");
  gint impact = ak_chain_word(ak_chain_impact_classes, ak_page_asked(request, "impact"));
  g_autoptr(GPtrArray) names = ak_chain_store_names(request->workspace, error);
  g_autoptr(GError) failure = NULL;
  if (names == NULL || ak_page_chain_newest(request, name, NULL, error) == 0)
    return false;
  impact = impact < 0 ? AK_APP_CHAIN_IMPACT : impact;
  g_autoptr(json_t) diff = asked != NULL ? diff_of(request, name, asked, impact, &failure) : NULL;
  AkHtml *html = ak_page_chain_begin(request, name, "compare");
  if (failure != NULL) {
    response->status = g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND) ? 404 : 400;
    ak_page_chain_problems(html, request, "web.chain.not-compared", failure->message);
  }
  ak_page_element(html, request, "p", "web.chain.compare.about");
  add_form(html, request, name, names, impact);
  g_autofree char *title = g_strdup_printf("%s → %s", asked, name);
  if (diff != NULL)
    add_diff(html, request, title, diff);
  ak_page_end(html, request, response);
  return true;
}
