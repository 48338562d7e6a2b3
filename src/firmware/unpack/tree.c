#include "firmware/unpack/tree.h"

#include <string.h>

#include "core/value.h"
#include "firmware/format/format.h"
#include "firmware/unpack/content.h"
#include "firmware/unpack/gaps.h"
#include "firmware/unpack/padding.h"
#include "firmware/unpack/scan.h"

#define MAX_PATH_BYTES 4096
#define MAX_CUTS 20 /* lines of explanation */
/* Bytes searched for structures, all searches together: containers in containers are searched anew.
 */
#define MAX_SEARCHED_BYTES (16ull * 1024 * 1024 * 1024)
/* Structures that could not be opened, each of which may have cost as much as a sound one. */
#define MAX_BROKEN 4096
/* Bytes that broken structures had taken and that are looked at again, and looks at what lies in
 * them. */
#define MAX_AGAIN_BYTES (256ull * 1024 * 1024)
#define MAX_AGAIN_LOOKS 16384
/* Places that begin like a structure, all together; a gigabyte of programs has 40,000. */
#define MAX_ASKED (2u * 1024 * 1024)
#define SMALL_BYTES 16384u /* stay in memory */
#define LOOKS_AHEAD 256u    /* files that threads look into before their turn */
#define PARTS "parts"      /* stands for a format: structures further in split the bytes */

const AkFirmwareLimits ak_firmware_default_limits = {
    .total_bytes = 1024ull * 1024 * 1024, /* all nodes together, in memory */
    .files = 200000,
    .depth = 8,
    .ratio = 200, /* real images stay below 20 */
    .memory_bytes = 256ull * 1024 * 1024,
    .time_ms = 90000,
};

struct _AkFirmwareTree {
  char *name;
  AkFirmwareLimits limits;
  GPtrArray *nodes; /* of AkNode */
  guint64 image_bytes;
  guint64 total_bytes;  /* of all nodes that are no slices, with their names */
  guint64 memory_bytes; /* of these, what is in memory */
  guint64 searched_bytes, again_bytes;
  guint again_looks, asks_left;
  guint broken;
  gint64 until_us; /* monotonic; 0: no limit of time */
  gsize gaps_told, sealed_told; /* for g_once_init_enter */
  char *gaps, *sealed;          /* once they were asked for */
  GArray *sealed_nodes;
  GArray *looks;   /* of Look: those that were taken; while it is unpacked */
};

static void node_free(AkNode *self) {
  g_free(self->path);
  g_free(self->target);
  g_free(self->cut);
  g_free(self->digest);
  g_clear_pointer(&self->bytes, g_bytes_unref);
  g_free(self);
}

static void node_clear(AkNode *self) {
  AkNode *copy = g_new0(AkNode, 1);
  *copy = *self;
  node_free(copy);
  *self = (AkNode){0};
}

void ak_firmware_tree_free(AkFirmwareTree *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->nodes);
  g_free(self->gaps);
  g_free(self->sealed);
  g_clear_pointer(&self->sealed_nodes, g_array_unref);
  g_free(self->name);
  g_free(self);
}

guint ak_firmware_tree_length(const AkFirmwareTree *self) {
  return self->nodes->len;
}

const AkNode *ak_firmware_tree_node(const AkFirmwareTree *self, guint index) {
  return self->nodes->pdata[index];
}

const char *ak_firmware_tree_name(const AkFirmwareTree *self) {
  return self->name;
}

const AkFirmwareLimits *ak_firmware_tree_limits(const AkFirmwareTree *self) {
  return &self->limits;
}

gint64 ak_firmware_tree_until(const AkFirmwareTree *self) {
  return self->until_us;
}

AkCrew *ak_firmware_tree_crew(const AkFirmwareTree *self) {
  return self->limits.crew;
}

