#include "doc/pdf-layout.h"

#include <string.h>

#define BODY_WIDTH (AK_PDF_WIDTH - 2 * AK_PDF_MARGIN)
#define BODY_HEIGHT (AK_PDF_BOTTOM - AK_PDF_TOP)
#define PADDING 3.0          /* of a cell */
#define GAP 6.0              /* between blocks */
#define FACT_NAME_SHARE 0.24 /* of the width */
#define SPLIT_HEIGHT (BODY_HEIGHT / 3) /* a row that is taller may be broken within */
#define KEEP_HEIGHT 60.0     /* of a heading with the beginning of what follows */
#define MAX_COLUMN 300.0     /* natural width of a column */
#define MAX_TOKEN 74.0       /* a longer word or digest is wrapped within */
#define MAX_COLUMNS 16
#define SOFT_PARAGRAPH 1500  /* characters: the next space ends the line */
#define HARD_PARAGRAPH 2000  /* here it ends anyhow; Pango's time grows with the square of a paragraph */

static const struct {
  double size;  /* points */
  double grey;
  double above; /* space before it */
} styles[AK_PDF_STYLE_COUNT] = {
    [AK_PDF_TITLE] = {18, 0, 0},         [AK_PDF_HEADING] = {13, 0, 12},
    [AK_PDF_SUBHEADING] = {10.5, 0, 8},  [AK_PDF_BODY] = {9, 0.1, 0},
    [AK_PDF_NOTICE] = {9.5, 0, 0},       [AK_PDF_NAME] = {8.5, 0.35, 0},
    [AK_PDF_CELL] = {7.5, 0.1, 0},       [AK_PDF_HEADER] = {7.5, 0, 0},
    [AK_PDF_SMALL] = {7.5, 0.4, 0},
};

double ak_pdf_style_grey(AkPdfStyle style) {
  return styles[style].grey;
}

static void mark_clear(gpointer data) {
  g_clear_object(&((AkPdfMark *)data)->layout);
}

static void bookmark_clear(gpointer data) {
  g_free(((AkPdfBookmark *)data)->title);
}

void ak_pdf_pages_init(AkPdfPages *self, PangoContext *context) {
  *self = (AkPdfPages){
      .context = g_object_ref(context),
      .layouts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref),
      .marks = g_array_new(FALSE, TRUE, sizeof(AkPdfMark)),
      .bookmarks = g_array_new(FALSE, TRUE, sizeof(AkPdfBookmark)),
      .y = AK_PDF_TOP,
  };
  g_array_set_clear_func(self->marks, mark_clear);
  g_array_set_clear_func(self->bookmarks, bookmark_clear);
  for (gsize i = 0; i < AK_PDF_STYLE_COUNT; i++) {
    self->fonts[i] = pango_font_description_from_string("IPAexGothic");
    pango_font_description_set_absolute_size(self->fonts[i], styles[i].size * PANGO_SCALE);
  }
}

void ak_pdf_pages_clear(AkPdfPages *self) {
  g_clear_object(&self->context);
  g_clear_pointer(&self->layouts, g_hash_table_unref);
  g_clear_pointer(&self->marks, g_array_unref);
  g_clear_pointer(&self->bookmarks, g_array_unref);
  for (gsize i = 0; i < AK_PDF_STYLE_COUNT; i++)
    g_clear_pointer(&self->fonts[i], pango_font_description_free);
}

/* --- texts ------------------------------------------------------------------------------------------------- */

/* What commands a terminal or turns the direction of writing is shown as a mark: nothing may stand on paper in
 * another order than in the report. Caller frees. */
static char *plain_text(const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *plain = g_string_sized_new(strlen(valid));
  guint since = 0; /* characters since the line began */
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    bool space = c == ' ' || c == '\t' || c == 0x2028 || c == 0x2029;
    since = c == '\n' ? 0 : since + 1;
    bool ends = since > HARD_PARAGRAPH || (space && since > SOFT_PARAGRAPH);
    if (ends)
      since = 0;
    if (ends)
      g_string_append_c(plain, '\n');
    if (space && !ends)
      g_string_append_c(plain, ' ');
    else if (!space)
      g_string_append_unichar(plain, (g_unichar_iscntrl(c) && c != '\n') || turns ? 0xFFFD : c);
  }
  return g_string_free(plain, FALSE);
}

