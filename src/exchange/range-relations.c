#include "exchange/range-relations.h"

#include <string.h>

#include "exchange/schema.h"

static guint item_count(const AkYaml *list) {
  return list != NULL && list->type == AK_YAML_LIST ? list->items->len : 0;
}

static const AkYaml *member(const AkYaml *map, const char *name) {
  return map != NULL && map->type == AK_YAML_MAP ? ak_yaml_member(map, name) : NULL;
}

static const AkYaml *scalar(const AkYaml *map, const char *name) {
  const AkYaml *value = member(map, name);
  return value != NULL && value->type == AK_YAML_SCALAR ? value : NULL;
}

/* Ids of products become names of folders. */
static bool is_plain(const char *text) {
  return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) &&
         strlen(text) <= 64;
}

static void check_ids(const AkYaml *list, GPtrArray *problems) {
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(list); i++) {
    const AkYaml *id = scalar(list->items->pdata[i], "id");
    AkNamed named = {.name = id != NULL ? id->text : NULL, .node = id};
    if (id != NULL)
      g_array_append_val(ids, named);
  }
  ak_schema_check_doubles(ids, "id", problems);
}

/* Exactly one of two members must stand in a map. */
static void check_one_of(const AkYaml *map, const char *one, const char *other,
                         GPtrArray *problems) {
  bool has_one = member(map, one) != NULL, has_other = member(map, other) != NULL;
  g_autofree char *both = g_strdup_printf("%s, %s", one, other);
  if (map->type == AK_YAML_MAP && has_one == has_other)
    ak_problems_add(problems, map->line, map->column, one, NULL, "one-of", both);
}

static void check_name(const AkYaml *map, const char *key, GPtrArray *problems) {
  const AkYaml *name = scalar(map, key);
  if (name != NULL && (strchr(name->text, '/') != NULL || *name->text == '.' ||
                       *name->text == '\0' || strcmp(name->text, "output") == 0))
    ak_problems_add(problems, name->line, name->column, key, name->text, "plain-file", "");
}

/* What stands in a product's own folder, or is deleted there before each start. */
static void check_files(const AkYaml *product, GPtrArray *problems) {
  const AkYaml *start = member(product, "start"), *adapter = scalar(product, "adapter");
  const AkYaml *files = member(start, "files");
  for (guint i = 0; i < item_count(files); i++)
    check_name(files->items->pdata[i], "to", problems);
  check_name(start, "socket", problems);
  if (adapter != NULL && strcmp(adapter->text, "ids") == 0)
    check_name(member(product, "log"), "file", problems);
}

static void check_product(const AkYaml *product, GPtrArray *problems) {
  const AkYaml *id = scalar(product, "id");
  const AkYaml *command = member(member(product, "start"), "command");
  if (id != NULL && !is_plain(id->text))
    ak_problems_add(problems, id->line, id->column, "id", id->text, "plain-id", "");
  if (command != NULL && command->type == AK_YAML_LIST && command->items->len == 0)
    ak_problems_add(problems, command->line, command->column, "command", NULL, "empty", "");
  check_one_of(product, "start", "reach", problems);
  check_files(product, problems);
}

static void check_corpus(const AkYaml *corpus, GPtrArray *problems) {
  const AkYaml *cases = member(corpus, "cases"), *kind = scalar(corpus, "kind");
  const char *given = kind == NULL || strcmp(kind->text, "http") == 0 ? "request" : "text";
  if (member(corpus, "builtin") == NULL)
    check_one_of(corpus, "file", "cases", problems);
  else if (member(corpus, "file") != NULL || member(corpus, "cases") != NULL)
    ak_problems_add(problems, corpus->line, corpus->column, "builtin", NULL, "one-of",
                    "file, builtin, cases");
  check_ids(cases, problems);
  for (guint i = 0; i < item_count(cases); i++) {
    const AkYaml *one = cases->items->pdata[i];
    if (one->type == AK_YAML_MAP && member(one, given) == NULL)
      ak_problems_add(problems, one->line, one->column, given, NULL, "missing", "cases");
  }
}

void ak_range_check_relations(const AkYaml *root, GPtrArray *problems) {
  const AkYaml *products = member(root, "products"), *corpora = member(root, "corpora");
  check_ids(products, problems);
  check_ids(corpora, problems);
  for (guint i = 0; i < item_count(products); i++)
    check_product(products->items->pdata[i], problems);
  for (guint i = 0; i < item_count(corpora); i++)
    check_corpus(corpora->items->pdata[i], problems);
}
