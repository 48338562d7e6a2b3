/* What several pages show alike. */
#pragma once

#include "app/validity.h"
#include "web/page.h"

#define AK_PAGE_VERDICTS 4
extern const char *const ak_page_verdicts[AK_PAGE_VERDICTS]; /* the order of counts */

/* "PASS 3": the badge of verdict `which` and how many. */
void ak_page_count(AkHtml *html, const AkPageRequest *request, gsize which, gint64 number);

/* "valid until …", "EXPIRED on …" or "LAPSED: …"; NULL where nothing is decided. Caller frees. */
char *ak_page_validity_text(const AkPageRequest *request, const AkValidity *validity);
