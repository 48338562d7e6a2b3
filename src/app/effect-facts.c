#include "app/effect-facts.h"

#include <string.h>

#include "core/record.h"
#include "effect/adapter/adapter.h"
#include "effect/score/compliance.h"
#include "effect/score/score.h"

#define VALID_MONTHS 12

static void set_text(json_t *object, const char *key, const char *text) {
  if (text != NULL && *text != '\0')
    json_object_set_new(object, key, json_string(text));
}

static void set_number(json_t *object, const char *key, double value) {
  json_object_set_new(object, key, json_real((double)(gint64)(value * 1000 + 0.5) / 1000));
}

/* --- products
 * -------------------------------------------------------------------------------------- */

/* Processor time while cases were given, and memory at most, over all its batches. What a product that is
 * started once uses to start is told beside it. */
static void add_use(json_t *row, const AkEffectState *state, gint64 product) {
  gint64 given_us = 0, waited_us = 0, all_us = 0, last_us = 0, unit = -1, cases = 0, memory = 0;
  for (guint i = 0; i < state->batches->len; i++) {
    const json_t *batch = state->batches->pdata[i];
    if (ak_json_number(batch, "product") != product)
      continue;
    gint64 now_us = ak_json_number(batch, "cpu_us"); /* of the unit so far, unless it was gone on with */
    bool goes_on = ak_json_number(batch, "unit") == unit && now_us >= last_us;
    all_us += goes_on ? now_us - last_us : now_us;
    unit = ak_json_number(batch, "unit");
    last_us = now_us;
    given_us += ak_json_number(batch, "given_cpu_us");
    waited_us += ak_json_number(batch, "given_waited_us");
    cases += ak_json_number(batch, "count");
    memory = MAX(memory, ak_json_number(batch, "memory_bytes"));
  }
  if (all_us == 0 || cases == 0)
    return; /* it was reached at an address: nothing is known of it */
  json_t *use = json_object();
  set_number(use, "cpu_us_a_case", (double)given_us / (double)cases);
  set_number(use, "waited_us_a_case", (double)waited_us / (double)cases);
  set_number(use, "cpu_s_beside", (double)MAX(all_us - given_us, 0) / 1e6);
  if (memory > 0)
    set_number(use, "memory_mib", (double)memory / (1 << 20));
  json_object_set_new(row, "use", use);
}

/* In all repetitions. Of a program that is run anew for each case each death is an error of its own. */
static void add_deaths(json_t *row, const AkEffectState *state, const AkRangeProduct *product, guint number) {
  const AkEffectAdapter *adapter = ak_effect_adapter_find(product->adapter);
  g_autoptr(GHashTable) units = g_hash_table_new(NULL, NULL); /* as many as repetitions */
  json_int_t deaths = 0;
  if (adapter == NULL || (adapter->is_started && adapter->use == NULL))
    return;
  for (guint i = 0; i < state->batches->len; i++) {
    const json_t *batch = state->batches->pdata[i];
    guint unit = (guint)ak_json_number(batch, "unit");
    if (ak_json_number(batch, "product") == number && g_hash_table_add(units, GUINT_TO_POINTER(unit)))
      deaths += ak_effect_state_deaths(state, unit);
  }
  json_object_set_new(row, "deaths", json_integer(deaths));
}

static void add_product(json_t *row, const AkEffectState *state, const AkRangeProduct *product,
                        guint number) {
  const struct {
    const char *key, *text;
  } texts[] = {{"name", product->name},
               {"version", product->version},
               {"rules_on", product->rules_on},
               {"licence", product->licence},
               {"configuration", product->configuration},
               {"adapter", product->adapter},
               {"family", product->family},
               {"alert", product->reading.log_alert}};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    set_text(row, texts[i].key, texts[i].text);
  if (strcmp(product->adapter, "ids") == 0)
    set_text(row, "captures", product->socket != NULL ? "one-by-one" : "merged");
  json_object_set_new(row, "cloud", json_boolean(product->cloud));
  json_object_set_new(row, "learning_days", json_integer(product->learning_days));
  add_use(row, state, number);
  add_deaths(row, state, product, number);
}

char *ak_effect_facts_command(const char *run_id, const char *product, const char *id) {
  g_autofree char *quoted = g_shell_quote(id);
  bool is_plain = *id != '\0' && *id != '-' &&
                  strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789-_./~:") == strlen(id) &&
                  *id != '~';
  return g_strdup_printf("akashi effect repeat %s --product %s --case %s", run_id, product,
                         is_plain ? id : quoted);
}

/* --- the log
 * ------------------------------------------------------------------------------------------- */

typedef struct {
  json_t *log;
  gint64 ended_utc_us;
} Places;

static char *day_of(gint64 utc_us, int months) {
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(utc_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) later = time != NULL ? g_date_time_add_months(time, months) : NULL;
  return later != NULL ? g_date_time_format(later, "%Y-%m-%d") : NULL;
}

