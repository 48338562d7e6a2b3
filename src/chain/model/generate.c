#include "chain/model/generate.h"

#include <string.h>

#include "util/random.h"

/* How many of a hundred elements are of each kind, in the order of AkElementKind. */
static const guint shares[AK_CHAIN_ELEMENTS] = {5, 10, 40, 15, 10, 20};
static const char letters[] = "opcdrs"; /* of ids, in the same order */

enum { EXPOSED_OF = 20, FUNCTION_OF = 2, HUB_POWER = 3 };
enum { GENERATED_EXPOSURES = 7 }; /* the first: a network of a seed stays the same when there are more */

typedef struct {
  const AkChainGenerateSpec *spec;
  guint32 start[AK_CHAIN_ELEMENTS + 1]; /* elements of a kind: numbers from here on */
} Network;

typedef struct {
  AkElementKind kind;
  guint32 owner;                   /* AK_CHAIN_NO_ELEMENT: none */
  const char *exposure, *function; /* or NULL */
} Element;

typedef struct {
  guint kind; /* of ak_chain_relation_kinds */
  guint32 from, to, data;
  const char *protocol;
} Relation;

/* What is drawn has a name: the element's or relation's number, and what of it. */
enum { OWNER, EXPOSED, EXPOSURE, FUNCTION, WHICH_FUNCTION, KIND, FROM, TO, DATA, PROTOCOL, DRAWS };

static guint64 draw(const Network *self, guint64 number, guint what, bool of_relation) {
  guint64 sequence = ak_random_fork(self->spec->seed, of_relation);
  return ak_random_at(sequence, number * DRAWS + what);
}

static Network network_of(const AkChainGenerateSpec *spec) {
  Network self = {.spec = spec};
  guint32 rest = spec->elements - AK_CHAIN_ELEMENTS, share = 0;
  for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++) {
    self.start[kind] = (guint32)((guint64)rest * share / 100) + kind;
    share += shares[kind];
  }
  self.start[AK_CHAIN_ELEMENTS] = spec->elements;
  return self;
}

/* One of a kind; hubs come first: the chance of number n falls as a power of it. */
static guint32 one_of(const Network *self, AkElementKind kind, guint64 random, bool hubs) {
  guint32 count = self->start[kind + 1] - self->start[kind];
  double unit = ak_random_unit(random), at = unit;
  for (guint i = 1; hubs && i < HUB_POWER; i++)
    at *= unit;
  return self->start[kind] + (guint32)MIN((guint32)(at * count), count - 1);
}

static AkElementKind kind_of(const Network *self, guint32 number) {
  guint kind = 0;
  while (number >= self->start[kind + 1])
    kind++;
  return (AkElementKind)kind;
}

static Element element_at(const Network *self, guint32 number) {
  Element out = {.kind = kind_of(self, number), .owner = AK_CHAIN_NO_ELEMENT};
  bool performs = out.kind == AK_ELEMENT_ORGANIZATION || out.kind == AK_ELEMENT_COMPONENT ||
                  out.kind == AK_ELEMENT_SYSTEM;
  if (out.kind != AK_ELEMENT_ORGANIZATION && out.kind != AK_ELEMENT_PEOPLE)
    out.owner = one_of(self, AK_ELEMENT_ORGANIZATION, draw(self, number, OWNER, false), true);
  if (performs && draw(self, number, EXPOSED, false) % EXPOSED_OF == 0)
    out.exposure = ak_chain_exposures[draw(self, number, EXPOSURE, false) %
                                      GENERATED_EXPOSURES];
  if (performs && draw(self, number, FUNCTION, false) % FUNCTION_OF == 0)
    out.function = self->spec->functions[draw(self, number, WHICH_FUNCTION, false) %
                                         g_strv_length((GStrv)self->spec->functions)];
  return out;
}

/* One of the kinds in a mask. */
static AkElementKind kind_in(guint mask, guint64 random) {
  guint skip = (guint)(random % (guint)__builtin_popcount(mask)), kind = 0;
  while (!(mask >> kind & 1) || skip-- > 0)
    kind++;
  return (AkElementKind)kind;
}

/* Parts are components of systems alone, so that no part is in a circle. */
static Relation relation_at(const Network *self, guint32 number) {
  static const char *const protocols[] = {"https", "mqtt", "modbus", "opc-ua", "ssh"};
  Relation out = {.data = AK_CHAIN_NO_ELEMENT};
  guint kinds = g_strv_length((GStrv)ak_chain_relation_names);
  out.kind = (guint)(draw(self, number, KIND, true) % kinds);
  const AkRelationKind *kind = &ak_chain_relation_kinds[out.kind];
  guint64 from = draw(self, number, FROM, true), to = draw(self, number, TO, true);
  bool is_part = strcmp(kind->name, "part-of") == 0;
  AkElementKind from_kind = is_part ? AK_ELEMENT_COMPONENT : kind_in(kind->from, from);
  AkElementKind to_kind = is_part ? AK_ELEMENT_SYSTEM : kind_in(kind->to, to);
  out.from = one_of(self, from_kind, ak_random_mix(from), false);
  out.to = one_of(self, to_kind, ak_random_mix(to), true);
  if (out.from == out.to) /* the next of the kind */
    out.from = out.from + 1 < self->start[from_kind + 1] ? out.from + 1 : self->start[from_kind];
  if (strcmp(kind->name, "owns") == 0) /* as the element itself says */
    out.from = element_at(self, out.to).owner;
  if (strcmp(kind->name, "flows") == 0)
    out.data = one_of(self, AK_ELEMENT_DATA, draw(self, number, DATA, true), true);
  if (strcmp(kind->name, "connects") == 0)
    out.protocol = protocols[draw(self, number, PROTOCOL, true) % G_N_ELEMENTS(protocols)];
  return out;
}

