/* What an ELF file says of its own hardening. Source: System V gABI (ELF header, program header,
 * dynamic section); GNU_STACK and GNU_RELRO: Linux Standard Base, 11.2. Pure. */
#pragma once

#include "util/error.h"

typedef enum { AK_ELF_NO, AK_ELF_YES, AK_ELF_UNKNOWN } AkElfAnswer;

typedef struct {
  guint16 machine;
  bool is_64bit, is_little_endian;
  bool is_shared;  /* a shared library: no interpreter, loaded by others */
  bool is_static;  /* imports nothing: what it calls cannot be read */
  AkElfAnswer nx;  /* stack not executable */
  AkElfAnswer pie; /* position-independent */
  AkElfAnswer relro;
  AkElfAnswer canary;  /* uses or provides the stack protector's call */
  AkElfAnswer fortify; /* no call that FORTIFY would have replaced, or some that it did replace */
  gsize header_size;   /* bytes from the start that hold what was read: the evidence */
} AkElfFile;

/* True for what begins as a program or shared library (ET_EXEC, ET_DYN), whole or not. */
bool ak_elf_is_program(const guint8 *data, gsize size);

/* INVALID_DATA with the place where the file breaks off or contradicts itself. */
bool ak_elf_file_read(const guint8 *data, gsize size, AkElfFile *out, GError **error);

/* "x86-64", "ARM", "MIPS" …; "machine 123" for others. Caller frees. */
char *ak_elf_machine_name(guint16 machine);
