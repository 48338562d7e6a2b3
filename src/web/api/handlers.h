/* The handlers; the table of operations names each. Their words and shapes: data/api/openapi.json. */
#pragma once

#include "app/chain.h"
#include "web/api/api.h"

#define AK_API_HANDLER(name)                                                                       \
  bool ak_api_##name(const AkApiRequest *request, AkApiResponse *response, GError **error)

AK_API_HANDLER(root);
AK_API_HANDLER(openapi);
AK_API_HANDLER(log);
AK_API_HANDLER(products);
AK_API_HANDLER(versions);
AK_API_HANDLER(runs);
AK_API_HANDLER(run_get);
AK_API_HANDLER(verdicts);
AK_API_HANDLER(requirement);
AK_API_HANDLER(findings);
AK_API_HANDLER(observations);
AK_API_HANDLER(executions);
AK_API_HANDLER(threats);
AK_API_HANDLER(evidence_list);
AK_API_HANDLER(evidence);
AK_API_HANDLER(evidence_bytes);
AK_API_HANDLER(proof);
AK_API_HANDLER(proof_bundle);
AK_API_HANDLER(proof_statement);
AK_API_HANDLER(proof_checkpoint);
AK_API_HANDLER(reports);
AK_API_HANDLER(report);
AK_API_HANDLER(compare);
AK_API_HANDLER(side_by_side);
AK_API_HANDLER(catalogs);
AK_API_HANDLER(catalog);
AK_API_HANDLER(chains);
AK_API_HANDLER(chain);
AK_API_HANDLER(chain_analysis);
AK_API_HANDLER(chain_plan);
AK_API_HANDLER(chain_what_if);
AK_API_HANDLER(chain_diff);
AK_API_HANDLER(chain_files);
AK_API_HANDLER(chain_file);
AK_API_HANDLER(search);
AK_API_HANDLER(search_observations);
AK_API_HANDLER(progress);
AK_API_HANDLER(events);

/* A version of a kept chain (0: the newest), now. NULL with the problem set, or `error`. */
AkAppChain *ak_api_chain_open(const AkApiRequest *request, AkApiResponse *response, const char *name, guint32 number,
                              GError **error);
