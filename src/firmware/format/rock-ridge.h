/* What stands behind a name in an ISO 9660 folder: modes, long names, links of Unix.
 * Source: System Use Sharing Protocol 1.12 (5: SP, CE, ST, ER); Rock Ridge Interchange
 * Protocol 1.12 (4.1: PX, PN, SL, NM, CL, PL, RE, ZF). */
#pragma once

#include "firmware/format/parts.h"

enum { AK_ROCK_RIDGE_BLOCK = 2048 };

typedef struct {
  bool has_mode;
  guint mode, uid, gid, major, minor;
  GString *name, *target; /* NULL: none */
  guint32 child;          /* the folder that stands here lies in this block; 0: none */
  bool is_relocated;      /* stands here for the writer's sake alone */
  bool is_packed;         /* the content is compressed (zisofs) */
  const char *damage;     /* what is wrong, or NULL */
} AkRockRidge;

/* True if the area of the root's first record says that there are such entries; `skip` gets the
 * bytes to leave out at the front of each area. */
bool ak_rock_ridge_begins(const guint8 *area, gsize size, gsize *skip);

/* Reads an area, with what it is continued by elsewhere in the image (noted in `parts`). */
void ak_rock_ridge_read(AkRockRidge *self, AkParts *parts, const guint8 *image, gsize image_size,
                        const guint8 *area, gsize size);
void ak_rock_ridge_clear(AkRockRidge *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkRockRidge, ak_rock_ridge_clear)
