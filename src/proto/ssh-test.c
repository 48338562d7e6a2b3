#include "proto/ssh.h"

#include <string.h>

#include "util/writer.h"

static AkParse parse_ident(const char *text, AkSshIdent *out, GError **error) {
  gsize used = 0;
  return ak_ssh_ident_parse(text, strlen(text), out, &used, error);
}

static void test_identification(void) {
  g_auto(AkSshIdent) ident = {0};
  static const char text[] = "hello\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6\r\nrest";
  gsize used = 0;
  g_assert_cmpint(ak_ssh_ident_parse(text, strlen(text), &ident, &used, NULL), ==, AK_PARSE_DONE);
  g_assert_cmpstr(ident.protocol, ==, "2.0");
  g_assert_cmpstr(ident.software, ==, "OpenSSH_9.2p1");
  g_assert_cmpstr(ident.comments, ==, "Debian-2+deb12u6");
  g_assert_cmpstr(text + used, ==, "rest");
}

static void test_identification_with_a_minus_and_foreign_bytes(void) {
  g_auto(AkSshIdent) ident = {0};
  g_assert_cmpint(parse_ident("SSH-1.99-Cisco-1.25\n", &ident, NULL), ==, AK_PARSE_DONE);
  g_assert_cmpstr(ident.protocol, ==, "1.99");
  g_assert_cmpstr(ident.software, ==, "Cisco-1.25");
  g_assert_cmpstr(ident.comments, ==, "");
  g_auto(AkSshIdent) odd = {0};
  g_assert_cmpint(parse_ident("SSH-2.0-a\x01\xff\n", &odd, NULL), ==, AK_PARSE_DONE);
  g_assert_cmpstr(odd.software, ==, "a\\x01\\xff");
}

static void test_identification_that_is_none(void) {
  static const char *const texts[] = {"SSH-2.0\r\n", "SSH--x\r\n", "SSH-2.0-\r\n", "SSH-a.b-x\r\n",
                                      "SSH-2.0- comment\r\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_auto(AkSshIdent) ident = {0};
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(parse_ident(texts[i], &ident, &error), ==, AK_PARSE_BAD);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    g_assert_null(ident.software);
  }
}

static void test_identification_never_comes(void) {
  g_autoptr(GString) lines = g_string_new(NULL);
  g_auto(AkSshIdent) ident = {0};
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < AK_SSH_MAX_LINES; i++)
    g_string_append(lines, "no\n");
  g_assert_cmpint(parse_ident(lines->str, &ident, &error), ==, AK_PARSE_BAD);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_clear_error(&error);
  g_autofree char *line = g_strnfill(AK_SSH_MAX_LINE + 1, 'x');
  g_assert_cmpint(parse_ident(line, &ident, &error), ==, AK_PARSE_BAD);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

/* The lists of a server, written as a person reads them. */
static GBytes *kexinit(const char *const *lists) {
  g_autoptr(AkWriter) out = ak_writer_new(4096);
  static const guint8 cookie[16] = {1, 2, 3};
  ak_writer_u8(out, 20);
  ak_writer_bytes(out, cookie, sizeof cookie);
  for (guint i = 0; i < AK_SSH_LISTS; i++) {
    ak_writer_u32be(out, (guint32)strlen(lists[i]));
    ak_writer_bytes(out, lists[i], strlen(lists[i]));
  }
  ak_writer_u8(out, 0);
  ak_writer_u32be(out, 0);
  return ak_writer_end(out, NULL);
}

static const char *const lists[AK_SSH_LISTS] = {"curve25519-sha256,diffie-hellman-group1-sha1",
                                                "ssh-ed25519",
                                                "aes128-ctr,3des-cbc",
                                                "aes128-ctr",
                                                "hmac-sha2-256",
                                                "hmac-md5",
                                                "none,zlib@openssh.com",
                                                "none",
                                                "",
                                                ""};

static void test_lists_in_a_packet(void) {
  g_autoptr(GBytes) payload = kexinit(lists);
  g_autoptr(GBytes) packet =
      ak_ssh_packet_build(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload), NULL);
  gsize size = 0, used = 0, read_size = 0;
  const guint8 *data = g_bytes_get_data(packet, &size), *read = NULL;
  g_assert_cmpuint(size % 8, ==, 0); /* RFC 4253, 6 */
  g_assert_cmpuint(data[4], >=, 4);
  g_assert_cmpint(ak_ssh_packet_parse(data, size, &read, &read_size, &used, NULL), ==,
                  AK_PARSE_DONE);
  g_assert_cmpuint(used, ==, size);
  g_assert_cmpmem(read, read_size, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
  g_auto(AkSshKexinit) read_lists = {0};
  g_assert_true(ak_ssh_kexinit_parse(read, read_size, &read_lists, NULL));
  for (guint i = 0; i < AK_SSH_LISTS; i++) {
    g_autofree char *joined = g_strjoinv(",", read_lists.lists[i]);
    g_assert_cmpstr(joined, ==, lists[i]);
  }
}

