/* Which processor might run these bytes? By how often instructions stand in programs. Pure. */
#pragma once

#include "util/error.h"

typedef struct {
  guint32 value, mask; /* ends with mask 0 */
  guint per_10000;     /* units of a program that fit, those before it left out */
} AkOpcode;

typedef struct {
  const char *architecture; /* "aarch64", "mips-be" */
  guint unit;               /* bytes: 4, 2, or 1 where instructions have any length */
  bool is_big;              /* most significant byte first */
  const AkOpcode *opcodes;
} AkOpcodeTable;
extern const AkOpcodeTable ak_opcode_tables[]; /* ends with architecture NULL */

typedef struct {
  const char *architecture; /* the one that explains most; borrowed for ever */
  gint centibits;           /* what it explains of each byte more than chance does, in 1/100 bit */
  gint next_centibits;      /* the same of the one that comes next */
  guint kinds;              /* how many different patterns of it were seen */
} AkOpcodeGuess;

/* Looks at the first 64 KiB. False: too few bytes that are neither 0 nor 0xff. The logarithm of how
 * much likelier the bytes are as a program than as random ones, by the tables above. */
bool ak_opcodes_guess(const guint8 *data, gsize size, AkOpcodeGuess *out);
