#include "firmware/analysis/secret-rule.h"

#include <gio/gio.h>
#include <string.h>

#include "firmware/unpack/test-image.h"

static AkSecretRules *rules_of_the_program(void) {
  g_autoptr(GError) error = NULL;
  AkSecretRules *rules = ak_secret_rules_new(&error);
  g_assert_no_error(error);
  return rules;
}

static GPtrArray *find(AkSecretRules *rules, const char *path, const char *text) {
  return ak_secret_rules_find(rules, path, (const guint8 *)text, strlen(text));
}

/* Each rule finds its sample, and that alone; nothing of it is shown. The counterexample is none.
 */
static void test_the_data(void) {
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  for (guint i = 0; i < ak_secret_rules_length(rules); i++) {
    const AkSecretRule *rule = ak_secret_rules_get(rules, i);
    g_autoptr(GPtrArray) found = find(rules, rule->sample_path, rule->sample);
    g_autoptr(GPtrArray) none = find(rules, rule->sample_path, rule->counter);
    const AkSecretHit *hit = found->len > 0 ? found->pdata[0] : NULL;
    if (found->len != 1 || hit->rule != rule)
      g_error("%s: its sample: %u found%s%s", rule->id, found->len, hit != NULL ? ", " : "",
              hit != NULL ? hit->rule->id : "");
    if (none->len > 0)
      g_error("%s: its counterexample is found", rule->id);
    g_autofree char *secret = g_strndup(rule->sample + hit->offset, hit->length);
    g_assert_cmpuint(hit->length, >, 4);
    g_assert_null(strstr(hit->masked, secret));
    if (i > 0)
      g_assert_cmpstr(ak_secret_rules_get(rules, i - 1)->id, <, rule->id);
  }
  g_assert_cmpuint(ak_secret_rules_length(rules), >=, 50);
}

static void expect(AkSecretRules *rules, const char *path, const char *text, const char *wanted) {
  g_autoptr(GPtrArray) found = find(rules, path, text);
  g_autoptr(GString) got = g_string_new(NULL);
  for (guint i = 0; i < found->len; i++) {
    const AkSecretHit *hit = found->pdata[i];
    g_string_append_printf(got, "%s%s=%.*s", i > 0 ? "|" : "", hit->rule->id, (int)hit->length,
                           text + hit->offset);
  }
  if (strcmp(got->str, wanted) != 0)
    g_error("%s: %s, not %s", path, got->str, wanted);
}

/* The patterns that were compiled with the program are those of its rules, and of no others. */
static void test_packed(void) {
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/signatures/secrets.json",
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *other =
      g_strdup_printf("%.*s\n", (int)g_bytes_get_size(bytes), (const char *)g_bytes_get_data(bytes, NULL));
  g_autoptr(AkSecretRules) fresh = ak_secret_rules_read(other, strlen(other), NULL);
  g_assert_true(ak_secret_rules_are_packed(rules));
  g_assert_false(ak_secret_rules_are_packed(fresh));
  for (guint i = 0; i < ak_secret_rules_length(rules); i++) {
    const AkSecretRule *rule = ak_secret_rules_get(rules, i);
    g_autoptr(GPtrArray) one = find(rules, rule->sample_path, rule->sample);
    g_autoptr(GPtrArray) two = find(fresh, rule->sample_path, rule->sample);
    g_assert_cmpuint(one->len, ==, two->len);
    const AkSecretHit *left = one->pdata[0], *right = two->pdata[0];
    g_assert_cmpstr(left->rule->id, ==, right->rule->id);
    g_assert_cmpuint(left->offset, ==, right->offset);
    g_assert_cmpuint(left->length, ==, right->length);
  }
}

/* The secret is what is found, without quotes and names. */
static void test_values(void) {
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  expect(rules, "/etc/wpa_supplicant.conf", "network={\n psk=\"pass phrase 1\"\n}\n",
         "wpa-supplicant-psk=pass phrase 1");
  expect(rules, "/etc/ppp/chap-secrets", "# c s p ip\nme@isp * \"hunter22\" *\n",
         "ppp-secret=hunter22");
  expect(rules, "/etc/x.sh", "curl -u bot:s3cretpw https://h\n", "curl-user=s3cretpw");
  expect(rules, "/etc/x", "u=mqtt://dev:s3cretpw@broker:1883\n", "url-credentials=s3cretpw");
  expect(rules, "/etc/config/network", "\toption password 'p w'\n", "uci-password=w");
}

