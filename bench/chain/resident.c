/* usage: chain-resident RULES FOLDER SEED ROUNDS OUT: the model stays in memory; each round draws
 * one of the rows of attackerLocated and one of a hundred measures, and computes what is reached.
 * The first round's facts, without what those measures close and with that one attacker, are
 * written to OUT for another program to compute the same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chain/graph/reach.h"
#include "network.h"

enum { HELD_OF = 100 };

typedef struct {
  Network network;
  const AkChainGraph *graph;
  guint8 *initial, *measures;
  guint32 attacker; /* which initial atom is on */
} Resident;

static void draw(Resident *self, GRand *rand) {
  memset(self->initial, 0, self->graph->initial_count);
  self->attacker = (guint32)g_rand_int_range(rand, 0, (gint32)self->graph->initial_count);
  self->initial[self->attacker] = 1;
  for (guint32 i = 0; i < self->graph->measure_count; i++)
    self->measures[i] = g_rand_int_range(rand, 0, HELD_OF) == 0;
}

/* Numbers N of "NAME(N)" that hold; a byte each. */
static GByteArray *held_of(const Resident *self, const char *name) {
  GByteArray *held = g_byte_array_new();
  for (guint32 i = 0; i < self->graph->measure_count; i++) {
    g_autofree char *text =
        self->measures[i] ? ak_chain_ground_measure_text(self->network.ground, i) : NULL;
    if (text == NULL || !g_str_has_prefix(text, name))
      continue;
    guint64 number = g_ascii_strtoull(text + strlen(name) + 1, NULL, 10);
    while (held->len <= number)
      g_byte_array_append(held, (const guint8 *)"", 1);
    held->data[number] = 1;
  }
  return held;
}

/* Lines of FOLDER/NAME.facts whose column does not hold a number that is held. */
static bool filter(const char *folder, const char *out, const char *name, guint column,
                   const GByteArray *held, GError **error) {
  g_autofree char *from = g_strdup_printf("%s/%s.facts", folder, name);
  g_autofree char *to = g_strdup_printf("%s/%s.facts", out, name);
  g_autoptr(GMappedFile) file = g_mapped_file_new(from, FALSE, error);
  FILE *stream = file != NULL ? fopen(to, "w") : NULL;
  if (stream == NULL)
    return file == NULL || ak_error_set(error, AK_ERROR_IO, "%s: %s", to, g_strerror(errno));
  const char *at = g_mapped_file_get_contents(file), *end = at + g_mapped_file_get_length(file);
  while (at < end) {
    const char *line_end = memchr(at, '\n', (gsize)(end - at)), *value = at;
    line_end = line_end != NULL ? line_end + 1 : end;
    for (guint i = 0; i < column; i++)
      value = (const char *)memchr(value, '\t', (gsize)(line_end - value)) + 1;
    guint64 number = g_ascii_strtoull(value, NULL, 10);
    if (held == NULL || number >= held->len || !held->data[number])
      fwrite(at, 1, (gsize)(line_end - at), stream);
    at = line_end;
  }
  return fclose(stream) == 0 || ak_error_set(error, AK_ERROR_IO, "%s: %s", to, g_strerror(errno));
}

static bool write_facts(const Resident *self, const char *folder, const char *out, GError **error) {
  g_autoptr(GByteArray) patched = held_of(self, "patched"), walled = held_of(self, "firewall");
  g_autofree char *attacker = ak_chain_ground_text(self->network.ground, self->attacker);
  g_autofree char *path = g_build_filename(out, "attackerLocated.facts", NULL);
  g_autofree char *row = g_strdelimit(g_strdup(strchr(attacker, '(') + 1), ")", '\n');
  return g_file_set_contents(path, row, -1, error) &&
         filter(folder, out, "vulExists", 1, patched, error) &&
         filter(folder, out, "hacl", 1, walled, error) &&
         filter(folder, out, "networkServiceInfo", 0, NULL, error) &&
         filter(folder, out, "hasAccount", 0, NULL, error);
}

/* How many atoms of the text's derived predicates are reached. */
static void print_counts(const Resident *self, const guint8 *reached) {
  const AkChainRules *rules = self->network.written;
  for (guint32 p = 0; p < rules->predicates->len; p++) {
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, p);
    guint32 count = 0;
    for (guint32 i = 0; i < self->graph->atom_count; i++)
      count += reached[i] && ak_chain_ground_predicate(self->network.ground, i) == p;
    if (predicate->kind == AK_CHAIN_DERIVED)
      printf("%s %u ", predicate->name, count);
  }
  printf("\n");
}

static int compare_seconds(gconstpointer a, gconstpointer b) {
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static bool run(const char *rules, const char *folder, guint32 seed, guint rounds, const char *out,
                GError **error) {
  Resident self = {.attacker = 0};
  g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
  bool ok = network_open(&self.network, rules, folder, error);
  if (ok) {
    self.graph = ak_chain_ground_graph(self.network.ground);
    self.initial = g_new0(guint8, (gsize)self.graph->initial_count + 1);
    self.measures = g_new0(guint8, (gsize)self.graph->measure_count + 1);
    g_autoptr(AkChainReach) reach = ak_chain_reach_new(self.graph);
    g_autofree double *seconds = g_new0(double, rounds);
    for (guint i = 0; ok && i < rounds; i++) {
      draw(&self, rand);
      network_lap();
      guint32 count = ak_chain_reach_run(reach, self.initial, self.measures);
      seconds[i] = network_lap();
      printf("round %u: %u of %u atoms reached in %.1f ms: ", i, count, self.graph->atom_count,
             seconds[i] * 1e3);
      print_counts(&self, ak_chain_reach_atoms(reach));
      ok = i > 0 || write_facts(&self, folder, out, error);
    }
    qsort(seconds, rounds, sizeof(double), compare_seconds);
    printf("median of %u rounds: %.6f s, least %.6f s\n", rounds, seconds[rounds / 2], seconds[0]);
  }
  g_free(self.initial);
  g_free(self.measures);
  network_clear(&self.network);
  return ok;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  guint64 seed = 0, rounds = 0;
  if (argc == 6 && g_ascii_string_to_unsigned(argv[3], 10, 0, G_MAXUINT32, &seed, &error) &&
      g_ascii_string_to_unsigned(argv[4], 10, 1, 10000, &rounds, &error) &&
      run(argv[1], argv[2], (guint32)seed, (guint)rounds, argv[5], &error))
    return 0;
  fprintf(stderr, "%s\n",
          error != NULL ? error->message : "usage: chain-resident RULES FOLDER SEED ROUNDS OUT");
  return 1;
}
