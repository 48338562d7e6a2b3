/* The algebra, on catalogues of a few lines: truth tables, order, claims, repetitions. */
#include "verify/verdict/evaluate.h"
#include "verify/verdict/world.h"

#include <string.h>

#define TITLE "\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"text\":{\"en\":\"T\",\"ja\":\"T\"}"
#define CLAIM "{\"title\":{\"en\":\"T\",\"ja\":\"T\"}}"

typedef struct {
  const char *obligation, *conditions;
  const char *first, *second; /* rules of r-1 and r-2; the second may be NULL */
  const char *method;         /* NULL: automatic */
  bool needs_ics;
} Sketch;

static World *world_of(Sketch sketch) {
  const char *method = sketch.method ? sketch.method : "automatic";
  g_autofree char *second =
      sketch.second ? g_strdup_printf(",{\"id\":\"r-2\",\"kind\":\"functional\",\"method\":\"%s\","
                                      "\"grade\":\"safe\"," TITLE ",\"rule\":%s}",
                                      method, sketch.second)
                    : g_strdup("");
  g_autofree char *json = g_strdup_printf(
      "{\"catalog\":\"c\",\"version\":\"1\",\"title\":{\"en\":\"T\",\"ja\":\"T\"},"
      "\"needs_ics\":%s,\"features\":{\"t\":" CLAIM ",\"f\":" CLAIM ",\"u\":" CLAIM
      ",\"x\":{\"title\":{\"en\":\"T\",\"ja\":\"T\"},\"contradicted_by\":\"any(image, y.x)\"}},"
      "\"lists\":{\"bad\":[\"b\"],\"good\":[\"a\"]},"
      "\"requirements\":[{\"id\":\"r\",\"obligation\":\"%s\",\"conditions\":\"%s\"," TITLE
      ",\"origin\":\"o\",\"test_cases\":[{\"id\":\"r-1\",\"kind\":\"conceptual\",\"method\":\"%s\","
      "\"grade\":\"safe\"," TITLE ",\"rule\":%s}%s]}]}",
      sketch.needs_ics ? "true" : "false", sketch.obligation ? sketch.obligation : "M",
      sketch.conditions ? sketch.conditions : "", method, sketch.first, second);
  g_autoptr(GError) error = NULL;
  AkCatalog *catalog = ak_catalog_parse(json, strlen(json), "c", &error);
  g_assert_no_error(error);
  World *w = world_new(catalog);
  world_claim(w, "feature", "t", true, "There.");
  world_claim(w, "feature", "f", false, "Not there.");
  return w;
}

#define PASS_BY_ANSWER "{\"pass\":\"answer(pass)\",\"expires\":\"P1Y\"}"

static const char *requirement_of(World *w) {
  world_judge(w);
  return world_verdict(world_requirement(w, "r"));
}

/* --- three values ---------------------------------------------------------------------------- */

static AkTruth truth_of(World *w, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkExpression) expression = ak_expression_parse(text, text, &error);
  g_assert_no_error(error);
  g_autoptr(AkFacts) facts = ak_facts_new(&w->input);
  g_autoptr(AkEvaluation) evaluation = ak_evaluation_new(&w->input, facts, "r-1");
  AkTruth truth = ak_evaluate(evaluation, expression);
  /* what is unknown says why, what is known lacks nothing */
  bool is_constant = strstr(text, "(") == NULL;
  if (truth == AK_TRUTH_UNKNOWN && !is_constant)
    g_assert_cmpuint(json_array_size(evaluation->missing), >, 0);
  return truth;
}

static char letter(AkTruth truth) {
  return "fut"[truth];
}

static void test_truth_tables(void) {
  g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
  /* strong Kleene logic: left, right, and, or */
  static const char tables[][5] = {"tttt", "tuut", "tfft", "utut", "uuuu",
                                   "ufFu", "ftft", "fuFu", "ffff"};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
    const char *row = tables[i];
    g_autofree char *and = g_strdup_printf("feature(%c) and feature(%c)", row[0], row[1]);
    g_autofree char * or = g_strdup_printf("feature(%c) or feature(%c)", row[0], row[1]);
    g_assert_cmpint(letter(truth_of(w, and)), ==, g_ascii_tolower(row[2]));
    g_assert_cmpint(letter(truth_of(w, or)), ==, row[3]);
  }
  g_assert_cmpint(letter(truth_of(w, "not feature(t)")), ==, 'f');
  g_assert_cmpint(letter(truth_of(w, "not feature(f)")), ==, 't');
  g_assert_cmpint(letter(truth_of(w, "not feature(u)")), ==, 'u');
}

