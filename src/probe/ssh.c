/* An SSH server: what it says of itself, which algorithms it offers, how it lets people in. */
#include <string.h>

#include "probe/heard.h"
#include "probe/observe.h"
#include "probe/ssh-session.h"
#include "proto/ssh.h"

#define TIMEOUT_MS 15000
#define MAX_HEARD (AK_SSH_MAX_PACKET + AK_SSH_MAX_LINES * AK_SSH_MAX_LINE)
#define OUR_IDENTIFICATION "SSH-2.0-akashi_" AK_VERSION "\r\n"

static const AkTestOutput outputs[] = {
    {"ssh.software", AK_VALUE_TEXT, NULL, "software that it names", "名乗ったソフトウェア"},
    {"ssh.versions", AK_VALUE_SET, NULL, "versions of the protocol", "プロトコルのバージョン"},
    {"ssh.kex", AK_VALUE_SET, NULL, "key exchanges offered", "提示された鍵交換方式"},
    {"ssh.host-key", AK_VALUE_SET, NULL, "kinds of host key offered", "提示されたホスト鍵の種類"},
    {"ssh.ciphers", AK_VALUE_SET, NULL, "ciphers offered, either direction",
     "提示された暗号 (両方向)"},
    {"ssh.macs", AK_VALUE_SET, NULL, "integrity algorithms offered, either direction",
     "提示された完全性方式 (両方向)"},
    {"ssh.auth-methods", AK_VALUE_SET, NULL, "ways to log in offered", "提示された認証方式"},
    {"ssh.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 4253, 4.2 and 7.1", "RFC 4252, 5.2", NULL};

typedef struct {
  AkPeer peer;
  AkSshIdent ident;
  AkSshKexinit offered;
  char *evidence; /* identification and lists, as text */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  ak_ssh_ident_clear(&self->ident);
  ak_ssh_kexinit_clear(&self->offered);
  g_clear_pointer(&self->evidence, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- what the server says first
 * -------------------------------------------------------------------- */

static AkParse parse_ident(gpointer out, const void *data, gsize size, gsize *used,
                           GError **error) {
  return ak_ssh_ident_parse(data, size, out, used, error);
}

static AkParse parse_kexinit(gpointer out, const void *data, gsize size, gsize *used,
                             GError **error) {
  const guint8 *payload = NULL;
  gsize payload_size = 0;
  AkParse result = ak_ssh_packet_parse(data, size, &payload, &payload_size, used, error);
  if (result == AK_PARSE_DONE && !ak_ssh_kexinit_parse(payload, payload_size, out, error))
    return AK_PARSE_BAD;
  return result;
}

static bool is_version_2(const AkSshIdent *ident) {
  return strcmp(ident->protocol, "2.0") == 0 || strcmp(ident->protocol, "1.99") == 0;
}

/* Writes the identification, and the lists where the server sends them; false without the first. */
static bool listen(Look *self, GError **kex_failure, GError **error) {
  g_autoptr(GByteArray) heard = g_byte_array_new();
  g_autoptr(AkStream) stream = ak_stream_open(&self->peer, false, NULL, error);
  if (stream == NULL || !ak_heard_read(stream, heard, MAX_HEARD, parse_ident, &self->ident, error))
    return false;
  if (!is_version_2(&self->ident))
    return !ak_error_set(kex_failure, AK_ERROR_NOT_SUPPORTED, "it speaks version %s alone",
                         self->ident.protocol);
  if (ak_stream_write(stream, OUR_IDENTIFICATION, strlen(OUR_IDENTIFICATION), kex_failure))
    ak_heard_read(stream, heard, MAX_HEARD, parse_kexinit, &self->offered, kex_failure);
  return true;
}

static char *evidence_of(const Look *self) {
  static const char *const names[AK_SSH_LISTS] = {"kex",
                                                  "host key",
                                                  "cipher to server",
                                                  "cipher to client",
                                                  "MAC to server",
                                                  "MAC to client",
                                                  "compression to server",
                                                  "compression to client",
                                                  "language to server",
                                                  "language to client"};
  GString *out = g_string_new(NULL);
  g_string_printf(out, "SSH-%s-%s %s\n", self->ident.protocol, self->ident.software,
                  self->ident.comments);
  for (guint i = 0; i < AK_SSH_LISTS && self->offered.lists[i] != NULL; i++) {
    g_autofree char *joined = g_strjoinv(",", self->offered.lists[i]);
    g_string_append_printf(out, "%s: %s\n", names[i], joined);
  }
  return g_string_free(out, FALSE);
}

/* --- observations
 * ------------------------------------------------------------------------------------ */

static bool observe_ident(Look *self, GError **error) {
  const char *one[] = {"1", NULL}, *two[] = {"2", NULL}, *both[] = {"1", "2", NULL};
  bool is_both = strcmp(self->ident.protocol, "1.99") == 0;
  g_autofree char *software =
      g_strchomp(g_strdup_printf("%s %s", self->ident.software, self->ident.comments));
  return ak_observe_text(&self->peer, "ssh.software", software, self->evidence, error) &&
         ak_observe(&self->peer, "ssh.versions", AK_OUTCOME_SEEN,
                    ak_value_set(is_both                      ? both
                                 : is_version_2(&self->ident) ? two
                                                              : one),
                    self->evidence, error);
}

/* Marks of an extension among the names of key exchanges. Source: RFC 8308, 2.1; OpenSSH,
 * PROTOCOL, 1.10; dropbear, kexguess2. */
static bool is_marker(const char *name) {
  return g_str_has_prefix(name, "ext-info-") || g_str_has_prefix(name, "kex-strict-") ||
         g_str_has_prefix(name, "kexguess2@");
}

static void add_names(GPtrArray *all, GStrv names) {
  for (char **name = names; *name != NULL; name++)
    if (!is_marker(*name))
      g_ptr_array_add(all, *name);
}

static bool observe_lists(Look *self, const char *property, AkSshList first, AkSshList second,
                          const GError *failure, GError **error) {
  if (failure != NULL)
    return ak_observe_unknown(&self->peer, property, failure->message, error);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  add_names(all, self->offered.lists[first]);
  add_names(all, self->offered.lists[second]);
  g_ptr_array_add(all, NULL);
  return ak_observe(&self->peer, property, AK_OUTCOME_SEEN,
                    ak_value_set((const char *const *)all->pdata), self->evidence, error);
}

static bool observe_algorithms(Look *self, const GError *failure, GError **error) {
  return observe_lists(self, "ssh.kex", AK_SSH_KEX, AK_SSH_KEX, failure, error) &&
         observe_lists(self, "ssh.host-key", AK_SSH_HOST_KEY, AK_SSH_HOST_KEY, failure, error) &&
         observe_lists(self, "ssh.ciphers", AK_SSH_CIPHER_TO_SERVER, AK_SSH_CIPHER_TO_CLIENT,
                       failure, error) &&
         observe_lists(self, "ssh.macs", AK_SSH_MAC_TO_SERVER, AK_SSH_MAC_TO_CLIENT, failure,
                       error);
}

/* One request without any credential, for the declared user. */
static bool observe_methods(Look *self, bool *done, GError **error) {
  const json_t *auth = json_object_get(self->peer.call->params, "auth");
  const char *user = ak_json_string_or(auth, "user", "root");
  g_autoptr(GError) failure = NULL;
  g_auto(GStrv) methods = NULL;
  bool let_in = false;
  g_autoptr(AkSshSession) session = ak_ssh_session_open(&self->peer, &failure);
  if (session == NULL || !ak_ssh_session_methods(session, user, &let_in, &methods, &failure)) {
    if (!ak_attempt_is_final(&self->peer, failure))
      return ak_observe_unknown(&self->peer, "ssh.auth-methods", failure->message, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  *done = true;
  const char *none[] = {"none", NULL};
  g_autofree char *joined = g_strjoinv(", ", let_in ? (GStrv)none : methods);
  g_autofree char *evidence = g_strdup_printf("user %s, method none: %s\nmethods: %s\n", user,
                                              let_in ? "let in" : "refused", joined);
  return ak_observe(&self->peer, "ssh.auth-methods", AK_OUTCOME_SEEN,
                    ak_value_set((const char *const *)(let_in ? (GStrv)none : methods)), evidence,
                    error);
}

static bool observe_silence(Look *self, const char *reason, GError **error) {
  for (const AkTestOutput *output = outputs; output->property != NULL; output++)
    if (strcmp(output->property, "ssh.coverage") != 0 &&
        !ak_observe_unknown(&self->peer, output->property, reason, error))
      return false;
  const char *none[] = {NULL};
  return ak_observe(&self->peer, "ssh.coverage", AK_OUTCOME_CUT, ak_value_set(none), NULL, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {0};
  g_autoptr(GError) failure = NULL, kex_failure = NULL;
  bool methods_seen = false;
  if (!ak_peer_init(&self.peer, call, sink, TIMEOUT_MS, error))
    return false;
  if (!listen(&self, &kex_failure, &failure)) {
    if (!ak_attempt_is_final(&self.peer, failure))
      return observe_silence(&self, failure->message, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  self.evidence = evidence_of(&self);
  if (!observe_ident(&self, error) || !observe_algorithms(&self, kex_failure, error) ||
      !observe_methods(&self, &methods_seen, error))
    return false;
  AkObservePart parts[] = {{kex_failure == NULL, "algorithms"}, {methods_seen, "auth-methods"}};
  return ak_observe_coverage(&self.peer, "ssh.coverage", parts, G_N_ELEMENTS(parts), error);
}

extern const AkTest ak_probe_ssh_test;
const AkTest ak_probe_ssh_test = {
    .id = "probe.ssh",
    .rev = 1,
    .title_en = "SSH software, algorithms and ways to log in",
    .title_ja = "SSHのソフトウェア、暗号方式、認証方式",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "ssh",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 90000, .bytes = 4 * 1024 * 1024, .packets = 10},
    .masked_since = 1,
    .stop_condition_en = "both were looked at, or the service no longer answers",
    .stop_condition_ja = "両方を調べたか、応答がなくなった",
    .sources = sources,
    .run = run,
    .preload = ak_ssh_session_preload,
};
