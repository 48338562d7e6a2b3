#include "firmware/analysis/secret-find.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "firmware/analysis/crypt-hash.h"
#include "firmware/unpack/patterns.h"
#include "util/digest.h"
#include "util/reader.h"

#define MAX_SECRETS 1000    /* of a kind: many of one never hide another */
#define MAX_PEM_BYTES 65536 /* of one block; the largest real keys have some 13 kB */
#define MAX_LABEL_BYTES 64
#define MAX_LINE_BYTES 4096 /* of an account's line */

void ak_secret_free(AkSecret *self) {
  if (self == NULL)
    return;
  g_free(self->description);
  g_clear_pointer(&self->der, g_bytes_unref);
  g_free(self);
}

/* Takes the description over, which may be NULL: then it is no secret. NULL where none was added.
 */
static AkSecret *add(GPtrArray *found, AkSecretKind kind, gsize offset, gsize length,
                     char *description) {
  guint count = 0;
  for (guint i = 0; i < found->len; i++)
    count += ((const AkSecret *)found->pdata[i])->kind == kind;
  if (description == NULL || count >= MAX_SECRETS) {
    g_free(description);
    return NULL;
  }
  AkSecret *secret = g_new0(AkSecret, 1);
  *secret =
      (AkSecret){.kind = kind, .description = description, .offset = offset, .length = length};
  g_ptr_array_add(found, secret);
  return secret;
}

static void add_key(GPtrArray *found, gsize offset, gsize length, char *description,
                    const AkDigest *key) {
  AkSecret *secret = add(found, AK_SECRET_PRIVATE_KEY, offset, length, description);
  if (secret != NULL)
    secret->key = *key;
}

static void add_certificate(GPtrArray *found, gsize offset, gsize length, char *description,
                            const guint8 *der, gsize size) {
  AkSecret *secret = add(found, AK_SECRET_CERTIFICATE, offset, length, description);
  if (secret != NULL)
    secret->der = g_bytes_new(der, size);
}

static gint by_kind_and_offset(gconstpointer left, gconstpointer right) {
  const AkSecret *a = *(const AkSecret *const *)left, *b = *(const AkSecret *const *)right;
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* --- PEM blocks. Source: RFC 7468; OpenSSH keys: PROTOCOL.key -----------------------------------
 */

static char *describe_key(EVP_PKEY *key, const char *form) {
  const char *type = EVP_PKEY_get0_type_name(key);
  return g_strdup_printf("%s %d %s", type != NULL ? type : "key", EVP_PKEY_get_bits(key), form);
}

/* The length of a DER SEQUENCE with its header, 0 where the bytes begin with none.
 * Source: X.690, 8.1.3. */
static gsize length_of_sequence(const guint8 *data, gsize size, gsize *header) {
  if (size < 2 || data[0] != 0x30)
    return 0;
  gsize count = data[1] < 0x80 ? 0 : data[1] & 0x7f, length = count == 0 ? data[1] : 0;
  if (count > 3 || size < 2 + count || data[1] == 0x80)
    return 0;
  for (gsize i = 0; i < count; i++)
    length = length << 8 | data[2 + i];
  *header = 2 + count;
  return *header + length;
}

/* A key of a kind that the library does not know is one all the same: under its label stands a
 * SEQUENCE of the right length that begins with a version. */
static bool has_shape_of_key(const guint8 *der, gsize size) {
  gsize header = 0;
  return length_of_sequence(der, size, &header) == size && size >= header + 16 &&
         der[header] == 2 && der[header + 1] == 1 && der[header + 2] <= 1;
}

/* `digest` names the key: by its public half, or by the bytes given. */
static char *key_of_der(const guint8 *der, gsize size, const char *form, AkDigest *digest) {
  const unsigned char *at = der;
  guint8 *public_half = NULL;
  EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)size);
  char *description = key != NULL ? describe_key(key, form) : NULL;
  int length = key != NULL ? i2d_PUBKEY(key, &public_half) : 0;
  *digest = length > 0 ? ak_digest_of(public_half, (gsize)length) : ak_digest_of(der, size);
  OPENSSL_free(public_half);
  EVP_PKEY_free(key);
  return description;
}

