/* The log on a disk that fails: each durable call of a workload fails in turn, in each way; then
 * the log is opened again on what the disk holds. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"
#include "log/test-folder.h"
#include "proof/checkpoint.h"
#include "proof/merkle.h"
#include "util/io-fault.h"

#define RECORDS 12u
#define FORGOTTEN_RUN "b"

typedef struct {
  guint64 index;
  bool is_acknowledged;
  bool is_tried;
} Receipt;

/* What the outside was told. */
typedef struct {
  Receipt receipts[RECORDS]; /* by value */
  bool has_blob;
  AkDigest blob;
  AkDigest cited; /* by the run that is forgotten alone */
  char *checkpoint;
  bool is_forgotten;      /* the deletion was acknowledged */
  bool may_be_forgotten;  /* it was tried */
} Told;

static const char *run_of(guint value) { return value % 3 == 1 ? FORGOTTEN_RUN : "a"; }

static bool is_of_forgotten(guint value) {
  return value < 8 && strcmp(run_of(value), FORGOTTEN_RUN) == 0;
}

static void append(AkLog *log, Told *told, guint value) {
  g_autoptr(json_t) record = json_pack("{s:s, s:i}", "run", run_of(value), "n", (int)value);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&told->cited, hex);
  if (is_of_forgotten(value))
    json_object_set_new(record, "cites", json_string(hex));
  Receipt *receipt = &told->receipts[value];
  receipt->is_tried = true;
  /* Twice, as a caller would: a record that failed must not be there beside its second try. */
  for (guint try = 0; try < 2 && !receipt->is_acknowledged; try++)
    receipt->is_acknowledged = ak_log_append(log, record, &receipt->index, NULL);
}

static void take_checkpoint(AkLog *log, Told *told) {
  char *text = ak_log_checkpoint(log, NULL, NULL);
  if (text == NULL)
    return;
  g_free(told->checkpoint);
  told->checkpoint = text;
}

static void work(TestFolder *folder, Told *told) {
  g_autoptr(AkLog) log = ak_log_open(folder->log, NULL);
  if (log == NULL)
    log = ak_log_open(folder->log, NULL);
  if (log == NULL)
    return;
  ak_log_put_blob(log, "cited", 5, &told->cited, NULL);
  for (guint i = 0; i < 4; i++)
    append(log, told, i);
  told->has_blob = ak_log_put_blob(log, "evidence", 8, &told->blob, NULL);
  take_checkpoint(log, told);
  for (guint i = 4; i < 8; i++)
    append(log, told, i);
  told->may_be_forgotten = true;
  told->is_forgotten = ak_log_forget_run(log, FORGOTTEN_RUN, 0, NULL);
  take_checkpoint(log, told);
  for (guint i = 8; i < RECORDS; i++) /* a forgotten run may go on, with a new key */
    append(log, told, i);
}

static guint count_value(AkLog *log, guint value) {
  guint found = 0;
  for (guint64 i = 0; i < ak_log_size(log); i++) {
    guint8 salt[AK_SALT_SIZE];
    g_autoptr(json_t) record = NULL;
    g_autoptr(GError) error = NULL;
    ak_log_read(log, i, &record, salt, &error);
    g_assert_no_error(error);
    if (record != NULL && json_integer_value(json_object_get(record, "n")) == (int)value)
      found++;
  }
  return found;
}

static void check_receipt(AkLog *log, const Told *told, guint value, bool may_appear) {
  const Receipt *receipt = &told->receipts[value];
  bool may_be_gone = told->may_be_forgotten && is_of_forgotten(value);
  guint found = count_value(log, value);
  g_assert_cmpuint(found, <=, 1);
  if (!receipt->is_acknowledged) {
    g_assert_true(found == 0 || (may_appear && receipt->is_tried));
    return;
  }
  guint8 salt[AK_SALT_SIZE];
  g_autoptr(json_t) record = NULL;
  g_autoptr(GError) error = NULL;
  ak_log_read(log, receipt->index, &record, salt, &error);
  g_assert_no_error(error);
  if (record == NULL) { /* then all of it was deleted, by whoever opened the log */
    g_assert_true(may_be_gone);
    g_assert_false(ak_log_has_blob(log, &told->cited));
  }
  if (record != NULL)
    g_assert_cmpint(json_integer_value(json_object_get(record, "n")), ==, (int)value);
  if (told->is_forgotten && may_be_gone)
    g_assert_null(record);
}

/* The root by the definition of RFC 9162, 2.1.1, without the log's tree. */
static AkDigest root_by_definition(AkLog *log, guint64 start, guint64 size) {
  if (size == 0)
    return ak_merkle_empty();
  if (size == 1) {
    AkDigest commitment;
    g_autoptr(GError) error = NULL;
    ak_log_commitment(log, start, &commitment, &error);
    g_assert_no_error(error);
    return ak_merkle_leaf(commitment.bytes, AK_DIGEST_SIZE);
  }
  guint64 k = 1;
  while (2 * k < size)
    k *= 2;
  AkDigest left = root_by_definition(log, start, k);
  AkDigest right = root_by_definition(log, start + k, size - k);
  return ak_merkle_node(&left, &right);
}

