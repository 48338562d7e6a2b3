/* The result of a trial as JSON, in memory that does not grow with its lists. */
#include <string.h>

#include "report/effect.h"

typedef struct {
  const AkEffectRows *rows; /* or NULL */
  AkReportPut *put;
  gpointer data;
  guint product; /* whose lists are written; AK_EFFECT_ROWS_OF_ALL: the trial's */
  guint depth;
  bool is_first; /* of the list or object that is open */
} Writing;

static bool put_text(Writing *self, const char *text, GError **error) {
  return self->put(self->data, text, strlen(text), error);
}

static bool put_line_end(Writing *self, const char *before, GError **error) {
  static const char line[] = "\n        "; /* as deep as lists of products are */
  g_assert(self->depth + 2 <= sizeof line);
  return put_text(self, before, error) && self->put(self->data, line, self->depth + 1, error);
}

/* Text of a part, whose lines are moved in by the depth. A text of JSON has no line feeds but those. */
static bool put_moved(Writing *self, const char *text, GError **error) {
  for (const char *newline = NULL; (newline = strchr(text, '\n')) != NULL; text = newline + 1)
    if (!self->put(self->data, text, (gsize)(newline - text), error) ||
        !put_line_end(self, "", error))
      return false;
  return put_text(self, text, error);
}

static bool put_part(Writing *self, const json_t *part, GError **error) {
  g_autofree char *text = ak_effect_rows_text(part);
  return put_moved(self, text != NULL ? text : "null", error);
}

static bool put_next(Writing *self, GError **error) {
  const char *before = self->is_first ? "" : ",";
  self->is_first = false;
  return put_line_end(self, before, error);
}

static bool put_row(gpointer data, const char *text, GError **error) {
  return put_next(data, error) && put_moved(data, text, error);
}

/* --- what is written bit by bit
 * ---------------------------------------------------------------------- */

static bool begin(Writing *self, const char *bracket, GError **error) {
  self->depth++;
  self->is_first = true;
  return put_text(self, bracket, error);
}

static bool end(Writing *self, const char *bracket, GError **error) {
  self->depth--;
  bool was_empty = self->is_first;
  self->is_first = false;
  return (was_empty || put_line_end(self, "", error)) && put_text(self, bracket, error);
}

static bool put_list(Writing *self, const char *name, const json_t *list, GError **error) {
  bool done = begin(self, "[", error);
  for (gsize i = 0; done && i < json_array_size(list); i++)
    done = put_next(self, error) && put_part(self, json_array_get(list, i), error);
  if (done && self->rows != NULL)
    done = ak_effect_rows_each(self->rows, self->product, name, put_row, self, error);
  return done && end(self, "]", error);
}

static int compare_keys(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool put_object(Writing *self, const json_t *object, GError **error);

static bool put_products(Writing *self, const json_t *products, GError **error) {
  bool done = begin(self, "[", error);
  for (gsize i = 0; done && i < json_array_size(products); i++) {
    self->product = (guint)i;
    done = put_next(self, error) && put_object(self, json_array_get(products, i), error);
  }
  self->product = AK_EFFECT_ROWS_OF_ALL;
  return done && end(self, "]", error);
}

static bool put_member(Writing *self, const char *key, const json_t *value, GError **error) {
  g_autoptr(json_t) name = json_string(key);
  if (!put_next(self, error) || !put_part(self, name, error) || !put_text(self, ": ", error))
    return false;
  bool is_all = self->product == AK_EFFECT_ROWS_OF_ALL;
  if (is_all && strcmp(key, "products") == 0)
    return put_products(self, value, error);
  bool is_list = is_all ? strcmp(key, "excluded") == 0
                        : strcmp(key, "misses") == 0 || strcmp(key, "false_alarms") == 0;
  return is_list ? put_list(self, key, value, error) : put_part(self, value, error);
}

/* The result itself, or a product. */
static bool put_object(Writing *self, const json_t *object, GError **error) {
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  const char *key = NULL;
  json_t *value = NULL;
  json_object_foreach((json_t *)object, key, value) g_ptr_array_add(keys, (char *)key);
  g_ptr_array_sort(keys, compare_keys);
  bool done = begin(self, "{", error);
  for (guint i = 0; done && i < keys->len; i++)
    done = put_member(self, keys->pdata[i], json_object_get(object, keys->pdata[i]), error);
  return done && end(self, "}", error);
}

bool ak_report_effect_json_to(const json_t *result, const AkEffectRows *rows, AkReportPut *put,
                              gpointer data, GError **error) {
  Writing self = {.rows = rows, .put = put, .data = data, .product = AK_EFFECT_ROWS_OF_ALL};
  return put_object(&self, result, error) && put_text(&self, "\n", error);
}

static bool append(gpointer data, const char *bytes, gsize size, GError **error) {
  g_string_append_len(data, bytes, (gssize)size);
  return true;
}

char *ak_report_effect_json(const json_t *result) {
  GString *text = g_string_new(NULL);
  ak_report_effect_json_to(result, NULL, append, text, NULL);
  return g_string_free(text, FALSE);
}
