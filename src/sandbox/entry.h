/* A file that a worker found in its input, as it is told to the parent. Format:
 * docs/formats/frames.md.
 */
#pragma once

#include "util/json.h"

typedef enum {
  AK_ENTRY_FILE,
  AK_ENTRY_FOLDER,
  AK_ENTRY_LINK,   /* symbolic: `target` */
  AK_ENTRY_DEVICE, /* device, pipe or socket: `target` says which */
  AK_ENTRY_REGION, /* bytes of a container that are no file of it */
} AkEntryKind;

#define AK_ENTRY_MAX_PATH 65536 /* bytes; names are escaped, which makes them longer */

typedef struct {
  AkEntryKind kind;
  guint container;      /* number of what it lies in, one for each */
  char *container_kind; /* "squashfs": a-z, 0-9 and '-', at most 32 */
  char *origin;         /* "image!#0!/etc/shadow" */
  char *path;           /* in its container: "/etc/shadow", "#data@64"; printable, not empty */
  char *target;         /* may be NULL */
  char *cut;            /* why it is not whole; may be NULL */
  guint mode;           /* permission bits including setuid, setgid: 0 … 07777 */
  guint32 uid, gid;
  bool has_content; /* of FILE and REGION alone */
  guint64 size;     /* bytes of the content that follows; 0 without */
} AkEntry;

/* "file", "folder", "link", "device", "region" */
const char *ak_entry_kind_name(AkEntryKind kind);

json_t *ak_entry_to_json(const AkEntry *self);
/* INVALID_DATA for anything that the comments above do not allow. `out` needs ak_entry_clear. */
bool ak_entry_from_json(const json_t *json, AkEntry *out, GError **error);
void ak_entry_clear(AkEntry *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkEntry, ak_entry_clear)
