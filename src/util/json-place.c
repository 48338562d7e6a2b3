#include "util/json-place.h"

#include <jansson.h>
#include <string.h>

typedef struct {
  const char *at, *end;
} Scan;

static void skip_space(Scan *self) {
  while (self->at < self->end && strchr(" \t\r\n", *self->at) != NULL && *self->at != '\0')
    self->at++;
}

/* Past the closing quote, or the end. */
static void skip_string(Scan *self) {
  for (self->at++; self->at < self->end && *self->at != '"'; self->at++)
    if (*self->at == '\\' && self->at + 1 < self->end)
      self->at++;
  if (self->at < self->end)
    self->at++;
}

static bool ends_value(char c) { return c == ',' || c == ']' || c == '}'; }

/* Past a value of any depth. */
static void skip_value(Scan *self) {
  guint depth = 0;
  while (self->at < self->end) {
    char c = *self->at;
    if (c == '"') {
      skip_string(self);
    } else {
      if (depth == 0 && ends_value(c))
        return;
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
      self->at++;
      if (depth > 0 || !(c == '}' || c == ']'))
        continue;
    }
    if (depth == 0)
      return;
  }
}

static bool take(Scan *self, char c) {
  skip_space(self);
  if (self->at == self->end || *self->at != c)
    return false;
  self->at++;
  return true;
}

/* Is the string that begins here `name`, however it is escaped? Goes past it. */
static bool take_name(Scan *self, const char *name) {
  const char *from = self->at;
  skip_string(self);
  json_t *text = json_loadb(from, (gsize)(self->at - from), JSON_DECODE_ANY, NULL);
  bool is_same = json_is_string(text) && strcmp(json_string_value(text), name) == 0;
  json_decref(text);
  return is_same;
}

/* To the member of the object, or the item of the array, that begins here. */
static bool enter(Scan *self, const char *name) {
  skip_space(self);
  bool is_object = self->at < self->end && *self->at == '{';
  guint64 wanted = 0, index = 0;
  if (!is_object && (self->at == self->end || *self->at != '[' || !g_ascii_string_to_unsigned(name, 10, 0, G_MAXINT64, &wanted, NULL)))
    return false;
  self->at++;
  do {
    skip_space(self);
    bool is_it = index++ == wanted;
    if (self->at == self->end || ends_value(*self->at) || (is_object && *self->at != '"'))
      return false;
    if (is_object) {
      is_it = take_name(self, name);
      if (!take(self, ':'))
        return false;
      skip_space(self);
    }
    if (is_it)
      return true;
    skip_value(self);
  } while (take(self, ','));
  return false;
}

static void tell(const char *data, const char *at, guint *line, guint *column) {
  *line = *column = 1;
  for (; data < at; data++) {
    bool is_new_line = *data == '\n';
    *line += is_new_line;
    *column = is_new_line ? 1 : *column + ((*data & 0xC0) != 0x80); /* not what continues a character of UTF-8 */
  }
}

bool ak_json_place(const char *data, gsize size, const char *pointer, guint *line, guint *column) {
  Scan scan = {data, data + size};
  g_auto(GStrv) names = g_strsplit(pointer, "/", -1);
  bool is_there = true;
  skip_space(&scan);
  for (guint i = 1; is_there && i < g_strv_length(names); i++) {
    g_autoptr(GString) name = g_string_new(names[i]);
    Scan inner = scan;
    g_string_replace(name, "~1", "/", 0);
    g_string_replace(name, "~0", "~", 0);
    is_there = enter(&inner, name->str);
    if (is_there)
      scan = inner;
  }
  tell(data, scan.at, line, column);
  return is_there;
}

/* The first line is the pointer. */
bool ak_util_json_place_fuzz(const guint8 *data, gsize size) {
  const guint8 *end = memchr(data, '\n', size);
  gsize length = end != NULL ? (gsize)(end - data) : size, rest = end != NULL ? length + 1 : size;
  g_autofree char *pointer = g_strndup((const char *)data, length);
  guint line = 0, column = 0;
  bool is_there = ak_json_place((const char *)data + rest, size - rest, pointer, &line, &column);
  g_assert_true(line >= 1 && column >= 1);
  return is_there;
}
