/* The program's own rules: a sound product, and one change at a time. Expectations are written by
 * hand from the provisions. */
#include "verify/verdict/rules-world.h"

/* --- sound ----------------------------------------------------------------------------------- */

static void test_sound_en303645(void) {
  g_autoptr(World) w = sound("en303645");
  world_judge(w);
  for (guint i = 0; i < w->catalog->requirements->len; i++) {
    const char *id = ((AkRequirement *)w->catalog->requirements->pdata[i])->id;
    const json_t *row = world_requirement(w, id);
    if (!g_str_equal(world_verdict(row), "pass"))
      g_error("%s: %s", id, json_dumps(row, JSON_INDENT(1)));
  }
  bool fail = true, open = true;
  ak_verdict_outcome(w->result, &fail, &open);
  g_assert_false(fail || open);
  g_assert_cmpuint(json_array_size(json_object_get(w->result, "findings")), ==, 0);
}

static void test_sound_jc_star(void) {
  g_autoptr(World) w = sound("jc-star");
  world_judge(w);
  for (guint i = 0; i < w->catalog->requirements->len; i++) {
    const json_t *row =
        world_requirement(w, ((AkRequirement *)w->catalog->requirements->pdata[i])->id);
    if (!g_str_equal(world_verdict(row), "pass"))
      g_error("%s", json_dumps(row, JSON_INDENT(1)));
  }
  bool fail = true, open = true;
  ak_verdict_outcome(w->result, &fail, &open);
  g_assert_false(fail || open);
}

/* --- one change at a time --------------------------------------------------------------------- */

