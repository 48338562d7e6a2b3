#include "exchange/oscal.h"

#include <string.h>

#include "exchange/oscal-catalog.h"
#include "exchange/oscal-profile.h"

#define NOW 1700000000000000 /* 2023-11-14T22:13:20Z */
#define HEAD                                                                                       \
  "\"uuid\": \"00000000-0000-4000-8000-000000000000\", \"metadata\": {\"title\": \"T\", "          \
  "\"last-modified\": \"2026-01-01T00:00:00Z\", \"version\": \"3\", \"oscal-version\": \"1.1.2\"}"

/* Source: RFC 9562, A.4. */
static void test_uuid_of_the_rfc(void) {
  static const guint8 dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  char uuid[AK_UUID_SIZE], own[AK_UUID_SIZE], other[AK_UUID_SIZE];
  ak_oscal_uuid_in(dns, "www.example.com", uuid);
  g_assert_cmpstr(uuid, ==, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  ak_oscal_uuid("a", own);
  ak_oscal_uuid("b", other);
  g_assert_cmpstr(own, !=, other);
}

static void assert_token(const char *id, const char *expected) {
  g_autofree char *token = ak_oscal_token(id);
  g_assert_cmpstr(token, ==, expected);
}

static void test_tokens(void) {
  assert_token("ac-1", "ac-1");
  assert_token("5.1-1", "_5.1-1");
  assert_token("CPS.AC(2)", "CPS.AC_2_");
  assert_token("", "_");
}

static AkCatalog *read_catalog(const char *text, GError **error) {
  return ak_oscal_catalog_read(text, strlen(text), "c.json", "mine", error);
}

static const char small[] =
    "{\"catalog\": {" HEAD ", \"groups\": [{\"id\": \"g\", \"title\": \"Group\", \"controls\": ["
    "{\"id\": \"x-1\", \"title\": \"First\", \"params\": [{\"id\": \"p1\", \"label\": \"period\"}, "
    "{\"id\": \"p2\", \"select\": {\"choice\": [\"daily\", \"each {{ insert: param, p1 }}\"]}}, "
    "{\"id\": \"p3\", \"values\": [\"a\", \"b\"]}], \"parts\": [{\"name\": \"statement\", \"prose\": "
    "\"Look:\", \"parts\": [{\"name\": \"item\", \"props\": [{\"name\": \"label\", \"value\": "
    "\"a.\"}], \"prose\": \"within {{ insert: param, p1 }}, {{insert: param, p2}} by {{ insert: "
    "param, p3 }} or {{ insert: param, p9 }}\"}]}, {\"name\": \"guidance\", \"prose\": \"none\"}, "
    "{\"name\": \"assessment-objective\", \"prose\": \"looked\"}], \"controls\": [{\"id\": "
    "\"x-1.1\", \"title\": \"Child\"}]},"
    "{\"id\": \"x-2\", \"title\": \"Gone\", \"props\": [{\"name\": \"status\", \"value\": "
    "\"withdrawn\"}]}]}], \"controls\": [{\"id\": \"top\", \"title\": \"Top\"}]}}";

static void test_a_small_catalogue(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = read_catalog(small, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(catalog->id, ==, "mine");
  g_assert_cmpstr(catalog->version, ==, "3");
  g_assert_cmpuint(catalog->requirements->len, ==, 3); /* top, x-1, x-1.1; x-2 is withdrawn */
  g_assert_null(ak_catalog_requirement(catalog, "x-2"));
  const AkRequirement *row = ak_catalog_requirement(catalog, "x-1");
  g_assert_cmpstr(row->title.en, ==, "First");
  g_assert_cmpstr(row->text.en, ==,
                  "Look:\na. within [period], [daily | each [period]] by a, b or [p9]");
  g_assert_cmpstr(row->obligation, ==, "M");
  g_assert_cmpuint(row->cases->len, ==, 1);
  const AkTestCase *test_case = row->cases->pdata[0];
  g_assert_cmpstr(test_case->id, ==, "x-1-m");
  g_assert_cmpint(test_case->method, ==, AK_METHOD_MANUAL);
  g_assert_cmpstr(test_case->text.en, ==, "looked");
  g_assert_cmpstr(ak_json_string_or(test_case->rule, "pass", ""), ==, "answer(pass)");
  const AkRequirement *child = ak_catalog_requirement(catalog, "x-1.1");
  g_assert_cmpstr(
      ak_json_string_or(json_object_get(child->props, "oscal"), "parent", ""), ==, "x-1");
  g_assert_cmpstr(child->text.en, ==, "Child"); /* no statement: the title stands for it */
}

/* A manual case needs a person: nothing that was observed can pass it. */
static void test_imported_rules_rest_on_answers(void) {
  g_autoptr(AkCatalog) catalog = read_catalog(small, NULL);
  for (guint i = 0; i < catalog->requirements->len; i++) {
    const AkRequirement *row = catalog->requirements->pdata[i];
    const AkRule *rule = ((AkTestCase *)row->cases->pdata[0])->compiled;
    g_assert_cmpuint(rule->needs->len, ==, 1);
    g_assert_cmpint(((AkNeed *)rule->needs->pdata[0])->kind, ==, AK_NEED_ANSWER);
    g_assert_cmpint(rule->pass->kind, ==, AK_EXPRESSION_ANSWER);
  }
}

static AkCatalog *through_oscal(const AkCatalog *catalog, char **bytes) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) written = ak_oscal_catalog_write(catalog, NOW, &error);
  g_assert_no_error(error);
  *bytes = ak_json_canonical(written, NULL, &error);
  g_assert_no_error(error);
  AkCatalog *again = ak_oscal_catalog_read(*bytes, strlen(*bytes), "again", catalog->id, &error);
  g_assert_no_error(error);
  return again;
}

