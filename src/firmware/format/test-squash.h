/* A writer of small squashfs images, 2.0 to 4.0, in either byte order; for *-test.c only.
 * Source: squashfs-tools 4.4, squashfs_compat.h and squashfs_fs.h. unsquashfs reads what it writes.
 */
#pragma once

#include <lzma.h>

#include "firmware/unpack/test-tree.h"

typedef enum { SQUASH_ZLIB, SQUASH_ALONE, SQUASH_SHORT, SQUASH_BARE } SquashPack;

typedef struct {
  const char *name, *magic;
  guint major, minor;
  bool is_big, has_marks; /* a byte more before each metadata block */
  SquashPack pack;
  guint lc, lp, pb;
} SquashKind;

enum { SQUASH_BLOCK = 4096 };
#define SQUASH_CONTENT (2 * SQUASH_BLOCK + 100) /* of the large file: two blocks and an end */

typedef struct {
  const SquashKind *kind;
  GByteArray *image, *inodes, *folders, *ends; /* ends: of files, one block */
  guint number;
} Squash;

static inline void squash_bits(GByteArray *to, gsize base, gsize at, guint count, guint64 value,
                               bool is_big) {
  for (guint i = 0; i < count; i++) {
    gsize bit = at + i;
    guint one = is_big ? value >> (count - 1 - i) & 1 : value >> i & 1;
    gsize byte = base + bit / 8;
    if (byte >= to->len) {
      gsize from = to->len;
      g_byte_array_set_size(to, (guint)byte + 1);
      memset(to->data + from, 0, byte + 1 - from);
    }
    to->data[byte] |= (guint8)(one << (is_big ? 7 - bit % 8 : bit % 8));
  }
}

typedef struct {
  guint at, count;
  guint64 value;
} SquashField;

/* Fields of one structure, to the one with no bits; where it begins. */
static inline gsize squash_put(GByteArray *to, bool is_big, const SquashField *fields) {
  gsize base = to->len;
  for (; fields->count > 0; fields++)
    squash_bits(to, base, fields->at, fields->count, fields->value, is_big);
  return base;
}
#define PUT(TO, ...)                                                                               \
  squash_put(TO, self->kind->is_big, (const SquashField[]){__VA_ARGS__, {0, 0, 0}})

static inline gsize squash_lzma(const SquashKind *kind, const guint8 *data, gsize size, guint8 *out,
                                gsize room) {
  lzma_options_lzma options = {0};
  g_assert_false(lzma_lzma_preset(&options, 6));
  options.dict_size = 1 << 16;
  options.lc = kind->lc;
  options.lp = kind->lp;
  options.pb = kind->pb;
  options.ext_size_low = (guint32)size;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  gsize at = 0;
  g_assert_cmpint(lzma_raw_buffer_encode(filters, NULL, data, size, out, &at, room), ==, LZMA_OK);
  return at;
}

/* The packed bytes, in the way of the kind. */
static inline gsize squash_pack(const SquashKind *kind, const guint8 *data, gsize size, guint8 *out,
                                gsize room) {
  guint8 properties = (guint8)((kind->pb * 5 + kind->lp) * 9 + kind->lc);
  guint8 header[13] = {properties, 0, 0, 1};
  uLongf got = room;
  gsize before = kind->pack == SQUASH_ALONE ? 13 : kind->pack == SQUASH_SHORT ? 5 : 0;
  if (kind->pack == SQUASH_ZLIB) {
    g_assert_cmpint(compress2(out, &got, data, size, 9), ==, Z_OK);
    return got;
  }
  for (guint i = 0; i < 8; i++)
    header[5 + i] = (guint8)((guint64)size >> 8 * i);
  memcpy(out, header, before);
  return before + squash_lzma(kind, data, size, out + before, room - before);
}

/* A metadata block; where it begins. */
static inline gsize squash_meta(Squash *self, const GByteArray *content) {
  guint8 packed[16384];
  gsize at = self->image->len;
  gsize size = squash_pack(self->kind, content->data, content->len, packed, sizeof packed);
  bool is_plain = size >= content->len;
  size = is_plain ? content->len : size;
  PUT(self->image, {0, 16, size | (is_plain ? 0x8000 : 0)});
  if (self->kind->has_marks)
    g_byte_array_append(self->image, (const guint8 *)"\xff", 1);
  g_byte_array_append(self->image, is_plain ? content->data : packed, (guint)size);
  return at;
}

/* A data block; its size as it is stored. */
static inline guint32 squash_data(Squash *self, const guint8 *data, gsize size) {
  guint8 packed[16384];
  gsize got = squash_pack(self->kind, data, size, packed, sizeof packed);
  bool is_plain = got >= size;
  g_byte_array_append(self->image, is_plain ? data : packed, (guint)(is_plain ? size : got));
  return (guint32)(is_plain ? size | 1 << 24 : got);
}

