/* One request, one page: what a page handler gets and gives. */
#pragma once

#include "app/workspace.h"
#include "doc/html.h"
#include "util/text.h"

typedef struct {
  AkWorkspace *workspace; /* borrowed */
  AkLang lang;
  const char *path;    /* "/runs/r1" */
  GStrv parameters;    /* what the route's {…} matched, in order */
  GHashTable *query;   /* name → value, decoded; borrowed */
  /* For the head of a page; a handler sets them on a copy. */
  const char *script; /* path of the page's script, or NULL; the response must say `script` too */
  guint refresh_s;    /* without JavaScript the page loads itself again so often; 0: never */
} AkPageRequest;

typedef struct {
  guint status;             /* 200, 404 … */
  const char *content_type; /* static */
  const char *download;     /* file name offered to save, or NULL; borrowed from the request */
  bool script;              /* the page has a script of ours, which may ask for events */
  bool report;              /* a report, which carries the program's report style sheet inside */
  GBytes *body;
} AkPageResponse;

/* Fills in the response (status 200 and HTML unless it says otherwise). On error the server answers with
 * a page that shows the message: NOT_FOUND → 404, CONFIG and INVALID_DATA → 400, others → 500. */
typedef bool (*AkPageHandler)(const AkPageRequest *request, AkPageResponse *response,
                              GError **error);

typedef struct {
  const char *pattern; /* "/runs/{}/requirements/{}" */
  AkPageHandler handler;
} AkRoute;

extern const AkRoute ak_web_routes[]; /* ends with a NULL pattern */

/* The route of `path` and its parameters (caller frees), or NULL. */
const AkRoute *ak_web_route_find(const AkRoute *routes, const char *path, GStrv *parameters);

/* --- what all pages share ----------------------------------------------------------------------- */

/* Begins a page: head, header with the language switch, main. `title` is text in the page's language. */
AkHtml *ak_page_begin(const AkPageRequest *request, const char *title);
/* A table in a region that scrolls by itself on narrow screens: opens both, and its head; the caller adds
 * rows (ak_html_open "tr"). `name_id` names the table for those who do not see it; `head_ids` ends with
 * NULL. */
void ak_page_table_begin(AkHtml *html, const AkPageRequest *request, const char *name_id,
                         const char *const *head_ids);
void ak_page_table_end(AkHtml *html);

/* Ends it and puts it into the response. What the caller opened, it has closed. */
void ak_page_end(AkHtml *taken, const AkPageRequest *request, AkPageResponse *response);

/* "PATH?lang=ja": a link within the site that keeps the language; caller frees. `query` (may be NULL)
 * is "name=value" already encoded. */
char *ak_page_link(const AkPageRequest *request, const char *path, const char *query);

/* An element that opens, holds text in the page's language, and closes. */
void ak_page_element(AkHtml *html, const AkPageRequest *request, const char *element,
                     const char *text_id);

/* The class and text of a verdict as a badge. */
void ak_page_badge(AkHtml *html, const AkPageRequest *request, const char *verdict);

/* Text of {"en","ja"} or of a plain string in the page's language. Borrowed. */
const char *ak_page_text_of(const AkPageRequest *request, const json_t *text);

/* "2026-11-23 04:05 UTC"; caller frees. */
char *ak_page_time(gint64 when_utc_us);

/* The page of an error. */
void ak_page_error(const AkPageRequest *request, guint status, const char *message,
                   AkPageResponse *response);
