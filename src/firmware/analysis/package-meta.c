#include "firmware/analysis/package-meta.h"

#include <string.h>

#include "util/json.h"

#define MAX_BYTES (1024 * 1024)
#define MAX_WORD 128

void ak_meta_clear(AkMeta *self) {
  g_clear_pointer(&self->group, g_free);
  g_clear_pointer(&self->name, g_free);
  g_clear_pointer(&self->version, g_free);
}

/* --- which files -------------------------------------------------------------------------------
 */

static const struct {
  const char *inner, *end; /* the path holds `inner`, if not NULL, and ends with `end` */
  AkMetaKind kind;
} places[] = {
    {".dist-info/", "/METADATA", AK_META_PYTHON},
    {".egg-info/", "/PKG-INFO", AK_META_PYTHON},
    {"-packages/", ".egg-info", AK_META_PYTHON},
    {NULL, "/EGG-INFO/PKG-INFO", AK_META_PYTHON}, /* of an egg, a folder or an archive */
    {"/node_modules/", "/package.json", AK_META_NODE},
    {NULL, ".rockspec", AK_META_LUA},
    {"/META-INF/maven/", "/pom.properties", AK_META_MAVEN},
    {NULL, "/META-INF/MANIFEST.MF", AK_META_JAVA},
};

/* Of Node only the package's own file: "/node_modules/NAME/package.json", not one further inside.
 */
static bool is_own_package(const char *path) {
  const char *mark = "/node_modules/", *last = NULL;
  for (const char *at = strstr(path, mark); at != NULL; at = strstr(at + 1, mark))
    last = at + strlen(mark);
  if (last == NULL)
    return false;
  const char *name = *last == '@' ? strchr(last, '/') : last - 1;
  const char *end = name != NULL ? strchr(name + 1, '/') : NULL;
  return end != NULL && strcmp(end, "/package.json") == 0;
}

bool ak_package_meta_is(const char *path, AkMetaKind *kind) {
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    if (!g_str_has_suffix(path, places[i].end) ||
        (places[i].inner != NULL && strstr(path, places[i].inner) == NULL) ||
        (places[i].kind == AK_META_NODE && !is_own_package(path)))
      continue;
    *kind = places[i].kind;
    return true;
  }
  return false;
}

/* --- what they say -----------------------------------------------------------------------------
 */

/* A name or version: letters, digits and what the purl types allow; else NULL. */
static char *word_of(const char *text, gsize size) {
  g_autofree char *word = g_strndup(text, MIN(size, MAX_WORD + 1));
  g_strstrip(word);
  gsize length = strlen(word);
  if (length == 0 || length > MAX_WORD)
    return NULL;
  for (const char *c = word; *c != '\0'; c++)
    if (!g_ascii_isalnum(*c) && strchr("._-+~!@/ ", *c) == NULL)
      return NULL;
  return g_steal_pointer(&word);
}

/* The value of the first of `keys` that begins a line, up to the first empty line where `is_head`.
 */
static char *field_of(const char *text, const char *const *keys, bool is_head) {
  for (; *keys != NULL; keys++) {
    gsize size = strlen(*keys);
    for (const char *line = text; *line != '\0';) {
      gsize length = strcspn(line, "\r\n");
      if (length == 0 && is_head && line != text && line[-1] == '\n')
        break;
      if (length > size && memcmp(line, *keys, size) == 0)
        return word_of(line + size, length - size);
      line += length + (line[length] == '\r' && line[length + 1] == '\n') + (line[length] != '\0');
    }
  }
  return NULL;
}

#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void read_python(const char *text, AkMeta *out) {
  out->name = field_of(text, KEYS("Name:"), true);
  out->version = field_of(text, KEYS("Version:"), true);
}

static void read_java(const char *text, AkMeta *out) {
  out->name = field_of(
      text, KEYS("Bundle-SymbolicName:", "Implementation-Title:", "Specification-Title:"), true);
  out->version = field_of(
      text, KEYS("Bundle-Version:", "Implementation-Version:", "Specification-Version:"), true);
}

