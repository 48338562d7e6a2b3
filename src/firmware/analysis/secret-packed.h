/* The patterns of secrets as they were compiled when the program was built (secret-pack.c), for any
 * processor of its kind: what Hyperscan does not take, of another version or machine, is compiled at
 * the first use instead. */
#pragma once

#include "util/digest.h"

extern const char ak_secret_packed_source[AK_DIGEST_HEX_SIZE]; /* of the rules that they are */
extern const char ak_secret_packed[];                          /* by hs_serialize_database */
extern const gsize ak_secret_packed_size;                      /* 0: none */
