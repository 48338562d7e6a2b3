/* Texts that would start a shell without a log-in, wherever they stand: in a script, in what a program hands to system(), in a rule
 * of a device manager. Pure. */
#pragma once

#include "util/error.h"

/* The next one whose program's name begins at `*at` or behind it; `*at` gets where. Remarks of scripts are none. */
bool ak_boot_text_find(const guint8 *data, gsize size, gsize *at);
/* One of the programs of which these texts are: "telnetd", "nc". */
bool ak_boot_text_is_giver(const char *name);
bool ak_firmware_boot_text_fuzz(const guint8 *data, gsize size);
