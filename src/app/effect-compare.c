/* Two trials side by side, where they may be. */
#include <string.h>

#include "app/effect-again.h"
#include "app/effect-facts.h"
#include "app/effect-reload.h"
#include "effect/adapter/adapter.h"
#include "effect/score/score.h"

#define CONFIDENCE 0.95

typedef struct {
  AkLog *log;
  AkEffectState *state;
  AkRange *range;
  AkDigest control;
} Side;

static void side_clear(Side *self) {
  g_clear_pointer(&self->state, ak_effect_state_free);
  g_clear_pointer(&self->range, ak_range_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, side_clear)

/* --- what must agree
 * --------------------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *lines; /* of char *: corpus, case and what became of it in the control run */
  const Side *side;
} Control;

static bool note_control(gpointer data, const AkEffectOutcome *outcome, GError **error) {
  Control *self = data;
  if (outcome->product == AK_EFFECT_CONTROL)
    g_ptr_array_add(self->lines,
                    g_strdup_printf("%08x %08x %u %u", outcome->corpus, outcome->case_index,
                                    outcome->happened, outcome->error));
  return true;
}

static int compare_lines(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool digest_control(Side *self, GError **error) {
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  Control control = {lines, self};
  if (!ak_effect_state_outcomes(self->state, self->log, note_control, &control, error))
    return false;
  g_ptr_array_sort(lines, compare_lines);
  for (guint i = 0; i < lines->len; i++) {
    ak_digest_sum_add(sum, lines->pdata[i], strlen(lines->pdata[i]));
    ak_digest_sum_add(sum, "\n", 1);
  }
  self->control = ak_digest_sum_end(sum);
  return true;
}

static bool side_open(AkWorkspace *workspace, const char *run_id, Side *out, GError **error) {
  out->log = ak_workspace_log(workspace);
  out->state = ak_effect_state_read(out->log, run_id, error);
  out->range = out->state != NULL ? ak_effect_reload_range(out->state, out->log, error) : NULL;
  if (out->range == NULL)
    return false;
  if (out->state->ended == NULL)
    return ak_error_set(error, AK_ERROR_CONFLICT, "the trial %s has not come to its end", run_id);
  return digest_control(out, error);
}

static json_t *digest_text(const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  return json_string(hex);
}

static json_t *corpora_of(const Side *self) {
  json_t *rows = json_object();
  for (guint i = 0; i < self->range->corpora->len; i++) {
    const AkEffectCorpus *corpus = self->range->corpora->pdata[i];
    json_object_set_new(rows, corpus->id, digest_text(&corpus->digest));
  }
  return rows;
}

/* Processor, how many, memory in GiB: runs on machines of one class may be compared. */
static json_t *host_of(const Side *self) {
  const json_t *host = json_object_get(self->state->planned, "host");
  json_int_t memory = json_integer_value(json_object_get(host, "memory_bytes"));
  return json_pack("{s:s, s:I, s:s, s:I}", "processor", ak_json_string_or(host, "processor", ""),
                   "processors", json_integer_value(json_object_get(host, "processors")), "machine",
                   ak_json_string_or(host, "machine", ""), "memory_gib",
                   (memory + (1 << 29)) >> 30);
}

static json_t *harness_of(const Side *self) {
  const json_t *document = self->range->document, *limits = json_object_get(document, "limits");
  json_t *harness =
      json_pack("{s:s, s:b}", "program", ak_json_string_or(self->state->planned, "program", ""),
                "target", self->range->has_target);
  json_object_set_new(harness, "limits", limits != NULL ? json_deep_copy(limits) : json_object());
  return harness;
}

static json_t *asked_of(const Side *self) {
  const json_t *cases = json_object_get(self->state->planned, "only_cases");
  return cases != NULL ? json_deep_copy(cases) : json_array();
}

static json_t *plan_of(const Side *self) {
  const json_t *plan = json_object_get(self->state->planned, "plan");
  return plan != NULL ? json_deep_copy(plan) : json_object();
}

static json_t *control_of(const Side *self) {
  return digest_text(&self->control);
}

static const struct {
  const char *name;
  json_t *(*of)(const Side *self);
} agreements[] = {{"plan", plan_of},       {"corpora", corpora_of}, {"cases", asked_of},
                  {"harness", harness_of}, {"host", host_of},       {"control", control_of}};

/* The members that differ, "sponsor, seed"; of a list or a text nothing. Caller frees. */
static char *members_that_differ(json_t *a, json_t *b) {
  GString *names = g_string_new(NULL);
  const char *key = NULL;
  json_t *value = NULL;
  json_object_foreach(a, key, value) {
    if (!json_equal(value, json_object_get(b, key)))
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", key);
  }
  json_object_foreach(b, key, value) {
    if (json_object_get(a, key) == NULL)
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", key);
  }
  return g_string_free(names, FALSE);
}

static bool check_agreement(const Side *a, const Side *b, json_t *agree, GError **error) {
  g_autoptr(GString) differences = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(agreements); i++) {
    g_autoptr(json_t) left = agreements[i].of(a), right = agreements[i].of(b);
    if (json_equal(left, right)) {
      json_object_set(agree, agreements[i].name, left);
      continue;
    }
    g_autofree char *members = members_that_differ(left, right);
    g_string_append_printf(differences, "%s%s%s%s%s", differences->len > 0 ? "; " : "",
                           agreements[i].name, *members != '\0' ? " (" : "", members,
                           *members != '\0' ? ")" : "");
  }
  return differences->len == 0 ||
         ak_error_set(error, AK_ERROR_CONFLICT, "%s and %s cannot be compared; they differ in: %s",
                      a->state->run_id, b->state->run_id, differences->str);
}

