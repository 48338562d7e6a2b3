/* Evidence: which bytes a run cites, and those of them that are masked. Raw bytes may hold credentials and
 * personal data and are read by `akashi evidence --raw` alone, as a logged act. */
#include "app/evidence.h"

#include "web/api/handlers.h"

static json_t *item_of(const AkEvidenceItem *item) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&item->digest, hex);
  return json_pack("{s:s, s:s, s:b, s:I}", "sha256", hex, "kind",
                   item->is_answer ? "answer" : "observed", "masked", (int)item->is_masked,
                   "citations", (json_int_t)item->seen->len);
}

bool ak_api_evidence_list(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  g_autoptr(GPtrArray) all = ak_app_evidence_list(view->state);
  gsize limit = (gsize)ak_api_integer(request, "limit"), i = (gsize)ak_api_cursor(request, 0);
  json_t *items = json_array();
  for (; i < all->len && json_array_size(items) < limit; i++)
    json_array_append_new(items, item_of(all->pdata[i]));
  return ak_api_page(response, items, i < all->len ? (gint64)i : -1, error);
}

/* --- one ---------------------------------------------------------------------------------------------- */

/* NULL with the problem set where the run does not cite it. */
static const AkEvidenceItem *find(const AkApiRequest *request, AkApiResponse *response,
                                  const GPtrArray *all) {
  AkDigest digest;
  const AkEvidenceItem *item = ak_digest_from_hex(request->parameters[1], &digest)
                                   ? ak_app_evidence_find(all, &digest)
                                   : NULL;
  if (item == NULL)
    ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-evidence",
                  request->parameters[0], request->parameters[1]);
  return item;
}

static void add_citations(json_t *list, const AkObservation *seen, const AkDigest *digest) {
  AkDigest identity = ak_observation_identity(seen);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&identity, hex);
  for (guint i = 0; i < seen->evidence->len && json_array_size(list) < AK_API_MAX_PAGE; i++) {
    const AkEvidenceRef *ref = &g_array_index(seen->evidence, AkEvidenceRef, i);
    if (!ak_digest_equal(&ref->digest, digest))
      continue;
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:I, s:I}", "observation", hex, "test",
                        seen->test_id, "property", seen->property, "subject", "kind",
                        seen->subject.kind, "locator", seen->subject.locator, "offset",
                        (json_int_t)ref->offset, "length", (json_int_t)ref->length));
  }
}

bool ak_api_evidence(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  g_autoptr(GPtrArray) all = ak_app_evidence_list(view->state);
  const AkEvidenceItem *item = find(request, response, all);
  if (item == NULL)
    return false;
  json_t *json = item_of(item), *citations = json_array();
  for (guint i = 0; i < item->seen->len; i++)
    add_citations(citations, item->seen->pdata[i], &item->digest);
  json_object_set_new(json, "cited_by", citations);
  json_object_set_new(json, "kept",
                      json_boolean(ak_app_evidence_is_kept(request->workspace, item)));
  return ak_api_json(response, json, error);
}

bool ak_api_evidence_bytes(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunView) view = ak_api_run(request, response, error);
  if (view == NULL)
    return false;
  g_autoptr(GPtrArray) all = ak_app_evidence_list(view->state);
  const AkEvidenceItem *item = find(request, response, all);
  if (item == NULL)
    return false;
  const char *hex = request->parameters[1];
  if (!item->is_masked)
    return ak_api_refuse(request, response, AK_PROBLEM_RAW_EVIDENCE, "api.detail.raw-evidence",
                         request->parameters[0], hex);
  response->body = ak_app_evidence_masked(request->workspace, item, error);
  response->media_type = "application/octet-stream";
  response->download = g_strdup_printf("%s.bin", hex);
  return response->body != NULL;
}
