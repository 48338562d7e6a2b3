/* An HTTP request from its parts. */
#pragma once

#include <jansson.h>

#include "util/error.h"

/* How the value is written. */
typedef struct {
  bool percent_all;  /* each byte of a query or a form as %XX, not only those that must be */
  bool multipart;    /* a form as multipart/form-data */
  bool chunked;      /* a body in small chunks */
  bool json_unicode; /* letters inside a JSON text as \u00XX */
  bool padding;      /* behind many harmless parameters or a long harmless header */
} AkDraftStyle;

typedef struct {
  const char *method, *path;
  const char *place;  /* "query:NAME", "form:NAME", "json:NAME", "json-raw:NAME", "header:NAME",
                         "cookie:NAME",  "file:NAME", "body:CONTENT-TYPE", "none" */
  const json_t *with; /* texts beside it in a form or a JSON object; or NULL */
  const char *agent;  /* User-Agent; NULL: a usual browser's */
  const char *value;
  gsize size; /* of value; place file: the name, a line feed, the content */
  AkDraftStyle style;
} AkDraft;

/* The bytes of the request. CONFIG for a place that is none. */
GBytes *ak_draft_build(const AkDraft *self, GError **error);
