#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/namespace.h"
#include "util/json.h"

#define ADDRESS "127.0.9.51"

/* Runs akashi scan with `words` (NULL-terminated); returns its exit code. */
static int scan(const char *const *words, char **output, char **errors) {
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  g_ptr_array_add(argv, (gpointer)g_getenv("AKASHI_PROGRAM"));
  g_ptr_array_add(argv, (gpointer) "scan");
  for (gsize i = 0; words[i] != NULL; i++)
    g_ptr_array_add(argv, (gpointer)words[i]);
  g_ptr_array_add(argv, NULL);
  int status = 0;
  g_assert_true(g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, output,
                             errors, &status, NULL));
  g_assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int listen_on(guint16 *port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ADDRESS)};
  socklen_t size = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint(listen(fd, 16), ==, 0);
  g_assert_cmpint(getsockname(fd, (struct sockaddr *)&at, &size), ==, 0);
  *port = ntohs(at.sin_port);
  return fd;
}

static void test_json(void) {
  guint16 port = 0;
  int fd = listen_on(&port);
  g_autofree char *range = g_strdup_printf("%u-%u", port - 1, port);
  const char *words[] = {ADDRESS, "--ports", range, "--discover-only", "--format", "json", NULL};
  g_autofree char *output = NULL;
  g_assert_cmpint(scan(words, &output, NULL), ==, 0);
  close(fd);
  g_autoptr(json_t) json = ak_json_parse(output, strlen(output), "output", NULL);
  g_assert_cmpstr(ak_json_string_or(json, "address", ""), ==, ADDRESS);
  const json_t *ports = json_object_get(json, "ports");
  const json_t *last = json_array_get(ports, json_array_size(ports) - 1);
  g_assert_cmpint(json_integer_value(json_object_get(last, "port")), ==, port);
  g_assert_cmpstr(ak_json_string_or(last, "transport", ""), ==, "tcp");
  g_assert_cmpstr(ak_json_string_or(last, "state", ""), ==, "open");
  g_autofree char *covered = g_strdup_printf("tcp4:%s", range);
  g_assert_cmpstr(json_string_value(json_array_get(json_object_get(json, "coverage"), 0)), ==,
                  covered);
  g_assert_cmpuint(json_array_size(json_object_get(json, "unknown")), ==, 0);
}

/* --- UDP ------------------------------------------------------------------------------------------- */

typedef struct {
  int fd;
  gint stopped;
} Echo;

