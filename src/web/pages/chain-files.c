/* What can be saved of a kept value chain. */
#include <string.h>

#include "app/chain-download.h"
#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

static void add_file(AkHtml *html, const AkPageRequest *request, const char *name, const AkAppChainDownload *file) {
  g_autofree char *part = g_strdup_printf("files/%s", file->name), *path = ak_page_chain_path(name, part);
  g_autofree char *link = ak_page_link(request, path, NULL);
  ak_html_open(html, "li", NULL);
  ak_html_element(html, "a", file->name, "href", file->lang >= 0 ? path : link, NULL);
  ak_html_close(html);
}

void ak_page_chain_add_files(AkHtml *html, const AkPageRequest *request, const char *name, const AkAppChain *chain) {
  ak_page_element(html, request, "h2", "web.chain.files");
  ak_html_open(html, "dl", "class", "files", NULL);
  for (const AkAppChainDownload *file = ak_app_chain_downloads; file->name != NULL;) {
    const char *group = file->group;
    g_autofree char *id = g_strdup_printf("web.chain.files.%s", group);
    ak_page_element(html, request, "dt", id);
    ak_html_open(html, "dd", NULL);
    ak_html_open(html, "ul", "class", "inline", NULL);
    for (; file->name != NULL && strcmp(file->group, group) == 0; file++)
      if (ak_app_chain_download_is_there(file, chain))
        add_file(html, request, name, file);
    ak_html_close(html);
    ak_html_close(html);
  }
  ak_html_close(html);
}

bool ak_page_chain_file(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const AkAppChainDownload *file = ak_app_chain_download_find(request->parameters[1]);
  if (file == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", request->parameters[1]);
  g_autoptr(AkAppChain) chain = ak_chain_edit_open(request->workspace, request->parameters[0], 0, request->lang, error);
  if (chain != NULL)
    ak_app_chain_figure_out(chain);
  response->body = chain != NULL ? ak_app_chain_download_make(file, chain, request->lang, error) : NULL;
  if (response->body == NULL)
    return false;
  response->content_type = file->media_type;
  response->report = strcmp(file->format, "html") == 0;
  if (!response->report)
    response->download = request->parameters[1];
  return true;
}