static void weak_credential(World *w) {
  world_see(w, "probe.http", "service", HTTPS, "http.default-credential",
            ak_value_text("admin:*****"));
}
static void weak_version(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.versions", world_set("TLSv1.0,TLSv1.2"));
}
static void weak_cipher(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.ciphers",
            world_set("TLS_AES_128_GCM_SHA256,TLS_RSA_WITH_3DES_EDE_CBC_SHA"));
}
static void middling_cipher(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.ciphers",
            world_set("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
}
static void short_key(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.certificate.key-type", ak_value_text("RSA"));
  world_see(w, "probe.tls", "service", HTTPS, "tls.certificate.key-bits",
            ak_value_int(1024, "bits"));
}
static void expired(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.certificate.days-left", ak_value_int(-1, "d"));
}
static void self_signed(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.certificate.self-signed", ak_value_bool(true));
}
static void old_signature(World *w) {
  world_see(w, "probe.tls", "service", HTTPS, "tls.certificate.signature", ak_value_text("SHA1"));
}
static void self_signed_old(World *w) {
  self_signed(w);
  old_signature(w);
}
static void plain_login(World *w) {
  world_see(w, "probe.http", "service", HTTP, "http.plain-login", ak_value_bool(true));
}
static void admin_open(World *w) {
  world_see(w, "probe.http", "service", HTTPS, "http.admin.open", ak_value_bool(true));
}
static void no_lockout(World *w) {
  world_absent(w, "probe.lockout", "service", HTTPS, "auth.lockout");
}
static void banner(World *w) {
  world_see(w, "probe.http", "service", HTTPS, "http.server", ak_value_text("x/1.2"));
}
static void undeclared(World *w) {
  see_service(w, "tcp:127.0.0.9:2323", false);
  world_absent(w, "probe.http", "service", "tcp:127.0.0.9:2323", "http.offered");
}
static void unused(World *w) {
  ((AkInterface *)w->product->interfaces->pdata[0])->used = false;
}
static void key_in_image(World *w) {
  world_forget(w, "fw", "secret.private-key", 1);
  world_see(w, "firmware.secret", "file", "fw!/etc/key.pem", "secret.private-key",
            ak_value_text("RSA 2048 PEM"));
}
static void hash_in_image(World *w) {
  world_forget(w, "fw", "secret.password-hash", 1);
  world_see(w, "firmware.secret", "file", "fw!/etc/shadow", "secret.password-hash",
            ak_value_text("root: $6$ (SHA-512)"));
}
static void see_secret(World *w, const char *property, const char *file, const char *text) {
  world_forget(w, "fw", property, 1);
  world_see(w, "firmware.secret", "file", file, property, ak_value_text(text));
}
static void api_key_in_image(World *w) {
  see_secret(w, "secret.api-key", "fw!/etc/cloud.conf", "AWS access key: AKIA*****");
}
static void wifi_key_in_image(World *w) {
  see_secret(w, "secret.wifi", "fw!/etc/hostapd.conf", "Wi-Fi passphrase of an access point: *****");
}
static void credential_in_image(World *w) {
  see_secret(w, "secret.credential", "fw!/root/.netrc", "password in .netrc: *****");
}
/* It may be one: a person has to look. */
static void likely_secret(World *w) {
  see_secret(w, "secret.likely", "fw!/etc/x.conf", "value named as a key or secret: *****");
}
/* A key with which a library tests itself is no secret of the device. */
static void test_key_in_library(World *w) {
  world_see(w, "firmware.secret", "file", "fw!/lib/libgnutls.so.30", "secret.test-key",
            ak_value_text("RSA 2048 PEM, GnuTLS self-test"));
}
/* A public certificate, whatever is said against it, is no secret. */
static void old_certificate_in_image(World *w) {
  world_see(w, "firmware.secret", "file", "fw!/etc/ca.pem", "secret.certificate-note",
            world_set("ab…: expired 2019-01-01"));
}
static void risky_path(World *w) {
  world_see(w, "firmware.elf", "file", "fw!/bin/sh", "elf.risky-path",
            world_set("RUNPATH /tmp: everybody may write there"));
}
static void model_hidden(World *w) {
  world_absent(w, "probe.http", "service", HTTPS, "http.text");
}
static void unhardened(World *w) {
  world_see(w, "firmware.elf", "file", "fw!/bin/sh", "elf.missing", world_set("nx,pie"));
}
/* An old TLS on a service without a log-in carries nothing that these provisions guard. */
static void weak_version_without_login(World *w) {
  world_see(w, "probe.tls", "service", HTTP, "tls.offered", ak_value_bool(true));
  world_see(w, "probe.tls", "service", HTTP, "tls.versions", world_set("TLSv1.0"));
  world_see(w, "probe.tls", "service", HTTP, "tls.coverage",
            world_set("certificate,ciphers,versions"));
}
static void factory(World *w) {
  AkUnit *unit = w->product->units->pdata[0];
  g_free(unit->state);
  unit->state = g_strdup("factory-default");
}
static void factory_credential(World *w) {
  factory(w);
  weak_credential(w);
}
static void no_port_coverage(World *w) {
  world_see(w, "probe.discover", "address", ADDRESS, "net.coverage", world_set("tcp4:1-1024"));
}
static void holes_in_ports(World *w) {
  world_see(w, "probe.discover", "address", ADDRESS, "net.port.unknown", world_set("tcp4:5-6"));
}
static void udp_searched(World *w) {} /* as the sound product was */
static void udp_unsearched(World *w) {
  world_forget(w, ADDRESS, "net.coverage", 1);
  world_see(w, "probe.discover", "address", ADDRESS, "net.coverage", world_set("tcp4:1-65535"));
  for (guint i = 0; i < w->input.executions->len; i++)
    if (g_str_equal(((AkExecution *)w->input.executions->pdata[i])->test_id,
                    "probe.discover-udp"))
      g_ptr_array_remove_index(w->input.executions, i--);
}
/* One silent port: open or filtered, nobody knows. */
static void udp_silent(World *w) {
  world_ended(w, "probe.discover-udp", "address", ADDRESS, "done", 1);
  world_see_in(w, 1, "probe.discover-udp", "address", ADDRESS, "net.coverage", AK_OUTCOME_CUT,
               world_set("udp4:1-160,udp4:162-65535"));
  world_see(w, "probe.discover-udp", "address", ADDRESS, "net.port.unknown",
            world_set("udp4:161"));
}
static void udp_undeclared(World *w) {
  udp_searched(w);
  world_see(w, "probe.discover-udp", "service", "udp:" ADDRESS ":161", "net.port.open",
            ak_value_bool(true));
}
static void no_tls_coverage(World *w) {
  world_see_in(w, 1, "probe.tls", "service", HTTPS, "tls.coverage", AK_OUTCOME_CUT,
               world_set("versions"));
}
static void no_http_coverage(World *w) {
  world_forget(w, HTTPS, "http.coverage", 1);
}
static void no_lockout_coverage(World *w) {
  world_see(w, "probe.lockout", "service", HTTPS, "auth.coverage", ak_value_set(NULL));
}
static void cut_image(World *w) {
  world_see_in(w, 1, "firmware.unpack", "image", "fw", "firmware.coverage", AK_OUTCOME_CUT,
               world_set("files"));
}
static void failed_secret_test(World *w) {
  for (guint i = 0; i < w->input.executions->len; i++) {
    AkExecution *run = w->input.executions->pdata[i];
    if (!g_str_equal(run->test_id, "firmware.secret"))
      continue;
    g_free(run->end);
    run->end = g_strdup("failed");
  }
}
static void second_address_unscanned(World *w) {
  world_interface(w, "::1");
}
static void no_image(World *w) {
  g_ptr_array_set_size(w->product->images, 0);
}

static void no_answers(World *w) {
  g_ptr_array_set_size(w->product->answers, 0);
}

#define POLICY "evidence/report.md" /* what every answer of this product cites */

static void see_document(World *w, const char *path, bool contact, bool time) {
  const char *t = "document.policy", *k = "document";
  world_ended(w, t, k, path, "done", 1);
  world_see(w, t, k, path, "document.format", ak_value_text("text"));
  if (contact)
    world_see(w, t, k, path, "document.contact", world_set("mail"));
  else
    world_absent(w, t, k, path, "document.contact");
  if (time)
    world_see(w, t, k, path, "document.time", world_set("14 days"));
  else
    world_absent(w, t, k, path, "document.time");
  world_absent(w, t, k, path, "document.date");
  world_see(w, t, k, path, "document.coverage", world_set("text"));
}

static void good_policy(World *w) {
  see_document(w, POLICY, true, true);
}
static void policy_without_contact(World *w) {
  see_document(w, POLICY, false, true);
}
static void policy_without_time(World *w) {
  see_document(w, POLICY, true, false);
}
static void unread_policy(World *w) {
  world_ended(w, "document.policy", "document", POLICY, "done", 1);
  world_absent(w, "document.policy", "document", POLICY, "document.format");
  world_see(w, "document.policy", "document", POLICY, "document.coverage", world_set(""));
}
/* Of another case's evidence nothing follows for this one. */
static void other_document_without_contact(World *w) {
  good_policy(w);
  see_document(w, "evidence/other.md", false, false);
}
static void broken_off_policy(World *w) {
  world_ended(w, "document.policy", "document", POLICY, "cut", 1);
}

/* --- other protocols with a log-in ------------------------------------------------------------- */

static void ssh_sound(World *w) {
  see_ssh(w, "password", false, 'y');
}
static void ssh_keys_only(World *w) {
  see_ssh(w, "keys-only", false, '?');
}
static void ssh_credential(World *w) {
  see_ssh(w, "password", true, 'y');
}
static void ssh_no_lockout(World *w) {
  see_ssh(w, "password", false, 'n');
}
static void ssh_lockout_unknown(World *w) {
  see_ssh(w, "password", false, '?');
}
static void ssh_weak_kex(World *w) {
  ssh_sound(w);
  world_see(w, "probe.ssh", "service", SSH, "ssh.kex",
            world_set("curve25519-sha256,diffie-hellman-group1-sha1"));
}
static void ssh_algorithms_unseen(World *w) {
  ssh_sound(w);
  world_forget(w, SSH, "ssh.coverage", 1);
}
static void ssh_not_guessed(World *w) {
  ssh_sound(w);
  world_see_in(w, 1, "probe.login", "service", SSH, "login.default-credential",
               AK_OUTCOME_COULD_NOT_LOOK, ak_value_text("attempts are not allowed"));
  world_see(w, "probe.login", "service", SSH, "login.coverage", world_set("banner,open,plain"));
}
static void telnet_open(World *w) {
  LoginFacts facts = {TELNET, "telnet", "none", true, false, true, false, '?',
                      "banner,default-credential,open,plain"};
  declare(w, "tcp", 23);
  see_login(w, &facts);
}
static void telnet_password(World *w) {
  LoginFacts facts = {TELNET, "telnet", "password", false, false, true, true, 'y', ALL_LOGIN};
  declare(w, "tcp", 23);
  see_login(w, &facts);
}
static void snmp_public(World *w) {
  LoginFacts facts = {SNMP, "snmp", "community", false, true, true, false, 'n', ALL_LOGIN};
  declare(w, "udp", 161);
  see_login(w, &facts);
}
/* A service that speaks what no log-in test speaks, and one that nobody could name. */
static void smtp(World *w) {
  declare(w, "tcp", 25);
  see_service(w, "tcp:127.0.0.9:25", false);
  world_absent(w, "probe.http", "service", "tcp:127.0.0.9:25", "http.offered");
  identify(w, "tcp:127.0.0.9:25", "smtp");
}
static void unnamed(World *w) {
  smtp(w);
  world_forget(w, "tcp:127.0.0.9:25", "service.protocol", 1);
  world_forget(w, "tcp:127.0.0.9:25", "service.coverage", 1);
  world_see_in(w, 1, "probe.identify", "service", "tcp:127.0.0.9:25", "service.protocol",
               AK_OUTCOME_COULD_NOT_LOOK, ak_value_text("silence"));
}
/* An image that starts a shell; one of which that is not known; one that starts none. */
static void shell_at_boot(World *w) {
  world_ended(w, "firmware.service", "image", "fw", "done", 1);
  world_see(w, "firmware.service", "image", "fw", "service-at-boot.open-shell",
            world_set("fw!/etc/inittab!sh"));
}
static void shell_at_boot_unknown(World *w) {
  world_ended(w, "firmware.service", "image", "fw", "done", 1);
  world_see_in(w, 1, "firmware.service", "image", "fw", "service-at-boot.open-shell",
               AK_OUTCOME_CUT, ak_value_text("its settings were not understood"));
}
static void no_shell_at_boot(World *w) {
  world_ended(w, "firmware.service", "image", "fw", "done", 1);
  world_absent(w, "firmware.service", "image", "fw", "service-at-boot.open-shell");
}

static void nothing_run(World *w) {
  g_ptr_array_set_size(w->input.observations, 0);
  g_array_set_size(w->input.repeats, 0);
  g_ptr_array_set_size(w->input.executions, 0);
}

typedef struct {
  const char *catalog;
  void (*change)(World *w);
  const char *test_case, *verdict, *missing;
} Row;

static const Row rows[] = {
    /* 5.1-1 */
    {"en303645", weak_credential, "5.1-1-2", "fail", NULL},
    {"en303645", factory_credential, "5.1-1-2", "inconclusive", "state"},
    {"en303645", no_http_coverage, "5.1-1-2", "inconclusive", "property"},
    {"en303645", no_port_coverage, "5.1-1-2", "inconclusive", "coverage"},
    {"en303645", second_address_unscanned, "5.1-1-2", "inconclusive", "property"},
    {"en303645", no_answers, "5.1-1-2", "inconclusive", "answer"},
    /* 5.1-3 */
    {"en303645", weak_version, "5.1-3-2", "fail", NULL},
    {"en303645", weak_cipher, "5.1-3-2", "fail", NULL},
    {"en303645", middling_cipher, "5.1-3-2", "inconclusive", "not-shown"},
    {"en303645", short_key, "5.1-3-2", "fail", NULL},
    {"en303645", plain_login, "5.1-3-2", "fail", NULL},
    {"en303645", expired, "5.1-3-2", "pass", NULL},
    {"en303645", weak_version_without_login, "5.1-3-2", "pass", NULL},
    {"en303645", no_tls_coverage, "5.1-3-2", "inconclusive", "cut"},
    /* 5.1-5 */
    {"en303645", no_lockout, "5.1-5-2", "fail", NULL},
    {"en303645", no_lockout_coverage, "5.1-5-2", "inconclusive", "coverage"},
    {"en303645", factory, "5.1-5-2", "inconclusive", "state"},
    {"en303645", no_answers, "5.1-5-2", "pass", NULL},
    /* every protocol */
    {"en303645", ssh_sound, "5.1-1-2", "pass", NULL},
    {"en303645", ssh_sound, "5.1-2-2", "pass", NULL},
    {"en303645", ssh_sound, "5.1-3-2", "pass", NULL},
    {"en303645", ssh_sound, "5.1-5-2", "pass", NULL},
    {"en303645", ssh_sound, "5.5-1-2", "pass", NULL},
    {"en303645", ssh_sound, "5.5-4-2", "pass", NULL},
    {"en303645", ssh_sound, "5.5-5-2", "pass", NULL},
    {"en303645", ssh_sound, "5.5-6-2", "pass", NULL},
    {"en303645", ssh_sound, "5.5-7-2", "pass", NULL},
    {"en303645", ssh_sound, "5.6-1-2", "pass", NULL},
    {"en303645", ssh_sound, "5.6-2-2", "pass", NULL},
    {"en303645", ssh_sound, "5.6-4A-2", "pass", NULL},
    {"en303645", ssh_keys_only, "5.1-1-2", "pass", NULL},
    {"en303645", ssh_keys_only, "5.1-3-2", "pass", NULL},
    {"en303645", ssh_keys_only, "5.1-5-2", "pass", NULL},
    {"en303645", ssh_keys_only, "5.5-1-2", "pass", NULL},
    {"en303645", ssh_credential, "5.1-1-2", "fail", NULL},
    {"en303645", ssh_credential, "5.1-2-2", "fail", NULL},
    {"en303645", ssh_credential, "5.1-5-2", "pass", NULL},
    {"en303645", ssh_no_lockout, "5.1-5-2", "fail", NULL},
    {"en303645", ssh_lockout_unknown, "5.1-5-2", "inconclusive", NULL},
    {"en303645", ssh_weak_kex, "5.1-3-2", "fail", NULL},
    {"en303645", ssh_weak_kex, "5.5-1-2", "fail", NULL},
    {"en303645", ssh_algorithms_unseen, "5.1-3-2", "inconclusive", NULL},
    {"en303645", ssh_algorithms_unseen, "5.5-1-2", "inconclusive", NULL},
    {"en303645", ssh_not_guessed, "5.1-1-2", "inconclusive", NULL},
    {"en303645", telnet_open, "5.5-1-2", "fail", NULL},
    {"en303645", telnet_open, "5.5-4-2", "fail", NULL},
    {"en303645", telnet_open, "5.5-5-2", "fail", NULL},
    {"en303645", telnet_open, "5.6-4A-2", "fail", NULL},
    {"en303645", telnet_open, "5.1-1-2", "pass", NULL},
    {"en303645", telnet_open, "5.1-3-2", "pass", NULL},
    {"en303645", telnet_open, "5.1-5-2", "pass", NULL},
    {"en303645", telnet_open, "5.5-6-2", "pass", NULL},
    {"en303645", telnet_password, "5.1-3-2", "fail", NULL},
    {"en303645", telnet_password, "5.5-1-2", "fail", NULL},
    {"en303645", telnet_password, "5.5-6-2", "fail", NULL},
    {"en303645", telnet_password, "5.5-7-2", "fail", NULL},
    {"en303645", telnet_password, "5.6-2-2", "fail", NULL},
    {"en303645", telnet_password, "5.1-1-2", "pass", NULL},
    {"en303645", telnet_password, "5.1-5-2", "pass", NULL},
    {"en303645", telnet_password, "5.5-4-2", "pass", NULL},
    {"en303645", telnet_password, "5.6-4A-2", "pass", NULL},
    {"en303645", snmp_public, "5.1-1-2", "fail", NULL},
    {"en303645", snmp_public, "5.1-3-2", "fail", NULL},
    {"en303645", snmp_public, "5.1-5-2", "fail", NULL},
    {"en303645", snmp_public, "5.5-1-2", "fail", NULL},
    {"en303645", snmp_public, "5.5-6-2", "fail", NULL},
    {"en303645", snmp_public, "5.5-4-2", "pass", NULL},
    {"en303645", snmp_public, "5.6-4A-2", "pass", NULL},
    {"en303645", smtp, "5.1-1-2", "inconclusive", NULL},
    {"en303645", smtp, "5.1-3-2", "inconclusive", NULL},
    {"en303645", smtp, "5.5-4-2", "inconclusive", NULL},
    {"en303645", smtp, "5.5-5-2", "inconclusive", NULL},
    {"en303645", smtp, "5.6-2-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.1-1-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.1-3-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.1-5-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.5-1-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.5-4-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.5-5-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.5-6-2", "inconclusive", NULL},
    {"en303645", unnamed, "5.6-2-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.1-1-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.1-3-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.1-5-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.5-5-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.6-1-2", "inconclusive", NULL},
    {"en303645", udp_unsearched, "5.6-2-2", "inconclusive", NULL},
    {"en303645", shell_at_boot, "5.6-4A-2", "fail", NULL},
    {"en303645", shell_at_boot_unknown, "5.6-4A-2", "inconclusive", NULL},
    {"en303645", no_shell_at_boot, "5.6-4A-2", "pass", NULL},
    {"en303645", key_in_image, "5.4-4-1", "fail", NULL},
    {"jc-star", ssh_sound, "S1.1-01-d", "pass", NULL},
    {"jc-star", ssh_sound, "S1.1-02-d", "pass", NULL},
    {"jc-star", ssh_sound, "S1.1-04-v", "pass", NULL},
    {"jc-star", ssh_sound, "S1.1-12-d", "pass", NULL},
    {"jc-star", ssh_sound, "S1.1-13-v", "pass", NULL},
    {"jc-star", ssh_credential, "S1.1-02-d", "fail", NULL},
    {"jc-star", ssh_no_lockout, "S1.1-04-v", "fail", NULL},
    {"jc-star", unnamed, "S1.1-04-v", "inconclusive", NULL},
    {"jc-star", telnet_open, "S1.1-01-d", "fail", NULL},
    {"jc-star", telnet_password, "S1.1-12-d", "fail", NULL},
    {"jc-star", ssh_weak_kex, "S1.1-12-d", "fail", NULL},
    {"jc-star", udp_unsearched, "S1.1-04-v", "inconclusive", NULL},
    {"jc-star", udp_unsearched, "S1.1-13-v", "inconclusive", NULL},
    {"jc-star", udp_undeclared, "S1.1-13-v", "fail", NULL},
    /* 5.2-1, 5.3-13 */
    {"en303645", good_policy, "5.2-1-2", "pass", NULL},
    {"en303645", policy_without_contact, "5.2-1-2", "fail", NULL},
    {"en303645", policy_without_time, "5.2-1-2", "fail", NULL},
    {"en303645", unread_policy, "5.2-1-2", "pass", NULL},
    {"en303645", other_document_without_contact, "5.2-1-2", "pass", NULL},
    {"en303645", broken_off_policy, "5.2-1-2", "inconclusive", "execution"},
    {"en303645", good_policy, "5.3-13-2", "pass", NULL},
    {"en303645", policy_without_time, "5.3-13-2", "fail", NULL},
    {"jc-star", policy_without_contact, "S1.1-05-d", "fail", NULL},
    {"jc-star", good_policy, "S1.1-05-d", "pass", NULL},
    {"jc-star", policy_without_time, "S1.1-16-d", "fail", NULL},
    /* 5.3-16 */
    {"en303645", model_hidden, "5.3-16-2", "fail", NULL},
    {"en303645", no_answers, "5.3-16-2", "pass", NULL},
    /* 5.4 */
    {"en303645", key_in_image, "5.4-1-2", "fail", NULL},
    {"en303645", key_in_image, "5.4-3-2", "fail", NULL},
    {"en303645", hash_in_image, "5.4-1-2", "inconclusive", NULL}, /* no password in the clear */
    {"en303645", hash_in_image, "5.4-3-2", "fail", NULL},
    {"en303645", api_key_in_image, "5.4-1-2", "fail", NULL},
    {"en303645", api_key_in_image, "5.4-3-2", "fail", NULL},
    {"en303645", wifi_key_in_image, "5.4-1-2", "fail", NULL},
    {"en303645", wifi_key_in_image, "5.4-3-2", "fail", NULL},
    {"en303645", credential_in_image, "5.4-1-2", "fail", NULL},
    {"en303645", credential_in_image, "5.4-3-2", "fail", NULL},
    {"en303645", likely_secret, "5.4-1-2", "inconclusive", NULL},
    {"en303645", likely_secret, "5.4-3-2", "inconclusive", NULL},
    {"en303645", test_key_in_library, "5.4-3-2", "pass", NULL},
    {"en303645", old_certificate_in_image, "5.4-3-2", "pass", NULL},
    {"en303645", risky_path, "5.4-3-2", "pass", NULL},
    {"en303645", cut_image, "5.4-1-2", "inconclusive", "cut"},
    {"en303645", cut_image, "5.4-3-2", "inconclusive", "cut"},
    {"en303645", failed_secret_test, "5.4-3-2", "inconclusive", "execution"},
    {"en303645", no_image, "5.4-3-2", "inconclusive", "empty"},
    /* 5.5-1 */
    {"en303645", weak_version, "5.5-1-2", "fail", NULL},
    {"en303645", weak_cipher, "5.5-1-2", "fail", NULL},
    {"en303645", short_key, "5.5-1-2", "fail", NULL},
    {"en303645", expired, "5.5-1-2", "fail", NULL},
    {"en303645", self_signed, "5.5-1-2", "pass", NULL},
    {"en303645", old_signature, "5.5-1-2", "fail", NULL},
    {"en303645", self_signed_old, "5.5-1-2", "pass", NULL},
    {"en303645", plain_login, "5.5-1-2", "fail", NULL},
    {"en303645", no_tls_coverage, "5.5-1-2", "inconclusive", "cut"},
    {"en303645", weak_version_without_login, "5.5-1-2", "inconclusive", NULL},
    /* 5.5-4 … 5.5-7 */
    {"en303645", admin_open, "5.5-4-2", "fail", NULL},
    {"en303645", admin_open, "5.5-5-2", "fail", NULL},
    {"en303645", no_http_coverage, "5.5-5-2", "inconclusive", "property"},
    {"en303645", plain_login, "5.5-6-2", "fail", NULL},
    {"en303645", plain_login, "5.5-7-2", "fail", NULL},
    /* 5.6 */
    {"en303645", undeclared, "5.6-1-2", "fail", NULL},
    {"en303645", unused, "5.6-1-2", "fail", NULL},
    {"en303645", udp_searched, "5.6-1-2", "pass", NULL},
    {"en303645", udp_silent, "5.6-1-2", "inconclusive", "cut"},
    {"en303645", udp_undeclared, "5.6-1-2", "fail", NULL},
    {"jc-star", udp_silent, "S1.1-13-v", "inconclusive", "cut"}, /* of TCP alone */
    {"en303645", holes_in_ports, "5.6-1-2", "inconclusive", "coverage"},
    {"en303645", undeclared, "5.6-5-1", "fail", NULL},
    {"en303645", banner, "5.6-2-2", "fail", NULL},
    {"en303645", no_http_coverage, "5.6-2-2", "inconclusive", "property"},
    {"en303645", unhardened, "5.6-6-1", "pass", NULL},
    {"en303645", unhardened, "5.6-9-1", "pass", NULL},
    {"en303645", nothing_run, "5.1-5-2", "inconclusive", "property"},
    /* JC-STAR: documents decide, observations refute */
    {"jc-star", admin_open, "S1.1-01-d", "fail", NULL},
    {"jc-star", weak_credential, "S1.1-02-d", "fail", NULL},
    {"jc-star", no_lockout, "S1.1-04-v", "fail", NULL},
    {"jc-star", no_lockout_coverage, "S1.1-04-v", "inconclusive", "coverage"},
    {"jc-star", model_hidden, "S1.1-10-d", "fail", NULL},
    {"jc-star", key_in_image, "S1.1-11-d", "fail", NULL},
    {"jc-star", hash_in_image, "S1.1-11-d", "fail", NULL},
    {"jc-star", api_key_in_image, "S1.1-11-d", "fail", NULL},
    {"jc-star", wifi_key_in_image, "S1.1-11-d", "fail", NULL},
    {"jc-star", credential_in_image, "S1.1-11-d", "fail", NULL},
    {"jc-star", likely_secret, "S1.1-11-d", "pass", NULL}, /* the document decides */
    {"jc-star", cut_image, "S1.1-11-d", "inconclusive", "cut"},
    {"jc-star", no_image, "S1.1-11-d", "pass", NULL},
    {"jc-star", weak_version, "S1.1-12-d", "fail", NULL},
    {"jc-star", short_key, "S1.1-12-d", "fail", NULL},
    {"jc-star", expired, "S1.1-12-d", "fail", NULL},
    {"jc-star", plain_login, "S1.1-12-d", "fail", NULL},
    {"jc-star", undeclared, "S1.1-13-d", "fail", NULL},
    {"jc-star", undeclared, "S1.1-13-v", "fail", NULL},
    {"jc-star", no_port_coverage, "S1.1-13-v", "inconclusive", "coverage"},
    {"jc-star", no_answers, "S1.1-13-v", "pass", NULL},
    {"jc-star", no_answers, "S1.1-13-d", "inconclusive", "answer"},
    {"jc-star", no_answers, "S1.1-11-d", "inconclusive", "answer"},
    {"jc-star", nothing_run, "S1.1-12-d", "pass", NULL},
    {"jc-star", nothing_run, "S1.1-13-v", "inconclusive", "property"},
};

static void test_row(gconstpointer data) {
  const Row *row = data;
  g_autoptr(World) w = sound(row->catalog);
  row->change(w);
  world_judge(w);
  const json_t *result = world_case(w, row->test_case);
  if (!g_str_equal(world_verdict(result), row->verdict) ||
      (row->missing != NULL && !world_misses(result, row->missing)))
    g_error("wanted %s (%s): %s", row->verdict, row->missing ? row->missing : "",
            json_dumps(result, JSON_INDENT(1)));
}

/* Nothing run and nothing answered: what tests decide was not run, the rest is open. */
static void test_not_run(void) {
  g_autoptr(World) w = sound("en303645");
  nothing_run(w);
  no_answers(w);
  world_judge(w);
  g_assert_cmpstr(world_verdict(world_case(w, "5.1-5-2")), ==, "not-run");
  g_assert_cmpstr(world_verdict(world_case(w, "5.1-1-1")), ==, "inconclusive");
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.1-5")), ==, "inconclusive");
}

/* A denied log-in that was seen: the claim is a finding, and neither N/A nor pass comes of it. */
static void test_denied_login(void) {
  g_autoptr(World) w = sound("en303645");
  world_claim(w, "feature", "e", false, "There is no log-in.");
  world_judge(w);
  const json_t *row = world_requirement(w, "5.1-5");
  g_assert_cmpstr(world_verdict(row), ==, "inconclusive");
  g_assert_true(world_misses(row, "claim-contradicted"));
  const json_t *finding = world_finding(w, "contradicted-claim");
  g_assert_cmpstr(ak_json_string_or(finding, "detail", ""), ==, "feature e");
  g_assert_cmpuint(json_array_size(json_object_get(finding, "observations")), >, 0);
}

/* Why the look at an image was cut is told in the reader's language; the detail for machines stays as it is. */
static void test_cut_in_both_languages(void) {
  g_autoptr(World) w = sound("en303645");
  world_see_in(w, 1, "firmware.unpack", "image", "fw", "firmware.coverage", AK_OUTCOME_CUT,
               ak_value_coverage(NULL, "the image was not read in full: fw: fat: damaged boot sector"));
  world_judge(w);
  const json_t *row = world_requirement(w, "5.4-1"), *missing = json_object_get(row, "missing");
  const json_t *cut = NULL;
  for (gsize i = 0; i < json_array_size(missing); i++)
    if (strstr(ak_json_string_or(json_array_get(missing, i), "detail", ""), "boot sector") != NULL)
      cut = json_array_get(missing, i);
  g_assert_nonnull(strstr(ak_json_string_or(cut, "detail", ""), "fw: fat: damaged boot sector"));
  g_assert_nonnull(strstr(ak_json_string_or(cut, "en", ""), "fw: fat: damaged boot sector"));
  g_assert_nonnull(strstr(ak_json_string_or(cut, "ja", ""), "fw: fat: ブートセクターが壊れています"));
  g_assert_null(strstr(ak_json_string_or(cut, "ja", ""), "damaged"));
}

static void test_denied_truly(void) {
  g_autoptr(World) w = sound("en303645");
  world_claim(w, "feature", "v", false, "No sensor.");
  world_ics(w, "5.8-3", "N/A", "No sensor.");
  world_judge(w);
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.8-3")), ==, "not-applicable");
  world_claim(w, "feature", "v", false, " ");
  world_judge(w);
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.8-3")), ==, "inconclusive");
  g_assert_true(world_misses(world_requirement(w, "5.8-3"), "claim-reason"));
  world_claim(w, "feature", "v", false, "No sensor.");
  world_ics(w, "5.8-3", "Y", "");
  world_judge(w);
  g_assert_true(world_misses(world_requirement(w, "5.8-3"), "claims-disagree"));
}

static void test_unjustified_recommendation(void) {
  g_autoptr(World) w = sound("en303645");
  world_ics(w, "5.1-2A", "N", "");
  world_judge(w);
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.0-1")), ==, "fail");
  g_assert_nonnull(world_finding(w, "unjustified-recommendation"));
  world_ics(w, "5.1-2A", "N", "Machines have no certificates yet.");
  world_judge(w);
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.0-1")), ==, "pass");
  g_assert_cmpstr(world_verdict(world_requirement(w, "5.1-2A")), ==, "fail");
  bool fail = true, open = false;
  ak_verdict_outcome(w->result, &fail, &open);
  g_assert_false(fail);
}

static void test_findings_name_their_property(void) {
  static const struct {
    void (*change)(World *w);
    const char *finding, *property, *locator;
  } expected[] = {
      {weak_version, "weak-tls-version", "tls.versions", HTTPS},
      {weak_cipher, "weak-tls-cipher", "tls.ciphers", HTTPS},
      {short_key, "weak-certificate-key", "tls.certificate.key-bits", HTTPS},
      {expired, "expired-certificate", "tls.certificate.days-left", HTTPS},
      {weak_credential, "default-credential", "http.default-credential", HTTPS},
      {no_lockout, "no-lockout", "auth.lockout", HTTPS},
      {admin_open, "admin-open", "http.admin.open", HTTPS},
      {plain_login, "plain-login", "http.plain-login", HTTP},
      {banner, "version-banner", "http.server", HTTPS},
      {undeclared, "undeclared-service", "net.port.open", "tcp:127.0.0.9:2323"},
      {model_hidden, "model-not-shown", "http.text", HTTPS},
      {key_in_image, "private-key-in-image", "secret.private-key", "fw!/etc/key.pem"},
      {policy_without_contact, "policy-without-contact", "document.contact", POLICY},
      {policy_without_time, "policy-without-time", "document.time", POLICY},
      {policy_without_time, "support-period-missing", "document.time", POLICY},
      {hash_in_image, "password-hash-in-image", "secret.password-hash", "fw!/etc/shadow"},
      {api_key_in_image, "api-key-in-image", "secret.api-key", "fw!/etc/cloud.conf"},
      {wifi_key_in_image, "wifi-key-in-image", "secret.wifi", "fw!/etc/hostapd.conf"},
      {credential_in_image, "credential-in-image", "secret.credential", "fw!/root/.netrc"},
      {likely_secret, "likely-secret-in-image", "secret.likely", "fw!/etc/x.conf"},
      {risky_path, "risky-library-path", "elf.risky-path", "fw!/bin/sh"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_autoptr(World) w = sound("en303645");
    expected[i].change(w);
    world_judge(w);
    const json_t *finding = world_finding(w, expected[i].finding);
    const json_t *subject = json_object_get(finding, "subject");
    g_assert_cmpstr(ak_json_string_or(finding, "property", ""), ==, expected[i].property);
    g_assert_cmpstr(ak_json_string_or(subject, "locator", ""), ==, expected[i].locator);
    g_assert_cmpuint(json_array_size(json_object_get(finding, "observations")), >, 0);
    /* every text is there in both languages */
    static const char *const parts[] = {"title", "reproduce", "condition", "impact", "treatment"};
    for (gsize p = 0; p < G_N_ELEMENTS(parts); p++) {
      const json_t *texts = json_object_get(finding, parts[p]);
      g_assert_false(g_str_has_prefix(ak_json_string_or(texts, "en", "finding."), "finding."));
      g_assert_false(g_str_has_prefix(ak_json_string_or(texts, "ja", "finding."), "finding."));
    }
  }
}

static void test_hardening_is_a_note(void) {
  g_autoptr(World) w = sound("en303645");
  unhardened(w);
  world_judge(w);
  const json_t *finding = world_finding(w, "elf-unhardened");
  g_assert_cmpstr(ak_json_string_or(finding, "property", ""), ==, "elf.missing");
  g_assert_cmpstr(ak_json_string_or(finding, "kind", ""), ==, "note");
  g_assert_cmpint(
      json_integer_value(json_object_get(json_object_get(w->result, "summary"), "fail")), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rules/sound/en303645", test_sound_en303645);
  g_test_add_func("/rules/sound/jc-star", test_sound_jc_star);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strdup_printf("/rules/%s/%02u", rows[i].test_case, (guint)i);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  g_test_add_func("/rules/not-run", test_not_run);
  g_test_add_func("/rules/denied-login", test_denied_login);
  g_test_add_func("/rules/cut-in-both-languages", test_cut_in_both_languages);
  g_test_add_func("/rules/denied-truly", test_denied_truly);
  g_test_add_func("/rules/unjustified", test_unjustified_recommendation);
  g_test_add_func("/rules/findings", test_findings_name_their_property);
  g_test_add_func("/rules/hardening", test_hardening_is_a_note);
  return g_test_run();
}
