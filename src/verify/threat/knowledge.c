#include "verify/threat/knowledge.h"

#include <string.h>

#include "catalog/data.h"
#include "core/product.h"

#define MAX_ROWS 2000
#define MAX_ITEMS 100 /* of one row's list */

const char *const ak_threat_classes[] = {"spoofing",
                                         "tampering",
                                         "repudiation",
                                         "information-disclosure",
                                         "denial-of-service",
                                         "elevation-of-privilege",
                                         NULL};
static void row_free(AkThreatRow *self) {
  g_free(self->id);
  g_free(self->stride);
  g_free(self->of);
  g_strfreev(self->attacker);
  g_strfreev(self->cases);
  g_strfreev(self->tests);
  json_decref(self->title);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkThreatRow, row_free)

void ak_threat_knowledge_free(AkThreatKnowledge *self) {
  if (self == NULL)
    return;
  g_free(self->id);
  g_free(self->version);
  g_ptr_array_unref(self->rows);
  g_hash_table_unref(self->empty);
  g_free(self);
}

/* --- members
 * -------------------------------------------------------------------------------------- */

static bool is_kind(const char *text) {
  return g_strv_contains(ak_product_interface_kinds, text) ||
         g_strv_contains(ak_product_asset_kinds, text);
}

/* A list of texts; NULL with an error. A missing one is empty. */
static GStrv texts_of(const json_t *row, const char *member, const char *const *words,
                      const char *where, GError **error) {
  const json_t *list = json_object_get(row, member);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  if (list != NULL && (!json_is_array(list) || json_array_size(list) > MAX_ITEMS)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" is no list of at most %d texts", where,
                 member, MAX_ITEMS);
    return NULL;
  }
  for (gsize i = 0; i < json_array_size(list); i++) {
    const char *text = json_string_value(json_array_get(list, i));
    if (text == NULL || *text == '\0' || (words != NULL && !g_strv_contains(words, text))) {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" holds \"%s\", which is none", where,
                   member, text != NULL ? text : "");
      return NULL;
    }
    g_strv_builder_add(texts, text);
  }
  return g_strv_builder_end(texts);
}

static json_t *bilingual_of(const json_t *row, const char *member, const char *where,
                            GError **error) {
  const json_t *text = json_object_get(row, member);
  if (ak_json_string_or(text, "en", NULL) != NULL && ak_json_string_or(text, "ja", NULL) != NULL)
    return json_deep_copy(text);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" lacks a text in English or Japanese",
               where, member);
  return NULL;
}

static bool check_cell(const char *of, const char *stride, const char *where, GError **error) {
  if (!is_kind(of))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"of\" is \"%s\", no kind of element",
                        where, of);
  if (!g_strv_contains(ak_threat_classes, stride))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"stride\" is \"%s\", no class", where,
                        stride);
  return true;
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

static AkThreatRow *row_of(const json_t *json, const char *file, gsize index, GError **error) {
  g_autoptr(AkThreatRow) row = g_new0(AkThreatRow, 1);
  g_autofree char *where = g_strdup_printf("%s: row %" G_GSIZE_FORMAT " (%s)", file, index + 1,
                                           ak_json_string_or(json, "id", "no id"));
  const char *id = ak_json_string(json, "id", where, error);
  const char *stride = id != NULL ? ak_json_string(json, "stride", where, error) : NULL;
  const char *of = stride != NULL ? ak_json_string(json, "of", where, error) : NULL;
  if (of == NULL || !check_cell(of, stride, where, error))
    return NULL;
  row->id = g_strdup(id);
  row->stride = g_strdup(stride);
  row->of = g_strdup(of);
  row->unused = json_is_true(json_object_get(json, "unused"));
  row->by_people = json_is_true(json_object_get(json, "by_people"));
  row->title = bilingual_of(json, "title", where, error);
  row->attacker =
      row->title ? texts_of(json, "attacker", ak_product_attackers, where, error) : NULL;
  row->cases = row->attacker ? texts_of(json, "cases", NULL, where, error) : NULL;
  row->tests = row->cases ? texts_of(json, "tests", NULL, where, error) : NULL;
  if (row->tests == NULL)
    return NULL;
  if (row->attacker[0] == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"attacker\" is empty", where);
    return NULL;
  }
  return g_steal_pointer(&row);
}

