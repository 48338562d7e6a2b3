#include "chain/model/account.h"

#include <stdlib.h>
#include <string.h>

#include "util/large.h"

const char *const ak_account_status_names[] = {
    "other-kind",      "other-function", "treated-verified",
    "treated-claimed", "accepted",       "partly",
    "planned",         "open",           NULL};
const char ak_account_letters[] = "kfvcapno";

/* What an element says of one requirement, the best where it says several things. */
typedef struct {
  bool is_planned, is_claimed, is_backed;
} Said;

static Said said_of(const AkElement *element, const AkChainRequirement *requirement,
                    gint64 now_utc_us) {
  Said said = {false, false, false};
  for (guint i = 0; i < element->measures->len; i++) {
    const AkElementMeasure *measure = element->measures->pdata[i];
    if (strcmp(measure->requirement, requirement->id) != 0)
      continue;
    said.is_planned |= strcmp(ak_chain_statuses[measure->status], "planned") == 0;
    said.is_claimed |= ak_chain_measure_holds(element, measure, AK_CHAIN_WORLD_CLAIMED, now_utc_us);
    said.is_backed |= ak_chain_measure_holds(element, measure, AK_CHAIN_WORLD_BACKED, now_utc_us);
  }
  return said;
}

/* Of a risk source that applies; acceptances are looked at behind all others. */
static AkAccountStatus status_of(const AkElement *element, const AkChainRiskSource *source, gint64 now_utc_us) {
  guint planned = 0, claimed = 0, backed = 0, all = source->measures->len;
  for (guint i = 0; i < all; i++) {
    Said said = said_of(element, source->measures->pdata[i], now_utc_us);
    planned += said.is_planned;
    claimed += said.is_claimed;
    backed += said.is_backed;
  }
  if (all > 0 && backed == all)
    return AK_ACCOUNT_TREATED_VERIFIED;
  if (all > 0 && claimed == all)
    return AK_ACCOUNT_TREATED_CLAIMED;
  if (claimed > 0)
    return AK_ACCOUNT_PARTLY;
  return planned > 0 ? AK_ACCOUNT_PLANNED : AK_ACCOUNT_OPEN;
}

static guint8 *place_of(const AkAccount *self, guint32 source, guint32 element) {
  return self->source_kinds[source] == self->element_kinds[element]
             ? &self->statuses[self->starts[element] + self->source_places[source]]
             : NULL;
}

typedef struct {
  AkAccount *account;
  const AkChain *chain;
  const AkChainKnowledge *knowledge;
  gint64 now_utc_us;
  guint8 *has_measures; /* [elements]; most have none, and are not looked at one by one */
} Accounting;

static void note_applying(guint32 source, guint32 element, gpointer data) {
  const Accounting *self = data;
  guint8 *status = place_of(self->account, source, element);
  if (status != NULL)
    *status = !self->has_measures[element] ? AK_ACCOUNT_OPEN
                                           : (guint8)status_of(ak_chain_element_at(self->chain, element),
                                                               self->knowledge->sources->pdata[source], self->now_utc_us);
}

/* What applies and is not treated may be accepted, until a day that has not passed. */
static void note_acceptances(const Accounting *self) {
  for (guint i = 0; i < self->chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = self->chain->acceptances->pdata[i];
    if (self->now_utc_us > acceptance->until_utc_us || acceptance->element == AK_CHAIN_NO_ELEMENT)
      continue;
    for (guint32 s = 0; s < self->account->source_count; s++) {
      const AkChainRiskSource *source = self->knowledge->sources->pdata[s];
      guint8 *status = strcmp(source->id, acceptance->risk_source) == 0
                           ? place_of(self->account, s, acceptance->element)
                           : NULL;
      if (status != NULL && *status > AK_ACCOUNT_TREATED_CLAIMED)
        *status = AK_ACCOUNT_ACCEPTED;
    }
  }
}

static void lay_out(AkAccount *self, const Accounting *accounting) {
  gsize size = 0;
  self->source_kinds = g_new0(guint8, (gsize)self->source_count + 1);
  self->source_places = g_new0(guint32, (gsize)self->source_count + 1);
  self->element_kinds = g_new0(guint8, (gsize)self->element_count + 1);
  self->starts = g_new0(gsize, (gsize)self->element_count + 1);
  for (guint32 s = 0; s < self->source_count; s++) { /* sorted by id */
    const AkChainRiskSource *source = accounting->knowledge->sources->pdata[s];
    self->source_kinds[s] = (guint8)source->element;
    self->source_places[s] = self->kind_sources[source->element]++;
  }
  for (guint32 e = 0; e < self->element_count; e++) {
    const AkElement *element = ak_chain_element_at(accounting->chain, e);
    self->element_kinds[e] = (guint8)element->kind;
    accounting->has_measures[e] = element->measures->len > 0;
    self->starts[e] = size;
    size += self->kind_sources[self->element_kinds[e]];
  }
  self->statuses = g_malloc(size + 1);
  ak_large_advise(self->statuses, size + 1);
  memset(self->statuses, AK_ACCOUNT_OTHER_FUNCTION, size);
}

