#include "doc/html.h"

#include <string.h>

static void test_everything_is_escaped(void) {
  g_autoptr(AkHtml) html = ak_html_new();
  ak_html_open(html, "p", "title", "\"><script>", NULL);
  ak_html_text(html, "<script>alert('1' & \"2\")</script>\x01\xff");
  g_autofree char *text = ak_html_end(html);
  g_assert_cmpstr(text, ==,
                  "<!DOCTYPE html>\n<p title=\"&quot;&gt;&lt;script&gt;\">"
                  "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;"
                  "\xef\xbf\xbd\xef\xbf\xbd</p>\n");
}

static void test_elements_nest_and_close(void) {
  g_autoptr(AkHtml) html = ak_html_new();
  ak_html_open(html, "div", NULL);
  ak_html_element(html, "input", NULL, "type", "checkbox", "checked", "", "id", NULL, NULL);
  ak_html_element(html, "b", "x", NULL);
  g_autofree char *text = ak_html_end(html);
  g_assert_cmpstr(text, ==,
                  "<!DOCTYPE html>\n<div><input type=\"checkbox\" checked><b>x</b></div>\n");
}

static void test_style_cannot_break_out(void) {
  g_autoptr(AkHtml) html = ak_html_new();
  ak_html_style(html, "p{}</style><script>");
  g_autofree char *text = ak_html_end(html);
  g_assert_cmpstr(text, ==, "<!DOCTYPE html>\n");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/html/escaped", test_everything_is_escaped);
  g_test_add_func("/html/nest", test_elements_nest_and_close);
  g_test_add_func("/html/style", test_style_cannot_break_out);
  return g_test_run();
}
