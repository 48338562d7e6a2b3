/* Verdicts as a table for a terminal. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "cli/command.h"

/* Prints one row a requirement, what failed and what is missing below it, and a summary. `result` is
 * what ak_verdict_compute returned. With `brief` rows that pass or do not apply have no details. */
void ak_cli_print_verdicts(const AkCli *cli, const AkCatalog *catalog, const json_t *result,
                           FILE *stream);

/* FAIL: a mandatory requirement fails; INCONCLUSIVE: none fails, but one is open; else PASS. */
AkExit ak_cli_verdict_exit(const json_t *result);

/* Of a retest: what was judged again and what was taken over, from which run and under which
 * statement. Nothing for other results. */
void ak_cli_print_retest(const AkCli *cli, const json_t *result, FILE *stream);
