/* The certificate of an analysis, the record of it in the evidence log, and the file that shows it to others. */
#pragma once

#include "app/chain.h"

/* {"root", "count", "knowledge", "rules"}; the caller's. */
json_t *ak_app_chain_certificate(const AkAppChain *self, const AkAccount *account);

/* Enters the analysis into the log: list and backings as evidence, then a record chain-analyzed. `index` gets its number.
 * LIMIT where the list is longer than a certificate may be, CONFIG where the chain is compiled. */
bool ak_app_chain_record(const AkAppChain *self, AkWorkspace *workspace, guint64 *index, GError **error);

/* The analyses in the log, oldest first: [{"index", "when_utc_us", "chain", "at", "root", "count"}]; the caller's. */
json_t *ak_app_chain_recorded(AkWorkspace *workspace, GError **error);

/* The certificate as a file (proof/chain-certificate.h) of record `index`. NOT_FOUND where that is no analysis. */
GBytes *ak_app_chain_export_certificate(AkWorkspace *workspace, guint64 index, GError **error);
