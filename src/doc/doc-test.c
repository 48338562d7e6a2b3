#include "doc/doc.h"
#include "doc/figure.h"

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

/* 18 columns are more than 17: a list. */
static void test_text_within(void) {
  g_autoptr(AkDoc) doc = sample();
  g_autofree char *fits = ak_doc_to_text_within(doc, 18), *narrow = ak_doc_to_text_within(doc, 17);
  g_assert_nonnull(strstr(fits, "\nid     verdict\n5.1-1  <b>fail</b>\n要件   合格\n"));
  g_assert_nonnull(strstr(narrow, "\n5.1-1\n  verdict  <b>fail</b>\n要件\n  verdict  合格\n"));
  g_assert_null(strstr(narrow, "id     verdict"));
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

/* The darkest is the largest of the shaded cells; sums, names and what is no number are none. */
/* A cell that leads somewhere does so in HTML, escaped; its neighbours and other formats have text. */
static void test_link(void) {
  static const char *const header[] = {"run", "of", NULL}, *const first[] = {"r1", "a", NULL}, *const second[] = {"r2", "b", NULL};
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "links");
  AkDocNode *table = ak_doc_table(doc->root, header);
  ak_doc_row(table, first);
  ak_doc_row(table, second);
  ak_doc_link(table, 0, "/runs/r2?a&b");
  g_autofree char *html = ak_doc_to_html(doc, ""), *text = ak_doc_to_text(doc), *markdown = ak_doc_to_markdown(doc);
  g_assert_nonnull(strstr(html, "<td>r1</td><td>a</td>"));
  g_assert_nonnull(strstr(html, "<td><a href=\"/runs/r2?a&amp;b\">r2</a></td><td>b</td>"));
  g_assert_null(strstr(text, "/runs"));
  g_assert_null(strstr(markdown, "/runs"));
}

static void test_heat(void) {
  static const char *const header[] = {"layer", "a", "b", "sum", NULL};
  static const char *const rows[][5] = {{"1", "0", "8", "900", NULL}, {"2", "1", "x", "4", NULL}};
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "heat");
  AkDocNode *heat = ak_doc_heat(doc->root, header, 2);
  ak_doc_row(heat, rows[0]);
  ak_doc_row(heat, rows[1]);
  static const guint levels[] = {0, 0, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0};
  for (guint i = 0; i < G_N_ELEMENTS(levels); i++)
    g_assert_cmpuint(ak_doc_heat_level(heat, i), ==, levels[i]);
  g_autofree char *html = ak_doc_to_html(doc, "");
  g_assert_nonnull(strstr(html, "<th scope=\"row\">1</th><td class=\"heat heat-0\">0</td>"));
  g_assert_nonnull(strstr(html, "<td class=\"heat heat-4\">8</td><td class=\"heat heat-0\">900</td>"));
  g_autofree char *text = ak_doc_to_text(doc);
  g_assert_nonnull(strstr(text, "1      0  8  900\n"));
}

/* A cell wider than a column may be stays apart from the next one. */
static void test_wide_cell(void) {
  static const char *const header[] = {"a", "b", NULL};
  g_autofree char *wide = g_strnfill(75, 'w');
  const char *cells[] = {wide, "next", NULL};
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "wide");
  ak_doc_row(ak_doc_table(doc->root, header), cells);
  g_autofree char *text = ak_doc_to_text(doc), *line = g_strdup_printf("\n%s  next\n", wide);
  g_assert_nonnull(strstr(text, line));
}

static void test_figure(void) {
  g_autoptr(GError) error = NULL;
  AkFigure *figure = ak_figure_new(AK_LANG_EN, "a drawing", "about", &error);
  g_assert_no_error(error);
  ak_figure_set_size(figure, 100, 50);
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "figure");
  ak_doc_figure(doc->root, figure, "what it shows");
  g_autofree char *html = ak_doc_to_html(doc, ""), *text = ak_doc_to_text(doc);
  g_assert_nonnull(strstr(html, "<figure><svg xmlns="));
  g_assert_nonnull(strstr(html, "</svg><figcaption>what it shows</figcaption></figure>"));
  g_assert_nonnull(strstr(text, "[what it shows]\n"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/doc/html", test_html);
  g_test_add_func("/doc/text", test_text);
  g_test_add_func("/doc/text-within", test_text_within);
  g_test_add_func("/doc/markdown", test_markdown);
  g_test_add_func("/doc/short-rows", test_short_rows);
  g_test_add_func("/doc/heat", test_heat);
  g_test_add_func("/doc/link", test_link);
  g_test_add_func("/doc/wide-cell", test_wide_cell);
  g_test_add_func("/doc/figure", test_figure);
  return g_test_run();
}
