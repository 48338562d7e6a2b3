/* Writes a catalogue as OSCAL 1.2.1. Rows that were imported are written as they came. */

#include <string.h>

#include "exchange/oscal-catalog.h"
#include "exchange/oscal.h"

typedef struct {
  json_t *tokens;   /* object: token → true */
  json_t *controls; /* object: our id → its control (borrowed by the tree too) */
  json_t *groups;   /* array */
  json_t *by_group; /* object: key → group */
  json_t *loose;    /* array: controls without a group */
} Writing;

static json_t *part(const char *name, const char *class_name, const char *prose) {
  json_t *json = json_pack("{s:s, s:s}", "name", name, "prose", prose);
  if (class_name != NULL) {
    json_object_set_new(json, "ns", json_string(AK_OSCAL_NS));
    json_object_set_new(json, "class", json_string(class_name));
  }
  return json;
}

static json_t *case_part(const AkTestCase *test_case, const char *lang) {
  bool is_ja = lang != NULL;
  json_t *json = part("assessment", lang, is_ja ? test_case->text.ja : test_case->text.en);
  g_autofree char *title = ak_oscal_line(is_ja ? test_case->title.ja : test_case->title.en);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "case", NULL, test_case->id);
  ak_oscal_add_prop(props, "kind", NULL, ak_case_kind_name(test_case->kind));
  ak_oscal_add_prop(props, "method", NULL, ak_method_name(test_case->method));
  ak_oscal_add_prop(props, "grade", NULL, ak_grade_name(test_case->grade));
  json_object_set_new(json, "ns", json_string(AK_OSCAL_NS));
  json_object_set_new(json, "title", json_string(title));
  json_object_set_new(json, "props", props);
  return json;
}

static json_t *own_control(const AkRequirement *row) {
  g_autofree char *token = ak_oscal_token(row->id), *title = ak_oscal_line(row->title.en);
  json_t *props = json_array(), *parts = json_array();
  ak_oscal_add_prop(props, "id", NULL, row->id);
  ak_oscal_add_prop(props, "title", "ja", row->title.ja);
  ak_oscal_add_prop(props, "obligation", NULL, row->obligation);
  if (*row->conditions != '\0')
    ak_oscal_add_prop(props, "conditions", NULL, row->conditions);
  ak_oscal_add_prop(props, "origin", NULL, row->origin);
  g_autofree char *statement = g_strdup_printf("%s_smt", token); /* what findings point at */
  json_t *english = part("statement", NULL, row->text.en);
  json_object_set_new(english, "id", json_string(statement));
  json_array_append_new(parts, english);
  json_array_append_new(parts, part("statement", "ja", row->text.ja));
  for (guint i = 0; i < row->cases->len; i++) {
    json_array_append_new(parts, case_part(row->cases->pdata[i], NULL));
    json_array_append_new(parts, case_part(row->cases->pdata[i], "ja"));
  }
  return json_pack("{s:s, s:s, s:o, s:o}", "id", token, "title", title, "props", props, "parts",
                   parts);
}

static json_t *control_of(const AkRequirement *row) {
  const json_t *kept = json_object_get(json_object_get(row->props, "oscal"), "control");
  return json_is_object(kept) ? json_copy((json_t *)kept) : own_control(row);
}

/* --- groups --------------------------------------------------------------------------------------------- */

/* The key and the title of the row's group; NULL where it has none. Caller frees both. */
static char *group_of(const AkRequirement *row, char **title) {
  const json_t *group = json_object_get(json_object_get(row->props, "oscal"), "group");
  const char *clause = ak_json_string_or(row->props, "clause", NULL);
  const char *name =
      ak_json_string_or(json_object_get(row->props, "clause_title"), "en", clause);
  if (group == NULL && clause == NULL)
    return NULL;
  *title = ak_oscal_line(group != NULL ? ak_json_string_or(group, "title", "") : name);
  return group != NULL ? g_strdup(ak_json_string_or(group, "id", ""))
                       : g_strdup_printf("clause-%s", clause);
}

