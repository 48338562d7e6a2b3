#include "app/firmware-map.h"

#include <string.h>

#define MAX_DEPTH 64

typedef struct {
  const json_t *json; /* borrowed */
  const char *node;
  guint parent;
  bool is_region, is_slice, is_content;
  gint64 offset, size, used, unknown;
  const char *format;
  GArray *inside; /* of guint: regions that lie in it; may be NULL */
} Row;

static void row_clear(gpointer data) {
  g_clear_pointer(&((Row *)data)->inside, g_array_unref);
}

static gint64 number_or(const json_t *json, const char *key, gint64 fallback) {
  const json_t *member = json_object_get(json, key);
  return json_is_integer(member) ? json_integer_value(member) : fallback;
}

/* The last part of a locator begins with '#' where it names no file; '!' within a name is escaped.
 */
static bool is_region(const char *node, guint index) {
  const char *last = strrchr(node, '!');
  return index == 0 || (last != NULL && last[1] == '#');
}

static bool read_row(const json_t *json, guint index, Row *out, GError **error) {
  gint64 parent = 0;
  *out = (Row){.json = json, .node = ak_json_string(json, "node", "listing", error)};
  if (out->node == NULL ||
      !ak_json_integer(json, "parent", 0, MAX((gint64)index - 1, 0), "listing", &parent, error) ||
      !ak_json_integer(json, "size", 0, G_MAXINT64, "listing", &out->size, error))
    return false;
  out->parent = (guint)parent;
  out->is_region = is_region(out->node, index);
  out->offset = number_or(json, "offset", -1);
  out->is_slice = out->offset >= 0;
  out->used = number_or(json, "used", 0);
  out->unknown = number_or(json, "unknown", 0);
  out->format = ak_json_string_or(json, "format", NULL);
  out->is_content = json_is_true(json_object_get(json, "content_of_file"));
  return true;
}

static GArray *read_rows(const json_t *listing, GError **error) {
  gsize length = json_array_size(listing);
  g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
  g_array_set_clear_func(rows, row_clear);
  for (guint i = 0; i < length; i++) {
    Row row;
    if (!read_row(json_array_get(listing, i), i, &row, error))
      return NULL;
    g_array_append_val(rows, row);
    Row *parent = &g_array_index(rows, Row, row.parent);
    if (i == 0 || !row.is_region)
      continue;
    if (parent->inside == NULL)
      parent->inside = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_append_val(parent->inside, i);
  }
  if (length == 0)
    ak_error_set(error, AK_ERROR_INVALID_DATA, "listing: empty");
  return length > 0 ? g_steal_pointer(&rows) : NULL;
}

typedef struct {
  GArray *rows;
  json_t *regions;
} Map;

static int by_offset(gconstpointer a, gconstpointer b, gpointer data) {
  const Map *self = data;
  const Row *left = &g_array_index(self->rows, Row, *(const guint *)a);
  const Row *right = &g_array_index(self->rows, Row, *(const guint *)b);
  return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static bool is_parts(const Row *row) {
  return g_strcmp0(row->format, "parts") == 0;
}

static const char *kind_of(const Row *row) {
  if (row->format != NULL)
    return row->format;
  if (row->unknown > 0)
    return "unknown";
  return row->is_content ? "content" : "padding";
}

/* One region and what lies in it. `in` is the node in whose bytes `start` counts. */
static void add_region(Map *self, guint index, const char *in, gint64 start, guint depth) {
  const Row *row = &g_array_index(self->rows, Row, index);
  gint64 size = row->format != NULL && row->used > 0 ? MIN(row->used, row->size) : row->size;
  bool is_shown = !is_parts(row) && row->size > 0;
  if (is_shown)
    json_array_append_new(self->regions,
                          json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:s*, s:O*, s:O*, s:O*, s:O*, s:O*}", "node",
                                    row->node, "in", in, "offset", (json_int_t)start, "size",
                                    (json_int_t)size, "depth", (json_int_t)depth, "kind",
                                    kind_of(row), "unknown", (json_int_t)row->unknown, "cut",
                                    ak_json_string_or(row->json, "cut", NULL), "entropy",
                                    json_object_get(row->json, "entropy"), "content",
                                    json_object_get(row->json, "content"), "modules",
                                    json_object_get(row->json, "modules"), "programs",
                                    json_object_get(row->json, "programs"), "raw", json_object_get(row->json, "raw")));
  if (row->inside == NULL || depth > MAX_DEPTH)
    return;
  g_array_sort_with_data(row->inside, by_offset, self);
  for (guint i = 0; i < row->inside->len; i++) {
    guint inner = g_array_index(row->inside, guint, i);
    const Row *part = &g_array_index(self->rows, Row, inner);
    gint64 at = part->is_slice ? start + MIN(part->offset, G_MAXINT64 - start) : 0;
    add_region(self, inner, part->is_slice ? in : part->node, at, depth + is_shown);
  }
}

