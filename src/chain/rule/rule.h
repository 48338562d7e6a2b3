/* Rules of a value chain: what follows from what, unless a measure holds.
 *
 * The language is function-free and range-restricted; negation stands on measures alone, so that
 * the rules have one least fixpoint, and a measure only ever removes. docs/chain.md describes the
 * text.
 *
 *     initial attackerLocated/1.          % what an attacker may begin with: switched on and off
 *     measure firewall/1.                 % what may be done on an element: switched on and off
 *     netAccess(H2, P) :- execCode(H1, _), link(H1, H2, P), not firewall(H2).
 */
#pragma once

#include "util/error.h"

/* Limits of the language; a rule over them is refused with its line. */
enum {
  AK_CHAIN_ARITY_MAX = 5,
  AK_CHAIN_PREMISES_MAX = 6, /* and as many measures */
  AK_CHAIN_VARIABLES_MAX = 30,
  AK_CHAIN_RULES_MAX = 4096,
  AK_CHAIN_PREDICATES_MAX = 4096,
  AK_CHAIN_RULE_TEXT_MAX = 16 << 20, /* bytes */
};

typedef enum {
  AK_CHAIN_TERM_VARIABLE, /* `number`: which variable of the rule */
  AK_CHAIN_TERM_CONSTANT, /* `number`: which constant of the rule set */
  AK_CHAIN_TERM_ANY,      /* "_": not asked for */
} AkChainTermKind;

typedef struct {
  AkChainTermKind kind;
  guint32 number;
} AkChainTerm;

typedef struct {
  guint32 predicate;
  AkChainTerm terms[AK_CHAIN_ARITY_MAX]; /* as many as the predicate has */
} AkChainAtom;

typedef enum {
  AK_CHAIN_FACT,    /* rows come from outside */
  AK_CHAIN_DERIVED, /* head of a rule */
  AK_CHAIN_INITIAL, /* rows come from outside and are switched on and off */
  AK_CHAIN_MEASURE, /* likewise; stands only behind "not" */
} AkChainPredicateKind;

typedef struct {
  char *name;
  guint arity; /* 0 … AK_CHAIN_ARITY_MAX */
  AkChainPredicateKind kind;
} AkChainPredicate;

typedef struct {
  AkChainAtom head;
  AkChainAtom premises[AK_CHAIN_PREMISES_MAX];
  AkChainAtom measures[AK_CHAIN_PREMISES_MAX];
  guint premise_count, measure_count;
  guint variable_count;
  guint line;     /* where it begins in its text */
  guint index;    /* which rule of the text; of rules made from another, that one's */
  bool is_helper; /* made by the compiler as a part of rule `index`: costs nothing of its own */
} AkChainRule;

typedef struct {
  GPtrArray *predicates; /* of AkChainPredicate */
  GPtrArray *rules;      /* of AkChainRule */
  GPtrArray *constants;  /* of char: what stands in rules, once each */
} AkChainRules;

/* The rules of `text`; `where` names it in errors: "WHERE:LINE:COLUMN: what, and what to do". The
 * caller's; NULL with INVALID_DATA or LIMIT. */
AkChainRules *ak_chain_rules_parse(const char *text, gsize size, const char *where, GError **error);
/* No rules yet; the caller's. */
AkChainRules *ak_chain_rules_new(void);
void ak_chain_rules_free(AkChainRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainRules, ak_chain_rules_free)

/* Number of the predicate; -1 where there is none. */
gint ak_chain_rules_predicate(const AkChainRules *self, const char *name);
/* Borrowed. */
const AkChainPredicate *ak_chain_rules_predicate_at(const AkChainRules *self, guint32 number);
const AkChainRule *ak_chain_rules_at(const AkChainRules *self, guint number);
/* Adds a predicate that no text names (made by the compiler); its number. */
guint32 ak_chain_rules_add_predicate(AkChainRules *self, const char *name, guint arity,
                                     AkChainPredicateKind kind);
/* Adds a copy of `rule`. */
void ak_chain_rules_add(AkChainRules *self, const AkChainRule *rule);

/* The fuzz target: true if the bytes are rules. */
bool ak_chain_rules_fuzz(const guint8 *data, gsize size);
