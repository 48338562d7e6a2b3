/* The parent's ear: judges each frame of a worker, hands on what holds, and names the first lie. */
#pragma once

#include "sandbox/frame.h"
#include "sandbox/worker.h"

typedef struct {
  const AkWorkerSpec *spec;       /* borrowed */
  const AkWorkerHandler *handler; /* borrowed */
  gpointer data;                  /* the handler's */
  AkFrameStream *stream;          /* borrowed; where connections are answered */
  GByteArray *blob;               /* pieces received so far */
  GHashTable *kept;               /* hex digest of each blob handed on → its size */
  guint64 blob_bytes, observation_bytes;
  guint blobs, observations;
  bool in_entry;            /* the content of a file is coming */
  guint64 entry_left;       /* bytes of it */
  AkDigestSum *entry_sum;   /* of what came of it */
  guint64 entry_bytes;      /* of all contents that were announced */
  guint entries;
  guint64 packets_left;   /* connections and swept ports that the requested tests declare */
  GError *own_failure;    /* of the handler: ends the run, not only the worker; owned */
  GError *stream_failure; /* why an answer could not be sent; owned */
} AkIntake;

AkIntake ak_intake_init(const AkWorkerSpec *spec, const AkWorkerHandler *handler, gpointer data,
                        AkFrameStream *stream);
void ak_intake_clear(AkIntake *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkIntake, ak_intake_clear)

typedef enum {
  AK_INTAKE_GO_ON,
  AK_INTAKE_DONE,           /* the worker's last word: its job is done */
  AK_INTAKE_FAILED,         /* its last word: `reason` */
  AK_INTAKE_LIED,           /* `reason` says how; nothing of this frame was handed on */
  AK_INTAKE_STREAM_FAILED,  /* stream_failure */
  AK_INTAKE_HANDLER_FAILED, /* own_failure */
} AkIntakeStep;

/* Takes one frame after READY. Replaces `*reason` (caller frees). */
AkIntakeStep ak_intake_frame(AkIntake *self, const AkFrame *frame, char **reason);

/* The text of a FAILED frame, made printable. Caller frees. */
char *ak_intake_failure_text(const AkFrame *frame);

bool ak_sandbox_intake_fuzz(const guint8 *data, gsize size);
