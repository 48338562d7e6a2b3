/* What changed between two runs, as akashi run compare prints it. */
#pragma once

#include "web/page.h"

/* `found`: what ak_app_compare made. */
void ak_page_changes(AkHtml *html, const AkPageRequest *request, const json_t *found);
