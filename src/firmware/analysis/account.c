/* firmware.account: who can log in to a device by the accounts of its image. */
#include <string.h>

#include "firmware/analysis/account-file.h"
#include "firmware/analysis/crypt-hash.h"
#include "firmware/analysis/dictionary.h"
#include "firmware/analysis/emit.h"
#include "firmware/analysis/paths.h"

#define MAX_FOLDERS 200 /* of accounts in one image */
#define MAX_WORK                                                                                   \
  20000000u /* of trying passwords, in the unit of AkCryptHash.cost: some 20 seconds */

enum {
  SHELL,
  ENABLED,
  LOCKED,
  LOGIN,
  EMPTY,
  SUPERUSER,
  SUPERUSER_DOUBLE,
  HASH,
  ALGORITHM,
  DEFAULT_PASSWORD,
  PRIVILEGED,
  SETS, /* how many of them */
};

static const AkTestOutput outputs[] = {
    [SHELL] = {"account.shell", AK_VALUE_SET, NULL, "accounts whose shell lets them in",
               "ログインできるシェルを持つアカウント"},
    [ENABLED] = {"account.enabled", AK_VALUE_SET, NULL,
                 "accounts that a password, or none, lets in",
                 "パスワードで（またはなしで）入れるアカウント"},
    [LOCKED] = {"account.locked", AK_VALUE_SET, NULL, "accounts that no password lets in",
                "どのパスワードでも入れないアカウント"},
    [LOGIN] = {"account.login", AK_VALUE_SET, NULL, "accounts that are enabled and have a shell",
               "有効でシェルを持つアカウント"},
    [EMPTY] = {"account.empty-password", AK_VALUE_SET, NULL, "accounts without a password",
               "パスワードのないアカウント"},
    [SUPERUSER] = {"account.superuser", AK_VALUE_SET, NULL, "accounts with user id 0",
                   "ユーザーID 0のアカウント"},
    [SUPERUSER_DOUBLE] = {"account.superuser-double", AK_VALUE_SET, NULL,
                          "accounts that share user id 0; absent: one at most has it",
                          "ユーザーID 0を共有するアカウント（absent: 多くても一つ）"},
    [HASH] = {"account.hash", AK_VALUE_SET, NULL, "accounts with the scheme of their password hash",
              "アカウントとパスワードハッシュの方式"},
    [ALGORITHM] = {"account.algorithm", AK_VALUE_SET, NULL, "schemes of the password hashes",
                   "パスワードハッシュの方式"},
    [DEFAULT_PASSWORD] = {"account.default-password", AK_VALUE_SET, NULL,
                          "accounts with a well-known password, masked",
                          "よく知られたパスワードのアカウント（伏せ字）"},
    [PRIVILEGED] = {"account.privileged", AK_VALUE_SET, NULL,
                    "members of groups that may act for the administrator",
                    "管理者として振る舞えるグループのメンバー"},
    [SETS] = {"account.coverage", AK_VALUE_SET, NULL,
              "what was looked at in full: accounts, passwords, groups",
              "すべて調べたもの（アカウント、パスワード、グループ）"},
    {NULL},
};

static const char *const everything[] = {"accounts", "groups", "passwords", NULL};

/* The files of one folder; their lines are NULL where the file is not there. */
typedef struct {
  guint container, node;              /* of the file that stands for them */
  char *folder;                       /* "/etc" */
  GPtrArray *passwd, *shadow, *group; /* of AkAccountLine */
  GPtrArray *sets[SETS];              /* of char * */
  json_t *evidence;
  const char *unknown; /* why passwords are not known, or NULL */
  const char *untried; /* why a hash was not tried, or NULL */
  bool is_cut;         /* the work allowed for hashes ended */
} Accounts;

static void accounts_free(Accounts *self) {
  g_free(self->folder);
  g_clear_pointer(&self->passwd, g_ptr_array_unref);
  g_clear_pointer(&self->shadow, g_ptr_array_unref);
  g_clear_pointer(&self->group, g_ptr_array_unref);
  for (guint i = 0; i < SETS; i++)
    g_clear_pointer(&self->sets[i], g_ptr_array_unref);
  json_decref(self->evidence);
  g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Accounts, accounts_free)

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  AkDictionary *dictionary;
  guint folders;
  guint counts[SETS];
  const char *cut;           /* why not every account is known, or NULL */
  const char *passwords_cut; /* why not every password is known, or NULL */
} Looking;

