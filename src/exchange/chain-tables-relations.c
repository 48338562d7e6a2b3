/* Records of relations.csv. Their ends are looked up some at a time: the table of ids is larger than the caches, so that
 * each look-up would wait for memory by itself. Where there is a second processor it does that, while the next records are read; what
 * they say is taken in their order. */
#include <string.h>

#include "exchange/chain-relations.h"
#include "exchange/chain-tables-parts.h"
#include "exchange/chain-yaml.h"
#include "util/crew.h"
#include "util/large.h"

enum { WAITING = 256, BATCHES = 16, FEW = 100000, FROM = 0, TO, DATA, ENDS };
static const char *const end_names[ENDS] = {"from", "to", "data"};

/* One end of a relation, or one of several that a record names. */
typedef struct {
  guint line;
  gint kind; /* -1: it was said that it is none */
  bool is_further; /* what the record says of its other ends was looked at */
  AkCsvCell ends[ENDS]; /* NULL: none */
  guint32 hashes[ENDS], numbers[ENDS]; /* numbers: of elements, or AK_CHAIN_NO_ELEMENT */
  const char *protocol;
} Waiting;

typedef struct {
  const AkTables *tables;
  guint count;
  Waiting waiting[WAITING];
} Batch;

typedef struct {
  Waiting now;
  AkCsvCell to; /* all of them */
  Batch *batch; /* not full yet */
  AkAhead *ahead; /* those that are */
  guint columns[ENDS];
  guint8 words[64]; /* of kinds that were seen, + 1, by ends and length of their texts */
  guint owns, part_of; /* kinds */
  AkIntern *protocols;
  guint32 *owners; /* [elements]: who owns it, as far as was read */
  GArray *parts;   /* of guint pairs: element, what it is part of */
  bool is_full; /* memory ended: a protocol has no text */
  AkRelation *relations;
  guint count;
} RelationRow;

static bool no_memory(const char *where, guint32 rows, GError **error) {
  return ak_error_set(error, AK_ERROR_LIMIT, "%s: no memory for %u rows", where, rows);
}

/* --- a record --------------------------------------------------------------------------------------------------- */

static void take_from(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((RelationRow *)row)->now.ends[FROM] = *cell;
  ((RelationRow *)row)->columns[FROM] = column;
}

static void take_kind(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  RelationRow *to = row;
  guint8 *seen = &to->words[((guint8)cell->text[0] * 5u + (guint8)cell->text[cell->size - 1] + cell->size * 3) % G_N_ELEMENTS(to->words)];
  bool is_it = *seen > 0 && strcmp(field->words[*seen - 1], cell->text) == 0;
  to->now.kind = is_it ? *seen - 1 : ak_tables_word(self, field, cell, column);
  *seen = (guint8)(to->now.kind + 1); /* none: 0 */
}

static void take_to(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((RelationRow *)row)->to = *cell;
  ((RelationRow *)row)->columns[TO] = column;
}

static void take_protocol(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  RelationRow *to = row;
  guint32 number = ak_intern_find(to->protocols, cell->text, cell->size);
  if (number == AK_INTERN_NONE) {
    const char *kept = g_string_chunk_insert_len(self->chain->texts, cell->text, (gssize)cell->size);
    number = ak_intern_add(to->protocols, kept, cell->size);
  }
  to->is_full = to->is_full || number == AK_INTERN_NONE;
  to->now.protocol = number != AK_INTERN_NONE ? ak_intern_text(to->protocols, number) : NULL;
}

static void take_data(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column) {
  ((RelationRow *)row)->now.ends[DATA] = *cell;
  ((RelationRow *)row)->columns[DATA] = column;
}

static const AkTablesColumn relation_columns[] = {{"from", take_from}, {"kind", take_kind}, {"to", take_to},
                                                  {"protocol", take_protocol}, {"data", take_data}, {NULL, NULL}};

/* --- what it says ----------------------------------------------------------------------------------------------- */

static guint32 number_of(AkTables *self, const RelationRow *row, const Waiting *waiting, guint end) {
  const AkCsvCell *cell = &waiting->ends[end];
  if (cell->text != NULL && waiting->numbers[end] == AK_INTERN_NONE && !(waiting->is_further && end != TO))
    ak_tables_complain(self, row->columns[end], end_names[end], cell->text, "no-element", "");
  return waiting->numbers[end];
}

/* Is the element of a kind that the relation may join? */
static void check_kind(AkTables *self, const RelationRow *row, const Waiting *waiting, guint end, guint32 number,
                       guint allowed) {
  guint kind = number != AK_CHAIN_NO_ELEMENT ? self->elements[number].kind : AK_CHAIN_ELEMENTS;
  if (kind >= AK_CHAIN_ELEMENTS || (allowed >> kind & 1) || (waiting->is_further && end != TO))
    return;
  g_autofree char *hint =
      g_strdup_printf("%s %s", ak_chain_relation_kinds[waiting->kind].name, ak_chain_elements[kind]);
  ak_tables_complain(self, row->columns[end], end_names[end], waiting->ends[end].text, "relation-kinds", hint);
}

