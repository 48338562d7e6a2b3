#include "firmware/elf-file.h"

#include <string.h>

#include "util/reader.h"

#define MAX_SEGMENTS 512
#define MAX_DYNAMIC 4096
#define MAX_STRINGS (64u * 1024u * 1024u)

/* Numbers of the gABI and the LSB. */
enum { CLASS_64 = 2, DATA_LITTLE = 1, DATA_BIG = 2 };
enum { TYPE_EXEC = 2, TYPE_DYN = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };
#define PT_GNU_STACK 0x6474e551u
#define PT_GNU_RELRO 0x6474e552u
#define PF_X 1u
enum { DT_NULL = 0, DT_STRTAB = 5, DT_STRSZ = 10 };

typedef struct {
  guint32 type, flags;
  guint64 offset, address, file_size;
} Segment;

typedef struct {
  AkReader reader;
  bool wide, little;
  guint16 type, machine;
  guint64 table_offset; /* of the program headers */
  guint16 entry_size, count;
  Segment *segments;
} Elf;

static bool read_u16(Elf *self, guint16 *out, GError **error) {
  return self->little ? ak_reader_u16le(&self->reader, out, error)
                      : ak_reader_u16be(&self->reader, out, error);
}

static bool read_u32(Elf *self, guint32 *out, GError **error) {
  return self->little ? ak_reader_u32le(&self->reader, out, error)
                      : ak_reader_u32be(&self->reader, out, error);
}

/* An address or offset: 4 or 8 bytes by the file's class. */
static bool read_word(Elf *self, guint64 *out, GError **error) {
  guint32 narrow = 0;
  if (self->wide)
    return self->little ? ak_reader_u64le(&self->reader, out, error)
                        : ak_reader_u64be(&self->reader, out, error);
  if (!read_u32(self, &narrow, error))
    return false;
  *out = narrow;
  return true;
}

static bool read_header(Elf *self, const guint8 *data, gsize size, GError **error) {
  if (size < 20 || memcmp(data,
                          "\x7f"
                          "ELF",
                          4) != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "no ELF file");
  if ((data[4] != 1 && data[4] != CLASS_64) || (data[5] != DATA_LITTLE && data[5] != DATA_BIG))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "class %u, byte order %u", data[4], data[5]);
  self->reader = ak_reader_init(data, size);
  self->wide = data[4] == CLASS_64;
  self->little = data[5] == DATA_LITTLE;
  guint64 ignored = 0;
  guint32 version = 0;
  return ak_reader_seek(&self->reader, 16, error) && read_u16(self, &self->type, error) &&
         read_u16(self, &self->machine, error) && read_u32(self, &version, error) &&
         read_word(self, &ignored, error) && read_word(self, &self->table_offset, error) &&
         read_word(self, &ignored, error) && ak_reader_skip(&self->reader, 6, error) &&
         read_u16(self, &self->entry_size, error) && read_u16(self, &self->count, error);
}

bool ak_elf_is_program(const guint8 *data, gsize size) {
  Elf elf = {0};
  return read_header(&elf, data, size, NULL) && (elf.type == TYPE_EXEC || elf.type == TYPE_DYN);
}

/* The order of members differs between the classes: gABI, "Program Header". */
static bool read_segment(Elf *self, Segment *out, GError **error) {
  guint64 physical = 0, memory_size = 0;
  if (!read_u32(self, &out->type, error) || (self->wide && !read_u32(self, &out->flags, error)) ||
      !read_word(self, &out->offset, error) || !read_word(self, &out->address, error) ||
      !read_word(self, &physical, error) || !read_word(self, &out->file_size, error) ||
      !read_word(self, &memory_size, error))
    return false;
  return self->wide || read_u32(self, &out->flags, error);
}

static bool read_segments(Elf *self, GError **error) {
  gsize expected = self->wide ? 56 : 32; /* sizeof(Elf64_Phdr), sizeof(Elf32_Phdr) */
  if (self->count > MAX_SEGMENTS || (self->count > 0 && self->entry_size != expected))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%u program headers of %u bytes", self->count,
                        self->entry_size);
  self->segments = g_new0(Segment, MAX(self->count, 1));
  for (guint i = 0; i < self->count; i++)
    if (!ak_reader_seek(&self->reader, (gsize)(self->table_offset + (guint64)i * expected),
                        error) ||
        !read_segment(self, &self->segments[i], error))
      return false;
  return true;
}

static const Segment *find_segment(const Elf *self, guint32 type) {
  for (guint i = 0; i < self->count; i++)
    if (self->segments[i].type == type)
      return &self->segments[i];
  return NULL;
}

/* Where in the file an address of the running program lies. */
static bool offset_of(const Elf *self, guint64 address, gsize *offset) {
  for (guint i = 0; i < self->count; i++) {
    const Segment *segment = &self->segments[i];
    if (segment->type == PT_LOAD && address >= segment->address &&
        address - segment->address < segment->file_size) {
      *offset = (gsize)(segment->offset + (address - segment->address));
      return true;
    }
  }
  return false;
}

/* The names of what a dynamic file imports and provides: the string table of its dynamic section.
 */
