/* Evidence as a hex dump: offset, bytes, characters; what is cited is marked. */
#include "web/pages/evidence-form.h"

#define ROW 16
#define PAGE 4096 /* bytes a page */

static bool fits(const AkEvidenceBytes *bytes) { return true; }

/* Runs of bytes that are cited or not, so that each is one mark. */
static void add_bytes(AkHtml *html, const AkEvidenceBytes *bytes, gsize from, gsize to,
                      bool as_text) {
  for (gsize at = from; at < to;) {
    bool is_cited = ak_evidence_is_cited(bytes, at);
    g_autoptr(GString) text = g_string_new(NULL);
    gsize start = at;
    for (; at < to && ak_evidence_is_cited(bytes, at) == is_cited; at++) {
      guint8 byte = bytes->data[at];
      if (as_text)
        g_string_append_c(text, byte >= 0x20 && byte < 0x7f ? (char)byte : '.');
      else
        g_string_append_printf(text, "%s%02x",
                               at == start ? "" : (at - from) % 8 == 0 ? "  " : " ", byte);
    }
    if (start > from && !as_text)
      ak_html_text(html, (start - from) % 8 == 0 ? "  " : " ");
    if (is_cited)
      ak_html_element(html, "mark", text->str, NULL);
    else
      ak_html_text(html, text->str);
  }
}

static void add_row(AkHtml *html, const AkEvidenceBytes *bytes, gsize from) {
  gsize to = MIN(from + ROW, bytes->size);
  g_autofree char *offset = g_strdup_printf("%08" G_GSIZE_MODIFIER "x", from);
  ak_html_open(html, "tr", NULL);
  ak_html_element(html, "th", offset, "scope", "row", NULL);
  ak_html_open(html, "td", NULL);
  add_bytes(html, bytes, from, to, false);
  ak_html_close(html);
  ak_html_open(html, "td", NULL);
  add_bytes(html, bytes, from, to, true);
  ak_html_close(html);
  ak_html_close(html);
}

static void show(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes) {
  static const char *const heads[] = {"web.offset", "web.bytes", "web.ascii"};
  const char *name = ak_text(request->lang, "web.view.hex");
  gsize pages = MAX((bytes->size + PAGE - 1) / PAGE, 1);
  gsize page = ak_evidence_page(request, bytes, pages, PAGE);
  ak_evidence_pager(html, request, page, pages);
  ak_html_open(html, "div", "class", "wide", "tabindex", "0", "role", "region", "aria-label", name,
               NULL);
  ak_html_open(html, "table", "class", "hex", NULL);
  ak_html_element(html, "caption", name, "class", "unseen", NULL);
  ak_html_open(html, "thead", NULL);
  ak_html_open(html, "tr", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(heads); i++)
    ak_html_element(html, "th", ak_text(request->lang, heads[i]), "scope", "col", NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_html_open(html, "tbody", NULL);
  for (gsize at = page * PAGE; at < MIN(bytes->size, (page + 1) * PAGE); at += ROW)
    add_row(html, bytes, at);
  ak_page_table_end(html);
  ak_evidence_pager(html, request, page, pages);
}

const AkEvidenceForm ak_evidence_hex_form = {
    .name = "hex", .text_id = "web.view.hex", .fits = fits, .show = show};
