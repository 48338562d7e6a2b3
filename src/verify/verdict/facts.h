/* What is known of each subject: observations by subject and property, with how sure each is. */
#pragma once

#include "verify/verdict/declared.h"
#include "verify/verdict/verdict.h"

/* One observation with what the rules ask about it beside its value. */
typedef struct {
  const AkObservation *observation; /* borrowed */
  guint repeat;
  const char *lender; /* the earlier run that made it, or NULL; borrowed */
  bool done;          /* its execution ended "done", so that absence in it means something */
  bool disagrees;     /* the repetitions of its test saw different things here */
  char id[AK_DIGEST_HEX_SIZE];
} AkNote;

/* All notes on one property of one subject, sorted by id and repetition. */
typedef struct {
  const char *property; /* borrowed */
  GPtrArray *notes;     /* of AkNote */
  bool disagree;        /* those of a test do, whichever */
} AkFact;

/* A subject on which something was observed. */
typedef struct {
  const char *kind, *locator;   /* borrowed */
  GPtrArray *facts;             /* of AkFact */
  const AkInterface *interface; /* of a service, as far as the product file declares it; borrowed */
  const AkService *service;
} AkSubjectFacts;

typedef struct _AkFacts AkFacts;

/* Borrows the input. */
AkFacts *ak_facts_new(const AkVerdictInput *input);
void ak_facts_free(AkFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFacts, ak_facts_free)

/* Borrowed, or NULL where nothing was observed. */
const AkFact *ak_facts_find(const AkFacts *self, const char *kind, const char *locator,
                            const char *property);

/* Borrowed, or NULL where nothing was observed on it. */
const AkSubjectFacts *ak_facts_subject(const AkFacts *self, const char *kind, const char *locator);
const AkFact *ak_facts_of_subject(const AkSubjectFacts *subject, const char *property);

/* The subjects of a kind on which something was observed, in byte order of their locators: of const
 * AkSubjectFacts. Never NULL; borrowed. */
const GPtrArray *ak_facts_subjects(const AkFacts *self, const char *kind);

const AkDeclared *ak_facts_declared(const AkFacts *self);

/* Whether a claim is contradicted follows from the facts alone and is asked for by many
 * requirements: its definition → AkTruth of the first answer, kept here. */
GHashTable *ak_facts_contradictions(const AkFacts *self);

/* What is asked of a subject. */
typedef struct {
  const char *kind, *locator, *property;
  const char *transport; /* of an address: of which one the answer is to speak; NULL: any */
} AkAsked;

/* The executions that should have observed it and did not end "done": of each test that declares
 * the property and fits the subject, the one of the lowest repetition. Of const AkExecution; the
 * caller's.
 */
GPtrArray *ak_facts_unfinished(const AkFacts *self, const AkAsked *asked);

/* Was any test run that observes `property` (on whatever subject) on `transport` (NULL: any)?
 * Refused ones do not count. */
bool ak_facts_was_run(const AkFacts *self, const char *property, const char *transport);

/* "tcp" or "udp" of the test that made the note; NULL: any. */
const char *ak_facts_transport(const AkFacts *self, const AkNote *note);

/* Whose part a subject is: the image of a file or component, the address of a service; NULL for
 * others. */
const char *ak_facts_parent_kind(const char *kind);
char *ak_facts_parent(const char *kind, const char *locator); /* caller frees */
