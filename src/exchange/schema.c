#include "exchange/schema.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/digest.h"


typedef struct {
  const char *folder; /* or NULL: files are not looked for */
  GPtrArray *problems;
  bool is_dry; /* the document is not wanted: json_true stands for all that would be allocated */
} Checking;

/* The value at `node` is wrong: text "problem.ID" with `hint`. */
static json_t *complain(Checking *self, const AkYaml *node, const char *name, const char *id,
                        const char *hint) {
  ak_problems_add(self->problems, node->line, node->column, name, node->text, id, hint);
  return NULL;
}

/* The member itself is. */
static void complain_key(Checking *self, const AkYaml *node, const char *name, const char *id,
                         const char *hint) {
  bool has_key = node->key_line != 0;
  ak_problems_add(self->problems, has_key ? node->key_line : node->line,
                  has_key ? node->key_column : node->column, name, NULL, id, hint);
}

static json_t *made_text(const Checking *self, const char *text) {
  return self->is_dry ? json_true() : json_string(text);
}

static json_t *made_list(const Checking *self) { return self->is_dry ? json_true() : json_array(); }
static json_t *made_object(const Checking *self) { return self->is_dry ? json_true() : json_object(); }

/* --- scalars ------------------------------------------------------------------------------------ */

/* Bits of a numeric address, 0 where it is none. An IPv4 address inside an IPv6 one would be a second
 * name of the same target, so it counts as none. */
static guint address_bits(const char *text, guint8 bytes[static 16]) {
  static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
  if (inet_pton(AF_INET, text, bytes) == 1)
    return 32;
  return inet_pton(AF_INET6, text, bytes) == 1 && memcmp(bytes, mapped, sizeof mapped) != 0 ? 128
                                                                                            : 0;
}

static bool is_address(const char *text) {
  guint8 bytes[16];
  return address_bits(text, bytes) != 0;
}

static bool is_prefix(const char *text) {
  const char *slash = strchr(text, '/');
  if (slash == NULL)
    return is_address(text);
  g_autofree char *address = g_strndup(text, (gsize)(slash - text));
  guint8 bytes[16];
  guint bits = address_bits(address, bytes);
  guint64 length = 0;
  if (bits == 0 ||
      !g_ascii_string_to_unsigned(slash + 1, 10, bits == 32 ? 16 : 48, bits, &length, NULL))
    return false;
  for (guint bit = (guint)length; bit < bits; bit++)
    if (bytes[bit / 8] & (0x80 >> bit % 8))
      return false;
  return true;
}

/* Does `text` look like `form`, where 0 stands for a digit and everything else for itself? */
static bool looks_like(const char *text, gsize size, const char *form) {
  if (size != strlen(form))
    return false;
  for (gsize i = 0; i < size; i++)
    if (form[i] == '0' ? !g_ascii_isdigit(text[i]) : text[i] != form[i])
      return false;
  return true;
}

static bool is_calendar_date(const char *text) {
  return looks_like(text, strlen(text), "0000-00-00");
}

/* GLib reads week dates and short forms too, which people misread. */
static bool is_moment(const char *text) {
  gsize size = strlen(text);
  gsize zone = g_str_has_suffix(text, "Z") ? 1 : 6;
  if (size <= zone)
    return false;
  const char *end = text + size - zone;
  return (zone == 1 || looks_like(end, zone, "+00:00") || looks_like(end, zone, "-00:00")) &&
         (looks_like(text, size - zone, "0000-00-00T00:00:00") ||
          looks_like(text, size - zone, "0000-00-00T00:00:00.000000"));
}

bool ak_schema_date(const char *text, bool end, gint64 *out) {
  bool is_day = is_calendar_date(text);
  if (!is_day && !is_moment(text))
    return false;
  g_autofree char *whole = is_day ? g_strdup_printf("%sT00:00:00Z", text) : g_strdup(text);
  g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(whole, NULL);
  if (when == NULL)
    return false;
  *out = g_date_time_to_unix(when) * G_USEC_PER_SEC + g_date_time_get_microsecond(when);
  if (end && is_day)
    *out += (gint64)24 * 3600 * G_USEC_PER_SEC - 1;
  return true;
}

static bool is_day(const char *text) {
  gint64 when = 0;
  return is_calendar_date(text) && ak_schema_date(text, false, &when);
}

