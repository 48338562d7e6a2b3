#include "exchange/yaml.h"

#include <libfyaml.h>
#include <string.h>

#include "exchange/yaml-arena.h"
#include "exchange/yaml-feed.h"
#include "exchange/yaml-names.h"

const AkYamlLimits ak_yaml_default_limits = {
    .size_bytes = 4 * 1024 * 1024, .text_bytes = 64 * 1024, .nodes = 100000, .depth = 32};

/* Bytes that one character of a text may take in the file: "\\u0041" in quotes, with some room. */
enum { CHARACTER_BYTES = 8 };

typedef struct {
  const char *where;
  const AkYamlLimits *limits;
  const AkYamlItems *items; /* or NULL */
  struct fy_parser *parser;
  struct fy_diag *diag;
  AkYamlFeed feed;
  AkYamlArena root, item;  /* of what stays, and of the item that is handed over next */
  AkYamlArena *arena;      /* one of these */
  GPtrArray *nodes_so_far; /* children of maps and lists whose end was not read yet */
  GPtrArray *keys_so_far;
  AkYamlNames names;   /* in `root` */
  guint nodes, held;   /* all, and those that stand in the arenas */
  struct fy_mark last; /* where the parser was last: the place of empty values, which have none */
} Parsing;

/* The root of what was read. */
typedef struct {
  AkYaml node;
  AkYamlArena arena;
} Root;

void ak_yaml_free(AkYaml *self) {
  if (self == NULL)
    return;
  if (self->is_read) {
    ak_yaml_arena_clear(&((Root *)self)->arena);
  } else {
    g_free(self->text);
    g_clear_pointer(&self->keys, g_ptr_array_unref);
    g_clear_pointer(&self->items, g_ptr_array_unref);
  }
  g_free(self);
}

const AkYaml *ak_yaml_member(const AkYaml *self, const char *key) {
  for (guint i = 0; self != NULL && self->type == AK_YAML_MAP && i < self->keys->len; i++)
    if (strcmp(self->keys->pdata[i], key) == 0)
      return self->items->pdata[i];
  return NULL;
}

static bool refuse(const Parsing *self, AkErrorCode code, const struct fy_mark *mark,
                   const char *reason, GError **error) {
  return ak_error_set(error, code, "%s:%d:%d: %s", self->where, mark ? mark->line + 1 : 1,
                      mark ? mark->column + 1 : 1, reason);
}

/* The parser's own first error, with its place. */
static bool refuse_syntax(const Parsing *self, GError **error) {
  void *place = NULL;
  struct fy_diag_error *first = fy_diag_errors_iterate(self->diag, &place);
  if (first == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:1:1: this is no YAML document",
                        self->where);
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:%d:%d: %s", self->where,
                      MAX(1, first->line - (int)self->feed.lead), first->column, first->msg);
}

static struct fy_token *token_of(struct fy_event *event) {
  switch (event->type) {
  case FYET_SCALAR:
    return event->scalar.value;
  case FYET_MAPPING_START:
    return event->mapping_start.mapping_start;
  case FYET_SEQUENCE_START:
    return event->sequence_start.sequence_start;
  case FYET_ALIAS:
    return event->alias.anchor;
  default:
    return NULL;
  }
}

