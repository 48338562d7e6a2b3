/* What bench/effect/effect.py runs: gives COUNT cases to a server by the trial's own adapter, batch by batch,
 * answers kept and judged, and prints how long that took. usage: effect-driver PORT COUNT CONNECTIONS */
#include <stdio.h>
#include <sys/resource.h>

#include "effect/adapter/kit.h"

static GPtrArray *cases_of(guint count) {
  GPtrArray *cases = g_ptr_array_new();
  for (guint i = 0; i < count; i++) {
    AkEffectCase *one = g_new0(AkEffectCase, 1);
    char *text = g_strdup_printf("GET /search?q=%u HTTP/1.1\r\nHost: www.example.jp\r\nUser-Agent: "
                                 "Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html\r\n\r\n",
                                 i);
    one->bytes = g_bytes_new_take(text, strlen(text));
    g_ptr_array_add(cases, one);
  }
  return cases;
}

static bool run_batch(const AkEffectAdapter *adapter, gpointer state, const AkRangeProduct *product,
                      const AkRangeLimits *limits, const GPtrArray *cases, guint first,
                      guint64 *kept, GError **error) {
  g_autoptr(AkEffectBatch) batch = ak_effect_batch_new(1, 1, first);
  for (guint i = 0; i < limits->batch; i++) {
    AkEffectTurn turn = {.one = cases->pdata[(first + i) % cases->len]};
    g_array_append_val(batch->turns, turn);
  }
  if (!adapter->give(state, batch, 0, error))
    return false;
  adapter->judge(batch, &product->reading, limits);
  for (guint i = 0; i < batch->turns->len; i++)
    if (ak_effect_batch_turn(batch, i)->outcome.blocked != AK_EFFECT_NO)
      return ak_error_set(error, AK_ERROR_INTERNAL, "case %u has no clean answer", first + i);
  g_autoptr(GBytes) rows = ak_effect_batch_rows(batch);
  *kept += batch->answers->len + g_bytes_get_size(rows);
  return true;
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  if (argc != 4)
    return 2;
  AkRangeLimits limits = ak_range_default_limits;
  guint count = (guint)g_ascii_strtoull(argv[2], NULL, 10);
  limits.connections = (guint)g_ascii_strtoull(argv[3], NULL, 10);
  g_autoptr(AkRangeProduct) product = ak_range_product_new();
  AkEffectPlace place = {.product = product,
                         .limits = &limits,
                         .address = "127.0.0.1",
                         .port = (guint16)g_ascii_strtoull(argv[1], NULL, 10)};
  const AkEffectAdapter *adapter = ak_effect_adapter_find("proxy-waf");
  GPtrArray *cases = cases_of(10000);
  gpointer state = adapter->open(&place, &error);
  guint64 kept = 0;
  gint64 began_ns = ak_kit_now_ns();
  for (guint first = 0; state != NULL && first < count && error == NULL; first += limits.batch)
    run_batch(adapter, state, product, &limits, cases, first, &kept, &error);
  double seconds = (double)(ak_kit_now_ns() - began_ns) / 1e9;
  struct rusage use = {0};
  getrusage(RUSAGE_SELF, &use);
  if (error != NULL) {
    fprintf(stderr, "%s\n", error->message);
    return 3;
  }
  printf("{\"cases\": %u, \"seconds\": %.3f, \"a_second\": %.0f, \"kept_bytes\": %" G_GUINT64_FORMAT
         ", \"memory_kib\": %ld}\n",
         count, seconds, count / seconds, kept, use.ru_maxrss);
  return 0;
}
