/* Packed and encrypted bytes in base64 and hexadecimal digits, in every dress; texts, keys and pictures that look alike. */
#include "firmware/unpack/encoded.h"

#include <string.h>

#include "firmware/unpack/test-image.h"

static bool is_sealed(const char *text) {
  g_autofree guint8 *copy = g_memdup2(text, strlen(text)); /* its end is the end of what may be read */
  return ak_encoded_is_sealed(copy, strlen(text));
}

static char *base64_of(GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  return g_base64_encode(data, size);
}

/* In lines of `width` digits with `end` behind each. */
static char *wrap(const char *digits, gsize width, const char *end) {
  GString *text = g_string_new(NULL);
  for (gsize at = 0, size = strlen(digits); at < size; at += width)
    g_string_append_printf(text, "%.*s%s", (int)width, digits + at, end);
  return g_string_free(text, FALSE);
}

static void test_dresses(void) {
  static const struct {
    gsize width;
    const char *end;
    bool is_sealed;
  } dresses[] = {
      {9000, "", true},     {76, "\n", true},    {64, "\r\n", true},    {64, "\n    ", true},
      {64, "\\n", true},    {64, "\\r\\n", true}, {32, "\n", true},      {20, "\n", true},
      {19, "\n", false},     {64, "\n\"", false},
  };
  g_autoptr(GBytes) noise = image_noise(3000, 6);
  g_autofree char *digits = base64_of(noise), *safe = g_strdup(digits);
  for (gsize i = 0; i < G_N_ELEMENTS(dresses); i++) {
    g_autofree char *wrapped = wrap(digits, dresses[i].width, dresses[i].end);
    g_autofree char *text = g_strdup_printf("{\"settings\": \"%s\"}\n", wrapped);
    g_assert_cmpint(is_sealed(text), ==, dresses[i].is_sealed);
  }
  g_strdelimit(safe, "+", '-');
  g_strdelimit(safe, "/", '_');
  g_assert_true(is_sealed(safe));
}

static void test_sizes(void) {
  g_autoptr(GBytes) few = image_noise(1000, 6), enough = image_noise(1100, 6);
  g_autofree char *short_one = base64_of(few), *long_one = base64_of(enough);
  g_assert_false(is_sealed(short_one));
  g_assert_true(is_sealed(long_one));
  g_assert_false(ak_encoded_is_sealed(NULL, 0));
}

static char *hex_of(gsize size) {
  g_autoptr(GBytes) noise = image_noise(size, 6);
  const guint8 *data = g_bytes_get_data(noise, NULL);
  GString *text = g_string_new("key=");
  for (gsize i = 0; i < size; i++)
    g_string_append_printf(text, "%02x", data[i]);
  return g_string_free(text, FALSE);
}

/* A modulus of 8192 bits has 1 KiB. */
static void test_hexadecimal(void) {
  g_autofree char *modulus = hex_of(1024), *sealed = hex_of(3000);
  g_assert_false(is_sealed(modulus));
  g_assert_true(is_sealed(sealed));
}

/* 300 digests below each other, which are random, and words whose widths differ. */
static void test_short_lines(void) {
  g_autofree char *digits = hex_of(4800), *digests = wrap(digits + strlen("key="), 32, "\n");
  g_assert_false(is_sealed(digests));
  g_autoptr(GBytes) noise = image_noise(6000, 6);
  g_autofree char *text = base64_of(noise);
  g_autoptr(GString) ragged = g_string_new(NULL);
  for (gsize at = 0, i = 0; at + 32 < strlen(text); at += 21 + i++ % 2)
    g_string_append_printf(ragged, "%.*s\n", (int)(21 + i % 2), text + at);
  g_assert_false(is_sealed(ragged->str));
}

