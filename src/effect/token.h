/* The name under which a case passes through a product: it tells nothing about the case, and is found
 * again in any log that quotes it, without a table.
 *
 * A number is mixed with a key that nobody knows before the run (SplitMix64's finalizer, which can be
 * turned back). Source: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number
 * generators", 2014, figure 13. */
#pragma once

#include "util/error.h"

#define AK_TOKEN_HEADER "X-Akashi-Case" /* of an HTTP request */
#define AK_TOKEN_PREFIX "akc-"
#define AK_TOKEN_LENGTH 20 /* the prefix and 16 lower-case hexadecimal digits */

/* Number of a case: the unit (a product in a repetition), and its place in the order there. */
#define AK_TOKEN_NUMBER(unit, place) ((guint64)(guint32)(unit) << 32 | (guint32)(place))
#define AK_TOKEN_UNIT(number) ((guint32)((number) >> 32))
#define AK_TOKEN_PLACE(number) ((guint32)(number))
#define AK_TOKEN_SENTINEL 0xf0000000u /* places from here on are no cases */

/* Writes AK_TOKEN_LENGTH characters and NUL. */
void ak_token_make(guint64 key, guint64 number, char out[static AK_TOKEN_LENGTH + 1]);

/* The first token of `unit` in `size` bytes at `data`; false where there is none. Tokens of other
 * keys and units are passed over. `at` (may be NULL) gets its offset. */
bool ak_token_find(guint64 key, guint32 unit, const char *data, gsize size, guint32 *place,
                   gsize *at);

/* The next number of a generator that is a function of its state alone. */
guint64 ak_token_random(guint64 *state);
