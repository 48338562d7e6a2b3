#include "app/index.h"

#include "store/observations.h"
#include "store/runs.h"

#define STAND_IN "sqlite::memory:"
#define TRY_AGAIN_US (30 * G_USEC_PER_SEC) /* a server asks an unusable store no more often */
#define ATTEMPTS 3                         /* as it is, made anew, its stand-in */

struct _AkIndex {
  AkLog *log; /* borrowed */
  char *uri;
  AkIndexNoticeFn notice;
  gpointer notice_data;
  GRWLock lock; /* shared while the database is used, alone while it is exchanged */
  AkDb *db;     /* NULL before the first question */
  bool is_stand_in;
  gint64 stood_in_us; /* monotonic: since when */
};

AkIndex *ak_index_new(AkLog *log, const char *uri) {
  AkIndex *self = g_new0(AkIndex, 1);
  self->log = log;
  self->uri = g_strdup(uri);
  g_rw_lock_init(&self->lock);
  return self;
}

void ak_index_free(AkIndex *self) {
  if (self == NULL)
    return;
  ak_db_free(self->db);
  g_rw_lock_clear(&self->lock);
  g_free(self->uri);
  g_free(self);
}

void ak_index_set_notice(AkIndex *self, AkIndexNoticeFn notice, gpointer data) {
  self->notice = notice;
  self->notice_data = data;
}

const char *ak_index_uri(const AkIndex *self) {
  return self->uri;
}

static void tell(AkIndex *self, AkIndexNotice notice, const char *detail) {
  if (self->notice != NULL)
    self->notice(notice, detail, self->notice_data);
}

static void tell_records(AkIndex *self, AkIndexNotice notice, guint64 records) {
  g_autofree char *detail = g_strdup_printf("%" G_GUINT64_FORMAT, records);
  tell(self, notice, detail);
}

/* --- opening, exchanging --------------------------------------------------------------------- */

static void exchange(AkIndex *self, AkDb *taken, bool is_stand_in) {
  ak_db_free(self->db);
  self->db = taken;
  self->is_stand_in = is_stand_in;
  self->stood_in_us = g_get_monotonic_time();
}

/* Held alone. */
static bool stand_in(AkIndex *self, const GError *why, GError **error) {
  AkDb *memory = ak_db_open(STAND_IN, error);
  if (memory == NULL)
    return false;
  if (!self->is_stand_in)
    tell(self, AK_INDEX_UNUSABLE, why != NULL ? why->message : "");
  exchange(self, memory, true);
  return true;
}

/* Held alone. A database that was emptied gets its rows by the next catch-up. */
static bool make_anew(AkIndex *self, GError **error) {
  g_clear_pointer(&self->db, ak_db_free); /* its own lock must not be in the way */
  g_autoptr(GError) failure = NULL;
  AkDb *empty = ak_db_open_empty(self->uri, &failure);
  if (empty == NULL)
    return stand_in(self, failure, error);
  tell_records(self, AK_INDEX_WAS_DAMAGED, ak_log_size(self->log));
  exchange(self, empty, false);
  return true;
}

static bool is_damage(const GError *failure) {
  return g_error_matches(failure, AK_ERROR, AK_ERROR_INVALID_DATA);
}

/* Held alone. */
static bool open_first(AkIndex *self, GError **error) {
  bool is_due = self->is_stand_in && g_get_monotonic_time() - self->stood_in_us > TRY_AGAIN_US;
  if (self->db != NULL && !is_due)
    return true;
  g_autoptr(GError) failure = NULL;
  AkDb *db = ak_db_open(self->uri, &failure);
  if (db != NULL) {
    exchange(self, db, false);
    return true;
  }
  if (is_damage(failure))
    return make_anew(self, error);
  if (!is_due)
    return stand_in(self, failure, error);
  self->stood_in_us = g_get_monotonic_time(); /* the rows in memory are still good */
  return true;
}

static bool open_store(AkIndex *self, GError **error) {
  g_rw_lock_reader_lock(&self->lock);
  bool is_open = self->db != NULL && !self->is_stand_in;
  g_rw_lock_reader_unlock(&self->lock);
  if (is_open)
    return true;
  g_rw_lock_writer_lock(&self->lock);
  bool ok = open_first(self, error);
  g_rw_lock_writer_unlock(&self->lock);
  return ok;
}

/* --- asking ---------------------------------------------------------------------------------- */

static void tell_result(AkIndex *self, const AkProjectionResult *result) {
  if (self->is_stand_in || result->start == AK_PROJECTION_CONTINUES || result->projected == 0)
    return;
  bool is_built = result->start == AK_PROJECTION_IS_EMPTY;
  tell_records(self, is_built ? AK_INDEX_BUILT : AK_INDEX_WAS_OLD, result->projected);
}

typedef struct {
  const AkDb *db; /* that was asked */
  bool is_damaged;
  bool is_stand_in;
} Asked;

