/* The report of a value chain: what an analysis and a plan say, with the picture and the heat map. */
#pragma once

#include "core/chain.h"
#include "doc/doc.h"
#include "doc/figure.h"
#include "report/chain.h"

typedef struct {
  const AkChain *chain;
  const json_t *analysis; /* docs/formats/chain-analysis.md */
  const json_t *plan;     /* or NULL, and then why not */
  const char *no_plan;
  const char *impact;     /* class that the plan is for */
  const AkReportChainRunPage *run_page; /* as for ak_report_chain_add */
  AkFigure *figure;       /* taken; or NULL, and then why not */
  const char *no_figure;
  gint64 now_utc_us;      /* as of when */
} AkReportChainInput;

/* The caller's. */
AkDoc *ak_report_chain_doc(const AkReportChainInput *input, AkLang lang);

/* The heat map: layers and their functions × the six elements, counts of open risk sources. */
void ak_report_chain_add_heat(AkDocNode *parent, const json_t *analysis, AkLang lang);
/* What can be reached in either world, side by side; `most` rows, the rest is counted. */
void ak_report_chain_add_worlds(AkDocNode *parent, const json_t *analysis, guint most, AkLang lang);

/* Its bytes as "html", "pdf", "text" or "markdown". The caller's. */
GBytes *ak_report_chain_bytes(const AkDoc *doc, const char *format, gint64 now_utc_us, GError **error);
