/* What several pages show alike: counts of verdicts, until when they hold. */
#include "web/pages/parts.h"

const char *const ak_page_verdicts[AK_PAGE_VERDICTS] = {"pass", "fail", "inconclusive",
                                                        "not-applicable"};

void ak_page_count(AkHtml *html, const AkPageRequest *request, gsize which, gint64 number) {
  g_autofree char *count = g_strdup_printf(" %" G_GINT64_FORMAT, number);
  ak_html_open(html, "span", "class", "count", NULL);
  ak_page_badge(html, request, ak_page_verdicts[which]);
  ak_html_text(html, count);
  ak_html_close(html);
  ak_html_text(html, " ");
}

/* "valid until …", "EXPIRED on …" or "LAPSED: …"; NULL where nothing is decided. Caller frees. */
char *ak_page_validity_text(const AkPageRequest *request, const AkValidity *validity) {
  g_autofree char *id = g_strdup_printf("validity.%s", ak_validity_name(validity->state));
  return validity->until == NULL
             ? NULL
             : ak_text_format(request->lang, id, validity->until,
                              validity->version != NULL ? validity->version : "");
}