static void see_image(World *w, const char *image, char value) {
  world_image(w, image);
  world_ended(w, "test", "image", image, "done", 1);
  if (value == 't' || value == 'f')
    world_see(w, "test", "image", image, "x.bad", ak_value_bool(value == 't'));
  if (value == 'a')
    world_absent(w, "test", "image", image, "x.bad");
}

/* Two images; t and f: seen true and false, a: absent, -: nothing observed. */
static void test_quantifiers(void) {
  static const struct {
    const char *values;
    char any, all, all_not;
  } rows[] = {
      {"tt", 't', 't', 'f'}, {"tf", 't', 'f', 'f'}, {"ff", 'f', 'f', 't'}, {"aa", 'f', 'f', 't'},
      {"t-", 't', 'u', 'f'}, {"f-", 'u', 'f', 'u'}, {"--", 'u', 'u', 'u'}, {"", 'f', 'u', 'u'},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
    for (gsize n = 0; rows[i].values[n] != '\0'; n++) {
      g_autofree char *image = g_strdup_printf("i%u", (guint)n);
      see_image(w, image, rows[i].values[n]);
    }
    g_assert_cmpint(letter(truth_of(w, "any(image, x.bad)")), ==, rows[i].any);
    g_assert_cmpint(letter(truth_of(w, "all(image, x.bad)")), ==, rows[i].all);
    g_assert_cmpint(letter(truth_of(w, "all(image, not x.bad)")), ==, rows[i].all_not);
  }
}

static void test_filters(void) {
  g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
  see_image(w, "i0", 't');
  see_image(w, "i1", 'f');
  g_assert_cmpint(letter(truth_of(w, "all(image where x.bad, x.bad)")), ==, 't');
  g_assert_cmpint(letter(truth_of(w, "all(image where not x.bad, x.bad)")), ==, 'f');
  /* nothing is chosen: nothing is shown, and nothing is found */
  g_assert_cmpint(letter(truth_of(w, "all(image where false, x.bad)")), ==, 'u');
  g_assert_cmpint(letter(truth_of(w, "any(image where false, x.bad)")), ==, 'f');
  /* whether one is chosen is unknown */
  g_assert_cmpint(letter(truth_of(w, "all(image where z.z, not x.bad)")), ==, 'u');
  g_assert_cmpint(letter(truth_of(w, "any(image where z.z, x.bad)")), ==, 'u');
}

static void test_predicates(void) {
  static const struct {
    const char *text;
    char seen, absent; /* on {"a","b"}, 5, "a", true; and on absence */
  } rows[] = {
      {"any(image, seen(x.set))", 't', 'f'},
      {"any(image, absent(x.set))", 'f', 't'},
      {"any(image, x.set intersects $bad)", 't', 'f'},
      {"any(image, x.set within $good)", 'f', 'u'},
      {"any(image, x.int < 6)", 't', 'u'},
      {"any(image, x.int < 5)", 'f', 'u'},
      {"any(image, x.int <= 5)", 't', 'u'},
      {"any(image, x.int = 5)", 't', 'u'},
      {"any(image, x.int != 5)", 'f', 'u'},
      {"any(image, x.int > 5)", 'f', 'u'},
      {"any(image, x.text is \"a\")", 't', 'f'},
      {"any(image, x.text is \"b\")", 'f', 'f'},
      {"any(image, x.text in $good)", 't', 'f'},
      {"any(image, x.text in $bad)", 'f', 'f'},
      {"any(image, x.bool)", 't', 'f'},
      {"any(image, x.text)", 'u', 'f'},
      {"any(image, x.bool < 1)", 'u', 'u'},
      {"any(image, x.int in $good)", 'u', 'f'},
  };
  static const char *const properties[] = {"x.set", "x.int", "x.text", "x.bool"};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
    see_image(w, "i", '-');
    world_see(w, "test", "image", "i", "x.set", world_set("a,b"));
    world_see(w, "test", "image", "i", "x.int", ak_value_int(5, ""));
    world_see(w, "test", "image", "i", "x.text", ak_value_text("a"));
    world_see(w, "test", "image", "i", "x.bool", ak_value_bool(true));
    g_assert_cmpint(letter(truth_of(w, rows[i].text)), ==, rows[i].seen);
    for (gsize p = 0; p < G_N_ELEMENTS(properties); p++)
      world_absent(w, "test", "image", "i", properties[p]);
    g_assert_cmpint(letter(truth_of(w, rows[i].text)), ==, rows[i].absent);
    static const AkOutcome blind[] = {AK_OUTCOME_COULD_NOT_LOOK, AK_OUTCOME_CUT};
    for (gsize b = 0; b < G_N_ELEMENTS(blind); b++) {
      for (gsize p = 0; p < G_N_ELEMENTS(properties); p++)
        world_see_in(w, 1, "test", "image", "i", properties[p], blind[b], world_set("b"));
      g_assert_cmpint(letter(truth_of(w, rows[i].text)), ==, 'u');
    }
  }
}