/* What all inodes begin with; where. */
static inline gsize squash_base(Squash *self, guint type, guint mode) {
  guint number = ++self->number;
  if (self->kind->major == 2)
    return PUT(self->inodes, {0, 4, type}, {4, 12, mode}, {16, 8, 1}, {24, 8, 0});
  if (self->kind->major == 3)
    return PUT(self->inodes, {0, 4, type}, {4, 12, mode}, {16, 8, 1}, {24, 8, 0},
               {32, 32, 1700000000}, {64, 32, number});
  return PUT(self->inodes, {0, 16, type}, {16, 16, mode}, {32, 16, 1}, {48, 16, 0},
             {64, 32, 1700000000}, {96, 32, number});
}

static inline void squash_more(Squash *self, gsize base, const SquashField *fields) {
  for (; fields->count > 0; fields++)
    squash_bits(self->inodes, base, fields->at, fields->count, fields->value, self->kind->is_big);
}
#define MORE(BASE, ...) squash_more(self, BASE, (const SquashField[]){__VA_ARGS__, {0, 0, 0}})

/* A file: whole blocks where they are, the rest among the ends. */
static inline gsize squash_file(Squash *self, const guint8 *data, gsize size) {
  guint32 sizes[8], count = 0;
  gsize start = self->image->len, rest = size % SQUASH_BLOCK, offset = self->ends->len;
  for (; (count + 1) * SQUASH_BLOCK <= size; count++)
    sizes[count] = squash_data(self, data + count * SQUASH_BLOCK, SQUASH_BLOCK);
  g_byte_array_append(self->ends, data + size - rest, (guint)rest);
  guint64 fragment = rest > 0 ? 0 : G_MAXUINT32;
  gsize base = squash_base(self, 2, 0640);
  if (self->kind->major == 2)
    MORE(base, {32, 32, 1700000000}, {64, 32, start}, {96, 32, fragment}, {128, 32, offset},
         {160, 32, size});
  else if (self->kind->major == 3)
    MORE(base, {96, 64, start}, {160, 32, fragment}, {192, 32, offset}, {224, 32, size});
  else
    MORE(base, {128, 32, start}, {160, 32, fragment}, {192, 32, offset}, {224, 32, size});
  for (guint32 i = 0; i < count; i++)
    PUT(self->inodes, {0, 32, sizes[i]});
  return base;
}

static inline gsize squash_link(Squash *self, const char *target) {
  gsize base = squash_base(self, 3, 0777);
  guint64 size = strlen(target);
  if (self->kind->major == 2)
    MORE(base, {32, 16, size});
  else if (self->kind->major == 3)
    MORE(base, {96, 32, 1}, {128, 16, size});
  else
    MORE(base, {128, 32, 1}, {160, 32, size});
  g_byte_array_append(self->inodes, (const guint8 *)target, (guint)size);
  return base;
}

static inline gsize squash_device(Squash *self, guint major, guint minor) {
  gsize base = squash_base(self, 5, 0600);
  guint64 number = major << 8 | minor;
  if (self->kind->major == 2)
    MORE(base, {32, 16, number});
  else if (self->kind->major == 3)
    MORE(base, {96, 32, 1}, {128, 16, number});
  else
    MORE(base, {128, 32, 1}, {160, 32, number});
  return base;
}

typedef struct {
  const char *name;
  guint type;
  gsize inode; /* its offset */
} SquashName;

/* A folder with its names in order. */
static inline gsize squash_folder(Squash *self, const SquashName *names, guint count) {
  gsize offset = self->folders->len;
  bool is_new = self->kind->major == 4;
  if (self->kind->major == 2 && count > 0)
    PUT(self->folders, {0, 8, count - 1}, {8, 24, 0});
  else if (self->kind->major == 3 && count > 0)
    PUT(self->folders, {0, 8, count - 1}, {8, 32, 0}, {40, 32, 1});
  else if (count > 0)
    PUT(self->folders, {0, 32, count - 1}, {32, 32, 0}, {64, 32, 1});
  for (guint i = 0; i < count; i++) {
    guint64 size = strlen(names[i].name) - 1;
    if (is_new)
      PUT(self->folders, {0, 16, names[i].inode}, {16, 16, 0}, {32, 16, names[i].type},
          {48, 16, size});
    else if (self->kind->major == 3)
      PUT(self->folders, {0, 13, names[i].inode}, {13, 3, names[i].type}, {16, 8, size},
          {24, 16, 0});
    else
      PUT(self->folders, {0, 13, names[i].inode}, {13, 3, names[i].type}, {16, 8, size});
    g_byte_array_append(self->folders, (const guint8 *)names[i].name, (guint)size + 1);
  }
  guint64 size = self->folders->len - offset + (self->kind->major >= 3 ? 3 : 0);
  gsize base = squash_base(self, 1, 0750);
  if (self->kind->major == 2)
    MORE(base, {32, 19, size}, {51, 13, offset}, {64, 32, 1700000000}, {96, 24, 0});
  else if (self->kind->major == 3)
    MORE(base, {96, 32, 2}, {128, 19, size}, {147, 13, offset}, {160, 32, 0}, {192, 32, 0});
  else
    MORE(base, {128, 32, 0}, {160, 32, 2}, {192, 16, size}, {208, 16, offset}, {224, 32, 0});
  return base;
}

