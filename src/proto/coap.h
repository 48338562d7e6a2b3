/* CoAP messages over UDP: a GET built, an answer read; and lists of links. Source: RFC 7252, 3 and 5.10;
 * RFC 7959 (blocks); RFC 6690 (links). */
#pragma once

#include "util/error.h"

#define AK_COAP_MAX_LINKS 500

typedef enum { AK_COAP_CON, AK_COAP_NON, AK_COAP_ACK, AK_COAP_RST } AkCoapType;

/* A confirmable GET without a token. `path` begins with '/', its segments may be percent-encoded;
 * `block` >= 0 asks for that block of 512 bytes. CONFIG for a path that cannot be written. */
GBytes *ak_coap_get(guint16 id, const char *path, gint block, GError **error);

typedef struct {
  AkCoapType type;
  guint8 code; /* class << 5 | detail: 0x45 is 2.05 Content */
  guint16 id;
  bool has_block, more; /* Block2 */
  guint block;          /* its number */
  GBytes *payload;      /* may be empty */
} AkCoapMessage;
void ak_coap_message_clear(AkCoapMessage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkCoapMessage, ak_coap_message_clear)

#define AK_COAP_CONTENT 0x45 /* 2.05 */

/* INVALID_DATA where the bytes are no CoAP message of version 1; `out` is written only on success. */
bool ak_coap_parse(const void *data, gsize size, AkCoapMessage *out, GError **error);

/* The targets of a link-format document ("</sensors>;rt=\"x\",</light>"), in its order, at most
 * AK_COAP_MAX_LINKS: GPtrArray of owned char *. INVALID_DATA for anything else; LIMIT. */
GPtrArray *ak_coap_links(const void *data, gsize size, GError **error);
