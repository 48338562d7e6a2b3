/* The statements of the files in sql/, compiled into the program and found by name.
 *
 * In a file, the line `-- @NAME` begins a statement, which ends before the next such line.
 * Parameters are $1, $2 …; other comment lines may stand anywhere. The statements keep to what both
 * back ends understand alike (README.md). Any thread; static lifetime. */
#pragma once

#include "util/error.h"

#define AK_QUERY_MAX_PARAMETERS 24

typedef struct {
  char *name;       /* "run.put" */
  char *text;       /* without the line that begins it */
  guint parameters; /* the highest $N */
} AkQuery;

/* NULL for an unknown name. */
const AkQuery *ak_query_find(const char *name);

/* All statements whose name begins with `prefix`, in the order of their file: GPtrArray of const
 * AkQuery; the caller's. */
GPtrArray *ak_query_list(const char *prefix);

/* Parses one file's text: GPtrArray of AkQuery, the caller's. INVALID_DATA for a statement without
 * a name, an empty one, a name given twice, or too many parameters. */
GPtrArray *ak_query_parse(const char *text, const char *where, GError **error);