void ak_firmware_tree_cut(AkFirmwareTree *self, guint index, const char *reason) {
  AkNode *node = self->nodes->pdata[index];
  if (node->cut == NULL) {
    g_auto(AkValue) clean = ak_value_text_from_bytes(reason, strlen(reason), 1000);
    node->cut = g_steal_pointer(&clean.text);
  }
}

void ak_firmware_tree_leave(AkFirmwareTree *self, guint index) {
  ((AkNode *)self->nodes->pdata[index])->stays_leaf = true;
}

void ak_firmware_tree_count(AkFirmwareTree *self, guint index, guint modules, guint programs, guint raws) {
  AkNode *node = self->nodes->pdata[index];
  node->modules += modules;
  node->programs += programs;
  node->raws += raws;
}

/* Small inputs may grow by more than the ratio says: a page of zeros is no bomb. */
static guint64 grown(const AkFirmwareTree *self, guint64 packed) {
  return packed > G_MAXUINT64 / self->limits.ratio - 65536 ? G_MAXUINT64
                                                           : (packed + 65536) * self->limits.ratio;
}

static guint64 total_limit(const AkFirmwareTree *self) {
  return MIN(self->limits.total_bytes, grown(self, self->image_bytes));
}

guint64 ak_firmware_tree_budget(const AkFirmwareTree *self, guint64 packed) {
  guint64 left = total_limit(self) - MIN(self->total_bytes, total_limit(self));
  return MIN(left, grown(self, packed));
}

/* Memory that a node takes; the bytes of slices are their parent's. */
static guint64 cost_of(const AkNode *node) {
  guint64 size = node->bytes != NULL && !node->slice ? g_bytes_get_size(node->bytes) : 0;
  return size + (node->path != NULL ? strlen(node->path) : 0) +
         (node->target != NULL ? strlen(node->target) : 0);
}

/* Contents that do not fit into memory any more are set aside. */
GBytes *ak_firmware_tree_keep(AkFirmwareTree *self, GBytes *bytes) {
  gsize size = bytes != NULL ? g_bytes_get_size(bytes) : 0;
  guint64 limit = self->limits.memory_bytes;
  bool fits = limit == 0 || self->memory_bytes + size <= limit || size < SMALL_BYTES;
  return fits || self->limits.spool == NULL ? bytes : ak_spool_keep(self->limits.spool, bytes);
}

#define ROOM_SHARE 4 /* of the memory that is allowed, one content at most */

static bool is_in_spool(const AkFirmwareTree *self, const guint8 *room) {
  return self->limits.spool != NULL && ak_spool_holds(self->limits.spool, room);
}

guint8 *ak_firmware_tree_room(const AkFirmwareTree *self, guint64 size, GError **error) {
  guint64 limit = self->limits.memory_bytes;
  bool is_large = limit > 0 && size > limit / ROOM_SHARE;
  bool fits = size <= G_MAXSSIZE;
  guint8 *room = NULL;
  if (fits && is_large && self->limits.spool != NULL)
    room = ak_spool_reserve(self->limits.spool, (gsize)size);
  else if (fits) /* whatever is in memory by now: with threads that differs from run to run */
    room = g_try_malloc0(MAX((gsize)size, 1));
  if (room == NULL)
    ak_error_set(error, AK_ERROR_LIMIT, "needs %" G_GUINT64_FORMAT " bytes of memory", size);
  return room;
}

GBytes *ak_firmware_tree_room_take(const AkFirmwareTree *self, guint8 *room, gsize size) {
  return is_in_spool(self, room) ? g_bytes_new_static(room, size) : g_bytes_new_take(room, size);
}

void ak_firmware_tree_room_free(const AkFirmwareTree *self, guint8 *room) {
  if (room != NULL && !is_in_spool(self, room))
    g_free(room);
}

/* True where `bytes` are pages of the spool's file. */
static bool is_set_aside(const AkFirmwareTree *self, GBytes *bytes) {
  return self->limits.spool != NULL &&
         ak_spool_holds(self->limits.spool, g_bytes_get_data(bytes, NULL));
}

