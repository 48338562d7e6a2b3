/* firmware.component: which software, in which version, an image holds: by its databases of
 * packages and by what the programs say of themselves. */
#include <string.h>

#include "firmware/analysis/elf-file.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/kernel-module.h"
#include "firmware/analysis/once.h"
#include "firmware/analysis/package-db.h"
#include "firmware/analysis/package-meta.h"
#include "firmware/analysis/paths.h"
#include "firmware/analysis/signature.h"
#include "firmware/analysis/version-text.h"

#define MAX_COMPONENTS 20000
#define MAX_LISTED 500000 /* paths that packages list */
#define MAX_FILES 1000    /* named of one component; a kernel has a thousand modules */

static const AkTestOutput outputs[] = {
    {"component.purl", AK_VALUE_TEXT, NULL, "package URL", "パッケージURL（purl）"},
    {"component.cpe", AK_VALUE_TEXT, NULL, "CPE 2.3 name", "CPE 2.3名"},
    {"component.origin", AK_VALUE_TEXT, NULL,
     "what names it: a database of packages, or a signature in its bytes",
     "根拠（パッケージデータベース、またはバイト列中の署名）"},
    {"component.files", AK_VALUE_SET, NULL, "files that hold or list it",
     "これを含む、または記載するファイル"},
    {"component.attributed", AK_VALUE_TEXT, NULL,
     "how many programs and libraries a component or package accounts for",
     "部品またはパッケージに帰属するプログラムとライブラリの数"},
    {"component.coverage", AK_VALUE_SET, NULL, "what was looked at in full: packages, signatures",
     "すべて調べたもの（パッケージ、署名）"},
    {NULL},
};
#define OF_A_COMPONENT 4 /* of the outputs, those that are said of a component */
#define OF_THE_IMAGE 1   /* those between them and the coverage */

static const char *const everything[] = {"packages", "signatures", NULL};

typedef struct {
  char *name, *version;
  char *purl, *cpe; /* cpe NULL: none is known */
  bool is_database;
  AkCitation citation; /* of the place where it was first seen */
  GPtrArray *files;    /* of char *: paths within the image */
} Found;

static void found_free(Found *self) {
  g_free(self->name);
  g_free(self->version);
  g_free(self->purl);
  g_free(self->cpe);
  g_ptr_array_unref(self->files);
  g_free(self);
}

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  AkSignatures *signatures;
  AkOnce *once;  /* of GPtrArray of AkSignatureHit */
  GTree *found;  /* "name@version" (of Found) → Found, sorted: no hash of hostile texts */
  GTree *listed; /* paths that packages say are theirs */
  guint programs, attributed;
  const char *cut;          /* why not everything was looked at, or NULL */
  bool has_unread_packages; /* a database that is not read, or entries that are none */
} Looking;

/* --- what was found ----------------------------------------------------------------------------
 */

static char *key_of(const char *name, const char *version) {
  return g_strdup_printf("%s@%s", name, version);
}

/* The entry of that name and version; a new one where there is none yet, NULL where there is no
 * room.
 */
static Found *entry_for(Looking *self, const char *name, const char *version, bool *is_new) {
  g_autofree char *key = key_of(name, version);
  Found *found = g_tree_lookup(self->found, key);
  *is_new = found == NULL;
  if (found != NULL)
    return found;
  if (g_tree_nnodes(self->found) >= MAX_COMPONENTS) {
    self->cut = "more components than are listed";
    return NULL;
  }
  found = g_new0(Found, 1);
  found->name = g_strdup(name);
  found->version = g_strdup(version);
  found->files = g_ptr_array_new_with_free_func(g_free);
  g_tree_insert(self->found, g_steal_pointer(&key), found);
  return found;
}

/* The locator of a node without the image's name. */
static char *place_of(const Looking *self, guint node) {
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  const char *mark = strchr(locator, '!');
  return g_strdup(mark != NULL ? mark + 1 : locator);
}

static void add_file(Found *found, char *place) {
  for (guint i = 0; i < found->files->len; i++)
    if (strcmp(found->files->pdata[i], place) == 0) {
      g_free(place);
      return;
    }
  if (found->files->len < MAX_FILES)
    g_ptr_array_add(found->files, place);
  else
    g_free(place);
}

