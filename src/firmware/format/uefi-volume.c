/* UEFI firmware volumes with the filesystems FFS2 and FFS3, and those that hold variables.
 * Source: UEFI Platform Initialization Specification 1.8, volume 3, 3.2 (volume header, block map,
 * file header, checksums, states); the GUID of volumes with variables: EDK II,
 * MdeModulePkg/Include/Guid/SystemNvDataGuid.h. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/uefi-section.h"
#include "firmware/unpack/padding.h"
#include "util/reader.h"

#define MAGIC "_FVH"
#define MAGIC_OFFSET 40
#define HEADER_SIZE 56
#define FFS2 "8c8ce578-8a3d-4f1c-9935-896185c32dd3"
#define FFS3 "5473c07a-3dcb-4dca-bd6f-1e9689e7349a"
#define VARIABLES "fff12b8d-7696-4c8b-a985-2747075b4f50"
#define ERASES_TO_ONE 0x800u /* EFI_FVB2_ERASE_POLARITY: free space is 0xff */
#define FILE_HEADER 24
#define LARGE_FILE_HEADER 32
#define FILE_LARGE 0x01u    /* attributes */
#define FILE_CHECKSUM 0x40u /* the content is guarded too */
#define NO_CHECKSUM 0xaa
#define FILE_RAW 0x01 /* types */
#define FILE_OEM 0xc0 /* from here on without sections that are known */
#define FILE_PAD 0xf0
#define STATE_MASK 0x3f
#define MAX_FILES 20000

typedef struct {
  const guint8 *guid;
  guint64 length;
  guint32 attributes;
  guint16 header, extension; /* bytes; where the further header stands, 0: none */
} Volume;

static bool read_volume(const guint8 *data, gsize size, Volume *out) {
  AkReader reader = ak_reader_init(data, size);
  guint32 magic = 0;
  guint16 checksum = 0;
  *out = (Volume){.guid = data + 16};
  return size >= HEADER_SIZE && ak_reader_seek(&reader, 32, NULL) &&
         ak_reader_u64le(&reader, &out->length, NULL) && ak_reader_u32le(&reader, &magic, NULL) &&
         ak_reader_u32le(&reader, &out->attributes, NULL) &&
         ak_reader_u16le(&reader, &out->header, NULL) &&
         ak_reader_u16le(&reader, &checksum, NULL) &&
         ak_reader_u16le(&reader, &out->extension, NULL);
}

/* The words of the header are zero together. */
static bool has_checksum(const guint8 *data, gsize header) {
  guint16 sum = 0;
  for (gsize at = 0; at < header; at += 2)
    sum = (guint16)(sum + (data[at] | data[at + 1] << 8));
  return sum == 0;
}

static guint bid(const guint8 *data, gsize size) {
  Volume volume;
  if (size < HEADER_SIZE || memcmp(data + MAGIC_OFFSET, MAGIC, 4) != 0 ||
      !read_volume(data, size, &volume))
    return 0;
  bool is_plausible = volume.header >= HEADER_SIZE && volume.header % 2 == 0 &&
                      volume.header <= MIN(size, 4096) && volume.length >= volume.header &&
                      volume.length <= G_MAXINT64;
  return is_plausible && has_checksum(data, volume.header) ? 32 + 16 + 8 : 0;
}

typedef struct {
  AkFirmwareTree *tree;
  guint node;
  const guint8 *data;
  gsize size; /* of the volume, as far as it is there */
  guint8 empty;
  bool has_large_files;
} Filesystem;

static void cut(const Filesystem *self, const char *what, gsize at) {
  g_autofree char *reason = g_strdup_printf("uefi-volume: %s at %" G_GSIZE_FORMAT, what, at);
  ak_firmware_tree_cut(self->tree, self->node, reason);
}

static bool add_piece(const Filesystem *self, char *path, gsize offset, gsize size,
                      GError **error) {
  bool is_region = *path == '#';
  AkNode piece = {.parent = self->node,
                  .path = path,
                  .no_mode = true,
                  .bytes = g_bytes_new_from_bytes(
                      ak_firmware_tree_node(self->tree, self->node)->bytes, offset, size),
                  .slice = is_region,
                  .offset = is_region ? offset : 0};
  return ak_firmware_tree_add(self->tree, piece, NULL, error);
}

/* Free space and padding are bytes that an erased chip has; what stands there beside is looked at.
 */
static bool add_space(const Filesystem *self, const char *name, gsize from, gsize to,
                      GError **error) {
  from += ak_padding_front(self->data + from, to - from, self->empty);
  to -= ak_padding_back(self->data + from, to - from, self->empty);
  return from == to || add_piece(self, g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, from), from,
                                 to - from, error);
}

typedef struct {
  gsize at, header, size; /* of the file; `size` with the header */
  guint8 type, attributes;
} File;

static guint8 sum_of(const guint8 *data, gsize size) {
  guint8 sum = 0;
  for (gsize i = 0; i < size; i++)
    sum = (guint8)(sum + data[i]);
  return sum;
}

/* False where no file begins: its header's bytes are zero together, its state and its content's
 * checksum counted as zero. */
static bool read_file(const Filesystem *self, gsize at, File *out) {
  const guint8 *header = self->data + at;
  if (self->size - at < FILE_HEADER)
    return false;
  *out =
      (File){at, FILE_HEADER, (gsize)header[20] | (gsize)header[21] << 8 | (gsize)header[22] << 16,
             header[18], header[19]};
  if ((out->attributes & FILE_LARGE) != 0 && self->has_large_files) {
    guint64 large = 0;
    AkReader reader = ak_reader_init(self->data, self->size);
    if (!ak_reader_seek(&reader, at + FILE_HEADER, NULL) ||
        !ak_reader_u64le(&reader, &large, NULL) || large > self->size)
      return false;
    out->header = LARGE_FILE_HEADER;
    out->size = (gsize)large;
  }
  return out->size >= out->header && out->size <= self->size - at &&
         (guint8)(sum_of(header, out->header) - header[17] - header[23]) == 0;
}

