/* What threads of a worker send side by side goes out as if one had sent it after the other: all frames
 * of lane 0, then all of lane 1, and so on. */
#pragma once

#include "sandbox/frame.h"

typedef struct _AkLanes AkLanes;

/* `count` lanes (at least 1) into `stream` (borrowed), which nobody else uses meanwhile. */
AkLanes *ak_lanes_new(AkFrameStream *stream, guint count);
void ak_lanes_free(AkLanes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkLanes, ak_lanes_free)

/* Sends a frame of a lane; one thread a lane. A lane whose turn has not come keeps up to 4 MiB of frames and
 * then waits for it, so lanes must be begun in their order. Progress is sent in one's turn alone. Errors as
 * ak_frame_send; CANCELLED where a lane before this one has failed. */
bool ak_lanes_send(AkLanes *self, guint lane, AkFrameType type, const void *payload, gsize size,
                   GError **error);
/* The lane sends nothing more. Where it has failed, what it has sent goes out, and nothing of the lanes
 * behind it. */
void ak_lanes_end(AkLanes *self, guint lane, bool has_failed);
/* True if that has happened: then later lanes need not begin. */
bool ak_lanes_are_stopped(AkLanes *self);
