#include "proof/merkle.h"

#include <sodium.h>
#include <string.h>

#define LEAF_PREFIX 0x00 /* RFC 9162, 2.1.1 */
#define NODE_PREFIX 0x01

static AkDigest hash_parts(const guint8 *prefix, gsize prefix_size, const void *data, gsize size) {
  AkDigest digest;
  crypto_hash_sha256_state state; /* libsodium's cannot fail */
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, prefix, prefix_size);
  if (size > 0)
    crypto_hash_sha256_update(&state, data, size);
  crypto_hash_sha256_final(&state, digest.bytes);
  return digest;
}

AkDigest ak_merkle_leaf(const void *data, gsize size) {
  const guint8 prefix = LEAF_PREFIX;
  return hash_parts(&prefix, 1, data, size);
}

AkDigest ak_merkle_node(const AkDigest *left, const AkDigest *right) {
  guint8 input[1 + 2 * AK_DIGEST_SIZE] = {NODE_PREFIX};
  memcpy(input + 1, left->bytes, AK_DIGEST_SIZE);
  memcpy(input + 1 + AK_DIGEST_SIZE, right->bytes, AK_DIGEST_SIZE);
  return ak_digest_of(input, sizeof input);
}

AkDigest ak_merkle_empty(void) {
  return ak_digest_of(NULL, 0);
}

void ak_merkle_stack_add(AkMerkleStack *self, const AkDigest *leaf) {
  AkDigest node = *leaf;
  guint level = 0;
  for (guint64 rest = self->count++; (rest & 1) != 0; rest >>= 1, level++)
    node = ak_merkle_node(&self->complete[level], &node);
  self->complete[level] = node;
}

/* The largest complete subtree is the left one (RFC 9162, 2.1.1), and so on to the right. */
AkDigest ak_merkle_stack_root(const AkMerkleStack *self) {
  AkDigest root = ak_merkle_empty();
  bool is_first = true;
  for (guint level = 0; level < 64; level++) {
    if ((self->count >> level & 1) == 0)
      continue;
    root = is_first ? self->complete[level] : ak_merkle_node(&self->complete[level], &root);
    is_first = false;
  }
  return root;
}

AkDigest ak_merkle_commitment(const guint8 salt[static AK_SALT_SIZE], const void *record,
                              gsize size) {
  return hash_parts(salt, AK_SALT_SIZE, record, size);
}

static const AkDigest *node_at(const GArray *proof, guint i) {
  return &g_array_index(proof, AkDigest, i);
}

bool ak_merkle_check_inclusion(const AkDigest *leaf, guint64 index, guint64 size,
                               const GArray *proof, const AkDigest *root, GError **error) {
  if (index >= size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "index %" G_GUINT64_FORMAT " is not in a tree of %" G_GUINT64_FORMAT
                        " leaves",
                        index, size);
  guint64 fn = index, sn = size - 1; /* the names of RFC 9162, 2.1.3.2 */
  AkDigest r = *leaf;
  for (guint i = 0; i < proof->len; i++) {
    if (sn == 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "the inclusion proof has too many nodes");
    if ((fn & 1) != 0 || fn == sn) {
      r = ak_merkle_node(node_at(proof, i), &r);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = ak_merkle_node(&r, node_at(proof, i));
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the inclusion proof has too few nodes");
  if (!ak_digest_equal(&r, root))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the inclusion proof leads to another root");
  return true;
}

/* The part of RFC 9162, 2.1.4.2 where 0 < old_size < new_size. */
static bool check_growth(guint64 old_size, const AkDigest *old_root, guint64 new_size,
                         const AkDigest *new_root, const GArray *proof, GError **error) {
  guint64 fn = old_size - 1, sn = new_size - 1;
  guint next = 0;
  AkDigest first = *old_root; /* a complete old tree is the proof's first node itself */
  if ((old_size & (old_size - 1)) != 0) {
    if (proof->len == 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "the consistency proof is empty");
    first = *node_at(proof, next++);
  }
  for (; (fn & 1) != 0; fn >>= 1)
    sn >>= 1;
  AkDigest fr = first, sr = first;
  for (; next < proof->len; next++) {
    const AkDigest *c = node_at(proof, next);
    if (sn == 0)
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "the consistency proof has too many nodes");
    if ((fn & 1) != 0 || fn == sn) {
      fr = ak_merkle_node(c, &fr);
      sr = ak_merkle_node(c, &sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = ak_merkle_node(&sr, c);
    }
    fn >>= 1;
    sn >>= 1;
  }
  if (sn != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the consistency proof has too few nodes");
  if (!ak_digest_equal(&fr, old_root))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "the consistency proof leads to another old root");
  if (!ak_digest_equal(&sr, new_root))
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "the consistency proof leads to another new root");
  return true;
}

bool ak_merkle_check_consistency(guint64 old_size, const AkDigest *old_root, guint64 new_size,
                                 const AkDigest *new_root, const GArray *proof, GError **error) {
  if (old_size > new_size)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "the old tree has %" G_GUINT64_FORMAT
                        " leaves, the new one only %" G_GUINT64_FORMAT,
                        old_size, new_size);
  if (old_size > 0 && old_size < new_size)
    return check_growth(old_size, old_root, new_size, new_root, proof, error);
  if (proof->len != 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "the consistency proof has too many nodes");
  AkDigest empty = ak_merkle_empty();
  const AkDigest *expected = old_size == 0 ? &empty : new_root;
  if (!ak_digest_equal(old_root, expected) || (new_size == 0 && !ak_digest_equal(new_root, &empty)))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "trees of equal size have different roots");
  return true;
}

