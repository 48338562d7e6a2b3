#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/test.h"
#include "net/script.h"

extern const AkTest ak_probe_tls_test;

#define ADDRESS "127.0.9.41"

typedef struct {
  AkSinkCollector *seen;
  AkSink *sink;
} Fixture;

static void set_up(Fixture *self, gconstpointer data) {
  self->seen = ak_sink_collector_new();
  self->sink = ak_sink_new(&ak_probe_tls_test, &ak_sink_collector_backend, self->seen, NULL);
}

static void tear_down(Fixture *self, gconstpointer data) {
  ak_sink_free(self->sink);
  ak_sink_collector_free(self->seen);
}

static bool look(Fixture *self, AkNet *net, guint16 port, gint64 now_utc_us, GError **error) {
  g_autofree char *locator = g_strdup_printf("tcp:" ADDRESS ":%u", port);
  g_autoptr(json_t) params = json_object();
  AkSubject subject = {.kind = (char *)"service", .locator = locator};
  AkCall call = {.test = &ak_probe_tls_test,
                 .subject = &subject,
                 .params = params,
                 .net = net,
                 .now_utc_us = now_utc_us};
  return ak_probe_tls_test.run(&call, self->sink, error);
}

/* What was observed of `property`: "absent", "could-not-look", or the value. Caller frees. */
static char *value_of(Fixture *self, const char *property) {
  const AkObservation *seen = ak_sink_collector_find(self->seen, property, NULL);
  if (seen == NULL)
    return g_strdup("nothing");
  const AkValue *value = &seen->value;
  if (seen->outcome == AK_OUTCOME_ABSENT || seen->outcome == AK_OUTCOME_COULD_NOT_LOOK)
    return g_strdup(ak_outcome_name(seen->outcome));
  const char *cut = seen->outcome == AK_OUTCOME_CUT ? "cut:" : "";
  g_autofree char *set = value->set != NULL ? g_strjoinv(" ", value->set) : NULL;
  switch (value->type) {
  case AK_VALUE_BOOL:
    return g_strconcat(cut, value->boolean ? "true" : "false", NULL);
  case AK_VALUE_INT:
    return g_strdup_printf("%s%" G_GINT64_FORMAT " %s", cut, value->integer, value->unit);
  case AK_VALUE_SET:
    return g_strconcat(cut, set, NULL);
  default:
    return g_strconcat(cut, value->text, NULL);
  }
}

static void assert_value(Fixture *self, const char *property, const char *expected) {
  g_autofree char *value = value_of(self, property);
  g_test_message("%s", property);
  g_assert_cmpstr(value, ==, expected);
}

/* --- real servers ----------------------------------------------------------------------------------- */

typedef struct {
  char *folder;
  pid_t pid;
  guint16 port;
} Server;

static void run_tool(const char *folder, const char *const *argv) {
  int status = -1;
  g_autoptr(GError) error = NULL;
  g_spawn_sync(folder, (char **)argv, NULL,
               G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
               NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_true(g_spawn_check_wait_status(status, NULL));
}

static guint16 free_port(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ADDRESS)};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &size), ==, 0);
  close(fd);
  return ntohs(at.sin_port);
}

static void wait_until_it_listens(guint16 port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ADDRESS),
                           .sin_port = htons(port)};
  for (guint i = 0; i < 500; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool up = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    if (up)
      return;
    g_usleep(20000);
  }
  g_error("openssl s_server does not start");
}

/* An openssl s_server with a key made by `openssl req` and `key` options, and more `options`. */
static void start_server(Server *self, const char *const *key, const char *const *options) {
  g_autoptr(GError) error = NULL;
  self->folder = g_dir_make_tmp("akashi-tls-XXXXXX", NULL);
  self->port = free_port();
  g_autoptr(GPtrArray) request = g_ptr_array_new();
  static const char *const req[] = {"openssl", "req",   "-x509",   "-nodes",   "-keyout",
                                    "key.pem", "-out", "cert.pem", "-subj", "/CN=device"};
  for (gsize i = 0; i < G_N_ELEMENTS(req); i++)
    g_ptr_array_add(request, (gpointer)req[i]);
  for (gsize i = 0; key[i] != NULL; i++)
    g_ptr_array_add(request, (gpointer)key[i]);
  g_ptr_array_add(request, NULL);
  run_tool(self->folder, (const char *const *)request->pdata);
  g_autofree char *accept = g_strdup_printf(ADDRESS ":%u", self->port);
  const char *argv[20] = {"openssl", "s_server", "-quiet", "-accept", accept,
                          "-cert",   "cert.pem", "-key",   "key.pem"};
  for (gsize i = 0; options[i] != NULL; i++)
    argv[9 + i] = options[i];
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "OPENSSL_CONF", "/dev/null", TRUE);
  g_spawn_async(self->folder, (char **)argv, environment,
                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                    G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, &self->pid, &error);
  g_assert_no_error(error);
  wait_until_it_listens(self->port);
}

