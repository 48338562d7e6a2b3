/* A value chain's checked document written again: as a file for people. */
#pragma once

#include "util/json.h"

/* As chain.yaml (docs/formats/chain-file.md): members in the order of ak_chain_fields, comments are not kept. Reading it
 * gives the same document. The caller's. */
char *ak_chain_write_yaml(const json_t *document);
