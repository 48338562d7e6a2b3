/* Deleting the text of a run after its retention: its records become their commitments, so that
 * every proof still holds; its key and the evidence that no other run cites are deleted.
 *
 * The file `forgetting` is the intent: written first, removed last, so that a process that dies in
 * between is finished by the next. Thread rule: the caller holds the folder's lock. */
#pragma once

#include "log/blobs.h"
#include "log/journal.h"
#include "log/run-keys.h"

typedef struct { /* all borrowed */
  int dir_fd;
  AkJournal *journal;
  AkRunKeys *keys;
  AkBlobs *blobs;
} AkForget;

/* NOT_FOUND if the run has no record with a text. */
bool ak_forget_run(const AkForget *self, const char *run, guint spare_s, GError **error);
/* Finishes what another process left unfinished, if anything. */
bool ak_forget_resume(const AkForget *self, GError **error);
