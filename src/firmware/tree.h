/* What was found in a firmware image: a tree of nodes with their bytes, held in the worker's memory
 * under limits. Node 0 is the image itself. */
#pragma once

#include "util/error.h"

typedef enum {
  AK_NODE_FILE, /* bytes: the image, a payload, a regular file */
  AK_NODE_FOLDER,
  AK_NODE_SYMLINK, /* `target` holds where to; never followed outside the tree */
  AK_NODE_OTHER,   /* device, socket, FIFO */
} AkNodeType;

typedef struct {
  guint parent;       /* index of the containing node; of node 0 itself 0 */
  AkNodeType type;
  char *path;         /* within the filesystem or container: "/etc/shadow"; of payloads "#0" */
  char *target;       /* SYMLINK */
  guint mode;         /* permission bits including setuid, setgid */
  guint uid, gid;
  GBytes *bytes;      /* FILE; NULL where it was cut */
  const char *format; /* name of the format that opened it, or NULL */
  guint64 offset;     /* of payloads: where in the parent's bytes it begins */
  guint64 length;     /* of payloads: how many of the parent's bytes it explains */
  char *cut;          /* why this node is not complete, or NULL */
} AkNode;

typedef struct {
  guint64 total_bytes; /* of all nodes' bytes together */
  guint64 files;
  guint depth;         /* of containers within containers */
  guint64 ratio;       /* total bytes per byte of the image */
} AkFirmwareLimits;
extern const AkFirmwareLimits ak_firmware_default_limits;

typedef struct _AkFirmwareTree AkFirmwareTree;

/* Unpacks `image` recursively with all formats of the table. Never fails on bad bytes: what could
 * not be opened is cut. NULL only on lack of memory or cancellation. */
AkFirmwareTree *ak_firmware_tree_open(GBytes *image, const char *name,
                                      const AkFirmwareLimits *limits, GError **error);
void ak_firmware_tree_free(AkFirmwareTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkFirmwareTree, ak_firmware_tree_free)

guint ak_firmware_tree_length(const AkFirmwareTree *self);
const AkNode *ak_firmware_tree_node(const AkFirmwareTree *self, guint index);
const char *ak_firmware_tree_name(const AkFirmwareTree *self);

/* For formats: adds a node (takes `node` members over; on a limit it is refused with LIMIT, and the
 * tree remembers that it was cut). Bytes may be NULL. */
bool ak_firmware_tree_add(AkFirmwareTree *self, AkNode node, guint *index, GError **error);

/* "gateway.uimage!/etc/shadow"; nested containers "gateway.uimage!#0!/etc/shadow". Caller frees. */
char *ak_firmware_tree_locator(const AkFirmwareTree *self, guint index);