/* "openssh-key-v1", then the name of the cipher: "none" where the key lies open. */
static char *key_of_openssh(const guint8 *bytes, gsize size) {
  static const guint8 open_key[] = "openssh-key-v1\0\0\0\0\4none";
  bool is_open = size > sizeof open_key - 1 && memcmp(bytes, open_key, sizeof open_key - 1) == 0;
  return is_open ? g_strdup("OpenSSH key") : NULL;
}

static char *describe_certificate(X509 *certificate, const char *form) {
  guint8 *der = NULL;
  int size = i2d_X509(certificate, &der);
  if (size <= 0)
    return NULL;
  AkDigest digest = ak_digest_of(der, (gsize)size);
  OPENSSL_free(der);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  struct tm end = {0};
  bool has_end = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1;
  return g_strdup_printf("%s sha256 %.16s… until %04d-%02d-%02d", form, hex,
                         has_end ? end.tm_year + 1900 : 0, end.tm_mon + 1, end.tm_mday);
}

static char *certificate_of_der(const guint8 *der, gsize size, const char *form) {
  const unsigned char *at = der;
  X509 *certificate = d2i_X509(NULL, &at, (long)size);
  char *description = certificate != NULL ? describe_certificate(certificate, form) : NULL;
  X509_free(certificate);
  return description;
}

/* The base 64 of a block. Blocks also stand indented, in quotes, or on one line with \n spelled
 * out, as in scripts, settings and sources; headers are lines with a colon. NULL for anything else.
 */
static char *text_of_block(const char *body, gsize size) {
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < size; i++) {
    const char *end = memchr(body + i, '\n', size - i);
    gsize line = end != NULL ? (gsize)(end - (body + i)) : size - i;
    bool is_start = i == 0 || body[i - 1] == '\n';
    if (is_start && memchr(body + i, ':', line) != NULL)
      i += line;
    else if (body[i] == '\\' && i + 1 < size && strchr("nrt\r\n", body[i + 1]) != NULL)
      i++;
    else if (g_ascii_isalnum(body[i]) || (body[i] != '\0' && strchr("+/=", body[i]) != NULL))
      g_string_append_c(text, body[i]);
    else if (body[i] == '\0' || strchr(" \t\r\n\"',", body[i]) == NULL)
      return g_string_free(text, TRUE);
  }
  return g_string_free(text, FALSE);
}

static char *describe_block(const char *label, const guint8 *bytes, gsize size, AkDigest *key) {
  *key = ak_digest_of(bytes, size);
  if (g_str_has_suffix(label, "CERTIFICATE"))
    return certificate_of_der(bytes, size, "PEM");
  if (strcmp(label, "OPENSSH PRIVATE KEY") == 0)
    return key_of_openssh(bytes, size);
  char *known = key_of_der(bytes, size, "PEM", key);
  return known == NULL && has_shape_of_key(bytes, size) ? g_strdup("key of unknown kind PEM")
                                                        : known;
}

/* A block counts only if it decodes: the mere words stand in every TLS library. An encrypted key is
 * no open secret. */
static void judge_block(GPtrArray *found, const char *label, const char *body, gsize body_size,
                        gsize offset, gsize size) {
  bool is_certificate = g_str_has_suffix(label, "CERTIFICATE");
  bool is_key = g_str_has_suffix(label, "PRIVATE KEY") && !g_str_has_prefix(label, "ENCRYPTED") &&
                memmem(body, body_size, "4,ENCRYPTED", 11) == NULL;
  g_autofree char *text = is_key || is_certificate ? text_of_block(body, body_size) : NULL;
  if (text == NULL || *text == '\0')
    return;
  gsize bytes_size = 0;
  g_autofree guchar *bytes = g_base64_decode(text, &bytes_size);
  AkDigest key;
  char *description = describe_block(label, bytes, bytes_size, &key);
  if (is_certificate)
    add_certificate(found, offset, size, description, bytes, bytes_size);
  else
    add_key(found, offset, size, description, &key);
  ERR_clear_error();
}

