#include "app/chain-certificate.h"

#include <string.h>

#include "proof/chain-certificate.h"
#include "proof/merkle.h"

#define LINES_MAX (AK_CHAIN_CERTIFICATE_MAX_BYTES / 2) /* bytes: in JSON they are longer */

static json_t *digest_text(const AkDigest *digest) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  return json_string(hex);
}

static bool add_leaf(const char *line, gsize size, gpointer stack) {
  AkDigest leaf = ak_merkle_leaf(line, size);
  ak_merkle_stack_add(stack, &leaf);
  return true;
}

json_t *ak_app_chain_certificate(const AkAppChain *self, const AkAccount *account) {
  AkMerkleStack stack = {0};
  bool by_element = account->total > AK_ACCOUNT_LINES_MAX;
  if (by_element)
    ak_account_foreach_element(account, self->model, add_leaf, &stack);
  else
    ak_account_foreach_line(account, self->model, add_leaf, &stack);
  AkDigest root = ak_merkle_stack_root(&stack);
  return json_pack("{s:o, s:I, s:s*, s:o, s:o}", "root", digest_text(&root), "count",
                   (json_int_t)stack.count, "leaf", by_element ? "element" : NULL, "knowledge",
                   digest_text(&self->knowledge->digest), "rules", digest_text(&self->book->digest));
}

/* All lines, each with its end; broken off where they are more than a certificate may hold. */
static bool add_line(const char *line, gsize size, gpointer text) {
  g_string_append_len(text, line, (gssize)size);
  g_string_append_c(text, '\n');
  return ((const GString *)text)->len <= LINES_MAX;
}

/* --- into the log
 * ---------------------------------------------------------------------------------------- */

static json_t *put(AkWorkspace *workspace, const char *bytes, gsize size, GError **error) {
  AkDigest digest;
  return ak_log_put_blob(ak_workspace_log(workspace), bytes, size, &digest, error)
             ? digest_text(&digest)
             : NULL;
}

/* Statuses that some line has. */
static json_t *account_of(const AkAccount *account) {
  json_t *counts = json_object();
  for (guint i = 0; i < AK_ACCOUNT_STATUSES; i++)
    if (account->counts[i] > 0)
      json_object_set_new(counts, ak_account_status_names[i],
                          json_integer((json_int_t)account->counts[i]));
  return counts;
}

/* Evidence first, then the record that cites it. */
static bool put_evidence(const AkAppChain *self, AkWorkspace *workspace, const GString *lines,
                         json_t *record, GError **error) {
  gsize size = 0;
  g_autofree char *backings = ak_json_canonical(self->backings, &size, error);
  json_t *backings_digest = backings != NULL ? put(workspace, backings, size, error) : NULL;
  json_t *lines_digest =
      backings_digest != NULL ? put(workspace, lines->str, lines->len, error) : NULL;
  json_object_set_new(record, "backings", backings_digest);
  json_object_set_new(record, "lines", lines_digest);
  return lines_digest != NULL;
}

bool ak_app_chain_record(const AkAppChain *self, AkWorkspace *workspace, guint64 *index, GError **error) {
  if (self->is_compiled) /* whoever wrote the file says what follows from what: nothing to sign */
    return ak_error_set(error, AK_ERROR_CONFIG, "%s is compiled: record what it was made of", self->path);
  g_autoptr(AkAccount) account = ak_account_new(self->model, self->now_utc_us);
  g_autoptr(GString) lines = g_string_new(NULL);
  if (account->total > AK_ACCOUNT_LINES_MAX)
    return ak_error_set(error, AK_ERROR_LIMIT, "the list of risk sources has %" G_GUINT64_FORMAT " lines, allowed are %"
                        G_GUINT64_FORMAT, account->total, AK_ACCOUNT_LINES_MAX);
  if (!ak_account_foreach_line(account, self->model, add_line, lines))
    return ak_error_set(error, AK_ERROR_LIMIT, "the list of risk sources has more than %d bytes",
                        LINES_MAX);
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_CHAIN_ANALYZED, "", ak_now_utc_us());
  json_object_set_new(record, "chain",
                      json_pack("{s:s, s:o}", "name", self->chain->name, "sha256",
                                digest_text(&self->digest)));
  json_object_set_new(record, "program", json_string(AK_VERSION));
  json_object_set_new(record, "at_utc_us", json_integer(self->now_utc_us));
  json_object_set_new(record, "certificate", ak_app_chain_certificate(self, account));
  json_object_set_new(record, "account", account_of(account));
  return put_evidence(self, workspace, lines, record, error) &&
         ak_log_append(ak_workspace_log(workspace), record, index, error);
}

