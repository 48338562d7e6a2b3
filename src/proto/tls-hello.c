#include "proto/tls-hello.h"

#include <string.h>

#include "util/reader.h"
#include "util/writer.h"

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define MAX_RECORD (16384 + 2048) /* Source: RFC 5246, 6.2.3 */
#define HANDSHAKE_CLIENT_HELLO 1
#define HANDSHAKE_SERVER_HELLO 2
#define EXTENSION_SERVER_NAME 0
#define EXTENSION_GROUPS 10
#define EXTENSION_POINT_FORMATS 11
#define EXTENSION_SIGNATURES 13
#define EXTENSION_MASTER_SECRET 23
#define EXTENSION_VERSIONS 43
#define EXTENSION_PSK_MODES 45
#define EXTENSION_KEY_SHARE 51
#define EXTENSION_RENEGOTIATION 0xff01
#define GROUP_X25519 29
#define ALERT_LEVEL_WARNING 1

/* --- ClientHello -------------------------------------------------------------------------------- */

/* Writes a 16-bit length for what comes until end_part. */
static gsize begin_part(AkWriter *out) {
  ak_writer_u16be(out, 0);
  return ak_writer_size(out);
}

static void end_part(AkWriter *out, gsize begin) {
  ak_writer_patch_u16be(out, begin - 2, (guint16)(ak_writer_size(out) - begin));
}

static void write_list(AkWriter *out, guint16 extension, const guint16 *values, gsize count) {
  ak_writer_u16be(out, extension);
  gsize outer = begin_part(out), inner = begin_part(out);
  for (gsize i = 0; i < count; i++)
    ak_writer_u16be(out, values[i]);
  end_part(out, inner);
  end_part(out, outer);
}

static void write_bytes(AkWriter *out, guint16 extension, const char *bytes, gsize size) {
  ak_writer_u16be(out, extension);
  ak_writer_u16be(out, (guint16)size);
  ak_writer_bytes(out, bytes, size);
}

/* Any 32 bytes are a public key of X25519 (RFC 7748, 5), so no key needs to be made. */
static void write_tls13(AkWriter *out, const AkTlsHello *hello) {
  write_bytes(out, EXTENSION_VERSIONS, "\x02\x03\x04", 3);
  write_bytes(out, EXTENSION_PSK_MODES, "\x01\x01", 2);
  ak_writer_u16be(out, EXTENSION_KEY_SHARE);
  gsize outer = begin_part(out), shares = begin_part(out);
  ak_writer_u16be(out, GROUP_X25519);
  gsize key = begin_part(out);
  ak_writer_bytes(out, hello->random, sizeof hello->random);
  end_part(out, key);
  end_part(out, shares);
  end_part(out, outer);
}

/* Source: RFC 6066, 3. */
static void write_server_name(AkWriter *out, const char *name) {
  ak_writer_u16be(out, EXTENSION_SERVER_NAME);
  gsize outer = begin_part(out), list = begin_part(out);
  ak_writer_u8(out, 0); /* host_name */
  gsize text = begin_part(out);
  ak_writer_bytes(out, name, strlen(name));
  end_part(out, text);
  end_part(out, list);
  end_part(out, outer);
}

static void write_extensions(AkWriter *out, const AkTlsHello *hello) {
  /* x25519, the NIST, Koblitz and Brainpool curves of old devices, x448, ffdhe2048 to 8192 */
  static const guint16 groups[] = {GROUP_X25519, 23, 24, 25, 30, 21, 19, 22, 26,
                                   27, 28, 256, 257, 258, 259, 260};
  /* ECDSA, RSA-PSS, Ed25519, Ed448, RSA with SHA-2, then SHA-1 with ECDSA, RSA, DSA, and RSA with MD5 */
  static const guint16 signatures[] = {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809,
                                       0x080a, 0x080b, 0x0807, 0x0808, 0x0401, 0x0501, 0x0601,
                                       0x0402, 0x0301, 0x0203, 0x0201, 0x0202, 0x0101};
  gsize all = begin_part(out);
  if (hello->server_name != NULL)
    write_server_name(out, hello->server_name);
  write_list(out, EXTENSION_GROUPS, groups, G_N_ELEMENTS(groups));
  write_bytes(out, EXTENSION_POINT_FORMATS, "\x01\x00", 2);
  write_bytes(out, EXTENSION_RENEGOTIATION, "\x00", 1);
  write_bytes(out, EXTENSION_MASTER_SECRET, "", 0);
  if (hello->version >= AK_TLS_1_2)
    write_list(out, EXTENSION_SIGNATURES, signatures, G_N_ELEMENTS(signatures));
  if (hello->version == AK_TLS_1_3)
    write_tls13(out, hello);
  end_part(out, all);
}

