#include "probe/service-script.h"

extern const AkTest ak_probe_login_test, ak_probe_ftp_test;

/* A server with one switch a fault. */
typedef struct {
  const char *greeting;
  const char *user, *password; /* NULL: none logs in; "*": any */
  bool anonymous;
  bool wants_tls;    /* and has none, so that no log-in is possible */
  const char *wrong; /* the answer to a wrong password */
  const char *lock;  /* the answer, or greeting with 421, once locked */
  guint lock_after;
  GMutex mutex;
  guint attempts, failed;
} Server;

static char *read_command(int fd) {
  g_autofree char *line = ak_script_read_until(fd, "\n");
  return g_str_has_suffix(line, "\r\n") ? g_strndup(line, strlen(line) - 2) : NULL;
}

static const char *check(Server *self, const char *user, const char *password) {
  if (strcmp(user, "anonymous") == 0)
    return self->anonymous ? "230 Welcome, guest\r\n" : "530 Sorry, no guests\r\n";
  g_mutex_lock(&self->mutex);
  self->attempts++;
  bool locked = self->lock_after > 0 && self->failed >= self->lock_after;
  bool right = !locked && self->password != NULL &&
               (strcmp(self->password, "*") == 0 ||
                (strcmp(user, self->user) == 0 && strcmp(password, self->password) == 0));
  self->failed += !right;
  g_mutex_unlock(&self->mutex);
  return locked  ? self->lock
         : right ? "230-Hello\r\n230 incorrect log-ins since: 3\r\n"
                 : self->wrong;
}

static void serve(gpointer data, guint connection, int fd) {
  Server *self = data;
  g_autofree char *user = NULL;
  ak_script_say(fd, self->greeting);
  for (guint i = 0; i < 10; i++) {
    g_autofree char *command = read_command(fd);
    if (command == NULL)
      return;
    if (g_str_has_prefix(command, "AUTH"))
      ak_script_say(fd, "502 Not here\r\n");
    else if (self->wants_tls)
      ak_script_say(fd, "530 Sessions must use encryption.\r\n");
    else if (g_str_has_prefix(command, "USER ")) {
      g_free(user);
      user = g_strdup(command + 5);
      ak_script_say(fd, "331 Password, please\r\n");
    } else if (g_str_has_prefix(command, "PASS ") && user != NULL)
      ak_script_say(fd, check(self, user, command + 5));
    else
      ak_script_say(fd, "500 What?\r\n");
  }
}

static Server sound(void) {
  return (Server){.greeting = "220 Ready\r\n",
                  .user = "admin",
                  .wrong = "530 Login incorrect.\r\n",
                  .lock = "530 Account is locked.\r\n"};
}

static json_t *params(guint attempts) {
  return json_pack("{s:i, s:{s:s, s:s}}", "attempts", attempts, "auth", "mechanism", "password",
                   "user", "admin");
}

static Run run_test(const AkTest *test, Server *server, json_t *asked) {
  g_mutex_init(&server->mutex);
  g_autoptr(AkScript) script = ak_script_new(serve, server);
  return run_on(test, script, "ftp", NULL, asked);
}

static void test_sound(void) {
  Server server = sound();
  server.password = "kX9vQ2mZ7";
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, params(4));
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.plain", "true");
  assert_value(&run, "login.banner", "absent");
  assert_value(&run, "login.lockout", "absent");
  assert_value(&run, "login.coverage", "banner default-credential lockout open plain");
  g_assert_cmpuint(server.attempts, ==, 15 + 4);
}

static void test_weak(void) {
  Server server = sound();
  server.greeting = "220-Hello\r\n220 tinyFTPd 1.02\r\n";
  server.password = "admin123";
  server.anonymous = true;
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, params(4));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "admin:*****");
  assert_value(&run, "login.banner", "Hello\\x0atinyFTPd 1.02");
  assert_hidden(&run, "admin123");
}

static void test_any_password_is_open(void) {
  Server server = sound();
  server.password = "*";
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, params(4));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "could-not-look");
}

static void test_locked(void) {
  Server server = sound();
  server.lock_after = 17;
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, params(20));
  assert_value(&run, "login.lockout", "true");
  assert_value(&run, "login.lockout.after", "2");
}

/* A server that wants TLS and cannot do it lets nobody log in: nothing is sent in the clear, and
 * nothing was tried. */
static void test_tls_wanted_and_not_there(void) {
  Server server = sound();
  server.wants_tls = true;
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, params(3));
  assert_value(&run, "login.plain", "absent");
  assert_value(&run, "login.open", "could-not-look");
  assert_value(&run, "login.default-credential", "cut");
  assert_value(&run, "login.lockout", "could-not-look");
  g_assert_cmpuint(server.attempts, ==, 0);
}

static void test_no_guessing(void) {
  Server server = sound();
  json_t *asked = params(3);
  json_object_set_new(asked, "credentials", json_false());
  g_auto(Run) run = run_test(&ak_probe_login_test, &server, asked);
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "could-not-look");
  g_assert_cmpuint(server.attempts, ==, 0);
}

static void test_probe(void) {
  Server weak = sound(), strict = sound();
  weak.greeting = "220 tinyFTPd 1.02\r\n";
  weak.anonymous = true;
  g_auto(Run) run = run_test(&ak_probe_ftp_test, &weak, json_object());
  assert_value(&run, "ftp.offered", "ftp");
  assert_value(&run, "ftp.banner", "tinyFTPd 1.02");
  assert_value(&run, "ftp.tls", "absent");
  assert_value(&run, "ftp.anonymous", "true");
  assert_value(&run, "ftp.coverage", "anonymous banner tls");
  g_auto(Run) other = run_test(&ak_probe_ftp_test, &strict, json_object());
  assert_value(&other, "ftp.anonymous", "absent");
  g_assert_cmpuint(strict.attempts, ==, 0);
}

static void serve_nonsense(gpointer data, guint connection, int fd) {
  ak_script_say(fd, "220-never\r\nends\r\n");
}

static void test_probe_on_nonsense(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_nonsense, NULL);
  g_auto(Run) run = run_on(&ak_probe_ftp_test, script, "ftp", NULL, json_object());
  assert_value(&run, "ftp.offered", "could-not-look");
  assert_value(&run, "ftp.coverage", "cut:");
  g_auto(Run) login = run_on(&ak_probe_login_test, script, "ftp", NULL, json_object());
  assert_value(&login, "login.open", "could-not-look");
  assert_value(&login, "login.coverage", "cut:");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/login-ftp/sound", test_sound);
  g_test_add_func("/login-ftp/weak", test_weak);
  g_test_add_func("/login-ftp/any-password", test_any_password_is_open);
  g_test_add_func("/login-ftp/locked", test_locked);
  g_test_add_func("/login-ftp/tls-wanted", test_tls_wanted_and_not_there);
  g_test_add_func("/login-ftp/forbidden", test_no_guessing);
  g_test_add_func("/login-ftp/probe", test_probe);
  g_test_add_func("/login-ftp/nonsense", test_probe_on_nonsense);
  return g_test_run();
}
