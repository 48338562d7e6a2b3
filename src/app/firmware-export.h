/* The result of one image (docs/formats/firmware.md) in the formats of others. */
#pragma once

#include "util/json.h"
#include "util/text.h"

/* As sarif has them, an array of {"property", "level": "error", "warning" or "note", "title", "value": as it was observed, "locator"}, errors first;
 * the caller's. INTERNAL where data/firmware/evidence.json cannot be read. */
json_t *ak_app_firmware_findings(const json_t *result, AkLang lang, GError **error);

/* What was seen of components, an array of {"ref": locator, "type": "library", "name", "version": may be empty} with
 * those of "purl", "cpe", "origin" and "files" that were told; the caller's. */
json_t *ak_app_firmware_components(const json_t *result);

/* "cyclonedx" or "spdx" (its components) or "sarif" (its findings, by data/firmware/evidence.json), as canonical
 * bytes; caller frees. `when_utc_us` is the time of a bill of materials, in whole seconds. INVALID_DATA where the worker did not
 * come as far as the image's digest, NOT_SUPPORTED for another format. */
char *ak_app_firmware_export(const json_t *result, const char *format, AkLang lang, gint64 when_utc_us,
                             GError **error);
