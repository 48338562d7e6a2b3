/* Writes starter captures as files: the first COUNT of those in many protocols and, behind them, of the HTTP
 * ones. With a table of labels, as `akashi effect import --from pcap` reads it.
 *
 * usage: captures FOLDER COUNT SEED */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/data.h"
#include "effect/corpus/starter.h"

static json_t *document(const char *id, GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("effect", id, NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return text != NULL ? ak_json_parse(text, size, id, error) : NULL;
}

static AkEffectCorpus *make_traffic(guint64 seed, GError **error) {
  g_autoptr(json_t) traffic = document("traffic", error);
  return traffic != NULL ? ak_starter_traffic(traffic, seed, error) : NULL;
}

static AkEffectCorpus *make_http(guint64 seed, GError **error) {
  g_autoptr(json_t) attacks = document("http-attacks", error);
  g_autoptr(AkEffectCorpus) http =
      attacks != NULL ? ak_starter_attacks(attacks, 0, seed, error) : NULL;
  return http != NULL ? ak_starter_captures(http, error) : NULL;
}

static bool write_some(const AkEffectCorpus *corpus, const char *folder, FILE *labels,
                       guint *left, GError **error) {
  for (guint i = 0; i < corpus->cases->len && *left > 0; i++, --*left) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    gsize size = 0;
    const char *bytes = ak_effect_case_data(one, &size);
    g_autofree char *path = g_strdup_printf("%s/%s.pcap", folder, one->id);
    if (!g_file_set_contents(path, bytes, (gssize)size, error))
      return false;
    fprintf(labels, "%s.pcap,%s\n", one->id, one->attack ? "attack" : "harmless");
  }
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  guint64 seed = argc == 4 ? g_ascii_strtoull(argv[3], NULL, 10) : 0;
  guint left = argc == 4 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : 0;
  g_autoptr(AkEffectCorpus) traffic = make_traffic(seed, &error);
  g_autoptr(AkEffectCorpus) http = traffic != NULL ? make_http(seed, &error) : NULL;
  g_autofree char *path = g_build_filename(argc == 4 ? argv[1] : ".", "labels.csv", NULL);
  FILE *labels = http != NULL ? fopen(path, "w") : NULL;
  if (labels == NULL || fputs("file,label\n", labels) < 0 ||
      !write_some(traffic, argv[1], labels, &left, &error) ||
      !write_some(http, argv[1], labels, &left, &error) || fclose(labels) != 0 || left > 0) {
    fprintf(stderr, "captures: %s\n", error != NULL ? error->message : "not so many captures");
    return 1;
  }
  return 0;
}
