/* Unpacked bytes that grow up to a limit, and say so where memory ends instead of ending the
 * process. */
#pragma once

#include "firmware/unpack/tree.h"

typedef struct {
  guint8 *data;
  gsize size, room;
  guint64 limit;  /* bytes */
  guint64 needs;  /* bytes that its header says it has; 0: it does not */
  AkSpool *spool; /* borrowed: where contents of `apart_from` bytes and more are put together; NULL:
                     in memory */
  gsize apart_from;
  bool is_apart;   /* it is put together there; `data` is room for a piece */
} AkGrowing;

/* Empty, of what `packed` bytes may become in `tree`: its limit, and the spool for what takes more
 * than a quarter of the memory. */
AkGrowing ak_growing_for(const AkFirmwareTree *tree, guint64 packed);

/* Notes that `more` bytes will come, as a header claims: told where they are too many, never relied on. */
void ak_growing_expect(AkGrowing *self, guint64 more);

/* LIMIT where it would pass `limit` or memory ends; then it keeps what it had. */
bool ak_growing_add(AkGrowing *self, const void *data, gsize size, GError **error);

/* Room for more where it is to stand: `room` gets how many bytes may be written there, at least
 * one, and they count with ak_growing_wrote, of which what was not written is left for the next
 * time. NULL with LIMIT as above. `expected` is how many bytes in all will come, where that is
 * known or claimed; 0: it is not. It saves growing and costs no memory until it is written to. */
guint8 *ak_growing_room(AkGrowing *self, guint64 expected, gsize *room, GError **error);
/* LIMIT where there is no room for it: nothing of it counts. */
bool ak_growing_wrote(AkGrowing *self, gsize size, GError **error);

/* Hands over what was added; the buffer is empty afterwards. */
GBytes *ak_growing_end(AkGrowing *self);
