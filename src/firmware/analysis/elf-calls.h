/* What the names that a program imports tell of how it was compiled. Pure. */
#pragma once

#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/elf-read.h"

/* Fills in canary, fortify, the counts and the marks that are names. */
bool ak_elf_calls_judge(AkElf *elf, const AkElfDynamic *dynamic, AkElfFile *out, GError **error);
