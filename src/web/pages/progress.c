/* How far a run is: complete without JavaScript, where it reloads itself while somebody works on the run;
 * with it, it is kept up to date by events. */
#include "app/progress.h"

#include <gio/gio.h>
#include <string.h>

#include "web/pages/pages.h"
#include "web/pages/parts.h"

#define REFRESH_S 5
#define SCRIPT "/progress.js"

static json_int_t number(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

/* The text with {NAME} filled in from the members of `values`; caller frees. */
static char *filled(const AkPageRequest *request, const char *text_id, const json_t *values) {
  GString *text = g_string_new(ak_text(request->lang, text_id));
  const char *name = NULL;
  json_t *value = NULL;
  json_object_foreach((json_t *)values, name, value) {
    g_autofree char *place = g_strdup_printf("{%s}", name);
    g_autofree char *digits = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    g_string_replace(text, place, digits, 0);
  }
  return g_string_free(text, FALSE);
}

/* "1:02:03"; caller frees. */
static char *clock_of(json_int_t us) {
  json_int_t s = MAX(us, 0) / G_USEC_PER_SEC;
  return g_strdup_printf("%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

static const char *status_text(const AkPageRequest *request, const char *status) {
  g_autofree char *id = g_strdup_printf("web.progress.%s", status);
  return ak_text(request->lang, id);
}

static void add_fact(AkHtml *html, const AkPageRequest *request, const char *text_id,
                     const char *id, const char *value) {
  ak_page_element(html, request, "dt", text_id);
  ak_html_element(html, "dd", value, "id", id, NULL);
}

static void add_facts(AkHtml *html, const AkPageRequest *request, const json_t *progress) {
  const json_t *executions = json_object_get(progress, "executions");
  g_autofree char *product =
      g_strdup_printf("%s %s", ak_json_string_or(progress, "product", ""),
                      ak_json_string_or(progress, "version", ""));
  g_autofree char *planned = ak_page_time(number(progress, "planned_utc_us"));
  g_autofree char *elapsed = clock_of(number(progress, "elapsed_us"));
  g_autofree char *counts = filled(request, "web.progress.executions-of", executions);
  g_autofree char *attempts =
      g_strdup_printf("%" JSON_INTEGER_FORMAT, number(executions, "attempts"));
  g_autofree char *records = g_strdup_printf("%" JSON_INTEGER_FORMAT, number(progress, "records"));
  ak_html_open(html, "dl", NULL);
  add_fact(html, request, "web.product", NULL, product);
  add_fact(html, request, "web.profile", NULL, ak_json_string_or(progress, "profile", ""));
  add_fact(html, request, "web.when", NULL, planned);
  add_fact(html, request, "web.progress.elapsed", "elapsed", elapsed);
  add_fact(html, request, "web.progress.executions", "executions", counts);
  add_fact(html, request, "web.progress.attempts", "attempts", attempts);
  add_fact(html, request, "web.progress.records", "records", records);
  ak_html_close(html);
}

static void add_in_flight(AkHtml *html, const AkPageRequest *request, const json_t *progress) {
  const json_t *tests = json_object_get(progress, "in_flight");
  bool is_running = strcmp(ak_json_string_or(progress, "status", ""), "running") == 0;
  ak_html_open(html, "section", "id", "flying", "aria-labelledby", "flying-head", "hidden",
               json_array_size(tests) == 0 ? "" : NULL, NULL);
  ak_html_element(html, "h2",
                  ak_text(request->lang, is_running ? "web.progress.in-flight"
                                                    : "web.progress.was-in-flight"),
                  "id", "flying-head", NULL);
  ak_html_open(html, "ul", "id", "flight", NULL);
  for (gsize i = 0; i < json_array_size(tests); i++) {
    const json_t *test = json_array_get(tests, i);
    ak_html_open(html, "li", NULL);
    ak_html_element(html, "code", ak_json_string_or(test, "test", ""), NULL);
    ak_html_text(html, " ");
    ak_html_text(html, ak_json_string_or(test, "locator", ""));
    if (number(test, "attempt") > 1) {
      g_autofree char *attempt = filled(request, "web.progress.attempt", test);
      ak_html_text(html, " ");
      ak_html_text(html, attempt);
    }
    ak_html_close(html);
  }
  ak_html_close(html);
  ak_html_close(html);
}

/* The words that the script needs, in the page's language. */
static void open_root(AkHtml *html, const AkPageRequest *request, const char *run_id) {
  g_autofree char *events = g_strdup_printf("/api/v1/runs/%s/events", run_id);
  AkLang lang = request->lang;
  ak_html_open(html, "div", "id", "progress", "data-events", events, "data-running",
               status_text(request, "running"), "data-stopped", status_text(request, "stopped"),
               "data-finished", status_text(request, "finished"), "data-aborted",
               status_text(request, "aborted"), "data-unknown", status_text(request, "unknown"),
               "data-tests", ak_text(lang, "web.progress.tests-of"), "data-executions",
               ak_text(lang, "web.progress.executions-of"), "data-attempt",
               ak_text(lang, "web.progress.attempt"), NULL);
}

static void add_bar(AkHtml *html, const AkPageRequest *request, const json_t *progress) {
  const json_t *tests = json_object_get(progress, "tests");
  g_autofree char *said = filled(request, "web.progress.tests-of", tests);
  g_autofree char *most =
      g_strdup_printf("%" JSON_INTEGER_FORMAT, MAX(number(tests, "planned"), 1));
  g_autofree char *value = g_strdup_printf("%" JSON_INTEGER_FORMAT, number(tests, "ended"));
  ak_html_open(html, "div", "role", "status", "aria-live", "polite", NULL);
  ak_html_element(html, "p", status_text(request, ak_json_string_or(progress, "status", "")), "id",
                  "status", NULL);
  ak_html_element(html, "p", said, "id", "said", NULL);
  ak_html_close(html);
  ak_html_element(html, "progress", said, "id", "bar", "max", most, "value", value,
                  "aria-labelledby", "said", NULL);
  ak_page_element(html, request, "p", "web.progress.tests-note");
}

/* What can be done about it. */
static void add_next(AkHtml *html, const AkPageRequest *request, const json_t *progress) {
  const char *run_id = ak_json_string_or(progress, "run", "");
  g_autofree char *link = ak_page_run_link(request, run_id);
  if (strcmp(ak_json_string_or(progress, "status", ""), "stopped") == 0) {
    g_autofree char *command = g_strdup_printf("akashi verify --resume --run-id %s", run_id);
    ak_page_element(html, request, "p", "web.progress.resume");
    ak_html_element(html, "pre", command, NULL);
  }
  ak_html_open(html, "p", NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.progress.run"), "href", link, NULL);
  ak_html_close(html);
}

bool ak_page_progress(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  const char *run_id = request->parameters[0];
  g_autoptr(json_t) progress =
      ak_app_progress(request->workspace, run_id, ak_now_utc_us(), error);
  if (progress == NULL)
    return false;
  bool is_running = strcmp(ak_json_string_or(progress, "status", ""), "running") == 0;
  AkPageRequest page = *request;
  page.script = is_running ? SCRIPT : NULL;
  page.refresh_s = is_running ? REFRESH_S : 0;
  g_autofree char *title = ak_text_format(request->lang, "web.progress.title", run_id);
  g_autofree char *runs = ak_page_link(request, "/", NULL);
  g_autofree char *run = ak_page_run_link(request, run_id);
  AkPageCrumb trail[] = {{ak_text(request->lang, "web.runs"), runs}, {run_id, run}, {NULL, NULL}};
  AkHtml *html =
      ak_page_begin_under(&page, title, ak_text(request->lang, "web.progress"), trail);
  open_root(html, request, run_id);
  add_bar(html, request, progress);
  add_facts(html, request, progress);
  add_in_flight(html, request, progress);
  ak_html_close(html);
  add_next(html, request, progress);
  response->script = is_running;
  ak_page_end(html, request, response);
  return true;
}

bool ak_page_progress_script(const AkPageRequest *request, AkPageResponse *response,
                             GError **error) {
  response->body = g_resources_lookup_data("/akashi/web/progress.js", 0, NULL);
  response->content_type = "text/javascript; charset=utf-8";
  return response->body != NULL || ak_error_set(error, AK_ERROR_INTERNAL, "the script is missing");
}
