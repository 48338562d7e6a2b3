/* U-Boot environments: a checksum, in redundant ones a byte of flags, then "name=value" texts that
 * each end with a NUL and all with another. Nothing tells the size: it is where the checksum holds.
 * Source: U-Boot, include/env_internal.h (struct environment_s), tools/mkenvimage.c (order of
 * bytes, padding). */
#include <string.h>
#include <zlib.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define STEP 256u           /* sizes are whole numbers of these, or all there is */
#define MAX_SIZE (1u << 19) /* bytes; boards use 4 KiB to 256 KiB */
#define MAX_VALUE (1u << 15) /* bytes; so long texts that no NUL ends are not looked through at each place */
#define MAX_AMONG 8192u      /* bytes of texts where what stands in the checksum's place may be a piece of such texts */
#define MAX_REST 8192u      /* bytes in which older variables may stand behind the newer ones */
#define CRC_SIZE 4
#define TEXT_PATH "/u-boot-env.txt"

typedef struct {
  gsize header; /* 4, or 5 with the byte of flags */
  gsize text;   /* bytes of the variables with the last NUL */
  gsize total;
} Environment;

static bool is_name(guint8 byte) {
  return byte > 0x20 && byte < 0x7f && byte != '=';
}

static bool is_value(guint8 byte) {
  return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Bytes of "name=value" texts up to the NUL behind the last, 0 where these are none. */
static gsize length_of(const guint8 *data, gsize size) {
  gsize at = 0;
  while (at < size && data[at] != '\0') {
    gsize name = at;
    while (at < size && is_name(data[at]))
      at++;
    if (at == name || at >= size || data[at] != '=')
      return 0;
    at++;
    const guint8 *end = memchr(data + at, '\0', MIN(size - at, MAX_VALUE));
    if (end == NULL)
      return 0;
    for (; data + at < end; at++)
      if (!is_value(data[at]))
        return 0;
    at++;
  }
  return at > 0 && at < size ? at + 1 : 0;
}

/* The bytes up to which sizes are tried: all padding behind the variables, and a little more if
 * something else stands there. So bytes are looked at once, however many of these there are. */
static gsize end_of_tries(const guint8 *data, gsize size, gsize from) {
  gsize most = MIN(size, MAX_SIZE), at = from;
  while (at < most && (data[at] == 0x00 || data[at] == 0xff))
    at++;
  return at < most ? MIN(MAX(at, MAX_REST), most) : most;
}

/* The smallest size at which the checksum holds, in either order of bytes. */
static bool find_size(const guint8 *data, gsize size, Environment *self) {
  guint32 little = 0, big = 0;
  AkReader reader = ak_reader_init(data, size), again = reader;
  if (!ak_reader_u32le(&reader, &little, NULL) || !ak_reader_u32be(&again, &big, NULL))
    return false;
  gsize least = self->header + self->text, done = self->header;
  gsize most = end_of_tries(data, size, least);
  uLong crc = crc32(0, NULL, 0);
  for (gsize total = (least + STEP - 1) / STEP * STEP;; total += STEP) {
    total = MIN(total, most);
    crc = crc32_z(crc, data + done, total - done);
    done = total;
    if (total >= least && (crc == little || crc == big)) {
      self->total = total;
      return true;
    }
    if (total == most)
      return false;
  }
}

/* Of 256 checksums five look so. */
static bool is_among_texts(const guint8 *data) {
  for (gsize i = 0; i < CRC_SIZE; i++)
    if (data[i] != '\0' && (data[i] < 0x20 || data[i] > 0x7e))
      return false;
  return true;
}

static bool find(const guint8 *data, gsize size, Environment *out) {
  for (gsize header = CRC_SIZE; header <= CRC_SIZE + 1; header++) {
    Environment self = {.header = header};
    if (size <= header)
      return false;
    gsize most = MIN(size - header, is_among_texts(data) ? MAX_AMONG : MAX_SIZE - header);
    self.text = length_of(data + header, most);
    if (self.text > 0 && find_size(data, size, &self)) {
      *out = self;
      return true;
    }
  }
  return false;
}

static guint bid(const guint8 *data, gsize size) {
  Environment self;
  return find(data, size, &self) ? 64 : 0; /* the checksum, and texts as they must be */
}

static bool add_text(AkFirmwareTree *tree, guint node, const guint8 *text, gsize size,
                     GError **error) {
  guint8 *lines = g_memdup2(text, size);
  for (gsize i = 0; i < size; i++)
    lines[i] = lines[i] == '\0' ? '\n' : lines[i];
  AkNode file = {.parent = node,
                 .path = g_strdup(TEXT_PATH),
                 .mode = 0600,
                 .no_mode = true,
                 .bytes = g_bytes_new_take(lines, size)};
  return ak_firmware_tree_add(tree, file, NULL, error);
}

static bool open_environment(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                             gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "uboot-env"};
  Environment self;
  if (!find(data, size, &self))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the checksum does not hold");
  *used = self.total;
  ak_parts_note(&parts, NULL, 0, self.header + self.text); /* older variables may stand behind */
  return add_text(tree, node, data + self.header, self.text - 1, error) &&
         ak_parts_emit(&parts, self.total, error);
}

static const char *const sources[] = {"U-Boot include/env_internal.h, struct environment_s",
                                      "U-Boot tools/mkenvimage.c", NULL};

extern const AkFirmwareFormat ak_firmware_uboot_env_format;
const AkFirmwareFormat ak_firmware_uboot_env_format = {
    .name = "uboot-env",
    .help_en = "U-Boot environment, single and redundant",
    .help_ja = "U-Bootの環境変数（単一・冗長）",
    .sources = sources,
    .magics = {{"boot", 4, 4},
               {"boot", 4, 5},
               {"baudrate=", 9, 4},
               {"baudrate=", 9, 5},
               {"arch=", 5, 4},
               {"arch=", 5, 5},
               {"ethaddr=", 8, 4},
               {"ethaddr=", 8, 5}},
    .bid = bid,
    .open = open_environment,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES,
};

bool ak_firmware_uboot_env_fuzz(const guint8 *data, gsize size);
bool ak_firmware_uboot_env_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_uboot_env_format, data, size);
}
