/* What can be taken away of a run: its report in every form and language, the bundle, what was delivered with it. */
#include "app/report.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "report/kind.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

static const struct {
  AkLang lang;
  const char *name; /* of the language, in itself */
} languages[] = {{AK_LANG_JA, "日本語"}, {AK_LANG_EN, "English"}};

static char *report_link(const char *run_id, const char *file, const char *query) {
  g_autofree char *run = g_uri_escape_string(run_id, NULL, FALSE);
  g_autofree char *name = g_uri_escape_string(file, NULL, FALSE);
  return g_strdup_printf("/runs/%s/reports/%s%s", run, name, query);
}

/* --- the reports ------------------------------------------------------------------------------------ */

static bool is_html(const AkReportKind *kind) { return strcmp(kind->name, "html") == 0; }

static void add_file(AkHtml *html, const AkPageRequest *request, const AkReportKind *kind,
                     const char *run_id, AkLang lang, const char *text) {
  g_autofree char *file = ak_report_kind_file(kind, run_id, lang);
  g_autofree char *link = report_link(run_id, file, is_html(kind) ? "?save=1" : "");
  ak_html_open(html, "span", "class", "pair", NULL);
  const char *in = kind->one_language ? NULL : ak_lang_name(lang);
  ak_html_element(html, "a", text, "href", link, "download", file, "hreflang", in, "lang", in, NULL);
  if (is_html(kind)) {
    g_autofree char *look = report_link(run_id, file, "");
    g_autofree char *label =
        g_strdup_printf("%s (%s)", ak_text(request->lang, "web.open"), text);
    ak_html_text(html, " · ");
    ak_html_element(html, "a", ak_text(request->lang, "web.open"), "href", look, "aria-label",
                    label, NULL);
  }
  ak_html_close(html);
  ak_html_text(html, " ");
}

static void add_files(AkHtml *html, const AkPageRequest *request, const AkReportKind *kind, const char *run_id) {
  if (kind->one_language)
    add_file(html, request, kind, run_id, request->lang, ak_text(request->lang, "web.save"));
  for (gsize i = 0; !kind->one_language && i < G_N_ELEMENTS(languages); i++)
    add_file(html, request, kind, run_id, languages[i].lang, languages[i].name);
}

static void add_kind(AkHtml *html, const AkPageRequest *request, const AkReportKind *kind, const AkRunState *state) {
  bool has = kind->has == NULL || kind->has(json_object_get(state->verdict, "verdicts"));
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.what");
  ak_html_text(html, ak_text(request->lang, kind->title_id));
  ak_html_close(html);
  ak_page_cell(html, request, "web.format", NULL);
  ak_html_element(html, "code", kind->name, NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.media-type", NULL);
  ak_html_element(html, "code", kind->media_type, NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.files", NULL);
  if (has)
    add_files(html, request, kind, state->run_id);
  else
    ak_html_text(html, ak_text(request->lang, "web.nothing-to-do"));
  ak_html_close(html);
  ak_html_close(html);
}

static void add_reports(AkHtml *html, const AkPageRequest *request, const AkRunState *state) {
  static const char *const heads[] = {"web.what", "web.format", "web.media-type", "web.files",
                                      NULL};
  ak_page_element(html, request, "h2", "web.reports");
  ak_page_element(html, request, "p", "web.reports.note");
  ak_page_table_begin(html, request, "web.reports", heads);
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++)
    add_kind(html, request, &ak_report_kinds[i], state);
  ak_page_table_end(html);
}

/* --- files of the run's folder ---------------------------------------------------------------------- */

static GPtrArray *names_of(const AkPageRequest *request, const char *run_id) {
  g_autofree char *folder =
      g_build_filename(ak_workspace_dir(request->workspace), "runs", run_id, NULL);
  g_autoptr(GDir) dir = ak_page_is_run_file(run_id) ? g_dir_open(folder, 0, NULL) : NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
    if (ak_page_is_run_file(name) && g_utf8_validate(name, -1, NULL))
      g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, ak_page_compare_names);
  return names;
}

