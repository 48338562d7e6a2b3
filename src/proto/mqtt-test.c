#include "proto/mqtt.h"

#include <string.h>

/* Source of the bytes: MQTT 3.1.1, figures 3.2 to 3.6, with the values of this test. */
static void test_connect(void) {
  AkMqttConnect connect = {.version = AK_MQTT_3_1_1,
                           .client_id = "ab",
                           .user = "u",
                           .password = "pw",
                           .keep_alive_s = 60};
  static const guint8 expected[] = {0x10, 21, 0,   4,   'M', 'Q', 'T', 'T', 4, 0xc2, 0,  60,
                                    0,    2,  'a', 'b', 0,   1,   'u', 0,   2, 'p',  'w'};
  g_autoptr(GBytes) bytes = ak_mqtt_connect_build(&connect, NULL);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected,
                  sizeof expected);
  AkMqttConnect five = {.version = AK_MQTT_5, .client_id = "", .keep_alive_s = 10};
  static const guint8 second[] = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 10, 0, 0, 0};
  g_autoptr(GBytes) other = ak_mqtt_connect_build(&five, NULL);
  g_assert_cmpmem(g_bytes_get_data(other, NULL), g_bytes_get_size(other), second, sizeof second);
}

static void test_long_lengths(void) {
  g_autofree char *user = g_strnfill(300, 'u');
  g_autofree char *huge = g_strnfill(65536, 'u');
  AkMqttConnect connect = {.version = AK_MQTT_3_1_1, .client_id = "", .user = user};
  g_autoptr(GBytes) bytes = ak_mqtt_connect_build(&connect, NULL);
  const guint8 *data = g_bytes_get_data(bytes, NULL);
  g_assert_cmpuint(data[1], ==, 314 % 128 + 128); /* 10 + 2 + 302 */
  g_assert_cmpuint(data[2], ==, 314 / 128);
  connect.user = huge;
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_mqtt_connect_build(&connect, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

static void test_subscribe(void) {
  static const guint8 old[] = {0x82, 6, 0, 9, 0, 1, '#', 0};
  static const guint8 new[] = {0x82, 7, 0, 9, 0, 0, 1, '#', 0};
  g_autoptr(GBytes) first = ak_mqtt_subscribe_build(AK_MQTT_3_1_1, 9, "#", NULL);
  g_autoptr(GBytes) second = ak_mqtt_subscribe_build(AK_MQTT_5, 9, "#", NULL);
  g_assert_cmpmem(g_bytes_get_data(first, NULL), g_bytes_get_size(first), old, sizeof old);
  g_assert_cmpmem(g_bytes_get_data(second, NULL), g_bytes_get_size(second), new, sizeof new);
}

static AkMqttPacket packet_of(const guint8 *bytes, gsize size) {
  AkMqttPacket packet = {0};
  gsize used = 0;
  g_assert_cmpint(ak_mqtt_packet_parse(bytes, size, &packet, &used, NULL), ==, AK_PARSE_DONE);
  g_assert_cmpuint(used, ==, size);
  return packet;
}

static void test_answers(void) {
  static const guint8 refused[] = {0x20, 2, 0, 5};
  static const guint8 granted[] = {0x20, 6, 1, 0, 3, 0x21, 0, 20};
  static const guint8 suback[] = {0x90, 4, 0, 9, 0, 0x87};
  guint8 code = 0;
  guint16 id = 0;
  AkMqttPacket packet = packet_of(refused, sizeof refused);
  g_assert_true(ak_mqtt_connack_parse(&packet, AK_MQTT_3_1_1, &code, NULL));
  g_assert_cmpuint(code, ==, 5);
  g_assert_true(ak_mqtt_connack_parse(&packet, AK_MQTT_5, &code, NULL));
  g_assert_false(ak_mqtt_suback_parse(&packet, AK_MQTT_5, &id, &code, NULL));
  packet = packet_of(granted, sizeof granted);
  g_assert_true(ak_mqtt_connack_parse(&packet, AK_MQTT_5, &code, NULL));
  g_assert_cmpuint(code, ==, 0);
  packet = packet_of(suback, sizeof suback);
  g_assert_true(ak_mqtt_suback_parse(&packet, AK_MQTT_5, &id, &code, NULL));
  g_assert_cmpuint(id, ==, 9);
  g_assert_cmpuint(code, ==, 0x87);
}

static void test_publish(void) {
  static const guint8 plain[] = {0x31, 7, 0, 3, 'a', '/', 'b', 'h', 'i'};
  static const guint8 five[] = {0x32, 10, 0, 1, 't', 0, 7, 2, 1, 1, 'x', 'y'};
  AkMqttPublish publish = {0};
  AkMqttPacket packet = packet_of(plain, sizeof plain);
  g_assert_true(ak_mqtt_publish_parse(&packet, AK_MQTT_3_1_1, &publish, NULL));
  g_assert_cmpmem(publish.topic, publish.topic_size, "a/b", 3);
  g_assert_cmpmem(publish.payload, publish.payload_size, "hi", 2);
  g_assert_true(publish.retained);
  packet = packet_of(five, sizeof five);
  g_assert_true(ak_mqtt_publish_parse(&packet, AK_MQTT_5, &publish, NULL));
  g_assert_cmpmem(publish.payload, publish.payload_size, "xy", 2);
  g_assert_false(publish.retained);
}

static void test_truncated_at_every_byte(void) {
  static const guint8 bytes[] = {0x33, 0x8a, 0, 0, 1, 't', 0, 7, 2, 1, 1, 'x', 'y'};
  for (gsize cut = 0; cut < sizeof bytes; cut++) {
    AkMqttPacket packet = {0};
    gsize used = 0;
    g_autofree guint8 *copy = g_memdup2(bytes, cut);
    g_assert_cmpint(ak_mqtt_packet_parse(copy, cut, &packet, &used, NULL), ==, AK_PARSE_MORE);
  }
  for (gsize cut = 0; cut < 8; cut++) { /* within the body */
    g_autofree guint8 *copy = g_memdup2(bytes + 3, cut);
    AkMqttPacket packet = {.type = 3, .flags = 3 << 1 & 2, .body = copy, .size = cut};
    AkMqttPublish publish = {0};
    g_assert_false(ak_mqtt_publish_parse(&packet, AK_MQTT_5, &publish, NULL));
  }
}

static void test_what_is_no_packet(void) {
  static const struct {
    guint8 bytes[6];
    AkErrorCode code;
  } rows[] = {{{0, 2, 0, 0}, AK_ERROR_INVALID_DATA},
              {{0x20, 0xff, 0xff, 0xff, 0xff, 1}, AK_ERROR_INVALID_DATA},
              {{0x30, 0xff, 0xff, 0xff, 0x7f}, AK_ERROR_LIMIT}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AkMqttPacket packet = {0};
    gsize used = 0;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(ak_mqtt_packet_parse(rows[i].bytes, 6, &packet, &used, &error), ==,
                    AK_PARSE_BAD);
    g_assert_error(error, AK_ERROR, (gint)rows[i].code);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mqtt/connect", test_connect);
  g_test_add_func("/mqtt/lengths", test_long_lengths);
  g_test_add_func("/mqtt/subscribe", test_subscribe);
  g_test_add_func("/mqtt/answers", test_answers);
  g_test_add_func("/mqtt/publish", test_publish);
  g_test_add_func("/mqtt/truncated", test_truncated_at_every_byte);
  g_test_add_func("/mqtt/none", test_what_is_no_packet);
  return g_test_run();
}
