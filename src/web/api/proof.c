/* The proof of a run, made from the log: a bundle without raw evidence, whether it holds, and its parts. */
#include <string.h>

#include "app/proof.h"
#include "proof/check.h"
#include "web/api/handlers.h"

/* The bundle's bytes. Making one reads the whole log, so it is done one at a time. */
static GBytes *bundle_of(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  static GMutex one_at_a_time;
  g_autoptr(AkRunRow) row = ak_api_run_row(request, response, error);
  if (row == NULL)
    return NULL;
  if (row->verdict_index < 0) {
    ak_api_refuse(request, response, AK_PROBLEM_NO_VERDICT, "api.detail.no-verdict", row->run_id);
    return NULL;
  }
  AkProofOptions options = {0};
  g_mutex_lock(&one_at_a_time);
  GBytes *bundle = ak_app_proof_bundle(request->workspace, row->run_id, &options, error);
  g_mutex_unlock(&one_at_a_time);
  return bundle;
}

bool ak_api_proof(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(GBytes) bundle = bundle_of(request, response, error);
  g_auto(AkProofReport) report = {0};
  AkProofTrust trust = {0};
  gsize size = 0;
  const char *bytes = bundle != NULL ? g_bytes_get_data(bundle, &size) : NULL;
  return bytes != NULL && ak_proof_bundle_check(bytes, size, &trust, &report, error) &&
         ak_api_json(response, ak_proof_report_to_json(&report), error);
}

bool ak_api_proof_bundle(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  response->body = bundle_of(request, response, error);
  if (response->body == NULL)
    return false;
  response->download = g_strdup_printf("%s.bundle", request->parameters[0]);
  return true;
}

/* A member of the bundle; `bundle` (the caller's) keeps it. */
static const json_t *member_of(const AkApiRequest *request, AkApiResponse *response,
                               const char *name, json_t **bundle, GError **error) {
  g_autoptr(GBytes) bytes = bundle_of(request, response, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  *bundle = text != NULL ? ak_json_parse(text, size, "bundle", error) : NULL;
  return json_object_get(*bundle, name);
}

bool ak_api_proof_statement(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const char *wanted = ak_api_text(request, "predicate");
  const char *name = g_strcmp0(wanted, "verdicts") == 0 ? "verdicts" : "test_result";
  json_t *bundle = NULL;
  const json_t *envelopes = member_of(request, response, "envelopes", &bundle, error);
  g_autoptr(json_t) kept = bundle;
  return envelopes != NULL &&
         ak_api_json(response, json_incref(json_object_get(envelopes, name)), error);
}

bool ak_api_proof_checkpoint(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  json_t *bundle = NULL;
  const json_t *checkpoint = member_of(request, response, "checkpoint", &bundle, error);
  g_autoptr(json_t) kept = bundle;
  if (checkpoint == NULL)
    return false;
  const char *text = json_string_value(checkpoint);
  response->body = g_bytes_new(text, strlen(text));
  response->media_type = "text/plain; charset=utf-8";
  return true;
}
