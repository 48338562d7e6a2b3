/* Where dot puts boxes, and what is made of a wrong answer. */
#include "doc/graph-layout.h"

#include <string.h>

static GArray *lines_of(const AkGraphLine *rows, guint count) {
  GArray *lines = g_array_new(FALSE, FALSE, sizeof(AkGraphLine));
  g_array_append_vals(lines, rows, count);
  return lines;
}

/* Box 0 above, 1 and 2 below it; a line down, one up, one beside. */
static void test_rows(void) {
  AkGraphBox known[] = {{100, 40, 0}, {100, 40, 1}, {100, 40, 1}};
  AkGraphLine rows[] = {{0, 1}, {2, 0}, {1, 2}};
  g_autoptr(GArray) boxes = g_array_new(FALSE, FALSE, sizeof(AkGraphBox));
  g_autoptr(GArray) lines = lines_of(rows, 3);
  g_autoptr(GError) error = NULL;
  g_array_append_vals(boxes, known, 3);
  g_autoptr(AkGraphPlaces) places = ak_graph_layout(boxes, lines, 2, &error);
  g_assert_no_error(error);
  g_assert_cmpfloat(places->centres[0].y, <, places->centres[1].y - 40);
  g_assert_cmpfloat_with_epsilon(places->centres[1].y, places->centres[2].y, 0.01);
  g_assert_cmpfloat(ABS(places->centres[1].x - places->centres[2].x), >=, 100);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpfloat(places->centres[i].x, >=, 50 - 0.1);
    g_assert_cmpfloat(places->centres[i].x, <=, places->width - 50 + 0.1);
    const GArray *points = places->lines->pdata[i];
    const AkFigurePoint *first = &g_array_index(points, AkFigurePoint, 0);
    AkFigurePoint from = places->centres[rows[i].from];
    g_assert_cmpuint(points->len % 3, ==, 1);
    g_assert_cmpfloat(ABS(first->x - from.x), <=, 51); /* it begins at the box that it is from */
    g_assert_cmpfloat(ABS(first->y - from.y), <=, 21);
  }
}

static void test_answers(void) {
  static const struct {
    const char *text;
    bool ok;
  } rows[] = {
      {"graph 1 3 2\nnode n0 1 1 1 1\nnode n1 2 1 1 1\nedge n0 n1 4 1 1 1 1 2 1 2 1 solid black\nstop\n", true},
      {"graph 1 3 2\nnode n0 1 1 1 1\nnode n1 2 1 1 1\nedge n1 n0 4 1 1 1 1 2 1 2 1 solid black\n", true},
      {"graph 1 3 2\nnode n0 1 1 1 1\nedge n0 n1 4 1 1 1 1 2 1 2 1\n", false},
      {"graph 1 3 2\nnode n0 1 1 1 1\nnode n1 2 1 1 1\n", false},
      {"graph 1 3 2\nnode n0 1 1 1 1\nnode n9 2 1 1 1\n", false},
      {"graph 1 3 2\nnode n0 1 nan 1 1\n", false},
      {"graph 1 3 2\nnode n0 1 1e99 1 1\n", false},
      {"graph 1 3 2\nnode n0 1 1\nnode n1 2 1\nedge n0 n1 3 1 1 1 1 2 1\n", false},
      {"graph 1 3 2\nnode n0 1 1\nnode n1 2 1\nedge n0 n1 4000000000 1 1\n", false},
      {"", false},
  };
  AkGraphLine line = {0, 1};
  g_autoptr(GArray) lines = lines_of(&line, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkGraphPlaces) places =
        ak_graph_places_parse(rows[i].text, strlen(rows[i].text), 2, lines, &error);
    g_assert_cmpint(places != NULL, ==, rows[i].ok);
    if (!rows[i].ok)
      g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/graph-layout/rows", test_rows);
  g_test_add_func("/graph-layout/answers", test_answers);
  return g_test_run();
}