/* --- one account -------------------------------------------------------------------------------
 */

static void put(Accounts *self, guint set, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void put(Accounts *self, guint set, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_ptr_array_add(self->sets[set], g_strdup_vprintf(format, arguments));
  va_end(arguments);
}

static const AkAccountLine *line_of(const GPtrArray *lines, const char *name) {
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    if (strcmp(((const AkAccountLine *)lines->pdata[i])->name, name) == 0)
      return lines->pdata[i];
  return NULL;
}

static const char *name_of_scheme(const char *password) {
  AkCryptHash hash;
  return ak_crypt_hash_read(password, &hash) ? hash.name : "unknown scheme";
}

static void try_hash(Looking *looking, Accounts *self, const char *name, const char *hash) {
  switch (ak_dictionary_try(looking->dictionary, looking->sink, name, hash)) {
  case AK_DICTIONARY_KNOWN:
    put(self, DEFAULT_PASSWORD, "%s:*****", name);
    break;
  case AK_DICTIONARY_CUT:
    self->is_cut = true;
    break;
  case AK_DICTIONARY_UNTRIED:
    self->untried = "a hash of a scheme, or with settings, that is not tried";
    break;
  case AK_DICTIONARY_UNKNOWN:
    break;
  }
}

/* Writes down what a password field means; false where it lets nobody in or is not known. */
static bool look_at_password(Looking *looking, Accounts *self, const char *name,
                             const char *password, bool is_shadow, const char **says) {
  switch (ak_account_password_state(password)) {
  case AK_PASSWORD_EMPTY:
    *says = "empty";
    put(self, EMPTY, "%s", name);
    return true;
  case AK_PASSWORD_HASH:
    *says = name_of_scheme(password);
    put(self, HASH, "%s: %s", name, *says);
    put(self, ALGORITHM, "%s", *says);
    try_hash(looking, self, name, password);
    return true;
  case AK_PASSWORD_ELSEWHERE:
    if (!is_shadow) {
      *says = "elsewhere";
      self->unknown = "the passwords stand in a file that the image does not hold";
      return false;
    }
    break; /* in shadow "x" is the hash of nothing */
  case AK_PASSWORD_LOCKED:
    break;
  }
  *says = "locked";
  put(self, LOCKED, "%s", name);
  return false;
}

static void look_at_account(Looking *looking, Accounts *self, const AkAccountLine *account) {
  const AkAccountLine *shadow = line_of(self->shadow, account->name);
  bool is_elsewhere = ak_account_password_state(account->password) == AK_PASSWORD_ELSEWHERE;
  bool is_shadow = account->shell == NULL || (is_elsewhere && shadow != NULL);
  const char *password = is_elsewhere && shadow != NULL ? shadow->password : account->password;
  const char *says = NULL;
  bool has_shell = account->shell != NULL && ak_account_shell_lets_in(account->shell);
  bool is_enabled = look_at_password(looking, self, account->name, password, is_shadow, &says);
  if (has_shell)
    put(self, SHELL, "%s", account->name);
  if (is_enabled)
    put(self, ENABLED, "%s", account->name);
  if (is_enabled && (has_shell || account->shell == NULL))
    put(self, LOGIN, "%s", account->name);
  if (account->id == 0)
    put(self, SUPERUSER, "%s", account->name);
  g_auto(AkValue) shell =
      ak_value_text_from_bytes(account->shell != NULL ? account->shell : "",
                               account->shell != NULL ? strlen(account->shell) : 0, 256);
  json_array_append_new(self->evidence,
                        json_pack("{s:s, s:I, s:s, s:s}", "name", account->name, "uid",
                                  (json_int_t)account->id, "shell", shell.text, "password", says));
}

/* Source: the groups that Debian, BusyBox and OpenWrt images give such rights to: sudoers(5) (sudo,
 * wheel, admin), base-passwd's users-and-groups (adm, disk, shadow, kmem). */
static void look_at_groups(Accounts *self) {
  static const char *const strong[] = {"root", "wheel",  "sudo", "admin",  "adm",
                                       "disk", "shadow", "kmem", "docker", NULL};
  for (guint i = 0; self->group != NULL && i < self->group->len; i++) {
    const AkAccountLine *group = self->group->pdata[i];
    if (group->id != 0 && !g_strv_contains(strong, group->name))
      continue;
    for (char **member = group->members; *member != NULL; member++) {
      g_auto(AkValue) name = ak_value_text_from_bytes(*member, strlen(*member), 64);
      if (**member != '\0' && strcmp(*member, "root") != 0)
        put(self, PRIVILEGED, "%s: %s", group->name, name.text);
    }
  }
}

static void look_at_all(Looking *looking, Accounts *self) {
  const GPtrArray *lines = self->passwd != NULL ? self->passwd : self->shadow;
  for (guint i = 0; i < lines->len; i++)
    look_at_account(looking, self, lines->pdata[i]);
  look_at_groups(self);
  if (self->sets[SUPERUSER]->len > 1)
    for (guint i = 0; i < self->sets[SUPERUSER]->len; i++)
      put(self, SUPERUSER_DOUBLE, "%s", (const char *)self->sets[SUPERUSER]->pdata[i]);
}

/* --- what is said of one folder ----------------------------------------------------------------
 */

static bool depends_on_passwords(guint set) {
  return set == ENABLED || set == LOGIN || set == EMPTY || set == HASH || set == ALGORITHM ||
         set == LOCKED || set == DEFAULT_PASSWORD;
}

/* Why `set` may hold nothing although there is something, or NULL; `outcome` says which kind. */
static const char *doubt_of(const Accounts *self, guint set, AkOutcome *outcome) {
  bool is_about_id = set == SHELL || set == SUPERUSER || set == SUPERUSER_DOUBLE;
  *outcome = AK_OUTCOME_COULD_NOT_LOOK;
  if (self->passwd == NULL && is_about_id)
    return "there is no passwd file beside it";
  if (self->group == NULL && set == PRIVILEGED)
    return "there is no group file beside it";
  if (depends_on_passwords(set) && self->unknown != NULL)
    return self->unknown;
  if (set != DEFAULT_PASSWORD)
    return NULL;
  if (self->is_cut)
    *outcome = AK_OUTCOME_CUT;
  return self->is_cut ? "the work allowed for trying passwords is used up" : self->untried;
}

static bool emit_sets(Looking *looking, const Accounts *self, GError **error) {
  g_autofree char *locator = ak_firmware_tree_locator(looking->call->tree, self->node);
  g_autoptr(json_t) whole = json_pack("{s:s, s:O}", "file", locator, "accounts", self->evidence);
  AkCitation citation;
  if (!ak_firmware_emit_keep(looking->sink, whole, &citation, error))
    return false;
  for (guint set = 0; set < SETS; set++) {
    AkOutcome outcome;
    const char *doubt = doubt_of(self, set, &outcome);
    looking->counts[set] += self->sets[set]->len > 0 || doubt != NULL;
    if (self->sets[set]->len == 0 && doubt != NULL) {
      if (!ak_firmware_emit(looking->sink, "file", locator, outputs[set].property, outcome,
                            ak_value_text(doubt), &citation, error))
        return false;
    } else if (!ak_firmware_emit_set(looking->sink, "file", locator, outputs[set].property,
                                     self->sets[set], &citation, error)) {
      return false;
    }
  }
  return true;
}

/* --- which files -------------------------------------------------------------------------------
 */

/* "/" on the device is the folder above this one's "etc". */
static char *root_of(const char *folder) {
  gsize length = strlen(folder);
  return g_str_has_suffix(folder, "/etc") ? g_strndup(folder, length - 4) : g_strdup("");
}

/* The lines of `name` in the folder, or NULL where there are none. */
static GPtrArray *read_lines(Looking *self, const Accounts *accounts, AkAccountFile kind,
                             const char *name) {
  g_autofree char *path = g_strdup_printf("%s/%s", accounts->folder, name);
  g_autofree char *root = root_of(accounts->folder);
  bool is_place = g_str_has_suffix(accounts->folder, "/etc");
  guint index = 0, unread = 0;
  gsize size = 0;
  AkPathAnswer answer =
      ak_firmware_paths_find(self->paths, accounts->container, root, path + strlen(root), &index);
  if (answer == AK_PATH_DANGLING && is_place)
    self->cut = "a file of accounts that is made when the device starts";
  if (answer != AK_PATH_FOUND)
    return NULL;
  const guint8 *data = ak_firmware_paths_bytes(self->paths, index, &size);
  GPtrArray *lines = data != NULL ? ak_account_file_read(kind, data, size, &unread) : NULL;
  if (lines != NULL && lines->len == 0 && unread > 0 && !is_place)
    g_clear_pointer(&lines, g_ptr_array_unref); /* a program or a setting of that name */
  else if ((lines == NULL || unread > 0) && is_place)
    self->cut = "a file of accounts with lines that are none";
  return lines;
}

static Accounts *read_folder(Looking *self, guint node, const char *folder) {
  g_autoptr(Accounts) accounts = g_new0(Accounts, 1);
  accounts->container = ak_firmware_tree_node(self->call->tree, node)->parent;
  accounts->node = node;
  accounts->folder = g_strdup(folder);
  accounts->evidence = json_array();
  for (guint i = 0; i < SETS; i++)
    accounts->sets[i] = g_ptr_array_new_with_free_func(g_free);
  accounts->passwd = read_lines(self, accounts, AK_ACCOUNT_PASSWD, "passwd");
  accounts->shadow = read_lines(self, accounts, AK_ACCOUNT_SHADOW, "shadow");
  if (accounts->passwd == NULL && accounts->shadow == NULL)
    return NULL;
  accounts->group = read_lines(self, accounts, AK_ACCOUNT_GROUP, "group");
  return g_steal_pointer(&accounts);
}

/* passwd stands for the folder, or shadow where there is none. */
static bool stands_for_folder(const Looking *self, guint index, char **folder) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  const char *slash = strrchr(node->path, '/');
  if (index == 0 || node->path[0] != '/' ||
      (node->type != AK_NODE_FILE && node->type != AK_NODE_SYMLINK))
    return false;
  bool is_passwd = strcmp(slash, "/passwd") == 0, is_shadow = strcmp(slash, "/shadow") == 0;
  if (!is_passwd && !is_shadow)
    return false;
  *folder = g_strndup(node->path, (gsize)(slash - node->path));
  g_autofree char *passwd = g_strdup_printf("%s/passwd", *folder);
  guint other = 0;
  return is_passwd || !ak_firmware_paths_entry(self->paths, node->parent, passwd, &other);
}

