#include "util/large.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "util/large-ahead.h"

#define PAGE ((gsize)2 << 20) /* x86-64's and AArch64's: PMD_SIZE with pages of 4 KiB */
#define MEDIUM_LEAST ((gsize)128 << 10)
#define AHEAD_LEAST ((gsize)4 << 20)
#define MAPPED_MAX ((gsize)1 << 46)

/* Stands before the array, as large as a cache line so that the array begins one. */
typedef struct {
  gsize bytes;  /* of the items */
  gsize mapped; /* of the mapping, whole large pages; 0: it is the heap's */
  guint8 rest[48];
} Head;
G_STATIC_ASSERT(sizeof(Head) == 64);

static Head *head_of(gpointer memory) {
  return (Head *)memory - 1;
}

static bool is_mapped(gsize bytes) {
#ifdef __SANITIZE_ADDRESS__
  (void)bytes;
  return false;
#else
  return bytes >= AK_LARGE_LEAST;
#endif
}

/* Address space that begins with a large page; NULL where there is none. */
static guint8 *reserve(gsize mapped) {
  guint8 *all = mmap(NULL, mapped + PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED)
    return NULL;
  gsize before = (PAGE - (gsize)all % PAGE) % PAGE;
  if (before > 0)
    munmap(all, before);
  munmap(all + before + mapped, PAGE - before);
  return all + before;
}

static gsize pages_for(gsize bytes) {
  return (bytes + sizeof(Head) + PAGE - 1) / PAGE * PAGE;
}

static Head *map_new(gsize bytes) {
  gsize mapped = pages_for(bytes);
  Head *head = bytes <= MAPPED_MAX ? (gpointer)reserve(mapped) : NULL;
  if (head == NULL)
    return NULL;
  madvise(head, mapped, MADV_HUGEPAGE); /* where it is refused, small pages do */
  head->bytes = bytes;
  head->mapped = mapped;
  if (mapped >= AHEAD_LEAST)
    ak_large_ahead_add((guint8 *)head, (guint8 *)head + mapped);
  return head;
}

static void unmap(Head *head) {
  ak_large_ahead_drop((guint8 *)head, (guint8 *)head + head->mapped);
  munmap(head, head->mapped);
}

static Head *heap_new(gsize bytes) {
  Head *head = bytes <= G_MAXSIZE - sizeof(Head) ? g_try_malloc0(bytes + sizeof(Head)) : NULL;
  if (head != NULL)
    head->bytes = bytes;
  return head;
}

gpointer ak_large_new(gsize count, gsize size) {
  gsize bytes = 0;
  if (!g_size_checked_mul(&bytes, count, size))
    return NULL;
  Head *head = is_mapped(bytes) ? map_new(bytes) : heap_new(bytes);
  return head != NULL ? head + 1 : NULL;
}

void ak_large_free(gpointer memory) {
  if (memory == NULL)
    return;
  Head *head = head_of(memory);
  if (head->mapped > 0)
    unmap(head);
  else
    g_free(head);
}

static void cut_pages(Head *head, gsize bytes) {
  gsize mapped = pages_for(bytes);
  guint8 *begin = (guint8 *)head, *touched = ak_large_ahead_drop(begin, begin + head->mapped);
  if (mapped < head->mapped)
    munmap(begin + mapped, head->mapped - mapped);
  head->mapped = mapped;
  if (touched < begin + mapped)
    ak_large_ahead_add(touched, begin + mapped);
}

/* Whole large pages are handed from one place to the other, which the kernel does by their table. NULL: it does not, as where an array
 * was moved before and its parts are apart for an older kernel; they are to be copied. */
static Head *move_pages(Head *head, gsize bytes) {
  gsize mapped = pages_for(bytes);
  guint8 *place = bytes <= MAPPED_MAX ? reserve(mapped) : NULL;
  if (place == NULL)
    return NULL;
  gsize touched = (gsize)(ak_large_ahead_drop((guint8 *)head, (guint8 *)head + head->mapped) - (guint8 *)head);
  gpointer moved = mremap(head, head->mapped, head->mapped, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  if (moved == MAP_FAILED) {
    munmap(place, mapped);
    return NULL;
  }
  madvise(place, mapped, MADV_HUGEPAGE);
  if (mapped >= AHEAD_LEAST)
    ak_large_ahead_add(place + touched, place + mapped);
  head = moved;
  head->bytes = bytes;
  head->mapped = mapped;
  return head;
}

gpointer ak_large_renew(gpointer memory, gsize count, gsize size) {
  gsize bytes = 0;
  if (memory == NULL || !g_size_checked_mul(&bytes, count, size))
    return memory == NULL ? ak_large_new(count, size) : NULL;
  if (bytes > MAPPED_MAX)
    return NULL;
  Head *head = head_of(memory);
  gsize kept = MIN(head->bytes, bytes);
  if (head->mapped > 0 && is_mapped(bytes)) {
    if (bytes < head->bytes) /* what is cut off must be zero when the array grows again */
      memset((guint8 *)memory + bytes, 0, MIN(head->bytes, pages_for(bytes) - sizeof(Head)) - bytes);
    if (pages_for(bytes) < head->mapped)
      cut_pages(head, bytes);
    Head *larger = pages_for(bytes) == head->mapped ? head : move_pages(head, bytes);
    if (larger != NULL) {
      larger->bytes = bytes;
      return larger + 1;
    }
  }
  gpointer larger = ak_large_new(count, size);
  if (larger == NULL)
    return NULL;
  memcpy(larger, memory, kept);
  ak_large_free(memory);
  return larger;
}

gsize ak_large_room(gsize count, gsize size) {
  gsize page = (PAGE - sizeof(Head)) / size;
  return count >= MEDIUM_LEAST / size && count < page ? page : count;
}

void ak_large_advise(gpointer memory, gsize bytes) {
  gsize start = ((gsize)memory + PAGE - 1) / PAGE * PAGE, end = ((gsize)memory + bytes) / PAGE * PAGE;
  if (memory != NULL && start < end)
    madvise((gpointer)start, end - start, MADV_HUGEPAGE);
}
