#include "catalog/expression.h"

#include <string.h>

typedef enum {
  TOKEN_END,
  TOKEN_WORD,
  TOKEN_NUMBER,
  TOKEN_TEXT,
  TOKEN_LIST, /* $name */
  TOKEN_AT,   /* @name */
  TOKEN_SIGN,
} TokenKind;

typedef struct {
  TokenKind kind;
  const char *start; /* the content, without quotes, $ and @ */
  gsize length;
  gsize at; /* offset in the text */
} Token;

typedef struct {
  const char *text;
  const char *where;
  gsize position;
  Token token; /* the next one */
  guint depth, nodes;
  bool in_quantifier;
  guint negations; /* around what is parsed now */
} Parser;

static const char *const domain_names[] = {
    [AK_DOMAIN_SERVICE] = "service",
    [AK_DOMAIN_SERVICE_TCP] = "service.tcp",
    [AK_DOMAIN_SERVICE_UDP] = "service.udp",
    [AK_DOMAIN_ADDRESS] = "address",
    [AK_DOMAIN_IMAGE] = "image",
    [AK_DOMAIN_FILE] = "file",
    [AK_DOMAIN_DOCUMENT] = "document",
};

const char *ak_domain_name(AkDomain domain) {
  return domain_names[domain];
}

void ak_expression_free(AkExpression *self) {
  if (self == NULL)
    return;
  ak_expression_free(self->left);
  ak_expression_free(self->right);
  g_free(self->name);
  g_free(self->text);
  g_free(self);
}

bool ak_expression_foreach(const AkExpression *self,
                           bool (*visit)(const AkExpression *node, gpointer data, GError **error),
                           gpointer data, GError **error) {
  return self == NULL ||
         (visit(self, data, error) && ak_expression_foreach(self->left, visit, data, error) &&
          ak_expression_foreach(self->right, visit, data, error));
}

/* --- tokens -------------------------------------------------------------------------------- */

static bool fail_at(const Parser *self, gsize at, GError **error, const char *reason) {
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: column %u: %s", self->where, (guint)at + 1,
                      reason);
}

static bool is_word_char(char c) {
  return g_ascii_isalnum(c) || c == '.' || c == '-' || c == '/';
}

static gsize word_length(const char *start) {
  gsize length = 0;
  while (is_word_char(start[length]))
    length++;
  return length;
}

static bool is_number(const char *start, gsize length) {
  gsize digits = start[0] == '-' ? 1 : 0;
  if (digits == length)
    return false;
  for (gsize i = digits; i < length; i++)
    if (!g_ascii_isdigit(start[i]))
      return false;
  return true;
}

/* "text" without escapes: no rule needs a quote or a line end inside. */
static bool quoted(Parser *self, Token *token, GError **error) {
  gsize length = 0;
  while (token->start[length] != '"' && (guint8)token->start[length] >= 0x20)
    length++;
  if (token->start[length] != '"')
    return fail_at(self, token->at, error, "a text that does not end");
  token->kind = TOKEN_TEXT;
  token->length = length;
  self->position += length + 2;
  return true;
}

static bool named(Parser *self, Token *token, TokenKind kind, GError **error) {
  token->kind = kind;
  token->length = word_length(token->start);
  if (token->length == 0)
    return fail_at(self, token->at, error, "a name is expected after $ or @");
  self->position += token->length + 1;
  return true;
}

static bool sign(Parser *self, Token *token, GError **error) {
  static const char *const signs[] = {"<=", ">=", "!=", "<", ">", "=", "(", ")", ","};
  for (gsize i = 0; i < G_N_ELEMENTS(signs); i++)
    if (g_str_has_prefix(token->start, signs[i])) {
      token->kind = TOKEN_SIGN;
      token->length = strlen(signs[i]);
      self->position += token->length;
      return true;
    }
  return fail_at(self, token->at, error, "an unexpected character");
}

static bool advance(Parser *self, GError **error) {
  while (self->text[self->position] == ' ')
    self->position++;
  const char *here = self->text + self->position;
  Token token = {.kind = TOKEN_END, .start = here, .at = self->position};
  bool ok = true;
  if (*here == '"' || *here == '$' || *here == '@') {
    token.start++;
    ok = *here == '"' ? quoted(self, &token, error)
                      : named(self, &token, *here == '$' ? TOKEN_LIST : TOKEN_AT, error);
  } else if (is_word_char(*here)) {
    token.length = word_length(here);
    token.kind = is_number(here, token.length) ? TOKEN_NUMBER : TOKEN_WORD;
    self->position += token.length;
  } else if (*here != '\0') {
    ok = sign(self, &token, error);
  }
  self->token = token;
  return ok;
}

