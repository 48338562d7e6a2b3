/* What a statement to the public holds: ways to get in touch, times, dates. Generous, so that nothing found means
 * that nothing is there; pure. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_STATEMENT_CONTACT, /* "mail", "url", "telephone" */
  AK_STATEMENT_TIME,    /* as written: "three working days", "14 days", "5営業日" */
  AK_STATEMENT_DATE,    /* as written: "2031-12-31", "2031年12月", "31 December 2031", "2031" */
} AkStatement;

/* What of `kind` stands in `text` (UTF-8), each once, sorted; at most 32. Caller frees; empty: none. */
GStrv ak_statement_find(const char *text, AkStatement kind);
