/* A chain that is written again reads as the same document, however odd its texts; tables and plans too. */
#include "exchange/chain-write.h"

#include <string.h>

#include "exchange/chain-csv.h"
#include "exchange/chain-yaml.h"
#include "exchange/oscal-ssp.h"

static json_t *read_back(const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check(text, strlen(text), "again", problems, &error);
  g_assert_no_error(error);
  return ak_chain_document(chain);
}

static json_t *small(void) {
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  g_autofree char *path = g_build_filename(root != NULL ? root : ".",
                                           "tests/fuzz/seeds/exchange/chain-yaml/small.yaml", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  return read_back(text);
}

static void test_same(void) {
  g_autoptr(json_t) document = small();
  g_autofree char *text = ak_chain_write_yaml(document);
  g_assert_true(g_str_has_prefix(text, "chain: {name: A small line, version: \"1\"}\nattackers: [internet, failure]\n"
                                       "elements:\n  - {id: works, kind: organization, name: 工場}\n  - id: gateway\n"));
  g_autoptr(json_t) again = read_back(text);
  g_assert_true(json_equal(document, again));
  g_autofree char *twice = ak_chain_write_yaml(again);
  g_assert_cmpstr(twice, ==, text);
}

static const char *const odd[] = {"true",     "No",          "12",       "1.0",       "- a",      "a: b",    "a #b",
                                  "[x]",      "{y}",         "\"q\"",    "it's",      " lead",    "trail ",  "a\nb",
                                  "\\",       "\t",          "*alias",   "&anchor",   "!tag",     "%x",      "@x",
                                  "`x`",      "a,b",         "日本語、", "「かぎ」",  "\xE2\x80\xA8", "-",
                                  "?",        "2026-11-28",  "2026-13-99", "~",       "\xEF\xBB\xBFx", "=1+1", "null"};

static json_t *odd_document(void) {
  json_t *document = json_pack("{s:{s:s}, s:[], s:[], s:[], s:[], s:[]}", "chain", "name", "odd", "elements", "relations",
                               "acceptances", "impacts", "attackers");
  for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
    g_autofree char *id = g_strdup_printf("e%" G_GSIZE_FORMAT, i);
    json_array_append_new(json_object_get(document, "elements"),
                          json_pack("{s:s, s:s, s:s, s:b, s:[{s:s, s:s, s:I}]}", "id", id, "kind", "component", "name", odd[i],
                                    "safety", (int)(i % 2), "measures", "requirement", odd[i], "status", "planned",
                                    "cost_yen", (json_int_t)i));
  }
  g_autofree char *text = ak_chain_write_yaml(document);
  json_decref(document);
  return read_back(text);
}

static void test_odd_texts(void) {
  g_autoptr(json_t) document = odd_document();
  const json_t *elements = json_object_get(document, "elements");
  g_assert_cmpuint(json_array_size(elements), ==, G_N_ELEMENTS(odd));
  for (gsize i = 0; i < G_N_ELEMENTS(odd); i++)
    g_assert_cmpstr(ak_json_string_or(json_array_get(elements, i), "name", NULL), ==, odd[i]);
}

/* All tables of a document, read again. */
static json_t *through_tables(const json_t *document) {
  AkChainCsvFile files[8];
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  gsize count = 0;
  for (gsize i = 0; ak_chain_csv_files[i] != NULL; i++) {
    char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(ak_chain_csv_write(document, ak_chain_csv_files[i], &text, &error));
    g_assert_no_error(error);
    if (text == NULL)
      continue;
    g_ptr_array_add(texts, text);
    files[count++] = (AkChainCsvFile){ak_chain_csv_files[i], text, strlen(text)};
  }
  g_autoptr(GError) error = NULL;
  json_t *again = ak_chain_csv_read(files, count, "x", AK_LANG_EN, &error);
  g_assert_no_error(error);
  return again;
}

static void test_tables(void) {
  g_autoptr(json_t) document = small(), again = through_tables(document);
  g_autofree char *one = ak_chain_write_yaml(document), *two = ak_chain_write_yaml(again);
  g_assert_cmpstr(one, ==, two);
  g_autoptr(json_t) strange = odd_document(), strange_again = through_tables(strange);
  g_autofree char *three = ak_chain_write_yaml(strange), *four = ak_chain_write_yaml(strange_again);
  g_assert_cmpstr(three, ==, four);
}

static void test_table_faults(void) {
  static const struct {
    const char *elements, *relations, *message;
  } rows[] = {
      {"id,kind\na,component\n", "from,kind,to\na,connects,b\n", "r.csv:2:3: to: \"b\": no element has this id"},
      {"id,kind\na,thing\n", "from,kind,to\n", "e.csv:2:2: kind: \"thing\": is not one of"},
      {"id,kind,size\na,component,3\n", "from,kind,to\n", "e.csv:2:3: size"},
      {"id,kind,name\na,component,\"two\nlines\"\na,system,x\n", "from,kind,to\n",
       "e.csv:4:1: id: \"a\": is there already on line 2"},
      {"id,kind\na,component\n", "element,requirement,status\nb,CPS.AC-1,planned\n", "r.csv:2:1: element: \"b\""},
      {"id,kind\na,component\n", "x,y\n1,2\n", "r.csv:1:1: its columns are those of no table"},
      {"id,kind\na,component,x\n", "from,kind,to\n", "e.csv:2: "},
      {"id,kind,safety\na,component,maybe\n", "from,kind,to\n", "e.csv:2:3: safety"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AkChainCsvFile files[] = {{"r.csv", rows[i].relations, strlen(rows[i].relations)},
                              {"e.csv", rows[i].elements, strlen(rows[i].elements)}};
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) document = ak_chain_csv_read(files, 2, "x", AK_LANG_EN, &error);
    g_assert_null(document);
    if (!g_str_has_prefix(error->message, rows[i].message))
      g_error("%s", error->message);
  }
}

static void test_plan(void) {
  g_autoptr(json_t) document = small(), plan = ak_oscal_ssp_write(document, 0), again = NULL;
  g_autofree char *text = ak_json_canonical(plan, NULL, NULL);
  g_autoptr(GError) error = NULL;
  again = ak_oscal_ssp_read(text, strlen(text), "plan", NULL, &error);
  g_assert_no_error(error);
  g_autofree char *yaml = ak_chain_write_yaml(again);
  g_autoptr(json_t) checked = read_back(yaml);
  g_assert_true(json_equal(json_object_get(document, "elements"), json_object_get(checked, "elements")));
  g_assert_true(json_equal(json_object_get(document, "acceptances"), json_object_get(checked, "acceptances")));
  g_assert_true(json_equal(json_object_get(document, "attackers"), json_object_get(checked, "attackers")));
  g_assert_cmpuint(json_array_size(json_object_get(checked, "relations")), ==, 8);
  g_assert_cmpuint(json_array_size(json_object_get(checked, "impacts")), ==, 2);
  for (gsize size = 0; size < strlen(text); size += 7) {
    g_autoptr(json_t) part = ak_oscal_ssp_read(text, size, "plan", NULL, NULL);
    g_assert_null(part);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain-write/same", test_same);
  g_test_add_func("/chain-write/odd-texts", test_odd_texts);
  g_test_add_func("/chain-write/tables", test_tables);
  g_test_add_func("/chain-write/table-faults", test_table_faults);
  g_test_add_func("/chain-write/plan", test_plan);
  return g_test_run();
}
