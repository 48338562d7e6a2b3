#include "verify/verdict/say.h"

#include <string.h>

#include "core/words.h"

#define MAX_LISTED 4 /* of a list's texts; the catalogue has all */

typedef struct {
  AkLang lang;
  const AkCatalog *catalog;
} Say;

static char *say(const Say *self, const AkExpression *node);

static char *format(const Say *self, const char *id, const char *a, const char *b, const char *c) {
  g_autofree char *text_id = g_strdup_printf("say.%s", id);
  return ak_text_format(self->lang, text_id, a, b, c);
}

/* "SSLv3, TLSv1.0 …" */
static char *list_text(const Say *self, const char *name) {
  if (strcmp(name, AK_CATALOG_LIST_MODEL) == 0)
    return g_strdup(ak_text(self->lang, "say.model"));
  const json_t *items = json_object_get(self->catalog->lists, name);
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(items) && i < MAX_LISTED; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                           json_string_value(json_array_get(items, i)));
  if (json_array_size(items) > MAX_LISTED)
    g_string_append(text, " …");
  return g_string_free(text, FALSE);
}

/* The title of a feature or condition in the catalogue, with its key. */
static char *claim_text(const Say *self, const json_t *definitions, const char *key) {
  const json_t *title = json_object_get(json_object_get(definitions, key), "title");
  const char *text = ak_json_string_or(title, ak_lang_name(self->lang), NULL);
  return text != NULL ? g_strdup_printf("%s (%s)", text, key) : g_strdup(key);
}

/* --- predicates ------------------------------------------------------------------------------ */

static char *say_compare(const Say *self, const AkExpression *node, const char *property) {
  static const char *const signs[] = {
      [AK_COMPARE_LESS] = "<",          [AK_COMPARE_LESS_EQUAL] = "≤", [AK_COMPARE_GREATER] = ">",
      [AK_COMPARE_GREATER_EQUAL] = "≥", [AK_COMPARE_EQUAL] = "=",      [AK_COMPARE_NOT_EQUAL] = "≠",
  };
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, node->number);
  return format(self, "compare", property, signs[node->compare], number);
}

static char *say_predicate(const Say *self, const AkExpression *node) {
  static const struct {
    AkExpressionKind kind;
    const char *id;
    bool lists; /* `text` names a list */
  } forms[] = {
      {AK_EXPRESSION_SEEN, "seen", false},    {AK_EXPRESSION_ABSENT, "absent", false},
      {AK_EXPRESSION_TRUE, "holds", false},   {AK_EXPRESSION_IS, "is", false},
      {AK_EXPRESSION_IN, "in", true},         {AK_EXPRESSION_INTERSECTS, "intersects", true},
      {AK_EXPRESSION_WITHIN, "within", true},
  };
  const char *property = ak_words_of_property(self->lang, node->name);
  if (node->kind == AK_EXPRESSION_COMPARE)
    return say_compare(self, node, property);
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
    if (forms[i].kind != node->kind)
      continue;
    g_autofree char *other = forms[i].lists ? list_text(self, node->text)
                                            : g_strdup(node->text != NULL ? node->text : "");
    return format(self, forms[i].id, property, other, NULL);
  }
  return g_strdup(node->name);
}

/* --- claims ---------------------------------------------------------------------------------- */

static char *say_claim(const Say *self, const AkExpression *node) {
  if (node->kind == AK_EXPRESSION_ANSWER) {
    g_autofree char *id = g_strdup_printf("verdict.%s", ak_verdict_name(node->verdict));
    return format(self, "answer", ak_text(self->lang, id), NULL, NULL);
  }
  if (node->kind == AK_EXPRESSION_JUSTIFIED)
    return format(self, "justified", NULL, NULL, NULL);
  if (node->kind == AK_EXPRESSION_ICS)
    return format(self, "ics", node->name, node->text, NULL);
  if (node->kind == AK_EXPRESSION_IXIT)
    return format(self, "ixit", node->name, NULL, NULL);
  if (node->kind == AK_EXPRESSION_STATE)
    return format(self, "state", ak_words_name(self->lang, "state", node->name), NULL, NULL);
  bool feature = node->kind == AK_EXPRESSION_FEATURE;
  g_autofree char *title =
      claim_text(self, feature ? self->catalog->features : self->catalog->conditions, node->name);
  return format(self, feature ? "feature" : "condition", title, NULL, NULL);
}

/* --- the tree -------------------------------------------------------------------------------- */

static bool is_pair(const AkExpression *node) {
  return node->kind == AK_EXPRESSION_AND || node->kind == AK_EXPRESSION_OR;
}

/* In brackets where the other conjunction stands inside. */
static char *say_side(const Say *self, const AkExpression *side, const AkExpression *parent) {
  g_autofree char *text = say(self, side);
  return is_pair(side) && side->kind != parent->kind ? g_strdup_printf("(%s)", text)
                                                     : g_steal_pointer(&text);
}

static char *say_pair(const Say *self, const AkExpression *node) {
  g_autofree char *left = say_side(self, node->left, node);
  g_autofree char *right = say_side(self, node->right, node);
  return format(self, node->kind == AK_EXPRESSION_AND ? "and" : "or", left, right, NULL);
}

static char *say_quantifier(const Say *self, const AkExpression *node) {
  bool any = node->kind == AK_EXPRESSION_ANY;
  const char *domain = ak_words_name(self->lang, "domain", ak_domain_name(node->domain));
  g_autofree char *predicate = say(self, node->right);
  if (node->left == NULL)
    return format(self, any ? "any" : "all", domain, predicate, NULL);
  g_autofree char *where = say(self, node->left);
  return format(self, any ? "any-where" : "all-where", domain, where, predicate);
}

/* "was not seen" reads better than "it is not so that … was seen". */
static char *say_not(const Say *self, const AkExpression *node) {
  const char *property = node->name != NULL ? ak_words_of_property(self->lang, node->name) : NULL;
  if (node->kind == AK_EXPRESSION_ATTRIBUTE)
    return g_strdup(ak_words_name(self->lang, "not-attribute", node->name));
  if (node->kind == AK_EXPRESSION_SEEN || node->kind == AK_EXPRESSION_TRUE)
    return format(self, node->kind == AK_EXPRESSION_SEEN ? "seen-not" : "holds-not", property, NULL,
                  NULL);
  g_autofree char *inner = say(self, node);
  return format(self, "not", inner, NULL, NULL);
}

static char *say(const Say *self, const AkExpression *node) {
  if (is_pair(node))
    return say_pair(self, node);
  if (node->kind == AK_EXPRESSION_ANY || node->kind == AK_EXPRESSION_ALL)
    return say_quantifier(self, node);
  if (node->kind == AK_EXPRESSION_CONSTANT)
    return format(self, node->truth ? "true" : "false", NULL, NULL, NULL);
  if (node->kind == AK_EXPRESSION_NOT)
    return say_not(self, node->left);
  if (node->kind == AK_EXPRESSION_ATTRIBUTE)
    return g_strdup(ak_words_name(self->lang, "attribute", node->name));
  return node->kind < AK_EXPRESSION_ANY ? say_claim(self, node) : say_predicate(self, node);
}

char *ak_say(AkLang lang, const AkExpression *expression, const AkCatalog *catalog) {
  Say self = {.lang = lang, .catalog = catalog};
  return say(&self, expression);
}
