/* Linux kernels in bytes: the banner with the version, and the configuration that a kernel carries
 * or that lies beside it. Pure. Source: Linux, init/version.c (linux_banner), kernel/configs.c
 * (IKCFG_ST, IKCFG_ED), Documentation/kbuild/kconfig.rst. */
#pragma once

#include "util/error.h"

/* The version of the first "Linux version 5.10.110 (…" in the bytes; NULL where there is none.
 * `offset` and `length` are those of the whole text. Caller frees. */
char *ak_kernel_version(const guint8 *data, gsize size, gsize *offset, gsize *length);

/* The configuration inside of a kernel, unpacked, at most 2 MiB; NULL where there is none or it is
 * damaged
 * (`is_damaged`). `offset` is where it stands. */
GBytes *ak_kernel_config_find(const guint8 *data, gsize size, gsize *offset, bool *is_damaged);

typedef struct _AkKernelOptions AkKernelOptions;

/* True for the text of a configuration. */
bool ak_kernel_config_is(const guint8 *data, gsize size);

/* The options of a configuration's text; at most 20,000. */
AkKernelOptions *ak_kernel_options_read(const guint8 *data, gsize size);
void ak_kernel_options_free(AkKernelOptions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkKernelOptions, ak_kernel_options_free)

/* "y", "m", "n" (is not set), a number or a text; NULL where the configuration does not name it.
 * Borrowed. */
const char *ak_kernel_options_get(const AkKernelOptions *self, const char *name);

bool ak_firmware_kernel_config_fuzz(const guint8 *data, gsize size);
