/* The text of rules: scanned and parsed in one pass, checked rule by rule. */
#include <string.h>

#include "chain/rule/rule.h"

typedef enum {
  TOKEN_END,
  TOKEN_NAME,     /* begins with a lower-case letter */
  TOKEN_VARIABLE, /* begins with an upper-case letter, or '_' and more */
  TOKEN_ANY,      /* "_" */
  TOKEN_NUMBER,
  TOKEN_STRING, /* the text between quotes */
  TOKEN_SIGN,   /* one of ( ) , . / or ":-" */
} TokenKind;

typedef struct {
  TokenKind kind;
  const char *text;
  gsize size;
  guint line, column;
} Token;

typedef struct {
  const char *at, *end, *where, *line_begin;
  guint line;
  Token token; /* the current one */
  AkChainRules *rules;
  GHashTable *constants; /* text → its number */
  GHashTable *names;     /* predicate's name → its number */
  char *variables[AK_CHAIN_VARIABLES_MAX];
  guint uses[AK_CHAIN_VARIABLES_MAX]; /* in the rule at hand: bit 0 premise, 1 head, 2 measure */
  guint variable_count;
  GError **error;
} Parser;

static bool fail(Parser *self, AkErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool fail(Parser *self, AkErrorCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  return ak_error_set(self->error, code, "%s:%u:%u: %s", self->where, self->token.line,
                      self->token.column, what);
}

/* --- tokens -------------------------------------------------------------------------------- */

static void skip_blank(Parser *self) {
  for (; self->at < self->end; self->at++) {
    if (*self->at == '%' || *self->at == '#')
      while (self->at < self->end && *self->at != '\n')
        self->at++;
    if (self->at == self->end || !g_ascii_isspace(*self->at))
      return;
    if (*self->at == '\n') {
      self->line++;
      self->line_begin = self->at + 1;
    }
  }
}

static bool is_word(char letter) {
  return g_ascii_isalnum(letter) || letter == '_';
}

static bool read_string(Parser *self) {
  self->token.text = ++self->at;
  while (self->at < self->end && *self->at != '"' && *self->at != '\n')
    self->at++;
  if (self->at == self->end || *self->at != '"')
    return fail(self, AK_ERROR_INVALID_DATA, "a text has no closing quote on its line");
  self->token.kind = TOKEN_STRING;
  self->token.size = (gsize)(self->at++ - self->token.text);
  if (!g_utf8_validate(self->token.text, (gssize)self->token.size, NULL))
    return fail(self, AK_ERROR_INVALID_DATA, "a text is not UTF-8");
  return true;
}

static TokenKind kind_of_word(const char *text, gsize size) {
  if (size == 1 && text[0] == '_')
    return TOKEN_ANY;
  if (g_ascii_isupper(text[0]) || text[0] == '_')
    return TOKEN_VARIABLE;
  return g_ascii_isdigit(text[0]) ? TOKEN_NUMBER : TOKEN_NAME;
}

static bool next(Parser *self) {
  skip_blank(self);
  self->token = (Token){.kind = TOKEN_END,
                        .text = self->at,
                        .line = self->line,
                        .column = (guint)(self->at - self->line_begin) + 1};
  if (self->at == self->end)
    return true;
  if (*self->at == '"')
    return read_string(self);
  if (is_word(*self->at)) {
    while (self->at < self->end && is_word(*self->at))
      self->at++;
    self->token.size = (gsize)(self->at - self->token.text);
    self->token.kind = kind_of_word(self->token.text, self->token.size);
    return true;
  }
  self->token.kind = TOKEN_SIGN;
  self->token.size = self->end - self->at >= 2 && memcmp(self->at, ":-", 2) == 0 ? 2 : 1;
  self->at += self->token.size;
  if (self->token.size == 1 && strchr("(),./", *self->token.text) == NULL)
    return fail(self, AK_ERROR_INVALID_DATA, "'%c' does not belong here", *self->token.text);
  return true;
}

static bool is_sign(const Parser *self, const char *sign) {
  return self->token.kind == TOKEN_SIGN && self->token.size == strlen(sign) &&
         memcmp(self->token.text, sign, self->token.size) == 0;
}

static bool is_name(const Parser *self, const char *name) {
  return self->token.kind == TOKEN_NAME && self->token.size == strlen(name) &&
         memcmp(self->token.text, name, self->token.size) == 0;
}

static bool expect(Parser *self, const char *sign) {
  if (!is_sign(self, sign))
    return fail(self, AK_ERROR_INVALID_DATA, "'%s' is expected here", sign);
  return next(self);
}

/* --- terms and atoms ------------------------------------------------------------------------- */

static guint32 constant_of(Parser *self, const char *text, gsize size) {
  g_autofree char *name = g_strndup(text, size);
  gpointer known = NULL;
  if (g_hash_table_lookup_extended(self->constants, name, NULL, &known))
    return GPOINTER_TO_UINT(known);
  guint32 number = self->rules->constants->len;
  char *kept = g_steal_pointer(&name);
  g_ptr_array_add(self->rules->constants, kept);
  g_hash_table_insert(self->constants, kept, GUINT_TO_POINTER(number));
  return number;
}

static bool read_variable(Parser *self, guint use, AkChainTerm *out) {
  const Token *token = &self->token;
  guint i = 0;
  while (i < self->variable_count && (strlen(self->variables[i]) != token->size ||
                                      memcmp(self->variables[i], token->text, token->size) != 0))
    i++;
  if (i == AK_CHAIN_VARIABLES_MAX)
    return fail(self, AK_ERROR_LIMIT, "a rule has at most %d variables: break it into two",
                AK_CHAIN_VARIABLES_MAX);
  if (i == self->variable_count) {
    self->variables[i] = g_strndup(token->text, token->size);
    self->uses[self->variable_count++] = 0;
  }
  self->uses[i] |= use;
  *out = (AkChainTerm){AK_CHAIN_TERM_VARIABLE, i};
  return true;
}

static bool read_term(Parser *self, guint use, AkChainTerm *out) {
  const Token *token = &self->token;
  switch (token->kind) {
  case TOKEN_ANY:
    if (use != 1)
      return fail(self, AK_ERROR_INVALID_DATA, "'_' may stand in premises only: name the variable");
    *out = (AkChainTerm){AK_CHAIN_TERM_ANY, 0};
    break;
  case TOKEN_VARIABLE:
    if (!read_variable(self, use, out))
      return false;
    break;
  case TOKEN_NAME:
  case TOKEN_NUMBER:
  case TOKEN_STRING:
    *out = (AkChainTerm){AK_CHAIN_TERM_CONSTANT, constant_of(self, token->text, token->size)};
    break;
  default:
    return fail(self, AK_ERROR_INVALID_DATA, "a variable, a name, a number or a text is expected");
  }
  return next(self);
}

static bool predicate_of(Parser *self, const Token *name, guint arity, guint32 *out) {
  g_autofree char *text = g_strndup(name->text, name->size);
  gpointer known = NULL;
  if (g_hash_table_lookup_extended(self->names, text, NULL, &known)) {
    *out = GPOINTER_TO_UINT(known);
    guint before = ak_chain_rules_predicate_at(self->rules, *out)->arity;
    return before == arity || fail(self, AK_ERROR_INVALID_DATA,
                                   "%s has %u terms here and %u before", text, arity, before);
  }
  if (self->rules->predicates->len == AK_CHAIN_PREDICATES_MAX)
    return fail(self, AK_ERROR_LIMIT, "more than %d predicates: say with one term more what several of them say", AK_CHAIN_PREDICATES_MAX);
  *out = ak_chain_rules_add_predicate(self->rules, text, arity, AK_CHAIN_FACT);
  g_hash_table_insert(self->names, g_steal_pointer(&text), GUINT_TO_POINTER(*out));
  return true;
}

/* `use`: as in Parser. */
static bool read_atom(Parser *self, guint use, AkChainAtom *out) {
  Token name = self->token;
  guint arity = 0;
  if (name.kind != TOKEN_NAME)
    return fail(self, AK_ERROR_INVALID_DATA,
                "the name of a predicate is expected: it begins with a lower-case letter");
  if (!next(self))
    return false;
  if (is_sign(self, "(")) {
    do {
      if (arity == AK_CHAIN_ARITY_MAX)
        return fail(self, AK_ERROR_LIMIT, "a predicate has at most %d terms: break it into two that share some", AK_CHAIN_ARITY_MAX);
      if (!next(self) || !read_term(self, use, &out->terms[arity++]))
        return false;
    } while (is_sign(self, ","));
    if (!expect(self, ")"))
      return false;
  }
  return predicate_of(self, &name, arity, &out->predicate);
}

/* --- statements --------------------------------------------------------------------------------
 */

/* "initial name/arity." or "measure name/arity." */
static bool read_declaration(Parser *self, AkChainPredicateKind kind) {
  if (!next(self))
    return false;
  Token name = self->token;
  guint32 number = 0;
  if (name.kind != TOKEN_NAME)
    return fail(self, AK_ERROR_INVALID_DATA, "the name of a predicate is expected");
  if (!next(self) || !expect(self, "/"))
    return false;
  if (self->token.kind != TOKEN_NUMBER || self->token.size != 1 ||
      *self->token.text > '0' + AK_CHAIN_ARITY_MAX)
    return fail(self, AK_ERROR_INVALID_DATA, "a number of terms from 0 to %d is expected",
                AK_CHAIN_ARITY_MAX);
  if (!predicate_of(self, &name, (guint)(*self->token.text - '0'), &number) || !next(self))
    return false;
  AkChainPredicate *predicate = self->rules->predicates->pdata[number];
  if (predicate->kind != AK_CHAIN_FACT && predicate->kind != kind)
    return fail(self, AK_ERROR_INVALID_DATA, "%s was said to be something else", predicate->name);
  predicate->kind = kind;
  return expect(self, ".");
}

static bool read_body(Parser *self, AkChainRule *rule) {
  do {
    if (!next(self))
      return false;
    bool is_measure = is_name(self, "not");
    guint *count = is_measure ? &rule->measure_count : &rule->premise_count;
    AkChainAtom *atoms = is_measure ? rule->measures : rule->premises;
    if (*count == AK_CHAIN_PREMISES_MAX)
      return fail(self, AK_ERROR_LIMIT, "a rule has at most %d premises and as many measures: let a predicate of its own follow from some of them",
                  AK_CHAIN_PREMISES_MAX);
    if ((is_measure && !next(self)) || !read_atom(self, is_measure ? 4 : 1, &atoms[(*count)++]))
      return false;
  } while (is_sign(self, ","));
  return true;
}

/* Every variable of head and measures stands in a premise. */
static bool check_range(Parser *self) {
  for (guint i = 0; i < self->variable_count; i++)
    if ((self->uses[i] & 1) == 0)
      return fail(self, AK_ERROR_INVALID_DATA,
                  "%s stands in no premise: nothing says which values it takes",
                  self->variables[i]);
  return true;
}

static void forget_variables(Parser *self) {
  while (self->variable_count > 0)
    g_free(self->variables[--self->variable_count]);
}

static bool read_rule(Parser *self) {
  AkChainRule rule = {.line = self->token.line, .index = self->rules->rules->len};
  forget_variables(self);
  if (rule.index == AK_CHAIN_RULES_MAX)
    return fail(self, AK_ERROR_LIMIT, "more than %d rules: let facts say what they differ in", AK_CHAIN_RULES_MAX);
  if (!read_atom(self, 2, &rule.head))
    return false;
  if (!is_sign(self, ":-"))
    return fail(self, AK_ERROR_INVALID_DATA, "':-' is expected: facts stand in tables, not here");
  if (!read_body(self, &rule))
    return false;
  if (rule.premise_count == 0)
    return fail(self, AK_ERROR_INVALID_DATA, "a rule needs a premise besides its measures");
  if (!check_range(self))
    return false;
  AkChainPredicate *head = self->rules->predicates->pdata[rule.head.predicate];
  if (head->kind == AK_CHAIN_MEASURE || head->kind == AK_CHAIN_INITIAL)
    return fail(self, AK_ERROR_INVALID_DATA, "%s comes from outside: no rule derives it",
                head->name);
  head->kind = AK_CHAIN_DERIVED;
  rule.variable_count = self->variable_count;
  ak_chain_rules_add(self->rules, &rule);
  return expect(self, ".");
}

static bool read_statement(Parser *self) {
  const char *after = self->at;
  bool is_declaration = after < self->end && g_ascii_isspace(*after);
  if (is_declaration && is_name(self, "initial"))
    return read_declaration(self, AK_CHAIN_INITIAL);
  if (is_declaration && is_name(self, "measure"))
    return read_declaration(self, AK_CHAIN_MEASURE);
  return read_rule(self);
}

/* Declarations may come after rules, so that this is looked at last. */
static bool check_kinds(Parser *self) {
  for (guint i = 0; i < self->rules->rules->len; i++) {
    const AkChainRule *rule = ak_chain_rules_at(self->rules, i);
    self->token = (Token){.line = rule->line, .column = 1};
    for (guint p = 0; p < rule->premise_count; p++) {
      const AkChainPredicate *predicate =
          ak_chain_rules_predicate_at(self->rules, rule->premises[p].predicate);
      if (predicate->kind == AK_CHAIN_MEASURE)
        return fail(self, AK_ERROR_INVALID_DATA, "measure %s may stand only behind \"not\"",
                    predicate->name);
    }
    for (guint m = 0; m < rule->measure_count; m++) {
      const AkChainPredicate *predicate =
          ak_chain_rules_predicate_at(self->rules, rule->measures[m].predicate);
      if (predicate->kind != AK_CHAIN_MEASURE)
        return fail(self, AK_ERROR_INVALID_DATA,
                    "\"not %s\": only a measure may be negated; declare \"measure %s/%u.\"",
                    predicate->name, predicate->name, predicate->arity);
    }
  }
  return true;
}

static void parser_clear(Parser *self) {
  forget_variables(self);
  g_hash_table_unref(self->constants);
  g_hash_table_unref(self->names);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parser, parser_clear)

AkChainRules *ak_chain_rules_parse(const char *text, gsize size, const char *where,
                                   GError **error) {
  if (size > AK_CHAIN_RULE_TEXT_MAX) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: rules of more than %d bytes: let facts say what they differ in", where,
                 AK_CHAIN_RULE_TEXT_MAX);
    return NULL;
  }
  g_autoptr(AkChainRules) rules = ak_chain_rules_new();
  /* bounded by limits; rules are the user's own, yet names are counted */
  g_auto(Parser) self = {.at = text,
                         .end = text + size,
                         .line_begin = text,
                         .where = where,
                         .line = 1,
                         .rules = rules,
                         .constants = g_hash_table_new(g_str_hash, g_str_equal),
                         .names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                         .error = error};
  if (!next(&self))
    return NULL;
  while (self.token.kind != TOKEN_END)
    if (!read_statement(&self))
      return NULL;
  return check_kinds(&self) ? g_steal_pointer(&rules) : NULL;
}

bool ak_chain_rules_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkChainRules) rules = ak_chain_rules_parse((const char *)data, size, "fuzz", NULL);
  return rules != NULL;
}
