#include "firmware/format/blake2sp.h"

#include <string.h>

enum { BLOCK = 64, LANES = 8, DEPTH = 2, ROUNDS = 10 };

/* Source: RFC 7693, 2.6 and 2.7 */
static const guint32 start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const guint8 sigma[ROUNDS][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                         {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                         {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                         {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                         {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                         {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                         {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                         {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                         {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static guint32 rotate(guint32 word, guint by) {
  return word >> by | word << (32 - by);
}

static void mix(guint32 v[16], const guint8 at[4], guint32 x, guint32 y) {
  guint32 *a = &v[at[0]], *b = &v[at[1]], *c = &v[at[2]], *d = &v[at[3]];
  *a += *b + x;
  *d = rotate(*d ^ *a, 16);
  *c += *d;
  *b = rotate(*b ^ *c, 12);
  *a += *b + y;
  *d = rotate(*d ^ *a, 8);
  *c += *d;
  *b = rotate(*b ^ *c, 7);
}

static void compress(guint32 state[8], const guint8 block[BLOCK], guint64 count, bool is_last,
                     bool is_last_node) {
  static const guint8 places[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                      {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                      {2, 7, 8, 13},  {3, 4, 9, 14}};
  guint32 v[16], words[16];
  memcpy(v, state, 32);
  memcpy(v + 8, start, 32);
  v[12] ^= (guint32)count;
  v[13] ^= (guint32)(count >> 32);
  v[14] ^= is_last ? 0xffffffffu : 0;
  v[15] ^= is_last && is_last_node ? 0xffffffffu : 0;
  for (gsize i = 0; i < 16; i++)
    words[i] = (guint32)block[4 * i] | (guint32)block[4 * i + 1] << 8 |
               (guint32)block[4 * i + 2] << 16 | (guint32)block[4 * i + 3] << 24;
  for (gsize round = 0; round < ROUNDS; round++)
    for (gsize i = 0; i < 8; i++)
      mix(v, places[i], words[sigma[round][2 * i]], words[sigma[round][2 * i + 1]]);
  for (gsize i = 0; i < 8; i++)
    state[i] ^= v[i] ^ v[i + 8];
}

/* One BLAKE2s of the tree over the blocks from `at` on, each `step` bytes behind the one before. */
static void node(const guint8 *data, gsize size, gsize at, gsize step, guint offset, guint depth,
                 bool is_last_node, guint8 digest[AK_BLAKE2SP_SIZE]) {
  guint32 state[8];
  guint64 count = 0;
  bool is_last = false;
  memcpy(state, start, sizeof state);
  state[0] ^= AK_BLAKE2SP_SIZE | LANES << 16 | DEPTH << 24;
  state[2] ^= offset;
  state[3] ^= depth << 16 | (guint32)AK_BLAKE2SP_SIZE << 24;
  while (!is_last) {
    guint8 block[BLOCK] = {0};
    gsize left = at < size ? MIN(BLOCK, size - at) : 0;
    is_last = at >= size || size - at <= step;
    if (left > 0)
      memcpy(block, data + at, left);
    count += left;
    compress(state, block, count, is_last, is_last_node);
    at += step;
  }
  for (gsize i = 0; i < AK_BLAKE2SP_SIZE; i++)
    digest[i] = (guint8)(state[i / 4] >> i % 4 * 8);
}

void ak_blake2sp(const guint8 *data, gsize size, guint8 digest[AK_BLAKE2SP_SIZE]) {
  guint8 leaves[LANES * AK_BLAKE2SP_SIZE];
  for (guint i = 0; i < LANES; i++)
    node(data, size, (gsize)i * BLOCK, LANES * BLOCK, i, 0, i == LANES - 1,
         leaves + (gsize)i * AK_BLAKE2SP_SIZE);
  node(leaves, sizeof leaves, 0, BLOCK, 0, 1, true, digest);
}
