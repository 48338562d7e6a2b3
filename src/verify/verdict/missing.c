#include "verify/verdict/missing.h"

#include <stdarg.h>
#include <string.h>

#include "core/reason.h"
#include "core/words.h"
#include "verify/verdict/say.h"

#define MAX_ARGUMENTS 4
#define MAX_WORDS 600 /* characters of one argument in a sentence; machines get all */

/* The members of each kind in the order in which its texts name them. */
static const struct {
  const char *kind;
  const char *arguments[MAX_ARGUMENTS];
  bool broken_look; /* somebody looked, and the look was not completed */
} kinds[] = {
    {"address", {"interface"}, false},
    {"answer", {"case"}, false},
    {"answer-incomplete", {"case", "lacks"}, false},
    {"answer-open", {"case", "verdict"}, false},
    {"case", {"case", "verdict"}, false},
    {"claim", {"claim"}, false},
    {"claim-contradicted", {"claim"}, false},
    {"claim-reason", {"claim"}, false},
    {"claims-disagree", {"requirement", "support"}, false},
    {"could-not-look", {"property", "locator", "detail"}, true},
    {"coverage", {"property", "locator", "detail"}, true},
    {"cut", {"property", "locator", "detail"}, true},
    {"empty", {"domain"}, false},
    {"execution", {"test", "locator", "end", "detail"}, true},
    {"ics", {"requirement"}, false},
    {"ixit", {"table", "lacks"}, false},
    {"more", {"count"}, false},
    {"not-inherited", {"run", "version", "requirement"}, false},
    {"not-shown", {"expression"}, false},
    {"property", {"property", "locator"}, false},
    {"reason", {"requirement"}, false},
    {"refused", {"test", "locator", "detail"}, false},
    {"repetitions", {"property", "locator"}, true},
    {"state", {"unit", "state", "want"}, false},
    {"undecided", {"property", "locator"}, false},
    {"unfounded", {"requirement"}, false},
    {"unit", {NULL}, false},
    {"unnamed", {"count", "domain"}, false},
    {"unnamed-broken", {"count", "domain"}, true},
};

static gsize index_of(const char *kind) {
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (strcmp(kinds[i].kind, kind) == 0)
      return i;
  g_return_val_if_reached(0);
}

/* "feature e" → "機能 e" */
static char *claim_words(AkLang lang, const char *claim) {
  const char *space = strchr(claim, ' ');
  if (space == NULL)
    return g_strdup(claim);
  g_autofree char *what = g_strndup(claim, (gsize)(space - claim));
  return g_strdup_printf("%s%s", ak_words_name(lang, "claim", what), space);
}

static char *verdict_words(AkLang lang, const char *verdict) {
  g_autofree char *id = g_strdup_printf("verdict.%s", verdict);
  return g_strdup(ak_text(lang, id));
}

/* What a person reads for a member: names become words, the rest stays. */
static char *member_words(AkLang lang, const char *name, const char *text) {
  static const struct {
    const char *name, *group;
  } groups[] = {{"domain", "domain"}, {"end", "end"}, {"state", "state"}, {"want", "state"}};
  if (strcmp(name, "property") == 0)
    return ak_words_property(lang, text);
  if (strcmp(name, "detail") == 0)
    return ak_reason_text(lang, text);
  if (strcmp(name, "test") == 0)
    return ak_words_test(lang, text);
  if (strcmp(name, "claim") == 0)
    return claim_words(lang, text);
  if (strcmp(name, "verdict") == 0)
    return verdict_words(lang, text);
  for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
    if (strcmp(name, groups[i].name) == 0)
      return g_strdup(ak_words_name(lang, groups[i].group, text));
  return g_strdup(text);
}

static char *words(const json_t *entry, gsize index, AkLang lang) {
  char *arguments[MAX_ARGUMENTS] = {NULL};
  for (gsize i = 0; i < MAX_ARGUMENTS; i++) {
    const char *name = kinds[index].arguments[i];
    g_autofree char *text =
        name != NULL ? member_words(lang, name, ak_json_string_or(entry, name, "")) : g_strdup("");
    const char *end = g_utf8_offset_to_pointer(text, MIN(MAX_WORDS, g_utf8_strlen(text, -1)));
    arguments[i] = g_strdup_printf("%.*s%s", (int)(end - text), text, *end != '\0' ? "…" : "");
  }
  g_autofree char *id = g_strdup_printf("verdict.missing.%s", kinds[index].kind);
  char *result = ak_text_format(lang, id, arguments[0], arguments[1], arguments[2], arguments[3]);
  for (gsize i = 0; i < MAX_ARGUMENTS; i++)
    g_free(arguments[i]);
  return result;
}

void ak_missing_add_rule(json_t *missing, const char *kind, const char *raw,
                         const AkExpression *expression, const AkCatalog *catalog) {
  g_autofree char *id = g_strdup_printf("verdict.missing.%s", kind);
  json_t *entry = json_pack("{s:s, s:s}", "kind", kind, "expression", raw);
  for (gsize i = 0; i < AK_LANG_COUNT; i++) {
    g_autofree char *sentence = ak_say((AkLang)i, expression, catalog);
    g_autofree char *text = ak_text_format((AkLang)i, id, sentence);
    json_object_set_new(entry, ak_lang_name((AkLang)i), json_string(text));
  }
  json_array_append_new(missing, entry);
}

