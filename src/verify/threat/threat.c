#include "verify/threat/threat.h"

#include <string.h>

#include "catalog/looks.h"

typedef struct {
  const char *kind, *name; /* borrowed from the product */
  bool assumed;            /* not in the file's assets; follows from what is */
  bool unused;             /* an interface that is declared as unused */
} Element;

typedef struct {
  const AkThreatInput *input;
  GArray *elements; /* of Element */
  GStrv attackers;
} Model;

/* --- elements
 * ------------------------------------------------------------------------------------- */

static void add_element(GArray *elements, const char *kind, const char *name, bool assumed,
                        bool unused) {
  for (guint i = 0; i < elements->len; i++) {
    const Element *known = &g_array_index(elements, Element, i);
    if (strcmp(known->kind, kind) == 0 && strcmp(known->name, name) == 0)
      return;
  }
  Element element = {.kind = kind, .name = name, .assumed = assumed, .unused = unused};
  g_array_append_val(elements, element);
}

static bool has_login(const AkInterface *interface) {
  for (guint i = 0; interface->services != NULL && i < interface->services->len; i++) {
    const AkService *service = interface->services->pdata[i];
    const char *mechanism = ak_json_string_or(service->auth, "mechanism", "none");
    if (strcmp(mechanism, "none") != 0)
      return true;
  }
  return false;
}

static void add_interfaces(const AkProduct *product, GArray *elements) {
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *interface = product->interfaces->pdata[i];
    if (interface->kind != NULL && interface->name != NULL)
      add_element(elements, interface->kind, interface->name, false, !interface->used);
  }
}

/* Who writes no assets down still has these: what is logged in with, and the software. */
static void assume_assets(const AkProduct *product, GArray *elements) {
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *interface = product->interfaces->pdata[i];
    if (has_login(interface))
      add_element(elements, "credential", interface->name, true, false);
  }
  for (guint i = 0; i < product->images->len; i++)
    add_element(elements, "firmware", ((const AkImage *)product->images->pdata[i])->name, true,
                false);
}

static void add_assets(const AkProduct *product, GArray *elements) {
  const json_t *assets = json_object_get(product->document, "assets");
  for (gsize i = 0; i < json_array_size(assets); i++) {
    const json_t *asset = json_array_get(assets, i);
    add_element(elements, ak_json_string_or(asset, "kind", ""),
                ak_json_string_or(asset, "name", ""), false, false);
  }
  if (json_array_size(assets) == 0)
    assume_assets(product, elements);
}

/* Without a statement, whoever could be there: at each interface of the product, and whoever has
 * the image. */
static GStrv attackers_of(const AkProduct *product) {
  const json_t *given = json_object_get(product->document, "attackers");
  g_autoptr(GStrvBuilder) positions = g_strv_builder_new();
  for (gsize p = 0; ak_product_attackers[p] != NULL; p++) {
    const char *position = ak_product_attackers[p];
    bool is_there = strcmp(position, "supply") == 0 && product->images->len > 0;
    for (guint i = 0; i < product->interfaces->len; i++)
      is_there |=
          g_strcmp0(((const AkInterface *)product->interfaces->pdata[i])->kind, position) == 0;
    if (json_array_size(given) > 0) {
      is_there = false;
      for (gsize i = 0; i < json_array_size(given); i++)
        is_there |= g_strcmp0(json_string_value(json_array_get(given, i)), position) == 0;
    }
    if (is_there)
      g_strv_builder_add(positions, position);
  }
  return g_strv_builder_end(positions);
}

static json_t *json_of_texts(char **texts) {
  json_t *array = json_array();
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_append_new(array, json_string(texts[i]));
  return array;
}

/* --- threats
 * --------------------------------------------------------------------------------------- */

static bool is_selected(const AkProfile *profile, const char *requirement) {
  return profile->requirements == NULL ||
         g_strv_contains((const char *const *)profile->requirements, requirement);
}

/* The case of the profile with that id, and its requirement; NULL where it belongs elsewhere. */
static const AkTestCase *find_case(const AkThreatInput *input, const char *id,
                                   const AkRequirement **requirement) {
  for (guint i = 0; i < input->catalog->requirements->len; i++) {
    const AkRequirement *row = input->catalog->requirements->pdata[i];
    for (guint c = 0; is_selected(input->profile, row->id) && c < row->cases->len; c++) {
      const AkTestCase *test_case = row->cases->pdata[c];
      if (strcmp(test_case->id, id) == 0) {
        *requirement = row;
        return test_case;
      }
    }
  }
  return NULL;
}

