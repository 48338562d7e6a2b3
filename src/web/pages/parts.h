/* What several pages show alike. */
#pragma once

#include "app/validity.h"
#include "web/page.h"

#define AK_PAGE_VERDICTS 4
extern const char *const ak_page_verdicts[AK_PAGE_VERDICTS]; /* the order of counts */

/* "PASS 3": the badge of verdict `which` and how many. */
void ak_page_count(AkHtml *html, const AkPageRequest *request, gsize which, gint64 number);
/* All four of a run; that it is not finished where there is no verdict. */
void ak_page_counts(AkHtml *html, const AkPageRequest *request, const AkRunRow *run);

/* How grave a finding is, as a badge. */
void ak_page_severity(AkHtml *html, const AkPageRequest *request, const char *severity);

/* "valid until …", "EXPIRED on …" or "LAPSED: …"; NULL where nothing is decided. Caller frees. */
char *ak_page_validity_text(const AkPageRequest *request, const AkValidity *validity);
/* The same as a mark; nothing where nothing is decided. */
void ak_page_validity(AkHtml *html, const AkPageRequest *request, const AkValidity *validity);
void ak_page_validity_of_run(AkHtml *html, const AkPageRequest *request, const AkRunRow *run);

/* A table of runs, newest first. With `chooses` each has a check box, for the form in which the table
 * stands. */
void ak_page_runs_begin(AkHtml *html, const AkPageRequest *request, bool chooses);
void ak_page_runs_add(AkHtml *html, const AkPageRequest *request, const AkRunRow *run,
                      bool chooses);
/* The form that asks for a comparison of the runs chosen in it; `end` closes it with its button. */
void ak_page_compare_form_begin(AkHtml *html, const AkPageRequest *request);
void ak_page_compare_form_end(AkHtml *html, const AkPageRequest *request);
/* The parameter that chooses a run there is "r.RUN". */
#define AK_PAGE_CHOOSES "r."

/* Links; caller frees. */
char *ak_page_run_link(const AkPageRequest *request, const char *run_id);
/* "/runs/RUN/PART" */
char *ak_page_run_part_link(const AkPageRequest *request, const char *run_id, const char *part);
char *ak_page_requirement_link(const AkPageRequest *request, const char *run_id,
                               const char *requirement);
/* `ref` (may be NULL): the bytes of it that are meant. */
char *ak_page_evidence_link(const AkPageRequest *request, const char *run_id,
                            const AkDigest *digest, const AkEvidenceRef *ref);
char *ak_page_product_link(const AkPageRequest *request, const char *name);
char *ak_page_version_link(const AkPageRequest *request, const char *name, const char *version);

/* Begins a page of a run: what lies above it, and the run's other pages. `title` in the page's language.
 * `part` is "" for the run itself, else "threats", "evidence" …; `below` (may be NULL) is what the page
 * shows of that part, and its short name. */
AkHtml *ak_page_run_begin(const AkPageRequest *request, const AkRunState *state, const char *title,
                          const char *part, const char *below);


void ak_page_fact(AkHtml *html, const AkPageRequest *request, const char *id, const char *value);
