#include "proof/chain-certificate.h"

#include <string.h>

#include "proof/checkpoint.h"
#include "proof/json-difference.h"

static const char *const members[] = {"format", "version",  "log",  "checkpoint",
                                      "record", "backings", "lines"};

void ak_chain_certificate_free(AkChainCertificate *self) {
  if (self == NULL)
    return;
  json_decref(self->document);
  ak_bundle_record_free(self->record);
  g_free(self);
}

/* --- reading
 * -------------------------------------------------------------------------------------------- */

static bool check_shape(const json_t *document, GError **error) {
  gint64 version = 0;
  if (!json_is_object(document))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: no object");
  const char *format = ak_json_string(document, "format", "certificate", error);
  if (format == NULL ||
      !ak_json_integer(document, "version", 0, G_MAXINT, "certificate", &version, error))
    return false;
  if (strcmp(format, AK_CHAIN_CERTIFICATE_FORMAT) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: \"format\" is no %s",
                        AK_CHAIN_CERTIFICATE_FORMAT);
  if (version != AK_CHAIN_CERTIFICATE_VERSION)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                        "certificate: version %" G_GINT64_FORMAT ", this program reads %d", version,
                        AK_CHAIN_CERTIFICATE_VERSION);
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (json_object_get(document, members[i]) == NULL)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: member \"%s\" is missing",
                          members[i]);
  if (json_object_size(document) != G_N_ELEMENTS(members) ||
      json_object_size(json_object_get(document, "log")) != 2)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: a member is unknown");
  return true;
}

AkChainCertificate *ak_chain_certificate_parse(const char *data, gsize size, GError **error) {
  if (size > AK_CHAIN_CERTIFICATE_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "certificate: more than %d bytes",
                 AK_CHAIN_CERTIFICATE_MAX_BYTES);
    return NULL;
  }
  g_autoptr(AkChainCertificate) self = g_new0(AkChainCertificate, 1);
  self->document = ak_json_parse(data, size, "certificate", error);
  if (self->document == NULL || !check_shape(self->document, error))
    return NULL;
  const json_t *log = json_object_get(self->document, "log");
  self->origin = ak_json_string(log, "origin", "certificate: log", error);
  self->key = self->origin ? ak_json_string(log, "key", "certificate: log", error) : NULL;
  self->checkpoint =
      self->key ? ak_json_string(self->document, "checkpoint", "certificate", error) : NULL;
  self->lines = self->checkpoint ? ak_json_string(self->document, "lines", "certificate", error) : NULL;
  self->backings =
      self->lines ? ak_json_array(self->document, "backings", "certificate", error) : NULL;
  if (self->backings == NULL)
    return NULL;
  self->lines_size = strlen(self->lines);
  self->record = ak_bundle_record_from_json(json_object_get(self->document, "record"),
                                            "certificate: record", error);
  return self->record != NULL ? g_steal_pointer(&self) : NULL;
}

/* --- the root
 * ------------------------------------------------------------------------------------------- */

typedef struct {
  const char *lines;
  const guint32 *starts; /* [count + 1] */
} Lines;

static bool subtree_of(gpointer data, guint level, guint64 index, AkDigest *out, GError **error) {
  const Lines *self = data;
  AkDigest left, right;
  if (level == 0) {
    *out = ak_merkle_leaf(self->lines + self->starts[index],
                          self->starts[index + 1] - self->starts[index] - 1);
    return true;
  }
  if (!subtree_of(data, level - 1, index * 2, &left, error) ||
      !subtree_of(data, level - 1, index * 2 + 1, &right, error))
    return false;
  *out = ak_merkle_node(&left, &right);
  return true;
}

static bool is_before(const char *lines, guint32 a, guint32 b, guint32 end) {
  gsize left = b - a - 1, right = end - b - 1;
  int order = memcmp(lines + a, lines + b, MIN(left, right));
  return order < 0 || (order == 0 && left < right);
}