static bool is_date(const char *text) {
  gint64 when = 0;
  return ak_schema_date(text, false, &when);
}

static bool is_digest(const char *text) {
  AkDigest digest;
  return ak_digest_from_hex(text, &digest);
}

static bool is_url_path(const char *text) {
  if (text[0] != '/' || text[1] == '/')
    return false;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isgraph(*at) || *at == '#')
      return false;
  return true;
}

static json_t *check_int(Checking *self, const AkYaml *node, const AkField *field) {
  gint64 number = 0;
  if (g_ascii_string_to_signed(node->text, 10, field->min, field->max, &number, NULL))
    return json_integer(number);
  g_autofree char *range = g_strdup_printf("%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT, field->min,
                                           field->max);
  return complain(self, node, field->name, "number", range);
}

static json_t *check_bool(Checking *self, const AkYaml *node, const AkField *field) {
  if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
    return json_boolean(*node->text == 't');
  return complain(self, node, field->name, "bool", "");
}

static json_t *check_word(Checking *self, const AkYaml *node, const AkField *field) {
  if (g_strv_contains(field->words, node->text))
    return made_text(self, node->text);
  g_autofree char *words = g_strjoinv(", ", (char **)field->words);
  return complain(self, node, field->name, "word", words);
}

static json_t *check_file(Checking *self, const AkYaml *node, const AkField *field) {
  if (*node->text == '\0')
    return complain(self, node, field->name, "empty", "");
  if (self->folder == NULL)
    return made_text(self, node->text);
  g_autofree char *path = g_canonicalize_filename(node->text, self->folder);
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
    return complain(self, node, field->name, "file", "");
  return made_text(self, node->text);
}

/* Types whose text only has to fit a form. */
static const struct {
  AkFieldType type;
  bool (*fits)(const char *text);
  const char *problem;
} forms[] = {
    {AK_FIELD_DATE, is_date, "date"},       {AK_FIELD_DAY, is_day, "day"},
    {AK_FIELD_ADDRESS, is_address, "address"}, {AK_FIELD_PREFIX, is_prefix, "prefix"},
    {AK_FIELD_DIGEST, is_digest, "digest"}, {AK_FIELD_URL_PATH, is_url_path, "url-path"},
};

static json_t *check_scalar(Checking *self, const AkYaml *node, const AkField *field) {
  switch (field->type) {
  case AK_FIELD_INT:
    return check_int(self, node, field);
  case AK_FIELD_BOOL:
    return check_bool(self, node, field);
  case AK_FIELD_WORD:
    return check_word(self, node, field);
  case AK_FIELD_FILE:
    return check_file(self, node, field);
  default:
    break;
  }
  if (*node->text == '\0')
    return complain(self, node, field->name, "empty", "");
  for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
    if (forms[i].type == field->type && !forms[i].fits(node->text))
      return complain(self, node, field->name, forms[i].problem, "");
  return made_text(self, node->text);
}

/* --- free values ---------------------------------------------------------------------------------- */

