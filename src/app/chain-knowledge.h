/* What is known, for people: rows with where each of their fields comes from. */
#pragma once

#include "app/chain-layer.h"
#include "chain/model/numbers.h"

/* {"knowledge", "version", "sha256", "rules_sha256", "origin", "cells": [{"layer", "element", "risk_sources", "reason"?}], "incidents": [], "requirements": [],
 * "risk_sources": [], "rules": [{"id", "title"}]}, rows as in the knowledge's file; the caller's. */
json_t *ak_app_chain_knowledge_list(const AkAppChainKnowledge *self);

/* One row by its id: {"id", "kind": "requirement" | "risk_source" | "incident" | "rule", "fields": [{"field", "value", "confidence"?}]}.
 * A value is a text, {"en", "ja"}, or a list of such. The caller's; NULL with NOT_FOUND. */
json_t *ak_app_chain_knowledge_show(const AkAppChainKnowledge *self, const char *id, GError **error);
