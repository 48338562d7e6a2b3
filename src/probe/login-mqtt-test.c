/* MQTT brokers and Modbus devices that the test plays. */
#include <poll.h>
#include <sys/socket.h>

#include "probe/service-script.h"

extern const AkTest ak_probe_login_test, ak_probe_mqtt_test, ak_probe_modbus_test;

typedef struct {
  const char *password; /* of admin; NULL: none; "*": any */
  bool anonymous, may_subscribe;
  bool only_311;     /* closes where another version is asked for */
  guint8 refusal;    /* 0: 5, or 0x87 in version 5 */
  const char *topic; /* of one retained message */
  const char *about; /* what it publishes of its version; NULL: nothing */
  gsize about_size;  /* 0: as long as the text */
  guint about_flood; /* how many messages of other topics come before */
  bool is_garbled;   /* what it publishes is no packet of its version */
  bool closes;       /* where it is asked for its version */
  guint attempts;
} Broker;

/* One packet: its first byte, then what comes after its length of one byte. */
static guint8 read_packet(int fd, guint8 *body, gsize *size) {
  guint8 head[2];
  if (recv(fd, head, 2, MSG_WAITALL) != 2 || head[1] > 127)
    return 0;
  *size = head[1];
  return *size == 0 || recv(fd, body, *size, MSG_WAITALL) == (gssize)*size ? head[0] : 0;
}

/* Flags at byte 7; the client's identifier, user and password follow. */
static bool is_right(const Broker *self, const guint8 *body, gsize size, guint8 version) {
  gsize at = version == 5 ? 11 : 10;
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  while (at + 2 <= size) {
    gsize length = (gsize)body[at] << 8 | body[at + 1];
    if (at + 2 + length > size)
      return false;
    g_ptr_array_add(texts, g_strndup((const char *)body + at + 2, length));
    at += 2 + length;
  }
  if ((body[7] & 0xc0) != 0xc0 || texts->len != 3)
    return self->anonymous;
  return g_strcmp0(self->password, "*") == 0 ||
         (strcmp(texts->pdata[1], "admin") == 0 && g_strcmp0(texts->pdata[2], self->password) == 0);
}

static void publish(int fd, const Broker *self, guint8 version) {
  guint8 length = (guint8)strlen(self->topic);
  guint8 head[] = {0x31, (guint8)(2 + length + (version == 5) + 6), 0, length};
  ak_script_write(fd, head, sizeof head);
  ak_script_say(fd, self->topic);
  ak_script_write(fd, "", version == 5);
  ak_script_say(fd, "secret");
}

#define ABOUT "$SYS/broker/version"

/* A PUBLISH with a length of four bytes, so that everything fits. */
static void publish_about(int fd, const Broker *self, const char *topic, const void *text, gsize size,
                          guint8 version) {
  gsize length = 2 + strlen(topic) + (version == 5) + size;
  guint8 head[] = {0x31,
                   (guint8)(length % 128 + 128),
                   (guint8)(length / 128 % 128 + 128),
                   (guint8)(length / 16384 % 128 + 128),
                   (guint8)(length / 2097152 % 128),
                   0,
                   (guint8)(self->is_garbled ? 200 : strlen(topic))};
  ak_script_write(fd, head, sizeof head);
  ak_script_say(fd, topic);
  ak_script_write(fd, "", version == 5);
  ak_script_write(fd, text, size);
}

/* What it answers to a subscription: the filter stands after the identifier. */
static void tell_about(int fd, const Broker *self, const guint8 *body, gsize size, guint8 version) {
  gsize at = version == 5 ? 5 : 4;
  bool is_asked = size > at + strlen(ABOUT) && memcmp(body + at, ABOUT, strlen(ABOUT)) == 0;
  for (guint i = 0; is_asked && i < self->about_flood; i++)
    publish_about(fd, self, "home/light", "on", 2, version);
  if (is_asked && self->about != NULL && self->may_subscribe)
    publish_about(fd, self, ABOUT, self->about,
                  self->about_size > 0 ? self->about_size : strlen(self->about), version);
}

