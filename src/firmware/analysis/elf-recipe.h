/* ELF files from a few words, for *-test.c only. */
#pragma once

#include "firmware/unpack/test-image.h"
#include "util/writer.h"

/* A file with the given program headers and, where `names` is given, a dynamic section whose string
 * table holds them, each an import. Source of the order of members: gABI. */
typedef struct {
  guint16 type;
  bool stack, stack_executable, relro, interp;
  const char *names; /* NUL-separated, ends with two NULs */
  gsize names_size;
  bool is_narrow, is_big; /* 32-bit; big-endian */
  guint16 machine;        /* 0: x86-64, or MIPS where it is big-endian */
  bool bind_now, lazy;    /* DT_BIND_NOW; DT_JMPREL: there are calls that may wait */
  guint32 runpath;        /* where in `names`; 0: none */
  guint32 property, bits; /* of a note of GNU properties; 0: there is none */
} Recipe;

typedef struct {
  AkWriter *w;
  const Recipe *recipe;
} Builder;

static inline void put16(const Builder *self, guint16 value) {
  (self->recipe->is_big ? ak_writer_u16be : ak_writer_u16le)(self->w, value);
}

static inline void put32(const Builder *self, guint32 value) {
  (self->recipe->is_big ? ak_writer_u32be : ak_writer_u32le)(self->w, value);
}

static inline void put_word(const Builder *self, guint64 value) {
  if (self->recipe->is_narrow)
    put32(self, (guint32)value);
  else
    (self->recipe->is_big ? ak_writer_u64be : ak_writer_u64le)(self->w, value);
}

static inline void add_segment(const Builder *self, guint32 type, guint32 flags, guint64 offset,
                               guint64 size) {
  put32(self, type);
  if (!self->recipe->is_narrow)
    put32(self, flags);
  put_word(self, offset);
  put_word(self, offset); /* address = offset */
  put_word(self, offset);
  put_word(self, size);
  put_word(self, size);
  if (self->recipe->is_narrow)
    put32(self, flags);
  put_word(self, 1);
}

static inline void add_symbol(const Builder *self, guint32 name) {
  put32(self, name);
  if (self->recipe->is_narrow)
    ak_writer_bytes(self->w, "\0\0\0\0\0\0\0\0", 8);
  ak_writer_u8(self->w, name > 0 ? 0x12 : 0); /* global function */
  ak_writer_u8(self->w, 0);
  put16(self, 0); /* undefined: an import */
  if (!self->recipe->is_narrow)
    ak_writer_bytes(self->w, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static inline guint count_names(const Recipe *recipe) {
  guint count = 0;
  for (gsize i = 1; i < recipe->names_size; i++)
    count += recipe->names[i - 1] == '\0' && recipe->names[i] != '\0';
  return count;
}

/* Tags of the dynamic section, the end included. */
static inline guint count_tags(const Recipe *recipe) {
  return 4u + recipe->bind_now + recipe->lazy + (recipe->runpath != 0);
}

static inline void add_dynamic(const Builder *self, guint64 dynamic, gsize word) {
  const Recipe *recipe = self->recipe;
  guint64 symbols = dynamic + 2 * count_tags(recipe) * word;
  guint64 strings = symbols + (count_names(recipe) + 1) * (guint64)(recipe->is_narrow ? 16 : 24);
  guint64 tags[16] = {6, symbols, 5, strings, 10, recipe->names_size};
  guint count = 6;
  if (recipe->bind_now)
    tags[count] = 24, count += 2;
  if (recipe->lazy)
    tags[count] = 23, tags[count + 1] = symbols, count += 2;
  if (recipe->runpath != 0)
    tags[count] = 29, tags[count + 1] = recipe->runpath, count += 2;
  for (gsize i = 0; i < count + 2; i++)
    put_word(self, tags[i]);
  add_symbol(self, 0);
  for (gsize i = 1; i < recipe->names_size; i++)
    if (recipe->names[i - 1] == '\0' && recipe->names[i] != '\0')
      add_symbol(self, (guint32)i);
  ak_writer_bytes(self->w, recipe->names, recipe->names_size);
}

/* A note "GNU" of type 5 with one property of four bytes. */
static inline void add_note(const Builder *self) {
  gsize size = self->recipe->is_narrow ? 12 : 16;
  put32(self, 4);
  put32(self, (guint32)size);
  put32(self, 5);
  ak_writer_bytes(self->w, "GNU", 4);
  put32(self, self->recipe->property);
  put32(self, 4);
  put32(self, self->recipe->bits);
  ak_writer_bytes(self->w, "\0\0\0", size - 12);
}

static inline GBytes *recipe_build(const Recipe *recipe) {
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  const Builder self = {w, recipe};
  bool is_narrow = recipe->is_narrow;
  gsize header = is_narrow ? 52 : 64, segment = is_narrow ? 32 : 56, word = is_narrow ? 4 : 8;
  guint16 count = (guint16)(1 + recipe->stack + recipe->relro + recipe->interp +
                            (recipe->names != NULL) + (recipe->property != 0));
  guint64 note = header + (guint64)count * segment, note_size = is_narrow ? 28 : 32;
  guint64 dynamic = note + (recipe->property != 0 ? note_size : 0);
  ak_writer_bytes(w,
                  "\x7f"
                  "ELF",
                  4);
  ak_writer_u8(w, is_narrow ? 1 : 2);
  ak_writer_u8(w, recipe->is_big ? 2 : 1);
  ak_writer_bytes(w, "\1\0\0\0\0\0\0\0\0\0", 10);
  put16(&self, recipe->type);
  put16(&self, recipe->machine != 0 ? recipe->machine : recipe->is_big ? 8 : 62);
  put32(&self, 1);
  put_word(&self, 0);
  put_word(&self, header);
  put_word(&self, 0);
  put32(&self, 0);
  put16(&self, (guint16)header);
  put16(&self, (guint16)segment);
  put16(&self, count);
  ak_writer_bytes(w, "\0\0\0\0\0\0", 6);
  add_segment(&self, 1, 5, 0, 4096);
  if (recipe->stack)
    add_segment(&self, 0x6474e551, recipe->stack_executable ? 7 : 6, 0, 0);
  if (recipe->relro)
    add_segment(&self, 0x6474e552, 4, 0, 0);
  if (recipe->interp)
    add_segment(&self, 3, 4, 0, 0);
  if (recipe->property != 0)
    add_segment(&self, 4, 4, note, note_size);
  if (recipe->names != NULL)
    add_segment(&self, 2, 6, dynamic, 2 * count_tags(recipe) * word);
  if (recipe->property != 0)
    add_note(&self);
  if (recipe->names != NULL)
    add_dynamic(&self, dynamic, word);
  return ak_writer_end(w, NULL);
}
