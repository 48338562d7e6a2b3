#include "app/deliver.h"

#include <string.h>

#include "app/proof.h"
#include "app/report.h"
#include "report/verification.h"

void ak_delivery_clear(AkDelivery *self) {
  g_strfreev(self->reports);
  g_free(self->bundle);
  *self = (AkDelivery){0};
}

static bool write_text(AkWorkspace *workspace, const char *run_id, const char *name,
                       const char *text, GStrvBuilder *paths, GError **error) {
  if (text == NULL)
    return false;
  g_autofree char *path = ak_workspace_write(workspace, run_id, name, text, strlen(text), error);
  if (path == NULL)
    return false;
  g_strv_builder_add(paths, path);
  return true;
}

static bool write_reports(AkWorkspace *workspace, const char *run_id, const char *rules_dir,
                          GStrv *out, GError **error) {
  g_autoptr(json_t) report = ak_app_report(workspace, run_id, rules_dir, 0, error);
  g_autofree char *json = report != NULL ? ak_json_canonical(report, NULL, error) : NULL;
  g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
  if (json == NULL)
    return false;
  for (int lang = 0; lang < AK_LANG_COUNT; lang++) {
    g_autofree char *html = ak_report_verification_html(report, (AkLang)lang, error);
    g_autofree char *name = g_strdup_printf("report.%s.html", ak_lang_name((AkLang)lang));
    if (!write_text(workspace, run_id, name, html, paths, error))
      return false;
  }
  if (!write_text(workspace, run_id, "report.json", json, paths, error))
    return false;
  *out = g_strv_builder_end(paths);
  return true;
}

bool ak_app_deliver(AkWorkspace *workspace, const char *run_id, guint64 first_record,
                    const char *rules_dir, AkDelivery *out, GError **error) {
  AkProofOptions options = {.first_record = first_record};
  g_autoptr(GBytes) bundle = ak_app_proof_bundle(workspace, run_id, &options, error);
  if (bundle == NULL || !write_reports(workspace, run_id, rules_dir, &out->reports, error))
    return false;
  gsize size = 0;
  const void *bytes = g_bytes_get_data(bundle, &size);
  g_autofree char *name = g_strdup_printf("%s.bundle", run_id);
  out->bundle = ak_workspace_write(workspace, run_id, name, bytes, size, error);
  return out->bundle != NULL;
}