static void serve_broker(gpointer data, guint connection, int fd) {
  Broker *self = data;
  guint8 body[128], version;
  gsize size = 0;
  if (read_packet(fd, body, &size) != 0x10 || size < 10)
    return;
  version = body[6];
  if (self->only_311 && version != 4)
    return;
  bool right = is_right(self, body, size, version);
  self->attempts += (body[7] & 0x80) != 0;
  guint8 refusal = self->refusal != 0 ? self->refusal : version == 5 ? 0x87 : 5;
  const guint8 connack[] = {0x20, version == 5 ? 3 : 2, 0, right ? 0 : refusal, 0};
  ak_script_write(fd, connack, connack[1] + 2);
  while (right && read_packet(fd, body, &size) == 0x82) {
    if (self->closes)
      return;
    const guint8 old[] = {0x90, 3, body[0], body[1], self->may_subscribe ? 0 : 0x80};
    const guint8 new[] = {0x90, 4, body[0], body[1], 0, self->may_subscribe ? 0 : 0x87};
    if (version == 5)
      ak_script_write(fd, new, sizeof new);
    else
      ak_script_write(fd, old, sizeof old);
    if (self->topic != NULL && self->may_subscribe)
      publish(fd, self, version);
    tell_about(fd, self, body, size, version);
  }
}

static Run run_broker(const AkTest *test, Broker *broker, json_t *params) {
  g_autoptr(AkScript) script = ak_script_new(serve_broker, broker);
  return run_on(test, script, "mqtt", NULL, params);
}

static json_t *declared(guint attempts) {
  return json_pack("{s:i, s:{s:s}}", "attempts", attempts, "auth", "user", "admin");
}

/* --- the probe
 * ------------------------------------------------------------------------------------------ */

static void test_open_broker(void) {
  Broker broker = {.anonymous = true, .may_subscribe = true, .topic = "home/door/code"};
  g_auto(Run) run = run_broker(&ak_probe_mqtt_test, &broker, json_object());
  assert_value(&run, "mqtt.offered", "mqtt");
  assert_value(&run, "mqtt.versions", "3.1.1 5");
  assert_value(&run, "mqtt.anonymous", "true");
  assert_value(&run, "mqtt.subscribe-all", "true");
  assert_value(&run, "mqtt.heard", "1");
  assert_value(&run, "mqtt.coverage", "anonymous subscribe versions");
  assert_hidden(&run, "secret");
  assert_hidden(&run, "door");
}

static void test_open_broker_with_rules(void) {
  Broker broker = {.anonymous = true};
  g_auto(Run) run = run_broker(&ak_probe_mqtt_test, &broker, json_object());
  assert_value(&run, "mqtt.anonymous", "true");
  assert_value(&run, "mqtt.subscribe-all", "absent");
  assert_value(&run, "mqtt.coverage", "anonymous subscribe versions");
}

static void test_sound_broker(void) {
  Broker broker = {.password = "kX9vQ2mZ7"};
  g_auto(Run) run = run_broker(&ak_probe_mqtt_test, &broker, json_object());
  assert_value(&run, "mqtt.anonymous", "absent");
  assert_value(&run, "mqtt.subscribe-all", "absent");
  assert_value(&run, "mqtt.coverage", "anonymous subscribe versions");
  g_assert_cmpuint(broker.attempts, ==, 0);
}

static void test_old_broker(void) {
  Broker broker = {.only_311 = true};
  g_auto(Run) run = run_broker(&ak_probe_mqtt_test, &broker, json_object());
  assert_value(&run, "mqtt.versions", "3.1.1");
  assert_value(&run, "mqtt.anonymous", "absent");
}

/* Refused for being busy says nothing of credentials. */
static void test_busy_broker(void) {
  Broker broker = {.refusal = 3};
  g_auto(Run) run = run_broker(&ak_probe_mqtt_test, &broker, json_object());
  assert_value(&run, "mqtt.anonymous", "could-not-look");
  assert_value(&run, "mqtt.coverage", "versions");
}

static void serve_closed(gpointer data, guint connection, int fd) {}

static void test_closed(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_closed, NULL);
  g_auto(Run) run = run_on(&ak_probe_mqtt_test, script, "mqtt", NULL, json_object());
  assert_value(&run, "mqtt.offered", "could-not-look");
  assert_value(&run, "mqtt.coverage", "cut:");
}

/* --- logging in
 * ------------------------------------------------------------------------------------------- */

static void test_login_open(void) {
  Broker broker = {.anonymous = true};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.mechanism", "none");
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.plain", "true");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "could-not-look");
  assert_value(&run, "login.banner", "absent"); /* it refuses to tell */
}

