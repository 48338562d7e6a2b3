#include "firmware/analysis/elf-read.h"

#include <string.h>

#define MAX_SEGMENTS 512
#define MAX_DYNAMIC 4096
#define MAX_STRINGS (64u * 1024u * 1024u)
#define MAX_SYMBOLS (1u << 20)
#define MAX_NOTES 64
#define MAX_NOTE_BYTES 65536

/* Numbers of the gABI. */
enum { CLASS_64 = 2, DATA_LITTLE = 1, DATA_BIG = 2 };
enum { BIND_WEAK = 2, SECTION_UNDEFINED = 0, SECTION_SYMBOLS = 2, SECTION_NO_BYTES = 8 };
enum {
  DT_NULL = 0,
  DT_NEEDED = 1,
  DT_PLTRELSZ = 2,
  DT_PLTGOT = 3,
  DT_HASH = 4,
  DT_STRTAB = 5,
  DT_SYMTAB = 6,
  DT_RELA = 7,
  DT_RELASZ = 8,
  DT_STRSZ = 10,
  DT_RPATH = 15,
  DT_REL = 17,
  DT_RELSZ = 18,
  DT_PLTREL = 20,
  DT_JMPREL = 23,
  DT_BIND_NOW = 24,
  DT_RUNPATH = 29,
  DT_FLAGS = 30,
};
#define DT_GNU_HASH 0x6ffffef5u
#define DT_FLAGS_1 0x6ffffffbu
#define DT_MIPS_LOCAL_GOTNO 0x7000000au
#define DT_MIPS_SYMTABNO 0x70000011u
#define DT_MIPS_GOTSYM 0x70000013u
#define DF_BIND_NOW 0x8u
#define DF_1_NOW 0x1u

/* Source: Linux Extensions to gABI, "Program Property". */
enum { NOTE_GNU_PROPERTIES = 5 };
#define FEATURES_X86 0xc0000002u
#define FEATURES_OTHERS 0xc0000000u /* AArch64 and RISC-V use the first number of processors */

static bool read_u16(AkElf *self, guint16 *out, GError **error) {
  return self->little ? ak_reader_u16le(&self->reader, out, error)
                      : ak_reader_u16be(&self->reader, out, error);
}

static bool read_u32(const AkElf *self, AkReader *reader, guint32 *out, GError **error) {
  return self->little ? ak_reader_u32le(reader, out, error) : ak_reader_u32be(reader, out, error);
}

/* An address or offset: 4 or 8 bytes by the file's class. */
static bool read_word(AkElf *self, guint64 *out, GError **error) {
  guint32 narrow = 0;
  if (self->wide)
    return self->little ? ak_reader_u64le(&self->reader, out, error)
                        : ak_reader_u64be(&self->reader, out, error);
  if (!read_u32(self, &self->reader, &narrow, error))
    return false;
  *out = narrow;
  return true;
}

/* --- headers -----------------------------------------------------------------------------------
 */

static bool read_header(AkElf *self, const guint8 *data, gsize size, GError **error) {
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
  guint64 entry = 0;
  guint32 version = 0;
  return ak_reader_seek(&self->reader, 16, error) && read_u16(self, &self->type, error) &&
         read_u16(self, &self->machine, error) && read_u32(self, &self->reader, &version, error) &&
         read_word(self, &entry, error) && read_word(self, &self->table_offset, error) &&
         read_word(self, &self->section_offset, error) && ak_reader_skip(&self->reader, 6, error) &&
         read_u16(self, &self->entry_size, error) && read_u16(self, &self->count, error) &&
         read_u16(self, &self->section_size, error) &&
         read_u16(self, &self->section_count, error) && read_u16(self, &self->names_section, error);
}

/* The order of members differs between the classes: gABI, "Program Header". */
static bool read_segment(AkElf *self, AkElfSegment *out, GError **error) {
  guint64 physical = 0, memory_size = 0;
  AkReader *reader = &self->reader;
  if (!read_u32(self, reader, &out->type, error) ||
      (self->wide && !read_u32(self, reader, &out->flags, error)) ||
      !read_word(self, &out->offset, error) || !read_word(self, &out->address, error) ||
      !read_word(self, &physical, error) || !read_word(self, &out->file_size, error) ||
      !read_word(self, &memory_size, error))
    return false;
  return (self->wide || read_u32(self, reader, &out->flags, error)) &&
         read_word(self, &out->alignment, error);
}

