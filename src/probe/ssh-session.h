/* Asking an SSH server how it lets people in. The conversation itself is libssh2's, over a stream
 * of ours; the server's key is not checked, because nothing is trusted to it. */
#pragma once

#include "probe/attempt.h"

typedef struct _AkSshSession AkSshSession;

/* Loads libssh2, before a worker is locked in. */
bool ak_ssh_session_preload(GError **error);

/* Connects and agrees on keys. NOT_SUPPORTED where libssh2 has no algorithm in common with the
 * server; errors otherwise as ak_stream_open. */
AkSshSession *ak_ssh_session_open(const AkPeer *peer, GError **error);
void ak_ssh_session_free(AkSshSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSshSession, ak_ssh_session_free)

/* Asks for `user` to be let in with the method "none". `let_in`: it was. Otherwise `methods` gets
 * those that may go on (the caller's, sorted). */
bool ak_ssh_session_methods(AkSshSession *self, const char *user, bool *let_in, GStrv *methods,
                            GError **error);

/* One password, by the method "password" or, with `interactive`, "keyboard-interactive". */
bool ak_ssh_session_password(AkSshSession *self, const char *user, const char *password,
                             bool interactive, bool *let_in, GError **error);
