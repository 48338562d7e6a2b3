#include "store/query.h"

#include <gio/gio.h>
#include <string.h>

#define FOLDER "/akashi/store/sql"
#define HEAD "-- @"

static void statement_free(gpointer data) {
  AkQuery *self = data;
  g_free(self->name);
  g_free(self->text);
  g_free(self);
}

/* The highest N of $N; more than AK_QUERY_MAX_PARAMETERS where there are too many. */
static guint count_parameters(const char *text) {
  guint highest = 0;
  for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at + 1, '$'))
    highest = MAX(highest, (guint)MIN(g_ascii_strtoull(at + 1, NULL, 10), G_MAXUINT16));
  return highest;
}

static const AkQuery *find_in(const GPtrArray *statements, const char *name) {
  for (guint i = 0; i < statements->len; i++) {
    const AkQuery *statement = statements->pdata[i];
    if (strcmp(statement->name, name) == 0)
      return statement;
  }
  return NULL;
}

static bool add(GPtrArray *statements, const char *name, const GString *body, const char *where,
                GError **error) {
  g_autofree char *text = g_strdup(body->str);
  g_strstrip(text);
  guint parameters = count_parameters(text);
  if (*text == '\0' || *name == '\0' || parameters > AK_QUERY_MAX_PARAMETERS ||
      find_in(statements, name) != NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA,
                        "%s: statement \"%s\" is empty, there twice or has too many parameters",
                        where, name);
  AkQuery *statement = g_new0(AkQuery, 1);
  *statement = (AkQuery){g_strdup(name), g_steal_pointer(&text), parameters};
  g_ptr_array_add(statements, statement);
  return true;
}

GPtrArray *ak_query_parse(const char *text, const char *where, GError **error) {
  g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(statement_free);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autoptr(GString) body = g_string_new(NULL);
  g_autofree char *name = NULL;
  for (char **line = lines; *line != NULL; line++) {
    bool is_head = g_str_has_prefix(*line, HEAD);
    if (!is_head && g_str_has_prefix(*line, "--"))
      continue;
    if (!is_head && name == NULL && *g_strstrip(*line) != '\0') {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: \"%s\" stands before the first name", where,
                   *line);
      return NULL;
    }
    if (!is_head) {
      g_string_append_printf(body, "%s\n", *line);
      continue;
    }
    if (name != NULL && !add(statements, name, body, where, error))
      return NULL;
    g_string_truncate(body, 0);
    g_free(name);
    name = g_strstrip(g_strdup(*line + strlen(HEAD)));
  }
  if (name != NULL && !add(statements, name, body, where, error))
    return NULL;
  return g_steal_pointer(&statements);
}

/* The program's own files: a fault in them is found by the first test that opens a database. */
static GPtrArray *load_all(void) {
  GPtrArray *all = g_ptr_array_new();
  g_auto(GStrv) names = g_resources_enumerate_children(FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  for (char **name = names; name != NULL && *name != NULL; name++) {
    g_autofree char *path = g_build_filename(FOLDER, *name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
    g_autofree char *text =
        bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    g_autoptr(GPtrArray) found = text != NULL ? ak_query_parse(text, *name, &error) : NULL;
    if (found == NULL) {
      g_warning("%s", error->message);
      continue;
    }
    g_ptr_array_set_free_func(found, NULL);
    g_ptr_array_extend(all, found, NULL, NULL);
  }
  return all;
}

static const GPtrArray *all_statements(void) {
  static gsize once = 0;
  static GPtrArray *all = NULL;
  if (g_once_init_enter(&once)) {
    all = load_all();
    g_once_init_leave(&once, 1);
  }
  return all;
}

const AkQuery *ak_query_find(const char *name) {
  return find_in(all_statements(), name);
}

GPtrArray *ak_query_list(const char *prefix) {
  const GPtrArray *all = all_statements();
  GPtrArray *list = g_ptr_array_new();
  for (guint i = 0; i < all->len; i++) {
    AkQuery *statement = all->pdata[i];
    if (g_str_has_prefix(statement->name, prefix))
      g_ptr_array_add(list, statement);
  }
  return list;
}
