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
  GHashTable *form;    /* name → value of a form that was sent by POST; borrowed; NULL: GET */
  const char *form_key; /* each form that is sent by POST must hold it: ak_page_form_begin */
  /* For the head of a page; a handler sets them on a copy. */
  const char *script; /* path of the page's script, or NULL; the response must say `script` too */
  guint refresh_s;    /* without JavaScript the page loads itself again so often; 0: never */
} AkPageRequest;

typedef struct {
  guint status;             /* 200, 404 … */
  const char *content_type; /* static */
  const char *download;     /* file name offered to save, or NULL; borrowed from the request */
  bool script;              /* the page has a script of ours, which may ask for events */
  char *location;           /* of a 303: where to go on, or NULL; the server frees it */
  bool report;              /* a report, which carries the program's report style sheet inside */
  GBytes *body;
} AkPageResponse;

/* Fills in the response (status 200 and HTML unless it says otherwise). On error the server answers with
 * a page that shows the message: NOT_FOUND → 404, CONFIG and INVALID_DATA → 400, CONFLICT (no verdict
 * yet) → 409, others → 500. */
typedef bool (*AkPageHandler)(const AkPageRequest *request, AkPageResponse *response,
                              GError **error);

typedef struct {
  const char *pattern; /* "/runs/{}/requirements/{}" */
  AkPageHandler handler;
  bool takes_post; /* the handler is asked by POST too, and finds `form` */
} AkRoute;

extern const AkRoute ak_web_routes[]; /* ends with a NULL pattern */

/* The route of `path` and its parameters (caller frees), or NULL. */
const AkRoute *ak_web_route_find(const AkRoute *routes, const char *path, GStrv *parameters);

/* --- what all pages share ----------------------------------------------------------------------- */

/* Begins a page: head, header with navigation, search and the language switch, main. `title` is text in the
 * page's language. */
AkHtml *ak_page_begin(const AkPageRequest *request, const char *title);

typedef struct {
  const char *text; /* in the page's language */
  const char *link; /* as ak_page_link made it */
} AkPageCrumb;
/* The same, with what lies above the page: `trail` ends with a NULL text; the page itself comes last by
 * itself. `short_title` names it there. */
AkHtml *ak_page_begin_under(const AkPageRequest *request, const char *title,
                            const char *short_title, const AkPageCrumb *trail);
/* A table in a region that scrolls by itself where it must; on phones each row is a card. Opens both, and its
 * head; the caller adds rows. `name_id` is its caption, for those who do not see the page; `head_ids` ends with
 * NULL. */
void ak_page_table_begin(AkHtml *html, const AkPageRequest *request, const char *name_id,
                         const char *const *head_ids);
void ak_page_table_end(AkHtml *html);
/* A row, and its cells under the head `head_id`: opened, to be closed by the caller. `class` may be NULL. The
 * first cell is the row's head. */
void ak_page_row(AkHtml *html);
void ak_page_cell(AkHtml *html, const AkPageRequest *request, const char *head_id,
                  const char *class);
void ak_page_cell_head(AkHtml *html, const AkPageRequest *request, const char *head_id);
/* Opens, holds text or a link, and closes. */
void ak_page_cell_text(AkHtml *html, const AkPageRequest *request, const char *head_id,
                       const char *text);
void ak_page_cell_link(AkHtml *html, const AkPageRequest *request, const char *head_id,
                       const char *text, const char *link);

/* Opens a form that is sent by POST to `path`, with the key by which the server knows that a page of its own sent it; to
 * be closed by the caller. */
void ak_page_form_begin(AkHtml *html, const AkPageRequest *request, const char *path, const char *class);
/* A value of the form that was sent, or NULL where it is missing or empty. Borrowed. */
const char *ak_page_sent(const AkPageRequest *request, const char *name);
/* Answers a form: the browser asks for `path` next; `query` as of ak_page_link. */
void ak_page_go_on(const AkPageRequest *request, AkPageResponse *response, const char *path, const char *query);

/* Ends it and puts it into the response. What the caller opened, it has closed. */
void ak_page_end(AkHtml *taken, const AkPageRequest *request, AkPageResponse *response);

/* "NAME=VALUE", the value encoded; caller frees. */
char *ak_page_query(const char *name, const char *value);

/* The value of a parameter of the request, or NULL where it is missing or empty. Borrowed. */
const char *ak_page_asked(const AkPageRequest *request, const char *name);

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

/* A note where there is nothing to show: what is missing, and what to do about it. `do_id` may be NULL;
 * `command` (may be NULL) is shown as typed. */
void ak_page_empty(AkHtml *html, const AkPageRequest *request, const char *what_id,
                   const char *do_id, const char *command);

/* The page of an error, with what can be done about it. */
void ak_page_error(const AkPageRequest *request, guint status, const char *message,
                   AkPageResponse *response);