static bool has_content_checksum(const Filesystem *self, const File *file) {
  guint8 stored = self->data[file->at + 17];
  if ((file->attributes & FILE_CHECKSUM) == 0)
    return stored == NO_CHECKSUM;
  return (guint8)(sum_of(self->data + file->at + file->header, file->size - file->header) +
                  stored) == 0;
}

static bool add_file(const Filesystem *self, const File *file, GError **error) {
  gsize offset = file->at + file->header, size = file->size - file->header;
  if (file->type == FILE_PAD)
    return add_space(self, "pad", offset, offset + size, error);
  if (!has_content_checksum(self, file))
    cut(self, "a file with another checksum than its header says", file->at);
  bool has_sections = file->type > FILE_RAW && file->type < FILE_OEM;
  ak_firmware_tree_count(self->tree, self->node, 1, 0, !has_sections && size > 0);
  g_autofree char *guid = ak_uefi_guid_text(self->data + file->at);
  g_autofree char *name = has_sections ? ak_uefi_sections_name(self->data + offset, size) : NULL;
  g_autofree char *label =
      name != NULL && *name != '\0' ? g_strdup_printf("%s.%s", name, guid) : g_strdup(guid);
  g_autofree char *folder = ak_firmware_tree_child_path("", label, strlen(label));
  if (!has_sections)
    return size == 0 || add_piece(self, g_strdup_printf("%s/raw.bin", folder), offset, size, error);
  AkNode node = {
      .parent = self->node, .type = AK_NODE_FOLDER, .path = g_strdup(folder), .no_mode = true};
  return ak_firmware_tree_add(self->tree, node, NULL, error) &&
         ak_uefi_sections_add(self->tree, self->node, folder, offset, size, error);
}

static bool is_free(const Filesystem *self, gsize at) {
  for (gsize i = at; i < MIN(self->size, at + FILE_HEADER); i++)
    if (self->data[i] != self->empty)
      return false;
  return true;
}

/* Each file begins at a multiple of eight bytes of the volume; free space is behind the last. */
static bool walk_files(const Filesystem *self, gsize at, GError **error) {
  File file;
  for (guint count = 0; at < self->size; count++) {
    if (is_free(self, at) || self->size - at < FILE_HEADER)
      return add_space(self, "free", at, self->size, error);
    if (count == MAX_FILES || !read_file(self, at, &file)) {
      cut(self, count == MAX_FILES ? "more than 20000 files, the next" : "no file", at);
      return add_space(self, "rest", at, self->size, error);
    }
    if (!add_file(self, &file, error))
      return false;
    at = (at + file.size + 7) & ~(gsize)7;
  }
  return true;
}

/* Behind the header, or behind the further one: a GUID that names the volume, then its size. */
static gsize first_file(const Filesystem *self, const Volume *volume) {
  AkReader reader = ak_reader_init(self->data, self->size);
  guint32 length = 0;
  gsize at = volume->header;
  if (volume->extension != 0 && ak_reader_seek(&reader, volume->extension + (gsize)16, NULL) &&
      ak_reader_u32le(&reader, &length, NULL) && length <= self->size - volume->extension)
    at = MAX(at, volume->extension + (gsize)length);
  return (at + 7) & ~(gsize)7;
}

static bool open_volume(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size,
                        gsize *used, GError **error) {
  Volume volume;
  if (!read_volume(data, size, &volume))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no header");
  g_autofree char *guid = ak_uefi_guid_text(volume.guid);
  bool is_ffs3 = strcmp(guid, FFS3) == 0;
  Filesystem self = {.tree = tree,
                     .node = node,
                     .data = data,
                     .size = (gsize)MIN(volume.length, size),
                     .empty = (volume.attributes & ERASES_TO_ONE) != 0 ? 0xff : 0x00,
                     .has_large_files = is_ffs3};
  *used = self.size;
  if (volume.length > size)
    cut(&self, "the bytes end before the length in its header,", size);
  if (is_ffs3 || strcmp(guid, FFS2) == 0)
    return walk_files(&self, first_file(&self, &volume), error);
  if (strcmp(guid, VARIABLES) == 0)
    return add_piece(&self, g_strdup("/variables.bin"), volume.header, self.size - volume.header,
                     error);
  cut(&self, "another filesystem than FFS2 and FFS3", 0);
  return add_space(&self, "content", volume.header, self.size, error);
}

static const char *const sources[] = {"UEFI PI Specification 1.8, volume 3, 3.2",
                                      "UEFI Specification 2.10, 19", NULL};

extern const AkFirmwareFormat ak_firmware_uefi_volume_format;
const AkFirmwareFormat ak_firmware_uefi_volume_format = {
    .name = "uefi-volume",
    .help_en = "UEFI firmware volume (FFS2, FFS3, variables)",
    .help_ja = "UEFIファームウェアボリューム（FFS2、FFS3、変数）",
    .sources = sources,
    .magics = {{MAGIC, 4, MAGIC_OFFSET}},
    .bid = bid,
    .open = open_volume,
};

bool ak_firmware_uefi_volume_fuzz(const guint8 *data, gsize size);
bool ak_firmware_uefi_volume_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_uefi_volume_format, data, size);
}
