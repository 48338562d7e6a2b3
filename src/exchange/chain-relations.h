/* What a chain file's members say about each other: what the table of fields cannot say. */
#pragma once

#include "exchange/yaml.h"

/* Ids that are there twice; owners, relations, acceptances and impacts that name no element, or one
 * of a wrong kind; a part that contains itself. Members of a wrong kind are passed over, since the
 * schema names them. */
void ak_chain_check_relations(const AkYaml *root, GPtrArray *problems);

/* Of a list of impacts: amounts of yen whose upper end is below the lower one. What is no list, or no number, is passed over likewise. */
void ak_chain_check_impacts(const AkYaml *list, GPtrArray *problems);

/* The first of `count` elements that is, by several steps perhaps, a part of itself, or `count`. `pairs`: element, what it
 * is part of. */
guint ak_chain_part_circle(const guint *pairs, guint pair_count, guint count);
