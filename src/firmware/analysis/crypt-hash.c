#include "firmware/analysis/crypt-hash.h"

#include <crypt.h>
#include <string.h>

#include "firmware/analysis/apr1-hash.h"

#define MAX_COST 200000u   /* of one attempt: a fifth of a second */
#define MAX_HASH_BYTES 256 /* the longest form of crypt(5) has some 180 */

/* Costs: microseconds of one attempt, measured with libcrypt 4.4.33 on one core of a server. They
 * bound the work by its amount, not by the clock, so that the same image gives the same answer. */
#define COST_DES 5u
#define COST_MD5 110u
#define COST_APR1 300u
#define NANOSECONDS_OF_ROUND 330u /* SHA-256 and SHA-512 */
#define COST_OF_BCRYPT_ROUND 50u
#define NANOSECONDS_OF_YESCRYPT 150u           /* for each of N times r */
#define MAX_YESCRYPT_BYTES (64u * 1024 * 1024) /* of memory: 128 times N times r */

static bool is_crypt_text(const char *text, gsize length) {
  return strspn(text, AK_CRYPT_CHARACTERS) >= length;
}

/* --- what one attempt costs; `settings` stands behind the prefix -------------------------------
 */

static guint64 cost_of_md5(const char *settings) {
  return COST_MD5;
}

static guint64 cost_of_apr1(const char *settings) {
  return COST_APR1;
}

/* "rounds=N$salt$hash" or "salt$hash". Source: crypt(5), sha512crypt: 5,000 where none are named.
 */
static guint64 cost_of_sha(const char *settings) {
  guint64 rounds = 5000;
  if (g_str_has_prefix(settings, "rounds=")) {
    const char *digits = settings + strlen("rounds=");
    gsize length = strspn(digits, "0123456789");
    g_autofree char *number = g_strndup(digits, MIN(length, 10));
    if (length > 9 || digits[length] != '$' ||
        !g_ascii_string_to_unsigned(number, 10, 1000, 999999999, &rounds, NULL))
      return 0;
  }
  return rounds * NANOSECONDS_OF_ROUND / 1000;
}

/* "NN$salt and hash", 2 to the NNth rounds. Source: crypt(5), bcrypt. */
static guint64 cost_of_bcrypt(const char *settings) {
  if (!g_ascii_isdigit(settings[0]) || !g_ascii_isdigit(settings[1]) || settings[2] != '$')
    return 0;
  guint power = (guint)(settings[0] - '0') * 10 + (guint)(settings[1] - '0');
  return power >= 4 && power < 31 ? (guint64)COST_OF_BCRYPT_ROUND << power : 0;
}

/* "jNr$salt$hash": flavour j, then N and r of a character each; other flavours are rare.
 * Source: crypt(5), yescrypt; libxcrypt, lib/alg-yescrypt-common.c (decode64_uint32). */
static guint64 cost_of_yescrypt(const char *settings) {
  if (settings[0] != 'j' || !is_crypt_text(settings, 3) || settings[3] != '$')
    return 0;
  guint power = (guint)(strchr(AK_CRYPT_CHARACTERS, settings[1]) - AK_CRYPT_CHARACTERS) + 1;
  guint blocks = (guint)(strchr(AK_CRYPT_CHARACTERS, settings[2]) - AK_CRYPT_CHARACTERS) + 1;
  guint64 product = power < 24 ? (guint64)blocks << power : G_MAXUINT32;
  return product * 128 <= MAX_YESCRYPT_BYTES ? product * NANOSECONDS_OF_YESCRYPT / 1000 + 1 : 0;
}

/* "$2a$10$xxxxx…": no hash, but what stands for one, as in OpenSSH for accounts that are not there.
 */
static bool is_placeholder(const char *hash, gsize length) {
  return strspn(hash, "x") == length || strspn(hash, "X") == length;
}

static const struct {
  const char *prefix, *name;
  gsize hash_length;                     /* characters after the last $ */
  guint64 (*cost)(const char *settings); /* NULL: not tried */
} schemes[] = {
    {"$1$", "MD5", 22, cost_of_md5},
    {"$5$", "SHA-256", 43, cost_of_sha},
    {"$6$", "SHA-512", 86, cost_of_sha},
    {"$y$", "yescrypt", 43, cost_of_yescrypt},
    {"$2a$", "bcrypt", 53, cost_of_bcrypt},
    {"$2b$", "bcrypt", 53, cost_of_bcrypt},
    {"$2y$", "bcrypt", 53, cost_of_bcrypt},
    {AK_APR1_MARK, "Apache MD5", AK_APR1_HASH_CHARACTERS, cost_of_apr1},
    {"$gy$", "gost-yescrypt", 43, NULL},
    {"$7$", "scrypt", 43, NULL},
    {"$sha1$", "SHA-1", 28, NULL},
};

