/* A product with observations, for the tests of verdicts: everything claimed and answered, so that
 * a test takes away or adds what it is about. */
#pragma once

#include "verify/verdict/verdict.h"

typedef struct {
  AkCatalog *catalog;
  AkProfile *profile;
  AkProduct *product;
  AkVerdictInput input;
  json_t *result; /* of world_judge */
} World;

G_GNUC_UNUSED static void world_free(World *self) {
  ak_catalog_free(self->catalog);
  ak_profile_free(self->profile);
  ak_product_free(self->product);
  g_ptr_array_unref(self->input.observations);
  g_array_unref(self->input.repeats);
  g_ptr_array_unref(self->input.executions);
  json_decref(self->result);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void world_execution_free(AkExecution *self) {
  g_free(self->test_id);
  g_free(self->subject.kind);
  g_free(self->subject.locator);
  g_free(self->end);
  g_free(self->reason);
  g_free(self);
}

/* An empty product judged by `catalog` (taken over), all of it. */
G_GNUC_UNUSED static World *world_new(AkCatalog *catalog) {
  World *self = g_new0(World, 1);
  self->catalog = catalog;
  self->profile = g_new0(AkProfile, 1);
  self->profile->id = g_strdup("p");
  self->profile->catalog = g_strdup(catalog->id);
  self->product = ak_product_new();
  self->product->name = g_strdup("Gateway");
  self->product->model = g_strdup("GW 1");
  self->product->version = g_strdup("1.0");
  self->product->features = json_object();
  self->product->conditions = json_object();
  self->product->ics = json_object();
  self->product->ixit = json_object();
  self->input.catalog = catalog;
  self->input.profile = self->profile;
  self->input.product = self->product;
  self->input.observations = g_ptr_array_new_with_free_func((GDestroyNotify)ak_observation_free);
  self->input.repeats = g_array_new(FALSE, FALSE, sizeof(guint));
  self->input.executions = g_ptr_array_new_with_free_func((GDestroyNotify)world_execution_free);
  self->input.now_utc_us = G_GINT64_CONSTANT(1795392000000000); /* 2026-11-23 */
  return self;
}

/* --- the product ----------------------------------------------------------------------------- */

G_GNUC_UNUSED static void world_claim(World *self, const char *what, const char *key, bool there,
                                      const char *reason) {
  bool feature = g_str_equal(what, "feature");
  json_object_set_new(
      feature ? self->product->features : self->product->conditions, key,
      json_pack("{s:b, s:s}", feature ? "present" : "holds", there, "reason", reason));
}

G_GNUC_UNUSED static void world_ics(World *self, const char *id, const char *support,
                                    const char *detail) {
  json_object_set_new(self->product->ics, id,
                      json_pack("{s:s, s:s}", "support", support, "detail", detail));
}

G_GNUC_UNUSED static AkAnswer *world_answer(World *self, const char *case_id, AkVerdict verdict) {
  AkAnswer *answer = g_new0(AkAnswer, 1);
  static const char *const evidence[] = {"evidence/report.md", NULL};
  for (guint i = 0; i < self->product->answers->len; i++)
    if (g_str_equal(((AkAnswer *)self->product->answers->pdata[i])->case_id, case_id))
      g_ptr_array_remove_index(self->product->answers, i--);
  answer->case_id = g_strdup(case_id);
  answer->verdict = verdict;
  answer->by = g_strdup("A");
  answer->on = g_strdup("2026-11-20");
  answer->reason = g_strdup("Read.");
  answer->evidence = g_strdupv((GStrv)evidence);
  g_ptr_array_add(self->product->answers, answer);
  return answer;
}

G_GNUC_UNUSED static AkInterface *world_interface(World *self, const char *address) {
  const char *addresses[] = {address, NULL};
  AkInterface *interface = g_new0(AkInterface, 1);
  interface->name = g_strdup("lan");
  interface->kind = g_strdup("network");
  interface->addresses = g_strdupv((GStrv)addresses);
  interface->services = g_ptr_array_new_with_free_func((GDestroyNotify)ak_service_free);
  interface->used = interface->remote = true;
  g_ptr_array_add(self->product->interfaces, interface);
  return interface;
}

G_GNUC_UNUSED static AkService *world_service(AkInterface *interface, guint16 port,
                                              const char *mechanism) {
  AkService *service = g_new0(AkService, 1);
  service->transport = g_strdup("tcp");
  service->port = port;
  service->protocol = g_strdup("https");
  service->auth = mechanism ? json_pack("{s:s}", "mechanism", mechanism) : NULL;
  g_ptr_array_add(interface->services, service);
  return service;
}

G_GNUC_UNUSED static AkUnit *world_unit(World *self, const char *state) {
  AkUnit *unit = g_new0(AkUnit, 1);
  unit->serial = g_strdup("0001");
  unit->state = g_strdup(state);
  g_ptr_array_add(self->product->units, unit);
  return unit;
}

G_GNUC_UNUSED static void world_image(World *self, const char *name) {
  AkImage *image = g_new0(AkImage, 1);
  image->name = g_strdup(name);
  g_ptr_array_add(self->product->images, image);
}

/* --- what was seen --------------------------------------------------------------------------- */

G_GNUC_UNUSED static void world_ended(World *self, const char *test, const char *kind,
                                      const char *locator, const char *end, guint repeat) {
  AkExecution *execution = g_new0(AkExecution, 1);
  execution->test_id = g_strdup(test);
  execution->subject.kind = g_strdup(kind);
  execution->subject.locator = g_strdup(locator);
  execution->end = g_strdup(end);
  execution->repeat = repeat;
  g_ptr_array_add(self->input.executions, execution);
}

G_GNUC_UNUSED static void world_forget(World *self, const char *locator, const char *property, guint repeat) {
  for (guint i = 0; i < self->input.observations->len; i++) {
    const AkObservation *o = self->input.observations->pdata[i];
    if (!g_str_equal(o->property, property) || !g_str_equal(o->subject.locator, locator) ||
        g_array_index(self->input.repeats, guint, i) != repeat)
      continue;
    g_ptr_array_remove_index(self->input.observations, i);
    g_array_remove_index(self->input.repeats, i--);
  }
}

static void world_forget_of(World *self, const char *test, const char *locator,
                            const char *property, guint repeat) {
  for (guint i = 0; i < self->input.observations->len; i++) {
    const AkObservation *o = self->input.observations->pdata[i];
    if (!g_str_equal(o->property, property) || !g_str_equal(o->subject.locator, locator) ||
        !g_str_equal(o->test_id, test) || g_array_index(self->input.repeats, guint, i) != repeat)
      continue;
    g_ptr_array_remove_index(self->input.observations, i);
    g_array_remove_index(self->input.repeats, i--);
  }
}

/* Adds an observation beside whatever is there. */
static void world_add(World *self, guint repeat, const char *test, const char *kind,
                      const char *locator, const char *property, AkOutcome outcome, AkValue value) {
  AkObservation *o = ak_observation_new(kind, locator, property, outcome);
  o->test_id = g_strdup(test);
  o->test_rev = 1;
  ak_observation_take_value(o, value);
  g_ptr_array_add(self->input.observations, o);
  g_array_append_val(self->input.repeats, repeat);
}

/* Replaces what this test observed of this property on this subject in this repetition. */
static void world_see_in(World *self, guint repeat, const char *test, const char *kind,
                         const char *locator, const char *property, AkOutcome outcome,
                         AkValue value) {
  world_forget_of(self, test, locator, property, repeat);
  world_add(self, repeat, test, kind, locator, property, outcome, value);
}

G_GNUC_UNUSED static void world_see(World *self, const char *test, const char *kind,
                                    const char *locator, const char *property, AkValue value) {
  world_see_in(self, 1, test, kind, locator, property, AK_OUTCOME_SEEN, value);
}

G_GNUC_UNUSED static void world_absent(World *self, const char *test, const char *kind,
                                       const char *locator, const char *property) {
  world_see_in(self, 1, test, kind, locator, property, AK_OUTCOME_ABSENT, (AkValue){0});
}

/* A set from a text with commas. */
G_GNUC_UNUSED static AkValue world_set(const char *items) {
  g_auto(GStrv) parts = g_strsplit(items, ",", -1);
  return ak_value_set((const char *const *)parts);
}

/* --- the result ------------------------------------------------------------------------------ */

G_GNUC_UNUSED static void world_judge(World *self) {
  g_autoptr(GError) error = NULL;
  json_decref(self->result);
  self->result = ak_verdict_compute(&self->input, &error);
  g_assert_no_error(error);
}

G_GNUC_UNUSED static const json_t *world_requirement(World *self, const char *id) {
  const json_t *rows = json_object_get(self->result, "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (g_str_equal(ak_json_string_or(row, "requirement", ""), id))
      return row;
  }
  return NULL;
}

G_GNUC_UNUSED static const json_t *world_case(World *self, const char *id) {
  const json_t *rows = json_object_get(self->result, "verdicts");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *cases = json_object_get(json_array_get(rows, i), "cases");
    for (gsize c = 0; c < json_array_size(cases); c++)
      if (g_str_equal(ak_json_string_or(json_array_get(cases, c), "case", ""), id))
        return json_array_get(cases, c);
  }
  return NULL;
}

G_GNUC_UNUSED static const char *world_verdict(const json_t *row) {
  return ak_json_string_or(row, "verdict", "none");
}

/* Is something of this kind missing? */
G_GNUC_UNUSED static bool world_misses(const json_t *row, const char *kind) {
  const json_t *missing = json_object_get(row, "missing");
  for (gsize i = 0; i < json_array_size(missing); i++)
    if (g_str_equal(ak_json_string_or(json_array_get(missing, i), "kind", ""), kind))
      return true;
  return false;
}

G_GNUC_UNUSED static const json_t *world_finding(World *self, const char *key) {
  const json_t *findings = json_object_get(self->result, "findings");
  for (gsize i = 0; i < json_array_size(findings); i++) {
    const json_t *finding = json_array_get(findings, i);
    if (g_str_equal(ak_json_string_or(finding, "finding", ""), key))
      return finding;
  }
  return NULL;
}