static bool fits_memory(const AkFirmwareTree *self, const AkNode *node, guint64 cost,
                        GError **error) {
  guint64 limit = self->limits.memory_bytes;
  if (limit == 0 || self->nodes->len == 0 || self->memory_bytes + cost <= limit + limit / 4 ||
      (node->bytes != NULL && is_set_aside(self, node->bytes)))
    return true;
  return ak_error_set(error, AK_ERROR_LIMIT,
                      "needs %" G_GUINT64_FORMAT " bytes of memory, of %" G_GUINT64_FORMAT
                      " that are allowed",
                      self->memory_bytes + cost, limit + limit / 4);
}

static bool fits(const AkFirmwareTree *self, const AkNode *node, GError **error) {
  if (self->nodes->len >= self->limits.files)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %" G_GUINT64_FORMAT " files",
                        self->limits.files);
  if (self->nodes->len > 0 &&
      cost_of(node) > total_limit(self) - MIN(self->total_bytes, total_limit(self)))
    return ak_error_set(error, AK_ERROR_LIMIT,
                        "more than %" G_GUINT64_FORMAT " bytes unpacked, needs at least %" G_GUINT64_FORMAT,
                        total_limit(self), self->total_bytes + cost_of(node));
  return fits_memory(self, node, cost_of(node), error);
}

static bool is_filesystem_file(const AkFirmwareTree *self, const AkNode *node) {
  return node != self->nodes->pdata[0] && *node->path == '/';
}

/* What lies in a container is a level deeper; a region beside others is not. */
static void set_place(const AkFirmwareTree *self, AkNode *node) {
  const AkNode *parent = self->nodes->len > 0 ? self->nodes->pdata[node->parent] : NULL;
  if (parent == NULL)
    return;
  bool is_beside = node->slice && (parent->format == NULL || strcmp(parent->format, PARTS) == 0);
  node->depth = parent->depth + (is_beside ? 0 : 1);
  node->in_file = parent->in_file || is_filesystem_file(self, parent);
}

bool ak_firmware_tree_add(AkFirmwareTree *self, AkNode taken, guint *index, GError **error) {
  g_autoptr(GError) failure = NULL;
  if (taken.bytes != NULL && !taken.slice)
    taken.bytes = ak_firmware_tree_keep(self, taken.bytes);
  if (!fits(self, &taken, &failure)) {
    ak_firmware_tree_cut(self, taken.parent, failure->message);
    g_propagate_error(error, g_steal_pointer(&failure));
    node_clear(&taken);
    return false;
  }
  AkNode *node = g_new0(AkNode, 1);
  *node = taken;
  if (node->target != NULL) {
    AkValue clean = ak_value_text_from_bytes(node->target, strlen(node->target), MAX_PATH_BYTES);
    g_free(node->target);
    node->target = clean.text;
  }
  set_place(self, node);
  self->total_bytes += cost_of(node);
  if (node->bytes == NULL || !is_set_aside(self, node->bytes))
    self->memory_bytes += cost_of(node);
  g_ptr_array_add(self->nodes, node);
  if (index != NULL)
    *index = self->nodes->len - 1;
  return true;
}

AkDigest ak_firmware_tree_digest(const AkFirmwareTree *self, guint index) {
  const AkNode *node = self->nodes->pdata[index];
  gsize size = 0;
  if (node->digest != NULL)
    return *node->digest;
  const void *data = node->bytes != NULL ? g_bytes_get_data(node->bytes, &size) : NULL;
  return ak_digest_of(data, size);
}

char *ak_firmware_tree_locator(const AkFirmwareTree *self, guint index) {
  const AkNode *node = self->nodes->pdata[index];
  if (index == 0)
    return g_strdup(self->name);
  g_autofree char *parent = ak_firmware_tree_locator(self, node->parent);
  return g_strdup_printf("%s!%s", parent, node->path);
}

