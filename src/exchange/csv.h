/* Comma-separated values, writing and reading. Source: RFC 4180.
 *
 * A cell that a spreadsheet would take for a formula (it begins with = + - @, their full-width forms, a
 * tab or an end of line, perhaps after apostrophes) gets an apostrophe before it; reading takes one away again. */
#pragma once

#include "util/error.h"

/* One record: cells joined by commas and ended by CRLF, quoted where they must be. Bytes that are no
 * UTF-8 become U+FFFD. */
void ak_csv_append(GString *out, const char *const *cells);

/* UTF-8's byte order mark, by which spreadsheets know the encoding. */
#define AK_CSV_BOM "\xEF\xBB\xBF"

#define AK_CSV_MAX_ROWS 1000000
#define AK_CSV_MAX_CELLS 256 /* of a row */

/* All records, the header too: GPtrArray of GStrv, the caller's. A byte order mark is passed over, LF alone
 * ends a record too. INVALID_DATA with the line for an open quote, text behind a quote, a quote inside an
 * unquoted cell, NUL, bytes that are no UTF-8, or a record with more or fewer cells than the first; LIMIT above the limits. */
GPtrArray *ak_csv_read(const char *data, gsize size, const char *where, GError **error);

bool ak_exchange_csv_fuzz(const guint8 *data, gsize size);
