/* Parts of akashi effect, a file each. */
#pragma once

#include "app/effect.h"
#include "cli/command.h"

/* Options of all parts; a part reads its own. NULL where one is not given. */
typedef struct {
  char *run_id;
  char **products, **cases;
  gboolean resume, quiet;
} AkCliEffectOptions;

/* `argv` are the arguments after the part's word. */
typedef AkExit AkCliEffectAct(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                              char **argv, GError **error);
AkCliEffectAct ak_cli_effect_check, ak_cli_effect_run, ak_cli_effect_target;

/* Opens a range; what is wrong with it becomes the error, in the reader's language. The caller's. */
AkRange *ak_cli_effect_open(const AkCli *cli, const char *path, GError **error);