static void check_checkpoint(AkLog *log, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkNoteKey) key = ak_note_key_parse(ak_log_verifier_key(log), &error);
  g_autoptr(AkCheckpoint) checkpoint = ak_checkpoint_open(text, strlen(text), key, NULL, &error);
  g_assert_no_error(error);
  AkDigest root = root_by_definition(log, 0, checkpoint->size);
  g_assert_true(ak_digest_equal(&root, &checkpoint->root));
}

static void check(TestFolder *folder, const Told *told, bool may_appear) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkLog) log = ak_log_open(folder->log, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < RECORDS; i++)
    check_receipt(log, told, i, may_appear);
  if (told->has_blob) {
    g_autoptr(GBytes) bytes = ak_log_get_blob(log, &told->blob, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "evidence", 8);
  }
  if (told->checkpoint != NULL)
    check_checkpoint(log, told->checkpoint);
  guint64 size = ak_log_size(log), index = 0;
  g_autoptr(json_t) record = json_pack("{s:s}", "run", "after");
  g_assert_true(ak_log_append(log, record, &index, &error));
  g_assert_cmpuint(index, ==, size);
  g_autofree char *text = ak_log_checkpoint(log, NULL, &error);
  g_assert_no_error(error);
  check_checkpoint(log, text);
}

/* What the second process saw and was told must outlive a power cut. */
static void check_again(TestFolder *folder) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  {
    g_autoptr(AkLog) log = ak_log_open(folder->log, &error);
    g_assert_no_error(error);
    for (guint64 i = 0; i < ak_log_size(log); i++) {
      AkDigest commitment;
      g_assert_true(ak_log_commitment(log, i, &commitment, NULL));
      g_array_append_val(seen, commitment);
    }
  }
  ak_io_fault_power_cut(0);
  const AkIoFault none = {AK_IO_FAULT_NONE};
  ak_io_fault_change(&none);
  g_autoptr(AkLog) log = ak_log_open(folder->log, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(ak_log_size(log), ==, seen->len);
  for (guint64 i = 0; i < seen->len; i++) {
    AkDigest commitment;
    g_assert_true(ak_log_commitment(log, i, &commitment, NULL));
    g_assert_true(ak_digest_equal(&commitment, &g_array_index(seen, AkDigest, i)));
  }
}

typedef struct {
  const char *name;
  AkIoFaultKind kind;
  int number;
  bool cuts_power; /* after the workload, if not before */
  guint32 seeds;   /* how many ways of keeping what was not synced; the first keeps nothing */
} Case;

static const Case cases[] = {
    {"eio", AK_IO_FAULT_ERROR, EIO, false, 1},
    {"eio-then-power-cut", AK_IO_FAULT_ERROR, EIO, true, 1},
    {"enospc", AK_IO_FAULT_ERROR, ENOSPC, false, 1},
    {"short-write", AK_IO_FAULT_SHORT_WRITE, 0, true, 1},
    {"disk-dies", AK_IO_FAULT_FROM_THERE, EIO, false, 1},
    {"disk-full", AK_IO_FAULT_FROM_THERE, ENOSPC, true, 1},
    {"power-cut", AK_IO_FAULT_POWER_CUT, 0, true, 4},
};

static guint64 play(const Case *a_case, guint64 nth, guint32 seed) {
  TestFolder folder;
  Told told = {0};
  test_folder_set_up(&folder, NULL);
  const AkIoFault fault = {a_case->kind, nth, a_case->number};
  ak_io_fault_start(folder.stash, &fault);
  work(&folder, &told);
  guint64 calls = ak_io_fault_calls();
  if (a_case->cuts_power)
    ak_io_fault_power_cut(seed);
  /* After one failed call the log itself must have cleaned up; a dead disk lets nobody. */
  bool may_appear = a_case->kind == AK_IO_FAULT_FROM_THERE || a_case->kind == AK_IO_FAULT_POWER_CUT;
  const AkIoFault none = {AK_IO_FAULT_NONE};
  ak_io_fault_change(&none);
  check(&folder, &told, may_appear);
  check_again(&folder);
  ak_io_fault_stop();
  if (nth == 0)
    for (guint i = 0; i < RECORDS; i++)
      g_assert_true(told.receipts[i].is_acknowledged);
  g_free(told.checkpoint);
  test_folder_tear_down(&folder, NULL);
  return calls;
}

static void test_each_call(gconstpointer data) {
  const Case *a_case = data;
  guint64 calls = play(a_case, 0, 0);
  g_test_message("%s: %" G_GUINT64_FORMAT " calls", a_case->name, calls);
  g_assert_cmpuint(calls, >, 50);
  for (guint64 nth = 1; nth <= calls; nth++)
    for (guint32 seed = 0; seed < a_case->seeds; seed++) {
      if (g_test_verbose())
        g_printerr("%s: call %" G_GUINT64_FORMAT ", seed %u\n", a_case->name, nth, seed);
      play(a_case, nth, seed);
    }
}

/* What a disk holds is the driver's to say, not the file system's: one in memory does as well, and
 * thousands of small logs need not wait for a real disk. Whoever names a folder for temporary files
 * has it. */
static void work_in_memory(void) {
  if (g_access("/dev/shm", W_OK | X_OK) == 0)
    g_setenv("TMPDIR", "/dev/shm", FALSE);
}

int main(int argc, char **argv) {
  work_in_memory();
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/log/fault/", cases[i].name, NULL);
    g_test_add_data_func(path, &cases[i], test_each_call);
  }
  return g_test_run();
}