static bool read_segments(AkElf *self, GError **error) {
  gsize expected = self->wide ? 56 : 32; /* sizeof(Elf64_Phdr), sizeof(Elf32_Phdr) */
  if (self->count > MAX_SEGMENTS || (self->count > 0 && self->entry_size != expected))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%u program headers of %u bytes", self->count,
                        self->entry_size);
  self->segments = g_new0(AkElfSegment, MAX(self->count, 1));
  for (guint i = 0; i < self->count; i++)
    if (!ak_reader_seek(&self->reader, (gsize)(self->table_offset + (guint64)i * expected),
                        error) ||
        !read_segment(self, &self->segments[i], error))
      return false;
  return true;
}

void ak_elf_clear(AkElf *self) {
  g_clear_pointer(&self->segments, g_free);
}

bool ak_elf_open(AkElf *out, const guint8 *data, gsize size, GError **error) {
  *out = (AkElf){0};
  if (read_header(out, data, size, error) && read_segments(out, error))
    return true;
  ak_elf_clear(out);
  return false;
}

const AkElfSegment *ak_elf_segment(const AkElf *self, guint32 type) {
  for (guint i = 0; i < self->count; i++)
    if (self->segments[i].type == type)
      return &self->segments[i];
  return NULL;
}

/* Where in the file an address of the running program lies. */
bool ak_elf_offset_of(const AkElf *self, guint64 address, gsize *offset) {
  for (guint i = 0; i < self->count; i++) {
    const AkElfSegment *segment = &self->segments[i];
    if (segment->type == AK_ELF_PT_LOAD && address >= segment->address &&
        address - segment->address < segment->file_size) {
      *offset = (gsize)(segment->offset + (address - segment->address));
      return true;
    }
  }
  return false;
}

/* --- the dynamic section -----------------------------------------------------------------------
 */

static void note_tag(AkElfDynamic *self, guint64 tag, guint64 value) {
  const struct {
    guint64 tag;
    guint64 *to;
  } known[] = {{DT_STRTAB, &self->strings},
               {DT_STRSZ, &self->strings_size},
               {DT_SYMTAB, &self->symbols},
               {DT_HASH, &self->hash},
               {DT_GNU_HASH, &self->gnu_hash},
               {DT_FLAGS, &self->flags},
               {DT_FLAGS_1, &self->flags_1},
               {DT_RPATH, &self->rpath},
               {DT_RUNPATH, &self->runpath},
               {DT_MIPS_SYMTABNO, &self->mips_count},
               {DT_PLTGOT, &self->table},
               {DT_JMPREL, &self->jumps},
               {DT_PLTRELSZ, &self->jumps_size},
               {DT_PLTREL, &self->jumps_kind},
               {DT_RELA, &self->rela},
               {DT_RELASZ, &self->rela_size},
               {DT_REL, &self->rel},
               {DT_RELSZ, &self->rel_size},
               {DT_MIPS_LOCAL_GOTNO, &self->mips_local_count},
               {DT_MIPS_GOTSYM, &self->mips_got_symbol}};
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    if (known[i].tag == tag)
      *known[i].to = value;
  self->needs_others = self->needs_others || tag == DT_NEEDED;
  self->has_rpath = self->has_rpath || tag == DT_RPATH;
  self->has_runpath = self->has_runpath || tag == DT_RUNPATH;
  self->has_lazy = self->has_lazy || tag == DT_JMPREL;
  self->bind_now = self->bind_now || tag == DT_BIND_NOW;
}

static bool read_tags(AkElf *self, const AkElfSegment *segment, AkElfDynamic *out, GError **error) {
  guint64 tag = 1, value = 0;
  if (!ak_reader_seek(&self->reader, (gsize)segment->offset, error))
    return false;
  for (guint i = 0; i < MAX_DYNAMIC && tag != DT_NULL; i++) {
    if (!read_word(self, &tag, error) || !read_word(self, &value, error))
      return false;
    note_tag(out, tag, value);
  }
  out->bind_now =
      out->bind_now || (out->flags & DF_BIND_NOW) != 0 || (out->flags_1 & DF_1_NOW) != 0;
  return true;
}

/* The string table: all names that are imported and provided, and those of libraries and versions.
 */
static bool find_names(AkElf *self, AkElfDynamic *dynamic, GError **error) {
  gsize offset = 0;
  if (dynamic->strings_size > MAX_STRINGS || !ak_elf_offset_of(self, dynamic->strings, &offset))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "names of the dynamic section");
  return ak_reader_seek(&self->reader, offset, error) &&
         ak_reader_sub(&self->reader, (gsize)dynamic->strings_size, &dynamic->names, error);
}

