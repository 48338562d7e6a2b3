/* What each test may observe stands in docs/formats/properties.md, with its type. */
#include "firmware/unpack/test-image.h"

static const char *const types[] = {
    [AK_VALUE_BOOL] = "bool",
    [AK_VALUE_INT] = "int",
    [AK_VALUE_TEXT] = "text",
    [AK_VALUE_SET] = "set",
};

/* The row of `property`: its third cell begins with the type. */
static bool has_row(const char *page, const AkTestOutput *output) {
  g_autofree char *start = g_strdup_printf("\n| `%s` | ", output->property);
  const char *row = strstr(page, start);
  const char *type = row != NULL ? strstr(row + strlen(start), " | ") : NULL;
  return type != NULL && g_str_has_prefix(type + 3, types[output->type]);
}

static void test_each_output_has_a_row(void) {
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  if (root == NULL)
    return g_test_skip("AKASHI_SOURCE_ROOT is not set");
  g_autofree char *path = g_build_filename(root, "docs/formats/properties.md", NULL);
  g_autoptr(GBytes) bytes = image_load(path);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  g_autofree char *page = g_strndup(data, size);
  guint outputs = 0;
  for (gsize i = 0; ak_test_table[i] != NULL; i++) {
    if (g_str_has_prefix(ak_test_table[i]->id, "sandbox."))
      continue; /* its own test of itself, of no product */
    for (const AkTestOutput *o = ak_test_table[i]->outputs; o->property != NULL; o++, outputs++) {
      if (!has_row(page, o))
        g_error("%s: no row for %s (%s)", ak_test_table[i]->id, o->property, types[o->type]);
      g_assert_true(o->help_en != NULL && *o->help_en != '\0');
      g_assert_true(o->help_ja != NULL && *o->help_ja != '\0');
    }
  }
  g_assert_cmpuint(outputs, >, 40);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/properties/rows", test_each_output_has_a_row);
  return g_test_run();
}
