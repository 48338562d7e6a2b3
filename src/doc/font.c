#include "doc/font.h"

/* A configuration that knows this one font, whatever the machine has. One for the whole process: Pango 1.50 keeps a
 * reference to each that it was given. NULL where the font cannot be read. */
static FcConfig *font_config(void) {
  static gsize once = 0;
  static FcConfig *config = NULL;
  if (g_once_init_enter(&once)) {
    FcConfig *made = FcConfigCreate();
    if (made != NULL && FcConfigAppFontAddFile(made, (const FcChar8 *)AK_PDF_FONT))
      config = made;
    g_once_init_leave(&once, 1);
  }
  return config;
}

/* The caller's. */
static PangoFontMap *font_map_new(GError **error) {
  if (!g_file_test(AK_PDF_FONT, G_FILE_TEST_IS_REGULAR)) {
    ak_error_set(error, AK_ERROR_NOT_FOUND,
                 "the font %s is not there; apt-get install fonts-ipaexfont-gothic", AK_PDF_FONT);
    return NULL;
  }
  if (!ak_pangocairo_load(error))
    return NULL;
  if (font_config() == NULL) {
    ak_error_set(error, AK_ERROR_INTERNAL, "the font %s cannot be read", AK_PDF_FONT);
    return NULL;
  }
  PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), font_config());
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map), 72);
  return map;
}

PangoContext *ak_font_context(AkLang lang, GError **error) {
  g_autoptr(PangoFontMap) map = font_map_new(error);
  if (map == NULL)
    return NULL;
  PangoContext *context = pango_font_map_create_context(map);
  cairo_font_options_t *options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context, options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context, FALSE);
  pango_context_set_language(context, pango_language_from_string(ak_lang_name(lang)));
  pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
  return context;
}
