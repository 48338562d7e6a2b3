#include "core/test.h"

static const char *const grade_names[] = {
    [AK_GRADE_SAFE] = "safe",
    [AK_GRADE_DISTURBING] = "disturbing",
    [AK_GRADE_DESTRUCTIVE] = "destructive",
};

const char *ak_grade_name(AkGrade grade) { return grade_names[grade]; }

bool ak_grade_from_name(const char *name, AkGrade *out) {
  for (gsize i = 0; i < G_N_ELEMENTS(grade_names); i++)
    if (g_strcmp0(name, grade_names[i]) == 0) {
      *out = (AkGrade)i;
      return true;
    }
  return false;
}

const AkTest *ak_test_find(const char *id) {
  for (gsize i = 0; ak_test_table[i] != NULL; i++)
    if (g_strcmp0(ak_test_table[i]->id, id) == 0)
      return ak_test_table[i];
  return NULL;
}

const AkTestOutput *ak_test_output(const AkTest *self, const char *property) {
  for (const AkTestOutput *output = self->outputs; output->property != NULL; output++)
    if (g_strcmp0(output->property, property) == 0)
      return output;
  return NULL;
}

const AkObservation *ak_call_prior(const AkCall *self, const char *property, const char *locator) {
  for (guint i = 0; self->prior != NULL && i < self->prior->len; i++) {
    const AkObservation *observation = self->prior->pdata[i];
    if (g_strcmp0(observation->property, property) == 0 &&
        (locator == NULL || g_strcmp0(observation->subject.locator, locator) == 0))
      return observation;
  }
  return NULL;
}
