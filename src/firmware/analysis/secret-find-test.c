#include "firmware/analysis/secret-find.h"

#include "firmware/analysis/crypt-hash.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "firmware/unpack/test-image.h"

static GPtrArray *find(const char *path, const char *text) {
  return ak_secret_find(path, (const guint8 *)text, strlen(text));
}

static char *make_key(const EVP_CIPHER *cipher) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  BIO *bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, cipher ? "secret" : NULL, cipher ? 6 : 0, NULL,
                                NULL);
  char *data = NULL;
  long size = BIO_get_mem_data(bio, &data);
  char *text = g_strndup(data, (gsize)size);
  BIO_free(bio);
  EVP_PKEY_free(key);
  return text;
}

static void test_a_key_that_decodes(void) {
  g_autofree char *pem = make_key(NULL);
  g_autofree char *file = g_strdup_printf("junk\n%s\nmore", pem);
  g_autoptr(GPtrArray) found = find("/etc/ssl/server.pem", file);
  g_assert_cmpuint(found->len, ==, 1);
  const AkSecret *secret = found->pdata[0];
  g_assert_cmpint(secret->kind, ==, AK_SECRET_PRIVATE_KEY);
  g_assert_cmpstr(secret->description, ==, "EC 256 PEM");
  g_assert_cmpuint(secret->offset, ==, 5);
}

