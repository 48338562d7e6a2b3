/* Rows of facts as a premise asks for them: with its constants, without the columns that it does
 * not ask for, once each; and lists of them by the columns that are known when it is asked. */
#pragma once

#include "chain/rule/facts.h"

typedef struct _AkChainView AkChainView;

typedef struct {
  guint32 *start;                    /* [keys + 1] rows of a key */
  guint64 keys;                      /* product of the key columns' domains */
  guint columns[AK_CHAIN_ARITY_MAX]; /* key columns of the view, most significant first */
  guint32 radix[AK_CHAIN_ARITY_MAX]; /* their domains */
  guint column_count;
  guint known; /* mask of the columns that the index was made for */
  /* the view's columns in the order of the keys; NULL for key columns, and where all rows hold 0 */
  guint32 *values[AK_CHAIN_ARITY_MAX];
  guint32 rows;
} AkChainIndex;

/* The rows of `premise` (a fact or a measure). The caller's; NULL with LIMIT. */
AkChainView *ak_chain_view_new(const AkChainFacts *facts, const AkChainAtom *premise,
                               GError **error);
void ak_chain_view_free(AkChainView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainView, ak_chain_view_free)

/* Do two premises ask for the same rows? */
bool ak_chain_view_is_for(const AkChainView *self, const AkChainFacts *facts,
                          const AkChainAtom *premise);

/* Columns of the view: which terms of the premise they are. */
guint ak_chain_view_width(const AkChainView *self);
guint ak_chain_view_term(const AkChainView *self, guint column);
guint32 ak_chain_view_rows(const AkChainView *self);

/* Do no two rows agree in the columns of `known` (a mask)? False as well where that takes more than a few bytes a row to find out. */
bool ak_chain_view_is_key(const AkChainView *self, guint known);

/* An index for the columns of `known` (a mask of the view's columns; 0: all rows under one key).
 * Only the most selective of them may be key columns: those in `known` and not in `columns` are to
 * be compared. Borrowed; NULL with LIMIT. */
const AkChainIndex *ak_chain_view_index(AkChainView *self, guint known, GError **error);