static bool is_at(const Parser *self, TokenKind kind, const char *text) {
  const Token *token = &self->token;
  return token->kind == kind && strlen(text) == token->length &&
         strncmp(token->start, text, token->length) == 0;
}

static bool expect(Parser *self, const char *text, GError **error) {
  if (is_at(self, TOKEN_SIGN, text))
    return advance(self, error);
  g_autofree char *reason = g_strdup_printf("\"%s\" is expected", text);
  return fail_at(self, self->token.at, error, reason);
}

/* Takes a name over, of a word or (feature numbers) a number. */
static char *take_name(Parser *self, GError **error) {
  if (self->token.kind != TOKEN_WORD && self->token.kind != TOKEN_NUMBER) {
    fail_at(self, self->token.at, error, "a name is expected");
    return NULL;
  }
  g_autofree char *name = g_strndup(self->token.start, self->token.length);
  return advance(self, error) ? g_steal_pointer(&name) : NULL;
}

/* --- nodes --------------------------------------------------------------------------------- */

static AkExpression *parse_or(Parser *self, GError **error);

static AkExpression *node_new(Parser *self, AkExpressionKind kind, GError **error) {
  if (++self->nodes > AK_EXPRESSION_MAX_NODES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: more than %d parts", self->where,
                 AK_EXPRESSION_MAX_NODES);
    return NULL;
  }
  AkExpression *node = g_new0(AkExpression, 1);
  node->kind = kind;
  node->column = (guint)self->token.at + 1;
  return node;
}

/* A name that rules write as a property: at least two parts with a dot. */
static bool is_property(const char *name) {
  const char *dot = strchr(name, '.');
  return dot != NULL && dot != name && dot[1] != '\0' && strchr(name, '/') == NULL;
}

static bool take_property(Parser *self, AkExpression *node, GError **error) {
  gsize at = self->token.at;
  if (!self->in_quantifier)
    return fail_at(self, at, error, "a property stands inside any(…) or all(…) only");
  node->name = take_name(self, error);
  if (node->name == NULL)
    return false;
  return is_property(node->name) || fail_at(self, at, error, "no property and no known word");
}

static bool parse_number(Parser *self, AkExpression *node, GError **error) {
  g_autofree char *digits = g_strndup(self->token.start, self->token.length);
  if (self->token.kind != TOKEN_NUMBER ||
      !g_ascii_string_to_signed(digits, 10, G_MININT64, G_MAXINT64, &node->number, NULL))
    return fail_at(self, self->token.at, error, "a whole number is expected");
  return advance(self, error);
}

static bool parse_operand(Parser *self, AkExpression *node, TokenKind kind, GError **error) {
  if (self->token.kind != kind)
    return fail_at(self, self->token.at, error,
                   kind == TOKEN_TEXT ? "a text in quotes is expected" : "a $list is expected");
  node->text = g_strndup(self->token.start, self->token.length);
  return advance(self, error);
}

static bool parse_comparison(Parser *self, AkExpression *node, GError **error) {
  static const char *const signs[] = {"<", "<=", ">", ">=", "=", "!="};
  for (gsize i = 0; i < G_N_ELEMENTS(signs); i++)
    if (is_at(self, TOKEN_SIGN, signs[i])) {
      node->kind = AK_EXPRESSION_COMPARE;
      node->compare = (AkCompare)i;
      return advance(self, error) && parse_number(self, node, error);
    }
  static const struct {
    const char *word;
    AkExpressionKind kind;
    TokenKind operand;
  } words[] = {{"is", AK_EXPRESSION_IS, TOKEN_TEXT},
               {"in", AK_EXPRESSION_IN, TOKEN_LIST},
               {"intersects", AK_EXPRESSION_INTERSECTS, TOKEN_LIST},
               {"within", AK_EXPRESSION_WITHIN, TOKEN_LIST}};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (is_at(self, TOKEN_WORD, words[i].word)) {
      node->kind = words[i].kind;
      return advance(self, error) && parse_operand(self, node, words[i].operand, error);
    }
  return true;
}

static AkExpression *parse_predicate(Parser *self, GError **error) {
  g_autoptr(AkExpression) node = node_new(self, AK_EXPRESSION_TRUE, error);
  if (node == NULL || !take_property(self, node, error) || !parse_comparison(self, node, error))
    return NULL;
  return g_steal_pointer(&node);
}

