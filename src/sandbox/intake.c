#include "sandbox/intake.h"

#include <string.h>

#include "sandbox/worker-net.h"
#include "util/reader.h"

/* Of one worker; our choice: far above what a test of the real images needs. */
#define MAX_OBSERVATIONS 1000000u
#define MAX_OBSERVATION_BYTES (512ull * 1024 * 1024)
#define MAX_BLOBS 100000u
#define MAX_BLOB_BYTES (256ull * 1024 * 1024) /* of one blob */
#define MAX_BLOBS_BYTES (1024ull * 1024 * 1024)
#define MAX_ENTRIES 250000u
#define MAX_ENTRY_BYTES (2048ull * 1024 * 1024) /* of all contents */
#define MAX_FAILURE_BYTES 4000

static bool is_requested(const AkIntake *self, const char *test_id) {
  const json_t *tests = json_object_get(self->spec->request, "tests");
  for (gsize i = 0; i < json_array_size(tests); i++)
    if (g_strcmp0(json_string_value(json_array_get(tests, i)), test_id) == 0)
      return true;
  return false;
}

static guint64 packets_of(const json_t *tests) {
  guint64 sum = 0;
  for (gsize i = 0; i < json_array_size(tests); i++) {
    const AkTest *test = ak_test_find(json_string_value(json_array_get(tests, i)));
    if (test != NULL && !g_uint64_checked_add(&sum, sum, test->limits.packets))
      return G_MAXUINT64;
  }
  return sum;
}

AkIntake ak_intake_init(const AkWorkerSpec *spec, const AkWorkerHandler *handler, gpointer data,
                        AkFrameStream *stream) {
  return (AkIntake){
      .spec = spec,
      .handler = handler,
      .data = data,
      .stream = stream,
      .blob = g_byte_array_new(),
      .entry_sum = ak_digest_sum_new(),
      .kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
      .packets_left = packets_of(json_object_get(spec->request, "tests")),
  };
}

void ak_intake_clear(AkIntake *self) {
  g_clear_pointer(&self->blob, g_byte_array_unref);
  g_clear_pointer(&self->kept, g_hash_table_unref);
  g_clear_pointer(&self->entry_sum, ak_digest_sum_free);
  g_clear_error(&self->own_failure);
  g_clear_error(&self->stream_failure);
}

static AkIntakeStep lied(char **reason, const char *what) {
  g_free(*reason);
  *reason = g_strdup_printf("false stream: %s", what);
  return AK_INTAKE_LIED;
}

/* --- evidence -------------------------------------------------------------------------------- */

static AkIntakeStep take_blob(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *piece = g_bytes_get_data(frame->payload, &size);
  if (size > MAX_BLOB_BYTES - self->blob->len || size > MAX_BLOBS_BYTES - self->blob_bytes)
    return lied(reason, "more evidence than allowed");
  self->blob_bytes += size;
  g_byte_array_append(self->blob, piece, (guint)size);
  return AK_INTAKE_GO_ON;
}

static AkIntakeStep take_blob_end(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *claimed = g_bytes_get_data(frame->payload, &size);
  AkDigest digest = ak_digest_of(self->blob->data, self->blob->len);
  if (size != AK_DIGEST_SIZE || memcmp(claimed, digest.bytes, AK_DIGEST_SIZE) != 0)
    return lied(reason, "a blob has another digest than the worker says");
  if (++self->blobs > MAX_BLOBS)
    return lied(reason, "more evidence than allowed");
  if (!self->handler->blob(self->data, self->blob->data, self->blob->len, &digest,
                           &self->own_failure))
    return AK_INTAKE_HANDLER_FAILED;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_hash_table_insert(self->kept, g_strdup(hex), GSIZE_TO_POINTER(self->blob->len));
  g_byte_array_set_size(self->blob, 0);
  return AK_INTAKE_GO_ON;
}

/* --- observations ---------------------------------------------------------------------------- */

/* Tests escape foreign bytes (ak_value_text_from_bytes); a worker that does not could write to the
 * terminal of whoever reads the report. */
static bool is_printable(const char *text) {
  for (const char *at = text; at != NULL && *at != '\0'; at = g_utf8_next_char(at))
    if (!g_unichar_isprint(g_utf8_get_char(at)))
      return false;
  return true;
}

static bool texts_are_printable(const AkObservation *observation) {
  const AkValue *value = &observation->value;
  for (char **item = value->set; item != NULL && *item != NULL; item++)
    if (!is_printable(*item))
      return false;
  return is_printable(value->text) && is_printable(observation->subject.kind) &&
         is_printable(observation->subject.locator) && is_printable(observation->trace.peer);
}

static bool cites_what_was_sent(const AkIntake *self, const AkObservation *observation) {
  for (guint i = 0; i < observation->evidence->len; i++) {
    const AkEvidenceRef *ref = &g_array_index(observation->evidence, AkEvidenceRef, i);
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&ref->digest, hex);
    gpointer size = NULL;
    if (!g_hash_table_lookup_extended(self->kept, hex, NULL, &size) ||
        ref->offset > GPOINTER_TO_SIZE(size) || ref->length > GPOINTER_TO_SIZE(size) - ref->offset)
      return false;
  }
  return true;
}

