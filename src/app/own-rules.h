/* The user's own rules of YARA, before anything is looked at with them. */
#pragma once

#include "util/error.h"

/* Compiles `source`, which stands in the file `where`, in a worker that can open nothing. False with CONFIG where they are no
 * rules ("own.yar:3: syntax error"), or where the worker did not come to its end: it crashed, or took longer or more memory
 * than rules may. Any thread. */
bool ak_app_own_rules_check(const char *source, const char *where, GError **error);