static bool parse_domain(Parser *self, AkExpression *node, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(domain_names); i++)
    if (is_at(self, TOKEN_WORD, domain_names[i])) {
      node->domain = (AkDomain)i;
      return advance(self, error);
    }
  return fail_at(self, self->token.at, error, "no known domain");
}

static bool parse_subjects(Parser *self, AkExpression *node, GError **error) {
  if (!parse_domain(self, node, error))
    return false;
  if (!is_at(self, TOKEN_WORD, "where"))
    return true;
  return advance(self, error) && (node->left = parse_or(self, error)) != NULL;
}

static bool parse_quantifier(Parser *self, AkExpression *node, GError **error) {
  if (self->in_quantifier)
    return fail_at(self, node->column - 1, error, "any and all do not nest");
  if (self->negations > 0) /* "not any" over nothing would be the vacuous truth that all refuses */
    return fail_at(self, node->column - 1, error, "any and all cannot be negated; turn it round");
  self->in_quantifier = true;
  bool ok = parse_subjects(self, node, error) && expect(self, ",", error) &&
            (node->right = parse_or(self, error)) != NULL;
  self->in_quantifier = false;
  return ok;
}

static bool parse_verdict(Parser *self, AkExpression *node, GError **error) {
  gsize at = self->token.at;
  g_autofree char *name = take_name(self, error);
  return name != NULL && (ak_verdict_from_name(name, &node->verdict) ||
                          fail_at(self, at, error, "no known verdict"));
}

static bool parse_ics(Parser *self, AkExpression *node, GError **error) {
  gsize at = 0;
  if ((node->name = take_name(self, error)) == NULL || !expect(self, ",", error))
    return false;
  at = self->token.at;
  if ((node->text = take_name(self, error)) == NULL)
    return false;
  return strcmp(node->text, "Y") == 0 || strcmp(node->text, "N") == 0 ||
         strcmp(node->text, "N/A") == 0 || fail_at(self, at, error, "Y, N or N/A is expected");
}

static bool parse_named(Parser *self, AkExpression *node, GError **error) {
  return (node->name = take_name(self, error)) != NULL;
}

static const struct {
  const char *word;
  AkExpressionKind kind;
  bool (*parse)(Parser *self, AkExpression *node, GError **error);
} calls[] = {
    {"feature", AK_EXPRESSION_FEATURE, parse_named},
    {"condition", AK_EXPRESSION_CONDITION, parse_named},
    {"ics", AK_EXPRESSION_ICS, parse_ics},
    {"answer", AK_EXPRESSION_ANSWER, parse_verdict},
    {"ixit", AK_EXPRESSION_IXIT, parse_named},
    {"state", AK_EXPRESSION_STATE, parse_named},
    {"any", AK_EXPRESSION_ANY, parse_quantifier},
    {"all", AK_EXPRESSION_ALL, parse_quantifier},
    {"seen", AK_EXPRESSION_SEEN, take_property},
    {"absent", AK_EXPRESSION_ABSENT, take_property},
};

static AkExpression *parse_call(Parser *self, gsize index, GError **error) {
  g_autoptr(AkExpression) node = node_new(self, calls[index].kind, error);
  if (node == NULL || !advance(self, error) || !expect(self, "(", error) ||
      !calls[index].parse(self, node, error) || !expect(self, ")", error))
    return NULL;
  return g_steal_pointer(&node);
}

static AkExpression *parse_word(Parser *self, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(calls); i++)
    if (is_at(self, TOKEN_WORD, calls[i].word))
      return parse_call(self, i, error);
  bool truth = is_at(self, TOKEN_WORD, "true"), justified = is_at(self, TOKEN_WORD, "justified");
  if (!truth && !justified && !is_at(self, TOKEN_WORD, "false"))
    return parse_predicate(self, error);
  g_autoptr(AkExpression) node =
      node_new(self, justified ? AK_EXPRESSION_JUSTIFIED : AK_EXPRESSION_CONSTANT, error);
  if (node == NULL || !advance(self, error))
    return NULL;
  node->truth = truth;
  return g_steal_pointer(&node);
}

static AkExpression *parse_attribute(Parser *self, GError **error) {
  static const char *const attributes[] = {"declared", "used",  "remote",
                                           "login",    "shows", "matched"};
  g_autoptr(AkExpression) node = node_new(self, AK_EXPRESSION_ATTRIBUTE, error);
  if (node == NULL)
    return NULL;
  for (gsize i = 0; self->in_quantifier && i < G_N_ELEMENTS(attributes); i++)
    if (is_at(self, TOKEN_AT, attributes[i])) {
      node->name = g_strdup(attributes[i]);
      return advance(self, error) ? g_steal_pointer(&node) : NULL;
    }
  fail_at(self, self->token.at, error, "no known @attribute of a subject");
  return NULL;
}

