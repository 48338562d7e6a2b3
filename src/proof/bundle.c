#include "proof/bundle.h"

#include <string.h>

#include "proof/base64.h"
#include "proof/bundle-facts.h"
#include "proof/check.h"

static const char *const top_members[] = {"format",     "version",   "log",
                                          "checkpoint", "witnesses", "envelopes",
                                          "records",    "earlier",   "evidence"};
static const char *const log_members[] = {"origin", "key"};
static const char *const envelope_members[] = {"test_result", "verdicts"};
static const char *const record_members[] = {"index", "record", "salt", "proof"};
static const char *const earlier_members[] = {"checkpoint", "proof"};
static const char *const evidence_members[] = {"sha256", "data"};

AkBundleRecord *ak_bundle_record_new(guint64 index, char *text,
                                     const guint8 salt[static AK_SALT_SIZE], GArray *proof) {
  AkBundleRecord *self = g_new0(AkBundleRecord, 1);
  self->index = index;
  self->text = text;
  memcpy(self->salt, salt, AK_SALT_SIZE);
  self->proof = proof;
  return self;
}

AkBundleEarlier *ak_bundle_earlier_new(char *checkpoint, GArray *proof) {
  AkBundleEarlier *self = g_new0(AkBundleEarlier, 1);
  self->checkpoint = checkpoint;
  self->proof = proof;
  return self;
}

void ak_bundle_record_free(AkBundleRecord *self) {
  if (self == NULL)
    return;
  g_free(self->text);
  g_clear_pointer(&self->proof, g_array_unref);
  g_free(self);
}

void ak_bundle_earlier_free(AkBundleEarlier *self) {
  if (self == NULL)
    return;
  g_free(self->checkpoint);
  g_clear_pointer(&self->proof, g_array_unref);
  g_free(self);
}

void ak_bundle_free(AkBundle *self) {
  if (self == NULL)
    return;
  json_decref(self->document);
  g_free(self->origin);
  g_free(self->key);
  g_free(self->checkpoint);
  g_strfreev(self->witnesses);
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++)
    ak_dsse_free(self->envelopes[i]);
  g_clear_pointer(&self->records, g_ptr_array_unref);
  g_clear_pointer(&self->earlier, g_ptr_array_unref);
  g_clear_pointer(&self->evidence, g_ptr_array_unref);
  g_free(self);
}

/* Is `object` an object with these members and no other? */
static bool has_exactly(const json_t *object, const char *const *members, gsize count,
                        const char *where, GError **error) {
  if (!json_is_object(object))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no object", where);
  for (gsize i = 0; i < count; i++)
    if (json_object_get(object, members[i]) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: member \"%s\" is missing", where,
                          members[i]);
  if (json_object_size(object) != count)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown member", where);
  return true;
}

/* Borrowed array of at most `max` items. */
static const json_t *bounded_array(const json_t *object, const char *key, gsize max,
                                   const char *where, GError **error) {
  const json_t *array = ak_json_array(object, key, where, error);
  if (array != NULL && json_array_size(array) > max) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: \"%s\" has more than %" G_GSIZE_FORMAT " items", where,
                 key, max);
    return NULL;
  }
  return array;
}

static GArray *proof_from_json(const json_t *object, const char *where, GError **error) {
  const json_t *array = bounded_array(object, "proof", AK_BUNDLE_MAX_PROOF, where, error);
  if (array == NULL)
    return NULL;
  g_autoptr(GArray) proof = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  for (gsize i = 0; i < json_array_size(array); i++) {
    const char *text = json_string_value(json_array_get(array, i));
    AkDigest node;
    g_autofree char *place = g_strdup_printf("%s: proof[%" G_GSIZE_FORMAT "]", where, i);
    if (!ak_base64_decode_exact(text != NULL ? text : "", node.bytes, AK_DIGEST_SIZE, place, error))
      return NULL;
    g_array_append_val(proof, node);
  }
  return g_steal_pointer(&proof);
}

/* A reader of one item of an array; adds it to `target`. */
typedef bool (*ReadItem)(GPtrArray *target, const json_t *item, const char *where, GError **error);

AkBundleRecord *ak_bundle_record_from_json(const json_t *item, const char *where, GError **error) {
  gint64 index = 0;
  guint8 salt[AK_SALT_SIZE];
  if (!has_exactly(item, record_members, G_N_ELEMENTS(record_members), where, error) ||
      !ak_json_integer(item, "index", 0, G_MAXINT64, where, &index, error))
    return NULL;
  const char *text = ak_json_string(item, "record", where, error);
  const char *salt_text = text != NULL ? ak_json_string(item, "salt", where, error) : NULL;
  if (salt_text == NULL || !ak_base64_decode_exact(salt_text, salt, AK_SALT_SIZE, where, error))
    return NULL;
  if (strlen(text) > AK_BUNDLE_MAX_RECORD_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d bytes", where,
                 AK_BUNDLE_MAX_RECORD_BYTES);
    return NULL;
  }
  GArray *proof = proof_from_json(item, where, error);
  return proof != NULL ? ak_bundle_record_new((guint64)index, g_strdup(text), salt, proof) : NULL;
}

