#include "exchange/product-yaml.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "exchange/product-relations.h"
#include "util/io.h"

/* --- the schema ------------------------------------------------------------------------------------ */

static const char *const transports[] = {"tcp", "udp", NULL};
static const char *const mechanisms[] = {"basic", "digest", "form", "password", "none", NULL};
static const char *const defaults[] = {"unique", "shared", "chosen", "none", NULL};
static const char *const states[] = {"factory-default", "initialized", NULL};
static const char *const matches[] = {"digest", "version", "maker", "none", NULL};
static const char *const capacities[] = {"owner", "access-manager", NULL};
static const char *const grades[] = {"safe", "disturbing", "destructive", NULL};
static const char *const supports[] = {"Y", "N", "N/A", NULL};
static const char *const verdicts[] = {"pass", "fail", "inconclusive", "not-applicable", NULL};

static const AkField identity_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name of the product", .help_ja = "製品名"},
    {"model", AK_FIELD_TEXT, .help_en = "model designation", .help_ja = "型番"},
    {"version", AK_FIELD_TEXT, .required = true,
     .help_en = "the version that is verified; verdicts are bound to it",
     .help_ja = "検証する版。判定はこの版に結び付く"},
    {"manufacturer", AK_FIELD_TEXT, .help_en = "who makes it", .help_ja = "製造者"},
    {NULL},
};

static const AkField auth_fields[] = {
    {"mechanism", AK_FIELD_WORD, .required = true, .words = mechanisms,
     .help_en = "how one logs in", .help_ja = "ログインの方式"},
    {"path", AK_FIELD_URL_PATH, .help_en = "page that must be refused without log-in",
     .help_ja = "ログインなしでは拒否されるべきページ"},
    {"login_path", AK_FIELD_URL_PATH, .help_en = "where a form is sent to",
     .help_ja = "フォームの送信先"},
    {"user", AK_FIELD_TEXT, .help_en = "account that wrong passwords are tried on",
     .help_ja = "誤ったパスワードを試すアカウント"},
    {"user_field", AK_FIELD_TEXT, .help_en = "the form's field for the user",
     .help_ja = "フォームの利用者名の欄"},
    {"password_field", AK_FIELD_TEXT, .help_en = "the form's field for the password",
     .help_ja = "フォームのパスワードの欄"},
    {"failure_text", AK_FIELD_TEXT, .help_en = "text that a refused log-in shows",
     .help_ja = "ログイン失敗時に表示される文字列"},
    {"default", AK_FIELD_WORD, .words = defaults,
     .help_en = "how the first password comes about", .help_ja = "初期パスワードの決まり方"},
    {NULL},
};

static const AkField service_fields[] = {
    {"transport", AK_FIELD_WORD, .required = true, .words = transports, .help_en = "transport",
     .help_ja = "トランスポート"},
    {"port", AK_FIELD_INT, .required = true, .min = 1, .max = 65535, .help_en = "port",
     .help_ja = "ポート"},
    {"protocol", AK_FIELD_TEXT, .required = true, .help_en = "protocol: https, http, ssh …",
     .help_ja = "プロトコル"},
    {"purpose", AK_FIELD_TEXT, .help_en = "what it is for", .help_ja = "用途"},
    {"shows", AK_FIELD_TEXT, .list = true, .help_en = "texts on its start page: the model",
     .help_ja = "最初のページに表示される文字列（型番）"},
    {"auth", AK_FIELD_OBJECT, .members = auth_fields, .help_en = "how one logs in",
     .help_ja = "ログインの方法"},
    {NULL},
};

static const AkField interface_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name, once in the file",
     .help_ja = "名前（ファイル内で一つ）"},
    {"kind", AK_FIELD_WORD, .required = true, .words = ak_product_interface_kinds, .help_en = "kind",
     .help_ja = "種類"},
    {"addresses", AK_FIELD_ADDRESS, .list = true, .help_en = "numeric addresses",
     .help_ja = "数値アドレス"},
    {"remote", AK_FIELD_BOOL, .help_en = "reachable from outside the local network",
     .help_ja = "ローカルネットワークの外から届くか"},
    {"used", AK_FIELD_BOOL, .help_en = "false: unused, so it must be disabled (true)",
     .help_ja = "false: 未使用なので無効でなければならない"},
    {"services", AK_FIELD_OBJECT, .list = true, .members = service_fields,
     .help_en = "what listens on it", .help_ja = "待ち受けるサービス"},
    {NULL},
};

