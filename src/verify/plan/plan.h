/* The plan of a run: which tests, in which order, with what they are told, and what is refused.
 *
 * A plan is a DAG of tests; on which subjects a test runs is known only while the run goes on (the
 * services of an address are found by discovery), so subjects are asked for again and again. Pure. */
#pragma once

#include "core/product.h"

typedef struct {
  const AkTest *const *tests; /* NULL-terminated; the program's table or a test's own */
  const AkProduct *product;
  const char *const *only; /* ids to run (with what they need), or NULL for all */
  const char *ports;       /* "1-65535": what discovery covers */
  const json_t *options;   /* object: what tests that run with an option alone are given, by its name; NULL: nothing */
} AkPlanInput;

/* The tests to run, needed ones before those that need them, otherwise in the table's order:
 * GPtrArray of const AkTest. Tests that no subject of the product fits are left out. CONFIG for an
 * unknown id, INTERNAL for a cycle. */
GPtrArray *ak_plan_tests(const AkPlanInput *input, GError **error);

/* The subjects of `test`, in a stable order: of the product file, or, for a test with `each_of`,
 * those on which `observations` (of const AkObservation) saw that property (core/test.h says as what). GPtrArray of
 * AkSubject, freed with the array. */
GPtrArray *ak_plan_subjects(const AkProduct *product, const AkTest *test,
                            const GPtrArray *observations);

/* What `test` is told about `subject`: an object, the caller's. */
json_t *ak_plan_params(const AkPlanInput *input, const AkTest *test, const AkSubject *subject);

/* The address that a subject belongs to (caller frees), or NULL for images and files. */
char *ak_plan_address_of(const AkSubject *subject);

/* Do two subjects belong together: the same, or one is the other's address? */
bool ak_plan_related(const AkSubject *a, const AkSubject *b);
