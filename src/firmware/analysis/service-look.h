/* What the files of firmware.service share: a look at one image. */
#pragma once

#include "firmware/analysis/boot-image.h"
#include "firmware/analysis/daemon-rule.h"
#include "firmware/analysis/emit.h"

#define AK_SERVICE_SETS 10 /* outputs before the coverage, and it */
#define AK_SERVICE_SCRIPTS 2000

typedef struct {
  const AkCall *call;
  AkSink *sink;
  AkFirmwarePaths *paths;
  GArray *visited;    /* of guint: scripts that were read */
  GArray *judged;     /* of service-text.c: their lines that were judged as commands */
  GPtrArray *emitted; /* of char *: locators without their number */
  guint counts[AK_SERVICE_SETS];
  AkDaemons *daemons;
  GPtrArray *files;          /* of char *: settings of listening daemons, "IMAGE!/etc/x.conf" */
  GPtrArray *not_understood; /* of char *: of these "/etc/x.conf: why" */
  GPtrArray *shells;         /* of char *: locators that give a shell without a log-in */
  const char *shell_doubt;   /* why one that could give a shell is not judged, or NULL */
  GPtrArray *units;        /* of char *: units that were read, "IMAGE!ROOT!NAME" */
  guint conditions;        /* of the scripts that lead here: not every start of them is certain */
  bool has_inetd, has_cron, has_systemd, has_upstart;
  bool has_starter;
  bool is_complete;    /* the whole image was read: what is not in it is absent */
  const char *cut;     /* why not every start is known, or NULL */
  const char *sealed;  /* files that may be started and that nobody can look into, or NULL */
  const char *unknown; /* why not every setting is known, or NULL */
} AkServiceLook;

/* Where a command stands. */
typedef struct {
  AkBootRoot root;
  guint starter;    /* node of the file that starts it */
  const char *how;  /* "sysvinit S50telnet" */
  const char *name; /* of the script or unit, for what names no program */
} AkServicePlace;

/* service.c: commands, and scripts that they lead to; `found` counts the services that were said. */
bool ak_service_look_at_commands(AkServiceLook *self, const AkServicePlace *place, const GPtrArray *commands, guint depth, guint *found,
                                 GError **error);
bool ak_service_look_at_script(AkServiceLook *self, AkServicePlace place, guint depth, guint *found, GError **error);
/* A script of its own service: where it names no program that is known, it is listed by its name. */
bool ak_service_look_at_init_script(AkServiceLook *self, AkServicePlace place, GError **error);
bool ak_service_emit(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name, GError **error);
/* True where it was, or may not be: each file is read once, and not too many. */
bool ak_service_was_visited(AkServiceLook *self, guint node);
bool ak_service_is_visited(const AkServiceLook *self, guint node);
/* AkBootSource of an AkServicePlace. */
const guint8 *ak_service_sourced(gpointer place, const char *path, gsize *size);
bool ak_service_is_busybox(const AkBootRoot *root, guint index);

/* service-start.c: a node of the tree, and again when all were looked at: what counts by something else that was seen. */
bool ak_service_look_at_node(AkServiceLook *self, guint index, GError **error);
bool ak_service_look_late(AkServiceLook *self, guint index, GError **error);

/* service-text.c: a command that says of its line what it starts, or that it starts nothing; then texts that no command said that of. */
GArray *ak_service_judged_new(void);
void ak_service_note_judged(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command, const char *name);
void ak_service_look_at_texts(AkServiceLook *self);
