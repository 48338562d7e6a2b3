#include "app/firmware-diff.h"

#include <string.h>

#include "app/firmware-searches.h"

/* Where something lies without the image's name and without the places of regions, which move with
 * every change before them: "x.bin!#data@4096!/etc/passwd" is "#data!/etc/passwd". */
static char *place_of(const char *locator) {
  const char *at = strchr(locator, '!');
  GString *place = g_string_new(NULL);
  bool is_region = false;
  for (at = at != NULL ? at + 1 : ""; *at != '\0'; at++) {
    if (*at == '#' && (place->len == 0 || place->str[place->len - 1] == '!'))
      is_region = true;
    if (*at == '!')
      is_region = false;
    if (is_region && *at == '@')
      at += strspn(at + 1, "0123456789");
    else
      g_string_append_c(place, *at);
  }
  return g_string_free(place, FALSE);
}

/* Puts `value` (borrowed) under `key`, or, where that is taken, under "key~2" and so on. */
static void put(json_t *map, const char *key, json_t *value) {
  g_autofree char *free_key = g_strdup(key);
  for (guint i = 2; json_object_get(map, free_key) != NULL; i++) {
    g_free(free_key);
    free_key = g_strdup_printf("%s~%u", key, i);
  }
  json_object_set(map, free_key, value);
}

static gint by_text(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Keys of both maps in their order, each once. Borrowed from the maps. */
static GPtrArray *keys_of(json_t *a, json_t *b) {
  GPtrArray *keys = g_ptr_array_new();
  const char *key = NULL;
  json_t *value = NULL;
  json_object_foreach(a, key, value) g_ptr_array_add(keys, (gpointer)key);
  json_object_foreach(b, key, value) if (json_object_get(a, key) == NULL)
      g_ptr_array_add(keys, (gpointer)key);
  g_ptr_array_sort(keys, by_text);
  return keys;
}

/* --- files ---------------------------------------------------------------------------------------
 */

static json_t *files_by_place(const json_t *result) {
  json_t *map = json_object();
  const json_t *files = json_object_get(result, "files");
  for (gsize i = 0; i < json_array_size(files); i++) {
    json_t *file = json_array_get(files, i);
    g_autofree char *place = place_of(ak_json_text(file, "node"));
    put(map, place, file);
  }
  return map;
}

/* The members in which two entries differ: an object of [before, after]; NULL: none. */
static json_t *changes_of(const json_t *a, const json_t *b) {
  static const char *const compared[] = {"type", "mode", "uid", "gid", "size", "sha256", "target"};
  json_t *changes = json_object();
  for (gsize i = 0; i < G_N_ELEMENTS(compared); i++) {
    json_t *before = json_object_get(a, compared[i]), *after = json_object_get(b, compared[i]);
    if (before == after || (before != NULL && after != NULL && json_equal(before, after)))
      continue;
    json_object_set_new(changes, compared[i], json_pack("[O?, O?]", before, after));
  }
  if (json_object_size(changes) > 0)
    return changes;
  json_decref(changes);
  return NULL;
}

typedef struct {
  json_t *added, *removed, *changed, *moved; /* arrays */
} Files;

/* The first entry of `places` (by digest: arrays of places) that is still to be had; NULL: none. */
static char *take_place(json_t *places, const char *digest) {
  json_t *left = *digest != '\0' ? json_object_get(places, digest) : NULL;
  if (json_array_size(left) == 0)
    return NULL;
  char *place = g_strdup(json_string_value(json_array_get(left, 0)));
  json_array_remove(left, 0);
  return place;
}

/* What is gone from one place and is now in another one was moved, if it is not empty. */
static void find_moves(Files *self, const json_t *gone, const json_t *come) {
  g_autoptr(json_t) places = json_object();
  for (gsize i = 0; i < json_array_size(gone); i++) {
    const json_t *file = json_array_get(gone, i);
    const char *digest = ak_json_text(file, "sha256");
    if (*digest == '\0' || json_integer_value(json_object_get(file, "size")) == 0)
      continue;
    if (json_object_get(places, digest) == NULL)
      json_object_set_new(places, digest, json_array());
    json_array_append(json_object_get(places, digest), json_object_get(file, "path"));
  }
  g_autoptr(json_t) moved = json_object(); /* places that were left */
  for (gsize i = 0; i < json_array_size(come); i++) {
    json_t *file = json_array_get(come, i);
    g_autofree char *from = take_place(places, ak_json_text(file, "sha256"));
    if (from == NULL) {
      json_array_append(self->added, file);
      continue;
    }
    json_object_set_new(moved, from, json_true());
    json_array_append_new(self->moved,
                          json_pack("{s:s, s:s, s:s}", "from", from, "to", ak_json_text(file, "path"),
                                    "sha256", ak_json_text(file, "sha256")));
  }
  for (gsize i = 0; i < json_array_size(gone); i++) {
    json_t *file = json_array_get(gone, i);
    if (json_object_get(moved, ak_json_text(file, "path")) == NULL)
      json_array_append(self->removed, file);
  }
}

static json_t *entry_of(const char *place, const json_t *file) {
  return json_pack("{s:s, s:s, s:I, s:s*}", "path", place, "type", ak_json_text(file, "type"), "size",
                   json_integer_value(json_object_get(file, "size")), "sha256",
                   ak_json_string_or(file, "sha256", NULL));
}

static json_t *diff_files(const json_t *a, const json_t *b) {
  g_autoptr(json_t) before = files_by_place(a), after = files_by_place(b), gone = json_array(),
                    come = json_array();
  g_autoptr(GPtrArray) keys = keys_of(before, after);
  Files files = {json_array(), json_array(), json_array(), json_array()};
  for (guint i = 0; i < keys->len; i++) {
    const char *place = keys->pdata[i];
    const json_t *old = json_object_get(before, place), *new = json_object_get(after, place);
    json_t *changes = old != NULL && new != NULL ? changes_of(old, new) : NULL;
    if (old == NULL)
      json_array_append_new(come, entry_of(place, new));
    else if (new == NULL)
      json_array_append_new(gone, entry_of(place, old));
    else if (changes != NULL)
      json_array_append_new(files.changed,
                            json_pack("{s:s, s:o}", "path", place, "changes", changes));
  }
  find_moves(&files, gone, come);
  return json_pack("{s:o, s:o, s:o, s:o}", "added", files.added, "removed", files.removed,
                   "changed", files.changed, "moved", files.moved);
}

/* --- observations
 * --------------------------------------------------------------------------------- */

typedef enum { FINDING, HARDENING, COMPONENT, OTHER } Kind;

/* Numbers of the whole, and what says only how much was looked at, are no findings. */
static Kind kind_of(const json_t *seen) {
  const char *property = ak_json_text(seen, "property");
  const char *subject = ak_json_text(json_object_get(seen, "subject"), "kind");
  if (g_str_has_prefix(property, "component."))
    return strcmp(property, "component.purl") == 0 && strcmp(subject, "component") == 0 ? COMPONENT
                                                                                        : OTHER;
  if (g_str_has_prefix(property, "firmware.") || g_str_has_suffix(property, ".coverage") ||
      strcmp(subject, "image") == 0)
    return OTHER;
  return g_str_has_prefix(property, "elf.") ? HARDENING : FINDING;
}

static char *value_text(const json_t *seen) {
  json_t *value = json_object_get(seen, "value");
  char *text =
      value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT) : NULL;
  char *copy = g_strdup(text != NULL ? text : "");
  free(text);
  return copy;
}

