/* Verifier keys as a user gives them. */
#pragma once

#include "proof/note.h"

/* The whole of a regular file of at most `max` bytes; caller frees. */
char *ak_cli_read_regular(const char *path, gsize max, gsize *size, GError **error);

/* A verifier key, or the file that holds one on its only line; `option` is named in errors. The caller's. */
AkNoteKey *ak_cli_read_key(const char *value, const char *option, GError **error);
