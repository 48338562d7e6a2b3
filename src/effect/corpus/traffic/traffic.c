/* data/effect/traffic.json → captures of conversations in many protocols (docs/formats/traffic.md).
 *
 * Addresses are of private networks (10.0.0.0/8: the plant) and of the block for benchmarks (198.18.0.0/15: outside;
 * RFC 2544, C.2.2). Each capture has a network of its own, so that what an engine counts of hosts does not reach
 * from one capture into another. */
#include <string.h>

#include "effect/corpus/starter.h"
#include "effect/corpus/traffic/message.h"
#include "effect/corpus/traffic/packet.h"
#include "util/random.h"

enum {
  PLANT = 0x0a000000,   /* 10.0.0.0 */
  OUTSIDE = 0xc6120000, /* 198.18.0.0 */
  SERVER = 10,
  CLIENT_PORT = 32768,
  CLIENT_PORTS = 20000,
  MAX_CASES = 65536, /* networks of the plant */
  MAX_REPETITIONS = 1000,
  NEXT_US = 20000, /* from the end of a conversation to the next */
};
#define FIRST_US G_GINT64_CONSTANT(1711929600000000)

/* One class of the document, and which of its seeds is made now. */
typedef struct {
  const json_t *row;
  const char *id, *transport, *repeat;
  bool attack;
  gint64 port;
  const json_t *steps;
  const json_t *document;
} Class;

typedef struct {
  AkMessages messages;
  AkPackets packets;
  const Class *class;
  guint32 network; /* of the plant in this capture */
} Talk;

