/* Writes what a worker unpacked into a folder: what it is called is hostile.
 *
 * Each container has a folder of its own, "0004-squashfs"; nothing is written but in DIR, which was
 * empty before, and no symbolic link is followed (openat2, RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS).
 * Devices, links that lead elsewhere and what could not be written stand in the manifest alone. */
#pragma once

#include "sandbox/entry.h"
#include "util/digest.h"

typedef struct _AkExtract AkExtract;

/* Makes DIR where it is not there; CONFIG where something is in it. */
AkExtract *ak_extract_open(const char *dir, GError **error);
void ak_extract_free(AkExtract *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkExtract, ak_extract_free)

/* In the order of a worker's frames. IO where the folder does not take them; a name alone is never
 * an error. */
bool ak_extract_entry(AkExtract *self, const AkEntry *entry, GError **error);
bool ak_extract_content(AkExtract *self, const void *bytes, gsize size, GError **error);
bool ak_extract_entry_end(AkExtract *self, const AkDigest *digest, GError **error);

/* Makes the links and writes DIR/manifest.json (docs/formats/firmware.md). `end`: how the worker
 * ended; `facts` (borrowed) are members for the manifest. */
bool ak_extract_finish(AkExtract *self, const char *end, const json_t *facts, GError **error);

/* {"files", "folders", "links", "bytes", "not_written"}; the caller's. */
json_t *ak_extract_summary(const AkExtract *self);
