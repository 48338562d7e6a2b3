#include <gio/gio.h>
#include <string.h>

#include "core/reason.h"
#include "core/words.h"
#include "doc/doc-pdf.h"
#include "doc/doc.h"
#include "report/threats.h"
#include "report/verification.h"

typedef struct {
  const json_t *report;
  AkLang lang;
  AkDocNode *root;
} Page;

static const char *word(const Page *page, const char *id) {
  return ak_text(page->lang, id);
}

/* A text of the report: plain, or the page's language of a bilingual one. NULL for anything else.
 */
static const char *in_language(const Page *page, const json_t *value) {
  if (json_is_object(value))
    value = json_object_get(value, ak_lang_name(page->lang));
  const char *text = json_string_value(value);
  return text != NULL && *text != '\0' ? text : NULL;
}

static const char *member(const Page *page, const json_t *object, const char *key) {
  return in_language(page, json_object_get(object, key));
}

static const char *text_or(const char *text) {
  return text != NULL ? text : "";
}

static bool was_seen(const json_t *observation) {
  return strcmp(ak_json_string_or(observation, "outcome", "seen"), "seen") == 0;
}

static char *item_text(const Page *page, const json_t *observation, const json_t *item) {
  return ak_reason_value_text(page->lang, ak_json_string_or(observation, "property", ""),
                              was_seen(observation), text_or(json_string_value(item)));
}

static char *set_text(const Page *page, const json_t *observation, const json_t *set) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(set); i++) {
    g_autofree char *item = item_text(page, observation, json_array_get(set, i));
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", item);
  }
  return g_string_free(text, FALSE);
}

static char *value_text(const Page *page, const json_t *observation) {
  const json_t *value = json_object_get(observation, "value");
  if (json_is_string(value))
    return item_text(page, observation, value);
  if (json_is_boolean(value))
    return g_strdup(word(page, json_is_true(value) ? "report.yes" : "report.no"));
  if (json_is_array(value))
    return set_text(page, observation, value);
  if (json_is_object(value) && json_is_integer(json_object_get(value, "int")))
    return ak_words_quantity(page->lang, json_integer_value(json_object_get(value, "int")),
                             ak_json_string_or(value, "unit", ""));
  return g_strdup("");
}

/* "accepted versions (tls.versions), tcp:192.0.2.1:443: TLSv1.0 [22d96417a903]": a reader finds the
 * row of the table of observations by the beginning of its digest. */
static char *observation_text(const Page *page, const json_t *cited) {
  const char *outcome = ak_json_string_or(cited, "outcome", "seen");
  const char *run = ak_json_string_or(cited, "run", NULL);
  const json_t *subject = json_object_get(cited, "subject");
  g_autofree char *property =
      ak_words_property(page->lang, ak_json_string_or(cited, "property", ""));
  g_autofree char *text = value_text(page, cited);
  g_autofree char *outcome_id = g_strdup_printf("outcome.%s", outcome);
  bool seen = strcmp(outcome, "seen") == 0 && *text != '\0';
  return g_strdup_printf("%s, %s: %s%s%s [%.12s%s%s]", property,
                         ak_json_string_or(subject, "locator", ""),
                         seen ? "" : word(page, outcome_id), seen || *text == '\0' ? "" : " ", text,
                         ak_json_string_or(cited, "id", ""), run != NULL ? ", " : "", text_or(run));
}

/* "service tcp:192.0.2.1:443", its kind as a word. */
static char *place_text(const Page *page, const char *place) {
  const char *space = strchr(place, ' ');
  if (space == NULL)
    return g_strdup(place);
  g_autofree char *kind = g_strndup(place, (gsize)(space - place));
  return g_strdup_printf("%s%s", ak_words_name(page->lang, "kind", kind), space);
}

/* What stands behind `text` before the next of `array`: names are a list; a whole sentence has
 * ended. */
static const char *joint_of(const json_t *array, const char *text) {
  bool has_ended = g_str_has_suffix(text, ".") || g_str_has_suffix(text, "。");
  return *text == '\0'                               ? ""
         : !json_is_object(json_array_get(array, 0)) ? ", "
         : has_ended                                 ? " "
                                                     : "; ";
}

/* Strings and numbers as text, cited observations as what they say, arrays joined; names of `key`
 * as words (word.KEY.NAME). Caller frees, NULL for nothing. */
