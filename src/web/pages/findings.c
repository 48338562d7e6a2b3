/* The findings of a run, or those that speak to one requirement. */
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <gio/gio.h>
#include <string.h>

static bool speaks_to(const json_t *finding, const char *requirement) {
  const json_t *ids = json_object_get(finding, "requirements");
  for (gsize i = 0; requirement != NULL && i < json_array_size(ids); i++)
    if (g_strcmp0(json_string_value(json_array_get(ids, i)), requirement) == 0)
      return true;
  return requirement == NULL;
}

/* The places that its observations name; the finding's own where they name none. */
static void add_places(AkHtml *html, const AkPageRequest *request, const json_t *finding) {
  const json_t *cited = json_object_get(finding, "observations");
  g_autoptr(GPtrArray) places = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(cited); i++) {
    const json_t *subject = json_object_get(json_array_get(cited, i), "subject");
    const char *place = ak_json_string_or(subject, "locator", "");
    if (*place != '\0' && !g_ptr_array_find_with_equal_func(places, place, g_str_equal, NULL))
      g_ptr_array_add(places, (gpointer)place);
  }
  const char *own = ak_json_string_or(json_object_get(finding, "subject"), "locator", "");
  if (places->len == 0)
    g_ptr_array_add(places, (gpointer)own);
  ak_page_cell(html, request, "web.subject", "where");
  for (guint i = 0; i < places->len; i++) {
    ak_html_element(html, "code", places->pdata[i], NULL);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
}

static void add_requirement_links(AkHtml *html, const AkPageRequest *request, const char *run_id,
                                  const json_t *finding) {
  const json_t *ids = json_object_get(finding, "requirements");
  ak_page_cell(html, request, "web.requirement", NULL);
  for (gsize i = 0; i < json_array_size(ids); i++) {
    const char *id = json_string_value(json_array_get(ids, i));
    if (id == NULL)
      continue;
    g_autofree char *link = ak_page_requirement_link(request, run_id, id);
    ak_html_element(html, "a", id, "href", link, "class", "id", NULL);
    ak_html_text(html, " ");
  }
  ak_html_close(html);
}

/* What a client does about it: folded away, so that the table stays a table. */
static void add_title(AkHtml *html, const AkPageRequest *request, const json_t *finding) {
  static const char *const parts[] = {"reproduce", "condition", "impact", "treatment"};
  const char *title = ak_page_text_of(request, json_object_get(finding, "title"));
  ak_page_cell_head(html, request, "web.finding");
  ak_html_open(html, "details", NULL);
  const char *detail = ak_json_string_or(finding, "detail", "");
  ak_html_open(html, "summary", NULL);
  ak_html_text(html, *title != '\0' ? title : ak_json_string_or(finding, "finding", ""));
  if (*detail != '\0') {
    ak_html_text(html, ": ");
    ak_html_text(html, detail);
  }
  ak_html_close(html);
  ak_html_open(html, "dl", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    const char *text = ak_page_text_of(request, json_object_get(finding, parts[i]));
    g_autofree char *id = g_strdup_printf("web.finding.%s", parts[i]);
    if (*text == '\0')
      continue;
    ak_page_element(html, request, "dt", id);
    ak_html_element(html, "dd", text, NULL);
  }
  ak_html_close(html);
  ak_html_close(html);
  ak_html_close(html);
}

static void add_finding(AkHtml *html, const AkPageRequest *request, const char *run_id,
                        const json_t *finding) {
  ak_page_row(html);
  ak_page_cell(html, request, "web.severity", NULL);
  ak_page_severity(html, request, ak_json_string_or(finding, "severity", "info"));
  ak_html_close(html);
  add_title(html, request, finding);
  add_places(html, request, finding);
  add_requirement_links(html, request, run_id, finding);
  ak_html_close(html);
}

void ak_page_findings(AkHtml *html, const AkPageRequest *request, const char *run_id,
                      const json_t *findings, const char *requirement) {
  static const char *const heads[] = {"web.severity", "web.finding", "web.subject",
                                      "web.requirement", NULL};
  gsize count = 0;
  for (gsize i = 0; i < json_array_size(findings); i++)
    count += speaks_to(json_array_get(findings, i), requirement);
  if (requirement != NULL && count == 0)
    return;
  ak_html_element(html, "h2", ak_text(request->lang, "web.findings"), "id", "findings", NULL);
  if (count == 0) {
    ak_page_element(html, request, "p", "web.no-findings");
    return;
  }
  ak_page_table_begin(html, request, "web.findings", heads);
  for (gsize i = 0; i < json_array_size(findings); i++)
    if (speaks_to(json_array_get(findings, i), requirement))
      add_finding(html, request, run_id, json_array_get(findings, i));
  ak_page_table_end(html);
}
