#include "firmware/format/squash-content.h"

#include <sqfs/block.h>
#include <sqfs/error.h>
#include <string.h>

#define KEPT_ENDS 16 /* blocks of ends, at most a MiB each */
#define NO_FRAGMENT G_MAXUINT32

/* --- where a content is stored
 * ----------------------------------------------------------------- */

AkSquashPlace ak_squash_place_of(const sqfs_inode_generic_t *inode, guint64 size) {
  AkSquashPlace place = {.size = size};
  sqfs_u64 start = 0;
  place.blocks = (guint)(inode->payload_bytes_used / sizeof inode->extra[0]);
  place.words = g_memdup2(inode->extra, place.blocks * sizeof inode->extra[0]);
  sqfs_inode_get_file_block_start(inode, &start);
  sqfs_inode_get_frag_location(inode, &place.fragment, &place.offset);
  place.starts = g_new(guint64, place.blocks + 1);
  place.starts[0] = start;
  for (guint i = 0; i < place.blocks; i++) /* sizes have 24 bits, and may run over as a sum: see unpack */
    place.starts[i + 1] = place.starts[i] + SQFS_ON_DISK_BLOCK_SIZE(place.words[i]);
  return place;
}

void ak_squash_place_clear(AkSquashPlace *self) {
  g_clear_pointer(&self->starts, g_free);
  g_clear_pointer(&self->words, g_free);
}

/* --- blocks
 * ------------------------------------------------------------------------------------ */

/* A block of ends of files, unpacked. */
typedef struct {
  guint32 index;
  guint users; /* threads that look at it */
  bool is_done;
  int code;
  gsize size;
  guint8 *bytes;
} End;

struct _AkSquashContents {
  const guint8 *data;
  gsize size;
  const sqfs_super_t *super;
  const sqfs_compressor_t *compressor;
  sqfs_frag_table_t *fragments;
  GMutex lock; /* guards what follows */
  GCond done;
  GPtrArray *free_compressors; /* of sqfs_compressor_t */
  GPtrArray *ends;             /* of End, the newest last */
};

AkSquashContents *ak_squash_contents_new(const guint8 *data, gsize size, const sqfs_super_t *super,
                                         const sqfs_compressor_t *compressor,
                                         sqfs_frag_table_t *fragments) {
  AkSquashContents *self = g_new0(AkSquashContents, 1);
  self->data = data;
  self->size = size;
  self->super = super;
  self->compressor = compressor;
  self->fragments = fragments;
  self->free_compressors = g_ptr_array_new();
  self->ends = g_ptr_array_new();
  g_mutex_init(&self->lock);
  g_cond_init(&self->done);
  return self;
}

static void end_free(End *self) {
  g_free(self->bytes);
  g_free(self);
}

void ak_squash_contents_free(AkSquashContents *self) {
  if (self == NULL)
    return;
  for (guint i = 0; i < self->free_compressors->len; i++)
    sqfs_destroy(self->free_compressors->pdata[i]);
  for (guint i = 0; i < self->ends->len; i++)
    end_free(self->ends->pdata[i]);
  g_ptr_array_unref(self->free_compressors);
  g_ptr_array_unref(self->ends);
  g_mutex_clear(&self->lock);
  g_cond_clear(&self->done);
  g_free(self);
}

static sqfs_compressor_t *borrow_compressor(AkSquashContents *self) {
  sqfs_compressor_t *compressor = NULL;
  g_mutex_lock(&self->lock);
  if (self->free_compressors->len > 0)
    compressor = g_ptr_array_remove_index_fast(self->free_compressors,
                                               self->free_compressors->len - 1);
  else
    compressor = sqfs_copy(self->compressor);
  g_mutex_unlock(&self->lock);
  return compressor;
}

static void return_compressor(AkSquashContents *self, sqfs_compressor_t *compressor) {
  g_mutex_lock(&self->lock);
  g_ptr_array_add(self->free_compressors, compressor);
  g_mutex_unlock(&self->lock);
}

