#include "chain/rule/facts.h"

#include <string.h>

#include "chain/rule/names.h"
#include "util/large.h"

#define NONE G_MAXUINT32
#define ROOM_LEAST 16

struct _AkChainFacts {
  const AkChainRules *rules; /* borrowed */
  AkChainTable *tables;      /* one a predicate */
  guint32 *types;            /* of predicate × AK_CHAIN_ARITY_MAX + column */
  GPtrArray *names;          /* of AkChainNames, one a type */
};

/* --- types: columns that a variable connects ---------------------------------------------------
 */

static guint32 root_of(guint32 *parents, guint32 column) {
  while (parents[column] != column)
    column = parents[column] = parents[parents[column]];
  return column;
}

/* The columns of an atom join those where the same variables stood before. */
static void unite_atom(const AkChainRules *rules, const AkChainAtom *atom, guint32 *parents,
                       guint32 *first) {
  guint arity = ak_chain_rules_predicate_at(rules, atom->predicate)->arity;
  for (guint i = 0; i < arity; i++) {
    guint32 column = atom->predicate * AK_CHAIN_ARITY_MAX + i;
    if (atom->terms[i].kind != AK_CHAIN_TERM_VARIABLE)
      continue;
    guint32 *seen = &first[atom->terms[i].number];
    if (*seen == NONE)
      *seen = column;
    else
      parents[root_of(parents, column)] = root_of(parents, *seen);
  }
}

static void unite_rule(const AkChainRules *rules, const AkChainRule *rule, guint32 *parents) {
  guint32 first[AK_CHAIN_VARIABLES_MAX];
  for (guint i = 0; i < AK_CHAIN_VARIABLES_MAX; i++)
    first[i] = NONE;
  unite_atom(rules, &rule->head, parents, first);
  for (guint i = 0; i < rule->premise_count; i++)
    unite_atom(rules, &rule->premises[i], parents, first);
  for (guint i = 0; i < rule->measure_count; i++)
    unite_atom(rules, &rule->measures[i], parents, first);
}

static void infer_types(AkChainFacts *self) {
  guint32 columns = self->rules->predicates->len * AK_CHAIN_ARITY_MAX;
  g_autofree guint32 *parents = g_new(guint32, MAX(columns, 1));
  for (guint32 i = 0; i < columns; i++)
    parents[i] = i;
  for (guint i = 0; i < self->rules->rules->len; i++)
    unite_rule(self->rules, ak_chain_rules_at(self->rules, i), parents);
  self->types = g_new(guint32, MAX(columns, 1));
  for (guint32 i = 0; i < columns; i++)
    self->types[i] = NONE;
  for (guint32 p = 0; p < self->rules->predicates->len; p++)
    for (guint c = 0; c < ak_chain_rules_predicate_at(self->rules, p)->arity; c++) {
      guint32 root = root_of(parents, p * AK_CHAIN_ARITY_MAX + c);
      if (self->types[root] == NONE) {
        self->types[root] = self->names->len;
        g_ptr_array_add(self->names, ak_chain_names_new());
      }
      self->types[p * AK_CHAIN_ARITY_MAX + c] = self->types[root];
    }
}

/* Constants of rule heads are values too: the head may be derived with them. */
static void add_constants(AkChainFacts *self) {
  for (guint i = 0; i < self->rules->rules->len; i++) {
    const AkChainAtom *head = &ak_chain_rules_at(self->rules, i)->head;
    guint arity = ak_chain_rules_predicate_at(self->rules, head->predicate)->arity;
    for (guint t = 0; t < arity; t++) {
      if (head->terms[t].kind != AK_CHAIN_TERM_CONSTANT)
        continue;
      const char *text = self->rules->constants->pdata[head->terms[t].number];
      guint32 type = ak_chain_facts_type(self, head->predicate, t);
      ak_chain_names_add(self->names->pdata[type], text, strlen(text));
    }
  }
}

AkChainFacts *ak_chain_facts_new(const AkChainRules *rules) {
  AkChainFacts *self = g_new0(AkChainFacts, 1);
  self->rules = rules;
  self->tables = g_new0(AkChainTable, MAX(rules->predicates->len, 1));
  self->names = g_ptr_array_new_with_free_func((GDestroyNotify)ak_chain_names_free);
  infer_types(self);
  add_constants(self);
  return self;
}

