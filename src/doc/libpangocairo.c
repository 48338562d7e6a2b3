#include "doc/libpangocairo.h"

#include "util/library-files.h"

AkPangocairo ak_pangocairo;

bool ak_pangocairo_load(GError **error) {
  static const char *const names[] = {AK_PANGOCAIRO_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_PANGOCAIRO, .names = names, .functions = &ak_pangocairo};
  return ak_library_load(&library, error);
}
