/* Reading what the OSCAL models of an assessment share. */

#include <string.h>

#include "exchange/oscal-assessment.h"

static bool is_uuid(const char *text) {
  gsize length = strlen(text);
  for (gsize i = 0; i < length; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
      return false;
  }
  return length == AK_UUID_SIZE - 1;
}

static bool read_uuid(AkOscalReading *self, const json_t *item, const char *place, GError **error) {
  const char *uuid = ak_json_string_or(item, "uuid", NULL);
  if (uuid == NULL)
    return true;
  if (!is_uuid(uuid) || json_object_get(self->uuids, uuid) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%.40s\" is %s", place, uuid,
                        is_uuid(uuid) ? "there twice" : "no UUID");
  json_object_set_new(self->uuids, uuid, json_true());
  return true;
}

bool ak_oscal_read_list(AkOscalReading *self, const json_t *owner, const char *member,
                        const char *const *needed, const json_t **list, GError **error) {
  *list = json_object_get(owner, member);
  if (*list != NULL && !json_is_array(*list))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: %s is no list", self->where, member);
  for (gsize i = 0; i < json_array_size(*list); i++) {
    const json_t *item = json_array_get(*list, i);
    g_autofree char *place = g_strdup_printf("%s: %s %u", self->where, member, (guint)i);
    if (++self->rows > AK_OSCAL_MAX_ROWS)
      return ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d rows", self->where,
                          AK_OSCAL_MAX_ROWS);
    for (gsize k = 0; needed[k] != NULL; k++)
      if (ak_json_string(item, needed[k], place, error) == NULL)
        return false;
    if (!read_uuid(self, item, place, error))
      return false;
  }
  return true;
}

guint ak_oscal_read_references(AkOscalReading *self, const json_t *owner, const char *member,
                               const char *key) {
  const json_t *list = json_object_get(owner, member);
  for (gsize i = 0; i < json_array_size(list); i++) {
    const char *uuid = ak_json_string_or(json_array_get(list, i), key, "");
    self->dangling += json_object_get(self->uuids, uuid) == NULL;
  }
  return (guint)json_array_size(list);
}

/* --- observations, risks, findings --------------------------------------------------------------------------- */

static void add_observations(json_t *target, const json_t *list) {
  json_t *rows = json_array();
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    const json_t *evidence = json_object_get(item, "relevant-evidence");
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:i}", "uuid",
                                          ak_json_string_or(item, "uuid", ""), "text",
                                          ak_json_string_or(item, "description", ""), "collected",
                                          ak_json_string_or(item, "collected", ""), "evidence",
                                          (int)json_array_size(evidence)));
  }
  json_object_set_new(target, "observations", rows);
}

/* The first facet "severity" of a risk, or NULL. */
static const char *severity_of(const json_t *risk) {
  const json_t *sides = json_object_get(risk, "characterizations");
  for (gsize i = 0; i < json_array_size(sides); i++) {
    const json_t *facets = json_object_get(json_array_get(sides, i), "facets");
    for (gsize k = 0; k < json_array_size(facets); k++)
      if (strcmp(ak_json_string_or(json_array_get(facets, k), "name", ""), "severity") == 0)
        return ak_json_string_or(json_array_get(facets, k), "value", NULL);
  }
  return NULL;
}

static void add_risks(json_t *target, const json_t *list) {
  json_t *rows = json_array();
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    const json_t *remediation = json_array_get(json_object_get(item, "remediations"), 0);
    json_array_append_new(
        rows, json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "uuid", ak_json_string_or(item, "uuid", ""),
                        "title", ak_json_string_or(item, "title", ""), "status",
                        ak_json_string_or(item, "status", ""), "severity", severity_of(item),
                        "treatment", ak_json_string_or(remediation, "description", NULL)));
  }
  json_object_set_new(target, "risks", rows);
}

static bool add_findings(AkOscalReading *self, json_t *target, const json_t *list, GError **error) {
  json_t *rows = json_array();
  json_object_set_new(target, "findings", rows);
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    g_autofree char *place = g_strdup_printf("%s: findings %u", self->where, (guint)i);
    const json_t *aim = ak_json_object(item, "target", place, error);
    const json_t *status = aim != NULL ? ak_json_object(aim, "status", place, error) : NULL;
    const char *state = status != NULL ? ak_json_string(status, "state", place, error) : NULL;
    const char *id = state != NULL ? ak_json_string(aim, "target-id", place, error) : NULL;
    if (id == NULL)
      return false;
    if (strcmp(state, "satisfied") != 0 && strcmp(state, "not-satisfied") != 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown state \"%.40s\"", place, state);
    guint observations =
        ak_oscal_read_references(self, item, "related-observations", "observation-uuid");
    guint risks = ak_oscal_read_references(self, item, "related-risks", "risk-uuid");
    json_array_append_new(
        rows, json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:i, s:i}", "uuid",
                        ak_json_string_or(item, "uuid", ""), "title",
                        ak_json_string_or(item, "title", ""), "target", id, "state", state, "reason",
                        ak_json_string_or(status, "reason", NULL), "requirement",
                        ak_oscal_prop(item, "requirement", NULL), "verdict",
                        ak_oscal_prop(item, "verdict", NULL), "observations", (int)observations,
                        "risks", (int)risks));
  }
  return true;
}

bool ak_oscal_read_assessed(AkOscalReading *self, const json_t *owner, json_t *target, GError **error) {
  static const char *const observation[] = {"uuid", "description", "collected", NULL};
  static const char *const risk[] = {"uuid", "title", "description", "statement", "status", NULL};
  static const char *const finding[] = {"uuid", "title", "description", NULL};
  const json_t *observations = NULL, *risks = NULL, *findings = NULL;
  if (!ak_oscal_read_list(self, owner, "observations", observation, &observations, error) ||
      !ak_oscal_read_list(self, owner, "risks", risk, &risks, error) ||
      !ak_oscal_read_list(self, owner, "findings", finding, &findings, error))
    return false;
  for (gsize i = 0; i < json_array_size(risks); i++)
    ak_oscal_read_references(self, json_array_get(risks, i), "related-observations",
                             "observation-uuid");
  add_observations(target, observations);
  add_risks(target, risks);
  return add_findings(self, target, findings, error);
}