bool ak_chain_certificate_root(const char *lines, gsize size, AkDigest *root, guint64 *count,
                               GError **error) {
  g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(guint32));
  guint32 at = 0;
  if (size > AK_CHAIN_CERTIFICATE_MAX_BYTES || (size > 0 && lines[size - 1] != '\n'))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the list is too long, or its last line does not end");
  g_array_append_val(starts, at);
  while (at < size) {
    at = (guint32)((const char *)memchr(lines + at, '\n', size - at) - lines) + 1;
    g_array_append_val(starts, at);
  }
  Lines all = {lines, &g_array_index(starts, guint32, 0)};
  for (guint i = 2; i < starts->len; i++)
    if (!is_before(lines, all.starts[i - 2], all.starts[i - 1], all.starts[i]))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "line %u does not come after the one before",
                          i);
  *count = starts->len - 1;
  return ak_merkle_root(*count, subtree_of, &all, root, error);
}

/* --- checking
 * ------------------------------------------------------------------------------------------- */

typedef struct {
  const AkChainCertificate *certificate;
  const char *data;
  gsize size;
  const AkNoteKey *trusted;
  AkChainCertificateReport *report;
  AkNoteKey *key;
  AkCheckpoint *checkpoint;
} Checking;

static bool fails(Checking *self, const char *place, const char *expected, const char *found) {
  self->report->place = g_strdup(place);
  self->report->expected = g_strdup(expected);
  self->report->found = g_strdup(found);
  return false;
}

/* Takes the error over. */
static bool fails_with(Checking *self, const char *place, const char *expected, GError *error) {
  fails(self, place, expected, error->message);
  g_error_free(error);
  return false;
}

static bool check_encoding(Checking *self) {
  gsize size = 0;
  GError *error = NULL;
  g_autofree char *text = ak_json_canonical(self->certificate->document, &size, &error);
  if (text == NULL)
    return fails_with(self, "certificate", "canonical JSON", error);
  text[size++] = '\n'; /* in the place of the NUL */
  return (size == self->size && memcmp(text, self->data, size) == 0) ||
         fails(self, "certificate", "the one canonical spelling, then one newline", "other bytes");
}

static bool check_key(Checking *self) {
  GError *error = NULL;
  self->key = ak_note_key_parse(self->certificate->key, &error);
  if (self->key == NULL)
    return fails_with(self, "log.key", "a verifier key", error);
  if (self->key->type != AK_NOTE_KEY_ED25519 ||
      strcmp(self->key->name, self->certificate->origin) != 0)
    return fails(self, "log.key", self->certificate->origin, self->certificate->key);
  if (self->trusted != NULL && !ak_note_key_equal(self->trusted, self->key)) {
    g_autofree char *trusted = ak_note_key_format(self->trusted);
    return fails(self, "log.key", trusted, self->certificate->key);
  }
  self->report->is_vouched = self->trusted != NULL;
  self->report->key = g_strdup(self->certificate->key);
  return true;
}

static bool check_checkpoint(Checking *self) {
  const char *text = self->certificate->checkpoint;
  GError *error = NULL;
  g_autoptr(AkNote) note = NULL;
  self->checkpoint = ak_checkpoint_open(text, strlen(text), self->key, &note, &error);
  if (self->checkpoint == NULL)
    return fails_with(self, "checkpoint", "signed by the log's key", error);
  self->report->tree_size = self->checkpoint->size;
  return note->signatures->len == 1 || /* another line could be changed unseen */
         fails(self, "checkpoint", "one signature, the log's", "more");
}

static bool check_inclusion(Checking *self) {
  const AkBundleRecord *record = self->certificate->record;
  AkDigest commitment = ak_merkle_commitment(record->salt, record->text, strlen(record->text));
  AkDigest leaf = ak_merkle_leaf(commitment.bytes, AK_DIGEST_SIZE);
  GError *error = NULL;
  if (!ak_merkle_check_inclusion(&leaf, record->index, self->checkpoint->size, record->proof,
                                 &self->checkpoint->root, &error))
    return fails_with(self, "record", "in the tree under the checkpoint", error);
  self->report->index = record->index;
  return true;
}