static bool look_at_folder(Looking *self, guint index, const char *folder, GError **error) {
  g_autoptr(Accounts) accounts = read_folder(self, index, folder);
  if (accounts == NULL)
    return true;
  if (++self->folders > MAX_FOLDERS) {
    self->cut = "more folders with accounts than are looked at";
    return true;
  }
  look_at_all(self, accounts);
  if (accounts->unknown != NULL)
    self->passwords_cut = accounts->unknown;
  else if (accounts->untried != NULL || accounts->is_cut)
    self->passwords_cut = "not every hash was tried";
  return emit_sets(self, accounts, error);
}

static bool finish(Looking *self, GError **error) {
  static const char *const part[] = {"accounts", "groups", NULL};
  AkFirmwareEnd end = {.counts = self->counts,
                       .unread = self->cut,
                       .items = self->passwords_cut != NULL ? part : NULL,
                       .is_cut = self->cut != NULL};
  return ak_firmware_emit_end(self->call, self->sink, &end, error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  g_autoptr(AkFirmwarePaths) paths = ak_firmware_paths_new(call->tree);
  g_autoptr(AkDictionary) dictionary = ak_dictionary_new(MAX_WORK);
  Looking self = {.call = call, .sink = sink, .paths = paths, .dictionary = dictionary};
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    g_autofree char *folder = NULL;
    if (!stands_for_folder(&self, i, &folder))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, NULL)) {
      self.cut = "the limit of files";
      break;
    }
    if (!look_at_folder(&self, i, folder, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  return finish(&self, error);
}

static const char *const sources[] = {"passwd(5), shadow(5), group(5)", "crypt(5)", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_account_test;
const AkTest ak_firmware_account_test = {
    .id = "firmware.account",
    .rev = 2,
    .title_en = "Accounts in the firmware",
    .title_ja = "ファームウェア内のアカウント",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 120000, .bytes = 1ull << 30, .files = 10000, .attempts = 50000},
    .is_long = true, /* a dictionary is tried at each hash */
    .masked_since = 1,
    .stop_condition_en = "a limit on files, or on the work of trying passwords at hashes",
    .stop_condition_ja = "ファイル数、またはハッシュへのパスワード試行量の上限",
    .sources = sources,
    .run = run,
};