/* An element after the other; then what each risk source of its kind got. */
static void count(AkAccount *self) {
  gsize bases[AK_CHAIN_ELEMENTS] = {0};
  self->by_source = g_malloc0_n((gsize)self->source_count + 1, sizeof *self->by_source);
  g_autofree guint64 *tallies = g_new0(guint64, ((gsize)self->source_count + 1) * AK_ACCOUNT_STATUSES);
  for (guint kind = 1; kind < AK_CHAIN_ELEMENTS; kind++)
    bases[kind] = bases[kind - 1] + self->kind_sources[kind - 1];
  self->counts[AK_ACCOUNT_OTHER_KIND] = self->total;
  for (guint32 e = 0; e < self->element_count; e++) {
    guint kind = self->element_kinds[e];
    const guint8 *statuses = &self->statuses[self->starts[e]];
    guint64 *tally = &tallies[bases[kind] * AK_ACCOUNT_STATUSES];
    self->counts[AK_ACCOUNT_OTHER_KIND] -= self->kind_sources[kind];
    for (guint32 s = 0; s < self->kind_sources[kind]; s++, tally += AK_ACCOUNT_STATUSES)
      tally[statuses[s]]++;
  }
  for (guint32 s = 0; s < self->source_count; s++)
    for (guint i = AK_ACCOUNT_OTHER_FUNCTION; i < AK_ACCOUNT_STATUSES; i++) {
      gsize place = bases[self->source_kinds[s]] + self->source_places[s];
      self->by_source[s][i] = tallies[place * AK_ACCOUNT_STATUSES + i];
      self->counts[i] += self->by_source[s][i];
    }
}

AkAccount *ak_account_new(const AkChainModel *model, gint64 now_utc_us) {
  AkAccount *self = g_new0(AkAccount, 1);
  Accounting accounting = {self, ak_chain_model_chain(model), ak_chain_model_knowledge(model), now_utc_us};
  self->source_count = accounting.knowledge->sources->len;
  self->element_count = accounting.chain->elements->len;
  self->total = (guint64)self->source_count * self->element_count;
  g_autofree guint8 *has_measures = g_new0(guint8, (gsize)self->element_count + 1);
  accounting.has_measures = has_measures;
  lay_out(self, &accounting);
  ak_chain_model_foreach_applying(model, note_applying, &accounting);
  note_acceptances(&accounting);
  count(self);
  return self;
}

void ak_account_free(AkAccount *self) {
  if (self == NULL)
    return;
  g_free(self->statuses);
  g_free(self->starts);
  g_free(self->element_kinds);
  g_free(self->source_kinds);
  g_free(self->source_places);
  g_free(self->by_source);
  g_free(self);
}

AkAccountStatus ak_account_status(const AkAccount *self, guint32 source, guint32 element) {
  const guint8 *status = place_of(self, source, element);
  return status != NULL ? (AkAccountStatus)*status : AK_ACCOUNT_OTHER_KIND;
}

/* --- in order --------------------------------------------------------------------------------------------------- */

/* The first eight bytes of an id as a number, so that most are told apart without looking at it. */
typedef struct {
  guint64 first;
  const char *id;
  guint32 element;
} Place;

static int compare_places(gconstpointer a, gconstpointer b) {
  const Place *left = a, *right = b;
  if (left->first != right->first)
    return left->first < right->first ? -1 : 1;
  return strcmp(left->id, right->id);
}

static guint64 first_of(const char *id) {
  guint64 first = 0;
  bool has_ended = false;
  for (guint i = 0; i < 8; i++) {
    has_ended = has_ended || id[i] == '\0';
    first = first << 8 | (has_ended ? 0 : (guint8)id[i]);
  }
  return first;
}

/* Elements by their ids' bytes; the caller's. */
static Place *places_of(const AkChain *chain) {
  guint32 size = chain->elements->len;
  Place *places = g_new(Place, (gsize)size + 1);
  ak_large_advise(places, ((gsize)size + 1) * sizeof *places);
  for (guint32 e = 0; e < size; e++) {
    const char *id = ak_chain_element_at(chain, e)->id;
    places[e] = (Place){first_of(id), id, e};
  }
  qsort(places, size, sizeof *places, compare_places);
  return places;
}

bool ak_account_foreach_element(const AkAccount *self, const AkChainModel *model,
                                bool (*visit)(const char *line, gsize size, gpointer data), gpointer data) {
  g_autofree Place *places = places_of(ak_chain_model_chain(model));
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint32 i = 0; i < self->element_count; i++) {
    guint32 element = places[i].element, kind = self->element_kinds[element];
    g_string_assign(line, places[i].id);
    g_string_append_c(line, '\t');
    g_string_append(line, ak_chain_elements[kind]);
    g_string_append_c(line, '\t');
    for (guint32 s = 0; s < self->kind_sources[kind]; s++)
      g_string_append_c(line, ak_account_letters[self->statuses[self->starts[element] + s]]);
    if (!visit(line->str, line->len, data))
      return false;
  }
  return true;
}

bool ak_account_foreach_line(const AkAccount *self, const AkChainModel *model,
                             bool (*visit)(const char *line, gsize size, gpointer data),
                             gpointer data) {
  const AkChain *chain = ak_chain_model_chain(model);
  const GPtrArray *sources = ak_chain_model_knowledge(model)->sources; /* sorted by id */
  g_autofree Place *places = places_of(chain);
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint32 s = 0; s < self->source_count; s++)
    for (guint32 i = 0; i < self->element_count; i++) {
      AkAccountStatus status = ak_account_status(self, s, places[i].element);
      g_string_assign(line, ((const AkChainRiskSource *)sources->pdata[s])->id);
      g_string_append_c(line, '\t');
      g_string_append(line, places[i].id);
      g_string_append_c(line, '\t');
      g_string_append(line, ak_account_status_names[status]);
      if (!visit(line->str, line->len, data))
        return false;
    }
  return true;
}
