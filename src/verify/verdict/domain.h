/* The subjects of a domain, and whether they are all of them. */
#pragma once

#include "verify/verdict/evaluate.h"

typedef struct {
  const char *kind, *locator; /* borrowed */
  AkTruth exists;
  const AkSubjectFacts *subject; /* borrowed, or NULL where nothing was observed on it */
} AkMember;

/* Of AkMember, in byte order of the locators. */
GArray *ak_domain_members(AkEvaluation *self, AkDomain domain);

/* Is every subject of the domain among the members, as far as `properties` (of const char *) of
 * theirs matter? Adds what is missing and touches what shows it. */
bool ak_domain_is_complete(AkEvaluation *self, AkDomain domain, const GPtrArray *properties);

/* Does `property` of a subject hold all of `items` (NULL-terminated), by executions that are done?
 * Adds what is missing. */
bool ak_domain_covers(AkEvaluation *self, const char *kind, const char *locator,
                      const char *property, const char *const *items);
