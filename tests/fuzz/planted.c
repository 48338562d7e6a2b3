/* Targets with planted faults: what the driver must find (planted-test.py). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static bool sound(const guint8 *data, gsize size) {
  return size >= 4 && memcmp(data, "seed", 4) == 0;
}

/* Reads one byte beyond the end of whatever ends with '['. */
static bool reads_beyond(const guint8 *data, gsize size) {
  const volatile guint8 *bytes = data;
  if (size > 0 && bytes[size - 1] == '[' && bytes[size] == 'x')
    return false;
  return sound(data, size);
}

static bool asserts(const guint8 *data, gsize size) {
  g_assert_true(size < 4 || data[3] != ('d' ^ 1));
  return sound(data, size);
}

static bool warns(const guint8 *data, gsize size) {
  g_return_val_if_fail(size != 3, false);
  return sound(data, size);
}

static bool spins(const guint8 *data, gsize size) {
  volatile bool goes_on = size == 2;
  while (goes_on)
    continue;
  return sound(data, size);
}

static bool recurses(const guint8 *data, gsize size) {
  volatile guint8 frame[4096];
  frame[0] = size > 0 ? data[0] : 0;
  if (size == 1)
    return recurses(data, size) && frame[0] == 0;
  return sound(data, size);
}

static bool hoards(const guint8 *data, gsize size) {
  static const gsize much = (gsize)1200 * 1024 * 1024;
  if (size == 2) {
    g_autofree char *bytes = g_try_malloc(much);
    if (bytes != NULL)
      memset(bytes, 1, much);
  }
  return sound(data, size);
}

static bool refuses(const guint8 *data, gsize size) {
  return false;
}

const AkFuzzTarget ak_fuzz_table[] = {
    {"planted/sound", sound},
    {"planted/reads-beyond", reads_beyond},
    {"planted/asserts", asserts},
    {"planted/warns", warns},
    {"planted/spins", spins},
    {"planted/recurses", recurses},
    {"planted/hoards", hoards},
    {"planted/refuses", refuses},
    {"planted/seedless", sound},
    {"planted/accepts-bad", sound},
    {NULL, NULL},
};
