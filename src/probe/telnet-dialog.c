#include "probe/telnet-dialog.h"

#include <string.h>

/* Of silence after which a question counts as asked: four times what the server took to answer at
 * all. */
#define QUIET_MIN_MS 80
#define QUIET_MAX_MS 600
#define MAX_LINE 120 /* bytes of a question */
#define PIECE 4096
#define ESCAPE '\033'

const char *ak_telnet_dialog_name(AkTelnetPrompt prompt) {
  static const char *const names[] = {"nothing", "login", "password", "shell", "other"};
  return names[prompt];
}

/* --- what a text ends with
 * -------------------------------------------------------------------------- */

/* Without control sequences of terminals (ECMA-48, 5.4). */
static char *without_escapes(const char *text) {
  GString *out = g_string_new(NULL);
  for (const char *at = text; *at != '\0'; at++) {
    if (*at != ESCAPE) {
      g_string_append_c(out, *at);
      continue;
    }
    if (at[1] == '[')
      for (at += 2; *at != '\0' && !(*at >= '@' && *at <= '~');)
        at++;
    else if (at[1] != '\0')
      at++;
    if (*at == '\0')
      break;
  }
  return g_string_free(out, FALSE);
}

static bool has_word(const char *line, const char *const *words) {
  for (gsize i = 0; words[i] != NULL; i++)
    if (strstr(line, words[i]) != NULL)
      return true;
  return false;
}

static bool ends_with_word(const char *line, const char *const *words) {
  for (gsize i = 0; words[i] != NULL; i++)
    if (g_str_has_suffix(line, words[i]))
      return true;
  return false;
}

static const char *const password_words[] = {
    "password",   "passwd", "passcode",   "passphrase", "passwort", "kennwort", "mot de passe",
    "contraseña", "senha",  "wachtwoord", "lösenord",   "пароль",   "pass",     "pin",
    "パスワード", "暗証",   "密码",       "口令",       "비밀번호", NULL};
static const char *const user_words[] = {
    "login",        "login as",    "logon",       "username",         "user name",
    "user",         "user id",     "userid",      "account",          "benutzer",
    "benutzername", "anmeldename", "utilisateur", "identifiant",      "usuario",
    "usuário",      "gebruiker",   "логин",       "имя пользователя", "ユーザ",
    "ユーザー",     "ユーザ名",    "ユーザー名",  "ログイン",         "用户名",
    "사용자",       NULL};
static const char *const failure_words[] = {
    "incorrect", "fail",        "invalid",          "denied",       "wrong",       "bad ",
    "refused",   "not correct", "mismatch",         "unauthorized", "not allowed", "rejected",
    "falsch",    "ungültig",    "incorrecto",       "incorrect",    "неверн",      "違い",
    "誤り",      "失敗",        "正しくありません", "错误",         "失败",        NULL};

bool ak_telnet_dialog_says_failure(const char *text) {
  g_autofree char *lower = g_ascii_strdown(text, -1);
  return has_word(lower, failure_words);
}

/* A question that ends with a colon may hold its word anywhere, one that ends with '>' must end
 * with it: "user@router>" waits for commands. */
static AkTelnetPrompt judge_question(const char *line, bool colon) {
  bool (*holds)(const char *, const char *const *) = colon ? has_word : ends_with_word;
  if (strstr(line, "last login") != NULL || has_word(line, failure_words))
    return AK_TELNET_OTHER;
  if (holds(line, password_words))
    return AK_TELNET_PASSWORD;
  return holds(line, user_words) ? AK_TELNET_USER : AK_TELNET_OTHER;
}

static AkTelnetPrompt judge_line(const char *line) {
  g_autofree char *lower = g_ascii_strdown(line, -1);
  gsize length = strlen(lower);
  char last = length > 0 ? lower[length - 1] : '\0';
  bool wide_colon = g_str_has_suffix(lower, "：");
  if (length == 0 || length > MAX_LINE)
    return AK_TELNET_OTHER;
  if (last == '$' || last == '#' || last == '%')
    return AK_TELNET_SHELL;
  if (last == ':' || last == '?' || wide_colon)
    return judge_question(lower, true);
  if (last == '>') {
    lower[length - 1] = '\0';
    AkTelnetPrompt asked = judge_question(g_strchomp(lower), false);
    return asked == AK_TELNET_OTHER ? AK_TELNET_SHELL : asked;
  }
  return judge_question(lower, false);
}

/* The last line, or, for a question that the server ended with a new line, the last that says
 * something. */
AkTelnetPrompt ak_telnet_dialog_judge(const char *text) {
  g_autofree char *plain = without_escapes(text);
  g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
  guint count = g_strv_length(lines), last = count;
  while (last > 0 && *g_strstrip(lines[last - 1]) == '\0')
    last--;
  if (last == 0)
    return AK_TELNET_NOTHING;
  AkTelnetPrompt prompt = judge_line(lines[last - 1]);
  bool is_whole = last < count;
  bool ends_as_question =
      g_str_has_suffix(lines[last - 1], ":") || g_str_has_suffix(lines[last - 1], "：");
  return is_whole && (prompt == AK_TELNET_SHELL || !ends_as_question) ? AK_TELNET_OTHER : prompt;
}

