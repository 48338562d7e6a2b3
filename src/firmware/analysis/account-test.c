#include "firmware/analysis/account-file.h"
#include "firmware/analysis/crypt-hash.h"
#include "firmware/analysis/dictionary.h"
#include "firmware/unpack/test-image.h"

/* Made with crypt(3) of libcrypt 4.4.33: of "admin", and of a password that stands in no list. */
#define MD5_ADMIN "$1$abcdefgh$l/LAqC8oJERu7Cmx6trtY/"
#define DES_ADMIN "abOV.DfJmdnYw"
#define SHA256_ADMIN "$5$rounds=1000$abcdefgh$U4dALHiE1LXMxY5ZpGUfgVnoxC3Y5jRx.egoM/qSTS5"
#define SHA512_ADMIN                                                                               \
  "$6$abcdefgh$Jofd.FZRLVyYwt/zWLWzi7cPbdUfgEgHrcdJLmkXy8uHwCGSf90RMkKTVTj0nhlkfJpZY94qtrpFrWz1"   \
  "mwRvH1"
#define YESCRYPT_ADMIN "$y$j75$abcdefgh$mpO7dY8JzI5OIwjdP.och7DsjLRfi.i7/GYgEFsAM70"
#define BCRYPT_ADMIN "$2b$05$abcdefghijklmnopqrstuu/ETYr/khvH.poOJBsjjZk.DM9FaNihe"
#define DES_STRONG "ablS9zQLBCigM"
#define MD5_STRONG "$1$abcdefgh$ZekEB55lgUPHYjCLjUS27/"
#define SHA512_STRONG                                                                              \
  "$6$abcdefgh$tIOboODmUJvXrIPLvT8QCdeMQFLIkgoPA74B01mibBf98CHRIA4.swlxdC5//6PHq2o9xg/f8eCNWFsn"   \
  "uz5XI0"

#define PASSWD "image!/etc/passwd"

/* --- lines -------------------------------------------------------------------------------------
 */

static GPtrArray *read_text(AkAccountFile kind, const char *text, guint *unread) {
  return ak_account_file_read(kind, (const guint8 *)text, strlen(text), unread);
}

static void test_lines(void) {
  guint unread = 0;
  g_autoptr(GPtrArray) lines = read_text(AK_ACCOUNT_PASSWD,
                                         "root:x:0:0:root:/root:/bin/ash\n"
                                         "# a comment\n\n"
                                         "daemon:*:1:1:::\r\n"
                                         "short:x:1\n"
                                         "bad:x:-1:0::/:/bin/sh\n"
                                         "+::::::\n",
                                         &unread);
  g_assert_cmpuint(lines->len, ==, 2);
  g_assert_cmpuint(unread, ==, 3);
  const AkAccountLine *root = lines->pdata[0], *daemon = lines->pdata[1];
  g_assert_cmpstr(root->name, ==, "root");
  g_assert_cmpint(root->id, ==, 0);
  g_assert_cmpstr(root->shell, ==, "/bin/ash");
  g_assert_cmpstr(daemon->shell, ==, "");
  g_assert_cmpuint(daemon->offset, ==, 31 + 12 + 1);
}

static void test_lines_truncated_at_every_byte(void) {
  static const char whole[] = "root:x:0:0:root:/root:/bin/ash\nadmin::1:1::/:/bin/sh\n";
  for (gsize size = 0; size < sizeof whole; size++) {
    g_autofree guint8 *copy = g_memdup2(whole, size);
    guint unread = 0;
    g_autoptr(GPtrArray) lines = ak_account_file_read(AK_ACCOUNT_PASSWD, copy, size, &unread);
    /* the sixth colon makes it a line: with an empty shell, or the beginning of one */
    guint expected = size >= 22 ? size >= 45 ? 2 : 1 : 0;
    g_assert_cmpuint(lines->len, ==, expected);
  }
}

static void test_too_many_lines(void) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < 10010; i++)
    g_string_append_printf(text, "user%u:x:%u:1::/:/bin/sh\n", i, i);
  guint unread = 0;
  g_autoptr(GPtrArray) lines = read_text(AK_ACCOUNT_PASSWD, text->str, &unread);
  g_assert_cmpuint(lines->len, ==, 10000);
  g_assert_cmpuint(unread, ==, 10);
}

