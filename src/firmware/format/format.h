/* Firmware formats: containers, compressions and filesystems, one file each.
 *
 * A format bids on bytes (the bits that it has really verified, 0: not mine) and then opens them:
 * emits what lies inside into the tree. The framework holds limits, recursion and the scan for
 * structures at any offset. */
#pragma once

#include "firmware/unpack/tree.h"

/* Bytes that the scan looks for, `size` of them (2 … 64), so far behind the structure's start. */
typedef struct {
  const char *bytes;
  gsize size, offset;
} AkFirmwareMagic;

enum { AK_FIRMWARE_MAGICS_MAX = 8 };

/* What a format's own checksums guard, wherever they stand in each of its structures: one changed bit there
 * never comes out unseen (tests/firmware/flips.c). Flags. */
enum {
  AK_FIRMWARE_GUARDS_CONTENTS = 1 << 0, /* the bytes of what lies inside */
  AK_FIRMWARE_GUARDS_NAMES = 1 << 1,    /* names, modes, owners, links, where pieces begin */
};

typedef struct _AkFirmwareFormat {
  const char *name; /* "uimage", "squashfs", "gzip" */
  const char *help_en, *help_ja;
  const char *const *sources; /* the format's description, NULL-terminated */
  /* Any of these begins a structure; ends with size 0. None: looked for only where an image, a
   * payload or a file begins. */
  AkFirmwareMagic magics[AK_FIRMWARE_MAGICS_MAX + 1];
  /* Number of verified bits, 0 where it is not this format. `size` bytes from the structure's start
   * to the end of what is known. Asked at each magic: reads a few KiB at most, whatever the bytes say. */
  guint (*bid)(const guint8 *data, gsize size);
  /* Emits the content of `node` into `tree`; `used` gets how many bytes from the start the
   * structure covers (also on error, as far as known). An error ends this node only: it is recorded
   * as cut. NOT_FOUND, with nothing emitted: it is no such structure after all. */
  bool (*open)(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
               GError **error);
  guint guards; /* AK_FIRMWARE_GUARDS_…; 0: nothing, or not in each structure */
} AkFirmwareFormat;

extern const AkFirmwareFormat *const ak_firmware_format_table[]; /* generated; ends with NULL */

/* The fuzz target of a format: true if it bids and opens the bytes without any cut. */
bool ak_firmware_format_fuzz(const AkFirmwareFormat *self, const guint8 *data, gsize size);