/* --- the conversation
 * ---------------------------------------------------------------------------------- */

AkTelnetDialog *ak_telnet_dialog_open(const AkPeer *peer, GError **error) {
  gint64 begin_us = g_get_monotonic_time();
  AkStream *stream = ak_stream_open(peer, false, NULL, error);
  if (stream == NULL)
    return NULL;
  AkTelnetDialog *self = g_new0(AkTelnetDialog, 1);
  self->said_us = begin_us;
  self->stream = stream;
  self->codec = ak_telnet_new();
  self->text = g_strdup("");
  return self;
}

void ak_telnet_dialog_free(AkTelnetDialog *self) {
  if (self == NULL)
    return;
  ak_stream_free(self->stream);
  ak_telnet_free(self->codec);
  g_free(self->text);
  g_free(self);
}

/* Once what comes; `quiet` where nothing did within `within_ms`. */
static bool listen(AkTelnetDialog *self, guint within_ms, bool *quiet, GError **error) {
  guint8 piece[PIECE];
  g_autoptr(GError) failure = NULL;
  ak_stream_renew(self->stream, within_ms);
  gssize got = ak_stream_read(self->stream, piece, sizeof piece, &failure);
  *quiet = got < 0 && g_error_matches(failure, AK_ERROR, AK_ERROR_TIMEOUT);
  self->closed = got == 0 || (got < 0 && g_error_matches(failure, AK_ERROR, AK_ERROR_IO));
  if (got < 0 && !*quiet && !self->closed) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (got <= 0)
    return true;
  if (self->said_us != 0)
    self->slowest_us = MAX(self->slowest_us, g_get_monotonic_time() - self->said_us);
  self->said_us = 0;
  ak_telnet_feed(self->codec, piece, (gsize)got);
  g_free(self->text);
  self->text = g_strdup(ak_telnet_text(self->codec, NULL));
  g_autoptr(GBytes) reply = ak_telnet_take_reply(self->codec);
  gsize size = 0;
  const void *data = reply != NULL ? g_bytes_get_data(reply, &size) : NULL;
  return size == 0 || ak_stream_write(self->stream, data, size, error);
}

static gint64 quiet_ms(const AkTelnetDialog *self) {
  return CLAMP(4 * self->slowest_us / 1000, QUIET_MIN_MS, QUIET_MAX_MS);
}

bool ak_telnet_dialog_wait(AkTelnetDialog *self, guint within_ms, AkTelnetPrompt *out,
                           GError **error) {
  gint64 until_us = g_get_monotonic_time() + (gint64)within_ms * 1000;
  for (bool quiet = false;;) {
    gint64 left_ms = (until_us - g_get_monotonic_time()) / 1000;
    *out = ak_telnet_dialog_judge(self->text);
    bool asks = *out != AK_TELNET_NOTHING && *out != AK_TELNET_OTHER;
    if (self->closed || left_ms <= 0 || (quiet && asks))
      return true;
    if (!listen(self, (guint)MIN(left_ms, quiet_ms(self)), &quiet, error))
      return false;
  }
}

bool ak_telnet_dialog_first(AkTelnetDialog *self, guint within_ms, AkTelnetPrompt *out,
                            GError **error) {
  if (!ak_telnet_dialog_wait(self, within_ms, out, error))
    return false;
  bool asks = *out != AK_TELNET_NOTHING && *out != AK_TELNET_OTHER;
  if (asks || self->closed)
    return true;
  g_autofree char *before = g_strdup(self->text);
  if (!ak_telnet_dialog_say(self, "", error) || !ak_telnet_dialog_wait(self, within_ms, out, error))
    return false;
  g_autofree char *after = self->text;
  self->text =
      g_strconcat(before, after, NULL); /* what stood there before still tells of the server */
  return true;
}

bool ak_telnet_dialog_say(AkTelnetDialog *self, const char *line, GError **error) {
  g_autoptr(GBytes) bytes = ak_telnet_line(line, error);
  if (bytes == NULL)
    return false;
  ak_telnet_forget(self->codec);
  g_free(self->text);
  self->text = g_strdup("");
  self->said_us = g_get_monotonic_time();
  return ak_stream_write(self->stream, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes),
                         error);
}

static char *last_line(const char *text) {
  g_autofree char *plain = without_escapes(text);
  const char *newline = strrchr(plain, '\n');
  return g_strstrip(g_strdup(newline != NULL ? newline + 1 : plain));
}

bool ak_telnet_dialog_is_shell(AkTelnetDialog *self, guint within_ms, bool *out, GError **error) {
  g_autofree char *before = last_line(self->text);
  AkTelnetPrompt prompt = AK_TELNET_NOTHING;
  if (!ak_telnet_dialog_say(self, "", error) ||
      !ak_telnet_dialog_wait(self, within_ms, &prompt, error))
    return false;
  g_autofree char *after = last_line(self->text);
  *out = prompt == AK_TELNET_SHELL && strcmp(before, after) == 0;
  return true;
}
