#include "firmware/analysis/signature.h"

#include <gio/gio.h>
#include <string.h>

#include "firmware/analysis/version-text.h"

#define DATA "/akashi/signatures/components.json"
#define VERSION_MARK "{version}"
#define UPDATE_MARK "{update}"
#define MIN_LITERAL 4      /* bytes: shorter ones stand everywhere */
#define MAX_WITHIN 4096    /* bytes around a literal beside which a version stands alone */
#define MAX_LITERAL_HITS 8 /* of one such literal in one file */
#define MAX_HITS 64        /* of one file */
#define TEXT_BYTES 4096    /* without a NUL in so many bytes it is plain text */
#define MAX_PATTERNS 1000

typedef enum { KIND_TEXT, KIND_NEAR, KIND_PATH } PatternKind;

typedef struct {
  const AkComponent *component;
  PatternKind kind;
  char *literal; /* TEXT, PATH: stands before the version; NEAR: stands somewhere near */
  gsize size;
  char *after;   /* TEXT, PATH: what must follow the version; '#' is a digit; may be "" */
  char *also;    /* a literal that must stand in the same file, or NULL */
  char *begins;  /* NEAR: how the version must begin, or NULL */
  char *ends;    /* NEAR: what may stand behind the version in its text, or NULL */
  char *holds;   /* TEXT: what the version must hold, or NULL */
  bool is_start; /* TEXT: nothing or a NUL stands before the literal */
  gsize within;
} Pattern;

struct _AkSignatures {
  GPtrArray *components; /* of AkComponent */
  GPtrArray *patterns;   /* of Pattern */
  guint16 *first;        /* by two bytes: 1 + index of the first pattern that begins with them */
  guint16 next[MAX_PATTERNS]; /* 1 + index of the next such pattern */
};

static void component_free(AkComponent *self) {
  g_free(self->id);
  g_free(self->purl);
  g_free(self->cpe);
  g_strfreev(self->packages);
  g_free(self->sample);
  g_free(self->counter);
  g_free(self->expected);
  g_free(self);
}

static void pattern_free(Pattern *self) {
  g_free(self->literal);
  g_free(self->after);
  g_free(self->also);
  g_free(self->begins);
  g_free(self->ends);
  g_free(self->holds);
  g_free(self);
}

void ak_signatures_free(AkSignatures *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->patterns);
  g_ptr_array_unref(self->components);
  g_free(self->first);
  g_free(self);
}

void ak_signature_hit_free(AkSignatureHit *self) {
  if (self == NULL)
    return;
  g_free(self->version);
  g_free(self);
}

guint ak_signatures_length(const AkSignatures *self) {
  return self->components->len;
}

const AkComponent *ak_signatures_component(const AkSignatures *self, guint index) {
  return self->components->pdata[index];
}

const AkComponent *ak_signatures_of_package(const AkSignatures *self, const char *package) {
  for (guint i = 0; i < self->components->len; i++) {
    const AkComponent *component = self->components->pdata[i];
    if (g_strv_contains((const char *const *)component->packages, package))
      return component;
  }
  return NULL;
}

/* --- reading the data --------------------------------------------------------------------------
 */

static char *optional(const json_t *json, const char *key) {
  return g_strdup(ak_json_string_or(json, key, NULL));
}

/* "BusyBox v{version} (" → "BusyBox v", " (". */
static bool split_text(Pattern *self, const char *text) {
  const char *mark = strstr(text, VERSION_MARK);
  if (mark == NULL)
    return false;
  self->literal = g_strndup(text, (gsize)(mark - text));
  self->after = g_strdup(mark + strlen(VERSION_MARK));
  return true;
}

