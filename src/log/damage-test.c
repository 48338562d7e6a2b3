/* The log's files torn, flipped, lost; and runs whose text is deleted. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log/frame.h"
#include "log/log.h"
#include "log/test-folder.h"
#include "proof/merkle.h"
#include "util/io-fault.h"

static AkLog *open_log(TestFolder *folder) {
  g_autoptr(GError) error = NULL;
  AkLog *log = ak_log_open(folder->log, &error);
  g_assert_no_error(error);
  return log;
}

static guint64 append(AkLog *log, const char *run, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = json_pack("{s:s, s:s}", "run", run, "text", text);
  guint64 index = 0;
  ak_log_append(log, record, &index, &error);
  g_assert_no_error(error);
  return index;
}

static char *text_at(AkLog *log, guint64 index) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) record = NULL;
  guint8 salt[AK_SALT_SIZE];
  ak_log_read(log, index, &record, salt, &error);
  g_assert_no_error(error);
  return g_strdup(json_string_value(json_object_get(record, "text")));
}

static void assert_text(AkLog *log, guint64 index, const char *expected) {
  g_autofree char *found = text_at(log, index);
  g_assert_cmpstr(found, ==, expected);
}

static char *path_of(TestFolder *folder, const char *name) {
  return g_build_filename(folder->log, name, NULL);
}

static GBytes *load(TestFolder *folder, const char *name) {
  g_autofree char *path = path_of(folder, name);
  char *content = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &content, &size, NULL));
  return g_bytes_new_take(content, size);
}

static void store(TestFolder *folder, const char *name, GBytes *bytes, gsize size) {
  g_autofree char *path = path_of(folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint(write(fd, g_bytes_get_data(bytes, NULL), size), ==, (gssize)size);
  close(fd);
}

typedef struct {
  GBytes *three_mark; /* `acknowledged` when three records were */
  GBytes *three, *five;
} Shots;

/* Three records, then two in what stands for one last group. */
static Shots write_five(TestFolder *folder) {
  Shots shots;
  g_autoptr(AkLog) log = open_log(folder);
  append(log, "r", "zero");
  append(log, "r", "one");
  append(log, "r", "two");
  shots.three_mark = load(folder, "acknowledged");
  shots.three = load(folder, "records");
  append(log, "r", "three");
  append(log, "r", "four");
  shots.five = load(folder, "records");
  return shots;
}

static void shots_clear(Shots *shots) {
  g_bytes_unref(shots->three_mark);
  g_bytes_unref(shots->three);
  g_bytes_unref(shots->five);
}

/* A writer that died in its last group, whose sync never returned: whole records are kept, the torn
 * one is cut, and the log goes on. */
static void test_a_torn_tail_is_cut_at_every_byte(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  gsize three = g_bytes_get_size(shots.three), five = g_bytes_get_size(shots.five);
  gsize four = three + strlen("{\"run\":\"r\",\"text\":\"three\"}") + AK_LOG_FRAME_OVERHEAD;
  for (gsize cut = three; cut <= five; cut++) {
    store(folder, "records", shots.five, cut);
    store(folder, "acknowledged", shots.three_mark, g_bytes_get_size(shots.three_mark));
    guint64 expected = cut < four ? 3 : cut < five ? 4 : 5;
    {
      g_autoptr(AkLog) log = open_log(folder);
      g_assert_cmpuint(ak_log_size(log), ==, expected);
      assert_text(log, 2, "two");
      g_assert_cmpuint(append(log, "r", "next"), ==, expected);
    }
    g_autoptr(AkLog) log = open_log(folder);
    g_assert_cmpuint(ak_log_size(log), ==, expected + 1);
    assert_text(log, expected, "next");
  }
  shots_clear(&shots);
}

