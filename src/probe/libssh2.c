#include "probe/libssh2.h"

#include "util/library-files.h"

AkSsh2 ak_ssh2;

bool ak_ssh2_load(GError **error) {
  static const char *const names[] = {AK_SSH2_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_SSH2, .names = names, .functions = &ak_ssh2};
  return ak_library_load(&library, error);
}