/* --- what is explained
 * ------------------------------------------------------------------------------ */

/* Padding around what is unknown is not counted with it. */
static void set_unpadded(AkNode *node) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(node->bytes, &size);
  gsize from = ak_padding_front(data, size, AK_PADDING_ANY);
  node->unpadded_at = from;
  node->unpadded = size - from - ak_padding_back(data + from, size - from, AK_PADDING_ANY);
}

/* No file: it stands in the map. */
static bool is_region(const AkFirmwareTree *self, const AkNode *node) {
  return node == self->nodes->pdata[0] || *node->path == '#';
}

/* Bytes of the image or of a container that nothing opened. A file of a filesystem is explained by
 * being one. */
static gsize unknown_of(const AkFirmwareTree *self, const AkNode *node, gsize *offset) {
  bool is_unknown = is_region(self, node) && !node->in_file && node->format == NULL;
  if (is_unknown && offset != NULL)
    *offset = node->unpadded_at;
  return is_unknown ? node->unpadded : 0;
}

gsize ak_firmware_tree_unknown_of(const AkFirmwareTree *self, guint index, gsize *offset) {
  return unknown_of(self, self->nodes->pdata[index], offset);
}

guint64 ak_firmware_tree_unknown_bytes(const AkFirmwareTree *self) {
  guint64 unknown = 0;
  for (guint i = 0; i < self->nodes->len; i++)
    unknown += unknown_of(self, self->nodes->pdata[i], NULL);
  return unknown;
}

bool ak_firmware_tree_is_complete(const AkFirmwareTree *self) {
  bool has_files = false;
  for (guint i = 0; i < self->nodes->len; i++) {
    const AkNode *node = self->nodes->pdata[i];
    if (node->cut != NULL || unknown_of(self, node, NULL) > 0)
      return false;
    has_files = has_files || (node->type == AK_NODE_FILE && is_filesystem_file(self, node));
  }
  return has_files; /* of nothing, or of padding alone, nothing can be said */
}

static bool is_parts(const AkNode *node) {
  return node->format != NULL && strcmp(node->format, PARTS) == 0;
}

/* Looked at in one piece, whatever structures were found inside. */
static bool is_whole(const AkFirmwareTree *self, const AkNode *node) {
  return !node->slice && (node->in_file || is_filesystem_file(self, node));
}

bool ak_firmware_tree_is_leaf(const AkFirmwareTree *self, guint index) {
  const AkNode *node = self->nodes->pdata[index], *parent = self->nodes->pdata[node->parent];
  if (node->type != AK_NODE_FILE || node->bytes == NULL)
    return false;
  if (node->format == NULL && is_region(self, node) && node->unpadded == 0)
    return false; /* padding says nothing, and there may be gigabytes of it */
  if (node->format != NULL)
    return node->stays_leaf || (is_parts(node) && is_whole(self, node));
  for (const AkNode *inner = node; inner->slice && parent != inner;
       inner = parent, parent = self->nodes->pdata[inner->parent])
    if (is_whole(self, parent) && (is_parts(parent) || parent->stays_leaf))
      return false;
  return true;
}

const char *ak_firmware_tree_gaps(const AkFirmwareTree *self) {
  AkFirmwareTree *own = (AkFirmwareTree *)self;
  if (g_once_init_enter(&own->gaps_told)) {
    own->gaps = ak_firmware_gaps(self);
    g_once_init_leave(&own->gaps_told, 1);
  }
  return own->gaps;
}

const GArray *ak_firmware_tree_sealed_nodes(const AkFirmwareTree *self) {
  AkFirmwareTree *own = (AkFirmwareTree *)self;
  if (g_once_init_enter(&own->sealed_told)) {
    own->sealed_nodes = ak_firmware_gaps_sealed(self);
    own->sealed = ak_firmware_gaps_name_sealed(self, own->sealed_nodes);
    g_once_init_leave(&own->sealed_told, 1);
  }
  return own->sealed_nodes;
}

