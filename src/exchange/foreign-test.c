#include "exchange/foreign.h"

#include <string.h>

#include "exchange/csv.h"
#include "exchange/cyclonedx.h"
#include "exchange/oscal-poam.h"
#include "exchange/oscal-results.h"
#include "exchange/sarif.h"

#define UUID(n) "11111111-1111-4111-8111-11111111111" n
#define META(v)                                                                                     \
  "\"metadata\":{\"title\":\"T\",\"last-modified\":\"x\",\"version\":\"7\",\"oscal-version\":\"" v "\"}"

static json_t *read_text(const char *text, gsize size, GError **error) {
  g_autoptr(json_t) document = ak_foreign_parse(text, size, "d", error);
  const AkForeignFormat *format = document ? ak_foreign_recognise(document, "d", error) : NULL;
  return format != NULL && format->read != NULL ? format->read(document, "d", error) : NULL;
}

static json_t *read_good(const char *text) {
  g_autoptr(GError) error = NULL;
  json_t *read = read_text(text, strlen(text), &error);
  g_assert_no_error(error);
  g_assert_nonnull(read);
  return read;
}

static void assert_refused(const char *text, AkErrorCode code, const char *part) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) read = read_text(text, strlen(text), &error);
  g_assert_null(read);
  g_assert_error(error, AK_ERROR, (int)code);
  if (strstr(error->message, part) == NULL)
    g_error("\"%s\" is not in \"%s\"", part, error->message);
}

static const json_t *row_of(const json_t *read, const char *list, gsize index) {
  return json_array_get(json_object_get(read, list), index);
}

static void assert_text(const json_t *row, const char *member, const char *wanted) {
  g_assert_cmpstr(ak_json_string_or(row, member, "(none)"), ==, wanted);
}

/* --- CSV ----------------------------------------------------------------------------------------------------- */

static void test_csv_written(void) {
  static const char *const cells[] = {"a,b", "say \"x\"", "", "two\nlines", "=1+1", "'@x", "+\xFF", "-", "1-1",
                                      "日本", "＝SUM(A1)", NULL};
  g_autoptr(GString) text = g_string_new(NULL);
  ak_csv_append(text, cells);
  g_assert_cmpstr(text->str, ==,
                  "\"a,b\",\"say \"\"x\"\"\",,\"two\nlines\",'=1+1,''@x,'+\xEF\xBF\xBD,'-,1-1,日本,'＝SUM(A1)\r\n");
  g_autoptr(GPtrArray) rows = ak_csv_read(text->str, text->len, "t", NULL);
  g_assert_cmpuint(rows->len, ==, 1);
  char **read = rows->pdata[0];
  for (gsize i = 0; cells[i] != NULL; i++)
    g_assert_cmpstr(read[i], ==, i == 6 ? "+\xEF\xBF\xBD" : cells[i]);
}

static void test_csv_refused(void) {
  assert_refused("a,b\n1\n", AK_ERROR_INVALID_DATA, "d:2: not as many cells");
  assert_refused("a,\"b\n", AK_ERROR_INVALID_DATA, "does not end");
  assert_refused("a,\"b\"c\n", AK_ERROR_INVALID_DATA, "behind");
  assert_refused("a,b\"c\n", AK_ERROR_INVALID_DATA, "a quote inside");
  assert_refused("a\rb\n", AK_ERROR_INVALID_DATA, "carriage return");
  assert_refused("a\xFF\n", AK_ERROR_INVALID_DATA, "UTF-8");
  g_autofree char *commas = g_strnfill(AK_CSV_MAX_CELLS, ',');
  assert_refused(commas, AK_ERROR_LIMIT, "256 cells");
  g_autoptr(json_t) read = read_good("\xEF\xBB\xBFx,y\r\n1,2\r\n3,4");
  g_assert_cmpint(json_integer_value(json_object_get(read, "rows")), ==, 2);
  g_assert_cmpstr(json_string_value(row_of(read, "columns", 0)), ==, "x");
}

/* --- SARIF --------------------------------------------------------------------------------------------------- */

