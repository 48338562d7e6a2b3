/* The fields of a form that is sent by POST, while its body comes in: urlencoded or multipart. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "web/libmicrohttpd.h"

#define AK_POST_BYTES_MAX (9u << 20) /* of a body: a chain of 4 MiB may be encoded as twice as much */
#define AK_POST_FIELDS_MAX 64

typedef struct _AkPost AkPost;

AkPost *ak_post_new(struct MHD_Connection *connection);
void ak_post_free(AkPost *self);

/* A part of the body. What is too much, or no form, is passed over and told by the status. */
void ak_post_take(AkPost *self, const char *data, gsize size);

/* 200, 413 (too large, or too many fields), 415 (no form) or 400 (a field is no UTF-8). */
guint ak_post_status(const AkPost *self);

/* name → value, line ends as "\n"; borrowed, once the body is whole. */
GHashTable *ak_post_fields(AkPost *self);
