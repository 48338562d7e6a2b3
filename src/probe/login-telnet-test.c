#include "probe/service-script.h"
#include "probe/telnet-dialog.h"

extern const AkTest ak_probe_login_test, ak_probe_telnet_test;

/* A device with one switch a fault. */
typedef struct {
  const char *greeting;                          /* before the first question */
  const char *user_question, *password_question; /* NULL: it does not ask */
  const char *user, *password;                   /* NULL: none logs in; "*": any */
  const char *motd;                              /* before the shell's prompt */
  const char *prompt;
  const char *wrong; /* what a wrong password is answered with */
  bool closes_on_wrong;
  guint lock_after; /* failed attempts */
  guint dies_after; /* failed attempts: then it closes each connection at once */
  guint slow_after; /* failed attempts: then a wrong password takes 1.3 s */
  bool needs_enter; /* asks only after an empty line */
  GMutex lock;
  guint attempts, failed;
} Device;

/* A line without the answers to options before it, which have three bytes each. */
static char *read_line(int fd) {
  g_autofree char *line = ak_script_read_until(fd, "\n");
  const char *at = line;
  while ((guint8)*at == 255 && strlen(at) > 3)
    at += 3;
  return g_str_has_suffix(line, "\n") ? g_strchomp(g_strdup(at)) : NULL;
}

static void shell(Device *self, int fd) {
  ak_script_say(fd, self->motd != NULL ? self->motd : "");
  for (guint i = 0; i < 20; i++) {
    ak_script_say(fd, self->prompt);
    g_autofree char *line = read_line(fd);
    if (line == NULL)
      return;
    ak_script_say(fd, "\r\n");
  }
}

static bool is_right(const Device *self, const char *user, const char *password) {
  if (g_strcmp0(self->password, "*") == 0)
    return true;
  return self->password != NULL && g_strcmp0(user, self->user) == 0 &&
         strcmp(password, self->password) == 0;
}

typedef enum { IN, WRONG, SLOW, LOCKED } Verdict;

static Verdict check(Device *self, const char *user, const char *password) {
  g_mutex_lock(&self->lock);
  self->attempts++;
  bool locked = self->lock_after > 0 && self->failed >= self->lock_after;
  bool right = !locked && is_right(self, user, password);
  self->failed += !right;
  bool slow = self->slow_after > 0 && self->failed > self->slow_after;
  g_mutex_unlock(&self->lock);
  return locked ? LOCKED : right ? IN : slow ? SLOW : WRONG;
}

/* Options, a greeting, then name and password until one is right. */
static void serve(gpointer data, guint connection, int fd) {
  Device *self = data;
  static const guint8 options[] = {255, 253, 24, 255, 251, 1, 255, 251, 3};
  if (self->dies_after > 0 && self->failed >= self->dies_after)
    return;
  ak_script_write(fd, options, sizeof options);
  ak_script_say(fd, self->greeting != NULL ? self->greeting : "");
  if (self->needs_enter)
    g_free(ak_script_read_until(fd, "\n"));
  for (guint tries = 0; tries < 3; tries++) {
    g_autofree char *user = NULL, *password = NULL;
    if (self->user_question == NULL && self->password_question == NULL) {
      shell(self, fd);
      return;
    }
    if (self->user_question != NULL) {
      ak_script_say(fd, self->user_question);
      user = read_line(fd);
      if (user == NULL)
        return;
      ak_script_say(fd, "\r\n");
    }
    if (self->password_question != NULL) {
      ak_script_say(fd, self->password_question);
      password = read_line(fd);
      if (password == NULL)
        return;
      ak_script_say(fd, "\r\n");
    }
    Verdict verdict = check(self, user, password != NULL ? password : "");
    if (verdict == IN) {
      shell(self, fd);
      return;
    }
    if (verdict == SLOW)
      g_usleep(1300000);
    ak_script_say(fd, verdict == LOCKED ? "Too many failures, try again later.\r\n" : self->wrong);
    if (self->closes_on_wrong)
      return;
  }
}

static Device sound(void) {
  return (Device){.user_question = "gw login: ",
                  .password_question = "Password: ",
                  .user = "admin",
                  .password = "kX9vQ2mZ7",
                  .prompt = "# ",
                  .wrong = "\r\nLogin incorrect\r\n"};
}

static json_t *params(guint attempts) {
  return json_pack("{s:i, s:{s:s, s:s}}", "attempts", attempts, "auth", "mechanism", "password",
                   "user", "admin");
}

static Run run_login(Device *device, json_t *asked) {
  g_mutex_init(&device->lock);
  g_autoptr(AkScript) script = ak_script_new(serve, device);
  return run_on(&ak_probe_login_test, script, "telnet", NULL, asked);
}

/* --- logging in
 * ---------------------------------------------------------------------------------------------- */

