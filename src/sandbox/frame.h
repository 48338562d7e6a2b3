/* Frames between parent and worker over a stream socket. Format: docs/formats/frames.md.
 *
 *   u32 length of the payload (big-endian, at most AK_FRAME_MAX_PAYLOAD), u16 type, u64 sequence
 *   number (from 0 in each direction), payload. One file descriptor may ride on a frame. */
#pragma once

#include "util/error.h"

#define AK_FRAME_MAX_PAYLOAD (1024u * 1024u) /* bytes; our choice: larger things go in pieces */

typedef enum {
  AK_FRAME_JOB = 1,   /* parent → worker: a piece of the request's JSON */
  AK_FRAME_JOB_END,   /* that was all of it: begin */
  AK_FRAME_CONNECTED, /* parent → worker: the descriptor rides on the frame */
  AK_FRAME_REFUSED,   /* parent → worker: u8 error code, text */
  AK_FRAME_SWEPT,     /* parent → worker: a piece of the port states, one byte each */
  AK_FRAME_READY,     /* worker → parent: locked in; text: by what */
  AK_FRAME_BLOB,      /* worker → parent: a piece of a blob */
  AK_FRAME_BLOB_END,  /* that was all: its digest, 32 bytes */
  AK_FRAME_OBSERVE,   /* worker → parent: JSON of an observation with its trace */
  AK_FRAME_PROGRESS,  /* worker → parent: u64 done, u64 total */
  AK_FRAME_CONNECT,   /* worker → parent: u16 port, u32 timeout_ms, address */
  AK_FRAME_SWEEP,  /* worker → parent: u8 transport (0 TCP, 1 UDP), u16 first, u16 last,
                      u32 timeout_ms, u32 tries, u32 wall_ms, address */
  AK_FRAME_DONE,   /* worker → parent: the job is done */
  AK_FRAME_FAILED, /* worker → parent: text */
  AK_FRAME_ENTRY,     /* worker → parent: JSON of a file that was found, see entry.h */
  AK_FRAME_CONTENT,   /* worker → parent: a piece of its content */
  AK_FRAME_ENTRY_END, /* that was all: its digest, 32 bytes */
  AK_FRAME_ASK,    /* worker → parent: u16 port, u32 timeout_ms, u8 tries, u8 max_answers, u8 any_port,
                      u16 length, datagram, address */
  AK_FRAME_ANSWERED, /* parent → worker: (u16 port, u16 length, datagram) each */
  AK_FRAME_LAST = AK_FRAME_ANSWERED,
} AkFrameType;

typedef struct {
  int fd;           /* borrowed stream socket */
  guint64 sent;     /* sequence number of the next frame to send */
  guint64 received; /* … expected next */

  /* How long to wait for the other side, whether it does not send or does not read. */
  gint64 deadline_us; /* g_get_monotonic_time; 0: for ever */
  /* Called about every 100 ms, also while frames flow; false stops with CANCELLED. May be NULL. */
  bool (*goes_on)(gpointer data);
  gpointer data;
  gint64 asked_us; /* when goes_on was last called */
} AkFrameStream;

typedef struct {
  AkFrameType type;
  GBytes *payload;
  int fd; /* that rode on it, the caller's; -1: none */
} AkFrame;
void ak_frame_clear(AkFrame *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkFrame, ak_frame_clear)

/* Sends one frame. `ride_fd` -1: none. IO when the other side is gone; TIMEOUT and CANCELLED as the
 * stream says, and then nothing more can be sent on it. */
bool ak_frame_send(AkFrameStream *self, AkFrameType type, const void *payload, gsize size,
                   int ride_fd, GError **error);

/* Receives one frame. TIMEOUT and CANCELLED as the stream says; NOT_FOUND at a clean end of the
 * stream; IO where it ends within a frame; INVALID_DATA for a length, type or sequence number that
 * is not allowed. */
bool ak_frame_receive(AkFrameStream *self, AkFrame *out, GError **error);
