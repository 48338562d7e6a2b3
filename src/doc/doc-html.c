#include "doc/doc.h"
#include "doc/figure.h"
#include "doc/html.h"

static void write_section(AkHtml *html, const AkDocNode *node, guint depth);

static const char *const headings[] = {"h1", "h2", "h3", "h4", "h5", "h6"};

static void write_paragraph(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_element(html, "p", node->text, NULL);
}

static void write_notice(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_open(html, "p", "class", "notice", NULL);
  ak_html_text(html, node->text);
  ak_html_close(html);
}

static void write_list(AkHtml *html, const AkDocNode *node, guint depth) {
  if (node->cells->len == 0)
    return;
  ak_html_open(html, "ul", NULL);
  for (guint i = 0; i < node->cells->len; i++)
    ak_html_element(html, "li", node->cells->pdata[i], NULL);
  ak_html_close(html);
}

static void write_facts(AkHtml *html, const AkDocNode *node, guint depth) {
  if (node->cells->len == 0)
    return;
  ak_html_open(html, "dl", NULL);
  for (guint i = 0; i < node->cells->len; i++)
    ak_html_element(html, i % 2 == 0 ? "dt" : "dd", node->cells->pdata[i], NULL);
  ak_html_close(html);
}

static void write_cell(AkHtml *html, const AkDocNode *table, guint cell) {
  const char *link = cell < table->links->len ? table->links->pdata[cell] : NULL;
  if (link != NULL)
    ak_html_element(html, "a", table->cells->pdata[cell], "href", link, NULL);
  else
    ak_html_text(html, table->cells->pdata[cell]);
}

static void write_row(AkHtml *html, const AkDocNode *table, guint first, bool is_header) {
  ak_html_open(html, "tr", NULL);
  for (guint i = 0; i < table->columns; i++) {
    if (is_header)
      ak_html_open(html, "th", "scope", "col", NULL);
    else
      ak_html_open(html, "td", NULL);
    write_cell(html, table, first + i);
    ak_html_close(html);
  }
  ak_html_close(html);
}

static void write_table(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_open(html, "table", NULL);
  ak_html_open(html, "thead", NULL);
  write_row(html, node, 0, true);
  ak_html_close(html);
  ak_html_open(html, "tbody", NULL);
  for (guint i = node->columns; i < node->cells->len; i += node->columns)
    write_row(html, node, i, false);
  ak_html_close(html);
  ak_html_close(html);
}

static void write_heat_row(AkHtml *html, const AkDocNode *heat, guint first) {
  ak_html_open(html, "tr", NULL);
  ak_html_element(html, "th", heat->cells->pdata[first], "scope", "row", NULL);
  for (guint i = 1; i < heat->columns; i++) {
    g_autofree char *name = g_strdup_printf("heat heat-%u", ak_doc_heat_level(heat, first + i));
    ak_html_element(html, "td", heat->cells->pdata[first + i], "class", name, NULL);
  }
  ak_html_close(html);
}

static void write_heat(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_open(html, "table", NULL);
  ak_html_open(html, "thead", NULL);
  write_row(html, node, 0, true);
  ak_html_close(html);
  ak_html_open(html, "tbody", NULL);
  for (guint i = node->columns; i < node->cells->len; i += node->columns)
    write_heat_row(html, node, i);
  ak_html_close(html);
  ak_html_close(html);
}

static void write_figure(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_open(html, "figure", NULL);
  ak_figure_to_html(node->figure, html);
  ak_html_element(html, "figcaption", node->text, NULL);
  ak_html_close(html);
}

static void (*const writers[])(AkHtml *html, const AkDocNode *node, guint depth) = {
    [AK_DOC_SECTION] = write_section, [AK_DOC_PARAGRAPH] = write_paragraph,
    [AK_DOC_NOTICE] = write_notice,   [AK_DOC_LIST] = write_list,
    [AK_DOC_FACTS] = write_facts,     [AK_DOC_TABLE] = write_table,
    [AK_DOC_HEAT] = write_heat,       [AK_DOC_FIGURE] = write_figure,
};

static void write_section(AkHtml *html, const AkDocNode *node, guint depth) {
  ak_html_open(html, "section", "id", node->id, NULL);
  ak_html_element(html, headings[MIN(depth, G_N_ELEMENTS(headings) - 1)], node->text, NULL);
  for (guint i = 0; i < node->children->len; i++) {
    const AkDocNode *child = node->children->pdata[i];
    writers[child->kind](html, child, depth + 1);
  }
  ak_html_close(html);
}

void ak_doc_add_html(const AkDoc *self, AkHtml *html) {
  for (guint i = 0; i < self->root->children->len; i++) {
    const AkDocNode *child = self->root->children->pdata[i];
    writers[child->kind](html, child, 1);
  }
}

char *ak_doc_to_html(const AkDoc *self, const char *css) {
  g_autoptr(AkHtml) html = ak_html_new();
  ak_html_open(html, "html", "lang", ak_lang_name(self->lang), NULL);
  ak_html_open(html, "head", NULL);
  ak_html_element(html, "meta", NULL, "charset", "utf-8", NULL);
  ak_html_element(html, "meta", NULL, "name", "viewport", "content", "width=device-width", NULL);
  ak_html_element(html, "title", self->root->text, NULL);
  ak_html_style(html, css);
  ak_html_close(html);
  ak_html_open(html, "body", NULL);
  ak_html_open(html, "main", NULL);
  write_section(html, self->root, 0);
  return ak_html_end(html);
}