static void test_sound(void) {
  Device device = sound();
  g_auto(Run) run = run_login(&device, params(4));
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.plain", "true");
  assert_value(&run, "login.banner", "absent");
  assert_value(&run, "login.lockout", "absent");
  assert_value(&run, "login.attempts", "4");
  assert_value(&run, "login.coverage", "banner default-credential lockout open plain");
  g_assert_cmpuint(device.attempts, ==, 15 + 4);
}

static void test_weak(void) {
  Device device = sound();
  device.password = "admin123";
  device.greeting = "BusyBox v1.19.4 (2013-01-01)\r\n\r\n";
  device.motd = "Last password change: never. 3 incorrect log-ins since.\r\n";
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.default-credential", "admin:*****");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.lockout", "absent");
  g_autofree char *banner = value_of(&run, "login.banner");
  g_assert_nonnull(strstr(banner, "BusyBox v1.19.4"));
  assert_hidden(&run, "admin123");
}

static void test_shell_without_login(void) {
  Device device = {.greeting = "welcome, your password is not needed\r\n", .prompt = "~ # "};
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.mechanism", "none");
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
  assert_value(&run, "login.attempts", "nothing");
}

static void test_any_password_is_open(void) {
  Device device = sound();
  device.password = "*";
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "could-not-look");
  assert_value(&run, "login.lockout", "could-not-look");
  assert_value(&run, "login.coverage", "banner open plain");
}

/* A user without a password is a credential of its own, not a device that lets everyone in. */
typedef struct {
  guint logins;
} Named;

static void serve_named(gpointer data, guint connection, int fd) {
  for (guint tries = 0; tries < 3; tries++) {
    ak_script_say(fd, "login: ");
    g_autofree char *user = read_line(fd);
    if (user == NULL)
      return;
    if (strcmp(user, "root") == 0) {
      Device device = {.prompt = "root@gw:~# "};
      shell(&device, fd);
      return;
    }
    ak_script_say(fd, "\r\nPassword: ");
    g_free(read_line(fd));
    ak_script_say(fd, "\r\nLogin incorrect\r\n");
  }
}

static void test_user_without_password(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_named, NULL);
  g_auto(Run) run =
      run_on(&ak_probe_login_test, script, "telnet", NULL, json_pack("{s:b}", "attempts", 1));
  assert_value(&run, "login.default-credential", "root:*****");
  assert_value(&run, "login.open", "absent");
}

static void test_other_words(void) {
  Device device = sound();
  device.greeting = "\033[2J\033[1;1Hパスワードを忘れた方は管理者へ\r\n";
  device.user_question = "ユーザ名：";
  device.password_question = "パスワード：";
  device.wrong = "ログインに失敗しました\r\n";
  device.password = "password";
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.default-credential", "admin:*****");
  assert_value(&run, "login.lockout", "absent");
}

static void test_password_alone(void) {
  Device device = sound();
  device.user_question = NULL;
  device.user = NULL;
  device.password = "1234";
  device.password_question = "User Access Verification\r\n\r\nPassword:";
  device.prompt = "Router>";
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.default-credential", "admin:*****");
}

/* Closing after a failure is a limit of a connection, no lock-out: the next one is answered alike.
 */
static void test_closing_is_no_lockout(void) {
  Device device = sound();
  device.closes_on_wrong = true;
  g_auto(Run) run = run_login(&device, params(5));
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "absent");
  assert_value(&run, "login.attempts", "5");
}

static void test_locked_while_guessing(void) {
  Device device = sound();
  device.lock_after = 5;
  g_auto(Run) run = run_login(&device, params(20));
  assert_value(&run, "login.default-credential", "cut");
  assert_value(&run, "login.lockout", "true");
  assert_value(&run, "login.lockout.after", "5");
}

static void test_locked_afterwards(void) {
  Device device = sound();
  device.lock_after = 18;
  g_auto(Run) run = run_login(&device, params(20));
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "true");
  assert_value(&run, "login.lockout.after", "3");
}

static void test_delayed(void) {
  Device device = sound();
  device.slow_after = 17;
  g_auto(Run) run = run_login(&device, params(8));
  assert_value(&run, "login.lockout", "true");
}

/* A block of our address looks like a crash: neither locked nor free. */
static void test_block_of_the_address_is_unknown(void) {
  Device device = sound();
  device.dies_after = 17;
  g_auto(Run) run = run_login(&device, params(8));
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
  assert_value(&run, "login.coverage", "banner default-credential open plain");
}

static void test_block_while_guessing_cuts(void) {
  Device device = sound();
  device.dies_after = 3;
  g_auto(Run) run = run_login(&device, params(8));
  assert_value(&run, "login.default-credential", "cut");
  assert_value(&run, "login.lockout", "could-not-look");
}

static void test_never_guesses_where_it_must_not(void) {
  Device device = sound();
  device.password = "admin";
  json_t *asked = params(8);
  json_object_set_new(asked, "credentials", json_false());
  g_auto(Run) run = run_login(&device, asked);
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.plain", "true");
  assert_value(&run, "login.default-credential", "could-not-look");
  assert_value(&run, "login.lockout", "could-not-look");
  assert_value(&run, "login.coverage", "banner open plain");
  g_assert_cmpuint(device.attempts, ==, 0);
}

