/* The threat model of one product: each interface and asset of its file against the classes of
 * STRIDE, each threat with the test cases that speak to it. Pure; the same input gives the same
 * bytes. */
#pragma once

#include "catalog/catalog.h"
#include "core/product.h"
#include "verify/threat/knowledge.h"

/* Everything is borrowed. */
typedef struct {
  const AkThreatKnowledge *knowledge;
  const AkProduct *product;
  const AkCatalog *catalog;
  const AkProfile *profile;
  const AkTest *const *tests; /* ends with NULL */
} AkThreatInput;

/* {"knowledge": {"id", "version"}, "attackers": […], "assumed": {"assets": bool, "attackers":
 * bool}, "elements": [{"kind", "name", "assumed"}], "threats": [{"threat": "N-S1", "element",
 * "kind", "stride", "title", "cases": […], "other_cases": […], "tests": […]}]} in the order of
 * elements and rows; the caller's. "cases" are those of the profile, "other_cases" those of other
 * catalogues or requirements; "tests" look at it. Threats of attackers from elsewhere are left out.
 */
json_t *ak_threats(const AkThreatInput *input);

/* Which tests of the table the profile and the threats ask for, in the table's order, each with
 * why:
 * {"probe.tls": {"requirements": ["5.5-1", …], "threats": ["N-T1 lan", …]}}; the caller's. Tests
 * that the named ones need come along with "needed_by". */
json_t *ak_threats_tests(const AkThreatInput *input, const json_t *threats);

/* How a threat stands after a run, from its cases' verdicts (`verdicts`: what ak_verdict_compute
 * made): "found" one fails, "countered" all that apply pass, "open" some are undecided,
 * "not-applicable" none applies, "untested" no case of the profile speaks to it. Static. */
const char *ak_threat_state(const json_t *threat, const json_t *verdicts);