static bool keep_place(Looking *self, guint node, gsize offset, gsize length, const char *text,
                       AkCitation *out, GError **error) {
  json_t *where = json_pack("{s:I, s:I, s:s}", "offset", (json_int_t)offset, "length",
                            (json_int_t)length, "text", text);
  return ak_firmware_emit_place(self->call, self->sink, node, where, out, error);
}

/* --- by signatures -----------------------------------------------------------------------------
 */

static bool is_plain(const char *text) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || (text[length] != '\0' && strchr("._+-~", text[length])))
    length++;
  return length > 0 && length <= 64 && text[length] == '\0';
}

static bool take_hit(Looking *self, guint node, const guint8 *data, const AkSignatureHit *hit,
                     GError **error) {
  const AkComponent *component = hit->component;
  bool is_new = false;
  Found *found = entry_for(self, component->id, hit->version, &is_new);
  if (found == NULL)
    return true;
  add_file(found, place_of(self, node));
  if (found->cpe == NULL && component->cpe != NULL)
    found->cpe = ak_signature_cpe(component->cpe, hit->version);
  if (!is_new)
    return true;
  found->purl = ak_signature_purl(component->purl, hit->version);
  g_auto(AkValue) text = ak_value_text_from_bytes(data + hit->offset, hit->length, 256);
  return keep_place(self, node, hit->offset, hit->length, text.text, &found->citation, error);
}

/* Modules that come with the kernel are parts of it; others have versions of their own. */
static bool take_module(Looking *self, guint node, const guint8 *data, gsize size, GError **error) {
  g_auto(AkKernelModule) module = {0};
  bool is_new = false;
  if (!ak_kernel_module_read(data, size, &module) || module.is_in_tree || module.version == NULL ||
      module.name == NULL || !is_plain(module.name) || !is_plain(module.version))
    return true;
  Found *found = entry_for(self, module.name, module.version, &is_new);
  if (found == NULL)
    return true;
  add_file(found, place_of(self, node));
  if (!is_new)
    return true;
  g_autofree char *version = ak_signature_purl("{version}", module.version);
  found->purl = g_strdup_printf("pkg:generic/%s@%s", module.name, version);
  g_autofree char *text = g_strdup_printf("module %s version %s", module.name, module.version);
  return keep_place(self, node, module.offset, module.length, text, &found->citation, error);
}

/* Of the same bytes, what was found before. */
static const GPtrArray *hits_of(Looking *self, guint node, const guint8 *data, gsize size) {
  const char *path = ak_firmware_tree_node(self->call->tree, node)->path;
  const char *manner = ak_signatures_ask_path(self->signatures, path) ? path : "";
  AkDigest digest = ak_firmware_tree_digest(self->call->tree, node);
  const GPtrArray *known = ak_once_find(self->once, &digest, manner);
  return known != NULL ? known
                       : ak_once_keep(self->once, &digest, manner,
                                      ak_signatures_search(self->signatures, path, data, size));
}

static bool search_file(Looking *self, guint node, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, node, &size);
  if (!take_module(self, node, data, size, error))
    return false;
  const char *path = ak_firmware_tree_node(self->call->tree, node)->path;
  const GPtrArray *hits = hits_of(self, node, data, size);
  for (guint i = 0; i < hits->len; i++)
    if (!take_hit(self, node, data, hits->pdata[i], error))
      return false;
  if (ak_elf_is_program(data, size)) {
    self->programs++;
    self->attributed += hits->len > 0 || g_tree_lookup(self->listed, path) != NULL;
  }
  return true;
}

/* The files of a package, a path a line: dpkg's and opkg's info/NAME.list. */
static void read_list(Looking *self, guint node) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, node, &size);
  g_autofree char *text = g_strndup((const char *)data, data != NULL ? size : 0);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL && g_tree_nnodes(self->listed) < MAX_LISTED; line++) {
    (*line)[strcspn(*line, "\t\r")] = '\0';
    if (**line == '/')
      g_tree_replace(self->listed, g_strdup(*line), GINT_TO_POINTER(1));
  }
}

static void read_lists(Looking *self) {
  for (guint i = 0; i < ak_firmware_tree_length(self->call->tree); i++) {
    const AkNode *node = ak_firmware_tree_node(self->call->tree, i);
    if (node->type == AK_NODE_FILE && g_str_has_suffix(node->path, ".list") &&
        (strstr(node->path, "/dpkg/info/") != NULL || strstr(node->path, "/opkg/info/") != NULL))
      read_list(self, i);
  }
}

