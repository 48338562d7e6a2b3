/* Shared libraries that only some commands need: loaded when they are first used, since each costs every start of
 * the program, and a worker is a start too.
 *
 * A header beside its user lists the functions once (`X`), makes a member of each (AK_LIBRARY_MEMBER) and lets the
 * functions' own names mean these members; what it forgets to list does not link. */
#pragma once

#include "util/error.h"

#define AK_LIBRARY_MEMBER(name) __typeof__(name) *name;
#define AK_LIBRARY_NAME(name) #name,

typedef struct {
  const char *file;         /* its name as the loader finds it: "libpq.so.5" */
  const char *const *names; /* of its functions, or of those of a library that it brings; ends with NULL */
  gpointer functions;       /* out: as many pointers, in their order */
  gsize once;               /* 0 at first */
} AkLibrary;

/* Loads it and finds all functions; afterwards costs nothing. Any thread. NOT_FOUND where the library or one of
 * the functions is not there; asked again it says so again. A worker that is locked in can load nothing: its job
 * does so before (sandbox/worker.h, `preload`). */
bool ak_library_load(AkLibrary *self, GError **error);
