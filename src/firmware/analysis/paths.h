/* Files by their path within the filesystems of an image, with links followed inside of them. */
#pragma once

#include "firmware/unpack/tree.h"

typedef struct _AkFirmwarePaths AkFirmwarePaths;

/* An index over `tree`, which it borrows. */
AkFirmwarePaths *ak_firmware_paths_new(const AkFirmwareTree *tree);
void ak_firmware_paths_free(AkFirmwarePaths *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFirmwarePaths, ak_firmware_paths_free)

/* The node at exactly `path` in the filesystem of the container node `container`; no link is
 * followed. Of several entries of one path the last counts, as it does where an archive is
 * unpacked. */
bool ak_firmware_paths_entry(const AkFirmwarePaths *self, guint container, const char *path,
                             guint *index);

typedef enum {
  AK_PATH_FOUND,
  AK_PATH_MISSING,  /* there is no such entry */
  AK_PATH_DANGLING, /* a link leads to what the image does not hold (made at start), or in a circle
                     */
} AkPathAnswer;

/* As the device would open `path` (from its root, "/" first): links are followed, folder by folder,
 * never out of the filesystem. `root` is the folder that is "/" on the device ("" where that is the
 * filesystem's own). `index` is written for FOUND. At most 40 links. */
AkPathAnswer ak_firmware_paths_find(const AkFirmwarePaths *self, guint container, const char *root,
                                    const char *path, guint *index);

/* The names of the entries right within the folder `path`, sorted: GPtrArray of guint node indices
 * by GUINT_TO_POINTER. The folder itself need not be an entry. */
GPtrArray *ak_firmware_paths_list(const AkFirmwarePaths *self, guint container, const char *path);

/* The bytes of a FILE node, or NULL where it is none or was cut. Borrowed. */
const guint8 *ak_firmware_paths_bytes(const AkFirmwarePaths *self, guint index, gsize *size);
