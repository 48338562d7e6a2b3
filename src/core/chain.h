/* A value chain as its file tells it: elements, relations, what is done about them, and what an
 * incident would mean. The file is chain.yaml (docs/formats/chain-file.md). */
#pragma once

#include "util/error.h"
#include "util/json.h"

/* The six elements, in CPSF's order; ends with NULL. Source: CPSF 1.0, Part I, 2.2. */
extern const char *const ak_chain_elements[];
typedef enum {
  AK_ELEMENT_ORGANIZATION,
  AK_ELEMENT_PEOPLE,
  AK_ELEMENT_COMPONENT,
  AK_ELEMENT_DATA,
  AK_ELEMENT_PROCEDURE,
  AK_ELEMENT_SYSTEM,
} AkElementKind;
enum { AK_CHAIN_ELEMENTS = 6, AK_CHAIN_LAYERS = 3 };
#define AK_CHAIN_NO_ELEMENT G_MAXUINT32

/* What relates elements, and which kinds each relation may join (masks of 1 << AkElementKind). */
typedef struct {
  const char *name; /* "supplies" */
  guint from, to;
  bool both_ways; /* "connects": a is connected to b as b is to a */
} AkRelationKind;
extern const AkRelationKind ak_chain_relation_kinds[]; /* ends with a NULL name */

/* Words of a chain file, in rising order where they have one; each ends with NULL. */
extern const char *const ak_chain_criticalities[];  /* low, medium, high, critical */
extern const char *const ak_chain_exposures[];      /* from where somebody may begin */
extern const char *const ak_chain_statuses[];       /* planned, implemented */
extern const char *const ak_chain_backings[];       /* claimed, verified, proven */
extern const char *const ak_chain_impact_classes[]; /* minor, moderate, serious, catastrophic */
extern const char *const ak_chain_relation_names[]; /* of ak_chain_relation_kinds */

typedef struct {
  char *requirement;   /* "CPS.AC-1" */
  guint status;        /* index into ak_chain_statuses */
  guint backing;       /* index into ak_chain_backings */
  char *reference;     /* run or publication that backs it, or NULL */
  gint64 until_utc_us; /* the backing holds until then; G_MAXINT64: no end is said */
  bool is_backed;      /* somebody looked the reference up, and it holds: never so after reading */
  gint64 cost_yen;     /* -1: not said */
} AkElementMeasure;

typedef struct {
  char *id, *name;
  AkElementKind kind;
  guint32 owner;           /* number of an organization, or AK_CHAIN_NO_ELEMENT */
  guint criticality;       /* index into ak_chain_criticalities */
  GStrv exposure;          /* of ak_chain_exposures */
  GStrv functions;         /* ids of layer functions that it performs: "L2_1" */
  bool safety;             /* what it does can hurt people */
  char *product, *version; /* what a run would name, or NULL */
  GPtrArray *measures;     /* of AkElementMeasure */
  guint line, column;      /* where its file names it; 0: not known */
} AkElement;

typedef struct {
  guint32 from, to;     /* numbers of elements */
  guint32 kind;         /* index into ak_chain_relation_kinds */
  guint32 data;         /* what flows, or AK_CHAIN_NO_ELEMENT */
  const char *protocol; /* over which, or NULL; borrowed from the chain's texts */
} AkRelation;

/* A row of a chain file, which may name several ends: so many relations, one behind the other. */
typedef struct {
  guint32 from, kind, data; /* as in AkRelation */
  guint32 ends;
  const char *protocol;
} AkRelationRow;

typedef struct {
  char *risk_source; /* "L2_1_a_COM" */
  guint32 element;
  char *reason, *by;   /* by: the person in charge */
  gint64 until_utc_us; /* from then on it is open again */
} AkAcceptance;

typedef struct {
  char *incident;  /* "L2_2_a" */
  guint32 element; /* AK_CHAIN_NO_ELEMENT: wherever it happens */
  guint impact;    /* index into ak_chain_impact_classes */
  json_t *row;     /* safety, stop_hours, yen, personal_data, legal as the file says; borrowed */
} AkImpact;

typedef struct {
  char *name;
  GPtrArray *elements;    /* of AkElement, in the file's order: their numbers */
  GArray *relations;      /* of AkRelation */
  GPtrArray *acceptances; /* of AkAcceptance */
  GPtrArray *impacts;     /* of AkImpact */
  GStrv attackers;        /* of ak_chain_exposures: from where somebody begins */
  GArray *relation_rows;  /* of AkRelationRow; NULL of tables */
  json_t *document;       /* the checked file without the items of relations; owned; of tables without elements and measures too */
  bool is_of_tables;
  /* What elements of tables are made of, all at once instead of each by itself; their texts, lists and measures. */
  GPtrArray *blocks;      /* of ak_large_new */
  GPtrArray *lists;       /* of GStrv: exposures and functions */
  GPtrArray *no_measures; /* of most elements */
  GStringChunk *texts;    /* of a chain file those of its relations */
} AkChain;

AkChain *ak_chain_new(void);
/* One whose elements, with all that they hold, stand in its blocks. */
AkChain *ak_chain_new_of_tables(void);
void ak_chain_free(AkChain *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChain, ak_chain_free)

/* The checked file with its relations; of tables what `document` is. The caller's. */
json_t *ak_chain_document(const AkChain *self);

AkElement *ak_element_new(void);
void ak_element_free(AkElement *self);
void ak_element_measure_free(AkElementMeasure *self);
void ak_acceptance_free(AkAcceptance *self);
void ak_impact_free(AkImpact *self);

/* Index of `name` in `words`; -1 where it is none of them. */
gint ak_chain_word(const char *const *words, const char *name);
const AkElement *ak_chain_element_at(const AkChain *self, guint32 number);
