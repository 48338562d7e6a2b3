/* Markdown for the project's own pages. Source: CommonMark 0.31, 2.4 (backslash escapes); tables as
 * in GitHub Flavored Markdown, 4.10. */
#include <string.h>

#include "doc/doc.h"

static void write_section(GString *out, const AkDocNode *node, guint depth);

/* One line in which nothing but letters means anything. */
static void append_text(GString *out, const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (strchr("\\`*_{}[]<>#|~", *at) != NULL)
      g_string_append_c(out, '\\');
    g_string_append_unichar(out, c == '\n' || c == '\t' ? ' ' : g_unichar_iscntrl(c) ? 0xFFFD : c);
  }
}

static void append_line(GString *out, const char *prefix, const char *text) {
  g_string_append(out, prefix);
  append_text(out, text);
  g_string_append_c(out, '\n');
}

static void write_paragraph(GString *out, const AkDocNode *node, guint depth) {
  append_line(out, "", node->text);
}

static void write_notice(GString *out, const AkDocNode *node, guint depth) {
  append_line(out, "> ", node->text);
}

static void write_list(GString *out, const AkDocNode *node, guint depth) {
  for (guint i = 0; i < node->cells->len; i++)
    append_line(out, "- ", node->cells->pdata[i]);
}

static void write_facts(GString *out, const AkDocNode *node, guint depth) {
  for (guint i = 0; i + 1 < node->cells->len; i += 2) {
    g_string_append(out, "- ");
    append_text(out, node->cells->pdata[i]);
    append_line(out, ": ", node->cells->pdata[i + 1]);
  }
}

static void write_table(GString *out, const AkDocNode *node, guint depth) {
  for (guint i = 0; i < node->cells->len; i++) {
    g_string_append(out, i % node->columns == 0 ? "| " : " ");
    append_text(out, node->cells->pdata[i]);
    g_string_append(out, (i + 1) % node->columns == 0 ? " |\n" : " |");
    if (i + 1 != node->columns)
      continue;
    for (guint column = 0; column < node->columns; column++)
      g_string_append(out, column == 0 ? "| --- |" : " --- |");
    g_string_append_c(out, '\n');
  }
}

static void (*const writers[])(GString *out, const AkDocNode *node, guint depth) = {
    [AK_DOC_SECTION] = write_section, [AK_DOC_PARAGRAPH] = write_paragraph,
    [AK_DOC_NOTICE] = write_notice,   [AK_DOC_LIST] = write_list,
    [AK_DOC_FACTS] = write_facts,     [AK_DOC_TABLE] = write_table,
    [AK_DOC_HEAT] = write_table,      [AK_DOC_FIGURE] = write_paragraph,
};

static void write_section(GString *out, const AkDocNode *node, guint depth) {
  static const char *const marks[] = {"# ", "## ", "### ", "#### "};
  append_line(out, marks[MIN(depth, G_N_ELEMENTS(marks) - 1)], node->text);
  for (guint i = 0; i < node->children->len; i++) {
    const AkDocNode *child = node->children->pdata[i];
    g_string_append_c(out, '\n');
    writers[child->kind](out, child, depth + 1);
  }
}

char *ak_doc_to_markdown(const AkDoc *self) {
  GString *out = g_string_new(NULL);
  write_section(out, self->root, 0);
  return g_string_free(out, FALSE);
}