static void talk_clear(Talk *self) { ak_packets_clear(&self->packets); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

/* --- packets that are no conversation: probes --------------------------------------------------------- */

static guint flags_of(const char *letters) {
  static const struct {
    char letter;
    guint flag;
  } flags[] = {{'F', AK_TCP_FIN},  {'S', AK_TCP_SYN}, {'R', AK_TCP_RESET},
               {'P', AK_TCP_PUSH}, {'A', AK_TCP_ACK}, {'U', AK_TCP_URGENT}};
  guint set = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
    set |= strchr(letters, flags[i].letter) != NULL ? flags[i].flag : 0;
  return set;
}

/* @tcp FLAGS|PORT */
static bool probe_tcp(Talk *self, bool from_client, char *const *parts, GError **error) {
  self->packets.server.port = (guint16)g_ascii_strtoull(parts[1], NULL, 10);
  ak_packets_tcp(&self->packets, from_client, flags_of(parts[0]), NULL, 0);
  return true;
}

/* @udp PORT|bytes in hexadecimal digits */
static bool probe_udp(Talk *self, bool from_client, char *const *parts, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  self->packets.server.port = (guint16)g_ascii_strtoull(parts[0], NULL, 10);
  if (!ak_messages_add_hex(bytes, parts[1], error))
    return false;
  ak_packets_udp(&self->packets, from_client, bytes->data, bytes->len);
  return true;
}

/* @icmp TYPE|CODE|REST|TEXT; REST: four bytes in hexadecimal digits */
static bool probe_icmp(Talk *self, bool from_client, char *const *parts, GError **error) {
  ak_packets_icmp(&self->packets, from_client, (guint)g_ascii_strtoull(parts[0], NULL, 10),
                  (guint)g_ascii_strtoull(parts[1], NULL, 10),
                  (guint32)g_ascii_strtoull(parts[2], NULL, 16), parts[3], strlen(parts[3]));
  return true;
}

/* @unreachable CODE: about the packet before */
static bool probe_unreachable(Talk *self, bool from_client, char *const *parts, GError **error) {
  ak_packets_unreachable(&self->packets, (guint)g_ascii_strtoull(parts[0], NULL, 10));
  return true;
}

/* @to NUMBER: from here on to another host of the plant */
static bool probe_to(Talk *self, bool from_client, char *const *parts, GError **error) {
  self->packets.server.address =
      self->network | (guint32)(g_ascii_strtoull(parts[0], NULL, 10) & 0xff);
  return true;
}

static const struct {
  const char *word;
  guint parts;
  bool (*run)(Talk *self, bool from_client, char *const *parts, GError **error);
} probes[] = {{"@tcp", 2, probe_tcp},
              {"@udp", 2, probe_udp},
              {"@icmp", 4, probe_icmp},
              {"@unreachable", 1, probe_unreachable},
              {"@to", 1, probe_to}};

static bool run_probe(Talk *self, const char *line, GError **error) {
  g_autofree char *text = ak_messages_fill(&self->messages, line, error);
  if (text == NULL)
    return false;
  g_auto(GStrv) words = g_strsplit(text, " ", 3);
  for (gsize i = 0; words[1] != NULL && words[2] != NULL && i < G_N_ELEMENTS(probes); i++) {
    g_auto(GStrv) parts = g_strsplit(words[2], "|", -1);
    if (strcmp(words[1], probes[i].word) == 0 && g_strv_length(parts) >= probes[i].parts)
      return probes[i].run(self, words[0][0] == '>', parts, error);
  }
  return ak_error_set(error, AK_ERROR_CONFIG, "no probe: %s", text);
}

/* --- one capture -------------------------------------------------------------------------------------- */

static bool run_step(Talk *self, const char *line, GError **error) {
  bool from_client = false;
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  if (strcmp(self->class->transport, "packets") == 0)
    return run_probe(self, line, error);
  if (!ak_messages_make(&self->messages, line, &from_client, bytes, error))
    return false;
  if (strcmp(self->class->transport, "udp") == 0)
    ak_packets_udp(&self->packets, from_client, bytes->data, bytes->len);
  else
    ak_packets_say(&self->packets, from_client, bytes->data, bytes->len);
  return true;
}

static bool run_once(Talk *self, GError **error) {
  bool is_tcp = strcmp(self->class->transport, "tcp") == 0;
  AkPacketSide *client = &self->packets.client, *server = &self->packets.server;
  client->port = (guint16)(CLIENT_PORT + ak_random_below(ak_messages_random(&self->messages), CLIENT_PORTS));
  client->next = (guint32)ak_messages_random(&self->messages);
  server->next = (guint32)ak_messages_random(&self->messages);
  server->port = (guint16)self->class->port;
  if (is_tcp)
    ak_packets_open(&self->packets);
  for (gsize i = 0; i < json_array_size(self->class->steps); i++) {
    const char *line = json_string_value(json_array_get(self->class->steps, i));
    if (line == NULL || !run_step(self, line, error))
      return line != NULL || ak_error_set(error, AK_ERROR_CONFIG, "a step is no text");
  }
  if (is_tcp)
    ak_packets_close(&self->packets);
  self->packets.when_us += NEXT_US;
  return true;
}

/* "21,22,23", "1..40", or nothing: once. Caller frees. */
static GStrv repetitions_of(Talk *self, GError **error) {
  g_autofree char *text = ak_messages_fill(
      &self->messages, self->class->repeat != NULL ? self->class->repeat : "", error);
  g_auto(GStrv) ends = text != NULL ? g_strsplit(text, "..", 2) : NULL;
  if (text == NULL || ends[0] == NULL || ends[1] == NULL)
    return text != NULL && *text != '\0' ? g_strsplit(text, ",", -1)
           : text != NULL                ? g_strdupv((char *[]){(char *)"", NULL})
                                         : NULL;
  g_autoptr(GStrvBuilder) numbers = g_strv_builder_new();
  guint64 first = g_ascii_strtoull(ends[0], NULL, 10), last = g_ascii_strtoull(ends[1], NULL, 10);
  for (guint64 i = first; i <= last && i < first + MAX_REPETITIONS; i++) {
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, i);
    g_strv_builder_add(numbers, number);
  }
  return g_strv_builder_end(numbers);
}

static guint32 side_of(const Class *class, const char *key, guint32 inside, guint32 outside) {
  return strcmp(ak_json_string_or(class->row, key, "inside"), "outside") == 0 ? outside : inside;
}

static GBytes *capture(const Class *class, char *const *texts, guint32 number, guint64 seed,
                       GError **error) {
  g_auto(Talk) self = {.messages = {.seed = seed, .texts = texts},
                       .class = class,
                       .network = PLANT | number << 8};
  guint32 guest = 20 + (guint32)ak_random_below(ak_messages_random(&self.messages), 200);
  ak_packets_init(&self.packets, FIRST_US + (gint64)number * 60 * G_USEC_PER_SEC);
  self.packets.client.address = side_of(class, "from", self.network | guest, OUTSIDE | (number * 2 + 1));
  self.packets.server.address = side_of(class, "to", self.network | SERVER, OUTSIDE | (number * 2));
  g_auto(GStrv) repetitions = repetitions_of(&self, error);
  for (char **one = repetitions; one != NULL && *one != NULL; one++) {
    self.messages.repetition = *one;
    if (!run_once(&self, error)) {
      g_prefix_error(error, "%s: ", class->id);
      return NULL;
    }
  }
  return repetitions != NULL ? ak_packets_end(&self.packets) : NULL;
}

