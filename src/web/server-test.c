/* The server asked by raw bytes over a socket: what it answers, refuses, and survives. */
#include "web/server.h"

#include "app/run-lock.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/record.h"
#include "log/test-folder.h"
#include "web/test-client.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define GET(path) "GET " path " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

typedef struct {
  TestFolder folder;
  AkWorkspace *workspace;
  AkServer *server;
} World;

static void append(AkWorkspace *workspace, json_t *taken) {
  g_autoptr(json_t) record = taken;
  g_autoptr(GError) error = NULL;
  g_assert_nonnull(record);
  guint64 index = 0;
  ak_log_append(ak_workspace_log(workspace), record, &index, &error);
  g_assert_no_error(error);
}

/* A run whose product name is markup, with one requirement that fails and one finding. */
static void add_run(AkWorkspace *workspace, const char *run_id, bool judged) {
  json_t *planned = ak_record_new(AK_RECORD_RUN_PLANNED, run_id, 1700000000000000);
  json_object_set_new(planned, "product_name", json_string("<b>Gateway"));
  json_object_set_new(planned, "product_version", json_string("1.0"));
  json_object_set_new(planned, "profile", json_string("en303645"));
  json_object_set_new(planned, "catalogue", json_pack("{s:s}", "id", "en303645"));
  append(workspace, planned);
  if (!judged)
    return;
  json_t *verdict = ak_record_new(AK_RECORD_VERDICT, run_id, 1700000001000000);
  json_object_set_new(
      verdict, "verdicts",
      json_pack("{s:[{s:s,s:s,s:s,s:s,s:{s:s,s:s},s:[]}],"
                "s:[{s:s,s:s,s:{s:s,s:s},s:{s:s,s:s},s:[s]}],s:{s:i}}",
                "verdicts", "requirement", "5.1-1", "obligation", "M", "verdict", "fail",
                "valid_until", "2027-01-31", "explanation", "en", "why it fails", "ja", "なぜ不合格か",
                "cases", "findings", "finding", "default-credentials", "severity", "high", "title",
                "en", "A default password", "ja", "既定のパスワード", "subject", "kind", "service",
                "locator", "tcp:127.0.1.10:443", "requirements", "5.1-1", "summary", "fail", 1));
  append(workspace, verdict);
}

static void set_up(World *world, gconstpointer token) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&world->folder, NULL);
  g_autofree char *data = g_build_filename(world->folder.top, "data", NULL);
  world->workspace = ak_workspace_open(data, &error);
  g_assert_no_error(error);
  add_run(world->workspace, "r1", true);
  add_run(world->workspace, "r2", false);
  static const char report[] = "<!DOCTYPE html><style>p{}</style><p>report</p>";
  g_autofree char *path = ak_workspace_write(world->workspace, "r1", "report.en.html", report,
                                             sizeof report - 1, &error);
  g_autofree char *hidden = ak_workspace_write(world->workspace, "r1", AK_PRODUCT_FOLDER_FILE,
                                               "/somewhere", 10, &error);
  g_autofree char *hidden_too = ak_workspace_write(world->workspace, "r1", AK_RANGE_FILE_FILE,
                                                   "/somewhere", 10, &error);
  g_assert_true(path != NULL && hidden != NULL && hidden_too != NULL);
  g_assert_no_error(error);
  AkServerOptions options = {.token = token};
  world->server = ak_server_start(world->workspace, &options, &error);
  g_assert_no_error(error);
}

static void tear_down(World *world, gconstpointer token) {
  ak_server_stop(world->server);
  ak_workspace_free(world->workspace);
  test_folder_tear_down(&world->folder, NULL);
}

static char *ask(World *world, const char *bytes, gsize size) {
  return test_client_ask(ak_server_port(world->server), bytes, size);
}

static char *ask_text(World *world, const char *text) { return ask(world, text, strlen(text)); }

static guint status_of(const char *answer) { return test_client_status(answer); }

static void assert_status(World *world, const char *request, guint status) {
  g_autofree char *answer = ask_text(world, request);
  if (status_of(answer) != status)
    g_test_message("%s\n→ %s", request, answer);
  g_assert_cmpuint(status_of(answer), ==, status);
}

static void assert_holds(const char *answer, const char *part) {
  if (strstr(answer, part) == NULL)
    g_test_message("lacks \"%s\": %s", part, answer);
  g_assert_nonnull(strstr(answer, part));
}

