#include "firmware/analysis/secret-rule.h"

#include <gio/gio.h>
#include <hs/hs.h>
#include <math.h>
#include <string.h>

#include "firmware/analysis/secret-packed.h"
#include "util/digest.h"
#include "util/json.h"

#define DATA "/akashi/signatures/secrets.json"
#define MAX_RULES 500
#define MAX_HITS 200
#define MAX_MATCHES 5000 /* ends of matches looked at in one file */
#define TEXT_BYTES 4096
#define MAX_LINE_BYTES 4096
#define CHUNK_BYTES (1u << 20)
#define PADDING 64 /* Hyperscan 5.4.0 reads vectors across the ends of what it is given */

typedef enum { VALUE_WHOLE, VALUE_ASSIGNED, VALUE_LAST, VALUE_THIRD, VALUE_USERINFO } ValuePlace;
typedef enum { CHECK_NONE, CHECK_ENTROPY, CHECK_JWT } Check;

typedef struct {
  AkSecretRule rule;
  char *pattern, *path;
  ValuePlace value;
  Check check;
} Rule;

struct _AkSecretRules {
  GPtrArray *rules; /* of Rule */
  hs_database_t *database;
  hs_scratch_t *scratch;
  bool are_packed;
};

static void rule_free(Rule *self) {
  g_free(self->rule.id);
  g_free(self->rule.title);
  g_free(self->rule.confidence);
  g_free(self->rule.sample);
  g_free(self->rule.sample_path);
  g_free(self->rule.counter);
  g_free(self->pattern);
  g_free(self->path);
  g_free(self);
}

void ak_secret_rules_free(AkSecretRules *self) {
  if (self == NULL)
    return;
  hs_free_scratch(self->scratch);
  hs_free_database(self->database);
  g_clear_pointer(&self->rules, g_ptr_array_unref);
  g_free(self);
}

void ak_secret_hit_free(AkSecretHit *self) {
  if (self == NULL)
    return;
  g_free(self->masked);
  g_free(self);
}

guint ak_secret_rules_length(const AkSecretRules *self) {
  return self->rules->len;
}

const AkSecretRule *ak_secret_rules_get(const AkSecretRules *self, guint index) {
  return &((const Rule *)self->rules->pdata[index])->rule;
}

/* --- reading the data --------------------------------------------------------------------------
 */

static int index_of(const char *const *names, gsize count, const char *name) {
  for (gsize i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0)
      return (int)i;
  return -1;
}

static Rule *read_rule(const json_t *json, GError **error) {
  static const char *const texts[] = {"id",          "kind",   "title",   "pattern",    "value",
                                      "sample_path", "sample", "counter", "confidence", "source"};
  static const char *const kinds[] = {"api-key", "wifi", "login", "key", "constant"};
  static const char *const values[] = {"whole", "assigned", "last", "third", "userinfo"};
  static const char *const checks[] = {"none", "entropy", "jwt"};
  const char *id = ak_json_string_or(json, "id", "rule");
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    if (ak_json_string(json, texts[i], id, error) == NULL)
      return NULL;
  int kind = index_of(kinds, G_N_ELEMENTS(kinds), ak_json_string_or(json, "kind", ""));
  int value = index_of(values, G_N_ELEMENTS(values), ak_json_string_or(json, "value", ""));
  int check = index_of(checks, G_N_ELEMENTS(checks), ak_json_string_or(json, "check", "none"));
  if (kind < 0 || value < 0 || check < 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: unknown kind, value or check", id);
    return NULL;
  }
  Rule *rule = g_new0(Rule, 1);
  rule->rule = (AkSecretRule){.id = g_strdup(id),
                              .title = g_strdup(ak_json_string_or(json, "title", "")),
                              .kind = (AkRuleKind)kind,
                              .confidence = g_strdup(ak_json_string_or(json, "confidence", "")),
                              .sample = g_strdup(ak_json_string_or(json, "sample", "")),
                              .sample_path = g_strdup(ak_json_string_or(json, "sample_path", "")),
                              .counter = g_strdup(ak_json_string_or(json, "counter", ""))};
  rule->pattern = g_strdup(ak_json_string_or(json, "pattern", ""));
  rule->path = g_strdup(ak_json_string_or(json, "path", NULL));
  rule->value = (ValuePlace)value;
  rule->check = (Check)check;
  return rule;
}

/* Names of settings are compared without case. Where a form begins is told by Hyperscan; patterns
 * of settings would be too large for that, and a line's start does. */
