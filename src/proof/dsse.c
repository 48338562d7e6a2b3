#include "proof/dsse.h"

#include <sodium.h>
#include <string.h>

#include "proof/base64.h"

GBytes *ak_dsse_pae(const char *payload_type, const void *payload, gsize size) {
  GByteArray *pae = g_byte_array_new();
  g_autofree char *head = g_strdup_printf("DSSEv1 %" G_GSIZE_FORMAT " %s %" G_GSIZE_FORMAT " ",
                                          strlen(payload_type), payload_type, size);
  g_byte_array_append(pae, (const guint8 *)head, (guint)strlen(head));
  g_byte_array_append(pae, payload, (guint)size);
  return g_byte_array_free_to_bytes(pae);
}

json_t *ak_dsse_sign(const char *payload_type, const void *payload, gsize size, const char *key_id,
                     AkDsseSign sign, gpointer user, GError **error) {
  if (size > AK_DSSE_MAX_PAYLOAD) {
    ak_error_set(error, AK_ERROR_LIMIT, "envelope: the payload has more than %d bytes",
                 AK_DSSE_MAX_PAYLOAD);
    return NULL;
  }
  guint8 signature[AK_NOTE_SIGNATURE_SIZE];
  g_autoptr(GBytes) pae = ak_dsse_pae(payload_type, payload, size);
  if (!sign(user, g_bytes_get_data(pae, NULL), g_bytes_get_size(pae), signature, error))
    return NULL;
  g_autofree char *body = ak_base64_encode(payload, size);
  g_autofree char *sig = ak_base64_encode(signature, sizeof signature);
  return json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "payload", body, "payloadType", payload_type,
                   "signatures", "keyid", key_id, "sig", sig);
}

static void signature_clear(gpointer data) {
  g_free(((AkDsseSignature *)data)->key_id);
}

void ak_dsse_free(AkDsse *self) {
  if (self == NULL)
    return;
  g_free(self->payload_type);
  g_clear_pointer(&self->payload, g_bytes_unref);
  g_clear_pointer(&self->signatures, g_array_unref);
  g_free(self);
}

static bool signatures_from_json(AkDsse *self, const json_t *array, const char *where,
                                 GError **error) {
  gsize count = json_array_size(array);
  if (count < 1 || count > AK_DSSE_MAX_SIGNATURES)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: 1 to %d signatures wanted", where,
                        AK_DSSE_MAX_SIGNATURES);
  for (gsize i = 0; i < count; i++) {
    const json_t *item = json_array_get(array, i);
    const char *key_id = ak_json_string(item, "keyid", where, error);
    const char *sig = key_id != NULL ? ak_json_string(item, "sig", where, error) : NULL;
    AkDsseSignature signature = {NULL};
    if (sig == NULL ||
        !ak_base64_decode_exact(sig, signature.signature, AK_NOTE_SIGNATURE_SIZE, where, error))
      return false;
    if (json_object_size(item) != 2)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown member in a signature", where);
    signature.key_id = g_strdup(key_id);
    g_array_append_val(self->signatures, signature);
  }
  return true;
}

AkDsse *ak_dsse_from_json(const json_t *json, const char *where, GError **error) {
  const char *payload = ak_json_string(json, "payload", where, error);
  const char *type = payload != NULL ? ak_json_string(json, "payloadType", where, error) : NULL;
  const json_t *signatures = type != NULL ? ak_json_array(json, "signatures", where, error) : NULL;
  if (signatures == NULL)
    return NULL;
  if (json_object_size(json) != 3) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown member", where);
    return NULL;
  }
  g_autoptr(AkDsse) self = g_new0(AkDsse, 1);
  self->signatures = g_array_new(FALSE, TRUE, sizeof(AkDsseSignature));
  g_array_set_clear_func(self->signatures, signature_clear);
  self->payload_type = g_strdup(type);
  self->payload = ak_base64_decode(payload, AK_DSSE_MAX_PAYLOAD, where, error);
  if (self->payload == NULL || !signatures_from_json(self, signatures, where, error))
    return NULL;
  return g_steal_pointer(&self);
}

bool ak_dsse_verify(const AkDsse *self, const char *key_id,
                    const guint8 public_key[static AK_NOTE_PUBLIC_SIZE], GError **error) {
  g_autoptr(GBytes) pae = ak_dsse_pae(self->payload_type, g_bytes_get_data(self->payload, NULL),
                                      g_bytes_get_size(self->payload));
  bool found = false;
  for (guint i = 0; i < self->signatures->len; i++) {
    const AkDsseSignature *item = &g_array_index(self->signatures, AkDsseSignature, i);
    if (strcmp(item->key_id, key_id) != 0)
      continue;
    found = true;
    if (crypto_sign_verify_detached(item->signature, g_bytes_get_data(pae, NULL),
                                    g_bytes_get_size(pae), public_key) == 0)
      return true;
  }
  if (!found)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "no signature of key %s", key_id);
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "the signature of key %s does not hold",
                      key_id);
}

bool ak_proof_dsse_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) json = ak_json_parse((const char *)data, size, "envelope", NULL);
  g_autoptr(AkDsse) envelope = json != NULL ? ak_dsse_from_json(json, "envelope", NULL) : NULL;
  if (envelope == NULL)
    return false;
  static const guint8 nobody[AK_NOTE_PUBLIC_SIZE] = {0};
  g_assert_false(ak_dsse_verify(envelope, "nobody", nobody, NULL));
  return true;
}
