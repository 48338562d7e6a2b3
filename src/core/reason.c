#include "core/reason.h"

#include <string.h>

#define MAX_REASON_BYTES 16384 /* what is longer stays as it is */
#define MAX_CAPTURES 4
#define MAX_DEPTH 3 /* reasons in reasons */

/* --- patterns ------------------------------------------------------------------------------- */

typedef struct {
  const char *pattern, *told; /* of the texts */
  guint letters;              /* of the pattern that are no conversion */
} Row;

typedef enum { IS, OF, BEHIND, KINDS } Kind;

typedef struct {
  const char *text[MAX_CAPTURES];
  gsize size[MAX_CAPTURES];
  guint count;
  bool have_parts; /* what a %s takes may have parts of its own: "a!/x: tar: damaged header" */
} Captures;

static void add_row(const char *id, const char *text, gpointer data) {
  static const char *const beginnings[KINDS] = {
      [IS] = "reason.is.", [OF] = "reason.of.", [BEHIND] = "reason.behind."};
  GArray **tables = data;
  Row row = {.pattern = text, .told = ak_text(AK_LANG_JA, id)};
  for (const char *at = text; *at != '\0'; at++)
    row.letters += *at != '%';
  for (gsize i = 0; i < KINDS; i++)
    if (g_str_has_prefix(id, beginnings[i]))
      g_array_append_val(tables[i], row);
}

/* What says more comes first; of two that say as much, one of them always. */
static gint by_letters(gconstpointer a, gconstpointer b) {
  const Row *left = a, *right = b;
  if (left->letters != right->letters)
    return left->letters > right->letters ? -1 : 1;
  return strcmp(left->pattern, right->pattern);
}

static const GArray *rows_of(Kind kind) {
  static GArray *tables[KINDS]; /* made once, under the once below */
  static gsize made = 0;
  if (g_once_init_enter(&made)) {
    for (gsize i = 0; i < KINDS; i++)
      tables[i] = g_array_new(FALSE, FALSE, sizeof(Row));
    ak_text_foreach(AK_LANG_EN, add_row, tables);
    for (gsize i = 0; i < KINDS; i++)
      g_array_sort(tables[i], by_letters);
    g_once_init_leave(&made, 1);
  }
  return tables[kind];
}

/* Bytes of `text` that a number's conversion takes; 0: none stands there. */
static gsize number_length(char conversion, const char *text) {
  const char *digits = conversion == 'x' ? "0123456789abcdef" : "0123456789";
  gsize sign = conversion == 'd' && *text == '-' ? 1 : 0;
  gsize length = strspn(text + sign, digits);
  return length > 0 ? sign + length : 0;
}

static void capture(Captures *captures, guint number, const char *text, gsize size) {
  captures->text[number] = text;
  captures->size[number] = size;
  captures->count = number + 1;
}

/* How far a %s of `pattern` may reach: to the end, or to where the next part of a reason begins. */
static gsize reach_of(const char *pattern, const char *text, bool has_parts) {
  const char *end = has_parts || pattern[2] == '\0' ? NULL : strstr(text, ": ");
  return end != NULL ? (gsize)(end - text) : strlen(text);
}

/* True where `pattern` is all of `text`; a %s takes as little as it can, and something. */
static bool fits(const char *pattern, const char *text, guint number, Captures *captures) {
  for (; *pattern != '\0'; pattern++, text++) {
    if (*pattern == '%' && number == MAX_CAPTURES)
      return false;
    if (*pattern == '%' && pattern[1] == 's') {
      gsize most = reach_of(pattern, text, captures->have_parts);
      for (gsize size = pattern[2] == '\0' ? MAX(most, 1) : 1; size <= most; size++)
        if (fits(pattern + 2, text + size, number + 1, captures)) {
          captures->text[number] = text;
          captures->size[number] = size;
          return true;
        }
      return false;
    }
    if (*pattern == '%') {
      gsize length = number_length(pattern[1], text);
      if (length == 0)
        return false;
      capture(captures, number++, text, length);
      pattern++;
      text += length - 1;
    } else if (*pattern != *text) {
      return false;
    }
  }
  captures->count = MAX(captures->count, number);
  return *text == '\0';
}

