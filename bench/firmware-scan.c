/* The search for structures at any offset: all formats' magics in one pass over 1 GiB, against a
 * search a magic (memmem), on random bytes and on the files of /usr. Processor time of one thread.
 *
 * `first pass` finds magics alone, with each kind of vectors that the processor has and with none; `whole scan` also asks
 * the formats about each. All find the same, and the peer as many. Wanted: a first pass of at least 1 GB a second on both, with
 * the vectors that are used there.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "firmware/unpack/pattern-filter.h"
#include "firmware/unpack/patterns.h"
#include "firmware/unpack/scan.h"

#define SIZE (1ull << 30)
#define ROOM 4096
#define ROUNDS 3
#define WANTED_GB_S 1.0

static double cpu_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill_random(guint8 *data) {
  guint64 state = 88172645463325252ull; /* xorshift64, Marsaglia 2003 */
  for (gsize at = 0; at < SIZE; at += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    memcpy(data + at, &state, sizeof state);
  }
}

/* Regular files below `path` in the order of their names, until there are enough bytes. */
static void fill_files(const char *path, guint8 *data, gsize *size) {
  struct dirent **entries = NULL;
  int count = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    g_autofree char *inner = g_build_filename(path, entries[i]->d_name, NULL);
    struct stat st;
    bool is_real = entries[i]->d_name[0] != '.' && lstat(inner, &st) == 0;
    if (is_real && S_ISDIR(st.st_mode) && *size < SIZE)
      fill_files(inner, data, size);
    FILE *file = is_real && S_ISREG(st.st_mode) && *size < SIZE ? fopen(inner, "rb") : NULL;
    if (file != NULL) {
      *size += fread(data + *size, 1, SIZE - *size, file);
      fclose(file);
    }
    free(entries[i]);
  }
  free(entries);
}

static GArray *magics(void) {
  GArray *all = g_array_new(FALSE, FALSE, sizeof(AkPattern));
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++)
    for (const AkFirmwareMagic *magic = ak_firmware_format_table[i]->magics; magic->size > 0;
         magic++) {
      AkPattern pattern = {magic->bytes, magic->size};
      g_array_append_val(all, pattern);
    }
  return all;
}

typedef struct {
  guint64 count, digest; /* of places and patterns, in their order */
} Found;

static Found first_pass(const AkPatterns *patterns, const guint8 *data) {
  AkPatternHit hits[ROOM];
  Found found = {0, 0};
  for (gsize from = 0; from < SIZE;) {
    gsize count = ak_patterns_search(patterns, data, SIZE, &from, SIZE, hits, ROOM);
    for (gsize i = 0; i < count; i++)
      found.digest = found.digest * 31 + hits[i].at * 1024 + hits[i].pattern;
    found.count += count;
  }
  return found;
}

static guint64 one_by_one(const GArray *all, const guint8 *data) {
  guint64 count = 0;
  for (guint i = 0; i < all->len; i++) {
    const AkPattern *pattern = &g_array_index(all, AkPattern, i);
    const guint8 *at = data, *end = data + SIZE;
    while ((at = memmem(at, (gsize)(end - at), pattern->bytes, pattern->size)) != NULL) {
      count++;
      at++;
    }
  }
  return count;
}

static guint64 whole_scan(const guint8 *data) {
  g_autoptr(AkFirmwareScan) scan = ak_firmware_scan_new(data, SIZE, NULL);
  AkFirmwareHit hit;
  guint64 count = 0;
  for (gsize from = 0; ak_firmware_scan_next(scan, from, &hit); from = hit.offset + 1)
    count++;
  return count;
}

/* The best of some rounds with vectors of that name; 0 where there are none. */
static double first_pass_gb_s(AkPatterns *patterns, const char *vectors, const guint8 *data, Found *found) {
  double best = G_MAXDOUBLE;
  if (!ak_patterns_use(patterns, vectors))
    return 0;
  for (int round = 0; round < ROUNDS; round++) {
    double begin = cpu_s();
    Found again = first_pass(patterns, data);
    best = MIN(best, cpu_s() - begin);
    g_assert(found->count == 0 || (again.count == found->count && again.digest == found->digest));
    *found = again;
  }
  return SIZE / best / 1e9;
}

static double whole_scan_gb_s(const guint8 *data, guint64 *structures) {
  double best = G_MAXDOUBLE;
  for (int round = 0; round < ROUNDS; round++) {
    double begin = cpu_s();
    *structures = whole_scan(data);
    best = MIN(best, cpu_s() - begin);
  }
  return SIZE / best / 1e9;
}

static bool measure(const char *name, const guint8 *data) {
  g_autoptr(GArray) all = magics();
  g_autoptr(AkPatterns) patterns = ak_patterns_new((AkPattern *)(void *)all->data, all->len);
  Found found = {0, 0};
  guint64 structures = 0;
  double first = first_pass_gb_s(patterns, NULL, data, &found);
  printf("%-7s %u magics: first pass %.2f GB/s (", name, all->len, first);
  for (const AkPatternFilter *one = ak_pattern_filters; one->name != NULL; one++)
    printf("%s %.2f, ", one->name, first_pass_gb_s(patterns, one->name, data, &found));
  printf("without vectors %.2f)", first_pass_gb_s(patterns, "", data, &found));
  printf(", whole scan %.2f", whole_scan_gb_s(data, &structures));
  double begin = cpu_s();
  guint64 peer_found = one_by_one(all, data);
  double peer = SIZE / (cpu_s() - begin) / 1e9;
  printf(", memmem a magic %.2f; ratio %.1f; %" G_GUINT64_FORMAT " magics, %" G_GUINT64_FORMAT " structures\n", peer,
         first / peer, found.count, structures);
  if (peer_found != found.count)
    printf("%s: memmem found %" G_GUINT64_FORMAT "\n", name, peer_found);
  return first >= WANTED_GB_S && peer_found == found.count;
}

int main(void) {
  guint8 *data = g_malloc0(SIZE);
  gsize size = 0;
  fill_random(data);
  bool ok = measure("random", data);
  fill_files("/usr", data, &size);
  for (gsize at = size; size > 0 && at < SIZE; at++)
    data[at] = data[at - size];
  ok = measure("files", data) && ok;
  printf("wanted: a first pass of at least 1 GB/s on both: %s\n", ok ? "reached" : "missed");
  g_free(data);
  return ok ? 0 : 1;
}