static void test_version_told(void) {
  Broker broker = {.anonymous = true, .may_subscribe = true, .about = "mosquitto version 2.0.11"};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.banner", "mosquitto version 2.0.11");
  Broker old = broker;
  old.only_311 = true;
  old.about_flood = 20;
  g_auto(Run) second = run_broker(&ak_probe_login_test, &old, declared(3));
  assert_value(&second, "login.banner", "mosquitto version 2.0.11");
}

/* Granted, and nothing is published there, or nothing that is a version. */
static void test_version_not_told(void) {
  Broker silent = {.anonymous = true, .may_subscribe = true};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &silent, declared(3));
  assert_value(&run, "login.banner", "absent");
  assert_value(&run, "login.coverage", "banner default-credential open plain");
  Broker plain = {.anonymous = true, .may_subscribe = true, .about = "a broker"};
  g_auto(Run) second = run_broker(&ak_probe_login_test, &plain, declared(3));
  assert_value(&second, "login.banner", "absent");
}

/* Who needs a log-in is not asked. */
static void test_version_behind_a_password(void) {
  Broker broker = {.password = "kX9vQ2mZ7", .may_subscribe = true, .about = "mosquitto 2.0.11"};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.banner", "absent");
  assert_hidden(&run, "2.0.11");
}

/* Bytes that are no text are shown as such; what is too large, false or broken off decides nothing. */
static void test_hostile_versions(void) {
  static const char bytes[] = "\x01\xff\0mosquitto 2.0.11\n\x7f";
  Broker odd = {.anonymous = true,
                .may_subscribe = true,
                .about = bytes,
                .about_size = sizeof bytes - 1};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &odd, declared(3));
  assert_value(&run, "login.banner", "\357\277\275 mosquitto 2.0.11 \\x7f");
  g_autofree char *large = g_strnfill(2 * 1024 * 1024, 'x');
  g_autofree char *long_text = g_strnfill(8000, 'x');
  Broker hostile[] = {{.about = large}, {.about = long_text}, {.about = "2.0.11", .is_garbled = true},
                      {.about = "2.0.11", .closes = true}, {.about = "2.0.11", .about_flood = 60}};
  for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
    hostile[i].anonymous = hostile[i].may_subscribe = true;
    g_auto(Run) other = run_broker(&ak_probe_login_test, &hostile[i], declared(3));
    assert_value(&other, "login.banner", "could-not-look");
    assert_value(&other, "login.open", "true");
    assert_value(&other, "login.coverage", "default-credential open plain");
  }
}

static void test_login_sound(void) {
  Broker broker = {.password = "kX9vQ2mZ7"};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.mechanism", "password");
  assert_value(&run, "login.open", "absent");
  assert_value(&run, "login.default-credential", "absent");
  assert_value(&run, "login.lockout", "absent");
  assert_value(&run, "login.coverage", "banner default-credential lockout open plain");
  g_assert_cmpuint(broker.attempts, ==, 15 + 3);
}

static void test_login_weak(void) {
  Broker broker = {.password = "default", .only_311 = true};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.default-credential", "admin:*****");
  assert_value(&run, "login.open", "absent");
}

static void test_login_any_password(void) {
  Broker broker = {.password = "*"};
  g_auto(Run) run = run_broker(&ak_probe_login_test, &broker, declared(3));
  assert_value(&run, "login.open", "true");
  assert_value(&run, "login.default-credential", "could-not-look");
}

static void test_unknown_inside_tls(void) {
  g_autoptr(AkScript) script = ak_script_new(serve_closed, NULL);
  g_auto(Run) run = run_on(&ak_probe_login_test, script, "tls", NULL, json_object());
  assert_value(&run, "login.open", "could-not-look");
  assert_value(&run, "login.coverage", "cut:");
  g_assert_cmpuint(run.connections, ==, 0);
}

/* --- Modbus
 * ------------------------------------------------------------------------------------------------
 */

typedef struct {
  guint8 exception; /* to each question; 0: it answers */
  bool is_silent;
  guint writes; /* questions that are none of the two that read */
} Plc;

