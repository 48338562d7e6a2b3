#include "store/search.h"

#include <string.h>

#include "store/grams.h"
#include "store/sql.h"

#define SLOTS 8          /* grams that one statement asks for; the rest is seen in the texts */
#define GRAM_SLOTS 16    /* pairs that one statement writes */
#define MAX_QUESTION 200 /* characters */
#define CANDIDATES 64    /* runs that are looked at together */
#define OFFSET(member) G_STRUCT_OFFSET(AkSearchText, member)

static const AkField fields[] = {
    {"log_id", AK_FIELD_INTEGER, OFFSET(log_id)},
    {"run_index", AK_FIELD_INTEGER, OFFSET(run_index)},
    {"record_index", AK_FIELD_INTEGER, OFFSET(record_index)},
    {"place", AK_FIELD_INTEGER, OFFSET(place)},
    {"kind", AK_FIELD_TEXT, OFFSET(kind)},
    {"body", AK_FIELD_TEXT, OFFSET(body)},
    {"folded", AK_FIELD_TEXT, OFFSET(folded)},
};

void ak_search_text_free(AkSearchText *self) {
  if (self == NULL)
    return;
  ak_fields_clear(fields, G_N_ELEMENTS(fields), self);
  g_free(self);
}

static void release(gpointer text) {
  ak_search_text_free(text);
}

void ak_search_found_free(AkSearchFound *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->hits);
  g_free(self);
}

static void release_found(gpointer found) {
  ak_search_found_free(found);
}

/* --- keeping --------------------------------------------------------------------------------- */

typedef struct {
  gint64 gram, run_index;
} Posting;

static guint hash_posting(gconstpointer key) {
  const Posting *posting = key;
  guint64 mixed = ((guint64)posting->gram * 0x9e3779b97f4a7c15u) ^ (guint64)posting->run_index;
  return (guint)(mixed ^ mixed >> 32);
}

static gboolean equal_posting(gconstpointer a, gconstpointer b) {
  const Posting *one = a, *other = b;
  return one->gram == other->gram && one->run_index == other->run_index;
}

GHashTable *ak_search_known_new(void) {
  return g_hash_table_new_full(hash_posting, equal_posting, g_free, NULL);
}

/* Many pairs a statement: to a server each one is a journey. Slots that are left repeat the last.
 */
static bool put_grams(AkTx *tx, gint64 log_id, gint64 run_index, const GArray *grams,
                      GError **error) {
  for (guint at = 0; at < grams->len; at += GRAM_SLOTS) {
    AkSqlValue parameters[GRAM_SLOTS + 2] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
    for (guint i = 0; i < GRAM_SLOTS; i++)
      parameters[2 + i] = ak_sql_integer(g_array_index(grams, gint64, MIN(at + i, grams->len - 1)));
    if (!ak_sql_do(tx, "gram.put", parameters, G_N_ELEMENTS(parameters), NULL, error))
      return false;
  }
  return true;
}

/* Leaves those that this transaction has not written yet. */
static void keep_new(GArray *grams, gint64 run_index, GHashTable *known) {
  guint kept = 0;
  for (guint i = 0; i < grams->len; i++) {
    Posting posting = {g_array_index(grams, gint64, i), run_index};
    if (g_hash_table_contains(known, &posting))
      continue;
    g_hash_table_add(known, g_memdup2(&posting, sizeof posting));
    g_array_index(grams, gint64, kept++) = posting.gram;
  }
  g_array_set_size(grams, kept);
}

bool ak_search_put(AkTx *tx, gint64 log_id, gint64 run_index, gint64 record_index, gint64 place,
                   const char *kind, const char *body, GHashTable *known, GError **error) {
  if (!g_utf8_validate(body, -1, NULL))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "store: a text to search is no UTF-8");
  g_autofree char *folded = ak_grams_fold(body, AK_SEARCH_MAX_CHARS);
  gsize length = (gsize)g_utf8_strlen(body, -1);
  g_autofree char *cut = g_utf8_substring(body, 0, (glong)MIN(length, AK_SEARCH_MAX_CHARS));
  AkSearchText text = {log_id, run_index, record_index, place, (char *)kind, cut, folded};
  if (!ak_sql_put(tx, "text.put", fields, G_N_ELEMENTS(fields), &text, error))
    return false;
  g_autoptr(GArray) grams = ak_grams_of(folded);
  if (known != NULL)
    keep_new(grams, run_index, known);
  return put_grams(tx, log_id, run_index, grams, error);
}

/* --- asking ---------------------------------------------------------------------------------- */

typedef struct {
  char *folded;
  GStrv words;
  GArray *grams; /* of all words, at most SLOTS, distinct */
} Question;

