/* Files for USB device firmware upgrade: an image with a suffix of 16 bytes that holds a checksum
 * of all before it. Source: USB Device Class Specification for Device Firmware Upgrade 1.1,
 * appendix B (fields from the end on; the CRC-32 without the last inversion). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define SUFFIX_SIZE 16
#define MARK "UFD"
#define VERSION_STANDARD 0x0100
#define VERSION_DFUSE 0x011a /* of STMicroelectronics */

static bool has_suffix(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint16 version = 0;
  return size > SUFFIX_SIZE && memcmp(data + size - 8, MARK, 3) == 0 &&
         data[size - 5] == SUFFIX_SIZE && ak_reader_seek(&reader, size - 10, NULL) &&
         ak_reader_u16le(&reader, &version, NULL) &&
         (version == VERSION_STANDARD || version == VERSION_DFUSE);
}

static bool has_checksum(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 told = 0;
  return ak_reader_seek(&reader, size - 4, NULL) && ak_reader_u32le(&reader, &told, NULL) &&
         (guint32)~ak_parts_crc32(data, size - 4) == told;
}

/* The suffix stands for all bytes before it, so this goes before whatever begins with the first. */
static guint bid(const guint8 *data, gsize size) {
  return has_suffix(data, size) ? 200 : 0;
}

static bool open_dfu(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "dfu"};
  if (!has_suffix(data, size))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged suffix");
  *used = size;
  if (!has_checksum(data, size))
    ak_parts_cut(&parts, "another checksum than its suffix says");
  ak_parts_note(&parts, "image", 0, size - SUFFIX_SIZE);
  ak_parts_note(&parts, NULL, size - SUFFIX_SIZE, SUFFIX_SIZE);
  return ak_parts_emit(&parts, size, error);
}

static const char *const sources[] = {"USB Device Firmware Upgrade 1.1, appendix B", NULL};

extern const AkFirmwareFormat ak_firmware_dfu_format;
const AkFirmwareFormat ak_firmware_dfu_format = {
    .name = "dfu",
    .help_en = "DFU file: an image with a suffix",
    .help_ja = "DFUファイル（末尾に識別子のあるイメージ）",
    .sources = sources,
    .bid = bid,
    .open = open_dfu,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_dfu_fuzz(const guint8 *data, gsize size);
bool ak_firmware_dfu_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_dfu_format, data, size);
}