/* Of unquoted scalars only true, false and whole numbers have a meaning of their own: 1.10 stays text. */
static json_t *free_scalar(const AkYaml *node) {
  gint64 number = 0;
  if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
    return json_boolean(*node->text == 't');
  if (!node->plain ||
      !g_ascii_string_to_signed(node->text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_string(node->text);
  g_autofree char *written = g_strdup_printf("%" G_GINT64_FORMAT, number);
  return strcmp(written, node->text) == 0 ? json_integer(number) : json_string(node->text);
}

static bool is_kind(Checking *self, const AkYaml *node, const char *name, AkYamlType wanted) {
  static const char *const problems[] = {
      [AK_YAML_SCALAR] = "want-text", [AK_YAML_MAP] = "want-members", [AK_YAML_LIST] = "want-list"};
  if (node->type == wanted)
    return true;
  complain(self, node, name, problems[wanted], "");
  return false;
}

static json_t *free_list(Checking *self, const AkYaml *node, const char *name) {
  json_t *list = json_array();
  for (guint i = 0; i < node->items->len; i++)
    if (is_kind(self, node->items->pdata[i], name, AK_YAML_SCALAR))
      json_array_append_new(list, free_scalar(node->items->pdata[i]));
  return list;
}

static json_t *free_row(Checking *self, const AkYaml *node, const char *name) {
  if (!is_kind(self, node, name, AK_YAML_MAP))
    return NULL;
  json_t *row = json_object();
  for (guint i = 0; i < node->items->len; i++) {
    const AkYaml *item = node->items->pdata[i];
    const char *key = node->keys->pdata[i];
    if (item->type == AK_YAML_LIST)
      json_object_set_new(row, key, free_list(self, item, key));
    else if (is_kind(self, item, key, AK_YAML_SCALAR))
      json_object_set_new(row, key, free_scalar(item));
  }
  return row;
}

/* Rows are named by "id", or say by "none" why there are none. */
static void check_row_ids(Checking *self, const AkYaml *table) {
  g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < table->items->len; i++) {
    const AkYaml *row = table->items->pdata[i], *id = ak_yaml_member(row, "id");
    if (row->type != AK_YAML_MAP || (id == NULL && ak_yaml_member(row, "none") != NULL))
      continue;
    AkNamed named = {.name = id != NULL ? id->text : NULL, .node = id};
    if (id == NULL)
      complain_key(self, row, "id", "missing", "id");
    else if (id->type == AK_YAML_SCALAR)
      g_array_append_val(ids, named);
  }
  ak_schema_check_doubles(ids, "id", self->problems);
}

/* {"1-AuthMech": [ {…}, … ]} */
static json_t *check_tables(Checking *self, const AkYaml *node, const AkField *field) {
  if (!is_kind(self, node, field->name, AK_YAML_MAP))
    return NULL;
  json_t *tables = json_object();
  for (guint i = 0; i < node->items->len; i++) {
    const AkYaml *table = node->items->pdata[i];
    const char *name = node->keys->pdata[i];
    if (!is_kind(self, table, name, AK_YAML_LIST))
      continue;
    json_t *rows = json_array();
    for (guint r = 0; r < table->items->len; r++) {
      json_t *row = free_row(self, table->items->pdata[r], name);
      if (row != NULL)
        json_array_append_new(rows, row);
    }
    check_row_ids(self, table);
    json_object_set_new(tables, name, rows);
  }
  return tables;
}

static int compare_named(gconstpointer a, gconstpointer b) {
  const AkNamed *first = a, *second = b;
  int order = strcmp(first->name, second->name);
  if (order != 0)
    return order;
  return first->node->line != second->node->line
             ? (first->node->line < second->node->line ? -1 : 1)
             : (first->node->column > second->node->column) -
                   (first->node->column < second->node->column);
}

void ak_schema_check_doubles(GArray *named, const char *member, GPtrArray *problems) {
  g_array_sort(named, compare_named);
  for (guint i = 1; i < named->len; i++) {
    const AkNamed *one = &g_array_index(named, AkNamed, i - 1), *other = one + 1;
    g_autofree char *line = g_strdup_printf("%u", one->node->line);
    if (strcmp(one->name, other->name) == 0)
      ak_problems_add(problems, other->node->line, other->node->column, member, other->name,
                      "twice", line);
  }
}

/* --- objects ----------------------------------------------------------------------------------------- */

/* Number of edits between two short words: for naming the member that was meant. */
static guint distance(const char *a, const char *b) {
  gsize la = strlen(a), lb = strlen(b);
  if (la > 40 || lb > 40)
    return 99;
  guint row[42];
  for (guint j = 0; j <= lb; j++)
    row[j] = j;
  for (gsize i = 1; i <= la; i++) {
    guint diagonal = row[0];
    row[0] = (guint)i;
    for (gsize j = 1; j <= lb; j++) {
      guint above = row[j], change = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = MIN(change, MIN(above, row[j - 1]) + 1);
      diagonal = above;
    }
  }
  return row[lb];
}

static const AkField *find_field(const AkField *fields, const char *name) {
  for (const AkField *field = fields; field->name != NULL; field++)
    if (strcmp(field->name, name) == 0)
      return field;
  return NULL;
}

static void complain_unknown(Checking *self, const AkYaml *node, const AkField *fields,
                             const char *name) {
  const char *nearest = NULL;
  guint best = (guint)strlen(name) / 3 + 2; /* at most a third of the word, and one */
  for (const AkField *field = fields; field->name != NULL; field++) {
    guint edits = distance(field->name, name);
    if (edits < best) {
      best = edits;
      nearest = field->name;
    }
  }
  if (nearest != NULL)
    complain_key(self, node, name, "unknown-near", nearest);
  else
    complain_key(self, node, name, "unknown", "");
}

static json_t *check_object(Checking *self, const AkYaml *node, const AkField *fields,
                            const char *name);

static json_t *check_objects(Checking *self, const AkYaml *node, const AkField *field) {
  if (!is_kind(self, node, field->name, AK_YAML_MAP))
    return NULL;
  json_t *objects = json_object();
  for (guint i = 0; i < node->items->len; i++) {
    json_t *object =
        check_object(self, node->items->pdata[i], field->members, node->keys->pdata[i]);
    if (object != NULL)
      json_object_set_new(objects, node->keys->pdata[i], object);
  }
  return objects;
}

static json_t *check_value(Checking *self, const AkYaml *node, const AkField *field) {
  switch (field->type) {
  case AK_FIELD_OBJECT:
    return check_object(self, node, field->members, field->name);
  case AK_FIELD_OBJECTS:
    return check_objects(self, node, field);
  case AK_FIELD_TABLES:
    return check_tables(self, node, field);
  default:
    return is_kind(self, node, field->name, AK_YAML_SCALAR) ? check_scalar(self, node, field)
                                                             : NULL;
  }
}

static json_t *check_field(Checking *self, const AkYaml *node, const AkField *field) {
  if (!field->list)
    return check_value(self, node, field);
  if (!is_kind(self, node, field->name, AK_YAML_LIST))
    return NULL;
  json_t *list = made_list(self);
  for (guint i = 0; i < node->items->len; i++) {
    json_t *item = check_value(self, node->items->pdata[i], field);
    if (item != NULL && !self->is_dry)
      json_array_append_new(list, item);
  }
  return list;
}

static json_t *check_object(Checking *self, const AkYaml *node, const AkField *fields,
                            const char *name) {
  if (!is_kind(self, node, name, AK_YAML_MAP))
    return NULL;
  json_t *object = made_object(self);
  for (guint i = 0; i < node->items->len; i++) {
    const char *key = node->keys->pdata[i];
    const AkField *field = find_field(fields, key);
    json_t *value = NULL;
    if (field == NULL)
      complain_unknown(self, node->items->pdata[i], fields, key);
    else
      value = check_field(self, node->items->pdata[i], field);
    if (value != NULL && !self->is_dry)
      json_object_set_new(object, key, value);
  }
  for (const AkField *field = fields; field->name != NULL; field++)
    if (field->required && ak_yaml_member(node, field->name) == NULL)
      complain_key(self, node, field->name, "missing", name);
  return object;
}

json_t *ak_schema_check_item(const AkYaml *item, const AkField *field, GPtrArray *problems) {
  Checking checking = {.problems = problems};
  return check_value(&checking, item, field);
}

void ak_schema_look_at_item(const AkYaml *item, const AkField *field, GPtrArray *problems) {
  Checking checking = {.problems = problems, .is_dry = true};
  json_decref(check_value(&checking, item, field));
}

static AkYaml node_at(const char *text, guint line, guint column) {
  return (AkYaml){.type = AK_YAML_SCALAR, .text = (char *)text, .plain = true, .line = line, .column = column};
}

json_t *ak_schema_check_text(const char *text, guint line, guint column, const AkField *field, GPtrArray *problems) {
  Checking checking = {.problems = problems};
  AkYaml node = node_at(text, line, column);
  return check_scalar(&checking, &node, field);
}

void ak_schema_check_unknown(const char *name, guint line, guint column, const AkField *fields, GPtrArray *problems) {
  Checking checking = {.problems = problems};
  AkYaml node = node_at("", line, column);
  complain_unknown(&checking, &node, fields, name);
}

json_t *ak_schema_check(const AkYaml *node, const AkField *fields, const char *folder,
                        GPtrArray *problems) {
  Checking checking = {.folder = folder, .problems = problems};
  guint before = problems->len;
  g_autoptr(json_t) document = check_object(&checking, node, fields, "product.yaml");
  return problems->len == before ? g_steal_pointer(&document) : NULL;
}
