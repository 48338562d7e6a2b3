/* What is kept of the outcomes while they come: one cell a product and case, all repetitions summed
 * up. Inside score/ alone. */
#pragma once

#include "effect/score/score.h"

/* Counts are of repetitions. */
typedef struct {
  guint16 runs; /* without those in which the range itself failed */
  guint16 hits; /* detected, or for harmless work alarmed; never in a run with an error */
  guint16 errors;
  guint16 harness;
  guint16 happened[3], blocked[3], logged[3]; /* by AkEffectFact */
  guint16 let_through;                        /* effect seen though the product said "blocked" */
  guint16 failed_open;                        /* effect seen in a run with an error */
  guint8 error;                               /* AkEffectError of the first such */
  gint64 took_ns;                             /* sum of the runs without an error */
  gint64 alerted_ns;                          /* slowest; −1: none */
  gint64 score_ppm;                           /* lowest of an attack, highest of harmless work */
  guint16 wrongs;                             /* missed, a false alarm, or an error */
  guint32 wrong; /* 1 + number of the first such among the row's `wrongs` */
} AkEffectCell;

/* Wall time of a product in a repetition. */
typedef struct {
  gint64 first_ns, last_ns;
  guint64 cases;
} AkEffectSpan;

/* A case in a category: cases may be in several. */
typedef struct {
  const char *category; /* borrowed of the case */
  guint32 place;        /* in the order of bases */
} AkEffectMember;

struct _AkEffectScore {
  const AkEffectScoreSpec *spec;
  guint32 *starts;      /* [corpora + 1] number of a corpus's first case among all */
  guint32 case_count;   /* of all corpora */
  guint32 *corpus_of;   /* [cases] */
  guint32 *bases;       /* [cases] number of its base; cases of different corpora share none */
  guint32 *order;       /* [cases] all cases, sorted by base */
  AkEffectCell **cells; /* [products + 1][cases]; the last row is the control run */
  GArray **wrongs;      /* [products + 1] of AkEffectOutcome: the first wrong one of a case */
  GArray **spans;       /* [products + 1] of AkEffectSpan, a repetition each */
  guint8 *given;        /* [(products + 1) * cases * repetitions / 8] bits: came already */
  GArray *members;      /* of AkEffectMember: cases by category */
  guint8 *disputed;     /* [cases] */
  guint32 dispute_count;
  guint given_stride; /* repetitions that fit */
};

static inline const AkEffectCase *ak_effect_score_case(const AkEffectScore *self, guint32 number) {
  const AkEffectCorpus *corpus = self->spec->corpora->pdata[self->corpus_of[number]];
  return corpus->cases->pdata[number - self->starts[self->corpus_of[number]]];
}

static inline const AkEffectCorpus *ak_effect_score_corpus(const AkEffectScore *self,
                                                           guint32 number) {
  return self->spec->corpora->pdata[self->corpus_of[number]];
}

static inline const AkEffectCell *ak_effect_score_cell(const AkEffectScore *self, guint product,
                                                       guint32 number) {
  return &self->cells[product][number];
}

/* Why a case counts for no product: as ak_effect_unproven, or "control-missing"; or NULL. */
const char *ak_effect_score_excluded(const AkEffectScore *self, guint32 number);

/* By category, then by base. The caller's. */
GArray *ak_effect_score_members(const AkEffectScore *self);

/* In which part of a product's result a case stands. */
typedef enum {
  AK_EFFECT_HEADLINE,
  AK_EFFECT_CONFORMANCE,
  AK_EFFECT_FUNCTION_CHECK,
  AK_EFFECT_NOWHERE, /* excluded, of another kind, or never tried */
} AkEffectPart;
AkEffectPart ak_effect_score_part(const AkEffectScore *self, guint product, guint32 number);

/* Right in every repetition. */
bool ak_effect_cell_is_hit(const AkEffectCell *cell);   /* detected each time, no error */
bool ak_effect_cell_is_alarm(const AkEffectCell *cell); /* alarmed once or more */
bool ak_effect_cell_is_error(const AkEffectCell *cell);