static void add_id(const Network *self, GString *out, guint32 number) {
  AkElementKind kind = kind_of(self, number);
  g_string_append_c(out, letters[kind]);
  g_string_append_printf(out, "%u", number - self->start[kind]);
}

/* --- as chain.yaml ------------------------------------------------------------------------------
 */

static void add_yaml_element(const Network *self, GString *out, guint32 number) {
  Element element = element_at(self, number);
  g_string_append(out, "  - {id: ");
  add_id(self, out, number);
  g_string_append_printf(out, ", kind: %s", ak_chain_elements[element.kind]);
  if (element.owner != AK_CHAIN_NO_ELEMENT) {
    g_string_append(out, ", owner: ");
    add_id(self, out, element.owner);
  }
  if (element.exposure != NULL)
    g_string_append_printf(out, ", exposure: [%s]", element.exposure);
  if (element.function != NULL)
    g_string_append_printf(out, ", functions: [%s]", element.function);
  g_string_append(out, "}\n");
}

static void add_yaml_relation(const Network *self, GString *out, guint32 number) {
  Relation relation = relation_at(self, number);
  g_string_append(out, "  - {from: ");
  add_id(self, out, relation.from);
  g_string_append_printf(out, ", kind: %s, to: [", ak_chain_relation_names[relation.kind]);
  add_id(self, out, relation.to);
  g_string_append_c(out, ']');
  if (relation.protocol != NULL)
    g_string_append_printf(out, ", protocol: %s", relation.protocol);
  if (relation.data != AK_CHAIN_NO_ELEMENT) {
    g_string_append(out, ", data: ");
    add_id(self, out, relation.data);
  }
  g_string_append(out, "}\n");
}

void ak_chain_generate_yaml(const AkChainGenerateSpec *spec, GString *out) {
  Network self = network_of(spec);
  g_string_append_printf(out,
                         "chain: {name: generated %u %u %" G_GUINT64_FORMAT "}\n"
                         "attackers: [internet, supply]\nelements:\n",
                         spec->elements, spec->relations, spec->seed);
  for (guint32 i = 0; i < spec->elements; i++)
    add_yaml_element(&self, out, i);
  g_string_append(out, spec->relations > 0 ? "relations:\n" : "");
  for (guint32 i = 0; i < spec->relations; i++)
    add_yaml_relation(&self, out, i);
  g_string_append(out, spec->incidents[0] != NULL ? "impacts:\n" : "");
  for (gsize i = 0; spec->incidents[i] != NULL; i++)
    g_string_append_printf(out, "  - {incident: %s, class: serious}\n", spec->incidents[i]);
}

/* --- as tables ----------------------------------------------------------------------------------
 */

void ak_chain_generate_csv_chain(const AkChainGenerateSpec *spec, GString *out) {
  g_string_append_printf(
      out, "name,attackers\r\ngenerated %u %u %" G_GUINT64_FORMAT ",internet;supply\r\n",
      spec->elements, spec->relations, spec->seed);
}

void ak_chain_generate_csv_elements(const AkChainGenerateSpec *spec, GString *out) {
  Network self = network_of(spec);
  g_string_append(out, "id,kind,owner,exposure,functions\r\n");
  for (guint32 i = 0; i < spec->elements; i++) {
    Element element = element_at(&self, i);
    add_id(&self, out, i);
    g_string_append_printf(out, ",%s,", ak_chain_elements[element.kind]);
    if (element.owner != AK_CHAIN_NO_ELEMENT)
      add_id(&self, out, element.owner);
    g_string_append_printf(out, ",%s,%s\r\n", element.exposure != NULL ? element.exposure : "",
                           element.function != NULL ? element.function : "");
  }
}

void ak_chain_generate_csv_relations(const AkChainGenerateSpec *spec, GString *out) {
  Network self = network_of(spec);
  g_string_append(out, "from,kind,to,protocol,data\r\n");
  for (guint32 i = 0; i < spec->relations; i++) {
    Relation relation = relation_at(&self, i);
    add_id(&self, out, relation.from);
    g_string_append_printf(out, ",%s,", ak_chain_relation_names[relation.kind]);
    add_id(&self, out, relation.to);
    g_string_append_printf(out, ",%s,", relation.protocol != NULL ? relation.protocol : "");
    if (relation.data != AK_CHAIN_NO_ELEMENT)
      add_id(&self, out, relation.data);
    g_string_append(out, "\r\n");
  }
}

void ak_chain_generate_csv_impacts(const AkChainGenerateSpec *spec, GString *out) {
  g_string_append(out, "incident,class\r\n");
  for (gsize i = 0; spec->incidents[i] != NULL; i++)
    g_string_append_printf(out, "%s,serious\r\n", spec->incidents[i]);
}
