/* D-Link SHRS: an image that is encrypted (AES-128-CBC) behind two lengths, digests and signatures.
 * The header is explained, the content stays closed: always cut.
 * Source: OpenWrt firmware-utils, dlink-sge-image.c (fields, lengths, the mark at the end); which
 * of the two lengths counts the padding differs between writers, so the digest decides. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "SHRS"
#define HEADER_SIZE 1756
#define CIPHER_DIGEST_OFFSET 0x9c /* SHA-512 of the encrypted bytes */
#define END_MARK "\0\0\0\0\x30"
#define END_MARK_SIZE 5
#define BLOCK 16 /* of the cipher */

typedef struct {
  guint32 first, second; /* lengths: one of the content, one filled up to blocks */
} Header;

static bool read_header(const guint8 *data, gsize size, Header *out) {
  AkReader reader = ak_reader_init(data, size);
  if (size < HEADER_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_skip(&reader, 4, NULL) ||
      !ak_reader_u32be(&reader, &out->first, NULL) || !ak_reader_u32be(&reader, &out->second, NULL))
    return false;
  guint32 most = MAX(out->first, out->second), least = MIN(out->first, out->second);
  return least > 0 && most % BLOCK == 0 && most - least <= BLOCK;
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 64 : 0; /* magic, lengths that fit each other */
}

static bool open_shrs(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "shrs"};
  Header header;
  if (!read_header(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  gsize length = MAX(header.first, header.second), there = MIN(length, size - HEADER_SIZE);
  const guint8 *content = data + HEADER_SIZE;
  *used = HEADER_SIZE + there;
  if (there < length)
    ak_parts_cut(&parts, "encrypted, and ends before its length");
  else if (!ak_parts_has_digest(G_CHECKSUM_SHA512, content, length, data + CIPHER_DIGEST_OFFSET))
    ak_parts_cut(&parts, "another digest than its header says: encrypted, or not");
  else
    ak_parts_cut(&parts, "encrypted");
  ak_parts_note(&parts, NULL, 0, HEADER_SIZE);
  ak_parts_note(&parts, "encrypted", HEADER_SIZE, there);
  if (size - *used >= END_MARK_SIZE && memcmp(data + *used, END_MARK, END_MARK_SIZE) == 0) {
    ak_parts_note(&parts, NULL, *used, END_MARK_SIZE);
    *used += END_MARK_SIZE;
  }
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"OpenWrt firmware-utils, dlink-sge-image.c", NULL};

extern const AkFirmwareFormat ak_firmware_shrs_format;
const AkFirmwareFormat ak_firmware_shrs_format = {
    .name = "shrs",
    .help_en = "D-Link SHRS image, encrypted: its header",
    .help_ja = "D-Link SHRSイメージ（暗号化。ヘッダーのみ）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_shrs,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_shrs_fuzz(const guint8 *data, gsize size);
bool ak_firmware_shrs_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_shrs_format, data, size);
}
