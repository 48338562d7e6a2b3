/* The disassembler (util/library.h). */
#pragma once

#include <capstone/capstone.h>

#include "util/library.h"

#define AK_CAPSTONE_FUNCTIONS(X) \
  X(cs_close) \
  X(cs_disasm) \
  X(cs_free) \
  X(cs_insn_group) \
  X(cs_open) \
  X(cs_option) \
  X(cs_regs_access) \
  X(cs_support)

typedef struct {
  AK_CAPSTONE_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkCapstone;
extern AkCapstone ak_capstone;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_capstone_load(GError **error);

#define cs_close ak_capstone.cs_close
#define cs_disasm ak_capstone.cs_disasm
#define cs_free ak_capstone.cs_free
#define cs_insn_group ak_capstone.cs_insn_group
#define cs_open ak_capstone.cs_open
#define cs_option ak_capstone.cs_option
#define cs_regs_access ak_capstone.cs_regs_access
#define cs_support ak_capstone.cs_support
