/* The components that tests saw in the images, as rows of the report (docs/formats/report.md). */
#pragma once

#include "core/observation.h"

/* Array of {"locator", "image", "name", "version", "purl", "cpe", "origin", "files", "observations"}, sorted by
 * locator; from the properties component.* of subjects of the kind "component". `observations` are of const
 * AkObservation. The caller's. */
json_t *ak_report_components(const GPtrArray *observations);

/* Did a test look for packages in this image to its end? */
bool ak_report_components_looked(const GPtrArray *observations, const char *image);
