/* Sets of ports as people write them: "1-1024,8080". */
#pragma once

#include "util/error.h"

typedef struct {
  guint16 first, last; /* both included; 1 … 65535 */
} AkPortRange;

/* Sorted ranges without overlap, of AkPortRange; CONFIG "ports TEXT: …". */
GArray *ak_ports_parse(const char *text, GError **error);

/* Appends "PREFIX:FIRST-LAST" ("PREFIX:PORT" for one) to `texts` (of owned strings) for each run of ports
 * whose flag is set; `flags` has 65536 entries, indexed by port. */
void ak_ports_append_ranges(GPtrArray *texts, const char *prefix, const bool *flags);