static bool read_record(GPtrArray *target, const json_t *item, const char *where, GError **error) {
  const AkBundleRecord *last = target->len > 0 ? target->pdata[target->len - 1] : NULL;
  AkBundleRecord *record = ak_bundle_record_from_json(item, where, error);
  if (record == NULL)
    return false;
  if (last != NULL && last->index >= record->index) {
    ak_bundle_record_free(record);
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: indices must rise", where);
  }
  g_ptr_array_add(target, record);
  return true;
}

static bool read_earlier(GPtrArray *target, const json_t *item, const char *where, GError **error) {
  if (!has_exactly(item, earlier_members, G_N_ELEMENTS(earlier_members), where, error))
    return false;
  const char *checkpoint = ak_json_string(item, "checkpoint", where, error);
  GArray *proof = checkpoint != NULL ? proof_from_json(item, where, error) : NULL;
  if (proof == NULL)
    return false;
  g_ptr_array_add(target, ak_bundle_earlier_new(g_strdup(checkpoint), proof));
  return true;
}

static int compare_blobs(const GBytes *a, const GBytes *b) {
  AkDigest left = ak_digest_of(g_bytes_get_data((GBytes *)a, NULL), g_bytes_get_size((GBytes *)a));
  AkDigest right = ak_digest_of(g_bytes_get_data((GBytes *)b, NULL), g_bytes_get_size((GBytes *)b));
  return memcmp(left.bytes, right.bytes, AK_DIGEST_SIZE);
}

static bool read_evidence(GPtrArray *target, const json_t *item, const char *where,
                          GError **error) {
  if (!has_exactly(item, evidence_members, G_N_ELEMENTS(evidence_members), where, error))
    return false;
  const char *data = ak_json_string(item, "data", where, error);
  g_autoptr(GBytes) bytes =
      data != NULL ? ak_base64_decode(data, AK_BUNDLE_MAX_BLOB, where, error) : NULL;
  if (bytes == NULL)
    return false;
  AkDigest digest = ak_digest_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  if (g_strcmp0(json_string_value(json_object_get(item, "sha256")), hex) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: its bytes have the digest %s", where,
                        hex);
  if (target->len > 0 && compare_blobs(target->pdata[target->len - 1], bytes) >= 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: digests must rise", where);
  g_ptr_array_add(target, g_steal_pointer(&bytes));
  return true;
}

static bool read_array(GPtrArray *target, const json_t *document, const char *key, gsize max,
                       ReadItem read, GError **error) {
  const json_t *array = bounded_array(document, key, max, "bundle", error);
  for (gsize i = 0; i < json_array_size(array); i++) {
    g_autofree char *where = g_strdup_printf("bundle: %s[%" G_GSIZE_FORMAT "]", key, i);
    if (!read(target, json_array_get(array, i), where, error))
      return false;
  }
  return array != NULL;
}

static bool read_head(AkBundle *self, const json_t *document, GError **error) {
  const char *format = ak_json_string(document, "format", "bundle", error);
  if (format == NULL)
    return false;
  if (strcmp(format, AK_BUNDLE_FORMAT) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "bundle: \"%s\" is another format", format);
  gint64 version = 0;
  if (!ak_json_integer(document, "version", 1, G_MAXINT32, "bundle", &version, error))
    return false;
  if (version != AK_BUNDLE_VERSION)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                        "bundle: version %" G_GINT64_FORMAT "; this program reads version %d",
                        version, AK_BUNDLE_VERSION);
  const json_t *log = json_object_get(document, "log");
  if (!has_exactly(log, log_members, G_N_ELEMENTS(log_members), "bundle: log", error))
    return false;
  self->origin = g_strdup(ak_json_string(log, "origin", "bundle: log", error));
  self->key = self->origin ? g_strdup(ak_json_string(log, "key", "bundle: log", error)) : NULL;
  self->checkpoint =
      self->key ? g_strdup(ak_json_string(document, "checkpoint", "bundle", error)) : NULL;
  return self->checkpoint != NULL;
}

