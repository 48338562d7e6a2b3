#include "util/pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES (64u << 20)  /* with holes: it takes no room */
#define LIMIT_BYTES (40u << 20) /* the test program and its libraries have 10 to 20 MiB */

typedef struct {
  guint8 *data;
  int fd;
} World;

static World world_new(void) {
  g_autofree char *path = NULL;
  World self = {.fd = g_file_open_tmp("akashi-pages-XXXXXX", &path, NULL)};
  g_assert_cmpint(self.fd, >=, 0);
  unlink(path);
  g_assert_cmpint(ftruncate(self.fd, FILE_BYTES), ==, 0);
  g_assert_cmpint(pwrite(self.fd, "end", 3, FILE_BYTES - 3), ==, 3);
  self.data = mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, self.fd, 0);
  g_assert_true(self.data != MAP_FAILED);
  return self;
}

static void world_clear(World *self) {
  munmap(self->data, FILE_BYTES);
  close(self->fd);
}

static guint64 shared_bytes(void) {
  g_autofree char *text = NULL;
  unsigned long long pages = 0;
  g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint(sscanf(text, "%*u %*u %llu", &pages), ==, 1);
  return pages * (guint64)sysconf(_SC_PAGESIZE);
}

static void touch(const World *self) {
  volatile guint8 byte G_GNUC_UNUSED;
  for (gsize at = 0; at < FILE_BYTES; at += 4096)
    byte = self->data[at];
}

/* More than allowed is given back once it is watched, and no sooner; what stands there stays. */
static void test_gives_back(void) {
  World world = world_new();
  g_autoptr(AkPages) pages = ak_pages_new(LIMIT_BYTES);
  g_assert_nonnull(pages);
  g_assert_false(ak_pages_look(pages));
  touch(&world);
  g_assert_cmpuint(shared_bytes(), >, FILE_BYTES);
  ak_pages_look(pages); /* nothing is watched */
  g_assert_cmpuint(shared_bytes(), >, FILE_BYTES);
  ak_pages_watch(pages, world.data, FILE_BYTES);
  g_assert_true(ak_pages_look(pages));
  g_assert_cmpuint(shared_bytes(), <, LIMIT_BYTES);
  g_assert_cmpmem(world.data + FILE_BYTES - 3, 3, "end", 3);
  g_assert_false(ak_pages_look(pages));
  ak_pages_forget(pages, world.data);
  touch(&world);
  ak_pages_look(pages);
  g_assert_cmpuint(shared_bytes(), >, FILE_BYTES);
  world_clear(&world);
}

/* The thread does it by itself, beside the one that reads. */
static void test_thread(void) {
  World world = world_new();
  g_autoptr(AkPages) pages = ak_pages_new(LIMIT_BYTES);
  g_assert_true(ak_pages_start(pages));
  ak_pages_watch(pages, world.data, FILE_BYTES);
  touch(&world);
  while (shared_bytes() > LIMIT_BYTES)
    g_usleep(1000);
  g_assert_cmpmem(world.data + FILE_BYTES - 3, 3, "end", 3);
  ak_pages_forget(pages, world.data);
  world_clear(&world);
}

/* More mappings than there are places are left alone; nothing happens without any. */
static void test_places(void) {
  g_autoptr(AkPages) pages = ak_pages_new(0);
  guint8 *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true(page != MAP_FAILED);
  page[0] = 1;
  for (guintptr i = 1; i <= 4; i++)
    ak_pages_watch(pages, (void *)(i << 40), 0);
  ak_pages_watch(pages, page, 4096);
  ak_pages_look(pages);
  g_assert_cmpuint(page[0], ==, 1);
  ak_pages_forget(pages, (void *)((guintptr)1 << 40));
  ak_pages_watch(pages, page, 4096);
  ak_pages_look(pages);
  g_assert_cmpuint(page[0], ==, 0);
  ak_pages_forget(pages, page);
  ak_pages_watch(NULL, page, 4096);
  ak_pages_forget(NULL, page);
  munmap(page, 4096);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pages/gives-back", test_gives_back);
  g_test_add_func("/pages/thread", test_thread);
  g_test_add_func("/pages/places", test_places);
  return g_test_run();
}
