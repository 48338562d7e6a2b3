#include "chain/graph/reduce.h"

#include <string.h>

enum { ROUNDS = 8 };

typedef struct {
  AkChainReduced *out;
  const AkChainGraph *graph;
  const guint8 *initial, *held, *reached;
  AkChainReverse to;
  guint8 *matters;    /* [atoms] */
  AkChainVector text; /* the ways to an atom, in one spelling; of all atoms, one behind the other */
  guint32 *text_start;  /* [atoms + 1] */
  guint32 *slots, mask; /* atoms + 1 by the text's hash */
  GArray *ways;         /* scratch: of Spelt */
} Reducing;

/* A way to an atom, as it is compared: premises and measures rising. */
typedef struct {
  guint32 count, measure_count;
  guint32 premises[6], measures[6];
} Spelt;

static bool is_initial(const Reducing *self, guint32 atom) {
  return atom < self->graph->initial_count && (self->initial == NULL || self->initial[atom]);
}

/* Can the way be taken with the held measures alone? */
static bool is_open(const Reducing *self, guint32 way) {
  const AkChainGraph *graph = self->graph;
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++)
    if (!self->reached[graph->way_premises[i]])
      return false;
  for (guint32 i = graph->way_measure_start[way];
       self->held != NULL && i < graph->way_measure_start[way + 1]; i++)
    if (self->held[graph->way_measures[i]])
      return false;
  return true;
}

static void note(Reducing *self, AkChainVector *stack, guint32 atom) {
  if (!self->reached[atom] || self->matters[atom])
    return;
  self->matters[atom] = 1;
  ak_chain_vector_add(stack, atom);
}

/* Backwards from the goals. What an attacker begins with needs no ways. */
static void find_matters(Reducing *self, const guint32 *goals, guint goal_count) {
  const AkChainGraph *graph = self->graph;
  g_auto(AkChainVector) stack = {0};
  for (guint i = 0; i < goal_count; i++)
    note(self, &stack, goals[i]);
  while (stack.count > 0) {
    guint32 atom = stack.data[--stack.count];
    if (is_initial(self, atom))
      continue;
    for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++)
      note(self, &stack, self->to.edge_from[i]);
    for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++) {
      guint32 way = self->to.way[i];
      for (guint32 p = graph->way_premise_start[way];
           is_open(self, way) && p < graph->way_premise_start[way + 1]; p++)
        note(self, &stack, graph->way_premises[p]);
    }
  }
}

/* --- spelling -----------------------------------------------------------------------------------
 */

static void insert(guint32 *list, guint32 *count, guint32 value) {
  guint32 at = *count;
  for (guint32 i = 0; i < *count; i++)
    if (list[i] == value)
      return;
  for (; at > 0 && list[at - 1] > value; at--)
    list[at] = list[at - 1];
  list[at] = value;
  (*count)++;
}

/* False: it needs its own head, and says nothing. */
static bool spell_way(const Reducing *self, guint32 way, guint32 head, Spelt *out) {
  const AkChainGraph *graph = self->graph;
  *out = (Spelt){.count = 0};
  for (guint32 i = graph->way_premise_start[way]; i < graph->way_premise_start[way + 1]; i++) {
    guint32 premise = self->out->class_of[graph->way_premises[i]];
    if (premise == head)
      return false;
    insert(out->premises, &out->count, premise);
  }
  for (guint32 i = graph->way_measure_start[way]; i < graph->way_measure_start[way + 1]; i++)
    insert(out->measures, &out->measure_count, graph->way_measures[i]);
  return true;
}

static int compare_spelt(gconstpointer a, gconstpointer b) {
  return memcmp(a, b, sizeof(Spelt));
}

