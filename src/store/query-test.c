/* The files of statements: how they are read, and that ours keep to what both back ends understand.
 */
#include "store/query.h"

#include <string.h>

static void test_files_are_read(void) {
  static const char text[] =
      "-- about the file\n\n-- @a.one\nSELECT 1\n-- a remark\nFROM t WHERE x = $2 AND y = $1\n"
      "\n-- @a.two\nDELETE FROM t\n";
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) list = ak_query_parse(text, "file", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(list->len, ==, 2);
  const AkQuery *one = list->pdata[0], *two = list->pdata[1];
  g_assert_cmpstr(one->name, ==, "a.one");
  g_assert_cmpstr(one->text, ==, "SELECT 1\nFROM t WHERE x = $2 AND y = $1");
  g_assert_cmpuint(one->parameters, ==, 2);
  g_assert_cmpstr(two->name, ==, "a.two");
  g_assert_cmpuint(two->parameters, ==, 0);
}

static void test_faults_are_named(void) {
  static const char *const bad[] = {
      "SELECT 1\n",                         /* no name */
      "-- @\nSELECT 1\n",                   /* an empty one */
      "-- @a\n-- @b\nSELECT 1\n",           /* no statement */
      "-- @a\nSELECT 1\n-- @a\nSELECT 2\n", /* twice */
      "-- @a\nSELECT $25\n",                /* too many */
      "-- @a\nSELECT $99999999999999999999\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = ak_query_parse(bad[i], "file", &error);
    g_assert_null(list);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "file"));
  }
}

/* Words that one of the back ends does not know, or understands differently. */
static void test_ours_are_portable(void) {
  static const char *const banned[] = {"AUTOINCREMENT",
                                       "SERIAL",
                                       "LIKE",
                                       "GLOB",
                                       "NOW(",
                                       "DATE(",
                                       "TIMESTAMP",
                                       "strftime",
                                       "JSON",
                                       "->",
                                       "PRAGMA",
                                       "ROWID",
                                       "IFNULL",
                                       "ILIKE",
                                       "::",
                                       "REPLACE INTO",
                                       "INSERT OR",
                                       "RETURNING",
                                       "boolean",
                                       "blob",
                                       "bytea",
                                       "integer",
                                       "varchar",
                                       "STRICT",
                                       ";",
                                       "?"};
  g_autoptr(GPtrArray) all = ak_query_list("");
  g_assert_cmpuint(all->len, >, 40);
  for (guint i = 0; i < all->len; i++) {
    const AkQuery *query = all->pdata[i];
    g_autofree char *upper = g_ascii_strup(query->text, -1);
    for (gsize b = 0; b < G_N_ELEMENTS(banned); b++) {
      g_autofree char *word = g_ascii_strup(banned[b], -1);
      if (strstr(upper, word) != NULL)
        g_error("%s: holds %s", query->name, banned[b]);
    }
  }
}

/* Texts sort differently on each back end, so only numbers may decide an order. */
static void test_ours_order_by_numbers(void) {
  static const char *const numbers[] = {"run_index",    "first_index",   "record_index", "place",
                                        "newest_index", "started_index", NULL};
  g_autoptr(GPtrArray) all = ak_query_list("");
  guint found = 0;
  for (guint i = 0; i < all->len; i++) {
    const AkQuery *query = all->pdata[i];
    const char *order = strstr(query->text, "ORDER BY ");
    if (order == NULL)
      continue;
    found++;
    g_autofree char *rest = g_strdup(order + strlen("ORDER BY "));
    char *limit = strstr(rest, " LIMIT");
    if (limit != NULL)
      *limit = '\0';
    g_auto(GStrv) columns = g_strsplit(rest, ",", -1);
    for (char **column = columns; *column != NULL; column++) {
      g_auto(GStrv) words = g_strsplit(g_strstrip(*column), " ", -1);
      const char *name = strchr(words[0], '.') != NULL ? strchr(words[0], '.') + 1 : words[0];
      if (!g_strv_contains(numbers, name))
        g_error("%s is ordered by %s", query->name, name);
    }
  }
  g_assert_cmpuint(found, >, 4);
}

static void test_names(void) {
  g_assert_nonnull(ak_query_find("run.put"));
  g_assert_null(ak_query_find("run.pu"));
  g_assert_null(ak_query_find(""));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/query/read", test_files_are_read);
  g_test_add_func("/query/faults", test_faults_are_named);
  g_test_add_func("/query/portable", test_ours_are_portable);
  g_test_add_func("/query/order", test_ours_order_by_numbers);
  g_test_add_func("/query/names", test_names);
  return g_test_run();
}
