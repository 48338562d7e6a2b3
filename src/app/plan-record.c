#include "app/plan-record.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "app/product-rules.h"
#include "app/threats.h"

#define MAX_EVIDENCE_BYTES (64u * 1024u * 1024u) /* of one answer's file */
#define READ_BYTES (256u * 1024u)

static char *path_of(const AkProduct *product, const char *path) {
  return g_path_is_absolute(path) || product->folder == NULL
             ? g_strdup(path)
             : g_build_filename(product->folder, path, NULL);
}

static bool digest_file(const char *path, char hex[static AK_DIGEST_HEX_SIZE], GError **error) {
  FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return ak_error_set_errno(error, errno, "%s", path);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  AkDigest digest;
  g_autofree guint8 *buffer = g_malloc(READ_BYTES);
  EVP_DigestInit_ex(context, EVP_sha256(), NULL);
  for (gsize got; (got = fread(buffer, 1, READ_BYTES, file)) > 0;)
    EVP_DigestUpdate(context, buffer, got);
  bool ok = !ferror(file);
  EVP_DigestFinal_ex(context, digest.bytes, NULL);
  EVP_MD_CTX_free(context);
  fclose(file);
  if (!ok)
    return ak_error_set(error, AK_ERROR_IO, "%s cannot be read", path);
  ak_digest_to_hex(&digest, hex);
  return true;
}

static json_t *images_of(const AkProduct *product, GError **error) {
  g_autoptr(json_t) images = json_object();
  for (guint i = 0; i < product->images->len; i++) {
    const AkImage *image = product->images->pdata[i];
    g_autofree char *path = path_of(product, image->path);
    char hex[AK_DIGEST_HEX_SIZE];
    if (!digest_file(path, hex, error)) {
      g_prefix_error(error, "firmware image %s: ", image->name);
      return NULL;
    }
    if (image->sha256 != NULL && strcmp(image->sha256, hex) != 0) {
      ak_error_set(error, AK_ERROR_INVALID_DATA,
                   "firmware image %s: the product file says sha256 %s, the file %s has %s; "
                   "correct the one that is wrong",
                   image->name, image->sha256, path, hex);
      return NULL;
    }
    json_object_set_new(images, image->name, json_string(hex));
  }
  return g_steal_pointer(&images);
}

static bool keep_evidence(AkWorkspace *workspace, const AkProduct *product, const char *name,
                          json_t *kept, GError **error) {
  g_autofree char *path = path_of(product, name);
  g_autofree char *bytes = NULL;
  gsize size = 0;
  g_autoptr(GError) failure = NULL;
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  if (!g_file_get_contents(path, &bytes, &size, &failure))
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "evidence of an answer: %s", failure->message);
  if (size > MAX_EVIDENCE_BYTES)
    return ak_error_set(error, AK_ERROR_LIMIT,
                        "evidence %s has %" G_GSIZE_FORMAT " bytes, at most %u are kept", path,
                        size, MAX_EVIDENCE_BYTES);
  if (!ak_log_put_blob(ak_workspace_log(workspace), bytes, size, &digest, error))
    return false;
  ak_digest_to_hex(&digest, hex);
  json_object_set_new(kept, name, json_string(hex));
  return true;
}

static json_t *answers_of(AkWorkspace *workspace, const AkProduct *product, GError **error) {
  g_autoptr(json_t) kept = json_object();
  for (guint i = 0; i < product->answers->len; i++) {
    const AkAnswer *answer = product->answers->pdata[i];
    for (char **file = answer->evidence; file != NULL && *file != NULL; file++)
      if (json_object_get(kept, *file) == NULL &&
          !keep_evidence(workspace, product, *file, kept, error))
        return NULL;
  }
  return g_steal_pointer(&kept);
}

static json_t *tests_of(const GPtrArray *tests) {
  json_t *array = json_array();
  for (guint i = 0; i < tests->len; i++) {
    const AkTest *test = tests->pdata[i];
    json_array_append_new(array, json_pack("{s:s, s:i, s:s, s:i, s:I, s:s*}", "id", test->id, "rev",
                                           (int)test->rev, "grade", ak_grade_name(test->grade),
                                           "wall_ms", (int)test->limits.wall_ms, "attempts",
                                           (json_int_t)test->limits.attempts, "stop_condition",
                                           test->stop_condition_en));
  }
  return array;
}

