#include "probe/signature.h"

#include <gio/gio.h>
#include <string.h>

#include "core/value.h"
#include "net/opener.h"

#define RESOURCE "/akashi/signatures/services.json"
#define MAX_SOFTWARE 200

typedef enum { AT, ONE_OF, HAS, SIZE } Kind;

typedef struct {
  Kind kind;
  bool negated;
  gsize at;      /* AT, ONE_OF: where; SIZE: at least so many bytes */
  GBytes *bytes; /* AT, HAS: what; ONE_OF: each byte that will do */
  GBytes *mask;  /* AT: NULL where all bits count */
} Condition;

/* Where the software stands: after `start`; with `with_start` the found text begins at it. */
typedef struct {
  char *start, *until;
  bool with_start;
} Place;

struct _AkSignature {
  char *protocol, *opener, *in_tls;
  AkTransport transport;
  GArray *conditions; /* of Condition */
  GArray *software;   /* of Place */
};

static void condition_clear(gpointer data) {
  Condition *self = data;
  g_clear_pointer(&self->bytes, g_bytes_unref);
  g_clear_pointer(&self->mask, g_bytes_unref);
}

static void place_clear(gpointer data) {
  Place *self = data;
  g_free(self->start);
  g_free(self->until);
}

static void signature_free(AkSignature *self) {
  g_free(self->protocol);
  g_free(self->opener);
  g_free(self->in_tls);
  g_clear_pointer(&self->conditions, g_array_unref);
  g_clear_pointer(&self->software, g_array_unref);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSignature, signature_free)

/* --- reading the data --------------------------------------------------------------------------- */

/* "text" or "hex" of `json`, named `name` or `name`_hex. */
static bool read_bytes(const json_t *json, const char *text_key, const char *hex_key, GBytes **out,
                       GError **error) {
  const char *text = ak_json_string_or(json, text_key, NULL);
  const char *hex = ak_json_string_or(json, hex_key, NULL);
  if (text != NULL)
    *out = g_bytes_new(text, strlen(text));
  else if (hex != NULL)
    *out = ak_opener_bytes_from_hex(hex, error);
  return text == NULL && hex == NULL ? true : *out != NULL;
}

static bool read_condition(const json_t *json, Condition *out, GError **error) {
  const json_t *at = json_object_get(json, "at"), *size = json_object_get(json, "size");
  out->negated = json_is_true(json_object_get(json, "not"));
  out->at = (gsize)json_integer_value(size != NULL ? size : at);
  if (size != NULL) {
    out->kind = SIZE;
    return true;
  }
  if (at == NULL) {
    out->kind = HAS;
    if (!read_bytes(json, "has", "has_hex", &out->bytes, error))
      return false;
  } else if (json_object_get(json, "one_of") != NULL) {
    out->kind = ONE_OF;
    if (!read_bytes(json, "none", "one_of", &out->bytes, error))
      return false;
  } else {
    out->kind = AT;
    if (!read_bytes(json, "text", "hex", &out->bytes, error) ||
        !read_bytes(json, "none", "mask", &out->mask, error))
      return false;
  }
  if (out->bytes == NULL || g_bytes_get_size(out->bytes) == 0 ||
      (out->mask != NULL && g_bytes_get_size(out->mask) != g_bytes_get_size(out->bytes)))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "condition without bytes, or another mask");
  return true;
}

static bool read_conditions(AkSignature *self, const json_t *array, GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    Condition condition = {0};
    bool ok = read_condition(json_array_get(array, i), &condition, error);
    g_array_append_val(self->conditions, condition);
    if (!ok)
      return false;
  }
  return self->conditions->len > 0 ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "no conditions");
}

static bool read_software(AkSignature *self, const json_t *array, GError **error) {
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *json = json_array_get(array, i);
    const char *name = ak_json_string_or(json, "name", NULL);
    const char *after = ak_json_string_or(json, "after", NULL);
    const char *until = ak_json_string(json, "until", "software", error);
    if (until == NULL)
      return false;
    if ((name == NULL) == (after == NULL))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "software: either name or after");
    Place place = {.start = g_strdup(name != NULL ? name : after),
                   .until = g_strdup(until),
                   .with_start = name != NULL};
    g_array_append_val(self->software, place);
  }
  return true;
}

