/* The tree of an image as rows: what must be there, and what is left out where there is no room. */
#include "app/firmware-outline.h"

#include <string.h>

static void add_region(json_t *result, const char *node, const char *in, gint64 offset, const char *kind) {
  json_array_append_new(json_object_get(result, "regions"),
                        json_pack("{s:s, s:s, s:I, s:i, s:s}", "node", node, "in", in, "offset", (json_int_t)offset,
                                  "size", 1000, "kind", kind));
}

static void add_entry(json_t *result, const char *node, const char *type, gint64 size) {
  json_array_append_new(json_object_get(result, "files"),
                        json_pack("{s:s, s:s, s:I}", "node", node, "type", type, "size", (json_int_t)size));
}

/* One line a row: depth, kind, name, size and what it holds. */
static char *lines_of(const json_t *result, guint rows) {
  static const char *const members[] = {"offset", "file", "folder", "link", "device", "modules", "count"};
  g_autoptr(json_t) outline = ak_firmware_outline(result, rows, false);
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(outline); i++) {
    const json_t *row = json_array_get(outline, i);
    g_string_append_printf(text, "%" JSON_INTEGER_FORMAT "%s %s %s %s", json_integer_value(json_object_get(row, "depth")),
                           json_is_true(json_object_get(row, "last")) ? "." : "", ak_json_string_or(row, "kind", "?"),
                           ak_json_string_or(row, "name", "-"), ak_json_string_or(row, "format", "-"));
    if (json_object_get(row, "size") != NULL)
      g_string_append_printf(text, " %" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, "size")));
    for (gsize k = 0; k < G_N_ELEMENTS(members); k++)
      if (json_object_get(row, members[k]) != NULL)
        g_string_append_printf(text, " %s=%" JSON_INTEGER_FORMAT, members[k],
                               json_integer_value(json_object_get(row, members[k])));
    g_string_append_c(text, '\n');
  }
  return g_string_free(text, FALSE);
}

static json_t *empty(void) {
  return json_pack("{s:[], s:[]}", "regions", "files");
}

/* A header with a filesystem and padding; in the filesystem folders, a link and a packed archive. */
static json_t *router(void) {
  json_t *result = empty();
  add_region(result, "r.bin", "r.bin", 0, "trx");
  add_region(result, "r.bin!#0", "r.bin", 28, "squashfs");
  add_region(result, "r.bin!#tail@1028", "r.bin", 1028, "padding");
  add_region(result, "r.bin!#0!/etc/b.tgz", "r.bin!#0!/etc/b.tgz", 0, "gzip");
  add_region(result, "r.bin!#0!/etc/b.tgz!#gzip", "r.bin!#0!/etc/b.tgz!#gzip", 0, "tar");
  add_entry(result, "r.bin!#0!/etc", "folder", 0);
  add_entry(result, "r.bin!#0!/etc/b.tgz", "file", 70);
  add_entry(result, "r.bin!#0!/etc/a", "file", 30);
  add_entry(result, "r.bin!#0!/init", "link", 0);
  add_entry(result, "r.bin!#0!/dev/console", "device", 0); /* no entry tells of its folder */
  add_entry(result, "r.bin!#0!/etc/b.tgz!#gzip!/x", "file", 5);
  return result;
}

static void test_small(void) {
  g_autoptr(json_t) result = router();
  g_autofree char *text = lines_of(result, 40);
  g_assert_cmpstr(text, ==,
                  "0. container trx - 1000\n"
                  "1. container squashfs - 1000 offset=28 file=2 folder=1 link=1 device=1\n"
                  "2 folder dev - 0 device=1\n"
                  "3. device console - 0\n"
                  "2 folder etc - 100 file=2\n"
                  "3 file a - 30\n"
                  "3. file b.tgz gzip 70\n"
                  "4. container tar - 1000 file=1\n"
                  "5. file x - 5\n"
                  "2. link init - 0\n");
}

