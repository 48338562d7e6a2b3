/* What a run must say before a measure counts as verified: one that is sound, and the same with one thing wrong. CPS.AC-4 is
 * looked for in 5.1-5 of EN 303 645, CPS.PT-2 in 5.6-1 and 5.6-5 (data/knowledge/cpsf.json, "tests"). */
#include "app/chain-backing.h"

#include <glib/gstdio.h>

#include "app/chain.h"
#include "app/proof.h"
#include "app/test-records.h"
#include "chain/model/test-chain.h"
#include "log/test-folder.h"
#include "report/chain.h"

#define RUN "r20231114-221320-a1b2"
#define LATER "r20231115-000000-c3d4"
#define DAY_US G_GINT64_CONSTANT(86400000000)
#define NOW_UTC_US (TEST_TIME + 10 * DAY_US) /* 2023-11-24 */
#define EXECUTION "probe.tls/tcp:127.0.0.1:443/1"

/* A member that is 0 or NULL is as in the sound run. */
typedef struct {
  const char *name, *version, *catalogue; /* "Gateway", "1.0", "en303645" */
  const char *verdict, *other;            /* of 5.1-5 and 5.6-1: "pass"; of 5.6-5: "pass" */
  const char *until;                      /* "2023-12-31" */
  const char *lent_by;                    /* the version that a pass was taken over from */
  bool is_answered;                       /* passes by an answer alone */
  bool is_cut, is_not_judged;             /* no end, no verdict */
  gint64 later_us;                        /* so long after TEST_TIME */
} Run;

typedef struct {
  TestFolder folder;
  char *dir;
  AkWorkspace *workspace;
  AkChainKnowledge *knowledge;
  AkChain *chain;
  AkElement *gateway;
  char seen[AK_DIGEST_HEX_SIZE]; /* what the verdicts cite */
} World;

static const char *or(const char *text, const char *otherwise) {
  return text != NULL ? text : otherwise;
}

static json_t *row_of(const Run *run, const char *requirement, const char *verdict,
                      const char *observation) {
  bool is_seen = !run->is_answered && strcmp(verdict, "pass") == 0;
  json_t *one = json_pack("{s:s, s:s, s:s, s:o, s:i}", "case", requirement, "method",
                          run->is_answered ? "manual" : "automatic", "verdict", verdict,
                          "observations", is_seen ? json_pack("[s]", observation) : json_array(),
                          "observations_total", is_seen ? 1 : 0);
  if (run->lent_by != NULL)
    json_object_set_new(one, "inherited",
                        json_pack("{s:s, s:s}", "run", "r0", "version", run->lent_by));
  return json_pack("{s:s, s:s, s:s, s:s, s:[o]}", "requirement", requirement, "obligation", "M",
                   "verdict", verdict, "valid_until", or(run->until, "2023-12-31"), "cases", one);
}

/* The identity by which a verdict cites what test_observe wrote last. */
static void identity_of(AkLog *log, guint64 index, char hex[static AK_DIGEST_HEX_SIZE]) {
  g_autoptr(json_t) record = NULL;
  guint8 salt[32];
  g_assert_true(ak_log_read(log, index, &record, salt, NULL));
  g_autoptr(AkObservation) seen =
      ak_observation_from_json(json_object_get(record, "observation"), "observation", NULL);
  AkDigest identity = ak_observation_identity(seen);
  ak_digest_to_hex(&identity, hex);
}

static void plan(AkLog *log, const char *id, const Run *run) {
  json_t *record = ak_record_new(AK_RECORD_RUN_PLANNED, id, TEST_TIME + run->later_us);
  AkDigest digest = ak_digest_of("product", 7);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  json_object_set_new(record, "product", json_string(hex));
  json_object_set_new(record, "product_name", json_string(or(run->name, "Gateway")));
  json_object_set_new(record, "product_version", json_string(or(run->version, "1.0")));
  test_append(log, record);
}

static void judge(World *self, const char *id, const Run *run) {
  json_t *record = ak_record_new(AK_RECORD_VERDICT, id, TEST_TIME + 4 + run->later_us);
  const char *verdict = or(run->verdict, "pass");
  json_object_set_new(
      record, "verdicts",
      json_pack("{s:{s:s, s:s}, s:s, s:[o, o, o], s:[], s:{}}", "catalogue", "id",
                or(run->catalogue, "en303645"), "version", "1", "profile", "p", "verdicts",
                row_of(run, "5.1-5", verdict, self->seen),
                row_of(run, "5.6-1", verdict, self->seen),
                row_of(run, "5.6-5", or(run->other, "pass"), self->seen), "findings", "summary"));
  test_append(ak_workspace_log(self->workspace), record);
}

