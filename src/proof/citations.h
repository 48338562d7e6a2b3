/* Which observations computed verdicts cite: those that a bundle must reveal. Pure. */
#pragma once

#include "util/json.h"

/* `place`: where in the verdicts ("verdicts.verdicts[0].cases[1].observations"); `identity`: the
 * observation's identity in hexadecimal, "" where the item has none. False ends the walk. */
typedef bool (*AkCitationVisit)(const char *place, const char *identity, gpointer data);

/* Visits each item of each array named "observations" inside `verdicts` (the object that
 * ak_verdict_compute made), at any depth; false if a visit was. */
bool ak_citations_foreach(const json_t *verdicts, AkCitationVisit visit, gpointer data);

/* The identities cited, sorted and without doubles: a set of strings that the caller frees. For
 * whoever exports a bundle. */
GStrv ak_citations_of(const json_t *verdicts);
