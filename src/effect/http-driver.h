/* Gives HTTP requests to one address over persistent connections, one request a connection at a time
 * (no pipelining), and takes every answer whole. One thread; bytes of requests are sent as they are.
 *
 * A connection that was idle for half a second and then closes without a byte of an answer was closed by
 * its idle time-out (RFC 9112, 9.3.1): the request is sent once more on a new one. One that was not is
 * the server's answer to this request. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_HTTP_END_ANSWERED,
  AK_HTTP_END_REFUSED, /* no connection could be made */
  AK_HTTP_END_CLOSED,  /* closed, or reset, before the answer's end */
  AK_HTTP_END_BROKEN,  /* what came is no HTTP answer */
  AK_HTTP_END_HUNG,    /* no whole answer in `case_ms` + `late_ms` */
  AK_HTTP_END_LATE,    /* it came after `case_ms` */
} AkHttpEnd;

typedef struct {
  AkHttpEnd end;
  guint connection; /* 0 …: which of them carried it */
  guint status;     /* ANSWERED, LATE */
  gint64 began_ns;  /* monotonic clock: its first byte was given to the kernel */
  gint64 took_ns;   /* until the answer's last byte was read, or the end came */
  const char *bytes; /* of the answer, as far as it came; borrowed for the call */
  gsize size;
} AkHttpResult;

typedef struct {
  const char *address; /* numeric */
  guint16 port;
  guint connections;
  guint case_ms, late_ms;
  gsize answer_bytes; /* of one answer; what is longer is BROKEN */
} AkHttpDriverSpec;

typedef struct {
  /* Appends request `index` to `out`; true in `is_head` for a HEAD request. */
  void (*request)(gpointer data, guint index, GByteArray *out, bool *is_head);
  /* Once for each request. False: no more requests are given; those under way end first. */
  bool (*result)(gpointer data, guint index, const AkHttpResult *result);
} AkHttpWork;

typedef struct _AkHttpDriver AkHttpDriver;

/* CONFIG for an address that is none. */
AkHttpDriver *ak_http_driver_new(const AkHttpDriverSpec *spec, GError **error);
void ak_http_driver_free(AkHttpDriver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkHttpDriver, ak_http_driver_free)

/* Gives requests 0 … `count` - 1 in their order; connections stay open for the next call. IO only
 * where the system itself fails. */
bool ak_http_driver_run(AkHttpDriver *self, guint count, const AkHttpWork *work, gpointer data,
                        GError **error);

/* Gives one request on every connection that is open now, after what it carried before: index is the
 * connection's number. `given` gets how many there are. */
bool ak_http_driver_run_each(AkHttpDriver *self, const AkHttpWork *work, gpointer data,
                             guint *given, GError **error);
