/* The captures of many protocols: as many seeds as there must be, no two the same, the same again from the same seed,
 * and read without a fault by a program that is not ours (tshark, where it is installed). */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "effect/capture-merge.h"
#include "effect/corpus/starter.h"
#include "effect/corpus/traffic/message.h"
#include "effect/corpus/traffic/packet.h"

static json_t *load(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/effect/traffic.json", 0, &error);
  g_assert_no_error(error);
  json_t *document =
      ak_json_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "traffic", &error);
  g_assert_no_error(error);
  return document;
}

static AkEffectCorpus *traffic(guint64 seed) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) document = load();
  AkEffectCorpus *corpus = ak_starter_traffic(document, seed, &error);
  g_assert_no_error(error);
  return corpus;
}

/* What all packets say, without times, addresses and the client's ports: what makes a seed another one than its neighbour. */
static char *said_by(const AkEffectCase *one) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(one->bytes, &size);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  for (gsize at = 24; at < size;) {
    guint length = data[at + 8] | (guint)data[at + 9] << 8;
    const guint8 *packet = data + at + 16;
    guint head = packet[23] == 6 ? 54 : 42; /* TCP, or UDP and ICMP */
    g_assert_cmpuint(at + 16 + length, <=, size);
    if (packet[23] == 6)
      g_checksum_update(sum, packet + 47, 1); /* flags */
    bool is_to_server = packet[5] == 2, has_ports = packet[23] != 1;
    g_checksum_update(sum, packet + 36, is_to_server && has_ports ? 2 : 0);
    g_checksum_update(sum, packet + 23, 1);
    g_checksum_update(sum, packet + head, length - head);
    at += 16 + length;
  }
  return g_strdup(g_checksum_get_string(sum));
}

static void test_counts(void) {
  g_autoptr(AkEffectCorpus) corpus = traffic(1);
  g_autoptr(GHashTable) bad = g_hash_table_new(g_str_hash, g_str_equal),
                        good = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < corpus->cases->len; i++) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    g_hash_table_add(one->attack ? bad : good, one->base);
    char *text = said_by(one);
    if (!g_hash_table_add(said, text))
      g_test_message("%s says what another one says", one->id);
    g_assert_cmpstr(one->source, ==, "akashi");
    g_assert_cmpstr(one->licence, ==, "Apache-2.0");
    g_assert_true(g_str_has_prefix(one->category[0], one->attack ? "attack:T" : "use:"));
  }
  guint attacks = g_hash_table_size(bad), harmless = g_hash_table_size(good);
  g_test_message("%u attack seeds, %u harmless, %u that say something of their own", attacks,
                 harmless, g_hash_table_size(said));
  g_assert_cmpuint(attacks, >=, 100);
  g_assert_cmpuint(harmless, >=, 500);
  g_assert_cmpuint(g_hash_table_size(said), ==, corpus->cases->len);
}

static void test_same_again(void) {
  g_autoptr(AkEffectCorpus) one = traffic(7), again = traffic(7), other = traffic(8);
  g_assert_true(ak_digest_equal(&one->digest, &again->digest));
  g_assert_false(ak_digest_equal(&one->digest, &other->digest));
}

static char *fill(const char *text) {
  char *texts[] = {(char *)"first", (char *)"二", NULL};
  AkMessages messages = {.seed = 1, .texts = texts, .repetition = "9"};
  return ak_messages_fill(&messages, text, NULL);
}

