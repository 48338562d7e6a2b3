/* Memory for many small things that need not stay in memory: pages of a file without a name in the
 * folder for temporary files. What was taken stays where it is until the shelf is freed, and is
 * written and read as any memory; the kernel keeps it in the file.
 *
 * Whoever walks over much of it breathes now and then: pages that nobody has looked at of late then
 * leave the process, so that its memory does not grow with what lies on shelves. */
#pragma once

#include "util/error.h"

typedef struct _AkShelf AkShelf;

/* IO, NOT_FOUND or PERMISSION where no file can be made in $TMPDIR; in /var/tmp, else /tmp, where that is not
 * set. */
AkShelf *ak_shelf_new(GError **error);
void ak_shelf_free(AkShelf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkShelf, ak_shelf_free)

/* `size` bytes of zeros, aligned for anything. NULL with IO where the disk is full, with LIMIT beyond
 * AK_SHELF_BYTES in all. One thread. */
#define AK_SHELF_BYTES (G_GUINT64_CONSTANT(1) << 38)
gpointer ak_shelf_take(AkShelf *self, gsize size, GError **error);
/* A copy of `size` bytes, likewise; of a text with its end; NULL stays NULL without an error. */
gpointer ak_shelf_copy(AkShelf *self, gconstpointer data, gsize size, GError **error);
char *ak_shelf_text(AkShelf *self, const char *text, GError **error);

/* Call it every some thousand steps of a loop over what lies on it: where more than
 * AK_SHELF_RESIDENT bytes of shared pages are in the process, those of this shelf leave it. */
#define AK_SHELF_RESIDENT ((gsize)24 << 20) /* beside those that were there when the first shelf was made */
void ak_shelf_breathe(AkShelf *self);

/* The same in loops over things of any size: with the bytes of each that is looked at. It breathes after each
 * AK_SHELF_PASSED of them. */
#define AK_SHELF_PASSED ((gsize)8 << 20)
void ak_shelf_pass(AkShelf *self, gsize size);

/* Sorts rows of `columns` (1 … 4) numbers by their first one, upwards, rows of the same number in
 * the order in which they stood: by digits, so that no more than a few pages are looked at at a
 * time. `spare` is room for as many rows, whose content is lost. Both lie on the shelf. */
void ak_shelf_sort(AkShelf *self, guint64 *rows, guint64 *spare, gsize count, guint columns);
/* Numbers whose order as above is that of the values, and back. */
guint64 ak_shelf_key(double value);
double ak_shelf_value(guint64 key);