PangoLayout *ak_pdf_pages_layout(AkPdfPages *self, AkPdfStyle style, double width, const char *text) {
  char *key = g_strdup_printf("%d %d %s", (int)style, (int)(width * PANGO_SCALE), text);
  PangoLayout *layout = g_hash_table_lookup(self->layouts, key);
  if (layout != NULL) {
    g_free(key);
    return layout;
  }
  g_autofree char *plain = plain_text(text);
  PangoAttrList *attributes = pango_attr_list_new();
  layout = pango_layout_new(self->context);
  /* A hyphen that nobody wrote would be taken for a part of a digest. */
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_font_description(layout, self->fonts[style]);
  pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_auto_dir(layout, FALSE);
  pango_layout_set_line_spacing(layout, 1.2F);
  pango_layout_set_text(layout, plain, -1);
  g_hash_table_insert(self->layouts, key, layout);
  return layout;
}

static double height_of(PangoLayout *layout) {
  int width = 0, height = 0;
  pango_layout_get_size(layout, &width, &height);
  return (double)height / PANGO_SCALE;
}

static void add_mark(AkPdfPages *self, AkPdfMark mark) {
  mark.page = self->page;
  if (mark.layout != NULL)
    g_object_ref(mark.layout);
  g_array_append_val(self->marks, mark);
}

static void add_line(AkPdfPages *self, double x, double y, double width, double grey) {
  add_mark(self, (AkPdfMark){.kind = AK_PDF_LINE, .x = x, .y = y, .width = width, .grey = grey});
}

static void new_page(AkPdfPages *self) {
  self->page++;
  self->y = AK_PDF_TOP;
}

static void need(AkPdfPages *self, double height) {
  if (self->y + height > AK_PDF_BOTTOM && self->y > AK_PDF_TOP)
    new_page(self);
}

/* --- rows ---------------------------------------------------------------------------------------------------- */

typedef struct {
  guint count;
  double x[MAX_COLUMNS], width[MAX_COLUMNS];
  AkPdfStyle style[MAX_COLUMNS];
  bool boxed;             /* rules and paper of a table */
  const AkDocNode *table; /* whose header is repeated, or NULL */
  double fill[MAX_COLUMNS]; /* grey behind a cell, 0: none */
} Columns;

typedef struct {
  PangoLayout *layout;
  int next, total; /* lines that are placed; lines there are */
} Cell;

static void place_header(AkPdfPages *self, const Columns *columns);

/* The lines of `layout` from `first` that fit into `height`, and how high they are; at least one where
 * `force`. */
static int lines_in(PangoLayout *layout, int first, double height, bool force, double *used) {
  PangoLayoutIter *iter = pango_layout_get_iter(layout);
  int at = 0, count = 0, top = 0;
  *used = 0;
  do {
    int from = 0, to = 0;
    pango_layout_iter_get_line_yrange(iter, &from, &to);
    if (at == first)
      top = from;
    if (at >= first) {
      double taken = (double)(to - top) / PANGO_SCALE;
      if (taken > height && !(force && count == 0))
        break;
      *used = taken;
      count++;
    }
    at++;
  } while (pango_layout_iter_next_line(iter));
  pango_layout_iter_free(iter);
  return count;
}

static void place_texts(AkPdfPages *self, const Columns *columns, Cell *cells, double height, bool force,
                        double *used) {
  *used = 0;
  for (guint i = 0; i < columns->count; i++) {
    double taken = 0;
    int lines = cells[i].next < cells[i].total
                    ? lines_in(cells[i].layout, cells[i].next, height, force, &taken)
                    : 0;
    if (lines > 0)
      add_mark(self, (AkPdfMark){.kind = AK_PDF_TEXT, .x = columns->x[i] + PADDING,
                                 .y = self->y + PADDING, .style = columns->style[i],
                                 .layout = cells[i].layout, .first = cells[i].next,
                                 .lines = lines == cells[i].total ? 0 : lines});
    cells[i].next += lines;
    *used = MAX(*used, taken);
  }
}

static bool is_placed(const Columns *columns, const Cell *cells) {
  for (guint i = 0; i < columns->count; i++)
    if (cells[i].next < cells[i].total)
      return false;
  return true;
}

