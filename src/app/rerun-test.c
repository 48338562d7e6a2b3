/* Whether a run looked again: states made of records as the runner writes them. */
#include "app/rerun.h"

#include <string.h>

#define HTTPS "tcp:127.0.1.10:443"
#define TELNET "tcp:127.0.1.10:23"

static void take(AkRunState *state, json_t *taken) {
  g_autoptr(json_t) record = taken;
  g_autoptr(GError) error = NULL;
  ak_run_state_fold(state, record, &error);
  g_assert_no_error(error);
}

/* A run whose plan holds `tests` (ends with NULL). */
static AkRunState *planned(const char *const *tests) {
  AkRunState *state = ak_run_state_new("r");
  json_t *record = ak_record_new(AK_RECORD_RUN_PLANNED, "r", 1);
  json_t *list = json_array();
  for (gsize i = 0; tests[i] != NULL; i++)
    json_array_append_new(list, json_pack("{s:s}", "id", tests[i]));
  json_object_set_new(record, "tests", list);
  take(state, record);
  return state;
}

static json_t *subject(const char *kind, const char *locator) {
  return json_pack("{s:s, s:s}", "kind", kind, "locator", locator);
}

static char *start(AkRunState *state, const char *test, const char *kind, const char *locator) {
  char *key = ak_run_execution_key(test, locator, 1);
  json_t *record = ak_record_new(AK_RECORD_TEST_STARTED, "r", 2);
  json_object_set_new(record, "execution", json_string(key));
  json_object_set_new(record, "test", json_string(test));
  json_object_set_new(record, "subject", subject(kind, locator));
  json_object_set_new(record, "attempt", json_integer(1));
  json_object_set_new(record, "repeat", json_integer(1));
  take(state, record);
  return key;
}

static void observe(AkRunState *state, const char *key, const char *test, const char *kind,
                    const char *locator, const char *property, const char *outcome,
                    json_t *value) {
  json_t *record = ak_record_new(AK_RECORD_OBSERVATION, "r", 3);
  json_object_set_new(record, "execution", json_string(key));
  json_object_set_new(record, "observation",
                      json_pack("{s:s, s:i, s:o, s:s, s:s, s:o, s:[], s:{s:i, s:i, s:i}}", "test",
                                test, "rev", 1, "subject", subject(kind, locator), "property",
                                property, "outcome", outcome, "value", value, "evidence", "trace",
                                "when_utc_us", 3, "duration_us", 5, "attempt", 1));
  take(state, record);
}

static void end(AkRunState *state, const char *key, const char *how) {
  json_t *record = ak_record_new(AK_RECORD_TEST_ENDED, "r", 4);
  json_object_set_new(record, "execution", json_string(key));
  json_object_set_new(record, "end", json_string(how));
  take(state, record);
}

static void finish(AkRunState *state, const char *how) {
  json_t *record = ak_record_new(AK_RECORD_RUN_ENDED, "r", 5);
  json_object_set_new(record, "end", json_string(how));
  take(state, record);
}

/* Ports of `range` are decided, and `open` (may be NULL) is open and speaks `protocol`. */
static void discover(AkRunState *state, const char *range, const char *open,
                     const char *protocol) {
  g_autofree char *key = start(state, "probe.discover", "address", "127.0.1.10");
  observe(state, key, "probe.discover", "address", "127.0.1.10", "net.coverage", "seen",
          json_pack("[s]", range));
  if (open != NULL)
    observe(state, key, "probe.discover", "service", open, "net.port.open", "seen", json_true());
  end(state, key, "done");
  if (open == NULL || protocol == NULL)
    return;
  bool told = *protocol != '\0';
  g_autofree char *asked = start(state, "probe.identify", "service", open);
  observe(state, asked, "probe.identify", "service", open, "service.protocol",
          told ? "seen" : "could-not-look", json_string(told ? protocol : "it says nothing"));
  end(state, asked, "done");
}

