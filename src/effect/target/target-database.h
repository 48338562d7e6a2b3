/* The weak application's database: in memory, put back after each question.
 *
 * A question is asked twice, once with the value pasted into the statement and once with the value
 * bound to it; where the two differ in what they do or in what they find, the value was run as SQL.
 */
#pragma once

#include <jansson.h>

#include "util/error.h"

typedef struct _AkTargetDatabase AkTargetDatabase;

/* `schema`: statements that make and fill the tables. */
AkTargetDatabase *ak_target_database_new(const char *schema, GError **error);
void ak_target_database_free(AkTargetDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTargetDatabase, ak_target_database_free)

/* What one way of asking did. */
typedef struct {
  bool ran;         /* its first statement could be run */
  guint statements; /* that were run */
  guint row_count;
  GString *rows;    /* what it found: the first hundred rows */
  GString *actions; /* what it was allowed to do: tables and columns read, functions called … */
} AkTargetAsked;
void ak_target_asked_clear(AkTargetAsked *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkTargetAsked, ak_target_asked_clear)

/* `text` may hold several statements; ?1 … ?9 of them get `values` (NULL: none). */
void ak_target_database_ask(AkTargetDatabase *self, const char *text, const char *const *values,
                            AkTargetAsked *out);
