/* What a product file lacks for a profile: information for whoever fills it in. Verdicts are decided
 * by the rules alone; a file that lacks something is not wrong, its cases stay inconclusive. */
#pragma once

#include "catalog/catalog.h"
#include "core/product.h"

/* One thing that is missing, or claimed about something that the catalogue does not know. */
typedef struct {
  const char *kind; /* text "completeness.KIND": "feature", "condition", "ics", "ixit", "answer",
                       "unknown" … */
  char *what;       /* "5.1-1" */
  char *detail;     /* the fields that a row lacks, or "" */
} AkGap;

/* GPtrArray of AkGap, in the catalogue's order. `profile` may be NULL: the whole catalogue. Answers are
 * asked for where a person decides and no claim makes the requirement inapplicable. */
GPtrArray *ak_product_gaps(const AkProduct *product, const AkCatalog *catalog,
                           const AkProfile *profile);