static void test_states(void) {
  static const struct {
    const char *password;
    AkPasswordState state;
  } cases[] = {
      {"", AK_PASSWORD_EMPTY},         {"x", AK_PASSWORD_ELSEWHERE},
      {"*", AK_PASSWORD_LOCKED},       {"!", AK_PASSWORD_LOCKED},
      {"!!", AK_PASSWORD_LOCKED},      {"*LK*", AK_PASSWORD_LOCKED},
      {"NP", AK_PASSWORD_LOCKED},      {"!" MD5_ADMIN, AK_PASSWORD_LOCKED},
      {DES_ADMIN, AK_PASSWORD_HASH},   {MD5_ADMIN, AK_PASSWORD_HASH},
      {"$99$new$x", AK_PASSWORD_HASH}, {"_J9..rasmEedsvB6g8/6", AK_PASSWORD_HASH},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpint(ak_account_password_state(cases[i].password), ==, cases[i].state);
}

static void test_shells(void) {
  static const char *const open[] = {"", "/bin/sh", "/bin/ash", "/usr/bin/vtysh", "/bin/login.sh"};
  static const char *const closed[] = {"/sbin/nologin", "/usr/sbin/nologin", "/bin/false",
                                       "/bin/sync", "/dev/null"};
  for (gsize i = 0; i < G_N_ELEMENTS(open); i++)
    g_assert_true(ak_account_shell_lets_in(open[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(closed); i++)
    g_assert_false(ak_account_shell_lets_in(closed[i]));
}

/* --- hashes ------------------------------------------------------------------------------------
 */

static void test_hashes_match(void) {
  static const char *const hashes[] = {DES_ADMIN,    MD5_ADMIN,      SHA256_ADMIN,
                                       SHA512_ADMIN, YESCRYPT_ADMIN, BCRYPT_ADMIN};
  static const char *const names[] = {"DES", "MD5", "SHA-256", "SHA-512", "yescrypt", "bcrypt"};
  for (gsize i = 0; i < G_N_ELEMENTS(hashes); i++) {
    AkCryptHash hash;
    g_assert_true(ak_crypt_hash_read(hashes[i], &hash));
    g_assert_cmpstr(hash.name, ==, names[i]);
    g_assert_cmpuint(hash.cost, >, 0);
    g_assert_true(ak_crypt_hash_matches(hashes[i], "admin"));
    g_assert_false(ak_crypt_hash_matches(hashes[i], "Admin"));
  }
}

/* What an image asks for never decides how long akashi works. */
static void test_dear_hashes_are_not_tried(void) {
  static const char *const dear[] = {
      "$6$rounds=999999999$abcdefgh$",
      "$2b$30$abcdefghijklmnopqrstuu",
      "$y$jzz$abcdefgh$",
      "$y$k9T$abcdefgh$",
      "$6$rounds=99999999999$a$",
      "$y$jzT$abcdefgh$",
  };
  static const gsize lengths[] = {86, 31, 43, 43, 86, 43};
  for (gsize i = 0; i < G_N_ELEMENTS(dear); i++) {
    g_autofree char *tail = g_strnfill(lengths[i], 'a');
    g_autofree char *text = g_strconcat(dear[i], tail, NULL);
    AkCryptHash hash;
    g_assert_true(ak_crypt_hash_read(text, &hash));
    g_assert_cmpuint(hash.cost, ==, 0);
    g_assert_false(ak_crypt_hash_matches(text, "admin"));
  }
}

/* --- images ------------------------------------------------------------------------------------
 */

static void test_a_weak_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/passwd",
                  "root:x:0:0:root:/root:/bin/ash\n"
                  "support:x:0:0:remote help:/:/bin/sh\n"
                  "guest::1001:1001::/:/bin/sh\n"
                  "daemon:*:1:1:daemon:/var:/bin/false\n"
                  "old:" DES_ADMIN ":1002:1002::/:/bin/sh\n"
                  "locked:x:1003:1003::/:/bin/sh\n");
  image_tree_text(tree, "/etc/shadow",
                  "root:" MD5_ADMIN ":1:0:99999:7:::\n"
                  "support:" SHA512_STRONG ":1:0:99999:7:::\n"
                  "locked:!" MD5_ADMIN ":1:0:99999:7:::\n");
  image_tree_text(tree, "/etc/group", "root:x:0:\nsudo:x:27:guest,old\nvideo:x:44:old\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, PASSWD, "account.shell", "guest|locked|old|root|support");
  image_expect(seen, PASSWD, "account.enabled", "guest|old|root|support");
  image_expect(seen, PASSWD, "account.locked", "daemon|locked");
  image_expect(seen, PASSWD, "account.login", "guest|old|root|support");
  image_expect(seen, PASSWD, "account.empty-password", "guest");
  image_expect(seen, PASSWD, "account.superuser", "root|support");
  image_expect(seen, PASSWD, "account.superuser-double", "root|support");
  image_expect(seen, PASSWD, "account.hash", "old: DES|root: MD5|support: SHA-512");
  image_expect(seen, PASSWD, "account.algorithm", "DES|MD5|SHA-512");
  image_expect(seen, PASSWD, "account.default-password", "old:*****|root:*****");
  image_expect(seen, PASSWD, "account.privileged", "sudo: guest|sudo: old");
  image_expect(seen, "image", "account.coverage", "accounts|groups|passwords");
  image_expect(seen, "image", "account.empty-password", "none");
  image_expect_no(seen, "l/LAqC8oJERu7Cmx6trtY");
  image_expect_no(seen, DES_ADMIN);
}

static void test_a_sound_image(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/passwd",
                  "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/sbin/nologin\n");
  image_tree_text(tree, "/etc/shadow", "root:*:1:0:99999:7:::\nnobody:*:1:0:99999:7:::\n");
  image_tree_text(tree, "/etc/group", "root:x:0:root\nnogroup:x:65534:\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  static const char *const absent[] = {
      "enabled",          "login",     "empty-password", "hash",
      "superuser-double", "algorithm", "privileged",     "default-password"};
  for (gsize i = 0; i < G_N_ELEMENTS(absent); i++) {
    g_autofree char *property = g_strdup_printf("account.%s", absent[i]);
    image_expect(seen, PASSWD, property, "absent");
    image_expect(seen, "image", property, "absent");
  }
  image_expect(seen, PASSWD, "account.shell", "root");
  image_expect(seen, PASSWD, "account.locked", "nobody|root");
  image_expect(seen, "image", "account.coverage", "accounts|groups|passwords");
}

/* A hash that no list opens is one, and its account is no default one. */
static void test_a_strong_password(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/passwd", "root:" MD5_STRONG ":0:0::/:/bin/sh\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, PASSWD, "account.hash", "root: MD5");
  image_expect(seen, PASSWD, "account.default-password", "absent");
  image_expect(seen, PASSWD, "account.privileged", "could-not-look");
  image_expect(seen, "image", "account.privileged", "none");
  image_expect(seen, "image", "account.default-password", "absent");
}

