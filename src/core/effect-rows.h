/* Rows of a trial's lists (misses, false alarms, what is excluded) that its result does not hold
 * itself, as there may be as many as cases: on a shelf (util/shelf.h), in the order in which they
 * came. */
#pragma once

#include "util/json.h"
#include "util/shelf.h"

#define AK_EFFECT_ROWS_HELD 500 /* of a list that the result holds itself: what a page may show */
#define AK_EFFECT_ROWS_OF_ALL G_MAXUINT32 /* in the place of a product: a list of the trial */

typedef struct _AkEffectRows AkEffectRows;

AkEffectRows *ak_effect_rows_new(GError **error); /* IO: as ak_shelf_new */
void ak_effect_rows_free(AkEffectRows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkEffectRows, ak_effect_rows_free)

/* IO, LIMIT: as ak_shelf_take. */
bool ak_effect_rows_add(AkEffectRows *self, guint product, const char *list, const json_t *row,
                        GError **error);

/* Each row of a list as JSON text, as ak_effect_rows_text writes it; false from `each` stops. */
typedef bool AkEffectRowsEach(gpointer data, const char *text, GError **error);
bool ak_effect_rows_each(const AkEffectRows *self, guint product, const char *list,
                         AkEffectRowsEach *each, gpointer data, GError **error);

/* Any part of a result as text: numbers of at most nine digits, names in order, a level a space.
 * Caller frees. */
char *ak_effect_rows_text(const json_t *part);
