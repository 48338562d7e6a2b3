/* A user's file of knowledge and rules, laid over the program's own; its faults are told by line and column. */
#pragma once

#include "chain/model/model.h"

typedef struct {
  AkChainKnowledge *knowledge;
  AkChainRuleBook *book;
  json_t *own, *own_rules; /* the program's documents */
  char *path;              /* of the user's file; NULL: none */
  GBytes *text;
  json_t *user;
} AkAppChainKnowledge;

/* The program's own, with the file at `path` (or NULL) laid over it: rows of the knowledge, and its member "rules" over the rules.
 * The caller's; INVALID_DATA, LIMIT or IO with "PATH:LINE:COLUMN: ID: …" where it is about a row of the file. */
AkAppChainKnowledge *ak_app_chain_knowledge_open(const char *path, GError **error);
void ak_app_chain_knowledge_free(AkAppChainKnowledge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAppChainKnowledge, ak_app_chain_knowledge_free)

/* What is not complete (ak_chain_knowledge_lint, ak_chain_rule_book_lint), and what of the file is of no use: ids to be removed that
 * nothing has, members with no meaning. [{"file"?, "line"?, "column"?, "id", "problem", "hint"}]: `problem` is the text
 * "chain.lint.PROBLEM"; without a place where it is about a row of the program's own. The caller's. */
json_t *ak_app_chain_knowledge_lint(const AkAppChainKnowledge *self);
