/* Every case that a product got wrong, and those that count for none. */
#include <string.h>

#include "report/effect-parts.h"

static const char *word(const AkEffectPage *self, const char *id) {
  return ak_effect_page_word(self, id);
}

/* How many rows the list has, whether the result holds them or not. */
static guint64 count_of(const json_t *object, const char *list) {
  g_autofree char *name = g_strdup_printf("%s_count", list);
  const json_t *count = json_object_get(object, name);
  return count != NULL ? (guint64)json_integer_value(count)
                       : json_array_size(json_object_get(object, list));
}

/* `rows`: those of the list that the result holds, from its begin on. */
static void add_more(const AkEffectPage *self, AkDocNode *section, const json_t *rows, guint64 count) {
  if (count <= self->most)
    return;
  g_autofree char *left = g_strdup_printf("%" G_GUINT64_FORMAT, count - self->most);
  g_autofree char *held = g_strdup_printf("%zu", json_array_size(rows));
  g_autofree char *text = ak_text_format(self->lang, "effect.report.more", left, held,
                                         ak_json_string_or(self->result, "run", "RUN"));
  ak_doc_paragraph(section, text);
}

static const char *base_of(const json_t *rows, gsize index) {
  return ak_json_string_or(json_array_get(rows, index), "base", "");
}

/* The rows that are shown, of guint: at most `most`, taken evenly. Variants of a case stand side by
 * side: where there are enough cases each one that is shown is of another. The caller's. */
static GArray *pick(const json_t *rows, guint most) {
  g_autoptr(GArray) bases = g_array_new(FALSE, FALSE, sizeof(guint));
  GArray *picked = g_array_new(FALSE, FALSE, sizeof(guint));
  guint count = (guint)json_array_size(rows);
  for (guint i = 0; i < count; i++)
    if (i == 0 || strcmp(base_of(rows, i), base_of(rows, i - 1)) != 0)
      g_array_append_val(bases, i);
  bool is_by_base = count > most && bases->len >= most;
  guint from = is_by_base ? bases->len : count, shown = MIN(from, most);
  for (guint i = 0; i < shown; i++) {
    guint at = (guint)((guint64)i * from / shown);
    g_array_append_val(picked, *(is_by_base ? &g_array_index(bases, guint, at) : &at));
  }
  return picked;
}

static bool is_word(const json_t *row, const char *key, const char *word) {
  return strcmp(ak_json_string_or(row, key, ""), word) == 0;
}

static char *why(const AkEffectPage *self, const json_t *row) {
  const char *error = ak_json_string_or(row, "error", NULL);
  bool is_logged = is_word(row, "reason", "missed") && is_word(row, "logged", "yes");
  g_autofree char *id =
      error != NULL ? g_strdup_printf("effect.error.%s", error)
                    : g_strdup_printf("effect.reason.%s%s", ak_json_string_or(row, "reason", ""),
                                      is_logged ? "-yet-logged" : "");
  return g_strdup_printf("%s (%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT ")", word(self, id),
                         json_integer_value(json_object_get(row, "wrong")),
                         json_integer_value(json_object_get(row, "runs")));
}

#define LINE_LETTERS 120 /* of a log line on a page; the JSON has more of it */

/* A long line from where it is an alert on; of one that is none the begin and the end. Caller frees. */
static char *line_text(const json_t *row, const char *alert) {
  const char *line = ak_json_string_or(row, "line", "–");
  const char *from = alert != NULL ? strstr(line, alert) : NULL;
  glong letters = g_utf8_strlen(line, -1);
  if (letters <= LINE_LETTERS)
    return g_strdup(line);
  if (from != NULL) {
    bool is_cut = g_utf8_strlen(from, -1) > LINE_LETTERS;
    g_autofree char *part = is_cut ? g_utf8_substring(from, 0, LINE_LETTERS) : g_strdup(from);
    return g_strconcat(from > line ? "…" : "", part, is_cut ? "…" : "", NULL);
  }
  g_autofree char *begin = g_utf8_substring(line, 0, LINE_LETTERS / 2);
  g_autofree char *end = g_utf8_substring(line, letters - LINE_LETTERS / 2, letters);
  return g_strconcat(begin, "…", end, NULL);
}

static void add_list(const AkEffectPage *self, AkDocNode *section, const json_t *rows,
                     guint64 count, const char *alert) {
  const char *header[] = {word(self, "effect.report.case"),   word(self, "effect.report.corpus"),
                          word(self, "effect.report.reason"), word(self, "effect.report.line"),
                          word(self, "effect.report.repeat"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  g_autoptr(GArray) picked = pick(rows, self->most);
  for (guint i = 0; i < picked->len; i++) {
    const json_t *row = json_array_get(rows, g_array_index(picked, guint, i));
    g_autofree char *reason = why(self, row), *line = line_text(row, alert);
    const char *cells[] = {ak_json_string_or(row, "case", ""),
                           ak_json_string_or(row, "corpus", ""),
                           reason,
                           line,
                           ak_json_string_or(row, "repeat", ""),
                           NULL};
    ak_doc_row(table, cells);
  }
  add_more(self, section, rows, count);
}

static void add_wrong(const AkEffectPage *self, AkDocNode *root, const char *member) {
  g_autofree char *id = g_strdup_printf("effect.report.%s", member);
  AkDocNode *section = ak_doc_section(root, member, word(self, id));
  for (gsize p = 0; p < json_array_size(self->products); p++) {
    const json_t *product = json_array_get(self->products, p),
                 *rows = json_object_get(product, member);
    guint64 count = count_of(product, member);
    g_autofree char *title =
        g_strdup_printf("%s: %" G_GUINT64_FORMAT, ak_json_string_or(product, "id", ""), count);
    AkDocNode *own = ak_doc_section(section, NULL, title);
    if (json_array_size(rows) == 0 || json_is_true(json_object_get(product, "control")))
      continue; /* a control gets everything of one side wrong: the JSON has the rows */
    add_list(self, own, rows, count, ak_json_string_or(product, "alert", NULL));
  }
}

static void add_excluded(const AkEffectPage *self, AkDocNode *root) {
  const json_t *rows = json_object_get(self->result, "excluded");
  AkDocNode *section = ak_doc_section(root, "excluded", word(self, "effect.report.excluded"));
  guint64 all = count_of(self->result, "excluded");
  g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, all);
  bool is_proven = !json_is_false(json_object_get(self->result, "control_run"));
  g_autofree char *text = is_proven ? ak_text_format(self->lang, "effect.report.excluded.means", count)
                                    : g_strdup(word(self, "effect.report.excluded.unproven"));
  ak_doc_paragraph(section, text);
  if (json_array_size(rows) == 0)
    return;
  const char *header[] = {word(self, "effect.report.case"), word(self, "effect.report.corpus"),
                          word(self, "effect.report.reason"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  g_autoptr(GArray) picked = pick(rows, self->most);
  for (guint i = 0; i < picked->len; i++) {
    const json_t *row = json_array_get(rows, g_array_index(picked, guint, i));
    g_autofree char *id = g_strdup_printf("effect.reason.%s", ak_json_string_or(row, "reason", ""));
    const char *cells[] = {ak_json_string_or(row, "case", ""), ak_json_string_or(row, "corpus", ""),
                           word(self, id), NULL};
    ak_doc_row(table, cells);
  }
  add_more(self, section, rows, all);
}

void ak_effect_page_cases(const AkEffectPage *self, AkDocNode *root) {
  add_wrong(self, root, "misses");
  add_wrong(self, root, "false_alarms");
  add_excluded(self, root);
}
