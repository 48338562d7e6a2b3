#include "verify/run/liveness.h"

#include <unistd.h>

#define TRIES 3            /* one lost packet is no dead device */
#define TRY_MS 1000        /* for one connection */
#define POLL_MS 250        /* between looks for its return */

static const AkTestOutput outputs[] = {
    {"availability.lost", AK_VALUE_TEXT, NULL, "the last tests before the device stopped answering",
     "機器が応答しなくなる直前の試験"},
    {"availability.recovery", AK_VALUE_INT, "ms", "time until the device answered again",
     "再び応答するまでの時間"},
    {"scope.refused", AK_VALUE_TEXT, NULL, "outside the authorization: not contacted",
     "許可の範囲外のため接続しなかった相手"},
    {NULL},
};

const AkTest ak_verify_liveness_test = {
    .id = "run.liveness",
    .rev = 1,
    .title_en = "Availability during the run",
    .title_ja = "検証中の可用性",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .outputs = outputs,
    .stop_condition_en = "the device stopped answering",
    .stop_condition_ja = "機器が応答しなくなった",
};

static bool answers(AkNet *net, const AkLivenessInput *input) {
  int fd = ak_net_connect(net, input->address, input->port, TRY_MS, NULL);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static bool observe_recovery(AkNet *net, const AkLivenessInput *input, AkSink *sink,
                             GError **error) {
  gint64 lost = g_get_monotonic_time();
  gint64 until = lost + (gint64)input->recovery_ms * 1000;
  bool back = false;
  while (!back && g_get_monotonic_time() < until && !ak_sink_cancelled(sink)) {
    g_usleep(POLL_MS * 1000);
    back = answers(net, input);
  }
  AkObservation *recovery =
      ak_observation_new("address", input->address, "availability.recovery",
                         back ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK);
  if (back)
    ak_observation_take_value(
        recovery, ak_value_int((g_get_monotonic_time() - lost) / 1000, "ms"));
  else
    ak_observation_take_value(recovery, ak_value_text("did not answer again within the wait"));
  return ak_sink_observe(sink, recovery, error);
}

bool ak_liveness_check(AkNet *net, const AkLivenessInput *input, AkSink *sink, GError **error) {
  for (guint i = 0; i < TRIES; i++) {
    if (answers(net, input))
      return true;
    g_usleep(POLL_MS * 1000);
  }
  AkObservation *lost =
      ak_observation_new("address", input->address, "availability.lost", AK_OUTCOME_SEEN);
  ak_observation_take_value(lost, ak_value_text(input->last));
  if (ak_sink_observe(sink, lost, error))
    observe_recovery(net, input, sink, error);
  return false;
}
