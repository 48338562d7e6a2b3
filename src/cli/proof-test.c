/* akashi proof verify, on bundles made from a real log. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/observation.h"
#include "log/log.h"
#include "proof/bundle.h"

#define PRODUCT_DIGEST "1111111111111111111111111111111111111111111111111111111111111111"

/* A folder with a bundle about one run, made once. */
static struct { char *folder, *bundle, *key_text, *old, *later; } sample;

static char *in_folder(const char *name) {
  return g_build_filename(sample.folder, name, NULL);
}

static bool sign(gpointer log, const void *data, gsize size,
                 guint8 signature[static AK_NOTE_SIGNATURE_SIZE], GError **error) {
  return ak_log_sign(log, data, size, signature, error);
}

static guint64 append(AkLog *log, json_t *record) {
  g_autoptr(GError) error = NULL;
  guint64 index = 0;
  ak_log_append(log, record, &index, &error);
  g_assert_no_error(error);
  json_decref(record);
  return index;
}

static guint64 append_observation(AkLog *log, char *identity) {
  g_autoptr(AkObservation) observation =
      ak_observation_new("service", "tcp:127.0.1.10:443", "tls.offered", AK_OUTCOME_SEEN);
  observation->test_id = g_strdup("probe.tls");
  observation->trace.attempt = 1;
  ak_observation_take_value(observation, ak_value_bool(true));
  AkDigest digest = ak_observation_identity(observation);
  ak_digest_to_hex(&digest, identity);
  json_t *record = ak_record_new(AK_RECORD_OBSERVATION, "run-1", 2);
  json_object_set_new(record, "observation", ak_observation_to_json(observation, true));
  return append(log, record);
}

static guint64 append_verdict(AkLog *log, const char *cited) {
  json_t *record = ak_record_new(AK_RECORD_VERDICT, "run-1", 3);
  json_object_set_new(record, "verdicts",
                      json_pack("{s:[{s:s, s:s, s:s, s:[{s:s, s:[s]}]}]}", "verdicts",
                                "requirement", "5.5-1", "obligation", "M", "verdict", "pass",
                                "cases", "case", "5.5-1-1", "observations", cited));
  return append(log, record);
}

static void add_record(GPtrArray *records, AkLog *log, guint64 index, guint64 size) {
  g_autoptr(json_t) json = NULL;
  guint8 salt[AK_SALT_SIZE];
  g_assert_true(ak_log_read(log, index, &json, salt, NULL));
  g_ptr_array_add(records, ak_bundle_record_new(index, ak_json_canonical(json, NULL, NULL), salt,
                                                ak_log_inclusion(log, index, size, NULL)));
}

static void write_bundle(AkLog *log, const guint64 *indices, gsize count) {
  g_autoptr(GPtrArray) records =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_bundle_record_free);
  guint64 size = 0;
  g_autofree char *checkpoint = ak_log_checkpoint(log, &size, NULL);
  for (gsize i = 0; i < count; i++)
    add_record(records, log, indices[i], size);
  AkBundleInput input = {.log_key = ak_log_verifier_key(log),
                         .checkpoint = checkpoint,
                         .product = "Gateway\x1B[2J@1.2", /* a name that would clear the screen */
                         .records = records,
                         .sign = sign,
                         .sign_data = log};
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = ak_proof_bundle_write(&input, &error);
  g_assert_no_error(error);
  g_file_set_contents(sample.bundle, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes),
                      &error);
  g_assert_no_error(error);
}

