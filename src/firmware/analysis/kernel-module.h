/* Modules of the Linux kernel: what .modinfo says of them, and whether a signature is appended.
 * Pure. Source: Linux, include/linux/moduleinfo.h, scripts/mod/modpost.c (texts of .modinfo);
 * include/linux/module_signature.h (the signature's trailer). */
#pragma once

#include "util/error.h"

typedef struct {
  char *name, *version; /* NULL where not told; versions of modules outside of the kernel's tree */
  char *vermagic;       /* "6.1.0-18-amd64 SMP preempt mod_unload modversions " */
  char *license, *depends;
  char *signature;      /* kind of the appended signature: "PKCS#7"; NULL: there is none */
  bool is_in_tree;      /* built with the kernel; older kernels do not say so */
  gsize offset, length; /* of .modinfo in the file */
} AkKernelModule;
void ak_kernel_module_clear(AkKernelModule *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkKernelModule, ak_kernel_module_clear)

/* False where the bytes are no module: relocatable ELF with a section .modinfo that names a
 * vermagic. Then `out` holds nothing. Whether the signature is the kernel's is not looked at. */
bool ak_kernel_module_read(const guint8 *data, gsize size, AkKernelModule *out);

/* The release of the kernel that it was built for, the first word of its vermagic. Caller frees. */
char *ak_kernel_module_release(const AkKernelModule *self);

bool ak_firmware_kernel_module_fuzz(const guint8 *data, gsize size);
