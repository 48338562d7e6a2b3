#include "web/pages/changes.h"

#include <string.h>

#include "web/pages/parts.h"

#define MAX_OBSERVATIONS 60 /* on the page; the command line prints more as JSON */

static const char *run_at(const json_t *found, gsize which) {
  return ak_json_string_or(json_array_get(json_object_get(found, "runs"), which), "run", "");
}

static void add_verdict_cell(AkHtml *html, const AkPageRequest *request, const char *head_id,
                             const json_t *verdict) {
  ak_page_cell(html, request, head_id, NULL);
  if (json_is_string(verdict))
    ak_page_badge(html, request, json_string_value(verdict));
  else
    ak_html_text(html, "–");
  ak_html_close(html);
}

/* --- verdicts --------------------------------------------------------------------------------------- */

static const struct {
  const char *change, *title_id;
} kinds[] = {{"regression", "web.regressions"},
             {"improvement", "web.improvements"},
             {"other", "web.other-changes"},
             {"not-rerun", "web.not-rerun"},
             {"not-run-before", "web.not-run-before"}};

static bool is_of(const json_t *row, const char *change) {
  return strcmp(ak_json_string_or(row, "change", ""), change) == 0;
}

static guint count_of(const json_t *rows, const char *change) {
  guint count = 0;
  for (gsize i = 0; i < json_array_size(rows); i++)
    count += is_of(json_array_get(rows, i), change) ? 1 : 0;
  return count;
}

static void add_change(AkHtml *html, const AkPageRequest *request, const json_t *row,
                       const char *name, const char *link) {
  const char *from = ak_json_string_or(row, "inherited_from", NULL);
  ak_page_row(html);
  ak_page_cell_head(html, request, "web.what");
  if (link != NULL)
    ak_html_element(html, "a", name, "href", link, NULL);
  else
    ak_html_text(html, name);
  ak_html_close(html);
  add_verdict_cell(html, request, "web.before", json_object_get(row, "before"));
  add_verdict_cell(html, request, "web.after", json_object_get(row, "after"));
  ak_page_cell(html, request, "web.note", NULL);
  if (from != NULL) {
    g_autofree char *text = ak_text_format(request->lang, "web.not-rerun-from", from);
    ak_html_text(html, text);
  }
  ak_html_close(html);
  ak_html_close(html);
}

/* Requirements and cases of one kind of change. */
static void add_kind(AkHtml *html, const AkPageRequest *request, const json_t *found, gsize kind) {
  static const char *const heads[] = {"web.what", "web.before", "web.after", "web.note", NULL};
  static const struct {
    const char *list, *key;
  } lists[] = {{"verdicts", "requirement"}, {"cases", "case"}, {"not_rerun", "case"}};
  const char *change = kinds[kind].change;
  guint count = 0;
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++)
    count += count_of(json_object_get(found, lists[l].list), change);
  if (count == 0)
    return;
  g_autofree char *title = g_strdup_printf("%s (%u)", ak_text(request->lang, kinds[kind].title_id),
                                           count);
  ak_html_element(html, "h3", title, "id", change, NULL);
  ak_page_table_begin(html, request, kinds[kind].title_id, heads);
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++) {
    const json_t *rows = json_object_get(found, lists[l].list);
    for (gsize i = 0; i < json_array_size(rows); i++) {
      const json_t *row = json_array_get(rows, i);
      const char *name = ak_json_string_or(row, lists[l].key, "");
      bool is_requirement = l == 0 && json_is_string(json_object_get(row, "after"));
      g_autofree char *link =
          is_requirement ? ak_page_requirement_link(request, run_at(found, 1), name) : NULL;
      if (is_of(row, change))
        add_change(html, request, row, name, link);
    }
  }
  ak_page_table_end(html);
}

/* --- findings --------------------------------------------------------------------------------------- */

static const struct {
  const char *list, *title_id;
  bool is_folded;
} findings[] = {{"new", "cli.compare.findings-new", false},
                {"gone", "cli.compare.findings-gone", false},
                {"not_rerun", "cli.compare.findings-not_rerun", false},
                {"not_run_before", "cli.compare.findings-not_run_before", false},
                {"kept", "cli.compare.findings-kept", true}};

static void add_finding(AkHtml *html, const AkPageRequest *request, const json_t *row) {
  const char *severity = ak_json_string_or(row, "severity", "info");
  const char *why = ak_json_string_or(row, "why", NULL);
  const char *detail = ak_json_string_or(row, "detail", "");
  const char *title = ak_page_text_of(request, json_object_get(row, "title"));
  ak_page_row(html);
  ak_page_cell(html, request, "web.severity", NULL);
  ak_page_severity(html, request, severity);
  ak_html_close(html);
  ak_page_cell_head(html, request, "web.finding");
  ak_html_text(html, *title != '\0' ? title : ak_json_string_or(row, "finding", ""));
  if (*detail != '\0') {
    ak_html_text(html, ": ");
    ak_html_text(html, detail);
  }
  ak_html_close(html);
  ak_page_cell(html, request, "web.subject", "where");
  ak_html_element(html, "code", ak_json_string_or(json_object_get(row, "subject"), "locator", ""),
                  NULL);
  ak_html_close(html);
  ak_page_cell(html, request, "web.note", NULL);
  if (why != NULL) {
    g_autofree char *id = g_strdup_printf("compare.why.%s", why);
    ak_html_text(html, ak_text(request->lang, id));
  }
  ak_html_close(html);
  ak_html_close(html);
}