static void test_pages(World *world, gconstpointer data) {
  static const char *const found[] = {
      GET("/"), GET("/runs/r1"), GET("/runs/r2"), GET("/runs/r1?verdict=fail"),
      GET("/runs/r1/requirements/5.1-1"), GET("/style.css"), GET("/runs/r1/files/report.en.html")};
  for (gsize i = 0; i < G_N_ELEMENTS(found); i++)
    assert_status(world, found[i], 200);
  static const char *const lost[] = {GET("/nothing"), GET("/runs/r3"),
                                     GET("/runs/r1/requirements/9.9-9"), GET("/runs/r2/proof"),
                                     GET("/runs/r1/files/report.ja.html")};
  for (gsize i = 0; i < G_N_ELEMENTS(lost); i++)
    assert_status(world, lost[i], 404);
}

static void test_what_a_run_shows(World *world, gconstpointer data) {
  g_autofree char *answer = ask_text(world, GET("/runs/r1?lang=en"));
  assert_holds(answer, "&lt;b&gt;Gateway");
  g_assert_null(strstr(answer, "<b>"));
  g_assert_null(strstr(answer, "<script"));
  g_assert_null(strstr(answer, "style="));
  assert_holds(answer, "why it fails");
  assert_holds(answer, "A default password");
  assert_holds(answer, "tcp:127.0.1.10:443");
  assert_holds(answer, "run 1 of 2 of this version");
  assert_holds(answer, "2027-01-31");
  assert_holds(answer, "nofficial");
  assert_holds(answer, "</table>\n</div>\n</main>\n<footer>");
  g_assert_null(strstr(answer, AK_PRODUCT_FOLDER_FILE));
  g_assert_null(strstr(answer, AK_RANGE_FILE_FILE));
  g_autofree char *filtered = ask_text(world, GET("/runs/r1?lang=en&verdict=pass"));
  g_assert_null(strstr(filtered, "why it fails"));
  g_autofree char *list = ask_text(world, GET("/?lang=en"));
  assert_holds(filtered, " 2027-01-31"); /* valid until, or expired */
  assert_holds(list, " 2027-01-31");
  g_autofree char *open = ask_text(world, GET("/runs/r2?lang=en"));
  assert_holds(open, "no verdict yet");
}

static void test_languages(World *world, gconstpointer data) {
  g_autofree char *japanese = ask_text(world, GET("/runs/r1?lang=ja"));
  assert_holds(japanese, "<html lang=\"ja\">");
  assert_holds(japanese, "なぜ不合格か");
  assert_holds(japanese, "href=\"/runs/r1?lang=en\"");
  g_autofree char *english = ask_text(world, GET("/runs/r1?lang=en"));
  assert_holds(english, "<html lang=\"en\">");
  assert_holds(english, "href=\"/runs/r1?lang=ja\"");
  g_autofree char *browser =
      ask_text(world, "GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: ja,en;q=0.5\r\n"
                      "Connection: close\r\n\r\n");
  assert_holds(browser, "<html lang=\"ja\">");
}

static void test_policies(World *world, gconstpointer data) {
  g_autofree char *page = ask_text(world, GET("/"));
  assert_holds(page, "Content-Security-Policy: default-src 'none'; style-src 'self'; ");
  assert_holds(page, "X-Content-Type-Options: nosniff");
  g_autofree char *report = ask_text(world, GET("/runs/r1/files/report.en.html"));
  assert_holds(report, "Content-Security-Policy: sandbox; default-src 'none'; style-src 'sha256-");
  g_assert_null(strstr(page, "unsafe-inline"));
  g_assert_null(strstr(report, "unsafe-inline"));
  g_autofree char *error = ask_text(world, GET("/nothing"));
  assert_holds(error, "Content-Security-Policy: default-src 'none'");
}

