/* Bytes to something and bytes back, within a time: over pipes to a program or over a socket. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_TALK_DONE,   /* `enough` said so */
  AK_TALK_CLOSED, /* the other side said all it will say */
  AK_TALK_TIME,
  AK_TALK_LONG, /* more than `max_bytes` came */
} AkTalkEnd;

typedef struct {
  int to, from; /* not blocking; may be the same; to -1: nothing is sent */
  const void *bytes;
  gsize size, sent; /* `sent` goes on where an earlier call ended */
  gint64 until_ns;  /* monotonic */
  gsize max_bytes;
  bool (*enough)(const GByteArray *came, gpointer data); /* NULL: until the other side closes */
  gpointer data;
} AkTalk;

/* Sends what is left to send and appends what comes to `came`. What cannot be sent is no error: the
 * other side has closed, and may have said why. */
AkTalkEnd ak_talk(AkTalk *self, GByteArray *came);

/* Makes reads and writes of a descriptor return at once where nothing can be had. */
bool ak_talk_unblock(int fd);
