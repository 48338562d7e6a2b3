/* Call sites in programs that a compiler makes for each processor; the expectations follow from the
 * source. */
#include "firmware/analysis/call-sites.h"
#include "firmware/unpack/test-image.h"

/* Three commands: a text, one put together on the stack, one that was handed in; and what a maker's
 * own function is handed. "+ 1" keeps the calls from becoming jumps. */
static const char source[] =
    "int system(const char *); char *strcpy(char *, const char *);\n"
    "int doSystem(const char *, ...); int harmless(const char *);\n"
    "int constant(void) { return system(\"reboot now\") + 1; }\n"
    "int built(const char *a) { char b[64]; strcpy(b, a); return system(b) + 1; }\n"
    "int given(const char *a) { return system(a) + 1; }\n"
    "int maker(int a) { return doSystem(\"ifconfig eth%d up\", a) + doSystem(\"sync\") + 1; }\n"
    "int other(void) { return harmless(\"no command\") + 1; }\n"
    "int __start(int c, char **v) { return constant() + built(v[0]) + given(v[1]) + maker(c) + "
    "other(); }\n"
    "int _start(int c, char **v) { return __start(c, v); }\n";
static const char library[] =
    "int system(const char *a) { return 0; } char *strcpy(char *a, const char *b) { return a; }\n"
    "int doSystem(const char *a, ...) { return 0; } int harmless(const char *a) { return 0; }\n";

static GBytes *program_for(const char *target, const char *options) {
  g_autofree char *top = g_dir_make_tmp("akashi-calls-XXXXXX", NULL);
  static const char common[] = "-O1 -fno-builtin -fno-inline -fno-stack-protector -nostdlib "
                               "-fuse-ld=lld -ffreestanding -w";
  image_put_text(top, "a.c", source);
  image_put_text(top, "l.c", library);
  g_assert_true(image_run(top, "clang --target=%s %s %s -shared -fPIC l.c -o libl.so", target,
                          common, options));
  g_assert_true(
      image_run(top, "clang --target=%s %s %s a.c -o a libl.so", target, common, options));
  g_autofree char *path = g_build_filename(top, "a", NULL);
  GBytes *bytes = image_load(path);
  image_remove_tree(top);
  return bytes;
}

static const char *const names[] = {"system", "strcpy", "doSystem", "popen"};

static const char *count(GBytes *program, gsize size, AkCallSites *rows) {
  g_auto(AkElf) elf = {0};
  AkElfDynamic dynamic;
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_elf_open(&elf, g_bytes_get_data(program, NULL), size, &error));
  g_assert_true(ak_elf_dynamic(&elf, &dynamic, &error));
  return ak_call_sites_count(&elf, &dynamic, names, G_N_ELEMENTS(names), rows);
}

static void expect(const char *target, const char *name, const AkCallSites *row, guint sites,
                   guint constant, guint built) {
  if (row->sites != sites || row->constant != constant || row->built != built)
    g_error("%s, %s: %u sites, %u constant, %u built", target, name, row->sites, row->constant,
            row->built);
}

static const struct {
  const char *target, *options;
  bool is_loaded; /* the maker's function is loaded once, and called twice from a register */
} targets[] = {
    {"x86_64-linux-gnu", "-fPIE -pie"},
    {"x86_64-linux-gnu", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,force-ibt"},
    {"x86_64-linux-gnu", "-fPIE -pie -fno-plt", true},
    {"aarch64-linux-gnu", "-fPIE -pie"},
    {"aarch64-linux-gnu", "-fPIE -pie -mbranch-protection=bti -Wl,-z,force-bti"},
    {"armv7-linux-gnueabihf", "-fPIE -pie -marm"},
    {"armv7-linux-gnueabihf", "-fno-pie -no-pie -mthumb"},
    {"armv7-linux-gnueabihf", "-fPIE -pie -mthumb"},
    {"armv5te-linux-gnueabi", "-fno-pie -no-pie -marm -mfloat-abi=soft"},
    {"mips-linux-gnu", "-fPIE -pie"},
    {"mipsel-linux-gnu", "-fPIE -pie"},
};

static void test_target(gconstpointer data) {
  gsize index = GPOINTER_TO_SIZE(data);
  AkCallSites rows[G_N_ELEMENTS(names)];
  if (!image_has("clang,ld.lld"))
    return;
  g_autoptr(GBytes) program = program_for(targets[index].target, targets[index].options);
  gsize size = g_bytes_get_size(program);
  g_assert_null(count(program, size, rows));
  g_autofree char *label = g_strjoin(" ", targets[index].target, targets[index].options, NULL);
  expect(label, "system", &rows[0], 3, 1, 1);
  expect(label, "strcpy", &rows[1], 1, 0, 0);
  /* the text with a %d is filled in when it runs */
  bool is_loaded = targets[index].is_loaded;
  expect(label, "doSystem", &rows[2], is_loaded ? 1 : 2, !is_loaded, !is_loaded);
  expect(label, "popen", &rows[3], 0, 0, 0);
  for (gsize cut = 0; cut < size; cut += 97) {
    g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(program, NULL), cut);
    ak_firmware_call_sites_fuzz(copy, cut);
  }
}

static void test_an_image(void) {
  if (!image_has("clang,ld.lld"))
    return;
  g_autoptr(GBytes) program = program_for("aarch64-linux-gnu", "-fPIE -pie");
  g_autoptr(GBytes) other = program_for("riscv64-linux-gnu", "-fPIE -pie");
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_bytes(tree, "/usr/sbin/httpd", 0755, g_bytes_get_data(program, NULL),
                   g_bytes_get_size(program));
  image_tree_bytes(tree, "/usr/sbin/other", 0755, g_bytes_get_data(other, NULL),
                   g_bytes_get_size(other));
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.call");
  image_expect(seen, "image!/usr/sbin/httpd", "call.sites",
               "doSystem: 2, 1 constant, 1 built, 0 not told|strcpy: 1|"
               "system: 3, 1 constant, 1 built, 1 not told");
  image_expect(seen, "image!/usr/sbin/other", "call.sites", "could-not-look");
  /* system 3 twice, strcpy 3, doSystem 3 twice; the other each once */
  image_expect(seen, "image", "call.ranking",
               "01. /usr/sbin/httpd: 15 (system, doSystem, strcpy)|"
               "02. /usr/sbin/other: 9 (system, doSystem, strcpy)");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
    g_autofree char *path = g_strdup_printf("/call-sites/%u", (guint)i);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_target);
  }
  g_test_add_func("/call-sites/image", test_an_image);
  return g_test_run();
}
