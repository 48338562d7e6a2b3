#include "chain/rule/table.h"

#include <string.h>

#include "util/large.h"

#define KEYS_MAX ((guint64)1 << 28)
enum { AT_ONCE = 64 }; /* rows */

struct _AkChainView {
  AkChainAtom premise; /* what it was made for, with constants and "_" */
  guint arity, width;
  guint terms[AK_CHAIN_ARITY_MAX]; /* column → term of the premise */
  guint32 domain[AK_CHAIN_ARITY_MAX];
  guint32 *columns[AK_CHAIN_ARITY_MAX]; /* owned where `is_owned`, else those of the facts */
  bool is_owned;
  guint32 rows;
  GPtrArray *indexes; /* of AkChainIndex */
};

static void index_free(gpointer data) {
  AkChainIndex *self = data;
  ak_large_free(self->start);
  for (guint i = 0; i < AK_CHAIN_ARITY_MAX; i++)
    ak_large_free(self->values[i]);
  g_free(self);
}

void ak_chain_view_free(AkChainView *self) {
  if (self == NULL)
    return;
  for (guint i = 0; self->is_owned && i < self->width; i++)
    ak_large_free(self->columns[i]);
  g_ptr_array_unref(self->indexes);
  g_free(self);
}

/* The first term with the same variable: equal columns of a row are one column of the view. */
static guint first_with(const AkChainAtom *premise, guint term) {
  guint i = 0;
  while (premise->terms[i].kind != AK_CHAIN_TERM_VARIABLE ||
         premise->terms[i].number != premise->terms[term].number)
    i++;
  return i;
}

/* --- selecting -----------------------------------------------------------------------------------
 */

typedef struct {
  guint32 wanted[AK_CHAIN_ARITY_MAX]; /* value of a constant */
  bool has_constant, has_any, has_twice;
} Selection;

static Selection selection_of(const AkChainFacts *facts, const AkChainAtom *premise, guint arity) {
  Selection out = {0};
  for (guint i = 0; i < arity; i++) {
    guint32 type = ak_chain_facts_type(facts, premise->predicate, i);
    if (premise->terms[i].kind == AK_CHAIN_TERM_CONSTANT) {
      out.has_constant = true;
      out.wanted[i] = ak_chain_facts_constant(facts, type, premise->terms[i].number);
    } else if (premise->terms[i].kind == AK_CHAIN_TERM_ANY) {
      out.has_any = true;
    } else if (first_with(premise, i) != i) {
      out.has_twice = true;
    }
  }
  return out;
}

static bool is_selected(const AkChainTable *table, const AkChainAtom *premise, guint arity,
                        const Selection *selection, guint32 row) {
  for (guint i = 0; i < arity; i++) {
    if (premise->terms[i].kind == AK_CHAIN_TERM_CONSTANT &&
        table->columns[i][row] != selection->wanted[i])
      return false;
    if (premise->terms[i].kind == AK_CHAIN_TERM_VARIABLE && selection->has_twice &&
        table->columns[i][row] != table->columns[first_with(premise, i)][row])
      return false;
  }
  return true;
}

/* --- once each -----------------------------------------------------------------------------------
 */

typedef struct {
  const AkChainView *view;
  guint32 *slots; /* row + 1 */
  guint64 mask;
} Seen;

