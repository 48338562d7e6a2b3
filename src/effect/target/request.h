/* An HTTP request as the weak application reads it: kindly, as such applications do. */
#pragma once

#include <jansson.h>

#include "util/error.h"

#define AK_TARGET_MAX_HEAD 65536          /* bytes of first line and headers */
#define AK_TARGET_MAX_BODY (16 * 1048576) /* bytes, chunks decoded */
#define AK_TARGET_MAX_FIELDS 1000         /* of each kind */

typedef struct {
  char *name;
  GString *value; /* decoded; may hold NUL */
} AkTargetField;

typedef struct {
  char *method;
  char *path;         /* decoded, without the query */
  GPtrArray *headers; /* of AkTargetField, as all below */
  GPtrArray *query, *cookies;
  GPtrArray *form;  /* of a form's body, also of a multipart one */
  GPtrArray *files; /* multipart: name is the file's name */
  GString *body;
  json_t *json; /* a JSON body; or NULL */
} AkTargetRequest;

/* How many bytes the first request in `data` takes; 0: it has not come in full. -1: it is none, or
 * too large. `body` gets where its body begins. */
gssize ak_target_request_measure(const char *data, gsize size, gsize *body);

/* A whole request, as measured. INVALID_DATA where it has no readable first line. */
AkTargetRequest *ak_target_request_parse(const char *data, gsize size, GError **error);
void ak_target_request_free(AkTargetRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkTargetRequest, ak_target_request_free)

/* The first field of that name (any case); NULL: there is none. Borrowed. */
const GString *ak_target_field(const GPtrArray *fields, const char *name);

/* Undoes %XX, and "+" where `plus` says so. Caller frees. */
GString *ak_target_decode(const char *text, gsize size, bool plus);
