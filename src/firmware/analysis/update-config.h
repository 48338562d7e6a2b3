/* How a device is updated, and whether what it installs must be signed: settings of the known
 * updaters. Pure. Source: opkg.conf; RAUC reference, system.conf; SWUpdate documentation,
 * swupdate.cfg and signed images; Mender documentation, client configuration; fwupd, daemon.conf;
 * apt.conf(5), sources.list(5); dnf.conf(5); ostree.repo-config(5); OpenWrt, fwtool.sh. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_UPDATE_CHECKED,   /* a signature is asked for */
  AK_UPDATE_UNCHECKED, /* none is */
  AK_UPDATE_UNKNOWN,   /* these settings do not tell */
} AkUpdateAnswer;

typedef struct {
  const char *name; /* "rauc" */
  const char *end;  /* a path ends so: "/etc/rauc/system.conf"; with "/" at its end: the files of this folder */
  AkUpdateAnswer (*judge)(const char *text);
  const char *unknown; /* why the settings may not tell; NULL: they always do */
} AkUpdater;

/* The updater whose settings the file at `path` holds, or NULL. */
const AkUpdater *ak_updater_of(const char *path);

/* Addresses without encryption from which packages are fetched: GPtrArray of char *, at most 50;
 * credentials in them are left out. */
GPtrArray *ak_update_plain_sources(const char *text);

bool ak_firmware_update_config_fuzz(const guint8 *data, gsize size);
