#include "app/run-row.h"

#include "app/validity.h"

#define NOT_ENDED "not finished"

/* The members that both kinds share are in `row`; takes `summary`, which may be NULL. */
static json_t *complete(json_t *row, json_t *summary, const AkValidity *validity,
                        const char *retest_of) {
  if (summary != NULL)
    json_object_set_new(row, "summary", summary);
  json_object_set_new(row, "validity", ak_validity_to_json(validity));
  if (retest_of != NULL)
    json_object_set_new(row, "retest_of", json_string(retest_of));
  return row;
}

json_t *ak_app_run_row(const AkRunRow *run, gint64 at_utc_us) {
  g_auto(AkValidity) validity = {0};
  ak_app_validity_of_row(run, at_utc_us, &validity);
  json_t *summary = run->verdict_index < 0
                        ? NULL
                        : json_pack("{s:I, s:I, s:I, s:I}", "pass", (json_int_t)run->passed, "fail",
                                    (json_int_t)run->failed, "inconclusive",
                                    (json_int_t)run->inconclusive, "not_applicable",
                                    (json_int_t)run->not_applicable);
  json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "run", run->run_id, "product",
                          run->product_name, "model", run->product_model, "version",
                          run->product_version, "profile", run->profile, "end",
                          run->run_end != NULL ? run->run_end : NOT_ENDED, "when_utc_us",
                          (json_int_t)MAX(run->planned_utc_us, 0));
  return complete(row, summary, &validity, run->retest_of);
}

json_t *ak_app_run_row_of_view(const AkRunView *view, const char *newest_version,
                               gint64 at_utc_us) {
  const AkRunState *state = view->state;
  const json_t *planned = state->planned;
  const json_t *result = json_object_get(state->verdict, "verdicts");
  g_auto(AkValidity) validity = {0};
  ak_app_validity(state, newest_version, at_utc_us, &validity);
  json_t *row = json_pack(
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "run", state->run_id, "product",
      ak_json_string_or(planned, "product_name", ""), "model",
      ak_json_string_or(planned, "product_model", ""), "version",
      ak_json_string_or(planned, "product_version", ""), "profile",
      ak_json_string_or(planned, "profile", ""), "end", state->end != NULL ? state->end : NOT_ENDED,
      "when_utc_us", (json_int_t)json_integer_value(json_object_get(planned, "when_utc_us")));
  return complete(row, json_incref(json_object_get(result, "summary")), &validity,
                  ak_json_string_or(planned, "retest_of", NULL));
}