bool ak_elf_dynamic(AkElf *self, AkElfDynamic *out, GError **error) {
  const AkElfSegment *segment = ak_elf_segment(self, AK_ELF_PT_DYNAMIC);
  *out = (AkElfDynamic){.exists = segment != NULL};
  return segment == NULL || (read_tags(self, segment, out, error) && find_names(self, out, error));
}

const char *ak_elf_name(const AkElfDynamic *dynamic, guint64 offset) {
  const AkReader *names = &dynamic->names;
  if (offset >= names->size ||
      memchr(names->data + offset, '\0', names->size - (gsize)offset) == NULL)
    return NULL;
  return (const char *)names->data + offset;
}

/* --- imports -----------------------------------------------------------------------------------
 */

/* The older table counts all symbols in its second word. On 64-bit s390 its words have 8 bytes.
 * Source: gABI, "Hash Table"; s390x ELF ABI supplement, "Hash Table". */
static bool count_by_hash(AkElf *self, gsize offset, guint32 *count, GError **error) {
  bool is_wide = self->wide && self->machine == AK_ELF_S390;
  guint64 wide = 0;
  if (!ak_reader_seek(&self->reader, offset, error) ||
      !ak_reader_skip(&self->reader, is_wide ? 8 : 4, error))
    return false;
  if (!is_wide)
    return read_u32(self, &self->reader, count, error);
  if (!read_word(self, &wide, error))
    return false;
  *count = (guint32)MIN(wide, G_MAXUINT32);
  return true;
}

/* The GNU table lists symbols from a first one on, in chains by bucket; the last one's hash has its
 * low bit set. Imports whose address is taken stand among them, the others before. A table without
 * chains says nothing of how many there are. Source: GNU linker, elflink.c, the layout of
 * .gnu.hash. */
static bool count_by_gnu_hash(AkElf *self, gsize offset, guint32 *count, GError **error) {
  AkReader *reader = &self->reader;
  guint32 buckets = 0, first = 0, bloom = 0, last = 0, hash = 0;
  if (!ak_reader_seek(reader, offset, error) || !read_u32(self, reader, &buckets, error) ||
      !read_u32(self, reader, &first, error) || !read_u32(self, reader, &bloom, error) ||
      !ak_reader_skip(reader, 4, error))
    return false;
  if (buckets > MAX_SYMBOLS || bloom > MAX_SYMBOLS)
    return ak_error_set(error, AK_ERROR_LIMIT, "%u buckets of symbols", buckets);
  if (!ak_reader_skip(reader, (gsize)bloom * (self->wide ? 8 : 4), error))
    return false;
  for (guint32 i = 0, bucket = 0; i < buckets; i++) {
    if (!read_u32(self, reader, &bucket, error))
      return false;
    last = MAX(last, bucket);
  }
  *count = MAX(first, last);
  if (last < first || last == 0)
    return true;
  if (!ak_reader_skip(reader, (gsize)(last - first) * 4, error))
    return false;
  for (*count = last; (hash & 1) == 0; (*count)++)
    if (!read_u32(self, reader, &hash, error))
      return false;
  return true;
}

/* Where a file provides nothing, the names, which linkers put right behind the symbols, end them.
 */
static bool count_symbols(AkElf *self, const AkElfDynamic *dynamic, guint32 *count,
                          GError **error) {
  bool is_gnu = dynamic->gnu_hash != 0;
  guint64 table = is_gnu ? dynamic->gnu_hash : dynamic->hash;
  gsize offset = 0, size = self->wide ? 24 : 16; /* sizeof(Elf64_Sym), sizeof(Elf32_Sym) */
  *count = (guint32)MIN(dynamic->mips_count, G_MAXUINT32);
  if (*count == 0 && table != 0) {
    if (!ak_elf_offset_of(self, table, &offset))
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "hash table of the symbols");
    if (!(is_gnu ? count_by_gnu_hash : count_by_hash)(self, offset, count, error))
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
static bool read_symbol(AkElf *self, Symbol *out, GError **error) {
  guint64 value = 0, size = 0;
  guint8 other = 0;
  AkReader *reader = &self->reader;
  if (self->wide)
    return read_u32(self, reader, &out->name, error) && ak_reader_u8(reader, &out->info, error) &&
           ak_reader_u8(reader, &other, error) && read_u16(self, &out->section, error) &&
           read_word(self, &value, error) && read_word(self, &size, error);
  return read_u32(self, reader, &out->name, error) && read_word(self, &value, error) &&
         read_word(self, &size, error) && ak_reader_u8(reader, &out->info, error) &&
         ak_reader_u8(reader, &other, error) && read_u16(self, &out->section, error);
}

/* Imports are read from the symbols: the linker lets a name share the end of a longer one. */
bool ak_elf_each_import(AkElf *self, const AkElfDynamic *dynamic,
                        void (*take)(const char *name, gpointer data), gpointer data,
                        GError **error) {
  guint32 count = 0;
  gsize offset = 0;
  if (!dynamic->exists || dynamic->symbols == 0)
    return true;
  if (!count_symbols(self, dynamic, &count, error))
    return false;
  if (count == 0)
    return true;
  if (!ak_elf_offset_of(self, dynamic->symbols, &offset))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "table of symbols");
  if (!ak_reader_seek(&self->reader, offset, error))
    return false;
  for (guint32 i = 0; i < count; i++) {
    Symbol symbol;
    if (!read_symbol(self, &symbol, error))
      return false;
    bool is_import = symbol.section == SECTION_UNDEFINED && symbol.info >> 4 != BIND_WEAK;
    const char *name = is_import && symbol.name > 0 ? ak_elf_name(dynamic, symbol.name) : NULL;
    if (name != NULL)
      take(name, data);
  }
  return true;
}

