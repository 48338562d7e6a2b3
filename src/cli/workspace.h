/* The data folder as commands open it. */
#pragma once

#include "app/workspace.h"
#include "cli/command.h"

/* Opens the data folder of --data or AKASHI_DATA. What happened to its store is told on standard
 * error. */
AkWorkspace *ak_cli_workspace(const AkCli *cli, GError **error);
