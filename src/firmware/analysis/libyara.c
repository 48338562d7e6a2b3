#include "firmware/analysis/libyara.h"

#include "util/library-files.h"

AkYara ak_yara;

bool ak_yara_load(GError **error) {
  static const char *const names[] = {AK_YARA_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_YARA, .names = names, .functions = &ak_yara};
  return ak_library_load(&library, error);
}
