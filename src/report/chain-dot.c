/* The picture of a value chain as a text for Graphviz. Source: Graphviz, "DOT language" (quoted ids). */
#include <string.h>

#include "report/chain-figure.h"
#include "report/chain-look.h"

/* Within quotes a backslash and a quote are escaped; what controls a terminal is left out. */
static void append_quoted(GString *out, const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_string_append_c(out, '"');
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (*at == '"' || *at == '\\')
      g_string_append_c(out, '\\');
    if (!g_unichar_iscntrl(c))
      g_string_append_unichar(out, c);
  }
  g_string_append_c(out, '"');
}

static void append_box(GString *out, const AkChainMap *map, guint number) {
  static const char *const shapes[] = {[AK_ELEMENT_ORGANIZATION] = "house", [AK_ELEMENT_PEOPLE] = "ellipse",
                                       [AK_ELEMENT_COMPONENT] = "component", [AK_ELEMENT_DATA] = "note",
                                       [AK_ELEMENT_PROCEDURE] = "cds",       [AK_ELEMENT_SYSTEM] = "box3d"};
  const AkChainMapBox *box = map->boxes->pdata[number];
  const AkElement *element = ak_chain_element_at(map->chain, box->element);
  g_autofree char *more = box->count > 1 ? g_strdup_printf(" × %u", box->count) : g_strdup("");
  g_autofree char *label = g_strconcat(element->name, more, NULL);
  g_string_append_printf(out, "    n%u [shape=%s, label=", number, shapes[box->kind]);
  append_quoted(out, label);
  g_string_append(out, ", tooltip=");
  append_quoted(out, element->id);
  if (box->worst->len > 0)
    g_string_append(out, ", color=\"#b00020\", penwidth=2");
  g_string_append(out, "];\n");
}

static void append_layer(GString *out, const AkChainMap *map, guint layer, AkLang lang) {
  g_autofree char *id = g_strdup_printf("chain.layer.%u", layer);
  g_string_append_printf(out, "  subgraph cluster_layer%u {\n    label=", layer);
  append_quoted(out, ak_text(lang, id));
  g_string_append(out, ";\n");
  for (guint i = 0; i < map->boxes->len; i++)
    if (((const AkChainMapBox *)map->boxes->pdata[i])->layer == layer)
      append_box(out, map, i);
  g_string_append(out, "  }\n");
}

static void append_line(GString *out, const AkChainMapLine *line) {
  const AkFigureLook *look = &ak_chain_line_look(line->relations)->look;
  static const char *const styles[] = {
      [AK_FIGURE_SOLID] = "solid", [AK_FIGURE_DASHED] = "dashed", [AK_FIGURE_DOTTED] = "dotted"};
  if (line->count > 0)
    g_string_append_printf(out, "  n%u -> n%u [color=\"#%06x\", style=%s%s];\n", line->from, line->to,
                           (guint)look->stroke, styles[look->dash],
                           ak_chain_line_is_directed(line->relations) ? "" : ", dir=none");
  for (guint i = 0; i < line->steps->len; i++) {
    const AkChainMapStep *step = &g_array_index(line->steps, AkChainMapStep, i);
    g_string_append_printf(out, "  n%u -> n%u [color=\"#b00020\", penwidth=2.5, label=\"%c%u\"];\n",
                           step->is_back ? line->to : line->from, step->is_back ? line->from : line->to,
                           'A' + (char)step->way, step->number);
  }
}

char *ak_report_chain_dot(const AkChainMap *map, AkLang lang) {
  GString *out = g_string_new("digraph chain {\n  charset=\"UTF-8\";\n  label=");
  append_quoted(out, map->chain->name);
  g_string_append(out, ";\n  labelloc=t;\n");
  for (guint layer = AK_CHAIN_LAYERS; layer >= 1; layer--)
    append_layer(out, map, layer, lang);
  for (guint i = 0; i < map->lines->len; i++)
    append_line(out, map->lines->pdata[i]);
  g_string_append(out, "}\n");
  return g_string_free(out, FALSE);
}
