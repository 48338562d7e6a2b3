/* What a log-in page says, as far as a test must know it: a scan of HTML, not a parser of it. */
#pragma once

#include "util/error.h"

typedef struct {
  bool has_password;   /* an input of type password */
  bool has_input;      /* any other input that is sent, or a text area */
  GPtrArray *hidden;   /* owned texts "name=value", percent-encoded: hidden inputs, at most 32 */
} AkForm;

/* Scans at most 256 KiB. */
AkForm *ak_form_scan(const void *html, gsize size);
void ak_form_free(AkForm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkForm, ak_form_free)

/* The text that a reader sees, in lower case: no tags, scripts or digits, white space as one blank.
 * Caller frees. */
char *ak_form_visible(const void *html, gsize size);

/* Does a text of ak_form_visible say that log-in is refused for now, beyond a wrong password? */
bool ak_form_says_locked(const char *visible);
