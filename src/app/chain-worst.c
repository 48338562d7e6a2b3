#include "app/chain-worst.h"

#include <stdlib.h>
#include <string.h>

/* What the file states of an incident on an element. */
typedef struct {
  guint32 incident, element;
  gint impact;
} Stated;

typedef struct {
  const AkAppChain *app;
  const AkChainEffort *least;
  const guint64 *hashes; /* [elements] */
  guint most;
  gint *anywhere;   /* [incidents]: impact wherever it happens, or -1 */
  GArray *stated;   /* of Stated, by incident and element */
  guint64 *reached; /* [incidents] */
  guint64 *others;  /* [incidents]: that cannot be reached */
  GArray *places;   /* of AkChainPlace, at most twice as many as are asked for */
  bool is_full;     /* the first `most` of them are the worst so far, in order */
} Looking;

/* --- impacts ---------------------------------------------------------------------------------------------------- */

static int compare_stated(gconstpointer a, gconstpointer b) {
  const Stated *left = a, *right = b;
  if (left->incident != right->incident)
    return left->incident < right->incident ? -1 : 1;
  return (left->element > right->element) - (left->element < right->element);
}

static void note_impacts(Looking *self) {
  const GPtrArray *incidents = self->app->knowledge->incidents, *impacts = self->app->chain->impacts;
  for (guint i = 0; i < incidents->len; i++)
    self->anywhere[i] = -1;
  for (guint n = 0; n < impacts->len; n++) {
    const AkImpact *impact = impacts->pdata[n];
    for (guint32 i = 0; i < incidents->len; i++) {
      Stated stated = {i, impact->element, (gint)impact->impact};
      if (strcmp(((const AkChainIncident *)incidents->pdata[i])->id, impact->incident) != 0)
        continue;
      if (impact->element == AK_CHAIN_NO_ELEMENT)
        self->anywhere[i] = MAX(self->anywhere[i], stated.impact);
      else
        g_array_append_val(self->stated, stated);
    }
  }
  g_array_sort(self->stated, compare_stated);
}

static gint impact_of(const Looking *self, guint32 incident, guint32 element) {
  gint worst = self->anywhere[incident];
  guint low = 0, high = self->stated->len;
  const Stated wanted = {incident, element, 0};
  while (low < high) {
    guint middle = low + (high - low) / 2;
    if (compare_stated(&g_array_index(self->stated, Stated, middle), &wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < self->stated->len && compare_stated(&g_array_index(self->stated, Stated, low), &wanted) == 0; low++)
    worst = MAX(worst, g_array_index(self->stated, Stated, low).impact);
  return worst;
}

/* --- the worst -------------------------------------------------------------------------------------------------- */

static const char *incident_id(const Looking *self, guint32 incident) {
  return ((const AkChainIncident *)self->app->knowledge->incidents->pdata[incident])->id;
}

static int compare_places(gconstpointer a, gconstpointer b, gpointer data) {
  const AkChainPlace *left = a, *right = b;
  const Looking *self = data;
  if (left->impact != right->impact)
    return left->impact > right->impact ? -1 : 1;
  if (left->effort != right->effort)
    return left->effort < right->effort ? -1 : 1;
  int order = strcmp(incident_id(self, left->incident), incident_id(self, right->incident));
  guint64 first = self->hashes[left->element], second = self->hashes[right->element];
  if (order == 0 && first != second)
    return first < second ? -1 : 1;
  return order != 0 ? order
                    : strcmp(ak_chain_element_at(self->app->chain, left->element)->id,
                             ak_chain_element_at(self->app->chain, right->element)->id);
}

static void keep_worst(Looking *self) {
  g_array_sort_with_data(self->places, compare_places, self);
  g_array_set_size(self->places, MIN(self->places->len, self->most));
  self->is_full = self->places->len == self->most;
}

static void look_at(guint32 incident, guint32 element, guint32 atom, gpointer data) {
  Looking *self = data;
  AkChainPlace place = {incident, element, atom, 0, ak_chain_effort_of(self->least, atom)};
  if (place.effort == AK_CHAIN_EFFORT_NONE) {
    self->others[incident]++;
    return;
  }
  self->reached[incident]++;
  place.impact = impact_of(self, incident, element);
  if (self->is_full && compare_places(&g_array_index(self->places, AkChainPlace, self->most - 1), &place, self) < 0)
    return;
  g_array_append_val(self->places, place);
  if (self->places->len >= 2 * self->most + 1)
    keep_worst(self);
}

static json_t *totals_of(const Looking *self) {
  json_t *rows = json_array();
  for (guint32 i = 0; i < self->app->knowledge->incidents->len; i++)
    if (self->reached[i] + self->others[i] > 0)
      json_array_append_new(rows, json_pack("{s:s, s:I, s:I}", "id", incident_id(self, i), "reachable",
                                            (json_int_t)self->reached[i], "unreachable", (json_int_t)self->others[i]));
  return rows;
}

GArray *ak_app_chain_worst(const AkAppChain *self, const AkChainEffort *least, const guint64 *hashes, guint most,
                           json_t **totals) {
  guint count = self->knowledge->incidents->len + 1;
  g_autofree gint *anywhere = g_new0(gint, count);
  g_autofree guint64 *reached = g_new0(guint64, count), *others = g_new0(guint64, count);
  g_autoptr(GArray) stated = g_array_new(FALSE, FALSE, sizeof(Stated));
  Looking looking = {.app = self, .least = least, .hashes = hashes, .most = most, .anywhere = anywhere, .stated = stated,
                     .reached = reached, .others = others,
                     .places = g_array_new(FALSE, FALSE, sizeof(AkChainPlace))};
  note_impacts(&looking);
  ak_chain_model_foreach_incident(self->model, look_at, &looking);
  keep_worst(&looking);
  *totals = totals_of(&looking);
  return looking.places;
}