static void write_run(World *self, const char *id, const Run *run) {
  AkLog *log = ak_workspace_log(self->workspace);
  plan(log, id, run);
  test_start(log, id, EXECUTION, 1);
  identity_of(log, test_observe(log, id, EXECUTION, "login.lockout", json_true()), self->seen);
  test_end(log, id, EXECUTION);
  if (!run->is_not_judged)
    judge(self, id, run);
  if (!run->is_cut)
    test_end_run(log, id);
}

static void world_set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&self->folder, NULL);
  self->dir = g_path_get_dirname(self->folder.log);
  self->workspace = ak_workspace_open(self->dir, &error);
  g_assert_no_error(error);
  self->knowledge = test_knowledge();
  self->chain = ak_chain_new();
  self->gateway = test_element(self->chain, "gateway", AK_ELEMENT_COMPONENT, "L2_1", "internet");
  self->gateway->product = g_strdup("Gateway");
  self->gateway->version = g_strdup("1.0");
}

static void world_tear_down(World *self, gconstpointer data) {
  ak_chain_free(self->chain);
  ak_chain_knowledge_free(self->knowledge);
  ak_workspace_free(self->workspace);
  g_free(self->dir);
  test_folder_tear_down(&self->folder, NULL);
}

/* One measure of the gateway, backed by `reference` (NULL: none). */
static AkElementMeasure *add_measure(World *self, const char *requirement, guint backing,
                                     const char *reference) {
  test_measure(self->gateway, requirement, 1, backing, G_MAXINT64);
  AkElementMeasure *measure =
      self->gateway->measures->pdata[self->gateway->measures->len - 1];
  measure->is_backed = false;
  g_free(measure->reference);
  measure->reference = g_strdup(reference);
  return measure;
}

/* Why the only measure counts as claimed; "" where it is backed. */
static char *why(World *self, const AkAppChainBackingSpec *spec) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) rows = ak_app_chain_look_up(self->chain, self->knowledge, spec, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(json_array_size(rows), ==, 1);
  const json_t *row = json_array_get(rows, 0);
  const AkElementMeasure *measure = self->gateway->measures->pdata[0];
  const char *reason = ak_json_string_or(row, "reason", "");
  const char *counts_as = ak_json_string_or(row, "counts_as", "");
  g_assert_true(measure->is_backed == (*reason == '\0'));
  g_assert_cmpstr(counts_as, ==,
                  measure->is_backed ? ak_chain_backings[measure->backing] : "claimed");
  return g_strdup(reason);
}

static AkAppChainBackingSpec spec_of(const World *self) {
  return (AkAppChainBackingSpec){.workspace = self->workspace, .now_utc_us = NOW_UTC_US};
}

/* --- one run
 * --------------------------------------------------------------------------------------------- */

