#include "app/chain-draw.h"

#include <string.h>

#include "report/chain-figure.h"
#include "report/chain-report.h"

const char *const ak_app_chain_draw_formats[] = {"svg", "png", "pdf", "dot", NULL};

static AkChainMap *map_of(const AkAppChain *self, const json_t *analysis, const AkAppChainDrawSpec *spec,
                          GError **error) {
  const json_t *world = json_object_get(json_object_get(analysis, "worlds"), spec->world);
  if (json_object_get(analysis, "bounded") != NULL) { /* it would show the worst alone, and all else as out of reach */
    ak_error_set(error, AK_ERROR_LIMIT, "%s", ak_text(spec->lang, "chain.bounded.no-picture"));
    return NULL;
  }
  if (world != NULL)
    return ak_chain_map_new(self->chain, world, spec->detail);
  ak_error_set(error, AK_ERROR_CONFIG, "%s: claimed or backed is wanted", spec->world);
  return NULL;
}

AkFigure *ak_app_chain_figure(const AkAppChain *self, const json_t *analysis, const AkAppChainDrawSpec *spec,
                              GError **error) {
  g_autoptr(AkChainMap) map = map_of(self, analysis, spec, error);
  return map != NULL ? ak_report_chain_figure(map, spec->world, spec->lang, error) : NULL;
}

static GBytes *text_bytes(char *text) {
  return g_bytes_new_take(text, strlen(text));
}

GBytes *ak_app_chain_draw(const AkAppChain *self, const json_t *analysis, const AkAppChainDrawSpec *spec,
                          const char *format, GError **error) {
  if (strcmp(format, "dot") == 0) {
    g_autoptr(AkChainMap) map = map_of(self, analysis, spec, error);
    return map != NULL ? text_bytes(ak_report_chain_dot(map, spec->lang)) : NULL;
  }
  g_autoptr(AkFigure) figure = ak_app_chain_figure(self, analysis, spec, error);
  if (figure == NULL)
    return NULL;
  if (strcmp(format, "png") == 0)
    return ak_figure_to_png(figure, error);
  if (strcmp(format, "pdf") == 0)
    return ak_figure_to_pdf(figure, self->now_utc_us, error);
  return text_bytes(ak_figure_to_svg(figure));
}

/* Searching measures for a large chain takes long, and a report is to come at once: that is asked for alone. */
static json_t *plan_of(const AkAppChain *self, const AkAppChainReportSpec *spec, GError **error) {
  const AkAppChainPlanSpec planning = {.impact = spec->impact, .assumed_yen = spec->assumed_yen};
  if (!ak_chain_model_is_large(self->model))
    return ak_app_chain_plan(self, &planning, error);
  ak_error_set(error, AK_ERROR_LIMIT, "%s", ak_text(spec->lang, "chain.plan.too-large"));
  return NULL;
}

GBytes *ak_app_chain_report(const AkAppChain *self, const json_t *analysis, const AkAppChainReportSpec *spec,
                            const char *format, GError **error) {
  g_autoptr(GError) no_plan = NULL, no_figure = NULL;
  AkAppChainDrawSpec draw = {.world = "backed", .detail = AK_CHAIN_MAP_ELEMENTS, .lang = spec->lang};
  g_autoptr(json_t) plan = plan_of(self, spec, &no_plan);
  AkReportChainInput input = {.chain = self->chain,
                              .analysis = analysis,
                              .plan = plan,
                              .impact = ak_chain_impact_classes[spec->impact],
                              .run_page = spec->run_page,
                              .figure = ak_app_chain_figure(self, analysis, &draw, &no_figure),
                              .now_utc_us = self->now_utc_us};
  if (no_plan != NULL) /* what a person can mend is said in the language of the report */
    input.no_plan = g_error_matches(no_plan, AK_ERROR, AK_ERROR_CONFIG) ? ak_text(spec->lang, "chain.report.no-plan")
                                                                         : no_plan->message;
  input.no_figure = no_figure != NULL ? no_figure->message : NULL;
  g_autoptr(AkDoc) doc = ak_report_chain_doc(&input, spec->lang);
  return ak_report_chain_bytes(doc, format, self->now_utc_us, error);
}