static void rule_row(AkPdfPages *self, const Columns *columns, double height) {
  add_line(self, columns->x[0], self->y + height, BODY_WIDTH, columns->boxed ? 0.6 : 0.85);
}

/* A row of texts: whole where it fits on a page, else broken between lines. */
static void place_row(AkPdfPages *self, const Columns *columns, char *const *texts) {
  Cell cells[MAX_COLUMNS] = {{0}};
  double height = 0;
  for (guint i = 0; i < columns->count; i++) {
    cells[i].layout = ak_pdf_pages_layout(self, columns->style[i], columns->width[i] - 2 * PADDING,
                                          texts[i]);
    cells[i].total = pango_layout_get_line_count(cells[i].layout);
    height = MAX(height, height_of(cells[i].layout));
  }
  bool tall = height > SPLIT_HEIGHT;
  double wanted = tall ? KEEP_HEIGHT : height + 2 * PADDING;
  if (self->y + wanted > AK_PDF_BOTTOM) {
    new_page(self);
    place_header(self, columns);
  }
  for (guint i = 0; i < columns->count && !tall; i++)
    if (columns->fill[i] > 0)
      add_mark(self, (AkPdfMark){.kind = AK_PDF_FILL, .x = columns->x[i], .y = self->y,
                                 .width = columns->width[i], .height = height + 2 * PADDING,
                                 .grey = columns->fill[i]});
  while (true) {
    double used = 0, room = AK_PDF_BOTTOM - self->y - 2 * PADDING;
    place_texts(self, columns, cells, room, self->y <= AK_PDF_TOP + KEEP_HEIGHT, &used);
    rule_row(self, columns, used + 2 * PADDING);
    self->y += used + 2 * PADDING;
    if (is_placed(columns, cells))
      return;
    new_page(self);
    place_header(self, columns);
  }
}

static void place_header(AkPdfPages *self, const Columns *columns) {
  if (columns->table == NULL)
    return;
  Columns header = *columns;
  header.table = NULL;
  double height = 0;
  char *const *texts = (char *const *)columns->table->cells->pdata;
  for (guint i = 0; i < header.count; i++) {
    header.style[i] = AK_PDF_HEADER;
    height = MAX(height, height_of(ak_pdf_pages_layout(self, AK_PDF_HEADER,
                                                       header.width[i] - 2 * PADDING, texts[i])));
  }
  height = MIN(height + 2 * PADDING, BODY_HEIGHT / 2);
  need(self, height + KEEP_HEIGHT / 2);
  add_mark(self, (AkPdfMark){.kind = AK_PDF_FILL, .x = header.x[0], .y = self->y, .width = BODY_WIDTH,
                             .height = height, .grey = 0.92});
  add_line(self, header.x[0], self->y, BODY_WIDTH, 0.3);
  place_row(self, &header, texts);
}

/* --- columns --------------------------------------------------------------------------------------------- */

#define WIDE_RUN 5.2 /* of the size: a column of Japanese is no narrower, or it would be set downwards */

/* Widths in the font, as shares of its size. */
static double share_of(gunichar c) {
  if (g_unichar_iswide(c))
    return 1.0;
  if (c < 0x80 && strchr("mwMW", (int)c) != NULL && c != 0)
    return 0.88;
  return g_unichar_isupper(c) ? 0.68 : 0.54;
}

/* About how wide the text is, without shaping it: `longest` is its longest word. */
static double estimate(const char *text, double size, double *longest) {
  double width = 0, line = 0, word = 0;
  bool wide = false;
  *longest = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    double one = size * share_of(c);
    bool ends = g_unichar_isspace(c) || g_unichar_iswide(c);
    word = ends ? 0 : word + one;
    line = c == '\n' ? 0 : line + one;
    *longest = MAX(*longest, ends ? one : word);
    width = MAX(width, line);
    wide = wide || g_unichar_iswide(c);
  }
  if (wide)
    *longest = MAX(*longest, MIN(width, WIDE_RUN * size));
  return width;
}

