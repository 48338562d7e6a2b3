/* The query of a call, checked against what the operation declares. Hostile text; pure. */
#pragma once

#include "web/api/api.h"

/* name → GStrv of the checked values; the caller's. NULL with CONFIG and the name of the parameter in
 * `parameter` (caller frees) and a detail in `lang`: it is not declared, stands too often, is missing, or
 * its value is none of what is declared. */
GHashTable *ak_api_query_check(const AkApiParameter *declared, const AkApiPair *pairs, gsize count,
                               AkLang lang, char **parameter, GError **error);

/* "c123": the number, at least 0; false for anything else. */
bool ak_api_cursor_parse(const char *text, gint64 *out);
char *ak_api_cursor_text(gint64 number); /* caller frees */

/* "2026-11-23": when that day begins in UTC; false for anything else. */
bool ak_api_date_parse(const char *text, gint64 *out_utc_us);

bool ak_web_api_query_fuzz(const guint8 *data, gsize size);
