#include "app/rerun.h"

#include <string.h>

static const char *const names[] = {
    [AK_RERUN_LOOKED] = "looked",
    [AK_RERUN_NOT_ASKED] = "not-asked",
    [AK_RERUN_NOT_ENDED] = "not-ended",
    [AK_RERUN_NOT_SEEN] = "could-not-look",
};

const char *ak_rerun_name(AkRerun rerun) {
  return names[rerun];
}

static bool is_executed(const AkRunState *state, const char *test) {
  for (guint i = 0; i < state->executions->len; i++)
    if (strcmp(((const AkRunExecution *)state->executions->pdata[i])->test_id, test) == 0)
      return true;
  return false;
}

bool ak_rerun_has_test(const AkRunState *state, const char *test) {
  const json_t *planned = json_object_get(state->planned, "tests");
  for (gsize i = 0; i < json_array_size(planned); i++)
    if (strcmp(ak_json_string_or(json_array_get(planned, i), "id", ""), test) == 0)
      return true;
  return !json_is_array(planned) && is_executed(state, test);
}

/* --- executions --------------------------------------------------------------------------------- */

/* Did the test end there? Where it was not executed on that very subject, everything that it was executed on
 * counts, and that nothing was left of the run. */
static bool is_ended(const AkRunState *state, const char *test, const char *locator) {
  guint there = 0, there_done = 0, open = 0;
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *one = state->executions->pdata[i];
    bool is_done = g_strcmp0(one->end, "done") == 0;
    if (strcmp(one->test_id, test) != 0)
      continue;
    open += is_done ? 0 : 1;
    if (strcmp(one->subject.locator, locator) == 0) {
      there++;
      there_done += is_done ? 1 : 0;
    }
  }
  if (there > 0)
    return there_done == there;
  return open == 0 && g_strcmp0(state->end, "finished") == 0;
}

/* --- ports -------------------------------------------------------------------------------------- */

typedef struct {
  char *transport, *address;
  guint64 port;
} Service;

static void service_clear(Service *self) {
  g_free(self->transport);
  g_free(self->address);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Service, service_clear)

/* "tcp:127.0.1.10:443", "udp:[::1]:161" */
static bool split_service(const char *locator, Service *out) {
  const char *first = strchr(locator, ':'), *last = strrchr(locator, ':');
  if (first == NULL || last == first ||
      !g_ascii_string_to_unsigned(last + 1, 10, 1, 65535, &out->port, NULL))
    return false;
  bool has_brackets = first[1] == '[' && last[-1] == ']';
  out->transport = g_strndup(locator, (gsize)(first - locator));
  out->address = has_brackets ? g_strndup(first + 2, (gsize)(last - first) - 3)
                              : g_strndup(first + 1, (gsize)(last - first) - 1);
  return true;
}

/* Is the port in a range such as "tcp4:1-1024"? The family is the address's. */
static bool range_holds(const char *range, const Service *service) {
  gsize length = strlen(service->transport);
  const char *colon = strchr(range, ':'), *hyphen = colon != NULL ? strchr(colon, '-') : NULL;
  guint64 first = 0, last = 0;
  if (colon == NULL || strncmp(range, service->transport, length) != 0)
    return false;
  g_autofree char *from =
      hyphen != NULL ? g_strndup(colon + 1, (gsize)(hyphen - colon) - 1) : g_strdup(colon + 1);
  return g_ascii_string_to_unsigned(from, 10, 0, 65535, &first, NULL) &&
         g_ascii_string_to_unsigned(hyphen != NULL ? hyphen + 1 : from, 10, 0, 65535, &last, NULL) &&
         service->port >= first && service->port <= last;
}

static bool covers(const AkObservation *seen, const Service *service) {
  bool is_coverage = strcmp(seen->property, "net.coverage") == 0 &&
                     strcmp(seen->subject.locator, service->address) == 0 &&
                     seen->value.type == AK_VALUE_SET;
  for (char **range = is_coverage ? seen->value.set : NULL; range != NULL && *range != NULL; range++)
    if (range_holds(*range, service))
      return true;
  return false;
}

/* A port that is no subject of a test any more was decided to be closed. */
static bool port_was_decided(const AkRunState *state, const char *locator) {
  g_auto(Service) service = {0};
  if (!split_service(locator, &service))
    return false;
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *one = state->executions->pdata[i];
    for (guint o = 0; one->end != NULL && o < one->observations->len; o++)
      if (covers(one->observations->pdata[o], &service))
        return true;
  }
  return false;
}

