#include "verify/verdict/facts.h"

#include <string.h>

struct _AkFacts {
  AkDeclared *declared;
  GHashTable *facts;      /* "kind\nlocator\nproperty" → AkFact */
  GHashTable *locators;   /* kind → GPtrArray of locators, sorted */
  GHashTable *done;       /* "test\nlocator\nrepeat" of executions that ended "done" */
  GHashTable *repeats;    /* test → highest repetition */
  GHashTable *unfinished; /* "test\nlocator" → the first AkExecution that did not end "done" */
};

static void fact_free(AkFact *self) {
  g_ptr_array_unref(self->notes);
  g_free(self);
}

static char *fact_key(const char *kind, const char *locator, const char *property) {
  return g_strdup_printf("%s\n%s\n%s", kind, locator, property);
}

static const struct {
  const char *kind, *parent;
} parents[] = {{"file", "image"}, {"component", "image"}, {"service", "address"}};

const char *ak_facts_parent_kind(const char *kind) {
  for (gsize i = 0; i < G_N_ELEMENTS(parents); i++)
    if (strcmp(parents[i].kind, kind) == 0)
      return parents[i].parent;
  return NULL;
}

char *ak_facts_parent(const char *kind, const char *locator) {
  const char *parent_kind = ak_facts_parent_kind(kind);
  g_autofree char *transport = NULL;
  char *address = NULL;
  guint16 port = 0;
  if (parent_kind == NULL)
    return NULL;
  if (strcmp(parent_kind, "image") == 0)
    return strchr(locator, '!') != NULL
               ? g_strndup(locator, (gsize)(strchr(locator, '!') - locator))
               : NULL;
  ak_service_locator_parse(locator, &transport, &address, &port);
  return address;
}

/* --- executions ----------------------------------------------------------------------------- */

static char *execution_key(const char *test, const char *locator, guint repeat) {
  return g_strdup_printf("%s\n%s\n%u", test, locator, repeat);
}

static void raise_repeats(AkFacts *self, const char *test, guint repeat) {
  guint highest = GPOINTER_TO_UINT(g_hash_table_lookup(self->repeats, test));
  if (repeat > highest)
    g_hash_table_insert(self->repeats, g_strdup(test), GUINT_TO_POINTER(repeat));
}

/* Of several the one of the lowest repetition is named, in whatever order they are given. */
static void note_unfinished(AkFacts *self, const AkExecution *run) {
  g_autofree char *key = g_strdup_printf("%s\n%s", run->test_id, run->subject.locator);
  const AkExecution *known = g_hash_table_lookup(self->unfinished, key);
  if (known == NULL || run->repeat < known->repeat)
    g_hash_table_insert(self->unfinished, g_steal_pointer(&key), (gpointer)run);
}

/* An execution counts as done only if no record of it says otherwise. */
static void load_executions(AkFacts *self, const GPtrArray *executions) {
  g_autoptr(GHashTable) broken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; executions != NULL && i < executions->len; i++) {
    const AkExecution *run = executions->pdata[i];
    char *key = execution_key(run->test_id, run->subject.locator, run->repeat);
    bool done = g_strcmp0(run->end, "done") == 0;
    g_hash_table_add(done ? self->done : broken, key);
    if (!done)
      note_unfinished(self, run);
    if (g_strcmp0(run->end, "refused") != 0)
      raise_repeats(self, run->test_id, run->repeat);
  }
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init(&iter, broken);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    g_hash_table_remove(self->done, key);
}

static bool is_done_on(const AkFacts *self, const AkObservation *observation, guint repeat,
                       const char *locator) {
  g_autofree char *key = execution_key(observation->test_id, locator, repeat);
  return g_hash_table_contains(self->done, key);
}

/* Discovery runs on an address and observes services; image tests observe files. */
static bool is_done(const AkFacts *self, const AkObservation *observation, guint repeat) {
  const AkSubject *subject = &observation->subject;
  if (is_done_on(self, observation, repeat, subject->locator))
    return true;
  g_autofree char *parent = ak_facts_parent(subject->kind, subject->locator);
  return parent != NULL && is_done_on(self, observation, repeat, parent);
}