/* As others write it: rules by index or id, messages by id, levels from the rule, places by index. */
static void test_sarif(void) {
  g_autoptr(json_t) read = read_good(
      "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"lint\",\"version\":\"3\",\"rules\":[{"
      "\"id\":\"R1\",\"messageStrings\":{\"m\":{\"text\":\"hello\"}},\"defaultConfiguration\":{\"level\":"
      "\"error\"}},{\"id\":\"R2\"}]}},\"artifacts\":[{\"location\":{\"uri\":\"a.bin\"}}],\"results\":["
      "{\"ruleIndex\":0,\"message\":{\"id\":\"m\"},\"locations\":[{\"physicalLocation\":{"
      "\"artifactLocation\":{\"index\":0},\"region\":{\"byteOffset\":3,\"byteLength\":4}}}]},"
      "{\"ruleId\":\"R1\",\"kind\":\"pass\",\"message\":{\"text\":\"ok\"}},"
      "{\"ruleId\":\"R2\",\"message\":{\"text\":\"x\"},\"partialFingerprints\":{\"p\":\"f\"}},"
      "{\"ruleIndex\":-1,\"message\":{\"text\":\"y\"}},{\"ruleIndex\":99,\"message\":{\"text\":\"z\"}}]}]}");
  const json_t *one = row_of(read, "results", 0);
  assert_text(one, "rule", "R1");
  assert_text(one, "text", "hello");
  assert_text(one, "kind", "fail");
  assert_text(one, "level", "error");
  assert_text(one, "uri", "a.bin");
  g_assert_cmpint(json_integer_value(json_object_get(one, "byte_offset")), ==, 3);
  assert_text(row_of(read, "results", 1), "level", "none");
  assert_text(row_of(read, "results", 2), "level", "warning");
  g_assert_nonnull(json_object_get(row_of(read, "results", 2), "fingerprints"));
  assert_text(row_of(read, "results", 4), "rule", "");
  assert_text(read, "title", "lint");
}

static void test_sarif_refused(void) {
  assert_refused("{\"version\":\"2.0.0\",\"runs\":[]}", AK_ERROR_NOT_SUPPORTED, "2.0.0");
  assert_refused("{\"runs\":[]}", AK_ERROR_INVALID_DATA, "version");
  assert_refused("{\"version\":\"2.1.0\",\"runs\":[{}]}", AK_ERROR_INVALID_DATA, "tool");
  assert_refused("{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"t\"}},\"results\":[{}]}]}",
                 AK_ERROR_INVALID_DATA, "result 0: has no message");
  assert_refused("{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"t\"}},\"results\":[{"
                 "\"message\":{\"text\":\"x\"},\"kind\":\"maybe\"}]}]}", AK_ERROR_INVALID_DATA, "unknown kind");
  assert_refused("{\"a\":1}", AK_ERROR_NOT_SUPPORTED, "no document that is known");
  assert_refused("{\"version\":", AK_ERROR_INVALID_DATA, "d:1");
}

/* --- OSCAL ------------------------------------------------------------------------------------------------------ */

#define RESULTS(v, findings)                                                                         \
  "{\"assessment-results\":{\"uuid\":\"" UUID("0") "\"," META(v) ",\"import-ap\":{\"href\":\"#x\"},"  \
  "\"results\":[{\"uuid\":\"" UUID("1") "\",\"title\":\"R\",\"description\":\"d\",\"start\":\"s\","   \
  "\"risks\":[{\"uuid\":\"" UUID("4") "\",\"title\":\"r\",\"description\":\"d\",\"statement\":\"s\"," \
  "\"status\":\"open\",\"characterizations\":[{\"facets\":[{\"name\":\"severity\",\"value\":"        \
  "\"high\"}]}]}],\"findings\":[" findings "]}]}}"
#define FINDING(uuid, state, risk)                                                                   \
  "{\"uuid\":\"" uuid "\",\"title\":\"F\",\"description\":\"d\",\"target\":{\"target-id\":\"ac-1_smt\"," \
  "\"status\":{\"state\":\"" state "\",\"reason\":\"fail\"}},\"related-risks\":[{\"risk-uuid\":\"" risk "\"}]}"