static Pattern *read_pattern(const json_t *json, const AkComponent *component) {
  const char *text = ak_json_string_or(json, "text", NULL);
  const char *near = ak_json_string_or(json, "near", NULL);
  const char *path = ak_json_string_or(json, "path", NULL);
  Pattern *self = g_new0(Pattern, 1);
  self->component = component;
  self->kind = text != NULL ? KIND_TEXT : near != NULL ? KIND_NEAR : KIND_PATH;
  self->also = optional(json, "also");
  self->begins = optional(json, "begins");
  self->ends = optional(json, "ends");
  self->holds = optional(json, "holds");
  self->is_start = json_is_true(json_object_get(json, "start"));
  self->within = (gsize)json_integer_value(json_object_get(json, "within"));
  bool good = (text != NULL) + (near != NULL) + (path != NULL) == 1;
  if (near != NULL) {
    self->literal = g_strdup(near);
    good = good && self->within > 0 && self->within <= MAX_WITHIN;
  } else if (good) {
    good = split_text(self, text != NULL ? text : path);
  }
  self->size = self->literal != NULL ? strlen(self->literal) : 0;
  if (good && self->size >= MIN_LITERAL)
    return self;
  pattern_free(self);
  return NULL;
}

static GStrv read_names(const json_t *array) {
  GPtrArray *names = g_ptr_array_new();
  for (gsize i = 0; i < json_array_size(array); i++)
    g_ptr_array_add(names, g_strdup(json_string_value(json_array_get(array, i))));
  g_ptr_array_add(names, NULL);
  return (GStrv)g_ptr_array_free(names, FALSE);
}

static AkComponent *read_component(const json_t *json, GError **error) {
  static const char *const texts[] = {"id",      "purl",       "sample", "counter",
                                      "version", "confidence", "source"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    if (ak_json_string(json, texts[i], ak_json_string_or(json, "id", "component"), error) == NULL)
      return NULL;
  AkComponent *self = g_new0(AkComponent, 1);
  self->id = optional(json, "id");
  self->purl = optional(json, "purl");
  self->cpe = optional(json, "cpe");
  self->packages = read_names(json_object_get(json, "packages"));
  self->sample = optional(json, "sample");
  self->counter = optional(json, "counter");
  self->expected = optional(json, "version");
  self->is_confirmed = strcmp(ak_json_string_or(json, "confidence", ""), "confirmed") == 0;
  return self;
}

static bool add_patterns(AkSignatures *self, const AkComponent *component, const json_t *json,
                         GError **error) {
  const json_t *matches = ak_json_array(json, "match", component->id, error);
  if (matches == NULL)
    return false;
  for (gsize i = 0; i < json_array_size(matches); i++) {
    Pattern *pattern = read_pattern(json_array_get(matches, i), component);
    if (pattern == NULL || self->patterns->len >= MAX_PATTERNS) {
      g_clear_pointer(&pattern, pattern_free);
      return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: match %u is none", component->id,
                          (guint)i + 1);
    }
    g_ptr_array_add(self->patterns, pattern);
  }
  return true;
}

static guint key_of(const guint8 *data) {
  return data[0] | (guint)data[1] << 8;
}

static void index_patterns(AkSignatures *self) {
  for (guint i = 0; i < self->patterns->len; i++) {
    const Pattern *pattern = self->patterns->pdata[i];
    if (pattern->kind == KIND_PATH)
      continue;
    guint key = key_of((const guint8 *)pattern->literal);
    self->next[i] = self->first[key];
    self->first[key] = (guint16)(i + 1);
  }
}

AkSignatures *ak_signatures_read(const char *text, gsize size, GError **error) {
  g_autoptr(json_t) json = ak_json_parse(text, size, "components.json", error);
  const json_t *list =
      json != NULL ? ak_json_array(json, "components", "components.json", error) : NULL;
  if (list == NULL)
    return NULL;
  g_autoptr(AkSignatures) self = g_new0(AkSignatures, 1);
  self->components = g_ptr_array_new_with_free_func((GDestroyNotify)component_free);
  self->patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free);
  self->first = g_new0(guint16, 65536);
  for (gsize i = 0; i < json_array_size(list); i++) {
    AkComponent *component = read_component(json_array_get(list, i), error);
    if (component == NULL)
      return NULL;
    g_ptr_array_add(self->components, component);
    if (!add_patterns(self, component, json_array_get(list, i), error))
      return NULL;
  }
  index_patterns(self);
  return g_steal_pointer(&self);
}