static const AkExecution *unfinished_on(const AkFacts *self, const char *test,
                                        const char *locator) {
  g_autofree char *key = g_strdup_printf("%s\n%s", test, locator);
  return g_hash_table_lookup(self->unfinished, key);
}

static const char *transport_of(const AkAsked *asked) {
  if (strcmp(asked->kind, "service") != 0)
    return asked->transport;
  return g_str_has_prefix(asked->locator, "udp:") ? "udp" : "tcp";
}

GPtrArray *ak_facts_unfinished(const AkFacts *self, const AkAsked *asked) {
  GPtrArray *found = g_ptr_array_new();
  const GPtrArray *tests = ak_declared_tests(self->declared, asked->property);
  const char *parent_kind = ak_facts_parent_kind(asked->kind), *transport = transport_of(asked);
  g_autofree char *parent = ak_facts_parent(asked->kind, asked->locator);
  for (guint i = 0; i < tests->len; i++) {
    const AkTest *test = tests->pdata[i];
    if (!ak_declared_fits(test, asked->kind, parent_kind, transport))
      continue;
    const AkExecution *run = unfinished_on(self, test->id, asked->locator);
    if (run == NULL && parent != NULL)
      run = unfinished_on(self, test->id, parent);
    if (run != NULL)
      g_ptr_array_add(found, (gpointer)run);
  }
  return found;
}

bool ak_facts_was_run(const AkFacts *self, const char *property, const char *transport) {
  const GPtrArray *tests = ak_declared_tests(self->declared, property);
  for (guint i = 0; i < tests->len; i++) {
    const AkTest *test = tests->pdata[i];
    bool fits =
        transport == NULL || test->transport == NULL || strcmp(test->transport, transport) == 0;
    if (fits && g_hash_table_contains(self->repeats, test->id))
      return true;
  }
  return false;
}

const AkDeclared *ak_facts_declared(const AkFacts *self) {
  return self->declared;
}

const char *ak_facts_transport(const AkFacts *self, const AkNote *note) {
  const AkTest *test = ak_declared_test(self->declared, note->observation->test_id);
  return test != NULL ? test->transport : NULL;
}

/* --- observations --------------------------------------------------------------------------- */

static AkFact *fact_of(AkFacts *self, const AkObservation *observation) {
  g_autofree char *key =
      fact_key(observation->subject.kind, observation->subject.locator, observation->property);
  AkFact *fact = g_hash_table_lookup(self->facts, key);
  if (fact == NULL) {
    fact = g_new0(AkFact, 1);
    fact->notes = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(self->facts, g_steal_pointer(&key), fact);
  }
  return fact;
}

static void add(AkFacts *self, GHashTable *kinds, const AkObservation *observation, guint repeat) {
  AkNote *note = g_new0(AkNote, 1);
  AkDigest identity = ak_observation_identity(observation);
  note->observation = observation;
  note->repeat = repeat;
  note->done = is_done(self, observation, repeat);
  ak_digest_to_hex(&identity, note->id);
  g_ptr_array_add(fact_of(self, observation)->notes, note);
  GHashTable *locators = g_hash_table_lookup(kinds, observation->subject.kind);
  if (locators == NULL) {
    locators = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(kinds, observation->subject.kind, locators);
  }
  g_hash_table_add(locators, observation->subject.locator);
}