static AkSignature *signature_of(const json_t *json, GError **error) {
  const char *protocol = ak_json_string(json, "protocol", "signature", error);
  const char *transport =
      protocol != NULL ? ak_json_string(json, "transport", "signature", error) : NULL;
  if (transport == NULL)
    return NULL;
  g_autoptr(AkSignature) self = g_new0(AkSignature, 1);
  self->protocol = g_strdup(protocol);
  self->opener = g_strdup(ak_json_string_or(json, "opener", NULL));
  self->in_tls = g_strdup(ak_json_string_or(json, "in_tls", NULL));
  self->transport = strcmp(transport, "udp") == 0 ? AK_TRANSPORT_UDP : AK_TRANSPORT_TCP;
  self->conditions = g_array_new(FALSE, FALSE, sizeof(Condition));
  g_array_set_clear_func(self->conditions, condition_clear);
  self->software = g_array_new(FALSE, FALSE, sizeof(Place));
  g_array_set_clear_func(self->software, place_clear);
  if (!read_conditions(self, json_object_get(json, "when"), error) ||
      !read_software(self, json_object_get(json, "software"), error)) {
    g_prefix_error(error, "signature of %s: ", protocol);
    return NULL;
  }
  return g_steal_pointer(&self);
}

GPtrArray *ak_signatures_parse(const char *text, gsize size, GError **error) {
  g_autoptr(json_t) json = ak_json_parse(text, size, "services.json", error);
  const json_t *list = json != NULL ? ak_json_array(json, "signatures", "services.json", error) : NULL;
  if (list == NULL)
    return NULL;
  g_autoptr(GPtrArray) signatures =
      g_ptr_array_new_with_free_func((GDestroyNotify)signature_free);
  for (gsize i = 0; i < json_array_size(list); i++) {
    AkSignature *signature = signature_of(json_array_get(list, i), error);
    if (signature == NULL)
      return NULL;
    g_ptr_array_add(signatures, signature);
  }
  return g_steal_pointer(&signatures);
}

typedef struct {
  GPtrArray *signatures;
  GError *error;
} Loaded;