static void question_clear(Question *self) {
  g_free(self->folded);
  g_strfreev(self->words);
  g_clear_pointer(&self->grams, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static bool has_gram(const GArray *grams, gint64 gram) {
  for (guint i = 0; i < grams->len; i++)
    if (g_array_index(grams, gint64, i) == gram)
      return true;
  return false;
}

/* One gram of each word in turn, until the slots are full: a rare word is not kept out by a long
 * one. */
static void choose_grams(Question *self) {
  self->grams = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_autoptr(GPtrArray) each = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  guint longest = 0;
  for (char **word = self->words; *word != NULL; word++) {
    GArray *grams = ak_grams_of_word(*word);
    g_ptr_array_add(each, grams);
    longest = MAX(longest, grams->len);
  }
  for (guint i = 0; i < longest; i++)
    for (guint w = 0; w < each->len && self->grams->len < SLOTS; w++) {
      const GArray *grams = each->pdata[w];
      if (i < grams->len && !has_gram(self->grams, g_array_index(grams, gint64, i)))
        g_array_append_val(self->grams, g_array_index(grams, gint64, i));
    }
}

static bool read_question(const char *text, Question *out, GError **error) {
  out->folded = ak_grams_fold(text, MAX_QUESTION + 1);
  out->words = g_strsplit(out->folded, " ", -1);
  guint count = g_strv_length(out->words);
  if (count > AK_SEARCH_MAX_WORDS || g_utf8_strlen(out->folded, -1) > MAX_QUESTION)
    return ak_error_set(error, AK_ERROR_CONFIG, "a search has at most %d words and %d characters",
                        AK_SEARCH_MAX_WORDS, MAX_QUESTION);
  choose_grams(out);
  return out->grams->len > 0 ||
         ak_error_set(error, AK_ERROR_CONFIG,
                      "a search needs a word of two characters, or a wide one such as a kanji");
}

static bool read_run_index(const AkRow *row, gpointer data, GError **error) {
  gint64 run_index = 0;
  if (!ak_row_integer(row, "run_index", &run_index, error))
    return false;
  g_array_append_val((GArray *)data, run_index);
  return true;
}

/* Runs before `before` that have all grams, newest first. */
static GArray *find_candidates(AkTx *tx, gint64 log_id, const Question *question, gint64 before,
                               GError **error) {
  AkSqlValue parameters[SLOTS + 4] = {ak_sql_integer(log_id), ak_sql_integer(before),
                                      ak_sql_integer(question->grams->len),
                                      ak_sql_integer(CANDIDATES)};
  for (guint i = 0; i < SLOTS; i++) /* slots that are left repeat the first */
    parameters[4 + i] =
        ak_sql_integer(g_array_index(question->grams, gint64, i < question->grams->len ? i : 0));
  g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(gint64));
  return ak_sql_query(tx, "gram.candidates", parameters, G_N_ELEMENTS(parameters), read_run_index,
                      found, error)
             ? g_steal_pointer(&found)
             : NULL;
}

/* The texts of a run in which a word stands; NULL in `out` where one of the words stands nowhere.
 */
static bool read_run(AkTx *tx, gint64 log_id, gint64 run_index, const Question *question,
                     AkSearchFound **out, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index)};
  g_autoptr(GPtrArray) texts =
      ak_sql_load(tx, "text.of-run", parameters, G_N_ELEMENTS(parameters), fields,
                  G_N_ELEMENTS(fields), sizeof(AkSearchText), release, error);
  if (texts == NULL)
    return false;
  guint32 seen = 0;
  g_autoptr(GPtrArray) hits = g_ptr_array_new_with_free_func(release);
  for (guint i = 0; i < texts->len; i++) {
    AkSearchText *text = texts->pdata[i];
    guint32 here = 0;
    for (guint w = 0; question->words[w] != NULL; w++)
      here |= strstr(text->folded, question->words[w]) != NULL ? 1u << w : 0;
    seen |= here;
    if (here != 0 && hits->len < AK_SEARCH_MAX_HITS) {
      g_ptr_array_add(hits, text);
      texts->pdata[i] = NULL;
    }
  }
  *out = NULL;
  if (seen + 1 == 1u << g_strv_length(question->words)) {
    *out = g_new(AkSearchFound, 1);
    **out = (AkSearchFound){run_index, g_steal_pointer(&hits)};
  }
  return true;
}

GPtrArray *ak_search_run(AkTx *tx, gint64 log_id, const char *text, guint limit, GError **error) {
  g_auto(Question) question = {0};
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(release_found);
  if (!read_question(text, &question, error))
    return NULL;
  gint64 before = G_MAXINT64;
  for (bool is_end = false; !is_end && found->len < limit;) {
    g_autoptr(GArray) candidates = find_candidates(tx, log_id, &question, before, error);
    if (candidates == NULL)
      return NULL;
    is_end = candidates->len < CANDIDATES;
    for (guint i = 0; i < candidates->len && found->len < limit; i++) {
      AkSearchFound *run = NULL;
      before = g_array_index(candidates, gint64, i);
      if (!read_run(tx, log_id, before, &question, &run, error))
        return NULL;
      if (run != NULL)
        g_ptr_array_add(found, run);
    }
  }
  return g_steal_pointer(&found);
}

bool ak_search_delete(AkTx *tx, gint64 log_id, gint64 run_index, const char *kind, GError **error) {
  AkSqlValue parameters[] = {ak_sql_integer(log_id), ak_sql_integer(run_index), ak_sql_text(kind)};
  return ak_sql_do(tx, "text.delete-kind", parameters, G_N_ELEMENTS(parameters), NULL, error);
}
