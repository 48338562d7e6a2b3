/* TP-Link images with a header of 512 bytes, versions 1 to 3: offsets of kernel, filesystem and
 * boot loader, under an MD5 digest with a published salt in the digest's place. The digest covers
 * all of the file, which may be shorter than the length in the header.
 * Source: OpenWrt firmware-utils, mktplinkfw.c (version 1), mktplinkfw2.c (versions 2 and 3). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define HEADER_SIZE 512
#define DIGEST_SIZE 16
#define MARK_OFFSET 0x8c /* versions 2 and 3: 0x55aa, two bytes, 0xa5 */

typedef struct {
  guint8 version;
  gsize digest, length; /* where the digest stands; where the lengths do: length, kernel, … */
  const char *normal, *boot; /* salts, the latter with a boot loader in the image */
} Variant;

static const Variant variants[] = {
    {1, 76, 124, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdd\xf9\xe7\xf4\x0e\xae\x47\x38",
     "\x8c\xef\x33\x5b\xd5\xc5\xce\xfa\xa7\x9c\x28\xda\xb2\xe9\x0f\x42"},
    {2, 0x40, 0x70, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdc\xf9\xe7\xf4\x0e\xae\x47\x37",
     "\x8c\xef\x33\x5f\xd5\xc5\xce\xfa\xac\x9c\x28\xda\xb2\xe9\x0f\x42"},
    {3, 0x40, 0x70, "\xdc\xd7\x3a\xa5\xc3\x95\x98\xfb\xdc\xf9\xe7\xf4\x0e\xae\x47\x37",
     "\x8c\xef\x33\x5f\xd5\xc5\xce\xfa\xac\x9c\x28\xda\xb2\xe9\x0f\x42"},
};

enum { KERNEL, ROOTFS, BOOT, PARTS };
static const char *const part_names[PARTS] = {"kernel", "rootfs", "boot"};

typedef struct {
  const Variant *variant;
  guint32 length; /* of the image as it lies in flash */
  guint32 offsets[PARTS], sizes[PARTS];
} Header;

static const Variant *variant_of(const guint8 *data, gsize size) {
  if (size < HEADER_SIZE || data[1] != 0 || data[2] != 0 || data[3] != 0)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(variants); i++)
    if (data[0] == variants[i].version)
      return &variants[i];
  return NULL;
}

/* A name or version in print, ended by a NUL. */
static bool is_text(const guint8 *data, gsize size) {
  const guint8 *end = memchr(data, '\0', size);
  for (const guint8 *at = data; end != NULL && at < end; at++)
    if (*at < 0x20 || *at > 0x7e)
      return false;
  return end != NULL && end > data;
}

static bool has_marks(const guint8 *data, const Variant *variant) {
  if (variant->version == 1)
    return is_text(data + 4, 24) && is_text(data + 28, 36);
  return is_text(data + 4, 48) && data[MARK_OFFSET] == 0x55 && data[MARK_OFFSET + 1] == 0xaa &&
         data[MARK_OFFSET + 4] == 0xa5;
}

static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, MIN(size, HEADER_SIZE));
  *out = (Header){.variant = variant_of(data, size)};
  if (out->variant == NULL || !has_marks(data, out->variant) ||
      !ak_reader_seek(&reader, out->variant->length, NULL) ||
      !ak_reader_u32be(&reader, &out->length, NULL))
    return false;
  for (guint i = 0; i < PARTS; i++) {
    if (!ak_reader_u32be(&reader, &out->offsets[i], NULL) ||
        !ak_reader_u32be(&reader, &out->sizes[i], NULL))
      return false;
    if (out->sizes[i] > 0 && ((i == KERNEL && out->offsets[i] < HEADER_SIZE) ||
                              (guint64)out->offsets[i] + out->sizes[i] > out->length))
      return false;
  }
  return out->length > HEADER_SIZE && out->sizes[KERNEL] > 0;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 72 : 0; /* version, texts or marks, ranges that fit */
}

static bool has_digest(const guint8 *data, gsize size, const Header *header) {
  guint8 digest[DIGEST_SIZE];
  gsize length = sizeof digest, behind = header->variant->digest + DIGEST_SIZE;
  const char *salt = header->sizes[BOOT] == 0 ? header->variant->normal : header->variant->boot;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
  g_checksum_update(sum, data, (gssize)header->variant->digest);
  g_checksum_update(sum, (const guchar *)salt, DIGEST_SIZE);
  g_checksum_update(sum, data + behind, (gssize)(size - behind));
  g_checksum_get_digest(sum, digest, &length);
  return memcmp(digest, data + header->variant->digest, DIGEST_SIZE) == 0;
}

static bool open_tplink(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "tplink"};
  Header header;
  if (!read_header(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  *used = MIN(header.length, size);
  if (!has_digest(data, *used, &header)) {
    if (*used < size && has_digest(data, size, &header))
      *used = size;
    else
      ak_parts_cut(&parts, "another digest than its header says");
  }
  ak_parts_note(&parts, NULL, 0, HEADER_SIZE);
  for (guint i = 0; i < PARTS; i++)
    ak_parts_note(&parts, part_names[i], header.offsets[i], header.sizes[i]);
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"OpenWrt firmware-utils, mktplinkfw.c",
                                      "OpenWrt firmware-utils, mktplinkfw2.c", NULL};

extern const AkFirmwareFormat ak_firmware_tplink_format;
const AkFirmwareFormat ak_firmware_tplink_format = {
    .name = "tplink",
    .help_en = "TP-Link image (versions 1 to 3)",
    .help_ja = "TP-Linkイメージ（バージョン1～3）",
    .sources = sources,
    .magics = {{"\1\0\0\0TP-LINK", 11}, {"\2\0\0\0ver. ", 9}, {"\3\0\0\0ver. ", 9}},
    .bid = bid,
    .open = open_tplink,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_tplink_fuzz(const guint8 *data, gsize size);
bool ak_firmware_tplink_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_tplink_format, data, size);
}