static void test_run(gconstpointer data) {
  static const struct {
    const char *requirement;
    Run run;
    const char *reason;
  } rows[] = {
      {"CPS.AC-4", {0}, ""},
      {"CPS.PT-2", {0}, ""},
      {"CPS.PT-2", {.other = "not-applicable"}, ""}, /* one passes, the other does not apply */
      {"CPS.AC-4", {.until = "2023-11-24"}, ""},     /* its last day */
      {"CPS.AC-4", {.lent_by = "1.0"}, ""},          /* taken over within the version */
      {"CPS.AC-4", {.name = "Gate"}, "other-product"},
      {"CPS.AC-4", {.version = "1.1"}, "other-version"},
      {"CPS.AC-4", {.version = "1.0.0"}, "other-version"},
      {"CPS.AC-4", {.is_cut = true}, "unfinished"},
      {"CPS.AC-4", {.is_not_judged = true}, "no-verdict"},
      {"CPS.AC-4", {.verdict = "fail"}, "failed"},
      {"CPS.AC-4", {.verdict = "inconclusive"}, "inconclusive"},
      {"CPS.AC-4", {.verdict = "not-applicable"}, "not-applicable"},
      {"CPS.AC-4", {.verdict = "not-run"}, "not-tested"},
      {"CPS.PT-2", {.other = "fail"}, "failed"}, /* half of it */
      {"CPS.PT-2", {.verdict = "inconclusive", .other = "fail"}, "failed"},
      {"CPS.PT-2", {.other = "inconclusive"}, "inconclusive"},
      {"CPS.AC-4", {.until = "2023-11-23"}, "run-expired"},
      {"CPS.AC-4", {.is_answered = true}, "answers-alone"},
      {"CPS.AC-4", {.lent_by = "0.9"}, "other-version"},
      {"CPS.AC-4", {.catalogue = "own"}, "other-catalogue"},
      {"CPS.DS-2", {0}, "not-tested"}, /* 5.4-1 is not among the verdicts */
      {"CPS.MA-2", {0}, "no-test"},    /* who approves remote maintenance is no device test */
      {"CPS.AC-4", {.later_us = 11 * DAY_US}, "not-yet"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    World world = {{0}};
    world_set_up(&world, NULL);
    write_run(&world, RUN, &rows[i].run);
    add_measure(&world, rows[i].requirement, 1, RUN);
    AkAppChainBackingSpec spec = spec_of(&world);
    g_autofree char *reason = why(&world, &spec);
    g_test_message("row %u", (guint)i);
    g_assert_cmpstr(reason, ==, rows[i].reason);
    world_tear_down(&world, NULL);
  }
}

/* The same sound run, where the file or the folder is what does not fit. */
static void test_file(World *self, gconstpointer data) {
  const Run sound = {0};
  write_run(self, RUN, &sound);
  AkElementMeasure *measure = add_measure(self, "CPS.AC-4", 1, RUN);
  AkAppChainBackingSpec spec = spec_of(self), nowhere = {.now_utc_us = NOW_UTC_US};
  g_autofree char *good = why(self, &spec);
  g_assert_cmpstr(good, ==, "");
  g_assert_cmpint(measure->until_utc_us, ==,
                  G_GINT64_CONSTANT(1704067199999999)); /* 2023-12-31T23:59:59.999999Z, the run's */
  g_autofree char *folder = why(self, &nowhere);
  g_assert_cmpstr(folder, ==, "no-data-folder");
  static const AkElementKind kinds[] = {AK_ELEMENT_ORGANIZATION, AK_ELEMENT_PEOPLE,
                                        AK_ELEMENT_PROCEDURE};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    self->gateway->kind = kinds[i];
    g_autofree char *kind = why(self, &spec);
    g_assert_cmpstr(kind, ==, "kind");
  }
  self->gateway->kind = AK_ELEMENT_COMPONENT;
  measure->until_utc_us = NOW_UTC_US - 1;
  g_autofree char *expired = why(self, &spec);
  g_assert_cmpstr(expired, ==, "expired");
  measure->until_utc_us = NOW_UTC_US;
  static const char *const missing[] = {"r20231114-221320-a1b3", "no run at all", ("../" RUN), ""};
  for (gsize i = 0; i < G_N_ELEMENTS(missing); i++) {
    g_free(measure->reference);
    measure->reference = g_strdup(missing[i]);
    g_autofree char *reason = why(self, &spec);
    g_assert_cmpstr(reason, ==, "missing-run");
  }
  g_clear_pointer(&measure->reference, g_free);
  g_autofree char *unnamed = why(self, &spec);
  g_assert_cmpstr(unnamed, ==, "no-reference");
  measure->reference = g_strdup(RUN);
  g_clear_pointer(&self->gateway->version, g_free);
  g_autofree char *product = why(self, &spec);
  g_assert_cmpstr(product, ==, "no-product");
}

/* --- later runs
 * ------------------------------------------------------------------------------------------ */

static void test_later(gconstpointer data) {
  static const struct {
    Run run;
    const char *reason;
  } rows[] = {
      {{.later_us = DAY_US}, ""},
      {{.verdict = "fail", .later_us = DAY_US}, "failed-since"},
      {{.verdict = "inconclusive", .later_us = DAY_US}, ""},
      {{.verdict = "fail", .version = "1.1", .later_us = DAY_US}, ""}, /* of another version */
      {{.verdict = "fail", .later_us = -DAY_US}, ""},                  /* before it */
      {{.verdict = "fail", .later_us = 11 * DAY_US}, ""},              /* after the day asked for */
      {{.other = "fail", .later_us = DAY_US}, ""},                     /* of another requirement */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Run sound = {0};
    World world = {{0}};
    world_set_up(&world, NULL);
    write_run(&world, RUN, &sound);
    write_run(&world, LATER, &rows[i].run);
    add_measure(&world, "CPS.AC-4", 1, RUN);
    AkAppChainBackingSpec spec = spec_of(&world);
    g_autofree char *reason = why(&world, &spec);
    g_test_message("row %u", (guint)i);
    g_assert_cmpstr(reason, ==, rows[i].reason);
    world_tear_down(&world, NULL);
  }
}

