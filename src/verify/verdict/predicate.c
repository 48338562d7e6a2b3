#include "verify/verdict/predicate.h"

#include <string.h>

#include "verify/verdict/missing.h"

static AkTruth truth_of(bool value) {
  return value ? AK_TRUTH_TRUE : AK_TRUTH_FALSE;
}

/* --- attributes: what the product file says about a subject --------------------------------- */

static bool has_login(const AkService *service) {
  return service != NULL && service->auth != NULL &&
         strcmp(ak_json_string_or(service->auth, "mechanism", ""), "none") != 0;
}

static const AkImage *image_of(const AkProduct *product, const char *name) {
  for (guint i = 0; i < product->images->len; i++)
    if (g_strcmp0(((const AkImage *)product->images->pdata[i])->name, name) == 0)
      return product->images->pdata[i];
  return NULL;
}

/* Whether the digest that the product file names is what was read: true only where it was read. */
static AkTruth has_digest(const AkFacts *facts, const AkImage *image) {
  const AkFact *fact = ak_facts_find(facts, "image", image->name, "firmware.digest");
  AkTruth truth = AK_TRUTH_UNKNOWN;
  for (guint i = 0; image->sha256 != NULL && fact != NULL && i < fact->notes->len; i++) {
    const AkObservation *seen = ((const AkNote *)fact->notes->pdata[i])->observation;
    if (seen->outcome != AK_OUTCOME_SEEN || seen->value.type != AK_VALUE_TEXT)
      continue;
    if (g_ascii_strcasecmp(seen->value.text, image->sha256) != 0)
      return AK_TRUTH_FALSE;
    truth = AK_TRUTH_TRUE;
  }
  return truth;
}

/* What the product file claims of a unit is held against what it says of the image, and that
 * against what was read. */
static bool is_unit_matched(const AkFacts *facts, const AkUnit *unit, const AkImage *image) {
  AkTruth digest = has_digest(facts, image);
  if (g_strcmp0(unit->image, image->name) != 0 || digest == AK_TRUTH_FALSE)
    return false;
  if (g_strcmp0(unit->matched_by, "digest") == 0)
    return digest == AK_TRUTH_TRUE;
  return g_strcmp0(unit->matched_by, "version") == 0 && unit->firmware_version != NULL &&
         *unit->firmware_version != '\0' && g_strcmp0(unit->firmware_version, image->version) == 0;
}

static bool is_matched(const AkEvaluation *self, const char *name) {
  const AkProduct *product = self->input->product;
  const AkImage *image = image_of(product, name);
  for (guint i = 0; image != NULL && i < product->units->len; i++)
    if (is_unit_matched(self->facts, product->units->pdata[i], image))
      return true;
  return false;
}

static AkTruth attribute(const AkEvaluation *self, const AkMember *member, const char *name) {
  if (strcmp(name, "matched") == 0)
    return strcmp(member->kind, "image") == 0 ? truth_of(is_matched(self, member->locator))
                                              : AK_TRUTH_UNKNOWN;
  if (strcmp(member->kind, "service") != 0)
    return AK_TRUTH_UNKNOWN;
  const AkInterface *interface = member->subject ? member->subject->interface : NULL;
  const AkService *service = member->subject ? member->subject->service : NULL;
  if (strcmp(name, "declared") == 0)
    return truth_of(service != NULL);
  if (strcmp(name, "used") == 0)
    return truth_of(interface == NULL || interface->used);
  if (strcmp(name, "remote") == 0)
    return truth_of(interface != NULL && interface->remote);
  if (strcmp(name, "login") == 0)
    return truth_of(has_login(service));
  return truth_of(service != NULL && service->shows != NULL && service->shows[0] != NULL);
}

/* --- values ---------------------------------------------------------------------------------- */

