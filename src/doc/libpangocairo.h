/* Pango, with cairo and Fontconfig, which it brings (util/library.h). */
#pragma once

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include "util/library.h"

#define AK_PANGOCAIRO_FUNCTIONS(X) \
  X(FcConfigAppFontAddFile) \
  X(FcConfigCreate) \
  X(cairo_close_path) \
  X(cairo_create) \
  X(cairo_curve_to) \
  X(cairo_destroy) \
  X(cairo_fill) \
  X(cairo_fill_preserve) \
  X(cairo_font_options_create) \
  X(cairo_font_options_destroy) \
  X(cairo_font_options_set_antialias) \
  X(cairo_font_options_set_hint_metrics) \
  X(cairo_font_options_set_hint_style) \
  X(cairo_image_surface_create) \
  X(cairo_line_to) \
  X(cairo_move_to) \
  X(cairo_new_path) \
  X(cairo_paint) \
  X(cairo_pdf_surface_add_outline) \
  X(cairo_pdf_surface_create_for_stream) \
  X(cairo_pdf_surface_set_metadata) \
  X(cairo_rectangle) \
  X(cairo_restore) \
  X(cairo_rotate) \
  X(cairo_save) \
  X(cairo_scale) \
  X(cairo_set_dash) \
  X(cairo_set_line_width) \
  X(cairo_set_source_rgb) \
  X(cairo_show_page) \
  X(cairo_status) \
  X(cairo_status_to_string) \
  X(cairo_stroke) \
  X(cairo_surface_destroy) \
  X(cairo_surface_finish) \
  X(cairo_surface_status) \
  X(cairo_surface_write_to_png_stream) \
  X(cairo_tag_begin) \
  X(cairo_tag_end) \
  X(cairo_translate) \
  X(pango_attr_insert_hyphens_new) \
  X(pango_attr_list_insert) \
  X(pango_attr_list_new) \
  X(pango_attr_list_unref) \
  X(pango_context_set_base_dir) \
  X(pango_context_set_language) \
  X(pango_context_set_round_glyph_positions) \
  X(pango_font_description_free) \
  X(pango_font_description_from_string) \
  X(pango_font_description_set_absolute_size) \
  X(pango_font_map_create_context) \
  X(pango_language_from_string) \
  X(pango_layout_get_baseline) \
  X(pango_layout_get_iter) \
  X(pango_layout_get_line_count) \
  X(pango_layout_get_size) \
  X(pango_layout_iter_free) \
  X(pango_layout_iter_get_baseline) \
  X(pango_layout_iter_get_line_readonly) \
  X(pango_layout_iter_get_line_yrange) \
  X(pango_layout_iter_next_line) \
  X(pango_layout_new) \
  X(pango_layout_set_attributes) \
  X(pango_layout_set_auto_dir) \
  X(pango_layout_set_font_description) \
  X(pango_layout_set_line_spacing) \
  X(pango_layout_set_single_paragraph_mode) \
  X(pango_layout_set_text) \
  X(pango_layout_set_width) \
  X(pango_layout_set_wrap) \
  X(pango_fc_font_map_get_type) \
  X(pango_fc_font_map_set_config) \
  X(pango_cairo_context_set_font_options) \
  X(pango_cairo_font_map_get_type) \
  X(pango_cairo_font_map_new_for_font_type) \
  X(pango_cairo_font_map_set_resolution) \
  X(pango_cairo_show_layout) \
  X(pango_cairo_show_layout_line)

