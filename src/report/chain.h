/* The analysis of a value chain as a document. */
#pragma once

#include "doc/doc.h"
#include "util/json.h"

/* A notice of what is left out, where the chain is very large; nothing else. */
/* A notice where the chain was read from a compiled file: what follows from what was not worked out again. */
void ak_report_chain_add_compiled(AkDocNode *section, const json_t *analysis, AkLang lang);
void ak_report_chain_add_bounded(AkDocNode *section, const json_t *analysis, AkLang lang);

/* Where the page of a run is: its id between the two. */
typedef struct {
  const char *before, *behind;
} AkReportChainRunPage;

/* Adds the sections of an analysis (docs/formats/chain-analysis.md). `most`: rows of a list; the
 * rest is counted. `page`: where measures lead that a run of the data folder backs; NULL: nowhere. */
void ak_report_chain_add(AkDocNode *section, const json_t *analysis, guint most, const AkReportChainRunPage *page, AkLang lang);

/* What the incidents are that can be reached: their ids, by which all tables name them, and titles. */
void ak_report_chain_add_titles(AkDocNode *parent, const json_t *analysis, AkLang lang);

/* What contradicts itself or is missing, a line each; of more than `most` the rest is counted. */
void ak_report_chain_add_findings(AkDocNode *section, const json_t *findings, gsize most, AkLang lang);

/* Where layers are crossed (app/chain-crossing.h). */
void ak_report_chain_add_crossings(AkDocNode *parent, const json_t *crossings, guint most, AkLang lang);

/* The plan, and what a what-if says. */
void ak_report_chain_add_plan(AkDocNode *section, const json_t *plan, AkLang lang);
void ak_report_chain_add_what_if(AkDocNode *section, const json_t *what_if, AkLang lang);

/* Chances and ranks of a world, and what each open risk source and element contributes there; nothing where the analysis says none. */
void ak_report_chain_add_figures(AkDocNode *parent, const char *name, const json_t *world, AkLang lang);
void ak_report_chain_add_contributions(AkDocNode *parent, const char *name, const json_t *world, AkLang lang);