static gpointer echo(gpointer data) {
  Echo *self = data;
  struct timeval wait = {.tv_usec = 20000};
  setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  while (!g_atomic_int_get(&self->stopped)) {
    char bytes[64];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    gssize got = recvfrom(self->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
    if (got >= 0)
      sendto(self->fd, "here", 4, 0, (struct sockaddr *)&from, size);
  }
  return NULL;
}

static void test_udp(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ADDRESS)};
  socklen_t size = sizeof at;
  Echo server = {.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  int mute = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(server.fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint(getsockname(server.fd, (struct sockaddr *)&at, &size), ==, 0);
  guint16 port = ntohs(at.sin_port), silent = port > 2000 ? (guint16)(port - 1) : (guint16)(port + 1);
  at.sin_port = htons(silent);
  g_assert_cmpint(bind(mute, (struct sockaddr *)&at, sizeof at), ==, 0);
  GThread *thread = g_thread_new("echo", echo, &server);
  g_autofree char *range = g_strdup_printf("%u,%u", port, silent);
  const char *words[] = {ADDRESS, "--udp", "--ports", range, "--format", "json", NULL};
  g_autofree char *output = NULL;
  g_assert_cmpint(scan(words, &output, NULL), ==, 0);
  g_atomic_int_set(&server.stopped, 1);
  g_thread_join(thread);
  close(server.fd);
  close(mute);
  g_autofree char *open = g_strdup_printf(
      "\"ports\":[{\"port\":%u,\"state\":\"open\",\"transport\":\"udp\"}]", port);
  g_autofree char *unknown = g_strdup_printf("\"unknown\":[\"udp4:%u\"]", silent);
  g_autofree char *decided = g_strdup_printf("\"udp4:%u\"]", port);
  g_assert_nonnull(strstr(output, open));
  g_assert_nonnull(strstr(output, unknown));
  g_assert_nonnull(strstr(output, decided));
}

/* --- namespaces -------------------------------------------------------------------------------------- */

static bool ip(const char *words) {
  g_autofree char *command = g_strconcat("ip netns ", words, NULL);
  int status = -1;
  return g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0;
}

#define NAMESPACE "akashi-scan-test"

static void test_an_address_in_a_namespace(void) {
  ip("delete " NAMESPACE); /* of a run that was killed */
  if (!ip("add " NAMESPACE) || !ip("exec " NAMESPACE " ip link set lo up")) {
    g_test_skip("no right to make network namespaces here");
    return;
  }
  guint16 port = 0;
  AkNamespaceVisit visit;
  int namespace_fd = ak_namespace_open(NAMESPACE, NULL);
  g_assert_true(ak_namespace_enter(namespace_fd, &visit, NULL));
  int fd = listen_on(&port);
  ak_namespace_leave(&visit);
  close(namespace_fd);
  g_autofree char *number = g_strdup_printf("%u", port);
  const char *there[] = {ADDRESS, "--network-namespace", NAMESPACE, "--udp", "--ports", number,
                         "--format", "json", NULL};
  const char *here[] = {ADDRESS, "--ports", number, "--format", "json", NULL};
  const char *foreign[] = {ADDRESS, "--network-namespace", "other", NULL};
  const char *missing[] = {ADDRESS, "--network-namespace", "akashi-nowhere", NULL};
  g_autofree char *seen = NULL, *nothing = NULL, *refused = NULL;
  g_assert_cmpint(scan(there, &seen, NULL), ==, 0);
  g_assert_nonnull(strstr(seen, "\"state\":\"open\",\"transport\":\"tcp\""));
  g_assert_nonnull(strstr(seen, "\"network_namespace\":\"" NAMESPACE "\""));
  g_assert_nonnull(strstr(seen, "\"udp4:")); /* refused there: decided */
  g_assert_cmpint(scan(here, &nothing, NULL), ==, 0);
  g_assert_nonnull(strstr(nothing, "\"ports\":[]"));
  g_assert_cmpint(scan(foreign, NULL, &refused), !=, 0);
  g_assert_nonnull(strstr(refused, "akashi-"));
  g_assert_cmpint(scan(missing, NULL, NULL), !=, 0);
  close(fd);
  g_assert_true(ip("delete " NAMESPACE));
}

static void test_text_in_both_languages(void) {
  guint16 port = 0;
  int fd = listen_on(&port);
  g_autofree char *range = g_strdup_printf("%u", port);
  const char *english[] = {ADDRESS, "--ports", range, "--lang", "en", NULL};
  const char *japanese[] = {ADDRESS, "--ports", range, "--lang", "ja", NULL};
  g_autofree char *one = NULL, *other = NULL;
  g_assert_cmpint(scan(english, &one, NULL), ==, 0);
  g_assert_cmpint(scan(japanese, &other, NULL), ==, 0);
  close(fd);
  g_autofree char *line = g_strdup_printf("%5u/tcp  open\n", port);
  g_assert_nonnull(strstr(one, line));
  g_assert_nonnull(strstr(other, "/tcp  開\n"));
}

static void test_others_need_consent(void) {
  const char *real[] = {"192.0.2.1", "--lang", "en", NULL};
  const char *name[] = {"localhost", "--lang", "en", NULL};
  const char *missing[] = {"192.0.2.1", "--authorization", "no-such-file.yaml", NULL};
  g_autofree char *errors = NULL, *more = NULL, *last = NULL;
  g_assert_cmpint(scan(real, NULL, &errors), ==, 2);
  g_assert_nonnull(strstr(errors, "--authorization PRODUCT.yaml"));
  g_assert_cmpint(scan(name, NULL, &more), ==, 2);
  g_assert_cmpint(scan(missing, NULL, &last), ==, 2);
}

/* The consent of the weak gateway names 127.0.1.10, not this documentation address. */
static void test_consent_for_another_address(void) {
  g_autofree char *path = g_build_filename(g_getenv("AKASHI_SOURCE_ROOT"), "examples",
                                           "weak-gateway", "product.yaml", NULL);
  const char *words[] = {"192.0.2.1", "--authorization", path, NULL};
  g_autofree char *errors = NULL;
  g_assert_cmpint(scan(words, NULL, &errors), ==, 2);
  g_assert_nonnull(strstr(errors, "192.0.2.1"));
}

static void test_usage(void) {
  const char *nothing[] = {NULL};
  const char *two[] = {ADDRESS, ADDRESS, NULL};
  const char *bad[] = {ADDRESS, "--ports", "0-70000", NULL};
  g_autofree char *a = NULL, *b = NULL, *c = NULL;
  g_assert_cmpint(scan(nothing, NULL, &a), ==, 2);
  g_assert_cmpint(scan(two, NULL, &b), ==, 2);
  g_assert_cmpint(scan(bad, NULL, &c), ==, 2);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scan/json", test_json);
  g_test_add_func("/scan/udp", test_udp);
  g_test_add_func("/scan/namespace", test_an_address_in_a_namespace);
  g_test_add_func("/scan/text", test_text_in_both_languages);
  g_test_add_func("/scan/consent", test_others_need_consent);
  g_test_add_func("/scan/other-consent", test_consent_for_another_address);
  g_test_add_func("/scan/usage", test_usage);
  return g_test_run();
}
