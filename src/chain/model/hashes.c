#include "chain/model/hashes.h"

#include <string.h>

#include "util/random.h"

typedef struct {
  guint64 now; /* after the last round */
  guint64 sum; /* what a round adds up; zero between rounds */
} Node;

typedef struct {
  const AkChain *chain;
  Node *nodes;  /* [elements] */
  guint64 *set; /* [set_mask + 1] numbers that there are, open addressing; 0: free */
  guint64 set_mask, set_seed;
} Hashing;

/* Memory is asked for so many relations or elements ahead: most of the time it is waited for. */
enum { AHEAD = 16 };

/* --- what is said of an element by itself
 * ----------------------------------------------------------------------- */

/* What begins the number of each thing that is said, so that a product is no version. */
typedef enum {
  KIND,
  SAFETY,
  PRODUCT,
  VERSION,
  FUNCTION,
  EXPOSED,
  MEASURE,
  IMPACT,
  ACCEPTANCE,
  OWNED_BY,
  OWNS,
  RELATION
} What;

static guint64 of_text(What what, const char *text) {
  guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325); /* FNV-1a */
  if (text == NULL)
    return 0;
  for (const char *at = text; *at != '\0'; at++)
    hash = (hash ^ (guint8)*at) * G_GUINT64_CONSTANT(0x100000001b3);
  return ak_random_fork(hash, what);
}

static guint64 of_measure(const AkElementMeasure *measure) {
  const guint64 numbers[] = {measure->status, measure->backing, (guint64)measure->until_utc_us,
                             (guint64)measure->cost_yen};
  guint64 out = of_text(MEASURE, measure->requirement);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    out = ak_random_fork(out, numbers[i]);
  return ak_random_fork(out, of_text(MEASURE, measure->reference));
}

/* Sums: in whatever order they are listed. */
static guint64 of_element(const AkElement *element) {
  guint64 out = ak_random_fork(KIND, element->kind * 16 + element->criticality) +
                ak_random_fork(SAFETY, element->safety) + of_text(PRODUCT, element->product) +
                of_text(VERSION, element->version);
  for (gsize i = 0; element->functions[i] != NULL; i++)
    out += of_text(FUNCTION, element->functions[i]);
  for (gsize i = 0; element->exposure[i] != NULL; i++)
    out += of_text(EXPOSED, element->exposure[i]);
  for (guint i = 0; i < element->measures->len; i++)
    out += of_measure(element->measures->pdata[i]);
  return out;
}

static void begin(Hashing *self) {
  const AkChain *chain = self->chain;
  for (guint32 i = 0; i < chain->elements->len; i++)
    self->nodes[i].now = of_element(ak_chain_element_at(chain, i));
  for (guint i = 0; i < chain->impacts->len; i++) {
    const AkImpact *impact = chain->impacts->pdata[i];
    if (impact->element != AK_CHAIN_NO_ELEMENT)
      self->nodes[impact->element].now +=
          ak_random_fork(of_text(IMPACT, impact->incident), impact->impact);
  }
  for (guint i = 0; i < chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = chain->acceptances->pdata[i];
    self->nodes[acceptance->element].now += ak_random_fork(
        of_text(ACCEPTANCE, acceptance->risk_source), (guint64)acceptance->until_utc_us);
  }
}

/* --- rounds
 * -----------------------------------------------------------------------------------------------------
 */

/* Which end of a relation hears of it. */
enum { OF_FROM, OF_TO, OF_DATA, OF_ENDS };

static guint64 heard(guint64 kind, guint end, guint64 first, guint64 second) {
  return ak_random_fork(ak_random_fork(first, kind + end), second);
}

static void add_relation(const Hashing *self, const AkRelation *relation) {
  Node *from = &self->nodes[relation->from], *to = &self->nodes[relation->to],
       *data = relation->data != AK_CHAIN_NO_ELEMENT ? &self->nodes[relation->data] : NULL;
  guint64 kind = RELATION + (guint64)relation->kind * OF_ENDS, flows = data != NULL ? data->now : 0;
  bool both_ways = ak_chain_relation_kinds[relation->kind].both_ways;
  from->sum += heard(kind, OF_FROM, to->now, flows);
  to->sum += heard(kind, both_ways ? OF_FROM : OF_TO, from->now, flows);
  if (data != NULL)
    data->sum +=
        heard(kind, OF_DATA, both_ways ? from->now + to->now : from->now, both_ways ? 0 : to->now);
}

static void add_relations(const Hashing *self) {
  const AkRelation *relations = (gconstpointer)self->chain->relations->data;
  guint count = self->chain->relations->len;
  for (guint i = 0; i < count; i++) {
    const AkRelation *later = &relations[MIN(i + AHEAD, count - 1)];
    __builtin_prefetch(&self->nodes[later->from], 1);
    __builtin_prefetch(&self->nodes[later->to], 1);
    add_relation(self, &relations[i]);
  }
}

static void add_owners(const Hashing *self) {
  for (guint32 i = 0; i < self->chain->elements->len; i++) {
    guint32 owner = ak_chain_element_at(self->chain, i)->owner;
    if (owner == AK_CHAIN_NO_ELEMENT)
      continue;
    self->nodes[i].sum += ak_random_fork(self->nodes[owner].now, OWNED_BY);
    self->nodes[owner].sum += ak_random_fork(self->nodes[i].now, OWNS);
  }
}

static void add_round(const Hashing *self) {
  add_owners(self);
  add_relations(self);
  for (guint32 i = 0; i < self->chain->elements->len; i++)
    self->nodes[i] = (Node){.now = ak_random_fork(self->nodes[i].now, self->nodes[i].sum)};
}

/* Half of the set stays free, and where a number stands in it is drawn: whoever writes a file
 * cannot make it slow. */
static void make_set(Hashing *self) {
  self->set_mask = 1;
  while (self->set_mask < (guint64)self->chain->elements->len * 2)
    self->set_mask = self->set_mask * 2 + 1;
  self->set = g_new(guint64, self->set_mask + 1);
  self->set_seed = (guint64)g_random_int() << 32 | g_random_int();
}

static guint64 slot_of(const Hashing *self, guint64 wanted) {
  return ak_random_fork(self->set_seed, wanted) & self->set_mask;
}

static guint32 count_colours(const Hashing *self) {
  guint32 out = 0, count = self->chain->elements->len;
  memset(self->set, 0, (self->set_mask + 1) * sizeof *self->set);
  for (guint32 i = 0; i < count; i++) {
    guint64 wanted = self->nodes[i].now | 1, slot = slot_of(self, wanted);
    __builtin_prefetch(&self->set[slot_of(self, self->nodes[MIN(i + AHEAD, count - 1)].now | 1)],
                       1);
    while (self->set[slot] != 0 && self->set[slot] != wanted)
      slot = (slot + 1) & self->set_mask;
    out += self->set[slot] == 0;
    self->set[slot] = wanted;
  }
  return out;
}

guint64 *ak_chain_hashes_new(const AkChain *chain) {
  guint32 count = chain->elements->len, colours = 0, before;
  Hashing self = {.chain = chain, .nodes = g_new0(Node, (gsize)count + 1)};
  guint64 *out = g_new(guint64, (gsize)count + 1);
  make_set(&self);
  begin(&self);
  for (guint round = 0; round < AK_CHAIN_HASHES_ROUNDS_MAX && colours < count; round++) {
    before = colours;
    add_round(&self);
    colours = count_colours(&self);
    if (colours <= before)
      break;
  }
  for (guint32 i = 0; i < count; i++)
    out[i] = self.nodes[i].now;
  g_free(self.set);
  g_free(self.nodes);
  return out;
}
