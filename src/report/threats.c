#include "report/threats.h"

#include <string.h>

#include "verify/threat/threat.h"

static char *joined(const json_t *texts) {
  GString *line = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(texts); i++)
    g_string_append_printf(line, "%s%s", i > 0 ? ", " : "",
                           json_string_value(json_array_get(texts, i)));
  return g_string_free(line, FALSE);
}

static const char *word(AkLang lang, const char *prefix, const char *name) {
  g_autofree char *id = g_strdup_printf("%s.%s", prefix, name);
  const char *text = ak_text(lang, id);
  return text != id ? text : name;
}

static const char *member(const json_t *object, const char *key) {
  return ak_json_string_or(object, key, "");
}

static const char *title_of(const json_t *threat, AkLang lang) {
  return member(json_object_get(threat, "title"), ak_lang_name(lang));
}

/* What the model rests on: the file's statements, or what was assumed. */
static void add_premises(AkDocNode *section, const json_t *threats, AkLang lang) {
  AkDocNode *facts = ak_doc_facts(section);
  g_autoptr(GString) attackers = g_string_new(NULL);
  const json_t *positions = json_object_get(threats, "attackers");
  for (gsize i = 0; i < json_array_size(positions); i++)
    g_string_append_printf(
        attackers, "%s%s", i > 0 ? ", " : "",
        word(lang, "threats.attacker", json_string_value(json_array_get(positions, i))));
  ak_doc_fact(facts, ak_text(lang, "threats.attackers"), attackers->str);
  g_autoptr(GString) elements = g_string_new(NULL);
  const json_t *list = json_object_get(threats, "elements");
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *element = json_array_get(list, i);
    g_string_append_printf(elements, "%s%s (%s)", i > 0 ? ", " : "", member(element, "name"),
                           word(lang, "threats.kind", member(element, "kind")));
  }
  ak_doc_fact(facts, ak_text(lang, "threats.elements"), elements->str);
  const json_t *assumed = json_object_get(threats, "assumed");
  if (json_is_true(json_object_get(assumed, "assets")))
    ak_doc_notice(section, ak_text(lang, "threats.assumed.assets"));
  if (json_is_true(json_object_get(assumed, "attackers")))
    ak_doc_notice(section, ak_text(lang, "threats.assumed.attackers"));
}

static void add_row(AkDocNode *table, const json_t *threat, const json_t *verdicts, AkLang lang) {
  g_autofree char *id =
      g_strdup_printf("%s %s", member(threat, "threat"), member(threat, "element"));
  g_autofree char *cases = joined(json_object_get(threat, "cases"));
  g_autofree char *tests = joined(json_object_get(threat, "tests"));
  const char *cells[] = {
      id,
      title_of(threat, lang),
      word(lang, "threats.stride", member(threat, "stride")),
      cases,
      verdicts != NULL ? word(lang, "threats.state", ak_threat_state(threat, verdicts)) : tests,
      NULL};
  ak_doc_row(table, cells);
}

/* Without omission: threats that no case of the profile speaks to, and those that only people
 * judge. */
static void add_uncovered(AkDocNode *section, const json_t *list, bool people, AkLang lang) {
  AkDocNode *items = NULL;
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *threat = json_array_get(list, i);
    bool has_cases = json_array_size(json_object_get(threat, "cases")) > 0;
    bool has_tests = json_array_size(json_object_get(threat, "tests")) > 0;
    if (has_tests || has_cases != people)
      continue;
    if (items == NULL) {
      ak_doc_paragraph(section, ak_text(lang, people ? "threats.by-people" : "threats.uncovered"));
      items = ak_doc_list(section);
    }
    g_autofree char *line = g_strdup_printf("%s %s: %s", member(threat, "threat"),
                                            member(threat, "element"), title_of(threat, lang));
    ak_doc_item(items, line);
  }
}

void ak_report_threats_add(AkDocNode *section, const json_t *threats, const json_t *verdicts,
                           AkLang lang) {
  const json_t *list = json_object_get(threats, "threats");
  const char *header[] = {ak_text(lang, "threats.threat"),
                          ak_text(lang, "threats.title"),
                          ak_text(lang, "threats.class"),
                          ak_text(lang, "threats.cases"),
                          ak_text(lang, verdicts != NULL ? "threats.state" : "threats.tests"),
                          NULL};
  add_premises(section, threats, lang);
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(list); i++)
    add_row(table, json_array_get(list, i), verdicts, lang);
  add_uncovered(section, list, false, lang);
  add_uncovered(section, list, true, lang);
}
