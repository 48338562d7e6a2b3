#include "report/kind.h"

#include <stdio.h>

#include "exchange/csv.h"
#include "exchange/foreign.h"
#include "report/test-report.h"

static GBytes *write_kind(const char *name, const json_t *report, AkLang lang, bool bom) {
  g_autoptr(GError) error = NULL;
  const AkReportKind *kind = ak_report_kind_find(name);
  AkReportOptions options = {.lang = lang, .bom = bom};
  GBytes *bytes = kind->write(report, &options, &error);
  g_assert_no_error(error);
  return bytes;
}

static json_t *read_back(const char *name, GBytes *bytes) {
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autoptr(json_t) document = ak_foreign_parse(data, size, name, &error);
  g_assert_no_error(error);
  const AkForeignFormat *format = ak_foreign_recognise(document, name, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(format->name, ==, name);
  json_t *read = format->read(document, name, &error);
  g_assert_no_error(error);
  return read;
}

static const json_t *list(const json_t *read, const char *member) {
  return json_object_get(read, member);
}

static guint count_where(const json_t *rows, const char *member, const char *value) {
  guint count = 0;
  for (gsize i = 0; i < json_array_size(rows); i++)
    count += strcmp(ak_json_string_or(json_array_get(rows, i), member, ""), value) == 0;
  return count;
}

/* The words of --format are those of the table, each has its texts, and file names do not meet. */
static void test_the_table(void) {
  g_auto(GStrv) words = g_strsplit(AK_REPORT_KIND_NAMES, "|", -1);
  g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++) {
    const AkReportKind *kind = &ak_report_kinds[i];
    g_assert_cmpstr(words[i], ==, kind->name);
    g_assert_true(ak_report_kind_find(kind->name) == kind);
    for (AkLang lang = 0; lang < AK_LANG_COUNT; lang++)
      g_assert_true(ak_text(lang, kind->title_id) != kind->title_id);
    g_assert_true(g_hash_table_add(names, ak_report_kind_file(kind, "r", AK_LANG_EN)));
    g_assert_nonnull(strchr(kind->media_type, '/'));
  }
  g_assert_cmpuint(g_strv_length(words), ==, g_hash_table_size(names));
  g_assert_null(ak_report_kind_find("docx"));
}

/* The same report gives the same bytes; and where the table says so, in each language. */
static void test_same_bytes(void) {
  g_autoptr(TestRun) one = test_run_new(300), two = test_run_new(300);
  g_autoptr(json_t) a = test_run_report(one), b = test_run_report(two);
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++) {
    const AkReportKind *kind = &ak_report_kinds[i];
    g_autoptr(GBytes) x = write_kind(kind->name, a, AK_LANG_EN, false);
    g_autoptr(GBytes) y = write_kind(kind->name, b, AK_LANG_EN, false);
    g_autoptr(GBytes) ja = write_kind(kind->name, a, AK_LANG_JA, false);
    g_assert_true(g_bytes_equal(x, y));
    g_assert_cmpint(g_bytes_equal(x, ja), ==, kind->one_language);
  }
}

/* Other runs have other identifiers; SARIF's fingerprints are the same ones. */
static void test_identifiers(void) {
  g_autoptr(TestRun) run = test_run_new(300);
  g_autoptr(json_t) one = test_run_report(run), two = json_deep_copy(one);
  json_object_set_new(json_object_get(two, "run"), "id", json_string("run-2"));
  g_autoptr(GBytes) a = write_kind("oscal-ar", one, AK_LANG_EN, false);
  g_autoptr(GBytes) b = write_kind("oscal-ar", two, AK_LANG_EN, false);
  g_autoptr(json_t) x = read_back("oscal-ar", a), y = read_back("oscal-ar", b);
  const json_t *left = list(json_array_get(list(x, "results"), 0), "findings");
  const json_t *right = list(json_array_get(list(y, "results"), 0), "findings");
  g_assert_cmpstr(ak_json_string_or(json_array_get(left, 0), "uuid", "a"), !=,
                  ak_json_string_or(json_array_get(right, 0), "uuid", "a"));
  g_autoptr(GBytes) c = write_kind("sarif", one, AK_LANG_EN, false);
  g_autoptr(GBytes) d = write_kind("sarif", two, AK_LANG_JA, false);
  g_autoptr(json_t) u = read_back("sarif", c), v = read_back("sarif", d);
  g_assert_cmpuint(json_array_size(list(u, "results")), >, 4);
  for (gsize i = 0; i < json_array_size(list(u, "results")); i++)
    g_assert_true(json_equal(json_object_get(json_array_get(list(u, "results"), i), "fingerprints"),
                             json_object_get(json_array_get(list(v, "results"), i), "fingerprints")));
}

