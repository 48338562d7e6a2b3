#include "verify/verdict/domain.h"

#include <string.h>

#include "verify/verdict/missing.h"

#define LAST_PORT 65535

/* --- members -------------------------------------------------------------------------------- */

static void add_member(GArray *members, const AkSubjectFacts *subject, AkTruth exists) {
  AkMember member = {
      .kind = subject->kind, .locator = subject->locator, .exists = exists, .subject = subject};
  g_array_append_val(members, member);
}

/* One that exists by the product file's word. */
static void add_declared(AkEvaluation *self, GArray *members, const char *kind,
                         const char *locator) {
  AkMember member = {.kind = kind,
                     .locator = locator,
                     .exists = AK_TRUTH_TRUE,
                     .subject = ak_facts_subject(self->facts, kind, locator)};
  g_array_append_val(members, member);
}

static bool is_open(const AkNote *note) {
  const AkObservation *observation = note->observation;
  return observation->outcome == AK_OUTCOME_SEEN && observation->value.type == AK_VALUE_BOOL &&
         observation->value.boolean;
}

/* A service exists where its port was seen open; not surely, where repetitions disagree. */
static void add_service(AkEvaluation *self, GArray *members, const AkSubjectFacts *subject) {
  const AkFact *fact = ak_facts_of_subject(subject, "net.port.open");
  bool open = false;
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    if (!is_open(fact->notes->pdata[i]))
      continue;
    open = true;
    g_ptr_array_add(self->touched, fact->notes->pdata[i]);
  }
  if (open)
    add_member(members, subject, fact->disagree ? AK_TRUTH_UNKNOWN : AK_TRUTH_TRUE);
}

static bool is_of_domain(const char *locator, AkDomain domain) {
  return domain == AK_DOMAIN_SERVICE ||
         g_str_has_prefix(locator, domain == AK_DOMAIN_SERVICE_TCP ? "tcp:" : "udp:");
}

static void add_services(AkEvaluation *self, GArray *members, AkDomain domain) {
  const GPtrArray *subjects = ak_facts_subjects(self->facts, "service");
  for (guint i = 0; i < subjects->len; i++)
    if (is_of_domain(((const AkSubjectFacts *)subjects->pdata[i])->locator, domain))
      add_service(self, members, subjects->pdata[i]);
}

static void add_files(AkEvaluation *self, GArray *members) {
  const GPtrArray *subjects = ak_facts_subjects(self->facts, "file");
  for (guint i = 0; i < subjects->len; i++)
    add_member(members, subjects->pdata[i], AK_TRUTH_TRUE);
}

static bool is_network(const AkInterface *interface) {
  return g_strcmp0(interface->kind, "network") == 0;
}

static void add_addresses(AkEvaluation *self, GArray *members) {
  const GPtrArray *interfaces = self->input->product->interfaces;
  for (guint i = 0; i < interfaces->len; i++) {
    const AkInterface *interface = interfaces->pdata[i];
    for (char **a = interface->addresses; is_network(interface) && a != NULL && *a != NULL; a++)
      add_declared(self, members, "address", *a);
  }
}

static void add_images(AkEvaluation *self, GArray *members) {
  const GPtrArray *images = self->input->product->images;
  for (guint i = 0; i < images->len; i++)
    add_declared(self, members, "image", ((const AkImage *)images->pdata[i])->name);
}

/* What the case's own answer rests on; a file that it cites twice is one. */
static void add_documents(AkEvaluation *self, GArray *members) {
  const AkAnswer *answer =
      self->case_id != NULL ? ak_product_answer(self->input->product, self->case_id) : NULL;
  for (gsize i = 0; answer != NULL && answer->evidence != NULL && answer->evidence[i] != NULL;
       i++) {
    bool is_known = false;
    for (gsize before = 0; before < i; before++)
      is_known |= strcmp(answer->evidence[before], answer->evidence[i]) == 0;
    if (!is_known)
      add_declared(self, members, "document", answer->evidence[i]);
  }
}

