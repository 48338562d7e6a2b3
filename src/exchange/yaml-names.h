/* Names of members: a file has a dozen of them, many times each. */
#pragma once

#include "exchange/yaml-arena.h"
#include "exchange/yaml.h"

enum { AK_YAML_NAMES = 256 };

typedef struct {
  AkYamlArena *arena;
  char *known[AK_YAML_NAMES]; /* by hash, in `arena` */
} AkYamlNames;

/* The name as it stands in `self`; in `other` where it is long or finds its place taken. */
char *ak_yaml_names_take(AkYamlNames *self, const char *text, gsize length, AkYamlArena *other);

/* The first member of a map whose name was there before, or NULL. */
const AkYaml *ak_yaml_names_double(const AkYaml *map);
