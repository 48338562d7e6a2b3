#include "exchange/range-yaml.h"

#include <string.h>

static const char plan[] =
    "range: {name: r}\nplan: {sponsor: s, payer: p, conflicts: none, why: w, seed: 3}\n";

static AkRange *check(const char *rest, char **said) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autofree char *text = g_strconcat(plan, rest, NULL);
  AkRange *range = ak_range_check(text, strlen(text), "r.yaml", NULL, problems, NULL);
  *said = ak_problems_format(problems, "r.yaml", AK_LANG_EN);
  return range;
}

static void test_whole(void) {
  g_autofree char *said = NULL;
  g_autoptr(AkRange) range =
      check("products:\n- id: a\n  adapter: proxy-waf\n  version: '1'\n  configuration: control\n"
            "  detected_by: either\n  start: {command: [p, '@PORT@'], values: [{name: N, value: v}]}\n"
            "  block: {status: [403, 406]}\n  log: {file: l, every: true}\n"
            "- id: b\n  adapter: proxy-waf\n  version: '2'\n  configuration: vendor-default\n"
            "  reach: {address: 127.0.0.1, port: 80}\n"
            "corpora:\n- id: c\n  cases:\n  - {id: x, attack: true, marker: m, request: \"GET / "
            "HTTP/1.1\\nHost: h\\n\"}\nlimits: {batch: 7}\n",
            &said);
  g_assert_cmpstr(said, ==, "");
  const AkRangeProduct *a = range->products->pdata[0], *b = range->products->pdata[1];
  const AkEffectCorpus *corpus = range->corpora->pdata[0];
  const AkEffectCase *one = corpus->cases->pdata[0];
  g_assert_cmpstr(a->command[1], ==, "@PORT@");
  g_assert_cmpuint(a->reading.block_status->len, ==, 2);
  g_assert_true(a->reading.log_every);
  g_assert_cmpuint(a->duty, ==, 2);
  g_assert_null(b->command);
  g_assert_cmpuint(b->port, ==, 80);
  g_assert_cmpuint(range->limits.batch, ==, 7);
  g_assert_cmpuint(range->limits.connections, ==, ak_range_default_limits.connections);
  g_assert_true(range->has_target);
  g_assert_cmpstr(one->base, ==, "x");
  g_assert_cmpint(json_integer_value(json_object_get(json_object_get(range->document, "plan"),
                                                     "dispute_days")),
                  ==, 14);
}

static void test_problems(void) {
  static const char rest[] =
      "products:\n" /* line 3 */
      "- {id: A/b, adapter: x, version: '1', configuration: mine, start: {command: []}}\n"
      "- {id: b, adapter: x, version: '1', configuration: control}\n"
      "- {id: b, adapter: x, version: '1', configuration: control,\n"
      "   start: {command: [p], files: [{from: f, to: ../f}]}}\n"
      "corpora:\n" /* line 8 */
      "- {id: c, kind: line, cases: [{id: x, attack: maybe, request: r}]}\n"
      "- {id: d}\n";
  static const char *const wanted[] = {
      "r.yaml:4:8: id: \"A/b\": becomes the name of a folder",
      "r.yaml:4:54: configuration: \"mine\": is not one of: vendor-default, vendor-tuned, tester-set, control",
      "command: is empty",
      "r.yaml:5:3: start: exactly one of these must stand here: start, reach",
      "r.yaml:6:8: id: \"b\": is there already on line 5",
      "to: \"../f\": is a name in the product's own folder",
      "r.yaml:9:47: attack: \"maybe\": is neither true nor false",
      "text: is missing in \"cases\"",
      "r.yaml:10:3: file: exactly one of these must stand here: file, cases",
  };
  g_autofree char *said = NULL;
  g_autoptr(AkRange) range = check(rest, &said);
  g_assert_null(range);
  for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
    if (strstr(said, wanted[i]) == NULL)
      g_error("\"%s\" is missing in:\n%s", wanted[i], said);
}

static void test_request(void) {
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"GET / HTTP/1.1\nHost: h\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"GET / HTTP/1.1\nHost: h", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"POST / HTTP/1.1\nHost: h\n\na=b\n",
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b"},
      {"POST / HTTP/1.1\ncontent-length: 2\n\na\nb\n",
       "POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\na\nb"},
      {"GET / HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) bytes = ak_range_request(rows[i].text);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_assert_cmpmem(data, size, rows[i].wanted, strlen(rows[i].wanted));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/range-yaml/whole", test_whole);
  g_test_add_func("/exchange/range-yaml/problems", test_problems);
  g_test_add_func("/exchange/range-yaml/request", test_request);
  return g_test_run();
}