static unsigned flags_of(const Rule *rule) {
  unsigned flags = HS_FLAG_MULTILINE;
  flags |= rule->value == VALUE_WHOLE ? HS_FLAG_SOM_LEFTMOST : 0;
  return rule->value == VALUE_ASSIGNED ? flags | HS_FLAG_CASELESS : flags;
}

/* `platform` NULL: for the processor that this is. */
static bool compile(AkSecretRules *self, const hs_platform_info_t *platform, GError **error) {
  guint count = self->rules->len;
  g_autofree const char **patterns = g_new0(const char *, count);
  g_autofree unsigned *flags = g_new0(unsigned, count), *ids = g_new0(unsigned, count);
  for (guint i = 0; i < count; i++) {
    const Rule *rule = self->rules->pdata[i];
    patterns[i] = rule->pattern;
    flags[i] = flags_of(rule);
    ids[i] = i;
  }
  hs_compile_error_t *failure = NULL;
  if (hs_compile_multi(patterns, flags, ids, count, HS_MODE_BLOCK, platform,
                       &self->database, &failure) != HS_SUCCESS) {
    int at = failure->expression;
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: %s",
                 at >= 0 ? ak_secret_rules_get(self, (guint)at)->id : "secrets.json",
                 failure->message);
    hs_free_compile_error(failure);
    return false;
  }
  return true;
}

/* What was compiled for these very rules when the program was built, where this Hyperscan takes it. */
static bool load_packed(AkSecretRules *self, const char *text, gsize size) {
  AkDigest digest = ak_digest_of(text, size);
  char source[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, source);
  if (ak_secret_packed_size == 0 || strcmp(source, ak_secret_packed_source) != 0 ||
      hs_deserialize_database(ak_secret_packed, ak_secret_packed_size, &self->database) !=
          HS_SUCCESS)
    return false;
  self->are_packed = hs_alloc_scratch(self->database, &self->scratch) == HS_SUCCESS;
  if (!self->are_packed) { /* of another processor */
    hs_free_database(self->database);
    self->database = NULL;
  }
  return self->are_packed;
}

static bool prepare(AkSecretRules *self, const char *text, gsize size, GError **error) {
  return load_packed(self, text, size) ||
         (compile(self, NULL, error) &&
          (hs_alloc_scratch(self->database, &self->scratch) == HS_SUCCESS ||
           ak_error_set(error, AK_ERROR_LIMIT, "no memory for patterns")));
}

static AkSecretRules *read_rules(const char *text, gsize size, GError **error) {
  g_autoptr(json_t) json = ak_json_parse(text, size, "secrets.json", error);
  const json_t *list = json != NULL ? ak_json_array(json, "rules", "secrets.json", error) : NULL;
  if (list == NULL)
    return NULL;
  if (json_array_size(list) == 0 || json_array_size(list) > MAX_RULES) {
    ak_error_set(error, AK_ERROR_LIMIT, "secrets.json: %u rules", (guint)json_array_size(list));
    return NULL;
  }
  g_autoptr(AkSecretRules) self = g_new0(AkSecretRules, 1);
  self->rules = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
  for (gsize i = 0; i < json_array_size(list); i++) {
    Rule *rule = read_rule(json_array_get(list, i), error);
    if (rule == NULL)
      return NULL;
    g_ptr_array_add(self->rules, rule);
  }
  return g_steal_pointer(&self);
}

AkSecretRules *ak_secret_rules_read(const char *text, gsize size, GError **error) {
  g_autoptr(AkSecretRules) self = read_rules(text, size, error);
  return self != NULL && prepare(self, text, size, error) ? g_steal_pointer(&self) : NULL;
}

static void free_serialized(gpointer data) {
  free(data); /* Hyperscan's allocator, which nobody has set */
}

GBytes *ak_secret_rules_pack(const char *text, gsize size, GError **error) {
  static const hs_platform_info_t any = {0}; /* no processor in particular, no features beyond the least */
  g_autoptr(AkSecretRules) self = read_rules(text, size, error);
  char *bytes = NULL;
  size_t length = 0;
  if (self == NULL || !compile(self, &any, error))
    return NULL;
  if (hs_serialize_database(self->database, &bytes, &length) == HS_SUCCESS)
    return g_bytes_new_with_free_func(bytes, length, free_serialized, bytes);
  ak_error_set(error, AK_ERROR_INTERNAL, "the patterns cannot be written down");
  return NULL;
}

