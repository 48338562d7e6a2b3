#include "proto/telnet.h"

#include <string.h>

static void assert_text(const AkTelnet *telnet, const char *expected) {
  gsize size = 0;
  const char *text = ak_telnet_text(telnet, &size);
  g_assert_cmpmem(text, size, expected, strlen(expected));
}

static void test_options_are_answered_once(void) {
  g_autoptr(AkTelnet) telnet = ak_telnet_new();
  static const guint8 asked[] = {255, 253, 24,  255, 251, 1,   255, 251, 3,   255, 251,
                                 5,   255, 254, 31,  255, 252, 6,   255, 253, 24};
  static const guint8 answers[] = {255, 252, 24, 255, 253, 1, 255, 253, 3, 255, 254, 5};
  g_assert_false(ak_telnet_negotiates(telnet));
  ak_telnet_feed(telnet, asked, sizeof asked);
  g_assert_true(ak_telnet_negotiates(telnet));
  g_autoptr(GBytes) reply = ak_telnet_take_reply(telnet);
  g_assert_cmpmem(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply), answers, sizeof answers);
  ak_telnet_feed(telnet, asked, sizeof asked);
  g_assert_null(ak_telnet_take_reply(telnet));
  g_auto(GStrv) options = ak_telnet_options(telnet);
  g_autofree char *joined = g_strjoinv(",", options);
  g_assert_cmpstr(joined, ==, "DO TERMINAL-TYPE,WILL ECHO,WILL STATUS,WILL SUPPRESS-GO-AHEAD");
  assert_text(telnet, "");
}

static void test_ends_of_line_nul_and_doubled_iac(void) {
  g_autoptr(AkTelnet) telnet = ak_telnet_new();
  static const guint8 bytes[] = {'a',  '\r', '\n', 'b',  '\r', 0,   'c',
                                 '\r', 'd',  0,    '\n', 255,  255, 'e'};
  ak_telnet_feed(telnet, bytes, sizeof bytes);
  assert_text(telnet, "a\nb\nc\nd\n\xff"
                      "e");
}

static void test_subnegotiation_is_left_out(void) {
  g_autoptr(AkTelnet) telnet = ak_telnet_new();
  static const guint8 bytes[] = {'a', 255, 250, 24, 1, 255, 255, 'x', 255, 240, 'b', 255, 249, 'c'};
  for (gsize i = 0; i < sizeof bytes; i++)
    ak_telnet_feed(telnet, bytes + i, 1);
  assert_text(telnet, "abc");
  g_assert_null(ak_telnet_take_reply(telnet));
}

static void test_too_much_is_cut(void) {
  g_autoptr(AkTelnet) telnet = ak_telnet_new();
  g_autofree char *much = g_strnfill(AK_TELNET_MAX_TEXT, 'x');
  gsize size = 0;
  ak_telnet_feed(telnet, much, AK_TELNET_MAX_TEXT);
  g_assert_false(ak_telnet_is_cut(telnet));
  ak_telnet_feed(telnet, "y", 1);
  g_assert_true(ak_telnet_is_cut(telnet));
  ak_telnet_text(telnet, &size);
  g_assert_cmpuint(size, ==, AK_TELNET_MAX_TEXT);
  ak_telnet_forget(telnet);
  ak_telnet_feed(telnet, "y", 1);
  assert_text(telnet, "y");
}

static void test_flood_of_options_is_bounded(void) {
  g_autoptr(AkTelnet) telnet = ak_telnet_new();
  for (guint round = 0; round < 10; round++)
    for (guint option = 0; option < 256; option++) {
      const guint8 asked[] = {255, 253, (guint8)option, 255, 251, (guint8)option};
      ak_telnet_feed(telnet, asked, sizeof asked);
    }
  g_autoptr(GBytes) reply = ak_telnet_take_reply(telnet);
  g_assert_cmpuint(g_bytes_get_size(reply), ==, 512 * 3);
}

static void test_line(void) {
  g_autoptr(GBytes) line = ak_telnet_line("a\xff", NULL);
  static const guint8 expected[] = {'a', 255, 255, '\r', '\n'};
  g_assert_cmpmem(g_bytes_get_data(line, NULL), g_bytes_get_size(line), expected, sizeof expected);
  g_assert_null(ak_telnet_line("two\nlines", NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/telnet/options", test_options_are_answered_once);
  g_test_add_func("/telnet/ends", test_ends_of_line_nul_and_doubled_iac);
  g_test_add_func("/telnet/subnegotiation", test_subnegotiation_is_left_out);
  g_test_add_func("/telnet/cut", test_too_much_is_cut);
  g_test_add_func("/telnet/flood", test_flood_of_options_is_bounded);
  g_test_add_func("/telnet/line", test_line);
  return g_test_run();
}
