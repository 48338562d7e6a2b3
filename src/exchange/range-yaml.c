#include "exchange/range-yaml.h"

#include <string.h>

#include "exchange/range-relations.h"

#define DISPUTE_DAYS 14 /* the plan's default */

static const char *const configurations[] = {"vendor-default", "vendor-tuned", "tester-set", "control", NULL};
static const char *const builtins[] = {"http-attacks", "http-work", "captures", "traffic", "mails", "files", NULL};
static const char *const targets[] = {"weak", "none", NULL};

/* --- the schema --------------------------------------------------------------------------------- */

static const AkField about_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name of the trial",
     .help_ja = "試験の名前"},
    {"note", AK_FIELD_TEXT, .help_en = "what it is for", .help_ja = "目的"},
    {NULL},
};

static const AkField notice_fields[] = {
    {"to", AK_FIELD_TEXT, .required = true, .help_en = "vendor or person", .help_ja = "通知先"},
    {"on", AK_FIELD_DAY, .required = true, .help_en = "date of the notice", .help_ja = "通知日"},
    {NULL},
};

static const AkField plan_fields[] = {
    {"sponsor", AK_FIELD_TEXT, .required = true, .help_en = "who asked for the trial",
     .help_ja = "依頼者"},
    {"payer", AK_FIELD_TEXT, .required = true, .help_en = "who pays for it",
     .help_ja = "費用の負担者"},
    {"conflicts", AK_FIELD_TEXT, .required = true,
     .help_en = "conflicts of interest, or that there are none", .help_ja = "利益相反（なければその旨）"},
    {"why", AK_FIELD_TEXT, .required = true, .help_en = "why these products",
     .help_ja = "これらの製品を選んだ理由"},
    {"notices", AK_FIELD_OBJECT, .list = true, .members = notice_fields,
     .help_en = "notices to the vendors", .help_ja = "ベンダーへの通知"},
    {"dispute_days", AK_FIELD_INT, .min = 0, .max = 365,
     .help_en = "days in which a vendor may dispute cases (14)",
     .help_ja = "ベンダーが異議を申し立てられる日数（既定は 14）"},
    {"commentary_until", AK_FIELD_DAY, .help_en = "until when a vendor may comment",
     .help_ja = "ベンダーのコメントの期限"},
    {"metrics", AK_FIELD_TEXT, .list = true, .help_en = "figures that will be published",
     .help_ja = "公表する指標"},
    {"exclusion", AK_FIELD_TEXT, .list = true,
     .help_en = "rules by which cases are left out, beside a failed control run",
     .help_ja = "事例を除外する規則（対照試験に失敗したものは常に除外）"},
    {"stop", AK_FIELD_TEXT, .list = true, .help_en = "rules by which the trial is stopped",
     .help_ja = "試験を中止する規則"},
    {"repetitions", AK_FIELD_INT, .min = 1, .max = 100, .help_en = "repetitions (1)",
     .help_ja = "反復回数（既定は 1）"},
    {"seed", AK_FIELD_INT, .required = true, .min = 0, .max = G_MAXINT64,
     .help_en = "seed of the orders", .help_ja = "順序の乱数の種"},
    {"traffic_a_day", AK_FIELD_INT, .min = 0, .max = 1000000000000,
     .help_en = "harmless cases a day, for the expected alarms",
     .help_ja = "一日あたりの正常な事例数（誤報数の見積りに使う）"},
    {NULL},
};

static const AkField file_fields[] = {
    {"from", AK_FIELD_FILE, .required = true, .help_en = "template, beside the range file",
     .help_ja = "ひな型（レンジのファイルからの相対パス）"},
    {"to", AK_FIELD_TEXT, .required = true, .help_en = "name in the product's folder",
     .help_ja = "製品のフォルダでの名前"},
    {NULL},
};

static const AkField value_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "NAME: stands for @NAME@ in the templates",
     .help_ja = "NAME: ひな型の @NAME@ に入る"},
    {"value", AK_FIELD_TEXT, .required = true, .help_en = "what it stands for", .help_ja = "値"},
    {NULL},
};

