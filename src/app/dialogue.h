/* What a recorded exchange holds, as a list: TLS records, a DNS message, requests and answers of HTTP as the
 * probes write them down, attempts to log in. The bytes are a device's. */
#pragma once

#include "util/json.h"

#define AK_DIALOGUE_MAX_ROWS 1000

/* Of the first form that fits: {"form": "tls"|"dns"|"http"|"attempts", "rows": [{"from": "tester"|"device", "text",
 * "offset", "length"}], "rows_total", "rest": bytes at the end that fit no more}. Offsets are those of the bytes
 * given; rows beyond AK_DIALOGUE_MAX_ROWS are counted. NULL where no form fits. The caller's. */
json_t *ak_dialogue_read(const void *data, gsize size);
