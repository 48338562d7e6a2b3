#include "app/firmware-export.h"

#include <gio/gio.h>
#include <string.h>

#include "exchange/cyclonedx.h"
#include "exchange/oscal.h"
#include "exchange/result.h"
#include "exchange/spdx.h"

#define EVIDENCE "/akashi/firmware/evidence.json"

static bool was_seen(const json_t *observation) {
  return strcmp(ak_json_text(observation, "outcome"), "seen") == 0;
}

/* --- components --------------------------------------------------------------------------------
 */

/* "IMAGE!NAME@VERSION": a name may hold '@' at its start, a version none. */
static json_t *component_for(json_t *components, const char *locator) {
  const char *mark = strchr(locator, '!'), *at = strrchr(locator, '@');
  gsize count = json_array_size(components);
  json_t *last = count > 0 ? json_array_get(components, count - 1) : NULL;
  if (last != NULL && strcmp(ak_json_text(last, "ref"), locator) == 0)
    return last; /* what is said of one stands together */
  if (mark == NULL || at == NULL || at < mark)
    return NULL;
  g_autofree char *name = g_strndup(mark + 1, (gsize)(at - mark) - 1);
  last = json_pack("{s:s, s:s, s:s, s:s}", "ref", locator, "type", "library", "name", name,
                   "version", at + 1);
  json_array_append_new(components, last);
  return last;
}

static void note_component(json_t *component, const json_t *observation) {
  static const char *const members[] = {"purl", "cpe", "origin", "files"};
  const char *property = ak_json_text(observation, "property");
  for (gsize i = 0; component != NULL && i < G_N_ELEMENTS(members); i++)
    if (strcmp(property + strlen("component."), members[i]) == 0)
      json_object_set(component, members[i], json_object_get(observation, "value"));
}

json_t *ak_app_firmware_components(const json_t *result) {
  const json_t *observations = json_object_get(result, "observations");
  json_t *components = json_array();
  for (gsize i = 0; i < json_array_size(observations); i++) {
    const json_t *row = json_array_get(observations, i), *subject = json_object_get(row, "subject");
    if (was_seen(row) && strcmp(ak_json_text(subject, "kind"), "component") == 0)
      note_component(component_for(components, ak_json_text(subject, "locator")), row);
  }
  return components;
}

/* Whether all of the image was looked at for components. */
static const char *aggregate_of(const json_t *result) {
  const json_t *observations = json_object_get(result, "observations");
  for (gsize i = 0; i < json_array_size(observations); i++) {
    const json_t *row = json_array_get(observations, i);
    if (was_seen(row) && strcmp(ak_json_text(row, "property"), "component.coverage") == 0)
      return "unknown";
  }
  return "incomplete";
}

static json_t *bill_of(const json_t *result, gint64 when_utc_us, GError **error) {
  const char *digest = ak_json_string(result, "sha256", "image", error);
  if (digest == NULL)
    return NULL;
  g_autoptr(json_t) components = ak_app_firmware_components(result);
  char uuid[AK_UUID_SIZE];
  g_autofree char *seed = g_strdup_printf("firmware/%s", digest);
  ak_oscal_uuid(seed, uuid);
  g_autofree char *serial = g_strdup_printf("urn:uuid:%s", uuid);
  g_autofree char *when = ak_result_time(when_utc_us);
  const char *name = ak_json_text(result, "image");
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:{s:s}}, s:O, s:[{s:s, s:[s]}]}",
                   "format", "cyclonedx", "format_version", "1.6", "serial", serial, "timestamp",
                   when, "title", name, "subject", "ref", "image", "type", "firmware", "name", name,
                   "hashes", "SHA-256", digest, "components", components, "compositions",
                   "aggregate", aggregate_of(result), "assemblies", "image");
}

/* --- findings ----------------------------------------------------------------------------------
 */

static json_t *load_rows(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(EVIDENCE, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) document =
      text != NULL ? ak_json_parse(text, size, "evidence.json", error) : NULL;
  const json_t *rows =
      document != NULL ? ak_json_array(document, "rows", "evidence.json", error) : NULL;
  return json_deep_copy(rows);
}

static const json_t *row_of(const json_t *rows, const char *property) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (strcmp(ak_json_text(row, "property"), property) == 0 &&
        strcmp(ak_json_text(row, "level"), "none") != 0)
      return row;
  }
  return NULL;
}

