/* What several pages show alike: counts of verdicts, until when they hold, runs, links, the head of a run. */
#include "web/pages/parts.h"

#include "app/retention.h"
#include "web/pages/pages.h"

#include <gio/gio.h>
#include <string.h>

const char *const ak_page_verdicts[AK_PAGE_VERDICTS] = {"pass", "fail", "inconclusive",
                                                        "not-applicable"};

/* --- verdicts and validity ------------------------------------------------------------------------ */

void ak_page_count(AkHtml *html, const AkPageRequest *request, gsize which, gint64 number) {
  g_autofree char *count = g_strdup_printf(" %" G_GINT64_FORMAT, number);
  ak_html_open(html, "span", "class", number > 0 ? "count" : "count none", NULL);
  ak_page_badge(html, request, ak_page_verdicts[which]);
  ak_html_text(html, count);
  ak_html_close(html);
  ak_html_text(html, " ");
}

void ak_page_counts(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  const gint64 counts[] = {run->passed, run->failed, run->inconclusive, run->not_applicable};
  if (run->verdict_index < 0) {
    ak_page_element(html, request, "span", "web.unfinished");
    return;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    ak_page_count(html, request, i, counts[i]);
}

void ak_page_severity(AkHtml *html, const AkPageRequest *request, const char *severity) {
  g_autofree char *class = g_strdup_printf("badge severity-%s", severity);
  g_autofree char *id = g_strdup_printf("web.severity.%s", severity);
  ak_html_element(html, "span", ak_text(request->lang, id), "class", class, NULL);
}

char *ak_page_validity_text(const AkPageRequest *request, const AkValidity *validity) {
  g_autofree char *id = g_strdup_printf("validity.%s", ak_validity_name(validity->state));
  return validity->until == NULL
             ? NULL
             : ak_text_format(request->lang, id, validity->until,
                              validity->version != NULL ? validity->version : "");
}

void ak_page_validity(AkHtml *html, const AkPageRequest *request, const AkValidity *validity) {
  g_autofree char *text = ak_page_validity_text(request, validity);
  g_autofree char *class = g_strdup_printf("validity %s", ak_validity_name(validity->state));
  if (text != NULL)
    ak_html_element(html, "span", text, "class", class, NULL);
}

void ak_page_validity_of_run(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  g_auto(AkValidity) validity = {0};
  ak_app_validity_of_row(run, ak_now_utc_us(), &validity);
  ak_page_validity(html, request, &validity);
}

void ak_page_fact(AkHtml *html, const AkPageRequest *request, const char *id, const char *value) {
  ak_html_element(html, "dt", ak_text(request->lang, id), NULL);
  ak_html_element(html, "dd", value != NULL && *value != '\0' ? value : "–", "dir", "auto", NULL);
}

/* --- links ---------------------------------------------------------------------------------------- */

char *ak_page_run_link(const AkPageRequest *request, const char *run_id) {
  return ak_page_run_part_link(request, run_id, "");
}

char *ak_page_run_part_link(const AkPageRequest *request, const char *run_id, const char *part) {
  g_autofree char *encoded = g_uri_escape_string(run_id, NULL, FALSE);
  g_autofree char *path =
      g_strdup_printf("/runs/%s%s%s", encoded, *part != '\0' ? "/" : "", part);
  return ak_page_link(request, path, NULL);
}

char *ak_page_requirement_link(const AkPageRequest *request, const char *run_id,
                               const char *requirement) {
  g_autofree char *encoded = g_uri_escape_string(requirement, NULL, FALSE);
  g_autofree char *part = g_strdup_printf("requirements/%s", encoded);
  return ak_page_run_part_link(request, run_id, part);
}

char *ak_page_evidence_link(const AkPageRequest *request, const char *run_id,
                            const AkDigest *digest, const AkEvidenceRef *ref) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(digest, hex);
  g_autofree char *encoded = g_uri_escape_string(run_id, NULL, FALSE);
  g_autofree char *path = g_strdup_printf("/runs/%s/evidence/%s", encoded, hex);
  g_autofree char *range =
      ref != NULL ? g_strdup_printf("at=%" G_GUINT64_FORMAT "&length=%" G_GUINT64_FORMAT,
                                    ref->offset, ref->length)
                  : NULL;
  return ak_page_link(request, path, range);
}

char *ak_page_product_link(const AkPageRequest *request, const char *name) {
  g_autofree char *query = ak_page_query("name", name);
  return ak_page_link(request, "/products/product", query);
}

char *ak_page_version_link(const AkPageRequest *request, const char *name, const char *version) {
  g_autofree char *product = ak_page_query("name", name);
  g_autofree char *of = ak_page_query("version", version);
  g_autofree char *query = g_strdup_printf("%s&%s", product, of);
  return ak_page_link(request, "/products/version", query);
}

/* --- runs ----------------------------------------------------------------------------------------- */

void ak_page_runs_begin(AkHtml *html, const AkPageRequest *request, bool chooses) {
  static const char *const heads[] = {"web.run",  "web.product", "web.profile",
                                      "web.when", "web.result",  NULL};
  static const char *const choosing[] = {"web.run",  "web.product", "web.profile", "web.when",
                                         "web.result", "web.choose", NULL};
  ak_page_table_begin(html, request, "web.runs", chooses ? choosing : heads);
}

static void add_choice(AkHtml *html, const AkPageRequest *request, const AkRunRow *run) {
  g_autofree char *name = g_strconcat(AK_PAGE_CHOOSES, run->run_id, NULL);
  g_autofree char *label = ak_text_format(request->lang, "web.choose-run", run->run_id);
  ak_page_cell(html, request, "web.choose", "choice");
  if (run->verdict_index >= 0)
    ak_html_element(html, "input", NULL, "type", "checkbox", "name", name, "value", "on",
                    "aria-label", label, NULL);
  ak_html_close(html);
}

