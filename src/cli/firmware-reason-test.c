#include "cli/firmware-reason.h"

#include <glib/gstdio.h>
#include <string.h>

static void expect(AkLang lang, const char *reason, const char *told) {
  g_autofree char *got = ak_firmware_reason_text(lang, reason);
  g_assert_cmpstr(got, ==, told);
}

static void test_places(void) {
  static const char sealed[] = "files that look packed or encrypted were not opened: a!/x, a!/y, a!/z, and 12 more";
  static const char gaps[] = "the image was not read in full: code (arm), 4096 bytes at 0x40 of a b; a!#0: damaged header; and 2 more";
  expect(AK_LANG_EN, sealed, sealed);
  expect(AK_LANG_EN, gaps, gaps);
  expect(AK_LANG_JA, sealed, "圧縮または暗号化されたように見え、開けなかったファイルがあります： a!/x, a!/y, a!/z, 他に12件");
  expect(AK_LANG_JA, gaps,
         "イメージに読み取れなかった部分があります： a bの0x40から4096バイト（プログラム (arm)）; a!#0: damaged header; 他に2件");
}

/* Names that look like sentences of ours, and what nobody knows, stay as they are. */
static void test_names(void) {
  expect(AK_LANG_JA, "something else", "something else");
  expect(AK_LANG_JA, "", "");
  expect(AK_LANG_JA, "files that look packed or encrypted were not opened: a!/and 3 more",
         "圧縮または暗号化されたように見え、開けなかったファイルがあります： a!/and 3 more");
  expect(AK_LANG_JA, "the image was not read in full:  bytes at 0x of ", "イメージに読み取れなかった部分があります：  bytes at 0x of ");
}

/* Each reason that an analysis gives stands in Japanese. */
static void expect_told(const char *text, guint *count) {
  g_autoptr(GRegex) regex = g_regex_new("(?:\\bcut|\\bunread|passwords_cut|\\bnone) = (?:[^\";=]*\\? NULL\\s*: )?\"([^\"]+)\"", 0, 0, NULL);
  g_autoptr(GMatchInfo) match = NULL;
  for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
    g_autofree char *reason = g_match_info_fetch(match, 1);
    g_autofree char *told = ak_firmware_reason_text(AK_LANG_JA, reason);
    if (strcmp(told, reason) == 0)
      g_error("not in Japanese: %s", reason);
    (*count)++;
  }
}

static void test_all_reasons(void) {
  g_autofree char *folder = g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "src", "firmware", "analysis", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
  g_assert_no_error(error);
  guint count = 0;
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    if (!g_str_has_suffix(name, ".c") || g_str_has_suffix(name, "-test.c"))
      continue;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    expect_told(text, &count);
  }
  g_assert_cmpuint(count, >=, 15);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/firmware-reason/places", test_places);
  g_test_add_func("/firmware-reason/names", test_names);
  g_test_add_func("/firmware-reason/all", test_all_reasons);
  return g_test_run();
}
