#include "app/chain-layer.h"

#include <fcntl.h>
#include <string.h>

#include "catalog/data.h"
#include "util/io.h"
#include "util/json-place.h"

#define BYTES_MAX (64u << 20)

/* Lists of the user's file, and where in it they stand. */
static const char *const row_lists[] = {"/functions", "/incidents",    "/requirements", "/tests",
                                        "/risk_sources", "/empty", "/rules/rows",  NULL};
static const char *const members[] = {"knowledge", "version",      "title",  "origin", "layers", "functions", "incidents",
                                      "requirements", "risk_sources", "tests", "empty",  "remove", "rules",     NULL};
static const char *const rule_members[] = {"declarations", "rows", "measures", "gives_control", "remove", NULL};

void ak_app_chain_knowledge_free(AkAppChainKnowledge *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->book, ak_chain_rule_book_free);
  g_clear_pointer(&self->knowledge, ak_chain_knowledge_free);
  g_clear_pointer(&self->text, g_bytes_unref);
  json_decref(self->own);
  json_decref(self->own_rules);
  json_decref(self->user);
  g_free(self->path);
  g_free(self);
}

/* --- places ------------------------------------------------------------------------------------------------------ */

static const json_t *at_pointer(const json_t *document, const char *pointer) {
  g_auto(GStrv) names = g_strsplit(pointer + 1, "/", -1);
  for (guint i = 0; names[i] != NULL; i++)
    document = json_object_get(document, names[i]);
  return document;
}

/* The JSON pointer of a row of the user's file; NULL: it is not there. The caller's. */
static char *pointer_of(const AkAppChainKnowledge *self, const json_t *row) {
  for (gsize l = 0; row != NULL && row_lists[l] != NULL; l++) {
    const json_t *rows = at_pointer(self->user, row_lists[l]);
    for (gsize i = 0; i < json_array_size(rows); i++)
      if (json_array_get(rows, i) == row)
        return g_strdup_printf("%s/%" G_GSIZE_FORMAT, row_lists[l], i);
  }
  return NULL;
}

static void place_of(const AkAppChainKnowledge *self, const char *pointer, guint *line, guint *column) {
  gsize size = 0;
  const char *text = g_bytes_get_data(self->text, &size);
  ak_json_place(text, size, pointer, line, column);
}

/* The place, in the file, of what the message is about: a row, else an id to be removed that it names, else a row without an id. */
static char *pointer_of_fault(const AkAppChainKnowledge *self, const json_t *row, const char *message) {
  char *pointer = pointer_of(self, row);
  const json_t *removed = json_object_get(self->user, "remove");
  for (gsize i = 0; pointer == NULL && i < json_array_size(removed); i++) {
    const char *id = json_string_value(json_array_get(removed, i));
    if (id != NULL && strstr(message, id) != NULL)
      pointer = g_strdup_printf("/remove/%" G_GSIZE_FORMAT, i);
  }
  for (gsize l = 0; pointer == NULL && row_lists[l] != NULL; l++) {
    const json_t *rows = at_pointer(self->user, row_lists[l]);
    for (gsize i = 0; pointer == NULL && i < json_array_size(rows); i++)
      if (json_object_get(json_array_get(rows, i), "id") == NULL && strcmp(row_lists[l], "/empty") != 0)
        pointer = g_strdup_printf("%s/%" G_GSIZE_FORMAT, row_lists[l], i);
  }
  return pointer;
}