const char *ak_firmware_tree_sealed(const AkFirmwareTree *self) {
  ak_firmware_tree_sealed_nodes(self);
  return self->sealed;
}

char *ak_firmware_tree_cuts(const AkFirmwareTree *self) {
  GString *text = g_string_new(NULL);
  guint lines = 0;
  for (guint i = 0; i < self->nodes->len && lines < MAX_CUTS; i++) {
    const AkNode *node = self->nodes->pdata[i];
    bool unknown = unknown_of(self, node, NULL) > 0;
    if (node->cut == NULL && !unknown)
      continue;
    g_autofree char *locator = ak_firmware_tree_locator(self, i);
    g_string_append_printf(text, "%s%s: %s", lines++ > 0 ? "\n" : "", locator,
                           node->cut != NULL ? node->cut : "bytes that no format explains");
  }
  return g_string_free(text, FALSE);
}

/* --- unpacking
 * --------------------------------------------------------------------------------------- */

static bool add_slice(AkFirmwareTree *self, guint parent, const char *name, gsize offset,
                      gsize size, guint *index) {
  GBytes *whole = ((AkNode *)self->nodes->pdata[parent])->bytes;
  AkNode node = {.parent = parent,
                 .path = g_strdup_printf("#%s@%" G_GSIZE_FORMAT, name, offset),
                 .bytes = g_bytes_new_from_bytes(whole, offset, size),
                 .slice = true,
                 .offset = offset};
  return ak_firmware_tree_add(self, node, index, NULL);
}

/* What follows within the same bytes: beside a region, or within anything else. The list of regions
 * stays flat, however many there are. */
static bool add_rest(AkFirmwareTree *self, guint index, const char *name, gsize offset,
                     guint *rest) {
  const AkNode *node = self->nodes->pdata[index];
  gsize left = g_bytes_get_size(node->bytes) - offset;
  if (node->slice && index != 0)
    return add_slice(self, node->parent, name, (gsize)node->offset + offset, left, rest);
  return add_slice(self, index, name, offset, left, rest);
}

/* What follows is a region of its own. */
static void shorten(AkNode *node, gsize size) {
  GBytes *front = g_bytes_new_from_bytes(node->bytes, 0, size);
  g_bytes_unref(node->bytes);
  node->bytes = front;
}

/* A node's bytes on their way through one scan: the region `index` begins at `base` of them and
 * reaches to their end until something in it is found. */
typedef struct {
  AkFirmwareScan *scan;
  const guint8 *data;
  gsize size, base;
  guint index;
} Walk;

static void cut_unsearched(AkFirmwareTree *self, const Walk *walk, const char *what, guint limit) {
  g_autofree char *reason =
      g_strdup_printf("%" G_GSIZE_FORMAT " bytes not searched to their end: more than %u %s",
                      walk->size - walk->base, limit, what);
  ak_firmware_tree_cut(self, walk->index, reason);
}

static bool may_go_on(AkFirmwareTree *self, const Walk *walk) {
  bool is_late = self->until_us != 0 && g_get_monotonic_time() > self->until_us;
  if (is_late)
    cut_unsearched(self, walk, "ms were used", self->limits.time_ms);
  else if (self->broken > MAX_BROKEN)
    cut_unsearched(self, walk, "structures could not be opened", MAX_BROKEN);
  return !is_late && self->broken <= MAX_BROKEN;
}

/* What a broken structure took ends where another one verified more; the more often that happens,
 * the less is looked at again. */
