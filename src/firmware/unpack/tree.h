/* What was found in a firmware image: a tree of nodes with their bytes, held in the worker's memory
 * under limits. Node 0 is the image itself. */
#pragma once

#include "util/crew.h"
#include "util/digest.h"
#include "util/spool.h"

typedef enum {
  AK_NODE_FILE, /* bytes: the image, a payload, a regular file */
  AK_NODE_FOLDER,
  AK_NODE_SYMLINK, /* `target` holds where to; never followed outside the tree */
  AK_NODE_OTHER,   /* device, socket, FIFO */
} AkNodeType;

typedef struct {
  guint parent; /* index of the containing node; of node 0 itself 0 */
  AkNodeType type;
  char *path;   /* within the filesystem: "/etc/shadow", made by ak_firmware_tree_child_path; of
                   payloads and regions "#0" */
  char *target; /* SYMLINK: where to; OTHER: "char 5:1", "block 8:0", "fifo", "socket" */
  guint mode;   /* permission bits including setuid, setgid, sticky */
  bool no_mode; /* the format stores no modes (FAT): `mode`, `uid` and `gid` say nothing */
  guint uid, gid;
  GBytes *bytes;      /* FILE; NULL where it was cut */
  const char *format; /* name of the format that opened it, or NULL */
  bool stays_leaf;    /* see ak_firmware_tree_leave */
  bool slice;         /* its bytes are the parent's, from `offset` on */
  guint64 offset;     /* of slices: where in the parent's bytes it begins */
  guint64 used;       /* bytes from its start that `format` explains; set by the tree */
  guint modules;      /* of a UEFI volume: its files of all types but padding; else 0 */
  guint programs, raws; /* of a UEFI volume, or what is unpacked in one: sections that are programs (PE32, PIC, TE); raw
                           sections, and files without sections; else 0 */
  guint depth;        /* of containers within containers; set by the tree */
  bool in_file;       /* lies within a file of a filesystem; set by the tree */
  bool searched;      /* was asked what it holds; set by the tree, by a format for what it opened with it */
  char *cut;          /* why this node is not complete, or NULL */
  AkDigest *digest;   /* of its bytes, where it is known; set by the tree: ask ak_firmware_tree_digest */
  gsize unpadded_at, unpadded; /* of a region that no format opened: what is left without the padding (0x00, 0xff)
                                  at its ends; set by the tree */
  guint entropy;      /* of what a region's format explains, else of all of it: hundredths of a bit a byte;
                         set by the tree, 0 of files */
} AkNode;

