/* The report of a trial of effectiveness, from its result (docs/formats/effect-result.md). No rank
 * and no total score is printed. Pure: the same result gives the same bytes. */
#pragma once

#include "doc/doc.h"
#include "doc/figure.h"
#include "core/effect-rows.h"
#include "util/json.h"

/* The caller's. `most`: rows of a list of cases, taken evenly; the rest is counted. `draws`: with charts, where
 * the font is there. */
AkDoc *ak_report_effect_doc(const json_t *result, guint most, bool draws, AkLang lang);

#define AK_REPORT_EFFECT_FORMATS "text|json|html|pdf|markdown"

/* Its bytes as one of these; the caller's. `now_utc_us` dates a PDF. Also NOT_FOUND where the font
 * is not installed (PDF). */
GBytes *ak_report_effect_bytes(const json_t *result, const char *format, AkLang lang,
                               gint64 now_utc_us, GError **error);

/* Two trials side by side ("products", "comparisons", "runs"); as "text", "html", "pdf",
 * "markdown". */
GBytes *ak_report_effect_comparison_bytes(const json_t *result, const char *format, AkLang lang,
                                          gint64 now_utc_us, GError **error);

/* The result's own text: numbers of at most nine digits, names in order, a line feed at the end.
 * Caller frees. */
char *ak_report_effect_json(const json_t *result);

/* The same bit by bit to `put`, with the rows of `rows` (may be NULL) behind those that the lists
 * hold. */
typedef bool AkReportPut(gpointer data, const char *bytes, gsize size, GError **error);
bool ak_report_effect_json_to(const json_t *result, const AkEffectRows *rows, AkReportPut *put,
                              gpointer data, GError **error);
