#include "proof/statement.h"

#include <string.h>

#include "core/verdict.h"

static const struct {
  const char *type, *name;
} kinds[AK_STATEMENT_KIND_COUNT] = {
    [AK_STATEMENT_KIND_TEST_RESULT] = {AK_STATEMENT_TEST_RESULT, "test_result"},
    [AK_STATEMENT_KIND_VERDICTS] = {AK_STATEMENT_VERDICTS, "verdicts"},
};

/* Digests that a record cites and that configured the run: names in files as in the journal. */
static const char *const planned_configuration[] = {"profile", "authorization"};
static const char *const verdict_configuration[] = {"catalogue", "rules"};

const char *ak_statement_predicate_type(AkStatementKind kind) {
  return kinds[kind].type;
}
const char *ak_statement_kind_name(AkStatementKind kind) {
  return kinds[kind].name;
}

static json_t *descriptor_new(const char *name, const char *sha256) {
  return json_pack("{s:s, s:{s:s}}", "name", name, "digest", "sha256", sha256);
}

static json_t *subjects_of(const AkStatementInput *input, GError **error) {
  const char *digest = ak_json_string(input->planned, "product", "run-planned", error);
  AkDigest parsed;
  if (digest == NULL)
    return NULL;
  if (!ak_digest_from_hex(digest, &parsed)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "run-planned: \"product\" is no digest");
    return NULL;
  }
  json_t *subjects = json_array();
  json_array_append_new(subjects, descriptor_new(input->product, digest));
  for (gsize i = 0; i < json_array_size(input->images); i++)
    json_array_append(subjects, json_array_get(input->images, i));
  return subjects;
}

static void add_configuration(json_t *array, const json_t *record, const char *const *names,
                              gsize count) {
  AkDigest digest;
  for (gsize i = 0; i < count; i++) {
    const char *hex = json_string_value(json_object_get(record, names[i]));
    if (ak_digest_from_hex(hex, &digest))
      json_array_append_new(array, descriptor_new(names[i], hex));
  }
}

typedef struct {
  json_t *passed, *warned, *failed; /* arrays of requirement ids; borrowed by the predicate */
  bool mandatory_fails;
} Result;

static bool sort_verdict(Result *result, const json_t *item, GError **error) {
  const char *id = ak_json_string(item, "requirement", "verdicts", error);
  const char *name = id != NULL ? ak_json_string(item, "verdict", id, error) : NULL;
  const char *obligation = name != NULL ? ak_json_string(item, "obligation", id, error) : NULL;
  AkVerdict verdict;
  if (obligation == NULL)
    return false;
  if (!ak_verdict_from_name(name, &verdict))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown verdict \"%s\"", id, name);
  if (verdict == AK_VERDICT_NOT_APPLICABLE)
    return true;
  json_t *list = verdict == AK_VERDICT_PASS   ? result->passed
                 : verdict == AK_VERDICT_FAIL ? result->failed
                                              : result->warned;
  json_array_append_new(list, json_string(id));
  if (verdict == AK_VERDICT_FAIL && *obligation == 'M')
    result->mandatory_fails = true;
  return true;
}

/* PASSED is said in one case only: something passed, and nothing failed or stayed open. */
static const char *result_name(const Result *result) {
  if (result->mandatory_fails)
    return "FAILED";
  bool is_clean = json_array_size(result->failed) == 0 && json_array_size(result->warned) == 0;
  return is_clean && json_array_size(result->passed) > 0 ? "PASSED" : "WARNED";
}

static json_t *test_result_of(const AkStatementInput *input, GError **error) {
  const json_t *computed = ak_json_object(input->verdict, "verdicts", "verdict record", error);
  const json_t *verdicts =
      computed != NULL ? ak_json_array(computed, "verdicts", "verdict record", error) : NULL;
  if (verdicts == NULL)
    return NULL;
  g_autoptr(json_t) predicate = json_object();
  Result result = {json_array(), json_array(), json_array(), false};
  json_object_set_new(predicate, "passedTests", result.passed);
  json_object_set_new(predicate, "warnedTests", result.warned);
  json_object_set_new(predicate, "failedTests", result.failed);
  for (gsize i = 0; i < json_array_size(verdicts); i++)
    if (!sort_verdict(&result, json_array_get(verdicts, i), error))
      return NULL;
  json_object_set_new(predicate, "result", json_string(result_name(&result)));
  json_t *configuration = json_array();
  json_object_set_new(predicate, "configuration", configuration);
  add_configuration(configuration, input->planned, planned_configuration,
                    G_N_ELEMENTS(planned_configuration));
  add_configuration(configuration, input->verdict, verdict_configuration,
                    G_N_ELEMENTS(verdict_configuration));
  return g_steal_pointer(&predicate);
}

/* The verdict record as it stands in the log, with its index. */
static json_t *verdicts_of(const AkStatementInput *input, GError **error) {
  if (ak_json_object(input->verdict, "verdicts", "verdict record", error) == NULL)
    return NULL;
  json_t *predicate = json_deep_copy(input->verdict);
  json_object_del(predicate, "type");
  json_object_set_new(predicate, "record", json_integer((json_int_t)input->verdict_index));
  return predicate;
}

json_t *ak_statement_build(AkStatementKind kind, const AkStatementInput *input, GError **error) {
  g_autoptr(json_t) subjects = subjects_of(input, error);
  if (subjects == NULL)
    return NULL;
  json_t *predicate = kind == AK_STATEMENT_KIND_TEST_RESULT ? test_result_of(input, error)
                                                            : verdicts_of(input, error);
  if (predicate == NULL)
    return NULL;
  return json_pack("{s:s, s:O, s:s, s:o}", "_type", AK_STATEMENT_TYPE, "subject", subjects,
                   "predicateType", kinds[kind].type, "predicate", predicate);
}

json_t *ak_statement_parse(AkStatementKind kind, const char *data, gsize size, GError **error) {
  const char *where = kinds[kind].name;
  g_autoptr(json_t) json = ak_json_parse_canonical(data, size, where, error);
  const char *type = json != NULL ? ak_json_string(json, "_type", where, error) : NULL;
  const char *predicate = type != NULL ? ak_json_string(json, "predicateType", where, error) : NULL;
  if (predicate == NULL || ak_json_array(json, "subject", where, error) == NULL ||
      ak_json_object(json, "predicate", where, error) == NULL)
    return NULL;
  if (strcmp(type, AK_STATEMENT_TYPE) != 0 || strcmp(predicate, kinds[kind].type) != 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA,
                 "%s: \"%s\" with \"%s\" is another kind of statement", where, type, predicate);
    return NULL;
  }
  return g_steal_pointer(&json);
}

const char *ak_statement_product(const json_t *statement) {
  const json_t *first = json_array_get(json_object_get(statement, "subject"), 0);
  return json_string_value(json_object_get(first, "name"));
}
