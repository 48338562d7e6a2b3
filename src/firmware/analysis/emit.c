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

bool ak_firmware_emit_coverage(const AkCall *call, AkSink *sink, const char *property,
                               const char *const *items, bool is_whole, GError **error) {
  return ak_firmware_emit(sink, "image", call->subject->locator, property,
                          is_whole ? AK_OUTCOME_SEEN : AK_OUTCOME_CUT, ak_value_set(items), NULL,
                          error);
}