static void stop_server(Server *self) {
  kill(self->pid, SIGKILL);
  waitpid(self->pid, NULL, 0);
  g_autofree char *key = g_build_filename(self->folder, "key.pem", NULL);
  g_autofree char *certificate = g_build_filename(self->folder, "cert.pem", NULL);
  g_unlink(key);
  g_unlink(certificate);
  g_rmdir(self->folder);
  g_free(self->folder);
}

static void look_at_server(Fixture *self, const char *const *key, const char *const *options,
                           gint64 in_days) {
  Server server = {0};
  const char *allowed[] = {ADDRESS, NULL};
  AkNetPolicy policy = {.allowed = allowed};
  g_autoptr(AkNetDirect) direct = ak_net_direct_new(&policy, NULL);
  g_autoptr(GError) error = NULL;
  start_server(&server, key, options);
  bool ok = look(self, ak_net_direct_net(direct), server.port,
                 g_get_real_time() + (in_days * 24 + 1) * 3600 * G_USEC_PER_SEC, &error);
  stop_server(&server);
  g_assert_no_error(error);
  g_assert_true(ok);
}

static void test_sound_server(Fixture *self, gconstpointer data) {
  static const char *const key[] = {"-newkey", "ec",    "-pkeyopt", "ec_paramgen_curve:P-256",
                                    "-days",   "100", NULL};
  static const char *const options[] = {"-no_tls1", "-no_tls1_1", "-cipher",
                                        "ECDHE-ECDSA-AES128-GCM-SHA256", "-ciphersuites",
                                        "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
                                        NULL};
  look_at_server(self, key, options, 0);
  assert_value(self, "tls.offered", "true");
  assert_value(self, "tls.versions", "TLSv1.2 TLSv1.3");
  assert_value(self, "tls.ciphers", "TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 "
                                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  assert_value(self, "tls.certificate.days-left", "99 d"); /* 100 days less an hour */
  assert_value(self, "tls.certificate.key-type", "EC");
  assert_value(self, "tls.certificate.key-bits", "256 bits");
  assert_value(self, "tls.certificate.signature", "SHA256");
  assert_value(self, "tls.certificate.self-signed", "true");
  assert_value(self, "tls.coverage", "certificate ciphers versions");
  const AkObservation *leaf = ak_sink_collector_find(self->seen, "tls.certificate", NULL);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&g_array_index(leaf->evidence, AkEvidenceRef, 0).digest, hex);
  g_assert_cmpstr(hex, ==, leaf->value.text); /* its DER is the evidence */
}

static void test_weak_server(Fixture *self, gconstpointer data) {
  static const char *const key[] = {"-newkey", "rsa:1024", "-sha1", "-days", "10", NULL};
  static const char *const options[] = {"-no_tls1_2", "-no_tls1_3", "-cipher",
                                        "AES128-SHA:ADH-AES256-SHA:NULL-MD5@SECLEVEL=0", NULL};
  look_at_server(self, key, options, 20);
  assert_value(self, "tls.versions", "TLSv1.0 TLSv1.1");
  assert_value(self, "tls.ciphers", "TLS_DH_anon_WITH_AES_256_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA "
                                    "TLS_RSA_WITH_NULL_MD5");
  assert_value(self, "tls.certificate.days-left", "-11 d"); /* ten days and an hour ago */
  assert_value(self, "tls.certificate.key-type", "RSA");
  assert_value(self, "tls.certificate.key-bits", "1024 bits");
  assert_value(self, "tls.certificate.signature", "SHA1");
}

static void test_only_tls13(Fixture *self, gconstpointer data) {
  static const char *const key[] = {"-newkey", "ed25519", NULL};
  static const char *const options[] = {"-tls1_3", "-groups", "P-384", NULL}; /* asks to try again */
  look_at_server(self, key, options, 0);
  assert_value(self, "tls.versions", "TLSv1.3");
  assert_value(self, "tls.ciphers",
               "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256");
  assert_value(self, "tls.certificate.key-type", "Ed25519");
  assert_value(self, "tls.certificate.signature", "Ed25519");
}

/* --- scripted servers -------------------------------------------------------------------------------- */

