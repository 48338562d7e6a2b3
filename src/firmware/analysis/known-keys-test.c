#include "firmware/analysis/known-keys.h"

#include "firmware/analysis/secret-find.h"
#include "firmware/unpack/test-image.h"

/* apt needs it, so Debian always has it. */
static GBytes *load_gnutls(void) {
  static const char *const folders[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                                        "/usr/lib64", "/usr/lib"};
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *path = g_build_filename(folders[i], "libgnutls.so.30", NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      return image_load(path);
  }
  return NULL;
}

static char *make_key(void) {
  g_autofree char *top = g_dir_make_tmp("akashi-known-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(top, "key", NULL);
  char *pem = NULL;
  if (image_run(top, "openssl genpkey -algorithm ED25519 -out key"))
    g_file_get_contents(path, &pem, NULL, NULL);
  image_remove_tree(top);
  return pem;
}

static void add_bytes(AkFirmwareTree *tree, const char *path, GBytes *bytes) {
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  image_tree_bytes(tree, path, 0644, data, size);
}

static guint count(const AkSinkCollector *seen, const char *locator, const char *property) {
  guint found = 0;
  for (guint i = 0; i < seen->observations->len; i++) {
    const AkObservation *o = seen->observations->pdata[i];
    found += o->outcome == AK_OUTCOME_SEEN && strcmp(o->property, property) == 0 &&
             strcmp(o->subject.locator, locator) == 0;
  }
  return found;
}

/* The keys with which the library tests itself are no secrets of the device. */
static void test_the_library(void) {
  g_autoptr(GBytes) gnutls = load_gnutls();
  if (gnutls == NULL)
    return g_test_skip("libgnutls is not installed");
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_bytes(tree, "/lib/libany.so", gnutls); /* its name says nothing */
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  g_assert_cmpuint(count(seen, "image!/lib/libany.so", "secret.test-key"), >=, 5);
  image_expect(seen, "image", "secret.private-key", "absent");
  image_expect(seen, "image", "secret.test-key", "none");
  const AkObservation *key = ak_sink_collector_find(seen, "secret.test-key", NULL);
  g_assert_nonnull(strstr(key->value.text, "GnuTLS self-test"));
}

/* So are those by which "openssl speed" measures. */
static void test_the_program(void) {
  g_autoptr(GBytes) program = g_file_test("/usr/bin/openssl", G_FILE_TEST_EXISTS) ? image_load("/usr/bin/openssl") : NULL;
  if (program == NULL)
    return g_test_skip("openssl is not installed");
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_bytes(tree, "/bin/any", program);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  g_assert_cmpuint(count(seen, "image!/bin/any", "secret.test-key"), >=, 3);
  image_expect(seen, "image", "secret.private-key", "absent");
}

/* Another key in the same file is one. */
static void test_another_key_beside_them(void) {
  g_autoptr(GBytes) gnutls = load_gnutls();
  g_autofree char *pem = make_key();
  if (gnutls == NULL || pem == NULL)
    return g_test_skip("libgnutls or openssl is not installed");
  g_autoptr(GBytes) key = g_bytes_new(pem, strlen(pem)), both = image_join(gnutls, key);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_bytes(tree, "/usr/lib/libgnutls.so.30", both);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  image_expect(seen, "image!/usr/lib/libgnutls.so.30", "secret.private-key", "ED25519 256 PEM");
  g_assert_cmpuint(count(seen, "image!/usr/lib/libgnutls.so.30", "secret.private-key"), ==, 1);
  g_assert_cmpuint(count(seen, "image!/usr/lib/libgnutls.so.30", "secret.test-key"), >=, 5);
}

/* A published key that a device uses is a private key, and everybody has it. */
static void test_a_published_key_in_use(void) {
  g_autoptr(GBytes) gnutls = load_gnutls();
  if (gnutls == NULL)
    return g_test_skip("libgnutls is not installed");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(gnutls, &size);
  g_autoptr(GPtrArray) found = ak_secret_find("/lib/any", data, size);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  for (guint i = 0; i < found->len; i++) {
    const AkSecret *secret = found->pdata[i];
    if (strcmp(secret->description, "RSA 2048 PEM") == 0)
      image_tree_bytes(tree, "/etc/server.key", 0600, data + secret->offset, secret->length);
  }
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  image_expect(seen, "image!/etc/server.key", "secret.private-key",
               "RSA 2048 PEM, published: GnuTLS self-test (RSA 2048)");
  image_expect(seen, "image", "secret.test-key", "absent");
}

/* A program that carries a key which is not published carries a secret. */
static void test_a_program_with_its_own_key(void) {
  g_autofree char *pem = make_key();
  if (pem == NULL)
    return g_test_skip("openssl is not installed");
  g_autoptr(GBytes) program = image_load("/bin/true"), key = g_bytes_new(pem, strlen(pem));
  g_autoptr(GBytes) both = image_join(program, key);
  g_autoptr(AkFirmwareTree) tree = image_tree();
  add_bytes(tree, "/bin/server", both);
  g_autoptr(AkSinkCollector) seen = image_look(tree, "firmware.secret");
  image_expect(seen, "image!/bin/server", "secret.private-key", "ED25519 256 PEM");
  image_expect(seen, "image", "secret.test-key", "absent");
}

static void test_the_list(void) {
  static const char good[] =
      "# words\n\n"
      "87e288dc7dbc29a24241b596ec8c84f949d9f09f34fc0cf69242481fb2274770  bytes  somewhere\n";
  static const char *const bad[] = {
      "87e288dc  bytes  short\n",
      "87e288dc7dbc29a24241b596ec8c84f949d9f09f34fc0cf69242481fb2274770  private  x\n",
      "87e288dc7dbc29a24241b596ec8c84f949d9f09f34fc0cf69242481fb2274770  bytes  \n",
      "87e288dc7dbc29a24241b596ec8c84f949d9f09f34fc0cf69242481fb2274770\n",
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(AkKnownKeys) real = ak_known_keys_new(&error);
  g_assert_no_error(error);
  g_assert_nonnull(real);
  g_autoptr(AkKnownKeys) known = ak_known_keys_read(good, sizeof good - 1, &error);
  g_assert_no_error(error);
  AkDigest key, other = ak_digest_of("x", 1);
  g_assert_true(
      ak_digest_from_hex("87e288dc7dbc29a24241b596ec8c84f949d9f09f34fc0cf69242481fb2274770", &key));
  g_assert_cmpstr(ak_known_keys_origin(known, &key), ==, "somewhere");
  g_assert_null(ak_known_keys_origin(known, &other));
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) failure = NULL;
    g_assert_null(ak_known_keys_read(bad[i], strlen(bad[i]), &failure));
    g_assert_error(failure, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/known-keys/program", test_the_program);
  g_test_add_func("/known-keys/library", test_the_library);
  g_test_add_func("/known-keys/another", test_another_key_beside_them);
  g_test_add_func("/known-keys/in-use", test_a_published_key_in_use);
  g_test_add_func("/known-keys/own", test_a_program_with_its_own_key);
  g_test_add_func("/known-keys/list", test_the_list);
  return g_test_run();
}
