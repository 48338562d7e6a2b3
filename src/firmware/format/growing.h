/* Unpacked bytes that grow up to a limit, and say so where memory ends instead of ending the
 * process. */
#pragma once

#include "util/error.h"

typedef struct {
  guint8 *data;
  gsize size, room;
  guint64 limit; /* bytes */
} AkGrowing;

/* LIMIT where it would pass `limit` or memory ends; then it keeps what it had. */
bool ak_growing_add(AkGrowing *self, const void *data, gsize size, GError **error);

/* Hands over what was added; the buffer is empty afterwards. */
GBytes *ak_growing_end(AkGrowing *self);
