/* Runs side by side: choose them, their verdicts in one table, and of two what changed. */
#include "app/compare.h"
#include "web/pages/pages.h"
#include "web/pages/parts.h"

#include <string.h>

#include "web/pages/changes.h"

#define MAX_SIDE_BY_SIDE 8
#define MAX_GROUPS 40
#define MAX_GROUP_RUNS 50

/* --- choosing --------------------------------------------------------------------------------------- */

typedef struct {
  const char *product, *profile; /* borrowed */
  GPtrArray *runs;               /* of AkRunRow, borrowed; newest first */
} Group;

static void group_free(gpointer data) {
  Group *self = data;
  g_ptr_array_unref(self->runs);
  g_free(self);
}

static Group *group_of(GPtrArray *groups, const AkRunRow *run) {
  for (guint i = 0; i < groups->len; i++) {
    Group *group = groups->pdata[i];
    if (strcmp(group->product, run->product_name) == 0 && strcmp(group->profile, run->profile) == 0)
      return group;
  }
  Group *group = g_new0(Group, 1);
  *group = (Group){run->product_name, run->profile, g_ptr_array_new()};
  g_ptr_array_add(groups, group);
  return group;
}

/* Judged runs by product and profile, of which there is more than one. */
static GPtrArray *groups_of(const GPtrArray *runs) {
  GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
  for (guint i = runs->len; i > 0; i--) {
    AkRunRow *run = runs->pdata[i - 1];
    if (run->verdict_index >= 0)
      g_ptr_array_add(group_of(groups, run)->runs, run);
  }
  for (guint i = groups->len; i > 0; i--)
    if (((const Group *)groups->pdata[i - 1])->runs->len < 2)
      g_ptr_array_remove_index(groups, i - 1);
  return groups;
}

static void add_group(AkHtml *html, const AkPageRequest *request, const Group *group) {
  g_autofree char *title = g_strdup_printf("%s – %s", group->product, group->profile);
  ak_html_element(html, "h2", title, "dir", "auto", NULL);
  ak_page_compare_form_begin(html, request);
  ak_page_runs_begin(html, request, true);
  for (guint i = 0; i < group->runs->len && i < MAX_GROUP_RUNS; i++)
    ak_page_runs_add(html, request, group->runs->pdata[i], true);
  ak_page_table_end(html);
  ak_page_compare_form_end(html, request);
}

static bool show_choice(const AkPageRequest *request, bool is_too_few, AkPageResponse *response,
                        GError **error) {
  g_autoptr(GPtrArray) runs = ak_workspace_runs(request->workspace, error);
  if (runs == NULL)
    return false;
  g_autoptr(GPtrArray) groups = groups_of(runs);
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, "web.compare"));
  if (is_too_few)
    ak_html_element(html, "p", ak_text(request->lang, "web.choose-two"), "class", "problem",
                    "role", "alert", NULL);
  if (groups->len == 0)
    ak_page_empty(html, request, "web.nothing-to-compare", "web.nothing-to-compare.do",
                  "akashi verify product.yaml --retest RUN");
  else
    ak_page_element(html, request, "p", "web.compare.how");
  for (guint i = 0; i < groups->len && i < MAX_GROUPS; i++)
    add_group(html, request, groups->pdata[i]);
  ak_page_end(html, request, response);
  return true;
}

/* --- the chosen runs -------------------------------------------------------------------------------- */

static gint compare_planned(gconstpointer a, gconstpointer b) {
  const AkRunView *one = *(AkRunView *const *)a, *other = *(AkRunView *const *)b;
  gint64 first = json_integer_value(json_object_get(one->state->planned, "when_utc_us"));
  gint64 second = json_integer_value(json_object_get(other->state->planned, "when_utc_us"));
  return first != second ? (first > second) - (first < second)
                         : strcmp(one->state->run_id, other->state->run_id);
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids of the runs that the request names, sorted, each once. */
static GPtrArray *chosen_ids(const AkPageRequest *request) {
  GPtrArray *ids = g_ptr_array_new();
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, request->query);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (g_str_has_prefix(name, AK_PAGE_CHOOSES) && strlen(name) > strlen(AK_PAGE_CHOOSES))
      g_ptr_array_add(ids, (char *)name + strlen(AK_PAGE_CHOOSES));
  g_ptr_array_sort(ids, compare_texts);
  return ids;
}

static bool check_chosen(const AkPageRequest *request, const AkRunView *view, const char *profile,
                         GError **error) {
  const AkRunState *state = view->state;
  if (state->verdict == NULL)
    return ak_error_set(error, AK_ERROR_CONFLICT, "%s: %s", state->run_id,
                        ak_text(request->lang, "web.no-verdict"));
  return strcmp(ak_json_string_or(state->planned, "profile", ""), profile) == 0 ||
         ak_error_set(error, AK_ERROR_CONFIG, "%s",
                      ak_text(request->lang, "web.compare.one-profile"));
}

