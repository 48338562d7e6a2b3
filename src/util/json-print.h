/* JSON for people and programs to read, of documents in which the same value stands in many places: what several places
 * hold a reference to is written once and copied.
 *
 * The bytes are those of json_dumps with JSON_INDENT(1) | JSON_SORT_KEYS, which sorts and takes memory for each key anew. */
#pragma once

#include "util/json.h"

/* Takes the next bytes (borrowed); false ends the printing. */
typedef bool AkJsonPut(const char *bytes, gsize size, gpointer data);

/* Prints an object or array in pieces. False where `put` said so, or what holds a value nests deeper than 512. */
bool ak_json_print(const json_t *value, AkJsonPut *put, gpointer data);

/* The same as one text; the caller's, NULL where it nests deeper. */
char *ak_json_to_text(const json_t *value, gsize *size);

/* An object or array without white space, as json_dumps with JSON_COMPACT | JSON_SORT_KEYS: canonical where it holds no real
 * numbers (util/json.h). The caller's, NULL where it nests deeper. */
char *ak_json_to_canonical(const json_t *value, gsize *size);
