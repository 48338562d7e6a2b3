#include "core/sink.h"

#include "core/test.h"

struct _AkSink {
  const AkTest *test;
  const AkSinkBackend *backend;
  gpointer data;
  gint64 (*now_utc_us)(void);
  GHashTable *kept; /* hex digests of the blobs kept so far */
  guint64 spent[AK_SPEND_COUNT];
};

AkSink *ak_sink_new(const AkTest *test, const AkSinkBackend *backend, gpointer data,
                    gint64 (*now_utc_us)(void)) {
  AkSink *self = g_new0(AkSink, 1);
  self->test = test;
  self->backend = backend;
  self->data = data;
  self->now_utc_us = now_utc_us;
  self->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void ak_sink_free(AkSink *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->kept);
  g_free(self);
}

bool ak_sink_blob(AkSink *self, const void *bytes, gsize size, AkDigest *out, GError **error) {
  AkDigest digest = ak_digest_of(bytes, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  if (!g_hash_table_contains(self->kept, hex)) {
    if (!self->backend->blob(self->data, bytes, size, &digest, error))
      return false;
    g_hash_table_add(self->kept, g_strdup(hex));
  }
  *out = digest;
  return true;
}

static bool cites_only_kept_blobs(AkSink *self, const AkObservation *observation,
                                  GError **error) {
  for (guint i = 0; i < observation->evidence->len; i++) {
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&g_array_index(observation->evidence, AkEvidenceRef, i).digest, hex);
    if (!g_hash_table_contains(self->kept, hex))
      return ak_error_set(error, AK_ERROR_INTERNAL, "%s: %s cites evidence %s before it is kept",
                          self->test->id, observation->property, hex);
  }
  return true;
}

static bool has_declared_type(const AkObservation *observation, const AkTestOutput *output) {
  const AkValue *value = &observation->value;
  const char *unit = output->unit != NULL ? output->unit : "";
  return observation->outcome != AK_OUTCOME_SEEN ||
         (value->type == output->type &&
          (value->type != AK_VALUE_INT || g_strcmp0(value->unit, unit) == 0));
}

bool ak_sink_observe(AkSink *self, AkObservation *taken, GError **error) {
  g_autoptr(AkObservation) observation = taken;
  const AkTestOutput *output = ak_test_output(self->test, observation->property);
  if (output == NULL)
    return ak_error_set(error, AK_ERROR_INTERNAL, "%s: property %s is not declared",
                        self->test->id, observation->property);
  if (!has_declared_type(observation, output))
    return ak_error_set(error, AK_ERROR_INTERNAL,
                        "%s: value of %s is not of its declared type or unit", self->test->id,
                        observation->property);
  if (!cites_only_kept_blobs(self, observation, error))
    return false;
  g_free(observation->test_id);
  observation->test_id = g_strdup(self->test->id);
  observation->test_rev = self->test->rev;
  if (observation->trace.when_utc_us == 0 && self->now_utc_us != NULL)
    observation->trace.when_utc_us = self->now_utc_us();
  return self->backend->observe(self->data, observation, error);
}

static guint64 limit_of(const AkTest *test, AkSpend what) {
  const guint64 limits[AK_SPEND_COUNT] = {
      [AK_SPEND_BYTES] = test->limits.bytes,
      [AK_SPEND_FILES] = test->limits.files,
      [AK_SPEND_PACKETS] = test->limits.packets,
      [AK_SPEND_ATTEMPTS] = test->limits.attempts,
  };
  return limits[what];
}

bool ak_sink_spend(AkSink *self, AkSpend what, guint64 n, GError **error) {
  static const char *const names[AK_SPEND_COUNT] = {"bytes", "files", "packets", "attempts"};
  guint64 limit = limit_of(self->test, what);
  if (n > limit || self->spent[what] > limit - n)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: limit of %" G_GUINT64_FORMAT " %s reached",
                        self->test->id, limit, names[what]);
  self->spent[what] += n;
  if (self->backend->spend != NULL)
    self->backend->spend(self->data, what, n);
  return true;
}

guint64 ak_sink_spent(const AkSink *self, AkSpend what) { return self->spent[what]; }

void ak_sink_progress(AkSink *self, guint64 done, guint64 total) {
  if (self->backend->progress != NULL)
    self->backend->progress(self->data, done, total);
}

bool ak_sink_cancelled(AkSink *self) {
  return self->backend->cancelled != NULL && self->backend->cancelled(self->data);
}

/* --- the collecting back end ------------------------------------------------------------- */

static bool collector_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                           GError **error) {
  AkSinkCollector *self = data;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  g_hash_table_insert(self->blobs, g_strdup(hex), g_bytes_new(bytes, size));
  return true;
}

static bool collector_observe(gpointer data, const AkObservation *observation, GError **error) {
  AkSinkCollector *self = data;
  g_ptr_array_add(self->observations, ak_observation_copy(observation));
  return true;
}

const AkSinkBackend ak_sink_collector_backend = {
    .blob = collector_blob,
    .observe = collector_observe,
};

AkSinkCollector *ak_sink_collector_new(void) {
  AkSinkCollector *self = g_new0(AkSinkCollector, 1);
  self->observations = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  self->blobs =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
  return self;
}

void ak_sink_collector_free(AkSinkCollector *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->observations);
  g_hash_table_unref(self->blobs);
  g_free(self);
}

const AkObservation *ak_sink_collector_find(const AkSinkCollector *self, const char *property,
                                            const char *locator) {
  for (guint i = 0; i < self->observations->len; i++) {
    const AkObservation *observation = self->observations->pdata[i];
    if (g_strcmp0(observation->property, property) == 0 &&
        (locator == NULL || g_strcmp0(observation->subject.locator, locator) == 0))
      return observation;
  }
  return NULL;
}
