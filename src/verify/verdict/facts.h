/* What is known of each subject: observations by subject and property, with how sure each is. */
#pragma once

#include "verify/verdict/verdict.h"

/* One observation with what the rules ask about it beside its value. */
typedef struct {
  const AkObservation *observation; /* borrowed */
  guint repeat;
  bool done; /* its execution ended "done", so that absence in it means something */
  char id[AK_DIGEST_HEX_SIZE];
} AkNote;

/* All notes on one property of one subject, sorted by id and repetition. */
typedef struct {
  GPtrArray *notes; /* of AkNote */
  bool disagree;    /* the repetitions of a test saw different things */
} AkFact;

typedef struct _AkFacts AkFacts;

/* Borrows the input. */
AkFacts *ak_facts_new(const AkVerdictInput *input);
void ak_facts_free(AkFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFacts, ak_facts_free)

/* Borrowed, or NULL where nothing was observed. */
const AkFact *ak_facts_find(const AkFacts *self, const char *kind, const char *locator,
                            const char *property);

/* Locators of kind `kind` on which something was observed, in byte order; borrowed. */
const GPtrArray *ak_facts_locators(const AkFacts *self, const char *kind);

/* The execution that should have observed `property` on this subject and did not end "done", or
 * NULL. Borrowed. */
const AkExecution *ak_facts_unfinished(const AkFacts *self, const char *kind, const char *locator,
                                       const char *property);

/* Was any test run that observes `property` (on whatever subject)? Refused ones do not count. */
bool ak_facts_was_run(const AkFacts *self, const char *property);

/* The image of a file "image!path", the address of a service; caller frees, NULL for others. */
char *ak_facts_parent(const char *kind, const char *locator);
