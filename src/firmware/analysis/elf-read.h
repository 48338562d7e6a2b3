/* ELF files of any class and byte order: headers, dynamic section, imports, notes. What is told
 * here are the file's facts; elf-file.h says what they mean. Pure. Source: System V gABI (ELF
 * header, program header, dynamic section, symbol table, note section). */
#pragma once

#include "util/reader.h"

enum { AK_ELF_TYPE_REL = 1, AK_ELF_TYPE_EXEC = 2, AK_ELF_TYPE_DYN = 3 };
enum { AK_ELF_PT_LOAD = 1, AK_ELF_PT_DYNAMIC = 2, AK_ELF_PT_INTERP = 3, AK_ELF_PT_NOTE = 4 };
#define AK_ELF_PT_GNU_STACK 0x6474e551u
#define AK_ELF_PT_GNU_RELRO 0x6474e552u
#define AK_ELF_PF_X 1u

/* e_machine. Source: gABI, "ELF Header". */
enum {
  AK_ELF_X86 = 3,
  AK_ELF_MIPS = 8,
  AK_ELF_PPC64 = 21,
  AK_ELF_S390 = 22,
  AK_ELF_ARM = 40,
  AK_ELF_X86_64 = 62,
  AK_ELF_AARCH64 = 183,
  AK_ELF_RISCV = 243,
};

typedef struct {
  guint32 type, flags;
  guint64 offset, address, file_size, alignment;
} AkElfSegment;

typedef struct {
  AkReader reader;
  bool wide, little; /* 64-bit; little-endian */
  guint16 type, machine;
  guint64 table_offset, section_offset; /* of the program headers and the section headers */
  guint16 entry_size, count, section_size, section_count, names_section;
  AkElfSegment *segments; /* owned; `count` of them */
} AkElf;

/* Header and program headers; borrows `data`. INVALID_DATA with the place where the file breaks off
 * or contradicts itself; then `out` holds nothing to free. */
bool ak_elf_open(AkElf *out, const guint8 *data, gsize size, GError **error);
void ak_elf_clear(AkElf *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkElf, ak_elf_clear)

/* The first segment of this type, or NULL. */
const AkElfSegment *ak_elf_segment(const AkElf *self, guint32 type);

/* What the dynamic section tells; 0 and false where it does not. */
typedef struct {
  bool exists, needs_others; /* there is one; it names libraries */
  guint64 strings, strings_size, symbols, hash, gnu_hash, flags, flags_1, mips_count;
  guint64 rpath, runpath; /* where in the strings */
  guint64 table;          /* of addresses that the loader fills in (DT_PLTGOT) */
  guint64 jumps, jumps_size, jumps_kind, rela, rela_size, rel, rel_size; /* relocations */
  guint64 mips_local_count, mips_got_symbol;
  bool has_rpath, has_runpath, bind_now,
      has_lazy;   /* has_lazy: relocations that may wait for the call */
  AkReader names; /* the string table */
} AkElfDynamic;
/* True with `exists` false where there is none. */
bool ak_elf_dynamic(AkElf *self, AkElfDynamic *out, GError **error);

/* The name at `offset` of the string table, NULL where none ends there. Borrowed from the file. */
const char *ak_elf_name(const AkElfDynamic *dynamic, guint64 offset);

/* Calls `take` for each imported name, weak ones aside (every file has those). */
bool ak_elf_each_import(AkElf *self, const AkElfDynamic *dynamic,
                        void (*take)(const char *name, gpointer data), gpointer data,
                        GError **error);

/* Where in the file an address of the running program lies. */
bool ak_elf_offset_of(const AkElf *self, guint64 address, gsize *offset);

typedef struct {
  guint64 offset; /* an address of the running program */
  guint32 type, symbol;
} AkElfRelocation;

/* Calls `take` for each relocation of the dynamic section, at most `limit` of each table; what lies
 * outside of the file ends a table. MIPS of 64 bits has another form, and none are told. */
void ak_elf_each_relocation(AkElf *self, const AkElfDynamic *dynamic, guint limit,
                            void (*take)(const AkElfRelocation *relocation, gpointer data),
                            gpointer data);

/* The name of a dynamic symbol, NULL where there is none. Borrowed from the file. */
const char *ak_elf_symbol_name(AkElf *self, const AkElfDynamic *dynamic, guint32 index);

/* The value of FEATURE_1_AND in the note of GNU properties, 0 where there is none. Source: Linux
 * Extensions to gABI, "Program Property"; x86, AArch64 and RISC-V psABI. */
bool ak_elf_features(AkElf *self, guint32 *bits, GError **error);

/* The bytes of the first section of this name; false where there is none, or section headers or
 * bytes lie outside of the file. */
bool ak_elf_section(AkElf *self, const char *name, AkReader *out);

/* Whether the file has a table of all symbols; `is_known` false where its section headers lie
 * outside of it. */
bool ak_elf_has_symbols(AkElf *self, bool *is_known);