/* --- side by side
 * ------------------------------------------------------------------------------------------- */

static void add_products(const Side *side, guint group, GArray *products, GPtrArray *names) {
  for (guint i = 0; i < side->range->products->len; i++) {
    const AkRangeProduct *product = side->range->products->pdata[i];
    const AkEffectAdapter *adapter = ak_effect_adapter_find(product->adapter);
    char *name = g_strdup_printf("%s/%s", side->state->run_id, product->id);
    AkEffectScoreProduct row = {.id = name,
                                .family = product->family,
                                .kind = adapter != NULL ? adapter->kind : AK_EFFECT_HTTP,
                                .duty = (AkEffectDuty)product->duty,
                                .control = g_strcmp0(product->configuration, "control") == 0,
                                .group = group};
    g_ptr_array_add(names, name);
    g_array_append_val(products, row);
  }
}

typedef struct {
  AkEffectScore *score;
  guint first;        /* number of this side's first product */
  bool takes_control; /* of one side alone: they agree */
} Adding;

static bool add_outcome(gpointer data, const AkEffectOutcome *outcome, GError **error) {
  const Adding *self = data;
  AkEffectOutcome own = *outcome;
  if (own.product == AK_EFFECT_CONTROL)
    return !self->takes_control || ak_effect_score_add(self->score, &own, error);
  own.product += self->first;
  return ak_effect_score_add(self->score, &own, error);
}

/* Of each product what a comparison rests on. */
static json_t *short_products(const json_t *result, const GPtrArray *rows) {
  static const char *const members[] = {"id",     "detection",   "false_positive",
                                        "errors", "detected_by", "control"};
  json_t *out = json_array();
  for (guint i = 0; i < rows->len; i++) {
    const AkRangeProduct *product = rows->pdata[i];
    const json_t *whole = json_array_get(json_object_get(result, "products"), i);
    json_t *row = json_object();
    for (gsize m = 0; m < G_N_ELEMENTS(members); m++)
      json_object_set(row, members[m], json_object_get(whole, members[m]));
    json_object_set_new(row, "version", json_string(product->version));
    json_array_append_new(out, row);
  }
  return out;
}

/* A comparison shows no lists. */
static bool pass_over(gpointer data, guint product, const char *list, guint64 number, json_t *row,
                      bool *keep, GError **error) {
  *keep = false;
  return true;
}

static json_t *score_both(const Side *sides, GError **error) {
  g_autoptr(GArray) products = g_array_new(FALSE, TRUE, sizeof(AkEffectScoreProduct));
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free), rows = g_ptr_array_new();
  for (guint side = 0; side < 2; side++) {
    add_products(&sides[side], side, products, names);
    for (guint i = 0; i < sides[side].range->products->len; i++)
      g_ptr_array_add(rows, sides[side].range->products->pdata[i]);
  }
  const AkRange *range = sides[0].range;
  AkEffectScoreSpec spec = {
      .products = &g_array_index(products, AkEffectScoreProduct, 0),
      .product_count = products->len,
      .corpora = range->corpora,
      .repetitions = range->repetitions,
      .across_groups = true,
      .has_control = range->has_target,
      .listed = pass_over,
      .bootstrap = {.seed = range->seed, .rounds = AK_STATS_ROUNDS, .confidence = CONFIDENCE}};
  g_autoptr(AkEffectScore) score = ak_effect_score_new(&spec, error);
  if (score == NULL)
    return NULL;
  for (guint side = 0; side < 2; side++) {
    Adding adding = {score, side == 0 ? 0 : sides[0].range->products->len, side == 0};
    if (!ak_effect_state_outcomes(sides[side].state, sides[side].log, add_outcome, &adding, error))
      return NULL;
  }
  g_autoptr(json_t) result = ak_effect_score_result(score, error);
  if (result == NULL)
    return NULL;
  return json_pack("{s:[s, s], s:o, s:O, s:O}", "runs", sides[0].state->run_id,
                   sides[1].state->run_id, "products", short_products(result, rows), "comparisons",
                   json_object_get(result, "comparisons"), "statistics",
                   json_object_get(result, "statistics"));
}

/* Of both, each with its run: who withdrew is told here too. */
static json_t *notes_of(const Side *sides) {
  json_t *notes = json_array();
  for (guint side = 0; side < 2; side++) {
    g_autoptr(json_t) own = ak_effect_facts_notes(sides[side].state);
    for (gsize i = 0; i < json_array_size(own); i++)
      json_object_set_new(json_array_get(own, i), "run", json_string(sides[side].state->run_id));
    json_array_extend(notes, own);
  }
  return notes;
}

static void sides_clear(Side *sides) {
  side_clear(&sides[0]);
  side_clear(&sides[1]);
}

json_t *ak_app_effect_compare(AkWorkspace *workspace, const char *run_a, const char *run_b,
                              GError **error) {
  Side sides[2] = {{0}, {0}};
  g_autoptr(json_t) agree = json_object();
  json_t *out = NULL;
  if (strcmp(run_a, run_b) == 0)
    ak_error_set(error, AK_ERROR_CONFIG, "%s is compared with itself", run_a);
  else if (side_open(workspace, run_a, &sides[0], error) &&
           side_open(workspace, run_b, &sides[1], error) &&
           check_agreement(&sides[0], &sides[1], agree, error))
    out = score_both(sides, error);
  if (out != NULL) {
    json_object_set(out, "agree", agree);
    json_object_set_new(out, "notes", notes_of(sides));
  }
  sides_clear(sides);
  return out;
}
