#include "exchange/schema.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/digest.h"

#define MAX_PROBLEMS 200 /* more are not read by anyone */

typedef struct {
  const char *where;
  GPtrArray *problems;
} Checking;

G_GNUC_PRINTF(4, 5)
static json_t *complain(Checking *self, const AkYaml *node, const char *name, const char *format,
                        ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  if (self->problems->len < MAX_PROBLEMS)
    g_ptr_array_add(self->problems, g_strdup_printf("%s:%u:%u: %s: %s", self->where, node->line,
                                                    node->column, name, what));
  return NULL;
}

/* --- scalars ------------------------------------------------------------------------------------ */

static bool is_address(const char *text) {
  struct in6_addr any;
  return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

static bool is_prefix(const char *text) {
  const char *slash = strchr(text, '/');
  if (slash == NULL)
    return is_address(text);
  g_autofree char *address = g_strndup(text, (gsize)(slash - text));
  guint64 length = 0, longest = strchr(address, ':') != NULL ? 128 : 32;
  return is_address(address) &&
         g_ascii_string_to_unsigned(slash + 1, 10, 0, longest, &length, NULL);
}

static bool is_calendar_date(const char *text) {
  if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
    return false;
  for (gsize i = 0; i < 10; i++)
    if (i != 4 && i != 7 && !g_ascii_isdigit(text[i]))
      return false;
  return true;
}

bool ak_schema_date(const char *text, bool end, gint64 *out) {
  g_autofree char *whole = is_calendar_date(text) ? g_strdup_printf("%sT00:00:00Z", text)
                                                  : g_strdup(text);
  g_autoptr(GDateTime) when = g_date_time_new_from_iso8601(whole, NULL);
  if (when == NULL)
    return false;
  *out = g_date_time_to_unix(when) * G_USEC_PER_SEC + g_date_time_get_microsecond(when);
  if (end && is_calendar_date(text))
    *out += (gint64)24 * 3600 * G_USEC_PER_SEC - 1;
  return true;
}

static json_t *check_int(Checking *self, const AkYaml *node, const AkField *field) {
  gint64 number = 0;
  if (!g_ascii_string_to_signed(node->text, 10, field->min, field->max, &number, NULL))
    return complain(self, node, field->name, "\"%s\" is no number from %" G_GINT64_FORMAT
                    " to %" G_GINT64_FORMAT, node->text, field->min, field->max);
  return json_integer(number);
}

static json_t *check_bool(Checking *self, const AkYaml *node, const AkField *field) {
  if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
    return json_boolean(*node->text == 't');
  return complain(self, node, field->name, "\"%s\": write true or false", node->text);
}

static json_t *check_word(Checking *self, const AkYaml *node, const AkField *field) {
  if (g_strv_contains(field->words, node->text))
    return json_string(node->text);
  g_autofree char *words = g_strjoinv(", ", (char **)field->words);
  return complain(self, node, field->name, "\"%s\" is not one of: %s", node->text, words);
}

static json_t *check_form(Checking *self, const AkYaml *node, const AkField *field, bool fits,
                          const char *form) {
  return fits ? json_string(node->text)
              : complain(self, node, field->name, "\"%s\" is no %s", node->text, form);
}

static json_t *check_scalar(Checking *self, const AkYaml *node, const AkField *field) {
  gint64 when = 0;
  AkDigest digest;
  switch (field->type) {
  case AK_FIELD_INT:
    return check_int(self, node, field);
  case AK_FIELD_BOOL:
    return check_bool(self, node, field);
  case AK_FIELD_WORD:
    return check_word(self, node, field);
  case AK_FIELD_DATE:
    return check_form(self, node, field, ak_schema_date(node->text, false, &when),
                      "date such as 2026-11-23 or 2026-11-23T09:00:00+09:00");
  case AK_FIELD_ADDRESS:
    return check_form(self, node, field, is_address(node->text),
                      "numeric address such as 192.0.2.1 or 2001:db8::1; names are not resolved");
  case AK_FIELD_PREFIX:
    return check_form(self, node, field, is_prefix(node->text),
                      "numeric address or prefix such as 192.0.2.0/28");
  case AK_FIELD_DIGEST:
    return check_form(self, node, field, ak_digest_from_hex(node->text, &digest),
                      "SHA-256 of 64 lower-case hexadecimal digits");
  default:
    if (*node->text == '\0' && field->required)
      return complain(self, node, field->name, "is empty; fill it in");
    return json_string(node->text);
  }
}

/* --- free values ---------------------------------------------------------------------------------- */

/* Of unquoted scalars only true, false and whole numbers have a meaning of their own: 1.10 stays text. */
static json_t *free_scalar(const AkYaml *node) {
  gint64 number = 0;
  if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0))
    return json_boolean(*node->text == 't');
  bool is_canonical = node->plain && (strcmp(node->text, "0") == 0 ||
                                      (*node->text != '0' && *node->text != '+'));
  if (is_canonical &&
      g_ascii_string_to_signed(node->text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_integer(number);
  return json_string(node->text);
}

static json_t *free_value(const AkYaml *node) {
  if (node->type == AK_YAML_SCALAR)
    return free_scalar(node);
  json_t *value = node->type == AK_YAML_MAP ? json_object() : json_array();
  for (guint i = 0; i < node->items->len; i++) {
    if (node->type == AK_YAML_MAP)
      json_object_set_new(value, node->keys->pdata[i], free_value(node->items->pdata[i]));
    else
      json_array_append_new(value, free_value(node->items->pdata[i]));
  }
  return value;
}

static const char *kind_name(AkYamlType type) {
  return type == AK_YAML_MAP ? "members" : type == AK_YAML_LIST ? "a list" : "text";
}

static bool is_kind(Checking *self, const AkYaml *node, const char *name, AkYamlType wanted) {
  if (node->type == wanted)
    return true;
  complain(self, node, name, "has %s where %s should be", kind_name(node->type),
           kind_name(wanted));
  return false;
}

/* {"1-AuthMech": [ {…}, … ]} */
static json_t *check_tables(Checking *self, const AkYaml *node, const AkField *field) {
  if (!is_kind(self, node, field->name, AK_YAML_MAP))
    return NULL;
  json_t *tables = json_object();
  for (guint i = 0; i < node->items->len; i++) {
    const AkYaml *table = node->items->pdata[i];
    const char *name = node->keys->pdata[i];
    bool fits = is_kind(self, table, name, AK_YAML_LIST);
    for (guint r = 0; fits && r < table->items->len; r++)
      is_kind(self, table->items->pdata[r], name, AK_YAML_MAP);
    json_object_set_new(tables, name, free_value(table));
  }
  return tables;
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
  guint best = 4;
  for (const AkField *field = fields; field->name != NULL; field++) {
    guint edits = distance(field->name, name);
    if (edits < best) {
      best = edits;
      nearest = field->name;
    }
  }
  if (nearest != NULL)
    complain(self, node, name, "no such member; is \"%s\" meant?", nearest);
  else
    complain(self, node, name, "no such member; leave it out");
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
  case AK_FIELD_FREE:
    return is_kind(self, node, field->name, AK_YAML_MAP) ? free_value(node) : NULL;
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
  json_t *list = json_array();
  for (guint i = 0; i < node->items->len; i++) {
    json_t *item = check_value(self, node->items->pdata[i], field);
    if (item != NULL)
      json_array_append_new(list, item);
  }
  return list;
}

static json_t *check_object(Checking *self, const AkYaml *node, const AkField *fields,
                            const char *name) {
  if (!is_kind(self, node, name, AK_YAML_MAP))
    return NULL;
  json_t *object = json_object();
  for (guint i = 0; i < node->items->len; i++) {
    const char *key = node->keys->pdata[i];
    const AkField *field = find_field(fields, key);
    json_t *value = NULL;
    if (field == NULL)
      complain_unknown(self, node->items->pdata[i], fields, key);
    else
      value = check_field(self, node->items->pdata[i], field);
    if (value != NULL)
      json_object_set_new(object, key, value);
  }
  for (const AkField *field = fields; field->name != NULL; field++)
    if (field->required && ak_yaml_member(node, field->name) == NULL)
      complain(self, node, field->name, "is missing in \"%s\"; add it", name);
  return object;
}

json_t *ak_schema_check(const AkYaml *node, const AkField *fields, const char *where,
                        GPtrArray *problems) {
  Checking checking = {.where = where, .problems = problems};
  guint before = problems->len;
  g_autoptr(json_t) document = check_object(&checking, node, fields, "the file");
  return problems->len == before ? g_steal_pointer(&document) : NULL;
}
