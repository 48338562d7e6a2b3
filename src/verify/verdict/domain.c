#include "verify/verdict/domain.h"

#include <string.h>

#include "verify/verdict/missing.h"

#define LAST_PORT 65535

/* --- members -------------------------------------------------------------------------------- */

static void add_member(GArray *members, const char *kind, const char *locator, AkTruth exists) {
  AkMember member = {.kind = kind, .locator = locator, .exists = exists};
  g_array_append_val(members, member);
}

static bool is_open(const AkNote *note) {
  const AkObservation *observation = note->observation;
  return observation->outcome == AK_OUTCOME_SEEN && observation->value.type == AK_VALUE_BOOL &&
         observation->value.boolean;
}

/* A service exists where its port was seen open; not surely, where repetitions disagree. */
static void add_service(AkEvaluation *self, GArray *members, const char *locator) {
  const AkFact *fact = ak_facts_find(self->facts, "service", locator, "net.port.open");
  bool open = false;
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    if (!is_open(fact->notes->pdata[i]))
      continue;
    open = true;
    g_ptr_array_add(self->touched, fact->notes->pdata[i]);
  }
  if (open)
    add_member(members, "service", locator, fact->disagree ? AK_TRUTH_UNKNOWN : AK_TRUTH_TRUE);
}

static bool is_of_domain(const char *locator, AkDomain domain) {
  return domain == AK_DOMAIN_SERVICE ||
         g_str_has_prefix(locator, domain == AK_DOMAIN_SERVICE_TCP ? "tcp:" : "udp:");
}

static void add_services(AkEvaluation *self, GArray *members, AkDomain domain) {
  const GPtrArray *locators = ak_facts_locators(self->facts, "service");
  for (guint i = 0; locators != NULL && i < locators->len; i++)
    if (is_of_domain(locators->pdata[i], domain))
      add_service(self, members, locators->pdata[i]);
}

static void add_files(AkEvaluation *self, GArray *members) {
  const GPtrArray *locators = ak_facts_locators(self->facts, "file");
  for (guint i = 0; locators != NULL && i < locators->len; i++)
    add_member(members, "file", locators->pdata[i], AK_TRUTH_TRUE);
}

static bool is_network(const AkInterface *interface) {
  return g_strcmp0(interface->kind, "network") == 0;
}

static void add_addresses(AkEvaluation *self, GArray *members) {
  const GPtrArray *interfaces = self->input->product->interfaces;
  for (guint i = 0; i < interfaces->len; i++) {
    const AkInterface *interface = interfaces->pdata[i];
    for (char **a = interface->addresses; is_network(interface) && a != NULL && *a != NULL; a++)
      add_member(members, "address", *a, AK_TRUTH_TRUE);
  }
}

static void add_images(AkEvaluation *self, GArray *members) {
  const GPtrArray *images = self->input->product->images;
  for (guint i = 0; i < images->len; i++)
    add_member(members, "image", ((const AkImage *)images->pdata[i])->name, AK_TRUTH_TRUE);
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
  else
    add_services(self, members, domain);
  g_array_sort(members, compare_members);
  return members;
}

/* --- coverage ------------------------------------------------------------------------------- */

/* Says why nothing complete is known of a property: it was refused, broken off or never looked at.
 */
static void miss_property(AkEvaluation *self, const char *kind, const char *locator,
                          const char *property) {
  const AkExecution *run = ak_facts_unfinished(self->facts, kind, locator, property);
  if (run == NULL)
    ak_missing_add_subject(self->missing, "property", kind, locator, property, NULL);
  else if (g_strcmp0(run->end, "refused") == 0)
    ak_missing_add(self->missing, "refused", "test", run->test_id, "locator", run->subject.locator,
                   "detail", run->reason, NULL);
  else
    ak_missing_add(self->missing, "execution", "test", run->test_id, "locator",
                   run->subject.locator, "end", run->end, "detail", run->reason, NULL);
}