bool ak_secret_rules_are_packed(const AkSecretRules *self) {
  return self->are_packed;
}

AkSecretRules *ak_secret_rules_new(GError **error) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data(DATA, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (bytes == NULL)
    return NULL;
  return ak_secret_rules_read(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}

AkSecretRules *ak_secret_rules_own(GError **error) {
  static GPrivate own = G_PRIVATE_INIT((GDestroyNotify)ak_secret_rules_free);
  AkSecretRules *rules = g_private_get(&own);
  if (rules == NULL) {
    rules = ak_secret_rules_new(error);
    g_private_set(&own, rules);
  }
  return rules;
}

/* --- the value within a match ------------------------------------------------------------------
 */

typedef struct {
  const char *start;
  gsize size;
} Span;

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static Span trimmed(Span span) {
  while (span.size > 0 && (is_blank(*span.start) || strchr("\"'", *span.start) != NULL))
    span.start++, span.size--;
  while (span.size > 0 && (is_blank(span.start[span.size - 1]) ||
                           strchr("\"',\\", span.start[span.size - 1]) != NULL))
    span.size--;
  return span;
}

/* What stands behind the first of `marks`. */
static Span behind(Span match, const char *marks) {
  gsize at = 0;
  while (at < match.size && strchr(marks, match.start[at]) == NULL)
    at++;
  at += at < match.size;
  return trimmed((Span){match.start + at, match.size - at});
}

/* The last word, quotes taken away; where a colon stands in it, what follows that. */
static Span last_word(Span match) {
  Span whole = trimmed(match);
  gsize start = whole.size;
  while (start > 0 && whole.start[start - 1] == '=') /* the padding of base 64 */
    start--;
  while (start > 0 && strchr(" \t\"':=", whole.start[start - 1]) == NULL)
    start--;
  return (Span){whole.start + start, whole.size - start};
}

static Span third_word(Span match) {
  Span rest = trimmed(match);
  for (guint word = 0; word < 2; word++) {
    while (rest.size > 0 && !is_blank(*rest.start))
      rest.start++, rest.size--;
    while (rest.size > 0 && is_blank(*rest.start))
      rest.start++, rest.size--;
  }
  return trimmed(rest);
}

/* "scheme://user:PASSWORD@h": of the last address in the match. */
static Span userinfo(Span match) {
  gsize skip = match.size;
  while (skip > 3 && memcmp(match.start + skip - 3, "://", 3) != 0)
    skip--;
  Span value = behind((Span){match.start + skip, match.size - skip}, ":");
  const char *at = memchr(value.start, '@', value.size);
  return at != NULL ? (Span){value.start, (gsize)(at - value.start)} : value;
}

static Span value_of(const Rule *rule, Span match) {
  switch (rule->value) {
  case VALUE_WHOLE:
    return match;
  case VALUE_ASSIGNED:
    return behind(match, "=:");
  case VALUE_LAST:
    return last_word(match);
  case VALUE_THIRD:
    return third_word(match);
  case VALUE_USERINFO:
    return userinfo(match);
  }
  return match;
}

/* --- what is no secret -------------------------------------------------------------------------
 */

/* Words that stand for a value. */
static bool is_placeholder(Span value) {
  static const char *const anywhere[] = {"EXAMPLE", "example", "XXXX",      "xxxx",        "****",
                                         "....",    "your_",   "YOUR_",     "your-",       "${",
                                         "$(",      "%s",      "changeit_", "placeholder", "@@"};
  static const char *const whole[] = {"password", "passwd", "secret", "pass", "PASSWORD", "none",
                                      "null",     "<",      "user",   "pwd",  "token",    "key"};
  if (value.size == 0 || *value.start == '$' || *value.start == '<' || *value.start == '%')
    return true;
  for (gsize i = 0; i < G_N_ELEMENTS(anywhere); i++)
    if (memmem(value.start, value.size, anywhere[i], strlen(anywhere[i])) != NULL)
      return true;
  for (gsize i = 0; i < G_N_ELEMENTS(whole); i++)
    if (strlen(whole[i]) == value.size && memcmp(whole[i], value.start, value.size) == 0)
      return true;
  gsize same = 1;
  while (same < value.size && value.start[same] == *value.start)
    same++;
  return same == value.size && value.size > 3;
}

/* Bits a character, of the characters' counts. */
static double entropy_of(Span value) {
  guint counts[256] = {0};
  double bits = 0;
  for (gsize i = 0; i < value.size; i++)
    counts[(guint8)value.start[i]]++;
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    if (counts[i] > 0)
      bits -= (double)counts[i] / (double)value.size * log2((double)counts[i] / (double)value.size);
  return bits;
}

/* Random hex digits have some 3.6 bits and more, random base 64 some 4.5; names and paths less. A
 * word with a
 * '/' or '-' and no digit in it is a name. */
static bool is_random(Span value) {
  bool is_hex = true;
  guint digits = 0, upper = 0, lower = 0, joints = 0;
  for (gsize i = 0; i < value.size; i++) {
    char c = value.start[i];
    is_hex = is_hex && g_ascii_isxdigit(c);
    digits += g_ascii_isdigit(c);
    upper += g_ascii_isupper(c);
    lower += g_ascii_islower(c);
    joints += strchr("/_-.", c) != NULL;
  }
  if (is_hex)
    return entropy_of(value) >= 3.0;
  return digits > 1 && upper > 1 && lower > 1 && joints * 12 < value.size &&
         entropy_of(value) >= 4.0;
}

/* A header that decodes to an object with an algorithm other than "none". Source: RFC 7515, 4.1.1.
 */
static bool is_jwt(Span value) {
  const char *dot = memchr(value.start, '.', value.size);
  if (dot == NULL)
    return false;
  g_autofree char *head = g_strndup(value.start, (gsize)(dot - value.start));
  g_autofree char *padded = g_strconcat(g_strdelimit(head, "-_", '+'), "===", NULL);
  padded[strlen(head) / 4 * 4 + (strlen(head) % 4 != 0 ? 4 : 0)] = '\0';
  gsize size = 0;
  g_autofree guchar *bytes = g_base64_decode(padded, &size);
  g_autoptr(json_t) json = ak_json_parse((const char *)bytes, size, "jwt", NULL);
  const char *algorithm = ak_json_string_or(json, "alg", "none");
  return strcmp(algorithm, "none") != 0;
}

static bool is_secret(const Rule *rule, Span value) {
  if (is_placeholder(value))
    return false;
  return rule->check == CHECK_ENTROPY ? is_random(value)
         : rule->check == CHECK_JWT   ? is_jwt(value)
                                      : true;
}

/* --- searching ---------------------------------------------------------------------------------
 */

typedef struct {
  const AkSecretRules *self;
  const char *data, *path;
  gsize size;
  bool is_text, is_manual;
  gsize base;   /* where the bytes that are scanned now stand in `data` */
  GArray *ends; /* of Match, the longest of each rule and start */
} Search;

typedef struct {
  guint rule;
  gsize from, to;
} Match;

static bool applies(const Search *search, const Rule *rule) {
  bool is_form = rule->value == VALUE_WHOLE;
  if (search->is_manual)
    return rule->rule.kind == AK_RULE_API_KEY;
  if (rule->path != NULL && strstr(search->path, rule->path) == NULL)
    return false;
  return is_form || search->is_text;
}

static gsize line_start(const Search *search, gsize at) {
  gsize start = at;
  while (start > 0 && at - start < MAX_LINE_BYTES && search->data[start - 1] != '\n')
    start--;
  return start;
}

static int take_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *data) {
  Search *search = data;
  const Rule *rule = search->self->rules->pdata[id];
  if (!applies(search, rule))
    return 0;
  Match match = {id, search->base + (gsize)from, search->base + (gsize)to};
  if (rule->value != VALUE_WHOLE)
    match.from = line_start(search, match.to);
  for (guint i = search->ends->len; i > 0 && i + 64 > search->ends->len; i--) {
    Match *before = &g_array_index(search->ends, Match, i - 1);
    if (before->rule == id && before->from == match.from) {
      before->to = MAX(before->to, match.to);
      return 0;
    }
  }
  g_array_append_val(search->ends, match);
  return search->ends->len >= MAX_MATCHES;
}

