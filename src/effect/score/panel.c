#include "effect/score/panel.h"

#include <math.h>
#include <string.h>

#include "effect/score/figure.h"
#include "stats/quantile.h"

/* Names with their places; few, so they are searched one by one. */
typedef struct {
  GPtrArray *products, *criteria, *raters; /* of const char *, borrowed */
  guint32 *weights;                        /* [criteria] */
  gint64 min, max;
  AkScale scale;
  gint64 *scores; /* [products][criteria][raters], or AK_RATING_MISSING */
} Panel;

static void panel_clear(Panel *self) {
  g_clear_pointer(&self->products, g_ptr_array_unref);
  g_clear_pointer(&self->criteria, g_ptr_array_unref);
  g_clear_pointer(&self->raters, g_ptr_array_unref);
  g_free(self->weights);
  g_free(self->scores);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Panel, panel_clear)

static int find(const GPtrArray *names, const char *name) {
  for (guint i = 0; i < names->len; i++)
    if (strcmp(names->pdata[i], name) == 0)
      return (int)i;
  return -1;
}

static bool add_name(GPtrArray *names, const char *name, guint most, GError **error) {
  if (name == NULL || *name == '\0')
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "panel: an id is missing");
  if (find(names, name) >= 0)
    return ak_error_set(error, AK_ERROR_CONFLICT, "panel: %s stands twice", name);
  if (names->len >= most)
    return ak_error_set(error, AK_ERROR_LIMIT, "panel: more than %u of a kind", most);
  g_ptr_array_add(names, (char *)name);
  return true;
}

/* --- reading
 * ------------------------------------------------------------------------------------------- */

static bool read_scale(const json_t *panel, Panel *out, GError **error) {
  const json_t *scale = ak_json_object(panel, "scale", "panel", error);
  const char *kind = ak_json_string_or(scale, "kind", "ordinal");
  if (scale == NULL ||
      !ak_json_integer(scale, "min", -1000000, 1000000, "panel: scale", &out->min, error) ||
      !ak_json_integer(scale, "max", out->min + 1, out->min + AK_AGREEMENT_MAX_VALUES - 1,
                       "panel: scale", &out->max, error))
    return false;
  for (guint i = 0; ak_scale_names[i] != NULL; i++)
    if (strcmp(ak_scale_names[i], kind) == 0) {
      out->scale = (AkScale)i;
      return true;
    }
  return ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "panel: scale: kind is none of nominal, ordinal, interval");
}

static bool read_names(const json_t *panel, Panel *out, GError **error) {
  const json_t *criteria = ak_json_array(panel, "criteria", "panel", error);
  const json_t *raters = criteria != NULL ? ak_json_array(panel, "raters", "panel", error) : NULL;
  if (raters == NULL)
    return false;
  out->weights = g_new0(guint32, json_array_size(criteria) + 1);
  for (gsize i = 0; i < json_array_size(criteria); i++) {
    const json_t *criterion = json_array_get(criteria, i);
    gint64 weight = 0;
    if (!add_name(out->criteria, ak_json_string_or(criterion, "id", NULL), AK_PANEL_MAX_CRITERIA,
                  error) ||
        !ak_json_integer(criterion, "weight", 0, 1000000, "panel: criterion", &weight, error))
      return false;
    out->weights[i] = (guint32)weight;
  }
  for (gsize i = 0; i < json_array_size(raters); i++)
    if (!add_name(out->raters, json_string_value(json_array_get(raters, i)), AK_PANEL_MAX_RATERS,
                  error))
      return false;
  return true;
}

static void note_product(Panel *out, const char *name) {
  if (name != NULL && *name != '\0' && find(out->products, name) < 0 && out->products->len < 1000)
    g_ptr_array_add(out->products, (char *)name);
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static gint64 *score_at(const Panel *self, guint product, guint criterion, guint rater) {
  return &self->scores[((gsize)product * self->criteria->len + criterion) * self->raters->len +
                       rater];
}

static bool read_score(const json_t *row, Panel *out, GError **error) {
  int product = find(out->products, ak_json_string_or(row, "product", "")),
      criterion = find(out->criteria, ak_json_string_or(row, "criterion", "")),
      rater = find(out->raters, ak_json_string_or(row, "rater", ""));
  gint64 score = 0;
  if (product < 0 || criterion < 0 || rater < 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "panel: a score names a product, criterion or rater that is not there");
  if (!ak_json_integer(row, "score", out->min, out->max, "panel: score", &score, error))
    return false;
  gint64 *place = score_at(out, (guint)product, (guint)criterion, (guint)rater);
  if (*place != AK_RATING_MISSING)
    return ak_error_set(error, AK_ERROR_CONFLICT, "panel: %s scores %s of %s twice",
                        ak_json_string_or(row, "rater", ""),
                        ak_json_string_or(row, "criterion", ""),
                        ak_json_string_or(row, "product", ""));
  *place = score;
  return true;
}

static bool check_fact(const json_t *fact, GError **error) {
  const char *how = ak_json_string_or(fact, "how", "");
  if (*ak_json_string_or(fact, "product", "") == '\0' ||
      *ak_json_string_or(fact, "fact", "") == '\0' ||
      !json_is_number(json_object_get(fact, "value")))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "panel: a fact needs product, fact and a number as value");
  return strcmp(how, "measured") == 0 || strcmp(how, "declared") == 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "panel: a fact is \"measured\" or \"declared\" (how)");
}