static gsize end_of_broken(AkFirmwareTree *self, Walk *walk, guint bits, gsize used) {
  AkFirmwareHit hit = {0};
  for (gsize from = walk->base + 1;
       self->again_looks < MAX_AGAIN_LOOKS && ak_firmware_scan_next(walk->scan, from, &hit) &&
       hit.offset < walk->base + used;
       from = hit.offset + 1, self->again_looks++) {
    guint64 again = walk->base + used - hit.offset;
    if (hit.bits <= bits || again > MAX_AGAIN_BYTES - self->again_bytes)
      continue;
    self->again_bytes += again;
    return hit.offset - walk->base;
  }
  return used;
}

static bool split_region(AkFirmwareTree *self, Walk *walk);

/* Opens a region with the format that bid most; what the structure does not cover is a region of
 * its own, and so is all behind the magic of one that could not be opened at all. */
static bool open_region(AkFirmwareTree *self, Walk *walk, const AkFirmwareFormat *format,
                        guint bits) {
  AkNode *node = self->nodes->pdata[walk->index];
  gsize size = walk->size - walk->base, used = 0;
  g_autoptr(GError) failure = NULL;
  node->format = format->name;
  bool is_open = format->open(self, walk->index, walk->data + walk->base, size, &used, &failure);
  if (!is_open && failure->code == AK_ERROR_NOT_FOUND) { /* it cost as much as a broken one */
    self->broken++;
    node->format = NULL;
    node->stays_leaf = false;
    return split_region(self, walk);
  }
  if (!is_open) {
    g_autofree char *reason = g_strdup_printf("%s: %s", format->name, failure->message);
    ak_firmware_tree_cut(self, walk->index, reason);
    self->broken++;
    used = MAX(used, MAX(format->magics[0].size, 1)); /* goes on behind it: it ends */
    used = end_of_broken(self, walk, bits, MIN(used, size));
  }
  node->used = used;
  if (used >= size)
    return false;
  bool goes_on = add_rest(self, walk->index, "tail", used, &walk->index);
  if (node->slice && node != self->nodes->pdata[0])
    shorten(node, used);
  walk->base += used;
  return goes_on;
}

/* The region begins with no known structure: the first one further in splits it. */
static bool split_region(AkFirmwareTree *self, Walk *walk) {
  AkNode *node = self->nodes->pdata[walk->index];
  AkFirmwareHit hit;
  if (!ak_firmware_scan_next(walk->scan, walk->base + 1, &hit)) {
    if (ak_firmware_scan_is_late(walk->scan))
      cut_unsearched(self, walk, "ms were used", self->limits.time_ms);
    else if (self->asks_left == 0)
      cut_unsearched(self, walk, "places begin like a structure", MAX_ASKED);
    return false;
  }
  gsize offset = hit.offset - walk->base;
  if (node->slice && walk->index != 0) {
    if (!add_rest(self, walk->index, "data", offset, &walk->index))
      return false;
    shorten(node, offset);
  } else {
    guint front = 0, index = walk->index;
    if (!add_slice(self, index, "data", 0, offset, &front))
      return false;
    ((AkNode *)self->nodes->pdata[front])->searched = true;
    node->format = PARTS;
    if (!add_slice(self, index, "data", offset, walk->size - offset, &walk->index))
      return false;
  }
  walk->base += offset;
  return true;
}

/* One region; false: there is no further one. */
static bool step(AkFirmwareTree *self, Walk *walk) {
  AkNode *node = self->nodes->pdata[walk->index];
  const guint8 *data = walk->data + walk->base;
  gsize size = walk->size - walk->base;
  guint bits = 0;
  node->searched = true;
  if (!may_go_on(self, walk))
    return false;
  const AkFirmwareFormat *format = ak_firmware_scan_best(data, size, &bits);
  if (format != NULL && node->depth < self->limits.depth)
    return open_region(self, walk, format, bits);
  const char *sealed = format == NULL ? ak_firmware_scan_sealed(data, size) : NULL;
  if (format != NULL) {
    g_autofree char *reason =
        g_strdup_printf("containers nest too deep: more than %u", self->limits.depth);
    ak_firmware_tree_cut(self, walk->index, reason);
    return false;
  }
  if (sealed != NULL)
    ak_firmware_tree_cut(self, walk->index, sealed);
  return split_region(self, walk);
}