static void find_pem(GPtrArray *found, const guint8 *data, gsize size) {
  static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";
  for (gsize at = 0; at < size;) {
    const char *start = memmem(data + at, size - at, begin, sizeof begin - 1);
    if (start == NULL)
      return;
    gsize offset = (gsize)(start - (const char *)data), left = MIN(size - offset, MAX_PEM_BYTES);
    const char *label = start + sizeof begin - 1, *limit = start + left;
    const char *label_end = memmem(label, MIN((gsize)(limit - label), MAX_LABEL_BYTES), dashes, 5);
    const char *stop =
        label_end != NULL ? memmem(label_end + 5, (gsize)(limit - label_end) - 5, end, 9) : NULL;
    const char *last = stop != NULL ? memmem(stop + 9, (gsize)(limit - stop) - 9, dashes, 5) : NULL;
    if (last != NULL) {
      g_autofree char *name = g_strndup(label, (gsize)(label_end - label));
      judge_block(found, name, label_end + 5, (gsize)(stop - label_end) - 5, offset,
                  (gsize)(last + 5 - start));
    }
    at = offset + sizeof begin - 1;
  }
}

/* --- files that are a key as a whole -------------------------------------------------------------
 */

/* How private keys begin behind the header of their SEQUENCE. Source: RFC 5208 and RFC 8017, A.1.2 (version 0, then the algorithm or a
 * modulus of 1024 to 4096 bits), RFC 5915 (version 1, then a scalar), RFC 8410. */
