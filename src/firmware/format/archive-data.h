/* What the formats that libarchive reads share: a content from memory, within the tree's budget. */
#pragma once

#include "firmware/unpack/tree.h"

struct archive;

/* Why libarchive gave up last; lives as long as `archive`, or until its next call. */
const char *ak_archive_data_reason(struct archive *archive);

/* The content of the entry that was asked for last, from a container of `packed` bytes. `told`: its
 * size, or less than 0. `cut` (NULL before) gets why it is not whole; caller frees both. */
GBytes *ak_archive_data_read(struct archive *archive, const AkFirmwareTree *tree, guint64 packed,
                             gint64 told, char **cut);
