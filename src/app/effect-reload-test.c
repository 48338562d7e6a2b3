/* Plans of trials as earlier programs wrote them are read as today's are. */
#include "app/effect-reload.h"

#include <string.h>

#include "app/effect-result.h"
#include "app/test-records.h"
#include "core/record.h"
#include "log/test-folder.h"

#define RUN "e1"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ATTACK "{\"id\":\"a\",\"base\":\"a\",\"attack\":true,\"category\":[],\"source\":\"s\",\"licence\":\"l\"}"
#define WORK "{\"id\":\"w\",\"base\":\"w\",\"attack\":false,\"category\":[],\"source\":\"s\",\"licence\":\"l\"}"

static const char range[] =
    "{\"document\":{\"range\":{\"name\":\"old\"},\"plan\":{\"seed\":1},\"target\":\"none\","
    "\"products\":[{\"id\":\"p\",\"adapter\":\"clamd\"}],\"corpora\":[{\"id\":\"c\"}]},"
    "\"corpora\":[{\"id\":\"c\",\"kind\":\"file\",\"cases\":2,\"sha256\":\"" ZEROS "\"}]}";

typedef struct {
  TestFolder folder;
  AkLog *log;
} World;

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&self->folder, NULL);
  g_autofree char *dir = g_build_filename(self->folder.top, "log", NULL);
  self->log = ak_log_open(dir, &error);
  g_assert_no_error(error);
}

static void tear_down(World *self, gconstpointer data) {
  ak_log_free(self->log);
  test_folder_tear_down(&self->folder, NULL);
}

static json_t *put(World *self, const void *bytes, gsize size) {
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  g_assert_true(ak_log_put_blob(self->log, bytes, size, &digest, NULL));
  ak_digest_to_hex(&digest, hex);
  return json_string(hex);
}

static void plan(World *self, const char *cases) {
  json_t *record = ak_record_new(AK_RECORD_TRIAL_PLANNED, RUN, TEST_TIME);
  json_object_set_new(record, "range", put(self, range, strlen(range)));
  json_object_set_new(record, "cases", put(self, cases, strlen(cases)));
  test_append(self->log, record);
}

/* Case 0 was blocked, case 1 was not. */
static void run_batch(World *self) {
  g_autoptr(AkEffectBatch) batch = ak_effect_batch_new(0, 1, 0);
  g_array_set_size(batch->turns, 2);
  for (guint i = 0; i < 2; i++) {
    AkEffectTurn *turn = ak_effect_batch_turn(batch, i);
    turn->end = AK_EFFECT_END_ANSWERED;
    turn->outcome = (AkEffectOutcome){.case_index = i,
                                      .blocked = i == 0 ? AK_EFFECT_YES : AK_EFFECT_NO,
                                      .score_ppm = AK_EFFECT_NO_SCORE,
                                      .alerted_ns = -1};
  }
  g_autoptr(GBytes) rows = ak_effect_batch_rows(batch);
  gsize size = 0;
  const void *bytes = g_bytes_get_data(rows, &size);
  json_t *record = ak_record_new(AK_RECORD_TRIAL_BATCH, RUN, TEST_TIME);
  json_object_set_new(record, "unit", json_integer(1));
  json_object_set_new(record, "product", json_integer(0));
  json_object_set_new(record, "count", json_integer(2));
  json_object_set_new(record, "rows", put(self, bytes, size));
  test_append(self->log, record);
}

static json_int_t figure(const json_t *result, const char *name, const char *key) {
  const json_t *product = json_array_get(json_object_get(result, "products"), 0);
  return json_integer_value(json_object_get(json_object_get(product, name), key));
}

static void assert_figures(World *self) {
  g_autoptr(GError) error = NULL;
  run_batch(self);
  g_autoptr(AkEffectState) state = ak_effect_state_read(self->log, RUN, &error);
  g_assert_no_error(error);
  g_autoptr(AkRange) again = ak_effect_reload_range(state, self->log, &error);
  g_assert_no_error(error);
  g_autoptr(json_t) result = ak_effect_result(state, self->log, again, NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpint(figure(result, "detection", "k"), ==, 1);
  g_assert_cmpint(figure(result, "detection", "n"), ==, 1);
  g_assert_cmpint(figure(result, "false_positive", "k"), ==, 0);
  g_assert_cmpint(figure(result, "false_positive", "n"), ==, 1);
}

/* Lists of cases behind digests. */
static void test_parts(World *self, gconstpointer data) {
  static const char first[] = "[" ATTACK "]", second[] = "[" WORK "]";
  g_autoptr(json_t) one = put(self, first, strlen(first)), two = put(self, second, strlen(second));
  g_autofree char *cases =
      g_strdup_printf("[[\"%s\",\"%s\"]]", json_string_value(one), json_string_value(two));
  plan(self, cases);
  assert_figures(self);
}

/* The cases themselves. */
static void test_whole(World *self, gconstpointer data) {
  plan(self, "[[" ATTACK "," WORK "]]");
  assert_figures(self);
}

static void test_neither(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  plan(self, "[[7,8]]");
  g_autoptr(AkEffectState) state = ak_effect_state_read(self->log, RUN, NULL);
  g_autoptr(AkRange) again = ak_effect_reload_range(state, self->log, &error);
  g_assert_null(again);
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/app/effect-reload/parts", World, NULL, set_up, test_parts, tear_down);
  g_test_add("/app/effect-reload/whole", World, NULL, set_up, test_whole, tear_down);
  g_test_add("/app/effect-reload/neither", World, NULL, set_up, test_neither, tear_down);
  return g_test_run();
}
