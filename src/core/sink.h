/* Where a test writes what it saw. One sink a test, one thread.
 *
 * The sink holds the rules that no test may break: a blob precedes the observation that cites it,
 * only declared properties are observed, and limits are enforced while the test runs. Behind it
 * stands a back end: the log in the main process, frames in a worker, an array in tests.
 */
#pragma once

#include "core/observation.h"

struct _AkTest;

typedef enum { AK_SPEND_BYTES, AK_SPEND_FILES, AK_SPEND_PACKETS, AK_SPEND_ATTEMPTS } AkSpend;
#define AK_SPEND_COUNT 4

typedef struct {
  /* Keeps the bytes before it returns. */
  bool (*blob)(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
               GError **error);
  /* Borrows the observation. May block for backpressure. */
  bool (*observe)(gpointer data, const AkObservation *observation, GError **error);
  void (*spend)(gpointer data, AkSpend what, guint64 n); /* may be NULL */
  void (*progress)(gpointer data, guint64 done, guint64 total); /* may be NULL */
  bool (*cancelled)(gpointer data);                       /* may be NULL */
} AkSinkBackend;

typedef struct _AkSink AkSink;

/* A sink for one execution of `test` (borrowed, static). `now_utc_us` gives the trace's clock, may
 * be NULL for 0. */
AkSink *ak_sink_new(const struct _AkTest *test, const AkSinkBackend *backend, gpointer data,
                    gint64 (*now_utc_us)(void));
void ak_sink_free(AkSink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSink, ak_sink_free)

/* Keeps `size` bytes as evidence; `out` gets their digest. */
bool ak_sink_blob(AkSink *self, const void *bytes, gsize size, AkDigest *out, GError **error);

/* Emits an observation (takes it over, also on error). Fills in test, revision and time. INTERNAL if
 * the property is not declared by the test, its type or unit differs from the declared one, or it
 * cites a blob that this sink has not kept. */
bool ak_sink_observe(AkSink *self, AkObservation *observation, GError **error);

/* Accounts for `n` of `what`. LIMIT when the test's declared limit would be passed: the test stops
 * and what it could not do is observed as cut. */
bool ak_sink_spend(AkSink *self, AkSpend what, guint64 n, GError **error);
guint64 ak_sink_spent(const AkSink *self, AkSpend what);

void ak_sink_progress(AkSink *self, guint64 done, guint64 total);

/* A test asks at each step that may take long, and returns CANCELLED. */
bool ak_sink_cancelled(AkSink *self);

/* A back end for tests: collects observations (GPtrArray of AkObservation) and blobs (GHashTable hex
 * digest → GBytes). Pass the AkSinkCollector as `data`. */
typedef struct {
  GPtrArray *observations;
  GHashTable *blobs;
} AkSinkCollector;
extern const AkSinkBackend ak_sink_collector_backend;
AkSinkCollector *ak_sink_collector_new(void);
void ak_sink_collector_free(AkSinkCollector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSinkCollector, ak_sink_collector_free)

/* The first collected observation of `property` on `locator` (NULL: any), or NULL. Borrowed. */
const AkObservation *ak_sink_collector_find(const AkSinkCollector *self, const char *property,
                                            const char *locator);