/* A piece at a time, copied to where bytes may be read on both sides. A piece begins behind a
 * line's end where there is one, else it overlaps the one before, so that nothing is cut in two.
 * The first piece is the longest; most files are far shorter than a piece may be. */
static void scan(Search *search) {
  g_autofree guint8 *room = g_malloc0(MIN(search->size, CHUNK_BYTES) + 2 * PADDING);
  while (search->base < search->size && search->ends->len < MAX_MATCHES) {
    gsize size = MIN(search->size - search->base, CHUNK_BYTES);
    memcpy(room + PADDING, search->data + search->base, size);
    memset(room + PADDING + size, 0, PADDING);
    hs_scan(search->self->database, (const char *)room + PADDING, (unsigned)size, 0,
            search->self->scratch, take_match, search);
    if (search->base + size == search->size)
      return;
    gsize overlap = size - MAX_LINE_BYTES;
    const char *tail = search->data + search->base + overlap;
    const char *end = memchr(tail, '\n', MAX_LINE_BYTES);
    search->base += overlap + (end != NULL ? (gsize)(end - tail) + 1 : 0);
  }
}

/* Of a form the first characters are the same in all keys: they are shown. */
static char *mask(const Rule *rule, Span value) {
  gsize shown =
      rule->value == VALUE_WHOLE && rule->rule.kind == AK_RULE_API_KEY ? MIN(4, value.size) : 0;
  g_autofree char *start = g_strndup(value.start, shown);
  return g_strdup_printf("%s: %s*****", rule->rule.title, start);
}

