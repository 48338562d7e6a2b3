/* The value of an observation or of a claim: no floats, so that equal facts have equal bytes. */
#pragma once

#include "util/json.h"

typedef enum {
  AK_VALUE_NONE,
  AK_VALUE_BOOL,
  AK_VALUE_INT,  /* with a unit: "ms", "bytes", "bits", "d", "attempts", or "" for a count */
  AK_VALUE_TEXT, /* UTF-8; foreign bytes are escaped by ak_value_text_from_bytes */
  AK_VALUE_SET,  /* sorted texts without doubles */
} AkValueType;

typedef struct {
  AkValueType type;
  bool boolean;
  gint64 integer;
  char *unit; /* owned; INT only */
  char *text; /* owned; TEXT only */
  GStrv set;  /* owned; SET only; sorted, without doubles */
} AkValue;

AkValue ak_value_bool(bool value);
AkValue ak_value_int(gint64 value, const char *unit);
AkValue ak_value_text(const char *text);

/* Text from foreign bytes: invalid UTF-8 and control characters become \xNN, a backslash becomes
 * \\, at most `max_bytes` of the input are taken and "…" marks a cut. */
AkValue ak_value_text_from_bytes(const void *data, gsize size, gsize max_bytes);

/* Copies, sorts and removes doubles. `items` is NULL-terminated; NULL is the empty set. */
AkValue ak_value_set(const char *const *items);

/* Of a coverage: what was looked at in full, and `lacks`, why not everything was (NULL: nothing is
 * said of it), as an item that begins with "not: ". */
AkValue ak_value_coverage(const char *const *items, const char *lacks);
/* That reason, or NULL. Borrowed. */
const char *ak_value_lacks(const AkValue *self);
/* The same of one item. */
const char *ak_value_lacks_item(const char *item);

bool ak_value_set_contains(const AkValue *self, const char *item);
AkValue ak_value_copy(const AkValue *self);
void ak_value_clear(AkValue *self);
bool ak_value_equal(const AkValue *a, const AkValue *b);

/* JSON: null, true/false, {"int": n, "unit": "…"}, "text", ["a","b"]. */
json_t *ak_value_to_json(const AkValue *self);
/* Writes `out` (which needs ak_value_clear) only on success. Refuses unsorted sets and unknown
 * members. */
bool ak_value_from_json(const json_t *json, const char *where, AkValue *out, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkValue, ak_value_clear)