/* The same bytes missing from what was acknowledged is no torn tail: it is damage, and stays. */
static void test_acknowledged_records_are_never_cut(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  gsize five = g_bytes_get_size(shots.five);
  for (gsize cut = 0; cut < five; cut++) {
    store(folder, "records", shots.five, cut);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_log_open(folder->log, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    g_autoptr(GBytes) after = load(folder, "records");
    g_assert_cmpuint(g_bytes_get_size(after), ==, cut);
  }
  g_autofree char *path = path_of(folder, "records");
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_null(ak_log_open(folder->log, NULL));
  store(folder, "records", shots.five, five);
  g_autoptr(AkLog) log = open_log(folder);
  g_assert_cmpuint(ak_log_size(log), ==, 5);
  shots_clear(&shots);
}

static void test_every_flipped_bit_is_found(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  gsize size = g_bytes_get_size(shots.five);
  g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(shots.five, NULL), size);
  for (gsize bit = 0; bit < 8 * size; bit++) {
    bytes[bit / 8] ^= (guint8)(1u << bit % 8);
    g_autoptr(GBytes) flipped = g_bytes_new_static(bytes, size);
    store(folder, "records", flipped, size);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_log_open(folder->log, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    bytes[bit / 8] ^= (guint8)(1u << bit % 8);
  }
  shots_clear(&shots);
}

static void test_a_flip_under_an_open_log_is_found(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  g_autoptr(AkLog) log = open_log(folder);
  g_autofree char *path = path_of(folder, "records");
  int fd = open(path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint(pwrite(fd, "X", 1, (off_t)g_bytes_get_size(shots.three) + 12), ==, 1);
  close(fd);
  g_autoptr(GError) error = NULL;
  json_t *record = NULL;
  guint8 salt[AK_SALT_SIZE];
  g_assert_false(ak_log_read(log, 3, &record, salt, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_nonnull(strstr(error->message, "record 3"));
  g_clear_error(&error);
  g_assert_null(ak_log_checkpoint(log, NULL, &error));
  assert_text(log, 4, "four");
  shots_clear(&shots);
}

/* The mark is a hint: without it less is known, but nothing is lost. */
static void test_a_lost_mark_loses_nothing(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  static const guint8 wrong[12] = {1, 2, 3};
  g_autoptr(GBytes) damaged = g_bytes_new_static(wrong, sizeof wrong);
  for (gsize size = 0; size <= sizeof wrong; size++) {
    store(folder, "acknowledged", damaged, size);
    g_autoptr(AkLog) log = open_log(folder);
    g_assert_cmpuint(ak_log_size(log), ==, 5);
  }
  shots_clear(&shots);
}

static void test_a_signed_size_must_be_there(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  {
    g_autoptr(AkLog) log = open_log(folder);
    g_free(ak_log_checkpoint(log, NULL, NULL));
  }
  store(folder, "records", shots.three, g_bytes_get_size(shots.three));
  store(folder, "acknowledged", shots.three_mark, g_bytes_get_size(shots.three_mark));
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_log_open(folder->log, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_nonnull(strstr(error->message, "checkpoint"));
  shots_clear(&shots);
}

static void test_damaged_run_keys_are_found(TestFolder *folder, gconstpointer data) {
  Shots shots = write_five(folder);
  g_autoptr(GBytes) keys = load(folder, "run-keys");
  for (gsize cut = 1; cut < g_bytes_get_size(keys); cut++) {
    store(folder, "run-keys", keys, cut);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_log_open(folder->log, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
  shots_clear(&shots);
}

/* A frame's length that the file does not hold must not be believed. */
static void test_a_huge_length_is_damage(TestFolder *folder, gconstpointer data) {
  static const guint8 frames[][9] = {
      {0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0}, /* 4 GiB */
      {0, 0, 0, 0, 1, 0, 0, 0, 0},             /* nothing */
      {1, 0, 0x10, 0, 1, 0, 0, 0, 0},          /* one byte above the maximum */
      {1, 0, 0, 0, 9, 0, 0, 0, 0},             /* no such type */
  };
  for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
    AkReader reader = ak_reader_init(frames[i], sizeof frames[i]);
    AkLogFrame frame;
    g_assert_cmpint(ak_log_frame_next(&reader, &frame), ==, AK_LOG_FRAME_BAD);
    g_assert_false(ak_log_frame_fuzz(frames[i], sizeof frames[i]));
  }
}

static guint count_blobs(AkLog *log, const AkDigest *digests, guint count) {
  guint found = 0;
  for (guint i = 0; i < count; i++)
    found += ak_log_has_blob(log, &digests[i]) ? 1 : 0;
  return found;
}

static void cite(AkLog *log, const char *run, const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  append(log, run, hex);
}

/* Two runs; `gone` is deleted. Its own evidence goes, the shared and the other's stays. */
static void test_a_run_is_forgotten(TestFolder *folder, gconstpointer data) {
  AkDigest blobs[3], before[5];
  g_autoptr(GError) error = NULL;
  g_autofree char *signed_before = NULL;
  g_autoptr(AkLog) log = open_log(folder);
  g_autoptr(AkLog) other = open_log(folder); /* as another process: has cached the run's key */
  g_assert_true(ak_log_put_blob(log, "own", 3, &blobs[0], NULL));
  g_assert_true(ak_log_put_blob(log, "shared", 6, &blobs[1], NULL));
  g_assert_true(ak_log_put_blob(log, "kept", 4, &blobs[2], NULL));
  cite(log, "gone", &blobs[0]);
  cite(log, "kept", &blobs[1]);
  cite(other, "gone", &blobs[1]);
  cite(log, "kept", &blobs[2]);
  append(log, "gone", "a secret");
  for (guint64 i = 0; i < 5; i++)
    g_assert_true(ak_log_commitment(log, i, &before[i], NULL));
  AkDigest asked_again;
  g_assert_true(ak_log_commitment(log, 4, &asked_again, NULL) && ak_digest_equal(&before[4], &asked_again));
  signed_before = ak_log_checkpoint(log, NULL, NULL);

  g_assert_true(ak_log_forget_run(log, "gone", 0, &error));
  g_assert_no_error(error);
  g_assert_false(ak_log_has_blob(log, &blobs[0]));
  g_assert_cmpuint(count_blobs(log, blobs, 3), ==, 2);
  g_assert_cmpuint(ak_log_forgotten(log), ==, 3);
  g_assert_cmpuint(append(other, "gone", "again"), ==, 5); /* with a new key */
  g_assert_cmpuint(ak_log_forgotten(other), ==, 3);
  assert_text(other, 4, NULL);
  assert_text(log, 5, "again");
  g_assert_true(ak_log_commitment(log, 4, &asked_again, NULL) && ak_digest_equal(&before[4], &asked_again));
  for (guint64 i = 0; i < 5; i++) {
    AkDigest after;
    g_assert_true(ak_log_commitment(log, i, &after, NULL));
    g_assert_true(ak_digest_equal(&before[i], &after));
  }
  g_autofree char *signed_after = ak_log_checkpoint(log, NULL, &error);
  g_assert_no_error(error); /* that is: the old root still follows from the records */
  g_assert_cmpstr(signed_before, !=, signed_after);
  g_autoptr(GBytes) records = load(folder, "records");
  g_assert_null(memmem(g_bytes_get_data(records, NULL), g_bytes_get_size(records), "secret", 6));
  g_assert_true(ak_log_forget_run(log, "gone", 0, &error)); /* the record that came after */
  g_assert_cmpuint(ak_log_forgotten(log), ==, 4);
  g_assert_false(ak_log_forget_run(log, "gone", 0, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

static bool count_visits(guint64 index, const json_t *record, gpointer data) {
  g_assert_nonnull(record);
  ++*(guint *)data;
  return true;
}

static void test_what_is_forgotten_is_passed_over(TestFolder *folder, gconstpointer data) {
  g_autoptr(AkLog) log = open_log(folder);
  append(log, "gone", "a");
  append(log, "kept", "b");
  g_assert_true(ak_log_forget_run(log, "gone", 0, NULL));
  guint visits = 0;
  g_assert_true(ak_log_foreach(log, 0, count_visits, &visits, NULL));
  g_assert_cmpuint(visits, ==, 1);
  g_autoptr(AkLog) again = open_log(folder);
  g_assert_cmpuint(ak_log_size(again), ==, 2);
  assert_text(again, 1, "b");
}

static void test_fresh_evidence_is_spared(TestFolder *folder, gconstpointer data) {
  AkDigest blob;
  g_autoptr(AkLog) log = open_log(folder);
  g_assert_true(ak_log_put_blob(log, "fresh", 5, &blob, NULL));
  cite(log, "gone", &blob);
  g_assert_true(ak_log_forget_run(log, "gone", 3600, NULL));
  g_assert_true(ak_log_has_blob(log, &blob));
}

/* A disk whose syncs take no time: nothing here depends on them. */
static void quick_set_up(TestFolder *folder, gconstpointer data) {
  const AkIoFault none = {AK_IO_FAULT_NONE};
  test_folder_set_up(folder, data);
  ak_io_fault_start(folder->stash, &none);
}

static void quick_tear_down(TestFolder *folder, gconstpointer data) {
  ak_io_fault_stop();
  test_folder_tear_down(folder, data);
}

static void add(const char *name, void (*test)(TestFolder *, gconstpointer)) {
  g_autofree char *path = g_strconcat("/log/", name, NULL);
  g_test_add(path, TestFolder, NULL, quick_set_up, test, quick_tear_down);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  add("torn/cut", test_a_torn_tail_is_cut_at_every_byte);
  add("torn/acknowledged", test_acknowledged_records_are_never_cut);
  add("flips/closed", test_every_flipped_bit_is_found);
  add("flips/open", test_a_flip_under_an_open_log_is_found);
  add("mark", test_a_lost_mark_loses_nothing);
  add("signed-size", test_a_signed_size_must_be_there);
  add("run-keys", test_damaged_run_keys_are_found);
  add("frame", test_a_huge_length_is_damage);
  add("forget/run", test_a_run_is_forgotten);
  add("forget/foreach", test_what_is_forgotten_is_passed_over);
  add("forget/fresh", test_fresh_evidence_is_spared);
  return g_test_run();
}
