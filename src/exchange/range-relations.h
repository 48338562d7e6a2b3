/* What the members of a range file mean together. */
#pragma once

#include "exchange/problem.h"
#include "exchange/yaml.h"

/* Adds a problem for each of them. */
void ak_range_check_relations(const AkYaml *root, GPtrArray *problems);