static json_t *program_of(GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  if (!digest_file("/proc/self/exe", hex, error))
    return NULL;
  return json_pack("{s:s, s:s}", "version", AK_VERSION, "sha256", hex);
}

/* What a run rests on is evidence: verdicts are computed from the product's document, and reports show the
 * threat model, years later. */
static bool keep_document(AkWorkspace *workspace, const json_t *document,
                          char hex[static AK_DIGEST_HEX_SIZE], GError **error) {
  gsize size = 0;
  g_autofree char *bytes = ak_json_canonical(document, &size, error);
  AkDigest digest;
  if (bytes == NULL ||
      !ak_log_put_blob(ak_workspace_log(workspace), bytes, size, &digest, error))
    return false;
  ak_digest_to_hex(&digest, hex);
  return true;
}

static bool keep_folder(AkWorkspace *workspace, const AkProduct *product, const char *run_id,
                        GError **error) {
  if (product->folder == NULL)
    return true;
  g_autofree char *path = ak_workspace_write(workspace, run_id, AK_PRODUCT_FOLDER_FILE,
                                             product->folder, strlen(product->folder), error);
  return path != NULL;
}

static json_t *authorization_of(const AkProduct *product) {
  const json_t *consent = json_object_get(product->document, "authorization");
  gsize size = 0;
  g_autofree char *bytes = consent != NULL ? ak_json_canonical(consent, &size, NULL) : NULL;
  if (bytes == NULL)
    return json_null();
  AkDigest digest = ak_digest_of(bytes, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  return json_pack("{s:s, s:s, s:s}", "sha256", hex, "by",
                   product->authorization ? product->authorization->by : "", "capacity",
                   product->authorization ? product->authorization->capacity : "");
}

static json_t *earlier_of(const GPtrArray *earlier) {
  json_t *array = json_array();
  for (guint i = 0; i < earlier->len; i++) {
    const AkRunRow *run = earlier->pdata[i];
    json_array_append_new(array, json_pack("{s:s, s:s}", "run", run->run_id, "end",
                                           run->run_end ? run->run_end : "not finished"));
  }
  return array;
}

static json_t *units_of(const AkProduct *product) {
  const json_t *units = json_object_get(product->document, "units");
  return units != NULL ? json_deep_copy(units) : json_array();
}

static json_t *catalogue_of(const AkVerifyOptions *options, GError **error) {
  g_autoptr(AkProfile) profile = ak_profile_load(options->profile, options->rules_dir, error);
  g_autoptr(AkCatalog) catalog =
      profile != NULL ? ak_catalog_load(profile->catalog, options->rules_dir, error) : NULL;
  if (catalog == NULL)
    return NULL;
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&catalog->digest, hex);
  return json_pack("{s:s, s:s, s:s}", "id", catalog->id, "version", catalog->version, "sha256",
                   hex);
}

static json_t *options_of(const AkVerifyOptions *options) {
  json_t *only = options->only != NULL ? json_array() : json_null();
  for (gsize i = 0; options->only != NULL && options->only[i] != NULL; i++)
    json_array_append_new(only, json_string(options->only[i]));
  json_t *json = json_pack("{s:s, s:i, s:o}", "ports", options->ports ? options->ports : "1-65535",
                           "repeat", options->repeat ? (int)options->repeat : 1, "only", only);
  if (options->network_namespace != NULL)
    json_object_set_new(json, "network_namespace", json_string(options->network_namespace));
  return json;
}

/* The tests that the profile and the threats ask for, and those that what the product file names (`given`) is for,
 * where the user named none. */
static GPtrArray *plan_of(const AkProduct *product, const AkVerifyOptions *options,
                          const json_t *threats, const json_t *given, GError **error) {
  g_autoptr(GPtrArray) asked = g_ptr_array_new();
  const json_t *why = json_object_get(threats, "why");
  for (gsize i = 0; ak_test_table[i] != NULL; i++)
    if (json_object_get(why, ak_test_table[i]->id) != NULL ||
        (ak_test_table[i]->option != NULL && json_object_get(given, ak_test_table[i]->option) != NULL))
      g_ptr_array_add(asked, (gpointer)ak_test_table[i]->id);
  g_ptr_array_add(asked, NULL);
  AkPlanInput plan = {.tests = ak_test_table,
                      .product = product,
                      .only =
                          options->only != NULL ? options->only : (const char *const *)asked->pdata,
                      .ports = options->ports,
                      .options = given};
  return ak_plan_tests(&plan, error);
}

