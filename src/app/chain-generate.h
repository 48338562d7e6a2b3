/* Supply networks of any size, for trying how long something takes. */
#pragma once

#include "chain/model/generate.h"
#include "util/error.h"

typedef struct {
  gint64 elements, relations, seed;
} AkAppChainGenerate;

/* At least AK_CHAIN_GENERATE_MIN elements, neither more of them nor of relations than AK_CHAIN_GENERATE_MAX. */
bool ak_app_chain_generate_is_possible(const AkAppChainGenerate *self);

/* chain.yaml, of the program's own knowledge; the caller's. */
GBytes *ak_app_chain_generate(const AkAppChainGenerate *self, GError **error);
/* Tables (docs/formats/chain-csv.md) in a folder, which is made where it is not there. */
bool ak_app_chain_generate_csv(const AkAppChainGenerate *self, const char *folder, GError **error);
