#include "app/chain-verdict.h"

#include <string.h>

#include "app/validity.h"
#include "exchange/schema.h"

/* Members of a verdict record: docs of verify/verdict/verdict.h. */
typedef struct {
  const char *catalogue;
  const json_t *rows; /* of requirements */
  const AkChainTestLink *link;
} Said;

static Said said_by(const AkChainVerdictAsked *asked, const json_t *record) {
  const json_t *result = json_object_get(record, "verdicts");
  const char *catalogue = ak_json_string_or(json_object_get(result, "catalogue"), "id", NULL);
  if (catalogue == NULL)
    catalogue = ak_json_string_or(json_object_get(record, "catalogue"), "id", "");
  return (Said){catalogue, json_object_get(result, "verdicts"),
                ak_chain_knowledge_test(asked->knowledge, asked->requirement, catalogue)};
}

static const json_t *row_of(const Said *said, const char *requirement) {
  for (gsize i = 0; i < json_array_size(said->rows); i++)
    if (strcmp(ak_json_string_or(json_array_get(said->rows, i), "requirement", ""), requirement) == 0)
      return json_array_get(said->rows, i);
  return NULL;
}

/* A case counts where it passes by what a test saw on this version; an answer alone is a claim. */
static const char *judge_cases(const AkChainVerdictAsked *asked, const json_t *row) {
  const json_t *cases = json_object_get(row, "cases");
  const char *reason = "answers-alone";
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *one = json_array_get(cases, i), *lent = json_object_get(one, "inherited");
    bool is_seen = json_integer_value(json_object_get(one, "observations_total")) > 0 &&
                   strcmp(ak_json_string_or(one, "method", ""), "manual") != 0;
    if (strcmp(ak_json_string_or(one, "verdict", ""), "pass") != 0 || !is_seen)
      continue;
    if (lent == NULL || g_strcmp0(ak_json_string_or(lent, "version", NULL), asked->version) == 0)
      return NULL;
    reason = "other-version";
  }
  return reason;
}

/* NULL: passes, or does not apply. */
static const char *judge_row(const AkChainVerdictAsked *asked, const json_t *row, guint *passes) {
  static const struct {
    const char *verdict, *reason;
  } words[] = {{"fail", "failed"}, {"inconclusive", "inconclusive"}, {"pass", NULL},
               {"not-applicable", NULL}};
  const char *verdict = ak_json_string_or(row, "verdict", "");
  gsize word = 0;
  while (word < G_N_ELEMENTS(words) && strcmp(words[word].verdict, verdict) != 0)
    word++;
  if (word == G_N_ELEMENTS(words))
    return "not-tested";
  if (strcmp(verdict, "pass") != 0)
    return words[word].reason;
  (*passes)++;
  if (ak_validity_is_past(ak_json_string_or(row, "valid_until", NULL), asked->now_utc_us))
    return "run-expired";
  return judge_cases(asked, row);
}

/* The day on which the first of them ends. */
static void bring_down(const json_t *row, gint64 *until_utc_us, const char **until) {
  const char *day = ak_json_string_or(row, "valid_until", "");
  gint64 end_utc_us = 0;
  if (strcmp(ak_json_string_or(row, "verdict", ""), "pass") != 0 ||
      !ak_schema_date(day, true, &end_utc_us))
    return;
  if (*until == NULL || strcmp(day, *until) < 0)
    *until = day;
  *until_utc_us = MIN(*until_utc_us, end_utc_us);
}

static const char *judge_link(const AkChainVerdictAsked *asked, const Said *said, json_t *verdicts,
                              gint64 *until_utc_us, const char **until) {
  const char *reason = NULL;
  guint passes = 0;
  for (gsize i = 0; i < json_array_size(said->link->requirements); i++) {
    const char *name = json_string_value(json_array_get(said->link->requirements, i));
    const json_t *row = row_of(said, name);
    const char *why = judge_row(asked, row, &passes);
    json_array_append_new(verdicts, json_pack("{s:s, s:s}", "requirement", name, "verdict",
                                              ak_json_string_or(row, "verdict", "not-tested")));
    if (reason == NULL || (why != NULL && strcmp(why, "failed") == 0))
      reason = why != NULL ? why : reason;
    bring_down(row, until_utc_us, until);
  }
  return reason == NULL && passes == 0 ? "not-applicable" : reason;
}

const char *ak_chain_verdict_judge(const AkChainVerdictAsked *asked, const json_t *record, json_t *row,
                                   gint64 *until_utc_us) {
  Said said = said_by(asked, record);
  const char *until = NULL;
  gint64 end_utc_us = *until_utc_us;
  if (record == NULL)
    return "no-verdict";
  if (json_integer_value(json_object_get(record, "when_utc_us")) > asked->now_utc_us)
    return "not-yet";
  json_object_set_new(row, "catalogue", json_string(said.catalogue));
  if (said.link == NULL)
    return "other-catalogue";
  json_t *verdicts = json_array();
  json_object_set_new(row, "verdicts", verdicts);
  const char *reason = judge_link(asked, &said, verdicts, &end_utc_us, &until);
  if (until != NULL)
    json_object_set_new(row, "until", json_string(until));
  if (reason == NULL)
    *until_utc_us = end_utc_us;
  return reason;
}

bool ak_chain_verdict_fails(const AkChainVerdictAsked *asked, const json_t *record) {
  Said said = said_by(asked, record);
  if (record == NULL || said.link == NULL ||
      json_integer_value(json_object_get(record, "when_utc_us")) > asked->now_utc_us)
    return false;
  for (gsize i = 0; i < json_array_size(said.link->requirements); i++) {
    const json_t *row = row_of(&said, json_string_value(json_array_get(said.link->requirements, i)));
    if (strcmp(ak_json_string_or(row, "verdict", ""), "fail") == 0)
      return true;
  }
  return false;
}