static void test_lines(void) {
  g_autofree char *filled = fill("{0} {1} {r} {\"n\":{hex:4}}"), *unknown = fill("{2}"),
                  *word = fill("{rot13:4}");
  g_assert_cmpuint(strlen(filled), ==, strlen("first 二 9 {\"n\":1234}"));
  g_assert_true(g_str_has_prefix(filled, "first 二 9 {\"n\":"));
  g_assert_null(unknown);
  g_assert_null(word);
  static const char *const bad[] = {"hello", "> @modbus 1", "> @none x", "> @hex 0", "> @dns a|XYZ", "> @dns a..b|A"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    AkMessages messages = {0};
    bool from_client = false;
    g_assert_false(ak_messages_make(&messages, bad[i], &from_client, out, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
}

/* Source: MODBUS Messaging on TCP/IP Implementation Guide, 3.1.3: 0001 0000 0006 ff 05 0000 ff00 writes a coil. */
static void test_modbus(void) {
  static const guint8 wanted[] = {0, 1, 0, 0, 0, 6, 255, 5, 0, 0, 255, 0};
  AkMessages messages = {0};
  bool from_client = false;
  g_autoptr(GByteArray) out = g_byte_array_new();
  g_assert_true(ak_messages_make(&messages, "> @modbus 255|05 0000 ff00", &from_client, out, NULL));
  g_assert_true(from_client);
  g_assert_cmpmem(out->data, out->len, wanted, sizeof wanted);
}

/* Source: RFC 1071; an echo request worked out by hand: 0800 + 0001 + 0001 + 6162 = 6964, inverted 969b */
static void test_icmp(void) {
  g_auto(AkPackets) packets = {0};
  ak_packets_init(&packets, 0);
  ak_packets_icmp(&packets, true, 8, 0, 0x00010001, "ab", 2);
  g_autoptr(GBytes) bytes = ak_packets_end(&packets);
  const guint8 *data = g_bytes_get_data(bytes, NULL);
  static const guint8 wanted[] = {8, 0, 0x96, 0x9b, 0, 1, 0, 1, 'a', 'b'};
  g_assert_cmpmem(data + 24 + 16 + 34, sizeof wanted, wanted, sizeof wanted);
}

/* All of them as one capture, read by tshark: which of them hold a packet that `filter` is true of. */
static char *read_by_tshark(const char *tshark, const char *path, const char *filter) {
  g_autoptr(GError) error = NULL;
  char *out = NULL;
  int status = -1;
  const char *argv[] = {tshark, "-r", path, "-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
                        "-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields", "-e", "vlan.id", "-e",
                        "frame.protocols", "-e", "_ws.col.Info", NULL};
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_true(g_spawn_check_wait_status(status, NULL));
  return out;
}

static void test_other_reader(void) {
  g_autofree char *tshark = g_find_program_in_path("tshark");
  if (tshark == NULL) {
    g_test_skip("tshark is not installed; tools/setup suricata installs it");
    return;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(AkEffectCorpus) corpus = traffic(1);
  g_auto(AkCaptureMerge) merge = {0};
  ak_capture_merge_init(&merge);
  for (guint i = 0; i < corpus->cases->len; i++) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    gsize size = 0;
    const void *data = g_bytes_get_data(one->bytes, &size);
    g_assert_true(ak_capture_merge_add(&merge, data, size, i, &error));
  }
  g_autofree char *folder = g_dir_make_tmp("akashi-traffic-XXXXXX", &error);
  g_autofree char *path = g_build_filename(folder, "all.pcap", NULL);
  g_assert_true(g_file_set_contents(path, (const char *)merge.out->data, (gssize)merge.out->len, &error));
  g_autofree char *malformed =
      read_by_tshark(tshark, path,
                     "_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || "
                     "udp.checksum.status == 0 || icmp.checksum.status == 0");
  g_assert_cmpstr(malformed, ==, "");
  static const char *const protocols[] = {"dns", "tls", "mqtt", "modbus", "smb", "smb2", "telnet", "ssh", "ftp", "snmp", "icmp"};
  for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++) {
    g_autofree char *seen = read_by_tshark(tshark, path, protocols[i]);
    g_test_message("%s: %zu bytes of lines", protocols[i], strlen(seen));
    g_assert_cmpstr(seen, !=, "");
  }
  g_unlink(path);
  g_rmdir(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/corpus/traffic/counts", test_counts);
  g_test_add_func("/effect/corpus/traffic/same-again", test_same_again);
  g_test_add_func("/effect/corpus/traffic/lines", test_lines);
  g_test_add_func("/effect/corpus/traffic/modbus", test_modbus);
  g_test_add_func("/effect/corpus/traffic/icmp", test_icmp);
  g_test_add_func("/effect/corpus/traffic/other-reader", test_other_reader);
  return g_test_run();
}