/* "place: property[: value]" → the observation. Of findings the value belongs to the key: another
 * one is another finding; of hardening it is what is compared. */
static json_t *observations_by_key(const json_t *result, Kind kind) {
  json_t *map = json_object();
  const json_t *all = json_object_get(result, "observations");
  for (gsize i = 0; i < json_array_size(all); i++) {
    json_t *seen = json_array_get(all, i);
    bool is_seen = strcmp(ak_json_text(seen, "outcome"), "seen") == 0;
    if (kind_of(seen) != kind || (kind != HARDENING && !is_seen))
      continue;
    g_autofree char *place = place_of(ak_json_text(json_object_get(seen, "subject"), "locator"));
    g_autofree char *value = value_text(seen);
    g_autofree char *key =
        kind == HARDENING ? g_strdup_printf("%s: %s", place, ak_json_text(seen, "property"))
                          : g_strdup_printf("%s: %s: %s", place, ak_json_text(seen, "property"), value);
    put(map, key, seen);
  }
  return map;
}

static json_t *finding_of(const json_t *seen) {
  g_autofree char *place = place_of(ak_json_text(json_object_get(seen, "subject"), "locator"));
  return json_pack("{s:s, s:s, s:O?}", "path", place, "property", ak_json_text(seen, "property"),
                   "value", json_object_get(seen, "value"));
}

static json_t *diff_findings(const json_t *a, const json_t *b) {
  g_autoptr(json_t) before = observations_by_key(a, FINDING),
                    after = observations_by_key(b, FINDING);
  g_autoptr(GPtrArray) keys = keys_of(before, after);
  json_t *gone = json_array(), *come = json_array();
  for (guint i = 0; i < keys->len; i++) {
    const json_t *old = json_object_get(before, keys->pdata[i]),
                 *new = json_object_get(after, keys->pdata[i]);
    if (old == NULL)
      json_array_append_new(come, finding_of(new));
    else if (new == NULL)
      json_array_append_new(gone, finding_of(old));
  }
  return json_pack("{s:o, s:o}", "new", come, "gone", gone);
}