static void test_round_trip_of_our_catalogues(void) {
  g_auto(GStrv) ids = ak_catalog_ids();
  g_assert_cmpuint(g_strv_length(ids), >=, 2);
  for (gsize i = 0; ids[i] != NULL; i++) {
    g_autoptr(AkCatalog) catalog = ak_catalog_load(ids[i], NULL, NULL);
    g_autofree char *first = NULL, *second = NULL;
    g_autoptr(AkCatalog) again = through_oscal(catalog, &first);
    g_assert_cmpuint(again->requirements->len, ==, catalog->requirements->len);
    g_assert_cmpstr(again->title.ja, ==, catalog->title.ja);
    for (guint r = 0; r < catalog->requirements->len; r++) {
      const AkRequirement *before = catalog->requirements->pdata[r];
      const AkRequirement *after = again->requirements->pdata[r];
      g_assert_cmpstr(after->id, ==, before->id);
      g_assert_cmpstr(after->title.en, ==, before->title.en);
      g_assert_cmpstr(after->title.ja, ==, before->title.ja);
      g_assert_cmpstr(after->text.en, ==, before->text.en);
      g_assert_cmpstr(after->text.ja, ==, before->text.ja);
      g_assert_cmpstr(after->obligation, ==, before->obligation);
    }
    g_autoptr(AkCatalog) third = through_oscal(again, &second);
    g_assert_cmpuint(third->requirements->len, ==, catalog->requirements->len);
  }
}

/* An imported catalogue keeps its controls, groups, parents and parameters as they came. */
static void test_round_trip_of_an_import(void) {
  g_autoptr(AkCatalog) catalog = read_catalog(small, NULL);
  g_autofree char *first = NULL, *second = NULL;
  g_autoptr(AkCatalog) again = through_oscal(catalog, &first);
  g_autoptr(AkCatalog) third = through_oscal(again, &second);
  g_assert_cmpuint(third->requirements->len, ==, again->requirements->len);
  g_assert_cmpstr(first, ==, second);
  g_autoptr(json_t) json = ak_json_parse(first, strlen(first), "first", NULL);
  const json_t *groups = json_object_get(json_object_get(json, "catalog"), "groups");
  const json_t *control =
      json_array_get(json_object_get(json_array_get(groups, 0), "controls"), 0);
  g_assert_cmpuint(json_array_size(json_object_get(control, "params")), ==, 3);
  g_assert_cmpuint(json_array_size(json_object_get(control, "controls")), ==, 1);
  g_assert_nonnull(strstr(first, "\"last-modified\":\"2023-11-14T22:13:20Z\""));
  g_assert_nonnull(strstr(first, "\"oscal-version\":\"1.2.1\""));
}

