#include "web/api/negotiate.h"

#include "web/api/query.h"

static void test_media(void) {
  static const struct {
    const char *accept, *type;
    bool acceptable;
  } rows[] = {
      {NULL, "application/json", true},
      {"", "application/json", true},
      {"*/*", "application/json", true},
      {"application/json", "application/json", true},
      {"APPLICATION/JSON", "application/json", true},
      {"application/*", "application/json", true},
      {"text/html", "application/json", false},
      {"text/html, */*;q=0.1", "application/json", true},
      {"text/*", "text/csv; charset=utf-8", true},
      {"application/json;q=0", "application/json", false},
      {"*/*, application/json;q=0", "application/json", false}, /* the closer one counts */
      {"application/*;q=0, application/json", "application/json", true},
      {"application/json;q=0.001", "application/json", true},
      {"application/jsonx", "application/json", false},
      {"application/json;q=2", "application/json", true}, /* cannot be read: as not sent */
      {"garbage", "application/json", true},
      {"garbage, text/html", "application/json", false},
      {",,;;,", "application/json", true},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].accept != NULL ? rows[i].accept : "(none)");
    g_assert_true(ak_negotiate_media(rows[i].accept, rows[i].type) == rows[i].acceptable);
  }
}

static void test_lang(void) {
  static const struct {
    const char *accept;
    AkLang fallback, wanted;
  } rows[] = {
      {NULL, AK_LANG_JA, AK_LANG_JA},
      {"ja", AK_LANG_EN, AK_LANG_JA},
      {"ja-JP, en;q=0.8", AK_LANG_EN, AK_LANG_JA},
      {"en;q=0.5, ja;q=0.6", AK_LANG_EN, AK_LANG_JA},
      {"en;q=0.6, ja;q=0.6", AK_LANG_JA, AK_LANG_EN}, /* the first of equals */
      {"de, fr", AK_LANG_JA, AK_LANG_JA},
      {"de, en;q=0.1", AK_LANG_JA, AK_LANG_EN},
      {"ja;q=0", AK_LANG_EN, AK_LANG_EN},
      {"jam", AK_LANG_EN, AK_LANG_EN}, /* Jamaican Creole is no Japanese */
      {"ja;q=1.001", AK_LANG_EN, AK_LANG_EN},
      {"*", AK_LANG_JA, AK_LANG_JA},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].accept != NULL ? rows[i].accept : "(none)");
    g_assert_cmpint(ak_negotiate_lang(rows[i].accept, rows[i].fallback), ==, rows[i].wanted);
  }
}

static void test_none_match(void) {
  static const struct {
    const char *field;
    bool matches;
  } rows[] = {
      {NULL, false},        {"", false},           {"*", true},        {" * ", true},
      {"\"a\"", true},      {"W/\"a\"", true},     {"\"b\"", false},   {"\"b\", \"a\"", true},
      {"\"b\",W/\"a\"", true}, {"\"ab\"", false},  {"a", false},       {"\"a", false},
      {"\"b\" x \"a\"", false}, {"\"*\"", false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].field != NULL ? rows[i].field : "(none)");
    g_assert_true(ak_negotiate_none_match(rows[i].field, "\"a\"") == rows[i].matches);
  }
  g_assert_false(ak_negotiate_none_match("*", NULL));
}

static void test_cursors(void) {
  static const char *const bad[] = {"", "c", "c-1", "c01", "c+1", "1", "C1", "c9223372036854775808",
                                    "c1x", "c 1", "c1 "};
  gint64 number = -1;
  g_assert_true(ak_api_cursor_parse("c0", &number) && number == 0);
  g_assert_true(ak_api_cursor_parse("c9223372036854775807", &number) && number == G_MAXINT64);
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(ak_api_cursor_parse(bad[i], &number));
}

static void test_dates(void) {
  static const char *const bad[] = {"", "2026-11-31", "2026-1-01", "2026-11-23T00:00:00Z", "2026-W48-1",
                                    "20261123", "2026-11-2é", "2026-11-233"};
  gint64 when = 0;
  g_assert_true(ak_api_date_parse("1970-01-02", &when));
  g_assert_cmpint(when, ==, G_TIME_SPAN_DAY);
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(ak_api_date_parse(bad[i], &when));
}

/* --- the query ------------------------------------------------------------------------------------------- */

static const AkApiParameter declared[] = {
    {.name = "run", .type = AK_API_TEXT, .min = 1, .max = 3, .required = true, .least = 2, .most = 3},
    {.name = "limit", .type = AK_API_INTEGER, .min = 1, .max = 200},
    {.name = "end", .type = AK_API_CHOICE, .choices = "open|finished"},
    {.name = NULL}};