static bool is_quoted(const struct fy_event *event) {
  enum fy_scalar_style style = event->type == FYET_SCALAR && event->scalar.value != NULL
                                   ? fy_token_scalar_style(event->scalar.value)
                                   : FYSS_ANY;
  return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

/* Places the node; whether it may be there. */
static bool begin_node(Parsing *self, AkYaml *node, struct fy_event *event, guint depth,
                       GError **error) {
  const struct fy_mark *start =
      token_of(event) != NULL ? fy_token_start_mark(token_of(event)) : NULL;
  if (start != NULL) {
    self->last = *start;
    self->last.line = MAX(0, self->last.line - (int)self->feed.lead);
  }
  if (start != NULL && is_quoted(event))
    self->last.column--; /* the library's mark stands behind the quote */
  const struct fy_mark *mark = &self->last;
  const AkYamlLimits *limits = self->limits;
  if (event->type == FYET_ALIAS || fy_event_get_anchor_token(event) != NULL)
    return refuse(self, AK_ERROR_NOT_SUPPORTED, mark,
                  "anchors and aliases are not supported; write the value out", error);
  if (fy_event_get_tag_token(event) != NULL)
    return refuse(self, AK_ERROR_NOT_SUPPORTED, mark, "tags are not supported; leave it out",
                  error);
  if (depth > limits->depth)
    return refuse(self, AK_ERROR_LIMIT, mark, "too many levels", error);
  self->held++;
  if (++self->nodes > limits->nodes ||
      (limits->held_nodes > 0 && self->held > limits->held_nodes)) {
    g_autofree char *reason = g_strconcat("too many values", limits->remedy, NULL);
    return refuse(self, AK_ERROR_LIMIT, mark, reason, error);
  }
  node->line = (guint)mark->line + 1;
  node->column = (guint)mark->column + 1;
  return true;
}

/* Line ends and tabs are text; other control characters only harm those who read it. */
static bool is_readable(const char *text, gsize length) {
  const guchar *end = (const guchar *)text + length;
  for (const guchar *at = (const guchar *)text; at < end; at++)
    if ((*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f)
      return false;
  return true;
}

static bool fill_scalar(Parsing *self, AkYaml *node, struct fy_event *event, bool is_name,
                        GError **error) {
  gsize length = 0;
  const char *text =
      event->scalar.value != NULL ? fy_token_get_text(event->scalar.value, &length) : "";
  struct fy_mark mark = {.line = (int)node->line - 1, .column = (int)node->column - 1};
  if (text == NULL || memchr(text, '\0', length) != NULL ||
      !g_utf8_validate(text, (gssize)length, NULL))
    return refuse(self, AK_ERROR_INVALID_DATA, &mark, "text is not valid UTF-8", error);
  if (length > self->limits->text_bytes)
    return refuse(self, AK_ERROR_LIMIT, &mark, "this text is too long; put it into a file", error);
  if (!self->limits->control_characters && !is_readable(text, length))
    return refuse(self, AK_ERROR_INVALID_DATA, &mark,
                  "a control character stands in this text; leave it out", error);
  node->type = AK_YAML_SCALAR;
  node->plain =
      event->scalar.value == NULL || fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
  node->text = is_name ? ak_yaml_names_take(&self->names, text, length, self->arena)
                       : ak_yaml_arena_text(self->arena, text, length);
  return true;
}

/* For the library the text ends too early: values before that are told as they are, but its own
 * errors and its end mean nothing. */
static bool refuse_over(const Parsing *self, GError **error) {
  return refuse(self, AK_ERROR_LIMIT, &self->last,
                "more stands here than is read at once; begin new lines behind brackets, and put "
                "long texts and comments into files",
                error);
}

static struct fy_event *next_event(Parsing *self, GError **error) {
  struct fy_event *event = fy_parser_parse(self->parser);
  bool is_wrong = event == NULL || fy_parser_get_stream_error(self->parser);
  bool is_end =
      event != NULL && (event->type == FYET_DOCUMENT_END || event->type == FYET_STREAM_END);
  self->feed.ahead = self->feed.weight = 0;
  if (!is_wrong && !(is_end && self->feed.is_over))
    return event;
  fy_parser_event_free(self->parser, event);
  if (self->feed.is_over)
    refuse_over(self, error);
  else
    refuse_syntax(self, error);
  return NULL;
}

static bool build(Parsing *self, AkYaml *node, struct fy_event *event, guint depth, GError **error);

static bool refuse_doubles(Parsing *self, const AkYaml *map, GError **error) {
  const AkYaml *double_one = ak_yaml_names_double(map);
  if (double_one == NULL)
    return true;
  struct fy_mark mark = {.line = (int)double_one->key_line - 1,
                         .column = (int)double_one->key_column - 1};
  return refuse(self, AK_ERROR_INVALID_DATA, &mark, "this member is there twice", error);
}

static bool check_key(Parsing *self, const AkYaml *key, GError **error) {
  struct fy_mark mark = {.line = (int)key->line - 1, .column = (int)key->column - 1};
  if (key->type != AK_YAML_SCALAR)
    return refuse(self, AK_ERROR_INVALID_DATA, &mark, "a member's name must be text", error);
  if (key->plain && strcmp(key->text, "<<") == 0)
    return refuse(self, AK_ERROR_NOT_SUPPORTED, &mark,
                  "merge keys are not supported; write the members out", error);
  return true;
}

/* An array to be read only, as long as the arena lives. */
static GPtrArray *array_of(AkYamlArena *arena, GPtrArray *so_far, guint from) {
  GPtrArray *array = ak_yaml_arena_new(arena, sizeof *array);
  array->len = so_far->len - from;
  array->pdata =
      array->len > 0 ? ak_yaml_arena_new(arena, array->len * sizeof *array->pdata) : NULL;
  if (array->len > 0)
    memcpy(array->pdata, so_far->pdata + from, array->len * sizeof *array->pdata);
  g_ptr_array_set_size(so_far, (gint)from);
  return array;
}

/* The next child's event, freed by the caller; NULL at the end of the map or list, or with an
 * error. */
static struct fy_event *next_child(Parsing *self, enum fy_event_type end, bool *is_end,
                                   GError **error) {
  struct fy_event *event = next_event(self, error);
  *is_end = event != NULL && event->type == end;
  if (*is_end)
    fy_parser_event_free(self->parser, g_steal_pointer(&event));
  return event;
}

/* Hands the items of a list over, each in memory that serves the next one too. */
static bool hand_over(Parsing *self, const char *name, GError **error) {
  guint held = self->held;
  bool ok = true, is_end = false;
  self->arena = &self->item;
  while (ok && !is_end) {
    AkYaml item = {.type = AK_YAML_SCALAR};
    struct fy_event *event = next_child(self, FYET_SEQUENCE_END, &is_end, error);
    ok = is_end || (event != NULL && build(self, &item, event, 3, error));
    fy_parser_event_free(self->parser, event);
    if (ok && !is_end)
      ok = self->items->take(name, &item, self->held - held, self->items->data, error);
    ak_yaml_arena_empty(&self->item);
    self->held = held;
  }
  self->arena = &self->root;
  return ok;
}

static bool is_handed_over(const Parsing *self, const char *name, const struct fy_event *event,
                           guint depth) {
  return depth == 1 && self->items != NULL && event->type == FYET_SEQUENCE_START &&
         g_strv_contains(self->items->lists, name);
}

static bool build_list(Parsing *self, AkYaml *node, guint depth, GError **error) {
  guint from = self->nodes_so_far->len;
  bool is_end = false;
  for (;;) {
    struct fy_event *event = next_child(self, FYET_SEQUENCE_END, &is_end, error);
    if (event == NULL)
      break;
    AkYaml *child = ak_yaml_arena_new(self->arena, sizeof *child);
    bool ok = build(self, child, event, depth + 1, error);
    fy_parser_event_free(self->parser, event);
    if (!ok)
      return false;
    g_ptr_array_add(self->nodes_so_far, child);
  }
  node->items = array_of(self->arena, self->nodes_so_far, from);
  return is_end;
}

/* The member's value, behind its name. */
static bool build_member(Parsing *self, const AkYaml *key, AkYaml *child, guint depth,
                         GError **error) {
  struct fy_event *event = next_event(self, error);
  if (event == NULL)
    return false;
  bool is_list = is_handed_over(self, key->text, event, depth);
  bool ok = is_list ? begin_node(self, child, event, depth + 1, error)
                    : build(self, child, event, depth + 1, error);
  fy_parser_event_free(self->parser, event);
  if (ok && is_list) {
    child->type = AK_YAML_LIST;
    child->items = array_of(self->arena, self->nodes_so_far, self->nodes_so_far->len);
    ok = hand_over(self, key->text, error);
  }
  child->key_line = key->line;
  child->key_column = key->column;
  return ok;
}

static bool build_map(Parsing *self, AkYaml *node, guint depth, GError **error) {
  guint from = self->nodes_so_far->len, keys_from = self->keys_so_far->len;
  bool is_end = false;
  for (;;) {
    struct fy_event *event = next_child(self, FYET_MAPPING_END, &is_end, error);
    if (event == NULL)
      break;
    AkYaml key = {.type = AK_YAML_LIST};
    bool is_text = event->type == FYET_SCALAR;
    bool ok = is_text ? begin_node(self, &key, event, depth + 1, error) &&
                            fill_scalar(self, &key, event, true, error)
                      : build(self, &key, event, depth + 1, error);
    fy_parser_event_free(self->parser, event);
    if (!ok || !check_key(self, &key, error))
      return false;
    AkYaml *child = ak_yaml_arena_new(self->arena, sizeof *child);
    if (!build_member(self, &key, child, depth, error))
      return false;
    g_ptr_array_add(self->keys_so_far, key.text);
    g_ptr_array_add(self->nodes_so_far, child);
  }
  node->items = array_of(self->arena, self->nodes_so_far, from);
  node->keys = array_of(self->arena, self->keys_so_far, keys_from);
  return is_end && refuse_doubles(self, node, error);
}

static bool build(Parsing *self, AkYaml *node, struct fy_event *event, guint depth,
                  GError **error) {
  if (!begin_node(self, node, event, depth, error))
    return false;
  if (event->type == FYET_SCALAR)
    return fill_scalar(self, node, event, false, error);
  if (event->type != FYET_MAPPING_START && event->type != FYET_SEQUENCE_START)
    return refuse(self, AK_ERROR_INVALID_DATA, NULL, "this is no YAML document", error);
  bool is_map = event->type == FYET_MAPPING_START;
  node->type = is_map ? AK_YAML_MAP : AK_YAML_LIST;
  return is_map ? build_map(self, node, depth, error) : build_list(self, node, depth, error);
}

/* Skips the events around the document, to its end. */
static bool parse_document(Parsing *self, AkYaml *root, GError **error) {
  bool is_there = false;
  for (enum fy_event_type type = FYET_NONE; type != FYET_STREAM_END;) {
    struct fy_event *event = next_event(self, error);
    if (event == NULL)
      return false;
    type = event->type;
    bool is_content = type >= FYET_MAPPING_START, ok = true;
    if (is_content && is_there)
      ok = refuse(self, AK_ERROR_INVALID_DATA, fy_event_start_mark(event),
                  "only one document may stand in the file", error);
    else if (is_content)
      ok = is_there = build(self, root, event, 1, error);
    fy_parser_event_free(self->parser, event);
    if (!ok)
      return false;
  }
  return is_there || refuse(self, AK_ERROR_INVALID_DATA, NULL, "the file is empty", error);
}

/* --- the library's side
 * -------------------------------------------------------------------------------------------- */

static bool set_up(Parsing *self) {
  struct fy_diag_cfg diag_settings;
  fy_diag_cfg_default(&diag_settings);
  diag_settings.fp = NULL;
  self->diag = fy_diag_create(&diag_settings);
  fy_diag_set_collect_errors(self->diag, true);
  struct fy_parse_cfg settings = {
      .search_path = "", .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = self->diag};
  self->parser = fy_parser_create(&settings);
  return self->parser != NULL &&
         fy_parser_set_input_callback(self->parser, &self->feed, ak_yaml_feed) == 0;
}

static Root *parse_root(Parsing *self, GError **error) {
  AkYaml node = {.type = AK_YAML_SCALAR};
  bool ok = set_up(self) ? parse_document(self, &node, error)
                         : ak_error_set(error, AK_ERROR_INTERNAL,
                                        "%s: the YAML parser cannot be set up", self->where);
  fy_parser_destroy(self->parser);
  fy_diag_destroy(self->diag);
  ak_yaml_arena_clear(&self->item);
  if (!ok) {
    ak_yaml_arena_clear(&self->root);
    return NULL;
  }
  Root *root = g_new(Root, 1);
  *root = (Root){node, self->root};
  root->node.is_read = true;
  return root;
}

/* The place of the byte at `end`, all bytes before it being valid UTF-8. */
static bool refuse_bytes(const char *data, const char *end, const char *where, GError **error) {
  guint line = 1;
  const char *start = data;
  for (const char *at = data; at < end; at++)
    if (*at == '\n') {
      line++;
      start = at + 1;
    }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:%u:%ld: the file is not UTF-8 text", where,
                      line, g_utf8_strlen(start, end - start) + 1);
}

AkYaml *ak_yaml_parse_items(const char *data, gsize size, const char *where,
                            const AkYamlLimits *limits, const AkYamlItems *items, GError **error) {
  if (size > limits->size_bytes) {
    ak_error_set(error, AK_ERROR_LIMIT,
                 "%s:1:1: %" G_GSIZE_FORMAT " bytes, at most %" G_GSIZE_FORMAT " are read", where,
                 size, limits->size_bytes);
    return NULL;
  }
  data = data != NULL ? data : "";
  const char *valid_end = data;
  if (!g_utf8_validate(data, (gssize)size, &valid_end)) { /* refuses NUL too */
    refuse_bytes(data, valid_end, where, error);
    return NULL;
  }
  g_autoptr(GPtrArray) nodes = g_ptr_array_new(), keys = g_ptr_array_new();
  Parsing parsing = {
      .where = where, .limits = limits, .items = items, .nodes_so_far = nodes, .keys_so_far = keys};
  ak_yaml_feed_begin(&parsing.feed, data, size, CHARACTER_BYTES * limits->text_bytes);
  parsing.arena = parsing.names.arena = &parsing.root;
  Root *root = parse_root(&parsing, error);
  return root != NULL ? &root->node : NULL;
}

AkYaml *ak_yaml_parse(const char *data, gsize size, const char *where, const AkYamlLimits *limits,
                      GError **error) {
  return ak_yaml_parse_items(data, size, where, limits, NULL, error);
}
