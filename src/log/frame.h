/* The framing of the log's files: [u32 length | u8 type | payload | u32 crc32c], little-endian; the
 * length counts the payload, the checksum covers everything before it. Pure. */
#pragma once

#include "util/reader.h"

#define AK_LOG_FRAME_OVERHEAD 9                /* bytes: length, type, checksum */
#define AK_LOG_FRAME_MAX_PAYLOAD (1024 * 1024) /* bytes; evidence belongs into blobs */

typedef enum {
  AK_LOG_FRAME_RECORD = 1,    /* a record's canonical JSON */
  AK_LOG_FRAME_FORGOTTEN = 2, /* the 32-byte commitment of a record whose text was deleted */
  AK_LOG_FRAME_RUN_KEY = 3,   /* 32-byte key and the run's name, in the file of run keys */
} AkLogFrameType;

typedef struct {
  AkLogFrameType type;
  const guint8 *payload; /* borrowed */
  guint32 size;          /* bytes, 1 … AK_LOG_FRAME_MAX_PAYLOAD */
} AkLogFrame;

/* Appends one frame to `out`. */
void ak_log_frame_append(GByteArray *out, AkLogFrameType type, const void *payload, gsize size);

typedef enum {
  AK_LOG_FRAME_OK,
  AK_LOG_FRAME_CUT, /* the bytes end inside the frame, as far as its length can be believed */
  AK_LOG_FRAME_BAD, /* no such length or type, or the checksum does not fit */
} AkLogFrameStatus;

/* Reads the next frame; the reader moves only with OK. */
AkLogFrameStatus ak_log_frame_next(AkReader *reader, AkLogFrame *out);

bool ak_log_frame_fuzz(const guint8 *data, gsize size);