static const AkPattern key_begins[] = {
    {"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 16},
    {"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", 14},
    {"\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", 14},
    {"\x02\x01\x00\x30\x05\x06\x03\x2b\x65", 9},
    {"\x02\x01\x00\x02\x81\x81\x00", 7},
    {"\x02\x01\x00\x02\x82\x01\x01\x00", 8},
    {"\x02\x01\x00\x02\x82\x01\x81\x00", 8},
    {"\x02\x01\x00\x02\x82\x02\x01\x00", 8},
    {"\x02\x01\x01\x04\x20", 5},
    {"\x02\x01\x01\x04\x30", 5},
    {"\x02\x01\x01\x04\x42", 5},
};
#define DER_HITS 1024

/* Short keys end with a scalar or a point. Libraries hold what stands before it, and anything may follow there: text, tables. Of
 * 32 random bytes fewer than 24 differ in one case of 10,000, and fewer than 7 are above 0x7f in one of 2,000. */
static bool ends_like_key(const guint8 *der, gsize length) {
  bool was_seen[256] = {false};
  guint different = 0, high = 0;
  for (gsize i = length - 32; i < length; i++) {
    different += !was_seen[der[i]];
    high += der[i] > 0x7f;
    was_seen[der[i]] = true;
  }
  return length >= 300 || (different >= 24 && high >= 7);
}

/* A key whose version stands at `at`: its header stands before it. */
static bool judge_inner_key(GPtrArray *found, const guint8 *data, gsize size, gsize at) {
  for (gsize back = 2; back <= 4 && back <= at; back++) {
    gsize header = 0, start = at - back, left = MIN(size - start, MAX_PEM_BYTES);
    gsize length = length_of_sequence(data + start, left, &header);
    if (header != back || length > left || length < 40 || !ends_like_key(data + start, length))
      continue;
    AkDigest digest;
    char *key = key_of_der(data + start, length, "DER", &digest);
    ERR_clear_error();
    if (key != NULL) {
      add_key(found, start, length, key, &digest);
      return true;
    }
  }
  return false;
}

/* Keys in DER within programs and other files that are no text. */
static void find_inner_der(GPtrArray *found, const guint8 *data, gsize size) {
  static AkPatterns *patterns;
  static gsize made;
  if (g_once_init_enter(&made)) {
    patterns = ak_patterns_new(key_begins, G_N_ELEMENTS(key_begins));
    g_once_init_leave(&made, 1);
  }
  if (patterns == NULL || memchr(data, '\0', size) == NULL)
    return;
  g_autofree AkPatternHit *hits = g_new(AkPatternHit, DER_HITS);
  guint keys = 0;
  for (gsize from = 1; from < size && keys < MAX_SECRETS;) {
    gsize count = ak_patterns_search(patterns, data, size, &from, size, hits, DER_HITS);
    for (gsize i = 0; i < count && keys < MAX_SECRETS; i++)
      keys += judge_inner_key(found, data, size, hits[i].at);
  }
}

/* DER, whatever its name: the file is one SEQUENCE, with a line end behind it at most. */
static void find_der(GPtrArray *found, const guint8 *data, gsize size) {
  gsize header = 0, length = length_of_sequence(data, size, &header);
  bool is_whole = size >= 16 && size <= MAX_PEM_BYTES && length <= size && size - length <= 2;
  if (!is_whole) {
    find_inner_der(found, data, size);
    return;
  }
  AkDigest digest;
  char *key = key_of_der(data, length, "DER", &digest);
  char *certificate = key == NULL ? certificate_of_der(data, length, "DER") : NULL;
  if (key == NULL && certificate == NULL)
    find_inner_der(found, data, size); /* PKCS #12, say */
  add_certificate(found, 0, size, certificate, data, length);
  add_key(found, 0, size, key, &digest);
  ERR_clear_error();
}

/* Host keys of Dropbear: SSH strings, the name of the kind first. A public key has fewer of them,
 * or a shorter last one. Source: RFC 4253, 6.6; RFC 5656, 3.1; Dropbear, signkey.c. */
static const struct {
  const char *kind, *name;
  guint public_parts;
  guint32 public_bytes; /* of the last part, 0: any */
} ssh_kinds[] = {
    {"ssh-rsa", "RSA", 2, 0},
    {"ssh-dss", "DSA", 4, 0},
    {"ecdsa-sha2-nistp256", "EC 256", 2, 0},
    {"ecdsa-sha2-nistp384", "EC 384", 2, 0},
    {"ecdsa-sha2-nistp521", "EC 521", 2, 0},
    {"ssh-ed25519", "ED25519", 1, 32},
};

static void find_dropbear(GPtrArray *found, const guint8 *data, gsize size) {
  AkReader reader = ak_reader_init(data, MIN(size, MAX_PEM_BYTES));
  const guint8 *part = NULL, *kind = NULL;
  guint32 length = 0, kind_length = 0;
  guint parts = 0;
  while (ak_reader_u32be(&reader, &length, NULL) && ak_reader_bytes(&reader, length, &part, NULL)) {
    if (parts++ > 0)
      continue;
    kind = part;
    kind_length = length;
  }
  for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS(ssh_kinds); i++) {
    bool is_kind = strlen(ssh_kinds[i].kind) == kind_length &&
                   memcmp(ssh_kinds[i].kind, kind, kind_length) == 0;
    bool is_longer = ssh_kinds[i].public_bytes > 0 && length > ssh_kinds[i].public_bytes;
    if (!is_kind || (parts - 1 <= ssh_kinds[i].public_parts && !is_longer))
      continue;
    AkDigest key = ak_digest_of(data, size);
    add_key(found, 0, size, g_strdup_printf("%s Dropbear", ssh_kinds[i].name), &key);
  }
}

/* --- password hashes. Source: crypt(5)
 * ---------------------------------------------------------------- */

#define MAX_HASH_BYTES 256
#define SHORTEST_HASH 25  /* "$1$", an empty salt at least, and 22 characters of MD5 */

/* Files of accounts, and how many fields a line has at least. Source: passwd(5), shadow(5);
 * htpasswd holds a name and a hash, htdigest a realm between them; their names are parts of those that servers use. */
static const struct {
  const char *name;
  guint fields;
} account_files[] = {
    {"shadow", 8},        {"shadow-", 8},  {"passwd", 7},    {"passwd-", 7},
    {"master.passwd", 7}, {"htpasswd", 2}, {"htdigest", 3},
};
#define FIRST_PART 5 /* from here on a part of the name is enough */

static int account_file_of(const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  for (gsize i = 0; i < G_N_ELEMENTS(account_files); i++)
    if (strcmp(account_files[i].name, name) == 0 || (i >= FIRST_PART && strstr(name, account_files[i].name) != NULL))
      return (int)i;
  return -1;
}

