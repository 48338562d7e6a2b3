#include "doc/doc.h"

#include "doc/figure.h"

static void node_free(AkDocNode *self) {
  g_free(self->text);
  g_free(self->id);
  g_clear_pointer(&self->cells, g_ptr_array_unref);
  g_clear_pointer(&self->links, g_ptr_array_unref);
  g_clear_pointer(&self->children, g_ptr_array_unref);
  g_clear_pointer(&self->figure, ak_figure_free);
  g_free(self);
}

static AkDocNode *node_new(AkDocKind kind, const char *text, guint columns) {
  AkDocNode *self = g_new0(AkDocNode, 1);
  self->kind = kind;
  self->text = g_strdup(text);
  self->columns = columns;
  self->cells = g_ptr_array_new_with_free_func(g_free);
  self->links = g_ptr_array_new_with_free_func(g_free);
  self->children = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
  return self;
}

static AkDocNode *add(AkDocNode *section, AkDocNode *node) {
  g_ptr_array_add(section->children, node);
  return node;
}

AkDoc *ak_doc_new(AkLang lang, const char *title) {
  AkDoc *self = g_new0(AkDoc, 1);
  self->lang = lang;
  self->root = node_new(AK_DOC_SECTION, title, 0);
  return self;
}

void ak_doc_free(AkDoc *self) {
  if (self == NULL)
    return;
  node_free(self->root);
  g_free(self);
}

AkDocNode *ak_doc_section(AkDocNode *section, const char *id, const char *title) {
  AkDocNode *node = add(section, node_new(AK_DOC_SECTION, title, 0));
  node->id = g_strdup(id);
  return node;
}

void ak_doc_paragraph(AkDocNode *section, const char *text) {
  add(section, node_new(AK_DOC_PARAGRAPH, text, 0));
}

void ak_doc_notice(AkDocNode *section, const char *text) {
  add(section, node_new(AK_DOC_NOTICE, text, 0));
}

AkDocNode *ak_doc_list(AkDocNode *section) {
  return add(section, node_new(AK_DOC_LIST, NULL, 1));
}

AkDocNode *ak_doc_facts(AkDocNode *section) {
  return add(section, node_new(AK_DOC_FACTS, NULL, 2));
}

AkDocNode *ak_doc_table(AkDocNode *section, const char *const *header) {
  AkDocNode *table = node_new(AK_DOC_TABLE, NULL, g_strv_length((char **)header));
  ak_doc_row(table, header);
  return add(section, table);
}

AkDocNode *ak_doc_heat(AkDocNode *section, const char *const *header, guint shaded) {
  AkDocNode *heat = ak_doc_table(section, header);
  heat->kind = AK_DOC_HEAT;
  heat->shaded = shaded;
  return heat;
}

static guint64 number_of(const AkDocNode *heat, guint cell) {
  guint64 number = 0;
  guint column = cell % heat->columns;
  bool is_inner = cell >= heat->columns && column != 0 && column <= heat->shaded;
  if (!is_inner || !g_ascii_string_to_unsigned(heat->cells->pdata[cell], 10, 0, G_MAXINT64, &number, NULL))
    return 0;
  return number;
}

guint ak_doc_heat_level(const AkDocNode *heat, guint cell) {
  guint64 number = number_of(heat, cell), most = 1;
  for (guint i = 0; i < heat->cells->len; i++)
    most = MAX(most, number_of(heat, i));
  if (number == 0)
    return 0;
  double share = (double)number / (double)most;
  return 1 + (guint)MIN(share * (AK_DOC_HEAT_LEVELS - 1), AK_DOC_HEAT_LEVELS - 2);
}

void ak_doc_figure(AkDocNode *section, AkFigure *taken, const char *caption) {
  AkDocNode *node = add(section, node_new(AK_DOC_FIGURE, caption, 0));
  node->figure = taken;
}

void ak_doc_item(AkDocNode *list, const char *text) {
  g_ptr_array_add(list->cells, g_strdup(text));
}

void ak_doc_fact(AkDocNode *facts, const char *name, const char *value) {
  if (value == NULL)
    return;
  g_ptr_array_add(facts->cells, g_strdup(name));
  g_ptr_array_add(facts->cells, g_strdup(value));
}

/* A row that is too short is filled, so that cells never move into another row. */
void ak_doc_row(AkDocNode *table, const char *const *cells) {
  bool ended = false;
  for (guint i = 0; i < table->columns; i++) {
    ended = ended || cells[i] == NULL;
    g_ptr_array_add(table->cells, g_strdup(ended ? "" : cells[i]));
  }
}

void ak_doc_link(AkDocNode *table, guint column, const char *href) {
  guint cell = table->cells->len - table->columns + column;
  g_ptr_array_set_size(table->links, (gint)cell);
  g_ptr_array_add(table->links, g_strdup(href));
}
