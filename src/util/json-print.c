#include "util/json-print.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 512, PIECE = 1 << 16, KEPT_MAX = 64 << 20 /* bytes of texts that are kept to be copied */, FEW_MEMBERS = 12 };

typedef struct {
  const char *key;
  const json_t *value;
} Member;

/* Where the same value stands at the same depth it has the same bytes. */
typedef struct {
  const json_t *value;
  guint depth;
} Place;

typedef struct {
  AkJsonPut *put;
  gpointer data;
  GString *text;    /* not yet put */
  GHashTable *kept; /* Place → GBytes; NULL: canonical, without white space, in one piece */
  GArray *members;  /* of Member: of all objects that are open */
  gsize kept_size;
  guint64 pieces; /* how many were put */
} Printing;

static guint hash_place(gconstpointer key) {
  const Place *place = key;
  return g_direct_hash(place->value) * 31 + place->depth;
}

static gboolean equal_places(gconstpointer a, gconstpointer b) {
  const Place *left = a, *right = b;
  return left->value == right->value && left->depth == right->depth;
}

/* --- texts ------------------------------------------------------------------------------------------------------ */

static void print_escape(GString *text, guchar c) {
  static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (gsize i = 0; i + 1 < sizeof letters; i += 2)
    if ((guchar)letters[i] == c) {
      g_string_append_c(text, '\\');
      g_string_append_c(text, letters[i + 1]);
      return;
    }
  g_string_append_printf(text, "\\u%04X", c);
}

static void print_string(GString *text, const char *string, gsize size) {
  gsize begin = 0;
  g_string_append_c(text, '"');
  for (gsize i = 0; i < size; i++) {
    guchar c = (guchar)string[i];
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    g_string_append_len(text, string + begin, (gssize)(i - begin));
    print_escape(text, c);
    begin = i + 1;
  }
  g_string_append_len(text, string + begin, (gssize)(size - begin));
  g_string_append_c(text, '"');
}

static void print_integer(GString *text, json_int_t number) {
  char digits[24], *at = digits + sizeof digits;
  guint64 left = number < 0 ? -(guint64)number : (guint64)number;
  do
    *--at = (char)('0' + left % 10);
  while ((left /= 10) > 0);
  if (number < 0)
    *--at = '-';
  g_string_append_len(text, at, digits + sizeof digits - at);
}

static void print_plain(GString *text, const json_t *value) {
  switch (json_typeof(value)) {
  case JSON_STRING:
    print_string(text, json_string_value(value), json_string_length(value));
    return;
  case JSON_INTEGER:
    print_integer(text, json_integer_value(value));
    return;
  case JSON_REAL: {
    char *digits = json_dumps(value, JSON_ENCODE_ANY);
    g_string_append(text, digits);
    free(digits);
    return;
  }
  case JSON_NULL:
    g_string_append(text, "null");
    return;
  default:
    g_string_append(text, json_is_true(value) ? "true" : "false");
  }
}

/* --- what holds others ------------------------------------------------------------------------------------------ */

static bool print(Printing *self, const json_t *value, guint depth);

static void begin_line(const Printing *self, guint depth) {
  static const char spaces[] = "                                ";
  GString *text = self->text;
  if (self->kept == NULL)
    return;
  g_string_append_c(text, '\n');
  for (guint left = depth; left > 0; left -= MIN(left, sizeof spaces - 1))
    g_string_append_len(text, spaces, (gssize)MIN(left, sizeof spaces - 1));
}

static bool print_array(Printing *self, const json_t *value, guint depth) {
  gsize count = json_array_size(value);
  g_string_append_c(self->text, '[');
  for (gsize i = 0; i < count; i++) {
    if (i > 0)
      g_string_append_c(self->text, ',');
    begin_line(self, depth + 1);
    if (!print(self, json_array_get(value, i), depth + 1))
      return false;
  }
  if (count > 0)
    begin_line(self, depth);
  g_string_append_c(self->text, ']');
  return true;
}

static int compare_members(gconstpointer a, gconstpointer b) {
  return strcmp(((const Member *)a)->key, ((const Member *)b)->key);
}

/* Most objects have few members, and are nearly in order. */
static void sort(Member *members, guint count) {
  if (count > FEW_MEMBERS) {
    qsort(members, count, sizeof(Member), compare_members);
    return;
  }
  for (guint i = 1; i < count; i++) {
    Member member = members[i];
    guint at = i;
    for (; at > 0 && strcmp(members[at - 1].key, member.key) > 0; at--)
      members[at] = members[at - 1];
    members[at] = member;
  }
}

