/* A sound product for the tests of the program's own rules, and services of other protocols that a test adds to it. */
#pragma once

#include "verify/verdict/world.h"

#include <string.h>

#define ADDRESS "127.0.0.9"
#define HTTPS "tcp:127.0.0.9:443"
#define HTTP "tcp:127.0.0.9:80"

/* --- a sound product ------------------------------------------------------------------------- */

static void claim_everything(World *self) {
  const char *key = NULL;
  json_t *row = NULL;
  json_object_foreach(self->catalog->features, key, row) {
    world_claim(self, "feature", key, true, "It has.");
  }
  json_object_foreach(self->catalog->conditions, key, row) {
    world_claim(self, "condition", key, true, "It is so.");
  }
  json_object_foreach(self->catalog->ixit, key, row) {
    json_t *entry = json_pack("{s:s}", "id", "X-1");
    const json_t *fields = json_object_get(row, "fields");
    for (gsize i = 0; i < json_array_size(fields); i++)
      json_object_set_new(entry, json_string_value(json_array_get(fields, i)), json_true());
    json_object_set_new(self->product->ixit, key, json_pack("[o]", entry));
  }
  for (guint i = 0; i < self->catalog->requirements->len; i++) {
    const AkRequirement *requirement = self->catalog->requirements->pdata[i];
    world_ics(self, requirement->id, "Y", "It is met.");
    for (guint c = 0; c < requirement->cases->len; c++)
      world_answer(self, ((AkTestCase *)requirement->cases->pdata[c])->id, AK_VERDICT_PASS);
  }
}

static void identify(World *self, const char *locator, const char *protocol) {
  world_ended(self, "probe.identify", "service", locator, "done", 1);
  world_see(self, "probe.identify", "service", locator, "service.protocol",
            ak_value_text(protocol));
  world_see(self, "probe.identify", "service", locator, "service.coverage",
            world_set("protocol"));
}

static void see_service(World *self, const char *locator, bool tls) {
  world_see(self, "probe.discover", "service", locator, "net.port.open", ak_value_bool(true));
  identify(self, locator, tls ? "https" : "http");
  world_ended(self, "probe.tls", "service", locator, "done", 1);
  world_ended(self, "probe.http", "service", locator, "done", 1);
  world_see(self, "probe.http", "service", locator, "http.offered",
            ak_value_text(tls ? "https" : "http"));
  world_absent(self, "probe.http", "service", locator, "http.server");
  world_absent(self, "probe.http", "service", locator, "http.admin.open");
  world_absent(self, "probe.http", "service", locator, "http.plain-login");
  world_absent(self, "probe.http", "service", locator, "http.default-credential");
  world_see(self, "probe.http", "service", locator, "http.coverage",
            world_set("auth,banner,default-credential"));
  if (!tls)
    world_absent(self, "probe.tls", "service", locator, "tls.offered");
}

