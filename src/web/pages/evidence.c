/* One piece of evidence: what it is, who cites it, and its bytes in the forms that fit them. */
#include "app/evidence.h"

#include <string.h>

#include "web/pages/evidence-form.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#define MAX_CITING 50                  /* observations that are listed */
#define MAX_BYTES (64u * 1024u * 1024u) /* what is larger is not shown */

/* The first that fits is shown where none is asked for. */
static const AkEvidenceForm *const forms[] = {&ak_evidence_certificate_form,
                                              &ak_evidence_dialogue_form, &ak_evidence_text_form,
                                              &ak_evidence_hex_form};

/* --- ranges ----------------------------------------------------------------------------------------- */

static bool holds(const AkEvidenceRef *ref, gsize offset) {
  return offset >= ref->offset && offset - ref->offset < ref->length;
}

bool ak_evidence_is_cited(const AkEvidenceBytes *bytes, gsize offset) {
  for (guint i = 0; i < bytes->cited->len; i++)
    if (holds(&g_array_index(bytes->cited, AkEvidenceRef, i), offset))
      return true;
  return false;
}

bool ak_evidence_has_cited(const AkEvidenceBytes *bytes, gsize offset, gsize length) {
  for (guint i = 0; i < bytes->cited->len; i++) {
    const AkEvidenceRef *ref = &g_array_index(bytes->cited, AkEvidenceRef, i);
    if (holds(ref, offset) || (ref->length > 0 && ref->offset >= offset &&
                               ref->offset - offset < length))
      return true;
  }
  return false;
}

/* A range of the request: numbers of bytes. */
static bool asked_number(const AkPageRequest *request, const char *name, guint64 *out) {
  const char *asked = ak_page_asked(request, name);
  return asked != NULL && g_ascii_string_to_unsigned(asked, 10, 0, G_MAXINT64, out, NULL);
}

static bool is_whole(const AkEvidenceRef *ref, gsize size) {
  return ref->offset == 0 && ref->length >= size;
}

/* The range that was asked for, else all that are cited; none where that is everything. */
static GArray *ranges_of(const AkPageRequest *request, const AkEvidenceItem *item, gsize size) {
  GArray *ranges = g_array_new(FALSE, FALSE, sizeof(AkEvidenceRef));
  AkEvidenceRef asked = {.digest = item->digest};
  if (asked_number(request, "at", &asked.offset) &&
      asked_number(request, "length", &asked.length)) {
    if (!is_whole(&asked, size))
      g_array_append_val(ranges, asked);
    return ranges;
  }
  for (guint i = 0; i < item->seen->len; i++) {
    const GArray *evidence = ((const AkObservation *)item->seen->pdata[i])->evidence;
    for (guint e = 0; e < evidence->len; e++) {
      const AkEvidenceRef *ref = &g_array_index(evidence, AkEvidenceRef, e);
      if (ak_digest_equal(&ref->digest, &item->digest) && !is_whole(ref, size))
        g_array_append_vals(ranges, ref, 1);
    }
  }
  return ranges;
}

/* --- pages of a view -------------------------------------------------------------------------------- */

gsize ak_evidence_page(const AkPageRequest *request, const AkEvidenceBytes *bytes, gsize pages,
                       gsize unit) {
  guint64 page = 0, at = 0;
  if (!asked_number(request, "page", &page) && unit > 0) {
    if (asked_number(request, "at", &at))
      page = at / unit;
    else if (bytes->cited->len > 0)
      page = g_array_index(bytes->cited, AkEvidenceRef, 0).offset / unit;
  }
  return (gsize)MIN(page, pages - 1);
}

