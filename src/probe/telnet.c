/* A Telnet server: what it shows and asks before anyone logged in. */
#include <string.h>

#include "probe/banner.h"
#include "probe/observe.h"
#include "probe/telnet-dialog.h"

#define TIMEOUT_MS 15000
#define FIRST_MS 8000 /* for the first question */

static const AkTestOutput outputs[] = {
    {"telnet.banner", AK_VALUE_TEXT, NULL, "text shown before log-in",
     "ログイン前に表示される文字列"},
    {"telnet.prompt", AK_VALUE_TEXT, NULL, "what it asks first: login, password, shell",
     "最初に求めるもの (login、password、shell)"},
    {"telnet.options", AK_VALUE_SET, NULL, "options that it negotiates", "交渉されたオプション"},
    {"telnet.encryption", AK_VALUE_BOOL, NULL, "it offers to encrypt", "暗号化を提示する"},
    {"telnet.coverage", AK_VALUE_SET, NULL, "what was looked at", "調べた範囲"},
    {NULL},
};

static const char *const needs[] = {"probe.identify", NULL};
static const char *const sources[] = {"RFC 854", "RFC 2946", NULL};

static bool observe_banner(const AkPeer *peer, const char *text, GError **error) {
  g_autofree char *shown = g_strstrip(g_strdup(text));
  g_autofree char *evidence = ak_attempt_mask(text, NULL);
  if (*shown == '\0')
    return ak_observe_absent(peer, "telnet.banner", NULL, error);
  return ak_observe(peer, "telnet.banner", AK_OUTCOME_SEEN,
                    ak_value_text_from_bytes(shown, strlen(shown), 512), evidence, error);
}

static bool observe_prompt(const AkPeer *peer, const AkTelnetDialog *dialog, AkTelnetPrompt prompt,
                           bool *clear, GError **error) {
  *clear = prompt != AK_TELNET_NOTHING && prompt != AK_TELNET_OTHER;
  if (*clear)
    return ak_observe_text(peer, "telnet.prompt", ak_telnet_dialog_name(prompt), NULL, error);
  return ak_observe_unknown(peer, "telnet.prompt",
                            dialog->closed                ? "it closed the connection"
                            : prompt == AK_TELNET_NOTHING ? "it says nothing"
                                                          : "what it asks is not understood",
                            error);
}

static bool observe_options(const AkPeer *peer, const AkTelnetDialog *dialog, GError **error) {
  g_auto(GStrv) options = ak_telnet_options(dialog->codec);
  const char *const *names = (const char *const *)options;
  bool encrypts = g_strv_contains(names, "WILL ENCRYPT") || g_strv_contains(names, "DO ENCRYPT") ||
                  g_strv_contains(names, "WILL START-TLS") ||
                  g_strv_contains(names, "DO START-TLS");
  bool ok = *options != NULL ? ak_observe(peer, "telnet.options", AK_OUTCOME_SEEN,
                                          ak_value_set(names), NULL, error)
                             : ak_observe_absent(peer, "telnet.options", NULL, error);
  return ok && (encrypts ? ak_observe_true(peer, "telnet.encryption", NULL, error)
                         : ak_observe_absent(peer, "telnet.encryption", NULL, error));
}

static bool observe_failure(const AkPeer *peer, const char *reason, GError **error) {
  const char *none[] = {NULL};
  for (const AkTestOutput *output = outputs; output->property != NULL; output++)
    if (strcmp(output->property, "telnet.coverage") != 0 &&
        !ak_observe_unknown(peer, output->property, reason, error))
      return false;
  return ak_observe(peer, "telnet.coverage", AK_OUTCOME_CUT, ak_value_set(none), NULL, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_auto(AkPeer) peer = {0};
  g_autoptr(GError) failure = NULL;
  AkTelnetPrompt prompt = AK_TELNET_NOTHING;
  bool clear = false;
  if (!ak_peer_init(&peer, call, sink, TIMEOUT_MS, error))
    return false;
  g_autoptr(AkTelnetDialog) dialog = ak_telnet_dialog_open(&peer, &failure);
  if (dialog == NULL || !ak_telnet_dialog_first(dialog, FIRST_MS, &prompt, &failure)) {
    if (!ak_attempt_is_final(&peer, failure))
      return observe_failure(&peer, failure->message, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (!observe_banner(&peer, dialog->text, error) ||
      !observe_prompt(&peer, dialog, prompt, &clear, error) ||
      !observe_options(&peer, dialog, error))
    return false;
  AkObservePart parts[] = {{true, "banner"}, {true, "options"}, {clear, "prompt"}};
  return ak_observe_coverage(&peer, "telnet.coverage", parts, G_N_ELEMENTS(parts), error);
}

extern const AkTest ak_probe_telnet_test;
const AkTest ak_probe_telnet_test = {
    .id = "probe.telnet",
    .rev = 1,
    .title_en = "Telnet: what is shown and asked before log-in",
    .title_ja = "Telnet: ログイン前の表示と要求",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_NET,
    .subject_kind = "service",
    .each_of = "service.protocol",
    .each_is = "telnet",
    .transport = "tcp",
    .needs = needs,
    .outputs = outputs,
    .limits = {.wall_ms = 60000, .bytes = 1024 * 1024, .packets = 5},
    .masked_since = 1,
    .stop_condition_en = "it has asked something, or fell silent after an empty line",
    .stop_condition_ja = "何かを求めてきたか、空行を送っても応答がなかった",
    .sources = sources,
    .run = run,
};
