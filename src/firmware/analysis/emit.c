#include "firmware/analysis/emit.h"

bool ak_firmware_emit_keep(AkSink *sink, const json_t *place, AkCitation *out, GError **error) {
  g_autofree char *text = ak_json_canonical(place, &out->size, error);
  return text != NULL && ak_sink_blob(sink, text, out->size, &out->digest, error);
}

bool ak_firmware_emit(AkSink *sink, const char *kind, const char *locator, const char *property,
                      AkOutcome outcome, AkValue value, const AkCitation *citation,
                      GError **error) {
  AkObservation *seen = ak_observation_new(kind, locator, property, outcome);
  ak_observation_take_value(seen, value);
  if (citation != NULL)
    ak_observation_cite(seen, &citation->digest, 0, citation->size);
  return ak_sink_observe(sink, seen, error);
}

bool ak_firmware_emit_set(AkSink *sink, const char *kind, const char *locator, const char *property,
                          const GPtrArray *items, const AkCitation *citation, GError **error) {
  if (items->len == 0)
    return ak_firmware_emit(sink, kind, locator, property, AK_OUTCOME_ABSENT, (AkValue){0},
                            citation, error);
  g_autoptr(GPtrArray) texts = g_ptr_array_new();
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add(texts, items->pdata[i]);
  g_ptr_array_add(texts, NULL);
  return ak_firmware_emit(sink, kind, locator, property, AK_OUTCOME_SEEN,
                          ak_value_set((const char *const *)texts->pdata), citation, error);
}

bool ak_firmware_emit_none(const AkCall *call, AkSink *sink, const char *property,
                           const char *reason, GError **error) {
  return ak_firmware_emit(sink, "image", call->subject->locator, property,
                          reason == NULL ? AK_OUTCOME_ABSENT : AK_OUTCOME_CUT,
                          reason == NULL ? (AkValue){0} : ak_value_text(reason), NULL, error);
}

bool ak_firmware_emit_place(const AkCall *call, AkSink *sink, guint index, json_t *more,
                            AkCitation *out, GError **error) {
  g_autoptr(json_t) place = more != NULL ? more : json_object();
  AkDigest digest = ak_firmware_tree_digest(call->tree, index);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_autofree char *locator = ak_firmware_tree_locator(call->tree, index);
  json_object_set_new(place, "file", json_string(locator));
  json_object_set_new(place, "file_sha256", json_string(hex));
  return ak_firmware_emit_keep(sink, place, out, error);
}

char *ak_firmware_emit_reason(const AkCall *call, const char *own) {
  const char *gaps = ak_firmware_tree_gaps(call->tree);
  return gaps != NULL ? g_strdup_printf("the image was not read in full: %s", gaps) : g_strdup(own);
}

bool ak_firmware_emit_end(const AkCall *call, AkSink *sink, const AkFirmwareEnd *end,
                          GError **error) {
  g_autofree char *reason = ak_firmware_emit_reason(call, end->unread);
  const AkTestOutput *output = call->test->outputs;
  for (guint i = 0; output[1].property != NULL; output++, i++)
    if ((end->counts == NULL || end->counts[i] == 0) &&
        !ak_firmware_emit_none(call, sink, output->property, reason, error))
      return false;
  bool is_read = ak_firmware_tree_gaps(call->tree) == NULL && !end->is_cut;
  const char *const *items = !is_read              ? NULL
                             : end->items != NULL  ? end->items
                             : end->unread == NULL ? call->test->whole
                                                   : NULL;
  return ak_firmware_emit(sink, "image", call->subject->locator, output->property,
                          items != NULL ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT,
                          ak_value_coverage(items, items == NULL ? reason : NULL), NULL, error);
}