static const Row *find(Kind kind, const char *text, Captures *captures) {
  const GArray *rows = rows_of(kind);
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = &g_array_index(rows, Row, i);
    *captures = (Captures){.have_parts = kind == BEHIND};
    if (fits(row->pattern, text, 0, captures))
      return row;
  }
  return NULL;
}

/* --- one reason ----------------------------------------------------------------------------- */

static char *tell_parts(const char *reason, guint depth);

/* The `number`th capture; where it is a reason by itself, told. */
static char *captured(const Captures *captures, guint number, bool is_reason, guint depth) {
  if (number >= captures->count)
    return g_strdup("");
  char *raw = g_strndup(captures->text[number], captures->size[number]);
  char *told = is_reason ? tell_parts(raw, depth + 1) : NULL;
  if (told == NULL)
    return raw;
  g_free(raw);
  return told;
}

/* `row`'s Japanese text with what was captured in the places of "%s", "%2$u"; `reason` is the
 * capture that is one. */
static char *fill_in(const Row *row, const Captures *captures, guint reason, guint depth) {
  GString *text = g_string_new(NULL);
  guint next = 0;
  for (const char *at = row->told; *at != '\0'; at++) {
    if (*at != '%') {
      g_string_append_c(text, *at);
      continue;
    }
    bool is_numbered = g_ascii_isdigit(at[1]) && at[2] == '$';
    guint number = is_numbered ? (guint)(at[1] - '1') : next++;
    g_autofree char *value = captured(captures, number, number == reason, depth);
    g_string_append(text, value);
    at += is_numbered ? 3 : 1;
  }
  return g_string_free(text, FALSE);
}

/* "a!/x: ext: inode 5": what is known of it told, names as they are. */
static char *tell_head(const char *head, gsize size) {
  g_autofree char *copy = g_strndup(head, size);
  g_auto(GStrv) parts = g_strsplit(copy, ": ", -1);
  for (char **part = parts; *part != NULL; part++) {
    Captures captures;
    const Row *row = find(OF, *part, &captures);
    char *told = row != NULL ? fill_in(row, &captures, MAX_CAPTURES, 0) : NULL;
    if (told == NULL)
      continue;
    g_free(*part);
    *part = told;
  }
  return g_strjoinv(": ", parts);
}

/* A known reason at the end, behind whatever ends with ": "; the longest of them. */
static char *tell_end(const char *reason, guint depth) {
  for (const char *at = reason; at != NULL;
       at = strstr(at, ": ") != NULL ? strstr(at, ": ") + 2 : NULL) {
    Captures captures;
    const Row *row = find(IS, at, &captures);
    if (row == NULL)
      continue;
    bool has_reason = g_str_has_suffix(row->pattern, "%s");
    g_autofree char *told =
        fill_in(row, &captures, has_reason ? captures.count - 1 : MAX_CAPTURES, depth);
    g_autofree char *head = tell_head(reason, (gsize)(at - reason));
    return g_strconcat(head, told, NULL);
  }
  return NULL;
}

/* NULL where nothing is known of it. */
static char *tell(const char *reason, guint depth) {
  char *told = depth < MAX_DEPTH ? tell_end(reason, depth) : NULL;
  Captures captures;
  const Row *row = told == NULL && depth < MAX_DEPTH ? find(BEHIND, reason, &captures) : NULL;
  if (row == NULL)
    return told;
  g_autofree char *inner = g_strndup(captures.text[0], captures.size[0]);
  g_autofree char *known = tell(inner, depth + 1);
  return known != NULL ? fill_in(row, &captures, 0, depth) : NULL;
}

/* --- reasons one behind the other ------------------------------------------------------------ */

