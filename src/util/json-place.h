/* Where a value stands in a text of JSON, for messages about files that people write. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Line and column (from 1, columns in characters) of the value that `pointer` names: "/rows/3/rule". Source: RFC 6901. Where it
 * is not there, the place of the deepest value on the way to it, and false. What is no JSON has some place, within the text. */
bool ak_json_place(const char *data, gsize size, const char *pointer, guint *line, guint *column);

bool ak_util_json_place_fuzz(const guint8 *data, gsize size);