static void serve_plc(gpointer data, guint connection, int fd) {
  Plc *self = data;
  guint8 head[8], rest[8];
  static const guint8 identification[] = {0x0e, 1,   1,   0, 0, 2,   0,   4,   'A',
                                          'c',  'm', 'e', 2, 4, 'V', '2', '.', '1'};
  static const guint8 registers[] = {2, 0, 7};
  if (recv(fd, head, 8, MSG_WAITALL) != 8 || recv(fd, rest, head[5] - 2u, MSG_WAITALL) <= 0)
    return;
  bool is_identification = head[7] == 0x2b;
  self->writes += !is_identification && head[7] != 3;
  if (self->is_silent)
    return;
  const guint8 *body = is_identification ? identification : registers;
  gsize size = is_identification ? sizeof identification : sizeof registers;
  if (self->exception != 0) {
    body = &self->exception;
    size = 1;
    head[7] |= 0x80;
  }
  head[5] = (guint8)(size + 2);
  ak_script_write(fd, head, 8);
  ak_script_write(fd, body, size);
}

static Run run_plc(const AkTest *test, Plc *plc) {
  g_autoptr(AkScript) script = ak_script_new(serve_plc, plc);
  return run_on(test, script, "modbus", NULL, json_object());
}

static void test_modbus(void) {
  Plc plc = {0};
  g_auto(Run) run = run_plc(&ak_probe_modbus_test, &plc);
  assert_value(&run, "modbus.reads", "true");
  assert_value(&run, "modbus.identification", "Acme V2.1");
  assert_value(&run, "modbus.coverage", "identification reads");
  g_auto(Run) login = run_plc(&ak_probe_login_test, &plc);
  assert_value(&login, "login.mechanism", "none");
  assert_value(&login, "login.open", "true");
  assert_value(&login, "login.plain", "true");
  assert_value(&login, "login.banner", "Acme V2.1");
  assert_value(&login, "login.default-credential", "absent");
  g_assert_cmpuint(plc.writes, ==, 0);
}

/* An address that does not exist was looked up all the same; a function that does not exist says
 * nothing. */
static void test_modbus_exceptions(void) {
  Plc address = {.exception = 2}, function = {.exception = 1};
  g_auto(Run) run = run_plc(&ak_probe_modbus_test, &address);
  assert_value(&run, "modbus.reads", "true");
  assert_value(&run, "modbus.identification", "absent");
  g_auto(Run) other = run_plc(&ak_probe_modbus_test, &function);
  assert_value(&other, "modbus.reads", "could-not-look");
  assert_value(&other, "modbus.coverage", "identification");
  g_auto(Run) login = run_plc(&ak_probe_login_test, &function);
  assert_value(&login, "login.open", "could-not-look");
}

/* It closes to whom it does not know: neither open nor refused for sure. */
static void test_modbus_silence(void) {
  Plc plc = {.is_silent = true};
  g_auto(Run) run = run_plc(&ak_probe_modbus_test, &plc);
  assert_value(&run, "modbus.reads", "could-not-look");
  assert_value(&run, "modbus.coverage", "cut:");
  g_auto(Run) login = run_plc(&ak_probe_login_test, &plc);
  assert_value(&login, "login.open", "could-not-look");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mqtt-probe/open", test_open_broker);
  g_test_add_func("/mqtt-probe/rules", test_open_broker_with_rules);
  g_test_add_func("/mqtt-probe/sound", test_sound_broker);
  g_test_add_func("/mqtt-probe/old", test_old_broker);
  g_test_add_func("/mqtt-probe/busy", test_busy_broker);
  g_test_add_func("/mqtt-probe/closed", test_closed);
  g_test_add_func("/login-mqtt/open", test_login_open);
  g_test_add_func("/login-mqtt/version-told", test_version_told);
  g_test_add_func("/login-mqtt/version-not-told", test_version_not_told);
  g_test_add_func("/login-mqtt/version-behind-password", test_version_behind_a_password);
  g_test_add_func("/login-mqtt/version-hostile", test_hostile_versions);
  g_test_add_func("/login-mqtt/sound", test_login_sound);
  g_test_add_func("/login-mqtt/weak", test_login_weak);
  g_test_add_func("/login-mqtt/any-password", test_login_any_password);
  g_test_add_func("/login-mqtt/unknown", test_unknown_inside_tls);
  g_test_add_func("/modbus-probe/answers", test_modbus);
  g_test_add_func("/modbus-probe/exceptions", test_modbus_exceptions);
  g_test_add_func("/modbus-probe/silence", test_modbus_silence);
  return g_test_run();
}
