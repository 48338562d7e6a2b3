#include "core/record.h"

static const char *const type_names[] = {
    [AK_RECORD_RUN_PLANNED] = "run-planned",   [AK_RECORD_TEST_STARTED] = "test-started",
    [AK_RECORD_OBSERVATION] = "observation",   [AK_RECORD_TEST_ENDED] = "test-ended",
    [AK_RECORD_VERDICT] = "verdict",           [AK_RECORD_RAW_ACCESS] = "raw-access",
    [AK_RECORD_RUN_ENDED] = "run-ended",       [AK_RECORD_RUN_FORGOTTEN] = "run-forgotten",
    [AK_RECORD_CHAIN_ANALYZED] = "chain-analyzed",
    [AK_RECORD_TRIAL_PLANNED] = "trial-planned", [AK_RECORD_TRIAL_BATCH] = "trial-batch",
    [AK_RECORD_TRIAL_NOTE] = "trial-note",     [AK_RECORD_TRIAL_ENDED] = "trial-ended",
};

const char *ak_record_type_name(AkRecordType type) { return type_names[type]; }

bool ak_record_type(const json_t *record, AkRecordType *out, GError **error) {
  const char *name = ak_json_string(record, "type", "record", error);
  if (name == NULL || ak_json_string(record, "run", "record", error) == NULL)
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(type_names); i++)
    if (g_strcmp0(name, type_names[i]) == 0) {
      *out = (AkRecordType)i;
      return true;
    }
  return ak_error_set(error, AK_ERROR_INVALID_DATA, "record: unknown type \"%s\"", name);
}

bool ak_record_is_trial(AkRecordType type) { return type >= AK_RECORD_TRIAL_PLANNED; }

json_t *ak_record_new(AkRecordType type, const char *run_id, gint64 when_utc_us) {
  return json_pack("{s:s, s:s, s:I}", "type", ak_record_type_name(type), "run", run_id,
                   "when_utc_us", (json_int_t)when_utc_us);
}
