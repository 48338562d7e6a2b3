#include "proof/merkle.h"

#include <string.h>

#define MOST_LEAVES 70

/* The eight leaves and the roots over the first 1 … 8 of them that Certificate Transparency's
 * implementations share as their test tree (RFC 6962 hashing, unchanged in RFC 9162). */
static const struct {
  const char *data;
  gsize size;
  const char *root;
} known[] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

/* The definition of RFC 9162, 2.1.1, written without the code under test's splitting. */
static AkDigest slow_root(const AkDigest *leaves, gsize n) {
  if (n == 0)
    return ak_digest_of(NULL, 0);
  if (n == 1)
    return leaves[0];
  gsize k = 1;
  while (2 * k < n)
    k *= 2;
  AkDigest left = slow_root(leaves, k), right = slow_root(leaves + k, n - k);
  return ak_merkle_node(&left, &right);
}

/* An AkMerkleHash over an array of leaves. */
static bool hash_of(gpointer data, guint level, guint64 index, AkDigest *out, GError **error) {
  *out = slow_root((const AkDigest *)data + (index << level), (gsize)1 << level);
  return true;
}

static bool hash_fails(gpointer data, guint level, guint64 index, AkDigest *out, GError **error) {
  return ak_error_set(error, AK_ERROR_IO, "no hash");
}

static void fill(AkDigest *leaves) {
  for (guint8 i = 0; i < MOST_LEAVES; i++)
    leaves[i] = ak_merkle_leaf(&i, 1);
}

