#include "chain/model/account.h"

#include <string.h>

const char *const ak_account_status_names[] = {
    "other-kind",      "other-function", "treated-verified",
    "treated-claimed", "accepted",       "partly",
    "planned",         "open",           NULL};

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

static bool is_accepted(const AkChain *chain, const char *source, guint32 element,
                        gint64 now_utc_us) {
  for (guint i = 0; i < chain->acceptances->len; i++) {
    const AkAcceptance *acceptance = chain->acceptances->pdata[i];
    if (acceptance->element == element && strcmp(acceptance->risk_source, source) == 0 &&
        now_utc_us <= acceptance->until_utc_us)
      return true;
  }
  return false;
}

static AkAccountStatus status_of(const AkChainModel *model, const AkChainRiskSource *source,
                                 guint32 number, gint64 now_utc_us) {
  const AkChain *chain = ak_chain_model_chain(model);
  const AkElement *element = ak_chain_element_at(chain, number);
  guint planned = 0, claimed = 0, backed = 0, all = source->measures->len;
  if (source->element != element->kind)
    return AK_ACCOUNT_OTHER_KIND;
  if (!ak_chain_model_applies(model, source, number))
    return AK_ACCOUNT_OTHER_FUNCTION;
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
  if (is_accepted(chain, source->id, number, now_utc_us))
    return AK_ACCOUNT_ACCEPTED;
  if (claimed > 0)
    return AK_ACCOUNT_PARTLY;
  return planned > 0 ? AK_ACCOUNT_PLANNED : AK_ACCOUNT_OPEN;
}

AkAccount *ak_account_new(const AkChainModel *model, gint64 now_utc_us) {
  const AkChainKnowledge *knowledge = ak_chain_model_knowledge(model);
  AkAccount *self = g_new0(AkAccount, 1);
  self->source_count = knowledge->sources->len;
  self->element_count = ak_chain_model_chain(model)->elements->len;
  self->total = (guint64)self->source_count * self->element_count;
  self->statuses = g_new0(guint8, self->total + 1);
  for (guint32 e = 0; e < self->element_count; e++)
    for (guint32 s = 0; s < self->source_count; s++) {
      AkAccountStatus status = status_of(model, knowledge->sources->pdata[s], e, now_utc_us);
      self->statuses[(gsize)e * self->source_count + s] = (guint8)status;
      self->counts[status]++;
    }
  return self;
}

void ak_account_free(AkAccount *self) {
  if (self == NULL)
    return;
  g_free(self->statuses);
  g_free(self);
}

AkAccountStatus ak_account_status(const AkAccount *self, guint32 source, guint32 element) {
  return self->statuses[(gsize)element * self->source_count + source];
}

static int compare_elements(gconstpointer a, gconstpointer b, gpointer data) {
  const guint32 *left = a, *right = b;
  return strcmp(ak_chain_element_at(data, *left)->id, ak_chain_element_at(data, *right)->id);
}

bool ak_account_foreach_line(const AkAccount *self, const AkChainModel *model,
                             bool (*visit)(const char *line, gsize size, gpointer data),
                             gpointer data) {
  const AkChain *chain = ak_chain_model_chain(model);
  const GPtrArray *sources = ak_chain_model_knowledge(model)->sources; /* sorted by id */
  g_autofree guint32 *order = g_new0(guint32, self->element_count + 1);
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint32 e = 0; e < self->element_count; e++)
    order[e] = e;
  g_qsort_with_data(order, (gint)self->element_count, sizeof *order, compare_elements,
                    (gpointer)chain);
  for (guint32 s = 0; s < self->source_count; s++)
    for (guint32 i = 0; i < self->element_count; i++) {
      AkAccountStatus status = ak_account_status(self, s, order[i]);
      g_string_assign(line, ((const AkChainRiskSource *)sources->pdata[s])->id);
      g_string_append_c(line, '\t');
      g_string_append(line, ak_chain_element_at(chain, order[i])->id);
      g_string_append_c(line, '\t');
      g_string_append(line, ak_account_status_names[status]);
      if (!visit(line->str, line->len, data))
        return false;
    }
  return true;
}
