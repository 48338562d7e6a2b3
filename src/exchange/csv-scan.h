/* Comma-separated values, a record at a time, in the bytes where they stand: nothing is allocated for a cell. What is
 * read is as in exchange/csv.h. Source: RFC 4180. */
#pragma once

#include "util/error.h"

typedef struct {
  char *text; /* NUL-terminated, without the apostrophe that guards a formula; borrowed from the bytes */
  gsize size;
} AkCsvCell;

typedef struct {
  char *at, *end;
  const char *where; /* in messages */
  guint line;        /* on which the next record begins, from 1 */
  guint columns;     /* of the first record; 0: none was read */
} AkCsvScan;

/* `data` is written to while it is read, and data[size] must be the caller's too. All three outlive it. */
AkCsvScan ak_csv_scan_new(char *data, gsize size, const char *where);

/* The next record: how many cells it has, at most `room`; 0 at the end; -1 with INVALID_DATA or LIMIT and the line. */
gint ak_csv_scan_record(AkCsvScan *self, AkCsvCell *cells, guint room, GError **error);

/* Would a spreadsheet take the cell for a formula, or would it without apostrophes before it? */
bool ak_csv_is_formula(const char *cell);