static bool read_witnesses(AkBundle *self, const json_t *document, GError **error) {
  const json_t *array =
      bounded_array(document, "witnesses", AK_NOTE_MAX_SIGNATURES, "bundle", error);
  if (array == NULL)
    return false;
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < json_array_size(array); i++) {
    const char *key = json_string_value(json_array_get(array, i));
    if (key == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "bundle: witnesses[%u]: no string",
                          (guint)i);
    g_ptr_array_add(keys, g_strdup(key));
  }
  g_ptr_array_add(keys, NULL);
  self->witnesses = (GStrv)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
  return true;
}

static bool read_envelopes(AkBundle *self, const json_t *document, GError **error) {
  const json_t *envelopes = json_object_get(document, "envelopes");
  if (!has_exactly(envelopes, envelope_members, G_N_ELEMENTS(envelope_members), "bundle: envelopes",
                   error))
    return false;
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    const char *name = ak_statement_kind_name((AkStatementKind)i);
    g_autofree char *where = g_strdup_printf("bundle: envelopes.%s", name);
    self->envelopes[i] = ak_dsse_from_json(json_object_get(envelopes, name), where, error);
    if (self->envelopes[i] == NULL)
      return false;
  }
  return true;
}

AkBundle *ak_bundle_parse(const char *data, gsize size, GError **error) {
  if (size > AK_BUNDLE_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "bundle: more than %d bytes", AK_BUNDLE_MAX_BYTES);
    return NULL;
  }
  g_autoptr(AkBundle) self = g_new0(AkBundle, 1);
  self->document = ak_json_parse(data, size, "bundle", error);
  if (self->document == NULL ||
      !has_exactly(self->document, top_members, G_N_ELEMENTS(top_members), "bundle", error))
    return NULL;
  self->records = g_ptr_array_new_with_free_func((GDestroyNotify)ak_bundle_record_free);
  self->earlier = g_ptr_array_new_with_free_func((GDestroyNotify)ak_bundle_earlier_free);
  self->evidence = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  if (!read_head(self, self->document, error) || !read_witnesses(self, self->document, error) ||
      !read_envelopes(self, self->document, error) ||
      !read_array(self->records, self->document, "records", AK_BUNDLE_MAX_RECORDS, read_record,
                  error) ||
      !read_array(self->earlier, self->document, "earlier", AK_BUNDLE_MAX_EARLIER, read_earlier,
                  error) ||
      !read_array(self->evidence, self->document, "evidence", AK_BUNDLE_MAX_EVIDENCE, read_evidence,
                  error))
    return NULL;
  return g_steal_pointer(&self);
}

static json_t *proof_to_json(const GArray *proof) {
  json_t *array = json_array();
  for (guint i = 0; i < proof->len; i++) {
    g_autofree char *text =
        ak_base64_encode(g_array_index(proof, AkDigest, i).bytes, AK_DIGEST_SIZE);
    json_array_append_new(array, json_string(text));
  }
  return array;
}

static int compare_records(gconstpointer a, gconstpointer b) {
  guint64 left = (*(AkBundleRecord *const *)a)->index, right = (*(AkBundleRecord *const *)b)->index;
  return left < right ? -1 : left > right;
}

static int compare_evidence(gconstpointer a, gconstpointer b) {
  return compare_blobs(*(GBytes *const *)a, *(GBytes *const *)b);
}

/* A shallow copy in the bundle's order. */
static GPtrArray *sorted(const GPtrArray *array, GCompareFunc compare) {
  GPtrArray *copy = g_ptr_array_new();
  for (guint i = 0; array != NULL && i < array->len; i++)
    g_ptr_array_add(copy, array->pdata[i]);
  g_ptr_array_sort(copy, compare);
  return copy;
}

json_t *ak_bundle_record_to_json(const AkBundleRecord *self) {
  g_autofree char *salt = ak_base64_encode(self->salt, AK_SALT_SIZE);
  return json_pack("{s:I, s:s, s:s, s:o}", "index", (json_int_t)self->index, "record", self->text,
                   "salt", salt, "proof", proof_to_json(self->proof));
}

static json_t *records_to_json(const GPtrArray *records) {
  json_t *array = json_array();
  for (guint i = 0; i < records->len; i++)
    json_array_append_new(array, ak_bundle_record_to_json(records->pdata[i]));
  return array;
}

static json_t *earlier_to_json(const GPtrArray *earlier) {
  json_t *array = json_array();
  for (guint i = 0; earlier != NULL && i < earlier->len; i++) {
    const AkBundleEarlier *item = earlier->pdata[i];
    json_array_append_new(array, json_pack("{s:s, s:o}", "checkpoint", item->checkpoint, "proof",
                                           proof_to_json(item->proof)));
  }
  return array;
}