static char *flat(const Page *page, const char *key, const json_t *value) {
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_boolean(value))
    return g_strdup(word(page, json_is_true(value) ? "report.yes" : "report.no"));
  if (json_is_object(value) && json_object_get(value, "property") != NULL &&
      json_object_get(value, "outcome") != NULL)
    return observation_text(page, value);
  const char *plain = json_is_array(value) ? NULL : in_language(page, value);
  if (plain != NULL && strcmp(key, "test") == 0)
    return ak_words_test(page->lang, plain);
  if (plain != NULL && strcmp(key, "places") == 0)
    return place_text(page, plain);
  if (!json_is_array(value))
    return plain != NULL ? g_strdup(ak_words_name(page->lang, key, plain)) : NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++) {
    g_autofree char *item = flat(page, key, json_array_get(value, i));
    if (item != NULL)
      g_string_append_printf(text, "%s%s", joint_of(value, text->str), item);
  }
  return text->len > 0 ? g_strdup(text->str) : NULL;
}

static char *time_text(const json_t *value) {
  if (!json_is_integer(value))
    return NULL;
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(json_integer_value(value) / 1000000);
  return time != NULL ? g_date_time_format(time, "%FT%TZ") : NULL;
}

/* Facts of an object: the keys in `keys`, named by the texts report.fact.KEY. Those that end in
 * utc_us are times. */
static void add_facts(const Page *page, AkDocNode *section, const json_t *object,
                      const char *const *keys) {
  AkDocNode *facts = ak_doc_facts(section);
  for (gsize i = 0; keys[i] != NULL; i++) {
    const json_t *value = json_object_get(object, keys[i]);
    g_autofree char *id = g_strdup_printf("report.fact.%s", keys[i]);
    g_autofree char *text =
        g_str_has_suffix(keys[i], "utc_us") ? time_text(value) : flat(page, keys[i], value);
    ak_doc_fact(facts, word(page, id), text);
  }
}

/* A table of an array of objects: one column a key, headed by report.fact.KEY. */
static void add_table(const Page *page, AkDocNode *section, const json_t *array,
                      const char *const *keys) {
  g_autoptr(GPtrArray) header = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; keys[i] != NULL; i++) {
    g_autofree char *id = g_strdup_printf("report.fact.%s", keys[i]);
    g_ptr_array_add(header, g_strdup(word(page, id)));
  }
  g_ptr_array_add(header, NULL);
  AkDocNode *table = ak_doc_table(section, (const char *const *)header->pdata);
  for (gsize i = 0; i < json_array_size(array); i++) {
    g_autoptr(GPtrArray) row = g_ptr_array_new_with_free_func(g_free);
    for (gsize k = 0; keys[k] != NULL; k++) {
      char *text = flat(page, keys[k], json_object_get(json_array_get(array, i), keys[k]));
      g_ptr_array_add(row, text != NULL ? text : g_strdup(""));
    }
    g_ptr_array_add(row, NULL);
    ak_doc_row(table, (const char *const *)row->pdata);
  }
}

static AkDocNode *section_of(const Page *page, const char *id) {
  g_autofree char *text_id = g_strdup_printf("report.section.%s", id);
  return ak_doc_section(page->root, id, word(page, text_id));
}

/* A part of a section, without an id of its own. */
static AkDocNode *part_of(const Page *page, AkDocNode *section, const char *id) {
  g_autofree char *text_id = g_strdup_printf("report.part.%s", id);
  return ak_doc_section(section, NULL, word(page, text_id));
}

/* The table, or the sentence that says that there is nothing. */
static void add_table_or_none(const Page *page, AkDocNode *section, const json_t *array,
                              const char *const *keys) {
  if (json_array_size(array) == 0)
    ak_doc_paragraph(section, word(page, "report.none"));
  else
    add_table(page, section, array, keys);
}

static void add_head(const Page *page) {
  static const char *const product[] = {"name", "model", "version", "manufacturer", "sha256", NULL};
  static const char *const laboratory[] = {"laboratory", "operator", "place", NULL};
  static const char *const run[] = {
      "id",          "number",    "count", "others", "end", "planned_utc_us", "judged_utc_us",
      "valid_until", "lapsed_by", NULL};
  ak_doc_notice(page->root, text_or(member(page, page->report, "statement")));
  const json_t *run_object = json_object_get(page->report, "run");
  if (g_strcmp0(json_string_value(json_object_get(run_object, "end")), "finished") != 0)
    ak_doc_notice(page->root, word(page, "report.not-finished"));
  if (json_is_true(json_object_get(run_object, "expired")))
    ak_doc_notice(page->root, word(page, "report.expired"));
  if (json_object_get(run_object, "lapsed_by") != NULL)
    ak_doc_notice(page->root, word(page, "report.lapsed"));
  add_facts(page, section_of(page, "product"), json_object_get(page->report, "product"), product);
  add_facts(page, section_of(page, "laboratory"), json_object_get(page->report, "laboratory"),
            laboratory);
  add_facts(page, section_of(page, "run"), run_object, run);
}

