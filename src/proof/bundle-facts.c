#include "proof/bundle-facts.h"

#include <string.h>

#include "core/observation.h"

#define NO_VERDICT G_MAXUINT

/* Members of records that are digests of documents, whose bytes a bundle may carry. */
static const char *const cited_members[] = {"product", "profile", "authorization", "rules",
                                            "catalogue"};

void ak_bundle_facts_free(AkBundleFacts *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->jsons, g_ptr_array_unref);
  g_clear_pointer(&self->plans, g_tree_unref);
  g_clear_pointer(&self->identities, g_tree_unref);
  g_clear_pointer(&self->cited, g_tree_unref);
  json_decref(self->images);
  g_free(self->product);
  g_free(self);
}

static void json_unref(gpointer json) {
  json_decref(json);
}

static bool add_plan(AkBundleFacts *self, const json_t *record, guint place, GError **error) {
  const char *run = json_string_value(json_object_get(record, "run"));
  if (g_tree_lookup(self->plans, run) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "run %s is planned twice", run);
  g_tree_insert(self->plans, g_strdup(run), GUINT_TO_POINTER(place + 1));
  return true;
}

static bool add_image(AkBundleFacts *self, const AkObservation *observation, GError **error) {
  AkDigest digest;
  if (strcmp(observation->property, "firmware.digest") != 0 ||
      strcmp(observation->subject.kind, "image") != 0 || observation->outcome != AK_OUTCOME_SEEN)
    return true;
  if (!ak_digest_from_hex(observation->value.text, &digest))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "firmware.digest is no digest");
  json_array_append_new(self->images,
                        json_pack("{s:s, s:{s:s}}", "name", observation->subject.locator, "digest",
                                  "sha256", observation->value.text));
  return true;
}

static bool add_observation(AkBundleFacts *self, const json_t *record, guint place,
                            GError **error) {
  const json_t *json = ak_json_object(record, "observation", "record", error);
  g_autoptr(AkObservation) observation =
      json != NULL ? ak_observation_from_json(json, "observation", error) : NULL;
  if (observation == NULL || !add_image(self, observation, error))
    return false;
  char hex[AK_DIGEST_HEX_SIZE];
  AkDigest identity = ak_observation_identity(observation);
  ak_digest_to_hex(&identity, hex);
  if (g_tree_lookup(self->identities, hex) == NULL)
    g_tree_insert(self->identities, g_strdup(hex), GUINT_TO_POINTER(place + 1));
  for (guint i = 0; i < observation->evidence->len; i++) {
    ak_digest_to_hex(&g_array_index(observation->evidence, AkEvidenceRef, i).digest, hex);
    g_tree_insert(self->cited, g_strdup(hex), self);
  }
  return true;
}

static bool add_record(AkBundleFacts *self, const AkBundleRecord *record, guint place,
                       GError **error) {
  json_t *json = ak_json_parse_canonical(record->text, strlen(record->text), "record", error);
  if (json == NULL)
    return false;
  g_ptr_array_add(self->jsons, json);
  AkRecordType type;
  AkDigest digest;
  if (!ak_record_type(json, &type, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(cited_members); i++) {
    const char *hex = json_string_value(json_object_get(json, cited_members[i]));
    if (ak_digest_from_hex(hex, &digest))
      g_tree_insert(self->cited, g_strdup(hex), self);
  }
  if (type == AK_RECORD_RUN_PLANNED)
    return add_plan(self, json, place, error);
  if (type == AK_RECORD_OBSERVATION)
    return add_observation(self, json, place, error);
  if (type == AK_RECORD_VERDICT)
    self->verdict = place;
  return true;
}

static int compare_images(gconstpointer a, gconstpointer b) {
  const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
  g_autofree char *left_text = ak_json_canonical(left, NULL, NULL);
  g_autofree char *right_text = ak_json_canonical(right, NULL, NULL);
  return strcmp(left_text, right_text);
}

/* Sorted and without doubles, as every set of ours. */
static void sort_images(AkBundleFacts *self) {
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(self->images); i++)
    g_ptr_array_add(items, json_array_get(self->images, i));
  g_ptr_array_sort(items, compare_images);
  json_t *images = json_array();
  for (guint i = 0; i < items->len; i++)
    if (i == 0 || !json_equal(items->pdata[i - 1], items->pdata[i]))
      json_array_append(images, items->pdata[i]);
  json_decref(self->images);
  self->images = images;
}

/* Each record's run must be planned before it. */
static bool all_are_planned(const AkBundleFacts *self, char **place, GError **error) {
  for (guint i = 0; i < self->jsons->len; i++) {
    const char *run = json_string_value(json_object_get(self->jsons->pdata[i], "run"));
    guint plan = GPOINTER_TO_UINT(g_tree_lookup(self->plans, run));
    if (plan != 0 && plan - 1 <= i)
      continue;
    *place = g_strdup_printf("records[%u]", i);
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "run %s is not planned before it", run);
  }
  return true;
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

static GTree *tree_new(void) {
  return g_tree_new_full(compare_keys, NULL, g_free, NULL);
}

static const json_t *plan_of_verdict(const AkBundleFacts *self) {
  const json_t *verdict = self->jsons->pdata[self->verdict];
  const char *run = json_string_value(json_object_get(verdict, "run"));
  guint plan = GPOINTER_TO_UINT(g_tree_lookup(self->plans, run));
  return self->jsons->pdata[plan - 1]; /* all_are_planned */
}

static char *product_of(const json_t *plan) {
  const char *name = json_string_value(json_object_get(plan, "product_name"));
  const char *version = json_string_value(json_object_get(plan, "product_version"));
  return name != NULL && version != NULL ? g_strdup_printf("%s@%s", name, version) : NULL;
}

AkBundleFacts *ak_bundle_facts_new(const GPtrArray *records, char **place, GError **error) {
  g_autoptr(AkBundleFacts) self = g_new0(AkBundleFacts, 1);
  self->jsons = g_ptr_array_new_with_free_func(json_unref);
  self->plans = tree_new();
  self->identities = tree_new();
  self->cited = tree_new();
  self->images = json_array();
  self->verdict = NO_VERDICT;
  for (guint i = 0; i < records->len; i++)
    if (!add_record(self, records->pdata[i], i, error)) {
      *place = g_strdup_printf("records[%u]", i);
      return NULL;
    }
  if (!all_are_planned(self, place, error))
    return NULL;
  if (self->verdict == NO_VERDICT) {
    *place = g_strdup("records");
    ak_error_set(error, AK_ERROR_INVALID_DATA, "no verdict record");
    return NULL;
  }
  sort_images(self);
  self->product = product_of(plan_of_verdict(self));
  return g_steal_pointer(&self);
}

AkStatementInput ak_bundle_facts_statement(const AkBundleFacts *self, const GPtrArray *records,
                                           const char *product) {
  return (AkStatementInput){
      .product = self->product != NULL ? self->product : product,
      .images = self->images,
      .planned = plan_of_verdict(self),
      .verdict = self->jsons->pdata[self->verdict],
      .verdict_index = ((const AkBundleRecord *)records->pdata[self->verdict])->index,
  };
}