typedef struct {
  guint64 total_bytes; /* of all nodes' bytes together */
  guint64 files;
  guint depth;          /* of containers within containers */
  guint64 ratio;        /* bytes unpacked per byte packed, and total bytes per byte of the image */
  guint64 memory_bytes; /* of nodes' bytes; what is more goes to `spool`, or is cut. 0: no limit */
  AkSpool *spool;       /* borrowed, outlives the tree; NULL: none */
  AkCrew *crew;         /* threads that help to unpack; borrowed; NULL: none. The tree is the same */
  guint time_ms; /* of unpacking; what is left is cut. 0: no limit, so that results do not depend on
                    it */
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

/* True if every byte was explained and every file is whole: files were found, nothing was cut,
 * nothing is unknown. */
bool ak_firmware_tree_is_complete(const AkFirmwareTree *self);
/* Bytes that no format explains and that are no padding (runs of 0x00 and 0xff). */
guint64 ak_firmware_tree_unknown_bytes(const AkFirmwareTree *self);
/* Of these, what one node holds; `offset` (may be NULL) gets where they begin in its bytes. */
gsize ak_firmware_tree_unknown_of(const AkFirmwareTree *self, guint index, gsize *offset);
/* True for the nodes whose bytes an analysis looks at: files, and what no format opened. A file
 * with structures somewhere inside is looked at as a whole, and its pieces are not looked at again.
 */
bool ak_firmware_tree_is_leaf(const AkFirmwareTree *self, guint index);
/* What was not understood, in words (unpack/gaps.h); NULL where the tree is complete. Made at the
 * first call, whatever the thread. Borrowed. */
const char *ak_firmware_tree_gaps(const AkFirmwareTree *self);
/* Files that look packed or encrypted and that nothing opened, in words (unpack/gaps.h); NULL where there are none. Made at the
 * first call, whatever the thread. Borrowed. */
const char *ak_firmware_tree_sealed(const AkFirmwareTree *self);
/* These: of guint node indices, in their order. Borrowed. */
const GArray *ak_firmware_tree_sealed_nodes(const AkFirmwareTree *self);
/* Why the tree is not complete, one line a reason, at most 20; caller frees. */
char *ak_firmware_tree_cuts(const AkFirmwareTree *self);

/* For formats: how many bytes may still be unpacked, of all and from `packed` bytes of input. */
guint64 ak_firmware_tree_budget(const AkFirmwareTree *self, guint64 packed);
const AkFirmwareLimits *ak_firmware_tree_limits(const AkFirmwareTree *self);
/* For formats that hold contents for later nodes: where they stay from here on. Takes `bytes` over;
 * caller owns what comes back. */
GBytes *ak_firmware_tree_keep(AkFirmwareTree *self, GBytes *bytes);
/* For formats that put a content together in any order: `size` zero bytes, in memory or, where they are more than a quarter of
 * what is allowed, in the spool. NULL with LIMIT, which says how much it needs, where it has no place in either. Hand it over or
 * give it back. */
guint8 *ak_firmware_tree_room(const AkFirmwareTree *self, guint64 size, GError **error);
GBytes *ak_firmware_tree_room_take(const AkFirmwareTree *self, guint8 *room, gsize size);
void ak_firmware_tree_room_free(const AkFirmwareTree *self, guint8 *room); /* may be NULL */
/* Why a content was cut that is within the limits, and had no room. */
#define AK_FIRMWARE_NO_ROOM "there is no room left for it"
/* For formats: threads that help; what they give is added in the order in which one alone would.
 * Borrowed; may be NULL. */
AkCrew *ak_firmware_tree_crew(const AkFirmwareTree *self);
/* For formats: when unpacking must end (monotonic, us); 0: never. */
gint64 ak_firmware_tree_until(const AkFirmwareTree *self);
/* For formats: notes that a node is not complete (the first reason stays). */
void ak_firmware_tree_cut(AkFirmwareTree *self, guint index, const char *reason);

/* For formats: leaves the bytes of a node that it opened to be looked at as they are, besides what
 * it emits. */
void ak_firmware_tree_leave(AkFirmwareTree *self, guint index);

/* For formats: counts what stands in the volume that `index` is. */
void ak_firmware_tree_count(AkFirmwareTree *self, guint index, guint modules, guint programs, guint raws);

/* For formats: the path of the entry `name` (the vendor's bytes) in `folder` ("": the root).
 * Whatever could be taken for more than one name is escaped: "..", '/', NUL, control characters,
 * '!', invalid UTF-8. Caller frees. */
char *ak_firmware_tree_child_path(const char *folder, const void *name, gsize size);

/* For formats whose entries are named by whole paths ("./etc/shadow", "/etc/shadow"): each part as
 * above; empty parts and "." are left out. NULL where nothing is left: the root. Caller frees. */
char *ak_firmware_tree_entry_path(const void *name, gsize size);

/* For formats: what an entry that is no file, folder or link is: by the file type bits of a mode
 * (POSIX sys/stat.h) "char 5:1", "block 8:0", "fifo", "socket"; else "unknown type". Caller frees.
 */
char *ak_firmware_tree_device_text(guint mode, guint major, guint minor);

/* For formats: true for a link's target that is a path; control characters are content. */
bool ak_firmware_tree_is_target(const void *target, gsize size);

/* For formats: adds a node (takes its members over, also on error; `target` is made safe). With
 * LIMIT it is refused and the parent is cut. Bytes may be NULL. */
bool ak_firmware_tree_add(AkFirmwareTree *self, AkNode node, guint *index, GError **error);

/* Of the bytes of a node that has some. Any thread, when the tree is there. */
AkDigest ak_firmware_tree_digest(const AkFirmwareTree *self, guint index);

/* "gateway.uimage!/etc/shadow"; nested containers "gateway.uimage!#0!/etc/shadow". Caller frees. */
char *ak_firmware_tree_locator(const AkFirmwareTree *self, guint index);
