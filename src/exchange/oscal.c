#include "exchange/oscal.h"

#include <string.h>

/* Chosen once at random; every UUID that we write descends from it. */
static const guint8 akashi_space[16] = {0x5d, 0x2f, 0x6b, 0x0e, 0x93, 0x41, 0x4c, 0x57,
                                        0xa8, 0x16, 0x3e, 0x70, 0xc9, 0x1b, 0x84, 0xd2};

void ak_oscal_uuid_in(const guint8 space[static 16], const char *name,
                      char out[static AK_UUID_SIZE]) {
  guint8 digest[20];
  gsize size = sizeof digest;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1); /* by the RFC, as a name only */
  g_checksum_update(sum, space, 16);
  g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));
  g_checksum_get_digest(sum, digest, &size);
  digest[6] = (guint8)((digest[6] & 0x0f) | 0x50);
  digest[8] = (guint8)((digest[8] & 0x3f) | 0x80);
  g_autofree char *hex = ak_hex_encode(digest, 16);
  g_snprintf(out, AK_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

void ak_oscal_uuid(const char *name, char out[static AK_UUID_SIZE]) {
  ak_oscal_uuid_in(akashi_space, name, out);
}

char *ak_oscal_token(const char *id) {
  GString *token = g_string_new(NULL);
  if (!g_ascii_isalpha(*id))
    g_string_append_c(token, '_');
  for (const char *at = id; *at != '\0'; at++)
    g_string_append_c(token, g_ascii_isalnum(*at) || strchr(".-_", *at) != NULL ? *at : '_');
  return g_string_free(token, FALSE);
}

char *ak_oscal_line(const char *text) {
  g_autofree char *line = g_strdup(text);
  g_strdelimit(line, "\t\r\n", ' ');
  g_strstrip(line);
  return *line != '\0' ? g_steal_pointer(&line) : g_strdup("-");
}

json_t *ak_oscal_metadata(const char *title, const char *version, gint64 modified_utc_us) {
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(modified_utc_us / G_USEC_PER_SEC);
  g_autofree char *modified =
      when != NULL ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
  g_autofree char *title_line = ak_oscal_line(title), *version_line = ak_oscal_line(version);
  return json_pack("{s:s, s:s, s:s, s:s}", "title", title_line, "last-modified", modified,
                   "version", version_line, "oscal-version", AK_OSCAL_VERSION);
}

void ak_oscal_add_prop(json_t *props, const char *name, const char *class_name, const char *value) {
  g_autofree char *line = ak_oscal_line(value);
  json_t *prop =
      json_pack("{s:s, s:s, s:s}", "name", name, "ns", AK_OSCAL_NS, "value", line);
  if (class_name != NULL)
    json_object_set_new(prop, "class", json_string(class_name));
  json_array_append_new(props, prop);
}

const char *ak_oscal_prop(const json_t *object, const char *name, const char *class_name) {
  const json_t *props = json_object_get(object, "props");
  for (gsize i = 0; i < json_array_size(props); i++) {
    const json_t *prop = json_array_get(props, i);
    if (strcmp(ak_json_string_or(prop, "ns", ""), AK_OSCAL_NS) == 0 &&
        strcmp(ak_json_string_or(prop, "name", ""), name) == 0 &&
        g_strcmp0(ak_json_string_or(prop, "class", NULL), class_name) == 0)
      return ak_json_string_or(prop, "value", NULL);
  }
  return NULL;
}

static bool check_metadata(const json_t *model, const char *where, GError **error) {
  const json_t *metadata = ak_json_object(model, "metadata", where, error);
  g_autofree char *place = g_strdup_printf("%s: metadata", where);
  if (metadata == NULL || ak_json_string(metadata, "title", place, error) == NULL ||
      ak_json_string(metadata, "version", place, error) == NULL)
    return false;
  const char *version = ak_json_string(metadata, "oscal-version", place, error);
  if (version == NULL || g_str_has_prefix(version, "1.1.") || g_str_has_prefix(version, "1.2."))
    return version != NULL;
  return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                      "%s: oscal-version is \"%.20s\"; 1.1 and 1.2 are read", place, version);
}

json_t *ak_oscal_model(const json_t *document, const char *model, const char *where, GError **error) {
  json_t *found = ak_json_object(document, model, where, error);
  if (found == NULL) {
    g_prefix_error(error, "no OSCAL %s: ", model);
    return NULL;
  }
  return check_metadata(found, where, error) ? found : NULL;
}

json_t *ak_oscal_parse(const char *data, gsize size, const char *model, const char *where,
                       GError **error) {
  if (size > AK_OSCAL_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d bytes", where, AK_OSCAL_MAX_BYTES);
    return NULL;
  }
  g_autoptr(json_t) document = ak_json_parse(data, size, where, error);
  return document != NULL ? json_incref(ak_oscal_model(document, model, where, error)) : NULL;
}
