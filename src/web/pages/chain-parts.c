#include "web/pages/chain-parts.h"

#include <string.h>

#include "web/pages/pages.h"

char *ak_page_chain_path(const char *name, const char *part) {
  return *part != '\0' ? g_strdup_printf("/chains/%s/%s", name, part) : g_strdup_printf("/chains/%s", name);
}

static void add_places(AkHtml *html, const AkPageRequest *request, const char *name, const char *part) {
  static const char *const parts[][2] = {
      {"", "web.chain.analysis"},          {"model", "web.chain.model"},     {"text", "web.chain.text"},
      {"versions", "web.chain.versions"}, {"compare", "web.chain.compare"}};
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.chain.pages"), NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *path = ak_page_chain_path(name, parts[i][0]), *link = ak_page_link(request, path, NULL);
    ak_html_element(html, "a", ak_text(request->lang, parts[i][1]), "href", link, "aria-current",
                    strcmp(parts[i][0], part) == 0 ? "page" : NULL, NULL);
  }
  ak_html_close(html);
}

AkHtml *ak_page_chain_begin(const AkPageRequest *request, const char *name, const char *part) {
  g_autofree char *chains = ak_page_link(request, "/chains", NULL), *own = ak_page_chain_path(name, "");
  g_autofree char *chain = ak_page_link(request, own, NULL), *id = g_strdup_printf("web.chain.%s", part);
  AkPageCrumb trail[] = {{ak_text(request->lang, "web.chains"), chains}, {*part != '\0' ? name : NULL, chain}, {NULL, NULL}};
  const char *here = *part != '\0' ? ak_text(request->lang, id) : name;
  g_autofree char *title = *part != '\0' ? g_strdup_printf("%s: %s", name, here) : g_strdup(name);
  AkHtml *html = ak_page_begin_under(request, title, here, trail);
  add_places(html, request, name, part);
  return html;
}

void ak_page_chain_problems(AkHtml *html, const AkPageRequest *request, const char *title_id, const char *message) {
  g_auto(GStrv) lines = g_strsplit(message, "\n", 0);
  ak_html_open(html, "div", "class", "problem", "role", "alert", NULL);
  ak_page_element(html, request, "p", title_id);
  ak_html_open(html, "ul", NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    ak_html_element(html, "li", lines[i], "dir", "auto", NULL);
  ak_html_close(html);
  ak_html_close(html);
}

void ak_page_chain_hidden(AkHtml *html, const char *name, gint64 number) {
  g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, number);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", name, "value", text, NULL);
}

gint64 ak_page_chain_number(const AkPageRequest *request, const char *name, gint64 fallback) {
  const char *text = request->form != NULL ? ak_page_sent(request, name) : ak_page_asked(request, name);
  gint64 number = fallback;
  if (text == NULL || !g_ascii_string_to_signed(text, 10, 0, G_MAXUINT32, &number, NULL))
    return fallback;
  return number;
}

guint32 ak_page_chain_newest(const AkPageRequest *request, const char *name, bool *may_undo, GError **error) {
  g_autoptr(GArray) versions = ak_chain_store_versions(request->workspace, name, error);
  if (versions == NULL)
    return 0;
  const AkChainVersion *newest = &g_array_index(versions, AkChainVersion, versions->len - 1);
  if (may_undo != NULL)
    *may_undo = newest->undo != 0;
  return newest->number;
}

void ak_page_chain_add_undo(AkHtml *html, const AkPageRequest *request, const char *name, guint32 base, const char *part) {
  g_autofree char *path = ak_page_chain_path(name, "versions");
  ak_page_form_begin(html, request, path, NULL);
  ak_page_chain_hidden(html, "base", base);
  if (part != NULL)
    ak_html_element(html, "input", NULL, "type", "hidden", "name", "part", "value", part, NULL);
  ak_html_element(html, "button", ak_text(request->lang, "web.chain.undo"), "type", "submit", NULL);
  ak_html_close(html);
}

bool ak_page_chain_keep(const AkPageRequest *request, AkPageResponse *response, const char *name, guint32 base,
                        char *taken, const char *part, const char *query, GError **error) {
  g_autoptr(GBytes) bytes = g_bytes_new_take(taken, strlen(taken));
  g_autofree char *path = ak_page_chain_path(name, part);
  if (ak_chain_store_save(request->workspace, name, base, bytes, error) == 0)
    return false;
  ak_page_go_on(request, response, path, query);
  return true;
}
