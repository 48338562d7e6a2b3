#include "web/libmicrohttpd.h"

#include "util/library-files.h"

AkMicrohttpd ak_microhttpd;

bool ak_microhttpd_load(GError **error) {
  static const char *const names[] = {AK_MICROHTTPD_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_MICROHTTPD, .names = names, .functions = &ak_microhttpd};
  return ak_library_load(&library, error);
}
