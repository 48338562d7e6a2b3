#include "effect/trial.h"

#include <string.h>

#include "effect/adapter/kit.h"
#include "effect/token.h"

#define LOOPBACK "127.0.0.1"
#define TARGET_STOP_MS 2000
#define TARGET_READY_MS 10000

/* --- orders -------------------------------------------------------------------------------------- */

#define BREATH 65536 /* rows that are swapped */

/* Fisher and Yates, with a generator whose state is the only input. On a shelf, or (NULL) in memory. */
static void shuffle(gpointer data, guint count, gsize size, guint64 state, AkShelf *shelf) {
  guint8 *rows = data;
  g_autofree guint8 *spare = g_malloc(size);
  for (guint i = count; i > 1; i--) {
    guint j = (guint)(ak_token_random(&state) % i);
    memcpy(spare, rows + (gsize)j * size, size);
    memcpy(rows + (gsize)j * size, rows + (gsize)(i - 1) * size, size);
    memcpy(rows + (gsize)(i - 1) * size, spare, size);
    if (shelf != NULL && i % BREATH == 0)
      ak_shelf_breathe(shelf);
  }
}

GArray *ak_trial_units(const AkRange *range) {
  GArray *units = g_array_new(FALSE, FALSE, sizeof(AkTrialUnit));
  AkTrialUnit control = {0, AK_EFFECT_CONTROL, 0};
  if (range->has_target)
    g_array_append_val(units, control);
  for (guint32 r = 0; r < range->repetitions; r++) {
    guint first = units->len;
    for (guint32 p = 0; p < range->products->len; p++) {
      AkTrialUnit unit = {1 + r * range->products->len + p, p, r};
      g_array_append_val(units, unit);
    }
    if (range->products->len > 0)
      shuffle(&g_array_index(units, AkTrialUnit, first), range->products->len, sizeof(AkTrialUnit),
              range->seed ^ ((guint64)r + 1) << 40, NULL);
  }
  return units;
}

static const AkEffectAdapter *adapter_of(const AkRange *range, const AkTrialUnit *unit) {
  const AkRangeProduct *product =
      unit->product != AK_EFFECT_CONTROL ? range->products->pdata[unit->product] : NULL;
  return ak_effect_adapter_find(product != NULL ? product->adapter : "proxy-waf");
}

/* Which case, by its corpus and its number there. */
typedef struct {
  guint32 corpus, index;
} Which;

typedef struct {
  AkShelf *shelf;
  Which *rows; /* on it */
  guint count;
} Order;

static void order_clear(Order *self) { g_clear_pointer(&self->shelf, ak_shelf_free); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Order, order_clear)

static bool is_given(const AkTrialSpec *spec, const AkTrialUnit *unit, guint32 corpus, guint32 index) {
  return spec->excluded == NULL || !spec->excluded(spec->data, unit, corpus, index);
}

/* The cases of a unit in the order in which they are given. `out` is empty before. */
static bool make_order(const AkTrialSpec *spec, const AkTrialUnit *unit,
                       const AkEffectAdapter *adapter, Order *out, GError **error) {
  const GPtrArray *corpora = spec->range->corpora;
  gsize most = 0;
  for (guint32 c = 0; c < corpora->len; c++)
    most += ((const AkEffectCorpus *)corpora->pdata[c])->cases->len;
  if ((out->shelf = ak_shelf_new(error)) == NULL ||
      (out->rows = ak_shelf_take(out->shelf, (most + 1) * sizeof(Which), error)) == NULL)
    return false;
  for (guint32 c = 0; c < corpora->len; c++) {
    const AkEffectCorpus *corpus = corpora->pdata[c];
    for (guint32 i = 0; corpus->kind == adapter->kind && i < corpus->cases->len; i++)
      if (is_given(spec, unit, c, i))
        out->rows[out->count++] = (Which){c, i};
  }
  shuffle(out->rows, out->count, sizeof(Which), spec->range->seed ^ (guint64)unit->number << 20, out->shelf);
  return true;
}

/* --- one unit --------------------------------------------------------------------------------------- */

