#include "store/db.h"

#include <string.h>

#include "store/db-internal.h"
#include "store/schema.h"

#define FIRST_WAIT_US 1000
#define MAX_WAIT_US 256000

static const AkDbDriver *const drivers[] = {&ak_sqlite_driver, &ak_postgres_driver};

struct _AkDb {
  const AkDbDriver *driver;
  char *uri;
  guint max_connections; /* 0: any number */
  GMutex writer;         /* held during a writing transaction, if the driver has one writer */
  GMutex mutex;          /* of what follows */
  GCond given_back;
  GPtrArray *idle; /* connections that nobody uses */
  guint in_use;
  gint retries; /* atomic, as is_damaged */
  gint is_damaged;
};

static bool has_prefix_of(const char *uri, const AkDbDriver *driver) {
  g_auto(GStrv) prefixes = g_strsplit(driver->prefixes, " ", -1);
  for (char **prefix = prefixes; *prefix != NULL; prefix++)
    if (g_str_has_prefix(uri, *prefix))
      return true;
  return false;
}

static const AkDbDriver *find_driver(const char *uri, GError **error) {
  for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++)
    if (has_prefix_of(uri, drivers[i]))
      return drivers[i];
  g_autofree char *masked = ak_db_uri_masked(uri);
  ak_error_set(error, AK_ERROR_CONFIG, "store: \"%s\" is neither sqlite:PATH nor postgresql://…",
               masked);
  return NULL;
}

/* --- connections ----------------------------------------------------------------------------- */

static void note(AkDb *self, AkDbStatus status) {
  if (status == AK_DB_DAMAGED)
    g_atomic_int_set(&self->is_damaged, 1);
}

/* A connection for the calling thread alone. */
static AkDbStatus borrow(AkDb *self, gpointer *connection, GError **error) {
  g_mutex_lock(&self->mutex);
  while (self->max_connections > 0 && self->in_use >= self->max_connections)
    g_cond_wait(&self->given_back, &self->mutex);
  self->in_use++;
  *connection =
      self->idle->len > 0 ? g_ptr_array_steal_index(self->idle, self->idle->len - 1) : NULL;
  g_mutex_unlock(&self->mutex);
  if (*connection != NULL)
    return AK_DB_OK;
  AkDbStatus status = self->driver->open(self->uri, connection, error);
  note(self, status);
  if (status == AK_DB_OK)
    return status;
  g_mutex_lock(&self->mutex);
  self->in_use--;
  g_cond_signal(&self->given_back);
  g_mutex_unlock(&self->mutex);
  return status;
}

static void give_back(AkDb *self, gpointer connection, bool is_usable) {
  if (!is_usable)
    self->driver->close(connection);
  g_mutex_lock(&self->mutex);
  self->in_use--;
  if (is_usable)
    g_ptr_array_add(self->idle, connection);
  g_cond_signal(&self->given_back);
  g_mutex_unlock(&self->mutex);
}

AkDb *ak_db_open_bare(const AkDbDriver *driver, const char *uri, GError **error) {
  g_autoptr(AkDb) self = g_new0(AkDb, 1);
  self->driver = driver;
  self->uri = g_strdup(uri);
  self->max_connections = driver->connections(uri);
  self->idle = g_ptr_array_new();
  g_mutex_init(&self->writer);
  g_mutex_init(&self->mutex);
  g_cond_init(&self->given_back);
  return g_steal_pointer(&self);
}

void ak_db_free(AkDb *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->idle->len; i++)
    self->driver->close(self->idle->pdata[i]);
  g_ptr_array_unref(self->idle);
  g_mutex_clear(&self->writer);
  g_mutex_clear(&self->mutex);
  g_cond_clear(&self->given_back);
  g_free(self->uri);
  g_free(self);
}

AkDb *ak_db_open(const char *uri, GError **error) {
  const AkDbDriver *driver = find_driver(uri, error);
  g_autoptr(AkDb) self = driver != NULL ? ak_db_open_bare(driver, uri, error) : NULL;
  return self != NULL && ak_schema_migrate(self, ak_schema_steps, error) ? g_steal_pointer(&self)
                                                                         : NULL;
}

AkDb *ak_db_open_empty(const char *uri, GError **error) {
  const AkDbDriver *driver = find_driver(uri, error);
  g_autoptr(AkDb) self = driver != NULL ? ak_db_open_bare(driver, uri, error) : NULL;
  if (self == NULL || !ak_db_wipe(self, error) || !ak_schema_drop(self, error) ||
      !ak_schema_migrate(self, ak_schema_steps, error))
    return NULL;
  return g_steal_pointer(&self);
}

bool ak_db_wipe(AkDb *self, GError **error) {
  gpointer connection = NULL;
  AkDbStatus status = borrow(self, &connection, error);
  if (status != AK_DB_OK)
    return false;
  status = self->driver->wipe(connection, error);
  give_back(self, connection, status == AK_DB_OK);
  return status == AK_DB_OK;
}

