/* Which TCP ports of an address take a connection. */
#include "probe/discovery.h"

static const AkTestOutput outputs[] = {
    {"net.port.open", AK_VALUE_BOOL, NULL, "the port took a connection",
     "ポートが接続を受け付けた"},
    {"net.port.unknown", AK_VALUE_SET, NULL, "ranges of ports that never answered",
     "応答のなかったポートの範囲"},
    {"net.coverage", AK_VALUE_SET, NULL, "ranges of ports that were decided",
     "開閉が判明したポートの範囲"},
    {NULL},
};

static const char *const sources[] = {"RFC 9293, 3.5 and 3.10.7", NULL};

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  return ak_discovery_run(call, sink, AK_TRANSPORT_TCP, 0, error);
}

extern const AkTest ak_probe_discover_test;
const AkTest ak_probe_discover_test = {
    .id = "probe.discover",
    .rev = 1,
    .title_en = "TCP ports that take connections",
    .title_ja = "接続を受け付けるTCPポート",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "address",
    .transport = "tcp",
    .outputs = outputs,
    .limits = {.wall_ms = 300000, .packets = 65535 * AK_DISCOVERY_TRIES},
    .masked_since = 1,
    .stop_condition_en = "each port has answered or was asked three times",
    .stop_condition_ja = "全ポートが応答したか、三回問い合わせた",
    .sources = sources,
    .run = run,
};
