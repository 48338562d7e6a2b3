#include "app/chain-edit.h"

#include <string.h>

#include "app/chain-layer.h"
#include "app/chain-names.h"
#include "exchange/chain-write.h"
#include "exchange/chain-yaml.h"

#define PLANS_S 60 /* from opening a kept chain on: nobody waits longer for its plans */

const char *const ak_chain_edit_parts[] = {"chain", "elements", "measures", "relations", "acceptances", "impacts", NULL};

static const AkField *field_named(const AkField *fields, const char *name) {
  for (const AkField *field = fields; field->name != NULL; field++)
    if (strcmp(field->name, name) == 0)
      return field;
  return NULL;
}

static bool is_measures(const char *part) { return strcmp(part, "measures") == 0; }

bool ak_chain_edit_is_single(const char *part) { return strcmp(part, "chain") == 0; }

static bool is_rows(const AkField *field) { return field->type == AK_FIELD_OBJECT; }

/* What a row holds (of const AkField, the caller's). Measures stand within elements: their rows say of which. The chain's own row
 * has its attackers too, which stand beside it in the file. */
static GPtrArray *fields_of(const char *part) {
  const AkField *elements = field_named(ak_chain_fields, "elements")->members;
  const AkField *fields =
      is_measures(part) ? field_named(elements, "measures")->members : field_named(ak_chain_fields, part)->members;
  GPtrArray *all = g_ptr_array_new();
  for (const AkField *field = fields; field->name != NULL; field++)
    if (!is_rows(field))
      g_ptr_array_add(all, (gpointer)field);
  if (ak_chain_edit_is_single(part))
    g_ptr_array_add(all, (gpointer)field_named(ak_chain_fields, "attackers"));
  return all;
}

/* --- inputs ------------------------------------------------------------------------------------------------------ */

static AkChainInputKind kind_of(const AkField *field) {
  if (field->list)
    return field->words != NULL ? AK_CHAIN_INPUT_CHOICES : AK_CHAIN_INPUT_LIST;
  switch (field->type) {
  case AK_FIELD_INT:
    return AK_CHAIN_INPUT_NUMBER;
  case AK_FIELD_DAY:
    return AK_CHAIN_INPUT_DAY;
  case AK_FIELD_BOOL:
    return AK_CHAIN_INPUT_FLAG;
  case AK_FIELD_WORD:
    return AK_CHAIN_INPUT_CHOICE;
  default:
    return AK_CHAIN_INPUT_TEXT;
  }
}

GArray *ak_chain_edit_inputs(const char *part, AkLang lang) {
  GArray *inputs = g_array_new(FALSE, FALSE, sizeof(AkChainInput));
  if (is_measures(part)) {
    AkChainInput element = {"element", ak_text(lang, "chain.edit.element"), AK_CHAIN_INPUT_TEXT, true, NULL};
    g_array_append_val(inputs, element);
  }
  g_autoptr(GPtrArray) fields = fields_of(part);
  for (guint i = 0; i < fields->len; i++) {
    const AkField *field = fields->pdata[i];
    AkChainInput input = {field->name, lang == AK_LANG_JA ? field->help_ja : field->help_en, kind_of(field),
                          field->required, field->words};
    g_array_append_val(inputs, input);
  }
  return inputs;
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static char *input_text(const json_t *value) {
  if (json_is_integer(value))
    return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
  if (json_is_boolean(value))
    return g_strdup(json_is_true(value) ? "true" : "");
  if (!json_is_array(value))
    return g_strdup(json_string_value(value) != NULL ? json_string_value(value) : "");
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(value, i)));
  return g_string_free(text, FALSE);
}

static json_t *flat_row(const json_t *row, const char *part, const json_t *element) {
  json_t *flat = json_object();
  if (element != NULL)
    json_object_set(flat, "element", (json_t *)element);
  g_autoptr(GPtrArray) fields = fields_of(part);
  for (guint i = 0; i < fields->len; i++) {
    const char *name = ((const AkField *)fields->pdata[i])->name;
    const json_t *value = json_object_get(row, name);
    if (value == NULL)
      continue;
    g_autofree char *text = input_text(value);
    json_object_set_new(flat, name, json_string(text));
  }
  return flat;
}

/* The chain's own row, with its attackers. The caller's. */
static json_t *about_of(const json_t *document) {
  json_t *about = json_copy(json_object_get(document, "chain")), *attackers = json_object_get(document, "attackers");
  if (attackers != NULL)
    json_object_set(about, "attackers", attackers);
  return about;
}

