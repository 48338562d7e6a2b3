#include "firmware/analysis/elf-file.h"

#include <string.h>

#include "util/reader.h"

#define MAX_SEGMENTS 512
#define MAX_DYNAMIC 4096
#define MAX_STRINGS (64u * 1024u * 1024u)
#define MAX_SYMBOLS (1u << 20)

/* Numbers of the gABI and the LSB. */
enum { CLASS_64 = 2, DATA_LITTLE = 1, DATA_BIG = 2 };
enum { TYPE_EXEC = 2, TYPE_DYN = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };
#define PT_GNU_STACK 0x6474e551u
#define PT_GNU_RELRO 0x6474e552u
#define PF_X 1u
enum { DT_NULL = 0, DT_NEEDED = 1, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_STRSZ = 10 };
#define DT_GNU_HASH 0x6ffffef5u
#define DT_FLAGS_1 0x6ffffffbu
#define DT_MIPS_SYMTABNO 0x70000011u
#define DF_1_PIE 0x08000000u
enum { BIND_WEAK = 2, SECTION_UNDEFINED = 0 };

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

/* Magic and type alone: one that breaks off behind them is a damaged program, not none. */
bool ak_elf_is_program(const guint8 *data, gsize size) {
  if (size < 18 || memcmp(data,
                          "\x7f"
                          "ELF",
                          4) != 0)
    return false;
  guint type = data[5] == DATA_BIG ? data[16] << 8 | data[17] : data[17] << 8 | data[16];
  return type == TYPE_EXEC || type == TYPE_DYN;
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

/* What the dynamic section tells; 0 where it does not. */
typedef struct {
  guint64 strings, strings_size, symbols, hash, gnu_hash, flags_1, mips_count;
  bool needs_others;
} Dynamic;

static void note_tag(Dynamic *self, guint64 tag, guint64 value) {
  const struct {
    guint64 tag;
    guint64 *to;
  } known[] = {{DT_STRTAB, &self->strings},          {DT_STRSZ, &self->strings_size},
               {DT_SYMTAB, &self->symbols},          {DT_HASH, &self->hash},
               {DT_GNU_HASH, &self->gnu_hash},       {DT_FLAGS_1, &self->flags_1},
               {DT_MIPS_SYMTABNO, &self->mips_count}};
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (known[i].tag == tag)
      *known[i].to = value;
  self->needs_others = self->needs_others || tag == DT_NEEDED;
}

static bool read_dynamic(Elf *self, const Segment *segment, Dynamic *out, GError **error) {
  guint64 tag = 1, value = 0;
  if (!ak_reader_seek(&self->reader, (gsize)segment->offset, error))
    return false;
  for (guint i = 0; i < MAX_DYNAMIC && tag != DT_NULL; i++) {
    if (!read_word(self, &tag, error) || !read_word(self, &value, error))
      return false;
    note_tag(out, tag, value);
  }
  return true;
}

/* The string table: all names that are imported and provided, and those of libraries and versions.
 */
static bool find_names(Elf *self, const Dynamic *dynamic, AkReader *names, GError **error) {
  gsize offset = 0;
  if (dynamic->strings_size > MAX_STRINGS || !offset_of(self, dynamic->strings, &offset))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "names of the dynamic section");
  return ak_reader_seek(&self->reader, offset, error) &&
         ak_reader_sub(&self->reader, (gsize)dynamic->strings_size, names, error);
}

/* Imports come before all symbols that the GNU hash table lists, and its second word says where
 * those begin; that of the older table counts all symbols. A file that provides nothing has an
 * empty GNU table with 1 there: then the names, which linkers put right behind the symbols, end
 * them. */
static bool count_symbols(Elf *self, const Dynamic *dynamic, guint32 *count, GError **error) {
  guint64 table = dynamic->gnu_hash != 0 ? dynamic->gnu_hash : dynamic->hash;
  gsize offset = 0, size = self->wide ? 24 : 16; /* sizeof(Elf64_Sym), sizeof(Elf32_Sym) */
  *count = (guint32)MIN(dynamic->mips_count, G_MAXUINT32);
  if (*count == 0 && table != 0) {
    if (!offset_of(self, table, &offset))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "hash table of the symbols");
    if (!ak_reader_seek(&self->reader, offset, error) || !ak_reader_skip(&self->reader, 4, error) ||
        !read_u32(self, count, error))
      return false;
  }
  if (*count <= 1 && dynamic->strings > dynamic->symbols)
    *count = (guint32)MIN((dynamic->strings - dynamic->symbols) / size, MAX_SYMBOLS);
  if (*count > MAX_SYMBOLS)
    return ak_error_set(error, AK_ERROR_LIMIT, "%u symbols", *count);
  return true;
}

typedef struct {
  guint32 name;
  guint8 info;
  guint16 section;
} Symbol;

/* The order of members differs between the classes: gABI, "Symbol Table". */
static bool read_symbol(Elf *self, Symbol *out, GError **error) {
  guint64 value = 0, size = 0;
  guint8 other = 0;
  if (self->wide)
    return read_u32(self, &out->name, error) && ak_reader_u8(&self->reader, &out->info, error) &&
           ak_reader_u8(&self->reader, &other, error) && read_u16(self, &out->section, error) &&
           read_word(self, &value, error) && read_word(self, &size, error);
  return read_u32(self, &out->name, error) && read_word(self, &value, error) &&
         read_word(self, &size, error) && ak_reader_u8(&self->reader, &out->info, error) &&
         ak_reader_u8(&self->reader, &other, error) && read_u16(self, &out->section, error);
}