typedef struct {
  const AkTrialSpec *spec;
  const AkTrialUnit *unit;
  const AkEffectAdapter *adapter;
  const AkRangeProduct *product; /* NULL: the control run */
  AkPlaceholders placeholders;
  char *target_folder, *target_log, *folder; /* owned */
  AkProcess *target, *process;
  gpointer state; /* the adapter's */
  AkEffectPlace place;
  guint64 answers_at, log_at, target_at;
  guint starts; /* that name its folders */
  guint deaths;
  AkProcessUse used; /* by what has ended */
} Unit;

static bool is_cancelled(const AkTrialSpec *spec) {
  return spec->cancelled != NULL && spec->cancelled(spec->data);
}

static char **filled(const AkPlaceholders *placeholders, char *const *argv) {
  g_autoptr(GStrvBuilder) words = g_strv_builder_new();
  for (; *argv != NULL; argv++) {
    g_autofree char *word = ak_process_fill(placeholders, *argv, strlen(*argv), NULL);
    g_strv_builder_add(words, word);
  }
  return g_strv_builder_end(words);
}

static bool write_files(const Unit *self, GError **error) {
  for (guint i = 0; i < self->product->files->len; i++) {
    const AkRangeFile *file = self->product->files->pdata[i];
    gsize size = 0, length = 0;
    const char *bytes = g_bytes_get_data(file->bytes, &size);
    g_autofree char *text = ak_process_fill(&self->placeholders, bytes, size, &length);
    g_autofree char *path = g_build_filename(self->folder, file->to, NULL);
    if (!ak_kit_write_file(path, text, length, error))
      return false;
  }
  return true;
}

static bool start_target(Unit *self, GError **error) {
  const AkTrialSpec *spec = self->spec;
  if (spec->target == NULL || !spec->range->has_target)
    return true;
  self->target_folder = g_strdup_printf("%s/target-%u", spec->folder, self->unit->number);
  self->target_log = g_build_filename(self->target_folder, "log", NULL);
  if (!ak_process_make_folder(self->target_folder, error))
    return false;
  self->placeholders.target_port = ak_process_free_port();
  AkPlaceholders own = self->placeholders;
  own.folder = self->target_folder;
  own.port = own.target_port;
  g_auto(GStrv) argv = filled(&own, spec->target);
  AkProcessSpec process = {.name = "the target",
                           .folder = self->target_folder,
                           .argv = argv,
                           .port = own.target_port,
                           .ready_ms = TARGET_READY_MS,
                           .in_fd = -1,
                           .out_fd = -1,
                           .groups = spec->groups};
  self->target = ak_process_start(&process, error);
  return self->target != NULL;
}

/* The adapter's view of it; a product that the range starts is started. */
static bool start_product(Unit *self, GError **error) {
  const AkRangeProduct *product = self->product;
  self->place.address = LOOPBACK;
  self->place.port = self->placeholders.target_port;
  if (product == NULL)
    return true;
  if (product->command == NULL) {
    self->place.address = product->address;
    self->place.port = product->port;
    return true;
  }
  self->starts++;
  g_free(self->folder);
  self->folder = g_strdup_printf("%s/%s-%u-%u", self->spec->folder, product->id,
                                 self->unit->repetition, self->starts);
  self->placeholders.folder = self->folder;
  self->placeholders.port = ak_process_free_port();
  self->place.folder = self->folder;
  self->place.port = self->placeholders.port;
  if (!ak_process_make_folder(self->folder, error) || !write_files(self, error))
    return false;
  if (self->adapter->is_started)
    return true;
  g_auto(GStrv) argv = filled(&self->placeholders, product->command);
  AkProcessSpec process = {.name = product->id,
                           .folder = self->folder,
                           .argv = argv,
                           .port = self->placeholders.port,
                           .ready_ms = product->ready_ms,
                           .in_fd = -1,
                           .out_fd = -1,
                           .groups = self->spec->groups};
  self->process = self->place.process = ak_process_start(&process, error);
  return self->process != NULL;
}

static void stop_product(Unit *self) {
  if (self->state != NULL)
    self->adapter->close(self->state);
  self->state = NULL;
  ak_process_stop(self->process, self->product != NULL ? self->product->stop_ms : 0, &self->used);
  self->process = self->place.process = NULL;
}