static bool list_contains(const AkEvaluation *self, const char *list, const char *text) {
  if (strcmp(list, AK_CATALOG_LIST_MODEL) == 0)
    return g_strcmp0(self->input->product->model, text) == 0;
  const json_t *items = json_object_get(self->input->catalog->lists, list);
  for (gsize i = 0; i < json_array_size(items); i++)
    if (g_strcmp0(json_string_value(json_array_get(items, i)), text) == 0)
      return true;
  return false;
}

/* How many of the set's texts are in the list. */
static guint count_listed(const AkEvaluation *self, const AkValue *value, const char *list) {
  guint count = 0;
  for (char **item = value->set; *item != NULL; item++)
    count += list_contains(self, list, *item);
  return count;
}

static AkTruth compare(gint64 value, AkCompare how, gint64 number) {
  switch (how) {
  case AK_COMPARE_LESS:
    return truth_of(value < number);
  case AK_COMPARE_LESS_EQUAL:
    return truth_of(value <= number);
  case AK_COMPARE_GREATER:
    return truth_of(value > number);
  case AK_COMPARE_GREATER_EQUAL:
    return truth_of(value >= number);
  case AK_COMPARE_EQUAL:
    return truth_of(value == number);
  case AK_COMPARE_NOT_EQUAL:
    return truth_of(value != number);
  }
  g_return_val_if_reached(AK_TRUTH_UNKNOWN);
}

/* A set of an execution that broke off may lack members: what it holds counts, what it does not
 * hold is unknown. */
static AkTruth judge_set(const AkEvaluation *self, const AkNote *note, const AkExpression *node) {
  const AkValue *value = &note->observation->value;
  guint size = g_strv_length(value->set), listed = count_listed(self, value, node->text);
  if (node->kind == AK_EXPRESSION_INTERSECTS)
    return listed > 0 ? AK_TRUTH_TRUE : note->done ? AK_TRUTH_FALSE : AK_TRUTH_UNKNOWN;
  if (listed < size)
    return AK_TRUTH_FALSE;
  return size > 0 && note->done ? AK_TRUTH_TRUE : AK_TRUTH_UNKNOWN;
}

/* A value of another type than the predicate asks for says nothing. */
static AkTruth judge_seen(const AkEvaluation *self, const AkNote *note, const AkExpression *node) {
  const AkValue *value = &note->observation->value;
  switch (node->kind) {
  case AK_EXPRESSION_SEEN:
    return AK_TRUTH_TRUE;
  case AK_EXPRESSION_ABSENT:
    return AK_TRUTH_FALSE;
  case AK_EXPRESSION_TRUE:
    if (value->type != AK_VALUE_BOOL)
      return AK_TRUTH_UNKNOWN;
    return value->boolean ? AK_TRUTH_TRUE : note->done ? AK_TRUTH_FALSE : AK_TRUTH_UNKNOWN;
  case AK_EXPRESSION_COMPARE:
    return value->type == AK_VALUE_INT ? compare(value->integer, node->compare, node->number)
                                       : AK_TRUTH_UNKNOWN;
  case AK_EXPRESSION_IS:
    return value->type == AK_VALUE_TEXT ? truth_of(strcmp(value->text, node->text) == 0)
                                        : AK_TRUTH_UNKNOWN;
  case AK_EXPRESSION_IN:
    return value->type == AK_VALUE_TEXT ? truth_of(list_contains(self, node->text, value->text))
                                        : AK_TRUTH_UNKNOWN;
  default:
    return value->type == AK_VALUE_SET ? judge_set(self, note, node) : AK_TRUTH_UNKNOWN;
  }
}

/* What is not there is not this text and has nothing of this list; but of nothing no number and no
 * "only these" holds. */
static AkTruth judge_absent(const AkExpression *node) {
  switch (node->kind) {
  case AK_EXPRESSION_ABSENT:
    return AK_TRUTH_TRUE;
  case AK_EXPRESSION_COMPARE:
  case AK_EXPRESSION_WITHIN:
    return AK_TRUTH_UNKNOWN;
  default:
    return AK_TRUTH_FALSE;
  }
}

/* --- facts ----------------------------------------------------------------------------------- */

