/* A growing buffer created with its maximum: writes past it are remembered and reported at the end,
 * so that a builder of a message needs one check, not one a field. */
#pragma once

#include "util/error.h"

typedef struct _AkWriter AkWriter;

AkWriter *ak_writer_new(gsize max_bytes);
void ak_writer_free(AkWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkWriter, ak_writer_free)

void ak_writer_u8(AkWriter *self, guint8 value);
void ak_writer_u16be(AkWriter *self, guint16 value);
void ak_writer_u16le(AkWriter *self, guint16 value);
void ak_writer_u24be(AkWriter *self, guint32 value);
void ak_writer_u32be(AkWriter *self, guint32 value);
void ak_writer_u32le(AkWriter *self, guint32 value);
void ak_writer_u64be(AkWriter *self, guint64 value);
void ak_writer_u64le(AkWriter *self, guint64 value);
void ak_writer_bytes(AkWriter *self, const void *data, gsize size);

gsize ak_writer_size(const AkWriter *self);

/* Overwrites two bytes at `position`, for lengths known only later; outside the written part it
 * counts as an overflow. */
void ak_writer_patch_u16be(AkWriter *self, gsize position, guint16 value);

/* Hands over what was written, or NULL with LIMIT if the maximum was passed at any time. The writer
 * is empty afterwards. */
GBytes *ak_writer_end(AkWriter *self, GError **error);