/* --- out of it
 * ------------------------------------------------------------------------------------------- */

static bool is_analysis(const json_t *record) {
  return strcmp(ak_json_string_or(record, "type", ""),
                ak_record_type_name(AK_RECORD_CHAIN_ANALYZED)) == 0;
}

static bool note_analysis(guint64 index, const json_t *record, gpointer data) {
  const json_t *certificate = json_object_get(record, "certificate");
  if (is_analysis(record))
    json_array_append_new(
        data,
        json_pack("{s:I, s:O, s:O, s:s, s:s, s:O}", "index", (json_int_t)index, "when_utc_us",
                  json_object_get(record, "when_utc_us"), "at_utc_us",
                  json_object_get(record, "at_utc_us"), "chain",
                  ak_json_string_or(json_object_get(record, "chain"), "name", ""), "root",
                  ak_json_string_or(certificate, "root", ""), "count",
                  json_object_get(certificate, "count")));
  return true;
}

json_t *ak_app_chain_recorded(AkWorkspace *workspace, GError **error) {
  g_autoptr(json_t) rows = json_array();
  return ak_log_foreach_of(ak_workspace_log(workspace), "", 0, note_analysis, rows, error)
             ? g_steal_pointer(&rows)
             : NULL;
}

static GBytes *evidence_of(AkLog *log, const json_t *record, const char *member, GError **error) {
  AkDigest digest;
  if (!ak_digest_from_hex(ak_json_string_or(record, member, NULL), &digest)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "the record names no %s", member);
    return NULL;
  }
  return ak_log_get_blob(log, &digest, error);
}

static char *text_of(GBytes *bytes) {
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  return g_strndup(data != NULL ? data : "", size);
}

static GBytes *write_certificate(AkLog *log, const json_t *record, AkBundleRecord *revealed,
                                 const char *checkpoint, GError **error) {
  g_autoptr(GBytes) lines = evidence_of(log, record, "lines", error);
  g_autoptr(GBytes) found = lines != NULL ? evidence_of(log, record, "backings", error) : NULL;
  g_autofree char *text = found != NULL ? text_of(found) : NULL;
  g_autoptr(json_t) backings =
      text != NULL ? ak_json_parse(text, strlen(text), "backings", error) : NULL;
  if (backings == NULL)
    return NULL;
  g_autofree char *all = text_of(lines);
  AkChainCertificateInput input = {.log_key = ak_log_verifier_key(log),
                                   .checkpoint = checkpoint,
                                   .record = revealed,
                                   .lines = all,
                                   .backings = backings};
  return ak_chain_certificate_write(&input, error);
}

GBytes *ak_app_chain_export_certificate(AkWorkspace *workspace, guint64 index, GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  g_autoptr(json_t) record = NULL;
  guint8 salt[AK_SALT_SIZE];
  if (index < ak_log_size(log) && !ak_log_read(log, index, &record, salt, error))
    return NULL;
  if (record == NULL || !is_analysis(record)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "record %" G_GUINT64_FORMAT " is no analysis of a chain",
                 index);
    return NULL;
  }
  guint64 size = 0;
  g_autofree char *checkpoint = ak_log_checkpoint(log, &size, error);
  g_autofree char *text = checkpoint != NULL ? ak_json_canonical(record, NULL, error) : NULL;
  GArray *proof = text != NULL ? ak_log_inclusion(log, index, size, error) : NULL;
  g_autoptr(AkBundleRecord) revealed =
      proof != NULL ? ak_bundle_record_new(index, g_steal_pointer(&text), salt, proof) : NULL;
  return revealed != NULL ? write_certificate(log, record, revealed, checkpoint, error) : NULL;
}
