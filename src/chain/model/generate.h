/* Supply networks of any size, for trying how long something takes: elements of all six kinds,
 * relations that a few elements have very many of (a power law), as data of real networks shows.
 * The same seed gives the same bytes. Source of the shape: A.-L. Barabási, R. Albert, Emergence of
 * scaling in random networks, Science 286 (1999). */
#pragma once

#include "core/chain.h"

enum {
  AK_CHAIN_GENERATE_MIN = 26,        /* elements: two of each kind, so that each has another one to be related to */
  AK_CHAIN_GENERATE_MAX = 100000000, /* elements, and relations */
};

typedef struct {
  guint32 elements;  /* at least AK_CHAIN_GENERATE_MIN */
  guint32 relations; /* each with one end */
  guint64 seed;
  const char *const *functions; /* layer functions to perform; ends with NULL, at least one */
  const char *const *incidents; /* that are given an impact; ends with NULL */
} AkChainGenerateSpec;

/* Each appends one part to `out`: chain.yaml (docs/formats/chain-file.md) … */
void ak_chain_generate_yaml(const AkChainGenerateSpec *spec, GString *out);
/* … or the tables of docs/formats/chain-csv.md. */
void ak_chain_generate_csv_chain(const AkChainGenerateSpec *spec, GString *out);
void ak_chain_generate_csv_elements(const AkChainGenerateSpec *spec, GString *out);
void ak_chain_generate_csv_relations(const AkChainGenerateSpec *spec, GString *out);
void ak_chain_generate_csv_impacts(const AkChainGenerateSpec *spec, GString *out);
