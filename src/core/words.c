#include "core/words.h"

#include <string.h>

const char *ak_words_of_property(AkLang lang, const char *property) {
  for (gsize i = 0; ak_test_table[i] != NULL; i++) {
    const AkTestOutput *output =
        ak_test_table[i]->outputs != NULL ? ak_test_output(ak_test_table[i], property) : NULL;
    if (output != NULL)
      return lang == AK_LANG_JA ? output->help_ja : output->help_en;
  }
  return property;
}

char *ak_words_property(AkLang lang, const char *property) {
  const char *words = ak_words_of_property(lang, property);
  return strcmp(words, property) != 0 ? g_strdup_printf("%s (%s)", words, property)
                                      : g_strdup(property);
}

char *ak_words_test(AkLang lang, const char *id) {
  const AkTest *test = ak_test_find(id);
  return test != NULL
             ? g_strdup_printf("%s (%s)", lang == AK_LANG_JA ? test->title_ja : test->title_en, id)
             : g_strdup(id);
}

const char *ak_words_name(AkLang lang, const char *group, const char *name) {
  g_autofree char *id = g_strdup_printf("word.%s.%s", group, name);
  const char *text = ak_text(lang, id);
  return strcmp(text, id) != 0 ? text : name; /* an unknown id is given back */
}

char *ak_words_quantity(AkLang lang, gint64 number, const char *unit) {
  return *unit == '\0' ? g_strdup_printf("%" G_GINT64_FORMAT, number)
                       : g_strdup_printf("%" G_GINT64_FORMAT " %s", number,
                                         ak_words_name(lang, "unit", unit));
}
