/* The weak application as a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "app/effect.h"
#include "catalog/data.h"
#include "effect/target/server.h"

bool ak_app_effect_target(guint16 port, const char *log, volatile const int *stop,
                          GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("effect", "target", NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  json_t *data = text != NULL ? ak_json_parse(text, size, "target", error) : NULL;
  g_autoptr(AkTarget) target = data != NULL ? ak_target_new(data, error) : NULL;
  json_decref(data);
  if (target == NULL)
    return false;
  AkTargetServer server = {.target = target, .port = port, .log_fd = -1, .stop = stop};
  if (log != NULL) {
    server.log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (server.log_fd < 0)
      return ak_error_set_errno(error, errno, "%s", log);
  }
  bool done = ak_target_serve(&server, error);
  if (server.log_fd >= 0)
    close(server.log_fd);
  return done;
}