static void test_nist_low(void) {
  if (g_getenv("AKASHI_TEST_DATA") == NULL) {
    g_test_skip("AKASHI_TEST_DATA is not set");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(g_getenv("AKASHI_TEST_DATA"), "data",
                                           "oscal-sp800-53-low-catalog.json", NULL);
  g_autofree char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &data, &size, NULL));
  g_autoptr(AkCatalog) catalog = ak_oscal_catalog_read(data, size, path, "low", &error);
  g_assert_no_error(error);
  /* Counted in the file: every object in a "controls" list. */
  g_assert_cmpuint(catalog->requirements->len, ==, 149);
  const AkRequirement *row = ak_catalog_requirement(catalog, "ac-2");
  g_assert_cmpstr(row->title.en, ==, "Account Management");
  g_assert_true(g_str_has_prefix(row->text.en, "a. Define and document the types of accounts"));
  g_assert_null(strstr(row->text.en, "{{"));
  g_autofree char *first = NULL, *second = NULL;
  g_autoptr(AkCatalog) again = through_oscal(catalog, &first);
  g_autoptr(AkCatalog) third = through_oscal(again, &second);
  g_assert_cmpuint(third->requirements->len, ==, 149);
  g_assert_cmpstr(first, ==, second);
}

/* --- what is refused --------------------------------------------------------------------------------- */

static void assert_refused(const char *text, gsize size, AkErrorCode code, const char *part) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = ak_oscal_catalog_read(text, size, "c.json", "mine", &error);
  g_assert_null(catalog);
  g_assert_error(error, AK_ERROR, (int)code);
  if (strstr(error->message, part) == NULL)
    g_error("\"%s\" is not in \"%s\"", part, error->message);
}

