/* The components that a run found in its images, as a bill of materials. */

#include <string.h>

#include "exchange/cyclonedx.h"
#include "exchange/oscal.h"
#include "exchange/result.h"

static json_t *subject_of(const json_t *product) {
  return json_pack("{s:s, s:s, s:s, s:s*}", "ref", "product", "type", "device", "name",
                   ak_json_string_or(product, "name", "-"), "version",
                   ak_json_string_or(product, "version", NULL));
}

static json_t *image_of(const json_t *image, const char *ref) {
  json_t *component = json_pack("{s:s, s:s, s:s, s:s*}", "ref", ref, "type", "firmware", "name",
                                ak_json_string_or(image, "name", "-"), "version",
                                ak_json_string_or(image, "version", NULL));
  if (json_object_get(image, "sha256") != NULL)
    json_object_set_new(component, "hashes",
                        json_pack("{s:O}", "SHA-256", json_object_get(image, "sha256")));
  return component;
}

static json_t *component_of(const json_t *row, gsize parent) {
  static const char *const texts[] = {"name", "version", "purl", "cpe", "origin"};
  g_autofree char *ref = g_strdup_printf("component:%s", ak_json_string_or(row, "locator", ""));
  json_t *component =
      json_pack("{s:s, s:s, s:I}", "ref", ref, "type", "library", "parent", (json_int_t)parent);
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    const char *text = ak_json_string_or(row, texts[i], "");
    if (*text != '\0')
      json_object_set_new(component, texts[i], json_string(text));
  }
  if (json_array_size(json_object_get(row, "files")) > 0)
    json_object_set(component, "files", json_object_get(row, "files"));
  return component;
}

/* Nothing that looks into an image can say that it saw all: "incomplete" where the look was cut or not
 * taken, else "unknown". */
static json_t *composition_of(const json_t *image, const char *ref) {
  const json_t *looked = json_object_get(image, "components_looked");
  return json_pack("{s:s, s:[s]}", "aggregate", json_is_true(looked) ? "unknown" : "incomplete",
                   "assemblies", ref);
}

json_t *ak_cyclonedx_of_report(const json_t *report, AkLang lang, GError **error) {
  if (!ak_result_check(report, error))
    return NULL;
  const json_t *run = json_object_get(report, "run"), *product = json_object_get(report, "product");
  const json_t *images = json_object_get(report, "images"), *rows = json_object_get(report, "components");
  g_autoptr(json_t) components = json_array(), compositions = json_array(), places = json_object();
  for (gsize i = 0; i < json_array_size(images); i++) {
    const json_t *image = json_array_get(images, i);
    const char *name = ak_json_string_or(image, "name", "-");
    g_autofree char *ref = g_strdup_printf("image:%s", name);
    json_object_set_new(places, name, json_integer((json_int_t)i));
    json_array_append_new(components, image_of(image, ref));
    json_array_append_new(compositions, composition_of(image, ref));
  }
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const json_t *place = json_object_get(places, ak_json_string_or(row, "image", ""));
    if (place != NULL)
      json_array_append_new(components, component_of(row, (gsize)json_integer_value(place)));
  }
  char uuid[AK_UUID_SIZE];
  g_autofree char *seed =
      g_strdup_printf("cyclonedx/%s/%s", ak_json_string_or(product, "sha256", ""),
                      ak_json_string_or(run, "id", ""));
  ak_oscal_uuid(seed, uuid);
  g_autofree char *serial = g_strdup_printf("urn:uuid:%s", uuid);
  g_autofree char *when = ak_result_time(json_integer_value(json_object_get(run, "judged_utc_us")));
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:O, s:O}", "format", "cyclonedx",
                   "format_version", "1.6", "serial", serial, "timestamp", when, "title",
                   ak_json_string_or(product, "name", ""), "version",
                   ak_json_string_or(product, "version", ""), "subject", subject_of(product),
                   "components", components, "compositions", compositions);
}
