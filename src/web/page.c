#include "web/page.h"

#include <gio/gio.h>
#include <string.h>

char *ak_page_link(const AkPageRequest *request, const char *path, const char *query) {
  return g_strdup_printf("%s?lang=%s%s%s", path, ak_lang_name(request->lang),
                         query != NULL ? "&" : "", query != NULL ? query : "");
}

char *ak_page_query(const char *name, const char *value) {
  g_autofree char *encoded = g_uri_escape_string(value, NULL, FALSE);
  return g_strdup_printf("%s=%s", name, encoded);
}

const char *ak_page_asked(const AkPageRequest *request, const char *name) {
  const char *value = request->query != NULL ? g_hash_table_lookup(request->query, name) : NULL;
  return value != NULL && *value != '\0' ? value : NULL;
}

static int compare_texts(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same page in the other language keeps what was asked. */
static char *switch_link(const AkPageRequest *request, AkLang other) {
  g_autoptr(GString) link = g_string_new(request->path);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, request->query);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    g_ptr_array_add(names, name);
  g_ptr_array_sort(names, compare_texts);
  g_string_append_printf(link, "?lang=%s", ak_lang_name(other));
  for (guint i = 0; i < names->len; i++) {
    const char *key = names->pdata[i];
    if (strcmp(key, "lang") == 0)
      continue;
    g_autofree char *escaped = g_uri_escape_string(key, NULL, FALSE);
    g_autofree char *pair = ak_page_query(escaped, g_hash_table_lookup(request->query, key));
    g_string_append_printf(link, "&%s", pair);
  }
  return g_string_free(g_steal_pointer(&link), FALSE);
}

/* --- the head of a page --------------------------------------------------------------------------- */

static const struct {
  const char *path, *text_id;
  const char *prefix; /* of the pages that lie in it */
} places[] = {{"/products", "web.products", "/products"},
              {"/", "web.runs", "/runs"},
              {"/compare", "web.compare", "/compare"},
              {"/chains", "web.chains", "/chains"}};

static void add_navigation(AkHtml *html, const AkPageRequest *request) {
  ak_html_open(html, "nav", "aria-label", ak_text(request->lang, "web.nav"), NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *link = ak_page_link(request, places[i].path, NULL);
    bool is_it = strcmp(request->path, places[i].path) == 0;
    bool is_in = is_it || g_str_has_prefix(request->path, places[i].prefix);
    ak_html_element(html, "a", ak_text(request->lang, places[i].text_id), "href", link,
                    "aria-current", is_it ? "page" : is_in ? "true" : NULL, NULL);
  }
  ak_html_close(html);
}

static void add_search(AkHtml *html, const AkPageRequest *request) {
  const char *words = ak_page_asked(request, "q");
  ak_html_open(html, "form", "method", "get", "action", "/", "role", "search", NULL);
  ak_html_element(html, "label", ak_text(request->lang, "web.search-runs"), "for", "q", "class",
                  "unseen", NULL);
  ak_html_element(html, "input", NULL, "type", "search", "id", "q", "name", "q", "value",
                  words != NULL ? words : "", "maxlength", "200", "placeholder",
                  ak_text(request->lang, "web.search-runs"), NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "lang", "value",
                  ak_lang_name(request->lang), NULL);
  ak_html_element(html, "button", ak_text(request->lang, "web.search"), "type", "submit", NULL);
  ak_html_close(html);
}

static void add_header(AkHtml *html, const AkPageRequest *request) {
  AkLang other = request->lang == AK_LANG_JA ? AK_LANG_EN : AK_LANG_JA;
  g_autofree char *home = ak_page_link(request, "/", NULL);
  g_autofree char *switched = switch_link(request, other);
  ak_html_element(html, "a", ak_text(request->lang, "web.skip"), "class", "skip", "href", "#main",
                  NULL);
  ak_html_open(html, "header", NULL);
  ak_html_element(html, "a", "akashi 証", "class", "brand", "href", home, NULL);
  add_navigation(html, request);
  add_search(html, request);
  ak_html_element(html, "a", other == AK_LANG_JA ? "日本語" : "English", "class", "switch", "href",
                  switched, "lang", ak_lang_name(other), "hreflang", ak_lang_name(other), NULL);
  ak_html_close(html);
}

static void add_trail(AkHtml *html, const AkPageRequest *request, const char *short_title,
                      const AkPageCrumb *trail) {
  ak_html_open(html, "nav", "class", "trail", "aria-label", ak_text(request->lang, "web.trail"),
               NULL);
  ak_html_open(html, "ol", NULL);
  for (; trail->text != NULL; trail++) {
    ak_html_open(html, "li", NULL);
    ak_html_element(html, "a", trail->text, "href", trail->link, NULL);
    ak_html_close(html);
  }
  ak_html_element(html, "li", short_title, "aria-current", "page", NULL);
  ak_html_close(html);
  ak_html_close(html);
}