/* Not tried is not "not one of the well-known". */
static void test_what_is_not_tried(void) {
  g_autofree char *tail = g_strnfill(86, 'a');
  g_autofree char *passwd =
      g_strdup_printf("root:$6$rounds=999999999$salt$%s:0:0::/:/bin/sh\n", tail);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/passwd", passwd);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, PASSWD, "account.default-password", "could-not-look");
  image_expect(seen, "image", "account.default-password", "none");
  image_expect(seen, "image", "account.coverage", "accounts|groups");
}

/* The work is bounded whatever the image asks for, and then nothing is said to be absent. */
static void test_work_is_bounded(void) {
  g_autoptr(GString) passwd = g_string_new(NULL);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (guint i = 0; i < 2000; i++)
    g_string_append_printf(passwd, "user%u:" DES_STRONG ":%u:1::/:/bin/sh\n", i, i + 1);
  image_tree_text(tree, "/etc/passwd", passwd->str);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, PASSWD, "account.default-password", "cut");
  image_expect(seen, "image", "account.coverage", "accounts|groups");
}

static void test_work_is_counted(void) {
  const AkTest *test = ak_test_find("firmware.account");
  g_autoptr(AkSinkCollector) seen = ak_sink_collector_new();
  g_autoptr(AkSink) sink = ak_sink_new(test, &ak_sink_collector_backend, seen, NULL);
  g_autoptr(AkDictionary) large = ak_dictionary_new(1000000), small = ak_dictionary_new(1000);
  AkCryptHash hash;
  g_assert_true(ak_crypt_hash_read(MD5_STRONG, &hash));
  g_assert_cmpint(ak_dictionary_try(large, sink, "root", MD5_STRONG), ==, AK_DICTIONARY_UNKNOWN);
  guint64 words = ak_sink_spent(sink, AK_SPEND_ATTEMPTS);
  g_assert_cmpuint(words, >, 100);
  g_assert_cmpint(ak_dictionary_try(small, sink, "root", MD5_STRONG), ==, AK_DICTIONARY_CUT);
  g_assert_cmpuint(ak_sink_spent(sink, AK_SPEND_ATTEMPTS) - words, ==, 1000 / hash.cost);
}

