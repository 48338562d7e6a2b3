/* SSH servers that the test plays, by libssh (the probe's side is libssh2). */
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <unistd.h>

#include "probe/service-script.h"

extern const AkTest ak_probe_login_test, ak_probe_ssh_test;

typedef struct {
  int methods;          /* SSH_AUTH_METHOD_… */
  const char *password; /* of admin; NULL: none; "*": any */
  bool takes_none;
  guint dies_after; /* failed attempts: closes each connection at once */
  GMutex mutex;
  guint attempts, failed;
} Server;

static ssh_key host_key;

static int on_none(ssh_session session, const char *user, void *data) {
  Server *self = data;
  return self->takes_none ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_password(ssh_session session, const char *user, const char *password, void *data) {
  Server *self = data;
  g_mutex_lock(&self->mutex);
  bool right = self->password != NULL &&
               (strcmp(self->password, "*") == 0 ||
                (strcmp(user, "admin") == 0 && strcmp(password, self->password) == 0));
  self->attempts++;
  self->failed += !right;
  g_mutex_unlock(&self->mutex);
  return right ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static void talk(Server *self, ssh_session session) {
  struct ssh_server_callbacks_struct callbacks = {
      .userdata = self, .auth_none_function = on_none, .auth_password_function = on_password};
  ssh_callbacks_init(&callbacks);
  ssh_set_server_callbacks(session, &callbacks);
  ssh_set_auth_methods(session, self->methods);
  if (ssh_handle_key_exchange(session) != SSH_OK)
    return;
  ssh_event event = ssh_event_new();
  ssh_event_add_session(event, session);
  while (ssh_is_connected(session) && ssh_event_dopoll(event, 20000) == SSH_OK)
    continue;
  ssh_event_free(event);
}

static void serve(gpointer data, guint connection, int fd) {
  Server *self = data;
  g_mutex_lock(&self->mutex);
  bool dead = self->dies_after > 0 && self->failed >= self->dies_after;
  g_mutex_unlock(&self->mutex);
  if (dead)
    return;
  ssh_bind bind = ssh_bind_new();
  ssh_session session = ssh_new();
  ssh_key key = ssh_key_dup(host_key);
  bool process = false;
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &process);
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key); /* taken over */
  if (ssh_bind_accept_fd(bind, session, dup(fd)) == SSH_OK)
    talk(self, session);
  ssh_disconnect(session);
  ssh_free(session);
  ssh_bind_free(bind);
}

static json_t *declared(guint attempts) {
  return json_pack("{s:i, s:{s:s}}", "attempts", attempts, "auth", "user", "admin");
}

static Run run_server(const AkTest *test, Server *server, json_t *params) {
  g_mutex_init(&server->mutex);
  g_autoptr(AkScript) script = ak_script_new(serve, server);
  return run_on(test, script, "ssh", NULL, params);
}

static void test_sound(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY,
                   .password = "kX9vQ2mZ7"};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(3));
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.plain", "absent");
  assert_value(&run, "login.lockout", "absent");
  assert_value(&run, "login.coverage", "banner default-credential lockout open plain");
  g_assert_cmpuint(server.attempts, ==, 15 + 3);
}

static void test_weak(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD, .password = "admin123"};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(2));
  assert_value(&run, "login.default-credential", "admin:*****");
  assert_value(&run, "login.open", "absent");
  g_autofree char *banner = value_of(&run, "login.banner");
  g_assert_true(
      g_str_has_prefix(banner, "libssh_")); /* the server of this test tells its version */
  assert_hidden(&run, "admin123");
}

static void test_none_is_open(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_NONE, .takes_none = true};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(2));
  assert_value(&run, "login.mechanism", "none");
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.lockout", "could-not-look");
  g_assert_cmpuint(server.attempts, ==, 0);
}

static void test_keys_only(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PUBLICKEY};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(2));
  assert_value(&run, "login.mechanism", "keys-only");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
  g_assert_cmpuint(server.attempts, ==, 0);
}

static void test_any_password_is_open(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD, .password = "*"};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(2));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "could-not-look");
}

/* What blocks an address after failures closes connections without a word. */
static void test_block_is_unknown(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD, .dies_after = 16};
  g_auto(Run) run = run_server(&ak_probe_login_test, &server, declared(5));
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
}

