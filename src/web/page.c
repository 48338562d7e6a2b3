#include "web/page.h"

#include <gio/gio.h>
#include <string.h>

char *ak_page_link(const AkPageRequest *request, const char *path, const char *query) {
  return g_strdup_printf("%s?lang=%s%s%s", path, ak_lang_name(request->lang),
                         query != NULL ? "&" : "", query != NULL ? query : "");
}

/* The same page in the other language keeps its filters. */
static char *switch_link(const AkPageRequest *request, AkLang other) {
  g_autoptr(GString) link = g_string_new(request->path);
  g_string_append_printf(link, "?lang=%s", ak_lang_name(other));
  static const char *const kept[] = {"verdict", "q"};
  for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
    const char *value = g_hash_table_lookup(request->query, kept[i]);
    g_autofree char *encoded = value != NULL ? g_uri_escape_string(value, NULL, FALSE) : NULL;
    if (encoded != NULL)
      g_string_append_printf(link, "&%s=%s", kept[i], encoded);
  }
  return g_string_free(g_steal_pointer(&link), FALSE);
}

static void add_header(AkHtml *html, const AkPageRequest *request) {
  AkLang other = request->lang == AK_LANG_JA ? AK_LANG_EN : AK_LANG_JA;
  g_autofree char *home = ak_page_link(request, "/", NULL);
  g_autofree char *switched = switch_link(request, other);
  ak_html_element(html, "a", ak_text(request->lang, "web.skip"), "class", "skip", "href", "#main",
                  NULL);
  ak_html_open(html, "header", NULL);
  ak_html_element(html, "a", "akashi 証", "class", "brand", "href", home, NULL);
  ak_html_open(html, "nav", "aria-label", ak_text(request->lang, "web.nav"), NULL);
  ak_html_element(html, "a", ak_text(request->lang, "web.runs"), "href", home, NULL);
  ak_html_element(html, "a", other == AK_LANG_JA ? "日本語" : "English", "href", switched, "lang",
                  ak_lang_name(other), "hreflang", ak_lang_name(other), NULL);
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

AkHtml *ak_page_begin(const AkPageRequest *request, const char *title) {
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
  ak_html_open(html, "main", "id", "main", NULL);
  ak_html_element(html, "h1", title, NULL);
  return html;
}

void ak_page_element(AkHtml *html, const AkPageRequest *request, const char *element,
                     const char *text_id) {
  ak_html_element(html, element, ak_text(request->lang, text_id), NULL);
}

void ak_page_table_begin(AkHtml *html, const AkPageRequest *request, const char *name_id,
                         const char *const *head_ids) {
  ak_html_open(html, "div", "class", "wide", "tabindex", "0", "role", "region", "aria-label",
               ak_text(request->lang, name_id), NULL);
  ak_html_open(html, "table", NULL);
  ak_html_open(html, "thead", NULL);
  ak_html_open(html, "tr", NULL);
  for (gsize i = 0; head_ids[i] != NULL; i++)
    ak_html_element(html, "th", ak_text(request->lang, head_ids[i]), "scope", "col", NULL);
  ak_html_close(html);
  ak_html_close(html);
  ak_html_open(html, "tbody", NULL);
}

void ak_page_table_end(AkHtml *html) {
  ak_html_close(html); /* tbody */
  ak_html_close(html); /* table */
  ak_html_close(html); /* region */
}

void ak_page_end(AkHtml *taken, const AkPageRequest *request, AkPageResponse *response) {
  g_autoptr(AkHtml) html = taken;
  ak_html_close(html); /* main */
  ak_html_element(html, "footer", ak_text(request->lang, "web.footer"), NULL);
  char *text = ak_html_end(html);
  response->body = g_bytes_new_take(text, strlen(text));
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

void ak_page_error(const AkPageRequest *request, guint status, const char *message,
                   AkPageResponse *response) {
  AkHtml *html = ak_page_begin(request, ak_text(request->lang, status == 404 ? "web.not-found"
                                                                              : "web.error"));
  ak_html_element(html, "p", message, NULL);
  response->status = status;
  response->content_type = "text/html; charset=utf-8";
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