static void test_bad_catalogues(void) {
  static const struct {
    const char *text;
    AkErrorCode code;
    const char *part;
  } rows[] = {
      {"{}", AK_ERROR_INVALID_DATA, "catalog"},
      {"{\"catalog\": []}", AK_ERROR_INVALID_DATA, "catalog"},
      {"{\"catalog\": {\"metadata\": {}}}", AK_ERROR_INVALID_DATA, "title"},
      {"{\"catalog\": {\"metadata\": {\"title\": \"t\", \"version\": \"1\", \"oscal-version\": "
       "\"1.0.4\"}}}", AK_ERROR_NOT_SUPPORTED, "1.0.4"},
      {"{\"catalog\": {\"metadata\": {\"title\": \"t\", \"version\": \"1\", \"oscal-version\": "
       "\"2.0.0\"}}}", AK_ERROR_NOT_SUPPORTED, "2.0.0"},
      {"{\"catalog\": {" HEAD "}}", AK_ERROR_INVALID_DATA, "no controls"},
      {"{\"catalog\": {" HEAD ", \"controls\": [{\"title\": \"a\"}]}}", AK_ERROR_INVALID_DATA,
       "\"id\""},
      {"{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\"}]}}", AK_ERROR_INVALID_DATA,
       "control a: a: member \"title\""},
      {"{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a b\", \"title\": \"t\"}]}}",
       AK_ERROR_INVALID_DATA, "a b"},
      {"{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\", \"title\": \"t\"}, {\"id\": \"a\", "
       "\"title\": \"t\"}]}}", AK_ERROR_INVALID_DATA, "twice"},
      {"{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\", \"title\": \"t\", \"x\": 1.5}]}}",
       AK_ERROR_INVALID_DATA, "floating"},
      {"{\"catalog\": {" HEAD ", \"controls\": [1]}}", AK_ERROR_INVALID_DATA, "id"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    assert_refused(rows[i].text, strlen(rows[i].text), rows[i].code, rows[i].part);
}

static char *repeated(const char *head, const char *open, guint count, const char *close,
                      const char *tail) {
  GString *text = g_string_new(head);
  for (guint i = 0; i < count; i++)
    g_string_append_printf(text, "%s", open);
  for (guint i = 0; i < count; i++)
    g_string_append(text, close);
  g_string_append(text, tail);
  return g_string_free(text, FALSE);
}

static void test_limits(void) {
  g_autofree char *deep_controls =
      repeated("{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\", \"title\": \"t\"",
               ", \"controls\": [{\"id\": \"a\", \"title\": \"t\"", 20, "}]", "}]}}");
  assert_refused(deep_controls, strlen(deep_controls), AK_ERROR_LIMIT, "levels of controls");
  g_autofree char *deep_parts =
      repeated("{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\", \"title\": \"t\"",
               ", \"parts\": [{\"name\": \"statement\"", 20, "}]", "}]}}");
  assert_refused(deep_parts, strlen(deep_parts), AK_ERROR_LIMIT, "levels of parts");
  g_autofree char *deep_json = repeated("{\"catalog\": ", "[", 100, "]", "}");
  assert_refused(deep_json, strlen(deep_json), AK_ERROR_LIMIT, "64");
  g_autoptr(GString) many = g_string_new("{\"catalog\": {" HEAD ", \"controls\": [");
  for (guint i = 0; i < 4097; i++)
    g_string_append_printf(many, "%s{\"id\": \"c%u\", \"title\": \"t\"}", i > 0 ? "," : "", i);
  g_string_append(many, "]}}");
  assert_refused(many->str, many->len, AK_ERROR_LIMIT, "4096 controls");
}

/* A long parameter that is used often: the text grows far beyond the file. */
static void test_a_bomb_of_parameters(void) {
  g_autofree char *label = g_strnfill(100000, 'x');
  g_autoptr(GString) text = g_string_new(NULL);
  g_string_printf(text, "{\"catalog\": {" HEAD ", \"controls\": [{\"id\": \"a\", \"title\": \"t\", "
                        "\"params\": [{\"id\": \"p\", \"label\": \"%s\"}], \"parts\": [{\"name\": "
                        "\"statement\", \"prose\": \"", label);
  for (guint i = 0; i < 10000; i++)
    g_string_append(text, "{{ insert: param, p }}");
  g_string_append(text, "\", \"parts\": [{\"name\": \"item\", \"prose\": \"x\"}]}]}]}}");
  assert_refused(text->str, text->len, AK_ERROR_LIMIT, "256 KiB");
}

static void test_truncated_at_every_byte(void) {
  for (gsize size = 0; size < sizeof small - 1; size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkCatalog) catalog = ak_oscal_catalog_read(small, size, "c.json", "mine", &error);
    g_assert_null(catalog);
    g_assert_nonnull(error);
  }
}

/* --- profiles --------------------------------------------------------------------------------------------- */

static AkProfile *read_profile(const AkCatalog *catalog, const char *imports, GError **error) {
  g_autofree char *text = g_strdup_printf("{\"profile\": {" HEAD ", \"imports\": %s}}", imports);
  return ak_oscal_profile_read(text, strlen(text), "p.json", "sel", catalog, NULL, error);
}

static void assert_selects(const char *imports, const char *expected) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkCatalog) catalog = read_catalog(small, NULL);
  g_autoptr(AkProfile) profile = read_profile(catalog, imports, &error);
  g_assert_no_error(error);
  g_autofree char *ids = g_strjoinv(" ", profile->requirements);
  g_assert_cmpstr(ids, ==, expected);
}

static void test_selections(void) {
  assert_selects("[{\"href\": \"#x\", \"include-all\": {}}]", "top x-1 x-1.1");
  assert_selects("[{\"href\": \"#x\"}]", "top x-1 x-1.1");
  assert_selects("[{\"href\": \"#x\", \"include-controls\": [{\"with-ids\": [\"x-1\"]}]}]", "x-1");
  assert_selects("[{\"href\": \"#x\", \"include-controls\": [{\"with-child-controls\": \"yes\", "
                 "\"with-ids\": [\"x-1\"]}]}]", "x-1 x-1.1");
  assert_selects("[{\"href\": \"#x\", \"include-controls\": [{\"matching\": [{\"pattern\": "
                 "\"x*1\"}]}]}]", "x-1 x-1.1");
  assert_selects("[{\"href\": \"#x\", \"include-controls\": [{\"matching\": [{\"pattern\": "
                 "\"t?p\"}]}]}]", "top");
  assert_selects("[{\"href\": \"#x\", \"include-all\": {}, \"exclude-controls\": [{\"with-ids\": "
                 "[\"x-1\"]}]}]", "top x-1.1");
}

