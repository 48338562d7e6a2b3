/* A program that an adapter starts itself, with pipes to its standard input and output. */
#pragma once

#include "effect/adapter/adapter.h"

typedef struct {
  AkProcess *process;
  int to, from; /* not blocking; -1 where there is no such pipe */
  AkProcessUse *used; /* of the place: gets what it used once it ends; or NULL */
} AkChild;

/* Which pipes it gets. Without OUTPUT what it prints goes to the file "output" in its folder. */
typedef enum {
  AK_CHILD_NO_PIPE = 0,
  AK_CHILD_INPUT = 1 << 0,
  AK_CHILD_OUTPUT = 1 << 1,
} AkChildPipes;

/* The product's command with its placeholders filled and the word "@FILE@" replaced by `file`
 * (NULL: left). IO, NOT_FOUND as ak_process_start. */
AkChild *ak_child_start(const AkEffectPlace *place, const char *file, AkChildPipes pipes,
                        GError **error);
/* Ends it, at once. */
void ak_child_free(AkChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChild, ak_child_free)
