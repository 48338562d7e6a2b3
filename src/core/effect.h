/* A trial of effectiveness: the cases of its corpora and what became of each.
 *
 * What is kept apart for every attack: whether its effect happened at the target (seen by the
 * target, not by the product), whether it was blocked, and whether the product logged it. Of
 * harmless work the effect is its success at the target.
 */
#pragma once

#include "util/digest.h"
#include "util/error.h"
#include "util/shelf.h"

/* What a product is given, and so which adapter may run it. */
typedef enum {
  AK_EFFECT_HTTP,    /* one HTTP request, as sent */
  AK_EFFECT_CAPTURE, /* one packet capture (pcap) */
  AK_EFFECT_FILE,    /* one file */
  AK_EFFECT_LINE,    /* one JSON value, without line breaks */
} AkEffectKind;
extern const char *const ak_effect_kinds[]; /* "http", "capture", "file", "line"; ends with NULL */
/* The kind of that word; false where there is none. */
bool ak_effect_kind_find(const char *word, AkEffectKind *out);

typedef struct {
  char *id;   /* "sqli-017~chunked" */
  char *base; /* "sqli-017": the case that variants of it belong to; equals `id` where it is one */
  AkEffectKind kind;
  bool attack;    /* else it is harmless work */
  GStrv category; /* ids with their scheme: "attack:T1190", "cwe:89", "owasp:A03:2021" */
  char *source;   /* who made it */
  char *licence;  /* SPDX expression */
  char *marker;   /* attack: what the target says once its effect happened; or NULL */
  char *target;   /* kind http: the path of the weak application that it is meant for; or NULL */
  char *expects;  /* what its author's own tool expects of a product (docs/formats/corpus.md), as
                     JSON; or NULL */
  GBytes *bytes;  /* what the product is given; NULL of a case that lies on its corpus's shelf */
  gconstpointer data; /* there, and it alone, what the product is given: `size` bytes */
  gsize size;
} AkEffectCase;

/* What the product is given, of either kind of case. */
static inline gconstpointer ak_effect_case_data(const AkEffectCase *self, gsize *size) {
  if (self->bytes != NULL)
    return g_bytes_get_data(self->bytes, size);
  *size = self->size;
  return self->data;
}

typedef struct {
  char *id, *name;
  AkEffectKind kind;
  GStrv written_for;   /* product families whose makers wrote it or tune on it: there it is
                          conformance */
  bool function_check; /* shows that a product works, never how well it detects */
  bool burnt;          /* was sealed, and has been opened */
  AkDigest digest;     /* over its cases: docs/formats/corpus.md */
  GPtrArray *cases;    /* of AkEffectCase, by id */
  AkShelf *shelf;      /* on which all of them lie; NULL: each by itself in memory */
} AkEffectCorpus;

/* Three answers; the third is never taken for one of the others. */
typedef enum { AK_EFFECT_UNKNOWN, AK_EFFECT_NO, AK_EFFECT_YES } AkEffectFact;
extern const char *const ak_effect_facts[]; /* "unknown", "no", "yes"; ends with NULL */

/* Why a case has no clean answer. */
typedef enum {
  AK_EFFECT_FINE,
  AK_EFFECT_DIED,    /* the product ended */
  AK_EFFECT_HUNG,    /* no answer in time */
  AK_EFFECT_LATE,    /* an answer after its case had been closed */
  AK_EFFECT_BROKEN,  /* an answer that cannot be read */
  AK_EFFECT_LOST,    /* the product's log lacks what must stand in it */
  AK_EFFECT_FLOODED, /* more alerts than the plan takes for one case */
  AK_EFFECT_HARNESS, /* the range itself failed; never the product's fault */
} AkEffectError;
extern const char *const ak_effect_errors[]; /* "", "died", "hung" …; ends with NULL */

#define AK_EFFECT_NO_SCORE G_MININT64

/* What became of one case with one product in one repetition. Plain data: millions of them. */
typedef struct {
  guint32 product, corpus, case_index; /* numbers in the range file's order */
  guint32 repetition;                  /* 0 … ; the control run counts its own */
  guint8 happened, blocked, logged;    /* AkEffectFact */
  guint8 error;                        /* AkEffectError */
  gint64 score_ppm;         /* the product's own score in millionths, or AK_EFFECT_NO_SCORE */
  gint64 began_ns, took_ns; /* monotonic, from the trial's begin; round trip of the case */
  gint64 alerted_ns;        /* after `began_ns`, or -1: not alerted, or time not told */
  /* Where the answer's bytes stand among all answers of the product in the repetition, which are
   * kept as a blob a batch (docs/formats/trial.md); and the product's own log line in its log;
   * length 0: none. */
  guint64 answer_at, answer_length;
  guint64 line_at, line_length;
} AkEffectOutcome;

/* Why a control run that ended so does not prove a case: "control-error", "no-marker" (nothing says how
 * the effect of the attack would be known), "no-effect" (of the attack), "no-success" (of harmless work);
 * NULL where it proves it. Static. */
const char *ak_effect_unproven(const AkEffectCase *one, bool error, bool happened);

void ak_effect_case_free(AkEffectCase *self);
void ak_effect_corpus_free(AkEffectCorpus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectCase, ak_effect_case_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectCorpus, ak_effect_corpus_free)

/* A corpus without cases. Copies the texts. */
AkEffectCorpus *ak_effect_corpus_new(const char *id, AkEffectKind kind);

/* Takes a case over and lays it on the corpus's shelf, where it costs a process 8 bytes; what equals
 * that of the case before (category, source, licence …) lies there once. Of a corpus either all cases
 * come in this way or none. IO, LIMIT: as ak_shelf_take; the case is gone in any case. */
bool ak_effect_corpus_add(AkEffectCorpus *self, AkEffectCase *taken, GError **error);
/* Call it in loops over many cases, each some thousand of them: ak_shelf_breathe. */
void ak_effect_corpus_breathe(const AkEffectCorpus *self);
/* Of many (AkEffectCorpus): call it after so many looks at cases in no order, each of which may bring a dozen and
 * more pages into the process. */
#define AK_EFFECT_LOOKS 64
void ak_effect_corpora_breathe(const GPtrArray *corpora);
/* Call it for each case in a loop over them in their order, with its number: it breathes after so many of them, or
 * so many bytes of them. */
void ak_effect_corpus_pass(const AkEffectCorpus *self, guint index);

/* Sorts the cases by id and computes the digest. CONFLICT where an id stands twice. */
bool ak_effect_corpus_close(AkEffectCorpus *self, GError **error);