/* The number of the highest set bit of `n` > 0. */
static guint highest_bit(guint64 n) {
  return 63U - (guint)__builtin_clzll(n);
}

/* The largest power of two below `n`, n > 1: RFC 9162's k. */
static guint64 split_of(guint64 n) {
  return G_GUINT64_CONSTANT(1) << highest_bit(n - 1);
}

typedef struct {
  AkMerkleHash hash;
  gpointer data;
} Source;

/* MTH of the `size` > 0 leaves from `start` on. In every call `start` is a multiple of the smallest
 * power of two that is not below `size`, so that complete subtrees are aligned. */
static bool root_of(const Source *source, guint64 start, guint64 size, AkDigest *out,
                    GError **error) {
  if ((size & (size - 1)) == 0) {
    guint level = highest_bit(size);
    return source->hash(source->data, level, start >> level, out, error);
  }
  guint64 k = split_of(size);
  AkDigest left, right;
  if (!root_of(source, start, k, &left, error) ||
      !root_of(source, start + k, size - k, &right, error))
    return false;
  *out = ak_merkle_node(&left, &right);
  return true;
}

bool ak_merkle_root(guint64 size, AkMerkleHash hash, gpointer data, AkDigest *out, GError **error) {
  if (size == 0) {
    *out = ak_merkle_empty();
    return true;
  }
  const Source source = {hash, data};
  return root_of(&source, 0, size, out, error);
}

static bool prepend_root(GArray *proof, const Source *source, guint64 start, guint64 size,
                         GError **error) {
  AkDigest node;
  if (!root_of(source, start, size, &node, error))
    return false;
  g_array_prepend_val(proof, node);
  return true;
}

/* RFC 9162, 2.1.3.1, from the root down, so that each node stands before those found earlier. */
GArray *ak_merkle_inclusion(guint64 index, guint64 size, AkMerkleHash hash, gpointer data,
                            GError **error) {
  if (index >= size) {
    ak_error_set(error, AK_ERROR_INVALID_DATA,
                 "index %" G_GUINT64_FORMAT " is not in a tree of %" G_GUINT64_FORMAT " leaves",
                 index, size);
    return NULL;
  }
  const Source source = {hash, data};
  g_autoptr(GArray) proof = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  for (guint64 start = 0, left = size; left > 1;) {
    guint64 k = split_of(left);
    bool is_left = index - start < k;
    if (!prepend_root(proof, &source, is_left ? start + k : start, is_left ? left - k : k, error))
      return NULL;
    start = is_left ? start : start + k;
    left = is_left ? k : left - k;
  }
  return g_steal_pointer(&proof);
}

/* RFC 9162, 2.1.4.1: SUBPROOF(m, D_n, b) with `whole` for b. */
GArray *ak_merkle_consistency(guint64 old_size, guint64 new_size, AkMerkleHash hash, gpointer data,
                              GError **error) {
  if (old_size > new_size) {
    ak_error_set(error, AK_ERROR_INVALID_DATA,
                 "the old tree has %" G_GUINT64_FORMAT
                 " leaves, the new one only %" G_GUINT64_FORMAT,
                 old_size, new_size);
    return NULL;
  }
  const Source source = {hash, data};
  g_autoptr(GArray) proof = g_array_new(FALSE, FALSE, sizeof(AkDigest));
  if (old_size == 0 || old_size == new_size)
    return g_steal_pointer(&proof);
  guint64 start = 0, m = old_size, n = new_size;
  bool whole = true;
  while (m != n) {
    guint64 k = split_of(n);
    bool is_left = m <= k;
    if (!prepend_root(proof, &source, is_left ? start + k : start, is_left ? n - k : k, error))
      return NULL;
    start = is_left ? start : start + k;
    m = is_left ? m : m - k;
    n = is_left ? k : n - k;
    whole = whole && is_left;
  }
  if (!whole && !prepend_root(proof, &source, start, m, error))
    return NULL;
  return g_steal_pointer(&proof);
}