static void test_oscal_results(void) {
  static const char *const versions[] = {RESULTS("1.1.0", FINDING(UUID("2"), "not-satisfied", UUID("4"))),
                                         RESULTS("1.1.3", FINDING(UUID("2"), "not-satisfied", UUID("4"))),
                                         RESULTS("1.2.1", FINDING(UUID("2"), "not-satisfied", UUID("4")))};
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    g_autoptr(json_t) read = read_good(versions[i]);
    const json_t *result = row_of(read, "results", 0);
    assert_text(read, "format", "oscal-ar");
    assert_text(row_of(result, "findings", 0), "state", "not-satisfied");
    assert_text(row_of(result, "findings", 0), "target", "ac-1_smt");
    assert_text(row_of(result, "risks", 0), "severity", "high");
    g_assert_cmpint(json_integer_value(json_object_get(read, "dangling")), ==, 0);
  }
  g_autoptr(json_t) read = read_good(RESULTS("1.2.0", FINDING(UUID("2"), "satisfied", UUID("9"))));
  g_assert_cmpint(json_integer_value(json_object_get(read, "dangling")), ==, 1);
}

static void test_oscal_refused(void) {
  assert_refused(RESULTS("1.0.4", ""), AK_ERROR_NOT_SUPPORTED, "1.0.4");
  assert_refused(RESULTS("1.3.0", ""), AK_ERROR_NOT_SUPPORTED, "1.3.0");
  assert_refused(RESULTS("1.2.1", FINDING("x", "satisfied", "")), AK_ERROR_INVALID_DATA, "no UUID");
  assert_refused(RESULTS("1.2.1", FINDING(UUID("4"), "satisfied", "")), AK_ERROR_INVALID_DATA, "there twice");
  assert_refused(RESULTS("1.2.1", FINDING(UUID("2"), "maybe", "")), AK_ERROR_INVALID_DATA, "unknown state");
  assert_refused(RESULTS("1.2.1", "{\"uuid\":\"" UUID("2") "\"}"), AK_ERROR_INVALID_DATA, "findings 0: member \"title\"");
  assert_refused("{\"assessment-results\":{" META("1.2.1") "}}", AK_ERROR_INVALID_DATA, "import-ap");
  assert_refused("{\"plan-of-action-and-milestones\":{" META("1.2.1") "}}", AK_ERROR_INVALID_DATA, "no poam-items");
  assert_refused("{\"assessment-plan\":{" META("1.2.1") "}}", AK_ERROR_INVALID_DATA, "import-ssp");
}

/* --- CycloneDX --------------------------------------------------------------------------------------------------- */

#define XML "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">"

static json_t *through(const json_t *bill) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) written = ak_cyclonedx_write(bill, &error);
  g_assert_no_error(error);
  json_t *again = ak_cyclonedx_read(written, "again", &error);
  g_assert_no_error(error);
  return again;
}

