/* The bytes that jansson prints, for values of all kinds, also where they stand in several places and at several depths. */
#include "util/json-print.h"

#include <stdlib.h>
#include <string.h>

enum { POOL = 12 };

static json_t *random_plain(GRand *rand) {
  static const char *const texts[] = {"", "a", "\"quoted\" \\ and /", "日本語", "\x01\x1f\x7f\b\f\n\r\t", "é\xf0\x9f\x94\x92"};
  switch (g_rand_int_range(rand, 0, 6)) {
  case 0:
    return json_integer((json_int_t)g_rand_int(rand) - G_MAXINT32);
  case 1:
    return json_real(g_rand_double(rand) * 1e6);
  case 2:
    return json_boolean(g_rand_boolean(rand));
  case 3:
    return json_null();
  default:
    return json_string(texts[g_rand_int_range(rand, 0, G_N_ELEMENTS(texts))]);
  }
}

/* Holds any of the first `count` values of the pool, those that are there already. */
static json_t *random_holder(GRand *rand, json_t **pool, guint count) {
  json_t *out = g_rand_boolean(rand) ? json_array() : json_object();
  for (gint i = g_rand_int_range(rand, 0, 6); i > 0; i--) {
    json_t *held = count > 0 && g_rand_boolean(rand) ? json_incref(pool[g_rand_int_range(rand, 0, (gint)count)])
                                                     : random_plain(rand);
    g_autofree char *key = g_strdup_printf("%s%d", g_rand_boolean(rand) ? "key" : "キー", g_rand_int_range(rand, 0, 15));
    if (json_is_array(out))
      json_array_append_new(out, held);
    else
      json_object_set_new(out, key, held);
  }
  return out;
}

static void test_random(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(31);
  guint shared = 0;
  for (guint round = 0; round < 2000; round++) {
    json_t *pool[POOL];
    gsize size = 0;
    for (guint i = 0; i < POOL; i++)
      pool[i] = random_holder(rand, pool, i);
    g_autofree char *text = ak_json_to_text(pool[POOL - 1], &size);
    char *wanted = json_dumps(pool[POOL - 1], JSON_INDENT(1) | JSON_SORT_KEYS);
    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpuint(size, ==, strlen(wanted));
    free(wanted);
    for (guint i = 0; i < POOL; i++)
      shared += pool[i]->refcount > 2;
    for (guint i = 0; i < POOL; i++)
      json_decref(pool[i]);
  }
  g_assert_cmpuint(shared, >, 1000);
}

static json_t *random_members(GRand *rand) {
  json_t *out = json_object();
  for (gint i = g_rand_int_range(rand, 0, 40); i > 0; i--) {
    g_autofree char *key = g_strdup_printf("%s%d", g_rand_boolean(rand) ? "k" : "\xc3\xa9\n", g_rand_int_range(rand, 0, 30));
    json_object_set_new(out, key, random_plain(rand));
  }
  json_object_set_new(out, "most", json_integer(G_MAXINT64));
  json_object_set_new(out, "least", json_integer(G_MININT64));
  json_object_set_new(out, "none", json_integer(0));
  return out;
}

static void test_canonical(void) {
  g_autoptr(GRand) rand = g_rand_new_with_seed(32);
  for (guint round = 0; round < 2000; round++) {
    g_autoptr(json_t) value = json_pack("[o, o]", random_holder(rand, NULL, 0), random_members(rand));
    gsize size = 0;
    g_autofree char *text = ak_json_to_canonical(value, &size);
    char *wanted = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpuint(size, ==, strlen(wanted));
    free(wanted);
  }
}

typedef struct {
  GString *text;
  guint pieces, most;
} Pieces;

static bool take_piece(const char *bytes, gsize size, gpointer data) {
  Pieces *self = data;
  g_string_append_len(self->text, bytes, (gssize)size);
  return ++self->pieces < self->most;
}

/* Large ones come in pieces, and end where one is refused. */
static void test_pieces(void) {
  g_autoptr(json_t) row = json_pack("{s:s, s:[i, i]}", "id", "L1_1_a", "days", 1, 2);
  json_t *all = json_array();
  g_autoptr(GString) text = g_string_new(NULL), less = g_string_new(NULL);
  for (guint i = 0; i < 20000; i++)
    json_array_append(all, row);
  Pieces whole = {text, 0, G_MAXUINT}, first = {less, 0, 1};
  g_assert_true(ak_json_print(all, take_piece, &whole));
  char *wanted = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
  g_assert_cmpstr(text->str, ==, wanted);
  g_assert_cmpuint(whole.pieces, >, 5);
  g_assert_false(ak_json_print(all, take_piece, &first));
  g_assert_cmpuint(first.pieces, ==, 1);
  g_assert_true(g_str_has_prefix(wanted, less->str));
  free(wanted);
  json_decref(all);
}

/* What is larger than a piece is not kept, and small ones between two pieces are told whole. */
static void test_large(void) {
  json_t *all = json_array(), *large = json_array();
  g_autoptr(GString) text = g_string_new(NULL);
  Pieces whole = {text, 0, G_MAXUINT};
  for (guint i = 0; i < 30000; i++) {
    g_autofree char *number = g_strdup_printf("row %u", i / 3);
    json_t *row = json_pack("{s:s}", "id", number);
    json_array_append(large, row);
    json_array_append_new(large, row);
  }
  for (guint i = 0; i < 3; i++)
    json_array_append(all, large);
  g_assert_true(ak_json_print(all, take_piece, &whole));
  char *wanted = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
  g_assert_cmpstr(text->str, ==, wanted);
  g_assert_cmpuint(whole.pieces, >, strlen(wanted) / 200000); /* none holds one of the three whole */
  free(wanted);
  json_decref(large);
  json_decref(all);
}

static void test_deep(void) {
  for (guint depth = 511; depth <= 512; depth++) {
    json_t *value = json_array();
    gsize size = 0;
    for (guint i = 0; i < depth; i++) {
      json_t *outer = json_array();
      json_array_append_new(outer, value);
      value = outer;
    }
    g_autofree char *text = ak_json_to_text(value, &size);
    g_assert_true((text != NULL) == (depth == 511));
    json_decref(value);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-print/random", test_random);
  g_test_add_func("/json-print/canonical", test_canonical);
  g_test_add_func("/json-print/pieces", test_pieces);
  g_test_add_func("/json-print/large", test_large);
  g_test_add_func("/json-print/deep", test_deep);
  return g_test_run();
}