/* "code (arm), 131072 bytes at 0x40000 of gateway.bin"; NULL where it is something else. */
static char *region_text(const char *place) {
  static const char bytes[] = " bytes at 0x", of[] = " of ";
  const char *at = strstr(place, bytes), *size = at;
  while (size != NULL && size > place && g_ascii_isdigit(size[-1]))
    size--;
  const char *owner = at != NULL ? strstr(at, of) : NULL;
  if (owner == NULL || size - place < 3 || strncmp(size - 2, ", ", 2) != 0)
    return NULL;
  g_autofree char *kind = g_strndup(place, (gsize)(size - 2 - place));
  g_autofree char *count = g_strndup(size, (gsize)(at - size));
  g_autofree char *offset =
      g_strndup(at + sizeof bytes - 3, (gsize)(owner - at) - (sizeof bytes - 3));
  gsize length = strcspn(kind, " ");
  g_autofree char *word = g_strndup(kind, length);
  g_autofree char *id = g_strdup_printf("cli.firmware.content.%s", word);
  const char *name = ak_text(AK_LANG_JA, id);
  if (name == id)
    return NULL;
  g_autofree char *told = g_strconcat(name, kind + length, NULL);
  return ak_text_format(AK_LANG_JA, "reason.region", told, count, offset, owner + sizeof of - 1);
}

/* "and 12 more" behind the last place; NULL where it is something else. */
static char *more_text(const char *place) {
  gsize digits = g_str_has_prefix(place, "and ") ? strspn(place + 4, "0123456789") : 0;
  if (digits == 0 || strcmp(place + 4 + digits, " more") != 0)
    return NULL;
  g_autofree char *count = g_strndup(place + 4, digits);
  return ak_text_format(AK_LANG_JA, "reason.more", count);
}

/* NULL where nothing is known of it. */
static char *tell_part(const char *part, guint depth) {
  char *told = more_text(part);
  if (told == NULL)
    told = region_text(part);
  return told != NULL ? told : tell(part, depth);
}

/* Places of files that look packed, and "and 12 more": none of them is a reason. NULL where it is
 * something else. */
static char *tell_sealed(const char *reason) {
  g_auto(GStrv) around = g_strsplit(ak_text(AK_LANG_EN, "reason.sealed"), "%s", 2);
  if (!g_str_has_prefix(reason, around[0]))
    return NULL;
  g_auto(GStrv) places = g_strsplit(reason + strlen(around[0]), ", ", -1);
  for (char **place = places; *place != NULL; place++) {
    char *told = more_text(*place);
    if (told == NULL)
      continue;
    g_free(*place);
    *place = told;
  }
  g_autofree char *all = g_strjoinv(", ", places);
  return ak_text_format(AK_LANG_JA, "reason.sealed", all);
}

/* "a: gzip: ends too early; b: tar: damaged header; and 2 more"; NULL where none of it is known. */
static char *tell_parts(const char *reason, guint depth) {
  char *sealed = tell_sealed(reason);
  if (sealed != NULL)
    return sealed;
  g_auto(GStrv) parts = g_strsplit(reason, "; ", -1);
  bool is_known = false;
  for (char **part = parts; *part != NULL; part++) {
    char *told = tell_part(*part, depth);
    if (told == NULL)
      continue;
    is_known = true;
    g_free(*part);
    *part = told;
  }
  return is_known ? g_strjoinv("; ", parts) : NULL;
}

char *ak_reason_text(AkLang lang, const char *reason) {
  if (lang == AK_LANG_EN || strlen(reason) > MAX_REASON_BYTES)
    return g_strdup(reason);
  char *told = tell_parts(reason, 0);
  return told != NULL ? told : g_strdup(reason);
}

char *ak_reason_value_text(AkLang lang, const char *property, bool is_seen, const char *text) {
  static const char *const own[] = {"elf.risky-path",
                                    "kernel.config",
                                    "kernel-module.signatures",
                                    "kernel-module.unsigned",
                                    "secret.certificate-note",
                                    "service-at-boot.configurations",
                                    "service-at-boot.not-understood",
                                    "service-at-boot.start",
                                    NULL};
  return is_seen && !g_strv_contains(own, property) ? g_strdup(text) : ak_reason_text(lang, text);
}