/* Every verdict is a finding with its state; only a pass is satisfied. */
static void test_assessment_results(void) {
  g_autoptr(TestRun) run = test_run_new(2000);
  g_autoptr(json_t) report = test_run_report(run);
  g_autoptr(GBytes) bytes = write_kind("oscal-ar", report, AK_LANG_EN, false);
  g_autoptr(json_t) read = read_back("oscal-ar", bytes);
  const json_t *result = json_array_get(list(read, "results"), 0), *findings = list(result, "findings");
  const json_t *verdicts = list(report, "verdicts");
  g_assert_cmpuint(json_array_size(findings), ==, json_array_size(verdicts));
  for (gsize i = 0; i < json_array_size(verdicts); i++) {
    const json_t *ours = json_array_get(verdicts, i), *theirs = json_array_get(findings, i);
    const char *verdict = ak_json_string_or(ours, "verdict", "");
    g_assert_cmpstr(ak_json_string_or(theirs, "requirement", ""), ==,
                    ak_json_string_or(ours, "requirement", ""));
    g_assert_cmpstr(ak_json_string_or(theirs, "verdict", ""), ==, verdict);
    g_assert_cmpint(strcmp(ak_json_string_or(theirs, "state", ""), "satisfied") == 0, ==,
                    strcmp(verdict, "pass") == 0);
    g_assert_cmpint(json_integer_value(json_object_get(theirs, "observations")), >, 0);
  }
  g_assert_cmpuint(json_array_size(list(result, "observations")), ==, 2000);
  g_assert_cmpuint(json_array_size(list(result, "risks")), ==, 50);
  g_assert_cmpint(json_integer_value(json_object_get(read, "dangling")), ==, 0);
  g_assert_nonnull(strstr(g_bytes_get_data(bytes, NULL), "\"algorithm\":\"SHA-256\""));
}

/* One item a finding with its treatment, one an open requirement; a pass or what does not apply has none. */
static void test_plan_of_action(void) {
  g_autoptr(TestRun) run = test_run_new(2000); /* 8 requirements: 2 fail, 2 are open; 50 findings */
  g_autoptr(json_t) report = test_run_report(run);
  g_autoptr(GBytes) bytes = write_kind("oscal-poam", report, AK_LANG_EN, false);
  g_autoptr(json_t) read = read_back("oscal-poam", bytes);
  g_assert_cmpuint(json_array_size(list(read, "items")), ==, 52);
  g_assert_cmpuint(count_where(list(read, "items"), "text", "Switch it off."), ==, 50);
  g_assert_cmpuint(count_where(list(read, "items"), "text", "UDP ports"), ==, 2);
  g_assert_cmpuint(count_where(list(read, "items"), "action", "supply"), ==, 2);
  g_assert_cmpuint(count_where(list(read, "risks"), "treatment", "Switch it off."), ==, 50);
  g_assert_cmpuint(count_where(list(read, "findings"), "state", "satisfied"), ==, 0);
  g_assert_cmpint(json_integer_value(json_object_get(read, "dangling")), ==, 0);
}