AkSignatures *ak_signatures_new(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(DATA, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL) {
    ak_error_set(error, AK_ERROR_NOT_FOUND, "there are no signatures of components");
    return NULL;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  return ak_signatures_read(text, size, error);
}

/* --- searching ---------------------------------------------------------------------------------
 */

typedef struct {
  const AkSignatures *self;
  const guint8 *data;
  gsize size;
  GPtrArray *hits;                   /* of AkSignatureHit */
  guint8 literal_hits[MAX_PATTERNS]; /* NEAR: how many of each were looked at */
  guint8 also[MAX_PATTERNS];         /* is the other literal there: 0 not looked, 1 yes, 2 no */
} Search;

static void add_hit(Search *search, const Pattern *pattern, const guint8 *version, gsize length,
                    gsize offset, gsize size) {
  g_autofree char *text = g_strndup((const char *)version, length);
  for (guint i = 0; i < search->hits->len; i++) {
    const AkSignatureHit *hit = search->hits->pdata[i];
    if (hit->component == pattern->component && strcmp(hit->version, text) == 0)
      return;
  }
  if (search->hits->len >= MAX_HITS)
    return;
  AkSignatureHit *hit = g_new0(AkSignatureHit, 1);
  *hit = (AkSignatureHit){pattern->component, g_steal_pointer(&text), offset, size};
  g_ptr_array_add(search->hits, hit);
}

/* `after` at the start of the bytes; '#' is any digit. */
static bool follows(const char *after, const guint8 *data, gsize size) {
  gsize length = strlen(after);
  if (length > size)
    return false;
  for (gsize i = 0; i < length; i++)
    if (after[i] == '#' ? !g_ascii_isdigit(data[i]) : (guint8)after[i] != data[i])
      return false;
  return true;
}

/* The length of a version that ends where `after` begins: also where a comma stands there, which a
 * version alone never has behind it. */
static gsize version_before(const guint8 *data, gsize size, const char *after) {
  if (*after != ',') {
    gsize length = ak_version_text_length(data, size);
    return length > 0 && follows(after, data + length, size - length) ? length : 0;
  }
  const guint8 *comma = memchr(data, ',', MIN(size, 64));
  gsize length = comma != NULL ? (gsize)(comma - data) : 0;
  bool is_it = length > 0 && ak_version_text_length(data, length) == length &&
               follows(after, comma, size - length);
  return is_it ? length : 0;
}

/* Looked for once a file, however often the pattern itself stands there. */
static bool has_also(Search *search, guint index) {
  const Pattern *pattern = search->self->patterns->pdata[index];
  if (pattern->also != NULL && search->also[index] == 0)
    search->also[index] =
        memmem(search->data, search->size, pattern->also, strlen(pattern->also)) != NULL ? 1 : 2;
  return pattern->also == NULL || search->also[index] == 1;
}

/* A word that goes on to the left is another one. */
static bool may_start(const Search *search, const Pattern *pattern, gsize at) {
  if (at == 0)
    return true;
  guint8 before = search->data[at - 1];
  if (pattern->is_start)
    return before == '\0';
  return !g_ascii_isalnum((guint8)pattern->literal[0]) || !g_ascii_isalnum(before);
}

static void try_text(Search *search, guint index, gsize at) {
  const Pattern *pattern = search->self->patterns->pdata[index];
  const guint8 *version = search->data + at + pattern->size;
  gsize left = search->size - at - pattern->size;
  gsize length = version_before(version, left, pattern->after);
  if (length == 0 || !may_start(search, pattern, at) ||
      (pattern->holds != NULL &&
       memmem(version, length, pattern->holds, strlen(pattern->holds)) == NULL) ||
      !has_also(search, index))
    return;
  add_hit(search, pattern, version, length, at, pattern->size + length);
}

/* The text in [start, end) without what cannot be printed before it: compilers put texts right
 * behind tables. NULL where it may have begun earlier. */
static const guint8 *text_in(const Search *search, gsize start, gsize end) {
  gsize first = end;
  while (first > start && search->data[first - 1] >= ' ' && search->data[first - 1] < 0x7f)
    first--;
  bool is_whole = first > start || start == 0 || search->data[start - 1] == '\0';
  return is_whole && first < end ? search->data + first : NULL;
}

/* The length of the version that is this text, or begins it where the pattern allows; 0 for none.
 */
static gsize version_of(const Pattern *pattern, const guint8 *text, gsize size) {
  gsize length = pattern->ends != NULL ? version_before(text, size, pattern->ends)
                                       : ak_version_text_length(text, size);
  bool begins =
      pattern->begins == NULL || (length >= strlen(pattern->begins) &&
                                  memcmp(text, pattern->begins, strlen(pattern->begins)) == 0);
  return (length == size || pattern->ends != NULL) && begins ? length : 0;
}

/* The only version that stands alone, between NULs, around the literal; several say nothing. */
static void try_near(Search *search, guint index, gsize at) {
  const Pattern *pattern = search->self->patterns->pdata[index];
  gsize to = MIN(search->size, at + pattern->size + pattern->within);
  const guint8 *found = NULL;
  gsize found_size = 0;
  for (gsize start = at - MIN(at, pattern->within); start < to;) {
    const guint8 *nul = memchr(search->data + start, '\0', to - start);
    gsize end = nul != NULL ? (gsize)(nul - search->data) : to;
    const guint8 *text = nul != NULL ? text_in(search, start, end) : NULL;
    gsize length = text != NULL ? version_of(pattern, text, (gsize)(nul - text)) : 0;
    if (length > 0 && found != NULL && (found_size != length || memcmp(found, text, length) != 0))
      return;
    if (length > 0) {
      found = text;
      found_size = length;
    }
    start = end + 1;
  }
  if (found != NULL && has_also(search, index))
    add_hit(search, pattern, found, found_size, (gsize)(found - search->data), found_size);
}

static void try_at(Search *search, gsize at) {
  const AkSignatures *self = search->self;
  for (guint i = self->first[key_of(search->data + at)]; i != 0; i = self->next[i - 1]) {
    const Pattern *pattern = self->patterns->pdata[i - 1];
    if (search->size - at < pattern->size ||
        memcmp(search->data + at, pattern->literal, pattern->size) != 0)
      continue;
    if (pattern->kind == KIND_TEXT)
      try_text(search, i - 1, at);
    else if (search->literal_hits[i - 1]++ < MAX_LITERAL_HITS)
      try_near(search, i - 1, at);
    else
      search->literal_hits[i - 1] = MAX_LITERAL_HITS;
  }
}

/* In a path the version goes up to what follows it, or to the end: "/libuClibc-0.9.33.2.so",
 * "/libxml2.so.2.9.14". */
static void try_path(Search *search, const char *path) {
  for (guint i = 0; i < search->self->patterns->len; i++) {
    const Pattern *pattern = search->self->patterns->pdata[i];
    const char *at = pattern->kind == KIND_PATH ? strstr(path, pattern->literal) : NULL;
    if (at == NULL)
      continue;
    const char *version = at + pattern->size;
    const char *end =
        *pattern->after != '\0' ? strstr(version, pattern->after) : strchr(version, '\0');
    gsize length = end != NULL ? (gsize)(end - version) : 0;
    if (length > 0 && ak_version_text_length((const guint8 *)version, length) == length &&
        has_also(search, i))
      add_hit(search, pattern, (const guint8 *)version, length, 0, 0);
  }
}

/* Translated messages, which name the version that was translated. Source: GNU gettext, "MO Files".
 */
static bool is_catalogue(const guint8 *data, gsize size) {
  return size >= 4 &&
         (memcmp(data, "\xde\x12\x04\x95", 4) == 0 || memcmp(data, "\x95\x04\x12\xde", 4) == 0);
}

GPtrArray *ak_signatures_search(const AkSignatures *self, const char *path, const guint8 *data,
                                gsize size) {
  g_autofree Search *search = g_new0(Search, 1);
  search->self = self;
  search->data = data;
  search->size = size;
  search->hits = g_ptr_array_new_with_free_func((GDestroyNotify)ak_signature_hit_free);
  try_path(search, path);
  if (size >= 2 && !is_catalogue(data, size) && memchr(data, '\0', MIN(size, TEXT_BYTES)) != NULL)
    for (gsize at = 0; at + 1 < size; at++)
      if (self->first[key_of(data + at)] != 0)
        try_at(search, at);
  return search->hits;
}

bool ak_signatures_ask_path(const AkSignatures *self, const char *path) {
  for (guint i = 0; i < self->patterns->len; i++) {
    const Pattern *pattern = self->patterns->pdata[i];
    if (pattern->kind == KIND_PATH && strstr(path, pattern->literal) != NULL)
      return true;
  }
  return false;
}

/* --- names -------------------------------------------------------------------------------------
 */

static char *fill(const char *template, const char *version, const char *free_characters,
                  bool is_percent) {
  const char *mark = strstr(template, VERSION_MARK);
  GString *text = g_string_new_len(template, mark != NULL ? mark - template : -1);
  for (const char *c = version; mark != NULL && *c != '\0'; c++) {
    if (g_ascii_isalnum(*c) || strchr(free_characters, *c) != NULL)
      g_string_append_c(text, *c);
    else if (is_percent)
      g_string_append_printf(text, "%%%02X", (guint8)*c);
    else
      g_string_append_printf(text, "\\%c", *c);
  }
  return g_string_free(g_string_append(text, mark != NULL ? mark + strlen(VERSION_MARK) : ""),
                       FALSE);
}

/* Source: purl specification, "version" is percent-encoded. */
char *ak_signature_purl(const char *template, const char *version) {
  return fill(template, version, ".-_~", true);
}

/* Source: NISTIR 7695, 6.2: in a formatted string all but letters, digits, '_' are quoted, save
 * that
 * '.' and '-' stand unquoted. */
char *ak_signature_cpe(const char *template, const char *version) {
  const char *mark = strstr(template, UPDATE_MARK);
  if (mark == NULL)
    return fill(template, version, "._-", false);
  gsize length = strspn(version, "0123456789.");
  g_autofree char *number = g_strndup(version, length);
  g_autofree char *update = g_ascii_strdown(version + length + (version[length] == '-'), -1);
  g_autofree char *before = g_strndup(template, (gsize)(mark - template));
  g_autofree char *filled = fill(before, number, "._-", false);
  return g_strconcat(filled, *update != '\0' ? update : "*", mark + strlen(UPDATE_MARK), NULL);
}

bool ak_firmware_signature_fuzz(const guint8 *data, gsize size) {
  static AkSignatures *signatures;
  if (signatures == NULL)
    signatures = ak_signatures_new(NULL);
  g_assert_nonnull(signatures);
  g_autoptr(GPtrArray) hits = ak_signatures_search(signatures, "/bin/program", data, size);
  for (guint i = 0; i < hits->len; i++) {
    const AkSignatureHit *hit = hits->pdata[i];
    gsize length = strlen(hit->version);
    g_assert_cmpuint(hit->offset + hit->length, <=, size);
    g_assert_cmpuint(ak_version_text_length((const guint8 *)hit->version, length), ==, length);
  }
  return hits->len > 0;
}
