/* Work done ahead: in order, whole, within its room, and the same with any number of threads. */
#include "util/crew.h"

#include <glib.h>

typedef struct {
  guint number, square;
  gint *alive;
} Item;

typedef struct {
  GArray *taken; /* of guint */
  gint in_hand, most; /* items that exist */
  guint fails_at;     /* 0: never */
} World;

static Item *item_new(World *world, guint number) {
  Item *item = g_new0(Item, 1);
  *item = (Item){number, 0, &world->in_hand};
  gint now = g_atomic_int_add(&world->in_hand, 1) + 1;
  world->most = MAX(world->most, now);
  return item;
}

static void item_free(gpointer data) {
  Item *item = data;
  g_atomic_int_dec_and_test(item->alive);
  g_free(item);
}

/* The earlier ones take longer, so that the later ones are done first. */
static void square(gpointer data, gpointer world) {
  Item *item = data;
  g_usleep((50 - item->number % 50) * 20);
  item->square = item->number * item->number;
}

static bool take(gpointer data, gpointer context, GError **error) {
  World *world = context;
  const Item *item = data;
  if (world->fails_at != 0 && item->number == world->fails_at)
    return ak_error_set(error, AK_ERROR_LIMIT, "no more than %u", item->number);
  g_array_append_val(world->taken, item->square);
  return true;
}

static AkAheadWork work_of(World *world, gsize room) {
  return (AkAheadWork){
      .work = square, .take = take, .free = item_free, .data = world, .room = room};
}

static void test_order(gconstpointer data) {
  g_autoptr(AkCrew) crew = ak_crew_new(GPOINTER_TO_UINT(data));
  g_assert_cmpuint(ak_crew_threads(crew), ==, GPOINTER_TO_UINT(data));
  World world = {.taken = g_array_new(FALSE, FALSE, sizeof(guint))};
  AkAheadWork work = work_of(&world, 20);
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &work);
  for (guint i = 0; i < 200; i++)
    g_assert_true(ak_ahead_push(ahead, item_new(&world, i), 1, NULL));
  g_assert_true(ak_ahead_end(ahead, NULL));
  g_assert_cmpuint(world.taken->len, ==, 200);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint(g_array_index(world.taken, guint, i), ==, i * i);
  g_assert_cmpint(world.in_hand, ==, 0);
  g_assert_cmpint(world.most, <=, 21); /* the room, and the one that is pushed */
  g_array_unref(world.taken);
}

static void test_what_fails_ends_it(gconstpointer data) {
  g_autoptr(AkCrew) crew = ak_crew_new(GPOINTER_TO_UINT(data));
  World world = {.taken = g_array_new(FALSE, FALSE, sizeof(guint)), .fails_at = 7};
  AkAheadWork work = work_of(&world, 3);
  AkAhead *ahead = ak_ahead_new(crew, &work);
  g_autoptr(GError) error = NULL;
  bool ok = true;
  for (guint i = 0; ok && i < 100; i++)
    ok = ak_ahead_push(ahead, item_new(&world, i), 1, &error);
  g_assert_false(ok);
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
  g_assert_cmpuint(world.taken->len, ==, 7);
  g_assert_false(ak_ahead_push(ahead, item_new(&world, 200), 1, NULL));
  g_assert_false(ak_ahead_end(ahead, NULL));
  ak_ahead_free(ahead);
  g_assert_cmpint(world.in_hand, ==, 0);
  g_array_unref(world.taken);
}

/* What was pushed and never taken is dropped. */
static void test_given_up(void) {
  g_autoptr(AkCrew) crew = ak_crew_new(2);
  World world = {.taken = g_array_new(FALSE, FALSE, sizeof(guint))};
  AkAheadWork work = work_of(&world, 1000);
  AkAhead *ahead = ak_ahead_new(crew, &work);
  for (guint i = 0; i < 500; i++)
    g_assert_true(ak_ahead_push(ahead, item_new(&world, i), 1, NULL));
  ak_ahead_free(ahead);
  g_assert_cmpint(world.in_hand, ==, 0);
  g_assert_cmpuint(world.taken->len, ==, 0);
  g_array_unref(world.taken);
}

/* One that is heavier than all room goes alone; work within taking is another ahead's. */
static bool take_and_work(gpointer data, gpointer context, GError **error) {
  World inner = {.taken = g_array_new(FALSE, FALSE, sizeof(guint))};
  AkAheadWork work = work_of(&inner, 4);
  g_autoptr(AkAhead) ahead = ak_ahead_new(((gpointer *)context)[1], &work);
  for (guint i = 0; i < 10; i++)
    g_assert_true(ak_ahead_push(ahead, item_new(&inner, i), 1, NULL));
  g_assert_true(ak_ahead_end(ahead, NULL));
  g_assert_cmpuint(inner.taken->len, ==, 10);
  g_array_unref(inner.taken);
  return take(data, ((gpointer *)context)[0], error);
}

static void work_outer(gpointer item, gpointer context) {
  square(item, ((gpointer *)context)[0]);
}

static void test_nested_and_heavy(void) {
  g_autoptr(AkCrew) crew = ak_crew_new(2);
  World world = {.taken = g_array_new(FALSE, FALSE, sizeof(guint))};
  gpointer context[] = {&world, crew};
  AkAheadWork work = {.work = work_outer,
                      .take = take_and_work,
                      .free = item_free,
                      .data = context,
                      .room = 10};
  g_autoptr(AkAhead) ahead = ak_ahead_new(crew, &work);
  for (guint i = 0; i < 30; i++)
    g_assert_true(ak_ahead_push(ahead, item_new(&world, i), i % 5 == 0 ? 1000 : 1, NULL));
  g_assert_true(ak_ahead_end(ahead, NULL));
  for (guint i = 0; i < 30; i++)
    g_assert_cmpuint(g_array_index(world.taken, guint, i), ==, i * i);
  g_array_unref(world.taken);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (guint threads = 0; threads < 4; threads++) {
    g_autofree char *order = g_strdup_printf("/crew/order/%u", threads);
    g_autofree char *fails = g_strdup_printf("/crew/fails/%u", threads);
    g_test_add_data_func(order, GUINT_TO_POINTER(threads), test_order);
    g_test_add_data_func(fails, GUINT_TO_POINTER(threads), test_what_fails_ends_it);
  }
  g_test_add_func("/crew/given-up", test_given_up);
  g_test_add_func("/crew/nested", test_nested_and_heavy);
  return g_test_run();
}