static bool add_rows(AkThreatKnowledge *self, const json_t *rows, const char *where,
                     GError **error) {
  g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
  if (!json_is_array(rows) || json_array_size(rows) > MAX_ROWS)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"rows\" is no list of at most %d rows",
                        where, MAX_ROWS);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    AkThreatRow *row = row_of(json_array_get(rows, i), where, i, error);
    if (row == NULL)
      return false;
    g_ptr_array_add(self->rows, row);
    if (!g_hash_table_add(ids, row->id))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: the id \"%s\" stands twice", where,
                          row->id);
  }
  return true;
}

static bool add_empty(AkThreatKnowledge *self, const json_t *cells, const char *where,
                      GError **error) {
  for (gsize i = 0; i < json_array_size(cells) && i < MAX_ROWS; i++) {
    const json_t *cell = json_array_get(cells, i);
    g_autofree char *place = g_strdup_printf("%s: empty cell %" G_GSIZE_FORMAT, where, i + 1);
    const char *of = ak_json_string(cell, "of", place, error);
    const char *stride = of != NULL ? ak_json_string(cell, "stride", place, error) : NULL;
    json_t *reason = stride != NULL && check_cell(of, stride, place, error)
                         ? bilingual_of(cell, "reason", place, error)
                         : NULL;
    if (reason == NULL)
      return false;
    g_hash_table_insert(self->empty, g_strdup_printf("%s\n%s", of, stride), reason);
  }
  return true;
}

/* --- without omission
 * ------------------------------------------------------------------------------ */

static bool has_row(const AkThreatKnowledge *self, const char *of, const char *stride) {
  for (guint i = 0; i < self->rows->len; i++) {
    const AkThreatRow *row = self->rows->pdata[i];
    if (strcmp(row->of, of) == 0 && strcmp(row->stride, stride) == 0)
      return true;
  }
  return false;
}

static bool check_cells(const AkThreatKnowledge *self, const char *const *kinds, const char *where,
                        GError **error) {
  for (gsize k = 0; kinds[k] != NULL; k++)
    for (gsize c = 0; ak_threat_classes[c] != NULL; c++) {
      g_autofree char *key = g_strdup_printf("%s\n%s", kinds[k], ak_threat_classes[c]);
      bool filled = has_row(self, kinds[k], ak_threat_classes[c]);
      bool explained = g_hash_table_contains(self->empty, key);
      if (filled == explained)
        return ak_error_set(error, AK_ERROR_INVALID_DATA,
                            "%s: %s × %s has %s a threat and a reason for none", where, kinds[k],
                            ak_threat_classes[c], filled ? "both" : "neither");
    }
  return true;
}

AkThreatKnowledge *ak_threat_knowledge_parse(const char *json, gsize size, const char *where,
                                             GError **error) {
  g_autoptr(json_t) root = ak_json_parse(json, size, where, error);
  if (root == NULL)
    return NULL;
  g_autoptr(AkThreatKnowledge) self = g_new0(AkThreatKnowledge, 1);
  self->rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
  self->empty = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
  const char *id = ak_json_string(root, "threats", where, error);
  const char *version = id != NULL ? ak_json_string(root, "version", where, error) : NULL;
  if (version == NULL || !add_rows(self, json_object_get(root, "rows"), where, error) ||
      !add_empty(self, json_object_get(root, "empty"), where, error) ||
      !check_cells(self, ak_product_interface_kinds, where, error) ||
      !check_cells(self, ak_product_asset_kinds, where, error))
    return NULL;
  self->id = g_strdup(id);
  self->version = g_strdup(version);
  return g_steal_pointer(&self);
}

AkThreatKnowledge *ak_threat_knowledge_load(GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("threat", "device", NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return text != NULL ? ak_threat_knowledge_parse(text, size, "threat/device", error) : NULL;
}

bool ak_verify_threat_knowledge_fuzz(const guint8 *data, gsize size);
bool ak_verify_threat_knowledge_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkThreatKnowledge) knowledge =
      ak_threat_knowledge_parse((const char *)data, size, "fuzz", NULL);
  return knowledge != NULL;
}