/* In the head: the page's script, and what stands in for it. */
static void add_script(AkHtml *html, const AkPageRequest *request) {
  if (request->refresh_s > 0) {
    g_autofree char *seconds = g_strdup_printf("%u", request->refresh_s);
    ak_html_open(html, "noscript", NULL);
    ak_html_element(html, "meta", NULL, "http-equiv", "refresh", "content", seconds, NULL);
    ak_html_close(html);
  }
  if (request->script != NULL)
    ak_html_element(html, "script", "", "src", request->script, "defer", "", NULL);
}

AkHtml *ak_page_begin_under(const AkPageRequest *request, const char *title,
                            const char *short_title, const AkPageCrumb *trail) {
  AkHtml *html = ak_html_new();
  g_autofree char *full = g_strdup_printf("%s – akashi", title);
  ak_html_open(html, "html", "lang", ak_lang_name(request->lang), NULL);
  ak_html_open(html, "head", NULL);
  ak_html_element(html, "meta", NULL, "charset", "utf-8", NULL);
  ak_html_element(html, "meta", NULL, "name", "viewport", "content",
                  "width=device-width, initial-scale=1", NULL);
  ak_html_element(html, "title", full, NULL);
  ak_html_element(html, "link", NULL, "rel", "stylesheet", "href", "/style.css", NULL);
  add_script(html, request);
  ak_html_close(html);
  ak_html_open(html, "body", NULL);
  add_header(html, request);
  ak_html_open(html, "main", "id", "main", "tabindex", "-1", NULL);
  if (trail != NULL)
    add_trail(html, request, short_title, trail);
  ak_html_element(html, "h1", title, "dir", "auto", NULL);
  return html;
}

AkHtml *ak_page_begin(const AkPageRequest *request, const char *title) {
  return ak_page_begin_under(request, title, NULL, NULL);
}

void ak_page_element(AkHtml *html, const AkPageRequest *request, const char *element,
                     const char *text_id) {
  ak_html_element(html, element, ak_text(request->lang, text_id), NULL);
}

/* --- tables ---------------------------------------------------------------------------------------- */

