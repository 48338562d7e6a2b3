/* Rules and tables of facts from files, grounded: what the benchmarks of chains begin with. */
#pragma once

#include "chain/rule/ground.h"

typedef struct {
  AkChainRules *written, *rules; /* as in the file, and simplified */
  AkChainFacts *facts;
  AkChainGround *ground;
  double read_s, ground_s, ground_cpu_s;
} Network;

/* Reads RULES and FOLDER/PREDICATE.facts of each predicate that is not derived. */
bool network_open(Network *self, const char *rules_path, const char *folder, GError **error);
void network_clear(Network *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Network, network_clear)

/* Seconds since the last call; and of this thread's processor time since it began. */
double network_lap(void);
double network_cpu(void);
