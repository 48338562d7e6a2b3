/* The pages; the routes table (routes.c) names each. */
#pragma once

#include "catalog/catalog.h"
#include "web/page.h"

bool ak_page_runs(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_run(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_requirement(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_threats(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_evidence_list(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_evidence(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_downloads(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_report(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_proof(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_file(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_progress(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_progress_script(const AkPageRequest *request, AkPageResponse *response,
                             GError **error);
bool ak_page_products(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_product(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_version(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_compare(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chains(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain_text(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain_model(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain_versions(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain_compare(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_chain_file(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_style(const AkPageRequest *request, AkPageResponse *response, GError **error);

/* One run. NOT_FOUND, said in the page's language, for an unknown run, or who deleted it, when and why. */
AkRunView *ak_page_view(const AkPageRequest *request, const char *run_id, GError **error);

/* The findings that speak to `requirement`, or all where it is NULL, gravest first as the engine lists
 * them. */
void ak_page_findings(AkHtml *html, const AkPageRequest *request, const char *run_id,
                      const json_t *findings, const char *requirement);

/* A file of the run's folder, by its plain name; NOT_FOUND otherwise. Caller unrefs. */
GBytes *ak_page_run_file(const AkPageRequest *request, const char *run_id, const char *name,
                         GError **error);
/* Is it a plain file name of a run's folder that may be handed out? */
bool ak_page_is_run_file(const char *name);

/* The catalogue that a run was planned with, as the program has it now; NULL where it is not there. */
AkCatalog *ak_page_catalog_of(const AkRunState *state);
/* "" where it is not known. Borrowed; `catalog` may be NULL. */
const char *ak_page_requirement_title(const AkPageRequest *request, const AkCatalog *catalog,
                                      const char *id);

/* For sorting a GPtrArray of texts. */
int ak_page_compare_names(gconstpointer a, gconstpointer b);