/* Unpacks what is stored at `start` to at most `room` bytes; `size` gets how many. */
static int unpack(AkSquashContents *self, guint64 start, guint32 word, guint8 *out, gsize room,
                  gsize *size) {
  gsize stored = SQFS_ON_DISK_BLOCK_SIZE(word);
  if (start > self->size || stored > self->size - start)
    return SQFS_ERROR_OUT_OF_BOUNDS;
  if (stored > self->super->block_size)
    return SQFS_ERROR_OVERFLOW;
  if (!SQFS_IS_BLOCK_COMPRESSED(word)) {
    *size = MIN(stored, room);
    memcpy(out, self->data + start, *size);
    return stored <= room ? 0 : SQFS_ERROR_OVERFLOW;
  }
  sqfs_compressor_t *compressor = borrow_compressor(self);
  if (compressor == NULL)
    return SQFS_ERROR_ALLOC;
  sqfs_s32 got = compressor->do_block(compressor, self->data + start, (sqfs_u32)stored, out,
                                      (sqfs_u32)room);
  return_compressor(self, compressor);
  *size = (gsize)MAX(got, 0);
  return got > 0 ? 0 : got < 0 ? got : SQFS_ERROR_OVERFLOW;
}

static int read_block(AkSquashContents *self, const AkSquashPlace *place, guint piece, guint8 *out,
                      gsize wanted) {
  gsize size = 0;
  if (SQFS_IS_SPARSE_BLOCK(place->words[piece])) {
    memset(out, 0, wanted);
    return 0;
  }
  int code = unpack(self, place->starts[piece], place->words[piece], out, wanted, &size);
  return code != 0 ? code : size == wanted ? 0 : SQFS_ERROR_CORRUPTED;
}

/* --- ends that share a block
 * ------------------------------------------------------------------- */

static void unpack_end(AkSquashContents *self, End *end) {
  sqfs_fragment_t fragment;
  end->code = sqfs_frag_table_lookup(self->fragments, end->index, &fragment);
  if (end->code == 0 && (end->bytes = g_try_malloc(self->super->block_size)) == NULL)
    end->code = SQFS_ERROR_ALLOC;
  if (end->code == 0)
    end->code = unpack(self, fragment.start_offset, fragment.size, end->bytes,
                       self->super->block_size, &end->size);
}

/* What nobody looks at and is not among the newest is forgotten. With the lock. */
static void forget_ends(AkSquashContents *self) {
  for (guint i = 0; self->ends->len > KEPT_ENDS && i + 1 < self->ends->len;) {
    End *end = self->ends->pdata[i];
    if (end->users > 0) {
      i++;
      continue;
    }
    g_ptr_array_remove_index(self->ends, i);
    end_free(end);
  }
}

/* The block of ends `index`, unpacked by whoever asks first; the others wait. Give it back. */
static End *borrow_end(AkSquashContents *self, guint32 index) {
  End *end = NULL;
  g_mutex_lock(&self->lock);
  for (guint i = self->ends->len; end == NULL && i > 0; i--)
    if (((End *)self->ends->pdata[i - 1])->index == index)
      end = self->ends->pdata[i - 1];
  bool is_mine = end == NULL;
  if (is_mine) {
    end = g_new0(End, 1);
    end->index = index;
    g_ptr_array_add(self->ends, end);
    forget_ends(self);
  }
  end->users++;
  if (is_mine) {
    g_mutex_unlock(&self->lock);
    unpack_end(self, end);
    g_mutex_lock(&self->lock);
    end->is_done = true;
    g_cond_broadcast(&self->done);
  }
  while (!end->is_done)
    g_cond_wait(&self->done, &self->lock);
  g_mutex_unlock(&self->lock);
  return end;
}

static int read_end(AkSquashContents *self, const AkSquashPlace *place, guint8 *out, gsize wanted) {
  if (place->fragment == NO_FRAGMENT)
    return SQFS_ERROR_CORRUPTED;
  End *end = borrow_end(self, place->fragment);
  int code = end->code;
  if (code == 0 && (place->offset > end->size || wanted > end->size - place->offset))
    code = SQFS_ERROR_OUT_OF_BOUNDS;
  if (code == 0)
    memcpy(out, end->bytes + place->offset, wanted);
  g_mutex_lock(&self->lock);
  end->users--;
  g_mutex_unlock(&self->lock);
  return code;
}

/* --- pieces
 * ------------------------------------------------------------------------------------ */

guint ak_squash_contents_pieces(const AkSquashContents *self, const AkSquashPlace *place) {
  guint64 block = self->super->block_size;
  return (guint)((place->size + block - 1) / block);
}

int ak_squash_contents_read(AkSquashContents *self, const AkSquashPlace *place, guint piece,
                            guint8 *out) {
  guint64 at = (guint64)piece * self->super->block_size;
  gsize wanted = (gsize)MIN(place->size - at, self->super->block_size);
  return piece < place->blocks ? read_block(self, place, piece, out + at, wanted)
                               : read_end(self, place, out + at, wanted);
}
