/* The pages over runs made of records: a weak device, a sound one, and names that are meant to do harm. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/retention.h"
#include "core/record.h"
#include "log/test-folder.h"
#include "web/server.h"
#include "web/test-client.h"

#define DAY 1700000000000000 /* 2023-11-14, microseconds */
#define EVIL "<script>alert(1)</script>"
#define TURNED "\xe2\x80\xae" "txt.exe" /* U+202E: what follows is written from right to left */
#define TELNET "tcp:127.0.1.10:23"

typedef struct {
  TestFolder folder;
  AkWorkspace *workspace;
  AkServer *server;
} World;

static void append(World *world, json_t *taken) {
  g_autoptr(json_t) record = taken;
  g_autoptr(GError) error = NULL;
  guint64 index = 0;
  g_assert_nonnull(record);
  ak_log_append(ak_workspace_log(world->workspace), record, &index, &error);
  g_assert_no_error(error);
}

/* Keeps bytes; the digest in hex, caller frees. */
static char *keep(World *world, const void *bytes, gsize size) {
  AkDigest digest;
  g_autoptr(GError) error = NULL;
  ak_log_put_blob(ak_workspace_log(world->workspace), bytes, size, &digest, &error);
  g_assert_no_error(error);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  return g_strdup(hex);
}

/* --- runs of records -------------------------------------------------------------------------------- */

typedef struct {
  const char *id, *product, *version, *profile;
  gint64 when;
  const char *first, *second; /* verdicts of 5.1-1 and 5.5-1; NULL: not judged */
  const char *until;
  const char *tests; /* of its plan, with commas */
  const char *retest_of, *inherited; /* the run from which 5.1-1 is taken over, or NULL */
  const char *threats; /* digest of a model, or NULL */
  bool finds; /* the finding of a default password */
} Run;

static json_t *tests_of(const char *names) {
  g_auto(GStrv) split = g_strsplit(names != NULL ? names : "", ",", -1);
  json_t *tests = json_array();
  for (gsize i = 0; split[i] != NULL; i++)
    json_array_append_new(tests, json_pack("{s:s}", "id", split[i]));
  return tests;
}

static void plan(World *world, const Run *run) {
  json_t *planned = ak_record_new(AK_RECORD_RUN_PLANNED, run->id, run->when);
  json_object_set_new(planned, "product_name", json_string(run->product));
  json_object_set_new(planned, "product_version", json_string(run->version));
  json_object_set_new(planned, "product_model", json_string("M-1"));
  json_object_set_new(planned, "profile", json_string(run->profile));
  json_object_set_new(planned, "catalogue", json_pack("{s:s}", "id", run->profile));
  json_object_set_new(planned, "tests", tests_of(run->tests));
  if (run->retest_of != NULL)
    json_object_set_new(planned, "retest_of", json_string(run->retest_of));
  if (run->threats != NULL)
    json_object_set_new(planned, "threats", json_string(run->threats));
  append(world, planned);
}

static json_t *seen_login(void) {
  return json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}}", "id", "00", "test", "probe.login",
                   "property", "login.default-credential", "outcome", "seen", "subject", "kind",
                   "service", "locator", TELNET);
}

static json_t *verdict_row(const char *requirement, const char *verdict, const char *until,
                           const char *inherited) {
  g_autofree char *name = g_strdup_printf("%s-2", requirement);
  json_t *one = json_pack("{s:s, s:s, s:[o], s:{s:s, s:s}, s:s}", "case", name, "verdict", verdict,
                          "observations", seen_login(), "explanation", "en", "the reason", "ja",
                          "理由", "valid_until", until);
  if (inherited != NULL)
    json_object_set_new(one, "inherited", json_pack("{s:s}", "run", inherited));
  return json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:[o]}", "requirement", requirement,
                   "obligation", "M", "verdict", verdict, "valid_until", until, "explanation", "en",
                   "the reason", "ja", "理由", "cases", one);
}

static json_t *finding(void) {
  return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:[o], s:[s]}", "finding",
                   "default-credential", "severity", "critical", "property",
                   "login.default-credential", "title", "en", "A default password", "ja",
                   "既定のパスワード", "subject", "kind", "service", "locator", TELNET,
                   "observations", seen_login(), "requirements", "5.1-1");
}