static void test_bad_profiles(void) {
  static const struct {
    const char *imports;
    AkErrorCode code;
  } rows[] = {
      {"[]", AK_ERROR_NOT_SUPPORTED},
      {"[{}, {}]", AK_ERROR_NOT_SUPPORTED},
      {"{}", AK_ERROR_INVALID_DATA},
      {"[{\"include-controls\": [{\"with-ids\": [\"x-9\"]}]}]", AK_ERROR_INVALID_DATA},
      {"[{\"include-controls\": []}]", AK_ERROR_INVALID_DATA},
      {"[{\"include-controls\": [{\"matching\": [{}]}]}]", AK_ERROR_INVALID_DATA},
  };
  g_autoptr(AkCatalog) catalog = read_catalog(small, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(read_profile(catalog, rows[i].imports, &error));
    g_assert_error(error, AK_ERROR, (int)rows[i].code);
  }
}

static void test_what_is_left_out_is_said(void) {
  g_autoptr(AkCatalog) catalog = read_catalog(small, NULL);
  const char text[] = "{\"profile\": {" HEAD ", \"imports\": [{\"href\": \"#x\"}], \"modify\": "
                      "{\"set-parameters\": []}}}";
  g_autofree char *left_out = NULL;
  g_autoptr(AkProfile) profile =
      ak_oscal_profile_read(text, strlen(text), "p", "sel", catalog, &left_out, NULL);
  g_assert_nonnull(profile);
  g_assert_cmpstr(left_out, ==, "modify");
}

static void test_round_trip_of_our_profiles(void) {
  g_auto(GStrv) ids = ak_profile_ids();
  for (gsize i = 0; ids[i] != NULL; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkProfile) profile = ak_profile_load(ids[i], NULL, NULL);
    g_autoptr(AkCatalog) catalog = ak_catalog_load(profile->catalog, NULL, NULL);
    g_autoptr(json_t) json = ak_oscal_profile_write(profile, catalog, NOW, &error);
    g_assert_no_error(error);
    g_autofree char *bytes = ak_json_canonical(json, NULL, NULL);
    g_autoptr(AkProfile) again =
        ak_oscal_profile_read(bytes, strlen(bytes), "p", ids[i], catalog, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->title.ja, ==, profile->title.ja);
    guint count = profile->requirements != NULL ? g_strv_length(profile->requirements)
                                                : catalog->requirements->len;
    g_assert_cmpuint(g_strv_length(again->requirements), ==, count);
    for (gsize r = 0; profile->requirements != NULL && r < count; r++)
      g_assert_true(g_strv_contains((const char *const *)again->requirements,
                                    profile->requirements[r]));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/oscal/uuid", test_uuid_of_the_rfc);
  g_test_add_func("/oscal/tokens", test_tokens);
  g_test_add_func("/oscal/small", test_a_small_catalogue);
  g_test_add_func("/oscal/answers", test_imported_rules_rest_on_answers);
  g_test_add_func("/oscal/round-trip", test_round_trip_of_our_catalogues);
  g_test_add_func("/oscal/round-trip-import", test_round_trip_of_an_import);
  g_test_add_func("/oscal/nist-low", test_nist_low);
  g_test_add_func("/oscal/bad", test_bad_catalogues);
  g_test_add_func("/oscal/limits", test_limits);
  g_test_add_func("/oscal/bomb", test_a_bomb_of_parameters);
  g_test_add_func("/oscal/truncated", test_truncated_at_every_byte);
  g_test_add_func("/oscal/selections", test_selections);
  g_test_add_func("/oscal/bad-profiles", test_bad_profiles);
  g_test_add_func("/oscal/left-out", test_what_is_left_out_is_said);
  g_test_add_func("/oscal/round-trip-profiles", test_round_trip_of_our_profiles);
  return g_test_run();
}
