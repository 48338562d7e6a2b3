/* Between libmicrohttpd and the API: a call is made of a request, and what comes back is sent. */
#pragma once

#include "util/text.h"
#include "web/libmicrohttpd.h"
#include "web/streams.h"

typedef struct {
  AkWorkspace *workspace; /* borrowed */
  AkStreams *streams;     /* borrowed */
  AkLang lang;            /* where the client asks for neither */
  const char *report_policy; /* Content-Security-Policy of a report in HTML */
  bool is_misdirected, is_unauthorized; /* what the server's door says of the request */
} AkApiDoor;

/* Answers a request whose path is the API's (ak_api_is_path). Any thread. */
enum MHD_Result ak_api_door_answer(const AkApiDoor *self, struct MHD_Connection *connection,
                                   const char *path, const char *method);
