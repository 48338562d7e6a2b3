/* Whether the first argument of a call is a text of the program or put together when it runs, where
 * the few instructions before the call tell. Source: the ABIs' first argument registers: System V
 * x86-64 (rdi), AAPCS64 (x0), AAPCS32 (r0), MIPS o32 and n64 (a0). Instructions by Capstone 4. */
#pragma once

#include "firmware/analysis/elf-read.h"

typedef struct _AkCallArguments AkCallArguments;

/* Loads Capstone, before a worker is locked in. */
bool ak_call_arguments_preload(GError **error);

/* Borrows `elf`. NULL where the machine is not one of the four, or Capstone was built without it.
 */
AkCallArguments *ak_call_arguments_new(AkElf *elf, guint64 global_pointer);
void ak_call_arguments_free(AkCallArguments *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCallArguments, ak_call_arguments_free)

typedef enum {
  AK_ARGUMENT_UNTOLD,
  AK_ARGUMENT_CONSTANT, /* a text in a segment that is not written to */
  AK_ARGUMENT_FORMAT,   /* such a text, with a '%' in it */
  AK_ARGUMENT_BUILT,    /* room on the stack: whatever was written there */
} AkArgument;

/* Of the call whose instruction stands at the address `site`; of MIPS the load of its target.
 * `thumb` is ARM's shorter instruction set. */
AkArgument ak_call_argument(AkCallArguments *self, guint64 site, bool thumb);
