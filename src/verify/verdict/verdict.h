/* The verdict algebra: requirement, claim and evidence in, verdicts out. Pure: the same input gives
 * the same bytes. The one place where pass is set.
 *
 * docs/formats/rules.md describes rules, three-valued logic and the order
 * applies → fail → needs → pass → inconclusive. */
#pragma once

#include "catalog/catalog.h"
#include "core/product.h"

/* How one execution of a test ended, for coverage and for saying what is missing. */
typedef struct {
  char *test_id;
  AkSubject subject;
  char *end;    /* "done", "failed", "cut", "interrupted", "refused" */
  char *reason; /* or NULL */
  guint repeat; /* 1 … */
} AkExecution;

/* What an earlier run lends to a retest: its passes, each judged again on what both saw. A fail is
 * never lent; nor is a pass of another version that no impact statement covers, nor one that has
 * expired or was itself lent. Everything is borrowed. */
typedef struct {
  const char *run_id;
  const json_t *verdicts;  /* what ak_verdict_compute made of that run */
  GPtrArray *observations; /* of tests that the retest did not run, as below */
  GArray *repeats;
  GPtrArray *executions;
  bool same_version;    /* of the product, down to its images */
  const char *version;  /* that run's */
  const json_t *impact; /* {"by", "on", "reason", "requirements", "sha256"}, or NULL */
} AkInheritance;

typedef struct {
  const AkCatalog *catalog;
  const AkProfile *profile;
  const AkProduct *product;
  GPtrArray *observations;          /* of const AkObservation with `repeat` in the same order */
  GArray *repeats;                  /* of guint: the repetition that each observation belongs to */
  GPtrArray *executions;            /* of const AkExecution */
  gint64 now_utc_us;                /* the date of the verdict, for expiry */
  const AkInheritance *inheritance; /* of a retest, or NULL */
  guint own;                  /* of the observations: those that the run itself made; 0: all */
  const char *lender;         /* the run that made the others */
  bool leaves_out;            /* the user named the tests to run: what nobody looked at was left out, and an answer
                               * alone does not pass a case that they could refute */
  const AkTest *const *tests; /* whose descriptors say who observes what; NULL: the program's */
} AkVerdictInput;

/* Canonical JSON object, the caller's:
 * {"catalogue":{"id","version","sha256"}, "profile", "product":{"name","version"},
 *  "verdicts":[{"requirement","obligation","verdict","explanation","missing":[…],"valid_until",
 *   "ics":{"support","detail"},
 *   "cases":[{"case","kind","method","verdict","rule","decided_by","observations":[…],
 *   "observations_total","missing":[…],"does_not_show","explanation","valid_until","answer"}]}],
 *  "findings":[…], "summary":{"pass","fail","inconclusive","not_applicable"},
 *  "retest":{"of","version","same_version","impact","judged":[cases],"inherited":[cases]}}
 * "retest" is there for a retest alone; a case that inherits its pass has "inherited":{"run",
 * "version","impact"}, and what it takes from there has "run" in its observation.
 * An observation: {"id" (identity digest),"test","property","subject","outcome","value"}; at most
 * 256 a case are listed, "observations_total" says how many there are. A missing item: {"kind",
 * members of the kind,"en","ja"}. A finding: {"finding","kind":"fail"|"note"|"contradiction",
 * "severity","subject","property","count","detail","requirements","cases","observations",
 * "observations_total","title","reproduce","condition","impact","treatment"}. Texts are
 * {"en","ja"}; an explanation has an "id" too. The order is the catalogue's; findings by severity,
 * key, place. */
json_t *ak_verdict_compute(const AkVerdictInput *input, GError **error);

/* The exit code's facts: does a mandatory requirement fail; is one inconclusive? */
void ak_verdict_outcome(const json_t *verdicts, bool *mandatory_fail, bool *mandatory_open);