/* --- by databases of packages ------------------------------------------------------------------
 */

/* ID of os-release, in the root to which the database at `path` belongs; NULL where it is not told.
 * Source: os-release(5). */
static char *distribution_of(Looking *self, guint node, const char *path) {
  static const char *const inner[] = {"/var/lib/dpkg/",         "/lib/apk/",     "/usr/lib/apk/",
                                      "/usr/lib/sysimage/rpm/", "/var/lib/rpm/", "/usr/share/rpm/"};
  const char *end = NULL;
  for (gsize i = 0; end == NULL && i < G_N_ELEMENTS(inner); i++)
    end = strstr(path, inner[i]);
  g_autofree char *root = g_strndup(path, end != NULL ? (gsize)(end - path) : 0);
  guint container = ak_firmware_tree_node(self->call->tree, node)->parent, index = 0;
  gsize size = 0;
  if (ak_firmware_paths_find(self->paths, container, root, "/etc/os-release", &index) !=
      AK_PATH_FOUND)
    return NULL;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  g_autofree char *text = g_strndup((const char *)data, data != NULL ? MIN(size, 65536) : 0);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    if (!g_str_has_prefix(*line, "ID="))
      continue;
    g_strdelimit(*line, "\"'\r", ' ');
    char *id = g_strstrip(*line + 3);
    gsize good = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    return good > 0 && id[good] == '\0' ? g_strdup(id) : NULL;
  }
  return NULL;
}

/* Source: purl-spec, types deb, apk and rpm: the namespace is the distribution, rpm's epoch a
 * qualifier. Without it, and for opkg, which has no type, the purl is generic. */
static char *purl_of(AkPackageKind kind, const char *distribution, const AkPackage *package) {
  bool is_rpm = ak_package_kind_is_rpm(kind);
  const char *colon = is_rpm ? strchr(package->version, ':') : NULL;
  g_autofree char *epoch =
      colon != NULL ? g_strndup(package->version, (gsize)(colon - package->version)) : NULL;
  g_autofree char *version =
      ak_signature_purl("{version}", colon != NULL ? colon + 1 : package->version);
  g_autofree char *name = g_uri_escape_string(package->name, NULL, FALSE);
  const char *type = kind == AK_PACKAGE_DPKG  ? "deb"
                     : kind == AK_PACKAGE_APK ? "apk"
                     : is_rpm                 ? "rpm"
                                              : NULL;
  if (type == NULL || distribution == NULL)
    return g_strdup_printf("pkg:generic/%s@%s", name, version);
  bool has_architecture = *package->architecture != '\0';
  return g_strdup_printf("pkg:%s/%s/%s@%s%s%s%s%s", type, distribution, name, version,
                         has_architecture ? "?arch=" : "", package->architecture,
                         epoch == NULL      ? ""
                         : has_architecture ? "&epoch="
                                            : "?epoch=",
                         epoch != NULL ? epoch : "");
}

/* The maker's version within a distribution's: "1:9.2p1-2+deb12u3" → "9.2p1". */
static char *cpe_of(const Looking *self, const AkPackage *package) {
  const AkComponent *component = ak_signatures_of_package(self->signatures, package->name);
  const char *colon = strchr(package->version, ':');
  const char *version = colon != NULL ? colon + 1 : package->version;
  gsize length = ak_version_text_length((const guint8 *)version, strlen(version));
  if (component == NULL || component->cpe == NULL || length == 0)
    return NULL;
  g_autofree char *upstream = g_strndup(version, length);
  return ak_signature_cpe(component->cpe, upstream);
}

static bool take_package(Looking *self, guint node, AkPackageKind kind, const char *distribution,
                         const AkPackage *package, GError **error) {
  bool is_new = false;
  Found *found = entry_for(self, package->name, package->version, &is_new);
  if (found == NULL)
    return true;
  add_file(found, place_of(self, node));
  if (found->is_database)
    return true;
  found->is_database = true;
  g_free(found->purl);
  found->purl = purl_of(kind, distribution, package);
  if (found->cpe == NULL)
    found->cpe = cpe_of(self, package);
  g_autofree char *text = key_of(package->name, package->version);
  return keep_place(self, node, package->offset, package->length, text, &found->citation, error);
}