static void test_words_and_encrypted_keys_are_none(void) {
  g_autofree char *encrypted = make_key(EVP_aes_128_cbc());
  g_autoptr(GPtrArray) locked = find("/etc/key.pem", encrypted);
  g_assert_cmpuint(locked->len, ==, 0);
  g_autoptr(GPtrArray) words =
      find("/lib/libssl.so", "-----BEGIN PRIVATE KEY-----\0-----END PRIVATE KEY-----");
  g_assert_cmpuint(words->len, ==, 0);
  g_autoptr(GPtrArray) empty =
      find("/x", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
  g_assert_cmpuint(empty->len, ==, 0);
}

static void test_hashes_in_shadow(void) {
  g_autofree char *hash = g_strnfill(86, 'a');
  g_autofree char *shadow = g_strdup_printf("root:$6$salt$%s:19000:0:::::\n"
                                            "daemon:*:19000::::::\n"
                                            "bin:!:19000::::::\n"
                                            "guest::19000::::::\n"
                                            "old:abJnggxhB/yWI:1::::::\n"
                                            "locked:!$6$salt$%s:1::::::\n",
                                            hash, hash);
  g_autoptr(GPtrArray) found = find("/etc/shadow", shadow);
  g_assert_cmpuint(found->len, ==, 2); /* an empty password is none */
  g_assert_cmpstr(((AkSecret *)found->pdata[0])->description, ==, "root: $6$ (SHA-512)");
  g_assert_cmpstr(((AkSecret *)found->pdata[1])->description, ==, "old: DES");
}

static void test_hashes_elsewhere(void) {
  g_autofree char *hash = g_strnfill(22, 'b');
  g_autofree char *script = g_strdup_printf("admin:$1$xyz$%s\nx:$1$not a hash\nuser:\n", hash);
  g_autoptr(GPtrArray) found = find("/etc/init.d/setup", script);
  g_assert_cmpuint(found->len, ==, 1);
  g_autoptr(GPtrArray) passwd = find("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  g_assert_cmpuint(passwd->len, ==, 0);
}

static void test_truncated_at_every_byte(void) {
  g_autofree char *pem = make_key(NULL);
  for (gsize cut = 0; cut < strlen(pem); cut++) {
    g_autofree guint8 *copy = g_memdup2(pem, cut);
    g_autoptr(GPtrArray) found = ak_secret_find("/k.key", copy, cut);
    if (cut + 2 < strlen(pem)) /* the last dash and line end do not matter */
      g_assert_cmpuint(found->len, ==, 0);
  }
}

/* --- keys in every dress
 * ------------------------------------------------------------------------------ */

static GPtrArray *find_bytes(const char *path, GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  return ak_secret_find(path, data, size);
}

static void assert_one_key(GPtrArray *found, const char *description) {
  g_assert_cmpuint(found->len, ==, 1);
  const AkSecret *secret = found->pdata[0];
  g_assert_cmpint(secret->kind, ==, AK_SECRET_PRIVATE_KEY);
  g_assert_cmpstr(secret->description, ==, description);
}

static char *replaced(const char *text, const char *from, const char *to) {
  g_auto(GStrv) parts = g_strsplit(text, from, -1);
  return g_strjoinv(to, parts);
}

static void test_dresses(void) {
  static const struct {
    const char *from, *to;
  } dresses[] = {
      {"\n", "\r\n"},        /* of Windows */
      {"\n", "\n    "},      /* indented: settings, YAML */
      {"\n", "\\n"},         /* on one line: JSON, shell */
      {"\n", "\\n\"\n  \""}, /* a C source */
      {"\n", "\\\n"},        /* continued lines */
  };
  g_autofree char *pem = make_key(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(dresses); i++) {
    g_autofree char *dressed = replaced(pem, dresses[i].from, dresses[i].to);
    g_autoptr(GPtrArray) found = find("/etc/config/vpn", dressed);
    assert_one_key(found, "EC 256 PEM");
  }
}

/* By the tools that devices are made with. */
static void test_tools(void) {
  static const struct {
    const char *command, *description; /* NULL: none */
  } cases[] = {
      {"openssl genrsa -traditional -out key 2048", "RSA 2048 PEM"},
      {"openssl genpkey -algorithm ED25519 -out key", "ED25519 256 PEM"},
      {"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key",
       "RSA 2048 DER"},
      {"openssl ecparam -name prime256v1 -genkey -noout -out key", "EC 256 PEM"},
      {"openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit -out key",
       "EC 256 PEM"},
      {"openssl genrsa -traditional -aes128 -passout pass:secret -out key 2048", NULL},
      {"openssl genpkey -algorithm ED25519 -aes128 -pass pass:secret -out key", NULL},
      {"openssl pkcs8 -topk8 -in plain -passout pass:secret -outform DER -out key", NULL},
      {"openssl pkey -in plain -pubout -out key", NULL},
      {"openssl pkey -in plain -pubout -outform DER -out key", NULL},
      {"ssh-keygen -q -t ed25519 -N '' -f key", "OpenSSH key"},
      {"ssh-keygen -q -t ed25519 -N secret -f key", NULL},
  };
  g_autofree char *top = g_dir_make_tmp("akashi-secret-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "key", NULL);
  if (!image_run(top, "openssl genpkey -algorithm ED25519 -out plain"))
    return g_test_skip("openssl is not installed");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].command);
    if (!image_run(top, "%s", cases[i].command))
      continue; /* no ssh-keygen */
    g_autoptr(GBytes) bytes = image_load(path);
    g_autoptr(GPtrArray) found = find_bytes("/etc/some/name", bytes);
    if (cases[i].description != NULL)
      assert_one_key(found, cases[i].description);
    else
      g_assert_cmpuint(found->len, ==, 0);
    g_remove(path);
  }
  image_remove_tree(top);
}

