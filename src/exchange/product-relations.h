/* What a product file's members say about each other: what the table of fields cannot say. */
#pragma once

#include "exchange/yaml.h"

/* Names, addresses, ports and cases that are there twice; units of unknown images; addresses of what
 * is no network interface; periods that end before they start; forms without their text. Members of a
 * wrong kind are passed over, since the schema names them. */
void ak_product_check_relations(const AkYaml *root, GPtrArray *problems);
