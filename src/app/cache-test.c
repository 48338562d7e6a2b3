/* What was kept is said again whole, or not at all: other bytes, program, question, a damaged entry. */
#include "app/cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/unpack/test-image.h"
#include "sandbox/worker.h"

#define NOON 1700000000000000 /* 2023-11-14 */
#define DAY (G_GINT64_CONSTANT(86400) * G_USEC_PER_SEC)

typedef struct {
  char *folder, *dir;
  AkCache cache;
  AkDigest input;
  json_t *request;
} World;

static AkObservation *seen_of(const char *property, const char *value, const AkDigest *blob) {
  AkObservation *seen = ak_observation_new("file", "i!/x", property, AK_OUTCOME_SEEN);
  seen->test_id = g_strdup("firmware.secret");
  seen->test_rev = 1;
  ak_observation_take_value(seen, ak_value_text(value));
  if (blob != NULL)
    ak_observation_cite(seen, blob, 0, 5);
  return seen;
}

static AkCacheDraft *draft_with(const char *property, const char *value) {
  AkCacheDraft *draft = ak_cache_draft_new();
  AkDigest digest = ak_digest_of("bytes", 5);
  g_autoptr(AkObservation) seen = seen_of(property, value, &digest);
  ak_cache_draft_blob(draft, "bytes", 5);
  ak_cache_draft_observation(draft, seen);
  return draft;
}

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  self->folder = g_dir_make_tmp("akashi-cache-XXXXXX", &error);
  g_assert_no_error(error);
  g_assert_true(ak_cache_of(self->folder, &self->cache, &error));
  g_assert_no_error(error);
  self->input = ak_digest_of("image", 5);
  self->request = json_pack("{s:[s], s:s, s:I, s:I}", "tests", "firmware.secret", "locator", "i",
                            "now_utc_us", (json_int_t)NOON, "seed", (json_int_t)1);
}

static void tear_down(World *self, gconstpointer data) {
  image_remove_tree(self->folder);
  g_free(self->folder);
  g_free((char *)self->cache.dir);
  json_decref(self->request);
}

static char *key_of(const World *self) {
  return ak_cache_key(&self->cache, "verify/image", self->request, &self->input);
}

static bool keep_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  return ak_sink_collector_backend.blob(data, bytes, size, digest, error);
}

static bool keep_observation(gpointer data, const AkObservation *observation, GError **error) {
  return ak_sink_collector_backend.observe(data, observation, error);
}

static const AkRunReceiver receiver = {.blob = keep_blob, .observe = keep_observation};

/* What is said under the key of the world, "" for nothing. */
static char *hear(const World *self, gint64 now_utc_us) {
  g_autofree char *key = key_of(self), *origin = NULL;
  AkSinkCollector *seen = ak_sink_collector_new();
  GString *text = g_string_new(NULL);
  g_assert_true(ak_cache_say(&self->cache, key, now_utc_us, &receiver, seen, &origin, NULL));
  for (guint i = 0; i < seen->observations->len; i++) {
    const AkObservation *one = seen->observations->pdata[i];
    g_string_append_printf(text, "%s=%s ", one->property, one->value.text);
  }
  if (origin != NULL)
    g_string_append_printf(text, "%u from %s", g_hash_table_size(seen->blobs), origin);
  ak_sink_collector_free(seen);
  return g_string_free(text, FALSE);
}

static void expect(const World *self, gint64 now_utc_us, const char *wanted) {
  g_autofree char *heard = hear(self, now_utc_us);
  g_assert_cmpstr(heard, ==, wanted);
}

static void keep(const World *self, const char *property, const char *value) {
  g_autofree char *key = key_of(self);
  g_autoptr(AkCacheDraft) draft = draft_with(property, value);
  ak_cache_keep(&self->cache, key, draft, "run r1", NOON);
}

#define WHOLE "secret.wifi=psk: ***** 1 from run r1 on 2023-11-14"

