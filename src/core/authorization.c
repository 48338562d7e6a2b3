#include "core/authorization.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct {
  guint8 bytes[16];
  guint bits; /* 32 or 128 */
} Numeric;

static bool parse_numeric(const char *text, Numeric *out) {
  *out = (Numeric){0};
  if (inet_pton(AF_INET, text, out->bytes) == 1)
    out->bits = 32;
  else if (inet_pton(AF_INET6, text, out->bytes) == 1)
    out->bits = 128;
  return out->bits != 0;
}

static bool share_prefix(const Numeric *a, const Numeric *b, guint bits) {
  if (a->bits != b->bits || bits > a->bits)
    return false;
  guint whole = bits / 8, rest = bits % 8;
  guint8 mask = (guint8)(0xff00 >> rest);
  return memcmp(a->bytes, b->bytes, whole) == 0 &&
         (rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0);
}

bool ak_authorization_is_loopback(const char *address) {
  Numeric given, v4, v6;
  parse_numeric("127.0.0.0", &v4);
  parse_numeric("::1", &v6);
  return parse_numeric(address, &given) &&
         (share_prefix(&given, &v4, 8) || share_prefix(&given, &v6, 128));
}

static bool is_covered(const char *prefix, const Numeric *address) {
  const char *slash = strchr(prefix, '/');
  g_autofree char *base = slash != NULL ? g_strndup(prefix, (gsize)(slash - prefix))
                                        : g_strdup(prefix);
  Numeric wanted;
  guint64 bits = 0;
  if (!parse_numeric(base, &wanted))
    return false;
  bits = wanted.bits;
  if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, wanted.bits, &bits, NULL))
    return false;
  return share_prefix(&wanted, address, (guint)bits);
}

static bool covers(const AkAuthorization *consent, const Numeric *address) {
  for (char **prefix = consent->addresses; prefix != NULL && *prefix != NULL; prefix++)
    if (is_covered(*prefix, address))
      return true;
  return false;
}

bool ak_authorization_allows_address(const AkAuthorization *consent, const char *address) {
  Numeric numeric;
  return consent != NULL && parse_numeric(address, &numeric) && covers(consent, &numeric);
}

bool ak_authorization_check_lockout(const AkAuthorization *consent, const char *address,
                                    GError **error) {
  if (consent != NULL ? consent->lockout_allowed : ak_authorization_is_loopback(address))
    return true;
  return ak_error_set(error, AK_ERROR_PERMISSION,
                      "%s: the authorization does not allow to lock an account out "
                      "(lockout_allowed)", address);
}

bool ak_authorization_allows_credentials(const AkAuthorization *consent, const char *address) {
  return ak_authorization_check_lockout(consent, address, NULL);
}

static bool allows_grade(const AkAuthorization *consent, const char *address, AkGrade grade,
                         GError **error) {
  if (grade <= consent->grades_up_to)
    return true;
  return ak_error_set(error, AK_ERROR_PERMISSION,
                      "%s: a %s test is not allowed: the authorization goes up to %s", address,
                      ak_grade_name(grade), ak_grade_name(consent->grades_up_to));
}

bool ak_authorization_check(const AkAuthorization *consent, const char *address,
                            gint64 now_utc_us, AkGrade grade, GError **error) {
  Numeric numeric;
  if (!parse_numeric(address, &numeric))
    return ak_error_set(error, AK_ERROR_PERMISSION, "%s is no numeric address", address);
  if (ak_authorization_is_loopback(address))
    return consent == NULL || allows_grade(consent, address, grade, error);
  if (consent == NULL)
    return ak_error_set(error, AK_ERROR_PERMISSION,
                        "%s: there is no authorization in the product file", address);
  if (consent->by == NULL || *consent->by == '\0' ||
      (g_strcmp0(consent->capacity, "owner") != 0 &&
       g_strcmp0(consent->capacity, "access-manager") != 0))
    return ak_error_set(error, AK_ERROR_PERMISSION,
                        "%s: the authorization does not say who consents as owner or access "
                        "manager", address);
  if (!covers(consent, &numeric))
    return ak_error_set(error, AK_ERROR_PERMISSION, "%s is outside the authorization", address);
  if (now_utc_us < consent->from_utc_us || now_utc_us > consent->until_utc_us)
    return ak_error_set(error, AK_ERROR_PERMISSION, "%s: the authorization %s", address,
                        now_utc_us < consent->from_utc_us ? "has not begun yet" : "has ended");
  return allows_grade(consent, address, grade, error);
}
