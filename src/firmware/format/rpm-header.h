/* The header of RPM: an index of tags and a store of their contents, as it stands in packages and
 * in the databases of installed packages. Pure. Source: rpm, docs/manual/format_header.md;
 * include/rpm/rpmtag.h (types). */
#pragma once

#include "util/reader.h"

#define AK_RPM_ENTRY_SIZE 16
#define AK_RPM_INTRO_SIZE 8 /* both counts */

enum { AK_RPM_INT32 = 4, AK_RPM_STRING = 6, AK_RPM_STRING_ARRAY = 8 };

typedef struct {
  gsize at, store, end; /* of the counts, the store, and behind it: may lie beyond the bytes */
  guint32 count, store_size;
} AkRpmHeader;

/* The counts at `at`, within bounds: at most 65,536 entries, a store of 256 MiB. */
bool ak_rpm_header_read(const guint8 *data, gsize size, gsize at, AkRpmHeader *out);

/* The content of a tag up to the store's end (which must lie within `data`); NULL: not there.
 * `type` and `count` may be NULL. */
const guint8 *ak_rpm_header_find(const guint8 *data, const AkRpmHeader *header, guint32 tag,
                                 guint32 *type, guint32 *count, gsize *left);