/* Its members go behind those of the objects around it; false: none. */
static bool sort_members(Printing *self, const json_t *value, guint *begin) {
  const char *key = NULL;
  json_t *member = NULL;
  *begin = self->members->len;
  json_object_foreach((json_t *)value, key, member) {
    Member one = {key, member};
    g_array_append_val(self->members, one);
  }
  if (self->members->len == *begin)
    return false;
  sort(&g_array_index(self->members, Member, *begin), self->members->len - *begin);
  return true;
}

static bool print_object(Printing *self, const json_t *value, guint depth) {
  guint begin = 0;
  bool has_members = sort_members(self, value, &begin);
  g_string_append_c(self->text, '{');
  for (guint i = begin, end = self->members->len; i < end; i++) {
    Member member = g_array_index(self->members, Member, i); /* the array may move */
    if (i > begin)
      g_string_append_c(self->text, ',');
    begin_line(self, depth + 1);
    print_string(self->text, member.key, strlen(member.key));
    g_string_append(self->text, self->kept != NULL ? ": " : ":");
    if (!print(self, member.value, depth + 1))
      return false;
  }
  g_array_set_size(self->members, begin);
  if (has_members)
    begin_line(self, depth);
  g_string_append_c(self->text, '}');
  return true;
}

static bool put_piece(Printing *self, gsize least) {
  if (self->put == NULL || self->text->len < least)
    return true;
  bool goes_on = self->put(self->text->str, self->text->len, self->data);
  g_string_truncate(self->text, 0);
  self->pieces++;
  return goes_on;
}

static bool print_holder(Printing *self, const json_t *value, guint depth) {
  return json_is_array(value) ? print_array(self, value, depth) : print_object(self, value, depth);
}

/* What others hold too is written once, unless it goes into several pieces: large values are not kept in memory again. */
static bool print_shared(Printing *self, const json_t *value, guint depth) {
  Place place = {value, depth};
  GBytes *before = g_hash_table_lookup(self->kept, &place);
  if (before != NULL) {
    g_string_append_len(self->text, g_bytes_get_data(before, NULL), (gssize)g_bytes_get_size(before));
    return true;
  }
  gsize begin = self->text->len;
  guint64 pieces = self->pieces;
  if (!print_holder(self, value, depth))
    return false;
  if (self->pieces != pieces)
    return true;
  self->kept_size += self->text->len - begin;
  g_hash_table_insert(self->kept, g_memdup2(&place, sizeof place),
                      g_bytes_new(self->text->str + begin, self->text->len - begin));
  return true;
}

static bool print(Printing *self, const json_t *value, guint depth) {
  if (!json_is_array(value) && !json_is_object(value)) {
    print_plain(self->text, value);
    return true;
  }
  if (depth >= DEPTH_MAX)
    return false;
  bool is_kept = self->kept != NULL && depth > 0 && value->refcount > 1 && self->kept_size < KEPT_MAX;
  return (is_kept ? print_shared(self, value, depth) : print_holder(self, value, depth)) && put_piece(self, PIECE);
}

bool ak_json_print(const json_t *value, AkJsonPut *put, gpointer data) {
  Printing self = {.put = put, .data = data, .text = g_string_sized_new(2 * PIECE)};
  self.kept = g_hash_table_new_full(hash_place, equal_places, g_free, (GDestroyNotify)g_bytes_unref);
  self.members = g_array_new(FALSE, FALSE, sizeof(Member));
  bool ok = print(&self, value, 0) && put_piece(&self, 1);
  g_string_free(self.text, TRUE);
  g_hash_table_unref(self.kept);
  g_array_unref(self.members);
  return ok;
}

char *ak_json_to_canonical(const json_t *value, gsize *size) {
  Printing self = {.text = g_string_sized_new(1 << 10), .members = g_array_sized_new(FALSE, FALSE, sizeof(Member), 2 * FEW_MEMBERS)};
  bool ok = print(&self, value, 0);
  g_array_unref(self.members);
  *size = self.text->len;
  return g_string_free(self.text, !ok);
}

static bool append(const char *bytes, gsize size, gpointer data) {
  g_string_append_len(data, bytes, (gssize)size);
  return true;
}

char *ak_json_to_text(const json_t *value, gsize *size) {
  g_autoptr(GString) text = g_string_new(NULL);
  if (!ak_json_print(value, append, text))
    return NULL;
  *size = text->len;
  return g_string_free(g_steal_pointer(&text), FALSE);
}
