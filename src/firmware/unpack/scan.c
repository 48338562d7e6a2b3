#include "firmware/unpack/scan.h"

#include <string.h>

const AkFirmwareFormat *ak_firmware_scan_best(const guint8 *data, gsize size) {
  const AkFirmwareFormat *best = NULL;
  guint most = 0;
  for (gsize i = 0; ak_firmware_format_table[i] != NULL; i++) {
    guint bits = ak_firmware_format_table[i]->bid(data, size);
    if (bits > most) {
      most = bits;
      best = ak_firmware_format_table[i];
    }
  }
  return best;
}

/* The first place where one format's magic stands and its bid holds, before `end`. */
static bool find_magic(const AkFirmwareFormat *format, const AkFirmwareMagic *magic,
                       const guint8 *data, gsize size, gsize from, gsize end, gsize *offset) {
  for (gsize at = from; at < end && size - at > magic->offset;) {
    gsize window = MIN(size - at - magic->offset, end - at + magic->size - 1); /* before `end` */
    const guint8 *hit = memmem(data + at + magic->offset, window, magic->bytes, magic->size);
    if (hit == NULL)
      return false;
    at = (gsize)(hit - data) - magic->offset;
    if (format->bid(data + at, size - at) > 0) {
      *offset = at;
      return true;
    }
    at++;
  }
  return false;
}

bool ak_firmware_scan_next(const guint8 *data, gsize size, gsize from, gsize *offset) {
  gsize end = size;
  bool found = false;
  for (gsize i = 0; ak_firmware_format_table[i] != NULL; i++) {
    const AkFirmwareFormat *format = ak_firmware_format_table[i];
    for (gsize j = 0; format->magics[j].size > 0; j++)
      if (find_magic(format, &format->magics[j], data, size, from, end, &end))
        found = true;
  }
  if (found)
    *offset = end;
  return found;
}

/* What begins like one of these and was opened by nothing: another kind, or a damaged one.
 * Source: the formats' descriptions; magic(5) of file 5.44
 * names the same. */
static const struct {
  gsize offset;
  const char *magic;
  gsize magic_size;
  const char *what;
} sealed_kinds[] = {
    {0, "PK\3\4", 4, "zip archive that does not open"},
    {0, "7z\xbc\xaf\x27\x1c", 6, "7z archive, not opened"},
    {0, "Rar!\x1a\x07", 6, "rar archive, not opened"},
    {0, "\x28\xb5\x2f\xfd", 4, "zstd stream that does not open"},
    {0, "\x04\x22\x4d\x18", 4, "lz4 stream that does not open"},
    {0, "\x02\x21\x4c\x18", 4, "lz4 stream that does not open"},
    {0, "\x89LZO\0\r\n\x1a\n", 9, "lzop stream, not opened"},
    {4, "1AY&SY", 6, "bzip2 stream that does not open"},
    {0, "LZIP\1", 5, "lzip stream, not opened"},
    {0, "\x5d\0\0", 3, "lzma stream that does not open"}, /* properties of every common preset */
    {257, "ustar", 5, "tar archive that does not open"},
    {0, "070701", 6, "cpio archive that does not open"},
    {0, "070702", 6, "cpio archive that does not open"},
    {0, "070707", 6, "cpio archive that does not open"},
    {0, "!<arch>\ndebian-binary", 21, "Debian package, not opened"},
    {0, "sqsh", 4, "squashfs of another kind, not opened"},
    {0, "shsq", 4, "squashfs of another kind, not opened"},
    {0, "qshs", 4, "squashfs of another kind, not opened"},
    {0, "hsqs", 4, "squashfs of another kind, not opened"},
    {0, "\x45\x3d\xcd\x28", 4, "cramfs, not opened"},
    {0, "\x28\xcd\x3d\x45", 4, "cramfs, not opened"},
    {0, "-rom1fs-", 8, "romfs, not opened"},
    {0, "UBI#", 4, "UBI volume, not opened"},
    {0, "\x31\x18\x10\x06", 4, "UBIFS, not opened"},
    {0, "\x85\x19\x03\x20", 4, "JFFS2, not opened"},
    {0, "\x85\x19\x01\xe0", 4, "JFFS2, not opened"},
    {0, "\x85\x19\x02\xe0", 4, "JFFS2, not opened"},
    {0, "\x19\x85\x20\x03", 4, "JFFS2, not opened"},
    {0, "\x19\x85\xe0\x01", 4, "JFFS2, not opened"},
    {0, "\x19\x85\xe0\x02", 4, "JFFS2, not opened"},
    {0x438, "\x53\xef\0\0", 4,
     "ext filesystem that does not open"}, /* in use, clean, with errors */
    {0x438, "\x53\xef\1\0", 4, "ext filesystem that does not open"},
    {0x438, "\x53\xef\2\0", 4, "ext filesystem that does not open"},
    {0, "\xd0\x0d\xfe\xed", 4, "device tree that does not open"},
    {0, "\x3a\xff\x26\xed", 4, "Android sparse image, not opened"},
    {0x8001, "CD001", 5, "ISO 9660 filesystem, not opened"},
};

const char *ak_firmware_scan_sealed(const guint8 *data, gsize size) {
  for (gsize i = 0; i < G_N_ELEMENTS(sealed_kinds); i++) {
    gsize offset = sealed_kinds[i].offset, length = sealed_kinds[i].magic_size;
    if (size >= offset && size - offset >= length &&
        memcmp(data + offset, sealed_kinds[i].magic, length) == 0)
      return sealed_kinds[i].what;
  }
  return NULL;
}

bool ak_firmware_format_fuzz(const AkFirmwareFormat *self, const guint8 *data, gsize size) {
  g_autoptr(GBytes) image = g_bytes_new_static(data, size);
  AkFirmwareLimits limits = {.total_bytes = 8 << 20, .files = 500, .depth = 4, .ratio = 100};
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "fuzz", &limits, NULL);
  bool is_whole = tree != NULL && self->bid(data, size) > 0;
  for (guint i = 0; is_whole && i < ak_firmware_tree_length(tree); i++)
    is_whole = ak_firmware_tree_node(tree, i)->cut == NULL;
  return is_whole;
}
