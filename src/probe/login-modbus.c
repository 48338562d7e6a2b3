#include "probe/login-protocol.h"
#include "probe/modbus-session.h"

/* The protocol knows no credentials: who is answered at all was not asked who they are. */
static bool look(AkLoginTarget *target, AkLoginLook *out, GError **error) {
  g_auto(AkModbusFacts) facts = {0};
  g_autoptr(GError) failure = NULL;
  if (!ak_modbus_session_look(target->peer, &facts, &failure)) {
    out->reason = g_strdup(failure->message);
    if (!ak_attempt_is_final(target->peer, failure))
      return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autoptr(GString) banner = g_string_new(NULL);
  for (guint i = 0; i < facts.objects->len; i++)
    g_string_append_printf(banner, "%s ", ((AkModbusObject *)facts.objects->pdata[i])->text);
  bool known = facts.identification != AK_MODBUS_UNKNOWN || facts.registers != AK_MODBUS_UNKNOWN;
  *out = (AkLoginLook){.open = known ? AK_LOGIN_YES : AK_LOGIN_UNKNOWN,
                       .plain = AK_LOGIN_YES,
                       .guessable = AK_LOGIN_NO,
                       .mechanism = "none",
                       .banner = g_strdup(banner->str),
                       .heard = true,
                       .evidence = g_steal_pointer(&facts.evidence),
                       .reason = known ? NULL : g_strdup("it knows neither function")};
  return true;
}

const AkLoginProtocol ak_login_modbus = {
    .protocol = "modbus", .user = "admin", .transport = "tcp", .look = look};
