/* Runs one parser on its seeds and on mutants of them, and says in TAP what came of it.
 *
 *   fuzz --list
 *   fuzz --target NAME [--runs N] [--seconds S] [--seed N] [--seeds DIR] [--save DIR] [--budget-ms
 * N]
 *        [--peak-mib N]
 *   fuzz --target NAME FILE...      runs these inputs only
 *
 * The same seed gives the same inputs; --seconds ends early, it changes no input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/watch.h"

#define MIN_MAX_SIZE (64u * 1024) /* mutants may grow to this, or to twice the largest seed */
#define KEPT 64                   /* accepted mutants from which others start */
#define PEAK_MIB 1024             /* more memory than this fails */
#define PEAK_SANITIZED_MIB 4096   /* the sanitizers keep freed memory, and shadows of all */

static struct {
  char *target, *seeds, *save;
  char **files;
  gint64 runs, seed;
  double seconds;
  int budget_ms, peak_mib;
  gboolean list;
} options = {.runs = 20000, .seed = 1, .seconds = 0, .budget_ms = 1000};

static const GOptionEntry entries[] = {
    {"list", 0, 0, G_OPTION_ARG_NONE, &options.list, "print the targets' names", NULL},
    {"target", 0, 0, G_OPTION_ARG_STRING, &options.target, "the parser to run", "NAME"},
    {"runs", 0, 0, G_OPTION_ARG_INT64, &options.runs, "mutants (0: until --seconds)", "N"},
    {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.seconds, "end after this time", "S"},
    {"seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "which mutants", "N"},
    {"seeds", 0, 0, G_OPTION_ARG_FILENAME, &options.seeds, "folder of seeds", "DIR"},
    {"save", 0, 0, G_OPTION_ARG_FILENAME, &options.save, "where a failing input is saved", "DIR"},
    {"budget-ms", 0, 0, G_OPTION_ARG_INT, &options.budget_ms, "processor time of one input", "N"},
    {"peak-mib", 0, 0, G_OPTION_ARG_INT, &options.peak_mib, "memory of the process", "N"},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "[FILE...]"},
    {NULL},
};

typedef struct {
  const AkFuzzTarget *target;
  AkFuzzSeeds seeds;
  GPtrArray *corpus; /* of GBytes: seeds, and up to KEPT accepted mutants */
  AkFuzzRandom random;
  gsize max_size;
  guint test; /* number of the TAP test that runs */
  guint64 run, accepted;
  guint64 trail; /* a hash of all inputs so far: equal trails, equal inputs */
  gint64 end_us; /* 0: no end */
} Fuzzing;

/* Source: FNV-1a, 64 bits, draft-eastlake-fnv: the constants */
static void leave_trail(Fuzzing *self, const guint8 *data, gsize size) {
  self->trail = (self->trail ^ size) * 0x100000001b3u;
  for (gsize i = 0; i < MIN(size, 256); i++)
    self->trail = (self->trail ^ data[i]) * 0x100000001b3u;
}

static bool run_input(Fuzzing *self, const guint8 *data, gsize size) {
  const guint8 *input = ak_fuzz_watch_input(data, size, self->test, self->run);
  bool is_accepted = self->target->run(input, size);
  ak_fuzz_watch_done();
  leave_trail(self, data, size);
  self->run++;
  self->accepted += is_accepted;
  return is_accepted;
}

/* --- the seeds ------------------------------------------------------------------------------- */

static guint count_wrong_seeds(Fuzzing *self) {
  guint wrong = 0;
  for (guint i = 0; i < self->seeds.seeds->len; i++) {
    const AkFuzzSeed *seed = self->seeds.seeds->pdata[i];
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(seed->bytes, &size);
    if (run_input(self, data, size) != seed->is_bad)
      continue;
    printf("# %s: %s\n", seed->name, seed->is_bad ? "accepted" : "refused");
    wrong++;
  }
  return wrong;
}

