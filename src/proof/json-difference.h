/* The first place at which two JSON values differ, for messages that name it. */
#pragma once

#include "util/json.h"

/* True where `expected` and `found` are equal. Otherwise writes the place ("predicate.verdicts[2,
 * 5.1-1].verdict") and both sides as short text; the caller frees them. Members are visited in byte
 * order. */
bool ak_json_difference_none(const json_t *expected, const json_t *found, const char *root,
                             char **place, char **expected_text, char **found_text);