static int compare_notes(gconstpointer a, gconstpointer b) {
  const AkNote *one = *(const AkNote *const *)a, *other = *(const AkNote *const *)b;
  int order = strcmp(one->id, other->id);
  return order != 0 ? order : (int)one->repeat - (int)other->repeat;
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What one repetition of a test saw, evidence aside: outcome and value of each observation. */
static char *seen_in(const AkFact *fact, const char *test, guint repeat) {
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < fact->notes->len; i++) {
    const AkNote *note = fact->notes->pdata[i];
    if (note->repeat != repeat || g_strcmp0(note->observation->test_id, test) != 0)
      continue;
    json_t *value = ak_value_to_json(&note->observation->value);
    g_autoptr(json_t) part =
        json_pack("[s, o]", ak_outcome_name(note->observation->outcome), value);
    g_ptr_array_add(parts, ak_json_canonical(part, NULL, NULL));
  }
  g_ptr_array_sort(parts, compare_names);
  g_ptr_array_add(parts, NULL);
  return g_strjoinv("\n", (GStrv)parts->pdata);
}

static bool repetitions_disagree(const AkFacts *self, const AkFact *fact, const char *test) {
  guint repeats = GPOINTER_TO_UINT(g_hash_table_lookup(self->repeats, test ? test : ""));
  if (repeats < 2)
    return false;
  g_autofree char *first = seen_in(fact, test, 1);
  for (guint repeat = 2; repeat <= repeats; repeat++) {
    g_autofree char *other = seen_in(fact, test, repeat);
    if (strcmp(first, other) != 0)
      return true;
  }
  return false;
}

static void compare_repetitions(const AkFacts *self, AkFact *fact) {
  for (guint i = 0; i < fact->notes->len; i++) {
    AkNote *note = fact->notes->pdata[i];
    note->disagrees = repetitions_disagree(self, fact, note->observation->test_id);
    fact->disagree |= note->disagrees;
  }
}

static void sort_locators(AkFacts *self, GHashTable *kinds) {
  GHashTableIter iter;
  gpointer kind = NULL, set = NULL;
  g_hash_table_iter_init(&iter, kinds);
  while (g_hash_table_iter_next(&iter, &kind, &set)) {
    GPtrArray *sorted = g_ptr_array_new();
    GHashTableIter members;
    gpointer locator = NULL;
    g_hash_table_iter_init(&members, set);
    while (g_hash_table_iter_next(&members, &locator, NULL))
      g_ptr_array_add(sorted, locator);
    g_ptr_array_sort(sorted, compare_names);
    g_hash_table_insert(self->locators, kind, sorted);
  }
}

static void judge_facts(AkFacts *self) {
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, self->facts);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    AkFact *fact = value;
    g_ptr_array_sort(fact->notes, compare_notes);
    compare_repetitions(self, fact);
  }
}

AkFacts *ak_facts_new(const AkVerdictInput *input) {
  AkFacts *self = g_new0(AkFacts, 1);
  self->declared = ak_declared_new(input->tests != NULL ? input->tests : ak_test_table);
  self->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fact_free);
  self->locators =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  self->done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->repeats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->unfinished = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  load_executions(self, input->executions);
  g_autoptr(GHashTable) kinds =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_hash_table_unref);
  for (guint i = 0; input->observations != NULL && i < input->observations->len; i++) {
    const AkObservation *observation = input->observations->pdata[i];
    guint repeat = input->repeats != NULL && i < input->repeats->len
                       ? g_array_index(input->repeats, guint, i)
                       : 1;
    raise_repeats(self, observation->test_id ? observation->test_id : "", repeat);
    add(self, kinds, observation, repeat);
  }
  sort_locators(self, kinds);
  judge_facts(self);
  return self;
}

void ak_facts_free(AkFacts *self) {
  if (self == NULL)
    return;
  ak_declared_free(self->declared);
  g_hash_table_unref(self->facts);
  g_hash_table_unref(self->locators);
  g_hash_table_unref(self->done);
  g_hash_table_unref(self->repeats);
  g_hash_table_unref(self->unfinished);
  g_free(self);
}

const AkFact *ak_facts_find(const AkFacts *self, const char *kind, const char *locator,
                            const char *property) {
  g_autofree char *key = fact_key(kind, locator, property);
  return g_hash_table_lookup(self->facts, key);
}

const GPtrArray *ak_facts_locators(const AkFacts *self, const char *kind) {
  return g_hash_table_lookup(self->locators, kind);
}
