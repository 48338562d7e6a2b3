/* Which UDP ports of an address answer. A device need not say that a port is closed, and most Linux devices say
 * so once a second at most: what stays silent is unknown, and the coverage is cut. */
#include "probe/discovery.h"

#define SWEEP_WALL_MS 570000u /* a little less than the worker has */

static const AkTestOutput outputs[] = {
    {"net.port.open", AK_VALUE_BOOL, NULL, "a datagram was answered from the port",
     "ポートがデータグラムに応答した"},
    {"net.port.unknown", AK_VALUE_SET, NULL, "ranges of ports that never answered",
     "応答のなかったポートの範囲"},
    {"net.coverage", AK_VALUE_SET, NULL, "ranges of ports that were decided",
     "開閉が判明したポートの範囲"},
    {NULL},
};

static const char *const sources[] = {"RFC 768", "RFC 1122, 3.2.2.1 and 4.1.3.3", "RFC 4443, 3.1",
                                      NULL};

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  return ak_discovery_run(call, sink, AK_TRANSPORT_UDP, SWEEP_WALL_MS, error);
}

extern const AkTest ak_probe_discover_udp_test;
const AkTest ak_probe_discover_udp_test = {
    .id = "probe.discover-udp",
    .rev = 1,
    .title_en = "UDP ports that answer",
    .title_ja = "応答するUDPポート",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "address",
    .transport = "udp",
    .outputs = outputs,
    .limits = {.wall_ms = 600000, .packets = 65535 * AK_DISCOVERY_TRIES + 10 * AK_SWEEP_MORE},
    .masked_since = 1,
    .stop_condition_en = "each port has answered, was refused or was asked three times, or the time is up",
    .stop_condition_ja = "全ポートが応答・拒否したか三回問い合わせた、または時間切れ",
    .sources = sources,
    .run = run,
};
