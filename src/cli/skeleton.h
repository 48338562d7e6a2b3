/* Files that the program carries for a person to begin with: written once, never over what is
 * there. */
#pragma once

#include "cli/command.h"

/* The words for which there is a "<prefix><word>.yaml.txt" under data/skeleton, sorted;
 * NULL-terminated, the caller's. */
char **ak_cli_skeleton_words(const char *prefix);

/* Writes data/skeleton/<name>.yaml.txt to the path, or to standard output for "-", and says the
 * text done_id (which takes the path twice). Errors: CONFIG where the path exists; the existing
 * file is untouched. */
AkExit ak_cli_skeleton_write(const AkCli *cli, const char *name, const char *path,
                             const char *done_id, GError **error);