static void read_maven(const char *text, AkMeta *out) {
  out->group = field_of(text, KEYS("groupId="), false);
  out->name = field_of(text, KEYS("artifactId="), false);
  out->version = field_of(text, KEYS("version="), false);
}

/* package = "NAME", version = "1.0-1" on lines of their own, as LuaRocks writes and people do. */
static char *lua_value(const char *text, const char *key) {
  gsize size = strlen(key);
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += strspn(line, "\r\n \t");
    if (strncmp(line, key, size) != 0)
      continue;
    const char *at = line + size;
    at += strspn(at, " \t");
    if (*at != '=')
      continue;
    at += 1 + strspn(at + 1, " \t");
    const char *end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
    return end != NULL ? word_of(at + 1, (gsize)(end - at) - 1) : NULL;
  }
  return NULL;
}

static void read_lua(const char *text, AkMeta *out) {
  out->name = lua_value(text, "package");
  out->version = lua_value(text, "version");
}

static void read_node(const char *text, AkMeta *out) {
  g_autoptr(json_t) json = ak_json_parse(text, strlen(text), "package.json", NULL);
  const char *name = ak_json_string_or(json, "name", "");
  const char *version = ak_json_string_or(json, "version", "");
  const char *slash = *name == '@' ? strchr(name, '/') : NULL;
  if (slash != NULL)
    out->group = word_of(name, (gsize)(slash - name));
  out->name = slash != NULL ? word_of(slash + 1, strlen(slash + 1)) : word_of(name, strlen(name));
  out->version = word_of(version, strlen(version));
}

bool ak_package_meta_read(AkMetaKind kind, const guint8 *data, gsize size, AkMeta *out) {
  static void (*const readers[])(const char *, AkMeta *) = {
      [AK_META_PYTHON] = read_python, [AK_META_NODE] = read_node,   [AK_META_LUA] = read_lua,
      [AK_META_JAVA] = read_java,     [AK_META_MAVEN] = read_maven,
  };
  g_auto(AkMeta) meta = {0};
  if (size == 0 || size > MAX_BYTES)
    return false;
  g_autofree char *text = g_strndup((const char *)data, size);
  readers[kind](text, &meta);
  if (meta.name == NULL || meta.version == NULL)
    return false;
  *out = meta;
  meta = (AkMeta){0};
  return true;
}

/* PyPI compares names without case and with '_' and '.' as '-'. Source: purl specification, pypi.
 */
static char *pypi_name(const char *name) {
  char *lower = g_ascii_strdown(name, -1);
  return g_strdelimit(lower, "_.", '-');
}

char *ak_package_meta_purl(AkMetaKind kind, const AkMeta *meta) {
  static const char *const types[] = {[AK_META_PYTHON] = "pypi",
                                      [AK_META_NODE] = "npm",
                                      [AK_META_LUA] = "luarocks",
                                      [AK_META_JAVA] = "generic",
                                      [AK_META_MAVEN] = "maven"};
  g_autofree char *plain = kind == AK_META_PYTHON ? pypi_name(meta->name) : g_strdup(meta->name);
  g_autofree char *name = g_uri_escape_string(plain, NULL, FALSE);
  g_autofree char *version = g_uri_escape_string(meta->version, NULL, FALSE);
  g_autofree char *group =
      meta->group != NULL ? g_uri_escape_string(meta->group, NULL, FALSE) : NULL;
  return g_strdup_printf("pkg:%s/%s%s%s@%s", types[kind], group != NULL ? group : "",
                         group != NULL ? "/" : "", name, version);
}

bool ak_firmware_package_meta_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkMetaKind kind = AK_META_PYTHON; kind <= AK_META_MAVEN; kind++) {
    g_auto(AkMeta) meta = {0};
    if (!ak_package_meta_read(kind, data, size, &meta))
      continue;
    g_autofree char *purl = ak_package_meta_purl(kind, &meta);
    g_assert_true(g_str_has_prefix(purl, "pkg:"));
    found++;
  }
  return found > 0;
}
