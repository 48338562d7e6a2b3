/* A value chain from its file to an analysis. */
#pragma once

#include "chain/model/account.h"
#include "exchange/problem.h"

typedef struct {
  const char *path;      /* chain.yaml */
  const char *knowledge; /* a file laid over the program's knowledge, or NULL */
  gint64 now_utc_us;     /* what has expired by then does not hold */
} AkAppChainSpec;

typedef struct {
  AkChain *chain;
  AkChainKnowledge *knowledge;
  AkChainRuleBook *book;
  AkChainModel *model;
  gint64 now_utc_us;
} AkAppChain;

/* Reads the file and grounds it. `problems` (of AkProblem, empty before) gets what is wrong with
 * the file, by place. NULL with INVALID_DATA, NOT_FOUND, LIMIT or IO; the caller's. */
AkAppChain *ak_app_chain_open(const AkAppChainSpec *spec, GPtrArray *problems, GError **error);
void ak_app_chain_free(AkAppChain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAppChain, ak_app_chain_free)

/* The last microsecond of a day "2027-03-31", UTC. */
bool ak_app_chain_day(const char *text, gint64 *out);

/* What contradicts itself or is missing in a model that can be read: {"findings": [{"id",
 * "element"?}]}, ids of the texts chain.finding.ID; the caller's. */
json_t *ak_app_chain_findings(const AkAppChain *self);

/* The analysis (docs/formats/chain-analysis.md); the caller's. */
json_t *ak_app_chain_analyze(const AkAppChain *self, GError **error);