static void list_files(Looking *self, const GPtrArray *files) {
  for (guint i = 0; files != NULL && i < files->len; i++)
    if (g_tree_nnodes(self->listed) < MAX_LISTED)
      g_tree_replace(self->listed, g_strdup(files->pdata[i]), GINT_TO_POINTER(1));
}

/* What SQLite has not yet written into the database itself stands in a file beside it, which is not
 * read. Source: sqlite.org, "Write-Ahead Logging". */
static bool has_log(const Looking *self, guint node, AkPackageKind kind) {
  const AkNode *database = ak_firmware_tree_node(self->call->tree, node);
  g_autofree char *path = g_strconcat(database->path, "-wal", NULL);
  guint index = 0;
  gsize size = 0;
  return kind == AK_PACKAGE_RPM_SQLITE &&
         ak_firmware_paths_entry(self->paths, database->parent, path, &index) &&
         (ak_firmware_paths_bytes(self->paths, index, &size) == NULL || size > 0);
}

static bool read_database(Looking *self, guint node, AkPackageKind kind, GError **error) {
  const char *path = ak_firmware_tree_node(self->call->tree, node)->path;
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, node, &size);
  guint unread = 0;
  if (kind == AK_PACKAGE_OTHER || data == NULL) {
    self->has_unread_packages = true;
    return true;
  }
  g_autofree char *distribution = distribution_of(self, node, path);
  g_autoptr(GPtrArray) packages = ak_package_db_read(kind, data, size, &unread);
  for (guint i = 0; i < packages->len; i++) {
    const AkPackage *package = packages->pdata[i];
    list_files(self, package->files);
    if (!take_package(self, node, kind, distribution, package, error))
      return false;
  }
  self->has_unread_packages = self->has_unread_packages || unread > 0 || has_log(self, node, kind);
  return true;
}

/* A package of a programming language: its own file is what its manager's database is made of. */
static bool read_meta(Looking *self, guint node, AkMetaKind kind, GError **error) {
  gsize size = 0;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, node, &size);
  g_auto(AkMeta) meta = {0};
  bool is_new = false;
  if (data == NULL || !ak_package_meta_read(kind, data, size, &meta)) {
    /* manifests need name nothing; the others exist to do so */
    self->has_unread_packages = self->has_unread_packages || kind != AK_META_JAVA;
    return true;
  }
  g_autofree char *name =
      meta.group != NULL ? g_strdup_printf("%s/%s", meta.group, meta.name) : g_strdup(meta.name);
  Found *found = entry_for(self, name, meta.version, &is_new);
  if (found == NULL)
    return true;
  add_file(found, place_of(self, node));
  if (found->is_database)
    return true;
  found->is_database = true;
  g_free(found->purl);
  found->purl = ak_package_meta_purl(kind, &meta);
  g_autofree char *text = key_of(name, meta.version);
  return keep_place(self, node, 0, size, text, &found->citation, error);
}

/* --- what is said ------------------------------------------------------------------------------
 */

typedef struct {
  Looking *looking;
  GError **error;
} Emitting;

static bool emit_texts(const Looking *self, const Found *found, const char *locator,
                       GError **error) {
  const AkCitation *place = &found->citation;
  bool has_cpe = found->cpe != NULL;
  const char *origin = found->is_database ? "database" : "signature";
  return ak_firmware_emit(self->sink, "component", locator, "component.purl", AK_OUTCOME_SEEN,
                          ak_value_text(found->purl), place, error) &&
         ak_firmware_emit(self->sink, "component", locator, "component.cpe",
                          has_cpe ? AK_OUTCOME_SEEN : AK_OUTCOME_COULD_NOT_LOOK,
                          ak_value_text(has_cpe ? found->cpe : "no CPE name is known for it"),
                          place, error) &&
         ak_firmware_emit(self->sink, "component", locator, "component.origin", AK_OUTCOME_SEEN,
                          ak_value_text(origin), place, error) &&
         ak_firmware_emit_set(self->sink, "component", locator, "component.files", found->files,
                              place, error);
}

static gboolean emit_found(gpointer key, gpointer value, gpointer data) {
  const Emitting *emitting = data;
  g_autofree char *locator =
      g_strdup_printf("%s!%s", emitting->looking->call->subject->locator, (const char *)key);
  return !emit_texts(emitting->looking, value, locator, emitting->error); /* true ends the walk */
}