/* Structures within files have rows of their own, behind those of the image. */
static json_t *regions_of(GArray *rows) {
  Map map = {.rows = rows, .regions = json_array()};
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = &g_array_index(rows, Row, i);
    if (i == 0 || (!row->is_region && row->inside != NULL))
      add_region(&map, i, row->node, 0, 0);
    else if (!row->is_region && row->format != NULL)
      add_region(&map, i, row->node, 0, 0);
  }
  return map.regions;
}

static json_t *files_of(GArray *rows) {
  static const char *const kept[] = {"node", "type",   "mode",   "uid", "gid",
                                     "size", "sha256", "target", "cut"};
  json_t *files = json_array();
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = &g_array_index(rows, Row, i);
    if (row->is_region)
      continue;
    json_t *file = json_object();
    for (gsize k = 0; k < G_N_ELEMENTS(kept); k++) {
      json_t *member = json_object_get(row->json, kept[k]);
      bool is_empty = json_is_string(member) && *json_string_value(member) == '\0';
      if (member != NULL && !is_empty)
        json_object_set(file, kept[k], member);
    }
    if (row->format != NULL && !is_parts(row))
      json_object_set_new(file, "format", json_string(row->format));
    json_array_append_new(files, file);
  }
  return files;
}

bool ak_firmware_map(const json_t *listing, json_t **regions, json_t **files, GError **error) {
  g_autoptr(GArray) rows = read_rows(listing, error);
  if (rows == NULL)
    return false;
  *regions = regions_of(rows);
  *files = files_of(rows);
  return true;
}

/* --- coverage ----------------------------------------------------------------------------------
 */

static gint64 count_cut(const json_t *rows) {
  gint64 count = 0;
  for (gsize i = 0; i < json_array_size(rows); i++)
    count += json_object_get(json_array_get(rows, i), "cut") != NULL;
  return count;
}

/* Bytes of parts that are as random as encrypted ones. */
static gint64 random_bytes(const json_t *region) {
  const json_t *parts = json_object_get(region, "content");
  gint64 bytes = 0;
  for (gsize i = 0; i < json_array_size(parts); i++) {
    const json_t *part = json_array_get(parts, i);
    if (strcmp(ak_json_string_or(part, "kind", ""), "compressed-or-encrypted") == 0)
      bytes += number_or(part, "size", 0);
  }
  return bytes;
}

json_t *ak_firmware_map_coverage(const json_t *regions, const json_t *files) {
  gint64 bytes = 0, unknown = 0, unknown_within = 0, random = 0;
  const char *image = ak_json_string_or(json_array_get(regions, 0), "in", "");
  for (gsize i = 0; i < json_array_size(regions); i++) {
    const json_t *region = json_array_get(regions, i);
    bool is_within = strcmp(ak_json_string_or(region, "in", ""), image) != 0;
    gint64 own = number_or(region, "unknown", 0);
    if (!is_within)
      bytes = MAX(bytes, number_or(region, "offset", 0) + number_or(region, "size", 0));
    unknown += is_within ? 0 : own;
    unknown_within += is_within ? own : 0;
    random += random_bytes(region);
  }
  return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "bytes", (json_int_t)bytes, "explained",
                   (json_int_t)(bytes - unknown), "unknown", (json_int_t)unknown, "unknown_within",
                   (json_int_t)unknown_within, "compressed_or_encrypted", (json_int_t)random, "cut",
                   (json_int_t)(count_cut(regions) + count_cut(files)));
}