/* What a look at a file's bytes alone tells, which any thread may do ahead. */
typedef struct {
  AkFirmwareTree *tree;
  guint index;
  GBytes *bytes; /* NULL: not looked at ahead */
  guint same_as; /* another node that has these very bytes; its own number: none */
  AkDigest digest;
  bool is_plain; /* holds no structure, as far as it was asked without a limit */
  guint asks;    /* places of it that were asked */
} Look;

static void look_free(gpointer data) {
  Look *self = data;
  g_clear_pointer(&self->bytes, g_bytes_unref);
  g_free(self);
}

static void look_ahead(gpointer item, gpointer data) {
  Look *self = item;
  gsize size = 0;
  const guint8 *bytes = self->bytes != NULL ? g_bytes_get_data(self->bytes, &size) : NULL;
  if (bytes == NULL || size == 0 || self->same_as != self->index)
    return;
  guint bits = 0, asks = G_MAXUINT;
  AkFirmwareHit hit;
  g_autoptr(AkFirmwareScan) scan = ak_firmware_scan_new(bytes, size, &asks);
  ak_firmware_scan_until(scan, self->tree->until_us);
  self->digest = ak_digest_of(bytes, size);
  self->is_plain = ak_firmware_scan_best(bytes, size, &bits) == NULL &&
                   ak_firmware_scan_sealed(bytes, size) == NULL &&
                   !ak_firmware_scan_next(scan, 1, &hit) && !ak_firmware_scan_is_late(scan);
  self->asks = G_MAXUINT - asks;
}

/* A file that holds nothing is done with, where no limit stands against it. */
static bool is_known_plain(AkFirmwareTree *self, const Look *look) {
  bool is_late = self->until_us != 0 && g_get_monotonic_time() > self->until_us;
  if (!look->is_plain || is_late || self->broken > MAX_BROKEN || self->asks_left <= look->asks)
    return false;
  self->asks_left -= look->asks;
  return true;
}

/* Files may hold structures too: a script with an archive behind it, a kernel with its files. */
static void expand(AkFirmwareTree *self, guint index, const Look *look) {
  AkNode *node = self->nodes->pdata[index];
  Walk walk = {.index = index};
  if (node->type != AK_NODE_FILE || node->searched || node->bytes == NULL ||
      g_bytes_get_size(node->bytes) == 0)
    return;
  g_autoptr(GBytes) bytes = g_bytes_ref(node->bytes);
  walk.data = g_bytes_get_data(bytes, &walk.size);
  self->searched_bytes += walk.size;
  if (self->searched_bytes > MAX_SEARCHED_BYTES) {
    g_autofree char *reason = g_strdup_printf(
        "not searched: more than %" G_GUINT64_FORMAT " bytes were", (guint64)MAX_SEARCHED_BYTES);
    ak_firmware_tree_cut(self, index, reason);
    return;
  }
  if (is_known_plain(self, look)) {
    node->searched = true;
    return;
  }
  g_autoptr(AkFirmwareScan) scan = ak_firmware_scan_new(walk.data, walk.size, &self->asks_left);
  ak_firmware_scan_until(scan, self->until_us);
  walk.scan = scan;
  while (step(self, &walk))
    ;
}

static bool take_look(gpointer item, gpointer data, GError **error) {
  Look *self = item;
  AkFirmwareTree *tree = self->tree;
  AkNode *node = tree->nodes->pdata[self->index];
  if (self->same_as != self->index) { /* was taken before */
    const Look *first = &g_array_index(tree->looks, Look, self->same_as);
    self->digest = first->digest;
    self->is_plain = first->is_plain;
    self->asks = first->asks;
  }
  g_array_set_size(tree->looks, self->index + 1);
  Look *kept = &g_array_index(tree->looks, Look, self->index);
  *kept = *self;
  kept->bytes = NULL;
  if (self->bytes != NULL && g_bytes_get_size(self->bytes) > 0)
    node->digest = g_memdup2(&self->digest, sizeof self->digest);
  expand(tree, self->index, self);
  return true;
}