static gpointer load(gpointer data) {
  Loaded *self = g_new0(Loaded, 1);
  g_autoptr(GBytes) bytes =
      g_resources_lookup_data(RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, &self->error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  if (text != NULL)
    self->signatures = ak_signatures_parse(text, size, &self->error);
  return self;
}

const GPtrArray *ak_signatures(GError **error) {
  static GOnce once = G_ONCE_INIT;
  const Loaded *loaded = g_once(&once, load, NULL);
  if (loaded->signatures == NULL)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", loaded->error->message);
  return loaded->signatures;
}

const char *ak_signature_protocol(const AkSignature *self) { return self->protocol; }
const char *ak_signature_in_tls(const AkSignature *self) { return self->in_tls; }
AkTransport ak_signature_transport(const AkSignature *self) { return self->transport; }
const char *ak_signature_opener(const AkSignature *self) { return self->opener; }

/* --- matching ------------------------------------------------------------------------------------- */

/* Where `wanted` begins in `data`, letters of either case alike, or -1. */
static gssize find(const guint8 *data, gsize size, const guint8 *wanted, gsize length) {
  for (gsize at = 0; length <= size && at <= size - length; at++)
    if (g_ascii_strncasecmp((const char *)data + at, (const char *)wanted, length) == 0 ||
        memcmp(data + at, wanted, length) == 0)
      return (gssize)at;
  return -1;
}

static bool holds_at(const Condition *self, const guint8 *data, gsize size) {
  gsize length = 0, mask_length = 0;
  const guint8 *wanted = g_bytes_get_data(self->bytes, &length);
  const guint8 *mask = self->mask != NULL ? g_bytes_get_data(self->mask, &mask_length) : NULL;
  if (self->at > size || length > size - self->at)
    return false;
  for (gsize i = 0; i < length; i++) {
    guint8 bits = mask != NULL ? mask[i] : 0xff;
    if ((data[self->at + i] & bits) != (wanted[i] & bits))
      return false;
  }
  return true;
}

static bool holds(const Condition *self, const guint8 *data, gsize size) {
  gsize length = 0;
  const guint8 *bytes = self->bytes != NULL ? g_bytes_get_data(self->bytes, &length) : NULL;
  switch (self->kind) {
  case AT:
    return holds_at(self, data, size);
  case ONE_OF:
    return self->at < size && memchr(bytes, data[self->at], length) != NULL;
  case HAS:
    return find(data, size, bytes, length) >= 0;
  case SIZE:
    return size >= self->at;
  }
  g_return_val_if_reached(false);
}

bool ak_signature_matches(const AkSignature *self, const char *opener, const void *data,
                          gsize size) {
  if (size == 0 || (self->opener != NULL && strcmp(self->opener, opener) != 0))
    return false;
  size = MIN(size, AK_SIGNATURE_MAX_BYTES);
  for (guint i = 0; i < self->conditions->len; i++) {
    const Condition *condition = &g_array_index(self->conditions, Condition, i);
    if (holds(condition, data, size) == condition->negated)
      return false;
  }
  return true;
}

static char *software_at(const Place *self, const guint8 *data, gsize size) {
  gsize length = strlen(self->start);
  gssize found = find(data, size, (const guint8 *)self->start, length);
  if (found < 0)
    return NULL;
  gsize begin = (gsize)found + length, end = begin;
  bool has_digit = false;
  while (end < size && end - begin < MAX_SOFTWARE && data[end] != '\0' &&
         strchr(self->until, data[end]) == NULL)
    has_digit = g_ascii_isdigit(data[end++]) || has_digit;
  /* a name must be followed by its version at once: an address in a greeting is none */
  if (!has_digit || (self->with_start && !g_ascii_isdigit(data[begin])))
    return NULL;
  gsize from = self->with_start ? (gsize)found : begin;
  g_auto(AkValue) text = ak_value_text_from_bytes(data + from, end - from, MAX_SOFTWARE);
  return g_steal_pointer(&text.text);
}

char *ak_signature_software(const AkSignature *self, const void *data, gsize size) {
  size = MIN(size, AK_SIGNATURE_MAX_BYTES);
  for (guint i = 0; i < self->software->len; i++) {
    char *text = software_at(&g_array_index(self->software, Place, i), data, size);
    if (text != NULL)
      return text;
  }
  return NULL;
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const AkSignature *ak_signature_find(AkTransport transport, const char *opener, const void *data,
                                     gsize size, char **contradiction) {
  const GPtrArray *signatures = ak_signatures(NULL);
  const AkSignature *first = NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; signatures != NULL && i < signatures->len; i++) {
    const AkSignature *signature = signatures->pdata[i];
    if (signature->transport != transport || !ak_signature_matches(signature, opener, data, size))
      continue;
    if (first == NULL)
      first = signature;
    if (!g_ptr_array_find_with_equal_func(names, signature->protocol, g_str_equal, NULL))
      g_ptr_array_add(names, signature->protocol);
  }
  if (names->len < 2)
    return first;
  g_ptr_array_sort(names, compare_texts);
  g_ptr_array_add(names, NULL);
  g_free(*contradiction);
  *contradiction = g_strjoinv(", ", (GStrv)names->pdata);
  return NULL;
}

/* --- fuzzing: the first byte chooses the opener, the rest is what was heard --------------------------- */

bool ak_probe_signature_fuzz(const guint8 *data, gsize size);
bool ak_probe_signature_fuzz(const guint8 *data, gsize size) {
  if (size == 0)
    return false;
  const GPtrArray *openers = ak_openers();
  guint which = data[0] % (openers->len + 1);
  const AkOpener *opener = which < openers->len ? openers->pdata[which] : NULL;
  g_autofree char *contradiction = NULL;
  const AkSignature *found =
      ak_signature_find(opener != NULL ? opener->transport : AK_TRANSPORT_TCP,
                        opener != NULL ? opener->id : "", data + 1, size - 1, &contradiction);
  if (found == NULL)
    return false;
  g_autofree char *software = ak_signature_software(found, data + 1, size - 1);
  g_assert_true(software == NULL || g_utf8_validate(software, -1, NULL));
  return true;
}