static void write_body(AkWriter *out, const AkTlsHello *hello) {
  ak_writer_u16be(out, MIN(hello->version, AK_TLS_1_2));
  ak_writer_bytes(out, hello->random, sizeof hello->random);
  bool has_session = hello->version == AK_TLS_1_3; /* compatibility mode: RFC 8446, D.4 */
  ak_writer_u8(out, has_session ? 32 : 0);
  ak_writer_bytes(out, hello->random, has_session ? 32 : 0);
  gsize ciphers = begin_part(out);
  for (gsize i = 0; i < hello->cipher_count; i++)
    ak_writer_u16be(out, hello->ciphers[i]);
  end_part(out, ciphers);
  ak_writer_u8(out, 1); /* compression: none */
  ak_writer_u8(out, 0);
  if (hello->version > AK_SSL_3)
    write_extensions(out, hello);
}

GBytes *ak_tls_hello_build(const AkTlsHello *hello, GError **error) {
  if (ak_tls_version_name(hello->version) == NULL || hello->cipher_count == 0 ||
      hello->cipher_count > AK_TLS_MAX_OFFERED) {
    ak_error_set(error, AK_ERROR_CONFIG, "tls: hello of version %04x with %" G_GSIZE_FORMAT
                 " suites", hello->version, hello->cipher_count);
    return NULL;
  }
  g_autoptr(AkWriter) out = ak_writer_new(4096);
  ak_writer_u8(out, RECORD_HANDSHAKE);
  ak_writer_u16be(out, hello->version == AK_SSL_3 ? AK_SSL_3 : AK_TLS_1_0);
  gsize record = begin_part(out);
  ak_writer_u8(out, HANDSHAKE_CLIENT_HELLO);
  ak_writer_u8(out, 0); /* the upper byte of a 24-bit length */
  gsize message = begin_part(out);
  write_body(out, hello);
  end_part(out, message);
  end_part(out, record);
  return ak_writer_end(out, error);
}

/* --- the answer ----------------------------------------------------------------------------------- */

/* Source: RFC 8446, 4.1.3: the random value that makes a ServerHello a HelloRetryRequest. */
static const guint8 retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static bool read_extensions(AkReader *reader, AkTlsAnswer *out, GError **error) {
  guint16 size = 0;
  AkReader all;
  if (ak_reader_left(reader) == 0)
    return true;
  if (!ak_reader_u16be(reader, &size, error) || !ak_reader_sub(reader, size, &all, error))
    return false;
  while (ak_reader_left(&all) > 0) {
    guint16 type = 0, length = 0;
    AkReader content;
    if (!ak_reader_u16be(&all, &type, error) || !ak_reader_u16be(&all, &length, error) ||
        !ak_reader_sub(&all, length, &content, error))
      return false;
    if (type == EXTENSION_VERSIONS && !ak_reader_u16be(&content, &out->version, error))
      return false;
  }
  return true;
}

static bool read_hello(AkReader *reader, AkTlsAnswer *out, GError **error) {
  AkTlsAnswer answer = {.kind = AK_TLS_HELLO};
  const guint8 *random = NULL;
  guint8 session = 0, compression = 0;
  if (!ak_reader_u16be(reader, &answer.version, error) ||
      !ak_reader_bytes(reader, sizeof retry_random, &random, error) ||
      !ak_reader_u8(reader, &session, error) || !ak_reader_skip(reader, session, error) ||
      !ak_reader_u16be(reader, &answer.cipher, error) ||
      !ak_reader_u8(reader, &compression, error) || !read_extensions(reader, &answer, error))
    return false;
  answer.retry = memcmp(random, retry_random, sizeof retry_random) == 0;
  if (ak_tls_version_name(answer.version) == NULL || session > 32)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "tls: hello of version %04x",
                        answer.version);
  *out = answer;
  return true;
}

/* The handshake bytes of the records so far. */
static AkTlsParse parse_handshake(const GByteArray *bytes, AkTlsAnswer *out, GError **error) {
  AkReader reader = ak_reader_init(bytes->data, bytes->len), body;
  guint8 type = 0;
  guint32 length = 0;
  if (bytes->len > 0 && bytes->data[0] != HANDSHAKE_SERVER_HELLO) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "tls: handshake message %u first", bytes->data[0]);
    return AK_TLS_NO_TLS;
  }
  if (!ak_reader_u8(&reader, &type, NULL) || !ak_reader_u24be(&reader, &length, NULL))
    return AK_TLS_MORE;
  if (length > AK_TLS_MAX_HELLO) {
    ak_error_set(error, AK_ERROR_LIMIT, "tls: hello of %u bytes", length);
    return AK_TLS_NO_TLS;
  }
  if (!ak_reader_sub(&reader, length, &body, NULL))
    return AK_TLS_MORE;
  return read_hello(&body, out, error) ? AK_TLS_DONE : AK_TLS_NO_TLS;
}

