/* What a figure consists of: for its writers alone. */
#pragma once

#include "doc/figure.h"

typedef enum { AK_FIGURE_PATH, AK_FIGURE_TEXT, AK_FIGURE_BEGIN, AK_FIGURE_END_GROUP } AkFigureKind;

typedef struct {
  AkFigureKind kind;
  char *text;            /* PATH: its steps; TEXT, BEGIN: text */
  AkFigurePoint *points; /* PATH: its points; TEXT: one */
  AkFigureLook look;
  AkFigureType type;
} AkFigureMark;

struct _AkFigure {
  AkLang lang;
  char *title, *description;
  double width, height;
  PangoContext *context;
  GPtrArray *marks; /* of AkFigureMark */
};

/* Points that a step takes: 0, 1 or 3. */
guint ak_figure_points_of(char step);
/* Where a text begins, given its anchor. */
double ak_figure_text_start(const AkFigure *self, const AkFigureMark *mark);
PangoLayout *ak_figure_layout(const AkFigure *self, const char *text, double size);
