/* DNS questions and their answers. Source: RFC 1035, 4.1; RFC 2181, 5 (times to live). */
#include <arpa/inet.h>
#include <string.h>

#include "effect/corpus/traffic/message.h"
#include "proto/dns.h"

enum { FLAGS_ANSWER = 0x8180, TTL_S = 300, NAME_OF_QUESTION = 0xc00c, MX = 15, ANY = 255, NULL_RECORD = 10 };

static guint type_of(const char *name) {
  static const struct {
    const char *name;
    guint type;
  } types[] = {{"A", AK_DNS_A},     {"AAAA", AK_DNS_AAAA}, {"TXT", AK_DNS_TXT}, {"NS", AK_DNS_NS},
               {"PTR", AK_DNS_PTR}, {"CNAME", AK_DNS_CNAME}, {"MX", MX},        {"ANY", ANY},
               {"NULL", NULL_RECORD}, {"AXFR", 252}};
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    if (strcmp(types[i].name, name) == 0)
      return types[i].type;
  return 0;
}

static bool add_question(AkMessages *self, char *const *parts, GByteArray *out, GError **error) {
  AkDnsQuestion question = {.name = parts[0],
                            .id = (guint16)(0x1000 + self->exchange * 77),
                            .type = (guint16)type_of(parts[1]),
                            .class = AK_DNS_IN,
                            .recursion_desired = true};
  if (question.type == 0)
    return ak_error_set(error, AK_ERROR_CONFIG, "no type of record: %s", parts[1]);
  GBytes *bytes = ak_dns_build(&question, error);
  if (bytes != NULL)
    ak_messages_add_bytes(out, bytes);
  return bytes != NULL;
}

/* @dns NAME|TYPE */
static bool make_question(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                          GError **error) {
  return add_question(self, parts, out, error);
}

static void set_u16be(GByteArray *out, guint at, guint value) {
  out->data[at] = value >> 8 & 0xff;
  out->data[at + 1] = value & 0xff;
}

static void add_name(GByteArray *out, const char *name) {
  g_auto(GStrv) labels = g_strsplit(name, ".", -1);
  for (char **label = labels; *label != NULL; label++) {
    guint8 size = (guint8)MIN(strlen(*label), 63);
    g_byte_array_append(out, &size, 1);
    g_byte_array_append(out, (const guint8 *)*label, size);
  }
  g_byte_array_append(out, (const guint8 *)"", 1);
}

static bool add_data(GByteArray *out, guint type, const char *value, GError **error) {
  guint8 address[16];
  int family = type == AK_DNS_AAAA ? AF_INET6 : AF_INET;
  guint8 size = (guint8)MIN(strlen(value), 255);
  if (type == AK_DNS_A || type == AK_DNS_AAAA) {
    if (inet_pton(family, value, address) != 1)
      return ak_error_set(error, AK_ERROR_CONFIG, "no address: %s", value);
    g_byte_array_append(out, address, type == AK_DNS_A ? 4 : 16);
  } else if (type == AK_DNS_TXT) {
    g_byte_array_append(out, &size, 1);
    g_byte_array_append(out, (const guint8 *)value, size);
  } else if (type == NULL_RECORD) {
    g_byte_array_append(out, (const guint8 *)value, (guint)strlen(value));
  } else {
    if (type == MX)
      ak_messages_add_u16be(out, 10);
    add_name(out, value);
  }
  return true;
}

/* @dns-answer NAME|TYPE|VALUE; "@dns-error NAME|TYPE|RCODE" has no record. */
static bool make_answer(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                        GError **error) {
  guint begin = out->len, type = type_of(parts[1]);
  if (!add_question(self, parts, out, error))
    return false;
  set_u16be(out, begin + 2, FLAGS_ANSWER);
  set_u16be(out, begin + 6, 1);
  ak_messages_add_u16be(out, NAME_OF_QUESTION);
  ak_messages_add_u16be(out, type);
  ak_messages_add_u16be(out, AK_DNS_IN);
  ak_messages_add_u16be(out, 0);
  ak_messages_add_u16be(out, TTL_S);
  guint length = out->len;
  ak_messages_add_u16be(out, 0);
  if (!add_data(out, type, parts[2], error))
    return false;
  set_u16be(out, length, out->len - length - 2);
  return true;
}

static bool make_error(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                       GError **error) {
  guint begin = out->len;
  if (!add_question(self, parts, out, error))
    return false;
  set_u16be(out, begin + 2, FLAGS_ANSWER | (guint)g_ascii_strtoull(parts[2], NULL, 10));
  return true;
}

const AkMessageMaker ak_messages_dns[] = {
    {"dns", 2, make_question},
    {"dns-answer", 3, make_answer},
    {"dns-error", 3, make_error},
    {NULL, 0, NULL},
};