static void test_said_again(World *self, gconstpointer data) {
  expect(self, NOON, "");
  keep(self, "secret.wifi", "psk: *****");
  expect(self, NOON, WHOLE);
  json_object_set_new(self->request, "now_utc_us", json_integer(NOON + DAY));
  json_object_set_new(self->request, "seed", json_integer(2));
  expect(self, NOON + 300 * DAY, WHOLE); /* neither clock nor seed decide anything */
}

static void test_another_question(World *self, gconstpointer data) {
  keep(self, "secret.wifi", "psk: *****");
  AkDigest before = self->input;
  self->input = ak_digest_of("imagf", 5);
  expect(self, NOON, "");
  self->input = before;
  AkDigest program = self->cache.program; /* another version, or other rules in it */
  self->cache.program.bytes[7] ^= 1;
  expect(self, NOON, "");
  self->cache.program = program;
  json_object_set_new(self->request, "params", json_pack("{s:s}", "yara", "rule x {}"));
  expect(self, NOON, "");
  json_object_del(self->request, "params");
  expect(self, NOON, WHOLE);
  json_object_set_new(self->request, "tests", json_array());
  expect(self, NOON, "");
}

/* Each byte, and each length: nothing of it is said, and it is gone. */
static void test_damaged(World *self, gconstpointer data) {
  g_autofree char *key = key_of(self), *path = g_build_filename(self->cache.dir, key, NULL);
  keep(self, "secret.wifi", "psk: *****");
  g_autoptr(GBytes) whole = image_load(path);
  gsize size = 0;
  const char *bytes = g_bytes_get_data(whole, &size);
  for (gsize i = 0; i < size; i++) {
    g_autofree char *damaged = g_memdup2(bytes, size);
    damaged[i] ^= 0x20;
    g_assert_true(g_file_set_contents(path, damaged, (gssize)size, NULL));
    expect(self, NOON, "");
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_set_contents(path, bytes, (gssize)i, NULL));
    expect(self, NOON, "");
  }
  /* of another image, under this one's name */
  AkDigest before = self->input;
  self->input = ak_digest_of("other", 5);
  keep(self, "secret.wifi", "of another image");
  g_autofree char *other = key_of(self), *from = g_build_filename(self->cache.dir, other, NULL);
  self->input = before;
  g_assert_cmpint(g_rename(from, path), ==, 0);
  expect(self, NOON, "");
  keep(self, "secret.wifi", "psk: *****");
  expect(self, NOON, WHOLE);
}

/* An observation whose evidence is not in the entry is not said. */
static void test_evidence_is_there(World *self, gconstpointer data) {
  g_autofree char *key = key_of(self);
  AkDigest digest = ak_digest_of("bytes", 5);
  g_autoptr(AkObservation) seen = seen_of("secret.wifi", "x", &digest);
  g_autoptr(AkCacheDraft) draft = ak_cache_draft_new();
  ak_cache_draft_observation(draft, seen);
  ak_cache_draft_blob(draft, "bytes", 5); /* too late */
  ak_cache_keep(&self->cache, key, draft, "run r1", NOON);
  expect(self, NOON, "");
}

/* Whether a certificate has ended is the clock's: it is looked at again once its end has come. */
static void test_certificates_end(World *self, gconstpointer data) {
  const char *text = "PEM sha256 0123456789abcdef… until 2023-11-20";
  g_autofree char *wanted =
      g_strconcat("secret.certificate=", text, " 1 from run r1 on 2023-11-14", NULL);
  keep(self, "secret.certificate", text);
  expect(self, NOON + 5 * DAY, wanted);
  expect(self, NOON + 6 * DAY, "");
  keep(self, "secret.certificate", "PEM sha256 0123456789abcdef… until 2023-11-14");
  expect(self, NOON, ""); /* this very day */
  keep(self, "secret.certificate", "PEM sha256 0123456789abcdef… until 2022-01-01");
  g_autofree char *ended = hear(self, NOON + 900 * DAY);
  g_assert_cmpstr(ended, !=, ""); /* it had ended then too */
  expect(self, NOON - DAY, "");   /* a clock that went back */
}