static bool check_record(Checking *self) {
  const char *text = self->certificate->record->text;
  GError *error = NULL;
  self->report->record = ak_json_parse(text, strlen(text), "record", &error);
  if (self->report->record == NULL)
    return fails_with(self, "record", "a record of an analysis", error);
  const char *type = ak_json_string_or(self->report->record, "type", "");
  const char *wanted = ak_record_type_name(AK_RECORD_CHAIN_ANALYZED);
  return strcmp(type, wanted) == 0 || fails(self, "record.type", wanted, type);
}

static bool is_digest_of(Checking *self, const char *member, const void *bytes, gsize size) {
  AkDigest digest = ak_digest_of(bytes, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  const char *said = ak_json_string_or(self->report->record, member, "");
  g_autofree char *place = g_strdup_printf("record.%s", member);
  return strcmp(said, hex) == 0 || fails(self, place, hex, said);
}

/* The root over the list, and how many lines it has, are the record's. */
static bool check_lines(Checking *self) {
  const AkChainCertificate *certificate = self->certificate;
  const json_t *said = json_object_get(self->report->record, "certificate");
  AkDigest root;
  guint64 count = 0;
  GError *error = NULL;
  if (!ak_chain_certificate_root(certificate->lines, certificate->lines_size, &root, &count, &error))
    return fails_with(self, "lines", "lines that rise, each with its end", error);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&root, hex);
  const char *wanted = ak_json_string_or(said, "root", "");
  if (strcmp(wanted, hex) != 0)
    return fails(self, "lines", wanted, hex);
  if ((guint64)json_integer_value(json_object_get(said, "count")) != count)
    return fails(self, "record.certificate.count", "the number of lines", "another number");
  return is_digest_of(self, "lines", certificate->lines, certificate->lines_size);
}

/* How many lines end with each status: what the account of the record must say. */
static json_t *count_statuses(const AkChainCertificate *self) {
  json_t *counts = json_object();
  for (const char *at = self->lines; *at != '\0';) {
    const char *end = strchr(at, '\n');
    const char *tab = g_strrstr_len(at, end - at, "\t");
    g_autofree char *status = tab != NULL ? g_strndup(tab + 1, (gsize)(end - tab - 1)) : g_strdup("");
    json_int_t count = json_integer_value(json_object_get(counts, status));
    json_object_set_new(counts, status, json_integer(count + 1));
    at = end + 1;
  }
  return counts;
}

static bool check_account(Checking *self) {
  g_autoptr(json_t) counts = count_statuses(self->certificate);
  return ak_json_difference_none(counts, json_object_get(self->report->record, "account"),
                                 "record.account", &self->report->place, &self->report->expected,
                                 &self->report->found);
}

static bool check_backings(Checking *self) {
  gsize size = 0;
  GError *error = NULL;
  g_autofree char *text = ak_json_canonical(self->certificate->backings, &size, &error);
  if (text == NULL)
    return fails_with(self, "backings", "canonical JSON", error);
  return is_digest_of(self, "backings", text, size);
}

static const struct {
  const char *id;
  bool (*run)(Checking *self);
} checks[] = {{"encoding", check_encoding}, {"key", check_key},
              {"checkpoint", check_checkpoint}, {"inclusion", check_inclusion},
              {"record", check_record}, {"lines", check_lines},
              {"account", check_account}, {"backings", check_backings}};

