/* Downloads of a run's files, and the style sheet. */
#include "web/pages/pages.h"

#include <gio/gio.h>
#include <string.h>

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
bool ak_page_is_run_file(const char *name) {
  return *name != '.' && strchr(name, '/') == NULL && strlen(name) < 200 &&
         !ak_workspace_is_private(name);
}

GBytes *ak_page_run_file(const AkPageRequest *request, const char *run_id, const char *name,
                         GError **error) {
  if (!ak_page_is_run_file(name) || !ak_page_is_run_file(run_id)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", ak_text(request->lang, "web.no-such-file"));
    return NULL;
  }
  g_autofree char *path =
      g_build_filename(ak_workspace_dir(request->workspace), "runs", run_id, name, NULL);
  char *bytes = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &bytes, &size, NULL)) {
    g_autofree char *text = ak_text_format(request->lang, "web.no-file", run_id, name);
    ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", text);
    return NULL;
  }
  return g_bytes_new_take(bytes, size);
}

bool ak_page_file(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *name = request->parameters[1];
  response->body = ak_page_run_file(request, request->parameters[0], name, error);
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
