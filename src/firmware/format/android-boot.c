/* Android boot images (versions 0 to 4) and vendor boot images (3, 4): a header, then parts that
 * each begin on a page. Versions 0 to 2 hold a digest of the parts.
 * Source: AOSP system/tools/mkbootimg, include/bootimg/bootimg.h (fields, order of parts),
 * mkbootimg.py (the digest: each part and its size, SHA-1). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "ANDROID!"
#define VENDOR_MAGIC "VNDRBOOT"
#define MAGIC_SIZE 8
#define VERSION_OFFSET 40 /* in both layouts of boot images */
#define MAX_PARTS 6
#define NEW_PAGE 4096 /* of versions 3 and 4 */
#define ID_OFFSET 576
#define SHA1_SIZE 20
#define LINE_PATH "/cmdline.txt"
#define CONFIG_PATH "/bootconfig.txt"

typedef struct {
  guint32 version, page, header_size;
  gsize line, line_size; /* where the kernel's command line stands */
  guint count;
  struct {
    const char *name; /* NULL: explained, not looked at */
    guint32 size;
  } parts[MAX_PARTS];
} Header;

static guint32 word_at(const guint8 *data, gsize size, gsize at) {
  AkReader reader = ak_reader_init(data, size);
  guint32 word = 0;
  return ak_reader_seek(&reader, at, NULL) && ak_reader_u32le(&reader, &word, NULL) ? word : 0;
}

/* Fields that hold the sizes of parts, in the order of the parts; by version. */
static const struct {
  bool is_vendor;
  guint8 version, count;
  guint16 header_size, page_at; /* page_at 0: NEW_PAGE */
  guint16 line, line_size;
  struct {
    const char *name;
    guint16 at;
  } parts[MAX_PARTS];
} layouts[] = {
    {false, 0, 3, 1632, 36, 64, 512, {{"kernel", 8}, {"ramdisk", 16}, {"second", 24}}},
    {false,
     1,
     4,
     1648,
     36,
     64,
     512,
     {{"kernel", 8}, {"ramdisk", 16}, {"second", 24}, {"recovery-dtbo", 1632}}},
    {false,
     2,
     5,
     1660,
     36,
     64,
     512,
     {{"kernel", 8}, {"ramdisk", 16}, {"second", 24}, {"recovery-dtbo", 1632}, {"dtb", 1648}}},
    {false, 3, 2, 1580, 0, 44, 1536, {{"kernel", 8}, {"ramdisk", 12}}},
    {false, 4, 3, 1584, 0, 44, 1536, {{"kernel", 8}, {"ramdisk", 12}, {NULL, 1580}}},
    {true, 3, 2, 2112, 12, 28, 2048, {{"ramdisk", 24}, {"dtb", 2100}}},
    {true,
     4,
     4,
     2128,
     12,
     28,
     2048,
     {{"ramdisk", 24}, {"dtb", 2100}, {NULL, 2112}, {"bootconfig", 2124}}},
};

/* Before there were versions their field held the size of a device tree. */
static bool read_old(const guint8 *data, gsize size, guint32 told, Header *out) {
  out->parts[3].name = "dt";
  out->parts[3].size = told;
  out->count = 4;
  return told >= 32 && told <= size;
}

static bool read_header(const guint8 *data, gsize size, Header *out) {
  bool is_vendor = size > MAGIC_SIZE && memcmp(data, VENDOR_MAGIC, MAGIC_SIZE) == 0;
  if (!is_vendor && (size <= MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0))
    return false;
  guint32 told = word_at(data, size, is_vendor ? 8 : VERSION_OFFSET);
  *out = (Header){.version = !is_vendor && told > 4 ? 0 : told};
  for (gsize i = 0; i < G_N_ELEMENTS(layouts); i++) {
    if (layouts[i].is_vendor != is_vendor || layouts[i].version != out->version)
      continue;
    out->header_size = layouts[i].header_size;
    out->page = layouts[i].page_at != 0 ? word_at(data, size, layouts[i].page_at) : NEW_PAGE;
    out->line = layouts[i].line;
    out->line_size = layouts[i].line_size;
    out->count = layouts[i].count;
    for (guint j = 0; j < out->count; j++) {
      out->parts[j].name = layouts[i].parts[j].name;
      out->parts[j].size = word_at(data, size, layouts[i].parts[j].at);
    }
  }
  return out->header_size > 0 && out->header_size <= size && out->page >= 2048 &&
         out->page <= (1u << 20) && (out->page & (out->page - 1)) == 0 &&
         (out->parts[0].size > 0 || out->parts[1].size > 0) &&
         (told == out->version || read_old(data, size, told, out));
}

