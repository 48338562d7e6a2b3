/* Where an image holds what starts a device: tables, folders of scripts, units. */
#pragma once

#include "firmware/analysis/boot-image.h"

typedef enum {
  AK_BOOT_STARTS,      /* it tells how the device starts */
  AK_BOOT_MAY_START,   /* read where it is */
  AK_BOOT_SUPER,       /* of inetd: it counts where that is started */
  AK_BOOT_RUN_BY_NAME, /* a script that counts where something runs it, or systemd finds it may be run */
} AkBootRole;

typedef struct {
  const char *ending; /* of the path; of a folder with "/" at its end */
  AkBootForm form;
  const char *how;
  AkBootRole role;
} AkBootTable;

/* The table that a node of this path is, or NULL. */
const AkBootTable *ak_boot_place_table(const char *path);

/* What stands before `marker` in the path: the root of this filesystem. NULL without the marker. */
char *ak_boot_place_root(const char *path, const char *marker);

/* The node that the device would open. */
bool ak_boot_place_resolve(const AkBootRoot *root, const char *path, guint *index);

/* Folders of scripts that are started in order; "S50telnet" of them → "telnet", NULL for other names. */
bool ak_boot_place_is_start_folder(const char *folder);
const char *ak_boot_place_start_name(const char *name);

/* "/etc/runlevels/default/sshd", "/etc/service/sshd" (its "run"), "/etc/uci-defaults/x": how it is started, caller frees; NULL: it is
 * none of these. `script` gets where the script stands, relative to the node. */
char *ak_boot_place_other(const char *path, const char **script);

/* A script that another one names: as it is, where shells look, beside the other one, at the root. */
bool ak_boot_place_script(const AkBootRoot *root, guint starter, const char *name, guint *index);

/* False for targets of systemd that are gone into at the end, or to repair: "rescue.target". */
bool ak_boot_place_is_boot_target(const char *name);

/* The path of the unit that a link in "x.target.wants" means; NULL where it is masked or not there. Caller frees. */
char *ak_boot_place_unit(const AkBootRoot *root, const char *link);