/* With no room for folders, containers stand nevertheless, and files that hold something by their path. */
static void test_no_room(void) {
  g_autoptr(json_t) result = router();
  g_autofree char *text = lines_of(result, 2);
  g_assert_cmpstr(text, ==,
                  "0. container trx - 1000\n"
                  "1. container squashfs - 1000 offset=28 file=2 folder=1 link=1 device=1\n"
                  "2. file etc/b.tgz gzip 70\n"
                  "3. container tar - 1000 file=1\n"
                  "4. file x - 5\n");
}

static void test_many(void) {
  g_autoptr(json_t) result = empty();
  add_region(result, "i", "i", 0, "tar");
  for (guint i = 0; i < 300; i++) {
    g_autofree char *file = g_strdup_printf("i!/d%u/f%03u.gz", i % 3, i);
    add_entry(result, file, "file", 10);
    if (i < 25)
      add_region(result, file, file, 0, "gzip");
  }
  g_autoptr(json_t) outline = ak_firmware_outline(result, 40, false);
  g_autofree char *text = lines_of(result, 40);
  g_assert_true(g_str_has_prefix(text, "0. container tar - 1000 file=300\n1 folder d0 - 1000 file=100\n"));
  guint files = 0;
  gint64 left = 0;
  for (gsize i = 0; i < json_array_size(outline); i++) {
    const json_t *row = json_array_get(outline, i);
    files += strcmp(ak_json_string_or(row, "kind", ""), "file") == 0;
    left += json_integer_value(json_object_get(row, "count"));
  }
  g_assert_cmpuint(files, ==, 10);
  g_assert_cmpint(left, ==, 15);
}

static void test_many_containers(void) {
  g_autoptr(json_t) result = empty();
  for (guint i = 0; i < 100; i++) {
    g_autofree char *node = g_strdup_printf("i!#data@%u", i * 1000);
    add_region(result, node, "i", i * 1000, "gzip");
  }
  g_autofree char *text = lines_of(result, 40);
  g_assert_true(g_str_has_prefix(text, "0 container gzip - 1000 offset=0\n0 container gzip - 1000 offset=1000\n"));
  g_assert_true(g_str_has_suffix(text, "0 container gzip - 1000 offset=39000\n0. more - - count=60\n"));
}

/* Parts that no region stands for; a file whose bytes hold something further in; folders too deep; the same name twice. */
static void test_odd(void) {
  g_autoptr(json_t) result = empty();
  add_region(result, "i!#data@0", "i", 0, "unknown");
  add_region(result, "i!#data@50", "i", 50, "tar");
  add_entry(result, "i!#data@50!/a/b/c/d/e/f", "file", 1);
  add_entry(result, "i!#data@50!/twice", "file", 2);
  add_entry(result, "i!#data@50!/twice", "folder", 0);
  add_entry(result, "i!#data@50!/twice/x", "file", 3);
  add_entry(result, "i!#data@50!/p", "file", 9);
  add_region(result, "i!#data@50!/p!#data@0", "i!#data@50!/p", 0, "content");
  add_region(result, "i!#data@50!/p!#data@4", "i!#data@50!/p", 4, "gzip");
  g_autofree char *text = lines_of(result, 40);
  g_assert_cmpstr(text, ==,
                  "0. container tar - 1000 offset=50 file=4 folder=1\n"
                  "1 folder a - 1 file=1\n"
                  "2. folder b - 1 file=1\n"
                  "3. folder c - 1 file=1\n"
                  "4. folder d - 1 file=1\n"
                  "5. file e/f - 1\n"
                  "1 file p - 9\n"
                  "2. container gzip - 1000 offset=4\n"
                  "1 file twice - 2\n"
                  "1. folder twice - 3 file=1\n"
                  "2. file x - 3\n");
}

