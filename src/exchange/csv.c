#include "exchange/csv.h"

#include <string.h>

/* --- writing ------------------------------------------------------------------------------------------- */

/* Full-width signs too: a spreadsheet of a Japanese locale takes them for the plain ones. */
static bool is_formula(const char *cell) {
  static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
  cell += strspn(cell, "'");
  bool found = *cell != '\0' && strchr("=+-@\t\r\n", *cell) != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(wide); i++)
    found = found || g_str_has_prefix(cell, wide[i]);
  return found;
}

static void append_cell(GString *out, const char *cell) {
  g_autofree char *valid = g_utf8_make_valid(cell, -1);
  bool guarded = is_formula(valid);
  if (strpbrk(valid, ",\"\r\n") == NULL && !g_str_has_prefix(valid, AK_CSV_BOM)) {
    g_string_append_printf(out, "%s%s", guarded ? "'" : "", valid);
    return;
  }
  g_string_append(out, guarded ? "\"'" : "\"");
  for (const char *at = valid; *at != '\0'; at++) {
    if (*at == '"')
      g_string_append_c(out, '"');
    g_string_append_c(out, *at);
  }
  g_string_append_c(out, '"');
}

void ak_csv_append(GString *out, const char *const *cells) {
  for (gsize i = 0; cells[i] != NULL; i++) {
    if (i > 0)
      g_string_append_c(out, ',');
    append_cell(out, cells[i]);
  }
  g_string_append(out, "\r\n");
}

/* --- reading ------------------------------------------------------------------------------------------- */

typedef struct {
  const char *at, *end, *where;
  guint line;
  GPtrArray *rows;
} Reading;

static bool refuse(const Reading *self, AkErrorCode code, const char *what, GError **error) {
  return ak_error_set(error, code, "%s:%u: %s", self->where, self->line, what);
}

static bool read_quoted(Reading *self, GString *cell, GError **error) {
  for (self->at++; self->at < self->end; self->at++) {
    if (*self->at == '\n')
      self->line++;
    if (*self->at != '"') {
      g_string_append_c(cell, *self->at);
      continue;
    }
    if (self->at + 1 >= self->end || self->at[1] != '"') {
      self->at++;
      return self->at >= self->end || strchr(",\r\n", *self->at) != NULL ||
             refuse(self, AK_ERROR_INVALID_DATA, "text behind a quoted cell", error);
    }
    g_string_append_c(cell, *self->at++);
  }
  return refuse(self, AK_ERROR_INVALID_DATA, "a quoted cell does not end", error);
}

static bool read_plain(Reading *self, GString *cell, GError **error) {
  while (self->at < self->end && strchr(",\r\n", *self->at) == NULL) {
    if (*self->at == '"')
      return refuse(self, AK_ERROR_INVALID_DATA, "a quote inside a cell without quotes", error);
    g_string_append_c(cell, *self->at++);
  }
  return true;
}

static char *unguarded(const GString *cell) {
  return g_strdup(cell->str[0] == '\'' && is_formula(cell->str) ? cell->str + 1 : cell->str);
}

/* CR LF, LF or the end of the bytes. */
static bool end_of_row(Reading *self, GError **error) {
  if (self->at < self->end && *self->at == '\r')
    self->at++;
  if (self->at < self->end && *self->at != '\n')
    return refuse(self, AK_ERROR_INVALID_DATA, "a carriage return without a line feed", error);
  self->at += self->at < self->end;
  self->line++;
  return true;
}

static bool read_row(Reading *self, GError **error) {
  g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GString) cell = g_string_new(NULL);
  while (true) {
    bool quoted = self->at < self->end && *self->at == '"';
    g_string_truncate(cell, 0);
    if (quoted ? !read_quoted(self, cell, error) : !read_plain(self, cell, error))
      return false;
    if (cells->len >= AK_CSV_MAX_CELLS)
      return refuse(self, AK_ERROR_LIMIT, "more than 256 cells in a row", error);
    g_ptr_array_add(cells, unguarded(cell));
    if (self->at >= self->end || *self->at != ',')
      break;
    self->at++;
  }
  const char *const *first = self->rows->len > 0 ? self->rows->pdata[0] : NULL;
  if (first != NULL && g_strv_length((char **)first) != cells->len)
    return refuse(self, AK_ERROR_INVALID_DATA, "not as many cells as in the first row", error);
  if (!end_of_row(self, error))
    return false;
  g_ptr_array_add(cells, NULL);
  g_ptr_array_add(self->rows, g_ptr_array_free(g_steal_pointer(&cells), FALSE));
  return true;
}

GPtrArray *ak_csv_read(const char *data, gsize size, const char *where, GError **error) {
  gsize mark = size >= strlen(AK_CSV_BOM) && memcmp(data, AK_CSV_BOM, strlen(AK_CSV_BOM)) == 0
                   ? strlen(AK_CSV_BOM)
                   : 0;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  if (!g_utf8_validate_len(data, size, NULL)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: no UTF-8 text", where);
    return NULL;
  }
  Reading reading = {.at = data + mark, .end = data + size, .where = where, .line = 1, .rows = rows};
  while (reading.at < reading.end) {
    if (rows->len >= AK_CSV_MAX_ROWS) {
      refuse(&reading, AK_ERROR_LIMIT, "more than 1,000,000 rows", error);
      return NULL;
    }
    if (!read_row(&reading, error))
      return NULL;
  }
  return g_steal_pointer(&rows);
}

/* What was read is written and read again as the same cells. */
bool ak_exchange_csv_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) rows = ak_csv_read((const char *)data, size, "fuzz", NULL);
  if (rows == NULL)
    return false;
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < rows->len; i++)
    ak_csv_append(text, rows->pdata[i]);
  g_autoptr(GPtrArray) again = ak_csv_read(text->str, text->len, "again", NULL);
  g_assert_true(again != NULL && again->len == rows->len);
  for (guint i = 0; i < rows->len; i++)
    g_assert_true(g_strv_equal(rows->pdata[i], again->pdata[i]));
  return true;
}