static void add_scope(const Page *page) {
  static const char *const named[] = {"id", "title", "version", "sha256", NULL};
  static const char *const interfaces[] = {"name", "kind", "used", "addresses", NULL};
  static const char *const services[] = {"transport", "port", "protocol", "purpose", NULL};
  static const char *const consent[] = {
      "by",           "capacity",     "addresses",       "from_utc_us",
      "until_utc_us", "grades_up_to", "lockout_allowed", NULL};
  const json_t *scope = json_object_get(page->report, "scope");
  AkDocNode *section = section_of(page, "scope");
  add_facts(page, part_of(page, section, "profile"), json_object_get(scope, "profile"), named);
  add_facts(page, part_of(page, section, "catalogue"), json_object_get(scope, "catalogue"), named);
  const json_t *array = json_object_get(scope, "interfaces");
  AkDocNode *part = part_of(page, section, "interfaces");
  add_table_or_none(page, part, array, interfaces);
  for (gsize i = 0; i < json_array_size(array); i++)
    if (json_array_size(json_object_get(json_array_get(array, i), "services")) > 0)
      add_table(page, part, json_object_get(json_array_get(array, i), "services"), services);
  part = part_of(page, section, "consent");
  if (json_is_object(json_object_get(scope, "authorization")))
    add_facts(page, part, json_object_get(scope, "authorization"), consent);
  else
    ak_doc_paragraph(part, word(page, "report.none"));
}

static void add_items(const Page *page) {
  static const char *const units[] = {
      "serial", "hardware_version", "firmware_version", "image", "matched_by", "state", NULL};
  static const char *const images[] = {"name", "version", "sha256", "attributed", NULL};
  AkDocNode *section = section_of(page, "items");
  add_table_or_none(page, section, json_object_get(page->report, "units"), units);
  add_table_or_none(page, section, json_object_get(page->report, "images"), images);
}

static void add_deviations(const Page *page) {
  AkDocNode *section = section_of(page, "deviations");
  const json_t *array = json_object_get(page->report, "deviations");
  if (json_array_size(array) == 0)
    ak_doc_paragraph(section, word(page, "report.none"));
  AkDocNode *list = ak_doc_list(section);
  for (gsize i = 0; i < json_array_size(array); i++) {
    g_autofree char *text = flat(page, "deviations", json_array_get(array, i));
    if (text != NULL)
      ak_doc_item(list, text);
  }
}

static const char *verdict_word(const Page *page, const json_t *item) {
  const char *name = json_string_value(json_object_get(item, "verdict"));
  g_autofree char *id = g_strdup_printf("verdict.%s", name != NULL ? name : "not-run");
  const char *text = word(page, id);
  return text != id ? text : "?";
}

static void add_verdicts(const Page *page) {
  static const char *const sums[] = {"pass", "fail", "inconclusive", "not_applicable", NULL};
  AkDocNode *section = section_of(page, "verdicts");
  add_facts(page, section, json_object_get(page->report, "summary"), sums);
  const char *header[] = {word(page, "report.fact.requirement"), word(page, "report.fact.title"),
                          word(page, "report.fact.obligation"),  word(page, "report.fact.verdict"),
                          word(page, "report.fact.valid_until"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  const json_t *array = json_object_get(page->report, "verdicts");
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    const char *row[] = {
        text_or(member(page, item, "requirement")),
        text_or(member(page, item, "title")),
        ak_words_name(page->lang, "obligation", text_or(member(page, item, "obligation"))),
        verdict_word(page, item),
        text_or(member(page, item, "valid_until")),
        NULL};
    ak_doc_row(table, row);
  }
}

/* An unknown one as it stands. */
static const char *severity_word(const Page *page, const json_t *item) {
  const char *name = ak_json_string_or(item, "severity", "");
  g_autofree char *id = g_strdup_printf("report.severity.%s", name);
  const char *text = word(page, id);
  return text != id ? text : name;
}

static void add_findings(const Page *page) {
  static const char *const facts[] = {"requirements", "cases",  "places",    "reproduce",
                                      "condition",    "impact", "treatment", "observations",
                                      NULL};
  AkDocNode *section = section_of(page, "findings");
  const json_t *array = json_object_get(page->report, "findings");
  if (json_array_size(array) == 0)
    ak_doc_paragraph(section, word(page, "report.none"));
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    const char *title = member(page, item, "title");
    if (title == NULL)
      title = text_or(member(page, item, "finding"));
    const char *detail = ak_json_string_or(item, "detail", "");
    g_autofree char *heading = g_strdup_printf("%" G_GSIZE_FORMAT ". %s%s%s", i + 1, title,
                                               *detail != '\0' ? ": " : "", detail);
    AkDocNode *node = ak_doc_section(section, NULL, heading);
    ak_doc_fact(ak_doc_facts(node), word(page, "report.fact.severity"), severity_word(page, item));
    add_facts(page, node, item, facts);
  }
}

