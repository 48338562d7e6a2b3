/* A verdict rule: parsed from its JSON object (docs/formats/rules.md), with every mistake found
 * when the catalogue is read, not when a product is judged. */
#pragma once

#include <jansson.h>

#include "catalog/expression.h"

/* When `when` holds, the case fails (or the claim is refuted) and a client finds `finding`. */
typedef struct {
  char *text; /* of `when`, as written */
  AkExpression *when;
  char *finding;  /* "default-credential": texts finding.KEY.title … */
  char *severity; /* "critical", "high", "medium", "low" or "info" */
} AkRuleTrigger;

typedef enum {
  AK_NEED_DISCOVER, /* every port of `name` ("tcp" or "udp") of every declared address is decided */
  AK_NEED_STATE,    /* every unit is in state `name` */
  AK_NEED_IXIT,     /* the table `name` is complete */
  AK_NEED_ANSWER,   /* somebody answered the case, with reason and evidence */
  AK_NEED_COVERAGE, /* property `name` holds `items` on each of `subjects` */
} AkNeedKind;

typedef struct {
  AkNeedKind kind;
  char *name;
  GStrv items;            /* COVERAGE */
  AkExpression *subjects; /* COVERAGE */
} AkNeed;

typedef struct {
  AkExpression *applies; /* or NULL: always */
  GPtrArray *fail;       /* of AkRuleTrigger: an undecided one blocks pass */
  GPtrArray *refute;     /* of AkRuleTrigger: one that was never looked for blocks nothing */
  GPtrArray *needs;      /* of AkNeed */
  AkExpression *pass;
  guint expires_months, expires_days;
  char *text; /* the whole rule in one line, for explanations */
} AkRule;

AkRule *ak_rule_parse(const json_t *json, const char *where, GError **error);
void ak_rule_free(AkRule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRule, ak_rule_free)

/* An array of {when, finding, severity}: GPtrArray of AkRuleTrigger. NULL `json` is the empty one.
 */
GPtrArray *ak_rule_parse_triggers(const json_t *json, const char *where, GError **error);

/* Refuses members of `object` that are not in `allowed` (NULL-terminated). */
bool ak_rule_check_members(const json_t *object, const char *const *allowed, const char *where,
                           GError **error);

/* Calls `visit` for each node of each expression of the rule. */
bool ak_rule_foreach(const AkRule *self,
                     bool (*visit)(const AkExpression *node, gpointer data, GError **error),
                     gpointer data, GError **error);