/* The runs, the earliest first: GPtrArray of AkRunView. */
static GPtrArray *load(const AkPageRequest *request, const GPtrArray *ids, GError **error) {
  g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func((GDestroyNotify)ak_run_view_free);
  for (guint i = 0; i < ids->len; i++) {
    AkRunView *view = ak_page_view(request, ids->pdata[i], error);
    if (view == NULL)
      return NULL;
    g_ptr_array_add(views, view);
    const AkRunView *first = views->pdata[0];
    if (!check_chosen(request, view, ak_json_string_or(first->state->planned, "profile", ""),
                      error))
      return NULL;
  }
  g_ptr_array_sort(views, compare_planned);
  return g_steal_pointer(&views);
}

/* --- the table -------------------------------------------------------------------------------------- */

static const json_t *verdicts_of(const AkRunView *view) {
  return json_object_get(json_object_get(view->state->verdict, "verdicts"), "verdicts");
}

static const json_t *row_of(const AkRunView *view, const char *requirement) {
  const json_t *rows = verdicts_of(view);
  for (gsize i = 0; i < json_array_size(rows); i++)
    if (strcmp(ak_json_string_or(json_array_get(rows, i), "requirement", ""), requirement) == 0)
      return json_array_get(rows, i);
  return NULL;
}

static bool differs(const GPtrArray *views, const char *requirement) {
  const char *first = ak_json_string_or(row_of(views->pdata[0], requirement), "verdict", "");
  for (guint i = 1; i < views->len; i++)
    if (strcmp(ak_json_string_or(row_of(views->pdata[i], requirement), "verdict", ""), first) != 0)
      return true;
  return false;
}

/* The run from which a case of the requirement took its pass over, or NULL. */
static const char *lender_of(const json_t *row) {
  const json_t *cases = json_object_get(row, "cases");
  for (gsize i = 0; i < json_array_size(cases); i++) {
    const json_t *inherited = json_object_get(json_array_get(cases, i), "inherited");
    if (inherited != NULL)
      return ak_json_string_or(inherited, "run", "");
  }
  return NULL;
}

static void add_verdict(AkHtml *html, const AkPageRequest *request, const AkRunView *view,
                        const char *requirement) {
  const json_t *row = row_of(view, requirement);
  const char *lender = lender_of(row);
  ak_html_open(html, "td", "role", "cell", "data-label", view->state->run_id, NULL);
  if (row == NULL) {
    ak_html_text(html, "–");
  } else {
    g_autofree char *link = ak_page_requirement_link(request, view->state->run_id, requirement);
    ak_html_open(html, "a", "href", link, "class", "quiet", NULL);
    ak_page_badge(html, request, ak_json_string_or(row, "verdict", "not-run"));
    ak_html_close(html);
  }
  if (lender != NULL) {
    g_autofree char *from = ak_text_format(request->lang, "web.not-rerun-from", lender);
    ak_html_element(html, "span", from, "class", "note", NULL);
  }
  ak_html_close(html);
}

static void add_heads(AkHtml *html, const AkPageRequest *request, const GPtrArray *views) {
  static const char *const heads[] = {"web.requirement", "web.title"};
  ak_page_row(html);
  for (gsize i = 0; i < G_N_ELEMENTS(heads); i++)
    ak_html_element(html, "th", ak_text(request->lang, heads[i]), "scope", "col", "role",
                    "columnheader", NULL);
  for (guint i = 0; i < views->len; i++) {
    const AkRunState *state = ((const AkRunView *)views->pdata[i])->state;
    g_autofree char *link = ak_page_run_link(request, state->run_id);
    ak_html_open(html, "th", "scope", "col", "role", "columnheader", NULL);
    ak_html_element(html, "a", state->run_id, "href", link, NULL);
    ak_html_close(html);
  }
  ak_html_close(html);
}

static void add_requirement(AkHtml *html, const AkPageRequest *request, const GPtrArray *views,
                            const AkCatalog *catalog, const char *requirement) {
  ak_html_open(html, "tr", "role", "row", "class", differs(views, requirement) ? "differs" : NULL,
               NULL);
  ak_page_cell_head(html, request, "web.requirement");
  ak_html_text(html, requirement);
  ak_html_close(html);
  ak_page_cell_text(html, request, "web.title",
                    ak_page_requirement_title(request, catalog, requirement));
  for (guint i = 0; i < views->len; i++)
    add_verdict(html, request, views->pdata[i], requirement);
  ak_html_close(html);
}

/* The requirements of all runs, in the order of the first that has each. Borrowed texts. */
static GPtrArray *requirements_of(const GPtrArray *views) {
  GPtrArray *ids = g_ptr_array_new();
  for (guint i = 0; i < views->len; i++) {
    const json_t *rows = verdicts_of(views->pdata[i]);
    for (gsize r = 0; r < json_array_size(rows); r++) {
      const char *id = ak_json_string_or(json_array_get(rows, r), "requirement", "");
      if (!g_ptr_array_find_with_equal_func(ids, id, g_str_equal, NULL))
        g_ptr_array_add(ids, (gpointer)id);
    }
  }
  return ids;
}