static bool check_seeds(Fuzzing *self) {
  const char *name = self->target->name;
  self->test = 1;
  if (!self->seeds.has_folder) {
    printf("ok 1 - %s: seeds # SKIP no folder tests/fuzz/seeds/%s\n", name, name);
    return true;
  }
  guint wrong = count_wrong_seeds(self);
  bool is_marked = self->seeds.accepts_none && self->accepted == 0;
  bool ok = wrong == 0 && (self->accepted > 0 || is_marked);
  printf("%s 1 - %s: %u seeds, %u accepted%s\n", ok ? "ok" : "not ok", name, self->seeds.seeds->len,
         (guint)self->accepted, self->accepted == 0 && is_marked ? ", as its WHY.md says" : "");
  if (self->accepted == 0 && !is_marked)
    printf("# no seed is accepted: the mutants test nothing but the first lines of the parser\n");
  return ok;
}

/* --- mutants --------------------------------------------------------------------------------- */

static bool is_over(const Fuzzing *self) {
  return self->end_us != 0 && g_get_monotonic_time() >= self->end_us;
}

/* Every prefix and every flipped bit of the small seeds: what random mutants reach late or never.
 */
static void run_systematic(Fuzzing *self, gint64 most) {
  for (guint i = 0; i < self->seeds.seeds->len; i++) {
    const AkFuzzSeed *seed = self->seeds.seeds->pdata[i];
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(seed->bytes, &size);
    if (seed->is_bad)
      continue;
    for (gsize at = 0; at < size && most > 0 && !is_over(self); at++, most--)
      run_input(self, data, at);
    g_autofree guint8 *copy = g_memdup2(data, size);
    for (gsize bit = 0; bit < size * 8 && most > 0 && !is_over(self); bit++, most--) {
      copy[bit / 8] ^= (guint8)(1u << (bit % 8));
      run_input(self, copy, size);
      copy[bit / 8] ^= (guint8)(1u << (bit % 8));
    }
  }
}

/* Accepted mutants are kept, the oldest kept one gives way: mutations then go deeper. */
static void keep(Fuzzing *self, const GByteArray *bytes) {
  guint seeds = self->seeds.seeds->len;
  GBytes *kept = g_bytes_new(bytes->data, bytes->len);
  if (self->corpus->len < seeds + KEPT) {
    g_ptr_array_add(self->corpus, kept);
    return;
  }
  guint at = seeds + (guint)ak_fuzz_random_below(&self->random, KEPT);
  g_bytes_unref(self->corpus->pdata[at]);
  self->corpus->pdata[at] = kept;
}

static GBytes *any_of(Fuzzing *self) {
  return self->corpus->pdata[ak_fuzz_random_below(&self->random, self->corpus->len)];
}

static void run_mutant(Fuzzing *self, GByteArray *bytes) {
  GBytes *from = any_of(self);
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(from, &size);
  g_byte_array_set_size(bytes, 0);
  g_byte_array_append(bytes, data, (guint)size);
  ak_fuzz_mutate(&self->random, bytes, any_of(self), self->max_size);
  if (run_input(self, bytes->data, bytes->len))
    keep(self, bytes);
}

static bool check_mutants(Fuzzing *self) {
  self->test = 2;
  self->run = self->accepted = 0;
  run_systematic(self, options.runs > 0 ? options.runs / 2 : G_MAXINT64);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  while (!is_over(self) && (options.runs == 0 || self->run < (guint64)options.runs))
    run_mutant(self, bytes);
  guint peak = ak_fuzz_watch_peak_mib();
  guint most = ak_fuzz_watch_is_sanitized() ? PEAK_SANITIZED_MIB : PEAK_MIB;
  bool ok = peak <= (options.peak_mib > 0 ? (guint)options.peak_mib : most);
  printf("%s 2 - %s: %lu mutants\n", ok ? "ok" : "not ok", self->target->name,
         (unsigned long)self->run);
  printf("# %lu accepted, peak %u MiB, random seed %ld, trail %016lx\n",
         (unsigned long)self->accepted, peak, (long)options.seed, (unsigned long)self->trail);
  return ok;
}

