#include "doc/doc-pdf.h"

#include <string.h>
#include <unistd.h>

#include "doc/pdf-layout.h"

#define NOW G_GINT64_CONSTANT(1795392000000000) /* 2026-11-23T00:00:00Z */

static const AkPdfOptions options = {
    .created_utc_us = NOW, .author = "Lab", .contents = "Contents", .page_id = "report.page"};

static void add_rows(AkDocNode *table, guint rows) {
  for (guint i = 0; i < rows; i++) {
    g_autofree char *number = g_strdup_printf("row %u", i);
    const char *cells[] = {
        number, "22d96417a903f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899",
        "日本語の長い文章はどこでも折り返せるので、列からはみ出してはならない。", NULL};
    ak_doc_row(table, cells);
  }
}

static AkDoc *sample(AkLang lang, guint rows) {
  static const char *const header[] = {"name", "digest", "text", NULL};
  AkDoc *doc = ak_doc_new(lang, "Report & more 報告書");
  ak_doc_notice(doc->root, "no label");
  AkDocNode *section = ak_doc_section(doc->root, "one", "First section");
  ak_doc_paragraph(section, "A paragraph.");
  AkDocNode *facts = ak_doc_facts(section);
  ak_doc_fact(facts, "name", "value");
  ak_doc_item(ak_doc_list(section), "item");
  ak_doc_section(section, NULL, "Inner section");
  add_rows(ak_doc_table(ak_doc_section(doc->root, "two", "第二節"), header), rows);
  return doc;
}

static GBytes *pdf_of(const AkDoc *doc) {
  g_autoptr(GError) error = NULL;
  GBytes *pdf = ak_doc_to_pdf(doc, &options, &error);
  g_assert_no_error(error);
  return pdf;
}

/* What a tool of another maker reads in the PDF; NULL where that tool is not there. Caller frees. */
static char *tool(GBytes *pdf, const char *const *words) {
  g_autofree char *path = NULL, *out = NULL;
  int fd = g_file_open_tmp("akashi-XXXXXX.pdf", &path, NULL);
  gsize size = 0;
  const char *data = g_bytes_get_data(pdf, &size);
  g_assert_cmpint(fd, >=, 0);
  g_assert_true(write(fd, data, size) == (gssize)size);
  close(fd);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  for (gsize i = 0; words[i] != NULL; i++)
    g_ptr_array_add(argv, (gpointer)(strcmp(words[i], "FILE") == 0 ? path : words[i]));
  g_ptr_array_add(argv, NULL);
  bool ran = g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                          NULL, NULL, &out, NULL, NULL, NULL);
  unlink(path);
  return ran ? g_steal_pointer(&out) : NULL;
}

static char *text_of(GBytes *pdf) {
  static const char *const words[] = {"pdftotext", "-layout", "FILE", "-", NULL};
  return tool(pdf, words);
}

static guint count_of(const char *text, const char *part) {
  guint count = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
    count++;
  return count;
}

static void test_same_bytes(void) {
  g_autoptr(AkDoc) one = sample(AK_LANG_JA, 100), two = sample(AK_LANG_JA, 100);
  g_autoptr(GBytes) a = pdf_of(one);
  /* Neither the machine's fonts nor its settings reach the page. */
  g_setenv("FONTCONFIG_FILE", "/nonexistent/fonts.conf", TRUE);
  g_setenv("LANG", "zh_CN.UTF-8", TRUE);
  g_setenv("PANGO_LANGUAGE", "zh", TRUE);
  g_autoptr(GBytes) b = pdf_of(two);
  g_assert_true(g_bytes_equal(a, b));
  g_assert_true(g_str_has_prefix(g_bytes_get_data(a, NULL), "%PDF-1."));
}

