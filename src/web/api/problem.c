#include "web/api/problem.h"

#define TYPE "urn:akashi:problem:"

static const struct {
  guint status;
  const char *slug;
} rows[AK_PROBLEM_COUNT] = {
    [AK_PROBLEM_BAD_PARAMETER] = {400, "bad-parameter"},
    [AK_PROBLEM_UNAUTHORIZED] = {401, "unauthorized"},
    [AK_PROBLEM_RAW_EVIDENCE] = {403, "raw-evidence"},
    [AK_PROBLEM_NOT_FOUND] = {404, "not-found"},
    [AK_PROBLEM_METHOD] = {405, "method"},
    [AK_PROBLEM_NOT_ACCEPTABLE] = {406, "not-acceptable"},
    [AK_PROBLEM_NO_VERDICT] = {409, "no-verdict"},
    [AK_PROBLEM_TOO_LONG] = {414, "too-long"},
    [AK_PROBLEM_MISDIRECTED] = {421, "misdirected"},
    [AK_PROBLEM_INTERNAL] = {500, "internal"},
    [AK_PROBLEM_BUSY] = {503, "busy"},
};

guint ak_problem_status(AkApiProblem problem) { return rows[problem].status; }

const char *ak_problem_slug(AkApiProblem problem) { return rows[problem].slug; }

json_t *ak_problem_json(AkApiProblem problem, AkLang lang, const char *detail, const char *parameter) {
  const char *slug = rows[problem].slug;
  g_autofree char *type = g_strconcat(TYPE, slug, NULL);
  g_autofree char *title_id = g_strdup_printf("api.problem.%s", slug);
  g_autofree char *remedy_id = g_strdup_printf("api.remedy.%s", slug);
  json_t *json = json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", ak_text(lang, title_id),
                           "status", (int)rows[problem].status, "remedy", ak_text(lang, remedy_id));
  g_autofree char *valid = g_utf8_make_valid(detail != NULL ? detail : "", -1);
  json_object_set_new(json, "detail", json_string(valid));
  if (parameter != NULL)
    json_object_set_new(json, "parameter", json_string(parameter));
  return json;
}