static bool find_names(Elf *self, const Segment *dynamic, AkReader *names, GError **error) {
  guint64 table = 0, size = 0, tag = 1, value = 0;
  gsize offset = 0;
  if (!ak_reader_seek(&self->reader, (gsize)dynamic->offset, error))
    return false;
  for (guint i = 0; i < MAX_DYNAMIC && tag != DT_NULL; i++) {
    if (!read_word(self, &tag, error) || !read_word(self, &value, error))
      return false;
    if (tag == DT_STRTAB)
      table = value;
    else if (tag == DT_STRSZ)
      size = value;
  }
  if (size > MAX_STRINGS || !offset_of(self, table, &offset))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "names of the dynamic section");
  return ak_reader_seek(&self->reader, offset, error) &&
         ak_reader_sub(&self->reader, (gsize)size, names, error);
}

/* Functions that FORTIFY replaces; Source: glibc, debug/ and the fortify headers. */
static const char *const fortifiable[] = {
    "fgets",    "fprintf", "fread",     "gets",     "memcpy",  "memmove",  "memset",
    "printf",   "read",    "readlink",  "realpath", "recv",    "recvfrom", "snprintf",
    "sprintf",  "stpcpy",  "strcat",    "strcpy",   "strncat", "strncpy",  "syslog",
    "vfprintf", "vprintf", "vsnprintf", "vsprintf",
};

static bool is_fortified_name(const char *name, gsize length) {
  static const char guard[] = "__stack_chk_"; /* ends in _fail, but __*_chk_guard exists */
  return length > 6 && strncmp(name, "__", 2) == 0 && strncmp(name + length - 4, "_chk", 4) == 0 &&
         strncmp(name, guard, sizeof guard - 1) != 0;
}

static bool is_fortifiable_name(const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(fortifiable); i++)
    if (strcmp(fortifiable[i], name) == 0)
      return true;
  return false;
}

static void judge_names(AkReader names, AkElfFile *out) {
  bool canary = false, replaced = false, plain = false;
  const guint8 *data = names.data;
  for (gsize at = 0; at < names.size;) {
    const guint8 *end = memchr(data + at, '\0', names.size - at);
    if (end == NULL)
      break;
    const char *name = (const char *)data + at;
    gsize length = (gsize)(end - (data + at));
    canary =
        canary || strcmp(name, "__stack_chk_fail") == 0 || strcmp(name, "__stack_chk_guard") == 0;
    replaced = replaced || is_fortified_name(name, length);
    plain = plain || is_fortifiable_name(name);
    at += length + 1;
  }
  out->canary = canary ? AK_ELF_YES : AK_ELF_NO;
  out->fortify = replaced || !plain ? AK_ELF_YES : AK_ELF_NO;
}

static AkElfAnswer answer(bool yes) {
  return yes ? AK_ELF_YES : AK_ELF_NO;
}

static bool judge(Elf *elf, AkElfFile *out, GError **error) {
  const Segment *stack = find_segment(elf, PT_GNU_STACK);
  const Segment *dynamic = find_segment(elf, PT_DYNAMIC);
  /* without a GNU_STACK header the kernel makes the stack executable on most machines */
  out->nx = answer(stack != NULL && (stack->flags & PF_X) == 0);
  out->pie = answer(elf->type == TYPE_DYN);
  out->relro = answer(find_segment(elf, PT_GNU_RELRO) != NULL);
  out->is_static = dynamic == NULL;
  out->is_shared = elf->type == TYPE_DYN && find_segment(elf, PT_INTERP) == NULL;
  out->canary = out->fortify = AK_ELF_UNKNOWN;
  AkReader names;
  if (dynamic == NULL)
    return true;
  if (!find_names(elf, dynamic, &names, error))
    return false;
  judge_names(names, out);
  return true;
}

bool ak_elf_file_read(const guint8 *data, gsize size, AkElfFile *out, GError **error) {
  Elf elf = {0};
  AkElfFile file = {0};
  bool ok = read_header(&elf, data, size, error) && read_segments(&elf, error) &&
            judge(&elf, &file, error);
  file.machine = elf.machine;
  file.is_64bit = elf.wide;
  file.is_little_endian = elf.little;
  gsize table = (gsize)elf.count * elf.entry_size;
  file.header_size = (gsize)MIN(elf.table_offset + table, MIN(size, 65536));
  g_free(elf.segments);
  if (ok)
    *out = file;
  return ok;
}

char *ak_elf_machine_name(guint16 machine) {
  static const struct {
    guint16 number; /* gABI, e_machine */
    const char *name;
  } machines[] = {{2, "SPARC"},    {3, "x86"},        {4, "m68k"},     {8, "MIPS"},
                  {20, "PowerPC"}, {21, "PowerPC64"}, {22, "s390"},    {40, "ARM"},
                  {42, "SuperH"},  {50, "IA-64"},     {62, "x86-64"},  {93, "ARC"},
                  {94, "Xtensa"},  {183, "AArch64"},  {243, "RISC-V"}, {258, "LoongArch"}};
  for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
    if (machines[i].number == machine)
      return g_strdup(machines[i].name);
  return g_strdup_printf("machine %u", machine);
}

bool ak_firmware_elf_file_fuzz(const guint8 *data, gsize size);
bool ak_firmware_elf_file_fuzz(const guint8 *data, gsize size) {
  AkElfFile file;
  return ak_elf_file_read(data, size, &file, NULL);
}