static void assert_query(const char *text, const char *refused) {
  g_auto(GStrv) parts = g_strsplit(text, "&", -1);
  AkApiPair pairs[100];
  gsize count = 0;
  for (; parts[count] != NULL; count++) {
    char *equals = strchr(parts[count], '=');
    if (equals != NULL)
      *equals = '\0';
    pairs[count] = (AkApiPair){parts[count], equals != NULL ? equals + 1 : NULL};
  }
  for (AkLang lang = 0; lang < AK_LANG_COUNT; lang++) {
    g_autofree char *parameter = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) found =
        ak_api_query_check(declared, pairs, count, lang, &parameter, &error);
    g_test_message("%s → %s", text, error != NULL ? error->message : "ok");
    g_assert_cmpstr(parameter, ==, refused);
    g_assert_true((found == NULL) == (refused != NULL));
  }
}

static void test_query(void) {
  assert_query("run=a&run=b", NULL);
  assert_query("run=a&run=b&run=c&limit=200&end=open", NULL);
  assert_query("run=%E8%A8%BC&run=b", NULL);
  assert_query("r%75n=a&run=b", NULL);
  assert_query("run=a", "run");
  assert_query("limit=1", "run");
  assert_query("run=a&run=b&run=c&run=d", "run");
  assert_query("run=abcd&run=b", "run");
  assert_query("run=&run=b", "run");
  assert_query("run=%00&run=b", "run");
  assert_query("run=%ff&run=b", "run");
  assert_query("run=%zz&run=b", "run");
  assert_query("run=a&run=b&limit=0", "limit");
  assert_query("run=a&run=b&limit=201", "limit");
  assert_query("run=a&run=b&limit=99999999999999999999", "limit");
  assert_query("run=a&run=b&limit=1.0", "limit");
  assert_query("run=a&run=b&limit=%2B1", "limit");
  assert_query("run=a&run=b&limit", "limit");
  assert_query("run=a&run=b&limit=1&limit=1", "limit");
  assert_query("run=a&run=b&end=opened", "end");
  assert_query("run=a&run=b&end=open|finished", "end");
  assert_query("run=a&run=b&foo=1", "foo");
  assert_query("run=a&run=b&RUN=1", "RUN");
}

static void test_many_parameters(void) {
  AkApiPair pairs[AK_API_MAX_QUERY + 1];
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
    pairs[i] = (AkApiPair){"limit", "1"};
  g_autofree char *parameter = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_api_query_check(declared, pairs, G_N_ELEMENTS(pairs), AK_LANG_EN, &parameter,
                                   &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
}

/* A wrong value is told back cut to a bound, and never as half a character. */
static void test_long_values(void) {
  g_autoptr(GString) long_value = g_string_new(NULL);
  for (guint i = 0; i < 500; i++)
    g_string_append(long_value, "証");
  AkApiPair pair = {"limit", long_value->str};
  g_autofree char *parameter = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_api_query_check(declared, &pair, 1, AK_LANG_EN, &parameter, &error));
  g_assert_cmpuint(strlen(error->message), <, 400);
  g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void test_paths(void) {
  static const struct {
    const char *path, *id;
  } rows[] = {
      {"/api/v1", "root"},
      {"/api/v1/runs", "runs"},
      {"/api/v1/runs/r1", "run"},
      {"/api/v1/runs/r1/requirements/5.1-1", "requirement"},
      {"/api/v1/r%75ns", "runs"},
      {"/api/v1/runs/", NULL},
      {"/api/v1/runs//verdicts", NULL},
      {"/api/v1/runs/a%2Fb", NULL},
      {"/api/v1/runs/%00", NULL},
      {"/api/v1/runs/%ff", NULL},
      {"/api/v1/runs/%", NULL},
      {"/api/v2/runs", NULL},
      {"/api/", NULL},
      {"/api/v1/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) parameters = NULL;
    const AkApiOperation *found = ak_api_find(rows[i].path, &parameters);
    g_assert_cmpstr(found != NULL ? found->id : NULL, ==, rows[i].id);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/negotiate/media", test_media);
  g_test_add_func("/negotiate/lang", test_lang);
  g_test_add_func("/negotiate/none-match", test_none_match);
  g_test_add_func("/query/cursors", test_cursors);
  g_test_add_func("/query/dates", test_dates);
  g_test_add_func("/query/query", test_query);
  g_test_add_func("/query/many", test_many_parameters);
  g_test_add_func("/query/long", test_long_values);
  g_test_add_func("/query/paths", test_paths);
  return g_test_run();
}
