#include "util/text.h"

#include <gio/gio.h>
#include <string.h>

static const char *const lang_names[AK_LANG_COUNT] = {[AK_LANG_EN] = "en", [AK_LANG_JA] = "ja"};
static GHashTable *texts[AK_LANG_COUNT]; /* id → text; written once, under the once below */

const char *ak_lang_name(AkLang lang) { return lang_names[lang]; }

AkLang ak_lang_from_name(const char *name) {
  return name != NULL && g_str_has_prefix(name, "ja") ? AK_LANG_JA : AK_LANG_EN;
}

AkLang ak_lang_from_environment(void) {
  static const char *const variables[] = {"AKASHI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
    const char *value = g_getenv(variables[i]);
    if (value != NULL && *value != '\0')
      return ak_lang_from_name(value);
  }
  return AK_LANG_EN;
}

/* Appends the unescaped content of the quoted string in `line` to `target`. */
static void append_quoted(GString *target, const char *line) {
  const char *start = strchr(line, '"'), *end = strrchr(line, '"');
  if (start == NULL || end <= start)
    return;
  g_autofree char *quoted = g_strndup(start + 1, (gsize)(end - start - 1));
  g_autofree char *plain = g_strcompress(quoted);
  g_string_append(target, plain);
}

/* A text that stands twice would be one or the other by the order of the files. */
static void keep(GHashTable *table, const GString *id, const GString *text) {
  if (id->len > 0 && !g_hash_table_insert(table, g_strdup(id->str), g_strdup(text->str)))
    g_critical("text %s stands twice", id->str);
}

/* The part of the PO format that our files use: msgid, msgstr, continued strings, # comments.
 * Source: GNU gettext manual, "The Format of PO Files". */
static void parse_po(GHashTable *table, const char *po) {
  g_autoptr(GString) id = g_string_new(NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  GString *target = NULL;
  g_auto(GStrv) lines = g_strsplit(po, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix(*line, "msgid ")) {
      keep(table, id, text);
      g_string_truncate(id, 0);
      g_string_truncate(text, 0);
      target = id;
    } else if (g_str_has_prefix(*line, "msgstr ")) {
      target = text;
    }
    if (target != NULL && **line != '#')
      append_quoted(target, *line);
  }
  keep(table, id, text);
}

/* All files of a language's folder, so that each part of the program keeps texts of its own. */
static GHashTable *load_language(const char *name) {
  GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *folder = g_strdup_printf("/akashi/text/%s", name);
  g_auto(GStrv) files = g_resources_enumerate_children(folder, 0, NULL);
  for (char **file = files; file != NULL && *file != NULL; file++) {
    g_autofree char *path = g_strdup_printf("%s/%s", folder, *file);
    g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, NULL);
    g_autofree char *po = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    parse_po(table, po);
  }
  return table;
}

static GHashTable *texts_of(AkLang lang) {
  static gsize loaded = 0;
  if (g_once_init_enter(&loaded)) {
    for (gsize i = 0; i < AK_LANG_COUNT; i++)
      texts[i] = load_language(lang_names[i]);
    g_once_init_leave(&loaded, 1);
  }
  return texts[lang];
}

const char *ak_text(AkLang lang, const char *id) {
  const char *text = g_hash_table_lookup(texts_of(lang), id);
  return text != NULL ? text : id;
}

char *ak_text_format(AkLang lang, const char *id, ...) {
  va_list arguments;
  va_start(arguments, id);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  char *text = g_strdup_vprintf(ak_text(lang, id), arguments);
#pragma GCC diagnostic pop
  va_end(arguments);
  return text;
}

void ak_text_foreach(AkLang lang, void (*visit)(const char *id, const char *text, gpointer data),
                     gpointer data) {
  g_autoptr(GList) ids = g_list_sort(g_hash_table_get_keys(texts_of(lang)), (GCompareFunc)strcmp);
  for (GList *item = ids; item != NULL; item = item->next)
    visit(item->data, g_hash_table_lookup(texts_of(lang), item->data), data);
}

guint ak_text_width(const char *text) {
  guint width = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
  }
  return width;
}