static gsize count_kind(const json_t *outline, const char *kind) {
  gsize count = 0;
  for (gsize i = 0; i < json_array_size(outline); i++)
    count += strcmp(ak_json_string_or(json_array_get(outline, i), "kind", ""), kind) == 0;
  return count;
}

/* Whatever holds something, and no row that says that more is left out. */
static void test_all(void) {
  g_autoptr(json_t) result = empty();
  for (guint i = 0; i < 100; i++) {
    g_autofree char *node = g_strdup_printf("i!#data@%u", i * 1000);
    g_autofree char *file = g_strdup_printf("i!#data@0!/d%u/f%03u.gz", i % 3, i);
    add_region(result, node, "i", i * 1000, "tar");
    add_entry(result, file, "file", 10);
    add_region(result, file, file, 0, "gzip");
  }
  g_autoptr(json_t) outline = ak_firmware_outline(result, 40, true);
  g_assert_cmpuint(count_kind(outline, "container"), ==, 100);
  g_assert_cmpuint(count_kind(outline, "file"), ==, 100);
  g_assert_cmpuint(count_kind(outline, "more"), ==, 0);
}

/* A listing that nests without an end does not take the program with it. */
static void test_deep(void) {
  g_autoptr(json_t) result = empty();
  g_autoptr(GString) node = g_string_new("i");
  for (guint i = 0; i < 3000; i++) {
    g_string_append(node, "!#0");
    add_region(result, node->str, "i", 0, "gzip");
  }
  g_autoptr(json_t) outline = ak_firmware_outline(result, 40, true);
  gint64 deepest = 0;
  for (gsize i = 0; i < json_array_size(outline); i++)
    deepest = MAX(deepest, json_integer_value(json_object_get(json_array_get(outline, i), "depth")));
  g_assert_cmpuint(count_kind(outline, "container"), ==, 3000);
  g_assert_cmpint(deepest, <=, 100);
}

static void add_opened(json_t *result, const char *node, gint64 size, const char *format) {
  add_entry(result, node, "file", size);
  const json_t *files = json_object_get(result, "files");
  json_object_set_new(json_array_get(files, json_array_size(files) - 1), "format", json_string(format));
  add_region(result, node, node, 0, format);
}

/* Entries of one name: each says what opened it. */
static void test_twins(void) {
  g_autoptr(json_t) result = empty();
  add_region(result, "i", "i", 0, "tar");
  add_entry(result, "i!/a", "file", 1);
  add_opened(result, "i!/a", 2, "gzip");
  add_entry(result, "i!/a", "file", 3);
  add_opened(result, "i!/b", 4, "gzip");
  add_opened(result, "i!/b", 5, "xz");
  g_autofree char *text = lines_of(result, 40);
  g_assert_cmpstr(text, ==,
                  "0. container tar - 1000 file=5\n"
                  "1 file a - 1\n"
                  "1 file a gzip 2\n"
                  "1 file a - 3\n"
                  "1 file b gzip 4\n"
                  "1. file b xz 5\n");
}

static void test_nothing(void) {
  g_autoptr(json_t) result = empty(), outline = ak_firmware_outline(result, 40, false), none = json_object();
  g_assert_cmpuint(json_array_size(outline), ==, 0);
  g_autoptr(json_t) outline_of_none = ak_firmware_outline(none, 40, false);
  g_assert_cmpuint(json_array_size(outline_of_none), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/firmware-outline/small", test_small);
  g_test_add_func("/firmware-outline/no-room", test_no_room);
  g_test_add_func("/firmware-outline/many", test_many);
  g_test_add_func("/firmware-outline/many-containers", test_many_containers);
  g_test_add_func("/firmware-outline/odd", test_odd);
  g_test_add_func("/firmware-outline/all", test_all);
  g_test_add_func("/firmware-outline/deep", test_deep);
  g_test_add_func("/firmware-outline/twins", test_twins);
  g_test_add_func("/firmware-outline/nothing", test_nothing);
  return g_test_run();
}