static void test_cyclonedx(void) {
  g_autoptr(json_t) read = read_good(
      XML "<metadata><component type=\"firmware\"><name>fw</name><version>1</version></component></metadata>"
          "<components><component type=\"library\" bom-ref=\"a\"><group>g</group><name>n &amp; m</name>"
          "<version>2</version><hashes><hash alg=\"SHA-1\">da39a3ee5e6b4b0d3255bfef95601890afd80709</hash>"
          "</hashes><licenses><license><id>MIT</id><text>long</text></license></licenses><purl>pkg:generic/n@2"
          "</purl><pedigree><ancestors><component type=\"library\"><name>old</name><purl>pkg:x/y</purl>"
          "</component></ancestors></pedigree><evidence><licenses><license><id>GPL-2.0</id></license></licenses>"
          "</evidence><components><component type=\"file\"><name>in</name></component></components></component>"
          "</components><dependencies><dependency ref=\"a\"><dependency ref=\"b\"/><dependency ref=\"b\"/>"
          "</dependency></dependencies></bom>");
  const json_t *one = row_of(read, "components", 0);
  g_assert_cmpuint(json_array_size(json_object_get(read, "components")), ==, 2); /* no ancestor */
  assert_text(one, "name", "n & m");
  assert_text(one, "group", "g");
  assert_text(one, "purl", "pkg:generic/n@2");
  assert_text(json_object_get(one, "hashes"), "SHA-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  g_assert_cmpuint(json_array_size(json_object_get(one, "licenses")), ==, 1);
  assert_text(row_of(one, "licenses", 0), "id", "MIT");
  g_assert_cmpint(json_integer_value(json_object_get(row_of(read, "components", 1), "parent")), ==, 0);
  const json_t *on = json_object_get(json_object_get(read, "dependencies"), "a");
  g_assert_cmpuint(json_array_size(on), ==, 1);
  assert_text(read, "title", "fw");
  g_autoptr(json_t) again = through(read);
  g_assert_true(json_equal(json_object_get(read, "components"), json_object_get(again, "components")));
}

static void test_cyclonedx_refused(void) {
  assert_refused("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"2.0\"}", AK_ERROR_NOT_SUPPORTED, "2.0");
  assert_refused("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"components\":[{}]}",
                 AK_ERROR_INVALID_DATA, "component 0");
  assert_refused("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"components\":[{\"name\":\"x\"}]}",
                 AK_ERROR_INVALID_DATA, "type");
  assert_refused("<!DOCTYPE b [<!ENTITY x \"y\">]>" XML "<components><component type=\"l\"><name>&x;</name>"
                 "</component></components></bom>", AK_ERROR_INVALID_DATA, "d: ");
  assert_refused(XML "<components>", AK_ERROR_INVALID_DATA, "d: ");
  assert_refused("<html></html>", AK_ERROR_NOT_SUPPORTED, "no document");
  g_autoptr(GString) deep = g_string_new(XML);
  for (guint i = 0; i < 100; i++)
    g_string_append(deep, "<components>");
  assert_refused(deep->str, AK_ERROR_LIMIT, "64 levels");
  g_autoptr(json_t) circle = json_pack("{s:[{s:s, s:s, s:i}]}", "components", "type", "library", "name", "x",
                                       "parent", 0);
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_cyclonedx_write(circle, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
}

static void test_truncated_at_every_byte(void) {
  static const char *const texts[] = {
      RESULTS("1.2.1", FINDING(UUID("2"), "satisfied", UUID("4"))),
      XML "<components><component type=\"library\"><name>n</name></component></components></bom>"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    for (gsize size = 1; size < strlen(texts[i]); size++) {
      g_autoptr(GError) error = NULL;
      g_autofree char *copy = g_memdup2(texts[i], size); /* so that a read beyond the end is seen */
      g_autoptr(json_t) read = read_text(copy, size, &error);
      g_assert_null(read);
      g_assert_nonnull(error);
    }
}

/* --- bills of others ------------------------------------------------------------------------------------------- */

/* Counted beside us: components whose parents are "components" lists. */
static gsize count_components(const json_t *owner) {
  const json_t *components = json_object_get(owner, "components");
  gsize count = json_array_size(components);
  for (gsize i = 0; i < json_array_size(components); i++)
    count += count_components(json_array_get(components, i));
  return count;
}

static gsize read_bill(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &data, &size, NULL));
  g_autoptr(json_t) document = ak_foreign_parse(data, size, path, &error);
  g_assert_no_error(error);
  g_autoptr(json_t) bill = ak_cyclonedx_read(document, path, &error);
  g_assert_no_error(error);
  gsize count = json_array_size(json_object_get(bill, "components"));
  if (g_str_has_suffix(path, ".json")) {
    g_autoptr(json_t) plain = json_loadb(data, size, 0, NULL);
    g_assert_cmpuint(count, ==, count_components(plain));
  }
  g_autoptr(json_t) again = through(bill);
  static const char *const kept[] = {"components", "subject", "dependencies", "serial", "timestamp"};
  for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
    json_t *before = json_object_get(bill, kept[i]), *after = json_object_get(again, kept[i]);
    if (before == NULL ? after != NULL : !json_equal(before, after))
      g_error("%s: %s is another one after writing and reading", path, kept[i]);
  }
  return count;
}

static guint read_folder(const char *path) {
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  guint files = 0;
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *inner = g_build_filename(path, name, NULL);
    if (g_file_test(inner, G_FILE_TEST_IS_DIR)) {
      files += read_folder(inner);
    } else if (g_str_has_suffix(name, ".json") || g_str_has_suffix(name, ".xml")) {
      g_assert_cmpuint(read_bill(inner), >, 0);
      files++;
    }
  }
  return files;
}