static int compare_members(gconstpointer a, gconstpointer b) {
  return strcmp(((const AkMember *)a)->locator, ((const AkMember *)b)->locator);
}

GArray *ak_domain_members(AkEvaluation *self, AkDomain domain) {
  GArray *members = g_array_new(FALSE, FALSE, sizeof(AkMember));
  if (domain == AK_DOMAIN_FILE)
    add_files(self, members);
  else if (domain == AK_DOMAIN_ADDRESS)
    add_addresses(self, members);
  else if (domain == AK_DOMAIN_IMAGE)
    add_images(self, members);
  else if (domain == AK_DOMAIN_DOCUMENT)
    add_documents(self, members);
  else
    add_services(self, members, domain);
  g_array_sort(members, compare_members);
  return members;
}

/* --- coverage ------------------------------------------------------------------------------- */

/* Why a note tells nothing complete: as a kind of missing.h, "" for an execution that did not end
 * "done", or NULL where it does tell. */
static const char *defect_of(const AkNote *note) {
  const AkObservation *seen = note->observation;
  if (note->disagrees)
    return "repetitions";
  if (seen->outcome != AK_OUTCOME_SEEN || seen->value.type != AK_VALUE_SET)
    return seen->outcome == AK_OUTCOME_CUT ? "cut" : "could-not-look";
  return note->done ? NULL : "";
}

/* What all tests that looked completely covered together; a test of which one note has a defect
 * tells nothing. */
typedef struct {
  GPtrArray *items;   /* of const char *, borrowed */
  GPtrArray *defects; /* of const AkNote */
  bool looked;        /* somebody did */
} Coverage;

static void coverage_clear(Coverage *self) {
  g_ptr_array_unref(self->items);
  g_ptr_array_unref(self->defects);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Coverage, coverage_clear)

static bool is_of_transport(const AkEvaluation *self, const AkNote *note, const char *transport) {
  const char *own = transport != NULL ? ak_facts_transport(self->facts, note) : NULL;
  return own == NULL || strcmp(own, transport) == 0;
}

static bool is_defect(const Coverage *self, const AkNote *note) {
  for (guint i = 0; i < self->defects->len; i++)
    if (g_strcmp0(((const AkNote *)self->defects->pdata[i])->observation->test_id,
                  note->observation->test_id) == 0)
      return true;
  return false;
}

static Coverage coverage_of(AkEvaluation *self, const AkAsked *asked) {
  Coverage coverage = {.items = g_ptr_array_new(), .defects = g_ptr_array_new()};
  const AkFact *fact = ak_facts_find(self->facts, asked->kind, asked->locator, asked->property);
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    AkNote *note = fact->notes->pdata[i];
    if (!is_of_transport(self, note, asked->transport))
      continue;
    coverage.looked = true;
    g_ptr_array_add(self->touched, note);
    if (defect_of(note) != NULL)
      g_ptr_array_add(coverage.defects, note);
  }
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    const AkNote *note = fact->notes->pdata[i];
    if (!is_of_transport(self, note, asked->transport) || is_defect(&coverage, note))
      continue;
    for (char **item = note->observation->value.set; *item != NULL; item++)
      g_ptr_array_add(coverage.items, *item);
  }
  return coverage;
}

/* Says why the coverage is not what was asked for; `lacking` names what it lacks. */
static void miss_coverage(AkEvaluation *self, const AkAsked *asked, const Coverage *coverage,
                          const char *lacking) {
  bool unlooked = !coverage->looked;
  for (guint i = 0; i < coverage->defects->len; i++) {
    const AkNote *note = coverage->defects->pdata[i];
    const char *defect = defect_of(note), *lacks = ak_value_lacks(&note->observation->value);
    bool is_told = lacks != NULL && strcmp(defect, "cut") == 0;
    if (*defect != '\0')
      ak_missing_add_subject(self->missing, defect, asked->kind, asked->locator, asked->property,
                             strcmp(defect, "repetitions") == 0 ? NULL
                             : is_told                          ? lacks
                                                                : "");
    unlooked |= *defect == '\0';
  }
  if (unlooked)
    ak_missing_add_unlooked(self, asked);
  else if (coverage->defects->len == 0)
    ak_missing_add_subject(self->missing, "coverage", asked->kind, asked->locator, asked->property,
                           lacking);
}

