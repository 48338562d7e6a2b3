/* Pages of large arrays touched by a thread of their own before anybody writes to them. The first touch of a page makes the kernel
 * clear it, and under a hypervisor makes that find memory for it: of arrays of gigabytes this takes as long as filling them.
 *
 * What is touched too much (room that an array does not fill in the end) takes memory, at most a half more of such arrays. */
#pragma once

#include <glib.h>

/* From the first of these until as many of the other one, the thread runs; nothing happens where there is one processor. Any thread. */
void ak_large_ahead_begin(void);
void ak_large_ahead_end(void);

/* For util/large.c alone. Pages from `at` to `end` are new; and they will be gone: what was not touched is returned, where it begins, or
 * `end`. A call returns when nobody touches any of them. */
void ak_large_ahead_add(guint8 *at, guint8 *end);
guint8 *ak_large_ahead_drop(guint8 *at, guint8 *end);
