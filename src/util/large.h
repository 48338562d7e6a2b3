/* Arrays of megabytes, on large pages where the kernel gives them: a page of 4 KiB that is touched for the first time
 * costs as much as copying it many times over, and an array of millions of rows has thousands of them.
 *
 * Smaller ones are the heap's, so that callers need not know how large theirs are. Under a sanitizer all are: it
 * guards their ends. */
#pragma once

#include <glib.h>

/* From here on an array is mapped by itself, in whole large pages. */
#define AK_LARGE_LEAST ((gsize)1 << 20)

/* `count` items of `size` bytes, all zero, aligned for any type; only what is written to takes memory. NULL where
 * memory ends, or the product is no size. The caller's, to be freed by ak_large_free alone. */
gpointer ak_large_new(gsize count, gsize size);

/* The same items in an array of `count`; those behind the old ones are zero. Where both are large nothing is copied.
 * `memory` is gone, unless NULL is returned (as above). NULL for `memory` makes a new array. */
gpointer ak_large_renew(gpointer memory, gsize count, gsize size);

/* How many items an array that grows step by step had better have room for when it needs room for `count`: at least as many. One of medium
 * size is given a large page at once, as copying it again and again and touching small pages takes longer. */
gsize ak_large_room(gsize count, gsize size);

/* Nothing for NULL. */
void ak_large_free(gpointer memory);

/* Large pages for `bytes` at `memory`, which anybody allocated and nobody has written to yet: as far as whole ones are
 * in it. */
void ak_large_advise(gpointer memory, gsize bytes);