static AkRerun rerun(const AkRunState *state, const char *test, const char *kind,
                     const char *locator, const char *property) {
  g_autoptr(json_t) seen = json_pack("{s:s, s:s, s:o}", "test", test, "property", property,
                                     "subject", subject(kind, locator));
  return ak_rerun_of_observation(state, seen);
}

static const char *const all[] = {"probe.discover", "probe.identify", "probe.login",
                                  "firmware.secret", NULL};

static AkRerun login_at_telnet(const AkRunState *state) {
  return rerun(state, "probe.login", "service", TELNET, "login.open");
}

static void test_a_test_that_is_not_planned(void) {
  static const char *const few[] = {"probe.discover", NULL};
  g_autoptr(AkRunState) state = planned(few);
  discover(state, "tcp4:1-65535", NULL, NULL);
  finish(state, "finished");
  g_assert_cmpint(login_at_telnet(state), ==, AK_RERUN_NOT_ASKED);
  g_assert_true(ak_rerun_has_test(state, "probe.discover"));
  g_assert_false(ak_rerun_has_test(state, "probe.login"));
}

/* It looked, whichever it saw; it looked and could not tell. */
static void test_the_place_is_looked_at(void) {
  static const struct {
    const char *outcome;
    AkRerun expected;
  } rows[] = {{"seen", AK_RERUN_LOOKED},
              {"absent", AK_RERUN_LOOKED},
              {"could-not-look", AK_RERUN_NOT_SEEN},
              {"cut", AK_RERUN_NOT_SEEN}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkRunState) state = planned(all);
    discover(state, "tcp4:1-65535", TELNET, "telnet");
    g_autofree char *key = start(state, "probe.login", "service", TELNET);
    bool seen = strcmp(rows[i].outcome, "seen") == 0;
    observe(state, key, "probe.login", "service", TELNET, "login.open", rows[i].outcome,
            seen ? json_true() : json_null());
    end(state, key, "done");
    finish(state, "finished");
    g_assert_cmpint(login_at_telnet(state), ==, rows[i].expected);
  }
}

static void test_a_test_that_broke_off(void) {
  static const char *const ends[] = {"failed", "cut", "interrupted", "refused"};
  for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
    g_autoptr(AkRunState) state = planned(all);
    discover(state, "tcp4:1-65535", TELNET, "telnet");
    g_autofree char *key = start(state, "probe.login", "service", TELNET);
    end(state, key, ends[i]);
    finish(state, "finished");
    g_assert_cmpint(login_at_telnet(state), ==, AK_RERUN_NOT_ENDED);
  }
}

/* The port is closed now; it was not asked for; nobody can name what speaks there; another protocol does. */
static void test_ports(void) {
  static const struct {
    const char *range, *open, *protocol;
    AkRerun expected;
  } rows[] = {{"tcp4:1-65535", NULL, NULL, AK_RERUN_LOOKED},
              {"tcp4:1-65535", HTTPS, "https", AK_RERUN_LOOKED},
              {"tcp4:23", NULL, NULL, AK_RERUN_LOOKED},
              {"tcp4:23-23", NULL, NULL, AK_RERUN_LOOKED},
              {"tcp4:1-22", NULL, NULL, AK_RERUN_NOT_ASKED},
              {"tcp4:24-65535", NULL, NULL, AK_RERUN_NOT_ASKED},
              {"udp4:1-65535", NULL, NULL, AK_RERUN_NOT_ASKED},
              {"nonsense", NULL, NULL, AK_RERUN_NOT_ASKED},
              {"tcp4:a-b", NULL, NULL, AK_RERUN_NOT_ASKED},
              {"tcp4:1-65535", TELNET, "", AK_RERUN_NOT_SEEN},
              {"tcp4:1-65535", TELNET, NULL, AK_RERUN_NOT_ASKED},
              {"tcp4:1-65535", TELNET, "ssh", AK_RERUN_LOOKED}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(AkRunState) state = planned(all);
    discover(state, rows[i].range, rows[i].open, rows[i].protocol);
    finish(state, "finished");
    g_test_message("%s, open %s", rows[i].range, rows[i].open != NULL ? rows[i].open : "none");
    g_assert_cmpint(login_at_telnet(state), ==, rows[i].expected);
  }
}

