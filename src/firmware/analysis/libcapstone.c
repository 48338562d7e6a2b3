#include "firmware/analysis/libcapstone.h"

#include "util/library-files.h"

AkCapstone ak_capstone;

bool ak_capstone_load(GError **error) {
  static const char *const names[] = {AK_CAPSTONE_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_CAPSTONE, .names = names, .functions = &ak_capstone};
  return ak_library_load(&library, error);
}
