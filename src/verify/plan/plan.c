#include "verify/plan/plan.h"

#include <string.h>

#include "core/authorization.h"

static void subject_free(AkSubject *self) {
  g_free(self->kind);
  g_free(self->locator);
  g_free(self);
}

static void add_subject(GPtrArray *subjects, const char *kind, const char *locator) {
  for (guint i = 0; i < subjects->len; i++)
    if (strcmp(((AkSubject *)subjects->pdata[i])->locator, locator) == 0)
      return;
  AkSubject *subject = g_new0(AkSubject, 1);
  *subject = (AkSubject){.kind = g_strdup(kind), .locator = g_strdup(locator)};
  g_ptr_array_add(subjects, subject);
}

static void add_addresses(GPtrArray *subjects, const AkProduct *product) {
  for (guint i = 0; i < product->interfaces->len; i++) {
    const AkInterface *interface = product->interfaces->pdata[i];
    for (char **address = interface->addresses; address != NULL && *address != NULL; address++)
      add_subject(subjects, "address", *address);
  }
}

static void add_images(GPtrArray *subjects, const AkProduct *product) {
  for (guint i = 0; i < product->images->len; i++)
    add_subject(subjects, "image", ((const AkImage *)product->images->pdata[i])->name);
}

/* Each file that an answer cites as evidence. */
static void add_documents(GPtrArray *subjects, const AkProduct *product) {
  for (guint i = 0; i < product->answers->len; i++) {
    const AkAnswer *answer = product->answers->pdata[i];
    for (char **path = answer->evidence; path != NULL && *path != NULL; path++)
      add_subject(subjects, "document", *path);
  }
}

static bool is_one_of(const char *text, const char *alternatives) {
  g_auto(GStrv) each = g_strsplit(alternatives, "|", -1);
  return g_strv_contains((const char *const *)each, text);
}

/* Does the observation make its subject one of the test's? */
static bool selects(const AkTest *test, const AkObservation *seen) {
  if (strcmp(seen->property, test->each_of) != 0 || seen->outcome != AK_OUTCOME_SEEN ||
      g_strcmp0(seen->subject.kind, test->subject_kind) != 0)
    return false;
  const AkValue *value = &seen->value;
  return test->each_is == NULL
             ? value->type == AK_VALUE_BOOL && value->boolean
             : value->type == AK_VALUE_TEXT && is_one_of(value->text, test->each_is);
}

/* Is a service reached as the test wants it? Other subjects always are. */
static bool has_transport(const AkTest *test, const AkSubject *subject) {
  if (test->transport == NULL || g_strcmp0(subject->kind, "service") != 0)
    return true;
  gsize length = strlen(test->transport);
  return strncmp(subject->locator, test->transport, length) == 0 && subject->locator[length] == ':';
}

static void add_observed(GPtrArray *subjects, const AkTest *test, const GPtrArray *observations) {
  for (guint i = 0; observations != NULL && i < observations->len; i++) {
    const AkObservation *seen = observations->pdata[i];
    if (selects(test, seen) && has_transport(test, &seen->subject))
      add_subject(subjects, seen->subject.kind, seen->subject.locator);
  }
}

static int compare_subjects(gconstpointer a, gconstpointer b) {
  return strcmp((*(AkSubject *const *)a)->locator, (*(AkSubject *const *)b)->locator);
}

GPtrArray *ak_plan_subjects(const AkProduct *product, const AkTest *test,
                            const GPtrArray *observations) {
  GPtrArray *subjects = g_ptr_array_new_with_free_func((GDestroyNotify)subject_free);
  if (test->each_of != NULL)
    add_observed(subjects, test, observations);
  else if (g_strcmp0(test->subject_kind, "address") == 0)
    add_addresses(subjects, product);
  else if (g_strcmp0(test->subject_kind, "image") == 0)
    add_images(subjects, product);
  else if (g_strcmp0(test->subject_kind, "document") == 0)
    add_documents(subjects, product);
  g_ptr_array_sort(subjects, compare_subjects);
  return subjects;
}

/* --- order ------------------------------------------------------------------------------- */

typedef enum { UNSEEN, OPEN, PLACED, LEFT_OUT } Mark;

typedef struct {
  const AkPlanInput *input;
  GHashTable *marks; /* AkTest → Mark */
  GPtrArray *order;
} Ordering;

static const AkTest *find_test(const AkPlanInput *input, const char *id) {
  for (gsize i = 0; input->tests[i] != NULL; i++)
    if (strcmp(input->tests[i]->id, id) == 0)
      return input->tests[i];
  return NULL;
}

