#include "util/library.h"

#include <dlfcn.h>
#include <string.h>

enum { LOADED = 1, MISSING };

static gsize load(AkLibrary *self, char **reason) {
  void *handle = dlopen(self->file, RTLD_LAZY | RTLD_LOCAL);
  gpointer *functions = self->functions;
  for (gsize i = 0; handle != NULL && self->names[i] != NULL; i++)
    if ((functions[i] = dlsym(handle, self->names[i])) == NULL)
      handle = NULL;
  if (handle == NULL)
    *reason = g_strdup(dlerror());
  return handle != NULL ? LOADED : MISSING;
}

bool ak_library_load(AkLibrary *self, GError **error) {
  g_autofree char *reason = NULL;
  if (g_once_init_enter(&self->once))
    g_once_init_leave(&self->once, load(self, &reason));
  return self->once == LOADED ||
         ak_error_set(error, AK_ERROR_NOT_FOUND, "library %s cannot be loaded%s%s", self->file,
                      reason != NULL ? ": " : "", reason != NULL ? reason : "");
}
