#include "firmware/format/program.h"

bool ak_program_has_tail(const guint8 *data, gsize size, guint64 end) {
  for (gsize at = (gsize)MIN(end, size); at < size; at++)
    if (data[at] != 0x00 && data[at] != 0xff)
      return true;
  return false;
}

bool ak_program_emit(AkFirmwareTree *tree, guint node, gsize end, GError **error) {
  const AkNode *whole = ak_firmware_tree_node(tree, node);
  bool is_region = whole->slice;
  AkNode program = {.parent = node,
                    .path = g_strdup("#program"),
                    .bytes = g_bytes_new_from_bytes(whole->bytes, 0, end),
                    .slice = true};
  if (!is_region)
    ak_firmware_tree_leave(tree, node);
  return ak_firmware_tree_add(tree, program, NULL, error);
}
