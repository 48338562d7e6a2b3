/* What the analyses of this room share in writing down what they saw. */
#pragma once

#include "core/test.h"
#include "firmware/unpack/tree.h"

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

/* Where something stands: keeps {"file", "file_sha256"} of the node `index` with the members of
 * `more` (taken over; NULL: none) as evidence. */
bool ak_firmware_emit_place(const AkCall *call, AkSink *sink, guint index, json_t *more,
                            AkCitation *out, GError **error);

/* One property at the end of a look, on the image: what was found nowhere is absent where
 * everything was looked at (`reason` NULL), else cut with the reason. */
bool ak_firmware_emit_none(const AkCall *call, AkSink *sink, const char *property,
                           const char *reason, GError **error);

/* Why absence in the image means nothing: `own` (NULL: nothing), or that it was not read in full,
 * with the regions that nothing explains; NULL where nothing speaks against it. Caller frees. */
char *ak_firmware_emit_reason(const AkCall *call, const char *own);

typedef struct {
  const guint *counts;      /* one for each output before the coverage: how often something was said
                               of it, so that the image needs no word; NULL: of none */
  const char *unread;       /* why not all was understood though the image was read, or NULL */
  const char *const *items; /* what is complete where not all is; NULL: all without `unread`,
                               nothing with it */
  bool is_cut;              /* `unread` is a limit: nothing is complete */
} AkFirmwareEnd;

/* The end of a look, on the image: of each output of the test that was never said, absent or cut;
 * then the coverage: all of the test's, `items`, or none, with what it lacks. */
bool ak_firmware_emit_end(const AkCall *call, AkSink *sink, const AkFirmwareEnd *end,
                          GError **error);
