/* What the formats of a run's results share: how the report (docs/formats/report.md), from which all of
 * them are made, is read. Nothing here is the caller's unless it says so. */
#pragma once

#include "util/json.h"
#include "util/text.h"

/* INVALID_DATA where `report` is no akashi-report of version 1 with the members that the writers need. */
bool ak_result_check(const json_t *report, GError **error);

/* A text of the report: plain, or `lang` of a bilingual one; "" for anything else. */
const char *ak_result_text(const json_t *value, AkLang lang);
/* The same of a member. */
const char *ak_result_member(const json_t *object, const char *key, AkLang lang);

/* "2026-11-23T00:00:00Z" of microseconds since 1970; whole seconds. Caller frees. */
char *ak_result_time(gint64 utc_us);

/* A value as a person reads it: text, "42 ms", true, set items as JSON. Caller frees. */
char *ak_result_value(const json_t *value);

/* Strings and bilingual texts of an array, joined by `joint`. Caller frees. */
char *ak_result_join(const json_t *array, const char *joint, AkLang lang);

/* The observation that a verdict or finding cites, from the report's "observations"; NULL where the report
 * does not hold it. */
const json_t *ak_result_observation(const json_t *report, const json_t *cited);

/* The ids of "observations", sorted: GPtrArray of const char *, which the report owns. The array is the
 * caller's. */
GPtrArray *ak_result_observation_ids(const json_t *report);

/* "IMAGE!/etc/shadow" → "IMAGE" and "/etc/shadow"; the rest is "" where there is no "!". `image` is the
 * caller's, the result points into `locator`. */
const char *ak_result_split(const char *locator, char **image);

/* A finding in one line: its title, and the detail or place that tells it from others of its kind. Caller
 * frees. */
char *ak_result_finding_title(const json_t *finding, AkLang lang);