/* An alert of one record; a warning (unrecognized name …) may stand before the hello. */
static AkTlsParse parse_alert(AkReader *record, AkTlsAnswer *out, GError **error) {
  AkTlsAnswer answer = {.kind = AK_TLS_ALERT};
  if (ak_reader_left(record) != 2 || !ak_reader_u8(record, &answer.level, error) ||
      !ak_reader_u8(record, &answer.description, error) || answer.level < 1 || answer.level > 2) {
    if (error != NULL && *error == NULL)
      ak_error_set(error, AK_ERROR_INVALID_DATA, "tls: bad alert");
    return AK_TLS_NO_TLS;
  }
  if (answer.level == ALERT_LEVEL_WARNING && answer.description != 0)
    return AK_TLS_MORE;
  *out = answer;
  return AK_TLS_DONE;
}

/* The bytes seen so far could still begin a record? */
static bool may_be_record(const guint8 *data, gsize size) {
  return (size < 1 || data[0] == RECORD_ALERT || data[0] == RECORD_HANDSHAKE) &&
         (size < 2 || data[1] == 3) && (size < 3 || data[2] <= 4);
}

/* Consumes one whole record, or nothing where it is not complete. */
static AkTlsParse parse_record(AkReader *whole, GByteArray *handshake, AkTlsAnswer *out,
                               GError **error) {
  AkReader copy = *whole, *reader = &copy;
  guint8 type = 0;
  guint16 version = 0, length = 0;
  AkReader record;
  const guint8 *bytes = NULL;
  if (!may_be_record(reader->data + reader->position, ak_reader_left(reader))) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "tls: offset %" G_GSIZE_FORMAT ": no record",
                 reader->position);
    return AK_TLS_NO_TLS;
  }
  if (!ak_reader_u8(reader, &type, NULL) || !ak_reader_u16be(reader, &version, NULL) ||
      !ak_reader_u16be(reader, &length, NULL))
    return AK_TLS_MORE;
  if (length == 0 || length > MAX_RECORD) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "tls: record of %u bytes", length);
    return AK_TLS_NO_TLS;
  }
  if (!ak_reader_sub(reader, length, &record, NULL))
    return AK_TLS_MORE;
  *whole = *reader;
  if (type == RECORD_ALERT)
    return parse_alert(&record, out, error);
  if (!ak_reader_bytes(&record, length, &bytes, error))
    return AK_TLS_NO_TLS;
  g_byte_array_append(handshake, bytes, length);
  return parse_handshake(handshake, out, error);
}

AkTlsParse ak_tls_answer_parse(const void *data, gsize size, AkTlsAnswer *out, GError **error) {
  g_autoptr(GByteArray) handshake = g_byte_array_new();
  g_autoptr(GError) failure = NULL;
  AkReader reader = ak_reader_init(data, size);
  AkTlsParse result = AK_TLS_MORE;
  gsize before;
  do {
    before = reader.position;
    result = parse_record(&reader, handshake, out, &failure);
  } while (result == AK_TLS_MORE && reader.position > before && ak_reader_left(&reader) > 0 &&
           reader.position < 2 * AK_TLS_MAX_HELLO);
  if (result == AK_TLS_MORE && size >= 2 * AK_TLS_MAX_HELLO + MAX_RECORD) {
    ak_error_set(&failure, AK_ERROR_LIMIT, "tls: no hello in %" G_GSIZE_FORMAT " bytes", size);
    result = AK_TLS_NO_TLS;
  }
  if (failure != NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  return result;
}

bool ak_proto_tls_hello_fuzz(const guint8 *data, gsize size);
bool ak_proto_tls_hello_fuzz(const guint8 *data, gsize size) {
  AkTlsAnswer answer = {0};
  g_autoptr(GError) error = NULL;
  AkTlsParse result = ak_tls_answer_parse(data, size, &answer, &error);
  g_assert((result == AK_TLS_NO_TLS) == (error != NULL));
  g_assert(result != AK_TLS_DONE || answer.kind == AK_TLS_ALERT ||
           ak_tls_version_name(answer.version) != NULL);
  return result == AK_TLS_DONE;
}