static bool finish(Looking *self, GError **error) {
  static const char *const part[] = {"signatures", NULL};
  GError *failure = NULL;
  Emitting emitting = {self, &failure};
  g_tree_foreach(self->found, emit_found, &emitting);
  if (failure != NULL) {
    g_propagate_error(error, failure);
    return false;
  }
  g_autofree char *attributed = g_strdup_printf("%u/%u", self->attributed, self->programs);
  if (!ak_firmware_emit(self->sink, "image", self->call->subject->locator, "component.attributed",
                        AK_OUTCOME_SEEN, ak_value_text(attributed), NULL, error))
    return false;
  guint counts[OF_A_COMPONENT + OF_THE_IMAGE];
  for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
    counts[i] = i < OF_A_COMPONENT ? (guint)g_tree_nnodes(self->found) : 1;
  /* a sealed file may hold a program, of any version */
  const char *unseen = self->cut != NULL ? self->cut : ak_firmware_tree_sealed(self->call->tree);
  AkFirmwareEnd end = {.counts = counts, .unread = unseen, .is_cut = unseen != NULL};
  if (unseen == NULL && self->has_unread_packages)
    end = (AkFirmwareEnd){counts, "a database of packages that is not read", part, false};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool look_for_packages(Looking *self, guint index, GError **error) {
  AkPackageKind kind;
  AkMetaKind meta;
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  if (node->type == AK_NODE_FILE && node->path[0] == '/' && ak_package_db_is(node->path, &kind) &&
      !read_database(self, index, kind, error))
    return false;
  if (node->type == AK_NODE_FILE && node->path[0] == '/' && ak_package_meta_is(node->path, &meta) &&
      !read_meta(self, index, meta, error))
    return false;
  return true;
}

static bool look_for_signatures(Looking *self, guint index, GError **error) {
  return !ak_firmware_tree_is_leaf(self->call->tree, index) || search_file(self, index, error);
}

/* Packages first: they tell which files are theirs. */
static bool look(Looking *self, GError **error) {
  static bool (*const passes[])(Looking *, guint, GError **) = {look_for_packages,
                                                                look_for_signatures};
  guint length = ak_firmware_tree_length(self->call->tree);
  for (gsize pass = 0; pass < G_N_ELEMENTS(passes); pass++)
    for (guint i = 0; i < length && self->cut == NULL; i++) {
      if (pass == 1 && !ak_sink_spend(self->sink, AK_SPEND_FILES, 1, NULL))
        self->cut = "the limit of files";
      else if (!passes[pass](self, i, error))
        return false;
      if (pass == 1)
        ak_sink_progress(self->sink, i, length);
    }
  return true;
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer data) {
  return strcmp(a, b);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(AkSignatures) signatures = ak_signatures_new(error);
  if (signatures == NULL)
    return false;
  g_autoptr(GTree) found = g_tree_new_full(compare_keys, NULL, g_free, (GDestroyNotify)found_free);
  g_autoptr(GTree) listed = g_tree_new_full(compare_keys, NULL, g_free, NULL);
  g_autoptr(AkOnce) once = ak_once_new((GDestroyNotify)g_ptr_array_unref);
  Looking self = {.call = call,
                  .sink = sink,
                  .paths = paths,
                  .signatures = signatures,
                  .once = once,
                  .found = found,
                  .listed = listed};
  read_lists(&self);
  return look(&self, error) && finish(&self, error);
}

static const char *const sources[] = {
    "data/signatures/components.json",
    "deb-control(5)",
    "Linux, scripts/mod/modpost.c",
    "rpm, docs/manual/format_header.md",
    "purl specification, types deb, apk, rpm, pypi, npm, luarocks, maven",
    "NISTIR 7695, 6.2",
    NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_component_test;
const AkTest ak_firmware_component_test = {
    .id = "firmware.component",
    .rev = 5,
    .title_en = "Software components in the firmware",
    .title_ja = "ファームウェア内のソフトウェア部品",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 60000, .bytes = 1ull << 30, .files = 200000},
    .masked_since = 1,
    .stop_condition_en = "a limit on files",
    .stop_condition_ja = "ファイル数の上限",
    .sources = sources,
    .run = run,
};
