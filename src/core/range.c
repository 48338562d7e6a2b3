#include "core/range.h"

#include <string.h>

const AkRangeLimits ak_range_default_limits = {
    .case_ms = 5000,
    .late_ms = 1000,
    .log_ms = 5000,
    .alerts_per_case = 100,
    .log_bytes = 512u << 20,
    .answer_bytes = 256 << 10,
    .connections = 32,
    .batch = 5000,
    .deaths = 3,
};

const char *const ak_range_duties[] = {"block", "log", "either", NULL};

void ak_range_file_free(AkRangeFile *self) {
  g_free(self->from);
  g_free(self->to);
  if (self->bytes != NULL)
    g_bytes_unref(self->bytes);
  g_free(self);
}

void ak_range_value_free(AkRangeValue *self) {
  g_free(self->name);
  g_free(self->value);
  g_free(self);
}

AkRangeProduct *ak_range_product_new(void) {
  AkRangeProduct *self = g_new0(AkRangeProduct, 1);
  self->files = g_ptr_array_new_with_free_func((GDestroyNotify)ak_range_file_free);
  self->values = g_ptr_array_new_with_free_func((GDestroyNotify)ak_range_value_free);
  self->reading.block_status = g_array_new(FALSE, FALSE, sizeof(guint));
  return self;
}

void ak_range_product_free(AkRangeProduct *self) {
  char *const texts[] = {self->id,       self->name,    self->adapter, self->family,
                         self->version,  self->rules_on, self->licence, self->configuration,
                         self->address,  self->reading.log_file,
                         self->reading.log_alert, self->reading.sentinel};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free(texts[i]);
  g_free(self->socket);
  g_strfreev(self->command);
  g_ptr_array_unref(self->files);
  g_ptr_array_unref(self->values);
  g_array_unref(self->reading.block_status);
  g_free(self);
}

AkRange *ak_range_new(void) {
  AkRange *self = g_new0(AkRange, 1);
  self->products = g_ptr_array_new_with_free_func((GDestroyNotify)ak_range_product_free);
  self->corpora = g_ptr_array_new_with_free_func((GDestroyNotify)ak_effect_corpus_free);
  self->limits = ak_range_default_limits;
  self->repetitions = 1;
  return self;
}

void ak_range_free(AkRange *self) {
  g_free(self->name);
  g_free(self->folder);
  g_free(self->path);
  json_decref(self->document);
  g_ptr_array_unref(self->products);
  g_ptr_array_unref(self->corpora);
  g_free(self);
}

bool ak_range_has_case(const AkRange *self, const char *id) {
  for (guint c = 0; c < self->corpora->len; c++) {
    const AkEffectCorpus *corpus = self->corpora->pdata[c];
    for (guint i = 0; i < corpus->cases->len; i++) {
      if (strcmp(((const AkEffectCase *)corpus->cases->pdata[i])->id, id) == 0)
        return true;
      ak_effect_corpus_pass(corpus, i);
    }
  }
  return false;
}

bool ak_range_has_product(const AkRange *self, const char *id) {
  for (guint i = 0; i < self->products->len; i++)
    if (strcmp(((const AkRangeProduct *)self->products->pdata[i])->id, id) == 0)
      return true;
  return false;
}
