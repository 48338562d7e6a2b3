#include "log/log.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/journal.h"
#include "log/test-folder.h"
#include "proof/checkpoint.h"
#include "proof/merkle.h"

static AkLog *open_log(TestFolder *folder) {
  g_autoptr(GError) error = NULL;
  AkLog *log = ak_log_open(folder->log, &error);
  g_assert_no_error(error);
  return log;
}

static void assert_refused(TestFolder *folder, AkErrorCode code, const char *part) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_log_open(folder->log, &error));
  g_assert_error(error, AK_ERROR, (gint)code);
  g_assert_nonnull(strstr(error->message, part));
}

static guint64 append(AkLog *log, const char *run, gint n) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = json_pack("{s:s, s:i}", "run", run, "n", n);
  guint64 index = G_MAXUINT64;
  ak_log_append(log, record, &index, &error);
  g_assert_no_error(error);
  return index;
}

static gint64 number_at(AkLog *log, guint64 index) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = NULL;
  guint8 salt[AK_SALT_SIZE];
  ak_log_read(log, index, &record, salt, &error);
  g_assert_no_error(error);
  return json_integer_value(json_object_get(record, "n"));
}

static void test_records_come_back_in_order(TestFolder *folder, gconstpointer data) {
  {
    g_autoptr(AkLog) log = open_log(folder);
    g_assert_cmpuint(ak_log_size(log), ==, 0);
    for (gint i = 0; i < 20; i++)
      g_assert_cmpuint(append(log, i % 2 ? "odd" : "even", i * i), ==, (guint64)i);
    g_assert_cmpuint(ak_log_size(log), ==, 20);
  }
  g_autoptr(AkLog) log = open_log(folder);
  g_assert_cmpuint(ak_log_size(log), ==, 20);
  for (gint i = 0; i < 20; i++)
    g_assert_cmpint(number_at(log, (guint64)i), ==, i * i);
  g_autoptr(GError) error = NULL;
  json_t *record = NULL;
  guint8 salt[AK_SALT_SIZE];
  g_assert_false(ak_log_read(log, 20, &record, salt, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

static bool sum_until(guint64 index, const json_t *record, gpointer data) {
  gint64 *sum = data;
  *sum += json_integer_value(json_object_get(record, "n"));
  return index < 7;
}

static void test_foreach_starts_and_stops(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  for (gint i = 0; i < 10; i++)
    append(log, "r", i);
  gint64 sum = 0;
  g_assert_true(ak_log_foreach(log, 5, sum_until, &sum, NULL));
  g_assert_cmpint(sum, ==, 5 + 6 + 7);
}

/* A record may speak of a run that is not its own; deleted ones have no text. */
static void test_foreach_of_one_run(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(json_t) about = json_pack("{s:s, s:i, s:{s:s}}", "run", "s", "n", 100, "of", "run", "r");
  guint64 index = 0;
  for (gint i = 0; i < 8; i++)
    append(log, i % 2 ? "r" : "rr", i);
  g_assert_true(ak_log_append(log, about, &index, NULL));
  gint64 sum = 0, later = 0, none = 0;
  g_assert_true(ak_log_foreach_of(log, "r", 0, sum_until, &sum, NULL));
  g_assert_cmpint(sum, ==, 1 + 3 + 5 + 7);
  g_assert_true(ak_log_foreach_of(log, "r", 4, sum_until, &later, NULL));
  g_assert_cmpint(later, ==, 5 + 7);
  g_assert_true(ak_log_foreach_of(log, "\"", 0, sum_until, &none, NULL));
  g_assert_cmpint(none, ==, 0);
  g_assert_true(ak_log_forget_run(log, "r", 0, NULL));
  g_assert_true(ak_log_foreach_of(log, "r", 0, sum_until, &none, NULL));
  g_assert_cmpint(none, ==, 0);
}

static void test_a_blob_is_renewed(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  AkDigest digest, other = ak_digest_of("y", 1);
  g_assert_true(ak_log_put_blob(log, "x", 1, &digest, NULL));
  g_assert_true(ak_log_renew_blob(log, &digest));
  g_assert_false(ak_log_renew_blob(log, &other));
}

static void test_unfit_records_are_refused(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  guint64 index = 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) with_float = json_pack("{s:f}", "n", 0.5);
  g_assert_false(ak_log_append(log, with_float, &index, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_clear_error(&error);
  g_autofree char *text = g_strnfill(AK_LOG_MAX_RECORD, 'x');
  g_autoptr(json_t) large = json_pack("{s:s}", "text", text);
  g_assert_false(ak_log_append(log, large, &index, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_clear_error(&error);
  text[AK_LOG_MAX_RECORD - strlen("{\"text\":\"\"}")] = '\0';
  g_autoptr(json_t) largest = json_pack("{s:s}", "text", text);
  g_assert_true(ak_log_append(log, largest, &index, &error));
  g_autofree char *name = g_strnfill(257, 'r');
  g_autoptr(json_t) long_name = json_pack("{s:s}", "run", name);
  g_assert_false(ak_log_append(log, long_name, &index, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_assert_cmpuint(ak_log_size(log), ==, 1);
}

/* A record of akashi, checked with nothing but what a third party has. */
static void assert_proven(AkLog *log, guint64 index, guint64 size, const AkDigest *root) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = NULL;
  guint8 salt[AK_SALT_SIZE];
  g_assert_true(ak_log_read(log, index, &record, salt, &error));
  gsize length = 0;
  g_autofree char *text = ak_json_canonical(record, &length, &error);
  AkDigest commitment = ak_merkle_commitment(salt, text, length);
  AkDigest leaf = ak_merkle_leaf(commitment.bytes, AK_DIGEST_SIZE);
  g_autoptr(GArray) proof = ak_log_inclusion(log, index, size, &error);
  g_assert_no_error(error);
  ak_merkle_check_inclusion(&leaf, index, size, proof, root, &error);
  g_assert_no_error(error);
}

static AkCheckpoint *open_checkpoint(AkLog *log) {
  g_autoptr(GError) error = NULL;
  guint64 size = 0;
  g_autofree char *text = ak_log_checkpoint(log, &size, &error);
  g_assert_no_error(error);
  g_autoptr(AkNoteKey) key = ak_note_key_parse(ak_log_verifier_key(log), &error);
  AkCheckpoint *checkpoint = ak_checkpoint_open(text, strlen(text), key, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(checkpoint->size, ==, size);
  g_assert_cmpstr(checkpoint->origin, ==, ak_log_origin(log));
  return checkpoint;
}

static void test_every_record_is_proven(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(AkCheckpoint) empty = open_checkpoint(log);
  g_assert_cmpuint(empty->size, ==, 0);
  for (gint i = 0; i < 13; i++)
    append(log, "r", i);
  g_autoptr(AkCheckpoint) old = open_checkpoint(log);
  for (gint i = 13; i < 40; i++)
    append(log, "s", i);
  g_autoptr(AkCheckpoint) new = open_checkpoint(log);
  g_assert_cmpuint(new->size, ==, 40);
  for (guint64 i = 0; i < 40; i++)
    assert_proven(log, i, 40, &new->root);
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) growth = ak_log_consistency(log, 13, 40, &error);
  g_assert_true(ak_merkle_check_consistency(13, &old->root, 40, &new->root, growth, &error));
  g_assert_null(ak_log_inclusion(log, 40, 40, NULL));
  g_assert_null(ak_log_inclusion(log, 3, 41, NULL));
}

static void test_equal_records_have_different_leaves(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  append(log, "r", 7);
  append(log, "r", 7);
  AkDigest a, b;
  g_assert_true(ak_log_commitment(log, 0, &a, NULL));
  g_assert_true(ak_log_commitment(log, 1, &b, NULL));
  g_assert_false(ak_digest_equal(&a, &b));
}

static GBytes *file_of(TestFolder *folder, const char *name) {
  g_autofree char *path = g_build_filename(folder->log, name, NULL);
  char *content = NULL;
  gsize size = 0;
  return g_file_get_contents(path, &content, &size, NULL) ? g_bytes_new_take(content, size) : NULL;
}

static void assert_file_size(TestFolder *folder, const char *name, gssize expected) {
  g_autoptr(GBytes) bytes = file_of(folder, name);
  if (expected < 0)
    g_assert_null(bytes);
  else
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, (gsize)expected);
}

/* 300 leaves by C2SP tlog-tiles: one full and one partial tile of level 0 (44), and one partial of
 * level 1 (1). */
static void test_tiles_have_their_layout(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  for (gint i = 0; i < 300; i++)
    append(log, "r", i);
  g_autoptr(AkCheckpoint) checkpoint = open_checkpoint(log);
  g_assert_cmpuint(checkpoint->size, ==, 300);
  assert_file_size(folder, "tile/0/000", 256 * 32);
  assert_file_size(folder, "tile/0/001.p/44", 44 * 32);
  assert_file_size(folder, "tile/1/000.p/1", 32);
  assert_file_size(folder, "tile/2/000.p/1", -1);
  assert_file_size(folder, "tile/entries/000", 256 * 34);
  assert_file_size(folder, "tile/entries/001.p/44", 44 * 34);
  g_autoptr(GBytes) entries = file_of(folder, "tile/entries/001.p/44");
  const guint8 *entry = (const guint8 *)g_bytes_get_data(entries, NULL) + 43 * 34;
  AkDigest commitment;
  g_assert_true(ak_log_commitment(log, 299, &commitment, NULL));
  g_assert_cmpint(entry[0] << 8 | entry[1], ==, 32);
  g_assert_cmpmem(entry + 2, 32, commitment.bytes, 32);
  AkDigest leaf = ak_merkle_leaf(entry + 2, 32);
  g_autoptr(GBytes) tile = file_of(folder, "tile/0/001.p/44");
  g_assert_cmpmem((const guint8 *)g_bytes_get_data(tile, NULL) + 43 * 32, 32, leaf.bytes, 32);
}

static void test_tiles_can_be_made_again(TestFolder *folder, gconstpointer data) {
  {
    g_autoptr(AkLog) log = open_log(folder);
    for (gint i = 0; i < 5; i++)
      append(log, "r", i);
    g_free(ak_log_checkpoint(log, NULL, NULL));
  }
  g_autoptr(GBytes) before = file_of(folder, "tile/0/000.p/5");
  g_autofree char *tiles = g_build_filename(folder->log, "tile", NULL);
  test_folder_remove_tree(tiles);
  g_autoptr(AkLog) log = open_log(folder);
  g_autofree char *text = ak_log_checkpoint(log, NULL, NULL);
  g_assert_nonnull(text);
  g_autoptr(GBytes) after = file_of(folder, "tile/0/000.p/5");
  g_assert_true(g_bytes_equal(before, after));
}

/* Whoever rewrites the records cannot get the log to sign it. */
static void test_another_history_is_not_signed(TestFolder *folder, gconstpointer data) {
  g_autofree char *records = g_build_filename(folder->log, "records", NULL);
  {
    g_autoptr(AkLog) log = open_log(folder);
    append(log, "r", 1);
    g_free(ak_log_checkpoint(log, NULL, NULL));
  }
  g_autoptr(GByteArray) forged = g_byte_array_new();
  g_autoptr(GBytes) header = ak_journal_header();
  g_byte_array_append(forged, g_bytes_get_data(header, NULL), (guint)g_bytes_get_size(header));
  const char *record = "{\"n\":2,\"run\":\"r\"}";
  ak_log_frame_append(forged, AK_LOG_FRAME_RECORD, record, strlen(record));
  g_assert_true(g_file_set_contents(records, (const char *)forged->data, forged->len, NULL));
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_log_checkpoint(log, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  append(log, "r", 3);
  g_clear_error(&error);
  g_assert_null(ak_log_checkpoint(log, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_an_unchanged_log_keeps_its_checkpoint(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  append(log, "r", 1);
  g_autofree char *first = ak_log_checkpoint(log, NULL, NULL);
  g_autofree char *second = ak_log_checkpoint(log, NULL, NULL);
  g_assert_cmpstr(first, ==, second);
}

static void test_blobs(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(GError) error = NULL;
  AkDigest digest, other = ak_digest_of("x", 1);
  g_assert_true(ak_log_put_blob(log, "abc", 3, &digest, &error));
  /* Source: FIPS 180-4's example "abc". */
  assert_file_size(
      folder, "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3);
  g_assert_true(ak_log_has_blob(log, &digest));
  g_assert_false(ak_log_has_blob(log, &other));
  g_assert_null(ak_log_get_blob(log, &other, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_autofree char *path = g_build_filename(
      folder->log, "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", NULL);
  g_assert_true(g_file_set_contents(path, "abd", 3, NULL));
  g_assert_null(ak_log_get_blob(log, &digest, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_clear_error(&error);
  g_assert_true(ak_log_put_blob(log, "abc", 3, &digest, &error)); /* heals the damaged copy */
  g_autoptr(GBytes) bytes = ak_log_get_blob(log, &digest, &error);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "abc", 3);
  g_assert_true(ak_log_put_blob(log, NULL, 0, &digest, &error));
  g_autoptr(GBytes) nothing = ak_log_get_blob(log, &digest, &error);
  g_assert_cmpuint(g_bytes_get_size(nothing), ==, 0);
}

static void test_keys_are_kept_and_private(TestFolder *folder, gconstpointer data) {
  g_autofree char *verifier = NULL;
  guint8 signature[64];
  {
    g_autoptr(AkLog) log = open_log(folder);
    verifier = g_strdup(ak_log_verifier_key(log));
    append(log, "r", 1);
    g_assert_true(ak_log_sign(log, "text\n", 5, signature, NULL));
  }
  static const char *const secret[] = {"log-key", "run-keys", "records"};
  for (guint i = 0; i < G_N_ELEMENTS(secret); i++) {
    g_autofree char *path = g_build_filename(folder->log, secret[i], NULL);
    struct stat st;
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
  }
  g_autoptr(AkLog) log = open_log(folder);
  g_assert_cmpstr(ak_log_verifier_key(log), ==, verifier);
  g_assert_true(g_str_has_prefix(verifier, "akashi.local/"));
  g_autoptr(AkNoteKey) key = ak_note_key_parse(verifier, NULL);
  g_autoptr(AkNote) note = ak_note_new("text\n", NULL);
  ak_note_add_signature(note, key, signature);
  g_assert_true(ak_note_verify(note, key, NULL, NULL));
}

static void test_a_lost_or_open_key_is_refused(TestFolder *folder, gconstpointer data) {
  {
    g_autoptr(AkLog) log = open_log(folder);
    append(log, "r", 1);
  }
  g_autofree char *path = g_build_filename(folder->log, "log-key", NULL);
  g_assert_cmpint(g_chmod(path, 0640), ==, 0);
  assert_refused(folder, AK_ERROR_PERMISSION, "0600");
  g_assert_cmpint(g_chmod(path, 0600), ==, 0);
  g_autoptr(GBytes) kept = file_of(folder, "log-key");
  g_autofree char *text = g_strndup(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept));
  text[strlen(text) - 5] ^= 1;
  g_assert_true(
      g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  assert_refused(folder, AK_ERROR_INVALID_DATA, "log-key");
  g_assert_cmpint(g_unlink(path), ==, 0);
  assert_refused(folder, AK_ERROR_CONFIG, "log-key");
}

static void test_room_is_checked_before_work(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_log_check_room(log, 1, &error));
  g_assert_false(ak_log_check_room(log, G_MAXUINT64, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_IO);
  assert_file_size(folder, "probe", -1);
}

static void test_a_folder_that_cannot_be_made_is_refused(TestFolder *folder, gconstpointer data) {
  g_assert_true(g_file_set_contents(folder->log, "a file", -1, NULL));
  assert_refused(folder, AK_ERROR_IO, "Not a directory");
}

#define RUN_THREADS 16
#define RUN_RECORDS 50

typedef struct {
  AkLog *log;
  gint number;
  gint *seen; /* of RUN_THREADS * RUN_RECORDS: how often each index was given out */
} Writer;

static gpointer write_many(gpointer data) {
  Writer *writer = data;
  for (gint i = 0; i < RUN_RECORDS; i++) {
    g_autofree char *run = g_strdup_printf("run-%d", writer->number % 4);
    gint value = writer->number * RUN_RECORDS + i;
    guint64 index = append(writer->log, run, value);
    g_assert_cmpuint(index, <, RUN_THREADS * RUN_RECORDS);
    g_assert_cmpint(g_atomic_int_add(&writer->seen[index], 1), ==, 0);
    g_assert_cmpint(number_at(writer->log, index), ==, value);
  }
  return NULL;
}

/* Two logs on one folder stand for two processes: each has its own file descriptors and lock. */
static void test_many_threads_and_two_logs(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) one = open_log(folder);
  g_autoptr(AkLog) two = open_log(folder);
  g_autofree gint *seen = g_new0(gint, RUN_THREADS * RUN_RECORDS);
  Writer writers[RUN_THREADS];
  GThread *threads[RUN_THREADS];
  for (gint i = 0; i < RUN_THREADS; i++) {
    writers[i] = (Writer){i % 2 ? one : two, i, seen};
    threads[i] = g_thread_new("writer", write_many, &writers[i]);
  }
  for (gint i = 0; i < RUN_THREADS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpuint(ak_log_size(one), ==, RUN_THREADS * RUN_RECORDS);
  g_autoptr(AkCheckpoint) a = open_checkpoint(one);
  g_autoptr(AkCheckpoint) b = open_checkpoint(two);
  g_assert_true(ak_digest_equal(&a->root, &b->root));
  g_assert_cmpuint(ak_log_syncs(one) + ak_log_syncs(two), <=, RUN_THREADS * RUN_RECORDS);
}

static void add(const char *name, void (*test)(TestFolder *, gconstpointer)) {
  g_autofree char *path = g_strconcat("/log/", name, NULL);
  g_test_add(path, TestFolder, NULL, test_folder_set_up, test, test_folder_tear_down);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  add("round-trip", test_records_come_back_in_order);
  add("foreach", test_foreach_starts_and_stops);
  add("foreach-of", test_foreach_of_one_run);
  add("renew", test_a_blob_is_renewed);
  add("unfit-records", test_unfit_records_are_refused);
  add("proofs", test_every_record_is_proven);
  add("salts", test_equal_records_have_different_leaves);
  add("tiles/layout", test_tiles_have_their_layout);
  add("tiles/again", test_tiles_can_be_made_again);
  add("checkpoint/another-history", test_another_history_is_not_signed);
  add("checkpoint/unchanged", test_an_unchanged_log_keeps_its_checkpoint);
  add("blobs", test_blobs);
  add("keys/kept", test_keys_are_kept_and_private);
  add("keys/lost", test_a_lost_or_open_key_is_refused);
  add("room", test_room_is_checked_before_work);
  add("no-folder", test_a_folder_that_cannot_be_made_is_refused);
  add("threads", test_many_threads_and_two_logs);
  return g_test_run();
}