static json_t *list_of(json_t *owner, const char *member) {
  json_t *list = json_object_get(owner, member);
  if (list == NULL) {
    list = json_array();
    json_object_set_new(owner, member, list);
  }
  return list;
}

/* Where the row's control belongs: below its parent, in its group or at the top. Borrowed. */
static json_t *place_of(Writing *self, const AkRequirement *row) {
  const char *parent =
      ak_json_string_or(json_object_get(row->props, "oscal"), "parent", NULL);
  json_t *owner = parent != NULL ? json_object_get(self->controls, parent) : NULL;
  if (owner != NULL)
    return list_of(owner, "controls");
  g_autofree char *title = NULL;
  g_autofree char *key = group_of(row, &title);
  if (key == NULL)
    return self->loose;
  json_t *group = json_object_get(self->by_group, key);
  if (group == NULL) {
    group = json_pack("{s:s}", "title", title);
    g_autofree char *token = ak_oscal_token(key);
    if (*key != '\0')
      json_object_set_new(group, "id", json_string(token));
    json_object_set(self->by_group, key, group);
    json_array_append_new(self->groups, group);
  }
  return list_of(group, "controls");
}

static bool add_control(Writing *self, const AkRequirement *row, GError **error) {
  json_t *control = control_of(row), *place = place_of(self, row);
  const char *token = ak_json_string_or(control, "id", "");
  json_array_append_new(place, control);
  json_object_set(self->controls, row->id, control);
  if (json_object_get(self->tokens, token) != NULL)
    return ak_error_set(error, AK_ERROR_CONFLICT,
                        "requirement %s: the OSCAL id \"%s\" is taken by another one", row->id,
                        token);
  return json_object_set_new(self->tokens, token, json_true()) == 0;
}

/* --- the document --------------------------------------------------------------------------------------- */

static json_t *metadata_of(const AkCatalog *self, gint64 modified_utc_us) {
  json_t *metadata = ak_oscal_metadata(self->title.en, self->version, modified_utc_us);
  json_t *props = json_array();
  ak_oscal_add_prop(props, "id", NULL, self->id);
  ak_oscal_add_prop(props, "title", "ja", self->title.ja);
  json_object_set_new(metadata, "props", props);
  const char *statement = ak_json_string_or(json_object_get(self->props, "statement"), "en", NULL);
  if (statement != NULL)
    json_object_set_new(metadata, "remarks", json_string(statement));
  return metadata;
}

json_t *ak_oscal_catalog_write(const AkCatalog *self, gint64 modified_utc_us, GError **error) {
  g_autoptr(json_t) tokens = json_object(), controls = json_object(), groups = json_array(),
                    by_group = json_object(), loose = json_array();
  Writing writing = {.tokens = tokens, .controls = controls, .groups = groups,
                     .by_group = by_group, .loose = loose};
  for (guint i = 0; i < self->requirements->len; i++)
    if (!add_control(&writing, self->requirements->pdata[i], error))
      return NULL;
  char uuid[AK_UUID_SIZE];
  g_autofree char *name = g_strdup_printf("catalog/%s", self->id);
  ak_oscal_uuid(name, uuid);
  json_t *catalog =
      json_pack("{s:s, s:o}", "uuid", uuid, "metadata", metadata_of(self, modified_utc_us));
  const json_t *source = json_object_get(self->props, "oscal");
  if (json_object_get(source, "params") != NULL)
    json_object_set(catalog, "params", json_object_get(source, "params"));
  if (json_array_size(loose) > 0)
    json_object_set(catalog, "controls", loose);
  if (json_array_size(groups) > 0)
    json_object_set(catalog, "groups", groups);
  if (json_object_get(source, "back-matter") != NULL)
    json_object_set(catalog, "back-matter", json_object_get(source, "back-matter"));
  return json_pack("{s:o}", "catalog", catalog);
}
