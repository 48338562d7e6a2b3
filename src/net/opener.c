#include "net/opener.h"

#include <gio/gio.h>
#include <string.h>

#include "util/json.h"

#define RESOURCE "/akashi/signatures/services.json"

static void opener_free(AkOpener *self) {
  g_free(self->id);
  g_clear_pointer(&self->ports, g_array_unref);
  g_clear_pointer(&self->bytes, g_bytes_unref);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkOpener, opener_free)

GBytes *ak_opener_bytes_from_hex(const char *hex, GError **error) {
  gsize length = strlen(hex);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  for (gsize i = 0; i + 1 < length; i += 2) {
    int high = g_ascii_xdigit_value(hex[i]), low = g_ascii_xdigit_value(hex[i + 1]);
    if (high < 0 || low < 0)
      break;
    guint8 byte = (guint8)(high << 4 | low);
    g_byte_array_append(bytes, &byte, 1);
  }
  if (bytes->len * 2 != length) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "\"%s\" is no hexadecimal text", hex);
    return NULL;
  }
  return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static bool read_ports(const json_t *array, AkOpener *opener, GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    json_int_t number = json_integer_value(json_array_get(array, i));
    if (number < 1 || number > 65535)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "opener %s: no port", opener->id);
    guint16 port = (guint16)number;
    g_array_append_val(opener->ports, port);
  }
  return true;
}

static AkOpener *opener_of(const json_t *json, GError **error) {
  const char *id = ak_json_string(json, "id", "opener", error);
  const char *transport = id != NULL ? ak_json_string(json, "transport", "opener", error) : NULL;
  if (transport == NULL)
    return NULL;
  const char *text = ak_json_string_or(json, "text", NULL);
  const char *hex = text == NULL ? ak_json_string(json, "hex", "opener", error) : NULL;
  if (text == NULL && hex == NULL)
    return NULL;
  g_autoptr(AkOpener) self = g_new0(AkOpener, 1);
  self->id = g_strdup(id);
  self->is_credential = json_is_true(json_object_get(json, "credential"));
  self->transport = strcmp(transport, "udp") == 0 ? AK_TRANSPORT_UDP : AK_TRANSPORT_TCP;
  self->ports = g_array_new(FALSE, FALSE, sizeof(guint16));
  self->bytes = text != NULL ? g_bytes_new(text, strlen(text)) : ak_opener_bytes_from_hex(hex, error);
  if (self->bytes == NULL || !read_ports(json_object_get(json, "ports"), self, error))
    return NULL;
  return g_steal_pointer(&self);
}

static gpointer load(gpointer data) {
  GPtrArray *openers = g_ptr_array_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes =
      g_resources_lookup_data(RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) json = text != NULL ? ak_json_parse(text, size, "services.json", &error) : NULL;
  const json_t *list = json_object_get(json, "openers");
  for (gsize i = 0; i < json_array_size(list); i++) {
    AkOpener *opener = opener_of(json_array_get(list, i), &error);
    if (opener == NULL)
      break;
    g_ptr_array_add(openers, opener);
  }
  if (error != NULL)
    g_critical("%s", error->message);
  return openers;
}

const GPtrArray *ak_openers(void) {
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, load, NULL);
}

const AkOpener *ak_opener_find(const char *id) {
  const GPtrArray *openers = ak_openers();
  for (guint i = 0; i < openers->len; i++)
    if (strcmp(((const AkOpener *)openers->pdata[i])->id, id) == 0)
      return openers->pdata[i];
  return NULL;
}

static bool names_port(const AkOpener *self, AkTransport transport, guint16 port,
                       bool credentials) {
  if (self->transport != transport || (self->is_credential && !credentials))
    return false;
  for (guint i = 0; i < self->ports->len; i++)
    if (g_array_index(self->ports, guint16, i) == port)
      return true;
  return false;
}

const AkOpener *ak_opener_for_port(AkTransport transport, guint16 port, guint turn,
                                   bool credentials) {
  const GPtrArray *openers = ak_openers();
  const AkOpener *first = NULL;
  guint found = 0, count = 0;
  for (guint i = 0; i < openers->len; i++)
    count += names_port(openers->pdata[i], transport, port, credentials);
  for (guint i = 0; count > 0 && i < openers->len; i++)
    if (names_port(openers->pdata[i], transport, port, credentials) && found++ == turn % count)
      first = openers->pdata[i];
  return first;
}