static const AkField start_fields[] = {
    {"command", AK_FIELD_TEXT, .required = true, .list = true,
     .help_en = "program and arguments, with @PORT@, @TARGET_PORT@, @FOLDER@, @RANGE@",
     .help_ja = "プログラムと引数。@PORT@、@TARGET_PORT@、@FOLDER@、@RANGE@ が使える"},
    {"files", AK_FIELD_OBJECT, .list = true, .members = file_fields,
     .help_en = "files made from templates", .help_ja = "ひな型から作るファイル"},
    {"values", AK_FIELD_OBJECT, .list = true, .members = value_fields,
     .help_en = "further names for the templates", .help_ja = "ひな型で使う値"},
    {"socket", AK_FIELD_TEXT,
     .help_en = "adapter ids: name, in its folder, of the Unix socket over which it takes captures",
     .help_ja = "アダプター ids: キャプチャを受け取るUNIXソケットの名前（製品のフォルダ内）"},
    {"ready_ms", AK_FIELD_INT, .min = 1, .max = 600000, .help_en = "time to become ready (30000)",
     .help_ja = "起動を待つ時間（既定は 30000）"},
    {"stop_ms", AK_FIELD_INT, .min = 0, .max = 600000, .help_en = "time to end by itself (5000)",
     .help_ja = "終了を待つ時間（既定は 5000）"},
    {NULL},
};

static const AkField reach_fields[] = {
    {"address", AK_FIELD_ADDRESS, .required = true, .help_en = "where it is reached",
     .help_ja = "アドレス"},
    {"port", AK_FIELD_INT, .required = true, .min = 1, .max = 65535, .help_en = "and its port",
     .help_ja = "ポート"},
    {NULL},
};

static const AkField block_fields[] = {
    {"status", AK_FIELD_INT, .list = true, .min = 100, .max = 999,
     .help_en = "statuses of its own answers that mean blocked (400 to 499, 501)",
     .help_ja = "遮断を意味する製品自身の応答状態（既定は 400〜499 と 501）"},
    {"reset", AK_FIELD_BOOL, .help_en = "a connection closed without an answer means blocked (false)",
     .help_ja = "応答なしの切断を遮断とみなす（既定は false）"},
    {NULL},
};

static const AkField log_fields[] = {
    {"file", AK_FIELD_TEXT, .required = true, .help_en = "in the product's folder, or absolute",
     .help_ja = "製品のフォルダ内の名前、または絶対パス"},
    {"alert", AK_FIELD_TEXT, .help_en = "text of a line that is an alert (every line is one)",
     .help_ja = "警報の行に含まれる文字列（既定はすべての行）"},
    {"every", AK_FIELD_BOOL, .help_en = "each case has a line, alert or not (false)",
     .help_ja = "警報でなくても事例ごとに行がある（既定は false）"},
    {"sentinel", AK_FIELD_URL_PATH, .help_en = "path of a request that is sure to be logged (/)",
     .help_ja = "必ず記録される要求のパス（既定は /）"},
    {NULL},
};

