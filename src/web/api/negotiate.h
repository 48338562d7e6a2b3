/* What a client asks for in its header fields. Hostile text; pure. Source: RFC 9110, 8.8.3 (entity
 * tags), 12.4.2 (weights), 12.5.1 (Accept), 12.5.4 (Accept-Language), 13.1.2 (If-None-Match).
 *
 * A member of a list that cannot be read is passed over; a field of which nothing can be read counts as
 * not sent. */
#pragma once

#include "util/text.h"

#define AK_NEGOTIATE_MAX 8192 /* bytes of a field; what follows is not looked at */

/* Is `media_type` (its parameters do not count) acceptable? */
bool ak_negotiate_media(const char *accept, const char *media_type);

/* The language with the highest weight; the first of equal ones; `fallback` where neither is named or the
 * field is NULL. */
AkLang ak_negotiate_lang(const char *accept_language, AkLang fallback);

/* Does the field name `etag` (quoted), compared weakly, or anything ("*")? */
bool ak_negotiate_none_match(const char *if_none_match, const char *etag);

bool ak_web_api_negotiate_fuzz(const guint8 *data, gsize size);