/* Of programs that both images have: what is observed otherwise. */
static json_t *diff_hardening(const json_t *a, const json_t *b) {
  g_autoptr(json_t) before = observations_by_key(a, HARDENING),
                    after = observations_by_key(b, HARDENING);
  g_autoptr(GPtrArray) keys = keys_of(before, after);
  json_t *changed = json_array();
  for (guint i = 0; i < keys->len; i++) {
    const json_t *old = json_object_get(before, keys->pdata[i]),
                 *new = json_object_get(after, keys->pdata[i]);
    if (old == NULL || new == NULL ||
        (strcmp(ak_json_text(old, "outcome"), ak_json_text(new, "outcome")) == 0 &&
         json_equal(json_object_get(old, "value"), json_object_get(new, "value"))))
      continue;
    g_autofree char *place = place_of(ak_json_text(json_object_get(new, "subject"), "locator"));
    json_array_append_new(
        changed, json_pack("{s:s, s:s, s:{s:s, s:O?}, s:{s:s, s:O?}}", "path", place, "property",
                           ak_json_text(new, "property"), "before", "outcome", ak_json_text(old, "outcome"),
                           "value", json_object_get(old, "value"), "after", "outcome",
                           ak_json_text(new, "outcome"), "value", json_object_get(new, "value")));
  }
  return changed;
}

/* --- components
 * ----------------------------------------------------------------------------------- */

/* Name → sorted array of versions; the locator ends with "NAME@VERSION". */
static json_t *versions_of(const json_t *result) {
  json_t *map = json_object();
  const json_t *all = json_object_get(result, "observations");
  for (gsize i = 0; i < json_array_size(all); i++) {
    const json_t *seen = json_array_get(all, i);
    if (kind_of(seen) != COMPONENT || strcmp(ak_json_text(seen, "outcome"), "seen") != 0)
      continue;
    g_autofree char *place = place_of(ak_json_text(json_object_get(seen, "subject"), "locator"));
    const char *mark = strrchr(place, '@');
    g_autofree char *name = g_strndup(place, mark != NULL ? (gsize)(mark - place) : strlen(place));
    if (json_object_get(map, name) == NULL)
      json_object_set_new(map, name, json_array());
    json_array_append_new(json_object_get(map, name), json_string(mark != NULL ? mark + 1 : ""));
  }
  return map;
}

static json_t *diff_components(const json_t *a, const json_t *b) {
  g_autoptr(json_t) before = versions_of(a), after = versions_of(b);
  g_autoptr(GPtrArray) keys = keys_of(before, after);
  json_t *added = json_array(), *removed = json_array(), *changed = json_array();
  for (guint i = 0; i < keys->len; i++) {
    const char *name = keys->pdata[i];
    json_t *old = json_object_get(before, name), *new = json_object_get(after, name);
    if (old == NULL)
      json_array_append_new(added, json_pack("{s:s, s:O}", "name", name, "versions", new));
    else if (new == NULL)
      json_array_append_new(removed, json_pack("{s:s, s:O}", "name", name, "versions", old));
    else if (!json_equal(old, new))
      json_array_append_new(
          changed, json_pack("{s:s, s:O, s:O}", "name", name, "before", old, "after", new));
  }
  return json_pack("{s:o, s:o, s:o}", "added", added, "removed", removed, "changed", changed);
}

json_t *ak_firmware_diff(const json_t *a, const json_t *b) {
  bool is_equal =
      *ak_json_text(a, "sha256") != '\0' && strcmp(ak_json_text(a, "sha256"), ak_json_text(b, "sha256")) == 0;
  const json_t *sides[] = {a, b};
  json_t *images = json_array();
  for (guint i = 0; i < 2; i++)
    json_array_append_new(images,
                          json_pack("{s:s, s:s, s:b, s:b, s:O?}", "image", ak_json_text(sides[i], "image"),
                                    "sha256", ak_json_text(sides[i], "sha256"), "complete",
                                    json_is_true(json_object_get(sides[i], "complete")), "searched",
                                    ak_firmware_searched_all(sides[i]), "coverage",
                                    json_object_get(sides[i], "coverage")));
  return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "images", images, "equal", is_equal, "files",
                   diff_files(a, b), "components", diff_components(a, b), "findings",
                   diff_findings(a, b), "hardening", diff_hardening(a, b));
}
