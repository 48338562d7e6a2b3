/* A valid sample of each format of the table, with bits flipped and cut at every 1/64: each look
 * ends in time, every name stays in its place, and where the format's own checksums guard
 * something, nothing comes out changed without a word.
 *
 *   flips [--flips N] [--seed N] [--format NAME] --seeds DIR [--save DIR] [--budget-ms N] [--table]
 *
 * Samples are the fuzz targets' seeds (tests/fuzz/seeds/firmware/FORMAT); a format without one
 * fails. One bit a flip until all bits of the sample had their turn, then two. Prints TAP, with
 * --table rows of Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/format/format.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/watch.h"

#define PARTS 64
#define PEAK_MIB 512 /* as a worker has */
#define PEAK_SANITIZED_MIB 4096

static struct {
  char *seeds, *save, *format;
  gint64 flips, seed;
  int budget_ms;
  gboolean is_table;
} options = {.flips = 200, .seed = 1, .budget_ms = 2000};

static const GOptionEntry entries[] = {
    {"flips", 0, 0, G_OPTION_ARG_INT64, &options.flips, "flips a format", "N"},
    {"seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "which flips", "N"},
    {"format", 0, 0, G_OPTION_ARG_STRING, &options.format, "this format alone", "NAME"},
    {"seeds", 0, 0, G_OPTION_ARG_FILENAME, &options.seeds, "folder of seeds", "DIR"},
    {"save", 0, 0, G_OPTION_ARG_FILENAME, &options.save, "where a failing input is saved", "DIR"},
    {"budget-ms", 0, 0, G_OPTION_ARG_INT, &options.budget_ms, "processor time of one look", "N"},
    {"table", 0, 0, G_OPTION_ARG_NONE, &options.is_table, "print rows of Markdown", NULL},
    {NULL},
};

/* What came of one look, against the sample's own tree. */
typedef enum {
  REFUSED,  /* another format, or none, opens it; what is not opened is said to be unknown */
  CUT,      /* something is said to be cut, or more bytes to be unknown */
  SAME,     /* as it was: the bit lies where nothing is taken from */
  NAMES,    /* nothing is said, and a name, mode, owner or target is another one */
  CONTENTS, /* nothing is said, and a content is another one */
  OUTCOMES,
} Outcome;

typedef struct {
  char *names;        /* of all nodes but padding: path, type, mode, owner, target */
  char *contents;     /* digests of what the analyses look at */
  GPtrArray *unknown; /* of places that are said to be unknown */
  bool is_cut, is_complete;
  const char *format; /* of the whole image */
} Look;

static void look_clear(Look *self) {
  g_free(self->names);
  g_free(self->contents);
  g_clear_pointer(&self->unknown, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

typedef struct {
  const AkFirmwareFormat *format;
  guint test;
  guint64 run;
  guint64 counts[OUTCOMES]; /* flips */
  guint64 cut_parts, whole_parts, claims;
  guint wrong;
  gint64 slowest_us, taken_us;
} Flipping;

/* --- one look -------------------------------------------------------------------------------- */

/* A path is what ak_firmware_tree_child_path makes: no step leads out of its place, no byte moves
 * the cursor of who reads it. */
static bool is_safe(const AkNode *node) {
  g_auto(GStrv) steps = g_strsplit(node->path, "/", -1);
  for (guint i = 0; steps[i] != NULL; i++)
    if (strcmp(steps[i], "..") == 0 || strcmp(steps[i], ".") == 0)
      return false;
  for (const char *at = node->path; *at != '\0'; at++)
    if ((guint8)*at < 0x20 || *at == 0x7f)
      return false;
  return g_utf8_validate(node->path, -1, NULL);
}

static bool is_padding(const AkFirmwareTree *tree, guint index) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  return index > 0 && node->slice && node->format == NULL && !node->in_file &&
         ak_firmware_tree_unknown_of(tree, index, NULL) == 0;
}

static void note_node(GString *names, GString *contents, const AkFirmwareTree *tree, guint index) {
  const AkNode *node = ak_firmware_tree_node(tree, index);
  g_string_append_printf(names, "%u %s %d %o %u:%u %s %s\n", node->parent, node->path, node->type,
                         node->mode, node->uid, node->gid,
                         node->target != NULL ? node->target : "-",
                         node->format != NULL ? node->format : "-");
  if (index > 0 && ak_firmware_tree_is_leaf(tree, index)) {
    g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, node->bytes);
    g_string_append_printf(contents, "%s\n", digest);
  }
}

static bool look(const guint8 *data, gsize size, Look *out) {
  AkFirmwareLimits limits = {.total_bytes = 16 << 20, .files = 2000, .depth = 6, .ratio = 200};
  g_autoptr(GBytes) image = g_bytes_new_static(data, size);
  g_autoptr(AkFirmwareTree) tree = ak_firmware_tree_open(image, "image", &limits, NULL);
  g_autoptr(GString) names = g_string_new(NULL), contents = g_string_new(NULL);
  bool is_bounded = tree != NULL;
  *out = (Look){.unknown = g_ptr_array_new_with_free_func(g_free)};
  for (guint i = 0; tree != NULL && i < ak_firmware_tree_length(tree); i++) {
    const AkNode *node = ak_firmware_tree_node(tree, i);
    if (!is_padding(tree, i))
      note_node(names, contents, tree, i);
    if (ak_firmware_tree_unknown_of(tree, i, NULL) > 0)
      g_ptr_array_add(out->unknown, ak_firmware_tree_locator(tree, i));
    out->is_cut = out->is_cut || node->cut != NULL;
    is_bounded = is_bounded && is_safe(node);
  }
  if (tree != NULL) {
    out->is_complete = ak_firmware_tree_is_complete(tree);
    out->format = ak_firmware_tree_node(tree, 0)->format;
  }
  out->names = g_string_free(g_steal_pointer(&names), FALSE);
  out->contents = g_string_free(g_steal_pointer(&contents), FALSE);
  return is_bounded;
}

/* True if a place is said to be unknown that was not. */
static bool has_new_unknown(const Look *before, const Look *after) {
  for (guint i = 0; i < after->unknown->len; i++)
    if (!g_ptr_array_find_with_equal_func(before->unknown, after->unknown->pdata[i], g_str_equal,
                                          NULL))
      return true;
  return false;
}

static Outcome judge(const Look *before, const Look *after) {
  if (after->is_cut)
    return CUT;
  if (g_strcmp0(before->format, after->format) != 0 && !after->is_complete)
    return REFUSED;
  if (has_new_unknown(before, after))
    return CUT;
  if (strcmp(before->contents, after->contents) != 0)
    return CONTENTS;
  return strcmp(before->names, after->names) != 0 ? NAMES : SAME;
}

static bool run(Flipping *self, const guint8 *data, gsize size, Look *out) {
  const guint8 *input = ak_fuzz_watch_input(data, size, self->test, self->run++);
  gint64 start_us = g_get_monotonic_time();
  bool is_bounded = look(input, size, out);
  ak_fuzz_watch_done();
  gint64 taken_us = g_get_monotonic_time() - start_us;
  self->slowest_us = MAX(self->slowest_us, taken_us);
  self->taken_us += taken_us;
  return is_bounded;
}

/* --- one sample ------------------------------------------------------------------------------ */

static void tell(Flipping *self, const AkFuzzSeed *seed, const char *what, gsize at) {
  if (self->wrong++ < 10)
    printf("# %s, %s at bit %" G_GSIZE_FORMAT ": %s\n", self->format->name, seed->name, at, what);
}

static void flip(Flipping *self, const AkFuzzSeed *seed, const Look *whole, guint8 *copy,
                 gsize first, gsize second) {
  g_auto(Look) after = {0};
  gsize size = g_bytes_get_size(seed->bytes);
  copy[first / 8] ^= (guint8)(1u << first % 8);
  if (second != first)
    copy[second / 8] ^= (guint8)(1u << second % 8);
  if (!run(self, copy, size, &after))
    tell(self, seed, "a name leads out of its place", first);
  memcpy(copy, g_bytes_get_data(seed->bytes, NULL), size);
  Outcome outcome = judge(whole, &after);
  self->counts[outcome]++;
  guint guards = second == first ? self->format->guards : 0; /* a sum may miss two */
  if (outcome == CONTENTS && (guards & AK_FIRMWARE_GUARDS_CONTENTS) != 0)
    tell(self, seed, "a content changed unseen", first);
  if (outcome == NAMES && (guards & AK_FIRMWARE_GUARDS_NAMES) != 0)
    tell(self, seed, "a name changed unseen", first);
}

/* Every bit once, in an order that mixes the places; then two at a time. */
static void flip_all(Flipping *self, const AkFuzzSeed *seed, const Look *whole, gint64 flips) {
  gsize bits = g_bytes_get_size(seed->bytes) * 8;
  g_autofree guint32 *order = g_new(guint32, bits);
  g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(seed->bytes, NULL), bits / 8);
  AkFuzzRandom random = ak_fuzz_random((guint64)options.seed, seed->name);
  for (gsize i = 0; i < bits; i++)
    order[i] = (guint32)i;
  for (gsize i = bits - 1; i > 0; i--) {
    gsize other = ak_fuzz_random_below(&random, i + 1);
    guint32 held = order[i];
    order[i] = order[other];
    order[other] = held;
  }
  for (gint64 i = 0; i < flips; i++) {
    gsize first = order[(gsize)i % bits];
    bool is_second = (gsize)i >= bits;
    flip(self, seed, whole, copy, first, is_second ? ak_fuzz_random_below(&random, bits) : first);
  }
}

