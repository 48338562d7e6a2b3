#include "util/error.h"

#include <errno.h>

G_DEFINE_QUARK(ak-error, ak_error)

static AkErrorCode code_of_errno(int number) {
  switch (number) {
  case ENOENT:
    return AK_ERROR_NOT_FOUND;
  case EACCES:
  case EPERM:
    return AK_ERROR_PERMISSION;
  case EEXIST:
    return AK_ERROR_CONFLICT;
  case ETIMEDOUT:
    return AK_ERROR_TIMEOUT;
  default:
    return AK_ERROR_IO;
  }
}

bool ak_error_set_errno(GError **error, int saved_errno, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, AK_ERROR, code_of_errno(saved_errno), "%s: %s", what,
              g_strerror(saved_errno));
  return false;
}

bool ak_error_set(GError **error, AkErrorCode code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error_literal(error, AK_ERROR, (int)code, what);
  return false;
}