static const AkField product_fields[] = {
    {"id", AK_FIELD_TEXT, .required = true, .help_en = "a-z, 0-9 and -, once in the file",
     .help_ja = "a-z、0-9、-（ファイル内で一つ）"},
    {"name", AK_FIELD_TEXT, .help_en = "name that people read", .help_ja = "名前"},
    {"adapter", AK_FIELD_TEXT, .required = true, .help_en = "how it is tried: proxy-waf …",
     .help_ja = "試し方: proxy-waf など"},
    {"family", AK_FIELD_TEXT, .help_en = "product family, against a corpus's written_for",
     .help_ja = "製品の系統（コーパスの written_for と照らす）"},
    {"version", AK_FIELD_TEXT, .required = true, .help_en = "version", .help_ja = "版"},
    {"configuration", AK_FIELD_WORD, .required = true, .words = configurations,
     .help_en = "whose configuration it runs with", .help_ja = "誰の設定か"},
    {"detected_by", AK_FIELD_WORD, .words = ak_range_duties,
     .help_en = "what counts as detected: it blocks, it logs an alert, or either (block)",
     .help_ja = "検出とみなすもの: 遮断、警報の記録、またはどちらか（既定は block）"},
    {"rules_on", AK_FIELD_DAY, .help_en = "date of its rules or signatures",
     .help_ja = "規則・シグネチャの日付"},
    {"licence", AK_FIELD_TEXT, .help_en = "licence", .help_ja = "ライセンス"},
    {"cloud", AK_FIELD_BOOL, .help_en = "it asks a service of its maker (false)",
     .help_ja = "製造者のサービスに問い合わせる（既定は false）"},
    {"learning_days", AK_FIELD_INT, .min = 0, .max = 3650, .help_en = "learning period before (0)",
     .help_ja = "事前の学習期間（日、既定は 0）"},
    {"start", AK_FIELD_OBJECT, .members = start_fields, .help_en = "how the range starts it",
     .help_ja = "起動の方法"},
    {"reach", AK_FIELD_OBJECT, .members = reach_fields, .help_en = "or where it runs already",
     .help_ja = "または、すでに動いている場所"},
    {"block", AK_FIELD_OBJECT, .members = block_fields, .help_en = "how it blocks",
     .help_ja = "遮断の仕方"},
    {"log", AK_FIELD_OBJECT, .members = log_fields, .help_en = "its log", .help_ja = "ログ"},
    {NULL},
};

static const AkField case_fields[] = {
    {"id", AK_FIELD_TEXT, .required = true, .help_en = "id, once in the corpus",
     .help_ja = "識別子（コーパス内で一つ）"},
    {"base", AK_FIELD_TEXT, .help_en = "case that it is a variant of (itself)",
     .help_ja = "元の事例（既定は自身）"},
    {"attack", AK_FIELD_BOOL, .required = true, .help_en = "an attack, or harmless work",
     .help_ja = "攻撃か、正常な利用か"},
    {"category", AK_FIELD_TEXT, .list = true, .help_en = "cwe:89, attack:T1190, owasp:A03:2021 …",
     .help_ja = "分類: cwe:89、attack:T1190、owasp:A03:2021 など"},
    {"marker", AK_FIELD_TEXT, .help_en = "what the target says once the effect happened",
     .help_ja = "効果が起きたときに標的が報告する印"},
    {"source", AK_FIELD_TEXT, .help_en = "who made it", .help_ja = "作成者"},
    {"licence", AK_FIELD_TEXT, .help_en = "licence", .help_ja = "ライセンス"},
    {"request", AK_FIELD_TEXT, .help_en = "kind http: the request; line ends become CRLF",
     .help_ja = "種類 http: 要求（行末は CRLF になる）"},
    {"text", AK_FIELD_TEXT, .help_en = "other kinds: what the product is given, as it is",
     .help_ja = "ほかの種類: 製品に与えるもの"},
    {NULL},
};

static const AkField corpus_fields[] = {
    {"id", AK_FIELD_TEXT, .required = true, .help_en = "id, once in the file",
     .help_ja = "識別子（ファイル内で一つ）"},
    {"file", AK_FIELD_FILE, .help_en = "a corpus (docs/formats/corpus.md), beside the range file",
     .help_ja = "コーパス（レンジのファイルからの相対パス）"},
    {"sha256", AK_FIELD_DIGEST, .help_en = "its digest, as its first line tells it",
     .help_ja = "そのダイジェスト（1行目のもの）"},
    {"builtin", AK_FIELD_WORD, .words = builtins, .help_en = "or a starter corpus of the program",
     .help_ja = "またはプログラムが持つ初期コーパス"},
    {"variants", AK_FIELD_INT, .min = 0, .max = 8,
     .help_en = "builtin: other spellings of each attack (2)",
     .help_ja = "builtin: 攻撃ごとの別表記の数（既定は 2）"},
    {"kind", AK_FIELD_WORD, .words = ak_effect_kinds, .help_en = "of cases that stand here",
     .help_ja = "ここに書く事例の種類"},
    {"written_for", AK_FIELD_TEXT, .list = true,
     .help_en = "product families whose makers wrote it or tune on it",
     .help_ja = "作成者、またはこれで調整した製造者の製品系統"},
    {"function_check", AK_FIELD_BOOL, .help_en = "shows that a product works, no more (false)",
     .help_ja = "動作確認だけに使う（既定は false）"},
    {"cases", AK_FIELD_OBJECT, .list = true, .members = case_fields, .help_en = "cases that stand here",
     .help_ja = "ここに書く事例"},
    {NULL},
};

