#include "verify/verdict/declared.h"

#include <string.h>

struct _AkDeclared {
  const AkTest *const *tests;
  GHashTable *by_property; /* property → GPtrArray of const AkTest */
  GPtrArray *none;
};

static void declare(AkDeclared *self, const AkTest *test, const char *property) {
  GPtrArray *known = g_hash_table_lookup(self->by_property, property);
  if (known == NULL) {
    known = g_ptr_array_new();
    g_hash_table_insert(self->by_property, (gpointer)property, known);
  }
  g_ptr_array_add(known, (gpointer)test);
}

AkDeclared *ak_declared_new(const AkTest *const *tests) {
  AkDeclared *self = g_new0(AkDeclared, 1);
  self->tests = tests;
  self->none = g_ptr_array_new();
  self->by_property =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  for (gsize i = 0; tests[i] != NULL; i++)
    for (const AkTestOutput *output = tests[i]->outputs; output != NULL && output->property != NULL;
         output++)
      declare(self, tests[i], output->property);
  return self;
}

void ak_declared_free(AkDeclared *self) {
  if (self == NULL)
    return;
  g_hash_table_unref(self->by_property);
  g_ptr_array_unref(self->none);
  g_free(self);
}

const GPtrArray *ak_declared_tests(const AkDeclared *self, const char *property) {
  const GPtrArray *tests = g_hash_table_lookup(self->by_property, property);
  return tests != NULL ? tests : self->none;
}

const AkTest *ak_declared_test(const AkDeclared *self, const char *id) {
  for (gsize i = 0; self->tests[i] != NULL; i++)
    if (g_strcmp0(self->tests[i]->id, id) == 0)
      return self->tests[i];
  return NULL;
}

bool ak_declared_fits(const AkTest *test, const char *kind, const char *parent_kind,
                      const char *transport) {
  bool kind_fits = g_strcmp0(test->subject_kind, kind) == 0 ||
                   (parent_kind != NULL && g_strcmp0(test->subject_kind, parent_kind) == 0);
  return kind_fits &&
         (transport == NULL || test->transport == NULL || strcmp(test->transport, transport) == 0);
}

const char *ak_declared_coverage(const AkTest *test) {
  for (const AkTestOutput *output = test->outputs; output->property != NULL; output++)
    if (g_str_has_suffix(output->property, ".coverage"))
      return output->property;
  return NULL;
}
