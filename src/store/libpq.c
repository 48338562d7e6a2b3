#include "store/libpq.h"

#include "util/library-files.h"

AkPq ak_pq;

bool ak_pq_load(GError **error) {
  static const char *const names[] = {AK_PQ_FUNCTIONS(AK_LIBRARY_NAME) NULL};
  static AkLibrary library = {.file = AK_LIBRARY_PQ, .names = names, .functions = &ak_pq};
  return ak_library_load(&library, error);
}