const char *ak_elf_symbol_name(AkElf *self, const AkElfDynamic *dynamic, guint32 index) {
  Symbol symbol;
  gsize offset = 0, size = self->wide ? 24 : 16;
  if (index == 0 || index > MAX_SYMBOLS || !ak_elf_offset_of(self, dynamic->symbols, &offset) ||
      !ak_reader_seek(&self->reader, offset + (gsize)index * size, NULL) ||
      !read_symbol(self, &symbol, NULL))
    return NULL;
  return ak_elf_name(dynamic, symbol.name);
}

/* --- relocations -------------------------------------------------------------------------------
 */

/* Source: gABI, "Relocation": symbol and type share a word, which the classes divide differently.
 */
static bool read_relocation(AkElf *self, bool has_addend, AkElfRelocation *out) {
  guint64 info = 0, addend = 0;
  if (!read_word(self, &out->offset, NULL) || !read_word(self, &info, NULL) ||
      (has_addend && !read_word(self, &addend, NULL)))
    return false;
  out->symbol = (guint32)(self->wide ? info >> 32 : info >> 8);
  out->type = (guint32)(self->wide ? info & G_MAXUINT32 : info & 0xff);
  return true;
}

void ak_elf_each_relocation(AkElf *self, const AkElfDynamic *dynamic, guint limit,
                            void (*take)(const AkElfRelocation *relocation, gpointer data),
                            gpointer data) {
  const struct {
    guint64 address, size;
    bool has_addend;
  } tables[] = {{dynamic->jumps, dynamic->jumps_size, dynamic->jumps_kind == DT_RELA},
                {dynamic->rela, dynamic->rela_size, true},
                {dynamic->rel, dynamic->rel_size, false}};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    gsize offset = 0, entry = (self->wide ? 8 : 4) * (tables[i].has_addend ? 3 : 2);
    guint64 count = MIN(tables[i].size / entry, (guint64)limit);
    bool is_odd = self->machine == AK_ELF_MIPS && self->wide;
    if (tables[i].address == 0 || is_odd || !ak_elf_offset_of(self, tables[i].address, &offset))
      continue;
    for (guint64 k = 0; k < count; k++) {
      AkElfRelocation relocation;
      if (!ak_reader_seek(&self->reader, offset + (gsize)k * entry, NULL) ||
          !read_relocation(self, tables[i].has_addend, &relocation))
        break;
      take(&relocation, data);
    }
  }
}

/* --- notes and sections ------------------------------------------------------------------------
 */

/* Properties: type, size, bytes, padded to a word of the class. */
static bool read_properties(const AkElf *self, AkReader note, guint32 *bits, GError **error) {
  guint32 wanted = self->machine == AK_ELF_X86 || self->machine == AK_ELF_X86_64 ? FEATURES_X86
                                                                                 : FEATURES_OTHERS;
  gsize word = self->wide ? 8 : 4;
  while (note.size - note.position >= 8) {
    guint32 type = 0, size = 0;
    if (!read_u32(self, &note, &type, error) || !read_u32(self, &note, &size, error))
      return false;
    if (size > note.size - note.position)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "a property of %u bytes", size);
    AkReader value = note;
    if (type == wanted && size >= 4 && !read_u32(self, &value, bits, error))
      return false;
    gsize padded = ((gsize)size + word - 1) / word * word;
    if (!ak_reader_skip(&note, MIN(padded, note.size - note.position), error))
      return false;
  }
  return true;
}