static void write_text(const char *path, const char *text) {
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void make_sample(void) {
  char identity[AK_DIGEST_HEX_SIZE];
  sample.folder = g_dir_make_tmp("akashi-proof-XXXXXX", NULL);
  sample.bundle = in_folder("run.bundle");
  sample.old = in_folder("old.checkpoint");
  sample.later = in_folder("later.checkpoint");
  g_autofree char *data = in_folder("data");
  g_autoptr(GError) error = NULL;
  g_autoptr(AkLog) log = ak_log_open(data, &error);
  g_assert_no_error(error);
  sample.key_text = g_strdup(ak_log_verifier_key(log));
  json_t *plan = ak_record_new(AK_RECORD_RUN_PLANNED, "run-1", 1);
  json_object_set_new(plan, "product", json_string(PRODUCT_DIGEST));
  guint64 indices[3] = {append(log, plan), 0, 0};
  guint64 size = 0;
  g_autofree char *old = ak_log_checkpoint(log, &size, NULL);
  write_text(sample.old, old);
  indices[1] = append_observation(log, identity);
  indices[2] = append_verdict(log, identity);
  write_bundle(log, indices, G_N_ELEMENTS(indices));
  append(log, ak_record_new(AK_RECORD_RUN_ENDED, "run-1", 4));
  g_autofree char *later = ak_log_checkpoint(log, &size, NULL);
  write_text(sample.later, later);
}

/* Runs `akashi proof` with up to six arguments; returns its exit code, `output` its standard
 * output. */
static int run(char **output, const char *const *arguments) {
  g_autoptr(GPtrArray) line = g_ptr_array_new();
  g_ptr_array_add(line, (gpointer)g_getenv("AKASHI_PROGRAM"));
  g_ptr_array_add(line, (gpointer) "proof");
  for (gsize i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add(line, (gpointer)arguments[i]);
  g_ptr_array_add(line, NULL);
  g_autofree char *messages = NULL;
  int status = 0;
  g_assert_true(g_spawn_sync(NULL, (char **)line->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, output,
                             &messages, &status, NULL));
  g_assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static json_t *run_json(int expected, const char *option, const char *value) {
  g_autofree char *output = NULL;
  const char *arguments[] = {"verify", sample.bundle, "--format", "json", option, value, NULL};
  g_assert_cmpint(run(&output, arguments), ==, expected);
  json_t *json = json_loads(output, 0, NULL);
  g_assert_nonnull(json);
  return json;
}

static bool lists(const json_t *json, const char *key, const char *text) {
  const json_t *array = json_object_get(json, key);
  for (gsize i = 0; i < json_array_size(array); i++)
    if (g_strcmp0(json_string_value(json_array_get(array, i)), text) == 0)
      return true;
  return false;
}

static void test_a_bundle_of_the_log_holds(void) {
  g_autoptr(json_t) own = run_json(0, NULL, NULL);
  g_assert_true(json_is_true(json_object_get(own, "holds")));
  g_assert_true(json_is_null(json_object_get(own, "failed")));
  g_assert_true(lists(own, "not_proven", "key")); /* nobody vouches for the bundle's own key */
  g_autoptr(json_t) given = run_json(0, "--key", sample.key_text);
  g_assert_false(lists(given, "not_proven", "key"));
  g_assert_true(lists(given, "not_proven", "rewriting"));
  const json_t *facts = json_object_get(given, "facts");
  g_assert_cmpstr(json_string_value(json_object_get(facts, "result")), ==, "PASSED");
  g_assert_cmpstr(json_string_value(json_object_get(facts, "tree_size")), ==, "3");
}

static void test_key_from_a_file(void) {
  g_autofree char *path = in_folder("log.key");
  g_autofree char *text = g_strconcat(sample.key_text, "\n", NULL);
  write_text(path, text);
  g_autoptr(json_t) json = run_json(0, "--key", path);
  g_assert_false(lists(json, "not_proven", "key"));
}

static void assert_old_fails(const char *path) {
  g_autoptr(json_t) json = run_json(1, "--checkpoint", path);
  g_assert_true(json_is_false(json_object_get(json, "holds")));
  g_assert_null(json_object_get(json, "facts"));
  const json_t *failed = json_object_get(json, "failed");
  g_assert_cmpstr(json_string_value(json_object_get(failed, "check")), ==, "old");
  g_assert_nonnull(strstr(json_string_value(json_object_get(failed, "expected")), "needed"));
}

/* The bundle holds no proof from the old size, and cannot hold one to a later: which one is needed.
 */
static void test_a_checkpoint_without_proof_names_what_is_needed(void) {
  assert_old_fails(sample.old);
  assert_old_fails(sample.later);
}

static void test_text_in_both_languages(void) {
  g_autofree char *english = NULL, *japanese = NULL;
  const char *en[] = {"verify", sample.bundle, "--lang", "en", NULL};
  const char *ja[] = {"verify", sample.bundle, "--lang", "ja", NULL};
  g_assert_cmpint(run(&english, en), ==, 0);
  g_assert_nonnull(strstr(english, "the proof holds"));
  g_assert_nonnull(strstr(english, "nobody vouches for it"));
  g_assert_nonnull(strstr(english, "Gateway\\u{1B}[2J@1.2"));
  g_assert_null(strchr(english, '\x1B'));
  g_assert_cmpint(run(&japanese, ja), ==, 0);
  g_assert_nonnull(strstr(japanese, "証明は成り立ちます"));
}

static void test_a_changed_bundle_does_not_hold(void) {
  g_autofree char *text = NULL, *path = in_folder("changed.bundle"), *output = NULL;
  g_assert_true(g_file_get_contents(sample.bundle, &text, NULL, NULL));
  char *verdict = strstr(text, "\\\"verdict\\\":\\\"pass\\\"");
  g_assert_nonnull(verdict);
  memcpy(verdict + strlen("\\\"verdict\\\":\\\""), "fail", 4);
  write_text(path, text);
  const char *arguments[] = {"verify", path, "--lang", "en", NULL};
  g_assert_cmpint(run(&output, arguments), ==, 1);
  g_assert_nonnull(strstr(output, "does NOT hold"));
  g_assert_nonnull(strstr(output, "records[2], index 2"));
}

static void assert_exit_2(const char *a, const char *b, const char *c, const char *d) {
  g_autofree char *output = NULL;
  const char *arguments[] = {a, b, c, d, NULL};
  g_assert_cmpint(run(&output, arguments), ==, 2);
  g_assert_cmpstr(output, ==, "");
}

static void test_unreadable_input_and_usage(void) {
  g_autofree char *empty = in_folder("empty.bundle"), *missing = in_folder("missing");
  write_text(empty, "");
  assert_exit_2(NULL, NULL, NULL, NULL);
  assert_exit_2("verify", NULL, NULL, NULL);
  assert_exit_2("prove", sample.bundle, NULL, NULL);
  assert_exit_2("verify", empty, NULL, NULL);
  assert_exit_2("verify", missing, NULL, NULL);
  assert_exit_2("verify", sample.folder, NULL, NULL);
  assert_exit_2("verify", "/dev/zero", NULL, NULL);
  assert_exit_2("verify", sample.bundle, "--key", "no key");
  assert_exit_2("verify", sample.bundle, "--checkpoint", empty);
  assert_exit_2("verify", sample.bundle, "--witness", empty);
}

static void remove_tree(const char *path) {
  GDir *dir = g_dir_open(path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_clear_pointer(&dir, g_dir_close);
  g_remove(path);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  make_sample();
  g_test_add_func("/cli/proof/holds", test_a_bundle_of_the_log_holds);
  g_test_add_func("/cli/proof/key-file", test_key_from_a_file);
  g_test_add_func("/cli/proof/needed", test_a_checkpoint_without_proof_names_what_is_needed);
  g_test_add_func("/cli/proof/languages", test_text_in_both_languages);
  g_test_add_func("/cli/proof/changed", test_a_changed_bundle_does_not_hold);
  g_test_add_func("/cli/proof/unreadable", test_unreadable_input_and_usage);
  int result = g_test_run();
  remove_tree(sample.folder);
  g_free(sample.folder);
  g_free(sample.bundle);
  g_free(sample.key_text);
  g_free(sample.old);
  g_free(sample.later);
  return result;
}