/* The gravest first. */
static const char *const severities[] = {"critical", "high", "medium", "low", "info"};

static void add_findings(AkHtml *html, const AkPageRequest *request, const json_t *found,
                         gsize which) {
  static const char *const heads[] = {"web.severity", "web.finding", "web.subject", "web.note",
                                      NULL};
  const json_t *rows = json_object_get(json_object_get(found, "findings"), findings[which].list);
  if (json_array_size(rows) == 0)
    return;
  g_autofree char *title =
      g_strdup_printf("%s (%u)", ak_text(request->lang, findings[which].title_id),
                      (guint)json_array_size(rows));
  ak_html_element(html, "h3", title, NULL);
  if (findings[which].is_folded) {
    ak_html_open(html, "details", NULL);
    ak_html_element(html, "summary", ak_text(request->lang, "web.show"), NULL);
  }
  ak_page_table_begin(html, request, findings[which].title_id, heads);
  for (gsize s = 0; s < G_N_ELEMENTS(severities); s++)
    for (gsize i = 0; i < json_array_size(rows); i++)
      if (strcmp(ak_json_string_or(json_array_get(rows, i), "severity", "info"), severities[s]) == 0)
        add_finding(html, request, json_array_get(rows, i));
  ak_page_table_end(html);
  if (findings[which].is_folded)
    ak_html_close(html);
}

/* --- observations ----------------------------------------------------------------------------------- */

static void add_seen(AkHtml *html, const AkPageRequest *request, const char *head_id,
                     const json_t *seen) {
  char *text = json_dumps(seen, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
  ak_page_cell(html, request, head_id, NULL);
  if (seen == NULL || json_is_null(seen) || text == NULL)
    ak_html_text(html, "–");
  else
    ak_html_element(html, "code", text, NULL);
  ak_html_close(html);
  free(text);
}

static void add_observations(AkHtml *html, const AkPageRequest *request, const json_t *found) {
  static const char *const heads[] = {"web.what", "web.before", "web.after", NULL};
  const json_t *list = json_object_get(found, "observations");
  const json_t *rows = json_object_get(list, "changed");
  int changed = (int)json_integer_value(json_object_get(list, "changed_total"));
  int unseen = (int)json_integer_value(json_object_get(list, "not_rerun_total"));
  int new = (int)json_integer_value(json_object_get(list, "not_run_before_total"));
  g_autofree char *title =
      ak_text_format(request->lang, "cli.compare.observations", changed,
                     (int)json_integer_value(json_object_get(list, "same_total")));
  ak_html_element(html, "h3", title, NULL);
  if (unseen + new > 0) {
    g_autofree char *text =
        ak_text_format(request->lang, "compare.observations-apart", unseen, new);
    ak_html_element(html, "p", text, "class", "note", NULL);
  }
  if (json_array_size(rows) == 0)
    return;
  ak_html_open(html, "details", NULL);
  ak_html_element(html, "summary", ak_text(request->lang, "web.show"), NULL);
  ak_page_table_begin(html, request, "web.observations", heads);
  for (gsize i = 0; i < json_array_size(rows) && i < MAX_OBSERVATIONS; i++) {
    const json_t *row = json_array_get(rows, i);
    ak_page_row(html);
    ak_page_cell_head(html, request, "web.what");
    ak_html_element(html, "code", ak_json_string_or(row, "what", ""), NULL);
    ak_html_close(html);
    add_seen(html, request, "web.before", json_object_get(row, "before"));
    add_seen(html, request, "web.after", json_object_get(row, "after"));
    ak_html_close(html);
  }
  ak_page_table_end(html);
  if (changed > MAX_OBSERVATIONS) {
    g_autofree char *more =
        ak_text_format(request->lang, "cli.compare.more", changed - MAX_OBSERVATIONS);
    ak_html_element(html, "p", more, NULL);
  }
  ak_html_close(html);
}

/* --- all of it -------------------------------------------------------------------------------------- */

/* What makes a comparison doubtful: other units, images, rules. */
static void add_differences(AkHtml *html, const AkPageRequest *request, const json_t *found) {
  static const char *const same[] = {"units", "images", "rules", "profile"};
  const json_t *runs = json_object_get(found, "runs");
  const json_t *one = json_array_get(runs, 0), *other = json_array_get(runs, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(same); i++) {
    g_autofree char *id = g_strdup_printf("cli.compare.differ-%s", same[i]);
    if (!json_equal(json_object_get(one, same[i]), json_object_get(other, same[i])))
      ak_html_element(html, "p", ak_text(request->lang, id), "class", "note", NULL);
  }
}

void ak_page_changes(AkHtml *html, const AkPageRequest *request, const json_t *found) {
  bool worse = json_is_true(json_object_get(found, "worse"));
  bool changed = json_is_true(json_object_get(found, "changed"));
  const char *result = worse ? "web.compare.worse" : changed ? "web.compare.changed" : "web.compare.same";
  ak_html_element(html, "h2", ak_text(request->lang, "web.what-changed"), "id", "changes", NULL);
  ak_html_element(html, "p", ak_text(request->lang, result), "class", worse ? "problem" : "fine",
                  NULL);
  add_differences(html, request, found);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    add_kind(html, request, found, i);
  for (gsize i = 0; i < G_N_ELEMENTS(findings); i++)
    add_findings(html, request, found, i);
  add_observations(html, request, found);
}
