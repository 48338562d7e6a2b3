/* OpenWrt's mark behind a root filesystem: what follows is to be erased and made a JFFS2 at the
 * first start. Four bytes, with nothing behind them. Source: OpenWrt, include/image.mk,
 * add_jffs2_mark. */
#include <string.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"

#define MAGIC "\xde\xad\xc0\xde"
#define LOOKED_AT 64

static guint bid(const guint8 *data, gsize size) {
  bool is_mark = size >= 4 && memcmp(data, MAGIC, 4) == 0 &&
                 ak_entries_is_empty(data + 4, MIN(size - 4, LOOKED_AT));
  return is_mark ? 32 : 0;
}

static bool open_mark(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  if (bid(data, size) == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no mark");
  *used = 4;
  return true;
}

static const char *const sources[] = {"OpenWrt include/image.mk", NULL};

extern const AkFirmwareFormat ak_firmware_openwrt_mark_format;
const AkFirmwareFormat ak_firmware_openwrt_mark_format = {
    .name = "openwrt-mark",
    .help_en = "OpenWrt's mark of the place for a JFFS2",
    .help_ja = "JFFS2を作る場所を示すOpenWrtの印",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_mark,
};

bool ak_firmware_openwrt_mark_fuzz(const guint8 *data, gsize size);
bool ak_firmware_openwrt_mark_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_openwrt_mark_format, data, size);
}