static void unit_clear(Unit *self) {
  stop_product(self);
  ak_process_stop(self->target, TARGET_STOP_MS, NULL);
  g_free(self->target_folder);
  g_free(self->target_log);
  g_free(self->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Unit, unit_clear)

/* Brings the product up, again where it died. False: it is not to be had any more. A range that fails
 * sets `error`. */
static bool bring_up(Unit *self, GError **error) {
  g_autoptr(GError) failure = NULL;
  if (self->deaths > self->spec->range->limits.deaths)
    return false;
  if (self->state != NULL)
    return true;
  self->place.target_log = self->target_log;
  if (!start_product(self, &failure)) {
    if (self->product == NULL || !g_error_matches(failure, AK_ERROR, AK_ERROR_TIMEOUT)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    self->deaths++;
    return bring_up(self, error);
  }
  self->state = self->adapter->open(&self->place, error);
  return self->state != NULL;
}

/* First turn that was not given, from `from` on. */
static guint not_given(const AkEffectBatch *batch, guint from) {
  while (from < batch->turns->len &&
         ak_effect_batch_turn(batch, from)->end != AK_EFFECT_END_NOT_GIVEN)
    from++;
  return from;
}

/* What was started for the unit used so far, whether it lives or not. */
static AkProcessUse use_so_far(const Unit *self) {
  AkProcessUse use = self->used;
  if (self->process != NULL) {
    AkProcessUse now = ak_process_use(self->process);
    ak_process_use_add(&use, &now);
  }
  if (self->state != NULL && self->adapter->use != NULL) {
    AkProcessUse now = self->adapter->use(self->state);
    ak_process_use_add(&use, &now);
  }
  return use;
}

/* Gives, and adds to the account how long that took and what the product used meanwhile. */
static bool give_some(Unit *self, AkEffectBatch *batch, guint from, AkTrialAccount *account,
                      GError **error) {
  AkProcessUse before = use_so_far(self);
  gint64 began_ns = ak_kit_now_ns();
  bool done = self->adapter->give(self->state, batch, from, error);
  account->given_ns += ak_kit_now_ns() - began_ns;
  AkProcessUse after = use_so_far(self);
  account->given.cpu_us += MAX(after.cpu_us - before.cpu_us, 0);
  account->given.waited_us += MAX(after.waited_us - before.waited_us, 0);
  account->given.memory_bytes = MAX(account->given.memory_bytes, after.memory_bytes);
  return done;
}

/* A product that died leaves turns ungiven, unless it did so over the last ones. */
static bool has_ended(const Unit *self, const AkEffectBatch *batch, guint from) {
  return not_given(batch, from) < batch->turns->len ||
         (self->process != NULL && !ak_process_is_alive(self->process));
}

/* Gives what is left of a batch; a product that dies is started again. Where it is not to be had any
 * more the rest ends as DIED. */
static bool give_batch(Unit *self, AkEffectBatch *batch, AkTrialAccount *account, GError **error) {
  g_autoptr(GError) failure = NULL;
  guint from = 0;
  while ((from = not_given(batch, from)) < batch->turns->len && !is_cancelled(self->spec)) {
    if (!bring_up(self, &failure)) {
      if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
      }
      for (guint i = from; i < batch->turns->len; i = not_given(batch, i))
        ak_effect_batch_turn(batch, i)->end = AK_EFFECT_END_DIED;
      return true;
    }
    guint known = self->deaths;
    if (!give_some(self, batch, from, account, error))
      return false;
    if (batch->is_full)
      return true;
    if (self->target != NULL && !ak_process_is_alive(self->target))
      return ak_error_set(error, AK_ERROR_IO, "the target ended by itself");
    if (has_ended(self, batch, from) && !is_cancelled(self->spec)) {
      self->deaths += self->deaths == known; /* unless the adapter has counted it */
      stop_product(self);
    }
  }
  return true;
}

/* One that ended early is followed by what was left of it. */
static AkEffectBatch *next_batch(const Unit *self, const Order *order, guint first) {
  const AkRange *range = self->spec->range;
  AkEffectBatch *batch = ak_effect_batch_new(self->spec->token_key, self->unit->number, first);
  guint most = MAX(range->limits.batch, 1);
  guint end = MIN(order->count, first - first % most + most);
  batch->corpora = range->corpora;
  batch->answers_at = self->answers_at;
  batch->log_at = self->log_at;
  batch->target_at = self->target_at;
  for (guint i = first; i < end; i++) {
    const Which *which = &order->rows[i];
    const AkEffectCorpus *corpus = range->corpora->pdata[which->corpus];
    AkEffectTurn turn = {.one = corpus->cases->pdata[which->index],
                         .outcome = {.product = self->unit->product,
                                     .corpus = which->corpus,
                                     .case_index = which->index,
                                     .repetition = self->unit->repetition}};
    g_array_append_val(batch->turns, turn);
  }
  return batch;
}

/* What a cancelled batch did not come to is given again by whoever goes on; what a full one did not, in the
 * next one. */
static void cut_to_given(AkEffectBatch *batch) {
  g_array_set_size(batch->turns, not_given(batch, 0));
}

static bool run_batch(Unit *self, AkEffectBatch *batch, GError **error) {
  const AkTrialSpec *spec = self->spec;
  gint64 began_ns = ak_kit_now_ns();
  AkTrialAccount account = {0};
  if (!give_batch(self, batch, &account, error))
    return false;
  account.deaths = self->deaths;
  account.took_ns = ak_kit_now_ns() - began_ns;
  account.use = use_so_far(self);
  cut_to_given(batch);
  if (batch->turns->len == 0)
    return true;
  self->adapter->judge(batch, self->product != NULL ? &self->product->reading : NULL,
                       &spec->range->limits);
  self->answers_at += batch->answers->len;
  self->log_at += batch->log->len;
  self->target_at += batch->target_log->len;
  return spec->keep(spec->data, self->unit, batch, &account, error);
}

static bool run_unit(const AkTrialSpec *spec, const AkTrialUnit *unit, guint64 before,
                     guint64 total, guint64 *cases, GError **error) {
  g_auto(Order) order = {0};
  const AkEffectAdapter *adapter = adapter_of(spec->range, unit);
  gsize done = spec->done != NULL ? spec->done(spec->data, unit) : 0;
  bool is_control = unit->product == AK_EFFECT_CONTROL;
  const AkRangeProduct *product = is_control ? NULL : spec->range->products->pdata[unit->product];
  if (adapter == NULL)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s: there is no adapter %s", product->id, product->adapter);
  if (!make_order(spec, unit, adapter, &order, error))
    return false;
  *cases = order.count;
  if (done >= order.count)
    return true;
  g_auto(Unit) self = {.spec = spec,
                       .unit = unit,
                       .adapter = adapter,
                       .product = product,
                       .deaths = spec->deaths != NULL ? spec->deaths(spec->data, unit) : 0,
                       .placeholders = {.range = spec->range->folder}};
  self.placeholders.values = product != NULL ? product->values : NULL;
  self.place = (AkEffectPlace){.product = self.product,
                               .limits = &spec->range->limits,
                               .placeholders = &self.placeholders,
                               .groups = spec->groups,
                               .used = &self.used,
                               .deaths = &self.deaths,
                               .began_ns = spec->began_ns,
                               .cancelled = spec->cancelled,
                               .cancelled_data = spec->data};
  if (adapter->kind == AK_EFFECT_HTTP && !start_target(&self, error))
    return false;
  for (gsize at = done; at < order.count && !is_cancelled(spec);) {
    g_autoptr(AkEffectBatch) batch = next_batch(&self, &order, (guint)at);
    if (!run_batch(&self, batch, error))
      return false;
    if (batch->turns->len == 0 && !is_cancelled(spec))
      return ak_error_set(error, AK_ERROR_INTERNAL, "a batch ended before its first case");
    at += batch->turns->len;
    if (spec->progress != NULL)
      spec->progress(spec->data, before + at, MAX(total, before + at));
  }
  return true;
}

/* --- all of them -------------------------------------------------------------------------------------- */

bool ak_trial_run(const AkTrialSpec *spec, bool *finished, GError **error) {
  g_autoptr(GArray) units = ak_trial_units(spec->range);
  guint64 before = 0, all = 0;
  *finished = false;
  for (guint c = 0; c < spec->range->corpora->len; c++)
    all += ((const AkEffectCorpus *)spec->range->corpora->pdata[c])->cases->len;
  for (guint i = 0; i < units->len; i++) {
    guint64 cases = 0;
    if (is_cancelled(spec))
      return true;
    if (!run_unit(spec, &g_array_index(units, AkTrialUnit, i), before, all * units->len, &cases,
                  error))
      return false;
    before += cases;
  }
  *finished = !is_cancelled(spec);
  return true;
}
