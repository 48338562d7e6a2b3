#include "verify/verdict/explain.h"

#include <string.h>

#include "verify/verdict/say.h"

#define MAX_PLACES 3
#define MAX_ARGUMENT_BYTES 600

/* A sentence names the start of a long argument; the whole stands elsewhere in the verdict. */
static char *shortened(const char *text) {
  const char *whole = text != NULL ? text : "";
  if (strlen(whole) <= MAX_ARGUMENT_BYTES)
    return g_strdup(whole);
  const char *end = g_utf8_find_prev_char(whole, whole + MAX_ARGUMENT_BYTES);
  return g_strdup_printf("%.*s…", (int)(end - whole), whole);
}

void ak_words_clear(AkWords *self) {
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    g_clear_pointer(&self->text[i], g_free);
}

AkWords ak_explain_rule(const AkExpression *expression, const AkCatalog *catalog) {
  AkWords words = {0};
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    words.text[i] = ak_say((AkLang)i, expression, catalog);
  return words;
}

AkWords ak_explain_id(const char *id) {
  AkWords words = {0};
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    words.text[i] = g_strdup(ak_text((AkLang)i, id));
  return words;
}

AkWords ak_explain_same(const char *text) {
  AkWords words = {0};
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    words.text[i] = g_strdup(text);
  return words;
}

json_t *ak_explain_words(const char *id, const AkWords *a, const AkWords *b, const AkWords *c) {
  g_autofree char *text_id = g_strdup_printf("verdict.why.%s", id);
  json_t *explanation = json_pack("{s:s}", "id", id);
  for (gsize i = 0; i < AK_LANG_COUNT; i++) {
    g_autofree char *one = shortened(a->text[i]), *two = shortened(b->text[i]),
                    *three = shortened(c->text[i]);
    g_autofree char *text = ak_text_format((AkLang)i, text_id, one, two, three);
    json_object_set_new(explanation, ak_lang_name((AkLang)i), json_string(text));
  }
  return explanation;
}

json_t *ak_explain(const char *id, const char *a, const char *b, const char *c) {
  g_auto(AkWords) one = ak_explain_same(a), two = ak_explain_same(b), three = ak_explain_same(c);
  return ak_explain_words(id, &one, &two, &three);
}

json_t *ak_explain_text(const char *id) {
  json_t *texts = json_object();
  for (gsize i = 0; i < AK_LANG_COUNT; i++)
    json_object_set_new(texts, ak_lang_name((AkLang)i), json_string(ak_text((AkLang)i, id)));
  return texts;
}

static int compare_notes(gconstpointer a, gconstpointer b) {
  const AkNote *one = *(const AkNote *const *)a, *other = *(const AkNote *const *)b;
  const AkObservation *x = one->observation, *y = other->observation;
  int order = strcmp(x->property, y->property);
  order = order != 0 ? order : strcmp(x->subject.kind, y->subject.kind);
  order = order != 0 ? order : strcmp(x->subject.locator, y->subject.locator);
  return order != 0 ? order : strcmp(one->id, other->id);
}

static json_t *observation_to_json(const AkNote *note) {
  const AkObservation *seen = note->observation;
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:o}", "id", note->id, "test",
                seen->test_id ? seen->test_id : "", "property", seen->property, "subject", "kind",
                seen->subject.kind, "locator", seen->subject.locator, "outcome",
                ak_outcome_name(seen->outcome), "value", ak_value_to_json(&seen->value));
  if (note->lender != NULL)
    json_object_set_new(json, "run", json_string(note->lender));
  return json;
}

json_t *ak_explain_observations(const GPtrArray *notes, guint *total) {
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  g_autoptr(GHashTable) known =
      g_hash_table_new(NULL, NULL); /* a note is touched again and again */
  for (guint i = 0; i < notes->len; i++)
    if (g_hash_table_add(known, notes->pdata[i]))
      g_ptr_array_add(sorted, notes->pdata[i]);
  g_ptr_array_sort(sorted, compare_notes);
  json_t *list = json_array();
  const char *last = "";
  *total = 0;
  for (guint i = 0; i < sorted->len; i++) {
    const AkNote *note = sorted->pdata[i];
    if (strcmp(last, note->id) == 0)
      continue;
    last = note->id;
    if ((*total)++ < AK_EXPLAIN_MAX_OBSERVATIONS)
      json_array_append_new(list, observation_to_json(note));
  }
  return list;
}

char *ak_explain_places(const GArray *places) {
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < places->len && i < MAX_PLACES; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                           g_array_index(places, AkPlace, i).locator);
  if (places->len > MAX_PLACES)
    g_string_append_printf(text, " … (%u)", places->len);
  return g_string_free(text, FALSE);
}

char *ak_explain_date(gint64 now_utc_us, guint months, guint days) {
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_utc_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) later = now != NULL ? g_date_time_add_months(now, (int)months) : NULL;
  g_autoptr(GDateTime) end = later != NULL ? g_date_time_add_days(later, (int)days) : NULL;
  return end != NULL ? g_date_time_format(end, "%Y-%m-%d") : g_strdup("");
}
