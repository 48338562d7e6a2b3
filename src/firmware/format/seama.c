/* SEAMA (D-Link, Alpha Networks): a seal, a header without image, and entities, each with an MD5
 * digest, texts ("dev=/dev/mtdblock/1") and an image. Source: OpenWrt firmware-utils, seama.h (the
 * layout), seama.c. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/parts.h"
#include "util/reader.h"

#define MAGIC "\x5e\xa3\xa4\x17"
#define FIXED_SIZE 12
#define DIGEST_SIZE 16
#define MAX_ENTITIES 64
#define MAX_META 4096 /* bytes of texts */

typedef struct {
  guint16 meta_size;
  guint32 size;         /* of the image; 0: a seal */
  const guint8 *digest; /* NULL of a seal */
  const guint8 *meta;
  gsize header; /* bytes before the image */
} Entity;

/* Texts between NULs. */
static bool is_texts(const guint8 *data, gsize size) {
  for (gsize i = 0; i < size; i++)
    if (data[i] != '\0' && (data[i] < 0x20 || data[i] > 0x7e))
      return false;
  return true;
}

static bool read_entity(const guint8 *data, gsize size, Entity *out) {
  AkReader reader = ak_reader_init(data, size);
  *out = (Entity){0};
  if (size < FIXED_SIZE || memcmp(data, MAGIC, 4) != 0 || !ak_reader_skip(&reader, 6, NULL) ||
      !ak_reader_u16be(&reader, &out->meta_size, NULL) ||
      !ak_reader_u32be(&reader, &out->size, NULL) ||
      (out->size > 0 && !ak_reader_bytes(&reader, DIGEST_SIZE, &out->digest, NULL)) ||
      !ak_reader_bytes(&reader, out->meta_size, &out->meta, NULL))
    return false;
  out->header = reader.position;
  return out->meta_size > 0 && out->meta_size <= MAX_META && is_texts(out->meta, out->meta_size) &&
         memchr(out->meta, '=', out->meta_size) != NULL;
}

static guint bid(const guint8 *data, gsize size) {
  Entity entity;
  return read_entity(data, size, &entity) ? 72 : 0; /* magic, and texts of the size told */
}

static bool open_seama(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                       gsize *used, GError **error) {
  g_auto(AkParts) parts = {.tree = tree, .node = node, .format = "seama"};
  Entity entity;
  guint count = 0;
  for (*used = 0; count < MAX_ENTITIES && read_entity(data + *used, size - *used, &entity);) {
    if (entity.size == 0 && *used > 0)
      break; /* the next seal is an image of its own */
    gsize at = *used + entity.header, there = MIN(entity.size, size - at);
    g_autofree char *name = g_strdup_printf("%u", count);
    ak_parts_note(&parts, NULL, *used, entity.header);
    ak_parts_note(&parts, name, at, entity.size);
    if (there == entity.size && entity.size > 0 &&
        !ak_parts_has_digest(G_CHECKSUM_MD5, data + at, there, entity.digest))
      ak_parts_cut(&parts, "entity %u has another digest than its header says", count);
    count += entity.size > 0;
    *used = at + there;
  }
  if (count == 0)
    ak_parts_cut(&parts, "a seal without an image");
  if (count == MAX_ENTITIES)
    ak_parts_cut(&parts, "more than %d entities", MAX_ENTITIES - 1);
  return ak_parts_emit(&parts, *used, error);
}

static const char *const sources[] = {"OpenWrt firmware-utils, seama.h", NULL};

extern const AkFirmwareFormat ak_firmware_seama_format;
const AkFirmwareFormat ak_firmware_seama_format = {
    .name = "seama",
    .help_en = "SEAMA image (D-Link, Alpha Networks)",
    .help_ja = "SEAMAイメージ（D-Link、Alpha Networks）",
    .sources = sources,
    .magics = {{MAGIC, 4}},
    .bid = bid,
    .open = open_seama,
    .guards = AK_FIRMWARE_GUARDS_CONTENTS,
};

bool ak_firmware_seama_fuzz(const guint8 *data, gsize size);
bool ak_firmware_seama_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_seama_format, data, size);
}
