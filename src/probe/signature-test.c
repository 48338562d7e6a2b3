/* The lint of data/signatures/services.json: each signature matches its samples and not the others, and no
 * sample fits two protocols. */
#include "probe/signature.h"

#include <gio/gio.h>
#include <string.h>

#include "net/opener.h"
#include "util/json.h"

static json_t *load(void) {
  g_autoptr(GBytes) bytes = g_resources_lookup_data("/akashi/signatures/services.json",
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(GError) error = NULL;
  json_t *json = ak_json_parse(text, size, "services.json", &error);
  g_assert_no_error(error);
  return json;
}

static GBytes *sample_of(const json_t *json) {
  const char *text = ak_json_string_or(json, "text", NULL);
  if (text != NULL)
    return g_bytes_new(text, strlen(text));
  g_autoptr(GError) error = NULL;
  GBytes *bytes = ak_opener_bytes_from_hex(ak_json_string_or(json, "hex", "?"), &error);
  g_assert_no_error(error);
  return bytes;
}

static const char *opener_of(const AkSignature *signature) {
  const char *opener = ak_signature_opener(signature);
  return opener != NULL ? opener : "http"; /* any will do */
}

static void check_matching(const AkSignature *signature, const json_t *sample) {
  g_autoptr(GBytes) bytes = sample_of(sample);
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autofree char *contradiction = NULL;
  g_assert_true(ak_signature_matches(signature, opener_of(signature), data, size));
  const AkSignature *found = ak_signature_find(ak_signature_transport(signature),
                                               opener_of(signature), data, size, &contradiction);
  g_assert_cmpstr(contradiction, ==, NULL);
  g_assert_cmpstr(ak_signature_protocol(found), ==, ak_signature_protocol(signature));
}

static void test_samples(void) {
  g_autoptr(json_t) json = load();
  g_autoptr(GError) error = NULL;
  const GPtrArray *signatures = ak_signatures(&error);
  g_assert_no_error(error);
  const json_t *rows = json_object_get(json, "signatures");
  g_assert_cmpuint(json_array_size(rows), ==, signatures->len);
  for (guint i = 0; i < signatures->len; i++) {
    const json_t *row = json_array_get(rows, i);
    const json_t *matching = json_object_get(row, "matches");
    const json_t *others = json_object_get(row, "others");
    g_test_message("%u %s", i, ak_signature_protocol(signatures->pdata[i]));
    g_assert_cmpuint(json_array_size(matching), >, 0);
    g_assert_cmpuint(json_array_size(others), >, 0);
    for (gsize m = 0; m < json_array_size(matching); m++)
      check_matching(signatures->pdata[i], json_array_get(matching, m));
    for (gsize o = 0; o < json_array_size(others); o++) {
      g_autoptr(GBytes) bytes = sample_of(json_array_get(others, o));
      g_assert_false(ak_signature_matches(signatures->pdata[i], opener_of(signatures->pdata[i]),
                                          g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)));
    }
  }
}

/* A signature that names an opener can only ever match if there is one, of its transport. */
static void test_openers_are_there(void) {
  const GPtrArray *signatures = ak_signatures(NULL);
  for (guint i = 0; i < signatures->len; i++) {
    const char *id = ak_signature_opener(signatures->pdata[i]);
    const AkOpener *opener = id != NULL && *id != '\0' ? ak_opener_find(id) : NULL;
    g_assert_true(id == NULL || *id == '\0' || opener != NULL);
    if (opener != NULL)
      g_assert_cmpint(opener->transport, ==, ak_signature_transport(signatures->pdata[i]));
    if (ak_signature_transport(signatures->pdata[i]) == AK_TRANSPORT_UDP)
      g_assert_nonnull(opener); /* a UDP service says nothing by itself */
  }
}

/* What a service that echoes sends back must not look like an answer. */
static void test_echoes_are_no_answers(void) {
  const GPtrArray *openers = ak_openers();
  for (guint i = 0; i < openers->len; i++) {
    const AkOpener *opener = openers->pdata[i];
    g_autofree char *contradiction = NULL;
    gsize size = 0;
    const void *data = g_bytes_get_data(opener->bytes, &size);
    const AkSignature *found =
        ak_signature_find(opener->transport, opener->id, data, size, &contradiction);
    g_test_message("%s", opener->id);
    g_assert_null(found);
    g_assert_null(contradiction);
  }
}

static void assert_software(const char *opener, const char *text, const char *expected) {
  g_autofree char *contradiction = NULL;
  const AkSignature *found =
      ak_signature_find(AK_TRANSPORT_TCP, opener, text, strlen(text), &contradiction);
  g_assert_nonnull(found);
  g_autofree char *software = ak_signature_software(found, text, strlen(text));
  g_assert_cmpstr(software, ==, expected);
}

static void test_software(void) {
  assert_software("", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "OpenSSH_9.2p1 Debian-2");
  assert_software("", "SSH-2.0-Server\r\n", NULL);
  assert_software("", "220 (vsFTPd 3.0.3)\r\n", "vsFTPd 3.0.3");
  assert_software("", "220 ProFTPD Server (gw FTP) [192.0.2.1]\r\n", NULL); /* no version: an address */
  assert_software("http", "HTTP/1.1 200 OK\r\nserver: lighttpd/1.4.69\r\n\r\n", "lighttpd/1.4.69");
  assert_software("http", "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n", NULL);
  assert_software("http", "HTTP/1.1 200 OK\r\nServer: a\x1b[1m2\r\n\r\n", "a\\x1b[1m2");
}

static void test_several_protocols_are_a_contradiction(void) {
  static const char text[] = "220 x FTP and login: \r\n";
  g_autofree char *contradiction = NULL;
  g_assert_null(ak_signature_find(AK_TRANSPORT_TCP, "", text, strlen(text), &contradiction));
  g_assert_cmpstr(contradiction, ==, "ftp, telnet");
}

static void test_broken_data(void) {
  static const char *const broken[] = {
      "{}",
      "{\"signatures\":[{\"protocol\":\"a\",\"transport\":\"tcp\",\"when\":[]}]}",
      "{\"signatures\":[{\"protocol\":\"a\",\"transport\":\"tcp\",\"when\":[{\"at\":0}]}]}",
      "{\"signatures\":[{\"protocol\":\"a\",\"transport\":\"tcp\",\"when\":[{\"at\":0,\"hex\":\"0\"}]}]}",
      "{\"signatures\":[{\"protocol\":\"a\",\"transport\":\"tcp\",\"when\":[{\"at\":0,\"hex\":\"00\","
      "\"mask\":\"0000\"}]}]}",
      "{\"signatures\":[{\"protocol\":\"a\",\"transport\":\"tcp\",\"when\":[{\"has\":\"a\"}],"
      "\"software\":[{\"until\":\"b\"}]}]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) none = ak_signatures_parse(broken[i], strlen(broken[i]), &error);
    g_assert_null(none);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/signature/samples", test_samples);
  g_test_add_func("/signature/openers", test_openers_are_there);
  g_test_add_func("/signature/echoes", test_echoes_are_no_answers);
  g_test_add_func("/signature/software", test_software);
  g_test_add_func("/signature/contradiction", test_several_protocols_are_a_contradiction);
  g_test_add_func("/signature/broken", test_broken_data);
  return g_test_run();
}