static int counts(const Run *run, const char *verdict) {
  return (strcmp(run->first, verdict) == 0) + (strcmp(run->second, verdict) == 0);
}

static void judge(World *world, const Run *run) {
  json_t *verdict = ak_record_new(AK_RECORD_VERDICT, run->id, run->when + 1);
  json_t *findings = json_array();
  if (run->finds)
    json_array_append_new(findings, finding());
  json_object_set_new(
      verdict, "verdicts",
      json_pack("{s:[o, o], s:o, s:{s:i, s:i, s:i, s:i}}", "verdicts",
                verdict_row("5.1-1", run->first, run->until, run->inherited),
                verdict_row("5.5-1", run->second, run->until, NULL), "findings", findings,
                "summary", "pass", counts(run, "pass"), "fail", counts(run, "fail"), "inconclusive",
                counts(run, "inconclusive"), "not_applicable", 0));
  append(world, verdict);
}

static void end_run(World *world, const char *id) {
  json_t *record = ak_record_new(AK_RECORD_RUN_ENDED, id, DAY + 5);
  json_object_set_new(record, "end", json_string("finished"));
  append(world, record);
}

static void add_run(World *world, const Run *run) {
  plan(world, run);
  if (run->first != NULL)
    judge(world, run);
  end_run(world, run->id);
}

/* An execution of `test` (revision `rev`) that cites `length` bytes from `offset` of the blob. */
static void observe(World *world, const char *run, const char *test, int rev, const char *locator,
                    const char *digest, int offset, int length) {
  g_autofree char *key = ak_run_execution_key(test, locator, 1);
  json_t *start = ak_record_new(AK_RECORD_TEST_STARTED, run, DAY + 2);
  json_object_set_new(start, "execution", json_string(key));
  json_object_set_new(start, "test", json_string(test));
  json_object_set_new(start, "subject", json_pack("{s:s, s:s}", "kind", "service", "locator", locator));
  json_object_set_new(start, "attempt", json_integer(1));
  json_object_set_new(start, "repeat", json_integer(1));
  append(world, start);
  json_t *seen = ak_record_new(AK_RECORD_OBSERVATION, run, DAY + 3);
  json_object_set_new(seen, "execution", json_string(key));
  json_object_set_new(
      seen, "observation",
      json_pack("{s:s, s:i, s:{s:s, s:s}, s:s, s:s, s:s, s:[{s:s, s:i, s:i}], s:{s:I, s:i, s:i}}",
                "test", test, "rev", rev, "subject", "kind", "service", "locator", locator,
                "property", "tls.certificate", "outcome", "seen", "value", EVIL, "evidence",
                "sha256", digest, "offset", offset, "length", length, "trace", "when_utc_us",
                (json_int_t)(DAY + 3), "duration_us", 1, "attempt", 1));
  append(world, seen);
  json_t *end = ak_record_new(AK_RECORD_TEST_ENDED, run, DAY + 4);
  json_object_set_new(end, "execution", json_string(key));
  json_object_set_new(end, "end", json_string("done"));
  append(world, end);
}

static void set_up(World *world, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&world->folder, NULL);
  g_autofree char *dir = g_build_filename(world->folder.top, "data", NULL);
  world->workspace = ak_workspace_open(dir, &error);
  g_assert_no_error(error);
  AkServerOptions options = {0};
  world->server = ak_server_start(world->workspace, &options, &error);
  g_assert_no_error(error);
}

static void tear_down(World *world, gconstpointer data) {
  ak_server_stop(world->server);
  ak_workspace_free(world->workspace);
  test_folder_tear_down(&world->folder, NULL);
}

/* --- asking ------------------------------------------------------------------------------------------ */

static char *get(World *world, const char *path, guint status) {
  char *answer = test_client_get(ak_server_port(world->server), path);
  if (test_client_status(answer) != status)
    g_test_message("%s\n→ %s", path, answer);
  g_assert_cmpuint(test_client_status(answer), ==, status);
  return answer;
}

