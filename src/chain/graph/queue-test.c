/* The order of a queue against looking for the least of all that are in it. */
#include "chain/graph/queue.h"

typedef struct {
  guint64 effort;
  guint32 atom;
} Waiting;

/* Takes the least; false: none is left. */
static bool take_naive(GArray *all, Waiting *out) {
  guint least = 0;
  if (all->len == 0)
    return false;
  for (guint i = 1; i < all->len; i++) {
    const Waiting *a = &g_array_index(all, Waiting, i), *b = &g_array_index(all, Waiting, least);
    if (a->effort < b->effort || (a->effort == b->effort && a->atom < b->atom))
      least = i;
  }
  *out = g_array_index(all, Waiting, least);
  g_array_remove_index_fast(all, least);
  return true;
}

static guint64 random_effort(GRand *rand, guint64 now) {
  static const guint64 far[] = {0, 1, 63, 64, 1023, 1024, 1025, 4096, G_GUINT64_CONSTANT(5000000000)};
  return g_rand_boolean(rand) ? now + (guint64)g_rand_int_range(rand, 0, 70)
                              : now + far[g_rand_int_range(rand, 0, G_N_ELEMENTS(far))];
}

/* Each atom at most once with an effort, as there. */
static void add(AkChainQueue *queue, GArray *all, guint64 effort, guint32 atom) {
  const Waiting added = {effort, atom};
  for (guint i = 0; i < all->len; i++)
    if (g_array_index(all, Waiting, i).effort == effort && g_array_index(all, Waiting, i).atom == atom)
      return;
  g_array_append_val(all, added);
  ak_chain_queue_add(queue, effort, atom);
}

static void run(GRand *rand, guint32 atoms) {
  g_autoptr(AkChainQueue) queue = ak_chain_queue_new(atoms);
  g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Waiting));
  guint64 now = 0, effort = 0;
  guint32 atom = 0;
  Waiting wanted;
  for (guint step = 0; step < 400; step++) {
    for (gint i = g_rand_int_range(rand, 0, step < 300 ? 4 : 1); i > 0; i--)
      add(queue, all, random_effort(rand, now), (guint32)g_rand_int_range(rand, 0, (gint32)atoms));
    bool is_left = take_naive(all, &wanted);
    g_assert_true(ak_chain_queue_take(queue, &effort, &atom) == is_left);
    if (!is_left)
      continue;
    g_assert_cmpuint(effort, ==, wanted.effort);
    g_assert_cmpuint(atom, ==, wanted.atom);
    now = effort;
  }
}

/* One word of bits, and several levels of them. */
static void test_random(void) {
  static const guint32 sizes[] = {1, 63, 64, 65, 4096, 4097, 300000};
  g_autoptr(GRand) rand = g_rand_new_with_seed(47);
  for (guint round = 0; round < 140; round++)
    run(rand, sizes[round % G_N_ELEMENTS(sizes)]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/queue/random", test_random);
  return g_test_run();
}