static guint bid(const guint8 *data, gsize size) {
  Header header;
  return read_header(data, size, &header) ? 80 : 0; /* magic, version, size of a page */
}

static guint64 filled_up(guint64 size, guint32 page) {
  return (size + page - 1) / page * page;
}

/* Texts of the header and of settings, as files: they are read as such. */
static bool add_text(AkFirmwareTree *tree, guint node, const char *path, const guint8 *text,
                     gsize size, GError **error) {
  gsize length = strnlen((const char *)text, size);
  if (length == 0)
    return true;
  AkNode file = {.parent = node,
                 .path = g_strdup(path),
                 .mode = 0600,
                 .no_mode = true,
                 .bytes = g_bytes_new(text, length)};
  return ak_firmware_tree_add(tree, file, NULL, error);
}

/* Versions 0 to 2; an identity of zeros guards nothing. */
static void check_identity(const AkParts *parts, const Header *header, const guint8 *data,
                           gsize size) {
  guint8 digest[SHA1_SIZE];
  gsize length = sizeof digest;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
  guint64 at = filled_up(header->header_size, header->page);
  if (ak_parts_is_filled(data + ID_OFFSET, 32, 0))
    return;
  for (guint i = 0; i < header->count; i++) {
    guint32 part = header->parts[i].size;
    guint8 told[4] = {(guint8)part, (guint8)(part >> 8), (guint8)(part >> 16),
                      (guint8)(part >> 24)};
    if (part > 0 && (at > size || part > size - at))
      return; /* cut already */
    if (part > 0)
      g_checksum_update(sum, data + at, (gssize)part);
    g_checksum_update(sum, told, sizeof told);
    at += filled_up(part, header->page);
  }
  g_checksum_get_digest(sum, digest, &length);
  if (memcmp(digest, data + ID_OFFSET, SHA1_SIZE) != 0 ||
      !ak_parts_is_filled(data + ID_OFFSET + SHA1_SIZE, 32 - SHA1_SIZE, 0))
    ak_parts_cut(parts, "another digest than its header says");
}

static bool open_boot(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "android-boot"};
  Header header;
  if (!read_header(data, size, &header))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  guint64 at = filled_up(header.header_size, header.page);
  ak_parts_note(&parts, NULL, 0, header.header_size);
  bool ok = add_text(tree, node, LINE_PATH, data + header.line, header.line_size, error);
  for (guint i = 0; ok && i < header.count; i++) {
    guint32 part = header.parts[i].size;
    bool is_text = g_strcmp0(header.parts[i].name, "bootconfig") == 0;
    if (is_text && at < size)
      ok = add_text(tree, node, CONFIG_PATH, data + at, (gsize)MIN(part, size - at), error);
    ak_parts_note(&parts, is_text ? NULL : header.parts[i].name, at, part);
    at += filled_up(part, header.page);
  }
  *used = (gsize)MIN(at, size);
  if (ok)
    ok = ak_parts_emit(&parts, *used, error);
  if (header.version < 3 && memcmp(data, MAGIC, MAGIC_SIZE) == 0)
    check_identity(&parts, &header, data, size);
  return ok;
}

static const char *const sources[] = {"AOSP system/tools/mkbootimg include/bootimg/bootimg.h",
                                      NULL};

extern const AkFirmwareFormat ak_firmware_android_boot_format;
const AkFirmwareFormat ak_firmware_android_boot_format = {
    .name = "android-boot",
    .help_en = "Android boot image (0 to 4), vendor boot image (3, 4)",
    .help_ja = "Androidブートイメージ（0～4）、ベンダーブートイメージ（3、4）",
    .sources = sources,
    .magics = {{MAGIC, 8}, {VENDOR_MAGIC, 8}},
    .bid = bid,
    .open = open_boot,
};

bool ak_firmware_android_boot_fuzz(const guint8 *data, gsize size);
bool ak_firmware_android_boot_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_android_boot_format, data, size);
}
