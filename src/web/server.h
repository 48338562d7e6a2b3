/* The HTTP server: pages over a workspace, on the loopback interface unless told otherwise. */
#pragma once

#include "app/workspace.h"
#include "util/text.h"

#define AK_SERVER_PORT 8645 /* our own default */

typedef struct {
  const char *address; /* numeric; NULL: 127.0.0.1 */
  guint16 port;        /* 0: any free port */
  const char *token;   /* access token that requests must carry; needed off loopback; NULL: none */
  AkLang lang;         /* where the browser asks for neither language */
} AkServerOptions;

typedef struct _AkServer AkServer;

/* Starts serving in threads of its own. CONFIG for an address that is not numeric, or one off loopback
 * without a token; CONFLICT where the port is taken. The workspace must outlive the server. */
AkServer *ak_server_start(AkWorkspace *workspace, const AkServerOptions *options, GError **error);
void ak_server_stop(AkServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkServer, ak_server_stop)

guint16 ak_server_port(const AkServer *self);
