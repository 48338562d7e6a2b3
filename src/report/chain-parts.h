/* How documents of a value chain write what an analysis says. Texts are the caller's. */
#pragma once

#include "util/json.h"

/* "12": a number of the object. */
char *ak_chain_number_text(const json_t *object, const char *key);

/* "1,234,567": the same with its thousands apart. */
char *ak_chain_yen_text(const json_t *object, const char *key);

/* "0.60–77.40 %": two ends in millionths, rounded outwards. */
char *ak_chain_percent_text(const json_t *row, const char *key);

/* "L2_2_a press-slide, L1_1_c erp": incidents and their elements. */
char *ak_chain_incidents_text(const json_t *rows);

/* How many incidents can be reached in a world: all of them, where it tells the worst alone. */
guint64 ak_chain_reachable_count(const json_t *world);
