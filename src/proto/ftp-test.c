#include "proto/ftp.h"

#include <string.h>

static const char features[] = "211-Features:\r\n AUTH TLS\r\n211-more\r\n 211 not the end\r\n"
                               "530 nor this\r\n211 End\r\n";

static void test_replies(void) {
  static const struct {
    const char *bytes;
    guint code;
    const char *text;
  } rows[] = {
      {"220 (vsFTPd 3.0.3)\r\nrest", 220, "(vsFTPd 3.0.3)"},
      {"530\r\n", 530, ""},
      {"331 User name okay\n", 331, "User name okay"},
      {features, 211, "Features:\n AUTH TLS\nmore\n 211 not the end\n530 nor this\nEnd"},
      {"230-\r\n230 \r\n", 230, ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(AkFtpReply) reply = {0};
    gsize used = 0;
    g_assert_cmpint(ak_ftp_reply_parse(rows[i].bytes, strlen(rows[i].bytes), &reply, &used, NULL),
                    ==, AK_PARSE_DONE);
    g_assert_cmpuint(reply.code, ==, rows[i].code);
    g_assert_cmpstr(g_strchomp(reply.text), ==, rows[i].text);
    g_assert_cmpint(rows[i].bytes[used - 1], ==, '\n');
  }
}

static void test_truncated_at_every_byte(void) {
  for (gsize cut = 0; cut < strlen(features); cut++) {
    g_auto(AkFtpReply) reply = {0};
    gsize used = 0;
    g_autofree guint8 *copy = g_memdup2(features, cut);
    g_assert_cmpint(ak_ftp_reply_parse(copy, cut, &reply, &used, NULL), ==, AK_PARSE_MORE);
  }
}

static void test_what_is_no_reply(void) {
  static const char *const texts[] = {
      "SSH-2.0-x\r\n", "\r\n", "22 short\r\n", "999 no\r\n", "290 no\r\n", "220x\r\n", "x", "2x"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_auto(AkFtpReply) reply = {0};
    gsize used = 0;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(ak_ftp_reply_parse(texts[i], strlen(texts[i]), &reply, &used, &error), ==,
                    AK_PARSE_BAD);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

static void test_endless(void) {
  g_autofree char *line = g_strnfill(AK_FTP_MAX_LINE + 10, '2');
  g_autoptr(GString) lines = g_string_new("220-x\r\n");
  g_auto(AkFtpReply) reply = {0};
  gsize used = 0;
  memcpy(line, "220 ", 4);
  g_assert_cmpint(ak_ftp_reply_parse(line, strlen(line), &reply, &used, NULL), ==, AK_PARSE_BAD);
  while (lines->len <= AK_FTP_MAX_REPLY)
    g_string_append(lines, "and more\r\n");
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(ak_ftp_reply_parse(lines->str, lines->len, &reply, &used, &error), ==,
                  AK_PARSE_BAD);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static void test_commands(void) {
  g_autofree char *user = ak_ftp_command_build("USER", "admin", NULL);
  g_autofree char *quit = ak_ftp_command_build("QUIT", NULL, NULL);
  g_assert_cmpstr(user, ==, "USER admin\r\n");
  g_assert_cmpstr(quit, ==, "QUIT\r\n");
  g_assert_null(ak_ftp_command_build("USER", "a\r\nDELE b", NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ftp/replies", test_replies);
  g_test_add_func("/ftp/truncated", test_truncated_at_every_byte);
  g_test_add_func("/ftp/none", test_what_is_no_reply);
  g_test_add_func("/ftp/endless", test_endless);
  g_test_add_func("/ftp/commands", test_commands);
  return g_test_run();
}