static void add_once(json_t *array, const char *text) {
  for (gsize i = 0; i < json_array_size(array); i++)
    if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
      return;
  json_array_append_new(array, json_string(text));
}

static void add_tests_of(json_t *ids, const AkRule *rule, const AkTest *const *tests) {
  g_autoptr(GPtrArray) properties = ak_rule_properties(rule);
  g_autoptr(GPtrArray) looking = ak_rule_tests(properties, tests);
  for (guint i = 0; i < looking->len; i++)
    add_once(ids, looking->pdata[i]);
}

static bool concerns(const Model *self, const AkThreatRow *row, const Element *element) {
  if (strcmp(row->of, element->kind) != 0 || (element->unused && !row->unused))
    return false;
  for (char **position = row->attacker; *position != NULL; position++)
    if (g_strv_contains((const char *const *)self->attackers, *position))
      return true;
  return false;
}

static json_t *threat_json(const Model *self, const AkThreatRow *row, const Element *element) {
  json_t *cases = json_array(), *others = json_array(), *tests = json_of_texts(row->tests);
  for (char **id = row->cases; *id != NULL; id++) {
    const AkRequirement *requirement = NULL;
    const AkTestCase *found = find_case(self->input, *id, &requirement);
    json_array_append_new(found != NULL ? cases : others, json_string(*id));
    if (found != NULL && !row->by_people)
      add_tests_of(tests, found->compiled, self->input->tests);
  }
  return json_pack("{s:s, s:s, s:s, s:s, s:O, s:o, s:o, s:o}", "threat", row->id, "element",
                   element->name, "kind", element->kind, "stride", row->stride, "title", row->title,
                   "cases", cases, "other_cases", others, "tests", tests);
}

static json_t *threats_json(const Model *self) {
  json_t *threats = json_array();
  for (guint e = 0; e < self->elements->len; e++)
    for (guint r = 0; r < self->input->knowledge->rows->len; r++) {
      const Element *element = &g_array_index(self->elements, Element, e);
      const AkThreatRow *row = self->input->knowledge->rows->pdata[r];
      if (concerns(self, row, element))
        json_array_append_new(threats, threat_json(self, row, element));
    }
  return threats;
}

static json_t *elements_json(const GArray *elements) {
  json_t *array = json_array();
  for (guint i = 0; i < elements->len; i++) {
    const Element *element = &g_array_index(elements, Element, i);
    json_array_append_new(array, json_pack("{s:s, s:s, s:b, s:b}", "kind", element->kind, "name",
                                           element->name, "assumed", (int)element->assumed,
                                           "unused", (int)element->unused));
  }
  return array;
}

json_t *ak_threats(const AkThreatInput *input) {
  g_autoptr(GArray) elements = g_array_new(FALSE, TRUE, sizeof(Element));
  g_auto(GStrv) attackers = attackers_of(input->product);
  Model model = {.input = input, .elements = elements, .attackers = attackers};
  add_interfaces(input->product, elements);
  add_assets(input->product, elements);
  const json_t *document = input->product->document;
  return json_pack("{s:{s:s, s:s}, s:o, s:{s:b, s:b}, s:o, s:o}", "knowledge", "id",
                   input->knowledge->id, "version", input->knowledge->version, "attackers",
                   json_of_texts(attackers), "assumed", "assets",
                   (int)(json_array_size(json_object_get(document, "assets")) == 0), "attackers",
                   (int)(json_array_size(json_object_get(document, "attackers")) == 0), "elements",
                   elements_json(elements), "threats", threats_json(&model));
}

/* --- tests ---------------------------------------------------------------------------------------
 */

static void add_reason(json_t *why, const char *test, const char *member, const char *reason) {
  json_t *row = json_object_get(why, test);
  if (row == NULL) {
    row = json_object();
    json_object_set_new(why, test, row);
  }
  json_t *reasons = json_object_get(row, member);
  if (reasons == NULL) {
    reasons = json_array();
    json_object_set_new(row, member, reasons);
  }
  add_once(reasons, reason);
}