/* Words are made once, for what is kept: a device with thousands of ports lacks much on the way. */
static void add_words(json_t *missing) {
  for (gsize n = 0; n < json_array_size(missing); n++) {
    json_t *entry = json_array_get(missing, n);
    gsize index = index_of(ak_json_string_or(entry, "kind", ""));
    for (gsize i = 0; i < AK_LANG_COUNT && json_object_get(entry, "ja") == NULL; i++) {
      g_autofree char *text = words(entry, index, (AkLang)i);
      json_object_set_new(entry, ak_lang_name((AkLang)i), json_string(text));
    }
  }
}

json_t *ak_missing_tally_new(void) {
  return json_integer(0);
}

bool ak_missing_tally_take(json_t *tally) {
  bool broken = json_integer_value(tally) != 0;
  json_integer_set(tally, 0);
  return broken;
}

/* True if `missing` is a tally, which then knows of the entry. */
static bool is_tallied(json_t *missing, const char *kind) {
  if (!json_is_integer(missing))
    return false;
  if (kinds[index_of(kind)].broken_look)
    json_integer_set(missing, 1);
  return true;
}

void ak_missing_add(json_t *missing, const char *kind, ...) {
  if (is_tallied(missing, kind))
    return;
  json_t *entry = json_pack("{s:s}", "kind", kind);
  va_list arguments;
  va_start(arguments, kind);
  for (const char *name = NULL; (name = va_arg(arguments, const char *)) != NULL;) {
    const char *text = va_arg(arguments, const char *);
    json_object_set_new(entry, name, json_string(text != NULL ? text : ""));
  }
  va_end(arguments);
  json_array_append_new(missing, entry);
}

void ak_missing_add_subject(json_t *missing, const char *kind, const char *subject_kind,
                            const char *locator, const char *property, const char *detail) {
  if (is_tallied(missing, kind))
    return;
  json_t *entry = json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "subject", subject_kind,
                            "locator", locator, "property", property);
  if (detail != NULL)
    json_object_set_new(entry, "detail", json_string(detail));
  json_array_append_new(missing, entry);
}

void ak_missing_add_unlooked(AkEvaluation *self, const AkAsked *asked) {
  g_autoptr(GPtrArray) runs = ak_facts_unfinished(self->facts, asked);
  for (guint i = 0; i < runs->len; i++) {
    const AkExecution *run = runs->pdata[i];
    if (g_strcmp0(run->end, "refused") == 0)
      ak_missing_add(self->missing, "refused", "test", run->test_id, "locator",
                     run->subject.locator, "detail", run->reason, NULL);
    else
      ak_missing_add(self->missing, "execution", "test", run->test_id, "locator",
                     run->subject.locator, "end", run->end, "detail", run->reason, NULL);
  }
  if (runs->len == 0)
    ak_missing_add_subject(self->missing, "property", asked->kind, asked->locator, asked->property,
                           NULL);
}

typedef struct {
  char *bytes;
  json_t *entry;
} Row;

static int compare_rows(gconstpointer a, gconstpointer b) {
  return strcmp(((const Row *)a)->bytes, ((const Row *)b)->bytes);
}

static void sort_entries(json_t *missing) {
  g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
  for (gsize i = 0; i < json_array_size(missing); i++) {
    json_t *entry = json_incref(json_array_get(missing, i));
    Row row = {.bytes = ak_json_canonical(entry, NULL, NULL), .entry = entry};
    g_array_append_val(rows, row);
  }
  g_array_sort(rows, compare_rows);
  json_array_clear(missing);
  const char *last = "";
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = &g_array_index(rows, Row, i);
    if (strcmp(row->bytes, last) != 0)
      json_array_append(missing, row->entry);
    last = row->bytes;
  }
  for (guint i = 0; i < rows->len; i++) {
    Row *row = &g_array_index(rows, Row, i);
    json_decref(row->entry);
    g_free(row->bytes);
  }
}

static bool is_count(const json_t *entry) {
  return g_str_has_prefix(ak_json_string_or(entry, "kind", ""), "unnamed");
}

static void limit(json_t *missing) {
  gsize size = json_array_size(missing);
  if (size <= AK_MISSING_MAX)
    return;
  g_autoptr(json_t) counts = json_array();
  for (gsize i = AK_MISSING_MAX; i < size; i++)
    if (is_count(json_array_get(missing, i)))
      json_array_append(counts, json_array_get(missing, i));
  g_autofree char *count =
      g_strdup_printf("%u", (guint)(size - AK_MISSING_MAX - json_array_size(counts)));
  while (json_array_size(missing) > AK_MISSING_MAX)
    json_array_remove(missing, json_array_size(missing) - 1);
  json_array_extend(missing, counts);
  if (strcmp(count, "0") != 0)
    ak_missing_add(missing, "more", "count", count, NULL);
}

void ak_missing_sort(json_t *missing) {
  sort_entries(missing);
  limit(missing);
  add_words(missing);
  sort_entries(missing); /* an entry with words and its double without are one now */
}

bool ak_missing_has_broken_look(const json_t *missing) {
  for (gsize i = 0; i < json_array_size(missing); i++)
    if (kinds[index_of(ak_json_string_or(json_array_get(missing, i), "kind", ""))].broken_look)
      return true;
  return false;
}
