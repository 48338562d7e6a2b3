/* The same targets under libFuzzer: AKASHI_FUZZ_TARGET=NAME fuzz-libfuzzer CORPUS... */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  static const AkFuzzTarget *chosen;
  for (const AkFuzzTarget *target = ak_fuzz_table; chosen == NULL; target++) {
    if (target->name == NULL) {
      fprintf(stderr, "AKASHI_FUZZ_TARGET names no target\n");
      abort();
    }
    if (g_strcmp0(target->name, g_getenv("AKASHI_FUZZ_TARGET")) == 0)
      chosen = target;
  }
  chosen->run(data, size);
  return 0;
}
