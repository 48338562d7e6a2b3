#include "app/chain-download.h"

#include <string.h>

#include "app/chain-draw.h"
#include "app/chain-files.h"

/* --- how each is made ------------------------------------------------------------------------------------------ */

static GBytes *make_report(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error) {
  const AkReportChainRunPage page = {"/runs/", lang == AK_LANG_JA ? "?lang=ja" : "?lang=en"}; /* the server's own */
  AkAppChainReportSpec spec = {.impact = AK_APP_CHAIN_IMPACT, .assumed_yen = AK_APP_CHAIN_ASSUMED_YEN, .lang = lang, .run_page = &page};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  return analysis != NULL ? ak_app_chain_report(chain, analysis, &spec, self->format, error) : NULL;
}

static GBytes *make_picture(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error) {
  AkAppChainDrawSpec spec = {.world = "backed", .detail = AK_CHAIN_MAP_ELEMENTS, .lang = lang};
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  return analysis != NULL ? ak_app_chain_draw(chain, analysis, &spec, self->format, error) : NULL;
}

static GBytes *make_model(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error) {
  return ak_app_chain_export(chain, self->format, error);
}

static GBytes *make_analysis(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error) {
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, error);
  gsize size = 0;
  char *text = analysis != NULL ? ak_json_canonical(analysis, &size, error) : NULL;
  return text != NULL ? g_bytes_new_take(text, size) : NULL;
}

/* NOT_FOUND where the table has no rows. */
static GBytes *make_table(const AkAppChain *chain, const AkAppChainDownload *self, AkLang lang, GError **error) {
  char *text = NULL;
  if (!ak_app_chain_export_table(chain, self->name, &text, error))
    return NULL;
  if (text != NULL)
    return g_bytes_new_take(text, strlen(text));
  ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", self->name);
  return NULL;
}

/* --- all of them ------------------------------------------------------------------------------------------------ */

#define HTML "text/html; charset=utf-8"
#define CSV "text/csv; charset=utf-8"
#define TABLE(name) {"tables", name, "csv", CSV, make_table, -1}

const AkAppChainDownload ak_app_chain_downloads[] = {
    {"reports", "report.en.html", "html", HTML, make_report, AK_LANG_EN},
    {"reports", "report.ja.html", "html", HTML, make_report, AK_LANG_JA},
    {"reports", "report.en.pdf", "pdf", "application/pdf", make_report, AK_LANG_EN},
    {"reports", "report.ja.pdf", "pdf", "application/pdf", make_report, AK_LANG_JA},
    {"pictures", "picture.svg", "svg", "image/svg+xml", make_picture, -1},
    {"pictures", "picture.png", "png", "image/png", make_picture, -1},
    {"model", "chain.yaml", "yaml", "text/plain; charset=utf-8", make_model, -1},
    {"model", "chain.json", "json", "application/json", make_model, -1},
    {"model", "chain.oscal-ssp.json", "oscal-ssp", "application/oscal+json", make_model, -1},
    {"model", "analysis.json", "analysis", "application/json", make_analysis, -1},
    TABLE("chain.csv"),
    TABLE("elements.csv"),
    TABLE("measures.csv"),
    TABLE("relations.csv"),
    TABLE("acceptances.csv"),
    TABLE("impacts.csv"),
    {.name = NULL},
};

const AkAppChainDownload *ak_app_chain_download_find(const char *name) {
  const AkAppChainDownload *row = ak_app_chain_downloads;
  while (row->name != NULL && strcmp(row->name, name) != 0)
    row++;
  return row->name != NULL ? row : NULL;
}

/* Tables are small; whether one has rows is known by making it. */
bool ak_app_chain_download_is_there(const AkAppChainDownload *self, const AkAppChain *chain) {
  g_autoptr(GBytes) bytes = self->make == make_table ? make_table(chain, self, AK_LANG_EN, NULL) : NULL;
  return bytes != NULL || self->make != make_table;
}

GBytes *ak_app_chain_download_make(const AkAppChainDownload *self, const AkAppChain *chain, AkLang lang, GError **error) {
  return self->make(chain, self, self->lang >= 0 ? (AkLang)self->lang : lang, error);
}