static int compare_numbers(gconstpointer a, gconstpointer b) {
  const guint32 *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* Premises of edges, rising and once each. */
static void spell_edges(Reducing *self, guint32 atom) {
  guint32 begin = self->text.count, last = 0;
  bool is_sorted = true;
  for (guint32 i = self->to.edge_start[atom]; i < self->to.edge_start[atom + 1]; i++) {
    guint32 premise = self->to.edge_from[i];
    if (!self->reached[premise] || self->out->class_of[premise] == atom)
      continue;
    premise = self->out->class_of[premise];
    is_sorted = is_sorted && (self->text.count == begin || premise > last);
    last = premise;
    ak_chain_vector_add(&self->text, premise);
  }
  if (is_sorted)
    return;
  guint32 kept = begin;
  qsort(self->text.data + begin, self->text.count - begin, sizeof(guint32), compare_numbers);
  for (guint32 i = begin; i < self->text.count; i++)
    if (i == begin || self->text.data[i] != self->text.data[i - 1])
      self->text.data[kept++] = self->text.data[i];
  self->text.count = kept;
}

/* Length of the edges' part, edges, then each other way: two counts, premises, measures. */
static void spell_atom(Reducing *self, guint32 atom) {
  guint32 length_at = self->text.count;
  ak_chain_vector_add(&self->text, 0);
  spell_edges(self, atom);
  self->text.data[length_at] = self->text.count - length_at - 1;
  g_array_set_size(self->ways, 0);
  for (guint32 i = self->to.way_start[atom]; i < self->to.way_start[atom + 1]; i++) {
    Spelt spelt;
    if (is_open(self, self->to.way[i]) && spell_way(self, self->to.way[i], atom, &spelt))
      g_array_append_val(self->ways, spelt);
  }
  g_array_sort(self->ways, compare_spelt);
  const Spelt *ways = (gconstpointer)self->ways->data;
  for (guint i = 0; i < self->ways->len; i++) {
    if (i > 0 && compare_spelt(&ways[i], &ways[i - 1]) == 0)
      continue;
    ak_chain_vector_add(&self->text, ways[i].count);
    ak_chain_vector_add(&self->text, ways[i].measure_count);
    for (guint32 p = 0; p < ways[i].count; p++)
      ak_chain_vector_add(&self->text, ways[i].premises[p]);
    for (guint32 m = 0; m < ways[i].measure_count; m++)
      ak_chain_vector_add(&self->text, ways[i].measures[m]);
  }
}

/* --- classes ------------------------------------------------------------------------------------
 */

static const guint32 *text_of(const Reducing *self, guint32 atom, guint32 *size) {
  *size = self->text_start[atom + 1] - self->text_start[atom];
  return self->text.data + self->text_start[atom];
}

static guint64 hash_of(const guint32 *text, guint32 size) {
  guint64 hash = size;
  for (guint32 i = 0; i < size; i++) {
    hash = (hash ^ text[i]) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

/* An earlier atom with the same ways, or the atom itself. */
static guint32 first_like(Reducing *self, guint32 atom) {
  guint32 size, other_size;
  const guint32 *text = text_of(self, atom, &size);
  guint32 slot = (guint32)hash_of(text, size) & self->mask;
  for (; self->slots[slot] != 0; slot = (slot + 1) & self->mask) {
    guint32 other = self->slots[slot] - 1;
    const guint32 *other_text = text_of(self, other, &other_size);
    if (size == other_size && memcmp(text, other_text, size * sizeof *text) == 0)
      return other;
  }
  self->slots[slot] = atom + 1;
  return atom;
}

/* What the atom is as good as, by its ways: its one premise, or an earlier atom. */
static guint32 as_good_as(Reducing *self, guint32 atom) {
  guint32 size;
  const guint32 *text = text_of(self, atom, &size);
  if (is_initial(self, atom))
    return atom;
  if (size == 2 && text[0] == 1)
    return text[1];
  return first_like(self, atom);
}

static guint32 root_of(guint32 *classes, guint32 atom) {
  while (classes[atom] != atom)
    atom = classes[atom] = classes[classes[atom]];
  return atom;
}

static void spell_all(Reducing *self) {
  self->text.count = 0;
  for (guint32 atom = 0; atom < self->graph->atom_count; atom++) {
    self->text_start[atom] = self->text.count;
    if (self->out->class_of[atom] == atom && !is_initial(self, atom))
      spell_atom(self, atom);
  }
  self->text_start[self->graph->atom_count] = self->text.count;
}

/* One round; true: some were joined. What is joined stays equal, whatever else is. */
static bool join_equal(Reducing *self) {
  guint32 *classes = self->out->class_of, atoms = self->graph->atom_count;
  bool any = false;
  spell_all(self);
  memset(self->slots, 0, ((gsize)self->mask + 1) * sizeof *self->slots);
  g_autofree guint32 *next = g_memdup2(classes, (gsize)atoms * sizeof *classes);
  for (guint32 atom = 0; atom < atoms; atom++) {
    if (classes[atom] != atom)
      continue;
    guint32 other = root_of(next, as_good_as(self, atom));
    any = any || other != atom;
    if (other != atom)
      next[atom] = other;
  }
  for (guint32 atom = 0; atom < atoms; atom++)
    if (classes[atom] != AK_CHAIN_REDUCED_NONE)
      classes[atom] = root_of(next, classes[atom]);
  return any;
}

static void add_row(AkChainReduced *out, guint32 head, const guint32 *premises, guint32 count,
                    const guint32 *measures, guint32 measure_count) {
  ak_chain_vector_add(&out->rows, count);
  ak_chain_vector_add(&out->rows, measure_count);
  ak_chain_vector_add(&out->rows, head);
  for (guint32 i = 0; i < count; i++)
    ak_chain_vector_add(&out->rows, premises[i]);
  for (guint32 i = 0; i < measure_count; i++)
    ak_chain_vector_add(&out->rows, measures[i]);
  out->row_count++;
}

static void add_rows(Reducing *self) {
  spell_all(self);
  for (guint32 atom = 0; atom < self->graph->atom_count; atom++) {
    guint32 size;
    const guint32 *text = text_of(self, atom, &size);
    if (self->out->class_of[atom] == atom && is_initial(self, atom))
      add_row(self->out, atom, NULL, 0, NULL, 0);
    for (guint32 i = 1; size > 0 && i <= text[0]; i++)
      add_row(self->out, atom, &text[i], 1, NULL, 0);
    for (guint32 i = size > 0 ? text[0] + 1 : 0; i < size; i += 2 + text[i] + text[i + 1])
      add_row(self->out, atom, &text[i + 2], text[i], &text[i + 2 + text[i]], text[i + 1]);
  }
}

void ak_chain_reduced_init(AkChainReduced *self, const AkChainGraph *graph, const guint8 *initial,
                           const guint8 *held, const guint8 *reached, const guint32 *goals,
                           guint goal_count) {
  guint32 room = 64;
  while (room < graph->atom_count * (guint64)2)
    room *= 2;
  Reducing work = {
      .out = self, .graph = graph, .initial = initial, .held = held, .reached = reached};
  *self = (AkChainReduced){.class_of = g_new(guint32, (gsize)graph->atom_count + 1)};
  work.matters = g_new0(guint8, (gsize)graph->atom_count + 1);
  work.text_start = g_new0(guint32, (gsize)graph->atom_count + 2);
  work.slots = g_new0(guint32, room);
  work.mask = room - 1;
  work.ways = g_array_new(FALSE, FALSE, sizeof(Spelt));
  ak_chain_reverse_init(&work.to, graph);
  find_matters(&work, goals, goal_count);
  for (guint32 atom = 0; atom < graph->atom_count; atom++)
    self->class_of[atom] = work.matters[atom] ? atom : AK_CHAIN_REDUCED_NONE;
  for (guint round = 0; round < ROUNDS && join_equal(&work); round++)
    ;
  add_rows(&work);
  ak_chain_reverse_clear(&work.to);
  ak_chain_vector_clear(&work.text);
  g_array_unref(work.ways);
  g_free(work.matters);
  g_free(work.text_start);
  g_free(work.slots);
}

void ak_chain_reduced_clear(AkChainReduced *self) {
  g_clear_pointer(&self->class_of, g_free);
  ak_chain_vector_clear(&self->rows);
  self->row_count = 0;
}
