/* Texts to numbers, dense from 0 in the order in which they come: one table with open addressing and a seed, since
 * texts are chosen by whoever wrote the file. Texts are borrowed: nothing is copied and nothing allocated for one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define AK_INTERN_NONE G_MAXUINT32
enum { AK_INTERN_MAX = 1 << 30 };

typedef struct _AkIntern AkIntern;

/* `expected`: how many texts will come, for room at once; more may. NULL where memory ends. The caller's. */
AkIntern *ak_intern_new(gsize expected);
void ak_intern_free(AkIntern *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkIntern, ak_intern_free)

guint32 ak_intern_count(const AkIntern *self);
/* The number of `text`, given now if it has none; it must outlive the table, and `text[size]` be NUL. AK_INTERN_NONE
 * where memory ends or AK_INTERN_MAX is reached. */
guint32 ak_intern_add(AkIntern *self, const char *text, gsize size);
/* AK_INTERN_NONE where it has none. */
guint32 ak_intern_find(const AkIntern *self, const char *text, gsize size);
/* Borrowed. */
const char *ak_intern_text(const AkIntern *self, guint32 number);

/* The same in two steps, so that many texts can be looked for at once: the table is larger than the caches. */
guint32 ak_intern_hash(const AkIntern *self, const char *text, gsize size);
guint32 ak_intern_find_hashed(const AkIntern *self, guint32 hash, const char *text, gsize size);
void ak_intern_prefetch(const AkIntern *self, guint32 hash);
/* The same for what is read behind the table: where the text stands, and then the text itself. Each reads what the one before it asked
 * for. */
void ak_intern_prefetch_place(const AkIntern *self, guint32 hash);
void ak_intern_prefetch_text(const AkIntern *self, guint32 hash);
