/* Certificates of value chains' analyses, as `akashi proof verify` checks them beside bundles. */
#pragma once

#include "cli/command.h"
#include "proof/note.h"

/* Do the bytes begin as a certificate's do? Its members stand in byte order, so "format" is told by a few bytes of it. */
bool ak_cli_chain_is_certificate(const char *data, gsize size);

/* PASS: it holds, FAIL: it does not; USAGE with INVALID_DATA where it cannot be read. `key` may be NULL. */
AkExit ak_cli_chain_verify_certificate(const AkCli *cli, const char *path, const char *data, gsize size,
                                       const AkNoteKey *key, GError **error);
