/* A value chain with its grounding in one file, which takes the chain's place: it is read instead of being parsed and
 * grounded again. Nothing in it is evaluated. Format: docs/formats/chain-compiled.md. */
#pragma once

#include "app/chain.h"

#define AK_APP_CHAIN_COMPILED_MAX ((gsize)2 << 30) /* bytes */

/* The caller's; NULL with LIMIT above AK_APP_CHAIN_COMPILED_MAX, or as ak_app_chain_document; CONFIG too where
 * a proof bundle lies in the folder of the tables, and is not named by its whole path. */
GBytes *ak_app_chain_compile(const AkAppChain *self, GError **error);

/* Does the file begin as a compiled chain does? False too where it cannot be read, and for what is a link or no file. */
bool ak_app_chain_is_compiled(const char *path);

typedef struct {
  AkChain *chain;
  AkChainModel *model;
  AkDigest digest; /* of its tables, as ak_app_chain_read has of a folder of them */
} AkAppChainCompiled;

typedef struct {
  const char *path;
  AkLang lang; /* of what is wrong with its tables */
  const AkChainKnowledge *knowledge;
  const AkChainRuleBook *book;
  bool all_measures; /* as in AkAppChainSpec: the tables of a large chain are grounded again for it */
} AkAppChainCompiledSpec;

/* Both of the result are the caller's; the model needs all three. False with INVALID_DATA, LIMIT or IO, or with CONFIG where
 * the file was made with another knowledge, other rules or another program. */
bool ak_app_chain_read_compiled(const AkAppChainCompiledSpec *spec, AkAppChainCompiled *out, GError **error);

/* Grounds the tables of a compiled chain again: is what follows from what in its file that? Elsewhere it is taken on trust.
 * False with an error as of ak_chain_model_new, or with LIMIT. */
bool ak_app_chain_check_compiled(const AkAppChain *self, bool *is_same, GError **error);
