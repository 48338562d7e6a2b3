/* A CoAP server: which resources does it list, and which of them can be read without DTLS? Only GET is sent,
 * which changes nothing (RFC 7252, 5.8.1). */
#include "proto/coap.h"

#include <string.h>

#include "probe/datagram.h"

#define FIRST_ID 0x616b
#define WELL_KNOWN "/.well-known/core"
#define MAX_BLOCKS 64
#define MAX_LIST 32768
#define MAX_READ 16 /* resources that are read */

static const AkTestOutput outputs[] = {
    {"coap.resources", AK_VALUE_SET, NULL, "resources that it lists", "一覧に挙げているリソース"},
    {"coap.readable", AK_VALUE_SET, NULL, "listed resources that can be read without DTLS",
     "DTLSなしで読めるリソース"},
    {"coap.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 7252", "RFC 7959, 2", "RFC 6690, 4", NULL};

typedef struct {
  AkPeer peer;
  guint16 id;
  GByteArray *list;   /* the list of links, from its blocks */
  GPtrArray *links;   /* of owned texts; NULL where the list could not be had */
  GPtrArray *readable;
  guint unread;       /* resources that were not asked for, or did not answer */
  bool listed;        /* the list was had whole, or the server has none */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->list, g_byte_array_unref);
  g_clear_pointer(&self->links, g_ptr_array_unref);
  g_clear_pointer(&self->readable, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* One GET. A separate answer (RFC 7252, 5.2.2) would come later: it is not waited for. */
static bool get(Look *self, const char *path, gint block, AkCoapMessage *out, GError **error) {
  guint16 id = self->id++;
  g_autoptr(GPtrArray) answers =
      ak_datagram_ask(&self->peer, ak_coap_get(id, path, block, error), 1, error);
  gsize size = 0;
  const guint8 *data = answers != NULL ? ak_datagram_bytes(answers, 0, &size) : NULL;
  g_auto(AkCoapMessage) message = {0};
  if (data == NULL || !ak_coap_parse(data, size, &message, error))
    return false;
  if (message.id != id || message.type != AK_COAP_ACK || message.code == 0)
    return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "it does not answer at once");
  *out = message;
  message.payload = NULL;
  return true;
}

/* Blocks until there are no more; `error` where the list cannot be had whole. */
static bool get_list(Look *self, bool *has_list, GError **error) {
  *has_list = false;
  for (gint block = 0; block < MAX_BLOCKS; block++) {
    g_auto(AkCoapMessage) answer = {0};
    if (!get(self, WELL_KNOWN, block, &answer, error))
      return false;
    if (answer.code != AK_COAP_CONTENT)
      return block == 0 || ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "its list ends early");
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(answer.payload, &size);
    if (size > MAX_LIST - self->list->len || (answer.has_block && answer.block != (guint)block))
      break;
    g_byte_array_append(self->list, data, (guint)size);
    *has_list = true;
    if (!answer.has_block || !answer.more)
      return true;
  }
  return ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "its list is too long, or out of order");
}

static bool look_at_list(Look *self, char **why, GError **error) {
  g_autoptr(GError) failure = NULL;
  bool has_list = false;
  bool had = get_list(self, &has_list, &failure);
  if (had && has_list)
    self->links = ak_coap_links(self->list->data, self->list->len, &failure);
  self->listed = had && (!has_list || self->links != NULL);
  if (failure == NULL || !ak_datagram_is_final(failure)) {
    *why = failure != NULL ? g_strdup(failure->message) : NULL;
    return true;
  }
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

static bool read_resource(Look *self, const char *path, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_auto(AkCoapMessage) answer = {0};
  if (get(self, path, -1, &answer, &failure)) {
    if (answer.code == AK_COAP_CONTENT)
      g_ptr_array_add(self->readable, (gpointer)path);
    return true;
  }
  self->unread++;
  if (!ak_datagram_is_final(failure))
    return true;
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

/* Links elsewhere, and the list itself, are left out. */
static bool read_resources(Look *self, GError **error) {
  guint asked = 0;
  for (guint i = 0; self->links != NULL && i < self->links->len; i++) {
    const char *path = self->links->pdata[i];
    if (path[0] != '/' || path[1] == '/' || strcmp(path, WELL_KNOWN) == 0)
      continue;
    if (++asked > MAX_READ)
      self->unread++;
    else if (!read_resource(self, path, error))
      return false;
  }
  return true;
}

static bool observe_all(Look *self, GError **error) {
  g_autoptr(GPtrArray) covered = g_ptr_array_new(), nothing = g_ptr_array_new();
  g_ptr_array_add(covered, (gpointer) "resources");
  if (self->unread == 0)
    g_ptr_array_add(covered, (gpointer) "readable");
  const void *list = self->list->data;
  gsize size = self->list->len;
  return ak_datagram_observe_set(&self->peer, "coap.resources",
                                 self->links != NULL ? self->links : nothing, AK_OUTCOME_ABSENT,
                                 list, size, error) &&
         ak_datagram_observe_set(&self->peer, "coap.readable", self->readable,
                                 self->unread > 0 ? AK_OUTCOME_CUT : AK_OUTCOME_ABSENT, NULL, 0,
                                 error) &&
         ak_datagram_observe_coverage(&self->peer, "coap.coverage", covered, self->unread == 0,
                                      error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.id = FIRST_ID, .list = g_byte_array_new(), .readable = g_ptr_array_new()};
  AkTransport transport = AK_TRANSPORT_UDP;
  g_autofree char *why = NULL;
  if (!ak_peer_init_any(&self.peer, call, sink, AK_DATAGRAM_TIMEOUT_MS, &transport, error) ||
      !look_at_list(&self, &why, error))
    return false;
  if (self.listed)
    return read_resources(&self, error) && observe_all(&self, error);
  g_autoptr(GPtrArray) nothing = g_ptr_array_new();
  return ak_datagram_could_not(&self.peer, "coap.resources", why, error) &&
         ak_datagram_could_not(&self.peer, "coap.readable", why, error) &&
         ak_datagram_observe_coverage(&self.peer, "coap.coverage", nothing, false, error);
}

extern const AkTest ak_probe_coap_test;
const AkTest ak_probe_coap_test = {
    .id = "probe.coap",
    .rev = 1,
    .title_en = "CoAP resources without DTLS",
    .title_ja = "DTLSなしのCoAPリソース",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "coap",
    .transport = "udp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 300000, .bytes = 2 * 1024 * 1024, .packets = 300},
    .masked_since = 1,
    .stop_condition_en = "the list and sixteen of its resources were asked for",
    .stop_condition_ja = "一覧とそのうち十六個のリソースを問い合わせた",
    .sources = sources,
    .run = run,
};
