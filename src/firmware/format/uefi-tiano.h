/* The standard compression of UEFI (EFI 1.1) and its variant with more bits a position ("Tiano").
 * Pure. */
#pragma once

#include "util/error.h"

/* Unpacks `size` bytes that begin with the compressed and the original size. `position_bits`: 4
 * (EFI 1.1) or 5 (Tiano). More than `limit` original bytes: LIMIT; damaged: INVALID_DATA. Caller
 * frees. */
GBytes *ak_uefi_tiano_decode(const guint8 *data, gsize size, guint position_bits, guint64 limit,
                             GError **error);
