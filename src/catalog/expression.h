/* The language of verdict rules: a small textual expression, parsed with positions and bounds.
 *
 * Grammar and meaning: docs/formats/rules.md. An expression holds no code and knows no engine; the
 * one interpreter is verify/verdict/evaluate.c. */
#pragma once

#include "core/verdict.h"

#define AK_EXPRESSION_MAX_BYTES 4096
#define AK_EXPRESSION_MAX_NODES 256
#define AK_EXPRESSION_MAX_DEPTH 32

typedef enum {
  AK_EXPRESSION_CONSTANT,  /* true, false: `truth` */
  AK_EXPRESSION_AND,       /* left, right */
  AK_EXPRESSION_OR,        /* left, right */
  AK_EXPRESSION_NOT,       /* left */
  AK_EXPRESSION_FEATURE,   /* feature(NAME): the claim says that it is there */
  AK_EXPRESSION_CONDITION, /* condition(NAME): the claim says that it holds */
  AK_EXPRESSION_ICS,       /* ics(NAME, TEXT) */
  AK_EXPRESSION_ANSWER,    /* answer(VERDICT) of the case itself */
  AK_EXPRESSION_IXIT,      /* ixit(NAME): the table is complete */
  AK_EXPRESSION_STATE,     /* state(NAME): all units are in it */
  AK_EXPRESSION_JUSTIFIED, /* justified: each N and N/A of the ICS has its reason */
  AK_EXPRESSION_ANY,       /* any(DOMAIN [where LEFT], RIGHT) */
  AK_EXPRESSION_ALL,       /* all(DOMAIN [where LEFT], RIGHT) */
  /* inside any and all only */
  AK_EXPRESSION_SEEN,       /* seen(NAME) */
  AK_EXPRESSION_ABSENT,     /* absent(NAME) */
  AK_EXPRESSION_TRUE,       /* NAME alone: a bool property that is true */
  AK_EXPRESSION_COMPARE,    /* NAME < NUMBER … */
  AK_EXPRESSION_IS,         /* NAME is "TEXT" */
  AK_EXPRESSION_IN,         /* NAME in $LIST */
  AK_EXPRESSION_INTERSECTS, /* NAME intersects $LIST */
  AK_EXPRESSION_WITHIN,     /* NAME within $LIST */
  AK_EXPRESSION_ATTRIBUTE,  /* @NAME: what the product file says about the subject */
} AkExpressionKind;

typedef enum {
  AK_DOMAIN_SERVICE,
  AK_DOMAIN_SERVICE_TCP,
  AK_DOMAIN_SERVICE_UDP,
  AK_DOMAIN_ADDRESS,
  AK_DOMAIN_IMAGE,
  AK_DOMAIN_FILE,
  AK_DOMAIN_DOCUMENT, /* the files that the case's own answer cites */
} AkDomain;

typedef enum {
  AK_COMPARE_LESS,
  AK_COMPARE_LESS_EQUAL,
  AK_COMPARE_GREATER,
  AK_COMPARE_GREATER_EQUAL,
  AK_COMPARE_EQUAL,
  AK_COMPARE_NOT_EQUAL,
} AkCompare;

typedef struct _AkExpression {
  AkExpressionKind kind;
  guint column; /* 1 …, in the text */
  bool truth;
  AkDomain domain;
  AkCompare compare;
  AkVerdict verdict;
  gint64 number;
  char *name; /* property, feature, table, attribute … */
  char *text; /* IS, ICS: the text; IN, INTERSECTS, WITHIN: the list's name */
  struct _AkExpression *left, *right;
} AkExpression;

/* Parses `text`. INVALID_DATA "WHERE: column N: reason", LIMIT where it is too long, too deep or
 * has too many parts. The caller's. */
AkExpression *ak_expression_parse(const char *text, const char *where, GError **error);
/* Parses the subjects of a need: "DOMAIN" or "DOMAIN where EXPRESSION"; the result is an ALL node
 * whose predicate is true. */
AkExpression *ak_expression_parse_subjects(const char *text, const char *where, GError **error);
void ak_expression_free(AkExpression *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkExpression, ak_expression_free)

/* "service.tcp" …: the domain's name in rules. */
const char *ak_domain_name(AkDomain domain);

/* Calls `visit` for each node, parents first; stops at and returns the first false. */
bool ak_expression_foreach(const AkExpression *self,
                           bool (*visit)(const AkExpression *node, gpointer data, GError **error),
                           gpointer data, GError **error);