static void test_truncated_at_every_byte(void) {
  g_autoptr(GBytes) payload = kexinit(lists);
  gsize whole = g_bytes_get_size(payload), size = 0;
  const guint8 *bytes = g_bytes_get_data(payload, NULL);
  g_autoptr(GBytes) packet = ak_ssh_packet_build(bytes, whole, NULL);
  const guint8 *data = g_bytes_get_data(packet, &size);
  for (gsize cut = 0; cut < whole; cut++) {
    g_auto(AkSshKexinit) read = {0};
    g_autofree guint8 *copy = g_memdup2(bytes, cut);
    g_assert_false(ak_ssh_kexinit_parse(copy, cut, &read, NULL));
    g_assert_null(read.lists[0]);
  }
  for (gsize cut = 0; cut < size; cut++) {
    const guint8 *read = NULL;
    gsize used = 0, read_size = 0;
    g_autofree guint8 *copy = g_memdup2(data, cut);
    g_assert_cmpint(ak_ssh_packet_parse(copy, cut, &read, &read_size, &used, NULL), ==,
                    AK_PARSE_MORE);
  }
  static const char text[] = "x\r\nSSH-2.0-a b\r\n";
  for (gsize cut = 0; cut < strlen(text); cut++) {
    g_auto(AkSshIdent) ident = {0};
    gsize used = 0;
    g_autofree guint8 *copy = g_memdup2(text, cut);
    g_assert_cmpint(ak_ssh_ident_parse(copy, cut, &ident, &used, NULL), ==, AK_PARSE_MORE);
  }
}

static void test_packets_out_of_range(void) {
  static const struct {
    guint8 bytes[10];
    AkErrorCode code;
  } rows[] = {
      {{0, 0, 0, 5, 4, 20}, AK_ERROR_INVALID_DATA},   /* no payload */
      {{0, 0, 0, 12, 11, 20}, AK_ERROR_INVALID_DATA}, /* padding takes all */
      {{0, 0, 0, 12, 255, 20}, AK_ERROR_INVALID_DATA},
      {{0xff, 0xff, 0xff, 0xff, 4, 20}, AK_ERROR_LIMIT},
      {{0, 4, 0, 1, 4, 20}, AK_ERROR_LIMIT},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const guint8 *payload = NULL;
    gsize size = 0, used = 0;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(ak_ssh_packet_parse(rows[i].bytes, 10, &payload, &size, &used, &error), ==,
                    AK_PARSE_BAD);
    g_assert_error(error, AK_ERROR, (gint)rows[i].code);
  }
  g_assert_null(ak_ssh_packet_build("", 0, NULL));
}

static void test_lists_that_are_none(void) {
  g_autofree char *many = g_strnfill(600, ',');
  for (guint i = 0; i < 600; i += 2)
    many[i] = 'a';
  many[599] = 'a';
  g_autofree char *long_name = g_strnfill(300, 'a');
  const char *const bad[] = {"a b", "a\x01", "\xc3\xa9", many, long_name};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    const char *changed[AK_SSH_LISTS];
    memcpy(changed, lists, sizeof changed);
    changed[AK_SSH_MAC_TO_CLIENT] = bad[i];
    g_autoptr(GBytes) payload = kexinit(changed);
    g_auto(AkSshKexinit) read = {0};
    g_assert_false(ak_ssh_kexinit_parse(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload),
                                        &read, NULL));
  }
  static const guint8 other[] = {1, 0, 0, 0, 2};
  g_auto(AkSshKexinit) read = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_ssh_kexinit_parse(other, sizeof other, &read, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
}

static void test_empty_names_are_left_out(void) {
  const char *changed[AK_SSH_LISTS];
  memcpy(changed, lists, sizeof changed);
  changed[AK_SSH_KEX] = ",a,,b,";
  g_autoptr(GBytes) payload = kexinit(changed);
  g_auto(AkSshKexinit) read = {0};
  g_assert_true(ak_ssh_kexinit_parse(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload),
                                     &read, NULL));
  g_autofree char *joined = g_strjoinv(",", read.lists[AK_SSH_KEX]);
  g_assert_cmpstr(joined, ==, "a,b");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ssh/identification", test_identification);
  g_test_add_func("/ssh/identification-odd", test_identification_with_a_minus_and_foreign_bytes);
  g_test_add_func("/ssh/identification-none", test_identification_that_is_none);
  g_test_add_func("/ssh/identification-never", test_identification_never_comes);
  g_test_add_func("/ssh/lists", test_lists_in_a_packet);
  g_test_add_func("/ssh/truncated", test_truncated_at_every_byte);
  g_test_add_func("/ssh/packets-out-of-range", test_packets_out_of_range);
  g_test_add_func("/ssh/lists-empty-names", test_empty_names_are_left_out);
  g_test_add_func("/ssh/lists-none", test_lists_that_are_none);
  return g_test_run();
}
