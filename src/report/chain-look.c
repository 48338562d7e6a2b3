#include "report/chain-look.h"

#include <string.h>

const AkChainLineLook ak_chain_line_looks[] = {
    {"physical", "senses|actuates", {AK_FIGURE_NONE, 0x0b6e4f, 1.6, AK_FIGURE_SOLID}},
    {"network", "connects|flows", {AK_FIGURE_NONE, 0x1d4e89, 1.1, AK_FIGURE_SOLID}},
    {"data", "holds", {AK_FIGURE_NONE, 0x6a3d9a, 1, AK_FIGURE_DASHED}},
    {"work", "operates|performs|runs", {AK_FIGURE_NONE, 0x7a5c00, 0.9, AK_FIGURE_DASHED}},
    {"structure", "supplies|owns|member-of|part-of", {AK_FIGURE_NONE, 0x767c82, 0.9, AK_FIGURE_DOTTED}},
    {NULL},
};

static bool has_kind(const char *kinds, const char *name) {
  g_auto(GStrv) words = g_strsplit(kinds, "|", 0);
  return g_strv_contains((const char *const *)words, name);
}

const AkChainLineLook *ak_chain_line_look(guint relations) {
  const AkChainLineLook *last = NULL;
  for (const AkChainLineLook *look = ak_chain_line_looks; look->name != NULL; last = look++)
    for (guint i = 0; ak_chain_relation_kinds[i].name != NULL; i++)
      if ((relations >> i & 1) && has_kind(look->kinds, ak_chain_relation_kinds[i].name))
        return look;
  return last;
}

bool ak_chain_line_is_directed(guint relations) {
  for (guint i = 0; ak_chain_relation_kinds[i].name != NULL; i++)
    if ((relations >> i & 1) && !ak_chain_relation_kinds[i].both_ways)
      return true;
  return false;
}

const char *ak_chain_word_text(AkLang lang, const char *group, const char *name) {
  g_autofree char *id = g_strdup_printf("chain.%s.%s", group, name);
  const char *text = ak_text(lang, id);
  return text != id ? text : name;
}

/* --- shapes --------------------------------------------------------------------------------------------------- */

typedef struct {
  double x, y, width, height;
} Frame;

static void draw_organization(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  AkFigureLook inner = *look;
  ak_figure_box(figure, f->x, f->y, f->width, f->height, 0, look);
  inner.width = 0.6;
  ak_figure_box(figure, f->x + 2.5, f->y + 2.5, f->width - 5, f->height - 5, 0, &inner);
}

static void draw_people(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  ak_figure_box(figure, f->x, f->y, f->width, f->height, f->height / 2, look);
}

static void draw_component(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  double tab = f->height / 7;
  ak_figure_box(figure, f->x, f->y, f->width, f->height, 0, look);
  ak_figure_box(figure, f->x - tab / 2, f->y + tab * 1.5, tab, tab, 0, look);
  ak_figure_box(figure, f->x - tab / 2, f->y + tab * 4.5, tab, tab, 0, look);
}

static void draw_data(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  double fold = f->height / 4, right = f->x + f->width, bottom = f->y + f->height;
  AkFigurePoint page[] = {
      {f->x, f->y}, {right - fold, f->y}, {right, f->y + fold}, {right, bottom}, {f->x, bottom}};
  AkFigurePoint corner[] = {{right - fold, f->y}, {right - fold, f->y + fold}, {right, f->y + fold}};
  ak_figure_polygon(figure, page, G_N_ELEMENTS(page), look);
  ak_figure_polygon(figure, corner, G_N_ELEMENTS(corner), look);
}

static void draw_procedure(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  double tip = f->height / 4, right = f->x + f->width, bottom = f->y + f->height;
  AkFigurePoint arrow[] = {{f->x, f->y},       {right - tip, f->y}, {right, f->y + f->height / 2},
                           {right - tip, bottom}, {f->x, bottom}};
  ak_figure_polygon(figure, arrow, G_N_ELEMENTS(arrow), look);
}

static void draw_system(AkFigure *figure, const Frame *f, const AkFigureLook *look) {
  ak_figure_box(figure, f->x + 4, f->y - 4, f->width, f->height, 0, look);
  ak_figure_box(figure, f->x, f->y, f->width, f->height, 0, look);
}

void ak_chain_look_shape(AkFigure *figure, AkElementKind kind, const AkFigurePoint *corner, double width,
                         double height, const AkFigureLook *look) {
  static void (*const shapes[])(AkFigure *figure, const Frame *frame, const AkFigureLook *look) = {
      [AK_ELEMENT_ORGANIZATION] = draw_organization, [AK_ELEMENT_PEOPLE] = draw_people,
      [AK_ELEMENT_COMPONENT] = draw_component,       [AK_ELEMENT_DATA] = draw_data,
      [AK_ELEMENT_PROCEDURE] = draw_procedure,       [AK_ELEMENT_SYSTEM] = draw_system};
  Frame frame = {corner->x, corner->y, width, height};
  shapes[kind](figure, &frame, look);
}

double ak_chain_look_tag(AkFigure *figure, double x, double y, const char *text, gint32 fill, gint32 ink) {
  AkFigureLook look = {fill, fill == AK_CHAIN_PAPER ? ink : AK_FIGURE_NONE, 0.7, AK_FIGURE_SOLID};
  AkFigureType type = {7.5, ink, AK_FIGURE_MIDDLE};
  double width = ak_figure_text_width(figure, text, type.size) + 8;
  ak_figure_box(figure, x - width / 2, y - 5.5, width, 11, 3, &look);
  ak_figure_text(figure, x, y + 2.7, text, &type);
  return width;
}