static const char *what_is(const char *run_id, const char *name) {
  g_autofree char *bundle = g_strdup_printf("%s.bundle", run_id);
  return strcmp(name, bundle) == 0 ? "web.file.bundle" : "web.file.delivered";
}

static void add_delivered(AkHtml *html, const AkPageRequest *request, const char *run_id,
                          const char *name) {
  g_autofree char *encoded = g_uri_escape_string(name, NULL, FALSE);
  g_autofree char *run = g_uri_escape_string(run_id, NULL, FALSE);
  g_autofree char *link = g_strdup_printf("/runs/%s/files/%s", run, encoded);
  g_autofree char *path =
      g_build_filename(ak_workspace_dir(request->workspace), "runs", run_id, name, NULL);
  GStatBuf status = {0};
  g_autofree char *size =
      g_stat(path, &status) == 0 ? g_format_size((guint64)status.st_size) : g_strdup("–");
  ak_page_row(html);
  ak_page_cell_link(html, request, "web.file", name, link);
  ak_page_cell_text(html, request, "web.what", ak_text(request->lang, what_is(run_id, name)));
  ak_page_cell_text(html, request, "web.size", size);
  ak_html_close(html);
}

static void add_folder(AkHtml *html, const AkPageRequest *request, const AkRunState *state) {
  static const char *const heads[] = {"web.file", "web.what", "web.size", NULL};
  const char *run_id = state->run_id;
  g_autoptr(GPtrArray) names = names_of(request, run_id);
  g_autofree char *command = g_strdup_printf("akashi proof export %s", run_id);
  ak_page_element(html, request, "h2", "web.delivered");
  if (names->len == 0) {
    ak_page_empty(html, request, "web.no-files",
                  state->verdict != NULL ? "web.no-bundle.do" : "web.no-verdict",
                  state->verdict != NULL ? command : "akashi verify --resume");
    return;
  }
  ak_page_table_begin(html, request, "web.delivered", heads);
  for (guint i = 0; i < names->len; i++)
    add_delivered(html, request, run_id, names->pdata[i]);
  ak_page_table_end(html);
}

bool ak_page_downloads(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  g_autofree char *title =
      g_strdup_printf("%s %s", ak_text(request->lang, "web.downloads"), run_id);
  AkHtml *html = ak_page_run_begin(request, view->state, title, "downloads", NULL);
  if (view->state->verdict != NULL)
    add_reports(html, request, view->state);
  add_folder(html, request, view->state);
  ak_page_end(html, request, response);
  return true;
}

/* --- one report ------------------------------------------------------------------------------------- */

static const AkReportKind *kind_of(const char *run_id, const char *file, AkLang *lang) {
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++)
    for (gsize l = 0; l < G_N_ELEMENTS(languages); l++) {
      g_autofree char *name = ak_report_kind_file(&ak_report_kinds[i], run_id, languages[l].lang);
      if (strcmp(name, file) == 0) {
        *lang = languages[l].lang;
        return &ak_report_kinds[i];
      }
    }
  return NULL;
}

bool ak_page_report(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0], *file = request->parameters[1];
  AkReportOptions options = {0};
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  const AkReportKind *kind = view != NULL ? kind_of(run_id, file, &options.lang) : NULL;
  if (view == NULL)
    return false;
  if (kind == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s",
                        ak_text(request->lang, "web.no-such-file"));
  if (view->state->verdict == NULL)
    return ak_error_set(error, AK_ERROR_CONFLICT, "%s", ak_text(request->lang, "web.no-verdict"));
  g_autoptr(json_t) report = ak_app_report(request->workspace, run_id, NULL, 0, error);
  GBytes *body = report != NULL ? kind->write(report, &options, error) : NULL;
  if (body == NULL)
    return false;
  response->body = body;
  response->content_type = kind->media_type;
  response->report = is_html(kind);
  if (!response->report || ak_page_asked(request, "save") != NULL)
    response->download = file;
  return true;
}
