/* Does a text that a service says of itself tell a version? */
#pragma once

#include "util/error.h"

/* "vsFTPd 3.0.3", "dropbear_2022.83", "BusyBox v1.36": numbers joined by points. A number alone, an
 * IPv4 address and a time of day are none. */
bool ak_banner_tells_version(const char *text);
