/* Images for Espressif chips: a header, segments with load addresses, a checksum, and, where the
 * header says so, a SHA-256 digest. The older ESP8266 has the first eight bytes of the header
 * alone. Source: ESP-IDF, components/bootloader_support/include/esp_app_format.h (structures),
 * docs/en/api-reference/system/app_image_format.rst (checksum: exclusive or of all segments' bytes
 * from 0xef on, the last of 16 bytes; then the digest). */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC 0xe9
#define APP_MAGIC "\x32\x54\xcd\xab" /* of the description that begins the first segment */
#define APP_MAGIC_OFFSET 32
#define SEGMENT_HEADER 8
#define MAX_SEGMENTS 16
#define MAX_SEGMENT (16u << 20)
#define SEED 0xef
#define DIGEST_SIZE 32
#define HASH_FLAG_OFFSET 23

typedef struct {
  gsize header; /* 24, or 8 */
  bool has_digest;
  guint count;
  struct {
    guint32 address, size;
    gsize at;
  } segments[MAX_SEGMENTS];
  gsize sum_at, end; /* where the checksum stands; where the image ends */
} Image;

static bool read_image(const guint8 *data, gsize size, gsize header, Image *out) {
  AkReader reader = ak_reader_init(data, size);
  *out = (Image){.header = header};
  if (size < header + SEGMENT_HEADER || data[0] != MAGIC || data[1] == 0 ||
      data[1] > MAX_SEGMENTS || !ak_reader_seek(&reader, header, NULL))
    return false;
  out->has_digest = header > HASH_FLAG_OFFSET && data[HASH_FLAG_OFFSET] == 1;
  if (header > HASH_FLAG_OFFSET && data[HASH_FLAG_OFFSET] > 1)
    return false;
  for (out->count = 0; out->count < data[1]; out->count++) {
    guint32 address = 0, length = 0;
    if (!ak_reader_u32le(&reader, &address, NULL) || !ak_reader_u32le(&reader, &length, NULL) ||
        length % 4 != 0 || length > MAX_SEGMENT)
      return false;
    out->segments[out->count].address = address;
    out->segments[out->count].size = length;
    out->segments[out->count].at = reader.position;
    if (!ak_reader_skip(&reader, length, NULL))
      return false;
  }
  out->sum_at = reader.position | 15;
  out->end = out->sum_at + 1 + (out->has_digest ? DIGEST_SIZE : 0);
  return out->end <= size;
}

static bool has_checksum(const guint8 *data, const Image *image) {
  guint8 sum = SEED;
  for (guint i = 0; i < image->count; i++)
    for (gsize at = 0; at < image->segments[i].size; at++)
      sum ^= data[image->segments[i].at + at];
  return sum == data[image->sum_at];
}

static bool has_digest(const guint8 *data, const Image *image) {
  return ak_parts_has_digest(G_CHECKSUM_SHA256, data, image->sum_at + 1, data + image->sum_at + 1);
}

/* Memory of these chips, or 0 for what is only there to fill up.
 * Source: ESP-IDF, components/soc, soc.h of each chip. */
static bool is_address(guint32 address) {
  return address == 0 || (address >= 0x3c000000 && address < 0x61000000);
}

/* What fills up to the checksum is zeros. */
static bool is_filled(const guint8 *data, const Image *image) {
  gsize from = image->segments[image->count - 1].at + image->segments[image->count - 1].size;
  return ak_parts_is_filled(data + from, image->sum_at - from, 0);
}

/* Lengths and addresses alone: nothing is summed up here. */
static bool has_form(const guint8 *data, gsize size, gsize header, Image *out) {
  if (!read_image(data, size, header, out) || !is_filled(data, out))
    return false;
  for (guint i = 0; i < out->count; i++)
    if (!is_address(out->segments[i].address))
      return false;
  return true;
}

static guint bid(const guint8 *data, gsize size) {
  Image image;
  return has_form(data, size, 24, &image) || has_form(data, size, 8, &image) ? 48 : 0;
}

/* Of the two headers the one whose checksum holds, else the longer one. */
static bool find(const guint8 *data, gsize size, Image *out) {
  Image old;
  bool is_new = has_form(data, size, 24, out);
  if (is_new && has_checksum(data, out))
    return true;
  if (!has_form(data, size, 8, &old) || (is_new && !has_checksum(data, &old)))
    return is_new;
  *out = old;
  return true;
}

static bool open_image(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "esp-image"};
  Image image;
  if (!find(data, size, &image))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged header");
  *used = image.end;
  if (!has_checksum(data, &image))
    ak_parts_cut(&parts, "another checksum than its last byte says");
  if (image.has_digest && !has_digest(data, &image))
    ak_parts_cut(&parts, "another digest than it says");
  ak_parts_note(&parts, NULL, 0, image.header);
  for (guint i = 0; i < image.count; i++) {
    g_autofree char *name = g_strdup_printf("segment@%08x", image.segments[i].address);
    ak_parts_note(&parts, NULL, image.segments[i].at - SEGMENT_HEADER, SEGMENT_HEADER);
    ak_parts_note(&parts, name, image.segments[i].at, image.segments[i].size);
  }
  ak_parts_note(&parts, NULL, image.sum_at, image.end - image.sum_at);
  return ak_parts_emit(&parts, image.end, error);
}

static const char *const sources[] = {
    "ESP-IDF components/bootloader_support/include/esp_app_format.h",
    "ESP-IDF docs/en/api-reference/system/app_image_format.rst", NULL};

extern const AkFirmwareFormat ak_firmware_esp_image_format;
const AkFirmwareFormat ak_firmware_esp_image_format = {
    .name = "esp-image",
    .help_en = "Espressif application or boot loader (ESP32, ESP8266)",
    .help_ja = "Espressifのアプリケーション・ブートローダー（ESP32、ESP8266）",
    .sources = sources,
    .magics = {{APP_MAGIC, 4, APP_MAGIC_OFFSET}},
    .bid = bid,
    .open = open_image,
};

bool ak_firmware_esp_image_fuzz(const guint8 *data, gsize size);
bool ak_firmware_esp_image_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_esp_image_format, data, size);
}