char *ak_evidence_view_link(const AkPageRequest *request, const char *view, gsize page) {
  g_autoptr(GString) query = g_string_new(NULL);
  guint64 at = 0, length = 0;
  if (view != NULL) {
    g_autofree char *named = ak_page_query("view", view);
    g_string_append(query, named);
  }
  if (asked_number(request, "at", &at) && asked_number(request, "length", &length))
    g_string_append_printf(query, "&at=%" G_GUINT64_FORMAT "&length=%" G_GUINT64_FORMAT, at,
                           length);
  if (page != G_MAXSIZE)
    g_string_append_printf(query, "&page=%" G_GSIZE_FORMAT, page);
  return ak_page_link(request, request->path, query->str);
}

void ak_evidence_pager(AkHtml *html, const AkPageRequest *request, gsize page, gsize pages) {
  const char *view = ak_page_asked(request, "view");
  if (pages < 2)
    return;
  g_autofree char *text =
      ak_text_format(request->lang, "web.page-of", (int)MIN(page + 1, G_MAXINT),
                     (int)MIN(pages, G_MAXINT));
  g_autofree char *before = ak_evidence_view_link(request, view, page > 0 ? page - 1 : 0);
  g_autofree char *after = ak_evidence_view_link(request, view, page + 1);
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

/* --- what it is ------------------------------------------------------------------------------------- */

static void add_citing(AkHtml *html, const AkPageRequest *request, const char *run_id,
                       const AkEvidenceItem *item, const AkObservation *seen) {
  g_autofree char *outcome = g_strdup_printf("outcome.%s", ak_outcome_name(seen->outcome));
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.property");
  ak_html_element(html, "code", seen->property, NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.subject", "where");
  ak_html_element(html, "code", seen->subject.locator, NULL);
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.outcome", ak_text(request->lang, outcome));
  ak_page_cell_text(html, request, "web.test", seen->test_id != NULL ? seen->test_id : "");
  ak_page_cell(html, request, "web.place", NULL);
  for (guint i = 0; i < seen->evidence->len; i++) {
    const AkEvidenceRef *ref = &g_array_index(seen->evidence, AkEvidenceRef, i);
    if (!ak_digest_equal(&ref->digest, &item->digest))
      continue;
    g_autofree char *place = g_strdup_printf("%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT,
                                             ref->offset, ref->length);
    g_autofree char *link = ak_page_evidence_link(request, run_id, &ref->digest, ref);
    ak_html_element(html, "a", place, "href", link, NULL);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
  ak_html_close(html);
}

static void add_cited_by(AkHtml *html, const AkPageRequest *request, const char *run_id,
                         const AkEvidenceItem *item) {
  static const char *const heads[] = {"web.property", "web.subject", "web.outcome", "web.test",
                                      "web.place",    NULL};
  if (item->seen->len == 0)
    return;
  ak_page_element(html, request, "h2", "web.cited-by");
  ak_page_table_begin(html, request, "web.cited-by", heads);
  for (guint i = 0; i < item->seen->len && i < MAX_CITING; i++)
    add_citing(html, request, run_id, item, item->seen->pdata[i]);
  ak_page_table_end(html);
  if (item->seen->len > MAX_CITING) {
    g_autofree char *more =
        ak_text_format(request->lang, "web.and-more", (int)(item->seen->len - MAX_CITING));
    ak_html_element(html, "p", more, "class", "note", NULL);
  }
}

static void add_facts(AkHtml *html, const AkPageRequest *request, const AkEvidenceItem *item,
                      const char *hex, const GBytes *bytes) {
  g_autofree char *size =
      bytes != NULL ? g_strdup_printf("%" G_GSIZE_FORMAT, g_bytes_get_size((GBytes *)bytes)) : NULL;
  ak_html_open(html, "dl", NULL);
  ak_page_element(html, request, "dt", "web.sha256");
  ak_html_open(html, "dd", NULL);
  ak_html_element(html, "code", hex, NULL);
  ak_html_close(html);
  if (size != NULL)
    ak_page_fact(html, request, "web.size-bytes", size);
  if (item->is_answer)
    ak_page_fact(html, request, "web.handed-in", item->answer);
  ak_html_close(html);
}

/* --- its bytes -------------------------------------------------------------------------------------- */

static const AkEvidenceForm *form_of(const AkPageRequest *request, const AkEvidenceBytes *bytes) {
  const char *asked = ak_page_asked(request, "view");
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
    if ((asked == NULL || strcmp(forms[i]->name, asked) == 0) && forms[i]->fits(bytes))
      return forms[i];
  return &ak_evidence_hex_form;
}

static void add_views(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes,
                      const AkEvidenceForm *chosen) {
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.views"),
               NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
    g_autofree char *link = ak_evidence_view_link(request, forms[i]->name, G_MAXSIZE);
    if (forms[i]->fits(bytes))
      ak_html_element(html, "a", ak_text(request->lang, forms[i]->text_id), "href", link,
                      "aria-current", forms[i] == chosen ? "true" : NULL, NULL);
  }
  ak_html_close(html);
}

static void add_bytes(AkHtml *html, const AkPageRequest *request, const AkEvidenceItem *item,
                      GBytes *body) {
  AkEvidenceBytes bytes = {.run_id = request->parameters[0], .digest = &item->digest};
  bytes.data = g_bytes_get_data(body, &bytes.size);
  if (bytes.size > MAX_BYTES || bytes.size == 0) {
    ak_page_empty(html, request, bytes.size == 0 ? "web.no-bytes" : "web.too-large", NULL, NULL);
    return;
  }
  g_autoptr(GArray) cited = ranges_of(request, item, bytes.size);
  bytes.cited = cited;
  const AkEvidenceForm *form = form_of(request, &bytes);
  ak_html_element(html, "h2", ak_text(request->lang, form->text_id), "id", "bytes", NULL);
  add_views(html, request, &bytes, form);
  form->show(html, request, &bytes);
}

/* What stands in place of the bytes. */
static void add_withheld(AkHtml *html, const AkPageRequest *request, const char *hex,
                         bool is_kept) {
  g_autofree char *command =
      g_strdup_printf("akashi evidence %s %s --raw --reason \"%s\" > evidence.bin",
                      request->parameters[0], hex, ak_text(request->lang, "web.reason"));
  if (is_kept)
    ak_page_empty(html, request, "web.not-masked", "web.not-masked.do", command);
  else
    ak_page_empty(html, request, "web.not-kept", "web.not-kept.do", NULL);
}

static bool show(const AkPageRequest *request, const AkRunState *state, const AkEvidenceItem *item,
                 AkPageResponse *response, GError **error) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&item->digest, hex);
  bool is_kept = ak_app_evidence_is_kept(request->workspace, item);
  g_autoptr(GBytes) bytes = is_kept && item->is_masked
                                ? ak_app_evidence_masked(request->workspace, item, error)
                                : NULL;
  if (is_kept && item->is_masked && bytes == NULL)
    return false;
  g_autofree char *below = g_strdup_printf("%.12s…", hex);
  g_autofree char *title = g_strdup_printf("%s %s", ak_text(request->lang, "web.evidence-of-run"), below);
  AkHtml *html = ak_page_run_begin(request, state, title, "evidence", below);
  add_facts(html, request, item, hex, bytes);
  if (bytes != NULL)
    add_bytes(html, request, item, bytes);
  else
    add_withheld(html, request, hex, is_kept);
  add_cited_by(html, request, state->run_id, item);
  if (!is_kept)
    response->status = 410;
  ak_page_end(html, request, response);
  return true;
}

bool ak_page_evidence(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  AkDigest digest;
  g_autoptr(AkRunView) view = ak_page_view(request, request->parameters[0], error);
  if (view == NULL)
    return false;
  g_autoptr(GPtrArray) items = ak_app_evidence_list(view->state);
  const AkEvidenceItem *item = ak_digest_from_hex(request->parameters[1], &digest)
                                   ? ak_app_evidence_find(items, &digest)
                                   : NULL;
  if (item == NULL)
    return ak_error_set(error, AK_ERROR_NOT_FOUND, "%s",
                        ak_text(request->lang, "web.not-cited"));
  return show(request, view->state, item, response, error);
}
