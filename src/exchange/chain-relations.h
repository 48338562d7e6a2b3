/* What a chain file's members say about each other: what the table of fields cannot say. */
#pragma once

#include "core/chain.h"
#include "exchange/yaml.h"

/* What is kept of the items that are given one by one, in whatever order the lists stand: names and their places. */
typedef struct _AkChainRelations AkChainRelations;

AkChainRelations *ak_chain_relations_new(void);
void ak_chain_relations_free(AkChainRelations *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainRelations, ak_chain_relations_free)

/* An item of the list of this name ("elements", "relations", "acceptances", "impacts"); others are passed over. */
void ak_chain_relations_take(AkChainRelations *self, const char *list, const AkYaml *item);
/* What is kept of relations, and what they are in a chain. */
gsize ak_chain_relations_bytes(const AkChainRelations *self);
/* The problems of all that was taken, as ak_chain_check_relations has them. */
void ak_chain_relations_check(AkChainRelations *self, GPtrArray *problems);
/* The number of an element by its id, or AK_CHAIN_NO_ELEMENT; `self`: the relations. */
guint32 ak_chain_relations_find(const char *id, gpointer self);
/* Where there is no problem: relations, and of the elements, which are there already, owners and places. Once. */
void ak_chain_relations_fill(AkChainRelations *self, AkChain *chain);

/* Ids that are there twice; owners, relations, acceptances and impacts that name no element, or one
 * of a wrong kind; a part that contains itself. Members of a wrong kind are passed over, since the
 * schema names them. */
void ak_chain_check_relations(const AkYaml *root, GPtrArray *problems);

/* Of a list of impacts: amounts of yen whose upper end is below the lower one. What is no list, or no number, is passed over likewise. */
void ak_chain_check_impacts(const AkYaml *list, GPtrArray *problems);

/* The first of `count` elements that is, by several steps perhaps, a part of itself, or `count`. `pairs`: element, what it
 * is part of. */
guint ak_chain_part_circle(const guint *pairs, guint pair_count, guint count);