static bool has_item(const Coverage *self, const char *item) {
  for (guint i = 0; i < self->items->len; i++)
    if (strcmp(self->items->pdata[i], item) == 0)
      return true;
  return false;
}

bool ak_domain_covers(AkEvaluation *self, const char *kind, const char *locator,
                      const char *property, const char *const *items) {
  AkAsked asked = {.kind = kind, .locator = locator, .property = property};
  g_auto(Coverage) coverage = coverage_of(self, &asked);
  g_autoptr(GString) lacking = g_string_new(NULL);
  for (gsize i = 0; items[i] != NULL; i++)
    if (!has_item(&coverage, items[i]))
      g_string_append_printf(lacking, "%s%s", lacking->len > 0 ? ", " : "", items[i]);
  if (lacking->len == 0 && coverage.looked)
    return true;
  miss_coverage(self, &asked, &coverage, lacking->str);
  return false;
}

/* --- ports ---------------------------------------------------------------------------------- */

typedef struct {
  guint first, last;
} Range;

/* "tcp4:1-1024" or "tcp4:80" of the protocol `prefix` ("tcp4:"). */
static bool parse_range(const char *item, const char *prefix, Range *out) {
  if (!g_str_has_prefix(item, prefix))
    return false;
  g_auto(GStrv) parts = g_strsplit(item + strlen(prefix), "-", 3);
  guint count = g_strv_length(parts);
  guint64 first = 0, last = 0;
  if (count < 1 || count > 2 ||
      !g_ascii_string_to_unsigned(parts[0], 10, 0, LAST_PORT, &first, NULL) ||
      !g_ascii_string_to_unsigned(parts[count - 1], 10, first, LAST_PORT, &last, NULL))
    return false;
  *out = (Range){.first = (guint)first, .last = (guint)last};
  return true;
}

static int compare_ranges(gconstpointer a, gconstpointer b) {
  return (int)((const Range *)a)->first - (int)((const Range *)b)->first;
}

static bool covers_all_ports(const Coverage *coverage, const char *prefix) {
  g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
  for (guint i = 0; i < coverage->items->len; i++) {
    Range range = {0};
    if (parse_range(coverage->items->pdata[i], prefix, &range))
      g_array_append_val(ranges, range);
  }
  g_array_sort(ranges, compare_ranges);
  guint next = 1;
  for (guint i = 0; i < ranges->len; i++) {
    const Range *range = &g_array_index(ranges, Range, i);
    if (range->first > next)
      return false;
    next = MAX(next, range->last + 1);
  }
  return next > LAST_PORT;
}

/* Ports that never answered may hide a service, whatever the coverage says. */
static bool has_unknown_ports(AkEvaluation *self, const char *address, const char *protocol,
                              const char *prefix) {
  const AkFact *fact = ak_facts_find(self->facts, "address", address, "net.port.unknown");
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    const AkNote *note = fact->notes->pdata[i];
    const AkObservation *seen = note->observation;
    if (seen->outcome == AK_OUTCOME_ABSENT || !is_of_transport(self, note, protocol))
      continue;
    for (char **item = seen->value.set; item != NULL && *item != NULL; item++)
      if (g_str_has_prefix(*item, prefix))
        return true;
    if (seen->outcome != AK_OUTCOME_SEEN)
      return true;
  }
  return false;
}