/* The requirements whose verdict is among `verdicts`, with what explains them. */
static void add_requirements(const Page *page, const char *section_id, const char *const *verdicts,
                             const char *why_key) {
  AkDocNode *section = section_of(page, section_id);
  const char *header[] = {word(page, "report.fact.requirement"), word(page, "report.fact.title"),
                          word(page, "report.fact.why"), NULL};
  AkDocNode *table = NULL;
  const json_t *array = json_object_get(page->report, "verdicts");
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    const char *verdict = json_string_value(json_object_get(item, "verdict"));
    if (verdict == NULL || !g_strv_contains(verdicts, verdict))
      continue;
    g_autofree char *why = flat(page, why_key, json_object_get(item, why_key));
    const char *explanation = member(page, item, "explanation");
    const char *row[] = {text_or(member(page, item, "requirement")),
                         text_or(member(page, item, "title")),
                         why != NULL ? why : text_or(explanation), NULL};
    if (table == NULL)
      table = ak_doc_table(section, header);
    ak_doc_row(table, row);
  }
  if (table == NULL)
    ak_doc_paragraph(section, word(page, "report.none"));
}

static void add_requirement_lists(const Page *page) {
  static const char *const good[] = {"pass", NULL},
                           *const open[] = {"inconclusive", "not-run", NULL},
                           *const outside[] = {"not-applicable", NULL};
  static const char *const unfinished[] = {"test", "kind", "locator", "end", "reason", NULL};
  add_requirements(page, "good", good, "explanation");
  add_requirements(page, "not-tested", open, "missing");
  add_requirements(page, "not-applicable", outside, "explanation");
  add_table_or_none(page, section_of(page, "unfinished"),
                    json_object_get(page->report, "unfinished"), unfinished);
}

/* Each test case with its rule and what it does not show: how the verdicts came about. */
static void add_cases(const Page *page) {
  static const char *const keys[] = {
      "explanation", "missing", "does_not_show", "valid_until", "observations", "rule", NULL};
  AkDocNode *section = section_of(page, "cases");
  const json_t *array = json_object_get(page->report, "verdicts");
  for (gsize i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i), *cases = json_object_get(item, "cases");
    for (gsize k = 0; k < json_array_size(cases); k++) {
      const json_t *row = json_array_get(cases, k);
      const char *title = member(page, row, "title");
      g_autofree char *heading =
          g_strdup_printf("%s: %s%s%s", text_or(member(page, row, "case")), verdict_word(page, row),
                          title != NULL ? " – " : "", text_or(title));
      add_facts(page, ak_doc_section(section, NULL, heading), row, keys);
    }
  }
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_observations(const Page *page) {
  const char *header[] = {word(page, "report.fact.locator"),
                          word(page, "report.fact.property"),
                          word(page, "report.fact.outcome"),
                          word(page, "report.fact.value"),
                          word(page, "report.fact.test"),
                          word(page, "report.fact.sha256"),
                          NULL};
  const json_t *object = json_object_get(page->report, "observations");
  AkDocNode *table = ak_doc_table(section_of(page, "observations"), header);
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  const char *id;
  json_t *item;
  json_object_foreach((json_t *)object, id, item) {
    g_ptr_array_add(ids, (gpointer)id);
  }
  g_ptr_array_sort(ids, compare_texts);
  for (guint i = 0; i < ids->len; i++) {
    item = json_object_get(object, ids->pdata[i]);
    g_autofree char *value = value_text(page, item);
    g_autofree char *property =
        ak_words_property(page->lang, text_or(member(page, item, "property")));
    g_autofree char *test = ak_words_test(page->lang, text_or(member(page, item, "test")));
    g_autofree char *outcome_id =
        g_strdup_printf("outcome.%s", ak_json_string_or(item, "outcome", "seen"));
    const char *row[] = {text_or(member(page, json_object_get(item, "subject"), "locator")),
                         property,
                         word(page, outcome_id),
                         value,
                         test,
                         ids->pdata[i],
                         NULL};
    ak_doc_row(table, row);
  }
}

