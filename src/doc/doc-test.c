#include "doc/doc.h"

#include <string.h>

static AkDoc *sample(void) {
  static const char *const header[] = {"id", "verdict", NULL};
  static const char *const row[] = {"5.1-1", "<b>fail</b>", NULL}, *const wide[] = {"要件", "合格",
                                                                                    NULL};
  AkDoc *doc = ak_doc_new(AK_LANG_JA, "Report & more");
  AkDocNode *section = ak_doc_section(doc->root, "scope", "Scope");
  ak_doc_paragraph(section, "one\x1B[2J\ntwo");
  ak_doc_notice(section, "no label");
  ak_doc_item(ak_doc_list(section), "item");
  AkDocNode *facts = ak_doc_facts(section);
  ak_doc_fact(facts, "name", "value");
  ak_doc_fact(facts, "left out", NULL);
  AkDocNode *table = ak_doc_table(section, header);
  ak_doc_row(table, row);
  ak_doc_row(table, wide);
  return doc;
}

static void test_html(void) {
  g_autoptr(AkDoc) doc = sample();
  g_autofree char *html = ak_doc_to_html(doc, "p{margin:0}\n");
  g_assert_cmpstr(
      html, ==,
      "<!DOCTYPE html>\n<html lang=\"ja\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Report &amp; more</title><style>p{margin:0}\n"
      "</style>\n</head>\n<body><main><section><h1>Report &amp; more</h1>\n<section id=\"scope\">"
      "<h2>Scope</h2>\n<p>one\xEF\xBF\xBD[2J\ntwo</p>\n<p class=\"notice\">no label</p>\n<ul>"
      "<li>item</li>\n</ul>\n<dl><dt>name</dt><dd>value</dd>\n</dl>\n<table><thead><tr>"
      "<th scope=\"col\">id</th><th scope=\"col\">verdict</th></tr>\n</thead>\n<tbody><tr>"
      "<td>5.1-1</td><td>&lt;b&gt;fail&lt;/b&gt;</td></tr>\n<tr><td>要件</td><td>合格</td></tr>\n"
      "</tbody>\n</table>\n</section>\n</section>\n</main>\n</body>\n</html>");
}

static void test_text(void) {
  g_autoptr(AkDoc) doc = sample();
  g_autofree char *text = ak_doc_to_text(doc);
  g_assert_cmpstr(text, ==,
                  "# Report & more\n\n## Scope\n\none\xEF\xBF\xBD[2J two\n\n! no label\n\n- item\n"
                  "\nname: value\n\nid     verdict\n5.1-1  <b>fail</b>\n要件   合格\n");
}

static void test_markdown(void) {
  g_autoptr(AkDoc) doc = sample();
  g_autofree char *text = ak_doc_to_markdown(doc);
  g_assert_cmpstr(text, ==,
                  "# Report & more\n\n## Scope\n\none\xEF\xBF\xBD\\[2J two\n\n> no label\n\n- item\n"
                  "\n- name: value\n\n| id | verdict |\n| --- | --- |\n| 5.1-1 | \\<b\\>fail\\</b\\> |\n"
                  "| 要件 | 合格 |\n");
}

/* A short row is filled: its neighbour keeps its place. */
static void test_short_rows(void) {
  static const char *const header[] = {"a", "b", NULL}, *const one[] = {"1", NULL},
                           *const two[] = {"2", "3", NULL};
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "t");
  AkDocNode *table = ak_doc_table(doc->root, header);
  ak_doc_row(table, one);
  ak_doc_row(table, two);
  g_assert_cmpuint(table->cells->len, ==, 6);
  g_assert_cmpstr(table->cells->pdata[3], ==, "");
  g_assert_cmpstr(table->cells->pdata[4], ==, "2");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/doc/html", test_html);
  g_test_add_func("/doc/text", test_text);
  g_test_add_func("/doc/markdown", test_markdown);
  g_test_add_func("/doc/short-rows", test_short_rows);
  return g_test_run();
}
