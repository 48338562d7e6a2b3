#include "exchange/impact-yaml.h"

#include "exchange/product-yaml.h"

const AkField ak_impact_fields[] = {
    {.name = "by",
     .type = AK_FIELD_TEXT,
     .required = true,
     .help_en = "who states it: name and function",
     .help_ja = "評価者（氏名・役職）"},
    {.name = "on", .type = AK_FIELD_DAY, .required = true, .help_en = "date", .help_ja = "日付"},
    {.name = "reason",
     .type = AK_FIELD_TEXT,
     .required = true,
     .help_en = "what changed, and why it does not touch these requirements",
     .help_ja = "変更内容と、要件に影響しない理由"},
    {.name = "from",
     .type = AK_FIELD_TEXT,
     .required = true,
     .help_en = "the version that passed",
     .help_ja = "合格したバージョン"},
    {.name = "to",
     .type = AK_FIELD_TEXT,
     .required = true,
     .help_en = "the version that is tested now",
     .help_ja = "今回検証するバージョン"},
    {.name = "requirements",
     .type = AK_FIELD_TEXT,
     .required = true,
     .list = true,
     .help_en = "ids of the requirements whose passes may be taken over",
     .help_ja = "合格を引き継いでよい要件の番号"},
    {NULL},
};

json_t *ak_impact_parse(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(AkYaml) root = ak_yaml_parse(data, size, where, &ak_yaml_default_limits, error);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(json_t) document =
      root != NULL ? ak_schema_check(root, ak_impact_fields, NULL, problems) : NULL;
  if (document != NULL)
    return g_steal_pointer(&document);
  if (root == NULL)
    return NULL;
  ak_problems_sort(problems);
  g_autofree char *all = ak_problems_format(problems, where, AK_LANG_EN);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  return NULL;
}

json_t *ak_impact_read(const char *path, GError **error) {
  gsize size = 0;
  g_autofree char *folder = NULL;
  g_autofree char *data = ak_product_read_bytes(path, &size, &folder, error);
  return data != NULL ? ak_impact_parse(data, size, path, error) : NULL;
}

bool ak_exchange_impact_yaml_fuzz(const guint8 *data, gsize size) {
  g_autoptr(json_t) impact = ak_impact_parse((const char *)data, size, "fuzz", NULL);
  return impact != NULL;
}
