/* What a rule looks at: the way from a test case back to the tests that can decide it. */
#pragma once

#include "catalog/catalog.h"

/* The properties that the rule asks for, sorted, each once: GPtrArray of char *, borrowed from the rule
 * or static (services are where "net.port.open" was seen, a need of
 * discovery asks for "net.coverage"). */
GPtrArray *ak_rule_properties(const AkRule *self);

/* The same of one trigger; sorted, borrowed. */
GPtrArray *ak_trigger_properties(const AkRuleTrigger *self);

/* Ids of the tests of `tests` (NULL-terminated) that declare one of `properties`, in that order; borrowed. */
GPtrArray *ak_rule_tests(const GPtrArray *properties, const AkTest *const *tests);

/* How far observations go in a case. */
typedef enum {
  AK_REACH_NONE,    /* they say nothing: a person answers */
  AK_REACH_REFUTES, /* they can fail it; only an answer passes it */
  AK_REACH_PARTLY,  /* they can fail it and must be complete; an answer is needed too */
  AK_REACH_DECIDES, /* no answer is needed: observations, or the product file's own statements, decide */
} AkReach;
const char *ak_reach_name(AkReach reach); /* "none", "refutes", "partly", "decides" */
AkReach ak_case_reach(const AkTestCase *test_case);
