/* A test: one named check, described by constant data.
 *
 * A test is one file in its engine's folder, `const AkTest ak_<folder>_<stem>_test`, and one word in
 * the folder's list; ak_test_table is made from the lists. The framework does input, output, time
 * and limits; a test looks and reports what it saw. It never judges: verdict rules stand in the
 * catalogue.
 */
#pragma once

#include "core/sink.h"

typedef enum { AK_GRADE_SAFE, AK_GRADE_DISTURBING, AK_GRADE_DESTRUCTIVE } AkGrade;

/* Where a test runs: a worker without network that reads one image, or a worker without files whose
 * connections the parent makes (docs/architecture.md, "Workers"). */
typedef enum { AK_ISOLATION_SANDBOX, AK_ISOLATION_NET } AkIsolation;

typedef struct {
  const char *property; /* "tls.versions" */
  AkValueType type;
  const char *unit; /* INT only */
  const char *help_en, *help_ja;
} AkTestOutput;

typedef struct {
  guint wall_ms;   /* the worker is ended after it; what was not done is cut */
  guint64 bytes;   /* read or sent and received */
  guint64 files;   /* 0 where none are read */
  guint64 packets; /* connections count as packets of connect() */
  guint64 attempts; /* of logging in */
} AkTestLimits;

/* What a test is called with. Everything is borrowed for the time of the call. */
typedef struct {
  const struct _AkTest *test;
  const AkSubject *subject;   /* of the kind that the descriptor names */
  const json_t *params;       /* object: what the product file and options say for this test */
  GPtrArray *prior;           /* of const AkObservation: what the needed tests saw */
  struct _AkNet *net;         /* NET: the only way to the network; NULL otherwise */
  struct _AkFirmwareTree *tree; /* subjects of kind "image": unpacked; NULL otherwise */
  GBytes *input; /* subjects of kind "document": the file; NULL otherwise */
  guint64 seed;               /* for any random choice */
  gint64 now_utc_us;          /* the clock of the run, for judging dates */
} AkCall;

typedef struct _AkTest {
  const char *id; /* "probe.tls": folder.stem */
  guint rev;      /* raised with every change of what is observed */
  const char *title_en, *title_ja;
  AkGrade grade;
  AkIsolation isolation;

  /* One execution for each subject of `subject_kind`: of the product file ("address", "image",
   * "document"), or,
   * where `each_of` names a property, for each subject on which a test saw it: as a bool that is true, or,
   * with `each_is`, as a text that is one of its '|'-separated texts ("ssh" or "http|https"; compared
   * whole). A value that was not seen (absent, could-not-look, cut) makes no subject. `transport` ("tcp",
   * "udp"; NULL: any) leaves out services reached otherwise. */
  const char *subject_kind;
  const char *each_of;
  const char *each_is;
  const char *transport;
  /* Run only where whoever asks gives this member of `params` ("yara": the user's rules); a plan has it where
   * the product file names such. NULL: needs none. */
  const char *option;

  const char *const *needs; /* ids of tests that come first, NULL-terminated; may be NULL */
  const AkTestOutput *outputs; /* ends with a NULL property */

  /* What its coverage (the output that ends in ".coverage") holds where everything was looked at,
   * NULL-terminated. NULL: rules name it, or ranges decide; of files nothing is complete then. */
  const char *const *whole;
  AkTestLimits limits;
  bool is_long; /* takes longest of those that look at the same subject: begun first, told last; one of them at most */
  /* From this revision on what it keeps as evidence may be shown to whoever sees the run: credentials are
   * masked before they are kept, and the rest is the test's own words, or what anybody gets who asks without
   * a log-in. 0: what it keeps is raw, and is handed out as a logged act alone (app/evidence.h). */
  guint masked_since;
  const char *stop_condition_en, *stop_condition_ja; /* when the test ends early by itself */
  const char *const *sources; /* standards and clauses, NULL-terminated */

  /* Looks and reports. False with an error only where the test could not do its work; then the
   * framework records the test as failed to run, and its verdicts stay inconclusive. */
  bool (*run)(const AkCall *call, AkSink *sink, GError **error);
  /* Loads from files what `run` will need, before its worker is locked in; NULL: nothing. */
  bool (*preload)(GError **error);
} AkTest;

extern const AkTest *const ak_test_table[]; /* generated; ends with NULL */

const AkTest *ak_test_find(const char *id); /* NULL where unknown */
const AkTestOutput *ak_test_output(const AkTest *self, const char *property);

/* "safe", "disturbing", "destructive" */
const char *ak_grade_name(AkGrade grade);
bool ak_grade_from_name(const char *name, AkGrade *out);

/* The prior observation of `property` on `locator` (NULL: any subject), or NULL. Borrowed. */
const AkObservation *ak_call_prior(const AkCall *self, const char *property, const char *locator);
