/* Kinds that are known by their structure: how far it reaches, and that nothing else passes for one. */
#include "firmware/unpack/known-kind.h"

#include <string.h>

#include "firmware/unpack/test-image.h"

static GBytes *of(const void *data, gsize size) {
  return g_bytes_new(data, size);
}
#define TEXT(literal) of(literal, sizeof(literal) - 1)

/* `bytes` are of a kind to their end, whatever follows; with another first byte they are of none. Cut anywhere, nothing behind is read. */
static void expect_kind(GBytes *taken) {
  g_autoptr(GBytes) bytes = taken, more = image_noise(3000, 3), both = image_join(bytes, more);
  gsize size = 0, whole = g_bytes_get_size(both);
  const guint8 *data = g_bytes_get_data(bytes, &size);
  g_assert_cmpuint(ak_known_kind_size(data, size), ==, size);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(both, NULL), whole), ==, size);
  for (gsize cut = 0; cut < size; cut++) {
    g_autofree guint8 *copy = g_memdup2(data, cut); /* its end is the end of what may be read */
    g_assert_cmpuint(ak_known_kind_size(copy, cut), <=, cut);
  }
  g_autofree guint8 *other = g_memdup2(data, size);
  other[0] ^= 0x55;
  g_assert_cmpuint(ak_known_kind_size(other, size), ==, 0);
}

static void expect_none(GBytes *taken) {
  g_autoptr(GBytes) bytes = taken;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  g_assert_cmpuint(ak_known_kind_size(data, size), ==, 0);
}

/* `head`, and noise up to `size` bytes. */
static GBytes *dressed(const void *head, gsize length, gsize size) {
  g_autoptr(GBytes) noise = image_noise(size - length, 7), front = of(head, length);
  return image_join(front, noise);
}

/* --- pictures ------------------------------------------------------------------------------------
 */

static GBytes *png(const char *last) {
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  g_autoptr(GBytes) noise = image_noise(4000, 1);
  ak_writer_bytes(w, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
  ak_writer_bytes(w, "\0\0\0\x20\0\0\0\x20\x08\2\0\0\0crc!", 17);
  ak_writer_u32be(w, 4000);
  ak_writer_bytes(w, "IDAT", 4);
  ak_writer_bytes(w, g_bytes_get_data(noise, NULL), 4000);
  ak_writer_bytes(w, "crc!\0\0\0\0", 8);
  ak_writer_bytes(w, last, 4);
  ak_writer_bytes(w, "crc!", 4);
  return ak_writer_end(w, NULL);
}

/* Of a frame and a scan, in which 0xff is stuffed. */
static GBytes *jpeg(void) {
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  ak_writer_bytes(w, "\xff\xd8\xff\xe0\0\7JFIF\0\xff\xc0\0\4xx\xff\xda\0\4xx", 23);
  for (guint i = 0; i < 1000; i++)
    ak_writer_bytes(w, i % 100 == 0 ? "\xff\0" : i % 333 == 0 ? "\xff\xd3" : "\x37\x91", 2);
  ak_writer_bytes(w, "\xff\xd9", 2);
  return ak_writer_end(w, NULL);
}

static GBytes *icon(const char *picture, guint32 offset) {
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  ak_writer_bytes(w, "\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0", 14);
  ak_writer_u32le(w, 500);
  ak_writer_u32le(w, offset);
  ak_writer_bytes(w, picture, 8);
  for (guint i = 0; i < 492; i++)
    ak_writer_u8(w, (guint8)(i * 7));
  return ak_writer_end(w, NULL);
}

static void test_pictures(void) {
  expect_kind(png("IEND"));
  expect_none(png("IDAT")); /* without an end */
  expect_none(dressed("\x89PNG\r\n\x1a\n", 8, 5000));
  expect_none(dressed("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16, 5000));
  expect_kind(jpeg());
  expect_none(dressed("\xff\xd8\xff\xe0", 4, 5000));
  expect_none(TEXT("\xff\xd8\xff\xe0\0\4xx\xff\xd9")); /* of no frame */
  expect_kind(TEXT("GIF89a\1\0\1\0\x80\0\0\1\2\3\4\5\6\x21\xf9\4\1\2\3\4\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b"));
  expect_none(dressed("GIF89a", 6, 5000));
}

/* Its first byte is no magic: expect_kind would not see another one. */
static void test_icons(void) {
  g_autoptr(GBytes) sound = icon("\x89PNG\r\n\x1a\n", 22), bitmap = icon("\x28\0\0\0\x20\0\0\0", 22);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(sound, NULL), 522), ==, 522);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(bitmap, NULL), 522), ==, 522);
  expect_none(icon("\x89PNG\r\n\x1a\n", 23));  /* no picture there */
  expect_none(icon("\x28\0\0\0\x20\0\0\0", 6)); /* within the directory */
  expect_none(icon("any byte", 22));
  expect_none(dressed("\0\0\1\0\1\0", 6, 5000));
}

/* --- sound and film ------------------------------------------------------------------------------
 */

/* `count` frames of `size` bytes with one head. */
static GBytes *frames(const char *head, gsize length, gsize size, guint count) {
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  g_autoptr(GBytes) noise = image_noise(size, 2);
  for (guint i = 0; i < count; i++) {
    ak_writer_bytes(w, head, length);
    ak_writer_bytes(w, g_bytes_get_data(noise, NULL), size - length);
  }
  return ak_writer_end(w, NULL);
}

