#include "network.h"

#include <time.h>

#include "chain/rule/simplify.h"

static gint64 last_us;

double network_lap(void) {
  gint64 now_us = g_get_monotonic_time();
  double seconds = (double)(now_us - last_us) / 1e6;
  last_us = now_us;
  return seconds;
}

double network_cpu(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool read_facts(AkChainFacts *facts, const AkChainRules *rules, const char *folder,
                       GError **error) {
  for (guint32 i = 0; i < rules->predicates->len; i++) {
    const AkChainPredicate *predicate = ak_chain_rules_predicate_at(rules, i);
    g_autofree char *name = g_strconcat(predicate->name, ".facts", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (predicate->kind == AK_CHAIN_DERIVED || !g_file_test(path, G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL || (g_mapped_file_get_length(file) > 0 &&
                         !ak_chain_facts_read(facts, i, g_mapped_file_get_contents(file),
                                              g_mapped_file_get_length(file), path, error)))
      return false;
  }
  return true;
}

bool network_open(Network *self, const char *rules_path, const char *folder, GError **error) {
  g_autofree char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(rules_path, &text, &size, error))
    return false;
  self->written = ak_chain_rules_parse(text, size, rules_path, error);
  if (self->written == NULL)
    return false;
  self->rules = ak_chain_rules_simplify(self->written);
  self->facts = ak_chain_facts_new(self->rules);
  network_lap();
  if (!read_facts(self->facts, self->rules, folder, error))
    return false;
  self->read_s = network_lap();
  double begun_s = network_cpu();
  self->ground = ak_chain_ground_new(self->facts, NULL, error);
  self->ground_s = network_lap();
  self->ground_cpu_s = network_cpu() - begun_s;
  return self->ground != NULL;
}

void network_clear(Network *self) {
  g_clear_pointer(&self->ground, ak_chain_ground_free);
  g_clear_pointer(&self->facts, ak_chain_facts_free);
  g_clear_pointer(&self->rules, ak_chain_rules_free);
  g_clear_pointer(&self->written, ak_chain_rules_free);
}
