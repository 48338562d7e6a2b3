/* What is known of risk sources, incidents and the requirements that treat them
 * (data/knowledge/ID.json; format: docs/formats/knowledge.md). A user's file is laid over ours
 * before it is read.
 *
 * Rows keep the JSON that they were read from: texts, mappings and the confidence of each field are
 * for those who show them. */
#pragma once

#include "core/chain.h"
#include "util/digest.h"
#include "util/json.h"

typedef struct {
  const char *id; /* "L2_1"; borrowed from `row`, as all texts here */
  guint layer;    /* 1 … 3 */
  const json_t *row;
} AkChainFunction;

typedef struct {
  const char *id; /* "L2_1_a" */
  const AkChainFunction *function;
  const json_t *row;
} AkChainIncident;

typedef struct {
  const char *id; /* "CPS.AC-1" */
  guint used;     /* by how many risk sources */
  const json_t *row;
} AkChainRequirement;

typedef struct {
  const char *id; /* "L2_1_a_COM" */
  const AkChainIncident *incident;
  guint element;       /* index into ak_chain_elements */
  GPtrArray *measures; /* of const AkChainRequirement */
  const json_t *row;
} AkChainRiskSource;

/* A verified product speaks to a requirement: which requirements of a catalogue are looked at. */
typedef struct {
  const char *id; /* "CPS.AC-4/en303645" */
  const AkChainRequirement *requirement;
  const char *catalog;        /* "en303645" */
  const json_t *requirements; /* array of texts: each must pass, or not apply */
  const json_t *row;
} AkChainTestLink;

typedef struct {
  json_t *document; /* owned: what all rows point into */
  AkDigest digest;  /* of its canonical bytes */
  GPtrArray *functions, *incidents, *requirements, *tests,
      *sources; /* of the structures above, sorted by id */
} AkChainKnowledge;

/* Reads a document (borrowed; kept alive). INVALID_DATA names `where`, the row and the member. */
AkChainKnowledge *ak_chain_knowledge_new(json_t *document, const char *where, GError **error);
/* The same; on an error *fault is the row that it is about, borrowed from the document, or NULL. */
AkChainKnowledge *ak_chain_knowledge_read(json_t *document, const char *where, const json_t **fault,
                                          GError **error);
void ak_chain_knowledge_free(AkChainKnowledge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainKnowledge, ak_chain_knowledge_free)

/* `base` with `over` laid over it: rows with a known id are replaced, others are added, those that
 * its member "remove" (a list of ids) names are left out. A new document, the caller's;
 * INVALID_DATA names `where`. */
json_t *ak_chain_knowledge_lay(const json_t *base, const json_t *over, const char *where,
                               GError **error);
/* Rules `base` (data/knowledge/ID-rules.json) with the member "rules" of `over`, if it has one, laid over them likewise:
 * "rows" and "remove" by id, "declarations" beside ours, "gives_control" and "measures" instead of ours. */
json_t *ak_chain_knowledge_lay_rules(const json_t *base, const json_t *over, const char *where,
                                     GError **error);

/* By id; NULL where there is none. Borrowed. */
const AkChainFunction *ak_chain_knowledge_function(const AkChainKnowledge *self, const char *id);
const AkChainIncident *ak_chain_knowledge_incident(const AkChainKnowledge *self, const char *id);
const AkChainRequirement *ak_chain_knowledge_requirement(const AkChainKnowledge *self,
                                                         const char *id);
const AkChainRiskSource *ak_chain_knowledge_source(const AkChainKnowledge *self, const char *id);

/* What a run by `catalog` must say of a requirement; NULL where no device test speaks to it. */
const AkChainTestLink *ak_chain_knowledge_test(const AkChainKnowledge *self,
                                               const char *requirement, const char *catalog);
/* Does any device test speak to it? */
bool ak_chain_knowledge_has_test(const AkChainKnowledge *self, const char *requirement);

/* Is the member of `row` a range of two whole numbers from 0 to `most`, least first? INVALID_DATA names `id`. */
bool ak_chain_knowledge_check_range(const json_t *row, const char *member, gint64 most,
                                    const char *id, GError **error);

typedef struct {
  const json_t *row;  /* what it is about; NULL: a cell */
  const char *member; /* of the row, or NULL; static */
  char *subject;      /* "L1_1_a_COM", "layer 1, data" */
  const char *id;     /* of the text "chain.lint.ID" */
  char *hint;         /* what the text's %s stands for; "" where it has none */
} AkChainLintProblem;

/* What is not complete: a risk source that nothing treats, a requirement that treats nothing, a cell of layer and element that has
 * neither a risk source nor a reason why (member "empty"), a field without its confidence. Of AkChainLintProblem, the
 * caller's; empty: none. */
GPtrArray *ak_chain_knowledge_lint(const AkChainKnowledge *self);
/* An empty list, and one more on it; `subject` is taken over, `hint` may be NULL. */
GPtrArray *ak_chain_lint_problems(void);
void ak_chain_lint_say(GPtrArray *problems, const json_t *row, const char *member, char *subject,
                       const char *id, const char *hint);

bool ak_chain_knowledge_fuzz(const guint8 *data, gsize size);
