/* All that a run cites as evidence. */
#include "app/evidence.h"
#include "core/test.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#define PAGE 200

static const char *kind_of(const AkPageRequest *request, const AkEvidenceItem *item) {
  const AkObservation *first = item->seen->len > 0 ? item->seen->pdata[0] : NULL;
  const AkTest *test =
      first != NULL && first->test_id != NULL ? ak_test_find(first->test_id) : NULL;
  if (item->is_answer)
    return ak_text(request->lang, "web.handed-in");
  if (test == NULL)
    return first != NULL && first->test_id != NULL ? first->test_id : "–";
  return request->lang == AK_LANG_JA ? test->title_ja : test->title_en;
}

/* What it was seen on, the first two and how many more. */
static void add_subjects(AkHtml *html, const AkPageRequest *request, const AkEvidenceItem *item) {
  const char *last = NULL;
  guint shown = 0;
  ak_page_cell(html, request, "web.subject", "where");
  if (item->answer != NULL)
    ak_html_element(html, "code", item->answer, NULL);
  for (guint i = 0; i < item->seen->len && shown < 2; i++) {
    const char *locator = ((const AkObservation *)item->seen->pdata[i])->subject.locator;
    if (g_strcmp0(locator, last) != 0 && g_strcmp0(locator, item->answer) != 0) {
      ak_html_element(html, "code", locator, NULL);
      ak_html_text(html, " ");
      shown++;
    }
    last = locator;
  }
  ak_html_close(html);
}

static void add_item(AkHtml *html, const AkPageRequest *request, const char *run_id,
                     const AkEvidenceItem *item) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&item->digest, hex);
  g_autofree char *link = ak_page_evidence_link(request, run_id, &item->digest, NULL);
  g_autofree char *text = g_strdup_printf("%.12s…", hex);
  g_autofree char *count = g_strdup_printf("%u", item->seen->len);
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.sha256");
  ak_html_open(html, "a", "href", link, "title", hex, NULL);
  ak_html_element(html, "code", text, NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.what", kind_of(request, item));
  add_subjects(html, request, item);
  ak_page_cell(html, request, "web.cited-by", "number");
  ak_html_text(html, count);
  ak_html_close(html);
  ak_page_cell_text(
      html, request, "web.shown",
      ak_text(request->lang, item->is_masked ? "web.shown.masked" : "web.shown.not-masked"));
  ak_html_close(html);
}

static void add_pager(AkHtml *html, const AkPageRequest *request, guint64 page, guint64 pages) {
  g_autofree char *text = ak_text_format(request->lang, "web.page-of", (int)page + 1, (int)pages);
  g_autofree char *before_query = g_strdup_printf("page=%" G_GUINT64_FORMAT, page - 1);
  g_autofree char *after_query = g_strdup_printf("page=%" G_GUINT64_FORMAT, page + 1);
  g_autofree char *before = ak_page_link(request, request->path, before_query);
  g_autofree char *after = ak_page_link(request, request->path, after_query);
  if (pages < 2)
    return;
  ak_html_open(html, "nav", "class", "pager", "aria-label", ak_text(request->lang, "web.pages"),
               NULL);
  if (page > 0)
    ak_html_element(html, "a", ak_text(request->lang, "web.previous"), "href", before, "rel",
                    "prev", NULL);
  ak_html_element(html, "span", text, NULL);
  if (page + 1 < pages)
    ak_html_element(html, "a", ak_text(request->lang, "web.next"), "href", after, "rel", "next",
                    NULL);
  ak_html_close(html);
}

static guint64 page_of(const AkPageRequest *request, guint64 pages) {
  const char *asked = ak_page_asked(request, "page");
  guint64 page = 0;
  if (asked != NULL)
    g_ascii_string_to_unsigned(asked, 10, 0, G_MAXUINT32, &page, NULL);
  return MIN(page, pages - 1);
}

bool ak_page_evidence_list(const AkPageRequest *request, AkPageResponse *response,
                           GError **error) {
  static const char *const heads[] = {"web.sha256",   "web.what",  "web.subject",
                                      "web.cited-by", "web.shown", NULL};
  const char *run_id = request->parameters[0];
  g_autoptr(AkRunView) view = ak_page_view(request, run_id, error);
  if (view == NULL)
    return false;
  g_autoptr(GPtrArray) items = ak_app_evidence_list(view->state);
  guint64 pages = MAX(((guint64)items->len + PAGE - 1) / PAGE, 1), page = page_of(request, pages);
  g_autofree char *title =
      g_strdup_printf("%s %s", ak_text(request->lang, "web.evidence-of-run"), run_id);
  AkHtml *html = ak_page_run_begin(request, view->state, title, "evidence", NULL);
  if (items->len == 0) {
    ak_page_empty(html, request, "web.no-evidence", NULL, NULL);
  } else {
    ak_page_element(html, request, "p", "web.evidence.note");
    ak_page_table_begin(html, request, "web.evidence-of-run", heads);
    for (guint64 i = page * PAGE; i < MIN(items->len, (page + 1) * PAGE); i++)
      add_item(html, request, run_id, items->pdata[i]);
    ak_page_table_end(html);
    add_pager(html, request, page, pages);
  }
  ak_page_end(html, request, response);
  return true;
}
