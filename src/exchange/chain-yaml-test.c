/* chain.yaml: the small example as it is, and with one fault each. */
#include <string.h>

#include "exchange/chain-yaml.h"

static char *example(void) {
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  g_autofree char *path = g_build_filename(root != NULL ? root : ".",
                                           "tests/fuzz/seeds/exchange/chain-yaml/small.yaml", NULL);
  g_autoptr(GError) error = NULL;
  char *text = NULL;
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  return text;
}

static void test_example(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *text = example();
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check(text, strlen(text), "small.yaml", problems, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(chain->name, ==, "A small line");
  g_assert_cmpuint(chain->elements->len, ==, 7);
  g_assert_cmpuint(chain->relations->len, ==, 8);
  g_assert_cmpuint(g_strv_length(chain->attackers), ==, 2);
  const AkElement *gateway = ak_chain_element_at(chain, 1), *arm = ak_chain_element_at(chain, 2);
  g_assert_cmpstr(gateway->id, ==, "gateway");
  g_assert_cmpint(gateway->kind, ==, AK_ELEMENT_COMPONENT);
  g_assert_cmpuint(gateway->owner, ==, 0);
  g_assert_cmpstr(ak_chain_criticalities[gateway->criticality], ==, "high");
  g_assert_cmpstr(gateway->functions[1], ==, "L2_3");
  g_assert_false(gateway->safety);
  g_assert_true(arm->safety);
  g_assert_cmpstr(arm->name, ==, "arm");
  const AkElementMeasure *verified = gateway->measures->pdata[0],
                         *planned = gateway->measures->pdata[1];
  g_assert_cmpstr(ak_chain_statuses[verified->status], ==, "implemented");
  g_assert_cmpstr(ak_chain_backings[verified->backing], ==, "verified");
  g_assert_cmpint(verified->until_utc_us, ==, 1801439999999999); /* 2027-01-31T23:59:59.999999Z */
  g_assert_cmpint(verified->cost_yen, ==, 300000);
  g_assert_cmpstr(ak_chain_backings[planned->backing], ==, "claimed");
  g_assert_cmpint(planned->until_utc_us, ==, G_MAXINT64);
  g_assert_cmpint(planned->cost_yen, ==, -1);
  const AkRelation *flow = &g_array_index(chain->relations, AkRelation, 4);
  g_assert_cmpstr(ak_chain_relation_names[flow->kind], ==, "flows");
  g_assert_cmpuint(flow->from, ==, 1);
  g_assert_cmpuint(flow->to, ==, 2);
  g_assert_cmpuint(flow->data, ==, 4);
  const AkImpact *somewhere = chain->impacts->pdata[1];
  g_assert_cmpuint(somewhere->element, ==, AK_CHAIN_NO_ELEMENT);
}

static void test_names_agree(void) {
  for (guint i = 0; ak_chain_relation_kinds[i].name != NULL; i++)
    g_assert_cmpstr(ak_chain_relation_kinds[i].name, ==, ak_chain_relation_names[i]);
}

/* `from` in the example becomes `to`: exactly this is said. */
static void test_faults(void) {
  static const struct {
    const char *from, *to, *message;
  } rows[] = {
      {"- {id: welding,", "- {id: shift, kind: people}\n  - {id: welding,",
       "c.yaml:20:10: id: \"shift\": is there already on line 19"},
      {"owner: works\n    criticality", "owner: nobody\n    criticality",
       "c.yaml:7:12: owner: \"nobody\": no element has this id"},
      {"{id: arm, kind: component, owner: works", "{id: arm, kind: component, owner: shift",
       "c.yaml:16:39: owner: \"shift\": an owner is an organization, and this is of kind people"},
      {"- {id: welding,", "- {id: \"a\\tb\", kind: people}\n  - {id: welding,",
       "c.yaml:20:10: id: \"\": an id holds no tab, line end or other control character"},
      {"owner: works}\nrelations:",
       "owner: works}\n  - {id: maker, kind: organization}\nrelations:\n"
       "  - {from: maker, kind: owns, to: [recipe]}",
       "c.yaml:23:36: to: \"recipe\": another organization owns it already: works"},
      {"to: [arm], protocol", "to: [gateway], protocol",
       "c.yaml:22:42: to: \"gateway\": nothing is related to itself (connects)"},
      {"to: [arm], protocol", "to: [leg], protocol",
       "c.yaml:22:42: to: \"leg\": no element has this id"},
      {"from: shift, kind: member-of", "from: arm, kind: member-of",
       "c.yaml:28:12: from: \"arm\": this end of the relation cannot be it (member-of component)"},
      {"kind: actuates, to: [welding]", "kind: actuates, to: [recipe]",
       "c.yaml:27:38: to: \"recipe\": this end of the relation cannot be it (actuates data)"},
      {"[arm], data: recipe", "[arm], data: arm", "c.yaml:26:51: data: \"arm\": this end"},
      {"- {from: arm, kind: part-of, to: [control]}",
       "- {from: control, kind: part-of, to: [arm]}\n  - {from: arm, kind: part-of, to: [control]}",
       "c.yaml:16:5: id: \"arm\": it is a part of itself"},
      {"element: gateway, reason", "element: gate, reason", "c.yaml:31:40: element: \"gate\""},
      {"kind: actuates", "kind: moves", "c.yaml:27:23: kind: \"moves\""},
      {"class: serious", "class: awful", "c.yaml:34:31: class: \"awful\""},
      {"until: 2027-03-31", "until: soon", "c.yaml:31:"},
      {"attackers: [internet, failure]", "attackers: [internet, moon]",
       "c.yaml:2:23: attackers: \"moon\""},
  };
  g_autofree char *text = example();
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) parts = g_strsplit(text, rows[i].from, 2);
    g_assert_nonnull(parts[1]);
    g_autofree char *changed = g_strconcat(parts[0], rows[i].to, parts[1], NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = ak_problems_new();
    g_autoptr(AkChain) chain = ak_chain_check(changed, strlen(changed), "c.yaml", problems, &error);
    g_assert_null(chain);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    if (!g_str_has_prefix(error->message, rows[i].message) || problems->len != 1)
      g_error("%s: %s", rows[i].to, error->message);
  }
}

