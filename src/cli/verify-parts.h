/* What the files of akashi verify share. */
#pragma once

#include "app/fleet.h"
#include "cli/command.h"

/* The result of one product as it is printed; the caller's. */
json_t *ak_cli_verify_json(const AkVerifyResult *result);
/* What the program ends with for it. */
AkExit ak_cli_verify_exit(const AkVerifyResult *result);

/* Product files of the arguments, files as they are given and of a folder its *.yaml, *.yml and the
 * product.yaml of each folder in it, by name; of AkFleetItem. CONFIG for a folder without any, or a file
 * that is named twice. */
GPtrArray *ak_cli_fleet_items(char **arguments, GError **error);
/* Every run that can be gone on with; of AkFleetItem. */
GPtrArray *ak_cli_fleet_unfinished(AkWorkspace *workspace, GError **error);

/* Runs them side by side, shows how far they are and prints all results. */
AkExit ak_cli_verify_many(const AkCli *cli, AkWorkspace *workspace, const GPtrArray *items,
                          AkFleetOptions *options, bool quiet);
