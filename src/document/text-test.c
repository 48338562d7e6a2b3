#include "document/text.h"

#include <string.h>

static void assert_text(const char *bytes, gsize size, const char *format, const char *expected) {
  g_autoptr(GError) error = NULL;
  const char *found = NULL;
  g_autofree char *text = ak_document_text(bytes, size, &found, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(found, ==, format);
  g_assert_cmpstr(text, ==, expected);
}

static void assert_refused(const char *bytes, gsize size, AkErrorCode code) {
  g_autoptr(GError) error = NULL;
  const char *format = NULL;
  g_autofree char *text = ak_document_text(bytes, size, &format, &error);
  g_assert_error(error, AK_ERROR, (int)code);
  g_assert_null(text);
}

#define TEXT(bytes, format, expected) assert_text(bytes, sizeof(bytes) - 1, format, expected)

static void test_plain(void) {
  TEXT("# Policy\n14 days", "text", "# Policy\n14 days");
  TEXT("\xEF\xBB\xBF連絡先", "text", "連絡先");
  TEXT("a < b and b > c", "text", "a < b and b > c");
}

static void test_html(void) {
  TEXT("<!DOCTYPE html><p>Write to <a href=\"mailto:a@b.example\">us</a></p>", "html",
       "  Write to  mailto:a@b.example us  ");
  TEXT("<html>x<script>a@b.example</script>y<!-- c@d.example -->z</html>", "html", " x y z ");
  TEXT("<html>a&commat;b.example &#x40; &#64; &amp; &unknown; &", "html",
       " a@b.example @ @ & &unknown; &");
  TEXT("<html>one <b never closed", "html", " one ");
  TEXT("<html><style>p{}", "html", " ");
}

static void test_not_read(void) {
  assert_refused("%PDF-1.7 a@b.example", 20, AK_ERROR_NOT_SUPPORTED);
  assert_refused("PK\3\4\0\0", 6, AK_ERROR_NOT_SUPPORTED);
  assert_refused("\x89PNG\r\n", 6, AK_ERROR_NOT_SUPPORTED);
  assert_refused("\x82\xa0", 2, AK_ERROR_NOT_SUPPORTED); /* Shift_JIS */
  assert_refused("", 0, AK_ERROR_NOT_SUPPORTED);
  g_autofree char *large = g_malloc(AK_DOCUMENT_MAX_BYTES + 1);
  memset(large, 'a', AK_DOCUMENT_MAX_BYTES + 1);
  assert_refused(large, AK_DOCUMENT_MAX_BYTES + 1, AK_ERROR_LIMIT);
}

/* Cut anywhere it is text or refused, and never read beyond its end. */
static void test_truncated(void) {
  static const char whole[] = "<html><a href='x'>&#x3042;</a><!-- - --><script>1</script>あ";
  for (gsize size = 0; size < sizeof whole; size++) {
    const char *format = NULL;
    g_autofree char *exact = g_memdup2(whole, size + 1);
    g_autofree char *text = ak_document_text(exact, size, &format, NULL);
    if (text != NULL)
      g_assert_true(g_utf8_validate(text, -1, NULL));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/document/text/plain", test_plain);
  g_test_add_func("/document/text/html", test_html);
  g_test_add_func("/document/text/not-read", test_not_read);
  g_test_add_func("/document/text/truncated", test_truncated);
  return g_test_run();
}