/* The roles are said again, as a table that is shown as cards would lose them. */
void ak_page_table_begin(AkHtml *html, const AkPageRequest *request, const char *name_id,
                         const char *const *head_ids) {
  const char *name = ak_text(request->lang, name_id);
  ak_html_open(html, "div", "class", "wide", "tabindex", "0", "role", "region", "aria-label", name,
               NULL);
  ak_html_open(html, "table", "role", "table", NULL);
  ak_html_element(html, "caption", name, "class", "unseen", NULL);
  ak_html_open(html, "thead", "role", "rowgroup", NULL);
  ak_page_row(html);
  for (gsize i = 0; head_ids[i] != NULL; i++)
    ak_html_element(html, "th", ak_text(request->lang, head_ids[i]), "scope", "col", "role",
                    "columnheader", NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_html_open(html, "tbody", "role", "rowgroup", NULL);
}

void ak_page_table_end(AkHtml *html) {
  ak_html_close(html); /* tbody */
  ak_html_close(html); /* table */
  ak_html_close(html); /* region */
}

void ak_page_row(AkHtml *html) { ak_html_open(html, "tr", "role", "row", NULL); }

void ak_page_cell(AkHtml *html, const AkPageRequest *request, const char *head_id,
                  const char *class) {
  ak_html_open(html, "td", "role", "cell", "data-label", ak_text(request->lang, head_id), "class",
               class, NULL);
}

void ak_page_cell_head(AkHtml *html, const AkPageRequest *request, const char *head_id) {
  ak_html_open(html, "th", "scope", "row", "role", "rowheader", "data-label",
               ak_text(request->lang, head_id), NULL);
}

void ak_page_cell_text(AkHtml *html, const AkPageRequest *request, const char *head_id,
                       const char *text) {
  ak_page_cell(html, request, head_id, NULL);
  ak_html_text(html, text);
  ak_html_close(html);
}

void ak_page_cell_link(AkHtml *html, const AkPageRequest *request, const char *head_id,
                       const char *text, const char *link) {
  ak_page_cell_head(html, request, head_id);
  ak_html_element(html, "a", text, "href", link, "class", "id", NULL);
  ak_html_close(html);
}

void ak_page_end(AkHtml *taken, const AkPageRequest *request, AkPageResponse *response) {
  g_autoptr(AkHtml) html = taken;
  ak_html_close(html); /* main */
  ak_html_element(html, "footer", ak_text(request->lang, "web.footer"), NULL);
  char *text = ak_html_end(html);
  response->body = g_bytes_new_take(text, strlen(text));
}

void ak_page_form_begin(AkHtml *html, const AkPageRequest *request, const char *path, const char *class) {
  g_autofree char *link = ak_page_link(request, path, NULL);
  ak_html_open(html, "form", "method", "post", "action", link, "class", class, NULL);
  ak_html_element(html, "input", NULL, "type", "hidden", "name", "key", "value", request->form_key, NULL);
}

const char *ak_page_sent(const AkPageRequest *request, const char *name) {
  const char *value = request->form != NULL ? g_hash_table_lookup(request->form, name) : NULL;
  return value != NULL && *value != '\0' ? value : NULL;
}

void ak_page_go_on(const AkPageRequest *request, AkPageResponse *response, const char *path, const char *query) {
  response->status = 303;
  response->location = ak_page_link(request, path, query);
  response->body = g_bytes_new_static("", 0);
}

void ak_page_badge(AkHtml *html, const AkPageRequest *request, const char *verdict) {
  g_autofree char *class = g_strdup_printf("badge %s", verdict);
  g_autofree char *id = g_strdup_printf("verdict.%s", verdict);
  ak_html_element(html, "span", ak_text(request->lang, id), "class", class, NULL);
}

const char *ak_page_text_of(const AkPageRequest *request, const json_t *text) {
  if (json_is_string(text))
    return json_string_value(text);
  return ak_json_string_or(text, ak_lang_name(request->lang), "");
}

char *ak_page_time(gint64 when_utc_us) {
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(when_utc_us / 1000000);
  return when != NULL ? g_date_time_format(when, "%Y-%m-%d %H:%M UTC") : g_strdup("–");
}

void ak_page_empty(AkHtml *html, const AkPageRequest *request, const char *what_id,
                   const char *do_id, const char *command) {
  ak_html_open(html, "div", "class", "empty", NULL);
  ak_page_element(html, request, "p", what_id);
  if (do_id != NULL)
    ak_page_element(html, request, "p", do_id);
  if (command != NULL)
    ak_html_element(html, "pre", command, NULL);
  ak_html_close(html);
}

/* What each status is called, and what helps. */
static const struct {
  guint status;
  const char *title_id, *remedy_id;
} errors[] = {{404, "web.not-found", "web.remedy.not-found"},
              {400, "web.bad-request", "web.remedy.bad-request"},
              {401, "web.error", NULL},
              {403, "web.error", "web.remedy.form"},
              {405, "web.error", "web.remedy.read-only"},
              {413, "web.error", "web.remedy.too-large"},
              {409, "web.not-yet", "web.remedy.not-yet"}};

void ak_page_error(const AkPageRequest *request, guint status, const char *message,
                   AkPageResponse *response) {
  const char *title_id = "web.error", *remedy_id = status >= 500 ? "web.remedy.server" : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(errors); i++)
    if (errors[i].status == status) {
      title_id = errors[i].title_id;
      remedy_id = errors[i].remedy_id;
    }
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, title_id));
  ak_html_element(html, "p", message, "class", "problem", NULL);
  if (remedy_id != NULL)
    ak_page_element(html, request, "p", remedy_id);
  response->status = status;
  response->content_type = "text/html; charset=utf-8";
  response->download = NULL;
  response->report = false;
  g_clear_pointer(&response->location, g_free);
  ak_page_end(html, request, response);
}

/* --- routes ---------------------------------------------------------------------------------------- */

static bool matches(const char *pattern, char **parts, GStrvBuilder *parameters) {
  g_auto(GStrv) wanted = g_strsplit(pattern, "/", -1);
  if (g_strv_length(wanted) != g_strv_length(parts))
    return false;
  for (gsize i = 0; wanted[i] != NULL; i++) {
    if (strcmp(wanted[i], "{}") == 0) {
      g_autofree char *value = g_uri_unescape_string(parts[i], "/");
      if (value == NULL || *value == '\0' || !g_utf8_validate(value, -1, NULL))
        return false;
      g_strv_builder_add(parameters, value);
    } else if (strcmp(wanted[i], parts[i]) != 0) {
      return false;
    }
  }
  return true;
}

const AkRoute *ak_web_route_find(const AkRoute *routes, const char *path, GStrv *parameters) {
  g_auto(GStrv) parts = g_strsplit(path, "/", 16);
  for (const AkRoute *route = routes; route->pattern != NULL; route++) {
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    if (matches(route->pattern, parts, found)) {
      *parameters = g_strv_builder_end(found);
      return route;
    }
  }
  return NULL;
}
