#include "effect/target/target.h"

#include <gio/gio.h>
#include <string.h>

#include "effect/target/weakness.h"
#include "util/json.h"

typedef enum { QUERY, FORM, HEADER, COOKIE, JSON, BODY, UPLOADED } Place;

/* Which part of a request goes where. A path may have several rows. */
typedef struct {
  const char *path;
  Place place;
  const char *field;
  const char *name; /* of the weakness */
  AkTargetWeakness look;
  const char *statement;
} Row;

static const Row rows[] = {
    {"/account", COOKIE, "session", "sql", ak_weakness_sql, "account"},
    {"/api/find", JSON, "password", "operator", ak_weakness_operator, NULL},
    {"/api/login", JSON, "password", "sql", ak_weakness_sql, "login-json"},
    {"/api/ping", JSON, "host", "command", ak_weakness_command, NULL},
    {"/api/settings", BODY, NULL, "prototype", ak_weakness_prototype, NULL},
    {"/cgi-bin/status", HEADER, "User-Agent", "function", ak_weakness_function, NULL},
    {"/comment", FORM, "text", "script", ak_weakness_text, NULL},
    {"/fetch", QUERY, "url", "fetch", ak_weakness_fetch, NULL},
    {"/file", QUERY, "name", "file", ak_weakness_file, NULL},
    {"/file-decoded", QUERY, "name", "file", ak_weakness_file_decoded, NULL},
    {"/file-filtered", QUERY, "name", "file", ak_weakness_file_filtered, NULL},
    {"/greet", QUERY, "name", "template", ak_weakness_template, NULL},
    {"/guestbook", FORM, "text", "directive", ak_weakness_directive, NULL},
    {"/hello", QUERY, "name", "script", ak_weakness_text, NULL},
    {"/item", QUERY, "id", "sql", ak_weakness_sql, "item"},
    {"/link", QUERY, "url", "script", ak_weakness_link, NULL},
    {"/list", QUERY, "order", "sql", ak_weakness_sql_order, "list"},
    {"/login", FORM, "password", "sql", ak_weakness_sql, "login-password"},
    {"/login", FORM, "user", "sql", ak_weakness_sql, "login-user"},
    {"/message", QUERY, "text", "script", ak_weakness_script, NULL},
    {"/page", QUERY, "file", "include", ak_weakness_include, NULL},
    {"/ping", QUERY, "host", "command", ak_weakness_command, NULL},
    {"/profile", QUERY, "colour", "script", ak_weakness_attribute, NULL},
    {"/redirect", QUERY, "to", "header", ak_weakness_header, NULL},
    {"/redirect", QUERY, "to", "redirect", ak_weakness_redirect, NULL},
    {"/resolve", FORM, "host", "command", ak_weakness_command_quoted, NULL},
    {"/search", QUERY, "q", "sql", ak_weakness_sql, "search"},
    {"/staff", QUERY, "uid", "directory", ak_weakness_directory, NULL},
    {"/state", FORM, "state", "object", ak_weakness_object, NULL},
    {"/upload", UPLOADED, NULL, "upload", ak_weakness_upload, NULL},
    {"/visit", HEADER, "X-Forwarded-For", "sql", ak_weakness_sql, "visit"},
    {"/xml", BODY, NULL, "entity", ak_weakness_entity, NULL},
    {"/xml-login", FORM, "user", "xpath", ak_weakness_xpath, NULL},
    {NULL, HEADER, "User-Agent", "lookup", ak_weakness_lookup, NULL}, /* every request is logged */
};

struct _AkTarget {
  json_t *data;
  AkTargetDatabase *database;
};

AkTarget *ak_target_new(json_t *data, GError **error) {
  const char *schema = ak_json_string(data, "schema", "target", error);
  AkTargetDatabase *database = schema != NULL ? ak_target_database_new(schema, error) : NULL;
  if (database == NULL)
    return NULL;
  AkTarget *self = g_new0(AkTarget, 1);
  self->data = json_incref(data);
  self->database = database;
  return self;
}

