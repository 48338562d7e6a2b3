/* What a published statement holds: a vulnerability disclosure policy, an end of support. */
#include "core/test.h"
#include "document/statement.h"
#include "document/text.h"

static const AkTestOutput outputs[] = {
    {"document.format", AK_VALUE_TEXT, NULL, "how the file was read: text, html; absent: not read",
     "読み取った形式（text、html）。absent: 読めない"},
    {"document.contact", AK_VALUE_SET, NULL, "ways to get in touch that it names",
     "記載された連絡手段"},
    {"document.time", AK_VALUE_SET, NULL, "periods of time that it names", "記載された期間"},
    {"document.date", AK_VALUE_SET, NULL, "dates and years that it names", "記載された日付・年"},
    {"document.coverage", AK_VALUE_SET, NULL, "what was looked at: text", "調べた範囲"},
    {NULL},
};

static const char *const sources[] = {"ETSI EN 303 645, 5.2-1 and 5.3-13", "ISO/IEC 29147:2018, 6",
                                      NULL};

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkDigest digest;
  gsize size;
} Look;

static bool observe(const Look *self, const char *property, AkOutcome outcome, AkValue value,
                    GError **error) {
  const AkSubject *subject = self->call->subject;
  AkObservation *seen = ak_observation_new(subject->kind, subject->locator, property, outcome);
  ak_observation_take_value(seen, value);
  ak_observation_cite(seen, &self->digest, 0, self->size);
  return ak_sink_observe(self->sink, seen, error);
}

static bool observe_found(const Look *self, const char *property, const char *text,
                          AkStatement kind, GError **error) {
  g_auto(GStrv) found = ak_statement_find(text, kind);
  return found[0] != NULL
             ? observe(self, property, AK_OUTCOME_SEEN, ak_value_set((const char *const *)found),
                       error)
             : observe(self, property, AK_OUTCOME_ABSENT, (AkValue){0}, error);
}

/* Of a file that cannot be read nothing more is said: what a person answered about it stands. */
static bool observe_unread(const Look *self, GError **error) {
  return observe(self, "document.format", AK_OUTCOME_ABSENT, (AkValue){0}, error) &&
         observe(self, "document.coverage", AK_OUTCOME_SEEN, ak_value_set(NULL), error);
}

static bool observe_text(const Look *self, const char *format, const char *text, GError **error) {
  static const char *const all[] = {"text", NULL};
  return observe(self, "document.format", AK_OUTCOME_SEEN, ak_value_text(format), error) &&
         observe_found(self, "document.contact", text, AK_STATEMENT_CONTACT, error) &&
         observe_found(self, "document.time", text, AK_STATEMENT_TIME, error) &&
         observe_found(self, "document.date", text, AK_STATEMENT_DATE, error) &&
         observe(self, "document.coverage", AK_OUTCOME_SEEN, ak_value_set(all), error);
}

static bool run(const AkCall *call, AkSink *sink, GError **error) {
  Look self = {.call = call, .sink = sink};
  const void *data = g_bytes_get_data(call->input, &self.size);
  const char *format = NULL;
  if (!ak_sink_spend(sink, AK_SPEND_BYTES, self.size, error) ||
      !ak_sink_blob(sink, data, self.size, &self.digest, error))
    return false;
  g_autofree char *text = ak_document_text(data, self.size, &format, NULL);
  return text != NULL ? observe_text(&self, format, text, error) : observe_unread(&self, error);
}

extern const AkTest ak_document_policy_test;
const AkTest ak_document_policy_test = {
    .id = "document.policy",
    .rev = 1,
    .title_en = "Contact, times and dates in published statements",
    .title_ja = "公表文書の連絡先・期間・日付",
    .grade = AK_GRADE_SAFE,
    .isolation = AK_ISOLATION_SANDBOX,
    .subject_kind = "document",
    .outputs = outputs,
    .limits = {.wall_ms = 30000, .bytes = 64u * 1024 * 1024, .files = 1},
    .stop_condition_en = "the end of the file",
    .stop_condition_ja = "ファイルの終わり",
    .sources = sources,
    .run = run,
};
