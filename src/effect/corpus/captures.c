/* Cases of an HTTP corpus → captures of the same exchanges. */
#include <string.h>

#include "effect/corpus/capture.h"
#include "effect/corpus/starter.h"

static const char answer[] =
    "HTTP/1.1 200 OK\r\nServer: workshop\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Length: 47\r\n\r\n<!DOCTYPE html><title>Workshop</title><p>Hello.\n";

static AkEffectCase *capture_of(const AkEffectCase *one, guint number, GError **error) {
  AkCaptureExchange exchange = {
      .client = 0xc0000200 + number % 250 + 1, /* 192.0.2.0/24: RFC 5737 */
      .server = 0xc6336450,                    /* 198.51.100.80 */
      .client_port = (guint16)(20000 + number % 40000),
      .server_port = 80,
      .when_utc_us = G_GINT64_CONSTANT(1711929600000000) + (gint64)number * G_USEC_PER_SEC,
      .answer = answer,
      .answer_size = strlen(answer)};
  exchange.request = ak_effect_case_data(one, &exchange.request_size);
  GBytes *bytes = ak_capture_make(&exchange, error);
  if (bytes == NULL)
    return NULL;
  AkEffectCase *made = g_new0(AkEffectCase, 1);
  made->id = g_strdup(one->id);
  made->base = g_strdup(one->base);
  made->kind = AK_EFFECT_CAPTURE;
  made->attack = one->attack;
  made->category = g_strdupv(one->category);
  made->source = g_strdup(one->source);
  made->licence = g_strdup(one->licence);
  made->bytes = bytes;
  return made;
}

AkEffectCorpus *ak_starter_captures(const AkEffectCorpus *http, GError **error) {
  g_autofree char *id = g_strdup_printf("%s-captures", http->id);
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new(id, AK_EFFECT_CAPTURE);
  corpus->name = g_strdup_printf("%s, captured", http->name);
  for (guint i = 0; i < http->cases->len; i++) {
    AkEffectCase *made = capture_of(http->cases->pdata[i], i, error);
    if (made == NULL)
      return NULL;
    g_ptr_array_add(corpus->cases, made);
  }
  return ak_effect_corpus_close(corpus, error) ? g_steal_pointer(&corpus) : NULL;
}