/* Two organizations cannot both be the one that answers for a thing, and nothing is related to itself; what is a part of
 * itself is found with the circles. */
static void check_contradiction(AkTables *self, RelationRow *row, const Waiting *waiting, guint32 from, guint32 to) {
  bool is_part = (guint)waiting->kind == row->part_of;
  if ((guint)waiting->kind == row->owns) {
    guint32 before = row->owners[to];
    if (before != AK_CHAIN_NO_ELEMENT && before != from)
      ak_tables_complain(self, row->columns[TO], "to", waiting->ends[TO].text, "owner-twice",
                         self->elements[before].id);
    row->owners[to] = from;
  }
  if (from == to && !is_part)
    ak_tables_complain(self, row->columns[TO], "to", waiting->ends[TO].text, "relation-to-itself",
                       ak_chain_relation_kinds[waiting->kind].name);
  const guint pair[2] = {from, to};
  if (is_part)
    g_array_append_vals(row->parts, pair, 2);
}

static void settle(AkTables *self, RelationRow *row, const Waiting *waiting) {
  guint32 numbers[ENDS];
  if (waiting->kind < 0)
    return;
  const AkRelationKind *kind = &ak_chain_relation_kinds[waiting->kind];
  const guint allowed[ENDS] = {kind->from, kind->to, 1u << AK_ELEMENT_DATA};
  self->line = waiting->line;
  for (guint end = 0; end < ENDS; end++) {
    numbers[end] = number_of(self, row, waiting, end);
    check_kind(self, row, waiting, end, numbers[end], allowed[end]);
  }
  if (numbers[FROM] == AK_CHAIN_NO_ELEMENT || numbers[TO] == AK_CHAIN_NO_ELEMENT)
    return;
  check_contradiction(self, row, waiting, numbers[FROM], numbers[TO]);
  row->relations[row->count++] = (AkRelation){numbers[FROM], numbers[TO], (guint32)waiting->kind, numbers[DATA],
                                              waiting->protocol};
}

static void hash_ends(const AkTables *self, Batch *batch) {
  for (guint i = 0; i < batch->count; i++)
    for (guint end = 0; end < ENDS; end++) {
      const AkCsvCell *cell = &batch->waiting[i].ends[end];
      if (cell->text == NULL)
        continue;
      batch->waiting[i].hashes[end] = ak_intern_hash(self->ids, cell->text, cell->size);
      ak_intern_prefetch(self->ids, batch->waiting[i].hashes[end]);
    }
}

/* Each look at memory for all of them before the next one, which would wait for it. Any thread. */
static void find_ends(gpointer item, gpointer data) {
  void (*const looks[])(const AkIntern *self, guint32 hash) = {ak_intern_prefetch_place, ak_intern_prefetch_text};
  Batch *batch = item;
  const AkTables *self = batch->tables;
  hash_ends(self, batch);
  for (gsize look = 0; look < G_N_ELEMENTS(looks); look++)
    for (guint i = 0; i < batch->count; i++)
      for (guint end = 0; end < ENDS; end++)
        if (batch->waiting[i].ends[end].text != NULL)
          looks[look](self->ids, batch->waiting[i].hashes[end]);
  for (guint i = 0; i < batch->count; i++)
    for (guint end = 0; end < ENDS; end++) {
      Waiting *waiting = &batch->waiting[i];
      const AkCsvCell *cell = &waiting->ends[end];
      waiting->numbers[end] = cell->text != NULL ? ak_intern_find_hashed(self->ids, waiting->hashes[end], cell->text, cell->size)
                                                 : AK_INTERN_NONE;
    }
}

/* Where what is taken goes. */
typedef struct {
  AkTables *tables;
  RelationRow *row;
  GPtrArray *problems; /* of AkProblem; when they are found depends on how many processors there are: apart from those of reading,
                        * so that the first ones of each are kept */
} Taking;

static bool settle_all(gpointer item, gpointer data, GError **error) {
  const Taking *to = data;
  const Batch *batch = item;
  guint line = to->tables->line;
  GPtrArray *problems = to->tables->problems;
  to->tables->problems = to->problems;
  for (guint i = 0; i < batch->count; i++)
    for (guint end = 0; end < ENDS; end++)
      if (batch->waiting[i].numbers[end] != AK_INTERN_NONE)
        __builtin_prefetch(&to->tables->elements[batch->waiting[i].numbers[end]].kind);
  for (guint i = 0; i < batch->count; i++)
    settle(to->tables, to->row, &batch->waiting[i]);
  to->tables->line = line;
  to->tables->problems = problems;
  return true;
}

/* The batch at hand, which is not empty, is handed over. */
static void hand_over(AkTables *self, RelationRow *row) {
  Batch *full = row->batch;
  row->batch = g_new(Batch, 1);
  row->batch->tables = self;
  row->batch->count = 0;
  ak_ahead_push(row->ahead, full, 1, NULL); /* nothing is refused: problems are kept, and told in the end */
}

