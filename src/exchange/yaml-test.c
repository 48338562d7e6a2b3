/* Texts of all lengths around the ends of pages, which the library's buffer is made of;
 * expectations by hand. */
#include "exchange/yaml.h"

#include <malloc.h>
#include <string.h>

enum { PAGE = 4096, BEFORE = 70, BEHIND = 6 };

/* Memory that is freed is filled with such a byte (glibc's M_PERTURB, which takes the other bits
 * for memory that is given). What the library read of it would mean something else each time. */
static const char fillings[] = "&*#\"'!%[{- ";

static char *refusal(const GString *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkYaml) root =
      ak_yaml_parse(text->str, text->len, "t", &ak_yaml_default_limits, &error);
  g_assert_null(root);
  return g_strdup(error->message);
}

/* Brackets on lines are read on to their end before the first is told. */
static void test_ends(void) {
  for (const char *filling = fillings; *filling != '\0'; filling++) {
    mallopt(M_PERTURB, *filling);
    for (guint pages = 1; pages <= 16; pages *= 4)
      for (gsize size = pages * PAGE - BEFORE; size < pages * PAGE + BEHIND; size++) {
        g_autoptr(GString) text = g_string_sized_new(size);
        while (text->len < size)
          g_string_append_c(text, text->len % 2 == 0 ? '[' : '\n');
        g_autofree char *said = refusal(text);
        if (strcmp(said, "t:33:1: too many levels") != 0)
          g_error("%" G_GSIZE_FORMAT " bytes, memory filled with %c: %s", size, *filling, said);
      }
    mallopt(M_PERTURB, 0);
  }
}

/* `head`, a remark so long that all of it has `size` bytes, and `tail` on the next line. */
static GString *text_of(const char *head, gsize size, const char *tail) {
  GString *text = g_string_new(head);
  g_string_append(text, "# ");
  while (text->len + 1 + strlen(tail) < size)
    g_string_append_c(text, 'r');
  g_string_append_c(text, '\n');
  g_string_append(text, tail);
  g_assert_cmpuint(text->len, ==, size);
  return text;
}

/* Values and places are the same, wherever a text ends. */
static void test_places(void) {
  static const char *const heads[] = {"", "\xef\xbb\xbf"};
  static const struct {
    const char *tail, *said;
  } cases[] = {
      {"a: 1\n\na: 2", "t:4:1: this member is there twice"},
      {"a: 1\nb: {[c]: d}\n", "t:3:5: a member's name must be text"},
      {"- b\n- - c\n  - {<<: d}\n", "t:4:6: merge keys are not supported; write the members out"}};
  for (guint h = 0; h < G_N_ELEMENTS(heads); h++)
    for (gsize size = PAGE - BEFORE; size < PAGE + BEHIND; size++) {
      for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text = text_of(heads[h], size, cases[i].tail);
        g_autofree char *said = refusal(text);
        g_assert_cmpstr(said, ==, cases[i].said);
      }
      g_autoptr(GError) error = NULL;
      g_autoptr(GString) text = text_of(heads[h], size, "a:\n  b: |+\n    c\n\n");
      g_autoptr(AkYaml) root =
          ak_yaml_parse(text->str, text->len, "t", &ak_yaml_default_limits, &error);
      g_assert_no_error(error);
      const AkYaml *b = ak_yaml_member(ak_yaml_member(root, "a"), "b");
      g_assert_cmpstr(b->text, ==, "c\n\n");
      g_assert_cmpuint(b->key_line, ==, 3);
      g_assert_cmpuint(b->key_column, ==, 3);
    }
}

/* Errors of the library's own are told at the same place, wherever a text ends. */
static void test_syntax(void) {
  static const char *const tails[] = {"a: 'b\n", "a: [1, 2\n", "a: b: c\n", "- a\nb: c\n"};
  for (guint i = 0; i < G_N_ELEMENTS(tails); i++) {
    g_autoptr(GString) first = text_of("", PAGE / 2, tails[i]);
    g_autofree char *wanted = refusal(first);
    for (gsize size = PAGE - BEFORE; size < PAGE + BEHIND; size++) {
      g_autoptr(GString) text = text_of("", size, tails[i]);
      g_autofree char *said = refusal(text);
      g_assert_cmpstr(said, ==, wanted);
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/yaml/ends", test_ends);
  g_test_add_func("/yaml/places", test_places);
  g_test_add_func("/yaml/syntax", test_syntax);
  return g_test_run();
}
