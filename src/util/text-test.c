#include "util/text.h"

#include <string.h>

#define MAX_CONVERSIONS 9

/* The types of a format's arguments by their numbers: "%s of %d" and "%2$d …%1$s" are both "sd". NULL where some are
 * numbered and others are not: what that means nobody knows (C11, 7.21.6.1; POSIX, fprintf). */
static char *conversions_of(const char *text) {
  char types[MAX_CONVERSIONS + 1] = {0};
  guint next = 0, numbered = 0;
  for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at, '%')) {
    at++;
    guint number = next++;
    if (g_ascii_isdigit(at[0]) && at[1] == '$') {
      number = (guint)(at[0] - '1');
      at += 2;
      numbered++;
    }
    at += strspn(at, "0123456789-+ .lzh");
    if (*at != '\0' && number < MAX_CONVERSIONS)
      types[number] = *at++;
  }
  return numbered == 0 || numbered == next ? g_strdup(types) : NULL;
}

static void compare_with_english(const char *id, const char *text, gpointer data) {
  const char *english = ak_text(AK_LANG_EN, id);
  g_autofree char *a = conversions_of(english), *b = conversions_of(text);
  if (english == id || *text == '\0' || a == NULL || g_strcmp0(a, b) != 0)
    g_error("text %s: Japanese and English do not fit each other", id);
  (*(guint *)data)++;
}

static void test_conversions(void) {
  g_autofree char *plain = conversions_of("%s of %5.1f"), *numbered = conversions_of("%2$d …%1$s"), *mixed = conversions_of("%s %2$s");
  g_assert_cmpstr(plain, ==, "sf");
  g_assert_cmpstr(numbered, ==, "sd");
  g_assert_null(mixed);
}

static void count(const char *id, const char *text, gpointer data) { (*(guint *)data)++; }

static void test_both_languages_have_the_same_texts(void) {
  guint japanese = 0, english = 0;
  ak_text_foreach(AK_LANG_JA, compare_with_english, &japanese);
  ak_text_foreach(AK_LANG_EN, count, &english);
  g_assert_cmpuint(english, ==, japanese);
  g_assert_cmpuint(english, >, 0);
}

static void test_lookup_by_language_and_id(void) {
  g_assert_cmpstr(ak_text(AK_LANG_EN, "verdict.pass"), ==, "pass");
  g_assert_cmpstr(ak_text(AK_LANG_JA, "verdict.pass"), ==, "合格");
  g_assert_cmpstr(ak_text(AK_LANG_JA, "no.such.id"), ==, "no.such.id");
}

static void test_language_names(void) {
  g_assert_cmpint(ak_lang_from_name("ja_JP.UTF-8"), ==, AK_LANG_JA);
  g_assert_cmpint(ak_lang_from_name("C"), ==, AK_LANG_EN);
  g_assert_cmpint(ak_lang_from_name(NULL), ==, AK_LANG_EN);
}

static void test_width(void) {
  g_assert_cmpuint(ak_text_width(""), ==, 0);
  g_assert_cmpuint(ak_text_width("at 0x5c"), ==, 7);
  g_assert_cmpuint(ak_text_width("├─ 配置"), ==, 7);
  g_assert_cmpuint(ak_text_width("e\xcc\x81"), ==, 1); /* a letter and its accent */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/text/conversions", test_conversions);
  g_test_add_func("/text/both-languages", test_both_languages_have_the_same_texts);
  g_test_add_func("/text/lookup", test_lookup_by_language_and_id);
  g_test_add_func("/text/language-names", test_language_names);
  g_test_add_func("/text/width", test_width);
  return g_test_run();
}