static inline void squash_super(Squash *self, gsize root, const gsize places[5]) {
  g_autoptr(GByteArray) super = g_byte_array_new();
  guint64 end = self->image->len, flags = self->kind->has_marks ? 4 : 0, none = G_MAXUINT64;
  guint old = self->kind->major < 4;
  g_byte_array_append(super, (const guint8 *)self->kind->magic, 4);
  if (old)
    PUT(super, {0, 32, self->number}, {32, 32, end}, {64, 32, places[3]}, {96, 32, places[4]},
        {128, 32, places[0]}, {160, 32, places[1]}, {192, 16, self->kind->major},
        {208, 16, self->kind->minor}, {224, 16, SQUASH_BLOCK}, {240, 16, 12}, {256, 8, flags},
        {264, 8, 2}, {272, 8, 1}, {280, 32, 1700000000}, {312, 64, root}, {376, 32, SQUASH_BLOCK},
        {408, 32, 1}, {440, 32, places[2]});
  if (self->kind->major == 3)
    PUT(super, {0, 64, end}, {64, 64, places[3]}, {128, 64, places[4]}, {192, 64, places[0]},
        {256, 64, places[1]}, {320, 64, places[2]}, {384, 64, none});
  if (!old)
    PUT(super, {0, 32, self->number}, {32, 32, 1700000000}, {64, 32, SQUASH_BLOCK}, {96, 32, 1},
        {128, 16, 1}, {144, 16, 12}, {160, 16, 0x200}, {176, 16, 2}, {192, 16, 4}, {208, 16, 0},
        {224, 64, root}, {288, 64, end}, {352, 64, places[3]}, {416, 64, none},
        {480, 64, places[0]}, {544, 64, places[1]}, {608, 64, places[2]}, {672, 64, none});
  memcpy(self->image->data, super->data, super->len);
}

/* Tables behind the data; their places: inodes, folders, fragments, users, groups. */
static inline void squash_tables(Squash *self, gsize places[5]) {
  g_autoptr(GByteArray) fragments = g_byte_array_new(), ids = g_byte_array_new();
  bool is_old = self->kind->major == 2;
  gsize start = self->image->len;
  guint32 stored = squash_data(self, self->ends->data, self->ends->len);
  places[0] = squash_meta(self, self->inodes);
  places[1] = squash_meta(self, self->folders);
  if (is_old)
    PUT(fragments, {0, 32, start}, {32, 32, stored});
  else
    PUT(fragments, {0, 64, start}, {64, 32, stored}, {96, 32, 0});
  gsize block = squash_meta(self, fragments);
  places[2] = PUT(self->image, {0, is_old ? 32 : 64, block});
  if (self->kind->major == 4) {
    PUT(ids, {0, 32, 5}, {32, 32, 1000});
    block = squash_meta(self, ids);
    places[3] = PUT(self->image, {0, 64, block});
    return;
  }
  places[3] = PUT(self->image, {0, 32, 5}, {32, 32, 1000});
  places[4] = PUT(self->image, {0, 32, 5});
}

/* hello, large, empty, link, console, sub/inner. Users are 1000, groups 5. */
static inline GBytes *squash_make(const SquashKind *kind, GBytes *large) {
  Squash squash = {
      kind, g_byte_array_new(), g_byte_array_new(), g_byte_array_new(), g_byte_array_new(), 0};
  Squash *self = &squash;
  guint size = kind->major == 4 ? 96 : kind->major == 3 ? 119 : 63;
  g_byte_array_set_size(self->image, size);
  memset(self->image->data, 0, size);
  SquashName inner[] = {{"inner", 2, 0}};
  SquashName names[] = {{"console", 5, 0}, {"empty", 2, 0}, {"hello", 2, 0},
                        {"large", 2, 0},   {"link", 3, 0},  {"sub", 1, 0}};
  inner[0].inode = squash_file(self, (const guint8 *)damage_shadow, strlen(damage_shadow));
  names[0].inode = squash_device(self, 5, 1);
  names[1].inode = squash_file(self, (const guint8 *)"", 0);
  names[2].inode = squash_file(self, (const guint8 *)"hello\n", 6);
  names[3].inode = squash_file(self, g_bytes_get_data(large, NULL), g_bytes_get_size(large));
  names[4].inode = squash_link(self, "sub/inner");
  names[5].inode = squash_folder(self, inner, 1);
  gsize root = squash_folder(self, names, G_N_ELEMENTS(names)), places[5] = {0};
  squash_tables(self, places);
  squash_super(self, root, places);
  g_byte_array_unref(self->inodes);
  g_byte_array_unref(self->folders);
  g_byte_array_unref(self->ends);
  return g_byte_array_free_to_bytes(self->image);
}
#undef PUT
#undef MORE