/* Each column gets what its longest word needs, and the rest goes by how much each would take. */
static void measure_columns(const AkDocNode *table, double size, Columns *out) {
  double natural[MAX_COLUMNS] = {0}, least[MAX_COLUMNS] = {0}, sum = 0, least_sum = 0;
  for (guint i = 0; i < table->cells->len; i++) {
    double longest = 0;
    g_autofree char *valid = g_utf8_make_valid(table->cells->pdata[i], -1);
    double width = estimate(valid, size, &longest) + 2 * PADDING + 1;
    guint column = i % table->columns;
    if (column >= MAX_COLUMNS)
      continue;
    double most = i < table->columns ? MAX_TOKEN * 1.2 : MAX_TOKEN; /* a header is wrapped unwillingly */
    natural[column] = MAX(natural[column], MIN(width, MAX_COLUMN));
    double whole = width <= most ? width : longest + 2 * PADDING + 1; /* a short text is not broken */
    least[column] = MAX(least[column], MIN(whole, most));
  }
  out->count = MIN(table->columns, MAX_COLUMNS);
  for (guint i = 0; i < out->count; i++) {
    natural[i] = MAX(natural[i], least[i]);
    sum += natural[i];
    least_sum += least[i];
  }
  double x = AK_PDF_MARGIN;
  for (guint i = 0; i < out->count; i++) {
    double width = natural[i] * BODY_WIDTH / sum;
    if (sum > BODY_WIDTH && least_sum < BODY_WIDTH)
      width = least[i] + (natural[i] - least[i]) * (BODY_WIDTH - least_sum) / (sum - least_sum);
    out->x[i] = x;
    out->width[i] = width;
    out->style[i] = AK_PDF_CELL;
    x += width;
  }
}

/* --- blocks ------------------------------------------------------------------------------------------------- */

static void place_node(AkPdfPages *self, const AkDocNode *node, guint depth);

/* A text over the whole width, broken over pages between lines. */
static void place_text(AkPdfPages *self, AkPdfStyle style, double indent, const char *text) {
  char *texts[] = {(char *)text};
  Columns columns = {.count = 1,
                     .x = {AK_PDF_MARGIN + indent - PADDING},
                     .width = {BODY_WIDTH - indent + 2 * PADDING},
                     .style = {style}};
  guint before = self->marks->len;
  place_row(self, &columns, texts);
  for (guint i = self->marks->len; i > before; i--) /* a paragraph has no rule */
    if (g_array_index(self->marks, AkPdfMark, i - 1).kind == AK_PDF_LINE)
      g_array_remove_index(self->marks, i - 1);
}

static void place_paragraph(AkPdfPages *self, const AkDocNode *node, guint depth) {
  place_text(self, AK_PDF_BODY, 0, node->text);
}

static void place_notice(AkPdfPages *self, const AkDocNode *node, guint depth) {
  PangoLayout *layout = ak_pdf_pages_layout(self, AK_PDF_NOTICE, BODY_WIDTH - 10, node->text);
  double height = height_of(layout) + 2 * PADDING;
  need(self, MIN(height, BODY_HEIGHT));
  if (height < BODY_HEIGHT)
    add_mark(self, (AkPdfMark){.kind = AK_PDF_FILL, .x = AK_PDF_MARGIN, .y = self->y, .width = 2.5,
                               .height = height, .grey = 0.15});
  place_text(self, AK_PDF_NOTICE, 10, node->text);
}

static void place_list(AkPdfPages *self, const AkDocNode *node, guint depth) {
  for (guint i = 0; i < node->cells->len; i++) {
    g_autofree char *item = g_strdup_printf("・%s", (const char *)node->cells->pdata[i]);
    place_text(self, AK_PDF_BODY, 6, item);
  }
}

static void place_facts(AkPdfPages *self, const AkDocNode *node, guint depth) {
  double name = BODY_WIDTH * FACT_NAME_SHARE;
  Columns columns = {.count = 2,
                     .x = {AK_PDF_MARGIN, AK_PDF_MARGIN + name},
                     .width = {name, BODY_WIDTH - name},
                     .style = {AK_PDF_NAME, AK_PDF_BODY}};
  for (guint i = 0; i + 1 < node->cells->len; i += 2)
    place_row(self, &columns, (char *const *)node->cells->pdata + i);
}