/* From an execution that broke off, what is there counts and what is not there does not. */
static void test_broken_executions(void) {
  static const char *const ends[] = {"failed", "cut", "interrupted", "refused"};
  for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
    world_image(w, "i");
    world_ended(w, "test", "image", "i", ends[i], 1);
    world_see(w, "test", "image", "i", "x.bool", ak_value_bool(true));
    world_see(w, "test", "image", "i", "x.no", ak_value_bool(false));
    world_see(w, "test", "image", "i", "x.set", world_set("a"));
    world_absent(w, "test", "image", "i", "x.gone");
    g_assert_cmpint(letter(truth_of(w, "any(image, x.bool)")), ==, 't');
    g_assert_cmpint(letter(truth_of(w, "any(image, x.no)")), ==, 'u');
    g_assert_cmpint(letter(truth_of(w, "any(image, absent(x.gone))")), ==, 'u');
    g_assert_cmpint(letter(truth_of(w, "any(image, x.set intersects $good)")), ==, 't');
    g_assert_cmpint(letter(truth_of(w, "any(image, x.set intersects $bad)")), ==, 'u');
    g_assert_cmpint(letter(truth_of(w, "any(image, x.set within $good)")), ==, 'u');
    g_assert_cmpint(letter(truth_of(w, "any(image, x.set within $bad)")), ==, 'f');
  }
}

/* --- the domain of services ------------------------------------------------------------------ */

static void see_ports(World *w, const char *address, const char *coverage) {
  world_ended(w, "probe.discover", "address", address, "done", 1);
  world_see(w, "probe.discover", "address", address, "net.coverage", world_set(coverage));
}

static void test_port_coverage(void) {
  static const struct {
    const char *address, *coverage;
    char any;
  } rows[] = {
      {"127.0.0.9", "tcp4:1-65535", 'f'},
      {"127.0.0.9", "tcp4:0-65535", 'f'},
      {"127.0.0.9", "tcp4:1-1000,tcp4:1001-65535", 'f'},
      {"127.0.0.9", "tcp4:2-65535,tcp4:1", 'f'},
      {"127.0.0.9", "tcp4:1-65534", 'u'},
      {"127.0.0.9", "tcp4:2-65535", 'u'},
      {"127.0.0.9", "tcp4:1-1000,tcp4:1002-65535", 'u'},
      {"127.0.0.9", "tcp6:1-65535", 'u'},
      {"127.0.0.9", "udp4:1-65535", 'u'},
      {"127.0.0.9", "tcp4:1-65536", 'u'},
      {"127.0.0.9", "tcp4:", 'u'},
      {"::1", "tcp6:1-65535", 'f'},
      {"::1", "tcp4:1-65535", 'u'},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
    world_interface(w, rows[i].address);
    see_ports(w, rows[i].address, rows[i].coverage);
    g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, rows[i].any);
    g_assert_cmpint(letter(truth_of(w, "any(service, not @declared)")), ==, 'u');
    g_assert_cmpint(letter(truth_of(w, "all(service.tcp, @declared)")), ==, 'u');
  }
}

static void test_every_address_counts(void) {
  g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
  g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, 'u');
  world_interface(w, "127.0.0.9");
  see_ports(w, "127.0.0.9", "tcp4:1-65535");
  g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, 'f');
  world_interface(w, "127.0.0.10");
  g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, 'u');
  see_ports(w, "127.0.0.10", "tcp4:1-65535");
  AkInterface *bare = world_interface(w, "127.0.0.11");
  g_clear_pointer(&bare->addresses, g_strfreev);
  g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, 'u');
  world_see(w, "probe.discover", "service", "tcp:127.0.0.9:7", "net.port.open",
            ak_value_bool(true));
  g_assert_cmpint(letter(truth_of(w, "any(service.tcp, not @declared)")), ==, 't');
  g_assert_cmpint(letter(truth_of(w, "all(service.tcp, @declared)")), ==, 'f');
}

/* --- repetitions ----------------------------------------------------------------------------- */

