/* Packed or encrypted bytes that stand as text: in base64 (RFC 4648, both alphabets) or as hexadecimal digits. Pure. */
#pragma once

#include "util/error.h"

/* True for a text in which a run of digits, with line ends in it or not, is of 1 KiB or more (of hexadecimal digits 2 KiB, as
 * moduli of keys are shorter) that look packed or encrypted as ak_content_is_sealed judges. Whole PEM blocks of private keys,
 * which may be encrypted, are what they say. What has a NUL in its first 4 KiB is no text. */
bool ak_encoded_is_sealed(const guint8 *data, gsize size);

bool ak_firmware_encoded_fuzz(const guint8 *data, gsize size);