static void holds(const char *answer, const char *part) {
  if (strstr(answer, part) == NULL)
    g_test_message("lacks \"%s\": %s", part, answer);
  g_assert_nonnull(strstr(answer, part));
}

static void lacks(const char *answer, const char *part) {
  if (strstr(answer, part) != NULL)
    g_test_message("holds \"%s\": %s", part, answer);
  g_assert_null(strstr(answer, part));
}

/* No page has a script, a style of its own, or markup that somebody else wrote. */
static void is_clean(const char *answer) {
  lacks(answer, "<script");
  lacks(answer, "style=");
  lacks(answer, "<b>");
  holds(answer, "Content-Security-Policy: default-src 'none'; style-src 'self'");
  holds(answer, "<html lang=\"");
  holds(answer, "</html>");
}

static void page_holds(World *world, const char *path, const char *const *parts) {
  g_autofree char *answer = get(world, path, 200);
  is_clean(answer);
  for (gsize i = 0; parts[i] != NULL; i++)
    holds(answer, parts[i]);
}

#define PAGE_HOLDS(world, path, ...)                                                               \
  page_holds(world, path, (const char *const[]){__VA_ARGS__, NULL})

/* --- empty ------------------------------------------------------------------------------------------- */

/* Where there is nothing, the page says what to do. */
static void test_empty(World *world, gconstpointer data) {
  PAGE_HOLDS(world, "/?lang=en", "There are no runs yet.", "akashi verify product.yaml");
  PAGE_HOLDS(world, "/products?lang=en", "There are no products yet.",
             "akashi product init product.yaml");
  PAGE_HOLDS(world, "/products?lang=ja", "製品はまだありません。");
  PAGE_HOLDS(world, "/compare?lang=en", "No product has two judged runs", "--retest RUN");
}

/* --- products ---------------------------------------------------------------------------------------- */

static void add_weak(World *world) {
  const Run runs[] = {
      {"w1", "Weak gateway", "1.0", "en303645", DAY, "fail", "fail", "2023-12-31",
       "probe.discover,probe.login", .finds = true},
      {"w2", "Weak gateway", "1.1", "en303645", DAY + 100, "pass", "fail", "2999-12-31",
       "probe.discover,probe.login"},
      {"w3", "Weak gateway", "1.1", "jc-star", DAY + 200, "pass", "pass", "2999-12-31", ""},
      {"w4", "Weak gateway", "1.1", "en303645", DAY + 300, NULL, NULL, NULL, ""}};
  for (gsize i = 0; i < G_N_ELEMENTS(runs); i++)
    add_run(world, &runs[i]);
}

static void test_products(World *world, gconstpointer data) {
  add_weak(world);
  g_autofree char *list = get(world, "/products?lang=en", 200);
  is_clean(list);
  holds(list, "href=\"/products/product?lang=en&amp;name=Weak%20gateway\"");
  holds(list, "href=\"/products/version?lang=en&amp;name=Weak%20gateway&amp;version=1.1\"");
  /* The newest judged run of each profile: w2, not w4 which has no verdict. */
  holds(list, "href=\"/runs/w2?lang=en\">en303645</a>");
  holds(list, "href=\"/runs/w3?lang=en\">jc-star</a>");
  lacks(list, "/runs/w1");
  lacks(list, "/runs/w4");
  holds(list, "valid until 2999-12-31");
  holds(list, "data-label=\"Runs\" class=\"number\">4</td>");
  PAGE_HOLDS(world, "/products/product?lang=en&name=Weak%20gateway", "version=1.0\"",
             "version=1.1\"", "class=\"validity lapsed\"");
  /* Of the old version another was verified since. */
  g_autofree char *old = get(world, "/products/version?lang=en&name=Weak%20gateway&version=1.0", 200);
  is_clean(old);
  holds(old, "class=\"validity lapsed\"");
  holds(old, "LAPSED");
  holds(old, "name=\"r.w1\"");
  lacks(old, "name=\"r.w2\"");
  g_autofree char *version = get(world, "/products/version?lang=ja&name=Weak%20gateway&version=1.1", 200);
  is_clean(version);
  holds(version, "プロファイルごとの最新の判定");
  holds(version, "name=\"r.w2\"");
  lacks(version, "name=\"r.w4\""); /* without a verdict there is nothing to compare */
  holds(version, "aria-label=\"検証 w2 を選ぶ\"");
}

