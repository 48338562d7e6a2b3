/* What happens to a password hash in a damaged image; for *-test.c only. */
#pragma once

#include "firmware/unpack/test-image.h"

static const char damage_shadow[] = "root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n";

static inline bool damage_finds_hash(AkFirmwareTree *tree) {
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  const AkObservation *o = ak_sink_collector_find(seen, "secret.password-hash", NULL);
  return o != NULL && o->outcome == AK_OUTCOME_SEEN;
}

/* The one rule: the hash is found, or the look is said to be incomplete. */
static inline void damage_assert_no_false_pass(GBytes *image, const char *what, gsize where) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
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