static void note_first(json_t *log, const char *key, guint64 index) {
  if (json_object_get(log, key) == NULL)
    json_object_set_new(log, key, json_integer((json_int_t)index));
}

static bool note_place(guint64 index, const json_t *record, gpointer data) {
  Places *self = data;
  AkRecordType type;
  if (!ak_record_type(record, &type, NULL))
    return true;
  if (type == AK_RECORD_TRIAL_PLANNED) {
    g_autofree char *day = day_of(ak_json_number(record, "when_utc_us"), 0);
    note_first(self->log, "planned_index", index);
    set_text(self->log, "planned", day);
  } else if (type == AK_RECORD_TRIAL_BATCH) {
    note_first(self->log, "first_batch_index", index);
  } else if (type == AK_RECORD_TRIAL_ENDED && self->ended_utc_us == 0) {
    note_first(self->log, "ended_index", index);
    self->ended_utc_us = ak_json_number(record, "when_utc_us");
  }
  return true;
}

/* "4 × AMD …, 16 GiB" */
static char *host_text(const json_t *host) {
  return g_strdup_printf("%" JSON_INTEGER_FORMAT " × %s, %" G_GINT64_FORMAT " GiB, %s",
                         json_integer_value(json_object_get(host, "processors")),
                         ak_json_string_or(host, "processor", ""),
                         (ak_json_number(host, "memory_bytes") + (1 << 29)) >> 30,
                         ak_json_string_or(host, "machine", ""));
}

static bool add_log(json_t *result, const AkEffectState *state, AkLog *log, GError **error) {
  Places places = {.log = json_object()};
  json_object_set_new(result, "log", places.log);
  set_text(places.log, "origin", ak_log_origin(log));
  set_text(places.log, "key", ak_log_verifier_key(log));
  set_text(places.log, "range", ak_json_string_or(state->planned, "range", NULL));
  set_text(places.log, "program", ak_json_string_or(state->planned, "program", NULL));
  g_autofree char *host = host_text(json_object_get(state->planned, "host"));
  set_text(places.log, "host", host);
  if (!ak_log_foreach_of(log, state->run_id, 0, note_place, &places, error))
    return false;
  g_autofree char *until =
      places.ended_utc_us > 0 ? day_of(places.ended_utc_us, VALID_MONTHS) : NULL;
  set_text(result, "valid_until", until);
  return true;
}

/* A dispute that came after the window that the plan gives for it. */
static bool is_late(const AkEffectState *state, const json_t *note) {
  gint64 days = ak_json_number(json_object_get(state->planned, "plan"), "dispute_days");
  gint64 ended = ak_json_number(state->ended, "when_utc_us");
  return strcmp(ak_json_string_or(note, "kind", ""), "dispute") == 0 && ended > 0 &&
         ak_json_number(note, "when_utc_us") > ended + days * 86400 * G_USEC_PER_SEC;
}

json_t *ak_effect_facts_notes(const AkEffectState *state) {
  json_t *notes = json_array();
  for (guint i = 0; i < state->notes->len; i++) {
    const json_t *record = state->notes->pdata[i];
    json_t *note = json_object();
    set_text(note, "kind", ak_json_string_or(record, "kind", NULL));
    set_text(note, "by", ak_json_string_or(record, "by", NULL));
    set_text(note, "text", ak_json_string_or(record, "text", NULL));
    gint64 when_utc_us = ak_json_number(record, "when_utc_us");
    g_autofree char *day = day_of(when_utc_us, 0);
    set_text(note, "on", day);
    if (json_object_get(record, "cases") != NULL)
      json_object_set(note, "cases", json_object_get(record, "cases"));
    json_object_set_new(note, "late", json_boolean(is_late(state, record)));
    json_array_append_new(notes, note);
  }
  return notes;
}

static bool has_control(const AkEffectState *state) {
  for (guint i = 0; i < state->batches->len; i++)
    if (ak_json_number(state->batches->pdata[i], "product") < 0)
      return true;
  return false;
}

bool ak_effect_facts_add(json_t *result, const AkEffectState *state, AkLog *log,
                         const AkRange *range, GError **error) {
  const json_t *products = json_object_get(result, "products");
  for (guint i = 0; i < range->products->len; i++) {
    json_t *row = json_array_get(products, i);
    const AkRangeProduct *product = range->products->pdata[i];
    json_t *overhead = json_object_get(row, "overhead");
    add_product(row, state, product, i);
    if (overhead != NULL)
      json_object_set_new(overhead, "connections", json_integer(range->limits.connections));
  }
  json_object_set_new(result, "control_run", json_boolean(has_control(state)));
  json_object_set_new(result, "notes", ak_effect_facts_notes(state));
  if (!add_log(result, state, log, error))
    return false;
  json_object_set_new(result, "compliance", ak_effect_compliance(result));
  return true;
}
