/* Why a search in an image did not see everything, in the reader's language. */
#pragma once

#include "util/text.h"

/* `reason` as an analysis or firmware/unpack/gaps.h says it. Names and what a format says of a broken structure stay as they are;
 * so does a reason that is not known. Caller frees. */
char *ak_firmware_reason_text(AkLang lang, const char *reason);
