#include "app/chain-generate.h"

#include "catalog/data.h"
#include "chain/knowledge/knowledge.h"

enum { IMPACTS = 3 };

bool ak_app_chain_generate_is_possible(const AkAppChainGenerate *self) {
  return self->elements >= AK_CHAIN_GENERATE_MIN && self->elements <= AK_CHAIN_GENERATE_MAX &&
         self->relations >= 0 && self->relations <= AK_CHAIN_GENERATE_MAX;
}

static AkChainKnowledge *own_knowledge(GError **error) {
  g_autoptr(GBytes) bytes = ak_data_read("knowledge", "cpsf", NULL, error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(json_t) document = text != NULL ? ak_json_parse(text, size, "cpsf", error) : NULL;
  return document != NULL ? ak_chain_knowledge_new(document, "cpsf", error) : NULL;
}

typedef void Part(const AkChainGenerateSpec *spec, GString *out);

/* Names of what the knowledge holds, and what is made of them. */
static GBytes *make(const AkAppChainGenerate *self, const AkChainKnowledge *knowledge, Part *part) {
  g_autofree const char **functions = g_new0(const char *, (gsize)knowledge->functions->len + 1);
  const char *incidents[IMPACTS + 1] = {NULL};
  for (guint i = 0; i < knowledge->functions->len; i++)
    functions[i] = ((const AkChainFunction *)knowledge->functions->pdata[i])->id;
  for (guint i = 0; i < IMPACTS && i < knowledge->incidents->len; i++)
    incidents[i] = ((const AkChainIncident *)knowledge->incidents->pdata[i])->id;
  AkChainGenerateSpec spec = {(guint32)self->elements, (guint32)self->relations,
                              (guint64)self->seed, functions, incidents};
  GString *out = g_string_new(NULL);
  part(&spec, out);
  return g_string_free_to_bytes(out);
}

GBytes *ak_app_chain_generate(const AkAppChainGenerate *self, GError **error) {
  g_autoptr(AkChainKnowledge) knowledge = own_knowledge(error);
  return knowledge != NULL ? make(self, knowledge, ak_chain_generate_yaml) : NULL;
}

bool ak_app_chain_generate_csv(const AkAppChainGenerate *self, const char *folder, GError **error) {
  static const struct {
    const char *file;
    Part *part;
  } parts[] = {{"chain.csv", ak_chain_generate_csv_chain},
               {"elements.csv", ak_chain_generate_csv_elements},
               {"relations.csv", ak_chain_generate_csv_relations},
               {"impacts.csv", ak_chain_generate_csv_impacts}};
  g_autoptr(AkChainKnowledge) knowledge = own_knowledge(error);
  if (knowledge == NULL)
    return false;
  if (g_mkdir_with_parents(folder, 0777) != 0)
    return ak_error_set(error, AK_ERROR_IO, "%s: the folder cannot be made", folder);
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
    g_autofree char *path = g_build_filename(folder, parts[i].file, NULL);
    g_autoptr(GBytes) bytes = make(self, knowledge, parts[i].part);
    g_autoptr(GError) failure = NULL;
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    if (!g_file_set_contents(path, data, (gssize)size, &failure))
      return ak_error_set(error, AK_ERROR_IO, "%s", failure->message);
  }
  return true;
}