static const AkField image_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name, once in the file",
     .help_ja = "名前（ファイル内で一つ）"},
    {"path", AK_FIELD_FILE, .required = true, .help_en = "file, relative to this one",
     .help_ja = "ファイル（このファイルからの相対パス）"},
    {"sha256", AK_FIELD_DIGEST, .help_en = "digest that the file must have",
     .help_ja = "ファイルのSHA-256"},
    {"version", AK_FIELD_TEXT, .help_en = "version", .help_ja = "版"},
    {NULL},
};

static const AkField unit_fields[] = {
    {"serial", AK_FIELD_TEXT, .required = true, .help_en = "serial number",
     .help_ja = "製造番号"},
    {"hardware_version", AK_FIELD_TEXT, .help_en = "hardware version",
     .help_ja = "ハードウェアの版"},
    {"firmware_version", AK_FIELD_TEXT, .help_en = "firmware version",
     .help_ja = "ファームウェアの版"},
    {"image", AK_FIELD_TEXT, .help_en = "image that is believed to run on it",
     .help_ja = "動いているとみられるイメージ"},
    {"matched_by", AK_FIELD_WORD, .words = matches, .help_en = "how that was found out",
     .help_ja = "照合の方法"},
    {"state", AK_FIELD_WORD, .required = true, .words = states, .help_en = "state in the test",
     .help_ja = "試験時の状態"},
    {NULL},
};

static const AkField authorization_fields[] = {
    {"by", AK_FIELD_TEXT, .required = true, .help_en = "who consents", .help_ja = "許可する人"},
    {"capacity", AK_FIELD_WORD, .required = true, .words = capacities,
     .help_en = "in what capacity", .help_ja = "許可する人の立場"},
    {"addresses", AK_FIELD_PREFIX, .required = true, .list = true,
     .help_en = "addresses or prefixes that may be tested",
     .help_ja = "試験してよいアドレスまたは範囲"},
    {"from", AK_FIELD_DATE, .required = true, .help_en = "first day or moment",
     .help_ja = "期間の始まり"},
    {"until", AK_FIELD_DATE, .required = true, .help_en = "last day or moment",
     .help_ja = "期間の終わり"},
    {"grades_up_to", AK_FIELD_WORD, .required = true, .words = grades,
     .help_en = "highest grade of test", .help_ja = "許される試験の等級"},
    {"lockout_allowed", AK_FIELD_BOOL, .help_en = "may an account be locked out? (false)",
     .help_ja = "アカウントの締め出しを許すか"},
    {"emergency_contact", AK_FIELD_TEXT, .required = true, .help_en = "whom to call",
     .help_ja = "緊急連絡先"},
    {"max_packets_per_second", AK_FIELD_INT, .min = 1, .max = 100000,
     .help_en = "highest rate (500)", .help_ja = "最大の速さ"},
    {NULL},
};

static const AkField laboratory_fields[] = {
    {"laboratory", AK_FIELD_TEXT, .help_en = "laboratory", .help_ja = "試験所"},
    {"network_namespace", AK_FIELD_TEXT,
     .help_en = "namespace made by akashi in which the devices are (akashi-…); else left out",
     .help_ja = "機器がある、akashiが作ったネットワーク名前空間（akashi-…）。なければ書かない"},
    {"operator", AK_FIELD_TEXT, .help_en = "who runs the tests", .help_ja = "試験者"},
    {"place", AK_FIELD_TEXT, .help_en = "place", .help_ja = "場所"},
    {"deviations", AK_FIELD_TEXT, .list = true, .help_en = "deviations from the method",
     .help_ja = "手順からの逸脱"},
    {NULL},
};

static const AkField asset_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name, once in the file",
     .help_ja = "名前（ファイル内で一つ）"},
    {"kind", AK_FIELD_WORD, .required = true, .words = ak_product_asset_kinds, .help_en = "kind",
     .help_ja = "種類"},
    {"description", AK_FIELD_TEXT, .help_en = "what it is, and what its loss would mean",
     .help_ja = "内容と、失われた場合の影響"},
    {NULL},
};

static const AkField feature_fields[] = {
    {"present", AK_FIELD_BOOL, .required = true, .help_en = "is the feature there?",
     .help_ja = "その機能があるか"},
    {"reason", AK_FIELD_TEXT, .help_en = "why", .help_ja = "理由"},
    {NULL},
};

