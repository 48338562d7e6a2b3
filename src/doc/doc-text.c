#include <string.h>

#include "doc/doc.h"
#include "util/text.h"

#define MAX_CELL_WIDTH 60 /* columns; a longer cell is not cut, it only stops pushing others */
#define COLUMN_GAP 2

typedef struct {
  GString *out;
  guint columns; /* a table that is wider becomes a list of its rows; 0: none does */
} Text;

static void write_section(const Text *text, const AkDocNode *node, guint depth);

/* One line without anything that commands a terminal. */
static char *one_line(const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *line = g_string_new(NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c == '\n' || c == '\t')
      g_string_append_c(line, ' ');
    else
      g_string_append_unichar(line, g_unichar_iscntrl(c) ? 0xFFFD : c);
  }
  return g_string_free(line, FALSE);
}

static void append_line(GString *out, const char *prefix, const char *text) {
  g_autofree char *line = one_line(text);
  g_string_append_printf(out, "%s%s\n", prefix, line);
}

static void write_paragraph(const Text *text, const AkDocNode *node, guint depth) {
  append_line(text->out, "", node->text);
}

static void write_notice(const Text *text, const AkDocNode *node, guint depth) {
  append_line(text->out, "! ", node->text);
}

static void write_list(const Text *text, const AkDocNode *node, guint depth) {
  for (guint i = 0; i < node->cells->len; i++)
    append_line(text->out, "- ", node->cells->pdata[i]);
}

static void write_facts(const Text *text, const AkDocNode *node, guint depth) {
  for (guint i = 0; i + 1 < node->cells->len; i += 2) {
    g_autofree char *name = one_line(node->cells->pdata[i]);
    g_autofree char *value = one_line(node->cells->pdata[i + 1]);
    g_string_append_printf(text->out, "%s: %s\n", name, value);
  }
}

/* A cell that is wider than its column pushes the next one on. */
static void append_cell(GString *out, const char *cell, guint width, bool is_last) {
  g_autofree char *text = one_line(cell);
  guint own = ak_text_width(text);
  g_string_append(out, text);
  if (!is_last)
    g_string_append_printf(out, "%*s", (int)(MAX(own, width) - own + COLUMN_GAP), "");
}

/* The first cell, and below it the others, each behind its column's name. */
static void write_records(GString *out, const AkDocNode *node) {
  guint width = 0;
  for (guint c = 1; c < node->columns; c++) {
    g_autofree char *name = one_line(node->cells->pdata[c]);
    width = MAX(width, ak_text_width(name));
  }
  for (guint i = node->columns; i < node->cells->len; i++) {
    guint column = i % node->columns;
    if (column > 0) {
      g_string_append(out, "  ");
      append_cell(out, node->cells->pdata[column], width, false);
    }
    append_cell(out, node->cells->pdata[i], 0, true);
    g_string_append_c(out, '\n');
  }
}

static void write_table(const Text *text, const AkDocNode *node, guint depth) {
  g_autofree guint *widths = g_new0(guint, node->columns + 1);
  guint all = 0;
  for (guint i = 0; i < node->cells->len; i++) {
    g_autofree char *line = one_line(node->cells->pdata[i]);
    guint width = MIN(ak_text_width(line), MAX_CELL_WIDTH);
    widths[i % node->columns] = MAX(widths[i % node->columns], width);
  }
  for (guint c = 0; c < node->columns; c++)
    all += widths[c] + (c > 0 ? COLUMN_GAP : 0);
  if (text->columns > 0 && all > text->columns && node->columns > 1) {
    write_records(text->out, node);
    return;
  }
  for (guint i = 0; i < node->cells->len; i++) {
    bool is_last = (i + 1) % node->columns == 0;
    append_cell(text->out, node->cells->pdata[i], widths[i % node->columns], is_last);
    if (is_last)
      g_string_append_c(text->out, '\n');
  }
}

static void write_figure(const Text *text, const AkDocNode *node, guint depth) {
  g_autofree char *caption = one_line(node->text);
  g_string_append_printf(text->out, "[%s]\n", caption);
}

static void (*const writers[])(const Text *text, const AkDocNode *node, guint depth) = {
    [AK_DOC_SECTION] = write_section, [AK_DOC_PARAGRAPH] = write_paragraph,
    [AK_DOC_NOTICE] = write_notice,   [AK_DOC_LIST] = write_list,
    [AK_DOC_FACTS] = write_facts,     [AK_DOC_TABLE] = write_table,
    [AK_DOC_HEAT] = write_table,      [AK_DOC_FIGURE] = write_figure,
};

static void write_section(const Text *text, const AkDocNode *node, guint depth) {
  static const char *const marks[] = {"# ", "## ", "### ", "#### "};
  append_line(text->out, marks[MIN(depth, G_N_ELEMENTS(marks) - 1)], node->text);
  for (guint i = 0; i < node->children->len; i++) {
    const AkDocNode *child = node->children->pdata[i];
    g_string_append_c(text->out, '\n');
    writers[child->kind](text, child, depth + 1);
  }
}

char *ak_doc_to_text_within(const AkDoc *self, guint columns) {
  Text text = {g_string_new(NULL), columns};
  write_section(&text, self->root, 0);
  return g_string_free(text.out, FALSE);
}

char *ak_doc_to_text(const AkDoc *self) { return ak_doc_to_text_within(self, 0); }
