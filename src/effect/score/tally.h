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
  guint8 part;                                /* AkEffectPart, once all outcomes are there */
  gint64 took_ns;                             /* sum of the runs without an error */
  gint64 alerted_ns;                          /* slowest; −1: none */
  gint64 score_ppm;                           /* lowest of an attack, highest of harmless work */
  guint16 wrongs;           /* missed, a false alarm, or an error */
  struct AkEffectWrong *wrong; /* the first such; NULL: none */
} AkEffectCell;

typedef struct AkEffectWrong {
  AkEffectOutcome first; /* of the lowest repetition */
  char *line;            /* the product's own, once it was asked for; or NULL */
} AkEffectWrong;

/* Wall time of a product in a repetition. */
typedef struct {
  gint64 first_ns, last_ns;
  guint64 cases;
} AkEffectSpan;

/* Cases in a category, in the order of bases; a case may be in several. */
typedef struct {
  char *name;
  guint32 *numbers; /* on the shelf */
  guint32 count;
} AkEffectCategory;

/* What there is of each case lies on the shelf; in memory is what there is of products, of corpora and of
 * categories. */
struct _AkEffectScore {
  const AkEffectScoreSpec *spec;
  AkShelf *shelf;
  guint32 *starts;       /* [corpora + 1] number of a corpus's first case among all */
  guint32 case_count;    /* of all corpora */
  guint32 *bases;        /* [cases] number of its base; cases of different corpora share none */
  guint32 *order;        /* [cases] all cases, sorted by base */
  guint8 *marks;         /* [cases] of AK_EFFECT_MARK_… */
  AkEffectCell **cells;  /* [products + 1][cases]; the last row is the control run */
  GArray **spans;        /* [products + 1] of AkEffectSpan, a repetition each */
  guint8 *given;         /* [(products + 1) * cases * repetitions / 8] bits: came already */
  GPtrArray *categories; /* of AkEffectCategory, by name */
  guint64 *rows, *spare; /* [2 * cases] room in which one figure after the other is sorted */
  guint32 dispute_count;
  guint64 added;      /* outcomes */
  guint given_stride; /* repetitions that fit */
};

#define AK_EFFECT_MARK_ATTACK 1
#define AK_EFFECT_MARK_DISPUTED 2
#define AK_EFFECT_MARK_EXCLUDED 4

static inline bool ak_effect_score_is(const AkEffectScore *self, guint32 number, guint8 mark) {
  return (self->marks[number] & mark) != 0;
}

/* Call it with the count of a loop over cases in their order; the other one where they are looked at, or what
 * is kept of wrong ones is, in an order of their own. */
void ak_effect_score_breathe(const AkEffectScore *self, guint32 count);
void ak_effect_score_breathe_often(const AkEffectScore *self, guint32 count);

guint ak_effect_score_corpus_number(const AkEffectScore *self, guint32 number);

static inline const AkEffectCase *ak_effect_score_case(const AkEffectScore *self, guint32 number) {
  guint which = ak_effect_score_corpus_number(self, number);
  const AkEffectCorpus *corpus = self->spec->corpora->pdata[which];
  return corpus->cases->pdata[number - self->starts[which]];
}

static inline const AkEffectCorpus *ak_effect_score_corpus(const AkEffectScore *self,
                                                           guint32 number) {
  return self->spec->corpora->pdata[ak_effect_score_corpus_number(self, number)];
}

static inline const AkEffectCell *ak_effect_score_cell(const AkEffectScore *self, guint product,
                                                       guint32 number) {
  return &self->cells[product][number];
}

/* Why a case counts for no product: as ak_effect_unproven, or "control-missing"; or NULL. */
const char *ak_effect_score_excluded(const AkEffectScore *self, guint32 number);

/* Fills `categories`. */
bool ak_effect_score_categorize(AkEffectScore *self, GError **error);

/* In which part of a product's result a case stands. */
typedef enum {
  AK_EFFECT_NOWHERE, /* excluded, of another kind, or never tried */
  AK_EFFECT_HEADLINE,
  AK_EFFECT_CONFORMANCE,
  AK_EFFECT_FUNCTION_CHECK,
} AkEffectPart;

/* All outcomes are there: what is excluded is marked, and each cell knows its part. */
void ak_effect_score_settle(AkEffectScore *self);

static inline AkEffectPart ak_effect_score_part(const AkEffectScore *self, guint product,
                                                guint32 number) {
  return (AkEffectPart)self->cells[product][number].part;
}

/* The first `count` keys (ak_shelf_key) of `rows` as values in order; they lie on the shelf until the
 * next figure. */
const double *ak_effect_score_sorted(const AkEffectScore *self, gsize count);

/* Right in every repetition. */
bool ak_effect_cell_is_hit(const AkEffectCell *cell);   /* detected each time, no error */
bool ak_effect_cell_is_alarm(const AkEffectCell *cell); /* alarmed once or more */
bool ak_effect_cell_is_error(const AkEffectCell *cell);