static const AkField condition_fields[] = {
    {"holds", AK_FIELD_BOOL, .required = true, .help_en = "does it hold?",
     .help_ja = "成り立つか"},
    {"reason", AK_FIELD_TEXT, .help_en = "why", .help_ja = "理由"},
    {NULL},
};

static const AkField ics_fields[] = {
    {"support", AK_FIELD_WORD, .required = true, .words = supports, .help_en = "Y, N or N/A",
     .help_ja = "Y、N、N/A"},
    {"detail", AK_FIELD_TEXT, .help_en = "how, or why not", .help_ja = "どのように、またはなぜ"},
    {NULL},
};

static const AkField answer_fields[] = {
    {"case", AK_FIELD_TEXT, .required = true, .help_en = "test case", .help_ja = "試験項目"},
    {"verdict", AK_FIELD_WORD, .required = true, .words = verdicts, .help_en = "answer",
     .help_ja = "答え"},
    {"by", AK_FIELD_TEXT, .required = true, .help_en = "who answered", .help_ja = "答えた人"},
    {"on", AK_FIELD_DAY, .required = true, .help_en = "when", .help_ja = "日付"},
    {"reason", AK_FIELD_TEXT, .required = true, .help_en = "why", .help_ja = "理由"},
    {"evidence", AK_FIELD_FILE, .list = true, .help_en = "files, relative to this one",
     .help_ja = "証拠のファイル"},
    {NULL},
};

const AkField ak_product_fields[] = {
    {"product", AK_FIELD_OBJECT, .required = true, .members = identity_fields,
     .help_en = "what is verified", .help_ja = "検証する製品"},
    {"interfaces", AK_FIELD_OBJECT, .list = true, .members = interface_fields,
     .help_en = "its interfaces", .help_ja = "インターフェース"},
    {"images", AK_FIELD_OBJECT, .list = true, .members = image_fields,
     .help_en = "its firmware images", .help_ja = "ファームウェアのイメージ"},
    {"sboms", AK_FIELD_FILE, .list = true, .help_en = "SBOM files", .help_ja = "SBOMのファイル"},
    {"yara", AK_FIELD_FILE, .help_en = "rules (YARA) that the images are held against",
     .help_ja = "イメージに照らす規則（YARA）のファイル"},
    {"units", AK_FIELD_OBJECT, .list = true, .members = unit_fields,
     .help_en = "the units tested", .help_ja = "試験する個体"},
    {"authorization", AK_FIELD_OBJECT, .members = authorization_fields,
     .help_en = "the consent to test", .help_ja = "試験の許可"},
    {"laboratory", AK_FIELD_OBJECT, .members = laboratory_fields, .help_en = "who tests, where",
     .help_ja = "試験する人と場所"},
    {"assets", AK_FIELD_OBJECT, .list = true, .members = asset_fields,
     .help_en = "what is worth protecting", .help_ja = "守るべき資産"},
    {"attackers", AK_FIELD_WORD, .list = true, .words = ak_product_attackers,
     .help_en = "from where somebody may attack (everywhere)",
     .help_ja = "攻撃者の位置（既定はすべて）"},
    {"features", AK_FIELD_OBJECTS, .members = feature_fields,
     .help_en = "lettered features of EN 303 645, annex B", .help_ja = "機能（附属書B）"},
    {"conditions", AK_FIELD_OBJECTS, .members = condition_fields,
     .help_en = "numbered conditions of EN 303 645, annex B", .help_ja = "条件（附属書B）"},
    {"ics", AK_FIELD_OBJECTS, .members = ics_fields,
     .help_en = "implementation conformance statement", .help_ja = "適合表明（ICS）"},
    {"ixit", AK_FIELD_TABLES, .help_en = "extra information for testing, tables 1 to 29",
     .help_ja = "試験のための追加情報（IXIT）"},
    {"answers", AK_FIELD_OBJECT, .list = true, .members = answer_fields,
     .help_en = "what people read or did", .help_ja = "人が確かめた答え"},
    {NULL},
};

