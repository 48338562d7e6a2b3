/* What happens to a password hash in a damaged image; for *-test.c only. */
#pragma once

#include <sys/resource.h>

#include "firmware/unpack/test-image.h"

#if defined(__SANITIZE_ADDRESS__)
#define DAMAGE_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DAMAGE_IS_SANITIZED true
#endif
#endif
#ifndef DAMAGE_IS_SANITIZED
#define DAMAGE_IS_SANITIZED false
#endif

static const char damage_shadow[] = "root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n";

static inline bool damage_finds_hash(AkFirmwareTree *tree) {
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  const AkObservation *o = ak_sink_collector_find(seen, "secret.password-hash", NULL);
  return o != NULL && o->outcome == AK_OUTCOME_SEEN;
}

/* As in a worker, which refuses what a damaged inode claims, up to 4 GiB: libsquashfs sets it aside
 * before it reads. Memory that is given and filled, as the tests' is, takes seconds for each.
 * Address sanitizers need theirs. */
static inline AkFirmwareTree *damage_open(GBytes *image) {
  struct rlimit before;
  g_assert_cmpint(getrlimit(RLIMIT_DATA, &before), ==, 0);
  struct rlimit limited = {MIN(before.rlim_max, 512u << 20), before.rlim_max};
  if (!DAMAGE_IS_SANITIZED)
    g_assert_cmpint(setrlimit(RLIMIT_DATA, &limited), ==, 0);
  AkFirmwareTree *tree = image_open(image, NULL);
  g_assert_cmpint(setrlimit(RLIMIT_DATA, &before), ==, 0);
  return tree;
}

/* The one rule: the hash is found, or the look is said to be incomplete. */
static inline void damage_assert_no_false_pass(GBytes *image, const char *what, gsize where) {
  g_autoptr(AkFirmwareTree) tree = damage_open(image);
  if (image_is_clean(tree) && !damage_finds_hash(tree))
    g_error("%s at %" G_GSIZE_FORMAT ": the hash is gone and nothing is said to be cut", what,
            where);
}

static inline void damage_cut_everywhere(GBytes *image, gsize step) {
  gsize size = g_bytes_get_size(image);
  for (gsize length = 0; length < size; length += length < 512 ? 1 : step) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    damage_assert_no_false_pass(part, "cut", length);
  }
}

/* What stands in the image plainly, guarded by nothing, may change unseen. Of bytes that are 0 or
 * 0xff one in `step` is looked at. */
static inline void damage_flip_everywhere(GBytes *image, bool is_guarded, gsize step) {
  static const char plain[] = "root:$1$abcdefgh$abcdefghijklmnopqrstu.";
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(image, &size);
  const guint8 *hash = is_guarded ? NULL : memmem(data, size, plain, sizeof plain - 1);
  for (gsize at = 0; at < size; at++) {
    if ((data[at] == 0 || data[at] == 0xff) && at % step != 0)
      continue;
    if (hash != NULL && data + at >= hash && data + at < hash + sizeof plain)
      continue;
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= (guint8)(1u << at % 8);
    damage_assert_no_false_pass(copy, "flipped", at);
  }
}
