#include "exchange/yaml.h"

#include <libfyaml.h>
#include <string.h>

const AkYamlLimits ak_yaml_default_limits = {
    .size_bytes = 8 * 1024 * 1024, .nodes = 200000, .depth = 32};

typedef struct {
  const char *where;
  const AkYamlLimits *limits;
  struct fy_parser *parser;
  struct fy_diag *diag;
  guint nodes;
} Parsing;

void ak_yaml_free(AkYaml *self) {
  if (self == NULL)
    return;
  g_free(self->text);
  g_clear_pointer(&self->keys, g_ptr_array_unref);
  g_clear_pointer(&self->items, g_ptr_array_unref);
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
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:%d:%d: %s", self->where, first->line,
                      first->column, first->msg);
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

static AkYaml *node_new(Parsing *self, struct fy_event *event, guint depth, GError **error) {
  const struct fy_mark *mark =
      token_of(event) != NULL ? fy_token_start_mark(token_of(event)) : NULL;
  if (event->type == FYET_ALIAS || fy_event_get_anchor_token(event) != NULL) {
    refuse(self, AK_ERROR_NOT_SUPPORTED, mark,
           "anchors and aliases are not supported; write the value out", error);
    return NULL;
  }
  if (fy_event_get_tag_token(event) != NULL) {
    refuse(self, AK_ERROR_NOT_SUPPORTED, mark, "tags are not supported; leave it out", error);
    return NULL;
  }
  if (++self->nodes > self->limits->nodes || depth > self->limits->depth) {
    refuse(self, AK_ERROR_LIMIT, mark,
           depth > self->limits->depth ? "too many levels" : "too many values", error);
    return NULL;
  }
  AkYaml *node = g_new0(AkYaml, 1);
  node->line = mark != NULL ? (guint)mark->line + 1 : 1;
  node->column = mark != NULL ? (guint)mark->column + 1 : 1;
  return node;
}

static bool fill_scalar(Parsing *self, AkYaml *node, struct fy_event *event, GError **error) {
  gsize length = 0;
  const char *text =
      event->scalar.value != NULL ? fy_token_get_text(event->scalar.value, &length) : "";
  struct fy_mark mark = {.line = (int)node->line - 1, .column = (int)node->column - 1};
  if (text == NULL || memchr(text, '\0', length) != NULL ||
      !g_utf8_validate(text, (gssize)length, NULL))
    return refuse(self, AK_ERROR_INVALID_DATA, &mark, "text is not valid UTF-8", error);
  node->type = AK_YAML_SCALAR;
  node->text = g_strndup(text, length);
  node->plain = event->scalar.value == NULL ||
                fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
  return true;
}

static struct fy_event *next_event(Parsing *self, GError **error) {
  struct fy_event *event = fy_parser_parse(self->parser);
  if (event == NULL || fy_parser_get_stream_error(self->parser)) {
    fy_parser_event_free(self->parser, event);
    refuse_syntax(self, error);
    return NULL;
  }
  return event;
}

static AkYaml *build(Parsing *self, struct fy_event *event, guint depth, GError **error);

/* Builds the children up to the end event; a map's come in pairs. */
static bool fill_children(Parsing *self, AkYaml *node, enum fy_event_type end, guint depth,
                          GError **error) {
  for (;;) {
    struct fy_event *event = next_event(self, error);
    if (event == NULL)
      return false;
    enum fy_event_type type = event->type;
    g_autoptr(AkYaml) child = type != end ? build(self, event, depth + 1, error) : NULL;
    fy_parser_event_free(self->parser, event);
    if (type == end)
      return true;
    if (child == NULL)
      return false;
    bool is_key = node->type == AK_YAML_MAP && node->keys->len == node->items->len;
    struct fy_mark mark = {.line = (int)child->line - 1, .column = (int)child->column - 1};
    if (!is_key) {
      g_ptr_array_add(node->items, g_steal_pointer(&child));
      continue;
    }
    if (child->type != AK_YAML_SCALAR)
      return refuse(self, AK_ERROR_INVALID_DATA, &mark, "a member's name must be text", error);
    if (ak_yaml_member(node, child->text) != NULL)
      return refuse(self, AK_ERROR_INVALID_DATA, &mark, "this member is there twice", error);
    g_ptr_array_add(node->keys, g_steal_pointer(&child->text));
  }
}

