/* PE programs (Windows, UEFI) with something behind their last section and signature.
 * Source: Microsoft, "PE Format": COFF file header, optional header, section table, the certificate
 * table as the one directory whose place counts in the file. */
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/program.h"
#include "util/reader.h"

#define NEW_HEADER 0x3c /* where its offset stands */
#define SIGNATURE "PE\0\0"
#define FILE_HEADER 24 /* with the signature */
#define SECTION 40
#define MAX_SECTIONS 96
#define KIND_32 0x10b
#define KIND_64 0x20b
#define CERTIFICATES 4 /* of the directories */
#define SYMBOL 18

static bool u16_at(const guint8 *data, gsize size, guint64 at, guint16 *out) {
  AkReader reader = ak_reader_init(data, size);
  return at <= size && ak_reader_seek(&reader, (gsize)at, NULL) &&
         ak_reader_u16le(&reader, out, NULL);
}

static bool u32_at(const guint8 *data, gsize size, guint64 at, guint32 *out) {
  AkReader reader = ak_reader_init(data, size);
  return at <= size && ak_reader_seek(&reader, (gsize)at, NULL) &&
         ak_reader_u32le(&reader, out, NULL);
}

/* Moves `end` behind a range; false where it leaves the bytes. */
static bool take(gsize size, guint64 offset, guint64 length, guint64 *end) {
  if (length == 0)
    return true;
  if (offset > size || length > size - offset)
    return false;
  *end = MAX(*end, offset + length);
  return true;
}

static bool take_certificates(const guint8 *data, gsize size, guint64 optional, guint64 *end) {
  guint16 kind = 0;
  guint32 count = 0, offset = 0, length = 0;
  if (!u16_at(data, size, optional, &kind) || (kind != KIND_32 && kind != KIND_64))
    return false;
  guint64 directories = optional + (kind == KIND_32 ? 96 : 112);
  if (!u32_at(data, size, directories - 4, &count))
    return false;
  if (count <= CERTIFICATES)
    return true;
  return u32_at(data, size, directories + 8 * CERTIFICATES, &offset) &&
         u32_at(data, size, directories + 8 * CERTIFICATES + 4, &length) &&
         take(size, offset, length, end);
}

/* Symbols and the texts behind them, whose size stands in their first four bytes. */
static bool take_symbols(const guint8 *data, gsize size, guint64 header, guint64 *end) {
  guint32 offset = 0, count = 0, texts = 0;
  if (!u32_at(data, size, header + 12, &offset) || !u32_at(data, size, header + 16, &count))
    return false;
  if (offset == 0)
    return true;
  guint64 behind = offset + (guint64)count * SYMBOL;
  return take(size, offset, (guint64)count * SYMBOL, end) && u32_at(data, size, behind, &texts) &&
         take(size, behind, texts, end);
}

/* Where the program ends, 0 where its headers cannot be. */
static guint64 end_of(const guint8 *data, gsize size) {
  guint32 header = 0, offset = 0, length = 0;
  guint16 count = 0, optional = 0;
  if (size < NEW_HEADER + 4 || memcmp(data, "MZ", 2) != 0 ||
      !u32_at(data, size, NEW_HEADER, &header) || header > size || size - header < FILE_HEADER ||
      memcmp(data + header, SIGNATURE, 4) != 0 || !u16_at(data, size, header + 6ull, &count) ||
      !u16_at(data, size, header + 20ull, &optional) || count == 0 || count > MAX_SECTIONS)
    return 0;
  guint64 sections = (guint64)header + FILE_HEADER + optional, end = 0;
  if (!take(size, sections, (guint64)count * SECTION, &end) ||
      !take_certificates(data, size, (guint64)header + FILE_HEADER, &end) ||
      !take_symbols(data, size, header, &end))
    return 0;
  for (guint i = 0; i < count; i++) {
    guint64 at = sections + (guint64)i * SECTION;
    if (!u32_at(data, size, at + 16, &length) || !u32_at(data, size, at + 20, &offset) ||
        (offset != 0 && !take(size, offset, length, &end)))
      return 0;
  }
  return end;
}

static guint bid(const guint8 *data, gsize size) {
  guint64 end = end_of(data, size);
  return end > 0 && ak_program_has_tail(data, size, end) ? 64 : 0; /* magics, kind, ranges */
}

static bool open_pe(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                    GError **error) {
  guint64 end = end_of(data, size);
  if (end == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged headers");
  *used = (gsize)end;
  return ak_program_emit(tree, node, (gsize)end, error);
}

static const char *const sources[] = {"Microsoft PE Format", NULL};

extern const AkFirmwareFormat ak_firmware_pe_tail_format;
const AkFirmwareFormat ak_firmware_pe_tail_format = {
    .name = "pe-tail",
    .help_en = "PE program with something behind it",
    .help_ja = "末尾にデータが付いたPEプログラム",
    .sources = sources,
    .bid = bid,
    .open = open_pe,
};

bool ak_firmware_pe_tail_fuzz(const guint8 *data, gsize size);
bool ak_firmware_pe_tail_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_pe_tail_format, data, size);
}