static void test_what_can_be_read(void) {
  g_autoptr(GString) text = g_string_new(NULL), words = g_string_new(NULL);
  g_autofree guint8 *frames = g_malloc0(24 * 417);
  g_autoptr(GBytes) noise = image_noise(413, 3);
  for (guint i = 0; i < 400; i++) {
    g_string_append_printf(text, "%u is a line of a report, ", i);
    g_string_append_printf(words, "%s%u\n", i % 2 == 0 ? "abacus" : "zebra", i);
  }
  for (guint i = 0; i < 24; i++) { /* sound */
    memcpy(frames + i * 417, "\xff\xfb\x90\0", 4);
    memcpy(frames + i * 417 + 4, g_bytes_get_data(noise, NULL), 413);
  }
  g_autofree char *encoded = g_base64_encode((const guint8 *)text->str, text->len),
                  *sound = g_base64_encode(frames, 24 * 417);
  g_assert_false(is_sealed(text->str));
  g_assert_false(is_sealed(words->str));
  g_assert_false(is_sealed(encoded));
  g_assert_false(is_sealed(sound));
  g_autofree char *letters = g_strnfill(20000, 'A');
  g_assert_false(is_sealed(letters));
}

static void test_pem(void) {
  g_autoptr(GBytes) noise = image_noise(2000, 6);
  g_autofree char *digits = base64_of(noise), *lines = wrap(digits, 64, "\n");
  g_autofree char *key = g_strdup_printf("-----BEGIN ENCRYPTED PRIVATE KEY-----\n%s-----END ENCRYPTED PRIVATE KEY-----\n", lines);
  g_autofree char *old = g_strdup_printf("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n%s"
                                         "-----END RSA PRIVATE KEY-----\n", lines);
  g_autofree char *message = g_strdup_printf("-----BEGIN PGP MESSAGE-----\n\n%s=abcd\n-----END PGP MESSAGE-----\n", lines);
  g_autofree char *dressed = g_strdup_printf("-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n", lines);
  g_assert_false(is_sealed(key));
  g_assert_false(is_sealed(old));
  g_assert_true(is_sealed(message));
  g_assert_true(is_sealed(dressed));
  static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";
  g_autofree char *certificates = NULL;
  if (g_file_get_contents(bundle, &certificates, NULL, NULL))
    g_assert_false(is_sealed(certificates));
}

/* A group of Diffie and Hellman's of 12,000 bits is public; one that holds more than its numbers is none. */
static void test_group(void) {
  static const guint8 end[] = {2, 1, 2};
  g_autoptr(GBytes) noise = image_noise(1500, 8);
  for (gsize hidden = 0; hidden < 2; hidden++) {
    gsize number = 1500 - hidden * 1000, inner = 4 + number + sizeof end, all = 4 + 4 + 1500 + sizeof end;
    guint8 head[] = {0x30, 0x82, (guint8)(inner >> 8), (guint8)inner, 2, 0x82, (guint8)(number >> 8), (guint8)number};
    g_autoptr(GBytes) begin = g_bytes_new(head, sizeof head), last = g_bytes_new(end, sizeof end), body = image_join(begin, noise);
    g_autoptr(GBytes) der = image_join(body, last);
    g_assert_cmpuint(g_bytes_get_size(der), ==, all);
    g_autofree char *digits = base64_of(der), *lines = wrap(digits, 64, "\n");
    g_autofree char *block = g_strdup_printf("-----BEGIN DH PARAMETERS-----\n%s-----END DH PARAMETERS-----\n", lines);
    g_autofree char *open = g_strdup_printf("-----BEGIN DH PARAMETERS-----\n%s", lines);
    g_assert_cmpint(is_sealed(block), ==, hidden);
    g_assert_true(is_sealed(open));
  }
}

