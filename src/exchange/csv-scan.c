#include "exchange/csv-scan.h"

#include <string.h>

#include "exchange/csv.h"

/* Full-width signs too: a spreadsheet of a Japanese locale takes them for the plain ones. */
bool ak_csv_is_formula(const char *cell) {
  static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
  cell += strspn(cell, "'");
  bool found = *cell != '\0' && strchr("=+-@\t\r\n", *cell) != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(wide); i++)
    found = found || g_str_has_prefix(cell, wide[i]);
  return found;
}

AkCsvScan ak_csv_scan_new(char *data, gsize size, const char *where) {
  gsize mark = strlen(AK_CSV_BOM);
  bool is_marked = size >= mark && memcmp(data, AK_CSV_BOM, mark) == 0;
  return (AkCsvScan){.at = data + (is_marked ? mark : 0), .end = data + size, .where = where, .line = 1};
}

static bool refuse(const AkCsvScan *self, AkErrorCode code, const char *what, GError **error) {
  return ak_error_set(error, code, "%s:%u: %s", self->where, self->line, what);
}

/* A quoted cell, its doubled quotes made single; `self->at` is moved behind it. */
static bool scan_quoted(AkCsvScan *self, AkCsvCell *cell, guint *lines, GError **error) {
  char *to = cell->text = ++self->at;
  for (; self->at < self->end; *to++ = *self->at++) {
    *lines += *self->at == '\n';
    if (*self->at != '"')
      continue;
    self->at++;
    if (self->at < self->end && *self->at == '"')
      continue;
    cell->size = (gsize)(to - cell->text);
    if (self->at < self->end && strchr(",\r\n", *self->at) == NULL)
      return refuse(self, AK_ERROR_INVALID_DATA, "text behind a quoted cell", error);
    return true;
  }
  return refuse(self, AK_ERROR_INVALID_DATA, "a quoted cell does not end", error);
}

/* Bytes that end a plain cell, or may not be in one. */
static const bool is_mark[256] = {['\0'] = true, ['"'] = true, [','] = true, ['\r'] = true, ['\n'] = true};

static bool scan_plain(AkCsvScan *self, AkCsvCell *cell, GError **error) {
  char *at = cell->text = self->at;
  while (at < self->end && !is_mark[(guint8)*at])
    at++;
  cell->size = (gsize)(at - cell->text);
  self->at = at;
  if (at < self->end && *at == '"')
    return refuse(self, AK_ERROR_INVALID_DATA, "a quote inside a cell without quotes", error);
  return true;
}

static bool is_ascii(const char *text, gsize size) {
  guint8 all = 0;
  for (gsize i = 0; i < size; i++)
    all |= (guint8)text[i];
  return all < 0x80;
}

/* What the cell holds is looked at once, before anybody sees it. */
static bool check_cell(const AkCsvScan *self, AkCsvCell *cell, bool is_quoted, GError **error) {
  bool is_text = is_ascii(cell->text, cell->size) ? !is_quoted || memchr(cell->text, '\0', cell->size) == NULL /* a plain one ends there */
                                                  : g_utf8_validate_len(cell->text, cell->size, NULL);
  if (!is_text || (self->at < self->end && *self->at == '\0'))
    return refuse(self, AK_ERROR_INVALID_DATA, "no UTF-8 text", error);
  return true;
}

/* CR LF, LF or the end of the bytes. */
static bool end_record(AkCsvScan *self, char mark, guint lines, GError **error) {
  if (mark == '\r') {
    self->at++;
    if (self->at < self->end && *self->at != '\n')
      return refuse(self, AK_ERROR_INVALID_DATA, "a carriage return without a line feed", error);
  }
  self->at += self->at < self->end;
  self->line += lines + 1;
  return true;
}

/* Ends the cell's text where its mark stands, and takes an apostrophe away. */
static void finish_cell(AkCsvCell *cell) {
  cell->text[cell->size] = '\0';
  if (cell->text[0] == '\'' && ak_csv_is_formula(cell->text)) {
    cell->text++;
    cell->size--;
  }
}

gint ak_csv_scan_record(AkCsvScan *self, AkCsvCell *cells, guint room, GError **error) {
  guint count = 0, lines = 0;
  char mark = ',';
  if (self->at >= self->end)
    return 0;
  for (; mark == ','; count++) {
    if (count >= room) {
      refuse(self, AK_ERROR_LIMIT, "more than 256 cells in a row", error);
      return -1;
    }
    AkCsvCell *cell = &cells[count];
    bool is_quoted = self->at < self->end && *self->at == '"';
    bool ok = is_quoted ? scan_quoted(self, cell, &lines, error) : scan_plain(self, cell, error);
    if (!ok || !check_cell(self, cell, is_quoted, error))
      return -1;
    mark = self->at < self->end ? *self->at : '\n';
    finish_cell(cell);
    self->at += mark == ',';
  }
  if (self->columns != 0 && self->columns != count) {
    refuse(self, AK_ERROR_INVALID_DATA, "not as many cells as in the first row", error);
    return -1;
  }
  self->columns = count;
  return end_record(self, mark, lines, error) ? (gint)count : -1;
}
