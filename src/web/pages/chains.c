/* Value chains that are kept here: a list, and a form that adds one. */
#include <gio/gio.h>
#include <string.h>

#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

static void add_row(AkHtml *html, const AkPageRequest *request, const char *name) {
  g_autofree char *path = ak_page_chain_path(name, ""), *link = ak_page_link(request, path, NULL);
  g_autoptr(GArray) versions = ak_chain_store_versions(request->workspace, name, NULL);
  g_autofree char *count = g_strdup_printf("%u", versions != NULL ? versions->len : 0);
  ak_page_row(html);
  ak_page_cell_link(html, request, "web.chain", name, link);
  ak_page_cell_text(html, request, "web.chain.versions", count);
  ak_html_close(html);
}

static void add_list(AkHtml *html, const AkPageRequest *request, const GPtrArray *names) {
  static const char *const heads[] = {"web.chain", "web.chain.versions", NULL};
  if (names->len == 0) {
    ak_page_empty(html, request, "web.chains.none", "web.chains.none.do", NULL);
    return;
  }
  ak_page_table_begin(html, request, "web.chains", heads);
  for (guint i = 0; i < names->len; i++)
    add_row(html, request, names->pdata[i]);
  ak_page_table_end(html);
}

/* Names of the examples that the program carries: "factory". Sorted, the caller's. */
static GStrv examples(void) {
  g_auto(GStrv) files = g_resources_enumerate_children("/akashi/skeleton", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    if (g_str_has_prefix(files[i], "chain-") && g_str_has_suffix(files[i], ".yaml.txt")) {
      g_autofree char *name = g_strndup(files[i] + strlen("chain-"), strlen(files[i]) - strlen("chain-.yaml.txt"));
      g_strv_builder_add(names, name);
    }
  g_auto(GStrv) found = g_strv_builder_end(names);
  qsort(found, g_strv_length(found), sizeof *found, ak_page_compare_names);
  return g_steal_pointer(&found);
}

static const char *example_text(const AkPageRequest *request, const char *name) {
  g_autofree char *id = g_strdup_printf("web.chains.example.%s", name);
  const char *text = ak_text(request->lang, id);
  return text != id ? text : name;
}

static void add_examples(AkHtml *html, const AkPageRequest *request) {
  g_auto(GStrv) names = examples();
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chains.example"), "for", "example", NULL);
  ak_html_open(html, "select", "id", "example", "name", "example", NULL);
  ak_html_element(html, "option", ak_text(request->lang, "web.chains.no-example"), "value", "", NULL);
  for (guint i = 0; names[i] != NULL; i++)
    ak_html_element(html, "option", example_text(request, names[i]), "value", names[i], NULL);
  ak_html_close(html);
  ak_html_close(html);
}

static void add_form(AkHtml *html, const AkPageRequest *request) {
  const char *name = ak_page_sent(request, "name"), *text = ak_page_sent(request, "text");
  ak_page_element(html, request, "h2", "web.chains.new");
  ak_page_form_begin(html, request, "/chains", "stack");
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chains.name"), "for", "name", NULL);
  ak_html_element(html, "input", NULL, "type", "text", "id", "name", "name", "name", "value", name != NULL ? name : "",
                  "required", "", "maxlength", "64", "pattern", "[A-Za-z0-9\\-]+", NULL);
  ak_html_close(html);
  add_examples(html, request);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chains.text"), "for", "text", NULL);
  ak_html_open(html, "kbd", NULL);
  ak_html_element(html, "textarea", text != NULL ? text : "", "id", "text", "name", "text", "rows", "12", "spellcheck",
                  "false", NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_html_element(html, "button", ak_text(request->lang, "web.chains.add"), "type", "submit", NULL);
  ak_html_close(html);
}

static void add_upload(AkHtml *html, const AkPageRequest *request) {
  g_autofree char *link = ak_page_link(request, "/chains", NULL);
  ak_page_element(html, request, "h2", "web.chains.upload");
  ak_html_open(html, "form", "method", "post", "action", link, "enctype", "multipart/form-data", "class", "stack", NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "key", "value", request->form_key, NULL);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chains.name"), "for", "upload-name", NULL);
  ak_html_element(html, "input", NULL, "type", "text", "id", "upload-name", "name", "name", "required", "", "maxlength", "64",
                  "pattern", "[A-Za-z0-9\\-]+", NULL);
  ak_html_close(html);
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.chains.file"), "for", "file", NULL);
  ak_html_element(html, "input", NULL, "type", "file", "id", "file", "name", "text", "required", "", NULL);
  ak_html_close(html);
  ak_html_element(html, "button", ak_text(request->lang, "web.chains.add"), "type", "submit", NULL);
  ak_html_close(html);
}

static bool show(const AkPageRequest *request, AkPageResponse *response, const char *problem, GError **error) {
  g_autoptr(GPtrArray) names = ak_chain_store_names(request->workspace, error);
  if (names == NULL)
    return false;
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, "web.chains"));
  if (problem != NULL) {
    ak_page_chain_problems(html, request, "web.chain.not-kept", problem);
    response->status = 400;
  }
  add_list(html, request, names);
  add_form(html, request);
  add_upload(html, request);
  ak_page_end(html, request, response);
  return true;
}

/* The text that was sent, or the example that was chosen; the caller's, NULL for neither. */
static char *sent_text(const AkPageRequest *request) {
  const char *text = ak_page_sent(request, "text"), *example = ak_page_sent(request, "example");
  g_auto(GStrv) names = examples();
  if (text != NULL || example == NULL || !g_strv_contains((const char *const *)names, example))
    return g_strdup(text);
  g_autofree char *path = g_strdup_printf("/akashi/skeleton/chain-%s.yaml.txt", example);
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

bool ak_page_chains(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = ak_page_sent(request, "name");
  g_autoptr(GError) failure = NULL;
  if (request->form == NULL)
    return show(request, response, NULL, error);
  g_autofree char *text = sent_text(request);
  if (name == NULL || !ak_chain_store_is_name(name) || text == NULL)
    return show(request, response, ak_text(request->lang, "web.chains.needed"), error);
  if (ak_chain_edit_check(text, request->lang, &failure) &&
      ak_page_chain_keep(request, response, name, 0, g_steal_pointer(&text), "", NULL, &failure))
    return true;
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_CONFLICT))
    return show(request, response, ak_text(request->lang, "web.chains.taken"), error);
  return show(request, response, failure->message, error);
}
