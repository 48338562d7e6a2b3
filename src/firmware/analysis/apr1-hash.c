#include "firmware/analysis/apr1-hash.h"

#include <string.h>

#include "firmware/analysis/crypt-hash.h"

#define ROUNDS 1000
#define DIGEST_SIZE 16

typedef struct {
  const char *password, *salt;
  gsize password_size, salt_size;
  GChecksum *sum; /* owned, used again and again */
  guint8 digest[DIGEST_SIZE];
} Work;

static void add(Work *self, const void *data, gsize size) {
  g_checksum_update(self->sum, data, (gssize)size);
}

static void add_password(Work *self) {
  add(self, self->password, self->password_size);
}

static void end(Work *self) {
  gsize size = DIGEST_SIZE;
  g_checksum_get_digest(self->sum, self->digest, &size);
  g_checksum_reset(self->sum);
}

/* Bits of the length choose between a zero byte and the password's first. */
static void begin(Work *self) {
  add_password(self);
  add(self, self->salt, self->salt_size);
  add_password(self);
  end(self);
  add_password(self);
  add(self, AK_APR1_MARK, strlen(AK_APR1_MARK));
  add(self, self->salt, self->salt_size);
  for (gsize left = self->password_size; left > 0; left -= MIN(left, DIGEST_SIZE))
    add(self, self->digest, MIN(left, DIGEST_SIZE));
  for (gsize bits = self->password_size; bits > 0; bits >>= 1)
    add(self, (bits & 1) != 0 ? "" : self->password, 1);
  end(self);
}

static void mix(Work *self, guint number) {
  guint8 last[DIGEST_SIZE];
  memcpy(last, self->digest, sizeof last);
  if (number % 2 != 0)
    add_password(self);
  else
    add(self, last, sizeof last);
  if (number % 3 != 0)
    add(self, self->salt, self->salt_size);
  if (number % 7 != 0)
    add_password(self);
  if (number % 2 != 0)
    add(self, last, sizeof last);
  else
    add_password(self);
  end(self);
}

/* Six bits a character, the lowest first, of three bytes taken from all over the digest. */
static void encode(const guint8 *digest, char *out) {
  static const guint8 order[][3] = {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
  for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
    guint32 bits = (guint32)digest[order[i][0]] << 16 | (guint32)digest[order[i][1]] << 8 |
                   digest[order[i][2]];
    for (guint k = 0; k < 4; k++, bits >>= 6)
      *out++ = AK_CRYPT_CHARACTERS[bits & 63];
  }
  *out++ = AK_CRYPT_CHARACTERS[digest[11] & 63];
  *out++ = AK_CRYPT_CHARACTERS[digest[11] >> 6];
  *out = '\0';
}

bool ak_apr1_hash_matches(const char *hash, const char *password) {
  const char *salt = hash + strlen(AK_APR1_MARK);
  const char *dollar = g_str_has_prefix(hash, AK_APR1_MARK) ? strchr(salt, '$') : NULL;
  if (dollar == NULL || strlen(dollar + 1) != AK_APR1_HASH_CHARACTERS)
    return false;
  Work work = {.password = password,
               .password_size = strlen(password),
               .salt = salt,
               .salt_size = MIN((gsize)(dollar - salt), AK_APR1_SALT_CHARACTERS),
               .sum = g_checksum_new(G_CHECKSUM_MD5)};
  begin(&work);
  for (guint i = 0; i < ROUNDS; i++)
    mix(&work, i);
  g_checksum_free(work.sum);
  char text[AK_APR1_HASH_CHARACTERS + 1];
  encode(work.digest, text);
  return strcmp(text, dollar + 1) == 0;
}