json_t *ak_chain_edit_rows(const AkChain *chain, const char *part) {
  g_autoptr(json_t) about = ak_chain_edit_is_single(part) ? about_of(chain->document) : NULL;
  if (about != NULL)
    return json_pack("[o]", flat_row(about, part, NULL));
  g_autoptr(json_t) document = ak_chain_document(chain);
  const json_t *list = json_object_get(document, is_measures(part) ? "elements" : part);
  json_t *rows = json_array();
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *row = json_array_get(list, i), *measures = json_object_get(row, "measures");
    if (!is_measures(part))
      json_array_append_new(rows, flat_row(row, part, NULL));
    for (gsize m = 0; is_measures(part) && m < json_array_size(measures); m++)
      json_array_append_new(rows, flat_row(json_array_get(measures, m), part, json_object_get(row, "id")));
  }
  return rows;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

/* Where a row stands: the list that holds it and its number there. */
typedef struct {
  json_t *list;
  gsize index;
} Place;

static bool find_row(json_t *document, const char *part, gint64 row, Place *out) {
  json_t *list = json_object_get(document, is_measures(part) ? "elements" : part);
  if (!is_measures(part)) {
    *out = (Place){list, (gsize)row};
    return row >= 0 && (gsize)row < json_array_size(list);
  }
  for (gsize i = 0; row >= 0 && i < json_array_size(list); i++) {
    json_t *measures = json_object_get(json_array_get(list, i), "measures");
    if ((gsize)row < json_array_size(measures)) {
      *out = (Place){measures, (gsize)row};
      return true;
    }
    row -= (gint64)json_array_size(measures);
  }
  return false;
}

static json_t *list_value(const char *text) {
  g_auto(GStrv) items = g_strsplit(text, ",", 0);
  json_t *list = json_array();
  for (guint i = 0; items[i] != NULL; i++)
    if (*g_strstrip(items[i]) != '\0')
      json_array_append_new(list, json_string(items[i]));
  return list;
}

