/* Dumps of NAND flash with the spare bytes of each page: these are left out, and what is in the
 * pages is opened as a whole. There is no header; the marks of good blocks (two bytes 0xff where
 * the spare bytes begin) at one distance, page after page, show it, and it counts only if then a
 * structure verifies. The dump itself is looked at too, as it is: spare bytes hold checksums, and
 * may hold more. Source: pages and spare bytes as chips have them, Linux,
 * drivers/mtd/nand/raw/nand_ids.c; the mark: Linux, drivers/mtd/nand/raw/nand_bbt.c. */
#include <string.h>

#include "firmware/format/entries.h"
#include "firmware/format/format.h"
#include "firmware/unpack/scan.h"

#define LOOKED_AT 64 /* pages */
#define LEAST_PAGES 32
#define LEAST_USED 8 /* pages whose spare bytes are not all 0xff */

static const struct {
  guint16 page, spare;
} layouts[] = {
    {2048, 64},  {4096, 224}, {4096, 128}, {4096, 256},
    {2048, 128}, {512, 16},   {8192, 640}, {8192, 448},
};

static bool is_blank(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != 0xff)
      return false;
  return true;
}

/* Marks at all pages that are looked at, and spare bytes in use where the page is. */
static bool is_layout(const guint8 *data, gsize size, gsize page, gsize spare) {
  gsize step = page + spare, count = size / step;
  guint used = 0;
  if (size % step != 0 || count < LEAST_PAGES)
    return false;
  for (gsize i = 0; i < MIN(count, LOOKED_AT); i++) {
    const guint8 *at = data + i * step;
    bool is_used = !is_blank(at + page, spare);
    if (at[page] != 0xff || at[page + 1] != 0xff || (is_used && is_blank(at, 64) && used == 0))
      return false;
    used += is_used;
  }
  return used >= MIN(LEAST_USED, count / 2);
}

/* The place of the layout, or the number of all. */
static gsize find_layout(const guint8 *data, gsize size) {
  gsize i = 0;
  while (i < G_N_ELEMENTS(layouts) && !is_layout(data, size, layouts[i].page, layouts[i].spare))
    i++;
  return i;
}

static guint bid(const guint8 *data, gsize size) {
  return find_layout(data, size) < G_N_ELEMENTS(layouts) ? 140 : 0; /* 16 a page */
}

static GBytes *strip(const AkFirmwareTree *tree, const guint8 *data, gsize size, gsize page, gsize spare) {
  gsize count = size / (page + spare);
  guint8 *out = ak_firmware_tree_room(tree, count * page, NULL);
  for (gsize i = 0; out != NULL && i < count; i++)
    memcpy(out + i * page, data + i * (page + spare), page);
  return out != NULL ? ak_firmware_tree_room_take(tree, out, count * page) : NULL;
}

static bool open_nand(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                      GError **error) {
  gsize i = find_layout(data, size), inner_size = 0;
  if (i == G_N_ELEMENTS(layouts))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no marks");
  if (size > ak_firmware_tree_budget(tree, size))
    return ak_error_set(error, AK_ERROR_LIMIT, "more bytes than the limit");
  g_autoptr(GBytes) inner = strip(tree, data, size, layouts[i].page, layouts[i].spare);
  if (inner == NULL)
    return ak_error_set(error, AK_ERROR_LIMIT, AK_FIRMWARE_NO_ROOM);
  const guint8 *pages = g_bytes_get_data(inner, &inner_size);
  if (!ak_firmware_scan_holds(pages, inner_size, ak_firmware_tree_until(tree)))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "nothing verifies where spare bytes of %u in %u are left out",
                        layouts[i].spare, layouts[i].page);
  *used = size;
  ak_firmware_tree_leave(tree, node);
  AkNode payload = {.parent = node,
                    .path = g_strdup_printf("#pages-%u+%u", layouts[i].page, layouts[i].spare),
                    .bytes = g_steal_pointer(&inner)};
  return ak_firmware_tree_add(tree, payload, NULL, error);
}

static const char *const sources[] = {"Linux drivers/mtd/nand/raw/nand_ids.c",
                                      "Linux drivers/mtd/nand/raw/nand_bbt.c", NULL};

extern const AkFirmwareFormat ak_firmware_nand_format;
const AkFirmwareFormat ak_firmware_nand_format = {
    .name = "nand",
    .help_en = "NAND dump with spare bytes, which are left out",
    .help_ja = "NANDのダンプ（予備領域を除いて開く）",
    .sources = sources,
    .bid = bid,
    .open = open_nand,
};

bool ak_firmware_nand_fuzz(const guint8 *data, gsize size);
bool ak_firmware_nand_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_nand_format, data, size);
}