static void test_repetitions(void) {
  static const struct {
    char first, second; /* x.bad on the image: t, f, a, - */
    const char *verdict;
  } rows[] = {
      {'f', 'f', "pass"},         {'t', 't', "fail"},         {'f', 't', "inconclusive"},
      {'t', 'f', "inconclusive"}, {'f', 'a', "inconclusive"}, {'f', '-', "inconclusive"},
      {'-', 'f', "inconclusive"}, {'t', '-', "inconclusive"}, {'a', 'a', "pass"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){
        .first = "{\"fail\":[{\"when\":\"any(image, x.bad)\",\"finding\":\"answered-fail\","
                 "\"severity\":\"low\"}],\"pass\":\"all(image, not x.bad)\","
                 "\"expires\":\"P1Y\"}"});
    const char values[] = {rows[i].first, rows[i].second};
    world_image(w, "i");
    for (guint r = 0; r < 2; r++) {
      world_ended(w, "test", "image", "i", "done", r + 1);
      if (values[r] == 'a')
        world_see_in(w, r + 1, "test", "image", "i", "x.bad", AK_OUTCOME_ABSENT, (AkValue){0});
      else if (values[r] != '-')
        world_see_in(w, r + 1, "test", "image", "i", "x.bad", AK_OUTCOME_SEEN,
                     ak_value_bool(values[r] == 't'));
    }
    g_assert_cmpstr(requirement_of(w), ==, rows[i].verdict);
    g_assert_cmpint(world_misses(world_case(w, "r-1"), "repetitions"), ==,
                    g_str_equal(rows[i].verdict, "inconclusive"));
  }
}

/* --- order and answers ------------------------------------------------------------------------ */

#define GUARDED                                                                                    \
  "{\"fail\":[{\"when\":\"any(image, "                                                             \
  "x.bad)\",\"finding\":\"plain-login\",\"severity\":\"high\"}],"                                  \
  "\"needs\":[\"answer\"],\"pass\":\"answer(pass)\",\"expires\":\"P6M\"}"
#define REFUTED                                                                                    \
  "{\"refute\":[{\"when\":\"any(image, x.bad)\",\"finding\":\"plain-login\","                      \
  "\"severity\":\"high\"}],\"needs\":[\"answer\"],\"pass\":\"answer(pass)\",\"expires\":\"P30D\"}"

static void test_answers_and_observations(void) {
  static const struct {
    const char *rule;
    char seen;
    int answer; /* AkVerdict, or -1 */
    const char *verdict, *missing;
  } rows[] = {
      {GUARDED, 'f', AK_VERDICT_PASS, "pass", NULL},
      {GUARDED, 't', AK_VERDICT_PASS, "fail", NULL}, /* an answer never spares */
      {GUARDED, 'f', AK_VERDICT_FAIL, "fail", NULL},
      {GUARDED, '-', AK_VERDICT_FAIL, "fail", NULL},
      {GUARDED, '-', AK_VERDICT_PASS, "inconclusive", "property"},
      {GUARDED, 'f', -1, "inconclusive", "answer"},
      {GUARDED, 'f', AK_VERDICT_INCONCLUSIVE, "inconclusive", "answer-open"},
      {GUARDED, 'f', AK_VERDICT_NOT_APPLICABLE, "inconclusive", "answer-open"},
      {REFUTED, 'f', AK_VERDICT_PASS, "pass", NULL},
      {REFUTED, 't', AK_VERDICT_PASS, "fail", NULL},
      {REFUTED, '-', AK_VERDICT_PASS, "pass", NULL}, /* nobody looked: the document decides */
      {REFUTED, 'f', -1, "inconclusive", "answer"},  /* sound observations grant nothing */
      {REFUTED, 'f', AK_VERDICT_NOT_APPLICABLE, "inconclusive", "answer-open"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = rows[i].rule, .method = "manual"});
    see_image(w, "i", rows[i].seen);
    if (rows[i].answer >= 0)
      world_answer(w, "r-1", (AkVerdict)rows[i].answer);
    g_assert_cmpstr(requirement_of(w), ==, rows[i].verdict);
    if (rows[i].missing != NULL)
      g_assert_true(world_misses(world_case(w, "r-1"), rows[i].missing));
  }
}

/* Where the user chose the tests, an answer does not stand for those that he left out. */
static void test_tests_left_out(void) {
  static const struct {
    char seen;
    const char *verdict;
  } rows[] = {{'-', "inconclusive"}, {'f', "pass"}, {'t', "fail"}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = REFUTED, .method = "manual"});
    see_image(w, "i", rows[i].seen);
    world_answer(w, "r-1", AK_VERDICT_PASS);
    w->input.leaves_out = true;
    g_assert_cmpstr(requirement_of(w), ==, rows[i].verdict);
  }
}

/* A look that was begun and not finished may hide what would refute. */
static void test_refutation_that_broke_off(void) {
  static const AkOutcome outcomes[] = {AK_OUTCOME_CUT, AK_OUTCOME_COULD_NOT_LOOK};
  for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = REFUTED});
    see_image(w, "i", '-');
    world_see_in(w, 1, "test", "image", "i", "x.bad", outcomes[i], (AkValue){0});
    world_answer(w, "r-1", AK_VERDICT_PASS);
    g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  }
}

