/* The table of operations. A row is an operation; its words stand in data/api/openapi.json. */
#include <gio/gio.h>
#include <string.h>

#include "web/api/handlers.h"

#define JSON "application/json"
#define BIT(name) AK_PROBLEM_BIT(AK_PROBLEM_##name)
#define OF_RUN BIT(NOT_FOUND)
#define OF_VERDICT (BIT(NOT_FOUND) | BIT(NO_VERDICT))

#define LIMIT                                                                                      \
  {.name = "limit", .type = AK_API_INTEGER, .min = 1, .max = AK_API_MAX_PAGE, .fallback = AK_API_PAGE}
#define CURSOR {.name = "cursor", .type = AK_API_CURSOR}
#define TEXT(word) {.name = word, .type = AK_API_TEXT, .max = 256}
#define DATE(word) {.name = word, .type = AK_API_DATE}
#define END {.name = NULL}

static const AkApiParameter page[] = {LIMIT, CURSOR, END};
static const AkApiParameter versions[] = {
    {.name = "product", .type = AK_API_TEXT, .max = 256, .required = true}, LIMIT, CURSOR, END};
static const AkApiParameter runs[] = {
    TEXT("product"),
    TEXT("version"),
    TEXT("profile"),
    {.name = "end", .type = AK_API_CHOICE, .choices = "finished|aborted|open"},
    {.name = "worst",
     .type = AK_API_CHOICE,
     .choices = "fail|inconclusive|pass|not-applicable|none"},
    DATE("since"),
    DATE("until"),
    DATE("at"),
    LIMIT,
    CURSOR,
    END};
static const AkApiParameter run[] = {DATE("at"), END};
static const AkApiParameter verdicts[] = {
    {.name = "verdict",
     .type = AK_API_CHOICE,
     .choices = "fail|inconclusive|pass|not-applicable|not-run"},
    TEXT("obligation"),
    END};
static const AkApiParameter findings[] = {
    {.name = "severity", .type = AK_API_CHOICE, .choices = "critical|high|medium|low|info"},
    LIMIT,
    CURSOR,
    END};
static const AkApiParameter observations[] = {
    TEXT("test"),
    TEXT("property"),
    {.name = "subject", .type = AK_API_TEXT, .max = 1024},
    {.name = "outcome", .type = AK_API_CHOICE, .choices = "seen|absent|could-not-look|cut"},
    LIMIT,
    CURSOR,
    END};
static const AkApiParameter statement[] = {
    {.name = "predicate", .type = AK_API_CHOICE, .choices = "test-result|verdicts"}, END};
static const AkApiParameter report[] = {
    {.name = "lang", .type = AK_API_CHOICE, .choices = "en|ja"},
    {.name = "bom", .type = AK_API_FLAG},
    DATE("at"),
    END};
static const AkApiParameter compare[] = {
    {.name = "before", .type = AK_API_TEXT, .min = 1, .max = 64, .required = true},
    {.name = "after", .type = AK_API_TEXT, .min = 1, .max = 64, .required = true},
    END};
static const AkApiParameter side_by_side[] = {
    {.name = "run", .type = AK_API_TEXT, .min = 1, .max = 64, .required = true, .least = 2, .most = 8},
    END};
#define IMPACT {.name = "impact", .type = AK_API_CHOICE, .choices = "minor|moderate|serious|catastrophic"}
#define CHANGE(word) {.name = word, .type = AK_API_TEXT, .min = 1, .max = 256, .most = 16}
static const AkApiParameter chain_plan[] = {
    IMPACT,
    {.name = "budget_yen", .type = AK_API_INTEGER, .min = -1, .max = 1000000000000, .fallback = -1},
    {.name = "assumed_yen", .type = AK_API_INTEGER, .min = 0, .max = 1000000000000, .fallback = AK_APP_CHAIN_ASSUMED_YEN},
    END};
static const AkApiParameter chain_what_if[] = {CHANGE("with"), CHANGE("without"), CHANGE("compromised"), END};
static const AkApiParameter chain_diff[] = {
    {.name = "other", .type = AK_API_TEXT, .min = 1, .max = 64, .required = true},
    {.name = "other_version", .type = AK_API_INTEGER, .min = 0, .max = 999999, .fallback = 0},
    IMPACT,
    END};
static const AkApiParameter search[] = {
    {.name = "q", .type = AK_API_TEXT, .min = 1, .max = 200, .required = true}, LIMIT, END};
static const AkApiParameter by_property[] = {
    {.name = "property", .type = AK_API_TEXT, .min = 1, .max = 256, .required = true}, LIMIT, END};

#define RUN AK_API_ROOT "/runs/{run}"
#define CHAIN AK_API_ROOT "/chains/{chain}"

