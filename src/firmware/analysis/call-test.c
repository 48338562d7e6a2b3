#include "firmware/analysis/elf-recipe.h"

static const char many[] = "\0strcpy\0system\0sprintf\0puts\0strcpy_s\0";
static const char few[] = "\0puts\0strncpy\0";
static const char none[] = "\0puts\0write\0";

static void add(AkFirmwareTree *tree, const char *path, const char *names, gsize size) {
  Recipe recipe = {.type = 3, .stack = true, .interp = true, .names = names, .names_size = size};
  g_autoptr(GBytes) bytes = recipe_build(&recipe);
  image_tree_bytes(tree, path, 0755, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* By hand: strcpy, system and sprintf weigh 3 each, strncpy 1. */
static void test_a_weak_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add(tree, "/bin/few", few, sizeof few);
  add(tree, "/usr/sbin/httpd", many, sizeof many);
  add(tree, "/bin/none", none, sizeof none);
  add(tree, "/lib/libx.so.1", many, sizeof many);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.call");
  image_expect(seen, "image!/usr/sbin/httpd", "call.dangerous", "sprintf|strcpy|system");
  image_expect(seen, "image!/bin/few", "call.dangerous", "strncpy");
  image_expect(seen, "image!/bin/none", "call.dangerous", "absent");
  image_expect(seen, "image!/lib/libx.so.1", "call.dangerous", "none");
  image_expect(seen, "image", "call.ranking",
               "01. /usr/sbin/httpd: 9 (system, strcpy, sprintf)|02. /bin/few: 1 (strncpy)");
  image_expect(seen, "image", "call.coverage", "programs");
  const AkObservation *weight =
      ak_sink_collector_find(seen, "call.weight", "image!/usr/sbin/httpd");
  g_assert_cmpint(weight->value.integer, ==, 9);
}

static void test_a_sound_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add(tree, "/bin/none", none, sizeof none);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.call");
  image_expect(seen, "image", "call.ranking", "absent");
  image_expect(seen, "image", "call.coverage", "programs");
}

/* A static program does not name what it calls: then nothing is absent. */
static void test_a_static_program(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add(tree, "/bin/static", NULL, 0);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.call");
  image_expect(seen, "image!/bin/static", "call.dangerous", "could-not-look");
  image_expect(seen, "image", "call.ranking", "cut");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/call/weak", test_a_weak_image);
  g_test_add_func("/call/sound", test_a_sound_image);
  g_test_add_func("/call/static", test_a_static_program);
  return g_test_run();
}
