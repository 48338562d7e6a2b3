/* Values that are pasted into statements of SQL. The statements stand in data/effect/target.json.
 */
#include <string.h>

#include "effect/target/weakness.h"
#include "util/json.h"

/* The value where "%s" stands in the statement; what the request names beside it for "%1". */
static char *paste(const AkTargetCall *call, const char *statement) {
  g_auto(GStrv) parts = g_strsplit(statement, "%s", -1);
  return g_strjoinv(call->value->str, parts);
}

static void ask_both(AkTargetCall *call, AkTargetAsked *pasted, AkTargetAsked *bound) {
  const json_t *row = json_object_get(json_object_get(call->data, "statements"), call->statement);
  g_autofree char *text = paste(call, ak_json_string_or(row, "pasted", ""));
  const char *const values[] = {call->value->str, NULL};
  ak_target_database_ask(call->database, text, NULL, pasted);
  ak_target_database_ask(call->database, ak_json_string_or(row, "bound", ""), values, bound);
  g_string_append(call->page, bound->rows->str);
}

bool ak_weakness_sql(AkTargetCall *call) {
  g_auto(AkTargetAsked) pasted = {0}, bound = {0};
  ask_both(call, &pasted, &bound);
  return pasted.ran &&
         (pasted.statements != bound.statements || strcmp(pasted.rows->str, bound.rows->str) != 0 ||
          strcmp(pasted.actions->str, bound.actions->str) != 0);
}

/* An order of rows cannot be bound: what a column's name may do is read these columns, once. */
static bool reads_columns_alone(const AkTargetAsked *pasted, const json_t *allowed) {
  g_auto(GStrv) actions = g_strsplit(pasted->actions->str, "\n", -1);
  for (guint i = 0; actions[i] != NULL && *actions[i] != '\0'; i++) {
    bool is_allowed = false;
    for (gsize a = 0; a < json_array_size(allowed); a++)
      is_allowed |= strcmp(json_string_value(json_array_get(allowed, a)), actions[i]) == 0;
    if (!is_allowed)
      return false;
  }
  return true;
}

static guint count_lines(const GString *text, const char *line) {
  guint count = 0;
  for (const char *at = text->str; (at = strstr(at, line)) != NULL; at++)
    count++;
  return count;
}

bool ak_weakness_sql_order(AkTargetCall *call) {
  g_auto(AkTargetAsked) pasted = {0}, bound = {0};
  ask_both(call, &pasted, &bound);
  const json_t *row = json_object_get(json_object_get(call->data, "statements"), call->statement);
  return pasted.ran &&
         (pasted.statements != 1 || pasted.row_count != bound.row_count ||
          !reads_columns_alone(&pasted, json_object_get(row, "actions")) ||
          count_lines(pasted.actions, "21 ") > 1); /* SQLITE_SELECT: more than the outer one */
}