static void test_incomplete_answers(void) {
  static const char *const parts[] = {"by", "on", "reason", "evidence"};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
    AkAnswer *answer = world_answer(w, "r-1", AK_VERDICT_PASS);
    char **texts[] = {&answer->by, &answer->on, &answer->reason};
    if (i < G_N_ELEMENTS(texts))
      g_clear_pointer(texts[i], g_free);
    else
      g_clear_pointer(&answer->evidence, g_strfreev);
    g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
    const json_t *missing = json_array_get(json_object_get(world_case(w, "r-1"), "missing"), 0);
    g_assert_cmpstr(ak_json_string_or(missing, "kind", ""), ==, "answer-incomplete");
    g_assert_cmpstr(ak_json_string_or(missing, "lacks", ""), ==, parts[i]);
  }
}

/* --- requirements ---------------------------------------------------------------------------- */

static void test_cases_make_a_requirement(void) {
  static const struct {
    int first, second; /* answers, or -1 */
    const char *verdict;
  } rows[] = {
      {AK_VERDICT_PASS, AK_VERDICT_PASS, "pass"},
      {AK_VERDICT_PASS, AK_VERDICT_FAIL, "fail"},
      {AK_VERDICT_FAIL, AK_VERDICT_PASS, "fail"},
      {AK_VERDICT_FAIL, -1, "fail"},
      {AK_VERDICT_PASS, -1, "inconclusive"}, /* conceptual alone is not enough */
      {-1, AK_VERDICT_PASS, "inconclusive"}, /* nor functional */
      {-1, -1, "inconclusive"},
      {AK_VERDICT_PASS, AK_VERDICT_NOT_APPLICABLE, "inconclusive"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w =
        world_of((Sketch){.first = PASS_BY_ANSWER, .second = PASS_BY_ANSWER, .method = "manual"});
    if (rows[i].first >= 0)
      world_answer(w, "r-1", (AkVerdict)rows[i].first);
    if (rows[i].second >= 0)
      world_answer(w, "r-2", (AkVerdict)rows[i].second);
    g_assert_cmpstr(requirement_of(w), ==, rows[i].verdict);
    bool open = g_str_equal(rows[i].verdict, "inconclusive");
    const json_t *row = world_requirement(w, "r");
    g_assert_cmpint(json_array_size(json_object_get(row, "missing")) > 0, ==, open);
  }
}

static void test_conditions(void) {
  static const struct {
    const char *conditions, *support;
    int answer;
    const char *verdict, *missing;
  } rows[] = {
      {"feature(t)", "Y", AK_VERDICT_PASS, "pass", NULL},
      {"feature(t)", "N/A", AK_VERDICT_PASS, "inconclusive", "unfounded"},
      {"feature(t)", "N", AK_VERDICT_PASS, "fail", NULL},
      {"feature(t)", NULL, AK_VERDICT_PASS, "inconclusive", "ics"},
      {"feature(f)", "N/A", -1, "not-applicable", NULL},
      {"feature(f)", NULL, -1, "not-applicable", NULL},
      {"feature(f)", "Y", AK_VERDICT_PASS, "inconclusive", "claims-disagree"},
      {"feature(f)", "N", -1, "inconclusive", "claims-disagree"},
      {"feature(u)", "Y", AK_VERDICT_PASS, "inconclusive", "claim"},
      {"feature(u)", "Y", AK_VERDICT_FAIL, "inconclusive", "claim"},
      {"feature(u)", "N/A", -1, "inconclusive", "claim"},
      {"feature(t) and feature(f)", "N/A", -1, "not-applicable", NULL},
      {"feature(u) and feature(f)", "N/A", -1, "inconclusive", "claim"},
      {"", "N/A", AK_VERDICT_PASS, "inconclusive", "unfounded"},
      {"", "Y", AK_VERDICT_PASS, "pass", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w = world_of(
        (Sketch){.conditions = rows[i].conditions, .first = PASS_BY_ANSWER, .needs_ics = true});
    if (rows[i].support != NULL)
      world_ics(w, "r", rows[i].support, "Because.");
    if (rows[i].answer >= 0)
      world_answer(w, "r-1", (AkVerdict)rows[i].answer);
    const char *verdict = requirement_of(w);
    if (!g_str_equal(verdict, rows[i].verdict))
      g_error("row %u: %s instead of %s", (guint)i, verdict, rows[i].verdict);
    if (rows[i].missing != NULL)
      g_assert_true(world_misses(world_requirement(w, "r"), rows[i].missing));
  }
}

/* x is denied; the observation of y.x contradicts it. */
static void test_contradiction(void) {
  g_autoptr(World) w = world_of((Sketch){.conditions = "feature(x)", .first = PASS_BY_ANSWER});
  world_claim(w, "feature", "x", false, "There is none.");
  world_image(w, "i");
  world_ended(w, "test", "image", "i", "done", 1);
  g_assert_cmpstr(requirement_of(w), ==, "not-applicable");
  g_assert_null(world_finding(w, "contradicted-claim"));
  world_see(w, "test", "image", "i", "y.x", ak_value_bool(true));
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  g_assert_nonnull(world_finding(w, "contradicted-claim"));
  world_answer(w, "r-1", AK_VERDICT_PASS);
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive"); /* nor a pass */
  g_assert_true(world_misses(world_requirement(w, "r"), "claim-contradicted"));
  world_answer(w, "r-1", AK_VERDICT_FAIL);
  g_assert_cmpstr(requirement_of(w), ==, "fail");
}

static void test_denial_without_reason(void) {
  g_autoptr(World) w = world_of((Sketch){.conditions = "feature(f)", .first = PASS_BY_ANSWER});
  world_claim(w, "feature", "f", false, "");
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  g_assert_true(world_misses(world_requirement(w, "r"), "claim-reason"));
}

static void test_outcome(void) {
  static const struct {
    const char *obligation;
    int answer;
    bool fail, open;
  } rows[] = {
      {"M", AK_VERDICT_PASS, false, false},
      {"M", AK_VERDICT_FAIL, true, false},
      {"M", -1, false, true},
      {"R", AK_VERDICT_PASS, false, false},
      {"R", AK_VERDICT_FAIL, false, false},
      {"R", -1, false, false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w =
        world_of((Sketch){.obligation = rows[i].obligation, .first = PASS_BY_ANSWER});
    bool fail = !rows[i].fail, open = !rows[i].open;
    if (rows[i].answer >= 0)
      world_answer(w, "r-1", (AkVerdict)rows[i].answer);
    world_judge(w);
    ak_verdict_outcome(w->result, &fail, &open);
    g_assert_cmpint(fail, ==, rows[i].fail);
    g_assert_cmpint(open, ==, rows[i].open);
  }
  bool fail = true, open = false;
  ak_verdict_outcome(NULL, &fail, &open);
  g_assert_true(!fail && open); /* no verdicts are no pass */
}

/* --- needs, limits, time ---------------------------------------------------------------------- */

static void test_state(void) {
  g_autoptr(World) w = world_of((Sketch){
      .first =
          "{\"needs\":[\"state:initialized\"],\"pass\":\"answer(pass)\",\"expires\":\"P1Y\"}"});
  world_answer(w, "r-1", AK_VERDICT_PASS);
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  g_assert_true(world_misses(world_case(w, "r-1"), "unit"));
  world_unit(w, "initialized");
  g_assert_cmpstr(requirement_of(w), ==, "pass");
  world_unit(w, "factory-default");
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  g_assert_true(world_misses(world_case(w, "r-1"), "state"));
}

static const char *image_limit(World *w) {
  world_judge(w);
  const json_t *limits = json_object_get(world_case(w, "r-1"), "does_not_show");
  return ak_json_string_or(limits, "en", "none");
}

/* A unit runs the image where version or digest are the same in fact, not where it is said alone.
 */
static void test_image_only(void) {
  static const struct {
    const char *by, *version, *of_image, *sha256, *read;
    bool is_matched;
  } rows[] = {
      {"maker", "1.0", "1.0", NULL, NULL, false},
      {"none", "1.0", "1.0", "AA", "aa", false},
      {"version", "1.0", "1.0", NULL, NULL, true},
      {"version", "1.0", "1.1", NULL, NULL, false},
      {"version", NULL, NULL, NULL, NULL, false},
      {"version", "1.0", "1.0", "aa", "bb", false}, /* another file than was declared */
      {"version", "1.0", "1.0", "aa", "aa", true},
      {"digest", "1.0", "1.1", "AA", "aa", true},
      {"digest", "1.0", "1.0", NULL, "aa", false},
      {"digest", "1.0", "1.0", "aa", "bb", false},
      {"digest", "1.0", "1.0", "aa", NULL, false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(World) w =
        world_of((Sketch){.first = "{\"pass\":\"all(image, absent(x.bad))\",\"expires\":\"P2Y\"}"});
    see_image(w, "i", 'a');
    g_assert_nonnull(strstr(image_limit(w), "image only"));
    AkUnit *unit = world_unit(w, "initialized");
    AkImage *image = w->product->images->pdata[0];
    unit->image = g_strdup("i");
    unit->matched_by = g_strdup(rows[i].by);
    unit->firmware_version = g_strdup(rows[i].version);
    image->version = g_strdup(rows[i].of_image);
    image->sha256 = g_strdup(rows[i].sha256);
    if (rows[i].read != NULL)
      world_see(w, "test", "image", "i", "firmware.digest", ak_value_text(rows[i].read));
    g_assert_cmpint(strstr(image_limit(w), "image only") == NULL, ==, rows[i].is_matched);
  }
}

/* What a look that was cut says of itself stands in the verdict's words. */
static void test_cut_says_why(void) {
  g_autoptr(World) w = world_of((Sketch){
      .first = "{\"needs\":[{\"coverage\":\"x.coverage\",\"of\":[\"files\"],\"each\":\"image\"}],"
               "\"pass\":\"all(image, absent(x.bad))\",\"expires\":\"P2Y\"}"});
  see_image(w, "i", '-');
  world_see_in(w, 1, "test", "image", "i", "x.coverage", AK_OUTCOME_CUT,
               ak_value_coverage(NULL, "code (arm), 96 bytes at 0x40 of i"));
  world_see_in(w, 1, "test", "image", "i", "x.bad", AK_OUTCOME_CUT, ak_value_text("not all read"));
  g_assert_cmpstr(requirement_of(w), ==, "inconclusive");
  g_autofree char *missing =
      json_dumps(json_object_get(world_case(w, "r-1"), "missing"), JSON_COMPACT);
  g_assert_nonnull(strstr(missing, "\"detail\":\"code (arm), 96 bytes at 0x40 of i\""));
  g_assert_nonnull(strstr(missing, "damage. code (arm), 96 bytes at 0x40 of i\""));
}

static void test_validity(void) {
  static const struct {
    const char *expires, *until;
  } rows[] = {{"P1Y", "2027-11-23"}, {"P6M", "2027-05-23"}, {"P30D", "2026-12-23"}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *rule =
        g_strdup_printf("{\"pass\":\"answer(pass)\",\"expires\":\"%s\"}", rows[i].expires);
    g_autoptr(World) w = world_of((Sketch){.first = rule, .second = PASS_BY_ANSWER});
    world_judge(w);
    g_assert_cmpstr(ak_json_string_or(world_case(w, "r-1"), "valid_until", ""), ==, rows[i].until);
    /* the requirement is valid as long as each of its cases */
    g_assert_cmpstr(ak_json_string_or(world_requirement(w, "r"), "valid_until", ""), ==,
                    rows[i].until);
  }
}

/* --- what is written -------------------------------------------------------------------------- */

static char *bytes_of(World *w) {
  g_autoptr(GError) error = NULL;
  world_judge(w);
  char *bytes = ak_json_canonical(w->result, NULL, &error);
  g_assert_no_error(error);
  return bytes;
}

static void reverse(GPtrArray *array) {
  for (guint i = 0; i < array->len / 2; i++) {
    gpointer swap = array->pdata[i];
    array->pdata[i] = array->pdata[array->len - 1 - i];
    array->pdata[array->len - 1 - i] = swap;
  }
}

static void test_same_bytes_in_any_order(void) {
  g_autoptr(World) w = world_of((Sketch){.first = GUARDED, .second = REFUTED});
  for (guint i = 0; i < 9; i++) {
    g_autofree char *image = g_strdup_printf("i%u", i);
    see_image(w, image, "tfa-"[i % 4]);
  }
  world_ended(w, "test", "image", "i3", "failed", 1);
  world_answer(w, "r-1", AK_VERDICT_PASS);
  world_answer(w, "r-2", AK_VERDICT_INCONCLUSIVE);
  g_autofree char *first = bytes_of(w);
  g_autofree char *again = bytes_of(w);
  g_assert_cmpstr(first, ==, again);
  reverse(w->input.observations);
  reverse(w->input.executions);
  reverse(w->product->answers);
  reverse(w->product->images);
  g_autofree char *reversed = bytes_of(w);
  g_assert_cmpstr(first, ==, reversed);
}

static void test_a_fail_shows_its_observation(void) {
  g_autoptr(World) w = world_of((Sketch){.first = GUARDED});
  see_image(w, "i0", 'f');
  see_image(w, "i1", 't');
  world_judge(w);
  const json_t *seen = json_object_get(world_case(w, "r-1"), "observations");
  g_assert_cmpuint(json_array_size(seen), ==, 1);
  const json_t *subject = json_object_get(json_array_get(seen, 0), "subject");
  g_assert_cmpstr(ak_json_string_or(subject, "locator", ""), ==, "i1");
  g_assert_cmpuint(strlen(ak_json_string_or(json_array_get(seen, 0), "id", "")), ==, 64);
  const json_t *finding = world_finding(w, "plain-login");
  g_assert_cmpstr(ak_json_string_or(finding, "property", ""), ==, "x.bad");
  g_assert_cmpstr(ak_json_string_or(finding, "severity", ""), ==, "high");
  g_assert_cmpstr(ak_json_string_or(json_object_get(finding, "subject"), "locator", ""), ==, "i1");
  g_assert_cmpstr(json_string_value(json_array_get(json_object_get(finding, "cases"), 0)), ==,
                  "r-1");
}

static void test_availability(void) {
  g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
  world_interface(w, "127.0.0.9");
  world_absent(w, "run.liveness", "address", "127.0.0.9", "availability.lost");
  world_judge(w);
  g_assert_null(world_finding(w, "availability-lost"));
  world_see(w, "run.liveness", "address", "127.0.0.9", "availability.lost",
            ak_value_text("probe.http"));
  world_judge(w);
  const json_t *finding = world_finding(w, "availability-lost");
  g_assert_cmpstr(ak_json_string_or(finding, "property", ""), ==, "availability.lost");
}

static void test_many_places_are_one_finding(void) {
  g_autoptr(World) w = world_of(
      (Sketch){.first = "{\"fail\":[{\"when\":\"any(service.tcp, not @declared)\",\"finding\":"
                        "\"undeclared-service\",\"severity\":\"high\"}],\"pass\":\"true\","
                        "\"expires\":\"P1Y\"}"});
  world_interface(w, "127.0.0.9");
  see_ports(w, "127.0.0.9", "tcp4:1-65535");
  for (guint port = 1; port <= 300; port++) {
    g_autofree char *locator = g_strdup_printf("tcp:127.0.0.9:%u", port);
    world_see(w, "probe.discover", "service", locator, "net.port.open", ak_value_bool(true));
  }
  g_assert_cmpstr(requirement_of(w), ==, "fail");
  g_assert_cmpuint(json_array_size(json_object_get(w->result, "findings")), ==, 1);
  const json_t *finding = world_finding(w, "undeclared-service");
  g_assert_cmpint(json_integer_value(json_object_get(finding, "count")), ==, 300);
  const json_t *row = world_case(w, "r-1");
  g_assert_cmpuint(json_array_size(json_object_get(row, "observations")), ==, 256);
  g_assert_cmpint(json_integer_value(json_object_get(row, "observations_total")), ==, 300);
}

static void test_foreign_profile(void) {
  g_autoptr(World) w = world_of((Sketch){.first = PASS_BY_ANSWER});
  g_autoptr(GError) error = NULL;
  g_free(w->profile->catalog);
  w->profile->catalog = g_strdup("other");
  g_assert_null(ak_verdict_compute(&w->input, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/verdict/truth-tables", test_truth_tables);
  g_test_add_func("/verdict/quantifiers", test_quantifiers);
  g_test_add_func("/verdict/filters", test_filters);
  g_test_add_func("/verdict/predicates", test_predicates);
  g_test_add_func("/verdict/broken-executions", test_broken_executions);
  g_test_add_func("/verdict/port-coverage", test_port_coverage);
  g_test_add_func("/verdict/every-address", test_every_address_counts);
  g_test_add_func("/verdict/repetitions", test_repetitions);
  g_test_add_func("/verdict/answers", test_answers_and_observations);
  g_test_add_func("/verdict/refutation-broken-off", test_refutation_that_broke_off);
  g_test_add_func("/verdict/tests-left-out", test_tests_left_out);
  g_test_add_func("/verdict/incomplete-answers", test_incomplete_answers);
  g_test_add_func("/verdict/cases", test_cases_make_a_requirement);
  g_test_add_func("/verdict/conditions", test_conditions);
  g_test_add_func("/verdict/contradiction", test_contradiction);
  g_test_add_func("/verdict/denial", test_denial_without_reason);
  g_test_add_func("/verdict/outcome", test_outcome);
  g_test_add_func("/verdict/state", test_state);
  g_test_add_func("/verdict/image-only", test_image_only);
  g_test_add_func("/verdict/cut-says-why", test_cut_says_why);
  g_test_add_func("/verdict/validity", test_validity);
  g_test_add_func("/verdict/same-bytes", test_same_bytes_in_any_order);
  g_test_add_func("/verdict/shows", test_a_fail_shows_its_observation);
  g_test_add_func("/verdict/availability", test_availability);
  g_test_add_func("/verdict/many-places", test_many_places_are_one_finding);
  g_test_add_func("/verdict/foreign-profile", test_foreign_profile);
  return g_test_run();
}