static const AkField limit_fields[] = {
    {"case_ms", AK_FIELD_INT, .min = 1, .max = 3600000, .help_en = "time for an answer (5000)",
     .help_ja = "応答を待つ時間（既定は 5000）"},
    {"late_ms", AK_FIELD_INT, .min = 0, .max = 3600000, .help_en = "and for a late one (1000)",
     .help_ja = "遅れた応答を待つ時間（既定は 1000）"},
    {"log_ms", AK_FIELD_INT, .min = 1, .max = 3600000,
     .help_en = "time for the log's next line (5000)", .help_ja = "ログの次の行を待つ時間（既定は 5000）"},
    {"alerts_per_case", AK_FIELD_INT, .min = 1, .max = 1000000, .help_en = "alerts of one case (100)",
     .help_ja = "一つの事例の警報の上限（既定は 100）"},
    {"log_mib", AK_FIELD_INT, .min = 1, .max = 2048,
     .help_en = "MiB of a product's log in a batch (512)", .help_ja = "一つの単位での製品のログの上限（MiB、既定は 512）"},
    {"connections", AK_FIELD_INT, .min = 1, .max = 1024, .help_en = "connections at once (32)",
     .help_ja = "同時接続数（既定は 32）"},
    {"batch", AK_FIELD_INT, .min = 1, .max = 100000,
     .help_en = "cases after which what was seen is entered into the log (5000)",
     .help_ja = "記録に登録する単位の事例数（既定は 5000）"},
    {"deaths", AK_FIELD_INT, .min = 0, .max = 1000, .help_en = "how often a product is started again (3)",
     .help_ja = "製品を再起動する回数（既定は 3）"},
    {NULL},
};

const AkField ak_range_fields[] = {
    {"range", AK_FIELD_OBJECT, .required = true, .members = about_fields,
     .help_en = "what this file describes", .help_ja = "このファイルの対象"},
    {"plan", AK_FIELD_OBJECT, .required = true, .members = plan_fields,
     .help_en = "the plan, entered into the evidence log before the run",
     .help_ja = "計画（実行の前に証拠の記録に登録される）"},
    {"target", AK_FIELD_WORD, .words = targets,
     .help_en = "what stands behind a product of kind http: the weak application, or nothing (weak)",
     .help_ja = "種類 http の製品の後ろに置くもの: 弱いアプリケーション、またはなし（既定は weak）"},
    {"products", AK_FIELD_OBJECT, .required = true, .list = true, .members = product_fields,
     .help_en = "the products", .help_ja = "製品"},
    {"corpora", AK_FIELD_OBJECT, .required = true, .list = true, .members = corpus_fields,
     .help_en = "the corpora", .help_ja = "コーパス"},
    {"limits", AK_FIELD_OBJECT, .members = limit_fields, .help_en = "limits", .help_ja = "限度"},
    {NULL},
};

/* --- from the checked document to the noun ------------------------------------------------------ */

static char *text_of(const json_t *object, const char *key) {
  return g_strdup(ak_json_string_or(object, key, NULL));
}

static GStrv texts_of(const json_t *object, const char *key) {
  const json_t *list = json_object_get(object, key);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(list); i++)
    g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  return g_strv_builder_end(texts);
}