const char *ak_db_kind(const AkDb *self) {
  return self->driver->name;
}

bool ak_db_is_damaged(const AkDb *self) {
  return g_atomic_int_get(&self->is_damaged) != 0;
}

void ak_db_forgive(AkDb *self) {
  g_atomic_int_set(&self->is_damaged, 0);
}

guint ak_db_retries(const AkDb *self) {
  return (guint)g_atomic_int_get(&self->retries);
}

/* --- transactions ---------------------------------------------------------------------------- */

/* Ends a transaction that `fn` left with `ok`. */
static bool end(AkTx *tx, bool ok, GError **error) {
  if (ok && tx->status != AK_DB_OK)
    ok = ak_error_set(error, AK_ERROR_INTERNAL, "store: a failed statement was passed over");
  if (ok) {
    tx->is_committing = true;
    tx->status = tx->driver->commit(tx->connection, error);
    ok = tx->status == AK_DB_OK;
  }
  if (!ok && tx->status != AK_DB_LOST)
    tx->is_broken = tx->driver->rollback(tx->connection, NULL) != AK_DB_OK;
  return ok;
}

/* One attempt; `status` says why it failed. */
static bool attempt(AkDb *db, bool writes, AkTxFn fn, gpointer data, AkDbStatus *status,
                    GError **error) {
  AkTx tx = {.driver = db->driver, .writes = writes};
  *status = borrow(db, &tx.connection, error);
  if (*status != AK_DB_OK)
    return false;
  tx.status = db->driver->begin(tx.connection, writes, error);
  bool ok = tx.status == AK_DB_OK && fn(&tx, data, error);
  ok = end(&tx, ok, error);
  note(db, tx.status);
  give_back(db, tx.connection,
            !tx.is_broken && tx.status != AK_DB_LOST && tx.status != AK_DB_DAMAGED);
  /* An idle connection that the server closed meanwhile is found out by its next begin. But a
   * commit that lost its connection may have been done: that is not for a retry to decide. */
  *status = tx.status == AK_DB_LOST && !tx.is_committing ? AK_DB_AGAIN : tx.status;
  return ok;
}

static void wait_before(guint number) {
  guint64 wait_us = MIN((guint64)FIRST_WAIT_US << number, MAX_WAIT_US);
  g_usleep(wait_us / 2 + g_random_int() % (wait_us / 2)); /* chance parts those who met */
}

static bool run(AkDb *db, bool writes, AkTxFn fn, gpointer data, GError **error) {
  for (guint number = 1;; number++) {
    GError *failure = NULL;
    AkDbStatus status = AK_DB_OK;
    if (writes && db->driver->one_writer)
      g_mutex_lock(&db->writer);
    bool ok = attempt(db, writes, fn, data, &status, &failure);
    if (writes && db->driver->one_writer)
      g_mutex_unlock(&db->writer);
    if (ok)
      return true;
    if (status != AK_DB_AGAIN || number == AK_TX_ATTEMPTS) {
      g_propagate_error(error, failure);
      if (status == AK_DB_AGAIN)
        g_prefix_error(error, "store: given up after %u attempts: ", number);
      return false;
    }
    g_clear_error(&failure);
    g_atomic_int_inc(&db->retries);
    wait_before(number);
  }
}

bool ak_tx_run(AkDb *db, AkTxFn fn, gpointer data, GError **error) {
  return run(db, true, fn, data, error);
}

bool ak_tx_read(AkDb *db, AkTxFn fn, gpointer data, GError **error) {
  return run(db, false, fn, data, error);
}

/* --- showing a URI --------------------------------------------------------------------------- */

static void mask_parameter(GString *uri, const char *parameter) {
  for (const char *at = strstr(uri->str, parameter); at != NULL;) {
    gsize start = (gsize)(at - uri->str) + strlen(parameter);
    gsize length = strcspn(uri->str + start, "&#");
    g_string_erase(uri, (gssize)start, (gssize)length);
    g_string_insert(uri, (gssize)start, "*****");
    at = strstr(uri->str + start, parameter);
  }
}

char *ak_db_uri_masked(const char *uri) {
  g_autoptr(GString) masked = g_string_new(uri);
  const char *authority = g_str_has_prefix(uri, "sqlite:") ? NULL : strstr(uri, "://");
  if (authority != NULL) {
    gsize start = (gsize)(authority - uri) + 3;
    /* The last '@' before the path, as a password may hold one that was not escaped. */
    gsize length = strcspn(uri + start, "/?#");
    const char *at = g_strrstr_len(uri + start, (gssize)length, "@");
    const char *colon = at != NULL ? memchr(uri + start, ':', (gsize)(at - uri) - start) : NULL;
    if (colon != NULL) {
      gsize from = (gsize)(colon - uri) + 1;
      g_string_erase(masked, (gssize)from, (gssize)((gsize)(at - uri) - from));
      g_string_insert(masked, (gssize)from, "*****");
    }
    mask_parameter(masked, "password=");
  }
  return g_string_free(g_steal_pointer(&masked), FALSE);
}
