/* Which tests observe a property: as their descriptors declare it, and nowhere else. */
#pragma once

#include "core/test.h"

typedef struct _AkDeclared AkDeclared;

/* `tests` ends with NULL and is borrowed. */
AkDeclared *ak_declared_new(const AkTest *const *tests);
void ak_declared_free(AkDeclared *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDeclared, ak_declared_free)

/* The tests that declare `property`, in the table's order: of const AkTest. Never NULL; borrowed.
 */
const GPtrArray *ak_declared_tests(const AkDeclared *self, const char *property);

/* NULL where unknown. */
const AkTest *ak_declared_test(const AkDeclared *self, const char *id);

/* Does the test observe what belongs to a subject of `kind` (or to one whose parent is of
 * `parent_kind`; NULL: none) on `transport` ("tcp", "udp", NULL: whichever)? */
bool ak_declared_fits(const AkTest *test, const char *kind, const char *parent_kind,
                      const char *transport);

/* The property in which the test says how far it looked: its output that ends in ".coverage"; NULL:
 * it says nothing. */
const char *ak_declared_coverage(const AkTest *test);