static void read_hello(int fd) {
  guint8 head[5];
  for (gsize at = 0; at < sizeof head;) {
    gssize got = read(fd, head + at, sizeof head - at);
    if (got <= 0)
      return;
    at += (gsize)got;
  }
  g_autofree guint8 *body = g_malloc(65536);
  for (gsize left = (gsize)head[3] << 8 | head[4]; left > 0;) {
    gssize got = read(fd, body, left);
    if (got <= 0)
      return;
    left -= (gsize)got;
  }
}

typedef struct {
  const char *bytes;
  gsize size;
} Answer;

static void serve_answer(gpointer data, guint connection, int fd) {
  const Answer *answer = data;
  read_hello(fd);
  ak_script_write(fd, answer->bytes, answer->size);
}

static void look_at_answer(Fixture *self, const char *bytes, gsize size) {
  Answer answer = {bytes, size};
  g_autoptr(AkScript) script = ak_script_new(serve_answer, &answer);
  g_autoptr(GError) error = NULL;
  g_assert_true(look(self, ak_script_net(script), 443, 0, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(ak_script_connections(script), <, 100);
}

static void test_http_is_no_tls(Fixture *self, gconstpointer data) {
  look_at_answer(self, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
  assert_value(self, "tls.offered", "absent");
  assert_value(self, "tls.versions", "nothing");
  assert_value(self, "tls.coverage", "certificate ciphers versions");
}

static void test_closing_is_no_tls(Fixture *self, gconstpointer data) {
  look_at_answer(self, "", 0);
  assert_value(self, "tls.offered", "absent");
}

/* A TLS server that wants something else (a name, a client certificate) is not one that accepts
 * nothing weak. */
static void test_alerts_alone_are_not_sound(Fixture *self, gconstpointer data) {
  look_at_answer(self, "\x15\x03\x03\x00\x02\x02\x28", 7);
  assert_value(self, "tls.offered", "true");
  assert_value(self, "tls.versions", "could-not-look");
  assert_value(self, "tls.ciphers", "could-not-look");
  assert_value(self, "tls.certificate", "could-not-look");
  assert_value(self, "tls.coverage", "cut:");
}

/* Accepts one suite that was never offered, for ever. */
static void test_a_server_that_chooses_by_itself_ends(Fixture *self, gconstpointer data) {
  static const char hello[] = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
                              "0123456789abcdef0123456789abcdef\x00\xfa\xfa\x00";
  look_at_answer(self, hello, sizeof hello - 1);
  assert_value(self, "tls.versions", "TLSv1.2");
  assert_value(self, "tls.ciphers", "0xfafa");
  assert_value(self, "tls.certificate", "could-not-look");
}

static void test_truncated_answers(Fixture *self, gconstpointer data) {
  static const char hello[] = "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
                              "0123456789abcdef0123456789abcdef\x00\xc0\x2f\x00";
  for (gsize size = 0; size < sizeof hello - 1; size++) {
    Fixture own;
    set_up(&own, NULL);
    look_at_answer(&own, hello, size);
    assert_value(&own, "tls.versions", "nothing");
    tear_down(&own, NULL);
  }
}

static void test_refused_connection_is_unknown(Fixture *self, gconstpointer data) {
  Answer answer = {"", 0};
  g_autoptr(AkScript) script = ak_script_new(serve_answer, &answer);
  ak_script_refuse(script, 0, 100);
  g_assert_true(look(self, ak_script_net(script), 443, 0, NULL));
  assert_value(self, "tls.offered", "could-not-look");
  assert_value(self, "tls.coverage", "cut:");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/tls/sound", Fixture, NULL, set_up, test_sound_server, tear_down);
  g_test_add("/tls/weak", Fixture, NULL, set_up, test_weak_server, tear_down);
  g_test_add("/tls/only-1.3", Fixture, NULL, set_up, test_only_tls13, tear_down);
  g_test_add("/tls/http", Fixture, NULL, set_up, test_http_is_no_tls, tear_down);
  g_test_add("/tls/closing", Fixture, NULL, set_up, test_closing_is_no_tls, tear_down);
  g_test_add("/tls/alerts", Fixture, NULL, set_up, test_alerts_alone_are_not_sound, tear_down);
  g_test_add("/tls/own-choice", Fixture, NULL, set_up,
             test_a_server_that_chooses_by_itself_ends, tear_down);
  g_test_add("/tls/truncated", Fixture, NULL, set_up, test_truncated_answers, tear_down);
  g_test_add("/tls/refused", Fixture, NULL, set_up, test_refused_connection_is_unknown, tear_down);
  return g_test_run();
}