static void place_table(AkPdfPages *self, const AkDocNode *node, guint depth) {
  Columns columns = {.boxed = true};
  if (node->columns == 0 || node->cells->len < node->columns)
    return;
  measure_columns(node, styles[AK_PDF_CELL].size, &columns);
  need(self, KEEP_HEIGHT);
  columns.table = node;
  place_header(self, &columns);
  for (guint i = node->columns; i < node->cells->len; i += node->columns)
    place_row(self, &columns, (char *const *)node->cells->pdata + i);
}

static void place_heat(AkPdfPages *self, const AkDocNode *node, guint depth) {
  static const double greys[AK_DOC_HEAT_LEVELS] = {0, 0.95, 0.87, 0.77, 0.65};
  Columns columns = {.boxed = true};
  measure_columns(node, styles[AK_PDF_CELL].size, &columns);
  need(self, KEEP_HEIGHT);
  columns.table = node;
  place_header(self, &columns);
  for (guint i = node->columns; i < node->cells->len; i += node->columns) {
    for (guint column = 0; column < columns.count; column++)
      columns.fill[column] = greys[ak_doc_heat_level(node, i + column)];
    place_row(self, &columns, (char *const *)node->cells->pdata + i);
  }
}

#define CAPTION_HEIGHT 24.0 /* of one line or two; a longer one may still stand on the page before */
#define TURN_BELOW 0.6 /* a drawing that would be smaller gets a page of its own, turned */

/* How large a figure is drawn upright; `is_turned`: that is too small. */
static double figure_scale(const AkDocNode *node, double *width, double *height, bool *is_turned) {
  *width = *height = 1;
  ak_figure_size(node->figure, width, height);
  double scale = MIN(MIN(BODY_WIDTH / *width, BODY_HEIGHT * 0.9 / *height), 1);
  *is_turned = scale < TURN_BELOW && *width > *height;
  return scale;
}

/* On the page of its caption; 0 where it gets one of its own. */
static double figure_height(const AkDocNode *node) {
  double width = 1, height = 1;
  bool is_turned = false;
  double scale = figure_scale(node, &width, &height, &is_turned);
  return is_turned ? 0 : height * scale;
}

static void place_figure(AkPdfPages *self, const AkDocNode *node, guint depth) {
  double width = 1, height = 1;
  bool is_turned = false;
  double scale = figure_scale(node, &width, &height, &is_turned);
  need(self, is_turned ? 0 : height * scale + CAPTION_HEIGHT);
  AkPdfMark mark = {.kind = AK_PDF_FIGURE, .x = AK_PDF_MARGIN, .figure = node->figure, .is_turned = is_turned};
  place_text(self, AK_PDF_BODY, 0, node->text);
  if (is_turned) {
    scale = MIN(BODY_HEIGHT / width, BODY_WIDTH / height);
    new_page(self);
  }
  mark.width = (is_turned ? height : width) * scale;
  mark.height = (is_turned ? width : height) * scale;
  need(self, mark.height);
  mark.y = self->y;
  add_mark(self, mark);
  self->y = is_turned ? AK_PDF_BOTTOM : self->y + mark.height;
}

static void add_bookmark(AkPdfPages *self, const char *title, guint depth) {
  AkPdfBookmark bookmark = {.title = plain_text(title), .depth = depth, .page = self->page, .y = self->y};
  g_strdelimit(bookmark.title, "\n", ' ');
  g_array_append_val(self->bookmarks, bookmark);
}

/* What a heading stays with: the beginning of what follows. Of a table that are its header and a row, of a figure all. */
static double keep_of(const AkDocNode *section) {
  const AkDocNode *first = section->children->len > 0 ? section->children->pdata[0] : NULL;
  if (first == NULL)
    return KEEP_HEIGHT;
  double more = first->kind == AK_DOC_SECTION                              ? keep_of(first)
                : first->kind == AK_DOC_TABLE || first->kind == AK_DOC_HEAT ? KEEP_HEIGHT
                : first->kind == AK_DOC_FIGURE                             ? figure_height(first)
                                                                           : 0;
  return MIN(KEEP_HEIGHT + more, BODY_HEIGHT);
}