/* Four gigabytes told of, wherever a number may stand: at as many places as there are flips. */
static void claim_all(Flipping *self, const AkFuzzSeed *seed, gint64 flips) {
  static const guint8 claims[][4] = {
      {0xff, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0x7f}, {0x7f, 0xff, 0xff, 0xff}};
  gsize size = g_bytes_get_size(seed->bytes), step = 1 + size / (gsize)flips;
  const guint8 *data = g_bytes_get_data(seed->bytes, NULL);
  for (gsize at = 0; at + 4 <= size; at += step) {
    g_autofree guint8 *copy = g_memdup2(data, size);
    g_auto(Look) after = {0};
    memcpy(copy + at, claims[at / step % G_N_ELEMENTS(claims)], 4);
    if (!run(self, copy, size, &after))
      tell(self, seed, "four gigabytes told of here, a name leads out of its place", at * 8);
    self->claims++;
  }
}

static void cut_all(Flipping *self, const AkFuzzSeed *seed, const Look *whole) {
  gsize size = g_bytes_get_size(seed->bytes);
  const guint8 *data = g_bytes_get_data(seed->bytes, NULL);
  for (gsize i = 1; i < PARTS; i++) {
    g_auto(Look) after = {0};
    if (!run(self, data, size * i / PARTS, &after))
      tell(self, seed, "cut here, a name leads out of its place", size * i / PARTS * 8);
    bool is_whole = judge(whole, &after) >= NAMES;
    *(is_whole ? &self->whole_parts : &self->cut_parts) += 1;
  }
}