/* A newer verdict of the same run replaces the older one. */
static void test_superseded(World *self, gconstpointer data) {
  const Run sound = {0}, failed = {.verdict = "fail"};
  write_run(self, RUN, &failed);
  judge(self, RUN, &sound);
  add_measure(self, "CPS.AC-4", 1, RUN);
  AkAppChainBackingSpec spec = spec_of(self);
  g_autofree char *now = why(self, &spec);
  g_assert_cmpstr(now, ==, "");
  judge(self, RUN, &failed);
  g_autofree char *reason = why(self, &spec);
  g_assert_cmpstr(reason, ==, "failed");
}

/* --- bundles
 * --------------------------------------------------------------------------------------------- */

static void write_bundle(World *self, const char *name, bool is_damaged) {
  const AkProofOptions options = {0};
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = ak_app_proof_bundle(self->workspace, RUN, &options, &error);
  g_assert_no_error(error);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *copy = g_strndup(data, size);
  char *salt = strstr(copy, "\"salt\":\"");
  g_assert_nonnull(salt);
  if (is_damaged)
    salt[8] = salt[8] == 'A' ? 'B' : 'A';
  g_autofree char *path = g_build_filename(self->folder.top, name, NULL);
  g_assert_true(g_file_set_contents(path, copy, (gssize)size, NULL));
}

static void test_bundle(World *self, gconstpointer data) {
  const Run sound = {0}, failed = {.verdict = "fail"};
  write_run(self, RUN, &sound);
  write_bundle(self, "good.bundle", false);
  write_bundle(self, "damaged.bundle", true);
  AkElementMeasure *measure = add_measure(self, "CPS.AC-4", 2, "good.bundle");
  AkAppChainBackingSpec own = spec_of(self), key = {.now_utc_us = NOW_UTC_US};
  own.folder = key.folder = self->folder.top;
  g_autofree char *by_log = why(self, &own); /* the data folder's own */
  g_assert_cmpstr(by_log, ==, "");
  g_autofree char *unknown = why(self, &key); /* nobody's */
  g_assert_cmpstr(unknown, ==, "untrusted-key");
  g_autoptr(AkNoteKey) verifier =
      ak_note_key_parse(ak_log_verifier_key(ak_workspace_log(self->workspace)), NULL);
  key.key = verifier;
  g_autofree char *by_key = why(self, &key);
  g_assert_cmpstr(by_key, ==, "");
  AkAppChainBackingSpec unread = {.workspace = self->workspace, .now_utc_us = NOW_UTC_US};
  g_autofree char *reading = why(self, &unread);
  g_assert_cmpstr(reading, ==, "bundle-not-read");
  g_free(self->gateway->version);
  self->gateway->version = g_strdup("1.1");
  g_autofree char *version = why(self, &own);
  g_assert_cmpstr(version, ==, "other-version");
  g_free(self->gateway->version);
  self->gateway->version = g_strdup("1.0");
  judge(self, RUN, &failed); /* what the bundle shows was replaced since, and the log knows it */
  g_autofree char *since = why(self, &own);
  g_assert_cmpstr(since, ==, "failed");
  static const char *const others[][2] = {{"damaged.bundle", "bundle-does-not-hold"},
                                          {"none.bundle", "no-bundle"},
                                          {RUN, "no-bundle"}};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
    g_free(measure->reference);
    measure->reference = g_strdup(others[i][0]);
    g_autofree char *reason = why(self, &key);
    g_assert_cmpstr(reason, ==, others[i][1]);
  }
}

/* --- from the file to the account
 * --------------------------------------------------------------------------------------- */

static bool leads_to_run(const json_t *analysis, const AkReportChainRunPage *page, const char *link) {
  g_autoptr(AkDoc) doc = ak_doc_new(AK_LANG_EN, "c");
  ak_report_chain_add(doc->root, analysis, 10, page, AK_LANG_EN);
  g_autofree char *html = ak_doc_to_html(doc, "");
  return strstr(html, link) != NULL;
}