/* Bytes that change no more until their turn comes: those of files, which are no part of others. */
static Look *look_of(AkFirmwareTree *self, GHashTable *known, guint index) {
  const AkNode *node = self->nodes->pdata[index];
  Look *look = g_new0(Look, 1);
  look->tree = self;
  look->index = look->same_as = index;
  if (node->type != AK_NODE_FILE || node->slice || node->searched || node->bytes == NULL)
    return look;
  gpointer number = NULL;
  look->bytes = g_bytes_ref(node->bytes);
  if (g_hash_table_lookup_extended(known, node->bytes, NULL, &number))
    look->same_as = GPOINTER_TO_UINT(number);
  else
    g_hash_table_insert(known, node->bytes, GUINT_TO_POINTER(index));
  return look;
}

/* Every node in its order, also those that come in meanwhile. */
static void expand_all(AkFirmwareTree *self) {
  AkAheadWork work = {
      .work = look_ahead, .take = take_look, .free = look_free, .room = LOOKS_AHEAD};
  g_autoptr(AkAhead) ahead = ak_ahead_new(self->limits.crew, &work);
  g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL); /* GBytes → number of its first node */
  self->looks = g_array_new(FALSE, TRUE, sizeof(Look));
  for (guint i = 0; i < self->nodes->len; i++) {
    ak_ahead_push(ahead, look_of(self, known, i), 1, NULL);
    if (i + 1 == self->nodes->len)
      ak_ahead_end(ahead, NULL);
  }
  g_clear_pointer(&self->looks, g_array_unref);
}

static void digest_ahead(gpointer item, gpointer data) {
  AkNode *node = item;
  gsize size = 0;
  const void *bytes = g_bytes_get_data(node->bytes, &size);
  if (node->digest == NULL) {
    AkDigest digest = ak_digest_of(bytes, size);
    node->digest = g_memdup2(&digest, sizeof digest);
  }
  if (!is_region(data, node))
    return;
  node->entropy = ak_content_entropy(bytes, node->used > 0 ? MIN(size, node->used) : size);
  if (node->format == NULL)
    set_unpadded(node);
}

/* Of regions, whose bytes were not known to the end before. */
static void digest_rest(AkFirmwareTree *self) {
  AkAheadWork work = {.work = digest_ahead, .data = self, .room = LOOKS_AHEAD};
  g_autoptr(AkAhead) ahead = ak_ahead_new(self->limits.crew, &work);
  for (guint i = 0; i < self->nodes->len; i++) {
    AkNode *node = self->nodes->pdata[i];
    if (node->bytes != NULL && (node->digest == NULL || is_region(self, node)))
      ak_ahead_push(ahead, node, 1, NULL);
  }
  ak_ahead_end(ahead, NULL);
}

AkFirmwareTree *ak_firmware_tree_open(GBytes *image, const char *name,
                                      const AkFirmwareLimits *limits, GError **error) {
  AkFirmwareTree *self = g_new0(AkFirmwareTree, 1);
  self->name = g_strdup(name);
  self->limits = *limits;
  self->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
  self->image_bytes = g_bytes_get_size(image);
  self->asks_left = MAX_ASKED;
  if (limits->time_ms > 0)
    self->until_us = g_get_monotonic_time() + (gint64)limits->time_ms * 1000;
  AkNode root = {.path = g_path_get_basename(name), .bytes = g_bytes_ref(image), .slice = true};
  if (!ak_firmware_tree_add(self, root, NULL, error)) {
    ak_firmware_tree_free(self);
    return NULL;
  }
  expand_all(self);
  digest_rest(self);
  return self;
}