/* --- from the checked document to the noun --------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key) {
  return g_strdup(ak_json_string_or(object, key, NULL));
}

static bool bool_of(const json_t *object, const char *key, bool fallback) {
  const json_t *value = json_object_get(object, key);
  return json_is_boolean(value) ? json_is_true(value) : fallback;
}

static GStrv texts_of(const json_t *object, const char *key) {
  const json_t *list = json_object_get(object, key);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(list); i++)
    g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  return g_strv_builder_end(texts);
}

/* How to log in, with what the file leaves open filled in, so that no test has defaults of its own. */
static json_t *auth_of(const json_t *json) {
  static const struct {
    const char *member, *text;
    bool form;
  } fallbacks[] = {{"path", "/", false},
                   {"user", "admin", false},
                   {"user_field", "username", true},
                   {"password_field", "password", true}};
  if (json == NULL)
    return NULL;
  json_t *auth = json_copy((json_t *)json);
  bool is_form = strcmp(ak_json_string_or(auth, "mechanism", ""), "form") == 0;
  for (gsize i = 0; i < G_N_ELEMENTS(fallbacks); i++)
    if ((is_form || !fallbacks[i].form) && json_object_get(auth, fallbacks[i].member) == NULL)
      json_object_set_new(auth, fallbacks[i].member, json_string(fallbacks[i].text));
  if (is_form && json_object_get(auth, "login_path") == NULL)
    json_object_set(auth, "login_path", json_object_get(auth, "path"));
  return auth;
}

/* The usual spelling, since locators are compared as text. */
static GStrv addresses_of(const json_t *object) {
  GStrv addresses = texts_of(object, "addresses");
  for (gsize i = 0; addresses[i] != NULL; i++) {
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(addresses[i]);
    if (address == NULL)
      continue;
    g_free(addresses[i]);
    addresses[i] = g_inet_address_to_string(address);
  }
  return addresses;
}

static AkService *service_of(const json_t *json) {
  AkService *service = g_new0(AkService, 1);
  service->transport = text_of(json, "transport");
  service->port = (guint16)json_integer_value(json_object_get(json, "port"));
  service->protocol = text_of(json, "protocol");
  service->purpose = text_of(json, "purpose");
  service->shows = texts_of(json, "shows");
  service->auth = auth_of(json_object_get(json, "auth"));
  return service;
}

static AkInterface *interface_of(const json_t *json) {
  AkInterface *interface = g_new0(AkInterface, 1);
  const json_t *services = json_object_get(json, "services");
  interface->name = text_of(json, "name");
  interface->kind = text_of(json, "kind");
  interface->addresses = addresses_of(json);
  interface->remote = bool_of(json, "remote", false);
  interface->used = bool_of(json, "used", true);
  interface->services = g_ptr_array_new_with_free_func((GDestroyNotify)ak_service_free);
  for (gsize i = 0; i < json_array_size(services); i++)
    g_ptr_array_add(interface->services, service_of(json_array_get(services, i)));
  return interface;
}

static AkImage *image_of(const json_t *json) {
  AkImage *image = g_new0(AkImage, 1);
  image->name = text_of(json, "name");
  image->path = text_of(json, "path");
  image->sha256 = text_of(json, "sha256");
  image->version = text_of(json, "version");
  return image;
}

static AkUnit *unit_of(const json_t *json) {
  AkUnit *unit = g_new0(AkUnit, 1);
  unit->serial = text_of(json, "serial");
  unit->hardware_version = text_of(json, "hardware_version");
  unit->firmware_version = text_of(json, "firmware_version");
  unit->image = text_of(json, "image");
  unit->matched_by = text_of(json, "matched_by");
  unit->state = text_of(json, "state");
  return unit;
}

static AkAnswer *answer_of(const json_t *json) {
  AkAnswer *answer = g_new0(AkAnswer, 1);
  answer->case_id = text_of(json, "case");
  answer->by = text_of(json, "by");
  answer->on = text_of(json, "on");
  answer->reason = text_of(json, "reason");
  answer->evidence = texts_of(json, "evidence");
  ak_verdict_from_name(ak_json_string_or(json, "verdict", ""), &answer->verdict);
  return answer;
}

static AkAuthorization *authorization_of(const json_t *json) {
  if (json == NULL)
    return NULL;
  AkAuthorization *consent = g_new0(AkAuthorization, 1);
  consent->by = text_of(json, "by");
  consent->capacity = text_of(json, "capacity");
  consent->addresses = texts_of(json, "addresses");
  consent->emergency_contact = text_of(json, "emergency_contact");
  consent->lockout_allowed = bool_of(json, "lockout_allowed", false);
  consent->max_packets_per_second =
      (guint)json_integer_value(json_object_get(json, "max_packets_per_second"));
  /* a date that cannot be read leaves an empty period: nothing is allowed */
  if (!ak_schema_date(ak_json_string_or(json, "from", ""), false, &consent->from_utc_us) ||
      !ak_schema_date(ak_json_string_or(json, "until", ""), true, &consent->until_utc_us))
    consent->until_utc_us = G_MININT64;
  ak_grade_from_name(ak_json_string_or(json, "grades_up_to", ""), &consent->grades_up_to);
  return consent;
}

