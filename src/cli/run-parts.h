/* Parts of akashi run that stand in files of their own. */
#pragma once

#include "app/workspace.h"
#include "cli/command.h"

/* akashi run compare BEFORE AFTER. FAIL: something got worse; INCONCLUSIVE: verdicts or findings
 * changed, none for the worse; PASS: neither changed. */
AkExit ak_cli_run_compare(const AkCli *cli, AkWorkspace *workspace, const char *before,
                          const char *after, GError **error);

typedef struct {
  const char *reason;  /* or NULL */
  bool yes, dry_run;
  const char *older_than; /* a period, or NULL */
} AkForgetOptions;

/* akashi run forget RUN, and with NULL akashi run retention. */
AkExit ak_cli_run_forget(const AkCli *cli, AkWorkspace *workspace, const char *run_id,
                         const AkForgetOptions *options, GError **error);

/* akashi run forgotten: what was deleted, by whom, when and why. */
AkExit ak_cli_run_forgotten(const AkCli *cli, AkWorkspace *workspace, GError **error);
