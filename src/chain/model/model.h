/* A chain grounded on the knowledge: which risk sources apply to which elements, and how incidents
 * lead to one another. */
#pragma once

#include "chain/knowledge/knowledge.h"
#include "chain/rule/ground.h"
#include "chain/rule/label.h"
#include "util/reader.h"

/* The rules that say how (data/knowledge/ID-rules.json; format: docs/formats/knowledge.md). */
typedef struct {
  json_t *document;    /* owned */
  AkChainRules *rules; /* as written, one a row */
  AkDigest digest;
} AkChainRuleBook;

/* Reads a document (borrowed; kept alive). INVALID_DATA names `where`, the row and the member. */
AkChainRuleBook *ak_chain_rule_book_new(json_t *document, const char *where, GError **error);
/* The same; on an error fault->row is the row that it is about, borrowed from the document, or NULL; `column` (from 1) is that
 * in its rule, or 0. */
typedef struct {
  const json_t *row;
  guint column;
} AkChainRuleFault;
AkChainRuleBook *ak_chain_rule_book_read(json_t *document, const char *where, AkChainRuleFault *fault,
                                         GError **error);
void ak_chain_rule_book_free(AkChainRuleBook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainRuleBook, ak_chain_rule_book_free)

/* What is not complete in rules that can be read, onto a list of AkChainLintProblem: a rule without a title in both languages, an origin
 * that is none, a premise that neither a rule nor the chain or the knowledge ever gives, an incident that is none. */
void ak_chain_rule_book_lint(const AkChainRuleBook *self, const AkChainKnowledge *knowledge,
                             GPtrArray *problems);

/* Row number `rule` (AkChainRule.index); borrowed. */
const json_t *ak_chain_rule_book_row(const AkChainRuleBook *self, guint32 rule);

typedef struct _AkChainModel AkChainModel;

/* Above so many elements, what may be taken is listed where it is asked for alone: 34 measures an element. */
enum { AK_CHAIN_MODEL_LARGE = 20000 };

/* All three must outlive it. `all_measures`: measures that could be taken, not only those that elements say, are in the model;
 * always so up to AK_CHAIN_MODEL_LARGE elements. INVALID_DATA names an element and what it says of something that the
 * knowledge does not hold. The caller's. */
AkChainModel *ak_chain_model_new(const AkChain *chain, const AkChainKnowledge *knowledge,
                                 const AkChainRuleBook *book, bool all_measures, GError **error);
/* The same, all measures up to AK_CHAIN_MODEL_LARGE elements, with the grounding read from bytes (chain/rule/ground-file.h) instead of made. What is switched
 * on and off in it must be what the chain asks for (INVALID_DATA); what follows from what is taken on trust. */
AkChainModel *ak_chain_model_read(const AkChain *chain, const AkChainKnowledge *knowledge,
                                  const AkChainRuleBook *book, AkReader *grounding, GError **error);
void ak_chain_model_free(AkChainModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainModel, ak_chain_model_free)

bool ak_chain_model_is_large(const AkChainModel *self);
/* Are all measures that could be taken in it? */
bool ak_chain_model_has_all_measures(const AkChainModel *self);
const AkChain *ak_chain_model_chain(const AkChainModel *self);
const AkChainKnowledge *ak_chain_model_knowledge(const AkChainModel *self);
const AkChainRuleBook *ak_chain_model_book(const AkChainModel *self);
const AkChainGround *ak_chain_model_ground(const AkChainModel *self);
/* Of its graph, so that what is told depends neither on the order of the file nor on the ids of elements. NULL where it is large: what is
 * told of that does. */
const AkChainLabels *ak_chain_model_labels(const AkChainModel *self);
/* [elements] likewise, each place once (chain/model/places.h); NULL where it is large. Borrowed. */
const guint32 *ak_chain_model_places(const AkChainModel *self);

/* Does the risk source apply to the element? */
bool ak_chain_model_applies(const AkChainModel *self, const AkChainRiskSource *source,
                            guint32 element);
/* Every pair of a risk source (its place in the knowledge) and an element that it applies to, in no order. */
void ak_chain_model_foreach_applying(const AkChainModel *self,
                                     void (*visit)(guint32 source, guint32 element, gpointer data), gpointer data);
/* Every incident (its place in the knowledge) that may happen on an element, with its atom, in no order. */
void ak_chain_model_foreach_incident(const AkChainModel *self,
                                     void (*visit)(guint32 incident, guint32 element, guint32 atom, gpointer data),
                                     gpointer data);
/* The atom that the incident happens on the element; AK_CHAIN_GRAPH_NONE where nothing leads to it.
 */
guint32 ak_chain_model_incident(const AkChainModel *self, const AkChainIncident *incident,
                                guint32 element);

typedef enum {
  AK_CHAIN_WORLD_CLAIMED, /* measures that are said to be implemented hold */
  AK_CHAIN_WORLD_BACKED,  /* only those that a run verified or a publication proves, at the time */
} AkChainWorld;
extern const char *const ak_chain_world_names[]; /* "claimed", "backed", NULL */

/* Which measures hold in a world at a time: a byte a measure of the graph. Caller frees. */
guint8 *ak_chain_model_measures(const AkChainModel *self, AkChainWorld world, gint64 now_utc_us);
/* From where somebody begins: a byte an initial atom of the graph. Caller frees. */
guint8 *ak_chain_model_initial(const AkChainModel *self);

/* The number of a measure on an element, among the graph's measures; AK_CHAIN_GRAPH_NONE where it treats nothing of the
 * element's kind. */
guint32 ak_chain_model_measure(const AkChainModel *self, guint32 element, const char *requirement);
/* The initial atom that says that the element is compromised from the start; off unless it is asked for. */
guint32 ak_chain_model_compromised(const AkChainModel *self, guint32 element);

/* A run verifies products: what it says counts for components, data and systems, never for organizations, people and
 * procedures. */
bool ak_chain_can_be_verified(AkElementKind kind);

/* Does a measure on an element hold in a world at a time? Backed are those whose reference somebody looked up
 * (AkElementMeasure.is_backed), and which have not expired. */
bool ak_chain_measure_holds(const AkElement *element, const AkElementMeasure *measure,
                            AkChainWorld world, gint64 now_utc_us);
