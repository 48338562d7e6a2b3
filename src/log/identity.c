#include "log/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "proof/base64.h"
#include "util/io.h"

#define KEY_FILE "log-key"
#define PUBLIC_FILE "log-key.pub"
#define PREFIX "PRIVATE+KEY+"
#define MAX_KEY_FILE 1024 /* bytes */
#define SEED_SIZE crypto_sign_SEEDBYTES

G_STATIC_ASSERT(SEED_SIZE == 32 && crypto_sign_PUBLICKEYBYTES == AK_NOTE_PUBLIC_SIZE);

struct _AkIdentity {
  AkNoteKey *key;
  char *verifier;
  guint8 secret[crypto_sign_SECRETKEYBYTES];
};

void ak_identity_free(AkIdentity *self) {
  if (self == NULL)
    return;
  ak_note_key_free(self->key);
  g_free(self->verifier);
  sodium_memzero(self->secret, sizeof self->secret);
  g_free(self);
}

static AkIdentity *identity_new(const char *origin, const guint8 *seed, GError **error) {
  g_autoptr(AkIdentity) self = g_new0(AkIdentity, 1);
  guint8 public_key[AK_NOTE_PUBLIC_SIZE];
  crypto_sign_seed_keypair(public_key, self->secret, seed);
  self->key = ak_note_key_new(origin, AK_NOTE_KEY_ED25519, public_key, error);
  if (self->key == NULL)
    return NULL;
  self->verifier = ak_note_key_format(self->key);
  return g_steal_pointer(&self);
}

static char *format_secret(const AkIdentity *self) {
  guint8 typed[1 + SEED_SIZE] = {AK_NOTE_KEY_ED25519};
  crypto_sign_ed25519_sk_to_seed(typed + 1, self->secret);
  g_autofree char *base64 = ak_base64_encode(typed, sizeof typed);
  sodium_memzero(typed, sizeof typed);
  char *line = g_strdup_printf(PREFIX "%s+%08x+%s\n", self->key->name, self->key->id, base64);
  sodium_memzero(base64, strlen(base64));
  return line;
}

static AkIdentity *parse_parts(GStrv parts, GError **error) {
  guint8 typed[1 + SEED_SIZE];
  if (!ak_base64_decode_exact(parts[2], typed, sizeof typed, KEY_FILE, error))
    return NULL;
  AkIdentity *self = NULL;
  if (typed[0] == AK_NOTE_KEY_ED25519)
    self = identity_new(parts[0], typed + 1, error);
  else
    ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "log: %s: no Ed25519 key", KEY_FILE);
  sodium_memzero(typed, sizeof typed);
  return self;
}

static AkIdentity *parse(const char *line, GError **error) {
  g_autoptr(AkIdentity) self = NULL;
  if (g_str_has_prefix(line, PREFIX) && g_str_has_suffix(line, "\n")) {
    g_autofree char *body = g_strndup(line + strlen(PREFIX), strlen(line) - strlen(PREFIX) - 1);
    g_auto(GStrv) parts = g_strsplit(body, "+", 3);
    sodium_memzero(body, strlen(body));
    if (g_strv_length(parts) == 3)
      self = parse_parts(parts, NULL);
    for (guint i = 0; parts[i] != NULL; i++)
      sodium_memzero(parts[i], strlen(parts[i]));
  }
  g_autofree char *again = self != NULL ? format_secret(self) : NULL;
  bool is_same = again != NULL && strcmp(again, line) == 0;
  if (again != NULL)
    sodium_memzero(again, strlen(again));
  if (!is_same) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "log: %s: no log key", KEY_FILE);
    return NULL;
  }
  return g_steal_pointer(&self);
}

static bool check_mode(const struct stat *st, GError **error) {
  if ((st->st_mode & 077) != 0)
    return ak_error_set(error, AK_ERROR_PERMISSION,
                        "log: %s may be read by others; give it mode 0600", KEY_FILE);
  return true;
}

static AkIdentity *read_key(int dir_fd, GError **error) {
  g_autoptr(GBytes) bytes = ak_io_read_file(dir_fd, KEY_FILE, MAX_KEY_FILE, error);
  if (bytes == NULL)
    return NULL;
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  char line[MAX_KEY_FILE + 1] = {0}; /* a NUL inside ends it early, and so it does not fit */
  memcpy(line, data, size);
  AkIdentity *self = parse(line, error);
  sodium_memzero(line, sizeof line);
  return self;
}

static AkIdentity *make_key(int dir_fd, GError **error) {
  guint8 seed[SEED_SIZE];
  randombytes_buf(seed, sizeof seed);
  g_autofree char *origin = g_strdup_printf("akashi.local/%08x", randombytes_random());
  g_autoptr(AkIdentity) self = identity_new(origin, seed, error);
  sodium_memzero(seed, sizeof seed);
  if (self == NULL)
    return NULL;
  g_autofree char *line = format_secret(self);
  bool ok = ak_io_replace(dir_fd, KEY_FILE, 0600, line, strlen(line), error);
  sodium_memzero(line, strlen(line));
  return ok ? g_steal_pointer(&self) : NULL;
}

static bool write_public(int dir_fd, const AkIdentity *self, GError **error) {
  struct stat st;
  if (fstatat(dir_fd, PUBLIC_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return true;
  g_autofree char *line = g_strdup_printf("%s\n", self->verifier);
  return ak_io_replace(dir_fd, PUBLIC_FILE, 0644, line, strlen(line), error);
}

AkIdentity *ak_identity_open(int dir_fd, bool may_make, GError **error) {
  if (sodium_init() < 0) {
    ak_error_set(error, AK_ERROR_INTERNAL, "libsodium does not start");
    return NULL;
  }
  struct stat st;
  g_autoptr(AkIdentity) self = NULL;
  if (fstatat(dir_fd, KEY_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0) {
    /* The name may not be durable yet if its maker died. */
    if (check_mode(&st, error) && ak_io_sync_dir(dir_fd, KEY_FILE, error))
      self = read_key(dir_fd, error);
  } else if (errno != ENOENT) {
    ak_error_set_errno(error, errno, "log: %s", KEY_FILE);
  } else if (!may_make) {
    ak_error_set(error, AK_ERROR_CONFIG,
                 "log: %s is missing: without its key the log cannot go on; restore it", KEY_FILE);
  } else {
    self = make_key(dir_fd, error);
  }
  if (self == NULL || !write_public(dir_fd, self, error))
    return NULL;
  return g_steal_pointer(&self);
}

const AkNoteKey *ak_identity_key(const AkIdentity *self) { return self->key; }

const char *ak_identity_verifier(const AkIdentity *self) { return self->verifier; }

void ak_identity_sign(const AkIdentity *self, const void *data, gsize size,
                      guint8 out[static AK_NOTE_SIGNATURE_SIZE]) {
  crypto_sign_detached(out, NULL, data, size, self->secret);
}
