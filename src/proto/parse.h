/* What a codec says of bytes that came in so far. */
#pragma once

typedef enum {
  AK_PARSE_MORE, /* the beginning of something valid: read on */
  AK_PARSE_DONE, /* one unit was read */
  AK_PARSE_BAD,  /* it can never become one; the error says why */
} AkParse;
