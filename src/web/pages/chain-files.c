/* What can be saved of a kept value chain: reports, pictures, the model and its analysis, tables for spreadsheets. */
#include <string.h>

#include "app/chain-draw.h"
#include "app/chain-files.h"
#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

#define IMPACT 2 /* of the plan in a report: serious */

typedef struct _File File;
typedef GBytes *(*MakeFile)(const AkAppChain *chain, const File *file, AkLang lang, GError **error);

struct _File {
  const char *group; /* text id of the heading under which it stands */
  const char *name, *format, *media_type;
  MakeFile make;
  int lang; /* of a file whose name says it; -1: that of the page */
};

/* --- how each is made ------------------------------------------------------------------------------------------ */

static GBytes *make_report(const AkAppChain *chain, const File *file, AkLang lang, GError **error) {
  AkAppChainReportSpec spec = {.impact = IMPACT, .assumed_yen = AK_APP_CHAIN_ASSUMED_YEN, .lang = lang};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  return analysis != NULL ? ak_app_chain_report(chain, analysis, &spec, file->format, error) : NULL;
}

static GBytes *make_picture(const AkAppChain *chain, const File *file, AkLang lang, GError **error) {
  AkAppChainDrawSpec spec = {.world = "backed", .detail = AK_CHAIN_MAP_ELEMENTS, .lang = lang};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  return analysis != NULL ? ak_app_chain_draw(chain, analysis, &spec, file->format, error) : NULL;
}

static GBytes *make_model(const AkAppChain *chain, const File *file, AkLang lang, GError **error) {
  return ak_app_chain_export(chain, file->format, error);
}

static GBytes *make_analysis(const AkAppChain *chain, const File *file, AkLang lang, GError **error) {
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  gsize size = 0;
  char *text = analysis != NULL ? ak_json_canonical(analysis, &size, error) : NULL;
  return text != NULL ? g_bytes_new_take(text, size) : NULL;
}

/* NOT_FOUND where the table has no rows. */
static GBytes *make_table(const AkAppChain *chain, const File *file, AkLang lang, GError **error) {
  char *text = NULL;
  if (!ak_app_chain_export_table(chain, file->name, &text, error))
    return NULL;
  if (text != NULL)
    return g_bytes_new_take(text, strlen(text));
  ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", file->name);
  return NULL;
}

/* --- all of them ------------------------------------------------------------------------------------------------ */

#define HTML "text/html; charset=utf-8"
#define CSV "text/csv; charset=utf-8"
#define TABLE(name) {"web.chain.files.tables", name, "csv", CSV, make_table, -1}

/* Those of a group stand together. */
static const File files[] = {
    {"web.chain.files.reports", "report.en.html", "html", HTML, make_report, AK_LANG_EN},
    {"web.chain.files.reports", "report.ja.html", "html", HTML, make_report, AK_LANG_JA},
    {"web.chain.files.reports", "report.en.pdf", "pdf", "application/pdf", make_report, AK_LANG_EN},
    {"web.chain.files.reports", "report.ja.pdf", "pdf", "application/pdf", make_report, AK_LANG_JA},
    {"web.chain.files.pictures", "picture.svg", "svg", "image/svg+xml", make_picture, -1},
    {"web.chain.files.pictures", "picture.png", "png", "image/png", make_picture, -1},
    {"web.chain.files.model", "chain.yaml", "yaml", "text/plain; charset=utf-8", make_model, -1},
    {"web.chain.files.model", "chain.json", "json", "application/json", make_model, -1},
    {"web.chain.files.model", "chain.oscal-ssp.json", "oscal-ssp", "application/oscal+json", make_model, -1},
    {"web.chain.files.model", "analysis.json", "analysis", "application/json", make_analysis, -1},
    TABLE("chain.csv"),
    TABLE("elements.csv"),
    TABLE("measures.csv"),
    TABLE("relations.csv"),
    TABLE("acceptances.csv"),
    TABLE("impacts.csv"),
};

/* Tables are small; whether one has rows is known by making it. */
static bool is_there(const AkAppChain *chain, const File *file, AkLang lang) {
  g_autoptr(GBytes) bytes = file->make == make_table ? make_table(chain, file, lang, NULL) : NULL;
  return bytes != NULL || file->make != make_table;
}

static void add_file(AkHtml *html, const AkPageRequest *request, const char *name, const File *file) {
  g_autofree char *part = g_strdup_printf("files/%s", file->name), *path = ak_page_chain_path(name, part);
  g_autofree char *link = ak_page_link(request, path, NULL);
  ak_html_open(html, "li", NULL);
  ak_html_element(html, "a", file->name, "href", file->lang >= 0 ? path : link, NULL);
  ak_html_close(html);
}

void ak_page_chain_add_files(AkHtml *html, const AkPageRequest *request, const char *name, const AkAppChain *chain) {
  ak_page_element(html, request, "h2", "web.chain.files");
  ak_html_open(html, "dl", "class", "files", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(files);) {
    const char *group = files[i].group;
    ak_page_element(html, request, "dt", group);
    ak_html_open(html, "dd", NULL);
    ak_html_open(html, "ul", "class", "inline", NULL);
    for (; i < G_N_ELEMENTS(files) && strcmp(files[i].group, group) == 0; i++)
      if (is_there(chain, &files[i], request->lang))
        add_file(html, request, name, &files[i]);
    ak_html_close(html);
    ak_html_close(html);
  }
  ak_html_close(html);
}

bool ak_page_chain_file(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const File *file = files, *end = files + G_N_ELEMENTS(files);
  while (file < end && strcmp(file->name, request->parameters[1]) != 0)
    file++;
  if (file == end)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", request->parameters[1]);
  g_autoptr(AkAppChain) chain = ak_chain_edit_open(request->workspace, request->parameters[0], 0, request->lang, error);
  AkLang lang = file->lang >= 0 ? (AkLang)file->lang : request->lang;
  response->body = chain != NULL ? file->make(chain, file, lang, error) : NULL;
  if (response->body == NULL)
    return false;
  response->content_type = file->media_type;
  response->report = strcmp(file->format, "html") == 0;
  if (!response->report)
    response->download = request->parameters[1];
  return true;
}
