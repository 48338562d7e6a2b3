/* What bytes look like that no format explains: by their statistics alone, so never more than a
 * guess. Pure. Rules and limits: docs/formats/firmware.md, "What unknown bytes look like". */
#pragma once

#include "util/error.h"

typedef enum {
  AK_CONTENT_DATA, /* none of the others */
  AK_CONTENT_PADDING,
  AK_CONTENT_TEXT,
  AK_CONTENT_CODE,
  AK_CONTENT_COMPRESSED, /* full of information, and yet some bytes are more frequent: no cipher */
  AK_CONTENT_COMPRESSED_OR_ENCRYPTED, /* as random as either of the two */
} AkContentKind;

/* "data", "padding", "text", "code", "compressed", "compressed-or-encrypted" */
const char *ak_content_kind_name(AkContentKind kind);

typedef struct {
  gsize offset, size;
  AkContentKind kind;
  const char *architecture; /* of code: "arm", "mips-be"; else NULL. Borrowed for ever. */
  const char *confidence;   /* "high", "medium", "low"; of data NULL. Borrowed for ever. */
  guint entropy_centibits;  /* of a byte: 0 … 800 */
} AkContentPart;

/* Parts in their order, which together are all of the bytes: at most 256. Free with g_array_unref.
 */
GArray *ak_content_parts(const guint8 *data, gsize size);

/* True for a file that says of itself that it is encrypted (encrypted-kind.h), and for one of 1 KiB or more, padding at its end not counted, of which more than an eighth is as random as packed or
 * encrypted bytes; of a program, more than a third. Up to 16 blocks are looked at, spread over the file; holes are left out. What pictures, sound,
 * films, fonts, documents and public keys explain by their structure (known-kind.h) is left out: something may lie in such a
 * file that nobody who looks at its bytes can see. */
bool ak_content_is_sealed(const guint8 *data, gsize size);

/* The same by the share of even blocks alone, whatever kind it is: of bytes that are part of a file. */
bool ak_content_looks_sealed(const guint8 *data, gsize size);

/* Shannon's entropy of the bytes, in 1/100 bit a byte; 0 for none. */
guint ak_content_entropy(const guint8 *data, gsize size);
