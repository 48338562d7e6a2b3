/* Watches one input at a time: a crash or a hang ends the process with a TAP line that says where
 * the input was saved. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* `target` and `save_folder` are borrowed for ever. `cpu_ms` is the processor time that one input
 * may take; 20 seconds of wall time end it too. */
void ak_fuzz_watch_start(const char *target, const char *save_folder, guint cpu_ms);

/* Copies the input before a page that cannot be read, so that a read beyond its end crashes in
 * every build, and starts its time. The result lives until the next call. `test` is the TAP number.
 */
const guint8 *ak_fuzz_watch_input(const guint8 *data, gsize size, guint test, guint64 run);
void ak_fuzz_watch_done(void);

/* Most memory in use so far, in MiB. */
guint ak_fuzz_watch_peak_mib(void);
bool ak_fuzz_watch_is_sanitized(void);

/* Largest input in bytes. */
#define AK_FUZZ_MAX_INPUT (4u * 1024 * 1024)
