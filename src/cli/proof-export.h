/* akashi proof export RUN: the bundle of a run, made again from the log. */
#pragma once

#include "cli/command.h"

typedef struct {
  char *output; /* file, or NULL for RUN.bundle in this folder */
  char *since;  /* file with an earlier checkpoint, or NULL */
  gboolean with_evidence;
  char *reason;
} AkProofExport;

AkExit ak_cli_proof_export(const AkCli *cli, int argc, char **argv, const AkProofExport *options,
                           GError **error);
