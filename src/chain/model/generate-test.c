/* Generated networks: as many as were asked for, all kinds, few elements with very many relations,
 * the same for the same seed. That they can be read is seen in tests/chain. */
#include <string.h>

#include "chain/model/generate.h"

static const char *const functions[] = {"L1_1", "L2_1", "L3_1", NULL};
static const char *const incidents[] = {"L1_1_a", NULL};

static guint count_of(const char *text, const char *part) {
  guint count = 0;
  for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
    count++;
  return count;
}

static void test_counts(void) {
  for (guint32 elements = AK_CHAIN_ELEMENTS; elements < 400; elements += 13) {
    AkChainGenerateSpec spec = {elements, elements * 5, elements, functions, incidents};
    g_autoptr(GString) yaml = g_string_new(NULL), table = g_string_new(NULL);
    g_autoptr(GString) relations = g_string_new(NULL);
    ak_chain_generate_yaml(&spec, yaml);
    ak_chain_generate_csv_elements(&spec, table);
    ak_chain_generate_csv_relations(&spec, relations);
    g_assert_cmpuint(count_of(yaml->str, "{id: "), ==, elements);
    g_assert_cmpuint(count_of(yaml->str, "{from: "), ==, elements * 5);
    g_assert_cmpuint(count_of(table->str, "\r\n"), ==, elements + 1);
    g_assert_cmpuint(count_of(relations->str, "\r\n"), ==, elements * 5 + 1);
    for (guint kind = 0; kind < AK_CHAIN_ELEMENTS; kind++) {
      g_autofree char *part = g_strdup_printf(", kind: %s", ak_chain_elements[kind]);
      g_assert_cmpuint(count_of(yaml->str, part), >, 0);
    }
  }
}

static void test_seed(void) {
  AkChainGenerateSpec spec = {100, 500, 1, functions, incidents};
  g_autoptr(GString) first = g_string_new(NULL), same = g_string_new(NULL),
                     other = g_string_new(NULL);
  ak_chain_generate_csv_relations(&spec, first);
  ak_chain_generate_csv_relations(&spec, same);
  spec.seed = 2;
  ak_chain_generate_csv_relations(&spec, other);
  g_assert_cmpstr(first->str, ==, same->str);
  g_assert_cmpstr(first->str, !=, other->str);
}

/* Of 4000 components, the first tenth has nearly half of the ends: the cube root of a tenth is
 * 0.46. */
static void test_hubs(void) {
  AkChainGenerateSpec spec = {10000, 60000, 7, functions, incidents};
  g_autoptr(GString) table = g_string_new(NULL);
  guint all = 0, hubs = 0;
  ak_chain_generate_csv_relations(&spec, table);
  g_auto(GStrv) lines = g_strsplit(table->str, "\r\n", -1);
  for (gsize i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++) {
    g_auto(GStrv) cells = g_strsplit(lines[i], ",", -1);
    if (cells[2][0] != 'c')
      continue;
    all++;
    hubs += g_ascii_strtoull(cells[2] + 1, NULL, 10) < 400;
  }
  g_assert_cmpuint(all, >, 5000);
  g_assert_cmpfloat((double)hubs / all, >, 0.42);
  g_assert_cmpfloat((double)hubs / all, <, 0.50);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/generate/counts", test_counts);
  g_test_add_func("/generate/seed", test_seed);
  g_test_add_func("/generate/hubs", test_hubs);
  return g_test_run();
}