/* 128 kbit/s at 44100 Hz: 144 * 128000 / 44100 = 417 bytes a frame; version 2, 64 kbit/s at 22050 Hz, padded: 209. */
static void test_frames(void) {
  expect_kind(frames("\xff\xfb\x90\0", 4, 417, 6));
  expect_kind(frames("\xff\xf3\x82\0", 4, 209, 6));
  expect_kind(frames("\xff\xf1\x50\x80\x04\x1f\xfc", 7, 32, 9)); /* ADTS: 13 bits of length */
  expect_none(frames("\xff\xfb\x90\0", 4, 418, 6));              /* the second head is not where it has to be */
  expect_none(dressed("\xff\xfb\x90\0", 4, 5000));
  g_autoptr(GBytes) tag = TEXT("ID3\4\0\0\0\0\0\5abcde"), sound = frames("\xff\xfb\x90\0", 4, 417, 3);
  expect_kind(image_join(tag, sound));
  expect_none(dressed("ID3\4\0\0\0\0\0\5abcde", 15, 5000));
}

static void test_sound(void) {
  expect_kind(TEXT("RIFF\x16\0\0\0WAVEfmt \1\0\0\0x\0data\0\0\0\0"));
  expect_none(TEXT("RIFF\x16\0\0\0WAVEfmt \x7f\0\0\0x\0data\0\0\0\0"));
  expect_none(dressed("RIFF\x80\x10\0\0WAVE", 12, 5000));
  expect_none(dressed("RIFF\x80\x10\0\0own ", 12, 5000));
  expect_kind(TEXT("OggS\0\2--------------------\2\3\4abcdefg"));
  expect_none(dressed("OggS\1", 5, 5000));
  expect_none(dressed("fLaC", 4, 5000));
  g_autoptr(GBytes) flac = TEXT("fLaC\0\0\0\2xx\x84\0\0\1y\xff\xf8zzzz");
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(flac, NULL), g_bytes_get_size(flac)), ==, g_bytes_get_size(flac));
}

static void test_film(void) {
  expect_kind(TEXT("\0\0\0\x10" "ftypisom\0\0\0\0\0\0\0\x0cmdatabcd\0\0\0\1moov\0\0\0\0\0\0\0\x11x"));
  expect_none(dressed("\xff\0\0\x10" "ftypisom", 12, 5000)); /* longer than the file */
  expect_kind(TEXT("\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67\x83xyz"));
  expect_none(TEXT("\x1a\x45\xdf\xa3\x87\x42\x82\x84wxyz\x18\x53\x80\x67\x83xyz"));
  expect_none(dressed("\x1a\x45\xdf\xa3", 4, 5000));
}

/* --- fonts, documents, keys ----------------------------------------------------------------------
 */

static void test_documents(void) {
  expect_kind(dressed("wOF2\0\1\0\0\0\0\x10\0\0\5\0\0", 16, 4096));
  expect_none(dressed("wOF2\0\1\0\0\0\0\x20\0\0\5\0\0", 16, 4096)); /* longer than the file */
  expect_none(dressed("wOFF", 4, 4096));
  expect_kind(TEXT("%PDF-1.7\n1 0 obj\n%%EOF"));
  expect_none(dressed("%PDF-1.7\n", 9, 4096));
}

static void test_keys(void) {
  expect_kind(TEXT("\x99\0\4\4abc\xb4\3bob\x88\2\4s")); /* the old form: key, user, signature */
  expect_kind(TEXT("\xc6\4\4abc\xcd\3bob\xc2\2\4s"));   /* the new form */
  expect_none(TEXT("\xc5\4\4abc"));                     /* a secret key */
  expect_none(TEXT("\x99\0\4\x37" "abc"));              /* no such version */
  expect_none(dressed("\xc9\xff\0\0\x10\0", 6, 5000));  /* encrypted data */
  g_autoptr(GBytes) mixed = TEXT("\xc6\4\4abc\xc5\4\4abc");
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(mixed, NULL), g_bytes_get_size(mixed)), ==, 6);
  expect_kind(TEXT("\x30\x82\0\x16\x30\x82\0\x0c\xa0\3\2\1\2\2\1\5abcd\x30\0\3\2\0s")); /* a certificate */
  expect_none(TEXT("\x30\x82\0\x16\x30\x82\0\x0c\xa0\3\2\1\2\2\1\5abcd\x30\0\4\2\0s")); /* no signature at its end */
  expect_none(dressed("\x30\x82\x10\0\x30\x82\x0f\0\xa0\3\2\1\2\2\1\5", 16, 5000)); /* nothing but its head */
  expect_none(dressed("\x30\x82\x10\0\x30\x82\x0f\0", 8, 5000)); /* as an encrypted key begins */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/known-kind/pictures", test_pictures);
  g_test_add_func("/known-kind/icons", test_icons);
  g_test_add_func("/known-kind/frames", test_frames);
  g_test_add_func("/known-kind/sound", test_sound);
  g_test_add_func("/known-kind/film", test_film);
  g_test_add_func("/known-kind/documents", test_documents);
  g_test_add_func("/known-kind/keys", test_keys);
  return g_test_run();
}
