/* What the tests of containers share: a payload whose every loss is seen, and the three looks at an
 * image that holds it: whole, cut at every byte, damaged at every byte. For *-test.c only. */
#pragma once

#include "firmware/unpack/test-image.h"

#define CONTAINER_HASH "root:$1$abcdefgh$abcdefghijklmnopqrstu.:1:0:9:7:::\n"

/* An archive of one file in the newc format. Source: Linux, early-userspace/buffer-format.rst. */
static inline GBytes *container_cpio(const char *name, const char *text) {
  GString *out = g_string_new(NULL);
  const char *const names[] = {name, "TRAILER!!!"};
  const char *const texts[] = {text, ""};
  for (gsize i = 0; i < 2; i++) {
    guint mode = i == 0 ? 0100640 : 0;
    g_string_append_printf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                           (guint)i + 1, mode, 0, 0, 1, 0, (guint)strlen(texts[i]), 0, 0, 0, 0,
                           (guint)strlen(names[i]) + 1, 0);
    g_string_append_len(out, names[i], (gssize)strlen(names[i]) + 1);
    while (out->len % 4 != 0)
      g_string_append_c(out, '\0');
    g_string_append(out, texts[i]);
    while (out->len % 4 != 0)
      g_string_append_c(out, '\0');
  }
  return g_string_free_to_bytes(out);
}

/* A packed archive with a password hash: guarded by gzip's checksum throughout. */
static inline GBytes *container_payload(void) {
  g_autoptr(GBytes) archive = container_cpio("etc/shadow", CONTAINER_HASH);
  return image_gzip(g_bytes_get_data(archive, NULL), g_bytes_get_size(archive));
}

/* True if a node that the analyses look at holds the hash. The analysis itself is asked once an
 * image, in container_expect_whole: it is too slow to be asked for each changed byte. */
static inline bool container_has_hash(const AkFirmwareTree *tree) {
  for (guint i = 0; i < ak_firmware_tree_length(tree); i++) {
    gsize size = 0;
    const AkNode *node = ak_firmware_tree_node(tree, i);
    const guint8 *data =
        ak_firmware_tree_is_leaf(tree, i) ? g_bytes_get_data(node->bytes, &size) : NULL;
    if (size > 0 && memmem(data, size, CONTAINER_HASH, strlen(CONTAINER_HASH)) != NULL)
      return true;
  }
  return false;
}

/* What a pass would rest on. */
static inline bool container_is_clean(const AkFirmwareTree *tree) {
  return ak_firmware_tree_is_complete(tree);
}

/* The image is of this format, nothing of it is cut or unknown, and the hash is found. */
static inline void container_expect_whole(GBytes *image, const char *format) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_assert_cmpstr(cuts, ==, "");
  g_assert_cmpstr(ak_firmware_tree_node(tree, 0)->format, ==, format);
  g_assert_true(container_has_hash(tree));
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  const AkObservation *o = ak_sink_collector_find(seen, "secret.password-hash", NULL);
  g_assert_true(o != NULL && o->outcome == AK_OUTCOME_SEEN);
  g_assert_true(image_is_clean(tree));
}

static inline void container_expect_no_false_pass(GBytes *image, const char *what, gsize where) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  if (!container_has_hash(tree) && container_is_clean(tree))
    g_error("%s at %" G_GSIZE_FORMAT ": the hash is gone and nothing is said to be cut", what,
            where);
}

/* Cut before `needed` bytes it is never whole; further on never without the hash. */
static inline void container_expect_cut(GBytes *image, gsize needed, gsize step) {
  gsize size = g_bytes_get_size(image);
  for (gsize length = 1; length < size; length += length < 1024 ? 1 : step) {
    g_autoptr(GBytes) part = image_slice(image, 0, length);
    container_expect_no_false_pass(part, "cut", length);
    g_autoptr(AkFirmwareTree) tree = image_open(part, NULL);
    if (length < needed && container_is_clean(tree))
      g_error("cut at %" G_GSIZE_FORMAT ": taken for whole", length);
  }
}

/* A changed byte from `from` to `to` is never overlooked; elsewhere the hash is never lost
 * silently: far from the start one byte in 17 is looked at, of padding one in `step`. */
static inline void container_expect_guarded(GBytes *image, gsize from, gsize to, gsize step) {
  gsize size = g_bytes_get_size(image);
  const guint8 *data = g_bytes_get_data(image, NULL);
  for (gsize at = 0; at < size; at++) {
    bool is_padding = data[at] == 0x00 || data[at] == 0xff;
    bool is_thinned = at >= 1024 && (at < from || at >= to);
    if (is_thinned && at % (is_padding ? step : MIN(step, 17)) != 0)
      continue;
    g_autoptr(GBytes) copy = image_slice(image, 0, size);
    ((guint8 *)g_bytes_get_data(copy, NULL))[at] ^= (guint8)(1u << at % 8);
    container_expect_no_false_pass(copy, "changed", at);
    g_autoptr(AkFirmwareTree) tree = image_open(copy, NULL);
    if (at >= from && at < to && container_is_clean(tree))
      g_error("changed at %" G_GSIZE_FORMAT ": taken for whole", at);
  }
}

/* True if some reason why the image is not whole contains `reason`. */
static inline bool container_is_cut_for(GBytes *image, const char *reason) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_autofree char *cuts = ak_firmware_tree_cuts(tree);
  g_test_message("%s", cuts);
  return strstr(cuts, reason) != NULL;
}

/* Writes `value` over the 32 bits at `at`. */
static inline void container_put_le(GBytes *image, gsize at, guint32 value) {
  guint8 *data = (guint8 *)g_bytes_get_data(image, NULL);
  for (guint i = 0; i < 4; i++)
    data[at + i] = (guint8)(value >> (8 * i));
}

static inline void container_put_be(GBytes *image, gsize at, guint32 value) {
  container_put_le(image, at, GUINT32_SWAP_LE_BE(value));
}

/* The regions of the image: "#kernel 80+231\n" a line, name, offset and size of each. Caller frees.
 */
static inline char *container_regions(GBytes *image) {
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  GString *text = g_string_new(NULL);
  for (guint i = 1; i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    if (node->parent == 0 && *node->path == '#')
      g_string_append_printf(text, "%s %" G_GUINT64_FORMAT "+%" G_GSIZE_FORMAT "\n", node->path,
                             node->offset, node->bytes != NULL ? g_bytes_get_size(node->bytes) : 0);
  }
  return g_string_free(text, FALSE);
}
