/* Rules as sentences: hand-made ones word for word, and every rule of the program's catalogues
 * without an identifier left over. */
#include "verify/verdict/say.h"

#include <string.h>

static const char *const catalogues[] = {"en303645", "jc-star"};

static AkCatalog *catalog_of(const char *id) {
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_load(id, NULL, &error);
  g_assert_no_error(error);
  return catalog;
}

static void test_sentences(void) {
  static const struct {
    const char *expression, *en, *ja;
  } rows[] = {
      {"any(service.tcp, not @declared)",
       "on at least one TCP service: the product file does not declare it",
       "少なくとも一つのTCPサービスで、製品ファイルで宣言されていない"},
      {"all(service.tcp where tls.offered, tls.certificate.key-bits >= 2048)",
       "on every TCP service of which this holds (\"a TLS server answers\" holds): "
       "\"size of its key\" ≥ 2048",
       "すべてのTCPサービス（「TLSサーバが応答する」が成り立つ）で、「鍵の長さ」≥ 2048"},
      {"state(initialized) and (answer(pass) or ixit(1-AuthMech))",
       "every unit is in the state \"initialized\", and (the answer is \"pass\", or IXIT table "
       "1-AuthMech is complete)",
       "すべての個体が「初期設定済み」の状態である、かつ(回答が「合格」である、または"
       "IXITの表 1-AuthMech が揃っている)"},
      {"any(file, seen(secret.private-key))",
       "on at least one file of the firmware: \"kind of a private key that lies open\" was seen",
       "少なくとも一つのファームウェア内のファイルで、「暗号化されていない秘密鍵の種類」が観測され"
       "た"},
  };
  g_autoptr(AkCatalog) catalog = catalog_of("en303645");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkExpression) expression =
        ak_expression_parse(rows[i].expression, rows[i].expression, &error);
    g_assert_no_error(error);
    g_autofree char *en = ak_say(AK_LANG_EN, expression, catalog);
    g_autofree char *ja = ak_say(AK_LANG_JA, expression, catalog);
    g_assert_cmpstr(en, ==, rows[i].en);
    g_assert_cmpstr(ja, ==, rows[i].ja);
  }
}

/* No identifier of the rules' language, no missing text, no missing argument. */
static void assert_readable(const char *sentence, const char *rule) {
  static const char *const raw[] = {"service.tcp", "service.udp", "seen(", "absent(", "any(",
                                    "all(",        "$",           "@",     "say.",    "word.",
                                    "(null)",      " where ",     "%"};
  for (gsize i = 0; i < G_N_ELEMENTS(raw); i++)
    if (strstr(sentence, raw[i]) != NULL)
      g_error("\"%s\" is left in \"%s\", made of %s", raw[i], sentence, rule);
}

static void check_expression(const AkExpression *expression, const AkCatalog *catalog,
                             const char *rule) {
  for (gsize i = 0; i < AK_LANG_COUNT; i++) {
    g_autofree char *sentence = ak_say((AkLang)i, expression, catalog);
    assert_readable(sentence, rule);
  }
}

static void check_case(const AkTestCase *test_case, const AkCatalog *catalog) {
  const AkRule *rule = test_case->compiled;
  const GPtrArray *lists[] = {rule->fail, rule->refute};
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++)
    for (guint i = 0; i < lists[l]->len; i++)
      check_expression(((const AkRuleTrigger *)lists[l]->pdata[i])->when, catalog, rule->text);
  check_expression(rule->pass, catalog, rule->text);
}

static void test_every_rule_is_readable(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(catalogues); i++) {
    g_autoptr(AkCatalog) catalog = catalog_of(catalogues[i]);
    for (guint r = 0; r < catalog->requirements->len; r++) {
      const AkRequirement *row = catalog->requirements->pdata[r];
      for (guint c = 0; c < row->cases->len; c++)
        check_case(row->cases->pdata[c], catalog);
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/say/sentences", test_sentences);
  g_test_add_func("/say/catalogues", test_every_rule_is_readable);
  return g_test_run();
}
