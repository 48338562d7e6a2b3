/* What is known of a chain, as tables of numbers that rules are grounded on.
 *
 * Columns that a variable connects have one type; each type numbers its values densely from 0, so
 * that arrays can be looked up instead of names. */
#pragma once

#include "chain/rule/rule.h"

enum { AK_CHAIN_ROWS_MAX = 1 << 28 }; /* of one table */

typedef struct {
  guint32 *columns[AK_CHAIN_ARITY_MAX]; /* owned; as many as the predicate has */
  guint32 rows, room;
} AkChainTable;

typedef struct _AkChainFacts AkChainFacts;

/* No facts yet, for the predicates of `rules` (simplified ones: helpers have types as well), which
 * must outlive it. */
AkChainFacts *ak_chain_facts_new(const AkChainRules *rules);
void ak_chain_facts_free(AkChainFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainFacts, ak_chain_facts_free)

/* One row: as many values as the predicate has terms. LIMIT over AK_CHAIN_ROWS_MAX. */
bool ak_chain_facts_add(AkChainFacts *self, guint32 predicate, const char *const *values,
                        GError **error);
/* Room for so many further texts of a type at once. */
void ak_chain_facts_expect(AkChainFacts *self, guint32 type, guint32 count);
/* The number of a text in a type, given now if it has none; and a row of such numbers, as
 * ak_chain_facts_add. */
guint32 ak_chain_facts_name(AkChainFacts *self, guint32 type, const char *text);
bool ak_chain_facts_add_row(AkChainFacts *self, guint32 predicate, const guint32 *values,
                            GError **error);
/* Rows of `text`, one a line, values between tabs; "WHERE:LINE: …" in errors (INVALID_DATA, LIMIT).
 */
bool ak_chain_facts_read(AkChainFacts *self, guint32 predicate, const char *text, gsize size,
                         const char *where, GError **error);

const AkChainRules *ak_chain_facts_rules(const AkChainFacts *self);
/* Borrowed; valid until a row is added. */
const AkChainTable *ak_chain_facts_table(const AkChainFacts *self, guint32 predicate);
guint32 ak_chain_facts_types(const AkChainFacts *self); /* how many types there are */
/* The type of a predicate's column, and how many values the type has. */
guint32 ak_chain_facts_type(const AkChainFacts *self, guint32 predicate, guint column);
guint32 ak_chain_facts_domain(const AkChainFacts *self, guint32 type);
/* The value that a rule's constant has in a type; G_MAXUINT32 where no fact holds it. */
guint32 ak_chain_facts_constant(const AkChainFacts *self, guint32 type, guint32 constant);
/* The number of a text in a type; G_MAXUINT32 where none has it. */
guint32 ak_chain_facts_value(const AkChainFacts *self, guint32 type, const char *text);
/* The text of a value; caller frees. */
char *ak_chain_facts_text(const AkChainFacts *self, guint32 type, guint32 value);