/* A label says something of its own block alone. */
static void test_pem_hides_nothing(void) {
  static const char begin[] = "-----BEGIN PRIVATE KEY-----\n", end[] = "-----END PRIVATE KEY-----\n";
  g_autoptr(GBytes) noise = image_noise(1920, 6), uneven = image_noise(1921, 6);
  g_autofree char *digits = base64_of(noise), *lines = wrap(digits, 64, "\n"), *escaped = wrap(digits, 64, "\\n"),
                  *padded = base64_of(uneven), *ragged = wrap(padded, 64, "\r\n");
  const struct {
    char *text; /* the table's */
    bool is_sealed;
  } rows[] = {
      {g_strconcat(begin, lines, end, NULL), false}, /* the last line is full, its end one of digits as well */
      {g_strconcat("-----BEGIN PRIVATE KEY-----\r\n", ragged, end, NULL), false},
      {g_strconcat("{\"key\": \"-----BEGIN PRIVATE KEY-----\\n", escaped, "-----END PRIVATE KEY-----\\n\"}", NULL), false},
      {g_strconcat("KEY=\"-----BEGIN PRIVATE KEY----- ", digits, " -----END PRIVATE KEY-----\"", NULL), false},
      {g_strconcat(begin, lines, NULL), true},
      {g_strconcat(begin, lines, "\n#\n", end, NULL), true},
      {g_strconcat(begin, end, lines, NULL), true},
      {g_strconcat(begin, end, lines, end, NULL), true},
      {g_strconcat(begin, "settings\n", lines, end, NULL), true},
      {g_strconcat(begin, "Proc-Type: 4,ENCRYPTED\n\n", lines, end, NULL), false},
      {g_strconcat(begin, "-----BEGIN SETTINGS-----\n", lines, end, NULL), true},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpint(is_sealed(rows[i].text), ==, rows[i].is_sealed);
    g_free(rows[i].text);
  }
}

/* 18 MiB: more than is decoded at once. Of such a text pieces are judged, here each from a group of four digits on. */
static void test_long(void) {
  g_autoptr(GBytes) noise = image_noise(18 << 20, 6);
  g_autofree char *digits = base64_of(noise), *lines = wrap(digits, 76, "\n");
  g_assert_true(is_sealed(digits));
  g_assert_true(is_sealed(lines));
  guint8 *plain = g_malloc(18 << 20);
  for (gsize i = 0; i < 18 << 20; i++)
    plain[i] = (guint8)"a report of what was done; "[i % 27];
  g_autoptr(GBytes) text = g_bytes_new_take(plain, 18 << 20);
  g_autofree char *readable = base64_of(text);
  g_assert_false(is_sealed(readable));
}

/* A font ends in zeros, which in a style sheet stand as digits too. */
static void test_font(void) {
  g_autoptr(GBytes) noise = image_noise(4949, 3),
                    head = g_bytes_new_static("wOF2\0\1\0\0\0\0\x13\x88\0\5\0\0\0\0\x20\0\0\0\x13\x28\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 48),
                    zeros = g_bytes_new_static("\0\0\0", 3);
  g_autoptr(GBytes) begun = image_join(head, noise), font = image_join(begun, zeros), longer = image_join(font, noise);
  g_autofree char *digits = base64_of(font), *more = base64_of(longer);
  g_autofree char *sheet = g_strdup_printf("src: url(data:font/woff2;base64,%s)", digits);
  g_autofree char *other = g_strdup_printf("src: url(data:font/woff2;base64,%s)", more);
  g_assert_false(is_sealed(sheet));
  g_assert_true(is_sealed(other));
}

static void test_binary(void) {
  g_autoptr(GBytes) noise = image_noise(3000, 6);
  g_autofree char *digits = base64_of(noise);
  gsize size = strlen(digits);
  digits[100] = '\0';
  g_assert_false(ak_encoded_is_sealed((const guint8 *)digits, size));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encoded/dresses", test_dresses);
  g_test_add_func("/encoded/sizes", test_sizes);
  g_test_add_func("/encoded/hexadecimal", test_hexadecimal);
  g_test_add_func("/encoded/short-lines", test_short_lines);
  g_test_add_func("/encoded/readable", test_what_can_be_read);
  g_test_add_func("/encoded/pem", test_pem);
  g_test_add_func("/encoded/group", test_group);
  g_test_add_func("/encoded/pem-hides-nothing", test_pem_hides_nothing);
  g_test_add_func("/encoded/long", test_long);
  g_test_add_func("/encoded/font", test_font);
  g_test_add_func("/encoded/binary", test_binary);
  return g_test_run();
}