static AkYaml *build(Parsing *self, struct fy_event *event, guint depth, GError **error) {
  g_autoptr(AkYaml) node = node_new(self, event, depth, error);
  if (node == NULL)
    return NULL;
  if (event->type == FYET_SCALAR)
    return fill_scalar(self, node, event, error) ? g_steal_pointer(&node) : NULL;
  if (event->type != FYET_MAPPING_START && event->type != FYET_SEQUENCE_START) {
    refuse(self, AK_ERROR_INVALID_DATA, NULL, "this is no YAML document", error);
    return NULL;
  }
  bool is_map = event->type == FYET_MAPPING_START;
  node->type = is_map ? AK_YAML_MAP : AK_YAML_LIST;
  node->items = g_ptr_array_new_with_free_func((GDestroyNotify)ak_yaml_free);
  if (is_map)
    node->keys = g_ptr_array_new_with_free_func(g_free);
  return fill_children(self, node, is_map ? FYET_MAPPING_END : FYET_SEQUENCE_END, depth, error)
             ? g_steal_pointer(&node)
             : NULL;
}

/* Skips the events around the document; NULL at its end. */
static AkYaml *parse_document(Parsing *self, GError **error) {
  g_autoptr(AkYaml) root = NULL;
  for (;;) {
    struct fy_event *event = next_event(self, error);
    if (event == NULL)
      return NULL;
    enum fy_event_type type = event->type;
    bool is_content = type >= FYET_MAPPING_START;
    bool second = is_content && root != NULL;
    if (is_content && !second)
      root = build(self, event, 1, error);
    fy_parser_event_free(self->parser, event);
    if (second) {
      refuse(self, AK_ERROR_INVALID_DATA, NULL, "only one document may stand in the file", error);
      return NULL;
    }
    if (is_content && root == NULL)
      return NULL;
    if (type == FYET_STREAM_END)
      break;
  }
  if (root == NULL)
    refuse(self, AK_ERROR_INVALID_DATA, NULL, "the file is empty", error);
  return g_steal_pointer(&root);
}

AkYaml *ak_yaml_parse(const char *data, gsize size, const char *where,
                      const AkYamlLimits *limits, GError **error) {
  if (size > limits->size_bytes) {
    ak_error_set(error, AK_ERROR_LIMIT,
                 "%s: %" G_GSIZE_FORMAT " bytes, at most %" G_GSIZE_FORMAT " are read", where,
                 size, limits->size_bytes);
    return NULL;
  }
  if (memchr(data, '\0', size) != NULL || !g_utf8_validate(data, (gssize)size, NULL)) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:1:1: the file is not UTF-8 text", where);
    return NULL;
  }
  struct fy_diag_cfg diag_settings;
  fy_diag_cfg_default(&diag_settings);
  diag_settings.fp = NULL;
  struct fy_diag *diag = fy_diag_create(&diag_settings);
  fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg settings = {.search_path = "", .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG,
                                  .diag = diag};
  struct fy_parser *parser = fy_parser_create(&settings);
  Parsing parsing = {.where = where, .limits = limits, .parser = parser, .diag = diag};
  AkYaml *root = NULL;
  if (parser == NULL || fy_parser_set_string(parser, data, size) != 0)
    ak_error_set(error, AK_ERROR_INTERNAL, "%s: the YAML parser cannot be set up", where);
  else
    root = parse_document(&parsing, error);
  fy_parser_destroy(parser);
  fy_diag_destroy(diag);
  return root;
}