/* The one complete value of a coverage property, or NULL with what is missing. */
static const AkValue *coverage_value(AkEvaluation *self, const char *kind, const char *locator,
                                     const char *property) {
  const AkFact *fact = ak_facts_find(self->facts, kind, locator, property);
  const AkValue *value = NULL;
  if (fact == NULL) {
    miss_property(self, kind, locator, property);
    return NULL;
  }
  if (fact->disagree) {
    ak_missing_add_subject(self->missing, "repetitions", kind, locator, property, NULL);
    return NULL;
  }
  for (guint i = 0; i < fact->notes->len; i++) {
    const AkNote *note = fact->notes->pdata[i];
    const AkObservation *seen = note->observation;
    g_ptr_array_add(self->touched, (gpointer)note);
    if (seen->outcome != AK_OUTCOME_SEEN || seen->value.type != AK_VALUE_SET) {
      ak_missing_add_subject(self->missing,
                             seen->outcome == AK_OUTCOME_CUT ? "cut" : "could-not-look", kind,
                             locator, property, "");
      return NULL;
    }
    if (!note->done) {
      miss_property(self, kind, locator, property);
      return NULL;
    }
    value = &seen->value;
  }
  return value;
}

bool ak_domain_covers(AkEvaluation *self, const char *kind, const char *locator,
                      const char *property, const char *const *items) {
  const AkValue *value = coverage_value(self, kind, locator, property);
  if (value == NULL)
    return false;
  g_autoptr(GString) lacking = g_string_new(NULL);
  for (gsize i = 0; items[i] != NULL; i++)
    if (!ak_value_set_contains(value, items[i]))
      g_string_append_printf(lacking, "%s%s", lacking->len > 0 ? ", " : "", items[i]);
  if (lacking->len > 0)
    ak_missing_add_subject(self->missing, "coverage", kind, locator, property, lacking->str);
  return lacking->len == 0;
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

static bool covers_all_ports(const AkValue *value, const char *prefix) {
  g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
  for (char **item = value->set; *item != NULL; item++) {
    Range range = {0};
    if (parse_range(*item, prefix, &range))
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
static bool has_unknown_ports(AkEvaluation *self, const char *address, const char *prefix) {
  const AkFact *fact = ak_facts_find(self->facts, "address", address, "net.port.unknown");
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++) {
    const AkObservation *seen = ((const AkNote *)fact->notes->pdata[i])->observation;
    if (seen->outcome == AK_OUTCOME_ABSENT)
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
  const AkValue *value = coverage_value(self, "address", address, "net.coverage");
  if (value == NULL)
    return false;
  if (covers_all_ports(value, prefix) && !has_unknown_ports(self, address, prefix))
    return true;
  ak_missing_add_subject(self->missing, "coverage", "address", address, "net.coverage", whole);
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

/* What shows that all files were looked at for the properties of a group. */
static const struct {
  const char *prefix, *coverage;
  const char *items[3];
} file_groups[] = {
    {"firmware.", "firmware.coverage", {"bytes", "files"}},
    {"secret.", "secret.coverage", {"files"}},
    {"elf.", "elf.coverage", {"executables"}},
};

static bool covers_group(AkEvaluation *self, const char *image, const char *property) {
  for (gsize i = 0; i < G_N_ELEMENTS(file_groups); i++)
    if (g_str_has_prefix(property, file_groups[i].prefix))
      return ak_domain_covers(self, "image", image, file_groups[i].coverage, file_groups[i].items);
  ak_missing_add_subject(self->missing, "property", "image", image, property, NULL);
  return false;
}

static bool are_files_covered(AkEvaluation *self, const GPtrArray *properties) {
  const GPtrArray *images = self->input->product->images;
  bool complete = images->len > 0;
  if (!complete)
    ak_missing_add(self->missing, "empty", "domain", "image", NULL);
  for (guint i = 0; i < images->len; i++) {
    const char *image = ((const AkImage *)images->pdata[i])->name;
    complete &=
        ak_domain_covers(self, "image", image, file_groups[0].coverage, file_groups[0].items);
    for (guint p = 0; p < properties->len; p++)
      complete &= covers_group(self, image, properties->pdata[p]);
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
    return true; /* the product file names them; all over none is unknown */
  }
  g_return_val_if_reached(false);
}
