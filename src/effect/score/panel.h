/* What experts of a panel say of products, beside the measured figures: scores by criterion, how
 * far the raters agree, and the fact sheet that comes before the scores. Nothing is averaged in
 * hiding: each rater's score stands there. Format: docs/formats/panel.md. */
#pragma once

#include "stats/agreement.h"
#include "util/json.h"

#define AK_PANEL_MAX_RATERS 100
#define AK_PANEL_MAX_CRITERIA 100

/* `panel`: {"scale": {"min", "max", "kind"}, "criteria": [{"id", "name", "weight"}], "raters":
 * [ids], "facts": [{"product", "fact", "value", "unit"?, "how"}], "scores": [{"product",
 * "criterion", "rater", "score", "because"?}]}. What comes of it: the facts as they stand, for each
 * product and rater the weighted score with the share of the weight that was scored, for each
 * criterion all scores with their median, the raters beside each other, and Krippendorff's alpha
 * over products × criteria. The caller's. INVALID_DATA for a score that is out of scale or names
 * what is not there, CONFLICT where one stands twice. */
json_t *ak_effect_panel(const json_t *panel, const AkBootstrap *spec, GError **error);