static bool is_address_covered(AkEvaluation *self, const char *address, const char *protocol) {
  g_autofree char *prefix =
      g_strdup_printf("%s%c:", protocol, strchr(address, ':') != NULL ? '6' : '4');
  g_autofree char *whole = g_strdup_printf("%s1-%d", prefix, LAST_PORT);
  AkAsked asked = {
      .kind = "address", .locator = address, .property = "net.coverage", .transport = protocol};
  g_auto(Coverage) coverage = coverage_of(self, &asked);
  bool whole_range = covers_all_ports(&coverage, prefix);
  if (whole_range && !has_unknown_ports(self, address, protocol, prefix))
    return true;
  if (whole_range)
    g_ptr_array_set_size(coverage.defects, 0); /* what is open are the ports */
  miss_coverage(self, &asked, &coverage, whole);
  return false;
}

static bool are_ports_covered(AkEvaluation *self, const char *protocol) {
  const GPtrArray *interfaces = self->input->product->interfaces;
  bool complete = true, any = false;
  for (guint i = 0; i < interfaces->len; i++) {
    const AkInterface *interface = interfaces->pdata[i];
    if (!is_network(interface))
      continue;
    any = true;
    if (interface->addresses == NULL || interface->addresses[0] == NULL) {
      ak_missing_add(self->missing, "address", "interface", interface->name, NULL);
      complete = false;
      continue;
    }
    for (char **address = interface->addresses; *address != NULL; address++)
      complete &= is_address_covered(self, *address, protocol);
  }
  if (!any)
    ak_missing_add(self->missing, "address", "interface", "", NULL);
  return complete && any;
}

/* --- files ---------------------------------------------------------------------------------- */

/* Each test that observes `property` of an image's files and says how far it looks must have looked
 * at all of them. */
static bool covers_property(AkEvaluation *self, const char *image, const char *property) {
  const GPtrArray *tests = ak_declared_tests(ak_facts_declared(self->facts), property);
  bool complete = true, any = false;
  for (guint i = 0; i < tests->len; i++) {
    const AkTest *test = tests->pdata[i];
    const char *coverage = ak_declared_coverage(test);
    if (coverage == NULL || test->whole == NULL || !ak_declared_fits(test, "image", NULL, NULL))
      continue;
    any = true;
    complete &= ak_domain_covers(self, "image", image, coverage, test->whole);
  }
  if (!any)
    ak_missing_add_subject(self->missing, "property", "image", image, property, NULL);
  return complete && any;
}

static bool are_files_covered(AkEvaluation *self, const GPtrArray *properties) {
  const GPtrArray *images = self->input->product->images;
  bool complete = images->len > 0;
  if (!complete)
    ak_missing_add(self->missing, "empty", "domain", "image", NULL);
  for (guint i = 0; i < images->len; i++) {
    const char *image = ((const AkImage *)images->pdata[i])->name;
    complete &= covers_property(self, image, "firmware.coverage");
    for (guint p = 0; p < properties->len; p++)
      complete &= covers_property(self, image, properties->pdata[p]);
  }
  return complete;
}

bool ak_domain_is_complete(AkEvaluation *self, AkDomain domain, const GPtrArray *properties) {
  switch (domain) {
  case AK_DOMAIN_SERVICE_TCP:
    return are_ports_covered(self, "tcp");
  case AK_DOMAIN_SERVICE_UDP:
    return are_ports_covered(self, "udp");
  case AK_DOMAIN_SERVICE: {
    bool tcp = are_ports_covered(self, "tcp"), udp = are_ports_covered(self, "udp");
    return tcp && udp;
  }
  case AK_DOMAIN_FILE:
    return are_files_covered(self, properties);
  case AK_DOMAIN_ADDRESS:
  case AK_DOMAIN_IMAGE:
  case AK_DOMAIN_DOCUMENT:
    return true; /* the product file names them; all over none is unknown */
  }
  g_return_val_if_reached(false);
}
