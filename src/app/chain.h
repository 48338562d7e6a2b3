/* A value chain from its file to an analysis. */
#pragma once

#include "app/chain-backing.h"
#include "chain/model/account.h"
#include "exchange/problem.h"

typedef struct {
  const char *path;      /* chain.yaml, or a folder of tables */
  AkLang lang;           /* of what is wrong with tables, and of what cannot be answered */
  const char *knowledge; /* a file laid over the program's knowledge, or NULL */
  gint64 now_utc_us;     /* what has expired by then does not hold */
  AkWorkspace *workspace; /* where runs that back measures are looked up; NULL: nowhere */
  const AkNoteKey *key;   /* whose proof bundles are believed as well; may be NULL */
  bool contributes;       /* what each open risk source and element contributes is worked out: many what-ifs */
  guint32 samples;        /* worlds to draw for chances; 0: no chances and no ranks */
  guint64 seed;
  guint attacks;          /* how many that differ are told of each incident, beside the one of least effort */
  bool without_register;  /* an analysis leaves out the rows that only a report lists */
  bool all_measures;      /* of large chains too: where measures are looked for that nobody took yet */
  bool reads_bundles;     /* paths in the file may be read: not where somebody sent the file */
} AkAppChainSpec;

typedef struct {
  AkChain *chain;
  AkChainKnowledge *knowledge;
  AkChainRuleBook *book;
  AkChainModel *model;
  AkDigest digest;  /* of what was read: ak_app_chain_read */
  char *path;       /* where that is */
  AkLang lang;
  json_t *backings; /* what was looked up: ak_app_chain_look_up */
  gint64 now_utc_us;
  guint32 samples; /* as in AkAppChainSpec */
  guint64 seed;
  guint attacks;
  bool contributes, without_register;
  gint64 plans_until_us; /* by the monotonic clock: searches for plans end there with CANCELLED; 0: never */
  bool is_compiled; /* the file holds its grounding too (app/chain-compile.h), and no document */
} AkAppChain;

enum { AK_APP_CHAIN_ATTACKS_MAX = 100 };
enum { AK_APP_CHAIN_SAMPLES = 4096, AK_APP_CHAIN_SAMPLES_MAX = 1 << 24 }; /* of the command line */

/* Reads the file and grounds it. `problems` (of AkProblem, empty before) gets what is wrong with
 * the file, by place. NULL with INVALID_DATA, NOT_FOUND, LIMIT or IO; the caller's. */
AkAppChain *ak_app_chain_open(const AkAppChainSpec *spec, GPtrArray *problems, GError **error);
void ak_app_chain_free(AkAppChain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkAppChain, ak_app_chain_free)

/* The whole document, elements and relations too (ak_app_chain_read_document); the caller's. NULL with CONFIG where the chain is
 * compiled. */
json_t *ak_app_chain_document(const AkAppChain *self, GError **error);

/* From now on its analyses say chances, ranks and contributions too, as those of the command line do; where the chain has more than
 * AK_APP_CHAIN_FIGURED elements they would keep a server busy for too long, and are left out. */
enum { AK_APP_CHAIN_FIGURED = 2000 };
void ak_app_chain_figure_out(AkAppChain *self);

/* The last microsecond of a day "2027-03-31", UTC. */
bool ak_app_chain_day(const char *text, gint64 *out);

/* What contradicts itself or is missing in a model that can be read: {"findings": [{"id",
 * "element"?, "about"?, "line"?, "column"?}], "findings_total"}, ids of the texts chain.finding.ID, the first `most` of all; the caller's. */
json_t *ak_app_chain_findings(const AkAppChain *self, guint32 most);

/* Sets the error to the text of that id in the chain's language, `about` in its place; always returns false. */
bool ak_app_chain_say(const AkAppChain *self, AkErrorCode code, const char *id, const char *about, GError **error);

/* Can somebody, or something, begin at all? Where not, nothing is reachable, and that says nothing. */
bool ak_app_chain_can_begin(const AkAppChain *self);

/* Of a chain above AK_CHAIN_MODEL_LARGE elements so many incidents and findings are told. */
enum { AK_APP_CHAIN_WORST = 100, AK_APP_CHAIN_FINDINGS = 10000 };

/* The analysis (docs/formats/chain-analysis.md); the caller's. */
json_t *ak_app_chain_analyze(const AkAppChain *self, GError **error);

#define AK_APP_CHAIN_IMPACT 2 /* index into ak_chain_impact_classes where none is asked for: serious */
#define AK_APP_CHAIN_ASSUMED_YEN 1000000 /* cost of a measure for which the file says none */

typedef struct {
  guint
      impact; /* index into ak_chain_impact_classes: no incident of at least it may be reachable */
  gint64 assumed_yen; /* cost of a measure for which neither the file nor its requirement says one */
  bool has_budget;    /* the most that `budget_yen` buys, instead of all of it */
  gint64 budget_yen;
  bool (*cancelled)(gpointer data); /* NULL: never */
  gpointer cancelled_data;
} AkAppChainPlanSpec;

/* The cheapest further measures (docs/formats/chain-analysis.md, "The plan"); the caller's. NULL
 * with CANCELLED, or CONFIG where nobody can begin, or the file names no incident of at least that impact. */
json_t *ak_app_chain_plan(const AkAppChain *self, const AkAppChainPlanSpec *spec, GError **error);

/* What would be reached otherwise: lists of "ELEMENT:REQUIREMENT" and of elements, each
 * NULL-terminated or NULL. The caller's; NULL with CONFIG where one of them is none. */
typedef struct {
  char **with, **without; /* measures that hold, and that do not */
  char **compromised;     /* elements that are so from the start */
} AkAppChainWhatIf;
json_t *ak_app_chain_what_if(const AkAppChain *self, const AkAppChainWhatIf *changes,
                             GError **error);
