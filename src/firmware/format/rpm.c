/* RPM packages: a lead, a header of signatures and digests, the header, and a payload (a cpio
 * archive, usually compressed). The scripts stand in the header, so its bytes are looked at as they
 * are. Source: rpm, docs/manual/format_v4.md, format_header.md; include/rpm/rpmtag.h (tags). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "firmware/format/rpm-header.h"

#define MAGIC "\xed\xab\xee\xdb"
#define LEAD_SIZE 96
#define HEADER_MAGIC "\x8e\xad\xe8\x01\0\0\0\0"
#define MAGIC_SIZE 8

enum {
  SIG_SHA1 = 269,
  SIG_LONG_SIZE = 270,
  SIG_SHA256 = 273,
  SIG_SIZE = 1000, /* of header and payload */
  SIG_MD5 = 1004,  /* of both */
  TAG_PAYLOAD_DIGEST = 5092,
  TAG_PAYLOAD_DIGEST_KIND = 5093,
};
#define KIND_SHA256 8 /* RFC 4880, 9.4 */

/* The header at `at` with its magic. */
static bool read_header(const guint8 *data, gsize size, gsize at, AkRpmHeader *out) {
  return at <= size && size - at >= MAGIC_SIZE &&
         memcmp(data + at, HEADER_MAGIC, MAGIC_SIZE) == 0 &&
         ak_rpm_header_read(data, size, at + MAGIC_SIZE, out);
}

static guint bid(const guint8 *data, gsize size) {
  AkRpmHeader header;
  return size > LEAD_SIZE && memcmp(data, MAGIC, 4) == 0 && (data[4] == 3 || data[4] == 4) &&
                 read_header(data, size, LEAD_SIZE, &header)
             ? 110
             : 0; /* two magics, a version, counts within bounds */
}

static const guint8 *find(const guint8 *data, const AkRpmHeader *header, guint32 tag, gsize *left) {
  return ak_rpm_header_find(data, header, tag, NULL, NULL, left);
}

/* True if the tag holds the digest in hex digits, or is not there. */
static bool has_hex_digest(const guint8 *data, const AkRpmHeader *signature, guint32 tag,
                           GChecksumType type, const guint8 *bytes, gsize size) {
  gsize left = 0;
  const guint8 *told = find(data, signature, tag, &left);
  gsize length = 2 * (gsize)g_checksum_type_get_length(type);
  if (told == NULL)
    return true;
  g_autofree char *digest = g_compute_checksum_for_data(type, bytes, size);
  return left > length && told[length] == '\0' && memcmp(told, digest, length) == 0;
}

static bool has_md5(const guint8 *data, const AkRpmHeader *signature, const guint8 *bytes,
                    gsize size) {
  gsize left = 0;
  const guint8 *told = find(data, signature, SIG_MD5, &left);
  return told == NULL || (left >= 16 && ak_parts_has_digest(G_CHECKSUM_MD5, bytes, size, told));
}

/* Bytes of header and payload: as told, else all there are. */
static guint64 length_of(const guint8 *data, const AkRpmHeader *signature, gsize there) {
  gsize left = 0;
  guint32 size = 0;
  guint64 size64 = 0;
  const guint8 *told = find(data, signature, SIG_SIZE, &left);
  AkReader reader = ak_reader_init(told, told != NULL ? left : 0);
  if (ak_reader_u32be(&reader, &size, NULL))
    return size;
  told = find(data, signature, SIG_LONG_SIZE, &left);
  reader = ak_reader_init(told, told != NULL ? left : 0);
  return ak_reader_u64be(&reader, &size64, NULL) ? size64 : there;
}

static bool is_sha256(const guint8 *data, const AkRpmHeader *header) {
  gsize left = 0;
  guint32 kind = 0;
  const guint8 *told = find(data, header, TAG_PAYLOAD_DIGEST_KIND, &left);
  AkReader reader = ak_reader_init(told, told != NULL ? left : 0);
  return ak_reader_u32be(&reader, &kind, NULL) && kind == KIND_SHA256;
}

static void check(const AkParts *parts, const guint8 *data, const AkRpmHeader *signature,
                  const AkRpmHeader *header, gsize end) {
  gsize at = header->at - MAGIC_SIZE, size = header->end - at;
  const guint8 *bytes = data + at, *payload = data + header->end;
  if (!has_hex_digest(data, signature, SIG_SHA256, G_CHECKSUM_SHA256, bytes, size) ||
      !has_hex_digest(data, signature, SIG_SHA1, G_CHECKSUM_SHA1, bytes, size))
    ak_parts_cut(parts, "the header has another digest than it is told");
  else if (!has_md5(data, signature, bytes, end - at) ||
           (is_sha256(data, header) &&
            !has_hex_digest(data, header, TAG_PAYLOAD_DIGEST, G_CHECKSUM_SHA256, payload,
                            end - header->end)))
    ak_parts_cut(parts, "the payload has another digest than it is told");
}

static bool open_rpm(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "rpm"};
  AkRpmHeader signature, header;
  if (!read_header(data, size, LEAD_SIZE, &signature) || signature.end > size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header of signatures");
  gsize at = (signature.end + 7) & ~(gsize)7;
  *used = MIN(at, size);
  if (!read_header(data, size, at, &header) || header.end > size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  guint64 length = length_of(data, &signature, size - at), end = at + MIN(length, G_MAXINT64);
  *used = (gsize)MIN(MAX(end, header.end), size);
  if (end < header.end)
    ak_parts_cut(&parts, "a size that cannot be");
  else if (*used < end)
    ak_parts_cut(&parts, "the package ends before its payload does");
  else
    check(&parts, data, &signature, &header, *used);
  ak_parts_note(&parts, NULL, 0, signature.end);
  ak_parts_note(&parts, NULL, at, header.end - at);
  ak_parts_note(&parts, "payload", header.end, *used - header.end);
  ak_firmware_tree_leave(tree, node);
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"rpm docs/manual/format_v4.md", "rpm include/rpm/rpmtag.h",
                                      NULL};

extern const AkFirmwareFormat ak_firmware_rpm_format;
const AkFirmwareFormat ak_firmware_rpm_format = {
    .name = "rpm",
    .help_en = "RPM package",
    .help_ja = "RPMパッケージ",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_rpm,
};

bool ak_firmware_rpm_fuzz(const guint8 *data, gsize size);
bool ak_firmware_rpm_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_rpm_format, data, size);
}