static guint64 hash_row(const AkChainView *view, guint32 row) {
  guint64 hash = 0;
  for (guint i = 0; i < view->width; i++) {
    hash = (hash ^ view->columns[i][row]) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

/* The table of rows is larger than the caches: it is asked for many at once. */
static void hash_rows(const Seen *self, guint32 row, guint32 count, guint64 *hashes) {
  for (guint32 at = 0; at < count; at++) {
    hashes[at] = hash_row(self->view, row + at);
    __builtin_prefetch(&self->slots[hashes[at] & self->mask], 1);
  }
}

/* True if the row is new; rows are dense numbers of our own, which nobody can choose freely. */
static bool add_row(Seen *self, guint32 row, guint64 hash) {
  const AkChainView *view = self->view;
  guint64 slot = hash & self->mask;
  for (; self->slots[slot] != 0; slot = (slot + 1) & self->mask) {
    guint i = 0;
    guint32 other = self->slots[slot] - 1;
    while (i < view->width && view->columns[i][row] == view->columns[i][other])
      i++;
    if (i == view->width)
      return false;
  }
  self->slots[slot] = row + 1;
  return true;
}

static bool drop_repeated(AkChainView *self, GError **error) {
  guint64 room = 64;
  while (room < (guint64)self->rows * 2)
    room *= 2;
  Seen seen = {.view = self, .slots = ak_large_new(room, sizeof *seen.slots), .mask = room - 1};
  if (seen.slots == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory to compare %u rows", self->rows);
  guint32 rows = self->rows, kept = 0;
  for (guint32 row = 0; row < rows; row += AT_ONCE) {
    guint64 hashes[AT_ONCE];
    guint32 part = MIN(rows - row, AT_ONCE);
    hash_rows(&seen, row, part, hashes);
    for (guint32 at = 0; at < part; at++) {
      for (guint i = 0; i < self->width; i++)
        self->columns[i][kept] = self->columns[i][row + at];
      kept += add_row(&seen, kept, hashes[at]);
    }
  }
  self->rows = kept;
  ak_large_free(seen.slots);
  return true;
}

/* --- the view
 * -------------------------------------------------------------------------------------- */

static bool copy_selected(AkChainView *self, const AkChainTable *table, const Selection *selection,
                          GError **error) {
  self->is_owned = true;
  for (guint i = 0; i < self->width; i++) {
    self->columns[i] = ak_large_new(MAX(table->rows, 1), sizeof **self->columns);
    if (self->columns[i] == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u rows", table->rows);
  }
  for (guint32 row = 0; row < table->rows; row++) {
    if (!is_selected(table, &self->premise, self->arity, selection, row))
      continue;
    for (guint i = 0; i < self->width; i++)
      self->columns[i][self->rows] = table->columns[self->terms[i]][row];
    self->rows++;
  }
  return true;
}

AkChainView *ak_chain_view_new(const AkChainFacts *facts, const AkChainAtom *premise,
                               GError **error) {
  const AkChainTable *table = ak_chain_facts_table(facts, premise->predicate);
  g_autoptr(AkChainView) self = g_new0(AkChainView, 1);
  self->indexes = g_ptr_array_new_with_free_func(index_free);
  self->premise = *premise;
  self->arity = ak_chain_rules_predicate_at(ak_chain_facts_rules(facts), premise->predicate)->arity;
  for (guint i = 0; i < self->arity; i++) {
    if (premise->terms[i].kind != AK_CHAIN_TERM_VARIABLE || first_with(premise, i) != i)
      continue;
    guint32 type = ak_chain_facts_type(facts, premise->predicate, i);
    self->domain[self->width] = ak_chain_facts_domain(facts, type);
    self->terms[self->width++] = i;
  }
  Selection selection = selection_of(facts, premise, self->arity);
  if (!selection.has_constant && !selection.has_any && !selection.has_twice) {
    for (guint i = 0; i < self->width; i++)
      self->columns[i] = table->columns[i];
    self->rows = table->rows;
    return g_steal_pointer(&self);
  }
  if (!copy_selected(self, table, &selection, error) ||
      (selection.has_any && !drop_repeated(self, error)))
    return NULL;
  return g_steal_pointer(&self);
}

/* Variables may have other names; which of them are equal must agree. */
bool ak_chain_view_is_for(const AkChainView *self, const AkChainFacts *facts,
                          const AkChainAtom *premise) {
  if (self->premise.predicate != premise->predicate)
    return false;
  for (guint i = 0; i < self->arity; i++) {
    const AkChainTerm *a = &self->premise.terms[i], *b = &premise->terms[i];
    if (a->kind != b->kind || (a->kind == AK_CHAIN_TERM_CONSTANT && a->number != b->number) ||
        (a->kind == AK_CHAIN_TERM_VARIABLE &&
         first_with(&self->premise, i) != first_with(premise, i)))
      return false;
  }
  return true;
}

guint ak_chain_view_width(const AkChainView *self) {
  return self->width;
}
guint ak_chain_view_term(const AkChainView *self, guint column) {
  return self->terms[column];
}
guint32 ak_chain_view_rows(const AkChainView *self) {
  return self->rows;
}

/* --- keys
 * -------------------------------------------------------------------------------------------- */

/* A bit for each combination of the columns' values; 0 where there are too many. */
static guint64 combinations(const AkChainView *self, guint known) {
  guint64 most = MAX((guint64)self->rows * 64, 1 << 16), out = 1;
  for (guint i = 0; i < self->width; i++)
    if ((known >> i & 1) && (!g_uint64_checked_mul(&out, out, MAX(self->domain[i], 1)) || out > most))
      return 0;
  return out;
}

bool ak_chain_view_is_key(const AkChainView *self, guint known) {
  guint64 bits = combinations(self, known);
  if (self->rows > bits)
    return false;
  guint64 *seen = ak_large_new(bits / 64 + 1, sizeof *seen);
  bool is_key = seen != NULL;
  for (guint32 row = 0; is_key && row < self->rows; row++) {
    guint64 key = 0;
    for (guint i = 0; i < self->width; i++)
      if (known >> i & 1)
        key = key * MAX(self->domain[i], 1) + self->columns[i][row];
    is_key = !(seen[key / 64] >> key % 64 & 1);
    seen[key / 64] |= (guint64)1 << key % 64;
  }
  ak_large_free(seen);
  return is_key;
}

/* --- indexes
 * --------------------------------------------------------------------------------------- */

/* Key columns: the largest domains first, while the list of keys stays in proportion to the rows.
 */
static void choose_keys(const AkChainView *self, AkChainIndex *index) {
  guint64 most = MIN(MAX((guint64)self->rows * 4, 1 << 16), KEYS_MAX);
  guint left = index->known;
  index->keys = 1;
  while (left != 0) {
    guint best = 0;
    for (guint i = 0; i < self->width; i++)
      if ((left >> i & 1) && (!(left >> best & 1) || self->domain[i] > self->domain[best]))
        best = i;
    left &= ~(1u << best);
    guint64 domain = MAX(self->domain[best], 1);
    if (index->column_count > 0 && index->keys * domain > most)
      continue;
    index->keys *= domain;
    index->radix[index->column_count] = (guint32)domain;
    index->columns[index->column_count++] = best;
  }
}

static bool is_key_column(const AkChainIndex *index, guint column) {
  for (guint i = 0; i < index->column_count; i++)
    if (index->columns[i] == column)
      return true;
  return false;
}

/* The key of each row, [rows]: a column where there is one key column, else made for the time being in `made`. NULL where memory ends;
 * and where there are no rows, perhaps. */
static const guint32 *keys_of_rows(const AkChainView *self, const AkChainIndex *index, guint32 **made) {
  if (index->column_count == 1)
    return self->columns[index->columns[0]];
  guint32 *keys = *made = ak_large_new(MAX(self->rows, 1), sizeof *keys);
  for (guint i = 0; keys != NULL && i < index->column_count; i++) {
    const guint32 *column = self->columns[index->columns[i]];
    for (guint32 row = 0; row < self->rows; row++)
      keys[row] = keys[row] * index->radix[i] + column[row];
  }
  return keys;
}

static void lay(const guint32 *keys, guint32 rows, guint32 *start, const guint32 *const *from, guint32 *const *to, guint count) {
  for (guint32 row = 0; row < rows; row++) {
    guint32 place = start[keys[row] + 1]++;
    for (guint i = 0; i < count; i++)
      to[i][place] = from[i][row];
  }
}

/* Counting sort by key; columns that are no key are laid in that order. */
static bool sort_rows(const AkChainView *self, AkChainIndex *index, const guint32 *keys, GError **error) {
  index->rows = self->rows;
  index->start = ak_large_new(index->keys + 2, sizeof *index->start);
  if (index->start == NULL || (keys == NULL && self->rows > 0))
    return ak_error_set(error, AK_ERROR_LIMIT,
                        "no memory for an index of %" G_GUINT64_FORMAT " keys", index->keys);
  for (guint32 row = 0; row < self->rows; row++)
    index->start[keys[row] + 2]++;
  for (guint64 key = 2; key <= index->keys + 1; key++)
    index->start[key] += index->start[key - 1];
  guint32 *laid[AK_CHAIN_ARITY_MAX] = {NULL};
  const guint32 *sources[AK_CHAIN_ARITY_MAX];
  guint count = 0;
  for (guint i = 0; i < self->width; i++) {
    if (is_key_column(index, i) || self->domain[i] <= 1)
      continue;
    index->values[i] = ak_large_new(MAX(self->rows, 1), sizeof *index->values[i]);
    if (index->values[i] == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u rows", self->rows);
    laid[count] = index->values[i];
    sources[count++] = self->columns[i];
  }
  lay(keys, self->rows, index->start, sources, laid, count);
  return true;
}

static bool fill(const AkChainView *self, AkChainIndex *index, GError **error) {
  guint32 *made = NULL;
  const guint32 *keys = keys_of_rows(self, index, &made);
  bool is_filled = sort_rows(self, index, keys, error);
  ak_large_free(made);
  return is_filled;
}

const AkChainIndex *ak_chain_view_index(AkChainView *self, guint known, GError **error) {
  for (guint i = 0; i < self->indexes->len; i++) {
    const AkChainIndex *index = self->indexes->pdata[i];
    if (index->known == known)
      return index;
  }
  AkChainIndex *index = g_new0(AkChainIndex, 1);
  index->known = known;
  choose_keys(self, index);
  if (!fill(self, index, error)) {
    index_free(index);
    return NULL;
  }
  g_ptr_array_add(self->indexes, index);
  return index;
}