/* A note: sizes of name and description, type, name, description, each padded. */
static bool read_notes(const AkElf *self, AkReader notes, guint64 alignment, guint32 *bits,
                       GError **error) {
  gsize pad = alignment == 8 ? 8 : 4;
  for (guint i = 0; i < MAX_NOTES && notes.size - notes.position >= 12; i++) {
    guint32 name_size = 0, size = 0, type = 0;
    const guint8 *name = NULL;
    if (!read_u32(self, &notes, &name_size, error) || !read_u32(self, &notes, &size, error) ||
        !read_u32(self, &notes, &type, error))
      return false;
    gsize name_end = (12 + (gsize)name_size + pad - 1) / pad * pad - 12;
    AkReader description;
    if (name_size > MAX_NOTE_BYTES || size > MAX_NOTE_BYTES ||
        !ak_reader_bytes(&notes, name_end, &name, error) ||
        !ak_reader_sub(&notes, size, &description, error))
      return false;
    bool is_gnu = name_size == 4 && memcmp(name, "GNU", 4) == 0;
    if (is_gnu && type == NOTE_GNU_PROPERTIES && !read_properties(self, description, bits, error))
      return false;
    gsize padded = ((gsize)size + pad - 1) / pad * pad - size;
    if (!ak_reader_skip(&notes, MIN(padded, notes.size - notes.position), error))
      return false;
  }
  return true;
}

bool ak_elf_features(AkElf *self, guint32 *bits, GError **error) {
  *bits = 0;
  for (guint i = 0; i < self->count; i++) {
    const AkElfSegment *segment = &self->segments[i];
    AkReader notes;
    if (segment->type != AK_ELF_PT_NOTE)
      continue;
    if (segment->file_size > MAX_NOTE_BYTES)
      return ak_error_set(error, AK_ERROR_LIMIT, "notes of more than 64 KiB");
    if (!ak_reader_seek(&self->reader, (gsize)segment->offset, error) ||
        !ak_reader_sub(&self->reader, (gsize)segment->file_size, &notes, error) ||
        !read_notes(self, notes, segment->alignment, bits, error))
      return false;
  }
  return true;
}

typedef struct {
  guint32 name, type;
  guint64 offset, size;
} Section;

/* Source: gABI, "Section Header": flags and address stand between type and offset. */
static bool read_section(AkElf *self, guint index, Section *out) {
  gsize expected = self->wide ? 64 : 40; /* sizeof(Elf64_Shdr), sizeof(Elf32_Shdr) */
  guint64 flags = 0, address = 0;
  AkReader *reader = &self->reader;
  return self->section_size == expected && index < self->section_count &&
         ak_reader_seek(reader, (gsize)(self->section_offset + (guint64)index * expected), NULL) &&
         read_u32(self, reader, &out->name, NULL) && read_u32(self, reader, &out->type, NULL) &&
         read_word(self, &flags, NULL) && read_word(self, &address, NULL) &&
         read_word(self, &out->offset, NULL) && read_word(self, &out->size, NULL);
}

static bool section_bytes(const AkElf *self, const Section *section, AkReader *out) {
  AkReader reader = self->reader;
  return section->type != SECTION_NO_BYTES && section->size <= reader.size &&
         ak_reader_seek(&reader, (gsize)section->offset, NULL) &&
         ak_reader_sub(&reader, (gsize)section->size, out, NULL);
}

bool ak_elf_section(AkElf *self, const char *name, AkReader *out) {
  Section section;
  AkReader names;
  gsize length = strlen(name) + 1;
  if (!read_section(self, self->names_section, &section) || !section_bytes(self, &section, &names))
    return false;
  for (guint i = 0; i < self->section_count && read_section(self, i, &section); i++)
    if (section.name < names.size && names.size - section.name >= length &&
        memcmp(names.data + section.name, name, length) == 0)
      return section_bytes(self, &section, out);
  return false;
}

bool ak_elf_has_symbols(AkElf *self, bool *is_known) {
  gsize expected = self->wide ? 64 : 40; /* sizeof(Elf64_Shdr), sizeof(Elf32_Shdr) */
  *is_known = self->section_count == 0 || self->section_size == expected;
  for (guint i = 0; *is_known && i < self->section_count; i++) {
    guint32 name = 0, type = 0;
    *is_known = ak_reader_seek(&self->reader, (gsize)(self->section_offset + (guint64)i * expected),
                               NULL) &&
                read_u32(self, &self->reader, &name, NULL) &&
                read_u32(self, &self->reader, &type, NULL);
    if (*is_known && type == SECTION_SYMBOLS)
      return true;
  }
  return false;
}
