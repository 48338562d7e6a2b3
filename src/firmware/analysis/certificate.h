/* What a certificate's own fields say against it. Pure. Source: RFC 5280; weak: NIST SP 800-131A
 * Rev. 2. */
#pragma once

#include "util/error.h"

/* GPtrArray of char *: "expired 2019-01-01", "RSA 1024", "signed with SHA1" (not of a root, whose
 * signature guards nothing), "may sign others (CA)"; empty where there is nothing to say; NULL
 * where the bytes are no certificate. */
GPtrArray *ak_certificate_notes(const guint8 *der, gsize size, gint64 now_utc_us);
