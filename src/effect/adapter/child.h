/* A program that an adapter starts itself, with pipes to its standard input and output. */
#pragma once

#include "effect/adapter/adapter.h"

typedef struct {
  AkProcess *process;
  int to, from; /* not blocking; `to` is -1 where it has no input */
  AkProcessUse *used; /* of the place: gets what it used once it ends; or NULL */
} AkChild;

/* The product's command with its placeholders filled and the word "@FILE@" replaced by `file`
 * (NULL: left). IO, NOT_FOUND as ak_process_start. */
AkChild *ak_child_start(const AkEffectPlace *place, const char *file, bool has_input,
                        GError **error);
/* Ends it, at once. */
void ak_child_free(AkChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChild, ak_child_free)