static bool read_panel(const json_t *panel, Panel *out, GError **error) {
  const json_t *scores = json_object_get(panel, "scores"), *facts = json_object_get(panel, "facts");
  out->products = g_ptr_array_new();
  out->criteria = g_ptr_array_new();
  out->raters = g_ptr_array_new();
  if (!read_scale(panel, out, error) || !read_names(panel, out, error))
    return false;
  for (gsize i = 0; i < json_array_size(scores); i++)
    note_product(out, ak_json_string_or(json_array_get(scores, i), "product", NULL));
  for (gsize i = 0; i < json_array_size(facts); i++) {
    if (!check_fact(json_array_get(facts, i), error))
      return false;
    note_product(out, ak_json_string_or(json_array_get(facts, i), "product", NULL));
  }
  g_ptr_array_sort(out->products, compare_names);
  gsize count = (gsize)out->products->len * out->criteria->len * out->raters->len;
  out->scores = g_new(gint64, count + 1);
  for (gsize i = 0; i < count; i++)
    out->scores[i] = AK_RATING_MISSING;
  for (gsize i = 0; i < json_array_size(scores); i++)
    if (!read_score(json_array_get(scores, i), out, error))
      return false;
  return true;
}

/* --- what comes of it
 * ------------------------------------------------------------------------------------ */

static void set_number(json_t *object, const char *key, double value) {
  json_t *number = ak_effect_number(value);
  if (number != NULL)
    json_object_set_new(object, key, number);
}

static json_t *criterion_json(const Panel *self, guint product, guint criterion) {
  g_autofree double *values = g_new(double, self->raters->len + 1);
  json_t *scores = json_object(), *row = NULL;
  gsize count = 0;
  for (guint r = 0; r < self->raters->len; r++) {
    gint64 score = *score_at(self, product, criterion, r);
    if (score == AK_RATING_MISSING)
      continue;
    json_object_set_new(scores, self->raters->pdata[r], json_integer(score));
    values[count++] = (double)score;
  }
  ak_stats_sort(values, count);
  row = json_pack("{s:s, s:o, s:i}", "criterion", (const char *)self->criteria->pdata[criterion],
                  "scores", scores, "missing", (int)(self->raters->len - count));
  set_number(row, "median", ak_stats_median(values, count));
  return row;
}

static json_t *weighted_json(const Panel *self, guint product, guint rater) {
  g_autofree double *scores = g_new(double, self->criteria->len + 1);
  for (guint c = 0; c < self->criteria->len; c++) {
    gint64 score = *score_at(self, product, c, rater);
    scores[c] = score != AK_RATING_MISSING ? (double)score : NAN;
  }
  AkWeighted found = ak_stats_weighted(scores, self->weights, self->criteria->len);
  json_t *row = json_pack("{s:s, s:I, s:I}", "rater", (const char *)self->raters->pdata[rater],
                          "weight_scored", (json_int_t)found.weight_scored, "weight_all",
                          (json_int_t)found.weight_all);
  set_number(row, "score", found.score);
  return row;
}

static json_t *products_json(const Panel *self, const json_t *facts) {
  json_t *rows = json_array();
  for (guint p = 0; p < self->products->len; p++) {
    const char *name = self->products->pdata[p];
    json_t *own = json_array(), *criteria = json_array(), *weighted = json_array();
    for (gsize i = 0; i < json_array_size(facts); i++)
      if (strcmp(ak_json_string_or(json_array_get(facts, i), "product", ""), name) == 0)
        json_array_append(own, json_array_get(facts, i));
    for (guint c = 0; c < self->criteria->len; c++)
      json_array_append_new(criteria, criterion_json(self, p, c));
    for (guint r = 0; r < self->raters->len; r++)
      json_array_append_new(weighted, weighted_json(self, p, r));
    json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o}", "product", name, "facts", own,
                                          "criteria", criteria, "weighted", weighted));
  }
  return rows;
}

static json_t *raters_json(const Panel *self, const AkRater *raters) {
  json_t *rows = json_array();
  for (guint r = 0; r < self->raters->len; r++) {
    json_t *row = json_pack("{s:s, s:i, s:b}", "rater", (const char *)self->raters->pdata[r],
                            "units", (int)raters[r].units, "outlying", raters[r].outlying);
    set_number(row, "deviation", raters[r].deviation);
    set_number(row, "robust_z", raters[r].robust_z);
    set_number(row, "alpha_without", raters[r].alpha_without);
    json_array_append_new(rows, row);
  }
  return rows;
}

static json_t *agreement_json(const AkAgreement *agreement, AkScale scale) {
  json_t *row = json_pack("{s:s, s:i, s:b}", "scale", ak_scale_names[scale], "units",
                          (int)agreement->units, "too_few", agreement->too_few);
  set_number(row, "alpha", agreement->alpha);
  set_number(row, "lo", agreement->interval.lo);
  set_number(row, "hi", agreement->interval.hi);
  return row;
}

json_t *ak_effect_panel(const json_t *panel, const AkBootstrap *spec, GError **error) {
  g_auto(Panel) self = {0};
  AkAgreement agreement = {0};
  if (!read_panel(panel, &self, error))
    return NULL;
  AkRatings ratings = {self.scores, self.products->len * self.criteria->len, self.raters->len};
  g_autofree AkRater *raters = g_new0(AkRater, self.raters->len + 1);
  if (!ak_stats_agreement(&ratings, self.scale, spec, &agreement, error) ||
      !ak_stats_raters(&ratings, self.scale, raters, error))
    return NULL;
  return json_pack("{s:O, s:O, s:o, s:o, s:o}", "scale", json_object_get(panel, "scale"),
                   "criteria", json_object_get(panel, "criteria"), "products",
                   products_json(&self, json_object_get(panel, "facts")), "raters",
                   raters_json(&self, raters), "agreement", agreement_json(&agreement, self.scale));
}
