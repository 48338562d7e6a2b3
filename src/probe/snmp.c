/* An SNMP agent: which versions it answers, whether a well-known community reads it, what it says of itself.
 * Nothing is ever written. A wrong community is refused by silence, so that silence counts only where the
 * agent was heard otherwise. */
#include "proto/snmp.h"

#include <gio/gio.h>
#include <string.h>

#include "probe/datagram.h"
#include "probe/attempt.h"

#define LIST "/akashi/lists/snmp-communities.txt"
#define MESSAGE_ID 0x616b
#define AUTHORIZATION_ERROR 16 /* RFC 3416, 3 */
#define TEXT 0x04
/* Before it is looked whether a community that is right still reads; as many as log-ins get
 * (AK_LOCKOUT_METER_MAX). Each is sent once and waited for as long as four right ones took, since
 * silence is what is expected and another try would be another attempt. */
#define WRONG_ATTEMPTS 20
#define WRONG_WAIT_TIMES 4
#define WRONG_WAIT_LEAST_MS 100
#define MASKED "community:*****"

static const AkTestOutput outputs[] = {
    {"snmp.versions", AK_VALUE_SET, NULL, "versions that it answered", "応答したバージョン"},
    {"snmp.description", AK_VALUE_TEXT, NULL, "what it says of itself (sysDescr)",
     "自身の説明 (sysDescr)"},
    {"snmp.engine", AK_VALUE_TEXT, NULL, "identity of its SNMPv3 engine (hexadecimal)",
     "SNMPv3エンジンの識別子 (16進)"},
    {"snmp.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    /* In the words of probe.login: a property has one meaning on every protocol. */
    {"login.mechanism", AK_VALUE_TEXT, NULL, "what it asks for: password, keys-only, none",
     "求められる認証 (password、keys-only、none)"},
    {"login.open", AK_VALUE_BOOL, NULL, "it can be read or controlled without any credential",
     "認証情報なしで読み出しや操作ができる"},
    {"login.default-credential", AK_VALUE_TEXT, NULL, "well-known credentials log in (masked)",
     "既知の初期認証情報でログインできる (伏せ字)"},
    {"login.plain", AK_VALUE_BOOL, NULL, "credentials or control cross the network unencrypted",
     "認証情報や操作が暗号化されずに送られる"},
    {"login.banner", AK_VALUE_TEXT, NULL, "software with its version told before log-in",
     "ログイン前に示されるソフトウェアと版"},
    {"login.lockout", AK_VALUE_BOOL, NULL, "further attempts are refused or delayed",
     "以降の試行が拒否または遅延される"},
    {"login.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 1157", "RFC 1901", "RFC 3414, 4", "RFC 3418, 2", NULL};

static const struct {
  AkSnmpVersion version;
  const char *name;
} versions[] = {{AK_SNMP_V2C, "v2c"}, {AK_SNMP_V1, "v1"}};

typedef struct {
  AkPeer peer;
  gint32 id;
  GPtrArray *answered; /* of const char: versions */
  char *engine;        /* hexadecimal, or NULL */
  char *community;     /* that reads it, or NULL; never kept */
  AkSnmpVersion version; /* with which it does */
  gint64 read_us;        /* how long that took */
  char *description;
  bool allowed;   /* communities may be tried */
  bool open;      /* whatever is given reads it */
  bool tried_all; /* every community of the list was tried, or one reads it */
  bool measured, locks; /* lock-out */
  char *why;      /* why the look ended early, or NULL */
} Look;

static void look_clear(Look *self) {
  ak_peer_clear(&self->peer);
  g_clear_pointer(&self->answered, g_ptr_array_unref);
  g_free(self->engine);
  g_free(self->community);
  g_free(self->description);
  g_free(self->why);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

/* --- asking -------------------------------------------------------------------------------------- */

/* A silent or strange answer leaves `out` empty; false with an error that ends the test. `once_ms`: sent
 * once and waited for so long; 0: as usual. */
static bool ask(Look *self, GBytes *question, guint once_ms, AkSnmpMessage *out, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GPtrArray) answers =
      once_ms > 0 ? ak_datagram_ask_once(&self->peer, question, once_ms, &failure)
                  : ak_datagram_ask(&self->peer, question, 1, &failure);
  if (answers == NULL) {
    if (!ak_datagram_is_final(failure))
      return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  gsize size = 0;
  const guint8 *data = ak_datagram_bytes(answers, 0, &size);
  ak_snmp_parse(data, size, out, NULL);
  return true;
}

static bool discover_engine(Look *self, GError **error) {
  g_auto(AkSnmpMessage) answer = {0};
  if (!ask(self, ak_snmp_discover(MESSAGE_ID, error), 0, &answer, error))
    return false;
  if (answer.engine == NULL || answer.id != MESSAGE_ID)
    return true;
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(answer.engine, &size);
  g_autoptr(GString) hex = g_string_new(NULL);
  for (gsize i = 0; i < size; i++)
    g_string_append_printf(hex, "%02x", bytes[i]);
  self->engine = g_string_free(g_steal_pointer(&hex), FALSE);
  g_ptr_array_add(self->answered, (gpointer) "v3");
  return true;
}

static void take_description(Look *self, const AkSnmpMessage *answer) {
  if (answer->tag != TEXT || answer->value == NULL || self->description != NULL ||
      g_strcmp0(answer->oid, AK_SNMP_SYS_DESCR) != 0)
    return;
  gsize size = 0;
  const void *data = g_bytes_get_data(answer->value, &size);
  g_auto(AkValue) text = ak_value_text_from_bytes(data, size, 255);
  self->description = g_steal_pointer(&text.text);
}

/* Does the community read something? One attempt. */
static bool try_community(Look *self, AkSnmpVersion version, const char *community, guint once_ms,
                          bool *reads, GError **error) {
  g_auto(AkSnmpMessage) answer = {0};
  gint32 id = self->id++;
  *reads = false;
  if (!ak_sink_spend(self->peer.sink, AK_SPEND_ATTEMPTS, 1, error) ||
      !ask(self, ak_snmp_get(version, community, id, AK_SNMP_SYS_DESCR, error), once_ms, &answer,
           error))
    return false;
  *reads = answer.pdu == AK_SNMP_RESPONSE && answer.version == version && answer.id == id &&
           answer.error_status != AUTHORIZATION_ERROR;
  if (*reads)
    take_description(self, &answer);
  return true;
}

/* --- communities ------------------------------------------------------------------------------------ */

static char **communities(void) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(LIST, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : "";
  g_autofree char *text = g_strndup(data, size);
  return g_strsplit(g_strchomp(text), "\n", 100);
}

/* The contrast first: an agent that takes what nobody can know is open, whatever else reads it. */
static bool try_version(Look *self, gsize which, GError **error) {
  g_auto(GStrv) list = communities();
  g_autofree char *random = ak_attempt_random_password();
  bool reads = false;
  if (!try_community(self, versions[which].version, random, 0, &reads, error))
    return false;
  self->open = self->open || reads;
  const char *found = reads ? random : NULL;
  gint64 took_us = 0;
  for (char **community = list; found == NULL && *community != NULL; community++) {
    gint64 begin_us = g_get_monotonic_time();
    if (!try_community(self, versions[which].version, *community, 0, &reads, error))
      return false;
    found = reads ? *community : NULL;
    took_us = g_get_monotonic_time() - begin_us;
  }
  if (found == NULL)
    return true;
  g_ptr_array_add(self->answered, (gpointer)versions[which].name);
  if (self->community == NULL) {
    self->community = g_strdup(found);
    self->version = versions[which].version;
    self->read_us = took_us;
  }
  return true;
}

static bool measure_lockout(Look *self, GError **error) {
  bool reads = false;
  guint wait_ms = (guint)CLAMP(self->read_us * WRONG_WAIT_TIMES / 1000, WRONG_WAIT_LEAST_MS,
                               AK_DATAGRAM_TIMEOUT_MS);
  for (guint i = 0; i < WRONG_ATTEMPTS; i++) {
    g_autofree char *random = ak_attempt_random_password();
    if (!try_community(self, self->version, random, wait_ms, &reads, error))
      return false;
    if (reads)
      return true; /* there is none to be wrong about */
  }
  if (!try_community(self, self->version, self->community, 0, &reads, error))
    return false;
  self->measured = true;
  self->locks = !reads;
  return true;
}

static bool try_communities(Look *self, GError **error) {
  if (!self->allowed)
    return true;
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    ak_sink_progress(self->peer.sink, i, G_N_ELEMENTS(versions) + 1);
    if (!try_version(self, i, error))
      return false;
  }
  self->tried_all = true;
  return self->community == NULL || self->open || measure_lockout(self, error);
}

/* --- what is observed ----------------------------------------------------------------------------------- */

/* What was asked and answered, as text: the bytes hold communities. */
static char *evidence_of(const Look *self) {
  GString *text = g_string_new("SNMP, reading sysDescr.0 alone\n");
  for (guint i = 0; i < self->answered->len; i++)
    g_string_append_printf(text, "answered: %s\n", (const char *)self->answered->pdata[i]);
  if (self->engine != NULL)
    g_string_append_printf(text, "engine: %s\n", self->engine);
  if (self->community != NULL)
    g_string_append_printf(text, "read with %s\n", self->open ? "any community" : MASKED);
  if (self->description != NULL)
    g_string_append_printf(text, "sysDescr.0: %s\n", self->description);
  return g_string_free(text, FALSE);
}

typedef struct {
  const char *property;
  AkOutcome outcome;
  AkValue value; /* taken */
} Seen;

static Seen could_not(const char *property, const char *reason) {
  return (Seen){property, AK_OUTCOME_COULD_NOT_LOOK, ak_value_text(reason)};
}

static Seen absent(const char *property) { return (Seen){property, AK_OUTCOME_ABSENT, {0}}; }

static Seen seen(const char *property, AkValue value) {
  return (Seen){property, AK_OUTCOME_SEEN, value};
}

/* Why communities say nothing, or NULL. */
static const char *no_communities(const Look *self) {
  if (self->why != NULL)
    return self->why;
  if (!self->allowed)
    return "attempts are not allowed";
  return self->answered->len == 0 ? "it answers neither SNMPv3 nor a community that was tried" : NULL;
}

static Seen mechanism_of(const Look *self) {
  if (self->community != NULL)
    return seen("login.mechanism", ak_value_text("community"));
  if (self->engine != NULL && no_communities(self) == NULL)
    return seen("login.mechanism", ak_value_text("password")); /* SNMPv3's users */
  return could_not("login.mechanism", no_communities(self) ? no_communities(self) : "not told");
}

static Seen default_of(const Look *self) {
  if (self->open)
    return could_not("login.default-credential", "any community is taken");
  if (self->community != NULL)
    return seen("login.default-credential", ak_value_text(MASKED));
  const char *reason = no_communities(self);
  return reason != NULL ? could_not("login.default-credential", reason)
                        : absent("login.default-credential");
}

static Seen open_of(const Look *self) {
  if (self->open)
    return seen("login.open", ak_value_bool(true));
  const char *reason = no_communities(self);
  return reason != NULL ? could_not("login.open", reason) : absent("login.open");
}

static Seen plain_of(const Look *self) {
  if (self->community != NULL)
    return seen("login.plain", ak_value_bool(true));
  const char *reason = no_communities(self);
  return could_not("login.plain", reason != NULL ? reason : "SNMPv3: its users decide");
}

/* Any community is none: then the description is told to anyone. */
static Seen banner_of(const Look *self) {
  if (self->open && self->description != NULL && strpbrk(self->description, "0123456789") != NULL)
    return seen("login.banner", ak_value_text(self->description));
  const char *reason = no_communities(self);
  return reason != NULL ? could_not("login.banner", reason) : absent("login.banner");
}

static Seen lockout_of(const Look *self) {
  if (self->measured)
    return self->locks ? seen("login.lockout", ak_value_bool(true)) : absent("login.lockout");
  const char *reason = no_communities(self);
  return could_not("login.lockout", reason != NULL ? reason
                                    : self->open  ? "any community is taken"
                                                  : "no community is known that reads");
}

static Seen versions_of(const Look *self) {
  g_autoptr(GPtrArray) names = g_ptr_array_copy(self->answered, NULL, NULL);
  if (names->len == 0)
    return could_not("snmp.versions", no_communities(self));
  g_ptr_array_add(names, NULL);
  return seen("snmp.versions", ak_value_set((const char *const *)names->pdata));
}

static Seen text_of(const Look *self, const char *property, const char *text, const char *reason) {
  if (text != NULL)
    return seen(property, ak_value_text(text));
  return reason != NULL ? could_not(property, reason) : absent(property);
}

/* Is everything known that the coverage of log-in names? */
static bool observe_coverage(Look *self, const Seen *rows, gsize count, GError **error) {
  g_autoptr(GPtrArray) login = g_ptr_array_new(), snmp = g_ptr_array_new();
  static const char *const names[] = {"open", "default-credential", "plain", "banner", "lockout"};
  for (gsize i = 0; i < count; i++)
    for (gsize n = 0; n < G_N_ELEMENTS(names); n++)
      if (g_str_has_prefix(rows[i].property, "login.") &&
          strcmp(rows[i].property + 6, names[n]) == 0 &&
          (rows[i].outcome == AK_OUTCOME_SEEN || rows[i].outcome == AK_OUTCOME_ABSENT))
        g_ptr_array_add(login, (gpointer)names[n]);
  if (self->answered->len > 0)
    g_ptr_array_add(snmp, (gpointer) "versions");
  if (no_communities(self) == NULL)
    g_ptr_array_add(snmp, (gpointer) "communities");
  return ak_datagram_observe_coverage(&self->peer, "snmp.coverage", snmp, snmp->len == 2, error) &&
         ak_datagram_observe_coverage(&self->peer, "login.coverage", login,
                                      login->len == G_N_ELEMENTS(names), error);
}

static bool observe_all(Look *self, GError **error) {
  g_autofree char *evidence = evidence_of(self);
  Seen rows[] = {
      versions_of(self),
      text_of(self, "snmp.description", self->description, no_communities(self)),
      text_of(self, "snmp.engine", self->engine,
              self->answered->len == 0 ? no_communities(self) : NULL),
      mechanism_of(self), open_of(self), default_of(self), plain_of(self), banner_of(self),
      lockout_of(self)};
  bool ok = true;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    bool cited = rows[i].outcome != AK_OUTCOME_COULD_NOT_LOOK;
    if (ok)
      ok = ak_datagram_observe(&self->peer, rows[i].property, rows[i].outcome, rows[i].value,
                               evidence, cited ? strlen(evidence) : 0, error);
    else
      ak_value_clear(&rows[i].value);
  }
  return ok && observe_coverage(self, rows, G_N_ELEMENTS(rows), error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(Look) self = {.id = MESSAGE_ID + 1, .answered = g_ptr_array_new()};
  AkTransport transport = AK_TRANSPORT_UDP;
  g_autoptr(GError) failure = NULL;
  self.allowed = !json_is_false(json_object_get(call->params, "credentials"));
  if (!ak_peer_init_any(&self.peer, call, sink, AK_DATAGRAM_TIMEOUT_MS, &transport, error))
    return false;
  if (!discover_engine(&self, &failure) || !try_communities(&self, &failure)) {
    if (!g_error_matches(failure, AK_ERROR, AK_ERROR_LIMIT)) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    self.why = g_strdup(failure->message);
  }
  return observe_all(&self, error);
}

extern const AkTest ak_probe_snmp_test;
const AkTest ak_probe_snmp_test = {
    .id = "probe.snmp",
    .rev = 2,
    .title_en = "SNMP agent: versions, communities, description",
    .title_ja = "SNMPエージェント: バージョン、コミュニティ名、説明",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "snmp",
    .transport = "udp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 300000, .bytes = 1024 * 1024, .packets = 200, .attempts = 50},
    .masked_since = 1,
    .stop_condition_en = "a community reads it and wrong ones were tried, or the list is at its end",
    .stop_condition_ja = "読めるコミュニティ名が見つかり誤りも試したか、一覧を試し終えた",
    .sources = sources,
    .run = run,
};