static void test_methods(World *world, gconstpointer data) {
  static const char *const others[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autofree char *request = g_strdup_printf(
        "%s / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        others[i]);
    g_autofree char *answer = ask_text(world, request);
    g_assert_cmpuint(status_of(answer), ==, 405);
    assert_holds(answer, "Allow: GET, HEAD");
  }
  g_autofree char *head =
      ask_text(world, "HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  g_assert_cmpuint(status_of(head), ==, 200);
  assert_holds(head, "Content-Length: ");
  g_assert_true(g_str_has_suffix(head, "\r\n\r\n"));
}

/* A name of another site that resolves to loopback reads nothing. */
static void test_hosts(World *world, gconstpointer data) {
  assert_status(world, "GET / HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n", 200);
  assert_status(world, "GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", 200);
  static const char *const foreign[] = {"evil.example", "localhost.evil.example", "127.0.0.1.evil",
                                        "127.0.0.2", "localhos", ""};
  for (gsize i = 0; i < G_N_ELEMENTS(foreign); i++) {
    g_autofree char *request = g_strdup_printf(
        "GET /runs/r1 HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", foreign[i]);
    g_autofree char *answer = ask_text(world, request);
    g_assert_cmpuint(status_of(answer), ==, 421);
    g_assert_null(strstr(answer, "Gateway"));
  }
}

static void test_no_way_out_of_the_folder(World *world, gconstpointer data) {
  static const char *const paths[] = {
      "/runs/r1/files/../../../log/key",   "/runs/r1/files/..%2f..%2flog%2fkey",
      "/runs/r1/files/%2e%2e",             "/runs/../log/files/key",
      "/runs/%2e%2e/files/log",            "/runs/r1/files/%2e%2e%2fr1%2freport.en.html",
      "/runs/r1/files//etc/passwd",        "/runs/r1/files/%2fetc%2fpasswd",
      "/runs/r1/files/report.en.html%00x", "/runs/r1/files/product-folder.txt", "/runs/r1/files/range-file.txt",
      "/../../etc/passwd",                 "/runs/.%2e/files/x"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autofree char *request = g_strdup_printf(
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", paths[i]);
    g_autofree char *answer = ask_text(world, request);
    guint status = status_of(answer);
    if (status == 200)
      g_test_message("%s was served", paths[i]);
    g_assert_cmpuint(status, !=, 200);
    g_assert_null(strstr(answer, "root:"));
    g_assert_null(strstr(answer, "/somewhere"));
  }
}

static void test_bad_requests_are_survived(World *world, gconstpointer data) {
  g_autofree char *path = g_strnfill(10000, 'a');
  g_autofree char *request = g_strdup_printf(
      "GET /%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
  g_autofree char *answer = ask_text(world, request);
  g_assert_true(status_of(answer) == 404 || status_of(answer) == 414);
  g_autofree char *endless = g_strnfill(200000, 'b');
  g_autofree char *flood = g_strdup_printf("GET / HTTP/1.1\r\nX: %s\r\n\r\n", endless);
  g_autofree char *flooded = ask_text(world, flood);
  g_assert_cmpuint(status_of(flooded), !=, 200);
  static const guint8 garbage[] = {0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0x0a, 0x0d, 0x0a, 0x80, 0xfe,
                                   0x0d, 0x0a, 0x0d, 0x0a};
  for (gsize size = 0; size <= sizeof garbage; size++) {
    g_autofree char *said = ask(world, (const char *)garbage, size);
    g_assert_cmpuint(status_of(said), !=, 200);
  }
  static const char *const bad[] = {"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                                    "GET /runs/%ff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                                    "GET", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autofree char *said = ask_text(world, bad[i]);
    g_assert_cmpuint(status_of(said), !=, 200);
  }
  g_autofree char *query = ask_text(world, GET("/?lang=%ff%fe&verdict=<b>"));
  g_assert_null(strstr(query, "<b>"));
  assert_status(world, GET("/"), 200);
}

static void test_token(World *world, gconstpointer data) {
  static const char *const refused[] = {
      "", "Authorization: Bearer \r\n", "Authorization: Bearer wrong\r\n",
      "Authorization: Bearer " TOKEN "0\r\n", "Authorization: Basic !!!\r\n",
      "Authorization: Basic YTp3cm9uZw==\r\n" /* a:wrong */};
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *request = g_strdup_printf(
        "GET /runs/r1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n", refused[i]);
    g_autofree char *answer = ask_text(world, request);
    g_assert_cmpuint(status_of(answer), ==, 401);
    assert_holds(answer, "WWW-Authenticate: ");
    g_assert_null(strstr(answer, "Gateway"));
  }
  assert_status(world,
                "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " TOKEN
                "\r\nConnection: close\r\n\r\n",
                200);
  g_autofree char *basic = g_base64_encode((const guchar *)"a:" TOKEN, strlen("a:" TOKEN));
  g_autofree char *request = g_strdup_printf(
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic %s\r\nConnection: close\r\n\r\n",
      basic);
  assert_status(world, request, 200);
}

static void test_addresses(World *world, gconstpointer data) {
  static const struct {
    const char *address, *token;
  } refused[] = {{"0.0.0.0", NULL}, {"::", NULL}, {"192.0.2.1", NULL}, {"localhost", TOKEN}};
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    AkServerOptions options = {.address = refused[i].address, .token = refused[i].token};
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_server_start(world->workspace, &options, &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  }
  AkServerOptions taken = {.port = ak_server_port(world->server)};
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_server_start(world->workspace, &taken, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
}

/* Words are found, in either language; what was asked is shown as text; a question that cannot be asked
 * is answered. */
static void test_search(World *world, gconstpointer data) {
  g_autofree char *found = ask_text(world, GET("/?q=%E6%97%A2%E5%AE%9A")); /* 既定 */
  assert_holds(found, "/runs/r1");
  g_assert_null(strstr(found, "/runs/r2"));
  assert_holds(found, "A default password");
  g_autofree char *both = ask_text(world, GET("/?q=%3Cb%3Egateway&lang=ja")); /* <b>gateway */
  assert_holds(both, "/runs/r1");
  assert_holds(both, "/runs/r2");
  assert_holds(both, "value=\"&lt;b&gt;gateway\"");
  assert_holds(both, "q=%3Cb%3Egateway"); /* the other language keeps it */
  assert_holds(both, "form-action 'self'");
  g_assert_null(strstr(both, "<b>"));
  g_autofree char *none = ask_text(world, GET("/?q=nowhere&lang=en"));
  assert_holds(none, "nothing was found");
  g_autofree char *short_word = ask_text(world, GET("/?q=a&lang=en"));
  assert_holds(short_word, "at least two letters");
  g_assert_cmpuint(status_of(short_word), ==, 200);
  g_autofree char *plain = ask_text(world, GET("/?q="));
  assert_holds(plain, "/runs/r2");
}

/* Complete without a script; with one only while somebody works on the run, and on that page alone. */
static void test_progress(World *world, gconstpointer data) {
  g_autofree char *finished = ask_text(world, GET("/runs/r1/progress?lang=en"));
  g_assert_cmpuint(status_of(finished), ==, 200);
  g_assert_null(strstr(finished, "<script"));
  g_assert_null(strstr(finished, "http-equiv"));
  assert_holds(finished, "<progress");
  g_autofree char *stopped = ask_text(world, GET("/runs/r2/progress?lang=en"));
  assert_holds(stopped, "Stopped:");
  assert_holds(stopped, "akashi verify --resume --run-id r2");
  g_assert_null(strstr(stopped, "<script"));
  g_autoptr(GError) error = NULL;
  g_autoptr(AkRunLock) lock = ak_run_lock_take(world->workspace, "r2", &error);
  g_assert_no_error(error);
  g_autofree char *running = ask_text(world, GET("/runs/r2/progress?lang=ja"));
  assert_holds(running, "実行中:");
  assert_holds(running, "<noscript><meta http-equiv=\"refresh\" content=\"5\"");
  assert_holds(running, "<script src=\"/progress.js\" defer");
  assert_holds(running, "aria-live=\"polite\"");
  assert_holds(running, "data-events=\"/api/v1/runs/r2/events\"");
  assert_holds(running, "script-src 'self'; connect-src 'self'");
  g_assert_null(strstr(running, "unsafe"));
  g_autofree char *other = ask_text(world, GET("/runs/r2"));
  g_assert_null(strstr(other, "script-src"));
  g_autofree char *script = ask_text(world, GET("/progress.js"));
  assert_holds(script, "Content-Type: text/javascript; charset=utf-8");
  assert_holds(script, "EventSource");
  assert_status(world, GET("/runs/r3/progress"), 404);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*run)(World *, gconstpointer);
    const char *token;
  } tests[] = {
      {"/server/pages", test_pages, NULL},
      {"/server/run", test_what_a_run_shows, NULL},
      {"/server/languages", test_languages, NULL},
      {"/server/policies", test_policies, NULL},
      {"/server/progress", test_progress, NULL},
      {"/server/search", test_search, NULL},
      {"/server/methods", test_methods, NULL},
      {"/server/hosts", test_hosts, NULL},
      {"/server/folder", test_no_way_out_of_the_folder, NULL},
      {"/server/bad-requests", test_bad_requests_are_survived, NULL},
      {"/server/token", test_token, TOKEN},
      {"/server/addresses", test_addresses, NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].name, World, tests[i].token, set_up, tests[i].run, tear_down);
  return g_test_run();
}
