/* Figures: what was drawn stands in each format, hostile texts stay texts, and the same figure gives the same bytes. */
#include "doc/figure.h"

#include <string.h>

static AkFigure *sample(void) {
  g_autoptr(GError) error = NULL;
  AkFigure *figure = ak_figure_new(AK_LANG_JA, "<title> & 図", "about", &error);
  g_assert_no_error(error);
  AkFigureLook look = {0xffffff, 0x1d4e89, 1.25, AK_FIGURE_DASHED};
  AkFigureType type = {10, 0x1f2933, AK_FIGURE_MIDDLE};
  ak_figure_set_size(figure, 200, 100);
  ak_figure_begin(figure, "\"quoted\" <script>");
  ak_figure_box(figure, 10, 10, 80, 30, 0, &look);
  ak_figure_box(figure, 10, 60, 80, 30, 6, &look);
  ak_figure_text(figure, 50, 30, "<b>装置</b>\x01", &type);
  ak_figure_end(figure);
  return figure;
}

static void test_svg(void) {
  g_autoptr(AkFigure) figure = sample();
  g_autofree char *svg = ak_figure_to_svg(figure);
  g_assert_true(g_str_has_prefix(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns="));
  g_assert_nonnull(strstr(svg, "width=\"200\" height=\"100\" viewBox=\"0 0 200 100\""));
  g_assert_nonnull(strstr(svg, "<title>&lt;title&gt; &amp; 図</title>"));
  g_assert_nonnull(strstr(svg, "<g><title>&quot;quoted&quot; &lt;script&gt;</title>"));
  g_assert_nonnull(strstr(svg, "d=\"M10 10L90 10L90 40L10 40Z\""));
  g_assert_nonnull(strstr(svg, "stroke=\"#1d4e89\" stroke-width=\"1.25\" stroke-dasharray=\"5 3\""));
  g_assert_nonnull(strstr(svg, "&lt;b&gt;装置&lt;/b&gt;\xef\xbf\xbd</text>"));
  g_assert_null(strstr(svg, "<script>"));
  g_assert_true(g_str_has_suffix(svg, "</svg>\n"));
}

static void test_same_bytes(void) {
  g_autoptr(AkFigure) one = sample(), two = sample();
  g_autoptr(GBytes) pdf = ak_figure_to_pdf(one, 0, NULL), pdf_again = ak_figure_to_pdf(two, 0, NULL);
  g_autoptr(GBytes) png = ak_figure_to_png(one, NULL), png_again = ak_figure_to_png(two, NULL);
  g_assert_true(g_bytes_equal(pdf, pdf_again));
  g_assert_true(g_bytes_equal(png, png_again));
  g_assert_true(memcmp(g_bytes_get_data(pdf, NULL), "%PDF-", 5) == 0);
  const guint8 *data = g_bytes_get_data(png, NULL);
  g_assert_true(memcmp(data, "\x89PNG\r\n", 6) == 0);
  g_assert_cmpuint(data[18] << 8 | data[19], ==, 400); /* two pixels a point */
}

static void test_wrap(void) {
  g_autoptr(AkFigure) figure = sample();
  g_auto(GStrv) one = ak_figure_wrap(figure, "short", 10, 200, 2);
  g_assert_cmpuint(g_strv_length(one), ==, 1);
  g_auto(GStrv) words = ak_figure_wrap(figure, "an edge gateway of the plant", 10, 80, 3);
  g_assert_cmpstr(words[0], ==, "an edge");
  g_auto(GStrv) cut = ak_figure_wrap(figure, "とても長い名前の装置がここにある", 10, 55, 2);
  g_assert_cmpuint(g_strv_length(cut), ==, 2);
  g_assert_true(g_str_has_suffix(cut[1], "…"));
  for (guint i = 0; cut[i] != NULL; i++)
    g_assert_cmpfloat(ak_figure_text_width(figure, cut[i], 10), <=, 55);
  g_auto(GStrv) none = ak_figure_wrap(figure, "", 10, 55, 2);
  g_assert_cmpuint(g_strv_length(none), ==, 0);
  g_auto(GStrv) narrow = ak_figure_wrap(figure, "WWWW", 10, 1, 2); /* a letter stands, however narrow */
  g_assert_cmpuint(g_strv_length(narrow), ==, 2);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/figure/svg", test_svg);
  g_test_add_func("/figure/same-bytes", test_same_bytes);
  g_test_add_func("/figure/wrap", test_wrap);
  return g_test_run();
}
