/* The components of a CycloneDX bill as elements of a value chain. */
#pragma once

#include "util/json.h"

/* `bill` as ak_cyclonedx_read gives it (exchange/cyclonedx.h). A document of a chain, not yet checked: its subject is a system
 * and each component an element that is a part of it, or of the component that it stands within; what a component depends on it
 * runs. The caller's. */
json_t *ak_chain_of_cyclonedx(const json_t *bill, const char *name);