/* The analysis says which run backs a measure, and until when; what is claimed alone has no row. */
static void test_analysis(World *self, gconstpointer data) {
  static const char text[] =
      "chain: {name: c}\nattackers: [internet]\nelements:\n"
      "  - id: gateway\n    kind: component\n    exposure: [internet]\n    functions: [L2_1]\n"
      "    product: Gateway\n    version: \"1.0\"\n    measures:\n"
      "      - {requirement: CPS.AC-4, status: implemented, backing: verified, reference: " RUN "}\n"
      "      - {requirement: CPS.IP-1, status: implemented, backing: claimed}\n";
  g_autofree char *path = g_build_filename(self->folder.top, "chain.yaml", NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  const Run sound = {0};
  write_run(self, RUN, &sound);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(GError) error = NULL;
  AkAppChainSpec spec = {
      .path = path, .now_utc_us = NOW_UTC_US, .workspace = self->workspace};
  g_autoptr(AkAppChain) chain = ak_app_chain_open(&spec, problems, &error);
  g_assert_no_error(error);
  g_autoptr(json_t) analysis = ak_app_chain_analyze(chain, &error);
  g_assert_no_error(error);
  const json_t *rows = json_object_get(analysis, "backings");
  g_assert_cmpuint(json_array_size(rows), ==, 1);
  const json_t *row = json_array_get(rows, 0);
  g_assert_cmpstr(ak_json_string_or(row, "run", ""), ==, RUN);
  g_assert_cmpstr(ak_json_string_or(row, "counts_as", ""), ==, "verified");
  g_assert_cmpstr(ak_json_string_or(row, "until", ""), ==, "2023-12-31");
  static const AkReportChainRunPage page = {"/runs/", "?lang=ja"};
  g_assert_true(leads_to_run(analysis, &page, "<a href=\"/runs/" RUN "?lang=ja\">" RUN "</a>"));
  g_assert_false(leads_to_run(analysis, NULL, "<a href"));
  json_object_del(json_array_get(rows, 0), "run_is_here"); /* as of a bundle whose run is elsewhere */
  g_assert_false(leads_to_run(analysis, &page, "<a href"));
  guint32 number = ak_chain_model_measure(chain->model, 0, "CPS.AC-4");
  g_autofree guint8 *backed =
      ak_chain_model_measures(chain->model, AK_CHAIN_WORLD_BACKED, NOW_UTC_US);
  g_assert_true(backed[number]);
  g_autofree guint8 *expired =
      ak_chain_model_measures(chain->model, AK_CHAIN_WORLD_BACKED, NOW_UTC_US + 40 * DAY_US);
  g_assert_false(expired[number]); /* 2024-01-03 */
}

/* Every requirement that the knowledge links stands in its catalogue. */
static void test_catalogues(void) {
  g_autoptr(AkChainKnowledge) knowledge = test_knowledge();
  g_assert_cmpuint(knowledge->tests->len, >, 20);
  for (guint i = 0; i < knowledge->tests->len; i++) {
    const AkChainTestLink *link = knowledge->tests->pdata[i];
    g_autofree char *path = g_strdup_printf("/akashi/catalog/%s.json", link->catalog);
    g_autoptr(json_t) catalogue = test_resource(path);
    for (gsize r = 0; r < json_array_size(link->requirements); r++) {
      const char *id = json_string_value(json_array_get(link->requirements, r));
      const json_t *rows = json_object_get(catalogue, "requirements");
      bool is_there = false;
      for (gsize c = 0; c < json_array_size(rows); c++)
        is_there |= strcmp(ak_json_string_or(json_array_get(rows, c), "id", ""), id) == 0;
      g_test_message("%s: %s", link->id, id);
      g_assert_true(is_there);
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/chain-backing/run", NULL, test_run);
  g_test_add_data_func("/chain-backing/later", NULL, test_later);
  g_test_add("/chain-backing/file", World, NULL, world_set_up, test_file, world_tear_down);
  g_test_add("/chain-backing/superseded", World, NULL, world_set_up, test_superseded,
             world_tear_down);
  g_test_add("/chain-backing/bundle", World, NULL, world_set_up, test_bundle, world_tear_down);
  g_test_add("/chain-backing/analysis", World, NULL, world_set_up, test_analysis, world_tear_down);
  g_test_add_func("/chain-backing/catalogues", test_catalogues);
  return g_test_run();
}
