/* Searching all runs of a log for words: a table of texts, and one of the pairs of characters that
 * each run's texts hold (grams.h), by which the runs are found that are worth reading. */
#pragma once

#include "store/db.h"

#define AK_SEARCH_MAX_CHARS 4000 /* of one text; what is longer is cut */
#define AK_SEARCH_MAX_WORDS 8    /* of one question */
#define AK_SEARCH_MAX_HITS 5     /* texts that are shown of each run */

typedef struct {
  gint64 log_id, run_index;
  gint64 record_index; /* the record that the text comes from */
  gint64 place;        /* among the texts of that record, from 0 */
  char *kind;          /* "run", "finding" or "observation" */
  char *body;          /* as it is shown */
  char *folded;        /* as it is compared */
} AkSearchText;
void ak_search_text_free(AkSearchText *self);

/* Keeps a text of a run. `known` (may be NULL) holds what this transaction has added: pass the same
 * ak_search_known_new for all texts of one transaction, so that no pair is written twice. */
bool ak_search_put(AkTx *tx, gint64 log_id, gint64 run_index, gint64 record_index, gint64 place,
                   const char *kind, const char *body, GHashTable *known, GError **error);
GHashTable *ak_search_known_new(void);

typedef struct {
  gint64 run_index;
  GPtrArray *hits; /* of AkSearchText: the first texts in which one of the words stands */
} AkSearchFound;
void ak_search_found_free(AkSearchFound *self);

/* Runs in which every word of `question` stands somewhere, newest first, at most `limit`: GPtrArray
 * of AkSearchFound. Case, width and composition of characters do not matter; part of a word is
 * enough. CONFIG for a question without a word of two characters (one, if it is a wide one such as
 * a kanji) or with too many words. */
GPtrArray *ak_search_run(AkTx *tx, gint64 log_id, const char *question, guint limit,
                         GError **error);

/* Deletes the texts of one kind of a run. Their pairs stay, which finds the run once too often but
 * never a text that is not there. */
bool ak_search_delete(AkTx *tx, gint64 log_id, gint64 run_index, const char *kind, GError **error);