static void place_section(AkPdfPages *self, const AkDocNode *node, guint depth) {
  AkPdfStyle style = depth <= 1 ? AK_PDF_HEADING : AK_PDF_SUBHEADING;
  self->y += self->y > AK_PDF_TOP ? styles[style].above : 0;
  need(self, keep_of(node));
  add_bookmark(self, node->text, depth - 1);
  place_text(self, style, 0, node->text);
  if (style == AK_PDF_HEADING) {
    add_line(self, AK_PDF_MARGIN, self->y, BODY_WIDTH, 0.2);
    self->y += GAP / 2;
  }
  for (guint i = 0; i < node->children->len; i++)
    place_node(self, node->children->pdata[i], depth + 1);
}

static void (*const placers[])(AkPdfPages *self, const AkDocNode *node, guint depth) = {
    [AK_DOC_SECTION] = place_section, [AK_DOC_PARAGRAPH] = place_paragraph,
    [AK_DOC_NOTICE] = place_notice,   [AK_DOC_LIST] = place_list,
    [AK_DOC_FACTS] = place_facts,     [AK_DOC_TABLE] = place_table,
    [AK_DOC_HEAT] = place_heat,       [AK_DOC_FIGURE] = place_figure,
};

static void place_node(AkPdfPages *self, const AkDocNode *node, guint depth) {
  placers[node->kind](self, node, depth);
  if (node->kind != AK_DOC_SECTION)
    self->y += GAP;
}

/* --- contents ------------------------------------------------------------------------------------------- */

/* Room for one line a section; where they lead is known at the end. Returns the index of the first mark. */
static guint place_contents(AkPdfPages *self, const AkDocNode *root, const char *heading) {
  place_text(self, AK_PDF_SUBHEADING, 0, heading);
  guint first = self->marks->len;
  for (guint i = 0; i < root->children->len; i++) {
    const AkDocNode *node = root->children->pdata[i];
    if (node->kind != AK_DOC_SECTION)
      continue;
    PangoLayout *layout = ak_pdf_pages_layout(self, AK_PDF_BODY, BODY_WIDTH - 60, node->text);
    need(self, height_of(layout) + PADDING);
    add_mark(self, (AkPdfMark){.kind = AK_PDF_TEXT, .x = AK_PDF_MARGIN + 6, .y = self->y,
                               .style = AK_PDF_BODY, .layout = layout});
    self->y += height_of(layout) + PADDING;
  }
  return first;
}

/* The number of each line's page goes behind the line, so that marks stay in the order of pages. */
static void fill_contents(AkPdfPages *self, guint first, guint count) {
  guint at = first;
  for (guint i = 0; i < self->bookmarks->len && count > 0; i++) {
    const AkPdfBookmark *bookmark = &g_array_index(self->bookmarks, AkPdfBookmark, i);
    if (bookmark->depth != 0)
      continue;
    g_autofree char *number = g_strdup_printf("%u", bookmark->page + 1);
    PangoLayout *layout = ak_pdf_pages_layout(self, AK_PDF_BODY, 40, number);
    AkPdfMark *text = &g_array_index(self->marks, AkPdfMark, at);
    int width = 0;
    pango_layout_get_size(layout, &width, NULL);
    text->link_page = bookmark->page + 1;
    text->link_y = bookmark->y;
    AkPdfMark mark = *text;
    mark.layout = g_object_ref(layout);
    mark.x = AK_PDF_WIDTH - AK_PDF_MARGIN - (double)width / PANGO_SCALE;
    g_array_insert_val(self->marks, at + 1, mark);
    at += 2;
    count--;
  }
}

void ak_pdf_pages_set(AkPdfPages *self, const AkDoc *doc, const char *contents) {
  const AkDocNode *root = doc->root;
  place_text(self, AK_PDF_TITLE, 0, root->text);
  add_line(self, AK_PDF_MARGIN, self->y, BODY_WIDTH, 0);
  self->y += GAP;
  guint at = 0;
  for (; at < root->children->len; at++) { /* what stands before the sections stands before the contents */
    const AkDocNode *node = root->children->pdata[at];
    if (node->kind == AK_DOC_SECTION)
      break;
    place_node(self, node, 1);
  }
  guint first = place_contents(self, root, contents), count = self->marks->len - first;
  self->y += GAP;
  for (; at < root->children->len; at++)
    place_node(self, root->children->pdata[at], 1);
  fill_contents(self, first, count);
}
