/* What the analyses of this room share in writing down what they saw. */
#pragma once

#include "core/test.h"

/* A blob that was kept, to be cited whole. */
typedef struct {
  AkDigest digest;
  gsize size;
} AkCitation;

/* Keeps the canonical bytes of `place` (borrowed) as evidence. */
bool ak_firmware_emit_keep(AkSink *sink, const json_t *place, AkCitation *out, GError **error);

/* One observation on `kind` `locator`; takes `value` over; `citation` may be NULL. */
bool ak_firmware_emit(AkSink *sink, const char *kind, const char *locator, const char *property,
                      AkOutcome outcome, AkValue value, const AkCitation *citation, GError **error);

/* SEEN with a sorted set of the texts in `items` (GPtrArray of char *), ABSENT where it is empty.
 */
bool ak_firmware_emit_set(AkSink *sink, const char *kind, const char *locator, const char *property,
                          const GPtrArray *items, const AkCitation *citation, GError **error);

/* The end of a look, on the image: what was found nowhere is absent where everything was looked at
 * (`reason` NULL), else cut with the reason. */
bool ak_firmware_emit_none(const AkCall *call, AkSink *sink, const char *property,
                           const char *reason, GError **error);

/* The coverage on the image: SEEN with `items` where `reason` is NULL and nothing lacks; else CUT
 * with those items that are complete all the same. `items` is NULL-terminated. */
bool ak_firmware_emit_coverage(const AkCall *call, AkSink *sink, const char *property,
                               const char *const *items, bool is_whole, GError **error);