/* --- classes ------------------------------------------------------------------------------------------ */

static GStrv texts_of(const json_t *array) {
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(array); i++)
    if (json_is_string(json_array_get(array, i)))
      g_strv_builder_add(builder, json_string_value(json_array_get(array, i)));
  return g_strv_builder_end(builder);
}

static bool add_case(AkEffectCorpus *corpus, const Class *class, guint seed_number, char *const *texts,
                     guint64 seed, GError **error) {
  g_autofree char *id = g_strdup_printf("%s-%03u", class->id, seed_number);
  if (corpus->cases->len >= MAX_CASES)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %d captures", MAX_CASES);
  GBytes *bytes = capture(class, texts, corpus->cases->len, ak_random_fork(seed, g_str_hash(id)), error);
  if (bytes == NULL)
    return false;
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->base = g_strdup(id);
  one->id = g_steal_pointer(&id);
  one->kind = AK_EFFECT_CAPTURE;
  one->attack = class->attack;
  one->category = texts_of(json_object_get(class->row, "category"));
  one->source = g_strdup(ak_json_string_or(class->document, "source", "akashi"));
  one->licence = g_strdup(ak_json_string_or(class->document, "licence", "Apache-2.0"));
  one->bytes = bytes;
  g_ptr_array_add(corpus->cases, one);
  return true;
}

/* A seed is a text, or a list of texts. */
static bool add_seeds(AkEffectCorpus *corpus, const Class *class, const json_t *seeds, guint64 seed,
                      GError **error) {
  for (gsize i = 0; i < json_array_size(seeds); i++) {
    const json_t *row = json_array_get(seeds, i);
    g_auto(GStrv) texts = json_is_string(row) ? g_strdupv((char *[]){(char *)json_string_value(row), NULL})
                                              : texts_of(row);
    if (!add_case(corpus, class, (guint)i + 1, texts, seed, error))
      return false;
  }
  return true;
}

/* Every text of the first list with every one of the second, the first of the first list first. */
static bool add_crossed(AkEffectCorpus *corpus, const Class *class, const json_t *lists, guint64 seed,
                        GError **error) {
  g_auto(GStrv) left = texts_of(json_array_get(lists, 0)), right = texts_of(json_array_get(lists, 1));
  guint number = 0;
  for (char **one = left; *one != NULL; one++)
    for (char **other = right; *other != NULL; other++) {
      char *const texts[] = {*one, *other, NULL};
      if (!add_case(corpus, class, ++number, texts, seed, error))
        return false;
    }
  return true;
}

static bool add_class(AkEffectCorpus *corpus, const json_t *document, const json_t *row, guint64 seed,
                      GError **error) {
  Class class = {.row = row, .document = document};
  const json_t *crossed = json_object_get(row, "cross");
  class.id = ak_json_string(row, "id", "traffic", error);
  class.transport = class.id != NULL ? ak_json_string(row, "transport", class.id, error) : NULL;
  class.steps = class.transport != NULL ? ak_json_array(row, "steps", class.id, error) : NULL;
  if (class.steps == NULL || !ak_json_integer(row, "port", 0, 65535, class.id, &class.port, error))
    return false;
  class.attack = json_is_true(json_object_get(row, "attack"));
  class.repeat = ak_json_string_or(row, "repeat", NULL);
  return crossed != NULL ? add_crossed(corpus, &class, crossed, seed, error)
                         : add_seeds(corpus, &class, json_object_get(row, "seeds"), seed, error);
}

AkEffectCorpus *ak_starter_traffic(const json_t *document, guint64 seed, GError **error) {
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("traffic", AK_EFFECT_CAPTURE);
  const json_t *classes = ak_json_array(document, "classes", "traffic", error);
  corpus->name = g_strdup("Attacks and harmless work in many protocols, captured");
  for (gsize i = 0; i < json_array_size(classes); i++)
    if (!add_class(corpus, document, json_array_get(classes, i), seed, error))
      return NULL;
  return classes != NULL && ak_effect_corpus_close(corpus, error) ? g_steal_pointer(&corpus) : NULL;
}