static void add_filter(AkHtml *html, const AkPageRequest *request, const GPtrArray *views,
                       bool only_changed) {
  static const char *const texts[] = {"web.all", "web.only-changed"};
  g_autoptr(GString) query = g_string_new(NULL);
  for (guint i = 0; i < views->len; i++)
    g_string_append_printf(query, "%s" AK_PAGE_CHOOSES "%s=on", i > 0 ? "&" : "",
                           ((const AkRunView *)views->pdata[i])->state->run_id);
  ak_html_open(html, "nav", "class", "filters", "aria-label", ak_text(request->lang, "web.filter"),
               NULL);
  for (int i = 0; i < 2; i++) {
    g_autofree char *asked = g_strconcat(query->str, i == 1 ? "&only=changed" : "", NULL);
    g_autofree char *link = ak_page_link(request, "/compare", asked);
    ak_html_element(html, "a", ak_text(request->lang, texts[i]), "href", link, "aria-current",
                    (i == 1) == only_changed ? "true" : NULL, NULL);
  }
  ak_html_close(html);
}

static void add_table(AkHtml *html, const AkPageRequest *request, const GPtrArray *views) {
  g_autoptr(GPtrArray) ids = requirements_of(views);
  g_autoptr(AkCatalog) catalog = ak_page_catalog_of(((AkRunView *)views->pdata[0])->state);
  bool only_changed = g_strcmp0(ak_page_asked(request, "only"), "changed") == 0;
  const char *name = ak_text(request->lang, "web.side-by-side");
  guint shown = 0;
  ak_html_element(html, "h2", name, "id", "table", NULL);
  add_filter(html, request, views, only_changed);
  ak_html_open(html, "div", "class", "wide", "tabindex", "0", "role", "region", "aria-label", name,
               NULL);
  ak_html_open(html, "table", "role", "table", NULL);
  ak_html_element(html, "caption", name, "class", "unseen", NULL);
  ak_html_open(html, "thead", "role", "rowgroup", NULL);
  add_heads(html, request, views);
  ak_html_close(html);
  ak_html_open(html, "tbody", "role", "rowgroup", NULL);
  for (guint i = 0; i < ids->len; i++) {
    if (only_changed && !differs(views, ids->pdata[i]))
      continue;
    add_requirement(html, request, views, catalog, ids->pdata[i]);
    shown++;
  }
  ak_page_table_end(html);
  if (shown == 0)
    ak_page_empty(html, request, "web.nothing-differs", NULL, NULL);
}

/* --- the page --------------------------------------------------------------------------------------- */

/* What each run is about, and whether it still holds. */
static bool add_runs(AkHtml *html, const AkPageRequest *request, const GPtrArray *views,
                     GError **error) {
  ak_page_runs_begin(html, request, false);
  for (guint i = 0; i < views->len; i++) {
    g_autoptr(AkRunRow) row = ak_workspace_row(
        request->workspace, ((const AkRunView *)views->pdata[i])->state->run_id, error);
    if (row == NULL)
      return false;
    ak_page_runs_add(html, request, row, false);
  }
  ak_page_table_end(html);
  return true;
}

static bool show(const AkPageRequest *request, const GPtrArray *views, AkPageResponse *response,
                 GError **error) {
  const char *one = ((const AkRunView *)views->pdata[0])->state->run_id;
  const char *other = ((const AkRunView *)views->pdata[1])->state->run_id;
  g_autofree char *compare = ak_page_link(request, "/compare", NULL);
  AkPageCrumb trail[] = {{ak_text(request->lang, "web.compare"), compare}, {NULL, NULL}};
  g_autofree char *two = g_strdup_printf("%s → %s", one, other);
  const char *title = views->len == 2 ? two : ak_text(request->lang, "web.side-by-side");
  g_autoptr(json_t) found =
      views->len == 2 ? ak_app_compare(request->workspace, one, other, error) : NULL;
  if (views->len == 2 && found == NULL)
    return false;
  g_autoptr(AkHtml) html = ak_page_begin_under(request, title, title, trail);
  if (!add_runs(html, request, views, error))
    return false;
  if (found != NULL)
    ak_page_changes(html, request, found);
  add_table(html, request, views);
  ak_page_end(g_steal_pointer(&html), request, response);
  return true;
}

bool ak_page_compare(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  g_autoptr(GPtrArray) ids = chosen_ids(request);
  if (ids->len < 2)
    return show_choice(request, ids->len == 1, response, error);
  if (ids->len > MAX_SIDE_BY_SIDE)
    return ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(request->lang, "web.compare.most"));
  g_autoptr(GPtrArray) views = load(request, ids, error);
  return views != NULL && show(request, views, response, error);
}
