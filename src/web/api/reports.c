/* Reports of a run in every form of report/kind.h. */
#include "app/report.h"
#include "report/kind.h"
#include "web/api/handlers.h"

bool ak_api_reports(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  g_autoptr(AkRunRow) row = ak_api_run_row(request, response, error);
  if (row == NULL)
    return false;
  json_t *items = json_array();
  for (const AkReportKind *kind = ak_report_kinds; kind->name != NULL; kind++) {
    g_autofree char *path =
        g_strdup_printf(AK_API_ROOT "/runs/%s/reports/%s", row->run_id, kind->name);
    json_array_append_new(
        items, json_pack("{s:s, s:s, s:{s:s, s:s}, s:b, s:s}", "kind", kind->name, "media_type",
                         kind->media_type, "title", "en", ak_text(AK_LANG_EN, kind->title_id), "ja",
                         ak_text(AK_LANG_JA, kind->title_id), "one_language",
                         (int)kind->one_language, "path", path));
  }
  return ak_api_json(response,
                     json_pack("{s:o, s:b}", "items", items, "available",
                               (int)(row->verdict_index >= 0)),
                     error);
}

bool ak_api_report(const AkApiRequest *request, AkApiResponse *response, GError **error) {
  const AkReportKind *kind = ak_report_kind_find(request->parameters[1]);
  g_autoptr(AkRunRow) row = ak_api_run_row(request, response, error);
  if (row == NULL)
    return false;
  if (kind == NULL)
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.no-report-kind",
                         request->parameters[1], AK_REPORT_KIND_NAMES);
  if (row->verdict_index < 0)
    return ak_api_refuse(request, response, AK_PROBLEM_NO_VERDICT, "api.detail.no-verdict",
                         row->run_id);
  const char *asked = ak_api_text(request, "lang");
  AkReportOptions options = {.lang = asked != NULL ? ak_lang_from_name(asked) : request->lang,
                             .bom = ak_api_flag(request, "bom")};
  g_autoptr(json_t) report = ak_app_report(request->workspace, row->run_id, NULL,
                                           ak_api_date(request, "at", 0), error);
  if (report == NULL)
    return false;
  g_autoptr(GError) failure = NULL;
  response->body = kind->write(report, &options, &failure);
  if (g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND))
    return ak_api_refuse(request, response, AK_PROBLEM_NOT_FOUND, "api.detail.empty-report",
                         kind->name);
  if (response->body == NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  response->media_type = kind->media_type;
  response->download = ak_report_kind_file(kind, row->run_id, options.lang);
  return true;
}
