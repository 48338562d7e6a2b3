/* Parts of akashi effect, a file each. */
#pragma once

#include "app/effect.h"
#include "cli/command.h"

/* Options of all parts; a part reads its own. NULL where one is not given. */
typedef struct {
  char *run_id;
  char **products, **cases;
  gboolean resume, quiet;
  char *output, *panel, *key;
  char *from, *labels, *label, *id, *source, *licence; /* of import */
  char **written_for;
  gboolean function_check;
  char *kind, *by, *text; /* of note */
} AkCliEffectOptions;

/* `argv` are the arguments after the part's word. */
typedef AkExit AkCliEffectAct(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                              char **argv, GError **error);
AkCliEffectAct ak_cli_effect_check, ak_cli_effect_run, ak_cli_effect_repeat, ak_cli_effect_target;
AkCliEffectAct ak_cli_effect_report, ak_cli_effect_rescore, ak_cli_effect_compare, ak_cli_effect_import,
    ak_cli_effect_note, ak_cli_effect_seal, ak_cli_effect_unseal;

/* A result in the chosen form, with the rows of its lists that it does not hold (JSON alone), to
 * --output or standard output. */
AkExit ak_cli_effect_put(const AkCli *cli, const AkCliEffectOptions *options, const json_t *result,
                         const AkEffectRows *rows, GError **error);

/* Opens a range; what is wrong with it becomes the error, in the reader's language. The caller's. */
AkRange *ak_cli_effect_open(const AkCli *cli, const char *path, GError **error);
