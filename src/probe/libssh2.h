/* The SSH client (util/library.h). */
#pragma once

#include <libssh2.h>

#include "util/library.h"

#define AK_SSH2_FUNCTIONS(X) \
  X(libssh2_session_callback_set) \
  X(libssh2_session_disconnect_ex) \
  X(libssh2_session_free) \
  X(libssh2_session_handshake) \
  X(libssh2_session_init_ex) \
  X(libssh2_session_last_error) \
  X(libssh2_session_set_blocking) \
  X(libssh2_userauth_authenticated) \
  X(libssh2_userauth_keyboard_interactive_ex) \
  X(libssh2_userauth_list) \
  X(libssh2_userauth_password_ex)

typedef struct {
  AK_SSH2_FUNCTIONS(AK_LIBRARY_MEMBER)
} AkSsh2;
extern AkSsh2 ak_ssh2;

/* Before any of the functions is called; errors as ak_library_load. */
bool ak_ssh2_load(GError **error);

#define libssh2_session_callback_set ak_ssh2.libssh2_session_callback_set
#define libssh2_session_disconnect_ex ak_ssh2.libssh2_session_disconnect_ex
#define libssh2_session_free ak_ssh2.libssh2_session_free
#define libssh2_session_handshake ak_ssh2.libssh2_session_handshake
#define libssh2_session_init_ex ak_ssh2.libssh2_session_init_ex
#define libssh2_session_last_error ak_ssh2.libssh2_session_last_error
#define libssh2_session_set_blocking ak_ssh2.libssh2_session_set_blocking
#define libssh2_userauth_authenticated ak_ssh2.libssh2_userauth_authenticated
#define libssh2_userauth_keyboard_interactive_ex ak_ssh2.libssh2_userauth_keyboard_interactive_ex
#define libssh2_userauth_list ak_ssh2.libssh2_userauth_list
#define libssh2_userauth_password_ex ak_ssh2.libssh2_userauth_password_ex
