/* xz streams. Source: The .xz File Format 1.1.0, 2.1; streams after each other and the zeros
 * between them: 2, 2.2. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/lzma-into.h"

#define MAGIC                                                                                      \
  "\xfd"                                                                                           \
  "7zXZ\0" /* 2.1.1.1 */
#define MEMORY_BYTES                                                                               \
  (256ull * 1024 * 1024) /* for the dictionary: that of the largest preset is 64 MiB */

static guint bid(const guint8 *data, gsize size) {
  lzma_stream_flags flags;
  if (size < LZMA_STREAM_HEADER_SIZE || memcmp(data, MAGIC, 6) != 0)
    return 0;
  return lzma_stream_header_decode(&flags, data) == LZMA_OK ? 96 : 0;
}

static const char *reason_of(lzma_ret result) {
  switch (result) {
  case LZMA_MEMLIMIT_ERROR:
  case LZMA_MEM_ERROR:
    return "needs more memory than allowed";
  case LZMA_BUF_ERROR:
    return "ends too early";
  default:
    return "damaged";
  }
}

/* One stream; `left` is what follows it, also where it is bad. */
static bool decode_stream(const guint8 *data, gsize size, AkGrowing *out, gsize *left,
                          GError **error) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, MEMORY_BYTES, 0) != LZMA_OK)
    return ak_error_set(error, AK_ERROR_LIMIT, "no memory");
  lzma_ret result = LZMA_OK;
  bool ok = ak_lzma_into(&stream, LZMA_FINISH, data, size, 0, out, left, &result, error);
  return ok && (result == LZMA_STREAM_END ||
                ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", reason_of(result)));
}

/* How many zeros lead to a next stream; 0 where none does. */
static gsize padding_before_stream(const guint8 *data, gsize size) {
  gsize at = 0;
  while (at < size && data[at] == 0)
    at++;
  return at > 0 && at % 4 == 0 && bid(data + at, size - at) > 0 ? at : 0;
}

static bool decode_all(const guint8 *data, gsize size, AkGrowing *out, gsize *used,
                       GError **error) {
  bool ok = true;
  do {
    gsize left = 0;
    ok = decode_stream(data + *used, size - *used, out, &left, error);
    *used = size - left;
    if (ok)
      *used += padding_before_stream(data + *used, size - *used);
  } while (ok && bid(data + *used, size - *used) > 0);
  return ok;
}

static bool open_xz(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                    GError **error) {
  AkGrowing out = ak_growing_for(tree, size);
  *used = 0;
  bool ok = decode_all(data, size, &out, used, error);
  AkNode payload = {.parent = node, .path = g_strdup("#xz"), .bytes = ak_growing_end(&out)};
  return ak_firmware_tree_add(tree, payload, NULL, ok ? error : NULL) && ok;
}

static const char *const sources[] = {"The .xz File Format 1.1.0", NULL};

extern const AkFirmwareFormat ak_firmware_xz_format;
const AkFirmwareFormat ak_firmware_xz_format = {
    .name = "xz",
    .help_en = "xz stream",
    .help_ja = "xz",
    .sources = sources,
    .magics = {{MAGIC, 6}},
    .bid = bid,
    .open = open_xz,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_xz_fuzz(const guint8 *data, gsize size);
bool ak_firmware_xz_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_xz_format, data, size);
}
