#include "probe/ssh-session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/libssh2.h"

#define MAX_METHODS 64

struct _AkSshSession {
  const AkPeer *peer;
  AkStream *stream;
  LIBSSH2_SESSION *ssh;
  GError *failure;      /* of the stream, inside a call of libssh2 */
  const char *password; /* for keyboard-interactive; borrowed for the time of a call */
  bool ready;           /* keys were agreed on */
};

/* --- the stream under libssh2
 * --------------------------------------------------------------------- */

static ssize_t send_bytes(libssh2_socket_t socket, const void *data, size_t size, int flags,
                          void **abstract) {
  AkSshSession *self = *abstract;
  g_clear_error(&self->failure);
  return ak_stream_write(self->stream, data, size, &self->failure) ? (ssize_t)size : -EIO;
}

static ssize_t receive_bytes(libssh2_socket_t socket, void *out, size_t size, int flags,
                             void **abstract) {
  AkSshSession *self = *abstract;
  g_clear_error(&self->failure);
  gssize got = ak_stream_read(self->stream, out, size, &self->failure);
  return got >= 0 ? got : -EIO;
}

/* What went wrong: the stream's error where there is one, else what libssh2 says. */
static bool failed(AkSshSession *self, GError **error) {
  if (self->failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&self->failure));
    return false;
  }
  char *text = NULL;
  int code = libssh2_session_last_error(self->ssh, &text, NULL, 0);
  static const int no_common[] = {LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE,
                                  LIBSSH2_ERROR_METHOD_NOT_SUPPORTED, LIBSSH2_ERROR_HOSTKEY_INIT,
                                  LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE};
  for (gsize i = 0; i < G_N_ELEMENTS(no_common); i++)
    if (code == no_common[i])
      return ak_error_set(error, AK_ERROR_NOT_SUPPORTED,
                          "%s port %u: ssh: no algorithms in common (%s)", self->peer->address,
                          self->peer->port, text != NULL ? text : "");
  return ak_error_set(error, AK_ERROR_IO, "%s port %u: ssh: %s", self->peer->address,
                      self->peer->port, text != NULL && *text != '\0' ? text : "failed");
}

bool ak_ssh_session_preload(GError **error) {
  return ak_ssh2_load(error);
}

/* --- the session
 * ------------------------------------------------------------------------------------- */

AkSshSession *ak_ssh_session_open(const AkPeer *peer, GError **error) {
  if (!ak_ssh2_load(error))
    return NULL;
  g_autoptr(AkSshSession) self = g_new0(AkSshSession, 1);
  self->peer = peer;
  self->stream = ak_stream_open(peer, false, NULL, error);
  if (self->stream == NULL)
    return NULL;
  self->ssh = libssh2_session_init_ex(NULL, NULL, NULL, self);
  if (self->ssh == NULL) {
    ak_error_set(error, AK_ERROR_INTERNAL, "libssh2 could not be started");
    return NULL;
  }
  libssh2_session_callback_set(self->ssh, LIBSSH2_CALLBACK_SEND, (void *)send_bytes);
  libssh2_session_callback_set(self->ssh, LIBSSH2_CALLBACK_RECV, (void *)receive_bytes);
  libssh2_session_set_blocking(self->ssh, 1);
  if (libssh2_session_handshake(self->ssh, ak_stream_fd(self->stream)) != 0) {
    failed(self, error);
    return NULL;
  }
  self->ready = true;
  return g_steal_pointer(&self);
}

void ak_ssh_session_free(AkSshSession *self) {
  if (self == NULL)
    return;
  if (self->ssh != NULL) {
    if (self->ready)
      libssh2_session_disconnect(self->ssh, "done");
    libssh2_session_free(self->ssh);
  }
  g_clear_error(&self->failure);
  ak_stream_free(self->stream);
  g_free(self);
}

static gint compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names as a server sent them, made safe and sorted. */
static GStrv names_of(const char *list) {
  g_auto(GStrv) names = g_strsplit(list, ",", MAX_METHODS);
  GPtrArray *out = g_ptr_array_new();
  for (char **name = names; *name != NULL; name++) {
    g_auto(AkValue) safe = ak_value_text_from_bytes(*name, strlen(*name), 64);
    if (**name != '\0')
      g_ptr_array_add(out, g_strdup(safe.text));
  }
  g_ptr_array_sort(out, compare_names);
  g_ptr_array_add(out, NULL);
  return (GStrv)g_ptr_array_free(out, FALSE);
}

bool ak_ssh_session_methods(AkSshSession *self, const char *user, bool *let_in, GStrv *methods,
                            GError **error) {
  ak_stream_renew(self->stream, self->peer->timeout_ms);
  const char *list = libssh2_userauth_list(self->ssh, user, (unsigned int)strlen(user));
  *let_in = list == NULL && libssh2_userauth_authenticated(self->ssh) != 0;
  if (list == NULL && !*let_in)
    return failed(self, error);
  *methods = list != NULL ? names_of(list) : NULL;
  return true;
}

/* Each question of the server is answered with the password. */
static void answer_prompts(const char *name, int name_size, const char *instruction,
                           int instruction_size, int count,
                           const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
                           LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **abstract) {
  AkSshSession *self = *abstract;
  for (int i = 0; i < count; i++) {
    responses[i].text = strdup(self->password); /* freed by libssh2 */
    responses[i].length = (unsigned int)strlen(self->password);
  }
}

bool ak_ssh_session_password(AkSshSession *self, const char *user, const char *password,
                             bool interactive, bool *let_in, GError **error) {
  ak_stream_renew(self->stream, self->peer->timeout_ms);
  self->password = password;
  int code = interactive
                 ? libssh2_userauth_keyboard_interactive_ex(
                       self->ssh, user, (unsigned int)strlen(user), answer_prompts)
                 : libssh2_userauth_password_ex(self->ssh, user, (unsigned int)strlen(user),
                                                password, (unsigned int)strlen(password), NULL);
  self->password = NULL;
  /* only who gives the right password is asked to change it (RFC 4252, 8) */
  *let_in = code == 0 || code == LIBSSH2_ERROR_PASSWORD_EXPIRED;
  return *let_in || code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || failed(self, error);
}