static bool ask_once(AkIndex *self, AkTxFn fn, gpointer data, Asked *asked, GError **error) {
  if (!open_store(self, error))
    return false;
  AkProjectionResult result;
  g_rw_lock_reader_lock(&self->lock);
  AkDb *db = self->db;
  bool ok = ak_projection_catch_up(self->log, db, AK_PROJECTION_BATCH, &result, error);
  if (ok) {
    tell_result(self, &result);
    ok = ak_tx_read(db, fn, data, error);
  }
  *asked = (Asked){db, ak_db_is_damaged(db), self->is_stand_in};
  g_rw_lock_reader_unlock(&self->lock);
  return ok;
}

/* What the question itself is to blame for. */
static bool is_answer(const GError *failure) {
  return g_error_matches(failure, AK_ERROR, AK_ERROR_CONFIG) ||
         g_error_matches(failure, AK_ERROR, AK_ERROR_NOT_FOUND);
}

static bool replace(AkIndex *self, const Asked *asked, const GError *why, GError **error) {
  g_rw_lock_writer_lock(&self->lock);
  bool ok = true;
  if (self->db == asked->db) /* else another thread was here first */
    ok = asked->is_damaged ? make_anew(self, error) : stand_in(self, why, error);
  g_rw_lock_writer_unlock(&self->lock);
  return ok;
}

bool ak_index_ask(AkIndex *self, AkTxFn fn, gpointer data, GError **error) {
  for (guint i = 1;; i++) {
    g_autoptr(GError) failure = NULL;
    Asked asked = {0};
    if (ask_once(self, fn, data, &asked, &failure))
      return true;
    bool is_final = i == ATTEMPTS || asked.db == NULL || asked.is_stand_in ||
                    (is_answer(failure) && !asked.is_damaged);
    if (is_final) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    asked.is_damaged = asked.is_damaged && i == 1; /* damaged again: not by chance */
    if (!replace(self, &asked, failure, error))
      return false;
  }
}

void ak_index_distrust(AkIndex *self) {
  g_rw_lock_reader_lock(&self->lock);
  if (self->db != NULL && ak_projection_clear(self->log, self->db, NULL))
    tell_records(self, AK_INDEX_WAS_DAMAGED, ak_log_size(self->log));
  g_rw_lock_reader_unlock(&self->lock);
}

/* --- the store itself ------------------------------------------------------------------------ */

void ak_index_status_clear(AkIndexStatus *self) {
  g_free(self->kind);
  *self = (AkIndexStatus){0};
}

typedef struct {
  AkLog *log;
  AkIndexStatus *out;
} Counting;

static bool count(AkTx *tx, gpointer data, GError **error) {
  const Counting *self = data;
  gint64 log_id = ak_logs_id(ak_log_origin(self->log));
  AkLogRow *found = NULL;
  if (!ak_logs_get(tx, ak_log_origin(self->log), &found, error))
    return false;
  g_autoptr(AkLogRow) row = found;
  self->out->projected_to = row != NULL ? row->projected_to : -1;
  return ak_runs_count(tx, log_id, &self->out->runs, error) &&
         ak_observations_count(tx, log_id, &self->out->observations, error);
}

bool ak_index_status(AkIndex *self, AkIndexStatus *out, GError **error) {
  g_autoptr(AkDb) db = ak_db_open(self->uri, error);
  AkIndexStatus status = {.log_size = ak_log_size(self->log)};
  Counting counting = {self->log, &status};
  if (db == NULL || !ak_tx_read(db, count, &counting, error))
    return false;
  status.kind = g_strdup(ak_db_kind(db));
  *out = status;
  return true;
}

static bool project_anew(AkIndex *self, AkDb *db, guint64 *records, GError **error) {
  AkProjectionResult result;
  if (!ak_projection_clear(self->log, db, error) ||
      !ak_projection_catch_up(self->log, db, AK_PROJECTION_BATCH, &result, error))
    return false;
  *records = result.projected;
  return true;
}

bool ak_index_rebuild(AkIndex *self, guint64 *records, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkDb) db = ak_db_open(self->uri, &failure);
  if (db != NULL && project_anew(self, db, records, &failure))
    return true;
  if (!is_damage(failure) && (db == NULL || !ak_db_is_damaged(db))) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_clear_pointer(&db, ak_db_free);
  g_autoptr(AkDb) empty = ak_db_open_empty(self->uri, error);
  return empty != NULL && project_anew(self, empty, records, error);
}

bool ak_index_settle(AkIndex *self, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkDb) db = ak_db_open(self->uri, &failure);
  guint64 records = 0;
  if (db != NULL && ak_projection_catch_up(self->log, db, AK_PROJECTION_BATCH, NULL, &failure))
    return true;
  if (is_damage(failure) || (db != NULL && ak_db_is_damaged(db))) {
    g_clear_pointer(&db, ak_db_free);
    return ak_index_rebuild(self, &records, error);
  }
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}