/* A version, then 40 bytes: a SEQUENCE as keys of unknown kinds are. */
static void test_unknown_kind(void) {
  guint8 der[45] = {0x30, 43, 2, 1, 0, 4, 38};
  g_autofree char *text = g_base64_encode(der, sizeof der);
  g_autofree char *pem =
      g_strdup_printf("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", text);
  g_autoptr(GPtrArray) found = find("/k", pem);
  assert_one_key(found, "key of unknown kind PEM");
  g_autofree char *other =
      g_strdup_printf("-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text);
  g_autoptr(GPtrArray) none = find("/k", other);
  g_assert_cmpuint(none->len, ==, 0);
}

static GBytes *dropbear(const char *kind, guint parts, guint32 last) {
  g_autoptr(AkWriter) w = ak_writer_new(4096);
  guint8 zeros[128] = {1};
  ak_writer_u32be(w, (guint32)strlen(kind));
  ak_writer_bytes(w, kind, strlen(kind));
  for (guint i = 0; i < parts; i++) {
    guint32 length = i + 1 == parts ? last : 8;
    ak_writer_u32be(w, length);
    ak_writer_bytes(w, zeros, length);
  }
  return ak_writer_end(w, NULL);
}

static void test_dropbear(void) {
  g_autoptr(GBytes) rsa = dropbear("ssh-rsa", 5, 64), rsa_public = dropbear("ssh-rsa", 2, 64);
  g_autoptr(GBytes) ed = dropbear("ssh-ed25519", 1, 64), ed_public = dropbear("ssh-ed25519", 1, 32);
  g_autoptr(GPtrArray) rsa_found = find_bytes("/etc/dropbear/rsa", rsa);
  g_autoptr(GPtrArray) rsa_none = find_bytes("/etc/dropbear/rsa", rsa_public);
  g_autoptr(GPtrArray) ed_found = find_bytes("/etc/dropbear/ed", ed);
  g_autoptr(GPtrArray) ed_none = find_bytes("/etc/dropbear/ed", ed_public);
  assert_one_key(rsa_found, "RSA Dropbear");
  assert_one_key(ed_found, "ED25519 Dropbear");
  g_assert_cmpuint(rsa_none->len + ed_none->len, ==, 0);
}

/* More certificates than are kept must not hide the key behind them. */
static void test_many_do_not_hide_another_kind(void) {
  g_autofree char *top = g_dir_make_tmp("akashi-secret-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "cert", NULL);
  if (!image_run(top, "openssl req -x509 -newkey ed25519 -nodes -keyout key -out cert -days 10 "
                      "-subj /CN=test"))
    return g_test_skip("openssl is not installed");
  g_autoptr(GBytes) certificate = image_load(path);
  g_autoptr(GString) file = g_string_new(NULL);
  for (guint i = 0; i < 1100; i++)
    g_string_append_len(file, g_bytes_get_data(certificate, NULL),
                        (gssize)g_bytes_get_size(certificate));
  g_autofree char *pem = make_key(NULL);
  g_string_append(file, pem);
  g_autoptr(GPtrArray) found = find("/bundle.pem", file->str);
  g_assert_cmpuint(found->len, ==, 1001);
  g_assert_cmpint(((AkSecret *)found->pdata[0])->kind, ==, AK_SECRET_PRIVATE_KEY);
  image_remove_tree(top);
}

/* --- hashes in every place
 * ---------------------------------------------------------------------------- */

static void assert_one_hash(const char *path, const char *text, const char *description) {
  g_autoptr(GPtrArray) found = find(path, text);
  g_assert_cmpuint(found->len, ==, 1);
  const AkSecret *secret = found->pdata[0];
  g_assert_cmpint(secret->kind, ==, AK_SECRET_PASSWORD_HASH);
  g_assert_cmpstr(secret->description, ==, description);
}

static void test_hash_places(void) {
  static const char md5[] = "$1$abcdefgh$abcdefghijklmnopqrstu.";
  static const struct {
    const char *path, *format, *description;
  } places[] = {
      {"/etc/config/users", "option password '%s'\n", "$1$ (MD5)"},
      {"/sbin/setup", "echo \"root:%s\" | chpasswd -e\n", "root: $1$ (MD5)"},
      {"/www/users.json", "{\"admin\":\"%s\"}", "$1$ (MD5)"},
      {"/etc/passwd", "root:%s:0:0::/:/bin/sh\n", "root: $1$ (MD5)"},
      {"/etc/htpasswd", "user:%s\n", "user: $1$ (MD5)"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_auto(GStrv) parts = g_strsplit(places[i].format, "%s", 2);
    g_autofree char *text = g_strconcat(parts[0], md5, parts[1], NULL);
    assert_one_hash(places[i].path, text, places[i].description);
  }
  assert_one_hash("/etc/htpasswd", "user:abJnggxhB/yWI\n", "user: DES");
}

static void test_no_hashes(void) {
  static const char *const texts[] = {
      "root:*:1:0:9:7:::\nbin:!:1:0:9:7:::\nsys:!!:1:0:9:7:::\nx:x:1:0:9:7:::\n",
      "Options:\n  -a, --all\n\nUsage:\n", /* words of the program passwd */
      "awk '{print $1$2}' $5$ $6$x $y$\n",
      "price $1$abcdefgh$tooshort\n",
      "$1$abcdefgh$abcdefghijklmnopqrstu.tooLong\n",
      "$2a$10$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", /* stands for one */
      "",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GPtrArray) shadow = find("/etc/shadow", texts[i]);
    g_autoptr(GPtrArray) passwd = find("/usr/bin/passwd", texts[i]);
    g_assert_cmpuint(shadow->len + passwd->len, ==, 0);
  }
}

/* Keys in DER that lie within a program: made by OpenSSL here; what only begins like one is none. */
static void test_keys_within(void) {
  static const struct {
    const char *command, *says;
  } kinds[] = {
      {"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -outform DER -out k", "RSA 1024 DER"},
      {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -outform DER -out k", "EC 384 DER"},
      {"openssl genpkey -algorithm ED25519 -outform DER -out k", "ED25519 256 DER"},
      {"openssl ecparam -name prime256v1 -genkey -noout -outform DER -out k", "EC 256 DER"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autofree char *top = g_dir_make_tmp("akashi-inner-XXXXXX", NULL), *path = g_build_filename(top, "k", NULL);
    bool is_made = image_run(top, "%s", kinds[i].command);
    g_autoptr(GBytes) key = is_made ? image_load(path) : NULL;
    image_remove_tree(top);
    if (!is_made)
      return g_test_skip("openssl");
    guint8 zeros[600] = {0x7f, 'E', 'L', 'F'};
    g_autoptr(GBytes) head = g_bytes_new(zeros, sizeof zeros), front = image_join(head, key), whole = image_join(front, head);
    g_autoptr(GPtrArray) found = find_bytes("/bin/agent", whole);
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpstr(((AkSecret *)found->pdata[0])->description, ==, kinds[i].says);
    g_assert_cmpuint(((AkSecret *)found->pdata[0])->offset, ==, sizeof zeros);
    g_autoptr(GBytes) cut = image_slice(whole, 0, sizeof zeros + g_bytes_get_size(key) - 1);
    g_autoptr(GPtrArray) none = find_bytes("/bin/agent", cut);
    g_assert_cmpuint(none->len, ==, 0);
  }
}

/* The beginning of a key, as libraries have it to put one behind it, and text behind that. */
static void test_beginning_of_a_key(void) {
  static const guint8 begin[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
  for (guint i = 0; i < 2; i++) {
    guint8 bytes[400] = {0x7f, 'E', 'L', 'F'};
    g_autoptr(GBytes) noise = image_noise(32, 3);
    memcpy(bytes + 200, begin, sizeof begin);
    memcpy(bytes + 200 + sizeof begin, i == 0 ? "cryptography.hazmat.primitives.x" : g_bytes_get_data(noise, NULL), 32);
    g_autoptr(GPtrArray) found = ak_secret_find("/lib/x.so", bytes, sizeof bytes);
    g_assert_cmpuint(found->len, ==, i);
  }
}

/* What web servers have of their own; answers by htpasswd(1), htdigest(1) and slappasswd(8): admin, admin, and in no list. */
static void test_web_hashes(void) {
  assert_one_hash("/etc/lighttpd/lighttpd.htpasswd.user", "ops:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=\n", "ops: SHA-1 of one round");
  assert_one_hash("/etc/x.htdigest", "ops:here:9a87fa7b9a5c3a3f4ee84a2ce2a5ab51\n", "ops: digest MD5");
  g_assert_true(ak_crypt_hash_matches("{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "admin"));
  g_assert_false(ak_crypt_hash_matches("{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=", "admim"));
  g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, "ops:here:admin", -1);
  g_autofree char *line = g_strconcat("ops:here:", digest, NULL);
  g_assert_true(ak_crypt_hash_matches(line, "admin"));
  g_assert_false(ak_crypt_hash_matches(line, "admim"));
  guint8 salted[24];
  gsize length = 20;
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
  g_checksum_update(sum, (const guchar *)"adminsalt", 9);
  g_checksum_get_digest(sum, salted, &length);
  memcpy(salted + 20, "salt", 4);
  g_autofree char *digits = g_base64_encode(salted, sizeof salted), *ssha = g_strconcat("{SSHA}", digits, NULL);
  g_assert_true(ak_crypt_hash_matches(ssha, "admin"));
  g_assert_false(ak_crypt_hash_matches(ssha, "salt"));
  static const char *const none[] = {"ops:{SHA}\n", "ops:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZ==\n", "ops:{SHA}0DPiKuNIrrVm!8IUCuw1hQxNqZc=\n", "ops:here\n"};
  for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
    g_autoptr(GPtrArray) found = ak_secret_find("/etc/htpasswd", (const guint8 *)none[i], strlen(none[i]));
    g_assert_cmpuint(found->len, ==, 0);
  }
}

/* Programs and libraries that speak of keys and passwords all the time hold none. */
static void test_real_programs_hold_none(void) {
  static const char *const paths[] = {
      "/usr/bin/passwd",
      "/usr/sbin/sshd",
      "/usr/bin/busybox",
      "/usr/bin/bash",
      "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
      "/usr/lib/x86_64-linux-gnu/libssl.so.3",
      "/usr/lib/x86_64-linux-gnu/libcrypt.so.1",
      "/etc/pam.d/passwd",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    if (!g_file_test(paths[i], G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(GBytes) bytes = image_load(paths[i]);
    g_autoptr(GPtrArray) found = find_bytes(paths[i], bytes);
    if (found->len > 0)
      g_error("%s: %s", paths[i], ((AkSecret *)found->pdata[0])->description);
  }
}

/* Nothing of a secret is in what is reported or kept. */
static void test_nothing_leaks(void) {
  static const char hash[] = "$1$abcdefgh$abcdefghijklmnopqrstu.";
  g_autofree char *top = g_dir_make_tmp("akashi-secret-XXXXXX", NULL);
  g_autofree char *image_path = g_build_filename(top, "image", NULL);
  g_autofree char *pem = make_key(NULL);
  g_autofree char *shadow = g_strdup_printf("root:%s:1:0:9:7:::\n", hash);
  image_put_text(top, "root/etc/shadow", shadow);
  image_put_text(top, "root/etc/key.pem", pem);
  if (!image_run(top, "mksquashfs root image -noappend -no-progress"))
    return g_test_skip("mksquashfs is not installed");
  g_autoptr(GBytes) image = image_load(image_path);
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  static const char *const ids[] = {"firmware.unpack", "firmware.elf", "firmware.secret"};
  g_auto(GStrv) lines = g_strsplit(pem, "\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
    g_autoptr(AkSinkCollector) seen = image_look(tree, ids[i]);
    GHashTableIter blobs;
    gpointer key = NULL, blob = NULL;
    g_hash_table_iter_init(&blobs, seen->blobs);
    while (g_hash_table_iter_next(&blobs, &key, &blob)) {
      gsize size = 0;
      const void *data = g_bytes_get_data(blob, &size);
      g_assert_null(memmem(data, size, hash + 12, 22));
      g_assert_null(memmem(data, size, lines[1], strlen(lines[1])));
    }
    for (guint o = 0; o < seen->observations->len; o++) {
      g_autoptr(json_t) json = ak_observation_to_json(seen->observations->pdata[o], true);
      g_autofree char *text = json_dumps(json, 0);
      g_assert_null(strstr(text, hash + 12));
      g_assert_null(strstr(text, lines[1]));
    }
  }
  image_remove_tree(top);
}

/* Settings that were encrypted: nothing is found in them, and nothing is said to be absent. */
static void test_sealed_files(void) {
  static const char head[] = "Salted__";
  g_autoptr(GBytes) noise = image_noise(3000, 5), salt = g_bytes_new_static(head, 8), sealed = image_join(salt, noise);
  g_autoptr(AkFirmwareTree) tree = image_tree(), sound = image_tree();
  image_tree_text(sound, "/etc/motd", "welcome");
  image_tree_text(tree, "/etc/motd", "welcome");
  image_tree_bytes(tree, "/etc/config.bin", 0600, g_bytes_get_data(sealed, NULL), g_bytes_get_size(sealed));
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret"), whole = image_look(sound, "firmware.secret");
  g_assert_true(image_covers(whole, "secret.coverage", "files"));
  image_expect(whole, "image", "secret.private-key", "absent");
  g_assert_false(image_covers(seen, "secret.coverage", "files"));
  g_assert_cmpint(ak_sink_collector_find(seen, "secret.private-key", "image")->outcome, ==, AK_OUTCOME_CUT);
  g_assert_cmpstr(ak_sink_collector_find(seen, "secret.private-key", "image")->value.text, ==,
                  "files that look packed or encrypted were not opened: image!/etc/config.bin");
}

/* A file in a filesystem, in which `inner` is opened; NULL where that cannot be made. */
static AkSinkCollector *look_in(GBytes *file, const char *inner) {
  g_autofree char *top = g_dir_make_tmp("akashi-secret-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "image", NULL);
  image_put(top, "root/opt/app.bin", g_bytes_get_data(file, NULL), g_bytes_get_size(file));
  bool is_there = image_run(top, "mksquashfs root image -noappend -no-progress");
  g_autoptr(GBytes) image = is_there ? image_load(path) : NULL;
  image_remove_tree(top);
  if (image == NULL)
    return NULL;
  g_autoptr(AkFirmwareTree) tree = image_open(image, NULL);
  g_assert_nonnull(image_find(tree, inner));
  return image_look(tree, "firmware.secret");
}

/* `around` before and behind something that can be opened. */
static AkSinkCollector *look_around(GBytes *around) {
  g_autoptr(GBytes) inner = image_gzip("inner", 5), front = image_join(around, inner),
                    whole = image_join(front, around);
  return look_in(whole, "#gzip"); /* "inner" */
}

/* What is left over around something that was opened is judged by itself. */
static void test_sealed_pieces(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 5), plain = g_bytes_new_take(g_strnfill(3000, 'x'), 3000);
  g_autoptr(AkSinkCollector) seen = look_around(noise), sound = look_around(plain);
  if (seen == NULL || sound == NULL)
    return g_test_skip("mksquashfs is not installed");
  g_assert_true(image_covers(sound, "secret.coverage", "files"));
  image_expect(sound, "image", "secret.private-key", "absent");
  image_expect(seen, "image", "secret.private-key", "cut");
  g_assert_cmpstr(ak_sink_collector_find(seen, "secret.private-key", "image")->value.text, ==,
                  "files that look packed or encrypted were not opened: image!/opt/app.bin!#data@0, "
                  "image!/opt/app.bin!#tail@3025");
}

/* A picture in whose profile something was opened: its pieces are part of it, and so is what the profile unpacks to. What stands
 * behind the picture is not. */
static void test_sealed_pieces_of_a_picture(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 5), packed = image_zlib(noise), name = g_bytes_new_static("x\0\0", 3);
  g_autoptr(GBytes) profile = image_join(name, packed), picture = image_png("iCCP", profile);
  g_autoptr(GBytes) zeros = g_bytes_new_take(g_malloc0(3000), 3000), plain = image_join(picture, zeros),
                    hiding = image_join(picture, noise);
  g_autoptr(AkSinkCollector) sound = look_in(picture, "#zlib"), padded = look_in(plain, "#zlib"), seen = look_in(hiding, "#zlib");
  if (sound == NULL || padded == NULL || seen == NULL)
    return g_test_skip("mksquashfs is not installed");
  g_assert_true(image_covers(sound, "secret.coverage", "files"));
  g_assert_true(image_covers(padded, "secret.coverage", "files"));
  g_assert_false(image_covers(seen, "secret.coverage", "files"));
  g_assert_true(g_str_has_prefix(ak_sink_collector_find(seen, "secret.private-key", "image")->value.text,
                                 "files that look packed or encrypted were not opened: image!/opt/app.bin!#tail@"));
}

/* Five of them: three are named. */
static void test_many_sealed_files(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 5);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (guint i = 0; i < 5; i++) {
    g_autofree char *path = g_strdup_printf("/data/%u", i);
    image_tree_bytes(tree, path, 0644, g_bytes_get_data(noise, NULL), 3000 - i);
  }
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  g_assert_cmpstr(ak_sink_collector_find(seen, "secret.wifi", "image")->value.text, ==,
                  "files that look packed or encrypted were not opened: image!/data/0, image!/data/1, image!/data/2, "
                  "and 2 more");
}

/* Settings that were encrypted and then written in digits. */
static void test_sealed_text(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 5);
  g_autofree char *digits = g_base64_encode(g_bytes_get_data(noise, NULL), 3000);
  g_autofree char *readable = g_base64_encode((const guint8 *)"no secret at all ", 17);
  g_autoptr(AkFirmwareTree) tree = image_tree(), sound = image_tree();
  image_tree_text(tree, "/etc/config.b64", digits);
  image_tree_text(sound, "/etc/config.b64", readable);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret"), whole = image_look(sound, "firmware.secret");
  image_expect(whole, "image", "secret.credential", "absent");
  g_assert_cmpstr(ak_sink_collector_find(seen, "secret.credential", "image")->value.text, ==,
                  "files that look packed or encrypted were not opened: image!/etc/config.b64");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/secret/key", test_a_key_that_decodes);
  g_test_add_func("/secret/no-key", test_words_and_encrypted_keys_are_none);
  g_test_add_func("/secret/shadow", test_hashes_in_shadow);
  g_test_add_func("/secret/elsewhere", test_hashes_elsewhere);
  g_test_add_func("/secret/truncated", test_truncated_at_every_byte);
  g_test_add_func("/secret/dresses", test_dresses);
  g_test_add_func("/secret/tools", test_tools);
  g_test_add_func("/secret/unknown-kind", test_unknown_kind);
  g_test_add_func("/secret/dropbear", test_dropbear);
  g_test_add_func("/secret/many", test_many_do_not_hide_another_kind);
  g_test_add_func("/secret/hash-places", test_hash_places);
  g_test_add_func("/secret/no-hashes", test_no_hashes);
  g_test_add_func("/secret/real-programs", test_real_programs_hold_none);
  g_test_add_func("/secret/keys-within", test_keys_within);
  g_test_add_func("/secret/beginning-of-a-key", test_beginning_of_a_key);
  g_test_add_func("/secret/web-hashes", test_web_hashes);
  g_test_add_func("/secret/sealed-files", test_sealed_files);
  g_test_add_func("/secret/sealed-pieces", test_sealed_pieces);
  g_test_add_func("/secret/sealed-picture", test_sealed_pieces_of_a_picture);
  g_test_add_func("/secret/sealed-text", test_sealed_text);
  g_test_add_func("/secret/many-sealed-files", test_many_sealed_files);
  g_test_add_func("/secret/leaks", test_nothing_leaks);
  return g_test_run();
}
