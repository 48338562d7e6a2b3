/* What stands where in the picture of a value chain, before anything is drawn: elements in the three layers' bands, one a
 * box, or, where they are too many to be read, groups of them; and the ways over them by which an incident is reached. */
#pragma once

#include "core/chain.h"
#include "util/text.h"

/* More than these are not drawn one by one. */
#define AK_CHAIN_MAP_BOXES_MAX 130
#define AK_CHAIN_MAP_LINES_MAX 420
#define AK_CHAIN_MAP_WAYS_MAX 3

typedef enum {
  AK_CHAIN_MAP_ELEMENTS, /* a box an element */
  AK_CHAIN_MAP_PARTS,    /* parts stand within their whole */
  AK_CHAIN_MAP_OWNERS,   /* a box an owner, layer and kind */
  AK_CHAIN_MAP_KINDS,    /* a box a layer and kind */
} AkChainMapDetail;

typedef struct {
  guint32 element;    /* the one that it is named after */
  guint count;        /* elements that stand in it */
  AkElementKind kind; /* of `element` */
  guint layer;        /* 1 … 3: its band */
  guint row;          /* from the top */
  guint layers;       /* 1 << layer of each layer whose functions are performed in it */
  guint reached;      /* incidents that can be reached in it */
  guint begins;       /* 1 << exposure of each from where somebody begins */
  bool safety;
  char *owner;        /* in OWNERS: name, or NULL */
  GPtrArray *worst;   /* of const json_t: incidents reached here whose impact the file says, worst first */
} AkChainMapBox;

typedef struct {
  guint way;    /* from 0 */
  guint number; /* which step of it, from 1 */
  bool is_back; /* against the line */
} AkChainMapStep;

typedef struct {
  guint32 from, to;  /* numbers of boxes */
  guint relations;   /* 1 << kind of each */
  guint count;       /* of relations; 0: the way alone goes here */
  GArray *steps;     /* of AkChainMapStep */
} AkChainMapLine;

typedef struct {
  const json_t *incident; /* row of the analysis; borrowed */
  guint32 box;            /* where it ends */
} AkChainMapWay;

typedef struct {
  const AkChain *chain;
  AkChainMapDetail detail;
  GPtrArray *boxes;        /* of AkChainMapBox */
  GPtrArray *lines;        /* of AkChainMapLine */
  GArray *ways;            /* of AkChainMapWay */
  guint row_count;
  guint rows_of_layer[AK_CHAIN_LAYERS + 1]; /* [1 … 3] */
} AkChainMap;

/* The layer in whose band an element stands: organizations, people and procedures in layer 1; what senses or actuates, or
 * performs a function of layer 2, in layer 2; the rest in layer 3. */
guint ak_chain_map_layer(const AkChain *chain, guint32 element);

/* `world`: of an analysis (docs/formats/chain-analysis.md); it and the chain must outlive the map. The least detail is used
 * under which the picture can be read, at least `detail`. */
AkChainMap *ak_chain_map_new(const AkChain *chain, const json_t *world, AkChainMapDetail detail);
void ak_chain_map_free(AkChainMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainMap, ak_chain_map_free)