void ak_page_runs_add(AkHtml *html, const AkPageRequest *request, const AkRunRow *run,
                      bool chooses) {
  g_autofree char *link = ak_page_run_link(request, run->run_id);
  g_autofree char *when = ak_page_time(MAX(run->planned_utc_us, 0));
  g_autofree char *product =
      ak_page_version_link(request, run->product_name, run->product_version);
  g_autofree char *named = g_strdup_printf("%s %s", run->product_name, run->product_version);
  ak_page_row(html);
  ak_page_cell_link(html, request, "web.run", run->run_id, link);
  ak_page_cell(html, request, "web.product", NULL);
  ak_html_element(html, "a", named, "href", product, "dir", "auto", NULL);
  if (run->retest_of != NULL) {
    g_autofree char *of = ak_text_format(request->lang, "web.retest-of", run->retest_of);
    ak_html_element(html, "span", of, "class", "note", NULL);
  }
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.profile", run->profile);
  ak_page_cell(html, request, "web.when", "date");
  ak_html_text(html, when);
  ak_html_close(html);
  ak_page_cell(html, request, "web.result", NULL);
  ak_page_counts(html, request, run);
  ak_page_validity_of_run(html, request, run);
  ak_html_close(html);
  if (chooses)
    add_choice(html, request, run);
  ak_html_close(html);
}

void ak_page_compare_form_begin(AkHtml *html, const AkPageRequest *request) {
  ak_html_open(html, "form", "method", "get", "action", "/compare", "class", "choosing", NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "lang", "value",
                  ak_lang_name(request->lang), NULL);
}

void ak_page_compare_form_end(AkHtml *html, const AkPageRequest *request) {
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "button", ak_text(request->lang, "web.compare-chosen"), "type", "submit",
                  NULL);
  ak_html_close(html);
  ak_html_close(html);
}

/* --- one run -------------------------------------------------------------------------------------- */

/* The act that deleted the run, borrowed from `acts`, or NULL. */
static const json_t *deletion_of(const json_t *acts, const char *run_id) {
  for (gsize i = 0; i < json_array_size(acts); i++)
    if (strcmp(ak_json_string_or(json_array_get(acts, i), "forgotten", ""), run_id) == 0)
      return json_array_get(acts, i);
  return NULL;
}

AkRunView *ak_page_view(const AkPageRequest *request, const char *run_id, GError **error) {
  g_autoptr(GError) failure = NULL;
  AkRunView *view = ak_workspace_read_run(request->workspace, run_id, &failure);
  if (view != NULL)
    return view;
  if (!g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  g_autoptr(json_t) acts = ak_app_forgotten(request->workspace, NULL);
  const json_t *act = deletion_of(acts, run_id);
  g_autofree char *when =
      ak_page_time(act != NULL ? json_integer_value(json_object_get(act, "when_utc_us")) : 0);
  g_autofree char *text =
      act == NULL
          ? ak_text_format(request->lang, "web.no-such-run", run_id)
          : ak_text_format(request->lang, "web.run-deleted", run_id, when,
                           ak_json_string_or(act, "by", "?"), ak_json_string_or(act, "reason", ""));
  ak_error_set(error, AK_ERROR_NOT_FOUND, "%s", text);
  return NULL;
}

/* --- the head of a run ---------------------------------------------------------------------------- */

static const struct {
  const char *part, *text_id;
} parts[] = {{"", "web.overview"},
             {"threats", "web.threats"},
             {"evidence", "web.evidence-of-run"},
             {"downloads", "web.downloads"},
             {"proof", "web.proof"}};

static void add_parts(AkHtml *html, const AkPageRequest *request, const char *run_id,
                      const char *current, bool is_below) {
  ak_html_open(html, "nav", "class", "tabs", "aria-label", ak_text(request->lang, "web.run-pages"),
               NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *link = ak_page_run_part_link(request, run_id, parts[i].part);
    bool is_it = strcmp(parts[i].part, current) == 0;
    ak_html_element(html, "a", ak_text(request->lang, parts[i].text_id), "href", link,
                    "aria-current", !is_it ? NULL : is_below ? "true" : "page", NULL);
  }
  ak_html_close(html);
}

AkHtml *ak_page_run_begin(const AkPageRequest *request, const AkRunState *state, const char *title,
                          const char *part, const char *below) {
  const char *product = ak_json_string_or(state->planned, "product_name", "");
  const char *version = ak_json_string_or(state->planned, "product_version", "");
  g_autofree char *products = ak_page_link(request, "/products", NULL);
  g_autofree char *product_link = ak_page_product_link(request, product);
  g_autofree char *version_link = ak_page_version_link(request, product, version);
  g_autofree char *run_link = ak_page_run_link(request, state->run_id);
  g_autofree char *part_link = ak_page_run_part_link(request, state->run_id, part);
  const char *part_name = "";
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strcmp(parts[i].part, part) == 0)
      part_name = ak_text(request->lang, parts[i].text_id);
  AkPageCrumb trail[6] = {{ak_text(request->lang, "web.products"), products},
                          {*product != '\0' ? product : "–", product_link},
                          {*version != '\0' ? version : "–", version_link}};
  bool is_run = *part == '\0' && below == NULL;
  if (!is_run)
    trail[3] = (AkPageCrumb){state->run_id, run_link};
  if (*part != '\0' && below != NULL)
    trail[4] = (AkPageCrumb){part_name, part_link};
  const char *own = below != NULL ? below : is_run ? state->run_id : part_name;
  AkHtml *html = ak_page_begin_under(request, title, own, trail);
  add_parts(html, request, state->run_id, part, below != NULL);
  return html;
}