static void test_real_bills(void) {
  const char *data = g_getenv("AKASHI_TEST_DATA");
  g_autofree char *archive = data ? g_build_filename(data, "data", "cdx-sboms.tar.xz", NULL) : NULL;
  if (archive == NULL || !g_file_test(archive, G_FILE_TEST_EXISTS)) {
    g_test_skip("AKASHI_TEST_DATA is not set, or has no cdx-sboms.tar.xz");
    return;
  }
  g_autofree char *folder = g_dir_make_tmp("akashi-bills-XXXXXX", NULL);
  const char *unpack[] = {"tar", "-xJf", archive, "-C", folder, NULL}, *clear[] = {"rm", "-rf", folder, NULL};
  int status = 1;
  g_assert_true(g_spawn_sync(NULL, (char **)unpack, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                             &status, NULL));
  g_assert_cmpint(status, ==, 0);
  guint files = read_folder(folder);
  g_spawn_sync(NULL, (char **)clear, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_assert_cmpuint(files, ==, 33); /* 16 JSON, 17 XML: counted in the archive's listing */
}

/* --- SPDX ---------------------------------------------------------------------------------------------------- */

#define SPDX(version, rest) "{\"spdxVersion\":\"" version "\",\"name\":\"n\"," rest "}"

static void test_spdx(void) {
  g_autoptr(json_t) read = read_good(SPDX(
      "SPDX-2.2",
      "\"documentDescribes\":[\"SPDXRef-f\"],\"packages\":[{\"SPDXID\":\"SPDXRef-f\",\"name\":\"fw\","
      "\"versionInfo\":\"3\"},{\"SPDXID\":\"SPDXRef-b\",\"name\":\"b\",\"licenseConcluded\":\"NOASSERTION\","
      "\"licenseDeclared\":\"MIT\",\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":"
      "\"pkg:generic/b@1\"}],\"checksums\":[{\"algorithm\":\"SHA256\",\"checksumValue\":\"ab\"}]}],"
      "\"relationships\":[{\"spdxElementId\":\"SPDXRef-b\",\"relationshipType\":\"CONTAINED_BY\","
      "\"relatedSpdxElement\":\"SPDXRef-f\"},{\"spdxElementId\":\"SPDXRef-f\",\"relationshipType\":"
      "\"CONTAINED_BY\",\"relatedSpdxElement\":\"SPDXRef-b\"}]"));
  assert_text(read, "format", "spdx");
  assert_text(read, "version", "3");
  const json_t *b = row_of(read, "components", 1);
  assert_text(b, "purl", "pkg:generic/b@1");
  assert_text(json_object_get(b, "hashes"), "SHA-256", "ab");
  assert_text(json_array_get(json_object_get(b, "licenses"), 0), "expression", "MIT");
  g_assert_cmpint(json_integer_value(json_object_get(b, "parent")), ==, 0);
  /* the circle is broken: a container stands before what it holds */
  g_assert_null(json_object_get(row_of(read, "components", 0), "parent"));
}

static void test_spdx_refused(void) {
  assert_refused(SPDX("SPDX-2.3", "\"packages\":[{\"name\":\"x\"}]"), AK_ERROR_INVALID_DATA,
                 "d: package 0");
  assert_refused(SPDX("SPDX-2.3", "\"packages\":[{\"SPDXID\":\"a\",\"name\":\"\"}]"),
                 AK_ERROR_INVALID_DATA, "is empty");
  assert_refused(SPDX("SPDX-2.3", "\"packages\":[{\"SPDXID\":\"a\",\"name\":\"x\"},"
                                  "{\"SPDXID\":\"a\",\"name\":\"y\"}]"),
                 AK_ERROR_INVALID_DATA, "twice");
  assert_refused(SPDX("SPDX-3.0", "\"packages\":[]"), AK_ERROR_NOT_SUPPORTED, "no document that is known");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/csv/written", test_csv_written);
  g_test_add_func("/exchange/csv/refused", test_csv_refused);
  g_test_add_func("/exchange/sarif/read", test_sarif);
  g_test_add_func("/exchange/sarif/refused", test_sarif_refused);
  g_test_add_func("/exchange/oscal-results/read", test_oscal_results);
  g_test_add_func("/exchange/oscal-results/refused", test_oscal_refused);
  g_test_add_func("/exchange/cyclonedx/read", test_cyclonedx);
  g_test_add_func("/exchange/cyclonedx/refused", test_cyclonedx_refused);
  g_test_add_func("/exchange/cyclonedx/real", test_real_bills);
  g_test_add_func("/exchange/truncated", test_truncated_at_every_byte);
  g_test_add_func("/foreign/spdx", test_spdx);
  g_test_add_func("/foreign/spdx-refused", test_spdx_refused);
  return g_test_run();
}
