/* What the files of an image say about one start: units with their drop-ins and environments,
 * settings with what they include. */
#pragma once

#include "firmware/analysis/boot-service.h"
#include "firmware/analysis/boot-start.h"
#include "firmware/analysis/paths.h"

/* One root of an image: what is "/" on the device. */
typedef struct {
  const AkFirmwareTree *tree;
  const AkFirmwarePaths *paths;
  guint container;
  const char *root; /* "" or "/rootfs" */
} AkBootRoot;

/* The text of `path`, links followed; NULL where it is not there or no file. Borrowed bytes. */
const guint8 *ak_boot_image_bytes(const AkBootRoot *self, const char *path, gsize *size);

/* The commands of the unit at `path` ("/lib/systemd/system/x@.service"), with its drop-ins and those of `instance` ("x@tty1.service";
 * NULL: none), the variables of its environment files filled in; unset ones are empty, as systemd does. `pulled` (may be NULL) gets
 * the names of units that it starts with itself: of char *. */
GPtrArray *ak_boot_image_unit(const AkBootRoot *self, const char *path, const char *instance, GPtrArray *pulled);

/* The names of units that the unit at `path` starts with itself. Source: systemd.unit(5): Wants=, Requires=, BindsTo=, Upholds=. */
void ak_boot_image_pulled(const AkBootRoot *self, const char *path, GPtrArray *pulled);

/* True where a drop-in of this unit's own is there. */
bool ak_boot_image_has_drop_ins(const AkBootRoot *self, const char *name);

/* The files that `pattern` matches in its last part ("/etc/autostart/(star).sh"), sorted: GPtrArray of char * paths on the device. */
GPtrArray *ak_boot_image_glob(const AkBootRoot *self, const char *pattern);

/* The settings of `path` with what they include (at most 100 files, 3 deep); `is_partial` gets
 * whether lines or files were not understood. NULL where `path` is not there. */
GPtrArray *ak_boot_image_settings(const AkBootRoot *self, const char *path, AkSettingsForm form,
                                  bool *is_partial);