void ak_chain_facts_free(AkChainFacts *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->rules->predicates->len; i++)
    for (guint c = 0; c < AK_CHAIN_ARITY_MAX; c++)
      ak_large_free(self->tables[i].columns[c]);
  g_free(self->tables);
  g_free(self->types);
  g_ptr_array_unref(self->names);
  g_free(self);
}

/* --- rows --------------------------------------------------------------------------------------
 */

/* For one more row; where room is made, for as many as are wanted. */
static bool make_room(AkChainTable *table, guint arity, guint64 wanted, GError **error) {
  if (table->rows < table->room)
    return true;
  if (table->rows == AK_CHAIN_ROWS_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %d rows in a table", AK_CHAIN_ROWS_MAX);
  guint32 room =
      MAX(ROOM_LEAST, MIN(MAX(wanted, (guint64)table->room + table->room / 2), AK_CHAIN_ROWS_MAX));
  for (guint c = 0; c < arity; c++) {
    guint32 *column = ak_large_renew(table->columns[c], room, sizeof *column);
    if (column == NULL)
      return ak_error_set(error, AK_ERROR_LIMIT, "no memory for %u rows", room);
    table->columns[c] = column;
  }
  table->room = room;
  return true;
}

void ak_chain_facts_expect(AkChainFacts *self, guint32 type, guint32 count) {
  ak_chain_names_expect(self->names->pdata[type], count);
}

guint32 ak_chain_facts_name(AkChainFacts *self, guint32 type, const char *text) {
  return ak_chain_names_add(self->names->pdata[type], text, strlen(text));
}

bool ak_chain_facts_add_row(AkChainFacts *self, guint32 predicate, const guint32 *values,
                            GError **error) {
  AkChainTable *table = &self->tables[predicate];
  guint arity = ak_chain_rules_predicate_at(self->rules, predicate)->arity;
  if (!make_room(table, arity, (guint64)table->room * 2, error))
    return false;
  for (guint c = 0; c < arity; c++)
    table->columns[c][table->rows] = values[c];
  table->rows++;
  return true;
}

bool ak_chain_facts_add(AkChainFacts *self, guint32 predicate, const char *const *values,
                        GError **error) {
  guint32 numbers[AK_CHAIN_ARITY_MAX];
  guint arity = ak_chain_rules_predicate_at(self->rules, predicate)->arity;
  for (guint c = 0; c < arity; c++)
    numbers[c] = ak_chain_facts_name(self, ak_chain_facts_type(self, predicate, c), values[c]);
  return ak_chain_facts_add_row(self, predicate, numbers, error);
}

/* Most values are numbers: read as such where they stand. False: it is something else. */
static inline bool read_number(const char **at, const char *end, guint32 *number) {
  const char *digit = *at;
  const char *last = end - digit > AK_CHAIN_NAMES_DIGITS ? digit + AK_CHAIN_NAMES_DIGITS : end;
  for (*number = 0; digit < last && (guint8)(*digit - '0') <= 9; digit++)
    *number = *number * 10 + (guint32)(*digit - '0');
  if (digit == *at || (**at == '0' && digit - *at > 1) ||
      (digit < end && *digit != '\t' && *digit != '\n'))
    return false;
  *at = digit;
  return true;
}

/* A value that is no number known already, from `at` on, which is moved behind it: to a tab, the
 * line's end or the text's. */
static guint32 read_value(AkChainNames *names, const char **at, const char *end) {
  guint32 number = 0;
  if (read_number(at, end, &number))
    return ak_chain_names_add_number(names, number);
  const char *begin = *at;
  while (*at < end && **at != '\t' && **at != '\n')
    (*at)++;
  bool has_return = *at > begin && (*at)[-1] == '\r' && (*at == end || **at == '\n');
  return ak_chain_names_add(names, begin, (gsize)(*at - begin) - has_return);
}

/* A table while rows are read into it. */
typedef struct {
  guint32 *columns[AK_CHAIN_ARITY_MAX];
  AkChainNames *names[AK_CHAIN_ARITY_MAX];
  const AkChainNumbers *numbers[AK_CHAIN_ARITY_MAX];
  guint arity;
} Reading;

static Reading reading_of(const AkChainFacts *self, guint32 predicate, guint arity) {
  Reading out = {.arity = arity};
  for (guint c = 0; c < arity; c++) {
    out.columns[c] = self->tables[predicate].columns[c];
    out.names[c] = self->names->pdata[self->types[predicate * AK_CHAIN_ARITY_MAX + c]];
    out.numbers[c] = ak_chain_names_numbers(out.names[c]);
  }
  return out;
}

/* One line from `at` on; NULL with an error, else where the next one begins. */
static inline const char *read_row(const Reading *self, guint32 row, const char *at,
                                   const char *end, GError **error) {
  for (guint c = 0; c < self->arity; c++) {
    const char *begin = at;
    guint32 number = 0, value = 0;
    if (read_number(&at, end, &number))
      value = ak_chain_names_quick(self->numbers[c], number);
    if (value == 0) {
      at = begin;
      value = read_value(self->names[c], &at, end) + 1;
    }
    self->columns[c][row] = value - 1;
    bool is_last = c + 1 == self->arity;
    if (at == end ? !is_last : *at != (is_last ? '\n' : '\t')) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%u values between tabs are expected",
                   self->arity);
      return NULL;
    }
    at++;
  }
  return at;
}

