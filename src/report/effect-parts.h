/* Parts of the report of a trial, a file each. */
#pragma once

#include "report/effect.h"

typedef struct {
  const json_t *result;
  const json_t *products; /* of the result */
  AkLang lang;
  guint most;
  bool draws;
} AkEffectPage;

static inline const char *ak_effect_page_word(const AkEffectPage *self, const char *id) {
  return ak_text(self->lang, id);
}

/* "93.8 %"; "–" for a value that is missing. Caller frees. */
char *ak_effect_percent(const json_t *value);
/* "93.8 % [91.2, 95.9] (750/800)", "12/15, too few", "–". Caller frees. */
char *ak_effect_figure_text(const AkEffectPage *self, const json_t *figure);
/* "1,234" of a whole number, "12.3" of another; "–" where it is missing. Caller frees. */
char *ak_effect_number_text(const json_t *value);

/* Does any case count for a rate? */
bool ak_effect_page_has_headline(const AkEffectPage *self);

/* Charts; NULL where nothing can be drawn. The caller's. */
AkFigure *ak_effect_chart_intervals(const AkEffectPage *self, const char *member,
                                    const char *title);
AkFigure *ak_effect_chart_overhead(const AkEffectPage *self, const char *title);
AkFigure *ak_effect_chart_roc(const AkEffectPage *self, const char *title);

void ak_effect_page_figures(const AkEffectPage *self,
                            AkDocNode *root); /* what follows from the rates */
void ak_effect_page_comparisons(const AkEffectPage *self, AkDocNode *root);
void ak_effect_page_cases(const AkEffectPage *self,
                          AkDocNode *root); /* misses, false alarms, excluded */
/* Comments, disputes, retests, withdrawals, as they were entered; nothing where there is none. */
void ak_effect_page_notes(const AkEffectPage *self, AkDocNode *root);
void ak_effect_page_plan(const AkEffectPage *self, AkDocNode *root); /* plan, checklist, log */
void ak_effect_page_panel(const AkEffectPage *self,
                          AkDocNode *root); /* facts and experts' scores */
