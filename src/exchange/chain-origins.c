#include "exchange/chain-origins.h"

#include "exchange/chain-relations.h"
#include "exchange/chain-yaml.h"
#include "util/json-place.h"

struct _AkChainOrigins {
  GHashTable *numbers; /* row → its number in `pointers`, from 1 */
  GPtrArray *pointers; /* of char */
};

AkChainOrigins *ak_chain_origins_new(void) {
  AkChainOrigins *self = g_new0(AkChainOrigins, 1);
  self->numbers = g_hash_table_new(NULL, NULL);
  self->pointers = g_ptr_array_new_with_free_func(g_free);
  return self;
}

void ak_chain_origins_free(AkChainOrigins *self) {
  g_hash_table_unref(self->numbers);
  g_ptr_array_unref(self->pointers);
  g_free(self);
}

void ak_chain_origins_add(AkChainOrigins *self, const json_t *row, const char *format, ...) {
  va_list arguments;
  if (self == NULL)
    return;
  va_start(arguments, format);
  g_ptr_array_add(self->pointers, g_strdup_vprintf(format, arguments));
  va_end(arguments);
  g_hash_table_insert(self->numbers, (gpointer)row, GUINT_TO_POINTER(self->pointers->len));
}

/* --- checking ----------------------------------------------------------------------------------------------------- */

/* The line of a node is the number of the row in which it stands, until problems are placed. */
static AkYaml *node_of(const AkChainOrigins *self, const json_t *value, guint number);

static AkYaml *scalar_of(const json_t *value, guint number) {
  AkYaml *node = g_new0(AkYaml, 1);
  node->type = AK_YAML_SCALAR;
  node->plain = !json_is_string(value);
  node->line = node->key_line = number;
  node->column = node->key_column = 1;
  node->text = json_is_string(value)    ? g_strdup(json_string_value(value))
               : json_is_integer(value) ? g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value))
                                        : g_strdup(json_is_true(value) ? "true" : "false");
  return node;
}

static AkYaml *node_of(const AkChainOrigins *self, const json_t *value, guint number) {
  const char *key = NULL;
  json_t *member = NULL;
  guint own = GPOINTER_TO_UINT(g_hash_table_lookup(self->numbers, value));
  number = own > 0 ? own : number;
  if (!json_is_object(value) && !json_is_array(value))
    return scalar_of(value, number);
  AkYaml *node = scalar_of(NULL, number);
  g_clear_pointer(&node->text, g_free);
  node->type = json_is_object(value) ? AK_YAML_MAP : AK_YAML_LIST;
  node->items = g_ptr_array_new_with_free_func((GDestroyNotify)ak_yaml_free);
  node->keys = json_is_object(value) ? g_ptr_array_new_with_free_func(g_free) : NULL;
  json_object_foreach((json_t *)value, key, member) {
    if (json_is_array(member) && json_array_size(member) == 0)
      continue; /* a list that nothing was read for */
    g_ptr_array_add(node->keys, g_strdup(key));
    g_ptr_array_add(node->items, node_of(self, member, number));
  }
  for (gsize i = 0; i < json_array_size(value); i++)
    g_ptr_array_add(node->items, node_of(self, json_array_get(value, i), number));
  return node;
}

void ak_chain_origins_check(const AkChainOrigins *self, const json_t *document, const char *data, gsize size,
                            GPtrArray *problems) {
  g_autoptr(AkYaml) root = node_of(self, document, 0);
  g_autoptr(json_t) checked = ak_schema_check(root, ak_chain_fields, NULL, problems);
  ak_chain_check_relations(root, problems);
  for (guint i = 0; i < problems->len; i++) {
    AkProblem *problem = problems->pdata[i];
    const char *pointer =
        problem->line > 0 && problem->line <= self->pointers->len ? self->pointers->pdata[problem->line - 1] : "";
    ak_json_place(data, size, pointer, &problem->line, &problem->column);
  }
  ak_problems_sort(problems);
}
