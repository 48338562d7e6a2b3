#include "exchange/yaml.h"

#include <libfyaml.h>
#include <string.h>

const AkYamlLimits ak_yaml_default_limits = {
    .size_bytes = 4 * 1024 * 1024, .text_bytes = 64 * 1024, .nodes = 100000, .depth = 32};

typedef struct {
  const char *where;
  const AkYamlLimits *limits;
  struct fy_parser *parser;
  struct fy_diag *diag;
  guint nodes;
  struct fy_mark last; /* where the parser was last: the place of empty values, which have none */
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

static bool is_quoted(const struct fy_event *event) {
  enum fy_scalar_style style = event->type == FYET_SCALAR && event->scalar.value != NULL
                                   ? fy_token_scalar_style(event->scalar.value)
                                   : FYSS_ANY;
  return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static AkYaml *node_new(Parsing *self, struct fy_event *event, guint depth, GError **error) {
  const struct fy_mark *start =
      token_of(event) != NULL ? fy_token_start_mark(token_of(event)) : NULL;
  if (start != NULL)
    self->last = *start;
  if (start != NULL && is_quoted(event))
    self->last.column--; /* the library's mark stands behind the quote */
  const struct fy_mark *mark = &self->last;
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
  node->line = (guint)mark->line + 1;
  node->column = (guint)mark->column + 1;
  return node;
}

/* Line ends and tabs are text; other control characters only harm those who read it. */
static bool is_readable(const char *text) {
  for (const guchar *at = (const guchar *)text; *at != '\0'; at++)
    if ((*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f)
      return false;
  return true;
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
  if (length > self->limits->text_bytes)
    return refuse(self, AK_ERROR_LIMIT, &mark, "this text is too long; put it into a file", error);
  node->text = g_strndup(text, length);
  if (!self->limits->control_characters && !is_readable(node->text))
    return refuse(self, AK_ERROR_INVALID_DATA, &mark,
                  "a control character stands in this text; leave it out", error);
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

static int compare_keys(gconstpointer a, gconstpointer b, gpointer keys) {
  const GPtrArray *names = keys;
  guint first = *(const guint *)a, second = *(const guint *)b;
  int order = strcmp(names->pdata[first], names->pdata[second]);
  return order != 0 ? order : (first > second) - (first < second);
}

/* Sorting, since names are chosen by whoever wrote the file: neither pairs nor a hash table would
 * stay quick. */
static bool refuse_doubles(Parsing *self, const AkYaml *map, GError **error) {
  g_autofree guint *order = g_new(guint, map->keys->len + 1);
  for (guint i = 0; i < map->keys->len; i++)
    order[i] = i;
  g_qsort_with_data(order, (gint)map->keys->len, sizeof *order, compare_keys, map->keys);
  const AkYaml *double_one = NULL;
  for (guint i = 1; i < map->keys->len; i++) {
    const AkYaml *item = map->items->pdata[order[i]];
    bool is_double =
        strcmp(map->keys->pdata[order[i - 1]], map->keys->pdata[order[i]]) == 0;
    if (is_double && (double_one == NULL || item->key_line < double_one->key_line))
      double_one = item;
  }
  if (double_one == NULL)
    return true;
  struct fy_mark mark = {.line = (int)double_one->key_line - 1,
                         .column = (int)double_one->key_column - 1};
  return refuse(self, AK_ERROR_INVALID_DATA, &mark, "this member is there twice", error);
}

static bool take_key(Parsing *self, AkYaml *map, AkYaml *key, GError **error) {
  struct fy_mark mark = {.line = (int)key->line - 1, .column = (int)key->column - 1};
  if (key->type != AK_YAML_SCALAR)
    return refuse(self, AK_ERROR_INVALID_DATA, &mark, "a member's name must be text", error);
  if (key->plain && strcmp(key->text, "<<") == 0)
    return refuse(self, AK_ERROR_NOT_SUPPORTED, &mark,
                  "merge keys are not supported; write the members out", error);
  g_ptr_array_add(map->keys, g_steal_pointer(&key->text));
  return true;
}

/* Builds the children up to the end event; a map's come in pairs. */
static bool fill_children(Parsing *self, AkYaml *node, enum fy_event_type end, guint depth,
                          GError **error) {
  g_autoptr(AkYaml) key = NULL;
  for (;;) {
    struct fy_event *event = next_event(self, error);
    if (event == NULL)
      return false;
    enum fy_event_type type = event->type;
    g_autoptr(AkYaml) child = type != end ? build(self, event, depth + 1, error) : NULL;
    fy_parser_event_free(self->parser, event);
    if (type == end)
      return node->type != AK_YAML_MAP || refuse_doubles(self, node, error);
    if (child == NULL)
      return false;
    if (node->type == AK_YAML_MAP && key == NULL) {
      if (!take_key(self, node, child, error))
        return false;
      key = g_steal_pointer(&child);
      continue;
    }
    child->key_line = key != NULL ? key->line : 0;
    child->key_column = key != NULL ? key->column : 0;
    g_clear_pointer(&key, ak_yaml_free);
    g_ptr_array_add(node->items, g_steal_pointer(&child));
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
    if (second)
      refuse(self, AK_ERROR_INVALID_DATA, fy_event_start_mark(event),
             "only one document may stand in the file", error);
    fy_parser_event_free(self->parser, event);
    if (second)
      return NULL;
    if (is_content && root == NULL)
      return NULL;
    if (type == FYET_STREAM_END)
      break;
  }
  if (root == NULL)
    refuse(self, AK_ERROR_INVALID_DATA, NULL, "the file is empty", error);
  return g_steal_pointer(&root);
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

AkYaml *ak_yaml_parse(const char *data, gsize size, const char *where,
                      const AkYamlLimits *limits, GError **error) {
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