/* What stands for a value, stands in a manual or in a program's texts is none. */
static void test_none(void) {
  static const struct {
    const char *path, *text;
  } none[] = {
      {"/etc/hostapd.conf", "wpa_passphrase=$PASSPHRASE\n"},
      {"/etc/hostapd.conf", "# wpa_passphrase=longenough1\n"},
      {"/usr/share/doc/hostapd/hostapd.conf", "wpa_passphrase=longenough1\n"},
      {"/etc/x", "url=https://user:${PASSWORD}@host/\n"},
      {"/etc/x", "url=https://host:8080/a@b\n"},
      {"/etc/x.conf", "ssh_key = /etc/ssh/ssh_host_ed25519_key_of_device\n"},
      {"/etc/x.conf", "public_key_token = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
      {"/etc/x", "AKIAIOSFODNN7EXAMPLE\n"},
      {"/etc/x", "xAKIAJ2ABCDEFGHIJKLMNx\n"},
  };
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  for (gsize i = 0; i < G_N_ELEMENTS(none); i++)
    expect(rules, none[i].path, none[i].text, "");
}

/* Around the ends of the pieces that are scanned: found once, wherever it stands. */
static void test_pieces(void) {
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  static const char secret[] = "AKIAJ2ABCDEFGHIJKLMN";
  for (gsize at = (1u << 20) - 4200; at < (1u << 20) + 100; at += 7) {
    g_autofree guint8 *data = g_malloc0(2u << 20);
    memcpy(data + at, secret, sizeof secret - 1);
    g_autoptr(GPtrArray) found = ak_secret_rules_find(rules, "/bin/x", data, 2u << 20);
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpuint(((AkSecretHit *)found->pdata[0])->offset, ==, at);
  }
}

static void test_bad_data(void) {
  static const char *const bad[] = {
      "{}",
      "{\"rules\": []}",
      "{\"rules\": [{\"id\": \"x\"}]}",
      "{\"rules\": "
      "[{\"id\":\"x\",\"kind\":\"what\",\"title\":\"\",\"pattern\":\"a\",\"value\":\"whole\","
      "\"sample_path\":\"\",\"sample\":\"\",\"counter\":\"\",\"confidence\":\"\",\"source\":\"\"}]"
      "}",
      "{\"rules\": "
      "[{\"id\":\"x\",\"kind\":\"wifi\",\"title\":\"\",\"pattern\":\"(\",\"value\":\"whole\","
      "\"sample_path\":\"\",\"sample\":\"\",\"counter\":\"\",\"confidence\":\"\",\"source\":\"\"}]"
      "}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_secret_rules_read(bad[i], strlen(bad[i]), &error));
    g_assert_nonnull(error);
  }
}

/* Truncated anywhere, whatever is found lies within. Many matches end the look and not the program.
 */
static void test_hostile(void) {
  g_autoptr(AkSecretRules) rules = rules_of_the_program();
  const char *text = "wpa_passphrase=correcthorse9\nurl=ftp://a:bcdefg@h\n";
  for (gsize cut = 0; cut < strlen(text); cut++) {
    g_autofree guint8 *copy = g_memdup2(text, cut);
    g_autoptr(GPtrArray) found = ak_secret_rules_find(rules, "/x", copy, cut);
    for (guint i = 0; i < found->len; i++)
      g_assert_cmpuint(((AkSecretHit *)found->pdata[i])->offset, <=, cut);
  }
  g_autoptr(GString) many = g_string_new(NULL);
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf(many, "wpa_passphrase=correcthorse%u\n", i);
  g_autoptr(GPtrArray) found = find(rules, "/x", many->str);
  g_assert_cmpuint(found->len, ==, 200);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/secret-rule/packed", test_packed);
  g_test_add_func("/secret-rule/data", test_the_data);
  g_test_add_func("/secret-rule/values", test_values);
  g_test_add_func("/secret-rule/none", test_none);
  g_test_add_func("/secret-rule/pieces", test_pieces);
  g_test_add_func("/secret-rule/bad-data", test_bad_data);
  g_test_add_func("/secret-rule/hostile", test_hostile);
  return g_test_run();
}
