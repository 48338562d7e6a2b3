#include "verify/verdict/facts.h"

#include <string.h>

struct _AkFacts {
  AkDeclared *declared;
  GHashTable *subjects; /* set of AkSubjectFacts, by kind and locator */
  GHashTable *by_kind;  /* kind → GPtrArray of AkSubjectFacts, sorted */
  GPtrArray *none;
  GHashTable *contradictions;
  GHashTable *done;       /* set of ExecutionKey: executions that ended "done" */
  GHashTable *repeats;    /* test → highest repetition */
  GHashTable *unfinished; /* ExecutionKey without repetition → the first that did not end "done" */
};

static void fact_free(AkFact *self) {
  g_ptr_array_unref(self->notes);
  g_free(self);
}

static void subject_free(AkSubjectFacts *self) {
  g_ptr_array_unref(self->facts);
  g_free(self);
}

static guint subject_hash(gconstpointer key) {
  const AkSubjectFacts *self = key;
  return g_str_hash(self->locator) * 31 + g_str_hash(self->kind);
}

static gboolean subject_equal(gconstpointer a, gconstpointer b) {
  const AkSubjectFacts *one = a, *other = b;
  return strcmp(one->locator, other->locator) == 0 && strcmp(one->kind, other->kind) == 0;
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

typedef struct {
  const char *test, *locator; /* borrowed */
  guint repeat;
} ExecutionKey;

static guint execution_hash(gconstpointer key) {
  const ExecutionKey *self = key;
  return (g_str_hash(self->locator) * 31 + g_str_hash(self->test)) * 31 + self->repeat;
}

static gboolean execution_equal(gconstpointer a, gconstpointer b) {
  const ExecutionKey *one = a, *other = b;
  return one->repeat == other->repeat && strcmp(one->test, other->test) == 0 &&
         strcmp(one->locator, other->locator) == 0;
}

static ExecutionKey *execution_key(const AkExecution *run, guint repeat) {
  ExecutionKey *key = g_new(ExecutionKey, 1);
  *key = (ExecutionKey){.test = run->test_id, .locator = run->subject.locator, .repeat = repeat};
  return key;
}

static void raise_repeats(AkFacts *self, const char *test, guint repeat) {
  guint highest = GPOINTER_TO_UINT(g_hash_table_lookup(self->repeats, test));
  if (repeat > highest)
    g_hash_table_insert(self->repeats, g_strdup(test), GUINT_TO_POINTER(repeat));
}

/* Of several the one of the lowest repetition is named, in whatever order they are given. */
static void note_unfinished(AkFacts *self, const AkExecution *run) {
  ExecutionKey *key = execution_key(run, 0);
  const AkExecution *known = g_hash_table_lookup(self->unfinished, key);
  if (known == NULL || run->repeat < known->repeat)
    g_hash_table_insert(self->unfinished, key, (gpointer)run);
  else
    g_free(key);
}

/* An execution counts as done only if no record of it says otherwise. */
static void load_executions(AkFacts *self, const GPtrArray *executions) {
  g_autoptr(GHashTable) broken =
      g_hash_table_new_full(execution_hash, execution_equal, g_free, NULL);
  for (guint i = 0; executions != NULL && i < executions->len; i++) {
    const AkExecution *run = executions->pdata[i];
    bool done = g_strcmp0(run->end, "done") == 0;
    g_hash_table_add(done ? self->done : broken, execution_key(run, run->repeat));
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
  ExecutionKey key = {.test = observation->test_id ? observation->test_id : "",
                      .locator = locator,
                      .repeat = repeat};
  return g_hash_table_contains(self->done, &key);
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
  ExecutionKey key = {.test = test, .locator = locator};
  return g_hash_table_lookup(self->unfinished, &key);
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

GHashTable *ak_facts_contradictions(const AkFacts *self) {
  return self->contradictions;
}

const AkDeclared *ak_facts_declared(const AkFacts *self) {
  return self->declared;
}

const char *ak_facts_transport(const AkFacts *self, const AkNote *note) {
  const AkTest *test = ak_declared_test(self->declared, note->observation->test_id);
  return test != NULL ? test->transport : NULL;
}

/* --- observations --------------------------------------------------------------------------- */

static AkSubjectFacts *subject_of(AkFacts *self, const AkSubject *subject) {
  AkSubjectFacts key = {.kind = subject->kind, .locator = subject->locator};
  AkSubjectFacts *known = g_hash_table_lookup(self->subjects, &key);
  if (known == NULL) {
    known = g_new0(AkSubjectFacts, 1);
    *known = key;
    known->facts = g_ptr_array_new_with_free_func((GDestroyNotify)fact_free);
    g_hash_table_add(self->subjects, known);
  }
  return known;
}

static AkFact *fact_of(AkFacts *self, const AkObservation *observation) {
  AkSubjectFacts *subject = subject_of(self, &observation->subject);
  AkFact *fact = (AkFact *)ak_facts_of_subject(subject, observation->property);
  if (fact == NULL) {
    fact = g_new0(AkFact, 1);
    fact->property = observation->property;
    fact->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(subject->facts, fact);
  }
  return fact;
}

static void add(AkFacts *self, const AkObservation *observation, guint repeat, const char *lender) {
  AkNote *note = g_new0(AkNote, 1);
  AkDigest identity = ak_observation_identity(observation);
  note->observation = observation;
  note->repeat = repeat;
  note->lender = lender;
  note->done = is_done(self, observation, repeat);
  ak_digest_to_hex(&identity, note->id);
  g_ptr_array_add(fact_of(self, observation)->notes, note);
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

static void judge_subject(AkFacts *self, AkSubjectFacts *subject, const AkProduct *product) {
  g_autofree char *transport = NULL, *address = NULL;
  guint16 port = 0;
  for (guint i = 0; i < subject->facts->len; i++) {
    AkFact *fact = subject->facts->pdata[i];
    g_ptr_array_sort(fact->notes, compare_notes);
    compare_repetitions(self, fact);
  }
  if (strcmp(subject->kind, "service") != 0 ||
      !ak_service_locator_parse(subject->locator, &transport, &address, &port))
    return;
  subject->interface = ak_product_interface_of_address(product, address);
  subject->service = ak_product_service(product, address, transport, port);
}

static int compare_subjects(gconstpointer a, gconstpointer b) {
  return strcmp((*(const AkSubjectFacts *const *)a)->locator,
                (*(const AkSubjectFacts *const *)b)->locator);
}

static void sort_subjects(AkFacts *self, const AkProduct *product) {
  GHashTableIter iter;
  gpointer key = NULL, value = NULL;
  g_hash_table_iter_init(&iter, self->subjects);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    AkSubjectFacts *subject = key;
    GPtrArray *known = g_hash_table_lookup(self->by_kind, subject->kind);
    if (known == NULL) {
      known = g_ptr_array_new();
      g_hash_table_insert(self->by_kind, (gpointer)subject->kind, known);
    }
    g_ptr_array_add(known, subject);
    judge_subject(self, subject, product);
  }
  g_hash_table_iter_init(&iter, self->by_kind);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    g_ptr_array_sort(value, compare_subjects);
}

AkFacts *ak_facts_new(const AkVerdictInput *input) {
  AkFacts *self = g_new0(AkFacts, 1);
  self->declared = ak_declared_new(input->tests != NULL ? input->tests : ak_test_table);
  self->none = g_ptr_array_new();
  self->contradictions = g_hash_table_new(NULL, NULL);
  self->subjects =
      g_hash_table_new_full(subject_hash, subject_equal, (GDestroyNotify)subject_free, NULL);
  self->by_kind =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  self->done = g_hash_table_new_full(execution_hash, execution_equal, g_free, NULL);
  self->repeats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  self->unfinished = g_hash_table_new_full(execution_hash, execution_equal, g_free, NULL);
  load_executions(self, input->executions);
  for (guint i = 0; input->observations != NULL && i < input->observations->len; i++) {
    const AkObservation *observation = input->observations->pdata[i];
    guint repeat = input->repeats != NULL && i < input->repeats->len
                       ? g_array_index(input->repeats, guint, i)
                       : 1;
    raise_repeats(self, observation->test_id ? observation->test_id : "", repeat);
    add(self, observation, repeat, input->own > 0 && i >= input->own ? input->lender : NULL);
  }
  sort_subjects(self, input->product);
  return self;
}

void ak_facts_free(AkFacts *self) {
  if (self == NULL)
    return;
  ak_declared_free(self->declared);
  g_hash_table_unref(self->by_kind);
  g_hash_table_unref(self->subjects);
  g_ptr_array_unref(self->none);
  g_hash_table_unref(self->contradictions);
  g_hash_table_unref(self->done);
  g_hash_table_unref(self->repeats);
  g_hash_table_unref(self->unfinished);
  g_free(self);
}

const AkSubjectFacts *ak_facts_subject(const AkFacts *self, const char *kind, const char *locator) {
  AkSubjectFacts key = {.kind = kind, .locator = locator};
  return g_hash_table_lookup(self->subjects, &key);
}

const AkFact *ak_facts_of_subject(const AkSubjectFacts *subject, const char *property) {
  for (guint i = 0; i < subject->facts->len; i++)
    if (strcmp(((const AkFact *)subject->facts->pdata[i])->property, property) == 0)
      return subject->facts->pdata[i];
  return NULL;
}

const AkFact *ak_facts_find(const AkFacts *self, const char *kind, const char *locator,
                            const char *property) {
  const AkSubjectFacts *subject = ak_facts_subject(self, kind, locator);
  return subject != NULL ? ak_facts_of_subject(subject, property) : NULL;
}

const GPtrArray *ak_facts_subjects(const AkFacts *self, const char *kind) {
  const GPtrArray *subjects = g_hash_table_lookup(self->by_kind, kind);
  return subjects != NULL ? subjects : self->none;
}