static AkExpression *parse_bracket(Parser *self, GError **error) {
  if (!advance(self, error))
    return NULL;
  g_autoptr(AkExpression) inner = parse_or(self, error);
  return inner != NULL && expect(self, ")", error) ? g_steal_pointer(&inner) : NULL;
}

static AkExpression *parse_not(Parser *self, GError **error);

static AkExpression *parse_primary(Parser *self, GError **error) {
  if (is_at(self, TOKEN_WORD, "not"))
    return parse_not(self, error);
  if (is_at(self, TOKEN_SIGN, "("))
    return parse_bracket(self, error);
  if (self->token.kind == TOKEN_AT)
    return parse_attribute(self, error);
  if (self->token.kind == TOKEN_WORD)
    return parse_word(self, error);
  fail_at(self, self->token.at, error, "an expression is expected");
  return NULL;
}

static AkExpression *parse_deeper(Parser *self, GError **error) {
  if (self->depth >= AK_EXPRESSION_MAX_DEPTH) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: column %u: nested deeper than %d", self->where,
                 (guint)self->token.at + 1, AK_EXPRESSION_MAX_DEPTH);
    return NULL;
  }
  self->depth++;
  AkExpression *node = parse_primary(self, error);
  self->depth--;
  return node;
}

static AkExpression *parse_not(Parser *self, GError **error) {
  g_autoptr(AkExpression) node = node_new(self, AK_EXPRESSION_NOT, error);
  if (node == NULL || !advance(self, error))
    return NULL;
  self->negations++;
  node->left = parse_deeper(self, error);
  self->negations--;
  return node->left != NULL ? g_steal_pointer(&node) : NULL;
}

/* A chain of `word`: left-associative. Its length is bounded by the number of nodes. */
static AkExpression *parse_chain(Parser *self, const char *word, AkExpressionKind kind,
                                 AkExpression *(*inner)(Parser *, GError **), GError **error) {
  g_autoptr(AkExpression) left = inner(self, error);
  while (left != NULL && is_at(self, TOKEN_WORD, word)) {
    g_autoptr(AkExpression) node = node_new(self, kind, error);
    if (node == NULL || !advance(self, error) || (node->right = inner(self, error)) == NULL)
      return NULL;
    node->left = g_steal_pointer(&left);
    left = g_steal_pointer(&node);
  }
  return g_steal_pointer(&left);
}

static AkExpression *parse_and(Parser *self, GError **error) {
  return parse_chain(self, "and", AK_EXPRESSION_AND, parse_deeper, error);
}

static AkExpression *parse_or(Parser *self, GError **error) {
  return parse_chain(self, "or", AK_EXPRESSION_OR, parse_and, error);
}

static bool start(Parser *self, GError **error) {
  if (strlen(self->text) > AK_EXPRESSION_MAX_BYTES)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s: longer than %d bytes", self->where,
                        AK_EXPRESSION_MAX_BYTES);
  return advance(self, error);
}

static bool is_done(const Parser *self, GError **error) {
  return self->token.kind == TOKEN_END ||
         fail_at(self, self->token.at, error, "\"and\", \"or\" or the end is expected");
}

AkExpression *ak_expression_parse(const char *text, const char *where, GError **error) {
  Parser parser = {.text = text, .where = where};
  if (!start(&parser, error))
    return NULL;
  g_autoptr(AkExpression) node = parse_or(&parser, error);
  return node != NULL && is_done(&parser, error) ? g_steal_pointer(&node) : NULL;
}

AkExpression *ak_expression_parse_subjects(const char *text, const char *where, GError **error) {
  Parser parser = {.text = text, .where = where, .in_quantifier = true};
  if (!start(&parser, error))
    return NULL;
  g_autoptr(AkExpression) node = node_new(&parser, AK_EXPRESSION_ALL, error);
  if (node == NULL || !parse_subjects(&parser, node, error) || !is_done(&parser, error))
    return NULL;
  if ((node->right = node_new(&parser, AK_EXPRESSION_CONSTANT, error)) == NULL)
    return NULL;
  node->right->truth = true;
  return g_steal_pointer(&node);
}

bool ak_catalog_expression_fuzz(const guint8 *data, gsize size);
bool ak_catalog_expression_fuzz(const guint8 *data, gsize size) {
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(AkExpression) node = ak_expression_parse(text, "fuzz", NULL);
  g_autoptr(AkExpression) subjects = ak_expression_parse_subjects(text, "fuzz", NULL);
  return node != NULL || subjects != NULL;
}
