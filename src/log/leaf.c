#include "log/leaf.h"

#include <stdlib.h>
#include <string.h>

const char *ak_leaf_run(const json_t *record) { return ak_json_string_or(record, "run", ""); }

/* The salt; a key that is not known here may have been made by another process. */
static bool salt_of(AkRunKeys *keys, const char *run, guint64 index, guint8 *salt, GError **error) {
  if (ak_run_keys_salt(keys, run, index, salt, NULL))
    return true;
  return ak_run_keys_load(keys, error) && ak_run_keys_salt(keys, run, index, salt, error);
}

static json_t *parse(GBytes *payload, guint64 index, GError **error) {
  g_autofree char *where = g_strdup_printf("log: record %" G_GUINT64_FORMAT, index);
  gsize size = 0;
  const char *data = g_bytes_get_data(payload, &size);
  return ak_json_parse(data, size, where, error);
}

/* The payload of record `index`; `record` and `salt` as in ak_leaf_read. */
static GBytes *load(AkJournal *journal, AkRunKeys *keys, guint64 index, json_t **record,
                    guint8 *salt, GError **error) {
  AkLogFrameType type;
  g_autoptr(GBytes) payload = ak_journal_read(journal, index, &type, error);
  if (payload == NULL)
    return NULL;
  *record = NULL;
  memset(salt, 0, AK_SALT_SIZE);
  if (type == AK_LOG_FRAME_FORGOTTEN)
    return g_steal_pointer(&payload);
  g_autoptr(json_t) parsed = parse(payload, index, error);
  if (parsed == NULL || !salt_of(keys, ak_leaf_run(parsed), index, salt, error))
    return NULL;
  *record = g_steal_pointer(&parsed);
  return g_steal_pointer(&payload);
}

/* Records are canonical: the member stands there in this one way, wherever else it may stand. */
bool ak_leaf_may_be_of(AkJournal *journal, guint64 index, const char *run, bool *may_be,
                       GError **error) {
  AkLogFrameType type;
  g_autoptr(GBytes) payload = ak_journal_read(journal, index, &type, error);
  if (payload == NULL)
    return false;
  g_autoptr(json_t) name = json_string(run);
  g_autofree char *mention = NULL;
  char *quoted = json_dumps(name, JSON_COMPACT | JSON_ENCODE_ANY);
  gsize size = 0;
  const char *data = g_bytes_get_data(payload, &size);
  if (quoted != NULL)
    mention = g_strconcat("\"run\":", quoted, NULL);
  free(quoted);
  *may_be = type != AK_LOG_FRAME_FORGOTTEN &&
            (mention == NULL || memmem(data, size, mention, strlen(mention)) != NULL);
  return true;
}

bool ak_leaf_read(AkJournal *journal, AkRunKeys *keys, guint64 index, json_t **record,
                  guint8 salt[static AK_SALT_SIZE], GError **error) {
  json_t *loaded = NULL;
  g_autoptr(GBytes) payload = load(journal, keys, index, &loaded, salt, error);
  if (payload != NULL)
    *record = loaded;
  return payload != NULL;
}

bool ak_leaf_commitment(AkJournal *journal, AkRunKeys *keys, guint64 index, AkDigest *out,
                        GError **error) {
  guint8 salt[AK_SALT_SIZE];
  g_autoptr(json_t) record = NULL;
  g_autoptr(GBytes) payload = load(journal, keys, index, &record, salt, error);
  if (payload == NULL)
    return false;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(payload, &size);
  if (record != NULL) {
    *out = ak_merkle_commitment(salt, data, size);
    return true;
  }
  if (size != AK_DIGEST_SIZE)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "log: record %" G_GUINT64_FORMAT ": no commitment", index);
  memcpy(out->bytes, data, AK_DIGEST_SIZE);
  return true;
}

void ak_leaf_last_clear(AkLeafLast *self) {
  g_clear_pointer(&self->payload, g_bytes_unref);
  g_mutex_clear(&self->lock);
}

static bool is_last(AkLeafLast *last, guint64 index, AkLogFrameType type, GBytes *payload, AkDigest *out) {
  g_mutex_lock(&last->lock);
  bool is = last->payload != NULL && last->index == index && last->type == type && g_bytes_equal(last->payload, payload);
  if (is)
    *out = last->commitment;
  g_mutex_unlock(&last->lock);
  return is;
}

bool ak_leaf_commitment_again(AkJournal *journal, AkRunKeys *keys, guint64 index, AkLeafLast *last, AkDigest *out,
                              GError **error) {
  AkLogFrameType type;
  g_autoptr(GBytes) payload = ak_journal_read(journal, index, &type, error);
  if (payload == NULL)
    return false;
  if (is_last(last, index, type, payload, out))
    return true;
  if (!ak_leaf_commitment(journal, keys, index, out, error))
    return false;
  /* Deleted just now, the commitment stays and the bytes are others: then they are compared in vain, and read again. */
  g_mutex_lock(&last->lock);
  g_clear_pointer(&last->payload, g_bytes_unref);
  last->payload = g_steal_pointer(&payload);
  last->index = index;
  last->type = type;
  last->commitment = *out;
  g_mutex_unlock(&last->lock);
  return true;
}