static void test_passwords_elsewhere(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/etc/passwd", "root:x:0:0::/:/bin/sh\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, PASSWD, "account.enabled", "could-not-look");
  image_expect(seen, PASSWD, "account.empty-password", "could-not-look");
  image_expect(seen, PASSWD, "account.superuser", "root");
  image_expect(seen, "image", "account.empty-password", "none");
  image_expect(seen, "image", "account.coverage", "accounts|groups");
}

static void test_made_at_start(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_link(tree, "/etc/passwd", "/tmp/passwd");
  image_tree_text(tree, "/etc/hosts", "127.0.0.1 localhost\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, "image", "account.empty-password", "cut");
  g_assert_false(image_covers(seen, "account.coverage", "accounts"));
}

/* Other roots count, links are followed inside of theirs, and programs of that name are none. */
static void test_roots_and_links(void) {
  g_autoptr(AkFirmwareTree) tree = image_tree();
  image_tree_text(tree, "/rootfs/usr/share/passwd.real", "admin::0:0::/:/bin/sh\n");
  image_tree_link(tree, "/rootfs/etc/passwd", "/usr/share/passwd.real");
  image_tree_text(tree, "/etc_ro/shadow", "backup::1:0:99999:7:::\n");
  image_tree_bytes(tree, "/usr/bin/passwd", 04755,
                   "\x7f"
                   "ELF\n\0\n",
                   7);
  image_tree_text(tree, "/etc/pam.d/passwd", "@include common-password\n");
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, "image!/rootfs/etc/passwd", "account.empty-password", "admin");
  image_expect(seen, "image!/etc_ro/shadow", "account.empty-password", "backup");
  image_expect(seen, "image!/etc_ro/shadow", "account.superuser", "could-not-look");
  image_expect(seen, "image!/usr/bin/passwd", "account.empty-password", "none");
  image_expect(seen, "image!/etc/pam.d/passwd", "account.empty-password", "none");
  image_expect(seen, "image", "account.coverage", "accounts|groups|passwords");
}

static void test_incomplete_images_are_cut(void) {
  g_autoptr(GBytes) noise = image_noise(4096, 7);
  g_autoptr(AkFirmwareTree) tree = image_open(noise, NULL);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.account");
  image_expect(seen, "image", "account.empty-password", "cut");
  g_assert_false(image_covers(seen, "account.coverage", "accounts"));
  g_autoptr(AkFirmwareTree) broken = image_tree();
  image_tree_text(broken, "/etc/passwd", "root:*:0:0::/:/bin/sh\nnot a line\n");
  g_autoptr(AkSinkCollector) seen_broken = image_look(broken, "firmware.account");
  image_expect(seen_broken, "image", "account.empty-password", "cut");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/account/lines", test_lines);
  g_test_add_func("/account/truncated", test_lines_truncated_at_every_byte);
  g_test_add_func("/account/many-lines", test_too_many_lines);
  g_test_add_func("/account/states", test_states);
  g_test_add_func("/account/shells", test_shells);
  g_test_add_func("/account/hashes", test_hashes_match);
  g_test_add_func("/account/dear", test_dear_hashes_are_not_tried);
  g_test_add_func("/account/weak", test_a_weak_image);
  g_test_add_func("/account/sound", test_a_sound_image);
  g_test_add_func("/account/strong", test_a_strong_password);
  g_test_add_func("/account/untried", test_what_is_not_tried);
  g_test_add_func("/account/bounded", test_work_is_bounded);
  g_test_add_func("/account/work", test_work_is_counted);
  g_test_add_func("/account/elsewhere", test_passwords_elsewhere);
  g_test_add_func("/account/at-start", test_made_at_start);
  g_test_add_func("/account/roots", test_roots_and_links);
  g_test_add_func("/account/incomplete", test_incomplete_images_are_cut);
  return g_test_run();
}