/* Samples that the format opens; of those that are never whole (WHY.md), what its bid knows. */
static bool is_sample(const AkFirmwareFormat *format, const AkFuzzSeeds *seeds,
                      const AkFuzzSeed *seed) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(seed->bytes, &size);
  return (seeds->accepts_none || !seed->is_bad) && size > 0 && format->bid(data, size) > 0;
}

/* --- a format -------------------------------------------------------------------------------- */

static const char *guards_of(const AkFirmwareFormat *format) {
  static const char *const texts[] = {"–", "contents", "names", "both"};
  return texts[format->guards & (AK_FIRMWARE_GUARDS_CONTENTS | AK_FIRMWARE_GUARDS_NAMES)];
}

static void print(const Flipping *self, guint samples) {
  const guint64 *counts = self->counts;
  if (options.is_table)
    printf("| %s | %s | %u | %" G_GINT64_FORMAT
           " | %lu | %lu | %lu | %lu | %lu | %lu of %lu | %lu | %.1f | %.0f |\n",
           self->format->name, guards_of(self->format), samples, options.flips,
           (gulong)counts[REFUSED], (gulong)counts[CUT], (gulong)counts[SAME],
           (gulong)counts[NAMES], (gulong)counts[CONTENTS], (gulong)self->cut_parts,
           (gulong)(self->cut_parts + self->whole_parts), (gulong)self->claims,
           (double)self->taken_us / 1e6, (double)self->slowest_us / 1e3);
  printf("%sok %u - %s: %u samples\n", samples > 0 && self->wrong == 0 ? "" : "not ", self->test,
         self->format->name, samples);
}