static void fill_list(GPtrArray *target, const json_t *list, gpointer (*make)(const json_t *)) {
  for (gsize i = 0; i < json_array_size(list); i++)
    g_ptr_array_add(target, make(json_array_get(list, i)));
}

static json_t *object_or_new(json_t *document, const char *key) {
  json_t *object = json_object_get(document, key);
  return object != NULL ? json_incref(object) : json_object();
}

AkProduct *ak_product_from_document(json_t *document, const char *folder, GError **error) {
  const json_t *identity = ak_json_object(document, "product", "product", error);
  if (identity == NULL || ak_json_string(identity, "name", "product", error) == NULL)
    return NULL;
  AkProduct *self = ak_product_new();
  self->name = text_of(identity, "name");
  self->model = text_of(identity, "model");
  self->version = text_of(identity, "version");
  self->manufacturer = text_of(identity, "manufacturer");
  fill_list(self->interfaces, json_object_get(document, "interfaces"),
            (gpointer(*)(const json_t *))interface_of);
  fill_list(self->images, json_object_get(document, "images"),
            (gpointer(*)(const json_t *))image_of);
  fill_list(self->units, json_object_get(document, "units"),
            (gpointer(*)(const json_t *))unit_of);
  fill_list(self->answers, json_object_get(document, "answers"),
            (gpointer(*)(const json_t *))answer_of);
  self->authorization = authorization_of(json_object_get(document, "authorization"));
  self->features = object_or_new(document, "features");
  self->conditions = object_or_new(document, "conditions");
  self->ics = object_or_new(document, "ics");
  self->ixit = object_or_new(document, "ixit");
  self->laboratory = json_incref(json_object_get(document, "laboratory"));
  self->sboms = texts_of(document, "sboms");
  self->folder = g_strdup(folder);
  self->document = json_incref(document);
  return self;
}

/* --- reading ---------------------------------------------------------------------------------------- */

AkProduct *ak_product_check(const char *data, gsize size, const char *where, const char *folder,
                            bool files, GPtrArray *problems, GError **error) {
  g_autoptr(AkYaml) root = ak_yaml_parse(data, size, where, &ak_yaml_default_limits, error);
  if (root == NULL)
    return NULL;
  guint before = problems->len;
  g_autoptr(json_t) document =
      ak_schema_check(root, ak_product_fields, files ? folder : NULL, problems);
  ak_product_check_relations(root, problems);
  if (problems->len == before)
    return ak_product_from_document(document, folder, error);
  ak_problems_sort(problems);
  g_autofree char *all = ak_problems_format(problems, where, AK_LANG_EN);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  return NULL;
}

AkProduct *ak_product_parse(const char *data, gsize size, const char *where, const char *folder,
                            GError **error) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  return ak_product_check(data, size, where, folder, false, problems, error);
}

char *ak_product_read_bytes(const char *path, gsize *size, char **folder, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  g_autofree char *parent = g_path_get_dirname(whole), *name = g_path_get_basename(whole);
  int dir_fd = ak_io_open_dir(AT_FDCWD, parent, error);
  if (dir_fd < 0)
    return NULL;
  g_autoptr(GBytes) bytes =
      ak_io_read_file(dir_fd, name, ak_yaml_default_limits.size_bytes, error);
  close(dir_fd);
  if (bytes == NULL) {
    g_prefix_error(error, "%s: ", path);
    return NULL;
  }
  *size = g_bytes_get_size(bytes);
  *folder = g_steal_pointer(&parent);
  char *data = g_malloc(*size + 1);
  memcpy(data, g_bytes_get_data(bytes, NULL), *size);
  data[*size] = '\0';
  return data;
}

AkProduct *ak_product_read(const char *path, GError **error) {
  gsize size = 0;
  g_autofree char *folder = NULL;
  g_autofree char *data = ak_product_read_bytes(path, &size, &folder, error);
  return data != NULL ? ak_product_parse(data, size, path, folder, error) : NULL;
}

bool ak_exchange_product_yaml_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkProduct) product = ak_product_parse((const char *)data, size, "fuzz", NULL, NULL);
  return product != NULL;
}
