/* Where an HTTP/1.x answer ends, found while its bytes come: no more is read of it than that and its
 * status, so that tens of thousands a second can be taken whole.
 *
 * Source: RFC 9112, 4 (status line), 6.3 (length of the body), 7.1 (chunks), 9.3 (persistence);
 * RFC 9110, 15.2 (interim answers). */
#pragma once

#include "util/error.h"

#define AK_HTTP_ANSWER_HEAD 65536 /* bytes of the heads, interim answers included; more is broken */

typedef enum {
  AK_HTTP_ANSWER_MORE,   /* bytes are missing */
  AK_HTTP_ANSWER_DONE,   /* `length` bytes are the whole answer */
  AK_HTTP_ANSWER_BROKEN, /* this is no HTTP/1.x answer, or two readings of its length differ */
} AkHttpAnswerEnd;

typedef enum {
  AK_HTTP_BODY_NONE,
  AK_HTTP_BODY_LENGTH,
  AK_HTTP_BODY_CHUNKS,
  AK_HTTP_BODY_CLOSE, /* until the connection closes */
} AkHttpBody;

typedef struct {
  guint status;
  gsize head;   /* bytes up to the body; 0: the head is not there yet */
  gsize length; /* of the whole, once done */
  bool keeps;   /* the connection may carry the next request */
  AkHttpBody body;
  gsize body_bytes; /* LENGTH */
  gsize chunk_at;   /* CHUNKS: where the next chunk's size stands */
} AkHttpAnswer;

/* Looks at `size` bytes that came so far; `self` is all zero before the first look at an answer, and
 * carries on from look to look. `is_head`: the request was HEAD. `is_closed`: nothing more comes. */
AkHttpAnswerEnd ak_http_answer_scan(AkHttpAnswer *self, const char *data, gsize size, bool is_head,
                                    bool is_closed);

/* The value of the header `name` (any case) in a head of `size` bytes, without white space around;
 * NULL where it is not there. Borrowed; `length` gets its size. */
const char *ak_http_answer_header(const char *head, gsize size, const char *name, gsize *length);

bool ak_effect_http_answer_fuzz(const guint8 *data, gsize size);