void ak_chain_certificate_check(const AkChainCertificate *self, const char *data, gsize size,
                                const AkNoteKey *key, AkChainCertificateReport *out) {
  Checking checking = {self, data, size, key, out, NULL, NULL};
  *out = (AkChainCertificateReport){.held = g_ptr_array_new()};
  for (gsize i = 0; out->failed == NULL && i < G_N_ELEMENTS(checks); i++)
    if (checks[i].run(&checking))
      g_ptr_array_add(out->held, (gpointer)checks[i].id);
    else
      out->failed = checks[i].id;
  out->holds = out->failed == NULL;
  ak_note_key_free(checking.key);
  ak_checkpoint_free(checking.checkpoint);
}

void ak_chain_certificate_report_clear(AkChainCertificateReport *self) {
  g_free(self->place);
  g_free(self->expected);
  g_free(self->found);
  g_free(self->key);
  json_decref(self->record);
  g_clear_pointer(&self->held, g_ptr_array_unref);
  *self = (AkChainCertificateReport){0};
}

json_t *ak_chain_certificate_report_to_json(const AkChainCertificateReport *self) {
  json_t *held = json_array();
  for (guint i = 0; i < self->held->len; i++)
    json_array_append_new(held, json_string(self->held->pdata[i]));
  json_t *out = json_pack("{s:b, s:b, s:o, s:s?, s:s*, s:s*, s:s*, s:s*}", "holds", self->holds,
                          "vouched", self->is_vouched, "held", held, "failed", self->failed, "place",
                          self->place, "expected", self->expected, "found", self->found, "key",
                          self->key);
  if (!self->holds)
    return out;
  json_object_set(out, "record", self->record);
  json_object_set_new(out, "index", json_integer((json_int_t)self->index));
  json_object_set_new(out, "tree_size", json_integer((json_int_t)self->tree_size));
  return out;
}

/* --- writing
 * -------------------------------------------------------------------------------------------- */

static bool holds_itself(const char *data, gsize size, const AkNoteKey *key, GError **error) {
  g_autoptr(AkChainCertificate) self = ak_chain_certificate_parse(data, size, error);
  g_auto(AkChainCertificateReport) report = {0};
  if (self == NULL)
    return false;
  ak_chain_certificate_check(self, data, size, key, &report);
  return report.holds ||
         ak_error_set(error, AK_ERROR_INTERNAL, "certificate: %s: %s: expected %s, found %s",
                      report.failed, report.place, report.expected, report.found);
}

GBytes *ak_chain_certificate_write(const AkChainCertificateInput *input, GError **error) {
  g_autoptr(AkNoteKey) key = ak_note_key_parse(input->log_key, error);
  if (key == NULL)
    return NULL;
  g_autoptr(json_t) document = json_pack(
      "{s:s, s:i, s:{s:s, s:s}, s:s, s:o, s:O, s:s}", "format", AK_CHAIN_CERTIFICATE_FORMAT,
      "version", AK_CHAIN_CERTIFICATE_VERSION, "log", "origin", key->name, "key", input->log_key,
      "checkpoint", input->checkpoint, "record", ak_bundle_record_to_json(input->record),
      "backings", input->backings, "lines", input->lines);
  gsize size = 0;
  g_autofree char *text = document != NULL ? ak_json_canonical(document, &size, error) : NULL;
  if (text == NULL) {
    if (document == NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "certificate: a text is no UTF-8");
    return NULL;
  }
  text[size++] = '\n'; /* in the place of the NUL, which nobody needs below */
  if (!holds_itself(text, size, key, error))
    return NULL;
  return g_bytes_new_take(g_steal_pointer(&text), size);
}

bool ak_proof_chain_certificate_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkChainCertificate) self = ak_chain_certificate_parse((const char *)data, size, NULL);
  g_auto(AkChainCertificateReport) report = {0};
  AkDigest root;
  guint64 count = 0;
  if (self == NULL)
    return false;
  ak_chain_certificate_check(self, (const char *)data, size, NULL, &report);
  if (ak_chain_certificate_root(self->lines, self->lines_size, &root, &count, NULL)) {
    g_autoptr(json_t) counts = count_statuses(self);
    return counts != NULL;
  }
  return true;
}