static void add_threats(const Page *page) {
  const json_t *threats = json_object_get(page->report, "threats");
  if (threats != NULL)
    ak_report_threats_add(section_of(page, "threats"), threats, page->report, page->lang);
}

static void add_components(const Page *page) {
  static const char *const keys[] = {"image", "name", "version", "purl", "cpe", "origin", NULL};
  const json_t *array = json_object_get(page->report, "components");
  if (json_array_size(array) > 0)
    add_table(page, section_of(page, "components"), array, keys);
}

/* What was tested again and what was taken over, where the run is a retest. */
static void add_retest(const Page *page) {
  static const char *const facts[] = {"of", "version", "same_version", "judged", "inherited", NULL};
  static const char *const statement[] = {"stated_by", "on", "reason", "requirements", NULL};
  const json_t *retest = json_object_get(page->report, "retest");
  const json_t *impact = json_object_get(retest, "impact");
  if (retest == NULL)
    return;
  AkDocNode *section = section_of(page, "retest");
  add_facts(page, section, retest, facts);
  if (json_is_object(impact)) {
    g_autoptr(json_t) shown = json_copy((json_t *)impact);
    json_object_set(shown, "stated_by", json_object_get(impact, "by"));
    add_facts(page, section, shown, statement);
  }
}

static void add_foot(const Page *page) {
  static const char *const proof[] = {"origin", "key", "record", NULL};
  static const char *const signing[] = {"report.sign.name", "report.sign.date", "report.sign.hand",
                                        NULL};
  const json_t *object = json_object_get(page->report, "proof");
  if (object != NULL)
    add_facts(page, section_of(page, "proof"), object, proof);
  AkDocNode *facts = ak_doc_facts(section_of(page, "signature"));
  for (gsize i = 0; signing[i] != NULL; i++)
    ak_doc_fact(facts, word(page, signing[i]), "____________________");
}

static AkDoc *doc_of(const json_t *report, AkLang lang, GError **error) {
  if (g_strcmp0(json_string_value(json_object_get(report, "format")), "akashi-report") != 0 ||
      json_integer_value(json_object_get(report, "version")) != 1 ||
      json_object_get(report, "statement") == NULL) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "report: no akashi-report of version 1");
    return NULL;
  }
  const json_t *product = json_object_get(report, "product");
  Page page = {report, lang, NULL};
  const char *name = text_or(member(&page, product, "name"));
  const char *version = text_or(member(&page, product, "version"));
  g_autofree char *title = ak_text_format(lang, "report.title", name, version);
  AkDoc *doc = ak_doc_new(lang, title);
  page.root = doc->root;
  static void (*const parts[])(const Page *page) = {
      add_head,
      add_scope,
      add_items,
      add_deviations,
      add_verdicts,
      add_retest,
      add_findings,
      add_threats,
      add_requirement_lists,
      add_cases,
      add_components,
      add_observations,
      add_foot,
  };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    parts[i](&page);
  return doc;
}

char *ak_report_verification_html(const json_t *report, AkLang lang, GError **error) {
  g_autoptr(AkDoc) doc = doc_of(report, lang, error);
  g_autoptr(GBytes) css =
      g_resources_lookup_data("/akashi/report/report.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (doc == NULL)
    return NULL;
  g_autofree char *style =
      css != NULL ? g_strndup(g_bytes_get_data(css, NULL), g_bytes_get_size(css)) : g_strdup("");
  return ak_doc_to_html(doc, style);
}

char *ak_report_verification_text(const json_t *report, AkLang lang, GError **error) {
  g_autoptr(AkDoc) doc = doc_of(report, lang, error);
  return doc != NULL ? ak_doc_to_text(doc) : NULL;
}

GBytes *ak_report_verification_pdf(const json_t *report, AkLang lang, GError **error) {
  g_autoptr(AkDoc) doc = doc_of(report, lang, error);
  if (doc == NULL)
    return NULL;
  const json_t *run = json_object_get(report, "run");
  const json_t *when = json_object_get(run, json_object_get(run, "judged_utc_us") != NULL
                                                ? "judged_utc_us"
                                                : "planned_utc_us");
  const char *laboratory = ak_json_string_or(json_object_get(report, "laboratory"), "laboratory", "");
  AkPdfOptions options = {.created_utc_us = json_integer_value(when),
                          .author = laboratory,
                          .contents = ak_text(lang, "report.contents"),
                          .page_id = "report.page"};
  return ak_doc_to_pdf(doc, &options, error);
}