const AkApiOperation ak_api_operations[] = {
    {"root", AK_API_ROOT, NULL, JSON, 0, ak_api_root},
    {"openapi", AK_API_ROOT "/openapi.json", NULL, JSON, 0, ak_api_openapi},
    {"log", AK_API_ROOT "/log", NULL, JSON, 0, ak_api_log},
    {"products", AK_API_ROOT "/products", page, JSON, 0, ak_api_products},
    {"versions", AK_API_ROOT "/versions", versions, JSON, OF_RUN, ak_api_versions},
    {"runs", AK_API_ROOT "/runs", runs, JSON, 0, ak_api_runs},
    {"run", RUN, run, JSON, OF_RUN, ak_api_run_get},
    {"verdicts", RUN "/verdicts", verdicts, JSON, OF_VERDICT, ak_api_verdicts},
    {"requirement", RUN "/requirements/{requirement}", NULL, JSON, OF_VERDICT, ak_api_requirement},
    {"findings", RUN "/findings", findings, JSON, OF_VERDICT, ak_api_findings},
    {"observations", RUN "/observations", observations, JSON, OF_RUN, ak_api_observations},
    {"executions", RUN "/executions", page, JSON, OF_RUN, ak_api_executions},
    {"threats", RUN "/threats", NULL, JSON, OF_RUN, ak_api_threats},
    {"evidenceList", RUN "/evidence", page, JSON, OF_RUN, ak_api_evidence_list},
    {"evidence", RUN "/evidence/{sha256}", NULL, JSON, OF_RUN, ak_api_evidence},
    {"evidenceBytes", RUN "/evidence/{sha256}/bytes", NULL, "application/octet-stream",
     OF_RUN | BIT(RAW_EVIDENCE), ak_api_evidence_bytes},
    {"proof", RUN "/proof", NULL, JSON, OF_VERDICT, ak_api_proof},
    {"proofBundle", RUN "/proof/bundle", NULL, JSON, OF_VERDICT, ak_api_proof_bundle},
    {"proofStatement", RUN "/proof/statement", statement, JSON, OF_VERDICT, ak_api_proof_statement},
    {"proofCheckpoint", RUN "/proof/checkpoint", NULL, "text/plain", OF_VERDICT,
     ak_api_proof_checkpoint},
    {"reports", RUN "/reports", NULL, JSON, OF_RUN, ak_api_reports},
    {"report", RUN "/reports/{kind}", report, NULL, OF_VERDICT, ak_api_report},
    {"progress", RUN "/progress", NULL, JSON, OF_RUN, ak_api_progress},
    {"events", RUN "/events", NULL, "text/event-stream", OF_RUN | BIT(BUSY), ak_api_events},
    {"compare", AK_API_ROOT "/compare", compare, JSON, OF_VERDICT, ak_api_compare},
    {"sideBySide", AK_API_ROOT "/side-by-side", side_by_side, JSON, OF_VERDICT,
     ak_api_side_by_side},
    {"catalogs", AK_API_ROOT "/catalogs", NULL, JSON, 0, ak_api_catalogs},
    {"catalog", AK_API_ROOT "/catalogs/{id}", NULL, JSON, OF_RUN, ak_api_catalog},
    {"chains", AK_API_ROOT "/chains", NULL, JSON, 0, ak_api_chains},
    {"chain", CHAIN, NULL, JSON, OF_RUN, ak_api_chain},
    {"chainAnalysis", CHAIN "/analysis", NULL, JSON, OF_RUN, ak_api_chain_analysis},
    {"chainPlan", CHAIN "/plan", chain_plan, JSON, OF_RUN, ak_api_chain_plan},
    {"chainWhatIf", CHAIN "/whatif", chain_what_if, JSON, OF_RUN, ak_api_chain_what_if},
    {"chainDiff", CHAIN "/diff", chain_diff, JSON, OF_RUN, ak_api_chain_diff},
    {"chainFiles", CHAIN "/files", NULL, JSON, OF_RUN, ak_api_chain_files},
    {"chainFile", CHAIN "/files/{file}", NULL, NULL, OF_RUN, ak_api_chain_file},
    {"search", AK_API_ROOT "/search", search, JSON, 0, ak_api_search},
    {"searchObservations", AK_API_ROOT "/search/observations", by_property, JSON, 0,
     ak_api_search_observations},
    {.id = NULL},
};

/* --- finding one ------------------------------------------------------------------------------------- */

#define MAX_PARTS 16

/* The parts of a path are decoded once; a slash or a zero byte in one fits nothing. */
static bool matches(const char *pattern, char **parts, GStrvBuilder *parameters) {
  g_auto(GStrv) wanted = g_strsplit(pattern, "/", -1);
  if (g_strv_length(wanted) != g_strv_length(parts))
    return false;
  for (gsize i = 0; wanted[i] != NULL; i++) {
    g_autofree char *value = g_uri_unescape_string(parts[i], "/");
    if (value == NULL || !g_utf8_validate(value, -1, NULL))
      return false;
    if (*wanted[i] != '{' && strcmp(wanted[i], value) != 0)
      return false;
    if (*wanted[i] == '{' && *value == '\0')
      return false;
    if (*wanted[i] == '{')
      g_strv_builder_add(parameters, value);
  }
  return true;
}

const AkApiOperation *ak_api_find(const char *path, GStrv *parameters) {
  g_auto(GStrv) parts = g_strsplit(path, "/", MAX_PARTS);
  for (const AkApiOperation *row = ak_api_operations; row->id != NULL; row++) {
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    if (matches(row->path, parts, found)) {
      *parameters = g_strv_builder_end(found);
      return row;
    }
  }
  return NULL;
}