/* --- one after the other ---------------------------------------------------------------------------------------- */

static bool begin_relation(AkTables *self, gpointer row, const AkCsvCell *key, guint column) {
  RelationRow *to = row;
  to->now = (Waiting){.line = self->line, .kind = -1};
  to->to = (AkCsvCell){NULL, 0};
  return true;
}

static void wait_for(AkTables *self, RelationRow *row, char *to, gsize size) {
  row->now.ends[TO] = (AkCsvCell){to, size};
  row->batch->waiting[row->batch->count++] = row->now;
  row->now.is_further = true;
  if (row->batch->count == WAITING)
    hand_over(self, row);
}

/* The items of the cell, cut where they stand. */
static bool end_relation(AkTables *self, gpointer row, GError **error) {
  RelationRow *from = row;
  if (from->is_full)
    return no_memory(self->scan.where, self->rows, error);
  if (from->to.text == NULL || from->now.ends[FROM].text == NULL)
    return true; /* it was said that they are missing */
  bool is_trimmed = !g_ascii_isspace(from->to.text[0]) && !g_ascii_isspace(from->to.text[from->to.size - 1]);
  if (is_trimmed && memchr(from->to.text, ';', from->to.size) == NULL) {
    wait_for(self, from, from->to.text, from->to.size);
    return true;
  }
  for (char *item = from->to.text, *next = NULL; item != NULL; item = next) {
    next = strchr(item, ';');
    if (next != NULL)
      *next++ = '\0';
    g_strstrip(item);
    if (*item == '\0')
      ak_tables_complain(self, from->columns[TO], "to", "", "empty", "");
    wait_for(self, from, item, strlen(item));
  }
  return true;
}

/* Told where the first element of a circle stands. */
static void check_circles(AkTables *self, const RelationRow *row) {
  guint count = ak_intern_count(self->ids);
  guint first = ak_chain_part_circle((gpointer)row->parts->data, row->parts->len / 2, count);
  if (first < count)
    ak_problems_add(self->element_problems, self->elements[first].line, 1, "id", self->elements[first].id,
                    "part-of-cycle", "");
}

static bool read_all(AkTables *self, RelationRow *row, char *data, gsize size, const char *where, GError **error) {
  const AkField *field = ak_chain_fields;
  while (strcmp(field->name, "relations") != 0)
    field++;
  const AkTablesReader reader = {.list = "relations", .fields = field->members, .columns = relation_columns,
                                 .row = row, .begin = begin_relation, .end = end_relation};
  if (!ak_tables_read(self, &reader, data, size, where, error))
    return false;
  if (row->batch->count > 0)
    hand_over(self, row);
  ak_ahead_end(row->ahead, NULL);
  check_circles(self, row);
  self->chain->relations->len = row->count;
  return true;
}

/* An array of GLib ends the program where memory does, and rounds up to a power of two: whether it can be had is tried before. */
static bool has_room(gsize rows, gsize size) {
  gsize room = 1;
  while (room < rows * size)
    room *= 2;
  g_autofree gpointer tried = g_try_malloc(room);
  return tried != NULL;
}

bool ak_tables_read_relations(AkTables *self, char *data, gsize size, const char *where, GError **error) {
  guint32 rows = self->rows, elements = ak_intern_count(self->ids);
  g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(guint));
  g_autoptr(AkIntern) protocols = ak_intern_new(0);
  RelationRow row = {.parts = parts,
                     .protocols = protocols,
                     .owns = (guint)ak_chain_word(ak_chain_relation_names, "owns"),
                     .part_of = (guint)ak_chain_word(ak_chain_relation_names, "part-of")};
  row.owners = ak_large_new((gsize)elements + 1, sizeof *row.owners);
  if (row.owners == NULL || protocols == NULL || !has_room(rows, sizeof(AkRelation))) {
    ak_large_free(row.owners);
    return no_memory(where, rows, error);
  }
  g_array_unref(self->chain->relations);
  self->chain->relations = g_array_sized_new(FALSE, FALSE, sizeof(AkRelation), rows);
  ak_large_advise(self->chain->relations->data, (gsize)rows * sizeof(AkRelation));
  row.relations = (gpointer)self->chain->relations->data;
  for (guint32 i = 0; i < elements; i++)
    row.owners[i] = self->elements[i].owner;
  g_autoptr(AkCrew) crew = rows >= FEW && g_get_num_processors() > 1 ? ak_crew_new(1) : NULL;
  GPtrArray *found = ak_problems_new();
  Taking taking = {self, &row, found};
  const AkAheadWork work = {.work = find_ends, .take = settle_all, .free = g_free, .data = &taking, .room = BATCHES};
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &work);
  row.ahead = ahead;
  row.batch = g_new(Batch, 1);
  row.batch->tables = self;
  row.batch->count = 0;
  bool ok = read_all(self, &row, data, size, where, error);
  g_ptr_array_extend_and_steal(self->problems, found);
  g_free(row.batch);
  ak_large_free(row.owners);
  return ok;
}
