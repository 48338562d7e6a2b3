/* Parts of akashi run that stand in files of their own. */
#pragma once

#include "app/run-row.h"
#include "cli/command.h"

/* `row`: ak_app_run_row. */
void ak_cli_run_print_row(const AkCli *cli, const json_t *row);
AkExit ak_cli_run_print_json(const json_t *value); /* PASS */

typedef struct {
  char **words;
  const char *property; /* or NULL: then the words are searched for */
  guint limit;
  gint64 at_utc_us; /* of the validity that rows tell */
} AkRunSearchOptions;

/* akashi run search. */
AkExit ak_cli_run_search(const AkCli *cli, AkWorkspace *workspace,
                         const AkRunSearchOptions *options, GError **error);

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
