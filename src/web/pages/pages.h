/* The pages; the routes table (routes.c) names each. */
#pragma once

#include "catalog/catalog.h"
#include "web/page.h"

bool ak_page_runs(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_run(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_requirement(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_proof(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_file(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_progress(const AkPageRequest *request, AkPageResponse *response, GError **error);
bool ak_page_progress_script(const AkPageRequest *request, AkPageResponse *response,
                             GError **error);
bool ak_page_style(const AkPageRequest *request, AkPageResponse *response, GError **error);

/* The findings that speak to `requirement`, or all where it is NULL, gravest first as the engine lists
 * them. */
void ak_page_findings(AkHtml *html, const AkPageRequest *request, const char *run_id,
                      const json_t *findings, const char *requirement);

/* A file of the run's folder, by its plain name; NOT_FOUND otherwise. Caller unrefs. */
GBytes *ak_page_run_file(const AkPageRequest *request, const char *run_id, const char *name,
                         GError **error);

/* The catalogue that a run was planned with, as the program has it now; NULL where it is not there. */
AkCatalog *ak_page_catalog_of(const AkRunState *state);

/* For sorting a GPtrArray of texts. */
int ak_page_compare_names(gconstpointer a, gconstpointer b);