static void add_rule(json_t *why, const AkRule *rule, const char *requirement,
                     const AkTest *const *tests) {
  g_autoptr(GPtrArray) properties = ak_rule_properties(rule);
  g_autoptr(GPtrArray) looking = ak_rule_tests(properties, tests);
  for (guint i = 0; i < looking->len; i++)
    add_reason(why, looking->pdata[i], "requirements", requirement);
}

static void add_requirements(json_t *why, const AkThreatInput *input) {
  for (guint i = 0; i < input->catalog->requirements->len; i++) {
    const AkRequirement *row = input->catalog->requirements->pdata[i];
    for (guint c = 0; is_selected(input->profile, row->id) && c < row->cases->len; c++)
      add_rule(why, ((const AkTestCase *)row->cases->pdata[c])->compiled, row->id, input->tests);
  }
}

/* Findings that decide no requirement are looked for all the same. */
static void add_findings(json_t *why, const AkThreatInput *input) {
  for (guint i = 0; i < input->catalog->findings->len; i++) {
    const AkRuleTrigger *trigger = input->catalog->findings->pdata[i];
    g_autoptr(GPtrArray) properties = ak_trigger_properties(trigger);
    g_autoptr(GPtrArray) looking = ak_rule_tests(properties, input->tests);
    for (guint t = 0; t < looking->len; t++)
      add_reason(why, looking->pdata[t], "findings", trigger->finding);
  }
}

static void add_threats(json_t *why, const json_t *threats) {
  const json_t *list = json_object_get(threats, "threats");
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *threat = json_array_get(list, i), *tests = json_object_get(threat, "tests");
    g_autofree char *reason = g_strdup_printf("%s %s", ak_json_string_or(threat, "threat", ""),
                                              ak_json_string_or(threat, "element", ""));
    for (gsize t = 0; t < json_array_size(tests); t++)
      add_reason(why, json_string_value(json_array_get(tests, t)), "threats", reason);
  }
}

/* Needed tests come along; again until nothing new comes. */
static void add_needed(json_t *why, const AkTest *const *tests) {
  for (bool more = true; more;) {
    more = false;
    for (gsize t = 0; tests[t] != NULL; t++)
      for (gsize n = 0; json_object_get(why, tests[t]->id) != NULL && tests[t]->needs != NULL &&
                        tests[t]->needs[n] != NULL;
           n++) {
        more |= json_object_get(why, tests[t]->needs[n]) == NULL;
        add_reason(why, tests[t]->needs[n], "needed_by", tests[t]->id);
      }
  }
}

json_t *ak_threats_tests(const AkThreatInput *input, const json_t *threats) {
  json_t *why = json_object();
  add_requirements(why, input);
  add_findings(why, input);
  add_threats(why, threats);
  add_needed(why, input->tests);
  return why;
}

/* --- after a run
 * ------------------------------------------------------------------------------------ */

static const char *verdict_of_case(const json_t *verdicts, const char *id) {
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *cases = json_object_get(json_array_get(verdicts, i), "cases");
    const char *whole = ak_json_string_or(json_array_get(verdicts, i), "verdict", "");
    bool applies = strcmp(whole, "not-applicable") != 0;
    for (gsize c = 0; c < json_array_size(cases); c++)
      if (strcmp(ak_json_string_or(json_array_get(cases, c), "case", ""), id) == 0)
        return applies ? ak_json_string_or(json_array_get(cases, c), "verdict", "") : whole;
  }
  return "";
}

const char *ak_threat_state(const json_t *threat, const json_t *verdicts) {
  const json_t *cases = json_object_get(threat, "cases");
  const json_t *rows = json_object_get(verdicts, "verdicts");
  gsize passed = 0, left_out = 0, count = json_array_size(cases);
  for (gsize i = 0; i < count; i++) {
    const char *verdict = verdict_of_case(rows, json_string_value(json_array_get(cases, i)));
    if (strcmp(verdict, "fail") == 0)
      return "found";
    passed += strcmp(verdict, "pass") == 0 ? 1 : 0;
    left_out += strcmp(verdict, "not-applicable") == 0 ? 1 : 0;
  }
  if (count == 0)
    return "untested";
  if (left_out == count)
    return "not-applicable";
  return passed + left_out == count ? "countered" : "open";
}