static bool is_planned(const json_t *tests, const char *id) {
  for (gsize i = 0; i < json_array_size(tests); i++)
    if (g_str_equal(ak_json_string_or(json_array_get(tests, i), "id", ""), id))
      return true;
  return false;
}

bool ak_plan_holds_all(const json_t *planned, const AkProduct *product,
                       const AkVerifyOptions *options, bool *all, GError **error) {
  g_autoptr(json_t) threats =
      ak_app_threats_of_profile(product, options->profile, options->rules_dir, error);
  g_autoptr(GPtrArray) tests =
      threats != NULL ? plan_of(product, options, threats, NULL, error) : NULL;
  if (tests == NULL)
    return false;
  *all = true;
  for (guint i = 0; i < tests->len; i++)
    *all = *all && is_planned(json_object_get(planned, "tests"), ((const AkTest *)tests->pdata[i])->id);
  return true;
}

/* The statement with the digest under which its canonical bytes are kept. */
static json_t *impact_of(AkWorkspace *workspace, const json_t *impact, GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  if (!keep_document(workspace, impact, hex, error))
    return NULL;
  json_t *kept = json_deep_copy(impact);
  json_object_set_new(kept, "sha256", json_string(hex));
  return kept;
}

json_t *ak_plan_record(AkWorkspace *workspace, const AkProduct *product,
                       const AkVerifyOptions *options, const char *run_id, const GPtrArray *earlier,
                       GError **error) {
  g_autoptr(json_t) threats =
      ak_app_threats_of_profile(product, options->profile, options->rules_dir, error);
  g_autoptr(json_t) rules = threats ? ak_product_rules_keep(workspace, product, error) : NULL;
  g_autoptr(json_t) given = json_pack("{s:O*}", "yara", json_is_object(rules) ? rules : NULL);
  g_autoptr(GPtrArray) tests = rules ? plan_of(product, options, threats, given, error) : NULL;
  g_autoptr(json_t) catalogue = tests ? catalogue_of(options, error) : NULL;
  g_autoptr(json_t) images = catalogue ? images_of(product, error) : NULL;
  g_autoptr(json_t) answers = images ? answers_of(workspace, product, error) : NULL;
  g_autoptr(json_t) impact = NULL;
  g_autoptr(json_t) program = answers ? program_of(error) : NULL;
  char digest[AK_DIGEST_HEX_SIZE], model[AK_DIGEST_HEX_SIZE];
  if (program == NULL || !keep_document(workspace, product->document, digest, error) ||
      !keep_document(workspace, threats, model, error) ||
      !keep_folder(workspace, product, run_id, error))
    return NULL;
  if (options->impact != NULL &&
      (impact = impact_of(workspace, options->impact, error)) == NULL)
    return NULL;
  json_t *record = ak_record_new(AK_RECORD_RUN_PLANNED, run_id, ak_now_utc_us());
  json_object_set_new(record, "product", json_string(digest));
  json_object_set_new(record, "product_name", json_string(product->name));
  json_object_set_new(record, "product_model", json_string(product->model ? product->model : ""));
  json_object_set_new(record, "product_version",
                      json_string(product->version ? product->version : ""));
  json_object_set_new(record, "units", units_of(product));
  json_object_set_new(record, "authorization", authorization_of(product));
  json_object_set_new(record, "profile", json_string(options->profile));
  json_object_set(record, "catalogue", catalogue);
  json_object_set(record, "images", images);
  json_object_set(record, "answers_evidence", answers);
  json_object_set(record, "program", program);
  json_object_set_new(record, "threats", json_string(model));
  if (json_is_object(rules))
    json_object_set(record, "yara", rules);
  json_object_set_new(record, "tests", tests_of(tests));
  json_object_set_new(record, "options", options_of(options));
  json_object_set_new(record, "seed", json_integer((json_int_t)options->seed));
  json_object_set_new(record, "earlier", earlier_of(earlier));
  if (options->retest_of != NULL)
    json_object_set_new(record, "retest_of", json_string(options->retest_of));
  if (impact != NULL)
    json_object_set(record, "impact", impact);
  return record;
}