/* Can any subject of this product come up for the test? */
static bool has_subjects(const AkPlanInput *input, const AkTest *test) {
  bool is_asked = test->option == NULL || json_object_get(input->options, test->option) != NULL;
  if (test->run == NULL || test->subject_kind == NULL || !is_asked)
    return false;
  if (test->each_of != NULL)
    return true; /* decided by what it needs */
  g_autoptr(GPtrArray) subjects = ak_plan_subjects(input->product, test, NULL);
  return subjects->len > 0;
}

static bool place(Ordering *self, const AkTest *test, GError **error) {
  Mark mark = (Mark)GPOINTER_TO_INT(g_hash_table_lookup(self->marks, test));
  if (mark == PLACED || mark == LEFT_OUT)
    return true;
  if (mark == OPEN)
    return ak_error_set(error, AK_ERROR_INTERNAL, "test %s needs itself", test->id);
  g_hash_table_insert(self->marks, (gpointer)test, GINT_TO_POINTER(OPEN));
  bool possible = has_subjects(self->input, test);
  for (gsize i = 0; test->needs != NULL && test->needs[i] != NULL; i++) {
    const AkTest *need = find_test(self->input, test->needs[i]);
    if (need == NULL)
      return ak_error_set(error, AK_ERROR_INTERNAL, "test %s needs %s, which is not there",
                          test->id, test->needs[i]);
    if (!place(self, need, error))
      return false;
    if (GPOINTER_TO_INT(g_hash_table_lookup(self->marks, need)) == LEFT_OUT)
      possible = false;
  }
  g_hash_table_insert(self->marks, (gpointer)test, GINT_TO_POINTER(possible ? PLACED : LEFT_OUT));
  if (possible)
    g_ptr_array_add(self->order, (gpointer)test);
  return true;
}

GPtrArray *ak_plan_tests(const AkPlanInput *input, GError **error) {
  g_autoptr(GHashTable) marks = g_hash_table_new(NULL, NULL);
  g_autoptr(GPtrArray) order = g_ptr_array_new();
  Ordering ordering = {.input = input, .marks = marks, .order = order};
  for (gsize i = 0; input->only != NULL && input->only[i] != NULL; i++) {
    const AkTest *test = find_test(input, input->only[i]);
    if (test == NULL) {
      ak_error_set(error, AK_ERROR_CONFIG, "there is no test \"%s\"", input->only[i]);
      return NULL;
    }
    if (!place(&ordering, test, error))
      return NULL;
  }
  for (gsize i = 0; input->only == NULL && input->tests[i] != NULL; i++)
    if (!place(&ordering, input->tests[i], error))
      return NULL;
  return g_steal_pointer(&order);
}

/* --- what a test is told ------------------------------------------------------------------ */

static json_t *texts_of(const AkService *service) {
  json_t *texts = json_array();
  for (gsize i = 0; service->shows != NULL && service->shows[i] != NULL; i++)
    json_array_append_new(texts, json_string(service->shows[i]));
  return texts;
}

json_t *ak_plan_params(const AkPlanInput *input, const AkTest *test, const AkSubject *subject) {
  json_t *params = json_object();
  if (strcmp(subject->kind, "address") == 0)
    json_object_set_new(params, "ports", json_string(input->ports ? input->ports : "1-65535"));
  if (strcmp(subject->kind, "image") == 0 && input->options != NULL)
    json_object_update(params, (json_t *)input->options); /* all tests of an image are one request */
  g_autofree char *transport = NULL, *address = NULL;
  guint16 port = 0;
  if (strcmp(subject->kind, "service") != 0 ||
      !ak_service_locator_parse(subject->locator, &transport, &address, &port))
    return params;
  /* guessing default passwords may lock an account out too */
  if (!ak_authorization_allows_credentials(input->product->authorization, address))
    json_object_set_new(params, "credentials", json_false());
  const AkService *service = ak_product_service(input->product, address, transport, port);
  json_object_set_new(params, "declared", json_boolean(service != NULL));
  if (service == NULL)
    return params;
  json_object_set_new(params, "protocol", json_string(service->protocol ? service->protocol : ""));
  json_object_set_new(params, "texts", texts_of(service));
  if (service->auth != NULL)
    json_object_set(params, "auth", service->auth);
  return params;
}

char *ak_plan_address_of(const AkSubject *subject) {
  if (strcmp(subject->kind, "address") == 0)
    return g_strdup(subject->locator);
  g_autofree char *transport = NULL;
  char *address = NULL;
  guint16 port = 0;
  if (strcmp(subject->kind, "service") == 0)
    ak_service_locator_parse(subject->locator, &transport, &address, &port);
  return address;
}

bool ak_plan_related(const AkSubject *a, const AkSubject *b) {
  if (strcmp(a->kind, b->kind) == 0)
    return strcmp(a->locator, b->locator) == 0;
  g_autofree char *first = ak_plan_address_of(a), *second = ak_plan_address_of(b);
  return first != NULL && g_strcmp0(first, second) == 0;
}
