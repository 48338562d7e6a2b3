/* Partition tables of images that are a disk and something else too, such as an ISO 9660 volume that is written to a stick. */
#pragma once

#include "firmware/format/parts.h"

/* Each notes what its tables take, where there are any, and the partitions that begin at `behind` or further on: what lies
 * before is explained by the something else, whose files these are. `end` grows to the last of these bytes. Damage cuts. */
void ak_gpt_note(AkParts *parts, const guint8 *data, gsize size, guint64 behind, guint64 *end);
void ak_mbr_note(AkParts *parts, const guint8 *data, gsize size, guint64 behind, guint64 *end);

/* True where the first header of a GPT holds. */
bool ak_gpt_is(const guint8 *data, gsize size);