static void see_tls(World *self) {
  const char *t = "probe.tls", *k = "service";
  world_see(self, t, k, HTTPS, "tls.offered", ak_value_bool(true));
  world_see(self, t, k, HTTPS, "tls.versions", world_set("TLSv1.2,TLSv1.3"));
  world_see(self, t, k, HTTPS, "tls.ciphers",
            world_set("TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
  world_see(self, t, k, HTTPS, "tls.certificate.days-left", ak_value_int(300, "d"));
  world_see(self, t, k, HTTPS, "tls.certificate.key-type", ak_value_text("EC"));
  world_see(self, t, k, HTTPS, "tls.certificate.key-bits", ak_value_int(256, "bits"));
  world_see(self, t, k, HTTPS, "tls.certificate.signature", ak_value_text("SHA256"));
  world_absent(self, t, k, HTTPS, "tls.certificate.self-signed");
  world_see(self, t, k, HTTPS, "tls.coverage", world_set("certificate,ciphers,versions"));
}

static void see_network(World *self) {
  world_ended(self, "probe.discover", "address", ADDRESS, "done", 1);
  world_see(self, "probe.discover", "address", ADDRESS, "net.coverage", world_set("tcp4:1-65535"));
  world_absent(self, "probe.discover", "address", ADDRESS, "net.port.unknown");
  world_ended(self, "probe.discover-udp", "address", ADDRESS, "done", 1);
  world_see(self, "probe.discover-udp", "address", ADDRESS, "net.coverage",
            world_set("udp4:1-65535"));
  world_absent(self, "probe.discover-udp", "address", ADDRESS, "net.port.unknown");
  see_service(self, HTTPS, true);
  see_service(self, HTTP, false);
  see_tls(self);
  world_see(self, "probe.http", "service", HTTPS, "http.auth", ak_value_text("basic"));
  world_see(self, "probe.http", "service", HTTP, "http.auth", ak_value_text("none"));
  world_see(self, "probe.http", "service", HTTPS, "http.text", world_set("GW 1"));
  world_ended(self, "probe.lockout", "service", HTTPS, "done", 1);
  world_see(self, "probe.lockout", "service", HTTPS, "auth.lockout", ak_value_bool(true));
  world_see(self, "probe.lockout", "service", HTTPS, "auth.coverage", world_set("lockout"));
}

static void see_image(World *self) {
  world_ended(self, "firmware.unpack", "image", "fw", "done", 1);
  world_ended(self, "firmware.secret", "image", "fw", "done", 1);
  world_ended(self, "firmware.elf", "image", "fw", "done", 1);
  world_see(self, "firmware.unpack", "image", "fw", "firmware.coverage", world_set("bytes,files"));
  world_absent(self, "firmware.secret", "image", "fw", "secret.private-key");
  world_absent(self, "firmware.secret", "image", "fw", "secret.password-hash");
  world_absent(self, "firmware.secret", "image", "fw", "secret.api-key");
  world_absent(self, "firmware.secret", "image", "fw", "secret.wifi");
  world_absent(self, "firmware.secret", "image", "fw", "secret.credential");
  world_absent(self, "firmware.secret", "image", "fw", "secret.likely");
  world_see(self, "firmware.secret", "image", "fw", "secret.coverage", world_set("files"));
  world_see(self, "firmware.elf", "file", "fw!/bin/sh", "elf.file", ak_value_text("x86-64"));
  world_absent(self, "firmware.elf", "file", "fw!/bin/sh", "elf.missing");
  world_see(self, "firmware.elf", "image", "fw", "elf.coverage", world_set("executables"));
}

static World *sound(const char *catalog) {
  g_autoptr(GError) error = NULL;
  AkCatalog *loaded = ak_catalog_load(catalog, NULL, &error);
  g_assert_no_error(error);
  World *self = world_new(loaded);
  AkInterface *lan = world_interface(self, ADDRESS);
  AkService *https = world_service(lan, 443, "basic");
  const char *shows[] = {"GW 1", NULL};
  https->shows = g_strdupv((GStrv)shows);
  world_service(lan, 80, NULL);
  world_image(self, "fw");
  world_unit(self, "initialized");
  claim_everything(self);
  see_network(self);
  see_image(self);
  return self;
}

/* --- other protocols with a log-in ------------------------------------------------------------- */

#define SSH "tcp:127.0.0.9:22"
#define TELNET "tcp:127.0.0.9:23"
#define SNMP "udp:127.0.0.9:161"

typedef struct {
  const char *locator, *protocol, *mechanism;
  bool open, credential, plain, banner;
  char lockout;         /* 'y'es, 'n'o, '?': could not look */
  const char *coverage; /* of login.coverage */
} LoginFacts;

static void see_truth(World *w, const char *test, const char *locator, const char *property,
                      bool is_true) {
  if (is_true)
    world_see(w, test, "service", locator, property, ak_value_bool(true));
  else
    world_absent(w, test, "service", locator, property);
}

static void see_text(World *w, const char *test, const char *locator, const char *property,
                     const char *text) {
  if (text != NULL)
    world_see(w, test, "service", locator, property, ak_value_text(text));
  else
    world_absent(w, test, "service", locator, property);
}

#define ALL_LOGIN "banner,default-credential,lockout,open,plain"

static void see_login(World *w, const LoginFacts *facts) {
  bool udp = g_str_has_prefix(facts->locator, "udp:");
  const char *l = facts->locator, *test = udp ? "probe.snmp" : "probe.login";
  world_see(w, udp ? "probe.discover-udp" : "probe.discover", "service", l, "net.port.open",
            ak_value_bool(true));
  identify(w, l, facts->protocol);
  world_ended(w, test, "service", l, "done", 1);
  see_text(w, test, l, "login.mechanism", facts->mechanism);
  see_truth(w, test, l, "login.open", facts->open);
  see_truth(w, test, l, "login.plain", facts->plain);
  see_text(w, test, l, "login.default-credential", facts->credential ? "admin:*****" : NULL);
  see_text(w, test, l, "login.banner", facts->banner ? "x 1.2" : NULL);
  if (facts->lockout == '?')
    world_see_in(w, 1, test, "service", l, "login.lockout", AK_OUTCOME_COULD_NOT_LOOK,
                 ak_value_text("it asks for no password"));
  else
    see_truth(w, test, l, "login.lockout", facts->lockout == 'y');
  world_see(w, test, "service", l, "login.coverage", world_set(facts->coverage));
  if (udp)
    return;
  world_ended(w, "probe.tls", "service", l, "done", 1);
  world_absent(w, "probe.tls", "service", l, "tls.offered");
  world_ended(w, "probe.http", "service", l, "done", 1);
  world_absent(w, "probe.http", "service", l, "http.offered");
}

/* Every other port of this product is declared; these are too. */
static void declare(World *w, const char *transport, guint16 port) {
  AkService *service = world_service(w->product->interfaces->pdata[0], port, NULL);
  g_free(service->transport);
  service->transport = g_strdup(transport);
}

static void see_ssh(World *w, const char *mechanism, bool credential, char lockout) {
  bool measured = lockout != '?';
  LoginFacts facts = {SSH,   "ssh",   mechanism, false, credential,
                      false, false,   lockout,
                      measured ? ALL_LOGIN : "banner,default-credential,open,plain"};
  declare(w, "tcp", 22);
  see_login(w, &facts);
  world_ended(w, "probe.ssh", "service", SSH, "done", 1);
  world_see(w, "probe.ssh", "service", SSH, "ssh.versions", world_set("2"));
  world_see(w, "probe.ssh", "service", SSH, "ssh.kex", world_set("curve25519-sha256"));
  world_see(w, "probe.ssh", "service", SSH, "ssh.host-key", world_set("ssh-ed25519"));
  world_see(w, "probe.ssh", "service", SSH, "ssh.ciphers", world_set("aes256-gcm@openssh.com"));
  world_see(w, "probe.ssh", "service", SSH, "ssh.macs", world_set("hmac-sha2-256"));
  world_see(w, "probe.ssh", "service", SSH, "ssh.coverage", world_set("algorithms,auth-methods"));
}