static void miss(AkEvaluation *self, const AkMember *member, const char *property,
                 const char *kind) {
  ak_missing_add_subject(self->missing, kind, member->kind, member->locator, property, NULL);
}

static void miss_execution(AkEvaluation *self, const AkMember *member, const char *property) {
  AkAsked asked = {.kind = member->kind, .locator = member->locator, .property = property};
  ak_missing_add_unlooked(self, &asked);
}

static AkTruth judge_note(AkEvaluation *self, const AkMember *member, const AkNote *note,
                          const AkExpression *node) {
  const AkObservation *seen = note->observation;
  AkTruth truth = AK_TRUTH_UNKNOWN;
  g_ptr_array_add(self->touched, (gpointer)note);
  switch (seen->outcome) {
  case AK_OUTCOME_COULD_NOT_LOOK:
  case AK_OUTCOME_CUT:
    ak_missing_add_subject(self->missing, ak_outcome_name(seen->outcome), member->kind,
                           member->locator, node->name,
                           seen->value.type == AK_VALUE_TEXT ? seen->value.text : "");
    return AK_TRUTH_UNKNOWN;
  case AK_OUTCOME_SEEN:
    truth = judge_seen(self, note, node);
    break;
  case AK_OUTCOME_ABSENT:
    truth = note->done ? judge_absent(node) : AK_TRUTH_UNKNOWN;
    break;
  }
  if (truth == AK_TRUTH_UNKNOWN && !note->done)
    miss_execution(self, member, node->name);
  else if (truth == AK_TRUTH_UNKNOWN)
    miss(self, member, node->name, "undecided");
  return truth;
}

/* Several observations of one property (two keys in one file) agree, or the result is unknown; that
 * something was seen at all needs one. */
static AkTruth judge_fact(AkEvaluation *self, const AkMember *member, const AkFact *fact,
                          const AkExpression *node) {
  AkTruth lowest = AK_TRUTH_TRUE, highest = AK_TRUTH_FALSE;
  if (fact->disagree) {
    miss(self, member, node->name, "repetitions");
    for (guint i = 0; i < fact->notes->len; i++)
      g_ptr_array_add(self->touched, fact->notes->pdata[i]);
    return AK_TRUTH_UNKNOWN;
  }
  for (guint i = 0; i < fact->notes->len; i++) {
    AkTruth truth = judge_note(self, member, fact->notes->pdata[i], node);
    lowest = MIN(lowest, truth);
    highest = MAX(highest, truth);
  }
  if (node->kind == AK_EXPRESSION_SEEN)
    return highest;
  if (node->kind == AK_EXPRESSION_ABSENT || lowest == highest)
    return lowest;
  miss(self, member, node->name, "undecided");
  return AK_TRUTH_UNKNOWN;
}

/* What an image test found nowhere in the image is absent on each of its files. */
static const AkFact *absence_on_image(const AkEvaluation *self, const AkMember *member,
                                      const char *property) {
  if (strcmp(member->kind, "file") != 0)
    return NULL;
  g_autofree char *image = ak_facts_parent(member->kind, member->locator);
  const AkFact *fact = image != NULL ? ak_facts_find(self->facts, "image", image, property) : NULL;
  for (guint i = 0; fact != NULL && i < fact->notes->len; i++)
    if (((const AkNote *)fact->notes->pdata[i])->observation->outcome != AK_OUTCOME_ABSENT)
      return NULL;
  return fact;
}

AkTruth ak_predicate_evaluate(AkEvaluation *self, const AkMember *member,
                              const AkExpression *node) {
  if (node->kind == AK_EXPRESSION_ATTRIBUTE)
    return attribute(self, member, node->name);
  const AkFact *fact =
      member->subject != NULL ? ak_facts_of_subject(member->subject, node->name) : NULL;
  if (fact == NULL)
    fact = absence_on_image(self, member, node->name);
  if (fact != NULL)
    return judge_fact(self, member, fact, node);
  miss_execution(self, member, node->name);
  return AK_TRUTH_UNKNOWN;
}
