/* Sections of UEFI firmware files, one after the other, some of which hold others packed. */
#pragma once

#include "firmware/unpack/tree.h"

/* Emits the sections in `size` bytes from `offset` of `node`'s bytes: what they hold becomes files
 * in `folder` ("/NAME"), volumes and what was unpacked regions. Damage cuts `node`. Errors as
 * ak_firmware_tree_add. */
bool ak_uefi_sections_add(AkFirmwareTree *tree, guint node, const char *folder, gsize offset,
                          gsize size, GError **error);

/* The name in the user-interface section among these, as UTF-8; NULL: none. Caller frees. */
char *ak_uefi_sections_name(const guint8 *data, gsize size);

/* "8c8ce578-8a3d-4f1c-9935-896185c32dd3"; caller frees. */
char *ak_uefi_guid_text(const guint8 *guid);