static void test_nothing_to_do(void) {
  g_autoptr(TestRun) run = test_run_new(0);
  json_t *computed = json_object_get(run->verdict, "verdicts");
  json_t *passes = json_pack("[O]", json_array_get(json_object_get(computed, "verdicts"), 1));
  json_object_set_new(computed, "verdicts", passes);
  g_autoptr(json_t) report = test_run_report(run);
  g_autoptr(GError) error = NULL;
  AkReportOptions options = {0};
  g_autoptr(GBytes) bytes = ak_report_kind_find("oscal-poam")->write(report, &options, &error);
  g_assert_null(bytes);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

/* What is said to have something to say has it, by the verdicts alone. */
static void test_has(void) {
  bool (*has)(const json_t *) = ak_report_kind_find("oscal-poam")->has;
  g_autoptr(json_t) nothing = json_pack("{s:[{s:s}, {s:s}], s:[]}", "verdicts", "verdict", "pass", "verdict",
                                        "not-applicable", "findings");
  g_autoptr(json_t) open = json_pack("{s:[{s:s}, {s:s}], s:[]}", "verdicts", "verdict", "pass", "verdict",
                                     "inconclusive", "findings");
  g_autoptr(json_t) found = json_pack("{s:[{s:s}], s:[{s:s}]}", "verdicts", "verdict", "pass", "findings", "finding",
                                      "banner-version");
  g_assert_false(has(nothing));
  g_assert_true(has(open));
  g_assert_true(has(found));
  g_assert_null(ak_report_kind_find("html")->has);
}

static void test_plan(void) {
  g_autoptr(TestRun) run = test_run_new(2000);
  g_autoptr(json_t) report = test_run_report(run);
  g_autoptr(GBytes) bytes = write_kind("oscal-ap", report, AK_LANG_JA, false);
  g_autoptr(json_t) read = read_back("oscal-ap", bytes);
  g_assert_cmpuint(json_array_size(list(read, "controls")), ==, 8);
  g_assert_cmpstr(json_string_value(json_array_get(list(read, "controls"), 0)), ==, "_5.0-1");
  g_assert_cmpuint(json_array_size(list(read, "activities")), ==, 8);
  g_assert_cmpuint(json_array_size(list(read, "tasks")), ==, 2); /* firmware.elf, probe.tls */
}

/* Findings and the cases that no finding tells of; files with the bytes, services by name. */
static void test_sarif(void) {
  g_autoptr(TestRun) run = test_run_new(2000);
  g_autoptr(json_t) report = test_run_report(run);
  json_t *observation = NULL;
  const char *id = NULL;
  json_object_foreach(json_object_get(report, "observations"), id, observation) {
    if (strcmp(ak_json_string_or(observation, "property", ""), "secret.password-hash") == 0)
      json_object_set_new(observation, "region",
                          json_pack("{s:s, s:i, s:i}", "sha256", id, "offset", 17, "length", 5));
  }
  g_autoptr(GBytes) bytes = write_kind("sarif", report, AK_LANG_EN, false);
  g_autoptr(json_t) read = read_back("sarif", bytes);
  const json_t *results = list(read, "results");
  g_assert_cmpuint(count_where(results, "kind", "fail"), ==, 50); /* both cases that fail have findings */
  g_assert_cmpuint(count_where(results, "kind", "pass"), ==, 2);
  g_assert_cmpuint(count_where(results, "kind", "open"), ==, 2);
  g_assert_cmpuint(count_where(results, "kind", "notApplicable"), ==, 2);
  g_assert_cmpuint(count_where(results, "level", "error"), ==, 20); /* critical and high of five */
  g_assert_cmpuint(count_where(results, "level", "none"), ==, 6);
  const char *text = g_bytes_get_data(bytes, NULL);
  g_assert_nonnull(strstr(text, "\"region\":{\"byteLength\":5,\"byteOffset\":17}"));
  g_assert_nonnull(strstr(text, "\"uri\":\"%230%21/usr/lib/a%20b/"));
  g_assert_nonnull(strstr(text, "\"fullyQualifiedName\":\"service tcp:192.0.2.1:"));
}

static void test_components(void) {
  g_autoptr(TestRun) run = test_run_new(600);
  g_autoptr(json_t) report = test_run_report(run);
  g_assert_cmpuint(json_array_size(list(report, "components")), ==, 100);
  g_autoptr(GBytes) bytes = write_kind("cyclonedx", report, AK_LANG_EN, false);
  g_autoptr(json_t) read = read_back("cyclonedx", bytes);
  const json_t *components = list(read, "components");
  g_assert_cmpuint(json_array_size(components), ==, 101); /* and the image */
  g_assert_cmpuint(count_where(components, "type", "firmware"), ==, 1);
  const json_t *one = json_array_get(components, 1);
  g_assert_cmpstr(ak_json_string_or(one, "version", ""), ==, "1.2");
  g_assert_cmpstr(ak_json_string_or(one, "purl", ""), ==, "pkg:generic/lib@1.2");
  g_assert_cmpint(json_integer_value(json_object_get(one, "parent")), ==, 0);
  g_assert_nonnull(strstr(g_bytes_get_data(bytes, NULL), "\"aggregate\":\"incomplete\""));
}

/* The same components as CycloneDX has, in their image, which is in the product. */
static void test_spdx(void) {
  g_autoptr(TestRun) run = test_run_new(600);
  g_autoptr(json_t) report = test_run_report(run);
  g_autoptr(GBytes) bytes = write_kind("spdx", report, AK_LANG_EN, false);
  g_autoptr(json_t) read = read_back("spdx", bytes);
  const json_t *components = list(read, "components");
  g_assert_cmpuint(json_array_size(components), ==, 102); /* the product and the image too */
  g_assert_cmpuint(count_where(components, "type", "device"), ==, 1);
  g_assert_cmpuint(count_where(components, "type", "firmware"), ==, 1);
  g_assert_cmpuint(count_where(components, "purl", "pkg:generic/lib@1.2"), ==, 100);
  g_assert_cmpint(json_integer_value(json_object_get(json_array_get(components, 1), "parent")), ==, 0);
  g_assert_cmpint(json_integer_value(json_object_get(json_array_get(components, 2), "parent")), ==, 1);
  g_assert_cmpstr(ak_json_string_or(json_object_get(read, "subject"), "type", ""), ==, "device");
}

static void test_tables(void) {
  g_autoptr(TestRun) run = test_run_new(600);
  g_autoptr(json_t) report = test_run_report(run);
  static const struct {
    const char *kind;
    guint rows, columns;
  } rows[] = {{"csv", 5, 8}, {"csv-findings", 16, 14}, {"csv-observations", 601, 9}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) bytes = write_kind(rows[i].kind, report, AK_LANG_JA, true);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_assert_true(g_str_has_prefix(data, AK_CSV_BOM));
    g_autoptr(GPtrArray) read = ak_csv_read(data, size, "t", NULL);
    g_assert_nonnull(read);
    g_assert_cmpuint(read->len, ==, rows[i].rows);
    g_assert_cmpuint(g_strv_length(read->pdata[0]), ==, rows[i].columns);
  }
  g_autoptr(GBytes) bytes = write_kind("csv-observations", report, AK_LANG_EN, false);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_assert_nonnull(strstr(text, ",\"'=HYPERLINK(\"\"http"));
  g_assert_null(strstr(text, ",=HYPERLINK"));
  g_assert_null(strstr(text, ",\"=HYPERLINK"));
}

