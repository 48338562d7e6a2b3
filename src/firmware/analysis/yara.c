/* firmware.yara: what the user's own rules of YARA find. They say what they say: no verdict rests
 * on them. */
#include <string.h>

#include "firmware/analysis/emit.h"
#include "firmware/analysis/yara-rules.h"

#define SECONDS_A_FILE 10
#define MAX_MATCHES 10000
#define MAX_EVIDENCE 64 /* bytes of what was found */

enum { MATCH, RULES, COVERAGE };

static const AkTestOutput outputs[] = {
    [MATCH] = {"yara.match", AK_VALUE_TEXT, NULL,
               "a rule of the user's that holds of a file, with its severity and place",
               "ファイルに当てはまる利用者の規則（重大度と位置）"},
    [RULES] = {"yara.rules", AK_VALUE_TEXT, NULL, "how many rules there are, and their digest",
               "規則の数とダイジェスト"},
    [COVERAGE] = {"yara.coverage", AK_VALUE_SET, NULL, "what was looked at in full: files",
                  "すべて調べたもの（ファイル）"},
    {NULL},
};

static const char *const everything[] = {"files", NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkYaraRules *rules;
  guint counts[COVERAGE];
  const char *cut;
} Looking;

static char *hex_of(const guint8 *data, gsize size) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < size; i++)
    g_string_append_printf(text, "%02x", data[i]);
  return g_string_free(text, FALSE);
}

/* "old_key (high) $a at 0x40, 3 places: what it is" */
static char *text_of(const AkYaraMatch *match) {
  GString *text = g_string_new(match->rule);
  if (match->severity != NULL)
    g_string_append_printf(text, " (%s)", match->severity);
  if (match->string != NULL)
    g_string_append_printf(text, " %s at 0x%" G_GSIZE_MODIFIER "x", match->string, match->offset);
  if (match->strings > 1)
    g_string_append_printf(text, ", %u places", match->strings);
  if (match->description != NULL)
    g_string_append_printf(text, ": %s", match->description);
  return g_string_free(text, FALSE);
}

static bool emit_match(Looking *self, guint node, const guint8 *data, const AkYaraMatch *match,
                       GError **error) {
  if (self->counts[MATCH] >= MAX_MATCHES) {
    self->cut = "more matches than are listed";
    return true;
  }
  g_autofree char *hex =
      match->string != NULL ? hex_of(data + match->offset, MIN(match->length, MAX_EVIDENCE)) : NULL;
  json_t *place = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:I, s:I}", "rule", match->rule,
                            "severity", match->severity, "description", match->description,
                            "string", match->string, "bytes", hex, "offset",
                            (json_int_t)match->offset, "length", (json_int_t)match->length);
  g_autofree char *locator = ak_firmware_tree_locator(self->call->tree, node);
  g_autofree char *text = text_of(match);
  AkCitation cited;
  self->counts[MATCH]++;
  return ak_firmware_emit_place(self->call, self->sink, node, place, &cited, error) &&
         ak_firmware_emit(self->sink, "file", locator, outputs[MATCH].property, AK_OUTCOME_SEEN,
                          ak_value_text(text), &cited, error);
}

static bool look_at(Looking *self, guint index, GError **error) {
  const AkNode *node = ak_firmware_tree_node(self->call->tree, index);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  const char *cut = NULL;
  if (size == 0)
    return true;
  g_autoptr(GPtrArray) matches = ak_yara_rules_find(self->rules, data, size, SECONDS_A_FILE, &cut);
  if (cut != NULL)
    self->cut = cut;
  for (guint i = 0; i < matches->len; i++)
    if (!emit_match(self, index, data, matches->pdata[i], error))
      return false;
  return true;
}

static bool emit_rules(Looking *self, const char *source, GError **error) {
  AkDigest digest = ak_digest_of(source, strlen(source));
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  g_autofree char *text =
      g_strdup_printf("%u rules, SHA-256 %s", ak_yara_rules_count(self->rules), hex);
  self->counts[RULES]++;
  return ak_firmware_emit(self->sink, "image", self->call->subject->locator,
                          outputs[RULES].property, AK_OUTCOME_SEEN, ak_value_text(text), NULL,
                          error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  const char *source = ak_json_string(call->params, "yara", "params", error);
  g_autoptr(AkYaraRules) rules = source != NULL ? ak_yara_rules_new(source, error) : NULL;
  if (rules == NULL)
    return false;
  Looking self = {.call = call, .sink = sink, .rules = rules};
  if (!emit_rules(&self, source, error))
    return false;
  guint length = ak_firmware_tree_length(call->tree);
  for (guint i = 0; i < length; i++) {
    if (!ak_firmware_tree_is_leaf(call->tree, i))
      continue;
    if (!ak_sink_spend(sink, AK_SPEND_FILES, 1, error) || !look_at(&self, i, error))
      return false;
    ak_sink_progress(sink, i, length);
  }
  AkFirmwareEnd end = {.counts = self.counts, .unread = self.cut};
  return ak_firmware_emit_end(call, sink, &end, error);
}

static const char *const sources[] = {"YARA 4.2", NULL};
static const char *const needs[] = {"firmware.unpack", NULL};

extern const AkTest ak_firmware_yara_test;
const AkTest ak_firmware_yara_test = {
    .id = "firmware.yara",
    .rev = 1,
    .title_en = "Rules of the user's (YARA)",
    .title_ja = "利用者の規則（YARA）",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "image",
    .option = "yara",
    .needs = needs,
    .outputs = outputs,
    .whole = everything,
    .limits = {.wall_ms = 300000, .bytes = 1ull << 30, .files = 200000},
    .stop_condition_en = "a limit on files, or on the time for one file",
    .stop_condition_ja = "ファイル数、または1ファイルの時間の上限",
    .sources = sources,
    .run = run,
    .preload = ak_yara_rules_preload,
};
