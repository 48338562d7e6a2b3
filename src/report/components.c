#include "report/components.h"

#include <string.h>

/* Properties and the members they become. */
static const struct {
  const char *property, *member;
} members[] = {{"component.purl", "purl"},
               {"component.cpe", "cpe"},
               {"component.origin", "origin"},
               {"component.files", "files"}};

/* "IMAGE!NAME@VERSION"; a name may hold "@" ("@scope/name"), a version not. */
static json_t *row_of(const char *locator) {
  const char *mark = strchr(locator, '!'), *name = mark != NULL ? mark + 1 : locator;
  const char *at = strrchr(name, '@');
  gsize length = at != NULL && at > name ? (gsize)(at - name) : strlen(name);
  g_autofree char *image = g_strndup(locator, mark != NULL ? (gsize)(mark - locator) : 0);
  g_autofree char *plain = g_strndup(name, length);
  json_t *row = json_pack("{s:s, s:s, s:s, s:[]}", "locator", locator, "image", image, "name",
                          *plain != '\0' ? plain : "-", "observations");
  if (name[length] == '@' && name[length + 1] != '\0')
    json_object_set_new(row, "version", json_string(name + length + 1));
  return row;
}

static void add(json_t *row, const AkObservation *observation) {
  char hex[AK_DIGEST_HEX_SIZE];
  AkDigest digest = ak_observation_identity(observation);
  ak_digest_to_hex(&digest, hex);
  json_array_append_new(json_object_get(row, "observations"), json_string(hex));
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (strcmp(members[i].property, observation->property) == 0 &&
        observation->outcome == AK_OUTCOME_SEEN)
      json_object_set_new(row, members[i].member, ak_value_to_json(&observation->value));
}

static int compare_rows(gconstpointer a, gconstpointer b) {
  const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
  return strcmp(ak_json_string_or(one, "locator", ""), ak_json_string_or(other, "locator", ""));
}

json_t *ak_report_components(const GPtrArray *observations) {
  g_autoptr(json_t) by_locator = json_object(); /* its hash is seeded: locators are hostile */
  g_autoptr(GPtrArray) rows = g_ptr_array_new();
  for (guint i = 0; i < observations->len; i++) {
    const AkObservation *observation = observations->pdata[i];
    const char *locator = observation->subject.locator;
    if (strcmp(observation->subject.kind, "component") != 0 ||
        !g_str_has_prefix(observation->property, "component."))
      continue;
    json_t *row = json_object_get(by_locator, locator);
    if (row == NULL) {
      row = row_of(locator);
      json_object_set_new(by_locator, locator, row);
      g_ptr_array_add(rows, row);
    }
    add(row, observation);
  }
  g_ptr_array_sort(rows, compare_rows);
  json_t *array = json_array();
  for (guint i = 0; i < rows->len; i++)
    json_array_append(array, rows->pdata[i]);
  return array;
}

bool ak_report_components_looked(const GPtrArray *observations, const char *image) {
  for (guint i = 0; i < observations->len; i++) {
    const AkObservation *observation = observations->pdata[i];
    if (strcmp(observation->property, "component.coverage") == 0 &&
        strcmp(observation->subject.locator, image) == 0 &&
        observation->outcome == AK_OUTCOME_SEEN && observation->value.type == AK_VALUE_SET &&
        ak_value_set_contains(&observation->value, "packages"))
      return true;
  }
  return false;
}