static void test_no_account_is_known(void) {
  Device device = sound();
  g_auto(Run) run = run_login(&device, json_pack("{s:i}", "attempts", 3));
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
}

static void test_what_is_not_understood(void) {
  Device device = {.greeting = "1) status 2) reboot\r\nyour choice, please"};
  device.needs_enter = true;
  device.user_question = "your choice, please";
  g_auto(Run) run = run_login(&device, params(3));
  assert_value(&run, "login.open", "could-not-look");
  assert_value(&run, "login.default-credential", "could-not-look");
  assert_value(&run, "login.coverage", "banner plain");
}

/* --- the probe
 * -------------------------------------------------------------------------------------------------
 */

static Run run_probe(Device *device) {
  g_mutex_init(&device->lock);
  g_autoptr(AkScript) script = ak_script_new(serve, device);
  return run_on(&ak_probe_telnet_test, script, "telnet", NULL, json_object());
}

static void test_probe(void) {
  Device device = sound();
  device.greeting = "gateway 2.1\r\n";
  g_auto(Run) run = run_probe(&device);
  assert_value(&run, "telnet.prompt", "login");
  assert_value(&run, "telnet.options", "DO TERMINAL-TYPE WILL ECHO WILL SUPPRESS-GO-AHEAD");
  assert_value(&run, "telnet.encryption", "absent");
  assert_value(&run, "telnet.coverage", "banner options prompt");
  Device open = {.prompt = "$ "};
  g_auto(Run) other = run_probe(&open);
  assert_value(&other, "telnet.prompt", "shell");
}

static void test_probe_presses_enter(void) {
  Device device = sound();
  device.greeting = "Press ENTER to activate this console\r\n";
  device.needs_enter = true;
  g_auto(Run) run = run_probe(&device);
  assert_value(&run, "telnet.prompt", "login");
}

/* --- what a text ends with
 * --------------------------------------------------------------------------------------- */

static void test_prompts(void) {
  static const struct {
    const char *text;
    AkTelnetPrompt prompt;
  } rows[] = {
      {"", AK_TELNET_NOTHING},
      {"\n\n", AK_TELNET_NOTHING},
      {"gw login: ", AK_TELNET_USER},
      {"Username:", AK_TELNET_USER},
      {"Username>", AK_TELNET_USER},
      {"login:\n", AK_TELNET_USER},
      {"Login incorrect\nlogin: ", AK_TELNET_USER},
      {"Password incorrect", AK_TELNET_OTHER},
      {"Password for admin: ", AK_TELNET_PASSWORD},
      {"Enter PIN:", AK_TELNET_PASSWORD},
      {"Password", AK_TELNET_PASSWORD},
      {"Your password has expired.\n", AK_TELNET_OTHER},
      {"Last login: Mon", AK_TELNET_OTHER},
      {"root@gw:~# ", AK_TELNET_SHELL},
      {"user@router>", AK_TELNET_SHELL},
      {"Router>", AK_TELNET_SHELL},
      {"$ ", AK_TELNET_SHELL},
      {"\033[32mroot@gw\033[0m:~\033[1m# \033[0m", AK_TELNET_SHELL},
      {"# comment\n", AK_TELNET_OTHER},
      {"incorrect password, login failed\n# ", AK_TELNET_SHELL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text);
    g_assert_cmpint(ak_telnet_dialog_judge(rows[i].text), ==, rows[i].prompt);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/telnet/prompts", test_prompts);
  g_test_add_func("/telnet/probe", test_probe);
  g_test_add_func("/telnet/enter", test_probe_presses_enter);
  g_test_add_func("/telnet/sound", test_sound);
  g_test_add_func("/telnet/weak", test_weak);
  g_test_add_func("/telnet/open", test_shell_without_login);
  g_test_add_func("/telnet/any-password", test_any_password_is_open);
  g_test_add_func("/telnet/user-without-password", test_user_without_password);
  g_test_add_func("/telnet/other-words", test_other_words);
  g_test_add_func("/telnet/password-alone", test_password_alone);
  g_test_add_func("/telnet/closing", test_closing_is_no_lockout);
  g_test_add_func("/telnet/locked-while-guessing", test_locked_while_guessing);
  g_test_add_func("/telnet/locked-afterwards", test_locked_afterwards);
  g_test_add_func("/telnet/delayed", test_delayed);
  g_test_add_func("/telnet/block", test_block_of_the_address_is_unknown);
  g_test_add_func("/telnet/block-while-guessing", test_block_while_guessing_cuts);
  g_test_add_func("/telnet/forbidden", test_never_guesses_where_it_must_not);
  g_test_add_func("/telnet/no-account", test_no_account_is_known);
  g_test_add_func("/telnet/not-understood", test_what_is_not_understood);
  return g_test_run();
}