/* What the check will name where it is none stays a text. */
static json_t *value_of(const AkField *field, const char *text) {
  gint64 number = 0;
  if (field->list)
    return list_value(text);
  if (field->type == AK_FIELD_INT && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_integer(number);
  if (field->type == AK_FIELD_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
    return json_boolean(strcmp(text, "true") == 0);
  return json_string(text);
}

char *ak_chain_edit_choice(const char *input, const char *word) { return g_strdup_printf("%s.%s", input, word); }

/* The words that are chosen, or what is given as a text; the caller's. */
static char *given_text(const AkField *field, GHashTable *values) {
  const char *given = g_hash_table_lookup(values, field->name);
  GString *text = g_string_new(given);
  for (gsize i = 0; field->list && field->words != NULL && field->words[i] != NULL; i++) {
    g_autofree char *choice = ak_chain_edit_choice(field->name, field->words[i]);
    if (g_hash_table_contains(values, choice))
      g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", field->words[i]);
  }
  return g_strstrip(g_string_free(text, FALSE));
}

static json_t *row_of(const char *part, GHashTable *values) {
  json_t *row = json_object();
  g_autoptr(GPtrArray) fields = fields_of(part);
  for (guint i = 0; i < fields->len; i++) {
    const AkField *field = fields->pdata[i];
    g_autofree char *text = given_text(field, values);
    if (*text != '\0')
      json_object_set_new(row, field->name, value_of(field, text));
  }
  return row;
}

static json_t *list_in(json_t *object, const char *name) {
  if (json_object_get(object, name) == NULL)
    json_object_set_new(object, name, json_array());
  return json_object_get(object, name);
}

/* The list that a new row goes to; NULL where a measure names no element. */
static json_t *list_for(json_t *document, const char *part, GHashTable *values) {
  json_t *elements = json_object_get(document, "elements");
  const char *wanted = g_hash_table_lookup(values, "element");
  if (!is_measures(part))
    return list_in(document, part);
  for (gsize i = 0; i < json_array_size(elements); i++)
    if (g_strcmp0(ak_json_string_or(json_array_get(elements, i), "id", NULL), wanted) == 0)
      return list_in(json_array_get(elements, i), "measures");
  return NULL;
}

/* An element that is changed keeps its measures, and what names it by its old id is changed with it. */
static void rename_element(json_t *document, const char *before, const char *after) {
  static const struct {
    const char *list, *member;
  } names[] = {{"elements", "owner"}, {"relations", "from"}, {"relations", "data"}, {"acceptances", "element"}, {"impacts", "element"}};
  for (gsize n = 0; n < G_N_ELEMENTS(names); n++) {
    const json_t *list = json_object_get(document, names[n].list);
    for (gsize i = 0; i < json_array_size(list); i++)
      if (strcmp(ak_json_string_or(json_array_get(list, i), names[n].member, ""), before) == 0)
        json_object_set_new(json_array_get(list, i), names[n].member, json_string(after));
  }
  const json_t *relations = json_object_get(document, "relations");
  for (gsize i = 0; i < json_array_size(relations); i++) {
    json_t *ends = json_object_get(json_array_get(relations, i), "to");
    for (gsize k = 0; k < json_array_size(ends); k++)
      if (strcmp(json_string_value(json_array_get(ends, k)), before) == 0)
        json_array_set_new(ends, k, json_string(after));
  }
}

static void set_row(json_t *document, const char *part, const Place *place, json_t *row) {
  const json_t *old = json_array_get(place->list, place->index), *measures = json_object_get(old, "measures");
  g_autofree char *before = g_strdup(ak_json_string_or(old, "id", ""));
  const char *after = ak_json_string_or(row, "id", "");
  bool is_element = strcmp(part, "elements") == 0;
  if (measures != NULL)
    json_object_set(row, "measures", (json_t *)measures);
  if (is_element && *after != '\0' && strcmp(before, after) != 0)
    rename_element(document, before, after);
  json_array_set_new(place->list, place->index, row);
}

/* The chain's own row; its attackers stand beside it in the file. */
static void set_about(json_t *document, json_t *row) {
  json_t *attackers = json_object_get(row, "attackers");
  json_object_del(document, "attackers");
  if (attackers != NULL)
    json_object_set(document, "attackers", attackers);
  json_object_del(row, "attackers");
  json_object_set_new(document, "chain", row);
}

static char *checked_text(const json_t *document, AkLang lang, GError **error) {
  g_autofree char *text = ak_chain_write_yaml(document);
  return ak_chain_edit_check(text, lang, error) ? g_steal_pointer(&text) : NULL;
}

/* Changes a row of a list, adds one (-1) or removes one (`values` NULL). */
static bool change_list(json_t *document, const char *part, gint64 row, GHashTable *values, AkLang lang, GError **error) {
  Place place;
  bool is_there = find_row(document, part, row, &place);
  if (row >= 0 && !is_there)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", ak_text(lang, "chain.edit.no-row"));
  json_t *list = values != NULL && row < 0 ? list_for(document, part, values) : NULL;
  if (values == NULL && is_there)
    json_array_remove(place.list, place.index);
  else if (values != NULL && is_there)
    set_row(document, part, &place, row_of(part, values));
  else if (list != NULL)
    json_array_append_new(list, row_of(part, values));
  else
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", ak_text(lang, "chain.edit.no-element"));
  return true;
}

char *ak_chain_edit_apply(const AkChain *chain, const char *part, gint64 row, GHashTable *values, AkLang lang,
                          GError **error) {
  g_autoptr(json_t) whole = ak_chain_document(chain);
  g_autoptr(json_t) document = json_deep_copy(whole);
  if (!ak_chain_edit_is_single(part) || values == NULL) {
    if (!change_list(document, part, row, values, lang, error))
      return NULL;
  } else
    set_about(document, row_of(part, values));
  return checked_text(document, lang, error);
}

/* --- checking and opening ---------------------------------------------------------------------------------------- */

#define NO_NAME "text" /* before the places of a text that has no file */

/* "text:3:5: …" → "3:5: …" on each line. */
static void say_problems(const GPtrArray *problems, const char *where, AkLang lang, GError **error, GError *failure) {
  g_autofree char *all =
      problems->len > 0 ? ak_problems_format(problems, where, lang) : g_strdup(failure->message);
  g_autoptr(GString) text = g_string_new(all);
  g_autofree char *prefix = g_strconcat(where, ":", NULL);
  g_string_replace(text, prefix, "", 0);
  ak_error_set(error, (AkErrorCode)failure->code, "%s", text->str);
  g_error_free(failure);
}

bool ak_chain_edit_check(const char *text, AkLang lang, GError **error) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  GError *failure = NULL;
  g_autoptr(AkChain) chain = ak_chain_check(text, strlen(text), NO_NAME, problems, &failure);
  g_autoptr(AkAppChainKnowledge) known = chain != NULL ? ak_app_chain_knowledge_open(NULL, &failure) : NULL;
  if (known != NULL)
    ak_app_chain_names_check(known->knowledge, text, strlen(text), problems);
  if (failure == NULL && problems->len > 0)
    ak_error_set(&failure, AK_ERROR_INVALID_DATA, "%s: it names what the knowledge does not hold", NO_NAME);
  if (failure != NULL)
    say_problems(problems, NO_NAME, lang, error, failure);
  return failure == NULL;
}

AkAppChain *ak_chain_edit_open(AkWorkspace *workspace, const char *name, guint32 number, AkLang lang, GError **error) {
  g_autofree char *path = ak_chain_store_path(workspace, name, number, error);
  if (path == NULL)
    return NULL;
  AkAppChainSpec spec = {.path = path, .lang = lang, .now_utc_us = ak_now_utc_us(), .workspace = workspace};
  g_autoptr(GPtrArray) problems = ak_problems_new();
  GError *failure = NULL;
  AkAppChain *chain = ak_app_chain_open(&spec, problems, &failure);
  if (chain == NULL)
    say_problems(problems, path, lang, error, failure);
  else
    chain->plans_until_us = g_get_monotonic_time() + PLANS_S * G_USEC_PER_SEC;
  return chain;
}