static void test_known_roots(void) {
  AkDigest leaves[G_N_ELEMENTS(known)], root;
  char hex[AK_DIGEST_HEX_SIZE];
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    leaves[i] = ak_merkle_leaf(known[i].data, known[i].size);
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
    g_assert_true(ak_merkle_root(i + 1, hash_of, leaves, &root, NULL));
    ak_digest_to_hex(&root, hex);
    g_assert_cmpstr(hex, ==, known[i].root);
  }
  AkDigest empty = ak_merkle_empty();
  ak_digest_to_hex(&empty, hex);
  g_assert_cmpstr(hex, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Two proofs of the shared test tree, named by hand: the sixth leaf of eight and the growth from
 * six to eight. */
static void test_known_proofs(void) {
  AkDigest leaves[G_N_ELEMENTS(known)];
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    leaves[i] = ak_merkle_leaf(known[i].data, known[i].size);
  static const char *const path[] = {
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  };
  static const char *const growth[] = {
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  };
  char hex[AK_DIGEST_HEX_SIZE];
  g_autoptr(GArray) inclusion = ak_merkle_inclusion(5, 8, hash_of, leaves, NULL);
  g_autoptr(GArray) consistency = ak_merkle_consistency(6, 8, hash_of, leaves, NULL);
  g_assert_cmpuint(inclusion->len, ==, 3);
  g_assert_cmpuint(consistency->len, ==, 3);
  for (guint i = 0; i < 3; i++) {
    ak_digest_to_hex(&g_array_index(inclusion, AkDigest, i), hex);
    g_assert_cmpstr(hex, ==, path[i]);
    ak_digest_to_hex(&g_array_index(consistency, AkDigest, i), hex);
    g_assert_cmpstr(hex, ==, growth[i]);
  }
}

/* A checker of one proof with everything else fixed, for the mutations below. */
typedef bool (*Check)(gconstpointer data, const GArray *proof);

static void assert_mutants_fail(const GArray *proof, Check check, gconstpointer data) {
  for (guint i = 0; i < proof->len; i++) {
    g_autoptr(GArray) flipped = g_array_copy((GArray *)proof);
    g_array_index(flipped, AkDigest, i).bytes[i % AK_DIGEST_SIZE] ^= (guint8)(1 << (i % 8));
    g_assert_false(check(data, flipped));
    g_autoptr(GArray) shorter = g_array_copy((GArray *)proof);
    g_array_remove_index(shorter, i);
    g_assert_false(check(data, shorter));
  }
  for (guint i = 0; i <= proof->len; i++) {
    const AkDigest extra = {.bytes = {1}};
    g_autoptr(GArray) longer = g_array_copy((GArray *)proof);
    g_array_insert_val(longer, i, extra);
    g_assert_false(check(data, longer));
  }
}

typedef struct {
  AkDigest leaf, root;
  guint64 index, size;
} Inclusion;

static bool inclusion_holds(gconstpointer data, const GArray *proof) {
  const Inclusion *c = data;
  return ak_merkle_check_inclusion(&c->leaf, c->index, c->size, proof, &c->root, NULL);
}

static void test_inclusion_of_every_leaf(void) {
  AkDigest leaves[MOST_LEAVES];
  fill(leaves);
  for (guint64 size = 0; size <= MOST_LEAVES; size++) {
    AkDigest root, expected = slow_root(leaves, size);
    g_assert_true(ak_merkle_root(size, hash_of, leaves, &root, NULL));
    g_assert_true(ak_digest_equal(&root, &expected));
    for (guint64 index = 0; index < size; index++) {
      g_autoptr(GArray) proof = ak_merkle_inclusion(index, size, hash_of, leaves, NULL);
      Inclusion c = {leaves[index], root, index, size};
      g_assert_true(inclusion_holds(&c, proof));
      assert_mutants_fail(proof, inclusion_holds, &c);
      for (guint64 other = 0; other <= size; other++) {
        c.index = other;
        g_assert_cmpint(inclusion_holds(&c, proof), ==, other == index);
      }
      c.index = index;
      c.leaf.bytes[0] ^= 1;
      g_assert_false(inclusion_holds(&c, proof));
      c.leaf = leaves[index];
      c.root.bytes[31] ^= 0x80;
      g_assert_false(inclusion_holds(&c, proof));
    }
  }
}

/* A wrong size changes the path's shape or not; where it does not, the proof says nothing about the
 * size, and the checkpoint binds it. Where the number of nodes differs it must be refused. */
static void test_inclusion_refuses_sizes_of_other_shape(void) {
  AkDigest leaves[MOST_LEAVES], root;
  fill(leaves);
  g_assert_true(ak_merkle_root(8, hash_of, leaves, &root, NULL));
  g_autoptr(GArray) proof = ak_merkle_inclusion(3, 8, hash_of, leaves, NULL);
  Inclusion c = {leaves[3], root, 3, 8};
  for (c.size = 0; c.size <= 4; c.size++)
    g_assert_false(inclusion_holds(&c, proof));
  for (c.size = 9; c.size <= MOST_LEAVES; c.size++)
    g_assert_false(inclusion_holds(&c, proof));
}

typedef struct {
  AkDigest old_root, new_root;
  guint64 old_size, new_size;
} Consistency;

static bool consistency_holds(gconstpointer data, const GArray *proof) {
  const Consistency *c = data;
  return ak_merkle_check_consistency(c->old_size, &c->old_root, c->new_size, &c->new_root, proof,
                                     NULL);
}

static void assert_changed_facts_fail(const Consistency *good, const GArray *proof) {
  Consistency c = *good;
  c.old_root.bytes[5] ^= 4;
  g_assert_false(consistency_holds(&c, proof));
  c = *good;
  c.new_root.bytes[5] ^= 4;
  /* every tree grows from the empty one: the new root is not tied to anything */
  g_assert_cmpint(consistency_holds(&c, proof), ==, good->old_size == 0 && good->new_size > 0);
  c = *good;
  c.old_size = good->new_size + 1;
  g_assert_false(consistency_holds(&c, proof));
}

static void test_consistency_of_every_pair(void) {
  AkDigest leaves[MOST_LEAVES];
  fill(leaves);
  for (guint64 new_size = 0; new_size <= MOST_LEAVES; new_size++)
    for (guint64 old_size = 0; old_size <= new_size; old_size++) {
      Consistency c = {slow_root(leaves, old_size), slow_root(leaves, new_size), old_size,
                       new_size};
      g_autoptr(GArray) proof = ak_merkle_consistency(old_size, new_size, hash_of, leaves, NULL);
      g_assert_true(consistency_holds(&c, proof));
      assert_mutants_fail(proof, consistency_holds, &c);
      assert_changed_facts_fail(&c, proof);
    }
}

/* A log that rewrote an old record cannot show growth from its old root. */
static void test_a_rewritten_log_is_refused(void) {
  AkDigest leaves[MOST_LEAVES];
  fill(leaves);
  AkDigest old_root = slow_root(leaves, 11);
  leaves[7].bytes[0] ^= 1;
  AkDigest new_root = slow_root(leaves, 29);
  g_autoptr(GArray) proof = ak_merkle_consistency(11, 29, hash_of, leaves, NULL);
  g_autoptr(GError) error = NULL;
  g_assert_false(ak_merkle_check_consistency(11, &old_root, 29, &new_root, proof, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
}

static void test_errors_of_makers(void) {
  AkDigest leaves[MOST_LEAVES], root;
  fill(leaves);
  g_autoptr(GError) index = NULL, sizes = NULL, io = NULL;
  g_assert_null(ak_merkle_inclusion(8, 8, hash_of, leaves, &index));
  g_assert_error(index, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_null(ak_merkle_consistency(9, 8, hash_of, leaves, &sizes));
  g_assert_error(sizes, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_false(ak_merkle_root(3, hash_fails, NULL, &root, &io));
  g_assert_error(io, AK_ERROR, AK_ERROR_IO);
  g_assert_null(ak_merkle_inclusion(1, 3, hash_fails, NULL, NULL));
  g_assert_null(ak_merkle_consistency(1, 3, hash_fails, NULL, NULL));
}

/* Leaf by leaf gives the root of RFC 9162's definition, at every size. */
static void test_stack(void) {
  AkDigest leaves[MOST_LEAVES];
  AkMerkleStack stack = {0};
  fill(leaves);
  for (gsize size = 0; size <= MOST_LEAVES; size++) {
    AkDigest root = ak_merkle_stack_root(&stack), expected = slow_root(leaves, size);
    g_assert_true(ak_digest_equal(&root, &expected));
    if (size < MOST_LEAVES)
      ak_merkle_stack_add(&stack, &leaves[size]);
  }
  g_assert_cmpuint(stack.count, ==, MOST_LEAVES);
}

/* Huge sizes must end: at most 63 levels, no overflow. */
static bool hash_is_its_place(gpointer data, guint level, guint64 index, AkDigest *out,
                              GError **error) {
  memset(out, 0, sizeof *out);
  memcpy(out->bytes, &index, sizeof index);
  out->bytes[8] = (guint8)level;
  return true;
}

static void test_the_largest_tree(void) {
  AkDigest root;
  const AkDigest leaf = {.bytes = {0}};
  g_assert_true(ak_merkle_root(G_MAXUINT64, hash_is_its_place, NULL, &root, NULL));
  g_autoptr(GArray) proof = ak_merkle_inclusion(0, G_MAXUINT64, hash_is_its_place, NULL, NULL);
  g_assert_cmpuint(proof->len, ==, 64);
  g_assert_false(ak_merkle_check_inclusion(&leaf, 1, G_MAXUINT64, proof, &root, NULL));
}

static void test_commitment(void) {
  /* SHA-256 of 32 bytes 0xAA and "abc"; the leaf of the tree hashes it once more with 0x00. */
  guint8 salt[AK_SALT_SIZE], joined[AK_SALT_SIZE + 3];
  memset(salt, 0xAA, sizeof salt);
  memset(joined, 0xAA, sizeof joined);
  memcpy(joined + AK_SALT_SIZE, "abc", 3);
  AkDigest expected = ak_digest_of(joined, sizeof joined);
  AkDigest commitment = ak_merkle_commitment(salt, "abc", 3);
  g_assert_true(ak_digest_equal(&commitment, &expected));
  salt[0] ^= 1;
  commitment = ak_merkle_commitment(salt, "abc", 3);
  g_assert_false(ak_digest_equal(&commitment, &expected));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/merkle/known-roots", test_known_roots);
  g_test_add_func("/merkle/known-proofs", test_known_proofs);
  g_test_add_func("/merkle/inclusion", test_inclusion_of_every_leaf);
  g_test_add_func("/merkle/inclusion-size", test_inclusion_refuses_sizes_of_other_shape);
  g_test_add_func("/merkle/consistency", test_consistency_of_every_pair);
  g_test_add_func("/merkle/rewritten", test_a_rewritten_log_is_refused);
  g_test_add_func("/merkle/makers", test_errors_of_makers);
  g_test_add_func("/merkle/stack", test_stack);
  g_test_add_func("/merkle/largest", test_the_largest_tree);
  g_test_add_func("/merkle/commitment", test_commitment);
  return g_test_run();
}
