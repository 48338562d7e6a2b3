/* What one record of the log changes in the store's rows. Called in order, inside one transaction.
 */
#pragma once

#include "store/db.h"
#include "util/json.h"

typedef struct _AkRecordProjector AkRecordProjector;

/* Goes on after the records that the log's rows show already. Borrows `tx`. */
AkRecordProjector *ak_record_projector_new(AkTx *tx, gint64 log_id, GError **error);
void ak_record_projector_free(AkRecordProjector *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkRecordProjector, ak_record_projector_free)

/* Takes record `index` in. What it cannot read in a record it leaves out: the rows are an index,
 * and who opens the run gets the error from the log. */
bool ak_record_projector_take(AkRecordProjector *self, guint64 index, const json_t *record,
                              GError **error);
/* Writes what was held back: after the last record of the transaction. */
bool ak_record_projector_finish(AkRecordProjector *self, GError **error);
