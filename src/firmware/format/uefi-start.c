/* What flash memory of Arm boards with UEFI begins with: an instruction that jumps to the first volume, and nothing up to there.
 * Source: EDK II, ArmVirtPkg/ArmVirtQemu.fdf (the first block of the device); Arm Architecture Reference Manual,
 * C6.2.26 (AArch64, B) and F5.1.18 (AArch32, B). */
#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAX_DISTANCE (64u << 10)

extern const AkFirmwareFormat ak_firmware_uefi_volume_format;

/* Bytes that are jumped over; 0: no such instruction. */
static gsize distance_of(guint32 instruction) {
  if (instruction >> 26 == 0x05) /* AArch64: words from itself */
    return (gsize)(instruction & 0x3ffffff) * 4;
  if (instruction >> 24 == 0xea) /* AArch32, always: words from the second next one */
    return (gsize)(instruction & 0xffffff) * 4 + 8;
  return 0;
}

/* 0 where it does not begin so. */
static gsize size_of(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  guint32 instruction = 0;
  gsize distance = ak_reader_u32le(&reader, &instruction, NULL) ? distance_of(instruction) : 0;
  bool is_here = distance > 4 && distance <= MAX_DISTANCE && distance < size &&
                 (ak_parts_is_filled(data + 4, distance - 4, 0x00) || ak_parts_is_filled(data + 4, distance - 4, 0xff));
  return is_here && ak_firmware_uefi_volume_format.bid(data + distance, size - distance) > 0 ? distance : 0;
}

static guint bid(const guint8 *data, gsize size) {
  return size_of(data, size) > 0 ? 32 + 16 : 0; /* the instruction, and a volume where it leads to */
}

static bool open_start(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used, GError **error) {
  *used = size_of(data, size);
  return *used > 0 || ak_error_set(error, AK_ERROR_INVALID_DATA, "no jump to a volume");
}

static const char *const sources[] = {"EDK II ArmVirtPkg/ArmVirtQemu.fdf", "Arm Architecture Reference Manual, C6.2.26, F5.1.18", NULL};

extern const AkFirmwareFormat ak_firmware_uefi_start_format;
const AkFirmwareFormat ak_firmware_uefi_start_format = {
    .name = "uefi-start",
    .help_en = "jump to the first UEFI volume (Arm)",
    .help_ja = "最初のUEFIボリュームへの分岐命令（Arm）",
    .sources = sources,
    .bid = bid,
    .open = open_start,
};

bool ak_firmware_uefi_start_fuzz(const guint8 *data, gsize size);
bool ak_firmware_uefi_start_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_uefi_start_format, data, size);
}
