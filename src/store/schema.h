/* The tables and how an older database becomes a newer one. */
#pragma once

#include "store/db-internal.h"

/* A step makes version N from N-1 by all statements whose name begins with `prefix`, in their
 * order; a test may give its own instead. */
typedef struct {
  const char *prefix;     /* "schema.1."; NULL ends the table */
  const AkQuery *queries; /* ends with a NULL name; or NULL */
} AkSchemaStep;

extern const AkSchemaStep ak_schema_steps[]; /* the first makes version 1 from nothing */

/* Brings the database to the last version of `steps`, in one transaction. NOT_SUPPORTED if it is
 * newer than that; then nothing is changed. */
bool ak_schema_migrate(AkDb *db, const AkSchemaStep *steps, GError **error);
/* 0 where there is none yet. */
bool ak_schema_version(AkDb *db, gint64 *version, GError **error);
/* Drops akashi's tables, whatever their version. */
bool ak_schema_drop(AkDb *db, GError **error);