/* --- the program ----------------------------------------------------------------------------- */

static void prepare(Fuzzing *self) {
  self->max_size = MIN_MAX_SIZE;
  for (guint i = 0; i < self->seeds.seeds->len; i++) {
    const AkFuzzSeed *seed = self->seeds.seeds->pdata[i];
    self->max_size = MAX(self->max_size, 2 * g_bytes_get_size(seed->bytes));
    g_ptr_array_add(self->corpus, g_bytes_ref(seed->bytes));
  }
  self->max_size = MIN(self->max_size, AK_FUZZ_MAX_INPUT);
  if (self->corpus->len == 0)
    g_ptr_array_add(self->corpus, g_bytes_new(NULL, 0));
  if (options.seconds > 0)
    self->end_us = g_get_monotonic_time() + (gint64)(options.seconds * G_USEC_PER_SEC);
}

static bool fuzz(const AkFuzzTarget *target) {
  g_autoptr(GPtrArray) corpus = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  Fuzzing self = {.target = target,
                  .corpus = corpus,
                  .random = ak_fuzz_random((guint64)options.seed, target->name),
                  .trail = 0xcbf29ce484222325u};
  g_auto(AkFuzzSeeds) seeds = {0};
  g_autoptr(GError) error = NULL;
  printf("1..2\n");
  if (!ak_fuzz_seeds_read(options.seeds, target->name, &seeds, &error)) {
    printf("not ok 1 - %s: %s\n", target->name, error->message);
    return false;
  }
  self.seeds = seeds;
  prepare(&self);
  bool ok = check_seeds(&self);
  return check_mutants(&self) && ok;
}

static bool replay(const AkFuzzTarget *target) {
  Fuzzing self = {.target = target, .test = 1};
  printf("1..%u\n", g_strv_length(options.files));
  for (gsize i = 0; options.files[i] != NULL; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = ak_fuzz_seed_read(options.files[i], &error);
    gsize size = 0;
    const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    if (bytes == NULL || size > AK_FUZZ_MAX_INPUT) {
      fprintf(stderr, "%s: %s\n", options.files[i], error ? error->message : "too large");
      return false;
    }
    bool is_accepted = run_input(&self, data, size);
    printf("ok %u - %s: %s\n", self.test++, options.files[i], is_accepted ? "accepted" : "refused");
  }
  return true;
}

static const AkFuzzTarget *find(const char *name) {
  for (const AkFuzzTarget *target = ak_fuzz_table; target->name != NULL; target++)
    if (g_strcmp0(target->name, name) == 0)
      return target;
  return NULL;
}

int main(int argc, char **argv) {
  g_autoptr(GOptionContext) context = g_option_context_new("- runs one parser on mutants");
  g_option_context_add_main_entries(context, entries, NULL);
  g_autoptr(GError) error = NULL;
  if (!g_option_context_parse(context, &argc, &argv, &error)) {
    fprintf(stderr, "%s\n", error->message);
    return 2;
  }
  for (const AkFuzzTarget *target = ak_fuzz_table; options.list && target->name != NULL; target++)
    printf("%s\n", target->name);
  if (options.list)
    return EXIT_SUCCESS;
  const AkFuzzTarget *target = find(options.target);
  if (target == NULL || options.runs < 0 || (options.runs == 0 && options.seconds <= 0)) {
    fprintf(stderr, "which target (--list), and how long (--runs, --seconds)?\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0); /* what a crash handler writes comes last */
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ak_fuzz_watch_start(target->name, options.save != NULL ? options.save : ".",
                      (guint)options.budget_ms);
  bool ok = options.files != NULL ? replay(target) : fuzz(target);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