static bool flip_format(const AkFirmwareFormat *format, guint test) {
  Flipping self = {.format = format, .test = test};
  g_auto(AkFuzzSeeds) seeds = {0};
  g_autoptr(GError) error = NULL;
  g_autofree char *target = g_strdup_printf("firmware/%s", format->name);
  if (!ak_fuzz_seeds_read(options.seeds, target, &seeds, &error)) {
    printf("not ok %u - %s: %s\n", test, format->name, error->message);
    return false;
  }
  g_autoptr(GPtrArray) samples = g_ptr_array_new();
  for (guint i = 0; i < seeds.seeds->len; i++)
    if (is_sample(format, &seeds, seeds.seeds->pdata[i]))
      g_ptr_array_add(samples, seeds.seeds->pdata[i]);
  for (guint i = 0; i < samples->len; i++) {
    const AkFuzzSeed *seed = samples->pdata[i];
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(seed->bytes, &size);
    g_auto(Look) whole = {0};
    gint64 share = options.flips / samples->len + (i < options.flips % samples->len ? 1 : 0);
    run(&self, data, size, &whole);
    flip_all(&self, seed, &whole, share);
    cut_all(&self, seed, &whole);
    claim_all(&self, seed, share);
  }
  if (ak_fuzz_watch_peak_mib() > (ak_fuzz_watch_is_sanitized() ? PEAK_SANITIZED_MIB : PEAK_MIB)) {
    printf("# %s: %u MiB in use\n", format->name, ak_fuzz_watch_peak_mib());
    self.wrong++;
  }
  print(&self, samples->len);
  return samples->len > 0 && self.wrong == 0;
}

int main(int argc, char **argv) {
  g_autoptr(GOptionContext) context =
      g_option_context_new("- flips bits of a sample of each format");
  g_option_context_add_main_entries(context, entries, NULL);
  g_autoptr(GError) error = NULL;
  bool is_right = true;
  guint count = 0, test = 0;
  if (!g_option_context_parse(context, &argc, &argv, &error) || options.seeds == NULL ||
      options.flips < 1) {
    fprintf(stderr, "%s\n",
            error != NULL ? error->message : "which seeds (--seeds), how many flips?");
    return 2;
  }
  setvbuf(stdout, NULL, _IONBF, 0); /* what a crash handler writes comes last */
  g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ak_fuzz_watch_start("flips", options.save != NULL ? options.save : ".", (guint)options.budget_ms);
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++)
    count +=
        options.format == NULL || strcmp(options.format, ak_firmware_format_table[i]->name) == 0;
  printf("1..%u\n", count);
  for (guint i = 0; ak_firmware_format_table[i] != NULL; i++) {
    const AkFirmwareFormat *format = ak_firmware_format_table[i];
    if (options.format == NULL || strcmp(options.format, format->name) == 0)
      is_right = flip_format(format, ++test) && is_right;
  }
  return count > 0 && is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}