static json_t *evidence_to_json(const GPtrArray *evidence) {
  g_autoptr(GPtrArray) blobs = sorted(evidence, compare_evidence);
  json_t *array = json_array();
  for (guint i = 0; i < blobs->len; i++) {
    if (i > 0 && compare_evidence(&blobs->pdata[i - 1], &blobs->pdata[i]) == 0)
      continue;
    gsize size = 0;
    const void *data = g_bytes_get_data(blobs->pdata[i], &size);
    AkDigest digest = ak_digest_of(data, size);
    char hex[AK_DIGEST_HEX_SIZE];
    ak_digest_to_hex(&digest, hex);
    g_autofree char *base64 = ak_base64_encode(data, size);
    json_array_append_new(array, json_pack("{s:s, s:s}", "sha256", hex, "data", base64));
  }
  return array;
}

static json_t *witnesses_to_json(const char *const *witnesses) {
  json_t *array = json_array();
  for (gsize i = 0; witnesses != NULL && witnesses[i] != NULL; i++)
    json_array_append_new(array, json_string(witnesses[i]));
  return array;
}

/* Both statements, signed. */
static json_t *envelopes_of(const AkBundleInput *input, const GPtrArray *records,
                            const AkNoteKey *key, GError **error) {
  g_autofree char *place = NULL;
  g_autoptr(AkBundleFacts) facts = ak_bundle_facts_new(records, &place, error);
  if (facts == NULL) {
    g_prefix_error(error, "bundle: %s: ", place);
    return NULL;
  }
  AkStatementInput facts_input = ak_bundle_facts_statement(facts, records, input->product);
  if (facts_input.product == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "bundle: the product has no name and version");
    return NULL;
  }
  g_autofree char *key_id = ak_proof_key_id(key);
  g_autoptr(json_t) envelopes = json_object();
  for (gsize i = 0; i < AK_STATEMENT_KIND_COUNT; i++) {
    g_autoptr(json_t) statement = ak_statement_build((AkStatementKind)i, &facts_input, error);
    gsize size = 0;
    g_autofree char *bytes = statement != NULL ? ak_json_canonical(statement, &size, error) : NULL;
    json_t *envelope = bytes != NULL ? ak_dsse_sign(AK_DSSE_IN_TOTO, bytes, size, key_id,
                                                    input->sign, input->sign_data, error)
                                     : NULL;
    if (envelope == NULL)
      return NULL;
    json_object_set_new(envelopes, ak_statement_kind_name((AkStatementKind)i), envelope);
  }
  return g_steal_pointer(&envelopes);
}

/* A bundle that does not hold must never leave the house. */
static bool holds_itself(const char *data, gsize size, const AkNoteKey *key, GError **error) {
  const AkProofTrust trust = {.key = key};
  AkProofReport report = {0};
  if (!ak_proof_bundle_check(data, size, &trust, &report, error))
    return false;
  bool holds = report.holds;
  if (!holds)
    ak_error_set(error, AK_ERROR_INTERNAL, "bundle: %s: %s: expected %s, found %s", report.failed,
                 report.place, report.expected, report.found);
  ak_proof_report_clear(&report);
  return holds;
}

GBytes *ak_proof_bundle_write(const AkBundleInput *input, GError **error) {
  g_autoptr(AkNoteKey) key = ak_note_key_parse(input->log_key, error);
  if (key == NULL)
    return NULL;
  g_autoptr(GPtrArray) records = sorted(input->records, compare_records);
  json_t *envelopes = envelopes_of(input, records, key, error);
  if (envelopes == NULL)
    return NULL;
  g_autoptr(json_t) document = json_pack(
      "{s:s, s:i, s:{s:s, s:s}, s:s, s:o, s:o, s:o, s:o, s:o}", "format", AK_BUNDLE_FORMAT,
      "version", AK_BUNDLE_VERSION, "log", "origin", key->name, "key", input->log_key, "checkpoint",
      input->checkpoint, "witnesses", witnesses_to_json(input->witnesses), "envelopes", envelopes,
      "records", records_to_json(records), "earlier", earlier_to_json(input->earlier), "evidence",
      evidence_to_json(input->evidence));
  if (document == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "bundle: a text is no UTF-8");
    return NULL;
  }
  gsize size = 0;
  g_autofree char *text = ak_json_canonical(document, &size, error);
  if (text == NULL)
    return NULL;
  text[size++] = '\n'; /* in the place of the NUL, which nobody needs below */
  if (!holds_itself(text, size, key, error))
    return NULL;
  return g_bytes_new_take(g_steal_pointer(&text), size);
}

bool ak_proof_bundle_fuzz(const guint8 *data, gsize size) {
  const AkProofTrust trust = {0};
  AkProofReport report = {0};
  if (!ak_proof_bundle_check((const char *)data, size, &trust, &report, NULL))
    return false;
  bool holds = report.holds;
  ak_proof_report_clear(&report);
  return holds;
}
