/* Evidence as a list of what was said: packets, records, requests and answers. */
#include "app/dialogue.h"
#include "web/pages/evidence-form.h"

static bool fits(const AkEvidenceBytes *bytes) {
  g_autoptr(json_t) found = ak_dialogue_read(bytes->data, bytes->size);
  return found != NULL;
}

static gsize member(const json_t *row, const char *name) {
  return (gsize)json_integer_value(json_object_get(row, name));
}

/* Where the bytes of a row stand in the hex dump. */
static char *bytes_link(const AkPageRequest *request, gsize offset, gsize length) {
  g_autofree char *query = g_strdup_printf("view=hex&at=%" G_GSIZE_FORMAT
                                           "&length=%" G_GSIZE_FORMAT, offset, length);
  return ak_page_link(request, request->path, query);
}

static void add_row(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes,
                    const json_t *row, gsize number) {
  gsize offset = member(row, "offset"), length = member(row, "length");
  bool is_cited = ak_evidence_has_cited(bytes, offset, length);
  g_autofree char *name = g_strdup_printf("%" G_GSIZE_FORMAT, number);
  g_autofree char *place = g_strdup_printf("%" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT, offset, length);
  g_autofree char *link = bytes_link(request, offset, length);
  g_autofree char *from =
      g_strdup_printf("web.from.%s", ak_json_string_or(row, "from", "device"));
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.number");
  ak_html_text(html, name);
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.from", ak_text(request->lang, from));
  ak_page_cell(html, request, "web.what", NULL);
  ak_html_element(html, is_cited ? "mark" : "span", ak_json_string_or(row, "text", ""), "dir",
                  "auto", NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.place", NULL);
  ak_html_element(html, "a", place, "href", link, NULL);
  ak_html_close(html);
  ak_html_close(html);
}

static void show(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes) {
  static const char *const heads[] = {"web.number", "web.from", "web.what", "web.place", NULL};
  g_autoptr(json_t) found = ak_dialogue_read(bytes->data, bytes->size);
  const json_t *rows = json_object_get(found, "rows");
  int rest = (int)member(found, "rest");
  int left = (int)member(found, "rows_total") - (int)json_array_size(rows);
  g_autofree char *form = g_strdup_printf("web.dialogue.%s", ak_json_string_or(found, "form", ""));
  ak_html_element(html, "p", ak_text(request->lang, form), "class", "note", NULL);
  ak_page_table_begin(html, request, "web.view.dialogue", heads);
  for (gsize i = 0; i < json_array_size(rows); i++)
    add_row(html, request, bytes, json_array_get(rows, i), i + 1);
  ak_page_table_end(html);
  if (left > 0) {
    g_autofree char *more = ak_text_format(request->lang, "web.and-more", left);
    ak_html_element(html, "p", more, "class", "note", NULL);
  }
  if (rest > 0) {
    g_autofree char *more = ak_text_format(request->lang, "web.dialogue.rest", rest);
    ak_html_element(html, "p", more, "class", "note", NULL);
  }
}

const AkEvidenceForm ak_evidence_dialogue_form = {.name = "dialogue",
                                                  .text_id = "web.view.dialogue",
                                                  .fits = fits,
                                                  .show = show};