static void add_start(AkRangeProduct *product, const json_t *start) {
  const json_t *files = json_object_get(start, "files"), *values = json_object_get(start, "values");
  product->ready_ms = (guint)ak_json_number_or(start, "ready_ms", 30000);
  product->stop_ms = (guint)ak_json_number_or(start, "stop_ms", 5000);
  if (start == NULL)
    return;
  product->command = texts_of(start, "command");
  product->socket = text_of(start, "socket");
  for (gsize i = 0; i < json_array_size(files); i++) {
    const json_t *row = json_array_get(files, i);
    AkRangeFile *file = g_new0(AkRangeFile, 1);
    file->from = text_of(row, "from");
    file->to = text_of(row, "to");
    g_ptr_array_add(product->files, file);
  }
  for (gsize i = 0; i < json_array_size(values); i++) {
    const json_t *row = json_array_get(values, i);
    AkRangeValue *value = g_new0(AkRangeValue, 1);
    value->name = text_of(row, "name");
    value->value = text_of(row, "value");
    g_ptr_array_add(product->values, value);
  }
}

static void add_reading(AkRangeReading *reading, const json_t *row) {
  const json_t *block = json_object_get(row, "block"), *log = json_object_get(row, "log");
  const json_t *status = json_object_get(block, "status");
  for (gsize i = 0; i < json_array_size(status); i++) {
    guint one = (guint)json_integer_value(json_array_get(status, i));
    g_array_append_val(reading->block_status, one);
  }
  reading->block_reset = json_is_true(json_object_get(block, "reset"));
  reading->log_file = text_of(log, "file");
  reading->log_alert = text_of(log, "alert");
  reading->log_every = json_is_true(json_object_get(log, "every"));
  reading->sentinel = text_of(log, "sentinel");
}

static void add_product(AkRange *range, const json_t *row) {
  AkRangeProduct *product = ak_range_product_new();
  const json_t *reach = json_object_get(row, "reach");
  product->id = text_of(row, "id");
  product->name = g_strdup(ak_json_string_or(row, "name", product->id));
  product->adapter = text_of(row, "adapter");
  product->family = text_of(row, "family");
  product->version = text_of(row, "version");
  product->configuration = text_of(row, "configuration");
  const char *duty = ak_json_string_or(row, "detected_by", ak_range_duties[0]);
  while (strcmp(ak_range_duties[product->duty], duty) != 0)
    product->duty++;
  product->rules_on = text_of(row, "rules_on");
  product->licence = text_of(row, "licence");
  product->cloud = json_is_true(json_object_get(row, "cloud"));
  product->learning_days = (guint)ak_json_number_or(row, "learning_days", 0);
  product->address = text_of(reach, "address");
  product->port = (guint16)ak_json_number_or(reach, "port", 0);
  add_start(product, json_object_get(row, "start"));
  add_reading(&product->reading, row);
  g_ptr_array_add(range->products, product);
}

static AkEffectKind kind_of(const json_t *row) {
  const char *word = ak_json_string_or(row, "kind", "http");
  for (guint i = 0; ak_effect_kinds[i] != NULL; i++)
    if (strcmp(ak_effect_kinds[i], word) == 0)
      return (AkEffectKind)i;
  return AK_EFFECT_HTTP;
}

GBytes *ak_range_request(const char *text) {
  g_autoptr(GString) out = g_string_new(NULL);
  const char *body = strstr(text, "\n\n");
  gsize head = body != NULL ? (gsize)(body - text) + 1 : strlen(text);
  for (gsize i = 0; i < head; i++) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
      g_string_append_c(out, '\r');
    g_string_append_c(out, text[i]);
  }
  if (head > 0 && text[head - 1] != '\n')
    g_string_append(out, "\r\n");
  gsize size = body != NULL ? strlen(body + 2) : 0;
  size -= size > 0 && body[2 + size - 1] == '\n';
  g_autofree char *lower = g_ascii_strdown(out->str, -1);
  if (size > 0 && strstr(lower, "\ncontent-length:") == NULL &&
      strstr(lower, "\ntransfer-encoding:") == NULL)
    g_string_append_printf(out, "Content-Length: %zu\r\n", size);
  g_string_append(out, "\r\n");
  if (size > 0)
    g_string_append_len(out, body + 2, (gssize)size);
  return g_bytes_new(out->str, out->len);
}