/* What a device's owner typed into the product file as a secret stands in no form of the report. */
static void test_no_secret(void) {
  g_autoptr(TestRun) run = test_run_new(300);
  g_autoptr(json_t) report = test_run_report(run);
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++) {
    if (ak_report_kinds[i].binary)
      continue; /* made from the same tree as the text */
    g_autoptr(GBytes) bytes = write_kind(ak_report_kinds[i].name, report, AK_LANG_EN, false);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_null(strstr(text, PLANTED_PASSWORD));
  }
  g_autoptr(GBytes) text = write_kind("csv-observations", report, AK_LANG_EN, false);
  g_assert_nonnull(strstr(g_bytes_get_data(text, NULL), "admin:*****"));
}

static void test_no_report(void) {
  g_autoptr(json_t) other = json_pack("{s:s, s:i}", "format", "akashi-report", "version", 2);
  AkReportOptions options = {0};
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++) {
    g_autoptr(GError) error = NULL;
    if (strcmp(ak_report_kinds[i].name, "json") == 0)
      continue; /* it is what it is */
    g_assert_null(ak_report_kinds[i].write(other, &options, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

/* kind-test --write DIR: every form of a made-up run, for the tests that hold it against others' schemas. */
static int write_all(const char *folder) {
  g_autoptr(TestRun) run = test_run_new(600);
  g_autoptr(json_t) report = test_run_report(run);
  for (gsize i = 0; ak_report_kinds[i].name != NULL; i++)
    for (AkLang lang = 0; lang < AK_LANG_COUNT; lang++) {
      g_autoptr(GBytes) bytes = write_kind(ak_report_kinds[i].name, report, lang, false);
      g_autofree char *name = g_strdup_printf("%s.%s", ak_lang_name(lang), ak_report_kinds[i].name);
      g_autofree char *path = g_build_filename(folder, name, NULL);
      if (!g_file_set_contents(path, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL))
        return 1;
    }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--write") == 0)
    return write_all(argv[2]);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/report/kind/table", test_the_table);
  g_test_add_func("/report/kind/same-bytes", test_same_bytes);
  g_test_add_func("/report/kind/identifiers", test_identifiers);
  g_test_add_func("/report/kind/oscal-ar", test_assessment_results);
  g_test_add_func("/report/kind/oscal-poam", test_plan_of_action);
  g_test_add_func("/report/kind/has", test_has);
  g_test_add_func("/report/kind/nothing-to-do", test_nothing_to_do);
  g_test_add_func("/report/kind/oscal-ap", test_plan);
  g_test_add_func("/report/kind/sarif", test_sarif);
  g_test_add_func("/report/kind/cyclonedx", test_components);
  g_test_add_func("/report/kind/spdx", test_spdx);
  g_test_add_func("/report/kind/csv", test_tables);
  g_test_add_func("/report/kind/secret", test_no_secret);
  g_test_add_func("/report/kind/no-report", test_no_report);
  return g_test_run();
}