typedef struct {
  AK_PANGOCAIRO_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkPangocairo;
extern AkPangocairo ak_pangocairo;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_pangocairo_load(GError **error);

#define FcConfigAppFontAddFile ak_pangocairo.FcConfigAppFontAddFile
#define FcConfigCreate ak_pangocairo.FcConfigCreate
#define cairo_close_path ak_pangocairo.cairo_close_path
#define cairo_create ak_pangocairo.cairo_create
#define cairo_curve_to ak_pangocairo.cairo_curve_to
#define cairo_destroy ak_pangocairo.cairo_destroy
#define cairo_fill ak_pangocairo.cairo_fill
#define cairo_fill_preserve ak_pangocairo.cairo_fill_preserve
#define cairo_font_options_create ak_pangocairo.cairo_font_options_create
#define cairo_font_options_destroy ak_pangocairo.cairo_font_options_destroy
#define cairo_font_options_set_antialias ak_pangocairo.cairo_font_options_set_antialias
#define cairo_font_options_set_hint_metrics ak_pangocairo.cairo_font_options_set_hint_metrics
#define cairo_font_options_set_hint_style ak_pangocairo.cairo_font_options_set_hint_style
#define cairo_image_surface_create ak_pangocairo.cairo_image_surface_create
#define cairo_line_to ak_pangocairo.cairo_line_to
#define cairo_move_to ak_pangocairo.cairo_move_to
#define cairo_new_path ak_pangocairo.cairo_new_path
#define cairo_paint ak_pangocairo.cairo_paint
#define cairo_pdf_surface_add_outline ak_pangocairo.cairo_pdf_surface_add_outline
#define cairo_pdf_surface_create_for_stream ak_pangocairo.cairo_pdf_surface_create_for_stream
#define cairo_pdf_surface_set_metadata ak_pangocairo.cairo_pdf_surface_set_metadata
#define cairo_rectangle ak_pangocairo.cairo_rectangle
#define cairo_restore ak_pangocairo.cairo_restore
#define cairo_rotate ak_pangocairo.cairo_rotate
#define cairo_save ak_pangocairo.cairo_save
#define cairo_scale ak_pangocairo.cairo_scale
#define cairo_set_dash ak_pangocairo.cairo_set_dash
#define cairo_set_line_width ak_pangocairo.cairo_set_line_width
#define cairo_set_source_rgb ak_pangocairo.cairo_set_source_rgb
#define cairo_show_page ak_pangocairo.cairo_show_page
#define cairo_status ak_pangocairo.cairo_status
#define cairo_status_to_string ak_pangocairo.cairo_status_to_string
#define cairo_stroke ak_pangocairo.cairo_stroke
#define cairo_surface_destroy ak_pangocairo.cairo_surface_destroy
#define cairo_surface_finish ak_pangocairo.cairo_surface_finish
#define cairo_surface_status ak_pangocairo.cairo_surface_status
#define cairo_surface_write_to_png_stream ak_pangocairo.cairo_surface_write_to_png_stream
#define cairo_tag_begin ak_pangocairo.cairo_tag_begin
#define cairo_tag_end ak_pangocairo.cairo_tag_end
#define cairo_translate ak_pangocairo.cairo_translate
#define pango_attr_insert_hyphens_new ak_pangocairo.pango_attr_insert_hyphens_new
#define pango_attr_list_insert ak_pangocairo.pango_attr_list_insert
#define pango_attr_list_new ak_pangocairo.pango_attr_list_new
#define pango_attr_list_unref ak_pangocairo.pango_attr_list_unref
#define pango_context_set_base_dir ak_pangocairo.pango_context_set_base_dir
#define pango_context_set_language ak_pangocairo.pango_context_set_language
#define pango_context_set_round_glyph_positions ak_pangocairo.pango_context_set_round_glyph_positions
#define pango_font_description_free ak_pangocairo.pango_font_description_free
#define pango_font_description_from_string ak_pangocairo.pango_font_description_from_string
#define pango_font_description_set_absolute_size ak_pangocairo.pango_font_description_set_absolute_size
#define pango_font_map_create_context ak_pangocairo.pango_font_map_create_context
#define pango_language_from_string ak_pangocairo.pango_language_from_string
#define pango_layout_get_baseline ak_pangocairo.pango_layout_get_baseline
#define pango_layout_get_iter ak_pangocairo.pango_layout_get_iter
#define pango_layout_get_line_count ak_pangocairo.pango_layout_get_line_count
#define pango_layout_get_size ak_pangocairo.pango_layout_get_size
#define pango_layout_iter_free ak_pangocairo.pango_layout_iter_free
#define pango_layout_iter_get_baseline ak_pangocairo.pango_layout_iter_get_baseline
#define pango_layout_iter_get_line_readonly ak_pangocairo.pango_layout_iter_get_line_readonly
#define pango_layout_iter_get_line_yrange ak_pangocairo.pango_layout_iter_get_line_yrange
#define pango_layout_iter_next_line ak_pangocairo.pango_layout_iter_next_line
#define pango_layout_new ak_pangocairo.pango_layout_new
#define pango_layout_set_attributes ak_pangocairo.pango_layout_set_attributes
#define pango_layout_set_auto_dir ak_pangocairo.pango_layout_set_auto_dir
#define pango_layout_set_font_description ak_pangocairo.pango_layout_set_font_description
#define pango_layout_set_line_spacing ak_pangocairo.pango_layout_set_line_spacing
#define pango_layout_set_single_paragraph_mode ak_pangocairo.pango_layout_set_single_paragraph_mode
#define pango_layout_set_text ak_pangocairo.pango_layout_set_text
#define pango_layout_set_width ak_pangocairo.pango_layout_set_width
#define pango_layout_set_wrap ak_pangocairo.pango_layout_set_wrap
#define pango_fc_font_map_get_type ak_pangocairo.pango_fc_font_map_get_type
#define pango_fc_font_map_set_config ak_pangocairo.pango_fc_font_map_set_config
#define pango_cairo_context_set_font_options ak_pangocairo.pango_cairo_context_set_font_options
#define pango_cairo_font_map_get_type ak_pangocairo.pango_cairo_font_map_get_type
#define pango_cairo_font_map_new_for_font_type ak_pangocairo.pango_cairo_font_map_new_for_font_type
#define pango_cairo_font_map_set_resolution ak_pangocairo.pango_cairo_font_map_set_resolution
#define pango_cairo_show_layout ak_pangocairo.pango_cairo_show_layout
#define pango_cairo_show_layout_line ak_pangocairo.pango_cairo_show_layout_line