static void test_text_and_header_rows(void) {
  g_autoptr(AkDoc) doc = sample(AK_LANG_EN, 200);
  g_autoptr(GBytes) pdf = pdf_of(doc);
  g_autofree char *text = text_of(pdf);
  if (text == NULL) {
    g_test_skip("pdftotext is not installed");
    return;
  }
  guint pages = count_of(text, "\f");
  g_assert_cmpuint(pages, >, 3);
  g_assert_nonnull(strstr(text, "row 0"));
  g_assert_nonnull(strstr(text, "row 199"));
  g_assert_nonnull(strstr(text, "第二節"));
  g_assert_nonnull(strstr(text, "日本語"));
  g_autofree char *last = g_strdup_printf("page %u of %u", pages, pages);
  g_assert_nonnull(strstr(text, last));
  /* The head of the table stands on each page but the first, where the contents are. */
  g_assert_cmpuint(count_of(text, "digest"), >=, pages - 1);
}

static void test_metadata(void) {
  static const char *const words[] = {"pdfinfo", "-isodates", "FILE", NULL};
  g_autoptr(AkDoc) doc = sample(AK_LANG_JA, 3);
  g_autoptr(GBytes) pdf = pdf_of(doc);
  g_autofree char *facts = tool(pdf, words);
  if (facts == NULL) {
    g_test_skip("pdfinfo is not installed");
    return;
  }
  static const char *const wanted[] = {"Report & more 報告書", "Lab", "2026-11-23T00:00:00Z", "A4"};
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
    if (strstr(facts, wanted[i]) == NULL)
      g_error("\"%s\" is not in\n%s", wanted[i], facts);
  g_assert_null(strstr(facts, "JavaScript:      yes"));
}

/* --- the layout ---------------------------------------------------------------------------------------------- */

static void set_pages(const AkDoc *doc, AkPdfPages *pages) {
  g_autoptr(PangoFontMap) map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  PangoContext *context = pango_font_map_create_context(map);
  ak_pdf_pages_init(pages, context);
  g_object_unref(context);
  ak_pdf_pages_set(pages, doc, "Contents");
}

/* Nothing leaves the page or its column: neither a digest nor a text of 100,000 characters without a space. */
static void assert_inside(const AkPdfPages *pages) {
  guint page = 0;
  for (guint i = 0; i < pages->marks->len; i++) {
    const AkPdfMark *mark = &g_array_index(pages->marks, AkPdfMark, i);
    int width = 0, height = 0;
    g_assert_cmpuint(mark->page, >=, page); /* painted in order */
    page = mark->page;
    if (mark->kind != AK_PDF_TEXT)
      continue;
    PangoRectangle ink;
    pango_layout_get_extents(mark->layout, &ink, NULL);
    pango_layout_get_size(mark->layout, &width, &height);
    g_assert_cmpint(ink.x + ink.width, <=, pango_layout_get_width(mark->layout) + PANGO_SCALE);
    g_assert_cmpfloat(mark->x + (double)width / PANGO_SCALE, <=, AK_PDF_WIDTH - AK_PDF_MARGIN + 4);
    if (mark->lines == 0)
      g_assert_cmpfloat(mark->y + (double)height / PANGO_SCALE, <=, AK_PDF_BOTTOM + 1);
    g_assert_cmpfloat(mark->y, <, AK_PDF_BOTTOM);
  }
}