/* --- observations ------------------------------------------------------------------------------- */

typedef struct {
  guint there;  /* of the property at the place */
  guint told;   /* of these, seen or absent */
  guint around; /* on what holds the place (the image of a file): could not look, or cut */
} Seen;

static bool holds(const char *outer, const char *inner) {
  gsize length = strlen(outer);
  return length > 0 && strncmp(inner, outer, length) == 0 && inner[length] == '!';
}

static void count(Seen *self, const AkObservation *seen, const char *property,
                  const char *locator) {
  bool told = seen->outcome == AK_OUTCOME_SEEN || seen->outcome == AK_OUTCOME_ABSENT;
  if (strcmp(seen->property, property) != 0)
    return;
  if (strcmp(seen->subject.locator, locator) == 0) {
    self->there++;
    self->told += told ? 1 : 0;
  } else if (!told && holds(seen->subject.locator, locator)) {
    self->around++;
  }
}

static Seen seen_of(const AkRunState *state, const char *property, const char *locator) {
  Seen self = {0};
  for (guint i = 0; i < state->executions->len; i++) {
    const AkRunExecution *one = state->executions->pdata[i];
    for (guint o = 0; one->end != NULL && o < one->observations->len; o++)
      count(&self, one->observations->pdata[o], property, locator);
  }
  return self;
}

/* Nothing was observed there: rightly, where the port is closed now or speaks what the test does not. */
static AkRerun rerun_of_port(const AkRunState *state, const char *locator) {
  if (!port_was_decided(state, locator))
    return AK_RERUN_NOT_ASKED;
  Seen port = seen_of(state, "net.port.open", locator);
  Seen protocol = seen_of(state, "service.protocol", locator);
  if (port.there == 0 || protocol.told > 0)
    return AK_RERUN_LOOKED;
  return protocol.there > 0 ? AK_RERUN_NOT_SEEN : AK_RERUN_NOT_ASKED;
}

AkRerun ak_rerun_of_observation(const AkRunState *state, const json_t *seen) {
  const char *test = ak_json_string_or(seen, "test", "");
  const json_t *subject = json_object_get(seen, "subject");
  const char *locator = ak_json_string_or(subject, "locator", "");
  if (!ak_rerun_has_test(state, test))
    return AK_RERUN_NOT_ASKED;
  if (!is_ended(state, test, locator))
    return AK_RERUN_NOT_ENDED;
  Seen found = seen_of(state, ak_json_string_or(seen, "property", ""), locator);
  if (found.there > 0)
    return found.told > 0 ? AK_RERUN_LOOKED : AK_RERUN_NOT_SEEN;
  if (found.around > 0)
    return AK_RERUN_NOT_SEEN;
  return strcmp(ak_json_string_or(subject, "kind", ""), "service") == 0 ? rerun_of_port(state, locator)
                                                                        : AK_RERUN_LOOKED;
}

/* --- findings and cases ------------------------------------------------------------------------- */

static bool has_property(const json_t *cited, const char *property) {
  for (gsize i = 0; i < json_array_size(cited); i++)
    if (strcmp(ak_json_string_or(json_array_get(cited, i), "property", ""), property) == 0)
      return true;
  return false;
}

AkRerun ak_rerun_of_finding(const AkRunState *state, const json_t *finding) {
  const json_t *cited = json_object_get(finding, "observations");
  const char *property = ak_json_string_or(finding, "property", "");
  bool only = has_property(cited, property);
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *seen = json_array_get(cited, i);
    if (only && strcmp(ak_json_string_or(seen, "property", ""), property) != 0)
      continue;
    AkRerun rerun = ak_rerun_of_observation(state, seen);
    if (rerun != AK_RERUN_LOOKED)
      return rerun;
  }
  return AK_RERUN_LOOKED;
}

AkRerun ak_rerun_of_case(const AkRunState *state, const json_t *row) {
  const json_t *cited = json_object_get(row, "observations");
  for (gsize i = 0; i < json_array_size(cited); i++)
    if (!ak_rerun_has_test(state, ak_json_string_or(json_array_get(cited, i), "test", "")))
      return AK_RERUN_NOT_ASKED;
  return AK_RERUN_LOOKED;
}
