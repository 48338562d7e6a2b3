/* What is missing for a verdict, for machines (kind and members) and people (en, ja).
 *
 * An entry: {"kind", members…, "en", "ja"}. Kinds and their members stand in one table in
 * missing.c; the texts are verdict.missing.KIND. */
#pragma once

#include "verify/verdict/evaluate.h"

/* Stands in for a list where entries are only counted: what is added to it is dropped, and it keeps
 * in mind whether one was a look that was not completed. */
json_t *ak_missing_tally_new(void);
/* Was one? Forgets it. */
bool ak_missing_tally_take(json_t *tally);

/* Adds an entry of `kind`; then pairs of member name and text, ended by NULL. */
void ak_missing_add(json_t *missing, const char *kind, ...) G_GNUC_NULL_TERMINATED;

/* `subject` as "kind locator" in the members "subject" {kind, locator}. */
void ak_missing_add_subject(json_t *missing, const char *kind, const char *subject_kind,
                            const char *locator, const char *property, const char *detail);

/* One whose member "expression" is `raw`, with `expression` as a sentence in its words. */
void ak_missing_add_rule(json_t *missing, const char *kind, const char *raw,
                         const AkExpression *expression, const AkCatalog *catalog);

/* Why nothing complete is known of what was asked: each test of it that was refused or broken off;
 * where there is none, nobody looked. */
void ak_missing_add_unlooked(AkEvaluation *self, const AkAsked *asked);

/* Sorted by their bytes, without doubles, with their words; of more than AK_MISSING_MAX the rest
 * becomes one entry "more" with its count; those that count subjects ("unnamed") all stay. */
#define AK_MISSING_MAX 256
void ak_missing_sort(json_t *missing);

/* Is one of them a look that was started and not completed? */
bool ak_missing_has_broken_look(const json_t *missing);
