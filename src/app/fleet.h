/* Many devices side by side: one run a product file, one process, one pool of workers.
 *
 * Each run is what it would be alone: its own plan, records, verdict and proof; its tests never share an
 * address with another run's, and its rate is its own. Devices for which the total rate has no room wait
 * until others have ended. A run that fails, hangs or is stopped changes no other. */
#pragma once

#include "app/deliver.h"
#include "app/verify.h"

#define AK_FLEET_JOBS 32         /* tests at a time, of all runs: about 150 MiB of workers */
#define AK_FLEET_RATE 5000       /* packets a second to real devices: ten of them at the usual rate */
#define AK_FLEET_SIDE_BY_SIDE 128 /* runs at a time */

typedef struct {
  char *path;   /* product file of a new run, or NULL */
  char *run_id; /* run to go on with, or NULL */
} AkFleetItem;
void ak_fleet_item_free(AkFleetItem *self);

typedef enum {
  AK_FLEET_JUDGED,      /* to its verdict; reports and bundle are written */
  AK_FLEET_STOPPED,     /* its run can be gone on with */
  AK_FLEET_NOT_STARTED, /* all were stopped before its turn: it has no run */
  AK_FLEET_FAILED,      /* see `failure`; of its run there may be records to go on with */
} AkFleetEnd;

/* How one of them ended; everything is borrowed during the call. */
typedef struct {
  guint index; /* of the item */
  const AkFleetItem *item;
  AkFleetEnd end;
  const AkVerifyResult *result; /* run_id is NULL where there is no run */
  const AkDelivery *delivery;
  const GError *failure; /* of FAILED */
  gint64 took_us;
} AkFleetMember;

typedef struct {
  AkVerifyOptions verify; /* of each. `jobs` is of all together (0: AK_FLEET_JOBS), run_id, share and what
                           * belongs to a retest are not used */
  guint packets_per_second; /* of all real devices together; 0: AK_FLEET_RATE */
  void (*ended)(gpointer data, const AkFleetMember *member); /* by one thread at a time */
  gpointer ended_data;
} AkFleetOptions;

/* Are all product files sound, and does each device belong to one of them alone? INVALID_DATA or CONFIG
 * with everything that is wrong, a line each. Sends nothing. */
bool ak_app_fleet_check(AkWorkspace *workspace, const GPtrArray *items, const AkFleetOptions *options,
                        GError **error);

/* Runs all of them (of AkFleetItem, checked before) and tells how each ended. */
void ak_app_fleet_run(AkWorkspace *workspace, const GPtrArray *items, const AkFleetOptions *options);
