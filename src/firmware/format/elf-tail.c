/* ELF programs with something behind their last section and segment.
 * Source: System V ABI, gABI 4.1, chapters 4 and 5 (headers, SHT_NOBITS); linux/elf.h. */
#include <elf.h>
#include <string.h>

#include "firmware/format/format.h"
#include "firmware/format/program.h"
#include "util/reader.h"

#define MAX_HEADERS 512 /* of segments, of sections: a few are looked at in a bid */

/* Fields of the headers by class: offsets in bytes. */
typedef struct {
  gsize header, tables, numbers; /* size; where the tables' places and counts stand */
  gsize segment, segment_at, segment_size;
  gsize section, section_at, section_size;
} Layout;
static const Layout layouts[] = {
    {sizeof(Elf32_Ehdr), offsetof(Elf32_Ehdr, e_phoff), offsetof(Elf32_Ehdr, e_ehsize),
     sizeof(Elf32_Phdr), offsetof(Elf32_Phdr, p_offset), offsetof(Elf32_Phdr, p_filesz),
     sizeof(Elf32_Shdr), offsetof(Elf32_Shdr, sh_offset), offsetof(Elf32_Shdr, sh_size)},
    {sizeof(Elf64_Ehdr), offsetof(Elf64_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_ehsize),
     sizeof(Elf64_Phdr), offsetof(Elf64_Phdr, p_offset), offsetof(Elf64_Phdr, p_filesz),
     sizeof(Elf64_Shdr), offsetof(Elf64_Shdr, sh_offset), offsetof(Elf64_Shdr, sh_size)},
};

typedef struct {
  const guint8 *data;
  gsize size;
  const Layout *layout;
  bool is_64, is_big;
} Program;

/* `width` bytes at `at`, in the program's order. */
static bool number_at(const Program *self, guint64 at, guint width, guint64 *out) {
  guint64 value = 0;
  if (at > self->size || width > self->size - at)
    return false;
  for (guint i = 0; i < width; i++)
    value = value << 8 | self->data[at + (self->is_big ? i : width - 1 - i)];
  *out = value;
  return true;
}

static bool begin(Program *self, const guint8 *data, gsize size) {
  *self = (Program){.data = data, .size = size};
  if (size < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0 ||
      (data[EI_CLASS] != ELFCLASS32 && data[EI_CLASS] != ELFCLASS64) ||
      (data[EI_DATA] != ELFDATA2LSB && data[EI_DATA] != ELFDATA2MSB) ||
      data[EI_VERSION] != EV_CURRENT)
    return false;
  self->is_64 = data[EI_CLASS] == ELFCLASS64;
  self->is_big = data[EI_DATA] == ELFDATA2MSB;
  self->layout = &layouts[self->is_64];
  return size >= self->layout->header;
}

/* Moves `end` behind what the headers of one table tell of; false where it cannot be. */
static bool take_table(const Program *self, guint64 table, guint64 count, bool is_sections,
                       guint64 *end) {
  guint wide = self->is_64 ? 8 : 4;
  gsize each = is_sections ? self->layout->section : self->layout->segment;
  gsize place = is_sections ? self->layout->section_at : self->layout->segment_at;
  gsize length = is_sections ? self->layout->section_size : self->layout->segment_size;
  if (count > MAX_HEADERS || table > self->size || count * each > self->size - table)
    return false;
  *end = MAX(*end, count > 0 ? table + count * each : 0);
  for (guint64 i = 0; i < count; i++) {
    guint64 at = table + i * each, offset = 0, size = 0, type = 0;
    if (!number_at(self, at + place, wide, &offset) || !number_at(self, at + length, wide, &size) ||
        (is_sections && !number_at(self, at + 4, 4, &type)))
      return false;
    if (is_sections && (type == SHT_NOBITS || type == SHT_NULL))
      continue;
    if (offset > self->size || size > self->size - offset)
      return false;
    guint64 last = size > 0 ? offset + size : 0;
    *end = MAX(*end, last);
  }
  return true;
}

/* Where the program ends, 0 where its headers cannot be. */
static guint64 end_of(const guint8 *data, gsize size) {
  Program self;
  guint64 segments = 0, sections = 0, own = 0, counts[2] = {0}, sizes[2] = {0};
  if (!begin(&self, data, size))
    return 0;
  guint wide = self.is_64 ? 8 : 4;
  gsize numbers = self.layout->numbers;
  guint64 end = self.layout->header;
  if (!number_at(&self, self.layout->tables, wide, &segments) ||
      !number_at(&self, self.layout->tables + wide, wide, &sections) ||
      !number_at(&self, numbers, 2, &own) || !number_at(&self, numbers + 2, 2, &sizes[0]) ||
      !number_at(&self, numbers + 4, 2, &counts[0]) ||
      !number_at(&self, numbers + 6, 2, &sizes[1]) ||
      !number_at(&self, numbers + 8, 2, &counts[1]) || own != self.layout->header ||
      (counts[0] > 0 && sizes[0] != self.layout->segment) ||
      (counts[1] > 0 && sizes[1] != self.layout->section) || counts[0] + counts[1] == 0)
    return 0;
  return take_table(&self, segments, counts[0], false, &end) &&
                 take_table(&self, sections, counts[1], true, &end)
             ? end
             : 0;
}

static guint bid(const guint8 *data, gsize size) {
  guint64 end = end_of(data, size);
  return end > 0 && ak_program_has_tail(data, size, end) ? 64 : 0; /* magic, sizes, ranges */
}

static bool open_elf(AkFirmwareTree *tree, guint node, const guint8 *data, gsize size, gsize *used,
                     GError **error) {
  guint64 end = end_of(data, size);
  if (end == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "damaged headers");
  *used = (gsize)end;
  return ak_program_emit(tree, node, (gsize)end, error);
}

static const char *const sources[] = {"System V ABI, gABI 4.1", NULL};

extern const AkFirmwareFormat ak_firmware_elf_tail_format;
const AkFirmwareFormat ak_firmware_elf_tail_format = {
    .name = "elf-tail",
    .help_en = "ELF program with something behind it",
    .help_ja = "末尾にデータが付いたELFプログラム",
    .sources = sources,
    .bid = bid,
    .open = open_elf,
};

bool ak_firmware_elf_tail_fuzz(const guint8 *data, gsize size);
bool ak_firmware_elf_tail_fuzz(const guint8 *data, gsize size) {
  return ak_firmware_format_fuzz(&ak_firmware_elf_tail_format, data, size);
}
