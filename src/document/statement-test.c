/* What a statement holds. Expectations are written by hand: each row is a text and what must be found. */
#include "document/statement.h"

static void assert_found(const char *text, AkStatement kind, const char *expected) {
  g_auto(GStrv) found = ak_statement_find(text, kind);
  g_autofree char *line = g_strjoinv(" | ", found);
  g_assert_cmpstr(line, ==, expected);
}

static void test_contacts(void) {
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"Write to security@devices.example.", "mail"},
      {"security (at) devices.example", "mail"},
      {"See https://devices.example/security", "url"},
      {"www.devices.example", "url"},
      {"Call +81 3-1234-5678.", "telephone"},
      {"電話 03-1234-5678", "telephone"},
      {"窓口：psirt@例え.example または https://devices.example/ja", "url"},
      {"psirt@devices.example, https://devices.example", "mail | url"},
      {"The company has no page about vulnerabilities.", ""},
      {"Version 2.1.0, serial GW200-000017, 2026-11-20", ""},
      {"user@", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_found(rows[i].text, AK_STATEMENT_CONTACT, rows[i].expected);
}

static void test_times(void) {
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"within three working days", "three working days"},
      {"every 14 days until closed", "14 days"},
      {"within 24 hours, status weekly", "24 hours | weekly"},
      {"a 90-day period", "90-day"},
      {"受領は3営業日以内、進捗は毎週", "3営業日 | 毎週"},
      {"３０日以内", "３０日"},
      {"二週間ごとに", "二週間"},
      {"2か月ごとに連絡する", "2か月"},
      {"翌営業日までに返信", "翌営業日"},
      {"as soon as possible", ""},
      {"速やかに対応する", ""},
      {"Monday to Friday", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_found(rows[i].text, AK_STATEMENT_TIME, rows[i].expected);
}

static void test_dates(void) {
  static const struct {
    const char *text, *expected;
  } rows[] = {
      {"Support until 2031-12-31.", "2031 | 2031-12-31"},
      {"until December 2031", "2031 | December 2031"},
      {"サポート期間：2031年12月31日まで", "2031年12月31"},
      {"令和13年まで", "令和13年"},
      {"port 2023x, model 3020", ""},
      {"There is no end of support.", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_found(rows[i].text, AK_STATEMENT_DATE, rows[i].expected);
}

/* Much of the same is told once, and no more than 32 of different ones. */
static void test_bounded(void) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 1; i <= 2000; i++)
    g_string_append_printf(text, "%u days, a@b.example, ", i);
  g_auto(GStrv) times = ak_statement_find(text->str, AK_STATEMENT_TIME);
  g_assert_cmpuint(g_strv_length(times), ==, 32);
  assert_found(text->str, AK_STATEMENT_CONTACT, "mail");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/document/statement/contacts", test_contacts);
  g_test_add_func("/document/statement/times", test_times);
  g_test_add_func("/document/statement/dates", test_dates);
  g_test_add_func("/document/statement/bounded", test_bounded);
  return g_test_run();
}