static void test_cut_anywhere(void) {
  g_autofree char *text = example();
  for (gsize size = 0; size < strlen(text); size++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = ak_problems_new();
    g_autoptr(AkChain) chain = ak_chain_check(text, size, "c.yaml", problems, &error);
    g_assert_true((chain == NULL) == (error != NULL));
  }
}

/* 20,000 elements, each a part of the next: linear, and a ring of them is found. */
static void test_many(void) {
  g_autoptr(GString) text = g_string_new("chain: {name: long}\nelements:\n");
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf(text, "- {id: e%u, kind: system}\n", i);
  g_string_append(text, "relations:\n");
  for (guint i = 0; i + 1 < 20000; i++)
    g_string_append_printf(text, "- {from: e%u, kind: part-of, to: [e%u]}\n", i, i + 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check(text->str, text->len, "c", problems, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(chain->relations->len, ==, 19999);
  g_string_append(text, "- {from: e19999, kind: part-of, to: [e0]}\n");
  g_autoptr(AkChain) ring = ak_chain_check(text->str, text->len, "c", problems, &error);
  g_assert_null(ring);
  g_assert_cmpuint(problems->len, ==, 1);
}

static AkChain *read_text(const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  AkChain *chain = ak_chain_check(text, strlen(text), "c", problems, &error);
  g_assert_no_error(error);
  return chain;
}

/* Rows of the document are those of the file, whatever they name and wherever they stand. */
static void test_document(void) {
  static const char elements[] = "elements: [{id: a, kind: system}, {id: b, kind: system}, {id: d, kind: data}]\n";
  static const char relations[] = "relations:\n"
                                  "- {to: [b, b], kind: flows, from: a, data: d, protocol: opc-ua}\n"
                                  "- {from: b, kind: part-of, to: []}\n"
                                  "- {from: b, kind: part-of, to: [a]}\n";
  static const char wanted[] = "[{\"data\":\"d\",\"from\":\"a\",\"kind\":\"flows\",\"protocol\":\"opc-ua\",\"to\":[\"b\",\"b\"]},"
                               "{\"from\":\"b\",\"kind\":\"part-of\",\"to\":[]},"
                               "{\"from\":\"b\",\"kind\":\"part-of\",\"to\":[\"a\"]}]";
  for (guint order = 0; order < 2; order++) {
    g_autofree char *text = g_strconcat("chain: {name: n}\n", order ? relations : elements, order ? elements : relations, NULL);
    g_autoptr(AkChain) chain = read_text(text);
    g_autoptr(json_t) document = ak_chain_document(chain);
    g_autofree char *found = ak_json_canonical(json_object_get(document, "relations"), NULL, NULL);
    g_assert_cmpstr(found, ==, wanted);
    g_assert_cmpuint(chain->relations->len, ==, 3);
    g_assert_cmpuint(json_array_size(json_object_get(document, "elements")), ==, 3);
    g_assert_cmpuint(ak_chain_element_at(chain, 1)->line, ==, order ? 6 : 2);
  }
  g_autoptr(AkChain) without = read_text("chain: {name: n}\nelements: [{id: a, kind: system}]\n");
  g_autoptr(AkChain) none = read_text("chain: {name: n}\nelements: [{id: a, kind: system}]\nrelations: []\n");
  g_autoptr(json_t) first = ak_chain_document(without), second = ak_chain_document(none);
  g_assert_null(json_object_get(first, "relations"));
  g_assert_cmpint((int)json_array_size(json_object_get(second, "relations")), ==, 0);
  g_assert_nonnull(json_object_get(second, "relations"));
}

/* Above 200 problems the reading ends, and what comes behind is not looked at; below, an error of YAML is the only one. */
static void test_problems_end(void) {
  for (guint count = 100; count <= 300; count += 200) {
    g_autoptr(GString) text = g_string_new("chain: {name: n}\nrelations:\n");
    for (guint i = 0; i < count; i++)
      g_string_append(text, "- a\n");
    g_string_append(text, "elements: [&b a]\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = ak_problems_new();
    g_autoptr(AkChain) chain = ak_chain_check(text->str, text->len, "c", problems, &error);
    g_assert_null(chain);
    g_assert_cmpint(error->code, ==, (count > 200 ? AK_ERROR_INVALID_DATA : AK_ERROR_NOT_SUPPORTED));
    g_assert_cmpuint(problems->len, ==, count > 200 ? 200 : 0);
    g_assert_true(g_str_has_prefix(error->message, count > 200 ? "c:3:3: relations: \"a\"" : "c:103:15: anchors"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain-yaml/example", test_example);
  g_test_add_func("/chain-yaml/names-agree", test_names_agree);
  g_test_add_func("/chain-yaml/faults", test_faults);
  g_test_add_func("/chain-yaml/cut-anywhere", test_cut_anywhere);
  g_test_add_func("/chain-yaml/many", test_many);
  g_test_add_func("/chain-yaml/document", test_document);
  g_test_add_func("/chain-yaml/problems-end", test_problems_end);
  return g_test_run();
}
