#include "firmware/analysis/yara-rules.h"
#include "firmware/unpack/test-image.h"

static const char rules[] =
    "import \"elf\"\n"
    "rule old_key { meta: severity = \"high\" description = \"key of 2019\"\n"
    "  strings: $a = \"AKASHI-OLD\" $b = { DE AD BE EF } condition: any of them }\n"
    "rule big { meta: severity = 3 condition: filesize > 1000 }\n"
    "private rule hidden { condition: true }\n"
    "rule executable { condition: elf.type == elf.ET_EXEC }\n";

static AkSinkCollector *look(AkFirmwareTree *tree, const char *source) {
  g_autoptr(json_t) params = json_pack("{s:s}", "yara", source);
  return image_look_with(tree, "firmware.yara", params);
}

static void test_matches(void) {
  static const char key[] = "abc AKASHI-OLD \xde\xad\xbe\xef AKASHI-OLD";
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autofree guint8 *large = g_malloc0(2000);
  image_tree_bytes(tree, "/etc/key", 0644, key, sizeof key);
  image_tree_bytes(tree, "/etc/large", 0644, large, 2000);
  image_tree_text(tree, "/etc/other", "nothing");
  g_autoptr(AkSinkCollector) seen = look(tree, rules);
  image_expect(seen, "image!/etc/key", "yara.match",
               "old_key (high) $a at 0x4, 3 places: key of 2019");
  image_expect(seen, "image!/etc/large", "yara.match", "big (3)");
  image_expect(seen, "image!/etc/other", "yara.match", "none");
  image_expect(seen, "image", "yara.match", "none");
  image_expect(seen, "image", "yara.coverage", "files");
  const AkObservation *count = ak_sink_collector_find(seen, "yara.rules", "image");
  g_assert_true(g_str_has_prefix(count->value.text, "3 rules, SHA-256 "));
  const AkObservation *found = ak_sink_collector_find(seen, "yara.match", "image!/etc/key");
  const AkEvidenceRef *cited = &g_array_index(found->evidence, AkEvidenceRef, 0);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&cited->digest, hex);
  GBytes *blob = g_hash_table_lookup(seen->blobs, hex);
  g_assert_nonnull(memmem(g_bytes_get_data(blob, NULL), g_bytes_get_size(blob),
                          "\"bytes\":\"414b415348492d4f4c44\"", 30));
}

static void test_nothing_found(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/other", "nothing");
  g_autoptr(AkSinkCollector) seen = look(tree, rules);
  image_expect(seen, "image", "yara.match", "absent");
  image_expect(seen, "image", "yara.coverage", "files");
}

/* What is no set of rules, or reaches outside of the image, is refused with the reason. */
static void test_refused(void) {
  static const struct {
    const char *source, *reason;
  } rows[] = {
      {"rule a {\n condition: nothing }", "line 2: undefined identifier \"nothing\""},
      {"include \"/etc/passwd\"\nrule a { condition: true }", "line 1: "},
      {"import \"magic\"\nrule a { condition: magic.type() contains \"x\" }", "magic"},
      {"import \"cuckoo\"\nrule a { condition: cuckoo.sync.mutex(/a/) }", "cuckoo"},
      {"rule a { strings: $a = /(/ condition: $a }", "line 1: "},
      {"rule a { strings: $a = \"x\" condition: true }", "line 1: "},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_yara_rules_new(rows[i].source, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
    if (strstr(error->message, rows[i].reason) == NULL)
      g_error("%s: %s", rows[i].source, error->message);
  }
}

/* Faults are told by the file's name as editors take them. */
static void test_place(void) {
  g_autofree char *line = ak_yara_rules_place("own.yar", "line 3: syntax error");
  g_autofree char *whole = ak_yara_rules_place("own.yar", "module \"magic\" is not there");
  g_assert_cmpstr(line, ==, "own.yar:3: syntax error");
  g_assert_cmpstr(whole, ==, "own.yar: module \"magic\" is not there");
}

/* A string at a million places is counted to a bound, and said to be cut. */
static void test_too_many_places(void) {
  gsize size = 3000000;
  g_autofree guint8 *data = g_malloc(size);
  memset(data, 'a', size);
  g_autoptr(GError) error = NULL;
  g_autoptr(AkYaraRules) few =
      ak_yara_rules_new("rule a { strings: $a = \"aa\" condition: #a > 5 }", &error);
  g_assert_no_error(error);
  const char *cut = NULL;
  g_autoptr(GPtrArray) matches = ak_yara_rules_find(few, data, size, 60, &cut);
  g_assert_nonnull(cut);
  g_assert_cmpuint(matches->len, <=, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/yara/matches", test_matches);
  g_test_add_func("/yara/nothing", test_nothing_found);
  g_test_add_func("/yara/refused", test_refused);
  g_test_add_func("/yara/too-many", test_too_many_places);
  g_test_add_func("/yara/place", test_place);
  return g_test_run();
}
