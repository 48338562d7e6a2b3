/* Where the rows of a chain come from, when it is made of another's document: so that problems are told by where they stand there. */
#pragma once

#include "exchange/problem.h"
#include "util/json.h"

typedef struct _AkChainOrigins AkChainOrigins;

AkChainOrigins *ak_chain_origins_new(void);
void ak_chain_origins_free(AkChainOrigins *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainOrigins, ak_chain_origins_free)

/* The row (borrowed: the document must outlive this) comes from what the JSON pointer names. `self` may be NULL. */
void ak_chain_origins_add(AkChainOrigins *self, const json_t *row, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Checks a document made of the JSON text `data`, as a chain file would be: problems (of AkProblem) get line and column of the
 * row's value in that text; members within a row have its place. */
void ak_chain_origins_check(const AkChainOrigins *self, const json_t *document, const char *data, gsize size,
                            GPtrArray *problems);
