/* A threat model as a part of a document: by element and class, which test cases speak to each
 * threat, how it stands after a run, and which threats no test covers. */
#pragma once

#include "doc/doc.h"
#include "util/json.h"

/* Adds to `section` what ak_threats made; with `verdicts` (may be NULL) each threat's state too. */
void ak_report_threats_add(AkDocNode *section, const json_t *threats, const json_t *verdicts,
                           AkLang lang);
