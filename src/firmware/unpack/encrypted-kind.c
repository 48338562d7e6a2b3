#include "firmware/unpack/encrypted-kind.h"

#include <string.h>

#include "firmware/unpack/pgp-packet.h"

/* Source: openssl-enc(1) and its apps/enc.c, "Salted__" and eight bytes of salt, also in base64 (the eleventh digit holds the last
 * four bits of '_'); age-encryption.org/v1; Ansible's documentation, "Format of files encrypted with Ansible Vault"; RFC 9580, 6.2;
 * LUKS1 and LUKS2 On-Disk Format; KeePass's documentation, "Database header". */
static const struct {
  const char *magic;
  gsize size;
  const char *next; /* one of these follows; "": anything or nothing */
} magics[] = {
    {"Salted__", 8, ""},
    {"U2FsdGVkX1", 10, "89+/-_"},
    {"age-encryption.org/v1", 21, "\r\n"},
    {"-----BEGIN AGE ENCRYPTED FILE-----", 34, "\r\n"},
    {"$ANSIBLE_VAULT;1.", 17, "012"},
    {"-----BEGIN PGP MESSAGE-----", 27, "\r\n"},
    {"LUKS\xba\xbe\0", 7, "\1\2"},
    {"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", 8, ""},
    {"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", 8, ""},
};

static bool has_magic(const guint8 *data, gsize size) {
  for (gsize i = 0; i < G_N_ELEMENTS(magics); i++) {
    gsize length = magics[i].size;
    if (size > length && memcmp(data, magics[i].magic, length) == 0 &&
        (*magics[i].next == '\0' || (data[length] != '\0' && strchr(magics[i].next, data[length]) != NULL)))
      return true;
  }
  return false;
}

#define PUBLIC_SESSION 1
#define SYMMETRIC_SESSION 3
#define ENCRYPTED 9
#define PROTECTED 18
#define AEAD 20

static bool is_encrypted_data(guint tag) {
  return tag == ENCRYPTED || tag == PROTECTED || tag == AEAD;
}

/* How the key of a session is told: version, then an identity and an algorithm, or a cipher and how the key is made of a
 * passphrase. Source: RFC 9580, 5.1 and 5.3; 9.1, 9.3 and 3.7.1. */
static bool is_session(guint tag, const AkReader *body) {
  const guint8 *data = body->data;
  if (body->size < 4 || body->size > 4096)
    return false;
  if (tag == PUBLIC_SESSION)
    return (data[0] == 3 && body->size >= 12 && data[9] >= 1 && data[9] <= 28) || data[0] == 6;
  bool is_cipher = data[1] >= 1 && data[1] <= 13;
  return tag == SYMMETRIC_SESSION && ((data[0] == 4 && is_cipher && data[2] <= 4 && data[3] >= 1 && data[3] <= 14) ||
                                      data[0] == 5 || data[0] == 6);
}

/* A message: keys of the session, then what is encrypted with it; or that alone, where it says that it is all of the bytes. */
static bool is_message(const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, size);
  AkPgpPacket packet = {0};
  guint sessions = 0;
  while (ak_pgp_packet_read(&reader, &packet)) {
    bool is_alone = packet.tag != ENCRYPTED && !packet.is_open && ak_reader_left(&reader) == 0 && packet.body.size >= 20 &&
                    (packet.body.data[0] == 1 || packet.body.data[0] == 2);
    if (is_encrypted_data(packet.tag))
      return sessions > 0 || is_alone;
    if (packet.is_open || !is_session(packet.tag, &packet.body))
      return false;
    sessions++;
  }
  return false;
}

/* A SEQUENCE whose length reaches no further than four bytes; what is in it comes next. */
static bool begins_sequence(AkReader *reader) {
  guint8 tag = 0, length = 0;
  return ak_reader_u8(reader, &tag, NULL) && tag == 0x30 && ak_reader_u8(reader, &length, NULL) && length <= 0x84 &&
         ak_reader_skip(reader, length > 0x80 ? length - 0x80u : 0, NULL);
}

static bool continues_with(const AkReader *reader, const void *bytes, gsize size) {
  return ak_reader_left(reader) > size && memcmp(reader->data + reader->position, bytes, size) == 0;
}

#define CMS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" /* id-data and its kin, without the last number */

/* A type of content that is encrypted. Source: RFC 5652, 3, 6.1 and 8; RFC 5083, 2. */
static bool is_enveloped(const guint8 *data, gsize size) {
  static const char *const types[] = {CMS "\x03", CMS "\x06", "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"};
  AkReader reader = ak_reader_init(data, size);
  if (!begins_sequence(&reader))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
    gsize bytes = strlen(types[i]);
    if (continues_with(&reader, types[i], bytes))
      return data[reader.position + bytes] == 0xa0; /* its content */
  }
  return false;
}

/* The same in PEM: the first line of digits is looked at. Source: RFC 7468, 2 and 9; OpenSSL, openssl-smime(1): PKCS7. */
static bool is_pem_enveloped(const guint8 *data, gsize size) {
  static const char *const labels[] = {"-----BEGIN CMS-----", "-----BEGIN PKCS7-----"};
  for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
    gsize at = strlen(labels[i]);
    if (size <= at || memcmp(data, labels[i], at) != 0)
      continue;
    while (at < size && (data[at] == '\r' || data[at] == '\n'))
      at++;
    guint8 first[64 / 4 * 3 + 3];
    gint state = 0;
    guint held = 0;
    gsize digits = MIN(size - at, 64);
    return is_enveloped(first, g_base64_decode_step((const char *)data + at, digits, first, &state, &held));
  }
  return false;
}

/* PKCS #12 with a key or with contents that are encrypted. Source: RFC 7292, 4: version 3, then contents of type data. */
static bool is_key_store(const guint8 *data, gsize size) {
  static const char version[] = "\x02\x01\x03", contents[] = CMS "\x01\xa0", encrypted[] = CMS "\x06\xa0";
  static const char shrouded[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02\xa0";
  AkReader reader = ak_reader_init(data, size);
  return begins_sequence(&reader) && continues_with(&reader, version, sizeof version - 1) &&
         ak_reader_skip(&reader, sizeof version - 1, NULL) && begins_sequence(&reader) &&
         continues_with(&reader, contents, sizeof contents - 1) &&
         (memmem(data, size, encrypted, sizeof encrypted - 1) != NULL || memmem(data, size, shrouded, sizeof shrouded - 1) != NULL);
}

bool ak_encrypted_kind_is(const guint8 *data, gsize size) {
  gsize blanks = 0; /* before what is text */
  while (blanks < size && blanks < 64 && (data[blanks] == '\n' || data[blanks] == '\r' || data[blanks] == ' '))
    blanks++;
  return has_magic(data + blanks, size - blanks) || is_pem_enveloped(data + blanks, size - blanks) || is_message(data, size) ||
         is_enveloped(data, size) || is_key_store(data, size);
}

bool ak_firmware_encrypted_kind_fuzz(const guint8 *data, gsize size) {
  return ak_encrypted_kind_is(data, size);
}