/* What time cut is not kept, nor anything after it was cleared. */
static void test_not_kept(World *self, gconstpointer data) {
  keep(self, "secret.wifi", "3 bytes not searched to their end: more than 90000 ms were used");
  expect(self, NOON, "");
  keep(self, "secret.wifi", "psk: *****");
  ak_cache_clear(self->folder);
  expect(self, NOON, "");
}

/* --- the whole way: a worker looks once ------------------------------------------------------------ */

static char *execute(World *self, const char *image, AkSinkCollector *seen) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) request =
      json_pack("{s:[s,s], s:{s:s, s:s}, s:{}, s:[], s:I, s:I}", "tests", "firmware.unpack",
                "firmware.secret", "subject", "kind", "image", "locator", "image", "params", "prior",
                "seed", (json_int_t)g_random_int(), "now_utc_us", (json_int_t)g_get_real_time());
  AkRunJob job = {.job = "verify/image",
                  .request = request,
                  .input = image,
                  .isolation = AK_ISOLATION_SANDBOX,
                  .wall_ms = 120000};
  AkCacheExecutor executor = {.cache = self->cache, .run_id = "r2", .worker = {.threads = 1}};
  const char *end = NULL;
  char *reason = NULL;
  g_assert_true(ak_cache_execute(&executor, &job, &receiver, seen, &end, &reason, &error));
  g_assert_no_error(error);
  g_assert_cmpstr(end, ==, "done");
  return reason;
}

static void test_a_worker_looks_once(World *self, gconstpointer data) {
  static const char shadow[] = "root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n";
  g_autofree char *image = g_build_filename(self->folder, "image", NULL);
  g_autoptr(GBytes) packed = image_gzip(shadow, sizeof shadow - 1);
  image_put(self->folder, "image", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
  AkSinkCollector *first = ak_sink_collector_new(), *second = ak_sink_collector_new();
  g_autofree char *fresh = execute(self, image, first), *again = execute(self, image, second);
  g_assert_null(fresh);
  g_assert_nonnull(strstr(again, "were looked at in run r2 on "));
  g_assert_cmpuint(first->observations->len, >, 5);
  g_assert_cmpuint(first->observations->len, ==, second->observations->len);
  g_assert_cmpuint(g_hash_table_size(first->blobs), ==, g_hash_table_size(second->blobs));
  for (guint i = 0; i < first->observations->len; i++) {
    g_autoptr(json_t) one = ak_observation_to_json(first->observations->pdata[i], true);
    g_autoptr(json_t) two = ak_observation_to_json(second->observations->pdata[i], true);
    g_assert_true(json_equal(one, two));
  }
  image_put_text(self->folder, "image", "other bytes");
  AkSinkCollector *third = ak_sink_collector_new();
  g_autofree char *other = execute(self, image, third);
  g_assert_null(other);
  ak_sink_collector_free(first);
  ak_sink_collector_free(second);
  ak_sink_collector_free(third);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ak_worker_set_program(g_getenv("AKASHI_PROGRAM"));
  g_test_add("/cache/said-again", World, NULL, set_up, test_said_again, tear_down);
  g_test_add("/cache/another-question", World, NULL, set_up, test_another_question, tear_down);
  g_test_add("/cache/damaged", World, NULL, set_up, test_damaged, tear_down);
  g_test_add("/cache/evidence", World, NULL, set_up, test_evidence_is_there, tear_down);
  g_test_add("/cache/certificates", World, NULL, set_up, test_certificates_end, tear_down);
  g_test_add("/cache/not-kept", World, NULL, set_up, test_not_kept, tear_down);
  g_test_add("/cache/worker", World, NULL, set_up, test_a_worker_looks_once, tear_down);
  return g_test_run();
}
