/* The threat model of a product, and which tests follow from it and from a profile together. */
#pragma once

#include "verify/threat/threat.h"

/* As ak_threats, of the program's knowledge; with "why" of ak_threats_tests. The caller's. */
json_t *ak_app_threats(const AkProduct *product, const AkCatalog *catalog, const AkProfile *profile,
                       GError **error);

/* As above; reads the profile and its catalogue from `rules_dir` (NULL: the program's). */
json_t *ak_app_threats_of_profile(const AkProduct *product, const char *profile_id,
                                  const char *rules_dir, GError **error);