static bool has_declared_type(const AkObservation *observation, const AkTestOutput *output) {
  if (observation->outcome != AK_OUTCOME_SEEN)
    return true; /* the value, if any, says why or how far */
  const char *unit = output->unit != NULL ? output->unit : "";
  return observation->value.type == output->type &&
         (output->type != AK_VALUE_INT || g_strcmp0(observation->value.unit, unit) == 0);
}

static const char *lie_of_observation(const AkIntake *self, const AkObservation *observation) {
  const AkTest *test = ak_test_find(observation->test_id);
  if (test == NULL || !is_requested(self, observation->test_id))
    return "an observation of a test that was not asked for";
  const AkTestOutput *output = ak_test_output(test, observation->property);
  if (output == NULL || observation->test_rev != test->rev)
    return "an observation of an undeclared property";
  if (!has_declared_type(observation, output))
    return "an observation with a value of another type or unit";
  if (!cites_what_was_sent(self, observation))
    return "an observation that cites evidence which was not sent";
  return texts_are_printable(observation) ? NULL : "an observation with unprintable characters";
}

static AkIntakeStep take_observation(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const char *text = g_bytes_get_data(frame->payload, &size);
  self->observation_bytes += size;
  if (++self->observations > MAX_OBSERVATIONS || self->observation_bytes > MAX_OBSERVATION_BYTES)
    return lied(reason, "more observations than allowed");
  if (self->blob->len > 0)
    return lied(reason, "an observation within a blob");
  g_autoptr(json_t) json = ak_json_parse_canonical(text, size, "observation", NULL);
  g_autoptr(AkObservation) observation =
      json != NULL ? ak_observation_from_json(json, "observation", NULL) : NULL;
  const char *lie = observation != NULL ? lie_of_observation(self, observation)
                                        : "an observation that breaks its format";
  if (lie != NULL)
    return lied(reason, lie);
  return self->handler->observe(self->data, observation, &self->own_failure)
             ? AK_INTAKE_GO_ON
             : AK_INTAKE_HANDLER_FAILED;
}

/* --- files ------------------------------------------------------------------------------------ */

static AkIntakeStep handled(bool ok) {
  return ok ? AK_INTAKE_GO_ON : AK_INTAKE_HANDLER_FAILED;
}

static AkIntakeStep take_entry(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const char *text = g_bytes_get_data(frame->payload, &size);
  if (self->handler->entry == NULL)
    return lied(reason, "a file that was not asked for");
  if (self->blob->len > 0)
    return lied(reason, "a file within a blob");
  g_auto(AkEntry) entry = {0};
  g_autoptr(json_t) json = ak_json_parse_canonical(text, size, "entry", NULL);
  if (json == NULL || !ak_entry_from_json(json, &entry, NULL))
    return lied(reason, "a file that breaks its format");
  if (++self->entries > MAX_ENTRIES || entry.size > MAX_ENTRY_BYTES - self->entry_bytes)
    return lied(reason, "more files than allowed");
  self->entry_bytes += entry.size;
  self->in_entry = entry.has_content;
  self->entry_left = entry.size;
  return handled(self->handler->entry(self->data, &entry, &self->own_failure));
}

static AkIntakeStep take_content(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const void *piece = g_bytes_get_data(frame->payload, &size);
  if (!self->in_entry || size == 0 || size > self->entry_left)
    return lied(reason, "a content of another size than it says");
  self->entry_left -= size;
  ak_digest_sum_add(self->entry_sum, piece, size);
  return handled(self->handler->content(self->data, piece, size, &self->own_failure));
}

static AkIntakeStep take_entry_end(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *claimed = g_bytes_get_data(frame->payload, &size);
  if (!self->in_entry || self->entry_left > 0)
    return lied(reason, "a content of another size than it says");
  AkDigest digest = ak_digest_sum_end(self->entry_sum);
  if (size != AK_DIGEST_SIZE || memcmp(claimed, digest.bytes, AK_DIGEST_SIZE) != 0)
    return lied(reason, "a content with another digest than it says");
  self->in_entry = false;
  return handled(self->handler->entry_end(self->data, &digest, &self->own_failure));
}

static bool is_of_entry(AkFrameType type) {
  return type == AK_FRAME_CONTENT || type == AK_FRAME_ENTRY_END;
}

/* --- the rest -------------------------------------------------------------------------------- */

static AkIntakeStep take_progress(AkIntake *self, const AkFrame *frame, char **reason) {
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(frame->payload, &size);
  AkReader reader = ak_reader_init(bytes, size);
  guint64 done = 0, total = 0;
  if (!ak_reader_u64be(&reader, &done, NULL) || !ak_reader_u64be(&reader, &total, NULL) ||
      ak_reader_left(&reader) > 0)
    return lied(reason, "progress that breaks its format");
  if (self->handler->progress != NULL)
    self->handler->progress(self->data, MIN(done, total), total);
  return AK_INTAKE_GO_ON;
}

