/* What people add to a trial after its plan was entered. */
#include <string.h>

#include "app/effect-again.h"
#include "app/effect-reload.h"
#include "core/record.h"

#define TEXT_BYTES 16000
#define MAX_CASES 10000

const char *const ak_app_effect_note_kinds[] = {"comment", "dispute", "retest", "withdrawal", NULL};

static bool is_text(const char *text) {
  return text != NULL && *text != '\0' && strlen(text) <= TEXT_BYTES &&
         g_utf8_validate(text, -1, NULL);
}

static bool check(const AkAppEffectNote *note, GError **error) {
  if (note->kind == NULL || !g_strv_contains(ak_app_effect_note_kinds, note->kind))
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "a note is a comment, a dispute, a retest or a withdrawal (--kind)");
  if (!is_text(note->by) || !is_text(note->text))
    return ak_error_set(error, AK_ERROR_CONFIG,
                        "who says it (--by) and what (--text) are needed, at most %d bytes each",
                        TEXT_BYTES);
  return note->cases == NULL || g_strv_length((char **)note->cases) <= MAX_CASES ||
         ak_error_set(error, AK_ERROR_LIMIT, "more than %d cases in a note", MAX_CASES);
}

static json_t *cases_of(const AkAppEffectNote *note, const AkRange *range, GError **error) {
  g_autoptr(json_t) cases = json_array();
  for (guint i = 0; note->cases != NULL && note->cases[i] != NULL; i++) {
    if (!ak_range_has_case(range, note->cases[i])) {
      ak_error_set(error, AK_ERROR_NOT_FOUND, "the trial has no case %s", note->cases[i]);
      return NULL;
    }
    json_array_append_new(cases, json_string(note->cases[i]));
  }
  return g_steal_pointer(&cases);
}

bool ak_app_effect_note(AkWorkspace *workspace, const char *run_id, const AkAppEffectNote *note,
                        GError **error) {
  AkLog *log = ak_workspace_log(workspace);
  if (!check(note, error))
    return false;
  g_autoptr(AkEffectState) state = ak_effect_state_read(log, run_id, error);
  g_autoptr(AkRange) range = state != NULL ? ak_effect_reload_range(state, log, error) : NULL;
  json_t *cases = range != NULL ? cases_of(note, range, error) : NULL;
  if (cases == NULL)
    return false;
  g_autoptr(json_t) record = ak_record_new(AK_RECORD_TRIAL_NOTE, run_id, ak_now_utc_us());
  guint64 index = 0;
  json_object_set_new(record, "kind", json_string(note->kind));
  json_object_set_new(record, "by", json_string(note->by));
  json_object_set_new(record, "text", json_string(note->text));
  json_object_set_new(record, "cases", cases);
  return ak_log_append(log, record, &index, error);
}