/* Rows until the room ends or the text does; `at` is moved behind them, and `line` counts. */
static bool read_rows(AkChainFacts *self, guint32 predicate, guint arity, const char **at,
                      const char *end, guint *line, GError **error) {
  AkChainTable *table = &self->tables[predicate];
  Reading reading = reading_of(self, predicate, arity);
  for (; *at < end && table->rows < table->room; (*line)++) {
    if (**at == '\n') { /* an empty line */
      (*at)++;
      continue;
    }
    const char *next = read_row(&reading, table->rows, *at, end, error);
    if (next == NULL)
      return false;
    *at = next;
    table->rows++;
  }
  return true;
}

/* About as many rows as the text has, by the length of its first line. */
static guint32 rows_expected(const char *text, gsize size) {
  const char *first = memchr(text, '\n', size);
  gsize length = first != NULL ? (gsize)(first - text) + 1 : size;
  return (guint32)MIN(size / MAX(length, 1) + 1, AK_CHAIN_ROWS_MAX);
}

bool ak_chain_facts_read(AkChainFacts *self, guint32 predicate, const char *text, gsize size,
                         const char *where, GError **error) {
  guint arity = ak_chain_rules_predicate_at(self->rules, predicate)->arity;
  AkChainTable *table = &self->tables[predicate];
  guint line = 1;
  if (arity == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a predicate without terms has no table",
                        where);
  guint64 wanted = (guint64)table->rows + rows_expected(text, size);
  for (const char *at = text, *end = text + size; at < end;) {
    if (!make_room(table, arity, wanted, error) ||
        !read_rows(self, predicate, arity, &at, end, &line, error)) {
      g_prefix_error(error, "%s:%u: ", where, line);
      return false;
    }
  }
  return true;
}

/* --- asking ------------------------------------------------------------------------------------
 */

const AkChainRules *ak_chain_facts_rules(const AkChainFacts *self) {
  return self->rules;
}

const AkChainTable *ak_chain_facts_table(const AkChainFacts *self, guint32 predicate) {
  return &self->tables[predicate];
}

guint32 ak_chain_facts_types(const AkChainFacts *self) {
  return self->names->len;
}

guint32 ak_chain_facts_type(const AkChainFacts *self, guint32 predicate, guint column) {
  return self->types[predicate * AK_CHAIN_ARITY_MAX + column];
}

guint32 ak_chain_facts_domain(const AkChainFacts *self, guint32 type) {
  return ak_chain_names_count(self->names->pdata[type]);
}

guint32 ak_chain_facts_value(const AkChainFacts *self, guint32 type, const char *text) {
  return ak_chain_names_find(self->names->pdata[type], text, strlen(text));
}

guint32 ak_chain_facts_constant(const AkChainFacts *self, guint32 type, guint32 constant) {
  return ak_chain_facts_value(self, type, self->rules->constants->pdata[constant]);
}

char *ak_chain_facts_text(const AkChainFacts *self, guint32 type, guint32 value) {
  return ak_chain_names_text(self->names->pdata[type], value);
}
