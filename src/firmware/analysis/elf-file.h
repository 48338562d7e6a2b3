/* What an ELF file says of its own hardening. Source: System V gABI; GNU_STACK and GNU_RELRO: Linux
 * Standard Base, 11.2. Pure. */
#pragma once

#include "util/error.h"

typedef enum { AK_ELF_NO, AK_ELF_YES, AK_ELF_UNKNOWN } AkElfAnswer;
typedef enum { AK_ELF_RELRO_NONE, AK_ELF_RELRO_PARTIAL, AK_ELF_RELRO_FULL } AkElfRelro;

/* Marks of protected control flow, a bit each; ak_elf_mark_name names them. */
enum {
  AK_ELF_IBT = 1 << 0,       /* x86: indirect branch tracking */
  AK_ELF_SHSTK = 1 << 1,     /* x86: shadow stack */
  AK_ELF_BTI = 1 << 2,       /* AArch64: branch target identification */
  AK_ELF_PAC = 1 << 3,       /* AArch64: signed return addresses */
  AK_ELF_GCS = 1 << 4,       /* AArch64: guarded control stack */
  AK_ELF_ZICFILP = 1 << 5,   /* RISC-V: landing pads */
  AK_ELF_ZICFISS = 1 << 6,   /* RISC-V: shadow stack */
  AK_ELF_CLANG_CFI = 1 << 7, /* Clang's CFI over shared objects; within one it leaves no name */
  AK_ELF_VTV = 1 << 8,       /* GCC's check of virtual tables */
  AK_ELF_SAFE_STACK = 1 << 9,
  AK_ELF_MARKS = 10,
};

typedef struct {
  guint16 machine;
  bool is_64bit, is_little_endian;
  bool is_shared;  /* a shared library: no interpreter, loaded by others */
  bool is_static;  /* imports nothing: what it calls cannot be read */
  AkElfAnswer nx;  /* stack not executable */
  AkElfAnswer pie; /* position-independent */
  AkElfAnswer relro;
  AkElfRelro relro_level; /* full: nothing in the table of calls stays writable for lazy binding */
  AkElfAnswer canary;     /* uses or provides the stack protector's call */
  AkElfAnswer fortify;  /* no call that FORTIFY would have replaced, or some that it did replace */
  guint fortified;      /* functions that are called in their checked form */
  guint fortifiable;    /* functions called that have one, whichever form is called */
  guint marks;          /* of protected control flow */
  AkElfAnswer stripped; /* no table of all symbols; unknown where the section headers are damaged */
  char *rpath, *runpath; /* owned; NULL where there is none; made safe to show */
  gsize header_size;     /* bytes from the start that hold what was read: the evidence */
} AkElfFile;
void ak_elf_file_clear(AkElfFile *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkElfFile, ak_elf_file_clear)

/* True for what begins as a program or shared library (ET_EXEC, ET_DYN), whole or not. */
bool ak_elf_is_program(const guint8 *data, gsize size);

/* INVALID_DATA with the place where the file breaks off or contradicts itself; then nothing is to
 * be freed. */
bool ak_elf_file_read(const guint8 *data, gsize size, AkElfFile *out, GError **error);

/* "x86-64", "ARM", "MIPS" …; "machine 123" for others. Caller frees. */
char *ak_elf_machine_name(guint16 machine);

/* "ibt", "bti" … of the bit `1 << index`. */
const char *ak_elf_mark_name(guint index);

/* Why a path where libraries are looked for lets others put some there, or NULL: an empty or
 * relative one (the folder of whoever starts the program), one where everybody may write,
 * somebody's home, a folder of the build machine. `path` is one part, without ':'. */
const char *ak_elf_path_risk(const char *path);

bool ak_firmware_elf_file_fuzz(const guint8 *data, gsize size);