static void test_a_run_that_was_stopped(void) {
  g_autoptr(AkRunState) aborted = planned(all);
  discover(aborted, "tcp4:1-65535", NULL, NULL);
  g_assert_cmpint(login_at_telnet(aborted), ==, AK_RERUN_NOT_ENDED);
  finish(aborted, "aborted");
  g_assert_cmpint(login_at_telnet(aborted), ==, AK_RERUN_NOT_ENDED);
}

static AkRerun key_in_image(const char *outcome) {
  g_autoptr(AkRunState) state = planned(all);
  g_autofree char *key = start(state, "firmware.secret", "image", "fw");
  observe(state, key, "firmware.secret", "image", "fw", "secret.private-key", outcome, json_null());
  end(state, key, "done");
  finish(state, "finished");
  return rerun(state, "firmware.secret", "file", "fw!/etc/key.pem", "secret.private-key");
}

/* A file is gone where the whole image was looked through, and not where that was cut. */
static void test_files(void) {
  g_assert_cmpint(key_in_image("absent"), ==, AK_RERUN_LOOKED);
  g_assert_cmpint(key_in_image("cut"), ==, AK_RERUN_NOT_SEEN);
  g_assert_cmpint(key_in_image("could-not-look"), ==, AK_RERUN_NOT_SEEN);
}

/* Of a finding the observations of its own property count, not what they rest on. */
static void test_findings(void) {
  g_autoptr(AkRunState) state = planned(all);
  discover(state, "tcp4:1-65535", NULL, NULL);
  finish(state, "finished");
  g_autoptr(json_t) finding = json_pack(
      "{s:s, s:[{s:s, s:s, s:o}, {s:s, s:s, s:o}]}", "property", "login.open", "observations",
      "test", "probe.login", "property", "login.open", "subject", subject("service", TELNET),
      "test", "probe.tls", "property", "tls.offered", "subject", subject("service", HTTPS));
  g_assert_cmpint(ak_rerun_of_finding(state, finding), ==, AK_RERUN_LOOKED);
  json_object_set_new(finding, "property", json_string("tls.offered"));
  g_assert_cmpint(ak_rerun_of_finding(state, finding), ==, AK_RERUN_NOT_ASKED);
  json_object_set_new(finding, "property", json_string(""));
  g_assert_cmpint(ak_rerun_of_finding(state, finding), ==, AK_RERUN_NOT_ASKED);
  g_assert_cmpint(ak_rerun_of_case(state, finding), ==, AK_RERUN_NOT_ASKED);
  g_autoptr(json_t) answered = json_pack("{s:s, s:[]}", "property", "", "observations");
  g_assert_cmpint(ak_rerun_of_finding(state, answered), ==, AK_RERUN_LOOKED);
  g_assert_cmpint(ak_rerun_of_case(state, answered), ==, AK_RERUN_LOOKED);
}

static void test_bad_places(void) {
  static const char *const places[] = {"", "tcp", "tcp:", "tcp:1", "::", ":::", "tcp:a:0",
                                       "tcp:a:99999", "tcp:[::1]:x", "tcp:[]:1", "tcp:[:1"};
  g_autoptr(AkRunState) state = planned(all);
  discover(state, "tcp4:1-65535", NULL, NULL);
  finish(state, "finished");
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
    g_assert_cmpint(rerun(state, "probe.login", "service", places[i], "login.open"), ==,
                    AK_RERUN_NOT_ASKED);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rerun/not-planned", test_a_test_that_is_not_planned);
  g_test_add_func("/rerun/looked", test_the_place_is_looked_at);
  g_test_add_func("/rerun/broke-off", test_a_test_that_broke_off);
  g_test_add_func("/rerun/ports", test_ports);
  g_test_add_func("/rerun/stopped", test_a_run_that_was_stopped);
  g_test_add_func("/rerun/files", test_files);
  g_test_add_func("/rerun/findings", test_findings);
  g_test_add_func("/rerun/bad-places", test_bad_places);
  return g_test_run();
}
