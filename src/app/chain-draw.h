/* The picture of a value chain in one of its formats. */
#pragma once

#include "app/chain.h"
#include "doc/figure.h"
#include "report/chain-map.h"
#include "report/chain.h"

typedef struct {
  const char *world;        /* "claimed" or "backed": whose incidents are shown */
  AkChainMapDetail detail;  /* at least so coarse */
  AkLang lang;
} AkAppChainDrawSpec;

/* `analysis`: of the chain. The caller's; CONFIG where the world is none, else as ak_report_chain_figure. */
AkFigure *ak_app_chain_figure(const AkAppChain *self, const json_t *analysis, const AkAppChainDrawSpec *spec,
                              GError **error);

/* `format`: one of ak_app_chain_draw_formats. The caller's. The same chain, day and words give the same bytes. */
extern const char *const ak_app_chain_draw_formats[]; /* svg, png, pdf, dot; ends with NULL */
GBytes *ak_app_chain_draw(const AkAppChain *self, const json_t *analysis, const AkAppChainDrawSpec *spec,
                          const char *format, GError **error);

typedef struct {
  guint impact;       /* of the plan, as in AkAppChainPlanSpec */
  gint64 assumed_yen;
  AkLang lang;
  const AkReportChainRunPage *run_page; /* where a server shows runs; NULL: nowhere */
} AkAppChainReportSpec;

/* The report as "html", "pdf", "text" or "markdown"; where the picture or the plan cannot be made, it says why. The
 * caller's. Errors as ak_doc_to_pdf. */
GBytes *ak_app_chain_report(const AkAppChain *self, const json_t *analysis, const AkAppChainReportSpec *spec,
                            const char *format, GError **error);