bool ak_crypt_hash_marked(const char *text, AkCryptHash *out) {
  const char *last = strrchr(text, '$');
  for (gsize i = 0; last != NULL && i < G_N_ELEMENTS(schemes); i++) {
    gsize length = strlen(last + 1);
    if (!g_str_has_prefix(text, schemes[i].prefix) || length != schemes[i].hash_length ||
        !is_crypt_text(last + 1, length) || is_placeholder(last + 1, length))
      continue;
    const char *settings = text + strlen(schemes[i].prefix);
    guint64 cost = schemes[i].cost != NULL ? schemes[i].cost(settings) : 0;
    *out = (AkCryptHash){
        .name = schemes[i].name, .prefix = schemes[i].prefix, .cost = cost <= MAX_COST ? cost : 0};
    return true;
  }
  return false;
}

/* --- hashes of web servers that are no crypt(5) ------------------------------------------------
 */

#define SHA_MARK "{SHA}"
#define SSHA_MARK "{SSHA}"
#define SHA_BYTES 20
#define DIGEST_DIGITS 32

/* "{SHA}" and SHA-1 in base64, "{SSHA}" with a salt behind it. Source: Apache HTTP Server, "Password Formats"; RFC 2307; OpenLDAP,
 * slapd.conf(5). */
static guchar *sha_of(const char *text, gsize *size) {
  bool is_salted = g_str_has_prefix(text, SSHA_MARK);
  const char *digits = text + strlen(is_salted ? SSHA_MARK : SHA_MARK);
  gsize length = strlen(digits), plain = strspn(digits, AK_CRYPT_CHARACTERS "+");
  if (!(is_salted || g_str_has_prefix(text, SHA_MARK)) || length % 4 != 0 || length > 100 || length - plain > 2 ||
      strspn(digits + plain, "=") != length - plain)
    return NULL;
  guchar *bytes = g_base64_decode(digits, size);
  if (is_salted ? *size > SHA_BYTES : *size == SHA_BYTES)
    return bytes;
  g_free(bytes);
  return NULL;
}

static bool matches_sha(const char *hash, const char *password) {
  gsize size = 0, length = SHA_BYTES;
  guint8 digest[SHA_BYTES];
  g_autofree guchar *bytes = sha_of(hash, &size);
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
  if (bytes == NULL)
    return false;
  g_checksum_update(sum, (const guchar *)password, (gssize)strlen(password));
  g_checksum_update(sum, bytes + SHA_BYTES, (gssize)(size - SHA_BYTES));
  g_checksum_get_digest(sum, digest, &length);
  return memcmp(digest, bytes, SHA_BYTES) == 0;
}

/* "user:realm:MD5 of user:realm:password". Source: RFC 7616, 3.4.2; Apache HTTP Server, htdigest. The last colon, or NULL. */
static const char *digest_at(const char *text) {
  const char *last = strrchr(text, ':');
  bool is_digest = last != NULL && strchr(text, ':') != last && strlen(last + 1) == DIGEST_DIGITS &&
                   strspn(last + 1, "0123456789abcdefABCDEF") == DIGEST_DIGITS;
  return is_digest ? last : NULL;
}

static bool matches_digest(const char *hash, const char *password) {
  const char *last = digest_at(hash);
  g_autofree char *text = g_strdup_printf("%.*s:%s", (int)(last - hash), hash, password);
  g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);
  return g_ascii_strcasecmp(hex, last + 1) == 0;
}

static bool read_web_hash(const char *text, AkCryptHash *out) {
  gsize size = 0;
  bool is_digest = digest_at(text) != NULL;
  g_autofree guchar *sha = is_digest ? NULL : sha_of(text, &size);
  if (!is_digest && sha == NULL)
    return false;
  *out = (AkCryptHash){.name = is_digest ? "digest MD5" : "SHA-1 of one round", .prefix = "", .cost = 1};
  return true;
}

bool ak_crypt_hash_read(const char *text, AkCryptHash *out) {
  if (ak_crypt_hash_marked(text, out) || read_web_hash(text, out))
    return true;
  if (strlen(text) != 13 || !is_crypt_text(text, 13))
    return false;
  *out = (AkCryptHash){.name = "DES", .prefix = "", .cost = COST_DES};
  return true;
}

bool ak_crypt_hash_matches(const char *hash, const char *password) {
  AkCryptHash known;
  if (strlen(hash) > MAX_HASH_BYTES || !ak_crypt_hash_read(hash, &known) || known.cost == 0)
    return false;
  if (strcmp(known.prefix, AK_APR1_MARK) == 0)
    return ak_apr1_hash_matches(hash, password);
  if (hash[0] == '{' || digest_at(hash) != NULL)
    return hash[0] == '{' ? matches_sha(hash, password) : matches_digest(hash, password);
  struct crypt_data *room = g_new0(struct crypt_data, 1); /* 32 KiB */
  const char *result = crypt_rn(password, hash, room, sizeof *room);
  bool same = result != NULL && strcmp(result, hash) == 0;
  g_free(room);
  return same;
}

bool ak_firmware_crypt_hash_fuzz(const guint8 *data, gsize size) {
  g_autofree char *text = g_strndup((const char *)data, MIN(size, 4096));
  AkCryptHash hash;
  if (!ak_crypt_hash_read(text, &hash))
    return false;
  g_assert_cmpuint(hash.cost, <=, MAX_COST);
  if (hash.cost > 0 && hash.cost <= COST_MD5)
    ak_crypt_hash_matches(text, "password");
  return true;
}