/* --- the probe
 * ------------------------------------------------------------------------------------------- */

static void test_probe(void) {
  Server server = {.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY};
  g_auto(Run) run = run_server(&ak_probe_ssh_test, &server, json_object());
  assert_value(&run, "ssh.versions", "2");
  assert_value(&run, "ssh.host-key", "ssh-ed25519");
  assert_value(&run, "ssh.auth-methods", "password publickey");
  assert_value(&run, "ssh.coverage", "algorithms auth-methods");
  g_autofree char *kex = value_of(&run, "ssh.kex");
  g_assert_nonnull(strstr(kex, "curve25519-sha256"));
}

/* The lists of an old device, byte by byte; it ends the second conversation, in which keys would be
 * agreed on. */
static void serve_old(gpointer data, guint connection, int fd) {
  static const char *const lists[] = {"diffie-hellman-group1-sha1,ext-info-s",
                                      "ssh-dss",
                                      "3des-cbc,aes128-cbc",
                                      "arcfour",
                                      "hmac-md5",
                                      "hmac-sha1-96",
                                      "none",
                                      "none",
                                      "",
                                      ""};
  g_autoptr(GByteArray) packet = g_byte_array_new();
  static const guint8 begin[17] = {20};
  static const guint8 end[5 + 8];
  g_byte_array_append(packet, begin, sizeof begin);
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    guint8 size[4] = {0, 0, 0, (guint8)strlen(lists[i])};
    g_byte_array_append(packet, size, 4);
    g_byte_array_append(packet, (const guint8 *)lists[i], size[3]);
  }
  g_byte_array_append(packet, end,
                      sizeof end); /* the rest of the lists, then eight bytes of padding */
  guint8 head[5] = {0, 0, 0, (guint8)(packet->len + 1), 8};
  ak_script_say(fd, "SSH-1.99-Router_1.25 old\n");
  if (connection > 0)
    return;
  g_free(ak_script_read_until(fd, "\n"));
  ak_script_write(fd, head, sizeof head);
  ak_script_write(fd, packet->data, packet->len);
}

static void test_probe_on_an_old_device(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_old, NULL);
  g_auto(Run) run = run_on(&ak_probe_ssh_test, script, "ssh", NULL, json_object());
  assert_value(&run, "ssh.software", "Router_1.25 old");
  assert_value(&run, "ssh.versions", "1 2");
  assert_value(&run, "ssh.kex", "diffie-hellman-group1-sha1");
  assert_value(&run, "ssh.host-key", "ssh-dss");
  assert_value(&run, "ssh.ciphers", "3des-cbc aes128-cbc arcfour");
  assert_value(&run, "ssh.macs", "hmac-md5 hmac-sha1-96");
  assert_value(&run, "ssh.auth-methods", "could-not-look");
  assert_value(&run, "ssh.coverage", "algorithms");
}

static void serve_version_1(gpointer data, guint connection, int fd) {
  ak_script_say(fd, "SSH-1.5-1.2.27\n");
}

static void test_probe_on_version_1(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_version_1, NULL);
  g_auto(Run) run = run_on(&ak_probe_ssh_test, script, "ssh", NULL, json_object());
  assert_value(&run, "ssh.versions", "1");
  assert_value(&run, "ssh.kex", "could-not-look");
  assert_value(&run, "ssh.coverage", "cut:");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ssh_init();
  g_assert_cmpint(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &host_key), ==, SSH_OK);
  g_test_add_func("/login-ssh/sound", test_sound);
  g_test_add_func("/login-ssh/weak", test_weak);
  g_test_add_func("/login-ssh/none", test_none_is_open);
  g_test_add_func("/login-ssh/keys-only", test_keys_only);
  g_test_add_func("/login-ssh/any-password", test_any_password_is_open);
  g_test_add_func("/login-ssh/block", test_block_is_unknown);
  g_test_add_func("/ssh-probe/sound", test_probe);
  g_test_add_func("/ssh-probe/old", test_probe_on_an_old_device);
  g_test_add_func("/ssh-probe/version-1", test_probe_on_version_1);
  int result = g_test_run();
  ssh_key_free(host_key);
  ssh_finalize();
  return result;
}
