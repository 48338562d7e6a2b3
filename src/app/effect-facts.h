/* What a result says beside its figures: products and their configurations, use of the processor
 * and memory, where it stands in the log, the checklist, the command that repeats a case. */
#pragma once

#include "app/effect-state.h"

/* The command that repeats a case alone, for a shell, whatever the id holds. Caller frees. */
char *ak_effect_facts_command(const char *run_id, const char *product, const char *id);

/* What people added, in its order: [{"kind", "by", "text", "on", "cases", "late"}]. The caller's. */
json_t *ak_effect_facts_notes(const AkEffectState *state);

/* Adds "products"' members, "log", "notes", "control_run", "valid_until" and "compliance". The log is read; on error the result may have some of them. */
bool ak_effect_facts_add(json_t *result, const AkEffectState *state, AkLog *log,
                         const AkRange *range, GError **error);