static void add_hit(const Search *search, const Match *match, GPtrArray *hits) {
  const Rule *rule = search->self->rules->pdata[match->rule];
  Span value = value_of(rule, (Span){search->data + match->from, match->to - match->from});
  if (hits->len >= MAX_HITS || !is_secret(rule, value))
    return;
  gsize offset = (gsize)(value.start - search->data);
  for (guint i = 0; i < hits->len; i++) { /* a constant that another rule names better is that */
    const AkSecretHit *hit = hits->pdata[i];
    bool overlaps = offset < hit->offset + hit->length && hit->offset < offset + value.size;
    if (overlaps && (hit->rule == &rule->rule || rule->rule.kind == AK_RULE_CONSTANT))
      return;
  }
  AkSecretHit *hit = g_new0(AkSecretHit, 1);
  *hit = (AkSecretHit){&rule->rule, mask(rule, value), offset, value.size};
  g_ptr_array_add(hits, hit);
}

bool ak_secret_is_manual(const char *path) {
  static const char *const folders[] = {"/share/doc/", "/share/man/", "/share/info/",
                                        "/share/locale/"};
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
    if (strstr(path, folders[i]) != NULL)
      return true;
  return false;
}

static gint by_kind_and_place(gconstpointer a, gconstpointer b, gpointer data) {
  const Match *left = a, *right = b;
  const AkSecretRules *self = data;
  AkRuleKind one = ak_secret_rules_get(self, left->rule)->kind;
  AkRuleKind two = ak_secret_rules_get(self, right->rule)->kind;
  if (one != two)
    return one < two ? -1 : 1;
  if (left->from != right->from)
    return left->from < right->from ? -1 : 1;
  return left->rule < right->rule ? -1 : left->rule > right->rule;
}

GPtrArray *ak_secret_rules_find(AkSecretRules *self, const char *path, const guint8 *data,
                                gsize size) {
  GPtrArray *hits = g_ptr_array_new_with_free_func((GDestroyNotify)ak_secret_hit_free);
  g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(Match));
  Search search = {.self = self,
                   .data = (const char *)data,
                   .path = path,
                   .size = size,
                   .is_text = size > 0 && memchr(data, '\0', MIN(size, TEXT_BYTES)) == NULL,
                   .is_manual = ak_secret_is_manual(path),
                   .ends = ends};
  scan(&search);
  g_array_sort_with_data(ends, by_kind_and_place, self);
  for (guint i = 0; i < ends->len; i++)
    add_hit(&search, &g_array_index(ends, Match, i), hits);
  return hits;
}

char *ak_secret_rules_manner(const AkSecretRules *self, const char *path) {
  GString *text = g_string_new(ak_secret_is_manual(path) ? "manual" : "");
  for (guint i = 0; i < self->rules->len; i++) {
    const Rule *rule = self->rules->pdata[i];
    if (rule->path != NULL && strstr(path, rule->path) != NULL)
      g_string_append_printf(text, " %u", i);
  }
  return g_string_free(text, FALSE);
}

bool ak_firmware_secret_rule_fuzz(const guint8 *data, gsize size) {
  AkSecretRules *rules = ak_secret_rules_own(NULL);
  g_assert_nonnull(rules);
  g_autoptr(GPtrArray) hits = ak_secret_rules_find(rules, "/etc/config/wireless", data, size);
  for (guint i = 0; i < hits->len; i++) {
    const AkSecretHit *hit = hits->pdata[i];
    g_assert_cmpuint(hit->offset + hit->length, <=, size);
    g_assert_nonnull(strstr(hit->masked, "*****"));
  }
  return hits->len > 0;
}
