/* Places of values among each other by what is said of them, and by their names only where nothing
 * else tells them apart: a name is what its writer liked, and no figure is to follow from it.
 *
 * Values are coloured by what is known of each, and colours are refined by the rows in which values
 * stand (1-dimensional Weisfeiler-Leman refinement) until rows tell no more apart. Where values are
 * still alike, each of the first colour that has several is tried: it alone gets a colour of its
 * own, and all is refined. Of those with which that goes alike, those come first whose trial sums
 * up to the least number; of them the last by name is taken, and all is refined again, until each
 * value stands alone. A place is how many values stand before: colours are ordered by what they
 * were made of, never by numbers of values or the order of rows.
 *
 * What holds: each value has a place of its own, whatever hostile hands wrote; another order of
 * values and rows changes no place; other names change places only among values that can be
 * exchanged for one another. The last is not so where refinement with a trial ahead is fooled: by
 * strongly regular structures, which one has to look for, by sums of 64 bits made to be equal, and
 * behind the budgets. Names decide there more than they had to.
 *
 * Effort: (values + ends of rows) times the logarithm of values, of all refinements together (the
 * largest part of what is split is not looked at again; J. Hopcroft, 1971, R. Paige, R. Tarjan,
 * 1987). Trials have a budget of their own, behind which the name decides at once. Both budgets are
 * counted in steps that depend on the structure alone. */
#pragma once

#include "chain/rule/rule.h"

#define AK_CHAIN_COLOURS_NONE G_MAXUINT32

/* What is said of up to AK_CHAIN_ARITY_MAX values together. */
typedef struct {
  guint64 kind;                       /* what it says, with all that is no such value */
  guint32 values[AK_CHAIN_ARITY_MAX]; /* by column; AK_CHAIN_COLOURS_NONE: none there */
  bool both_ways;                     /* of two values: it says the same of either */
} AkChainColoursRow;

typedef struct {
  guint32 count;         /* values */
  const guint64 *first;  /* [count] what is known of each by itself */
  const guint64 *second; /* [count] what else is known: asked only of values that nothing before
                            tells apart; NULL: nothing */
  const guint32 *names;  /* [count] the place of each by name: no two are equal */
  const AkChainColoursRow *rows;
  guint32 row_count;
  guint64 steps, steps_ahead; /* at most; 0: AK_CHAIN_COLOURS_STEPS, AK_CHAIN_COLOURS_AHEAD */
} AkChainColoursSpec;

/* Forty times what 20,000 values with 100,000 rows of an invented network take, twice what
 * 2,000,000 rows do; a second or two at most, and half a second (docs/performance.md, "chain"). */
#define AK_CHAIN_COLOURS_STEPS G_GUINT64_CONSTANT(20000000)
#define AK_CHAIN_COLOURS_AHEAD G_GUINT64_CONSTANT(4000000)

typedef struct {
  guint32 *places; /* [count], each once; owned */
  guint64 steps;   /* values and ends of rows that were looked at, without trials */
  bool is_cut;     /* steps ended: values of one colour stand by name */
} AkChainColours;

void ak_chain_colours_find(const AkChainColoursSpec *spec, AkChainColours *out);
void ak_chain_colours_clear(AkChainColours *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkChainColours, ak_chain_colours_clear)