static void test_unknown_products(World *world, gconstpointer data) {
  add_weak(world);
  g_autofree char *none = get(world, "/products/product?lang=en&name=Nothing", 404);
  is_clean(none);
  holds(none, "go on from one of the lists");
  g_autofree char *unnamed = get(world, "/products/product?lang=ja", 400);
  is_clean(unnamed);
  holds(unnamed, "製品の一覧にリンクがあります");
  g_autofree char *version = get(world, "/products/version?lang=en&name=Weak%20gateway&version=9", 404);
  holds(version, "Nothing of this product and version was verified.");
  g_autofree char *broken = get(world, "/products/product?lang=en&name=%ff%fe", 400);
  is_clean(broken);
}

/* A name that is markup, one that turns the direction of writing, a word of 4,000 letters. */
static void test_hostile_names(World *world, gconstpointer data) {
  g_autofree char *word = g_strnfill(4000, 'W');
  const Run runs[] = {
      {"h1", EVIL, TURNED, "en303645", DAY, "pass", "pass", "2999-12-31", ""},
      {"h2", word, "\"onmouseover=\"x", "en303645", DAY + 1, "pass", "fail", "2999-12-31", ""},
      {"h3", "../..//?&#%", "a/b?c=d&e", "en303645", DAY + 2, "pass", "fail", "2999-12-31", ""},
      {"h4", "", "", "en303645", DAY + 3, "fail", "fail", "2999-12-31", ""}};
  for (gsize i = 0; i < G_N_ELEMENTS(runs); i++)
    add_run(world, &runs[i]);
  static const char *const lists[] = {"/", "/products", "/compare", "/runs/h1", "/runs/h2", "/runs/h3",
                                      "/runs/h4"};
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    g_autofree char *answer = get(world, lists[i], 200);
    is_clean(answer);
    lacks(answer, "\" onmouseover");
    lacks(answer, "\"onmouseover");
  }
  PAGE_HOLDS(world, "/products?lang=en", "&lt;script&gt;alert(1)&lt;/script&gt;",
             "name=%3Cscript%3Ealert%281%29%3C%2Fscript%3E", "dir=\"auto\"");
  PAGE_HOLDS(world, "/products/product?name=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "&lt;script&gt;",
             "%E2%80%AEtxt.exe");
  PAGE_HOLDS(world, "/products/version?name=..%2F..%2F%2F%3F%26%23%25&version=a%2Fb%3Fc%3Dd%26e",
             "/runs/h3?lang=", "../..//?&amp;#%");
  PAGE_HOLDS(world, "/products/product?lang=en&name=", "version=\"", "/products/version?");
  PAGE_HOLDS(world, "/products/version?lang=en&name=&version=", "/runs/h4?lang=en");
}

/* --- comparing --------------------------------------------------------------------------------------- */

static void add_four(World *world) {
  const Run runs[] = {
      {"a", "Gateway", "1.0", "en303645", DAY, "fail", "pass", "2999-12-31",
       "probe.discover,probe.login", .finds = true},
      {"b", "Gateway", "1.0", "en303645", DAY + 100, "pass", "fail", "2999-12-31",
       "probe.discover,probe.login", .retest_of = "a", .inherited = "a"},
      {"c", "Gateway", "1.1", "en303645", DAY + 200, "pass", "pass", "2999-12-31", "probe.tls"},
      {"d", "Gateway", "1.1", "jc-star", DAY + 300, "pass", "pass", "2999-12-31", ""}};
  for (gsize i = 0; i < G_N_ELEMENTS(runs); i++)
    add_run(world, &runs[i]);
}

