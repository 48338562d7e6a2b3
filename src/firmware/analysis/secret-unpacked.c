/* For another machine than this one the patterns of secrets are compiled there, at the first use. */
#include "firmware/analysis/secret-packed.h"

const char ak_secret_packed_source[AK_DIGEST_HEX_SIZE] = "";
const char ak_secret_packed[] = "";
const gsize ak_secret_packed_size = 0;
