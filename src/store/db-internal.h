/* What a transaction and a database are to this room. */
#pragma once

#include "store/db.h"
#include "store/driver.h"

struct _AkTx {
  const AkDbDriver *driver;
  gpointer connection;
  bool writes;
  AkDbStatus status; /* the first that was not OK */
  bool is_committing;
  bool is_broken; /* the connection could not be rolled back */
};

/* Opens with a driver and no schema: for tests, and for the schema itself. */
AkDb *ak_db_open_bare(const AkDbDriver *driver, const char *uri, GError **error);
/* Outside transactions: see AkDbDriver.wipe. */
bool ak_db_wipe(AkDb *self, GError **error);
/* For tests: how often a transaction was tried again. */
guint ak_db_retries(const AkDb *self);
/* The tables stand now: what was found missing before does not count as damage. */
void ak_db_forgive(AkDb *self);
