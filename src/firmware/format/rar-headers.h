/* The headers of RAR archives, versions 1.5 to 4 and 5: what lies where, and what the archive says
 * to guard it with. Contents are not touched. Pure. Source: "RAR 5.0 archive format"
 * (rarlab.com/technote.htm); "RAR version 3.93, technical information" (techinfo.txt of RAR). */
#pragma once

#include "util/error.h"

#define AK_RAR_MAGIC_FOUR "Rar!\x1a\x07\0"
#define AK_RAR_MAGIC_FIVE "Rar!\x1a\x07\1\0"
enum { AK_RAR_MAGIC_FOUR_SIZE = 7, AK_RAR_MAGIC_FIVE_SIZE = 8 };

typedef enum {
  AK_RAR_FILE,
  AK_RAR_FOLDER,
  AK_RAR_LINK,    /* to `target`, or to what its content says */
  AK_RAR_SAME_AS, /* another name of `target`, or a copy of it */
  AK_RAR_SERVICE, /* "CMT", "RR": none of the files */
} AkRarKind;

typedef struct {
  AkRarKind kind;
  char *name;   /* the maker's bytes, '/' between steps; owned */
  char *target; /* or NULL; owned */
  bool has_mode;
  guint mode, uid, gid; /* mode with its type, POSIX sys/stat.h */
  gsize at, packed;     /* where its content stands; within the bytes */
  guint64 size;         /* of the content; G_MAXUINT64: not known */
  bool is_stored, is_encrypted, is_split, is_short;
  bool is_odd; /* something in its header is not understood */
  bool has_crc;
  guint32 crc;
  const guint8 *blake2sp; /* 32 bytes, borrowed from the archive's; or NULL */
} AkRarEntry;

typedef struct {
  const guint8 *data; /* borrowed */
  gsize size;
  bool is_five;
  GArray *entries; /* of AkRarEntry, in their order */
  gsize end;       /* bytes that the archive covers, as far as known */
  char *cut;       /* why not all of its entries are known, or NULL */
} AkRar;

/* True if a RAR archive begins here: its first header's checksum is verified. Reads 4 KiB at most.
 */
bool ak_rar_begins(const guint8 *data, gsize size);

/* Reads all headers; INVALID_DATA only where ak_rar_begins is false. */
bool ak_rar_read(AkRar *self, const guint8 *data, gsize size, GError **error);
void ak_rar_clear(AkRar *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkRar, ak_rar_clear)

/* For rar-four.c and rar-five.c, which read one version each; ak_rar_read has set up `self`. */
bool ak_rar_four_begins(const guint8 *data, gsize size);
void ak_rar_four_read(AkRar *self);
bool ak_rar_five_begins(const guint8 *data, gsize size);
void ak_rar_five_read(AkRar *self);

/* Takes the entry over; false (and `cut` is set) where there are too many. */
bool ak_rar_add(AkRar *self, AkRarEntry entry);
void ak_rar_entry_clear(AkRarEntry *self);
/* The first reason stays. */
void ak_rar_cut(AkRar *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The place of `packed` bytes behind a header, as far as they are there. False: they end too early.
 */
bool ak_rar_place(const AkRar *self, gsize at, guint64 packed, gsize *there);
