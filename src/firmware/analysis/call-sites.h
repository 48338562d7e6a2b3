/* Where a program calls imported functions: through its procedure linkage table or its global
 * offset table. Pure. Source: psABIs of x86-64, AArch64, ARM and MIPS (relocations of jump slots,
 * forms of the linkage table). */
#pragma once

#include "firmware/analysis/elf-read.h"

typedef struct {
  guint sites; /* of calls; where the target is loaded from the table (MIPS, x86-64 without a
                  linkage table) of loads */
  guint constant, built; /* of a function that runs commands: what its first argument is */
} AkCallSites;

/* Counts the calls of `names` (`count` of them) in all segments that are run; `out` has as many
 * rows. NULL, or why it was not looked: static text. Calls through pointers are not seen. */
const char *ak_call_sites_count(AkElf *elf, const AkElfDynamic *dynamic, const char *const *names,
                                guint count, AkCallSites *out);

/* True for functions whose first argument is a command or a program. */
bool ak_call_sites_is_command(const char *name);

bool ak_firmware_call_sites_fuzz(const guint8 *data, gsize size);