static bool is_account_character(char c) {
  return g_ascii_isalnum(c) || (c != '\0' && strchr("_.-$@", c) != NULL);
}

static bool is_account_name(const char *text) {
  gsize length = 0;
  while (is_account_character(text[length]))
    length++;
  return length > 0 && length <= 64 && text[length] == '\0';
}

/* The name before the colon before a hash, "" where there is none. Caller frees. */
static char *account_before(const guint8 *data, gsize at) {
  gsize end = at > 0 ? at - 1 : 0, start = end;
  if (at == 0 || data[end] != ':')
    return g_strdup("");
  while (start > 0 && end - start < 64 && is_account_character((char)data[start - 1]))
    start--;
  return g_strndup((const char *)data + start, end - start);
}

/* A hash of a scheme with a mark, wherever it stands: in accounts, scripts, settings, programs.
 * Locked accounts ("!", "*" before the hash) are none. */
static void find_marked_hashes(GPtrArray *found, const guint8 *data, gsize size, bool is_account) {
  for (gsize at = 0; at < size; at++) {
    const guint8 *mark = memchr(data + at, '$', size - at);
    if (mark == NULL)
      return;
    at = (gsize)(mark - data);
    char token[MAX_HASH_BYTES + 1];
    gsize length = 0;
    while (length < MAX_HASH_BYTES && at + length < size && data[at + length] != '\0' &&
           strchr(AK_CRYPT_CHARACTERS "$=,", data[at + length]) != NULL) {
      token[length] = (char)data[at + length];
      length++;
    }
    token[length] = '\0';
    AkCryptHash hash;
    bool is_hash = length >= SHORTEST_HASH && ak_crypt_hash_marked(token, &hash);
    bool is_locked = is_account && at > 0 && (data[at - 1] == '!' || data[at - 1] == '*');
    if (!is_hash || is_locked)
      continue;
    g_autofree char *account = account_before(data, at);
    add(found, AK_SECRET_PASSWORD_HASH, at, length,
        g_strdup_printf("%s%s%s (%s)", account, *account != '\0' ? ": " : "", hash.prefix,
                        hash.name));
    at += length - 1;
  }
}

/* What has no mark of crypt(5) counts only in files of accounts: the old DES, what web servers have of their own. An empty password is no secret: firmware.account
 * tells of it. */
static void judge_line(GPtrArray *found, const char *line, gsize offset, int file) {
  g_auto(GStrv) fields = g_strsplit(line, ":", -1);
  if (g_strv_length(fields) < account_files[file].fields || !is_account_name(fields[0]))
    return;
  AkCryptHash hash;
  bool is_digest = strcmp(account_files[file].name, "htdigest") == 0;
  if (ak_crypt_hash_read(is_digest ? line : fields[1], &hash) && *hash.prefix == '\0')
    add(found, AK_SECRET_PASSWORD_HASH, offset, strlen(line),
        g_strdup_printf("%s: %s", fields[0], hash.name));
}

static void find_accounts(GPtrArray *found, int file, const guint8 *data, gsize size) {
  for (gsize at = 0; at < size;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    if (length < MAX_LINE_BYTES && memchr(data + at, '\0', length) == NULL) {
      g_autofree char *line = g_strndup((const char *)data + at, length);
      g_strchomp(line);
      judge_line(found, line, at, file);
    }
    at += length + 1;
  }
}

guint ak_secret_find_manner(const char *path) {
  return (guint)(account_file_of(path) + 1);
}

GPtrArray *ak_secret_find(const char *path, const guint8 *data, gsize size) {
  GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)ak_secret_free);
  if (size == 0)
    return found;
  int file = account_file_of(path);
  find_pem(found, data, size);
  find_der(found, data, size);
  find_dropbear(found, data, size);
  find_marked_hashes(found, data, size, file >= 0);
  if (file >= 0)
    find_accounts(found, file, data, size);
  g_ptr_array_sort(found, by_kind_and_offset);
  return found;
}

bool ak_firmware_secret_find_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) accounts = ak_secret_find("/etc/shadow", data, size);
  g_autoptr(GPtrArray) der = ak_secret_find("/etc/server.key", data, size);
  return accounts->len + der->len > 0;
}
