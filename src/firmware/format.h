/* Firmware formats: containers and filesystems, one file each.
 *
 * A format bids on bytes (the bits that it has really verified, 0: not mine) and then opens them:
 * emits what lies inside into the tree. The framework holds limits and recursion. */
#pragma once

#include "firmware/tree.h"

typedef struct _AkFirmwareFormat {
  const char *name; /* "uimage", "squashfs", "gzip" */
  const char *help_en, *help_ja;
  const char *const *sources; /* the format's description */
  /* Number of verified bits, 0 where it is not this format. Reads only, may look at all bytes. */
  guint (*bid)(const guint8 *data, gsize size);
  /* Emits the content of `node` into `tree`. An error ends this node only: the framework records
   * it as cut. `data` and `size` are the node's bytes. */
  bool (*open)(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, GError **error);
} AkFirmwareFormat;

extern const AkFirmwareFormat *const ak_firmware_format_table[]; /* generated; ends with NULL */
