/* What a probe of one service observes: one call an observation, with its evidence as text. */
#pragma once

#include "probe/stream.h"

/* Takes `value` over; `evidence` (NULL or "": none) is kept and cited. */
bool ak_observe(const AkPeer *peer, const char *property, AkOutcome outcome, AkValue value,
                const char *evidence, GError **error);
bool ak_observe_text(const AkPeer *peer, const char *property, const char *text,
                     const char *evidence, GError **error);
bool ak_observe_true(const AkPeer *peer, const char *property, const char *evidence,
                     GError **error);
bool ak_observe_absent(const AkPeer *peer, const char *property, const char *evidence,
                       GError **error);
bool ak_observe_unknown(const AkPeer *peer, const char *property, const char *reason,
                        GError **error);

typedef struct {
  bool done;
  const char *name;
} AkObservePart;
/* The parts that were done: rules ask for the parts that they rest on. CUT where none was. */
bool ak_observe_coverage(const AkPeer *peer, const char *property, const AkObservePart *parts,
                         gsize count, GError **error);