static void test_choosing(World *world, gconstpointer data) {
  add_four(world);
  g_autofree char *choice = get(world, "/compare?lang=en", 200);
  is_clean(choice);
  holds(choice, "name=\"r.a\"");
  holds(choice, "name=\"r.c\"");
  lacks(choice, "name=\"r.d\""); /* the only one of its profile */
  g_autofree char *one = get(world, "/compare?lang=en&r.a=on", 200);
  holds(one, "Choose at least two runs.");
  g_autofree char *mixed = get(world, "/compare?lang=en&r.a=on&r.d=on", 400);
  is_clean(mixed);
  holds(mixed, "different profiles");
  g_autofree char *unknown = get(world, "/compare?lang=en&r.a=on&r.%3Cb%3E=on", 404);
  is_clean(unknown);
  g_autofree char *many =
      get(world, "/compare?r.1=on&r.2=on&r.3=on&r.4=on&r.5=on&r.6=on&r.7=on&r.8=on&r.9=on", 400);
  is_clean(many);
}

static void test_two_runs(World *world, gconstpointer data) {
  add_four(world);
  g_autofree char *two = get(world, "/compare?lang=en&r.b=on&r.a=on", 200);
  is_clean(two);
  holds(two, "a → b"); /* the earlier first, however they were asked for */
  holds(two, "Something got worse.");
  holds(two, "<h3 id=\"regression\">Worse (2)</h3>"); /* 5.5-1 and its case */
  holds(two, "not rerun: inherited from a");
  holds(two, "<h3 id=\"not-rerun\">Not rerun (1)</h3>"); /* the case of 5.1-1 */
  /* c has no probe.login: what it found is neither gone nor there. */
  g_autofree char *other = get(world, "/compare?lang=en&r.a=on&r.c=on", 200);
  is_clean(other);
  holds(other, "Findings not rerun");
  holds(other, "not looked at: not in the plan");
  lacks(other, "Findings that are gone");
  g_autofree char *japanese = get(world, "/compare?lang=ja&r.a=on&r.c=on", 200);
  holds(japanese, "再実施しなかった指摘事項");
}

static void test_side_by_side(World *world, gconstpointer data) {
  add_four(world);
  g_autofree char *three = get(world, "/compare?lang=en&r.a=on&r.b=on&r.c=on", 200);
  is_clean(three);
  holds(three, "data-label=\"a\"");
  holds(three, "data-label=\"b\"");
  holds(three, "data-label=\"c\"");
  holds(three, "href=\"/runs/b/requirements/5.5-1?lang=en\"");
  lacks(three, "Something got worse."); /* of three runs nothing is said but the verdicts */
  holds(three, "class=\"differs\"");
  g_autofree char *same = get(world, "/compare?lang=en&r.a=on&r.c=on&only=changed", 200);
  holds(same, "data-label=\"Requirement\">5.1-1<");
  lacks(same, "data-label=\"Requirement\">5.5-1<");
  holds(same, "href=\"/compare?lang=ja&amp;only=changed&amp;r.a=on&amp;r.c=on\"");
}

/* --- threats ----------------------------------------------------------------------------------------- */

static const char model[] =
    "{\"attackers\":[\"network\"],\"assumed\":{\"assets\":true},\"elements\":[{\"kind\":\"network\","
    "\"name\":\"<b>lan\",\"assumed\":false,\"unused\":false}],\"threats\":["
    "{\"threat\":\"N-S1\",\"element\":\"<b>lan\",\"kind\":\"network\",\"stride\":\"spoofing\","
    "\"title\":{\"en\":\"A guessed password\",\"ja\":\"推測したパスワード\"},\"cases\":[\"5.1-1-2\"],"
    "\"tests\":[\"probe.login\"]},"
    "{\"threat\":\"N-T1\",\"element\":\"<b>lan\",\"kind\":\"network\",\"stride\":\"tampering\","
    "\"title\":{\"en\":\"Changed on the way\",\"ja\":\"途中での改ざん\"},\"cases\":[\"5.5-1-2\"],"
    "\"tests\":[]},"
    "{\"threat\":\"N-R1\",\"element\":\"<b>lan\",\"kind\":\"network\",\"stride\":\"repudiation\","
    "\"title\":{\"en\":\"Nobody knows who\",\"ja\":\"誰か分からない\"},\"cases\":[],\"tests\":[]}]}";