static AkIntakeStep take_net(AkIntake *self, const AkFrame *frame, char **reason) {
  g_autoptr(GError) error = NULL;
  if (!self->spec->has_network || self->handler->net == NULL)
    return lied(reason, "a worker without network asks for it");
  if (ak_worker_net_serve(self->stream, frame, self->handler, self->data, &self->packets_left,
                          &error))
    return AK_INTAKE_GO_ON;
  if (g_error_matches(error, AK_ERROR, AK_ERROR_INVALID_DATA))
    return lied(reason, error->message);
  self->stream_failure = g_steal_pointer(&error);
  return AK_INTAKE_STREAM_FAILED;
}

char *ak_intake_failure_text(const AkFrame *frame) {
  gsize size = 0;
  const void *text = g_bytes_get_data(frame->payload, &size);
  g_auto(AkValue) clean = ak_value_text_from_bytes(text, size, MAX_FAILURE_BYTES);
  return g_steal_pointer(&clean.text);
}

static AkIntakeStep take_failed(AkIntake *self, const AkFrame *frame, char **reason) {
  g_free(*reason);
  *reason = ak_intake_failure_text(frame);
  return AK_INTAKE_FAILED;
}

static AkIntakeStep take_done(AkIntake *self, const AkFrame *frame, char **reason) {
  return self->blob->len == 0 ? AK_INTAKE_DONE : lied(reason, "it ends within a blob");
}

AkIntakeStep ak_intake_frame(AkIntake *self, const AkFrame *frame, char **reason) {
  static AkIntakeStep (*const steps[])(AkIntake *, const AkFrame *, char **) = {
      [AK_FRAME_BLOB] = take_blob,           [AK_FRAME_BLOB_END] = take_blob_end,
      [AK_FRAME_OBSERVE] = take_observation, [AK_FRAME_PROGRESS] = take_progress,
      [AK_FRAME_CONNECT] = take_net,         [AK_FRAME_SWEEP] = take_net,
      [AK_FRAME_DONE] = take_done,           [AK_FRAME_FAILED] = take_failed,
      [AK_FRAME_ENTRY] = take_entry,         [AK_FRAME_CONTENT] = take_content,
      [AK_FRAME_ENTRY_END] = take_entry_end,
      [AK_FRAME_ASK] = take_net,
  };
  if (frame->fd >= 0)
    return lied(reason, "it sends a descriptor");
  if (frame->type >= G_N_ELEMENTS(steps) || steps[frame->type] == NULL)
    return lied(reason, "a frame that only the parent sends");
  if (self->in_entry && !is_of_entry(frame->type) && frame->type != AK_FRAME_FAILED)
    return lied(reason, "something else within a file");
  return steps[frame->type](self, frame, reason);
}

/* --- fuzzing: [u8 type | u16 length | payload]… as if it had come in frames ------------------ */

static bool fuzz_blob(gpointer data, const void *bytes, gsize size, const AkDigest *digest,
                      GError **error) {
  return true;
}

static bool fuzz_observe(gpointer data, const AkObservation *observation, GError **error) {
  /* what was handed on can be written down and read again */
  g_autoptr(json_t) json = ak_observation_to_json(observation, true);
  g_autoptr(AkObservation) again = ak_observation_from_json(json, "fuzz", NULL);
  g_assert_nonnull(again);
  return true;
}

static bool fuzz_entry(gpointer data, const AkEntry *entry, GError **error) {
  g_autoptr(json_t) json = ak_entry_to_json(entry);
  g_auto(AkEntry) again = {0};
  g_assert_true(ak_entry_from_json(json, &again, NULL));
  return true;
}

static bool fuzz_content(gpointer data, const void *bytes, gsize size, GError **error) {
  return true;
}

static bool fuzz_entry_end(gpointer data, const AkDigest *digest, GError **error) {
  return true;
}

bool ak_sandbox_intake_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) request = json_pack("{s:[s]}", "tests", "sandbox.selftest");
  AkWorkerSpec spec = {.request = request};
  AkWorkerHandler handler = {.blob = fuzz_blob,
                             .observe = fuzz_observe,
                             .entry = fuzz_entry,
                             .content = fuzz_content,
                             .entry_end = fuzz_entry_end};
  g_auto(AkIntake) self = ak_intake_init(&spec, &handler, NULL, NULL);
  AkReader reader = ak_reader_init(data, size);
  g_autofree char *reason = NULL;
  AkIntakeStep step = AK_INTAKE_GO_ON;
  while (step == AK_INTAKE_GO_ON) {
    guint8 type = 0;
    guint16 length = 0;
    const guint8 *payload = NULL;
    if (!ak_reader_u8(&reader, &type, NULL) || !ak_reader_u16be(&reader, &length, NULL) ||
        !ak_reader_bytes(&reader, length, &payload, NULL))
      return false;
    g_auto(AkFrame) frame = {.type = (AkFrameType)type, .fd = -1};
    frame.payload = g_bytes_new(payload, length);
    step = ak_intake_frame(&self, &frame, &reason);
  }
  return step == AK_INTAKE_DONE && ak_reader_left(&reader) == 0;
}