/* "PATH: ID: …" → "PATH:LINE:COLUMN: ID: …". `inner`: the column within the row's rule, or 0. */
static void add_place(const AkAppChainKnowledge *self, const json_t *row, guint inner, GError **error) {
  if (error == NULL || *error == NULL || self->user == NULL || !g_str_has_prefix((*error)->message, self->path))
    return;
  const char *rest = (*error)->message + strlen(self->path);
  g_autofree char *pointer = pointer_of_fault(self, row, rest);
  g_autofree char *rule = pointer != NULL && inner > 0 ? g_strconcat(pointer, "/rule", NULL) : NULL;
  guint line = 0, column = 0;
  if (pointer == NULL)
    return;
  place_of(self, rule != NULL ? rule : pointer, &line, &column);
  GError *placed = g_error_new((*error)->domain, (*error)->code, "%s:%u:%u%s", self->path, line, column + inner, rest);
  g_clear_error(error);
  *error = placed;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static json_t *own_document(const char *id, GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("knowledge", id, NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return text != NULL ? ak_json_parse(text, size, id, error) : NULL;
}

static bool read_user(AkAppChainKnowledge *self, const char *path, GError **error) {
  gsize size = 0;
  self->path = g_strdup(path);
  self->text = ak_io_read_file(AT_FDCWD, path, BYTES_MAX, error);
  const char *text = self->text != NULL ? g_bytes_get_data(self->text, &size) : NULL;
  self->user = self->text != NULL ? ak_json_parse(text != NULL ? text : "", size, path, error) : NULL;
  return self->user != NULL;
}

/* With what faults are of the user's file told by their place. */
static bool read_all(AkAppChainKnowledge *self, GError **error) {
  const char *where = self->path != NULL ? self->path : "cpsf", *rules_where = self->path != NULL ? self->path : "cpsf-rules";
  const json_t *row = NULL;
  AkChainRuleFault fault = {0};
  g_autoptr(json_t) both = self->user != NULL ? ak_chain_knowledge_lay(self->own, self->user, where, error) : json_incref(self->own);
  self->knowledge = both != NULL ? ak_chain_knowledge_read(both, where, &row, error) : NULL;
  if (self->knowledge == NULL) {
    add_place(self, row, 0, error);
    return false;
  }
  g_autoptr(json_t) rules = ak_chain_knowledge_lay_rules(self->own_rules, self->user, where, error);
  self->book = rules != NULL ? ak_chain_rule_book_read(rules, rules_where, &fault, error) : NULL;
  if (self->book == NULL)
    add_place(self, fault.row, fault.column, error);
  return self->book != NULL;
}

AkAppChainKnowledge *ak_app_chain_knowledge_open(const char *path, GError **error) {
  g_autoptr(AkAppChainKnowledge) self = g_new0(AkAppChainKnowledge, 1);
  GError *failure = NULL;
  self->own = own_document("cpsf", error);
  self->own_rules = self->own != NULL ? own_document("cpsf-rules", error) : NULL;
  if (self->own_rules == NULL || (path != NULL && !read_user(self, path, error)))
    return NULL;
  if (read_all(self, &failure))
    return g_steal_pointer(&self);
  g_propagate_error(error, failure);
  return NULL;
}

/* --- the lint ------------------------------------------------------------------------------------------------------ */

typedef struct {
  const AkAppChainKnowledge *all;
  json_t *rows;
} Linting;

static void say(Linting *self, const char *pointer, const char *subject, const char *id, const char *hint) {
  guint line = 0, column = 0;
  json_t *row = json_pack("{s:s, s:s, s:s}", "id", subject, "problem", id, "hint", hint);
  if (pointer != NULL) {
    place_of(self->all, pointer, &line, &column);
    json_object_update_new(row, json_pack("{s:s, s:i, s:i}", "file", self->all->path, "line", (int)line, "column", (int)column));
  }
  json_array_append_new(self->rows, row);
}

static bool has_id(const json_t *document, const char *const *lists, const char *id) {
  for (gsize l = 0; lists[l] != NULL; l++) {
    const json_t *rows = json_object_get(document, lists[l]);
    for (gsize i = 0; i < json_array_size(rows); i++)
      if (strcmp(ak_json_string_or(json_array_get(rows, i), "id", ""), id) == 0)
        return true;
  }
  return false;
}

static void lint_removed(Linting *self, const json_t *user, const char *pointer, const json_t *own, const char *const *lists) {
  const json_t *removed = json_object_get(user, "remove");
  for (gsize i = 0; i < json_array_size(removed); i++) {
    const char *id = json_string_value(json_array_get(removed, i));
    g_autofree char *place = g_strdup_printf("%s/remove/%" G_GSIZE_FORMAT, pointer, i);
    if (id == NULL || !has_id(own, lists, id))
      say(self, place, id != NULL ? id : "?", "removes-nothing", "");
  }
}

static void lint_members(Linting *self, json_t *object, const char *pointer, const char *const *known) {
  const char *name = NULL;
  json_t *value = NULL;
  json_object_foreach(object, name, value) {
    g_autofree char *place = g_strdup_printf("%s/%s", pointer, name);
    if (!g_strv_contains(known, name))
      say(self, place, name, "unknown-member", "");
  }
}

static void lint_file(Linting *self) {
  static const char *const lists[] = {"functions", "incidents", "requirements", "tests", "risk_sources", NULL};
  static const char *const rule_lists[] = {"rows", NULL};
  json_t *rules = json_object_get(self->all->user, "rules");
  lint_members(self, self->all->user, "", members);
  lint_members(self, rules, "/rules", rule_members);
  lint_removed(self, self->all->user, "", self->all->own, lists);
  lint_removed(self, rules, "/rules", self->all->own_rules, rule_lists);
}

json_t *ak_app_chain_knowledge_lint(const AkAppChainKnowledge *self) {
  Linting linting = {self, json_array()};
  g_autoptr(GPtrArray) problems = ak_chain_knowledge_lint(self->knowledge);
  ak_chain_rule_book_lint(self->book, self->knowledge, problems);
  if (self->user != NULL)
    lint_file(&linting);
  for (guint i = 0; i < problems->len; i++) {
    const AkChainLintProblem *problem = problems->pdata[i];
    g_autofree char *row = pointer_of(self, problem->row);
    g_autofree char *place = row != NULL && problem->member != NULL ? g_strdup_printf("%s/%s", row, problem->member) : g_strdup(row);
    say(&linting, place, problem->subject, problem->id, problem->hint);
  }
  return linting.rows;
}