static void test_threats(World *world, gconstpointer data) {
  g_autofree char *digest = keep(world, model, sizeof model - 1);
  const Run runs[] = {
      {"t1", "Gateway", "1.0", "en303645", DAY, "fail", "pass", "2999-12-31", "", .threats = digest},
      {"t2", "Gateway", "1.0", "en303645", DAY + 1, NULL, NULL, NULL, "", .threats = digest},
      {"t3", "Gateway", "1.0", "en303645", DAY + 2, "pass", "pass", "2999-12-31", ""}};
  for (gsize i = 0; i < G_N_ELEMENTS(runs); i++)
    add_run(world, &runs[i]);
  g_autofree char *weak = get(world, "/runs/t1/threats?lang=en", 200);
  is_clean(weak);
  holds(weak, "&lt;b&gt;lan");
  holds(weak, "A guessed password");
  holds(weak, "class=\"state found\"");      /* 5.1-1-2 fails */
  holds(weak, "class=\"state countered\"");  /* 5.5-1-2 passes */
  holds(weak, "class=\"state untested\"");   /* N-R1 has no case */
  holds(weak, "href=\"/runs/t1/requirements/5.1-1?lang=en\">5.1-1-2</a>");
  holds(weak, "<h3>Uncovered threats</h3>");
  holds(weak, "<li>N-R1 &lt;b&gt;lan: Nobody knows who</li>");
  holds(weak, "<h3>Judged by people</h3>");
  holds(weak, "<li>N-T1 &lt;b&gt;lan: Changed on the way</li>");
  g_autofree char *only = get(world, "/runs/t1/threats?lang=en&state=untested", 200);
  lacks(only, "A guessed password");
  g_autofree char *open = get(world, "/runs/t2/threats?lang=ja", 200);
  is_clean(open);
  holds(open, "推測したパスワード");
  lacks(open, "class=\"state");
  PAGE_HOLDS(world, "/runs/t3/threats?lang=en", "planned without a threat model",
             "akashi threats product.yaml");
}

/* --- evidence ---------------------------------------------------------------------------------------- */

#define EVIDENCE_TEXT "line one\r\n" EVIL "\n" TURNED "\n\xff\xfe broken\nlast"

