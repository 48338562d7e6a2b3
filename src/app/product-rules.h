/* The rules of YARA that a product file names (`yara`): read and compiled where a run is planned, kept as evidence,
 * and from then on taken from there, so that a run that goes on later looks for the same. */
#pragma once

#include "app/workspace.h"
#include "core/product.h"

/* Their text, the caller's; NULL without an error where the product names none. IO or LIMIT where the file cannot be read,
 * CONFIG "FILE:LINE: reason" where it holds no rules. */
char *ak_product_rules_read(const AkProduct *product, GError **error);

/* As above, of the product file's bytes `data` that `where` names: adds a problem with its place. */
void ak_product_rules_check(const AkProduct *product, const char *data, gsize size, const char *where,
                            GPtrArray *problems);

/* The product of the file `path` whose rules, where it names any, are rules; the caller's. NULL with CONFIG, the product
 * file's line and that of the rules ("p.yaml:2:7: yara: …: own.yar:3: syntax error"). */
AkProduct *ak_product_rules_product(const char *path, GError **error);

/* For the plan's record: {"file", "sha256"} of rules that are kept from here on, null where there are none; NULL
 * with the error. */
json_t *ak_product_rules_keep(AkWorkspace *workspace, const AkProduct *product, GError **error);

/* What tests with an option are given, by the plan's record (core/test.h, `option`): {} or {"yara": text}. NULL with
 * the error where the rules are not there any more. */
json_t *ak_product_rules_options(AkWorkspace *workspace, const json_t *planned, GError **error);
