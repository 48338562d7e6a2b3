#include "exchange/csv.h"

#include <string.h>

#include "exchange/csv-scan.h"

/* --- writing ------------------------------------------------------------------------------------------- */

static void append_cell(GString *out, const char *cell) {
  g_autofree char *valid = g_utf8_make_valid(cell, -1);
  bool guarded = ak_csv_is_formula(valid);
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

static GStrv row_of(const AkCsvCell *cells, gint count) {
  GStrv row = g_new0(char *, (gsize)count + 1);
  for (gint i = 0; i < count; i++)
    row[i] = g_strndup(cells[i].text, cells[i].size);
  return row;
}

GPtrArray *ak_csv_read(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  g_autofree char *copy = g_try_malloc(size + 1);
  AkCsvCell cells[AK_CSV_MAX_CELLS];
  if (copy == NULL) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: no memory for %" G_GSIZE_FORMAT " bytes", where, size);
    return NULL;
  }
  if (size > 0)
    memcpy(copy, data, size);
  AkCsvScan scan = ak_csv_scan_new(copy, size, where);
  while (true) {
    gint count = ak_csv_scan_record(&scan, cells, AK_CSV_MAX_CELLS, error);
    if (count < 0)
      return NULL;
    if (count == 0)
      return g_steal_pointer(&rows);
    if (rows->len >= AK_CSV_MAX_ROWS) {
      ak_error_set(error, AK_ERROR_LIMIT, "%s:%u: more than 1,000,000 rows", where, scan.line);
      return NULL;
    }
    g_ptr_array_add(rows, row_of(cells, count));
  }
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