static void test_evidence(World *world, gconstpointer data) {
  const Run run = {"e1", "Gateway", "1.0", "en303645", DAY, NULL, NULL, NULL, ""};
  plan(world, &run);
  g_autofree char *digest = keep(world, EVIDENCE_TEXT, sizeof EVIDENCE_TEXT - 1);
  observe(world, "e1", "probe.tls", 1, "tcp:127.0.1.10:443", digest, 10, 8);
  g_autofree char *list = get(world, "/runs/e1/evidence?lang=en", 200);
  is_clean(list);
  holds(list, digest);
  holds(list, "data-label=\"Shown here\">masked</td>");
  g_autofree char *path = g_strdup_printf("/runs/e1/evidence/%s?lang=en", digest);
  g_autofree char *text = get(world, path, 200); /* broken UTF-8, so one byte is one character */
  is_clean(text);
  holds(text, "ISO-8859-1?, 5 lines");
  holds(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
  g_autofree char *hex_path = g_strdup_printf("%s&view=hex", path);
  g_autofree char *hex = get(world, hex_path, 200);
  is_clean(hex);
  /* "line one\r\n" is ten bytes, then the eight that are cited */
  holds(hex, "<th scope=\"row\">00000000</th><td>6c 69 6e 65 20 6f 6e 65  0d 0a "
             "<mark>3c 73 63 72 69 70</mark></td><td>line one..<mark>&lt;scrip</mark></td>");
  holds(hex, "<th scope=\"row\">00000010</th><td><mark>74 3e</mark> 61");
  g_autofree char *asked_path = g_strdup_printf("%s&view=hex&at=0&length=4", path);
  g_autofree char *asked = get(world, asked_path, 200);
  holds(asked, "<td><mark>6c 69 6e 65</mark> 20 6f");
  lacks(asked, "<mark>3c");
  g_autofree char *far_path = g_strdup_printf("%s&view=hex&at=99999999999999&length=9999999&page=77777", path);
  g_autofree char *far = get(world, far_path, 200);
  is_clean(far);
}

/* What turns the direction of writing is shown by its number. */
static void test_turned_text(World *world, gconstpointer data) {
  static const char words[] = "caf\xc3\xa9 " TURNED "\nzero\xe2\x80\x8bwidth\n";
  const Run run = {"e1", "Gateway", "1.0", "en303645", DAY, NULL, NULL, NULL, ""};
  plan(world, &run);
  g_autofree char *digest = keep(world, words, sizeof words - 1);
  observe(world, "e1", "probe.tls", 1, "tcp:127.0.1.10:443", digest, 0, sizeof words - 1);
  g_autofree char *path = g_strdup_printf("/runs/e1/evidence/%s?lang=en&view=text", digest);
  g_autofree char *text = get(world, path, 200);
  is_clean(text);
  holds(text, "UTF-8, 2 lines");
  holds(text, "café ‹U+202E›txt.exe");
  holds(text, "zero‹U+200B›width");
  lacks(text, "\xe2\x80\xae");
  lacks(text, "<mark>"); /* all of it is cited: nothing stands out */
}

/* A secret that a test did not mask is never on a page, whichever view is asked for. */
static void test_raw_evidence(World *world, gconstpointer data) {
  static const char secret[] = "password=hunter2-secret";
  static const struct {
    const char *test;
    int rev;
  } raw[] = {{"document.policy", 1}, {"probe.unknown", 1}, {"probe.tls", 0}};
  for (gsize i = 0; i < G_N_ELEMENTS(raw); i++) {
    g_autofree char *id = g_strdup_printf("raw%u", (guint)i);
    const Run run = {id, "Gateway", "1.0", "en303645", DAY, NULL, NULL, NULL, ""};
    plan(world, &run);
    g_autofree char *digest = keep(world, secret, sizeof secret - 1);
    observe(world, id, "probe.ssh", 1, "tcp:127.0.1.10:22", digest, 0, 8); /* masks, so it says */
    observe(world, id, raw[i].test, raw[i].rev, "tcp:127.0.1.10:443", digest, 0, 8);
    static const char *const views[] = {"", "&view=hex", "&view=text", "&view=dialogue",
                                        "&view=certificate", "&at=0&length=8", "&page=1"};
    for (gsize v = 0; v < G_N_ELEMENTS(views); v++) {
      g_autofree char *path = g_strdup_printf("/runs/%s/evidence/%s?lang=en%s", id, digest, views[v]);
      g_autofree char *page = get(world, path, 200);
      is_clean(page);
      lacks(page, "hunter2");
      lacks(page, "68 75 6e 74 65 72 32");
      holds(page, "not masked");
      g_autofree char *command = g_strdup_printf("akashi evidence %s %s --raw --reason", id, digest);
      holds(page, command);
    }
    g_autofree char *list_path = g_strdup_printf("/runs/%s/evidence?lang=en", id);
    PAGE_HOLDS(world, list_path, "not shown: not masked");
  }
}

/* Evidence that another run cites, or none, is not there; nor is what was deleted. */
static void test_missing_evidence(World *world, gconstpointer data) {
  const Run run = {"e1", "Gateway", "1.0", "en303645", DAY, NULL, NULL, NULL, ""};
  plan(world, &run);
  g_autofree char *other = keep(world, "of nobody", 9);
  static const char *const bad[] = {"", "zz", "..%2f..%2flog", "00", "%ff"};
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autofree char *path = g_strdup_printf("/runs/e1/evidence/%s?lang=en", bad[i]);
    g_autofree char *page = get(world, path, 404);
    is_clean(page);
  }
  g_autofree char *path = g_strdup_printf("/runs/e1/evidence/%s?lang=en", other);
  g_autofree char *page = get(world, path, 404);
  holds(page, "cites no such evidence");
  lacks(page, "of nobody");
  /* cited, and the bytes are gone */
  static const char gone[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  observe(world, "e1", "probe.tls", 1, "tcp:127.0.1.10:443", gone, 0, 8);
  g_autofree char *lost = get(world, "/runs/e1/evidence/0123456789abcdef0123456789abcdef"
                                     "0123456789abcdef0123456789abcdef?lang=en", 410);
  is_clean(lost);
  holds(lost, "not kept any more");
}

static void test_deleted_runs(World *world, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  const Run run = {"old", "Gateway", "1.0", "en303645", DAY, "pass", "pass", "2024-01-01", ""};
  add_run(world, &run);
  g_autoptr(GPtrArray) rows =
      ak_app_retention_rows(world->workspace, "old", 0, ak_now_utc_us(), &error);
  g_assert_no_error(error);
  ak_app_forget(world->workspace, rows->pdata[0], "A. Uthor", EVIL, ak_now_utc_us(), &error);
  g_assert_no_error(error);
  static const char *const paths[] = {"/runs/old?lang=en", "/runs/old/evidence?lang=en",
                                      "/runs/old/threats?lang=en", "/runs/old/downloads?lang=en",
                                      "/runs/old/proof?lang=en",
                                      "/runs/old/reports/old.en.txt?lang=en"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autofree char *page = get(world, paths[i], 404);
    is_clean(page);
    holds(page, "Run old and its evidence were deleted on");
    holds(page, "A. Uthor");
  }
  g_autofree char *japanese = get(world, "/runs/old?lang=ja", 404);
  holds(japanese, "検証 old とその証拠は");
}

/* --- downloads --------------------------------------------------------------------------------------- */

static void test_downloads(World *world, gconstpointer data) {
  add_weak(world);
  g_autoptr(GError) error = NULL;
  g_autofree char *written =
      ak_workspace_write(world->workspace, "w1", "w1.bundle", "{}", 2, &error);
  g_assert_nonnull(written);
  g_autofree char *page = get(world, "/runs/w1/downloads?lang=en", 200);
  is_clean(page);
  static const char *const files[] = {"w1.ja.txt",  "w1.en.txt",    "w1.json",      "w1.ja.pdf",
                                      "w1.en.pdf",  "w1.en.sarif",  "w1.cdx.json",  "w1.ja.oscal-ar.json",
                                      "w1.en.html", "w1.ja.verdicts.csv", "w1.observations.csv"};
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *link = g_strdup_printf("href=\"/runs/w1/reports/%s", files[i]);
    holds(page, link);
  }
  holds(page, "href=\"/runs/w1/files/w1.bundle\"");
  holds(page, "2 bytes");
  PAGE_HOLDS(world, "/runs/w4/downloads?lang=en", "akashi verify --resume"); /* not judged */
  g_autofree char *early = get(world, "/runs/w4/reports/w4.en.txt?lang=en", 409);
  is_clean(early);
  holds(early, "akashi verify --resume");
  static const char *const lost[] = {"/runs/w1/reports/w1.fr.txt", "/runs/w1/reports/w2.en.txt",
                                     "/runs/w1/reports/..%2fw1.en.txt", "/runs/w1/reports/",
                                     "/runs/nobody/reports/nobody.en.txt"};
  for (gsize i = 0; i < G_N_ELEMENTS(lost); i++) {
    g_autofree char *answer = get(world, lost[i], 404);
    is_clean(answer);
  }
  PAGE_HOLDS(world, "/runs/w3/downloads?lang=en", "akashi proof export w3");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*run)(World *, gconstpointer);
  } tests[] = {{"/pages/empty", test_empty},
               {"/pages/products", test_products},
               {"/pages/products/unknown", test_unknown_products},
               {"/pages/products/hostile", test_hostile_names},
               {"/pages/compare/choice", test_choosing},
               {"/pages/compare/two", test_two_runs},
               {"/pages/compare/side-by-side", test_side_by_side},
               {"/pages/threats", test_threats},
               {"/pages/evidence", test_evidence},
               {"/pages/evidence/turned", test_turned_text},
               {"/pages/evidence/raw", test_raw_evidence},
               {"/pages/evidence/missing", test_missing_evidence},
               {"/pages/deleted", test_deleted_runs},
               {"/pages/downloads", test_downloads}};
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].name, World, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