static void add_case(AkEffectCorpus *corpus, const json_t *row) {
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  const char *request = ak_json_string_or(row, "request", NULL);
  const char *text = ak_json_string_or(row, "text", "");
  one->id = text_of(row, "id");
  one->base = g_strdup(ak_json_string_or(row, "base", one->id));
  one->kind = corpus->kind;
  one->attack = json_is_true(json_object_get(row, "attack"));
  one->category = texts_of(row, "category");
  one->source = g_strdup(ak_json_string_or(row, "source", "the range file"));
  one->licence = g_strdup(ak_json_string_or(row, "licence", "NONE"));
  one->marker = text_of(row, "marker");
  one->bytes = request != NULL ? ak_range_request(request) : g_bytes_new(text, strlen(text));
  g_ptr_array_add(corpus->cases, one);
}

/* One whose cases stand in a file has none yet. */
static void add_corpus(AkRange *range, const json_t *row) {
  AkEffectCorpus *corpus = ak_effect_corpus_new(ak_json_string_or(row, "id", ""), kind_of(row));
  const json_t *cases = json_object_get(row, "cases");
  corpus->name = g_strdup(corpus->id);
  corpus->written_for = texts_of(row, "written_for");
  corpus->function_check = json_is_true(json_object_get(row, "function_check"));
  for (gsize i = 0; i < json_array_size(cases); i++)
    add_case(corpus, json_array_get(cases, i));
  g_ptr_array_add(range->corpora, corpus);
}

static void add_limits(AkRangeLimits *limits, const json_t *row) {
  const struct {
    const char *name;
    guint *value;
  } known[] = {{"case_ms", &limits->case_ms},   {"late_ms", &limits->late_ms},
               {"log_ms", &limits->log_ms},     {"alerts_per_case", &limits->alerts_per_case},
               {"connections", &limits->connections}, {"batch", &limits->batch},
               {"deaths", &limits->deaths}};
  for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
    *known[i].value = (guint)ak_json_number_or(row, known[i].name, *known[i].value);
  limits->log_bytes = (guint64)ak_json_number_or(row, "log_mib", (gint64)(limits->log_bytes >> 20)) << 20;
}

AkRange *ak_range_from_document(json_t *document, const char *folder) {
  AkRange *range = ak_range_new();
  json_t *plan = json_object_get(document, "plan");
  const json_t *products = json_object_get(document, "products");
  const json_t *corpora = json_object_get(document, "corpora");
  if (json_object_get(plan, "dispute_days") == NULL)
    json_object_set_new(plan, "dispute_days", json_integer(DISPUTE_DAYS));
  range->document = json_incref(document);
  range->folder = g_strdup(folder);
  range->name = text_of(json_object_get(document, "range"), "name");
  range->has_target = strcmp(ak_json_string_or(document, "target", "weak"), "weak") == 0;
  range->repetitions = (guint)ak_json_number_or(plan, "repetitions", 1);
  range->seed = (guint64)ak_json_number_or(plan, "seed", 0);
  range->traffic_a_day = (guint64)ak_json_number_or(plan, "traffic_a_day", 0);
  for (gsize i = 0; i < json_array_size(products); i++)
    add_product(range, json_array_get(products, i));
  for (gsize i = 0; i < json_array_size(corpora); i++)
    add_corpus(range, json_array_get(corpora, i));
  add_limits(&range->limits, json_object_get(document, "limits"));
  return range;
}

/* --- reading -------------------------------------------------------------------------------------- */

AkRange *ak_range_check(const char *data, gsize size, const char *where, const char *folder,
                        GPtrArray *problems, GError **error) {
  g_autoptr(AkYaml) root = ak_yaml_parse(data, size, where, &ak_yaml_default_limits, error);
  if (root == NULL)
    return NULL;
  guint before = problems->len;
  g_autoptr(json_t) document = ak_schema_check(root, ak_range_fields, folder, problems);
  ak_range_check_relations(root, problems);
  if (problems->len == before)
    return ak_range_from_document(document, folder);
  ak_problems_sort(problems);
  g_autofree char *all = ak_problems_format(problems, where, AK_LANG_EN);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  return NULL;
}

bool ak_exchange_range_yaml_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkRange) range =
      ak_range_check((const char *)data, size, "fuzz", NULL, problems, NULL);
  return range != NULL;
}
