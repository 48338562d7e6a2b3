#include "sandbox/entry.h"

#include <string.h>

#define MAX_KIND 32
#define MAX_MEMBERS 12

static const char *const kinds[] = {"file", "folder", "link", "device", "region"};

const char *ak_entry_kind_name(AkEntryKind kind) {
  return kinds[kind];
}

void ak_entry_clear(AkEntry *self) {
  g_free(self->container_kind);
  g_free(self->origin);
  g_free(self->path);
  g_free(self->target);
  g_free(self->cut);
  *self = (AkEntry){0};
}

json_t *ak_entry_to_json(const AkEntry *self) {
  json_t *json = json_pack(
      "{s:s, s:I, s:s, s:s, s:s, s:s*, s:s*, s:I, s:I, s:I}", "kind", kinds[self->kind],
      "container", (json_int_t)self->container, "container_kind", self->container_kind, "origin",
      self->origin, "path", self->path, "target", self->target, "cut", self->cut, "mode",
      (json_int_t)self->mode, "uid", (json_int_t)self->uid, "gid", (json_int_t)self->gid);
  if (json != NULL && self->has_content)
    json_object_set_new(json, "size", json_integer((json_int_t)self->size));
  return json;
}

static bool is_printable(const char *text) {
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
    if (!g_unichar_isprint(g_utf8_get_char(at)))
      return false;
  return true;
}

/* A printable text of at most AK_ENTRY_MAX_PATH bytes; NULL where it is not there and need not be.
 */
static bool take_text(const json_t *json, const char *key, bool is_needed, char **out,
                      GError **error) {
  const json_t *member = json_object_get(json, key);
  const char *text = json_string_value(member);
  if (member == NULL && !is_needed)
    return true;
  if (text == NULL || strlen(text) > AK_ENTRY_MAX_PATH || !is_printable(text))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "entry: %s", key);
  *out = g_strdup(text);
  return true;
}

static bool take_numbers(const json_t *json, AkEntry *out, GError **error) {
  gint64 container = 0, mode = 0, uid = 0, gid = 0, size = 0;
  out->has_content = json_object_get(json, "size") != NULL;
  if (!ak_json_integer(json, "container", 0, G_MAXINT32, "entry", &container, error) ||
      !ak_json_integer(json, "mode", 0, 07777, "entry", &mode, error) ||
      !ak_json_integer(json, "uid", 0, G_MAXUINT32, "entry", &uid, error) ||
      !ak_json_integer(json, "gid", 0, G_MAXUINT32, "entry", &gid, error) ||
      (out->has_content && !ak_json_integer(json, "size", 0, G_MAXINT64, "entry", &size, error)))
    return false;
  out->container = (guint)container;
  out->mode = (guint)mode;
  out->uid = (guint32)uid;
  out->gid = (guint32)gid;
  out->size = (guint64)size;
  return true;
}

static bool take_kind(const json_t *json, AkEntry *out, GError **error) {
  const char *name = ak_json_string(json, "kind", "entry", error);
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(kinds); i++)
    if (strcmp(name, kinds[i]) == 0) {
      out->kind = (AkEntryKind)i;
      return true;
    }
  return name != NULL && ak_error_set(error, AK_ERROR_INVALID_DATA, "entry: kind");
}

static bool is_plain_word(const char *text) {
  gsize size = strlen(text);
  return size > 0 && size <= MAX_KIND &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

bool ak_entry_from_json(const json_t *json, AkEntry *out, GError **error) {
  g_auto(AkEntry) entry = {0};
  if (json_object_size(json) > MAX_MEMBERS)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "entry: more members than it has");
  if (!take_kind(json, &entry, error) || !take_numbers(json, &entry, error) ||
      !take_text(json, "container_kind", true, &entry.container_kind, error) ||
      !take_text(json, "origin", true, &entry.origin, error) ||
      !take_text(json, "path", true, &entry.path, error) ||
      !take_text(json, "target", false, &entry.target, error) ||
      !take_text(json, "cut", false, &entry.cut, error))
    return false;
  bool may_have_content = entry.kind == AK_ENTRY_FILE || entry.kind == AK_ENTRY_REGION;
  if (*entry.path == '\0' || !is_plain_word(entry.container_kind) ||
      (entry.has_content && !may_have_content))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "entry: members that do not fit");
  *out = entry;
  entry = (AkEntry){0};
  return true;
}