/* What FORTIFY at level 2 replaces in every call, whatever it knows of the buffer: seen plainly
 * they were not replaced. Source: glibc, stdio2.h and syslog headers. */
static const char *const always_replaced[] = {
    "fprintf",  "printf",  "snprintf",  "sprintf",  "syslog",
    "vfprintf", "vprintf", "vsnprintf", "vsprintf", "vsyslog",
};

/* What it replaces only where it knows how large the buffer is: seen plainly they tell nothing.
 * Source: glibc, string_fortified.h, unistd.h, socket2.h, stdio2.h. */
static const char *const sometimes_replaced[] = {
    "fgets",    "fread", "gets",     "memcpy", "memmove", "memset", "read",    "readlink",
    "realpath", "recv",  "recvfrom", "stpcpy", "strcat",  "strcpy", "strncat", "strncpy",
};

static bool is_one_of(const char *name, const char *const *list, gsize count) {
  for (gsize i = 0; i < count; i++)
    if (strcmp(list[i], name) == 0)
      return true;
  return false;
}

static bool is_fortified_name(const char *name) {
  return g_str_has_prefix(name, "__") && g_str_has_suffix(name, "_chk") && strlen(name) > 6;
}

typedef struct {
  guint imports; /* weak ones aside: every file has those */
  bool canary, replaced, always, sometimes, is_glibc;
} Calls;

/* The call of the stack protector is looked for among all names: the C library itself provides it.
 */
static void look_at_names(AkReader names, Calls *out) {
  for (gsize at = 0; at < names.size;) {
    const guint8 *end = memchr(names.data + at, '\0', names.size - at);
    if (end == NULL)
      return;
    const char *name = (const char *)names.data + at;
    out->canary = out->canary || strcmp(name, "__stack_chk_fail") == 0 ||
                  strcmp(name, "__stack_chk_guard") == 0;
    out->is_glibc = out->is_glibc || g_str_has_prefix(name, "GLIBC_");
    out->replaced = out->replaced || is_fortified_name(name);
    at = (gsize)(end - names.data) + 1;
  }
}

static void look_at_import(const char *name, Calls *out) {
  out->imports++;
  out->canary = out->canary || strcmp(name, "__stack_chk_fail") == 0;
  out->always = out->always || is_one_of(name, always_replaced, G_N_ELEMENTS(always_replaced));
  out->sometimes =
      out->sometimes || is_one_of(name, sometimes_replaced, G_N_ELEMENTS(sometimes_replaced));
}

/* Imports are read from the symbols: the linker lets a name share the end of a longer one. */
static bool look_at_imports(Elf *self, const Dynamic *dynamic, AkReader names, Calls *out,
                            GError **error) {
  guint32 count = 0;
  gsize offset = 0;
  if (dynamic->symbols == 0)
    return true;
  if (!count_symbols(self, dynamic, &count, error))
    return false;
  if (count == 0)
    return true;
  if (!offset_of(self, dynamic->symbols, &offset))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "table of symbols");
  if (!ak_reader_seek(&self->reader, offset, error))
    return false;
  for (guint32 i = 0; i < count; i++) {
    Symbol symbol;
    if (!read_symbol(self, &symbol, error))
      return false;
    bool is_import = symbol.section == SECTION_UNDEFINED && symbol.info >> 4 != BIND_WEAK &&
                     symbol.name > 0 && symbol.name < names.size;
    if (is_import && memchr(names.data + symbol.name, '\0', names.size - symbol.name) != NULL)
      look_at_import((const char *)names.data + symbol.name, out);
  }
  return true;
}

/* A file that calls nothing outside of itself (static-pie, the loader) does not show what it calls.
 * Other C libraries have FORTIFY, where they have it, in headers alone. */
static void judge_calls(const Calls *calls, AkElfFile *out) {
  bool is_open = calls->imports > 0;
  out->canary = calls->canary ? AK_ELF_YES : is_open ? AK_ELF_NO : AK_ELF_UNKNOWN;
  if (calls->replaced)
    out->fortify = AK_ELF_YES;
  else if (calls->always && calls->is_glibc)
    out->fortify = AK_ELF_NO;
  else
    out->fortify = !is_open || calls->always || calls->sometimes ? AK_ELF_UNKNOWN : AK_ELF_YES;
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
  bool has_interpreter = find_segment(elf, PT_INTERP) != NULL;
  out->is_static = dynamic == NULL;
  out->is_shared = elf->type == TYPE_DYN && !has_interpreter;
  out->canary = out->fortify = AK_ELF_UNKNOWN;
  Dynamic tags = {0};
  Calls calls = {0};
  AkReader names;
  if (dynamic == NULL)
    return true;
  if (!read_dynamic(elf, dynamic, &tags, error) || !find_names(elf, &tags, &names, error))
    return false;
  look_at_names(names, &calls);
  if (!look_at_imports(elf, &tags, names, &calls, error))
    return false;
  judge_calls(&calls, out);
  if (out->is_shared && !tags.needs_others && (tags.flags_1 & DF_1_PIE) != 0) {
    out->is_static = true; /* static-pie */
    out->is_shared = false;
  }
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