static void test_nothing_overflows(void) {
  g_autoptr(AkDoc) doc = sample(AK_LANG_JA, 150);
  static const char *const header[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b", "c", "d", "e", "f", "g", NULL};
  AkDocNode *table = ak_doc_table(doc->root->children->pdata[1], header);
  g_autofree char *wide = g_strnfill(100000, 'W');
  const char *cells[] = {wide, "1", "22d96417a903f0e1d2c3b4a5968778695a4b3c2d1e0f", "", "\x01\xFF", "a\nb", wide, NULL};
  ak_doc_row(table, cells);
  ak_doc_fact(ak_doc_facts(doc->root->children->pdata[1]), wide, wide);
  g_auto(AkPdfPages) pages = {0};
  set_pages(doc, &pages);
  assert_inside(&pages);
  g_assert_cmpuint(pages.page, >, 20);
}

/* A row that is longer than a page goes on over pages, and no line of it is lost. */
static void test_a_long_row_loses_no_line(void) {
  static const char *const header[] = {"n", "text", NULL};
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "t");
  AkDocNode *table = ak_doc_table(ak_doc_section(doc->root, NULL, "s"), header);
  g_autoptr(GString) text = g_string_new("line");
  for (guint i = 1; i < 300; i++)
    g_string_append(text, "\nline");
  const char *cells[] = {"1", text->str, NULL};
  ak_doc_row(table, cells);
  g_auto(AkPdfPages) pages = {0};
  set_pages(doc, &pages);
  int lines = 0;
  for (guint i = 0; i < pages.marks->len; i++) {
    const AkPdfMark *mark = &g_array_index(pages.marks, AkPdfMark, i);
    if (mark->kind == AK_PDF_TEXT && strcmp(pango_layout_get_text(mark->layout), text->str) == 0) {
      g_assert_cmpint(mark->first, ==, lines);
      lines += mark->lines;
    }
  }
  g_assert_cmpint(lines, ==, 300);
  assert_inside(&pages);
}

static guint page_of(const AkPdfPages *pages, const char *text) {
  for (guint i = 0; i < pages->marks->len; i++) {
    const AkPdfMark *mark = &g_array_index(pages->marks, AkPdfMark, i);
    if (mark->kind == AK_PDF_TEXT && mark->link_page == 0 && strcmp(pango_layout_get_text(mark->layout), text) == 0)
      return mark->page;
  }
  g_assert_not_reached();
}

/* Wherever on a page it comes to stand, a heading is followed by what it is the heading of. */
static void test_headings_stay_with_theirs(void) {
  static const char *const header[] = {"column", "other", NULL}, *const cells[] = {"first row", "b", NULL};
  for (guint before = 0; before < 60; before++) {
    g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "t");
    for (guint i = 0; i < before; i++)
      ak_doc_paragraph(doc->root, "A line.");
    AkDocNode *outer = ak_doc_section(doc->root, NULL, "Outer heading");
    ak_doc_row(ak_doc_table(ak_doc_section(outer, NULL, "Inner heading"), header), cells);
    g_auto(AkPdfPages) pages = {0};
    set_pages(doc, &pages);
    g_assert_cmpuint(page_of(&pages, "Outer heading"), ==, page_of(&pages, "first row"));
    g_assert_cmpuint(page_of(&pages, "Inner heading"), ==, page_of(&pages, "first row"));
    assert_inside(&pages);
  }
}

/* No character turns the order of what stands behind it. */
static void test_hostile_characters(void) {
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "t");
  ak_doc_paragraph(doc->root, "pass\xE2\x80\xAE" "liaf\x1B[2J");
  g_auto(AkPdfPages) pages = {0};
  set_pages(doc, &pages);
  bool found = false;
  for (guint i = 0; i < pages.marks->len; i++) {
    const AkPdfMark *mark = &g_array_index(pages.marks, AkPdfMark, i);
    found = found || (mark->kind == AK_PDF_TEXT && strcmp(pango_layout_get_text(mark->layout),
                                                          "pass\xEF\xBF\xBDliaf\xEF\xBF\xBD[2J") == 0);
  }
  g_assert_true(found);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/doc/pdf/text", test_text_and_header_rows);
  g_test_add_func("/doc/pdf/metadata", test_metadata);
  g_test_add_func("/doc/pdf/overflow", test_nothing_overflows);
  g_test_add_func("/doc/pdf/long-row", test_a_long_row_loses_no_line);
  g_test_add_func("/doc/pdf/headings", test_headings_stay_with_theirs);
  g_test_add_func("/doc/pdf/hostile", test_hostile_characters);
  g_test_add_func("/doc/pdf/same-bytes", test_same_bytes);
  return g_test_run();
}