static json_t *message_of(const json_t *row, const json_t *observation, AkLang lang) {
  g_autofree char *value = ak_result_value(json_object_get(observation, "value"));
  g_autofree char *text =
      g_strdup_printf("%s: %s", ak_result_member(row, "title", lang), value != NULL ? value : "");
  return json_pack("{s:s}", "text", text);
}

static json_t *result_of(const json_t *row, const json_t *observation, AkLang lang) {
  g_autofree char *image = NULL;
  const char *locator = ak_json_text(json_object_get(observation, "subject"), "locator");
  const char *path = ak_result_split(locator, &image);
  g_autofree char *uri = g_uri_escape_string(*path != '\0' ? path : image, "/", FALSE);
  const char *relative = uri + strspn(uri, "/");
  return json_pack("{s:s, s:s, s:s, s:o, s:[{s:{s:{s:s}}, s:[{s:s, s:s}]}]}", "ruleId",
                   ak_json_text(row, "property"), "kind", "fail", "level", ak_json_text(row, "level"),
                   "message", message_of(row, observation, lang), "locations", "physicalLocation",
                   "artifactLocation", "uri", *relative != '\0' ? relative : "image",
                   "logicalLocations", "fullyQualifiedName", locator, "kind", "resource");
}

static json_t *rule_of(const json_t *row, AkLang lang) {
  return json_pack("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "id", ak_json_text(row, "property"),
                   "shortDescription", "text", ak_result_member(row, "title", lang),
                   "fullDescription", "text", ak_result_member(row, "condition", lang), "help",
                   "text", ak_result_member(row, "never_alone", lang));
}

static json_t *sarif_of(const json_t *result, AkLang lang, GError **error) {
  g_autoptr(json_t) rows = load_rows(error), rules = json_array(), results = json_array();
  if (rows == NULL)
    return NULL;
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (strcmp(ak_json_text(json_array_get(rows, i), "level"), "none") != 0)
      json_array_append_new(rules, rule_of(json_array_get(rows, i), lang));
  const json_t *observations = json_object_get(result, "observations");
  for (gsize i = 0; i < json_array_size(observations); i++) {
    const json_t *observation = json_array_get(observations, i);
    const json_t *row = row_of(rows, ak_json_text(observation, "property"));
    if (row != NULL && was_seen(observation))
      json_array_append_new(results, result_of(row, observation, lang));
  }
  bool is_done = strcmp(ak_json_text(result, "end"), "done") == 0;
  return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:O}}, s:[{s:b}], s:O}]}", "$schema",
                   "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
                   "tool", "driver", "name", "akashi", "version", AK_VERSION, "rules", rules,
                   "invocations", "executionSuccessful", is_done, "results", results);
}

json_t *ak_app_firmware_findings(const json_t *result, AkLang lang, GError **error) {
  static const char *const levels[] = {"error", "warning", "note"};
  g_autoptr(json_t) rows = load_rows(error);
  if (rows == NULL)
    return NULL;
  json_t *findings = json_array();
  const json_t *observations = json_object_get(result, "observations");
  for (gsize level = 0; level < G_N_ELEMENTS(levels); level++)
    for (gsize i = 0; i < json_array_size(observations); i++) {
      const json_t *seen = json_array_get(observations, i);
      const json_t *row = was_seen(seen) ? row_of(rows, ak_json_text(seen, "property")) : NULL;
      if (row == NULL || strcmp(ak_json_text(row, "level"), levels[level]) != 0)
        continue;
      json_array_append_new(
          findings, json_pack("{s:s, s:s, s:s, s:O, s:s}", "property", ak_json_text(seen, "property"), "level",
                              levels[level], "title", ak_result_member(row, "title", lang), "value",
                              json_object_get(seen, "value"), "locator",
                              ak_json_text(json_object_get(seen, "subject"), "locator")));
    }
  return findings;
}

char *ak_app_firmware_export(const json_t *result, const char *format, AkLang lang,
                             gint64 when_utc_us, GError **error) {
  g_autoptr(json_t) document = NULL;
  if (strcmp(format, "sarif") == 0) {
    document = sarif_of(result, lang, error);
  } else if (strcmp(format, "cyclonedx") == 0 || strcmp(format, "spdx") == 0) {
    g_autoptr(json_t) bill = bill_of(result, when_utc_us, error);
    if (bill != NULL)
      document = *format == 'c' ? ak_cyclonedx_write(bill, error) : ak_spdx_write(bill, error);
  } else {
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "%s: not a format of firmware", format);
  }
  return document != NULL ? ak_json_canonical(document, NULL, error) : NULL;
}
