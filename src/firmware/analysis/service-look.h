/* What the files of firmware.service share: a look at one image. Of nobody else's concern.
 *
 * service.c           the test: what it tells, the look from its first to its last node
 * service-start.c     what starts something: tables, units, folders of scripts
 * service-script.c    commands, and the scripts that they lead to
 * service-program.c   which program a command is
 * service-settings.c  the files of its settings
 * service-say.c       what is said of it
 * service-text.c      texts that nothing was seen to run */
#pragma once

#include "firmware/analysis/boot-image.h"
#include "firmware/analysis/daemon-rule.h"
#include "firmware/analysis/emit.h"

#define AK_SERVICE_SCRIPTS 2000

/* What is told, in the order of ak_service_outputs. */
enum {
  AK_SERVICE_NAME,
  AK_SERVICE_KIND,
  AK_SERVICE_START,
  AK_SERVICE_PROGRAM,
  AK_SERVICE_CONFIG,
  AK_SERVICE_RISK,
  AK_SERVICE_OPEN_SHELL,
  AK_SERVICE_UNDERSTOOD,
  AK_SERVICE_NOT_UNDERSTOOD,
  AK_SERVICE_PROPERTIES, /* the coverage */
  AK_SERVICE_SETS,
};
extern const AkTestOutput ak_service_outputs[];

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
  GPtrArray *units;          /* of char *: units that were read, "IMAGE!ROOT!NAME" */
  guint conditions;          /* of the scripts that lead here: not every start of them is certain */
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

typedef struct {
  const char *path; /* on the device; NULL: not told */
  bool is_absent;   /* the image does not hold what is named */
  bool is_applet;   /* one of BusyBox's */
} AkServiceProgram;

typedef struct {
  const char *path; /* of the settings; NULL: none were found */
  AkBootFacts facts;
  GPtrArray *settings; /* owned; of `facts` */
} AkServiceSettings;
void ak_service_settings_clear(AkServiceSettings *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkServiceSettings, ak_service_settings_clear)

/* service-program.c: a name without a folder is looked for where shells look. `room` holds the
 * path. */
AkServiceProgram ak_service_find_program(const AkServiceLook *self, const AkBootRoot *root,
                                         const char *program, GString *room);
/* What is known of a program of that name, or NULL. A shell by itself is one on a console, or what
 * inetd gives a connection to. */
const AkBootService *ak_service_find(const AkServiceLook *self, const AkServicePlace *place,
                                     const char *name);
bool ak_service_gives_shell(const AkBootService *service);
bool ak_service_is_busybox(const AkBootRoot *root, guint index);
/* Known by its name as a server, and started as one. */
bool ak_service_is_server(const AkServiceLook *self, const AkServicePlace *place,
                          const AkBootCommand *command, const char *name);
/* A program of the maker's that goes on beside the script; "sleep 5 &" and its like are BusyBox. */
bool ak_service_goes_on(const AkServiceLook *self, const AkServicePlace *place,
                        const AkBootCommand *command);
/* "::sysinit:/bin/mount -a": init waits for it, and it is one of BusyBox's own. */
bool ak_service_is_waited_applet(const AkServiceLook *self, const AkServicePlace *place,
                                 const AkBootCommand *command);
bool ak_service_is_beside_unit(const AkServiceLook *self, const AkServicePlace *place,
                               const AkBootCommand *command, const char *name);

/* service-settings.c: the file that the command names, else the first of the usual ones that is
 * there. */
void ak_service_find_settings(const AkBootRoot *root, const AkBootService *service,
                              const AkBootCommand *command, AkServiceSettings *out);
/* Counts the files of settings of what is started; `service` NULL: nothing is known of it. */
void ak_service_note_settings(AkServiceLook *self, const AkServicePlace *place,
                              const AkBootService *service, const char *name,
                              const AkServiceSettings *settings);

/* service-say.c: says all of one service. */
bool ak_service_emit(AkServiceLook *self, const AkServicePlace *place, const AkBootCommand *command,
                     const char *name, GError **error);

/* service-script.c: commands, and scripts that they lead to; `found` counts the services that were
 * said. */
bool ak_service_look_at_commands(AkServiceLook *self, const AkServicePlace *place,
                                 const GPtrArray *commands, guint depth, guint *found,
                                 GError **error);
bool ak_service_look_at_script(AkServiceLook *self, AkServicePlace place, guint depth, guint *found,
                               GError **error);
/* A script of its own service: where it names no program that is known, it is listed by its name.
 */
bool ak_service_look_at_init_script(AkServiceLook *self, AkServicePlace place, GError **error);
/* True where it was, or may not be: each file is read once, and not too many. */
bool ak_service_was_visited(AkServiceLook *self, guint node);
bool ak_service_is_visited(const AkServiceLook *self, guint node);
/* AkBootSource of an AkServicePlace. */
const guint8 *ak_service_sourced(gpointer place, const char *path, gsize *size);

/* service-start.c: a node of the tree, and again when all were looked at: what counts by something
 * else that was seen. */
bool ak_service_look_at_node(AkServiceLook *self, guint index, GError **error);
bool ak_service_look_late(AkServiceLook *self, guint index, GError **error);

/* service-text.c: a command that says of its line what it starts, or that it starts nothing; then
 * texts that no command said that of. */
GArray *ak_service_judged_new(void);
void ak_service_note_judged(AkServiceLook *self, const AkServicePlace *place,
                            const AkBootCommand *command, const char *name);
void ak_service_look_at_texts(AkServiceLook *self);
