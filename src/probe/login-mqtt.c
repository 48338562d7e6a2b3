#include <string.h>

#include "probe/banner.h"
#include "probe/login-protocol.h"
#include "probe/mqtt-version.h"

/* --- without credentials
 * ------------------------------------------------------------------------------- */

static const AkMqttVersion versions[] = {AK_MQTT_3_1_1, AK_MQTT_5};

static AkMqttSession *open_session(const AkLoginTarget *target, AkMqttVersion version,
                                   const char *user, const char *password, guint8 *code,
                                   GError **error) {
  AkMqttWish wish = {.tls = target->tls, .version = version, .user = user, .password = password};
  return ak_mqtt_session_open(target->peer, &wish, code, error);
}

static void judge_look(AkMqttAnswer answer, guint8 code, AkLoginLook *out) {
  bool in = answer == AK_MQTT_LET_IN, refused = answer == AK_MQTT_NOT_AUTHORIZED;
  g_free(out->evidence);
  out->evidence = g_strdup_printf("CONNECT without credentials: code %u\n", code);
  out->open = in ? AK_LOGIN_YES : refused ? AK_LOGIN_NO : AK_LOGIN_UNKNOWN;
  out->guessable = in ? AK_LOGIN_NO : refused ? AK_LOGIN_YES : AK_LOGIN_UNKNOWN;
  out->mechanism = in ? "none" : refused ? "password" : NULL;
  if (!in && !refused)
    out->reason = g_strdup_printf("it refuses with code %u", code);
}

/* A broker that lets nobody in has told nothing; who is let in may read what it publishes of itself. */
static bool hear_version(const AkLoginTarget *target, AkMqttSession *session, AkMqttAnswer answer,
                         AkLoginLook *out, GError **error) {
  out->heard = answer != AK_MQTT_LET_IN;
  if (out->heard)
    return true;
  g_auto(AkMqttVersionTold) told = {0};
  if (!ak_mqtt_version_ask(target->peer, session, &told, error))
    return false;
  g_autofree char *before = g_steal_pointer(&out->evidence);
  out->evidence = g_strconcat(before, told.evidence, NULL);
  out->heard = told.heard || (told.text != NULL && ak_banner_tells_version(told.text));
  out->banner = g_steal_pointer(&told.text);
  if (out->reason == NULL)
    out->reason = g_steal_pointer(&told.reason);
  return true;
}

/* The first version that it speaks is the one of the attempts. */
static bool look(AkLoginTarget *target, AkLoginLook *out, GError **error) {
  GError *failure = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    guint8 code = 0;
    g_clear_error(&failure);
    g_autoptr(AkMqttSession) session =
        open_session(target, versions[i], NULL, NULL, &code, &failure);
    AkMqttAnswer answer = ak_mqtt_session_judge(versions[i], code);
    if (session == NULL && ak_attempt_is_final(target->peer, failure)) {
      g_propagate_error(error, failure);
      return false;
    }
    if (session == NULL || answer == AK_MQTT_OTHER_VERSION)
      continue;
    target->version = versions[i];
    out->plain = target->tls ? AK_LOGIN_NO : AK_LOGIN_YES;
    judge_look(answer, code, out);
    g_clear_error(&failure);
    return hear_version(target, session, answer, out, error);
  }
  out->reason = g_strdup(failure != NULL ? failure->message : "it speaks no version that is known");
  g_clear_error(&failure);
  return true;
}

/* --- one attempt
 * --------------------------------------------------------------------------------------------- */

static bool attempt(const AkLoginTarget *target, const char *user, const char *password,
                    AkAttempt *out, GError **error) {
  static const AkAttemptResult results[] = {
      [AK_MQTT_LET_IN] = AK_ATTEMPT_GRANTED,       [AK_MQTT_NOT_AUTHORIZED] = AK_ATTEMPT_REFUSED,
      [AK_MQTT_FOR_NOW] = AK_ATTEMPT_LOCKED,       [AK_MQTT_OTHER_VERSION] = AK_ATTEMPT_BROKEN,
      [AK_MQTT_OTHER_REFUSAL] = AK_ATTEMPT_BROKEN,
  };
  GError *failure = NULL;
  guint8 code = 0;
  AkMqttVersion version = (AkMqttVersion)target->version;
  if (!ak_sink_spend(target->peer->sink, AK_SPEND_ATTEMPTS, 1, error))
    return false;
  gint64 begin_us = g_get_monotonic_time();
  g_autoptr(AkMqttSession) session = open_session(target, version, user, password, &code, &failure);
  if (session == NULL)
    return ak_attempt_break(out, target->peer, failure, error);
  out->took_us = g_get_monotonic_time() - begin_us;
  out->result = results[ak_mqtt_session_judge(version, code)];
  out->status = 256u + code; /* 0 means: no answer */
  out->evidence = g_strdup_printf("CONNECT as %s, password *****: code %u\n", user, code);
  if (out->result == AK_ATTEMPT_BROKEN)
    out->reason = g_strdup_printf("it refuses with code %u", code);
  return true;
}

static gint64 control_us(const AkLoginTarget *target) {
  guint8 code = 0;
  gint64 begin_us = g_get_monotonic_time();
  g_autoptr(AkMqttSession) session =
      open_session(target, (AkMqttVersion)target->version, NULL, NULL, &code, NULL);
  return session != NULL ? g_get_monotonic_time() - begin_us : -1;
}

const AkLoginProtocol ak_login_mqtt = {.protocol = "mqtt|mqtts",
                                       .user = "admin",
                                       .transport = "tcp",
                                       .look = look,
                                       .attempt = attempt,
                                       .control_us = control_us};
