/* Parts of akashi chain, a file each. */
#pragma once

#include "app/chain.h"
#include "cli/command.h"
#include "doc/doc.h"

#define AK_CLI_CHAIN_ROWS 20 /* of a list in a text */

/* Options of all parts; a part reads its own. NULL where one is not given. */
typedef struct {
  char *budget, *knowledge, *key, *at, *impact_at_least, *example, *output;
  gint64 assumed_yen, samples, seed, attacks;
  gint64 elements, relations; /* generate */
  gboolean record;
  char **with, **without, **compromised;
  char *world;       /* draw */
  gboolean collapse; /* draw */
  gboolean no_report; /* analyze */
  bool all_measures;  /* the part looks for measures that nobody took yet */
} AkCliChainOptions;

/* Parts that look at one chain, which is open. */
typedef AkExit AkCliChainLook(const AkCli *cli, const AkCliChainOptions *options,
                              const AkAppChain *chain, GError **error);
AkCliChainLook ak_cli_chain_check, ak_cli_chain_analyze, ak_cli_chain_plan, ak_cli_chain_what_if;
AkCliChainLook ak_cli_chain_compile, ak_cli_chain_draw, ak_cli_chain_export, ak_cli_chain_report;

/* Parts that take the words after their own. */
typedef AkExit AkCliChainAct(const AkCli *cli, const AkCliChainOptions *options, int argc,
                             char **argv, GError **error);
AkCliChainAct ak_cli_chain_diff, ak_cli_chain_import, ak_cli_chain_generate;
AkCliChainAct ak_cli_chain_init, ak_cli_chain_certificate, ak_cli_chain_knowledge;

/* Opens a file; what is wrong with it becomes the error, in the reader's language. The caller's. */
AkAppChain *ak_cli_chain_open(const AkCli *cli, const AkCliChainOptions *options, const char *path,
                              GError **error);

AkExit ak_cli_chain_print_json(json_t *value); /* PASS */
void ak_cli_chain_print_doc(const AkDoc *doc);
/* Into a file, or for NULL and "-" to standard output. */
bool ak_cli_chain_write(const char *path, GBytes *bytes, GError **error);
