#include "app/product-rules.h"

#include <fcntl.h>
#include <string.h>

#include "app/own-rules.h"
#include "exchange/product-yaml.h"
#include "firmware/analysis/yara-rules.h"
#include "util/io.h"

#define MEMBER "yara"

static const char *file_of(const AkProduct *product) {
  return ak_json_string_or(product->document, MEMBER, NULL);
}

char *ak_product_rules_read(const AkProduct *product, GError **error) {
  const char *file = file_of(product);
  if (file == NULL)
    return NULL;
  g_autofree char *path = g_path_is_absolute(file) || product->folder == NULL
                              ? g_strdup(file)
                              : g_build_filename(product->folder, file, NULL);
  g_autoptr(GBytes) bytes = ak_io_read_file(AT_FDCWD, path, AK_YARA_MAX_SOURCE, error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  if (size > 0 && !g_utf8_validate(data, (gssize)size, NULL)) { /* nor with a zero in it */
    ak_error_set(error, AK_ERROR_CONFIG, "%s: no UTF-8 text", file);
    return NULL;
  }
  g_autofree char *text = g_strndup(data, size);
  return ak_app_own_rules_check(text, file, error) ? g_steal_pointer(&text) : NULL;
}

void ak_product_rules_check(const AkProduct *product, const char *data, gsize size, const char *where,
                            GPtrArray *problems) {
  g_autoptr(GError) failure = NULL;
  g_autofree char *text = ak_product_rules_read(product, &failure);
  g_autoptr(AkYaml) root =
      failure != NULL ? ak_yaml_parse(data, size, where, &ak_yaml_default_limits, NULL) : NULL;
  const AkYaml *member = root != NULL ? ak_yaml_member(root, MEMBER) : NULL;
  if (member != NULL)
    ak_problems_add(problems, member->line, member->column, MEMBER, file_of(product), "rules",
                    failure->message);
}

AkProduct *ak_product_rules_product(const char *path, GError **error) {
  gsize size = 0;
  g_autofree char *folder = NULL;
  g_autofree char *data = ak_product_read_bytes(path, &size, &folder, error);
  g_autoptr(AkProduct) product = data != NULL ? ak_product_parse(data, size, path, folder, error) : NULL;
  g_autoptr(GPtrArray) problems = ak_problems_new();
  if (product == NULL)
    return NULL;
  ak_product_rules_check(product, data, size, path, problems);
  if (problems->len == 0)
    return g_steal_pointer(&product);
  g_autofree char *all = ak_problems_format(problems, path, AK_LANG_EN);
  ak_error_set(error, AK_ERROR_CONFIG, "%s", all);
  return NULL;
}

json_t *ak_product_rules_keep(AkWorkspace *workspace, const AkProduct *product, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autofree char *text = ak_product_rules_read(product, &failure);
  AkDigest digest;
  char hex[AK_DIGEST_HEX_SIZE];
  if (failure != NULL) {
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", MEMBER);
    return NULL;
  }
  if (text == NULL)
    return json_null();
  if (!ak_log_put_blob(ak_workspace_log(workspace), text, strlen(text), &digest, error))
    return NULL;
  ak_digest_to_hex(&digest, hex);
  return json_pack("{s:s, s:s}", "file", file_of(product), "sha256", hex);
}

json_t *ak_product_rules_options(AkWorkspace *workspace, const json_t *planned, GError **error) {
  const char *hex = ak_json_string_or(json_object_get(planned, MEMBER), "sha256", NULL);
  AkDigest digest;
  if (hex == NULL)
    return json_object();
  g_autoptr(GBytes) kept = ak_digest_from_hex(hex, &digest)
                               ? ak_log_get_blob(ak_workspace_log(workspace), &digest, error)
                               : NULL;
  if (kept == NULL) {
    if (error != NULL && *error == NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "the plan names no digest");
    g_prefix_error(error, "rules of the run: ");
    return NULL;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(kept, &size);
  return json_pack("{s:s%}", MEMBER, text, size);
}
