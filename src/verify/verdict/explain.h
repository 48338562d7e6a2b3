/* Words and observations that stand with a verdict. */
#pragma once

#include "util/text.h"
#include "verify/verdict/evaluate.h"

/* {"id", "en", "ja"}: the text verdict.why.ID with up to three arguments (NULL: none). */
json_t *ak_explain(const char *id, const char *a, const char *b, const char *c);

/* The same with arguments in each language. */
typedef struct {
  char *text[AK_LANG_COUNT];
} AkWords;
void ak_words_clear(AkWords *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkWords, ak_words_clear)
json_t *ak_explain_words(const char *id, const AkWords *a, const AkWords *b, const AkWords *c);

/* A rule's expression as a sentence; a text by its id; one text for all languages. */
AkWords ak_explain_rule(const AkExpression *expression, const AkCatalog *catalog);
AkWords ak_explain_id(const char *id);
AkWords ak_explain_same(const char *text);

/* {"en", "ja"} of the text `id` (a whole id). */
json_t *ak_explain_text(const char *id);

/* The observations of `notes` (of const AkNote) sorted and without doubles, at most
 * AK_EXPLAIN_MAX_OBSERVATIONS of them; `total` gets how many there are. Array of {"id", "test",
 * "property", "subject", "outcome", "value"}. */
#define AK_EXPLAIN_MAX_OBSERVATIONS 256
json_t *ak_explain_observations(const GPtrArray *notes, guint *total);

/* "tcp:…:443, tcp:…:80 … (7)": at most three places; caller frees. */
char *ak_explain_places(const GArray *places);

/* "2027-11-23": `months` and `days` after `now_utc_us`; caller frees. */
char *ak_explain_date(gint64 now_utc_us, guint months, guint days);
