/* Threads that help the one that works: pieces of work are done ahead and side by side, and their
 * results are taken in the order in which the pieces were given. So what comes out does not depend
 * on how many threads there are. */
#pragma once

#include "util/error.h"

typedef struct _AkCrew AkCrew;

/* Starts `threads` threads (2 MiB of stack each) and returns when all of them wait for work: they make no
 * further system call of their own than to wait, and start nothing. Fewer where the system gives no more. */
AkCrew *ak_crew_new(guint threads);
/* All work must have ended. */
void ak_crew_free(AkCrew *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkCrew, ak_crew_free)
/* How many help; 0 of NULL. */
guint ak_crew_threads(const AkCrew *self);

typedef struct {
  /* Any thread, also several items at a time. Waits for no other item. */
  void (*work)(gpointer item, gpointer data);
  /* The thread that pushes, in the order of the items. NULL: nothing to be taken. False with the error
   * ends it: later items are dropped, whether worked on or not. */
  bool (*take)(gpointer item, gpointer data, GError **error);
  void (*free)(gpointer item); /* NULL: the items are the caller's */
  gpointer data;
  gsize room; /* what the items in hand may weigh together, or one that is heavier alone */
} AkAheadWork;

typedef struct _AkAhead AkAhead;

/* Borrows `crew`; NULL, or no threads in it: each item is worked on and taken as it is pushed. */
AkAhead *ak_ahead_new(AkCrew *crew, const AkAheadWork *work);
/* Waits for what is being worked on, and drops what was not taken. */
void ak_ahead_free(AkAhead *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAhead, ak_ahead_free)

/* Takes the oldest items until one of `weight` fits beside the others, or none is left; while one waits
 * for them, one works too. The error is that of `take`. */
bool ak_ahead_make_room(AkAhead *self, gsize weight, GError **error);
/* Makes room for `item`, and takes it over (also on error). */
bool ak_ahead_push(AkAhead *self, gpointer item, gsize weight, GError **error);
/* Takes all that is left. */
bool ak_ahead_end(AkAhead *self, GError **error);
