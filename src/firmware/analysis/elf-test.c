#include "firmware/analysis/elf-recipe.h"

static const char sound_names[] = "\0__stack_chk_fail\0__printf_chk\0";
static const char weak_names[] = "\0printf\0GLIBC_2.2.5\0/tmp/lib:/usr/lib/open\0";
#define WEAK_PATH 20

static void add_program(AkFirmwareTree *tree, const char *path, guint mode, const Recipe *recipe) {
  g_autoptr(GBytes) bytes = recipe_build(recipe);
  image_tree_bytes(tree, path, mode, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static const Recipe sound = {.type = 3,
                             .stack = true,
                             .relro = true,
                             .interp = true,
                             .names = sound_names,
                             .names_size = sizeof sound_names,
                             .bind_now = true,
                             .lazy = true,
                             .property = 0xc0000002,
                             .bits = 3};
static const Recipe weak = {.type = 2,
                            .stack = true,
                            .stack_executable = true,
                            .interp = true,
                            .names = weak_names,
                            .names_size = sizeof weak_names,
                            .lazy = true,
                            .runpath = WEAK_PATH,
                            .machine = 40,
                            .is_narrow = true};

static void test_a_sound_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_program(tree, "/bin/a", 0755, &sound);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.elf");
  image_expect(seen, "image!/bin/a", "elf.file", "x86-64 executable");
  image_expect(seen, "image!/bin/a", "elf.missing", "absent");
  image_expect(seen, "image!/bin/a", "elf.relro", "full");
  image_expect(seen, "image!/bin/a", "elf.control-flow", "ibt|shstk");
  image_expect(seen, "image!/bin/a", "elf.rpath", "none");
  image_expect(seen, "image", "elf.rpath", "absent");
  image_expect(seen, "image", "elf.risky-path", "absent");
  image_expect(seen, "image", "elf.setuid", "absent");
  image_expect(seen, "image", "elf.summary",
               "canary: 1 of 1|control flow: 1 of 1|fortify: 1 of 1|full relro: 1 of 1|nx: 1 of 1|"
               "pie: 1 of 1|relro: 1 of 1");
  image_expect(seen, "image", "elf.coverage", "executables");
}

static void test_a_weak_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_add(tree,
                 (AkNode){.type = AK_NODE_FOLDER, .path = g_strdup("/usr/lib/open"), .mode = 0777});
  add_program(tree, "/bin/a", 0755, &sound);
  add_program(tree, "/bin/w", 04755, &weak);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.elf");
  image_expect(seen, "image!/bin/w", "elf.file", "ARM executable");
  image_expect(seen, "image!/bin/w", "elf.missing", "canary|fortify|nx|pie|relro");
  image_expect(seen, "image!/bin/w", "elf.relro", "absent");
  image_expect(seen, "image!/bin/w", "elf.control-flow", "absent");
  image_expect(seen, "image!/bin/w", "elf.rpath", "RUNPATH /tmp/lib|RUNPATH /usr/lib/open");
  image_expect(seen, "image!/bin/w", "elf.risky-path",
               "RUNPATH /tmp/lib: everybody may write there|"
               "RUNPATH /usr/lib/open: everybody may write there");
  image_expect(seen, "image!/bin/w", "elf.setuid", "4755 uid 0 gid 0");
  image_expect(seen, "image", "elf.setuid", "none");
  image_expect(seen, "image", "elf.summary",
               "canary: 1 of 2|control flow: 1 of 2|fortify: 1 of 2|full relro: 1 of 2|nx: 1 of 2|"
               "pie: 1 of 2|relro: 1 of 2");
}

/* What is told from the program's own folder is looked at where it leads. */
static void test_paths_from_the_program(void) {
  static const char names[] = "strcpy\0$ORIGIN:$ORIGIN/../lib:${ORIGIN}/../../tmp/x:$ORIGIN/../safe\0";
  static const Recipe own = {.type = 3, .stack = true, .relro = true, .interp = true, .names = names, .names_size = sizeof names, .runpath = 7};
  g_autoptr(AkFirmwareTree) tree = image_tree();
  static const char *const folders[] = {"/opt/app/lib", "/opt/app/safe", "/opt/app/bin"};
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
    image_tree_add(tree, (AkNode){.type = AK_NODE_FOLDER, .path = g_strdup(folders[i]), .mode = i == 0 ? 0777 : 0755});
  add_program(tree, "/opt/app/bin/a", 0755, &own);
  add_program(tree, "/opt/bin/b", 0755, &own);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.elf");
  image_expect(seen, "image!/opt/app/bin/a", "elf.risky-path", "RUNPATH $ORIGIN/../lib: everybody may write there");
  image_expect(seen, "image!/opt/bin/b", "elf.risky-path", "RUNPATH ${ORIGIN}/../../tmp/x: everybody may write there");
}

/* A damaged program is cut, and with it what is said of the image. */
static void test_a_damaged_program(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  g_autoptr(GBytes) bytes = recipe_build(&sound);
  image_tree_bytes(tree, "/bin/a", 0755, g_bytes_get_data(bytes, NULL), 100);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.elf");
  image_expect(seen, "image!/bin/a", "elf.missing", "cut");
  image_expect(seen, "image", "elf.rpath", "cut");
  image_expect(seen, "image", "elf.coverage", "cut");
  image_expect(seen, "image", "elf.summary", "absent");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/elf-image/origin", test_paths_from_the_program);
  g_test_add_func("/elf-image/sound", test_a_sound_image);
  g_test_add_func("/elf-image/weak", test_a_weak_image);
  g_test_add_func("/elf-image/damaged", test_a_damaged_program);
  return g_test_run();
}
