/* A Modbus TCP device: does it answer whoever asks, and what does it say of itself? It is never
 * written to. */
#include <string.h>

#include "probe/attempt.h"
#include "probe/modbus-session.h"
#include "probe/observe.h"

#define TIMEOUT_MS 10000

static const AkTestOutput outputs[] = {
    {"modbus.reads", AK_VALUE_BOOL, NULL, "it answers requests to read, whoever asks",
     "誰からの読み出し要求にも応答する"},
    {"modbus.identification", AK_VALUE_TEXT, NULL, "vendor, product and revision that it names",
     "名乗ったベンダー、製品、版"},
    {"modbus.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"MODBUS Application Protocol V1.1b3, 6.3 and 6.21", NULL};

/* The protocol has no credentials: who gets an answer about an address was not asked who they are.
 */
static bool observe_reads(const AkPeer *peer, const AkModbusFacts *facts, bool *decided,
                          GError **error) {
  *decided = facts->identification != AK_MODBUS_UNKNOWN || facts->registers != AK_MODBUS_UNKNOWN;
  return *decided ? ak_observe_true(peer, "modbus.reads", facts->evidence, error)
                  : ak_observe_unknown(peer, "modbus.reads", "it knows neither function", error);
}

static bool observe_identification(const AkPeer *peer, const AkModbusFacts *facts, GError **error) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < facts->objects->len; i++) {
    const AkModbusObject *object = facts->objects->pdata[i];
    if (object->id <= 2 && *object->text != '\0')
      g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", object->text);
  }
  return text->len > 0
             ? ak_observe_text(peer, "modbus.identification", text->str, facts->evidence, error)
             : ak_observe_absent(peer, "modbus.identification", facts->evidence, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(AkPeer) peer = {0};
  g_auto(AkModbusFacts) facts = {0};
  g_autoptr(GError) failure = NULL;
  bool decided = false, looked = false;
  if (!ak_peer_init(&peer, call, sink, TIMEOUT_MS, error))
    return false;
  looked = ak_modbus_session_look(&peer, &facts, &failure);
  if (!looked && ak_attempt_is_final(&peer, failure)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  bool ok = looked
                ? observe_reads(&peer, &facts, &decided, error) &&
                      observe_identification(&peer, &facts, error)
                : ak_observe_unknown(&peer, "modbus.reads", failure->message, error) &&
                      ak_observe_unknown(&peer, "modbus.identification", failure->message, error);
  AkObservePart parts[] = {{decided, "reads"}, {looked, "identification"}};
  return ok && ak_observe_coverage(&peer, "modbus.coverage", parts, G_N_ELEMENTS(parts), error);
}

extern const AkTest ak_probe_modbus_test;
const AkTest ak_probe_modbus_test = {
    .id = "probe.modbus",
    .rev = 1,
    .title_en = "Modbus: reading without authentication",
    .title_ja = "Modbus: 認証なしの読み出し",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "modbus",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 120000, .bytes = 65536, .packets = 12},
    .masked_since = 1,
    .stop_condition_en = "identification and one register were asked for",
    .stop_condition_ja = "識別情報とレジスタ一つを問い合わせた",
    .sources = sources,
    .run = run,
};
