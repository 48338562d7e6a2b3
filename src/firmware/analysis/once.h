/* What a file's bytes say is read once, however many paths lead to the same bytes: hard links, copies,
 * the same file in two partitions. What is found is still said of each path. */
#pragma once

#include "util/digest.h"

typedef struct _AkOnce AkOnce;

/* `free_result` frees what is kept; NULL results are none. One thread. */
AkOnce *ak_once_new(GDestroyNotify free_result);
void ak_once_free(AkOnce *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkOnce, ak_once_free)

/* What was kept of bytes with this digest, looked at in this way (`manner`: all that besides the bytes
 * decides what is found, such as what the path's name says), or NULL. Borrowed as long as this lives. */
gpointer ak_once_find(AkOnce *self, const AkDigest *digest, const char *manner);
/* Keeps `result` (takes it over) and returns it. */
gpointer ak_once_keep(AkOnce *self, const AkDigest *digest, const char *manner, gpointer result);