void ak_target_free(AkTarget *self) {
  ak_target_database_free(self->database);
  json_decref(self->data);
  g_free(self);
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv ak_target_weaknesses(void) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!g_ptr_array_find_with_equal_func(names, rows[i].name, g_str_equal, NULL))
      g_ptr_array_add(names, (gpointer)rows[i].name);
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return g_strdupv((char **)names->pdata);
}

/* --- one request
 * ------------------------------------------------------------------------------------ */

/* What the row names in the request; NULL: it is not there. `made` holds what had to be made. */
static const GString *value_of(const Row *row, const AkTargetRequest *request, AkTargetCall *call,
                               GString **made) {
  switch (row->place) {
  case QUERY:
    return ak_target_field(request->query, row->field);
  case FORM:
    return ak_target_field(request->form, row->field);
  case HEADER:
    return ak_target_field(request->headers, row->field);
  case COOKIE:
    return ak_target_field(request->cookies, row->field);
  case BODY:
    return request->body;
  case UPLOADED:
    if (request->files->len > 0)
      *made = g_string_new(((const AkTargetField *)request->files->pdata[0])->name);
    return *made;
  case JSON:
    call->json = json_object_get(request->json, row->field);
    if (call->json != NULL)
      *made = g_string_new(json_string_value(call->json));
    return *made;
  }
  return NULL;
}

static void look(AkTarget *self, const AkTargetRequest *request, GString *page, GString *effects) {
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    g_autoptr(GString) made = NULL;
    AkTargetCall call = {.request = request,
                         .data = self->data,
                         .database = self->database,
                         .page = page,
                         .statement = row->statement};
    if (row->path != NULL && strcmp(row->path, request->path) != 0)
      continue;
    call.value = value_of(row, request, &call, &made);
    g_autofree char *wanted = g_strdup_printf("%s ", row->name);
    if (call.value != NULL && row->look(&call) && strstr(effects->str, wanted) == NULL)
      g_string_append(effects, wanted);
  }
}

static void write_answer(GString *answer, const char *status, const char *page, gsize size,
                         bool is_head) {
  g_string_append_printf(answer,
                         "HTTP/1.1 %s\r\n" AK_TARGET_HEADER ": 1\r\nContent-Type: text/html; "
                         "charset=utf-8\r\nContent-Length: %zu\r\n\r\n",
                         status, size);
  if (!is_head)
    g_string_append_len(answer, page, (gssize)size);
}

void ak_target_answer(AkTarget *self, const char *request, gsize size, GString *answer,
                      GString *effects, char **case_name) {
  *case_name = NULL;
  g_autoptr(AkTargetRequest) parsed = ak_target_request_parse(request, size, NULL);
  if (parsed == NULL) {
    write_answer(answer, "400 Bad Request", "no request", 10, false);
    return;
  }
  g_autoptr(GString) page = g_string_new("<!DOCTYPE html><title>Workshop</title><p>");
  look(self, parsed, page, effects);
  const GString *name = ak_target_field(parsed->headers, "X-Akashi-Case");
  *case_name = name != NULL ? g_strdup(name->str) : NULL;
  write_answer(answer, "200 OK", page->str, page->len, strcmp(parsed->method, "HEAD") == 0);
}

bool ak_effect_target_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/effect/target.json", 0, NULL);
  gsize length = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : "";
  g_autoptr(json_t) document = ak_json_parse(text, length, "target", NULL);
  g_autoptr(AkTarget) self = document != NULL ? ak_target_new(document, NULL) : NULL;
  g_autoptr(GString) answer = g_string_new(NULL), effects = g_string_new(NULL);
  g_autofree char *name = NULL;
  gsize body = 0;
  gssize whole = ak_target_request_measure((const char *)data, size, &body);
  if (self == NULL)
    return false;
  gsize first = whole > 0 ? (gsize)whole : size;
  ak_target_answer(self, (const char *)data, first, answer, effects, &name);
  return whole > 0;
}
