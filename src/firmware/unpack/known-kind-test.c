/* Kinds that are known by their structure: how far it reaches, and that nothing else passes for one. */
#include "firmware/unpack/known-kind.h"

#include <string.h>

#include "firmware/unpack/content.h"
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
  g_autoptr(GBytes) zeros = g_bytes_new_take(g_malloc0(3000), 3000), padded = image_join(bytes, zeros);
  g_assert_false(ak_content_is_sealed(data, size));
  g_assert_false(ak_content_is_sealed(g_bytes_get_data(padded, NULL), size + 3000));
  g_assert_true(ak_content_is_sealed(g_bytes_get_data(both, NULL), whole));
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

/* Another name of its last chunk, with the right checksum. */
static GBytes *png_without_end(void) {
  g_autoptr(GBytes) whole = image_png(NULL, NULL);
  g_autoptr(AkWriter) w = ak_writer_new(1 << 16);
  ak_writer_bytes(w, g_bytes_get_data(whole, NULL), g_bytes_get_size(whole) - 12);
  image_png_chunk(w, "IDAT", (const guint8 *)"", 0);
  return ak_writer_end(w, NULL);
}

static GBytes *png_with(const char *name, GBytes *taken) {
  g_autoptr(GBytes) content = taken;
  return image_png(name, content);
}

static GBytes *png_damaged(void) {
  GBytes *picture = image_png(NULL, NULL);
  ((guint8 *)g_bytes_get_data(picture, NULL))[2000] ^= 1;
  return picture;
}

/* Pixels that no zlib stream begins. */
static GBytes *png_of_noise(void) {
  g_autoptr(AkWriter) w = ak_writer_new(1 << 16);
  g_autoptr(GBytes) noise = image_noise(4000, 1);
  ak_writer_bytes(w, "\x89PNG\r\n\x1a\n", 8);
  image_png_chunk(w, "IHDR", (const guint8 *)"\0\0\0\x28\0\0\0\x28\x08\2\0\0\0", 13);
  image_png_chunk(w, "IDAT", g_bytes_get_data(noise, NULL), 4000);
  image_png_chunk(w, "IEND", (const guint8 *)"", 0);
  return ak_writer_end(w, NULL);
}

/* Of a frame and a scan, in which 0xff is stuffed, with `told` (NULL: nothing) in a segment of its own. */
static GBytes *jpeg_with(GBytes *taken) {
  g_autoptr(GBytes) told = taken;
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  ak_writer_bytes(w, "\xff\xd8\xff\xe0\0\7JFIF\0", 11);
  if (told != NULL) {
    ak_writer_bytes(w, "\xff\xe1", 2);
    ak_writer_u16be(w, (guint16)(g_bytes_get_size(told) + 2));
    ak_writer_bytes(w, g_bytes_get_data(told, NULL), g_bytes_get_size(told));
  }
  ak_writer_bytes(w, "\xff\xc0\0\4xx\xff\xda\0\4xx", 12);
  for (guint i = 0; i < 1000; i++)
    ak_writer_bytes(w, i % 100 == 0 ? "\xff\0" : i % 333 == 0 ? "\xff\xd3" : "\x37\x91", 2);
  ak_writer_bytes(w, "\xff\xd9", 2);
  return ak_writer_end(w, NULL);
}

static GBytes *jpeg(void) {
  return jpeg_with(NULL);
}

/* A picture's picture: noise in its scan, in which no 0xff stands. */
static GBytes *preview(void) {
  g_autoptr(AkWriter) w = ak_writer_new(65536);
  g_autoptr(GBytes) noise = image_noise(5000, 4);
  const guint8 *data = g_bytes_get_data(noise, NULL);
  ak_writer_bytes(w, "Exif\0\0\xff\xd8\xff\xc0\0\4xx\xff\xda\0\4xx", 20);
  for (gsize i = 0; i < 5000; i++)
    ak_writer_u8(w, data[i] == 0xff ? 0xfe : data[i]);
  ak_writer_bytes(w, "\xff\xd9", 2);
  return ak_writer_end(w, NULL);
}

static GBytes *icon(GBytes *taken, guint32 offset) {
  g_autoptr(GBytes) picture = taken;
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  ak_writer_bytes(w, "\0\0\1\0\1\0\x20\x20\0\0\1\0\x20\0", 14);
  ak_writer_u32le(w, (guint32)g_bytes_get_size(picture));
  ak_writer_u32le(w, offset);
  ak_writer_bytes(w, g_bytes_get_data(picture, NULL), g_bytes_get_size(picture));
  return ak_writer_end(w, NULL);
}

/* A bitmap of 16 by 16 pixels of four bytes and its mask of one bit each, in rows of four bytes: 40 + 1024 + 64; its height counts
 * both. */
static GBytes *bitmap(gsize size) {
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  g_autoptr(GBytes) noise = image_noise(size - 16, 2);
  ak_writer_bytes(w, "\x28\0\0\0\x10\0\0\0\x20\0\0\0\1\0\x20\0", 16);
  ak_writer_bytes(w, g_bytes_get_data(noise, NULL), size - 16);
  return ak_writer_end(w, NULL);
}

/* A comment of 20 blocks. */
static GBytes *gif_with_noise(void) {
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  g_autoptr(GBytes) noise = image_noise(5100, 4);
  ak_writer_bytes(w, "GIF89a\1\0\1\0\0\0\0\x21\xfe", 15);
  for (gsize i = 0; i < 20; i++) {
    ak_writer_u8(w, 255);
    ak_writer_bytes(w, (const guint8 *)g_bytes_get_data(noise, NULL) + 255 * i, 255);
  }
  ak_writer_bytes(w, "\0\x3b", 2);
  return ak_writer_end(w, NULL);
}

static void test_pictures(void) {
  expect_kind(image_png(NULL, NULL));
  expect_kind(png_with("tEXt", g_bytes_new_take(g_strnfill(3000, 'x'), 3000)));
  expect_none(png_with("tEXt", image_noise(3000, 2)));
  expect_none(png_with("vpAg", image_noise(3000, 2)));
  expect_none(png_without_end());
  expect_none(png_damaged());
  expect_none(png_of_noise());
  expect_none(dressed("\x89PNG\r\n\x1a\n", 8, 5000));
  expect_none(dressed("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16, 5000));
  expect_kind(jpeg());
  expect_kind(jpeg_with(preview()));
  expect_none(jpeg_with(image_noise(5000, 4)));
  expect_none(dressed("\xff\xd8\xff\xe0", 4, 5000));
  expect_none(TEXT("\xff\xd8\xff\xe0\0\4xx\xff\xd9")); /* of no frame */
  expect_kind(TEXT("GIF89a\1\0\1\0\x80\0\0\1\2\3\4\5\6\x21\xf9\4\1\2\3\4\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b"));
  expect_none(dressed("GIF89a", 6, 5000));
  expect_none(gif_with_noise());
}

/* Its first byte is no magic: expect_kind would not see another one. */
static void test_icons(void) {
  static const gsize sizes[] = {40 + 1024, 40 + 1024 + 64, 40 + 1024 + 64 + 1024}; /* without a mask; with one; with a palette */
  g_autoptr(GBytes) sound = icon(image_png(NULL, NULL), 22);
  gsize whole = g_bytes_get_size(sound);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(sound, NULL), whole), ==, whole);
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autoptr(GBytes) one = icon(bitmap(sizes[i]), 22);
    g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(one, NULL), 22 + sizes[i]), ==, 22 + sizes[i]);
  }
  expect_none(icon(bitmap(40 + 1023), 22));
  expect_none(icon(bitmap(40 + 1024 + 64 + 1025), 22)); /* more than the picture can have */
  expect_none(icon(bitmap(40 + 1024), 23));             /* no picture there */
  expect_none(icon(bitmap(40 + 1024), 6));              /* within the directory */
  expect_none(icon(TEXT("any bytes"), 22));
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

/* Checksums worked out by another program. */
#define OGG_CRC "\xf8\xba\xa5\x83"
#define FLAC_CRC "\xc2"
#define FLAC "fLaC\x80\0\0\x22" "\x10\0\x10\0\0\0\x0e\0\0\x10\x0a\xc4\x42\xf0\0\0\0\0----------------"

static GBytes *wave_with(GBytes *taken) {
  g_autoptr(GBytes) junk = taken;
  gsize size = g_bytes_get_size(junk);
  g_autoptr(AkWriter) w = ak_writer_new(8192);
  ak_writer_bytes(w, "RIFF", 4);
  ak_writer_u32le(w, (guint32)(12 + size));
  ak_writer_bytes(w, "WAVEJUNK", 8);
  ak_writer_u32le(w, (guint32)size);
  ak_writer_bytes(w, g_bytes_get_data(junk, NULL), size);
  return ak_writer_end(w, NULL);
}

/* Nothing marks its end: a frame more or a piece of one is told from the whole file. */
static void test_telephone(void) {
  g_autoptr(GBytes) whole = frames("\xd2", 1, 33, 21), few = frames("\xd2", 1, 33, 19), other = frames("\xc2", 1, 33, 21);
  const guint8 *data = g_bytes_get_data(whole, NULL);
  g_assert_cmpuint(ak_known_kind_size(data, 21 * 33), ==, 21 * 33);
  g_assert_cmpuint(ak_known_kind_size(data, 21 * 33 - 1), ==, 0);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(few, NULL), 19 * 33), ==, 0);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(other, NULL), 21 * 33), ==, 0);
  expect_none(dressed("\xd2", 1, 33 * 100));
}

static void test_sound(void) {
  expect_kind(wave_with(g_bytes_new_take(g_malloc0(4000), 4000)));
  expect_none(wave_with(image_noise(4000, 4)));
  expect_kind(TEXT("RIFF\x16\0\0\0WAVEfmt \1\0\0\0x\0data\0\0\0\0"));
  expect_none(TEXT("RIFF\x16\0\0\0WAVEfmt \x7f\0\0\0x\0data\0\0\0\0"));
  expect_none(dressed("RIFF\x80\x10\0\0WAVE", 12, 5000));
  expect_none(dressed("RIFF\x80\x10\0\0own ", 12, 5000));
  expect_kind(TEXT("OggS\0\2----------------" OGG_CRC "\2\3\4abcdefg"));
  expect_none(TEXT("OggS\0\2--------------------\2\3\4abcdefg")); /* another checksum */
  expect_none(dressed("OggS\1", 5, 5000));
  expect_none(dressed("fLaC", 4, 5000));
  g_autoptr(GBytes) flac = TEXT(FLAC "\xff\xf8\xc9\x18\0" FLAC_CRC "zzzzzzzzzz"), other = TEXT(FLAC "\xff\xf8\xc9\x18\0\0zzzzzzzzzz");
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(flac, NULL), g_bytes_get_size(flac)), ==, g_bytes_get_size(flac));
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(other, NULL), g_bytes_get_size(other)), ==, 0);
  expect_none(TEXT("fLaC\x80\0\0\0\xff\xf8zzzzzzzzzzzzzzzz"));
}

static void test_film(void) {
#define FTYP "\0\0\0\x10" "ftypisom\0\0\0\0"
#define WEBM "\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67"
  expect_kind(TEXT(FTYP "\0\0\0\x0cmdatabcd\0\0\0\1moov\0\0\0\0\0\0\0\x11x"));
  expect_none(dressed("\xff\0\0\x10" "ftypisom", 12, 5000)); /* longer than the file */
  expect_none(dressed("\0\0\0\0ftyp", 8, 5000));             /* as long as the file */
  expect_none(dressed("\0\0\x13\x88" "ftypisom", 12, 5000)); /* brands by the hundred */
  g_autoptr(GBytes) open = dressed(FTYP "\0\0\0\0mdat", 24, 5000), named = dressed(FTYP "\0\0\0\0name", 24, 5000),
                    room = dressed(FTYP "\0\0\x13\x78" "free", 24, 5000);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(open, NULL), 5000), ==, 5000);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(named, NULL), 5000), ==, 16);
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(room, NULL), 5000), ==, 16); /* no place for noise */
  expect_kind(TEXT(WEBM "\x85\x15\x49\xa9\x66\x80"));
  expect_none(TEXT(WEBM "\x83xyz"));
  expect_none(dressed(WEBM "\x01\xff\xff\xff\xff\xff\xff\xff", 24, 5000)); /* without a length */
  expect_none(TEXT("\x1a\x45\xdf\xa3\x87\x42\x82\x84wxyz\x18\x53\x80\x67\x85\x15\x49\xa9\x66\x80"));
  expect_none(dressed("\x1a\x45\xdf\xa3", 4, 5000));
}

/* --- fonts, documents, keys ----------------------------------------------------------------------
 */

static void test_documents(void) {
#define NO_MORE "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* metadata, data of its own */
  /* 4096 bytes: 48, a directory of 48 for five tables, 4000 packed ones */
  expect_kind(dressed("wOF2\0\1\0\0\0\0\x10\0\0\5\0\0\0\0\x20\0\0\0\x0f\xa0\0\1\0\0" NO_MORE, 48, 4096));
  expect_none(dressed("wOF2\0\1\0\0\0\0\x10\0\0\5\0\0\0\0\x20\0\0\0\x0e\xa0\0\1\0\0" NO_MORE, 48, 4096)); /* 256 more */
  expect_none(dressed("wOF2\0\1\0\0\0\0\x20\0\0\5\0\0\0\0\x20\0\0\0\x0f\xa0\0\1\0\0" NO_MORE, 48, 4096)); /* longer than the file */
  /* 4096 bytes: 44, a table's 20, and its 4032 */
  expect_kind(dressed("wOFF\0\1\0\0\0\0\x10\0\0\1\0\0\0\0\x20\0\0\1\0\0" NO_MORE "cmap\0\0\0\x40\0\0\x0f\xc0\0\0\x20\0crc!", 64, 4096));
  expect_none(dressed("wOFF\0\1\0\0\0\0\x10\0\0\1\0\0\0\0\x20\0\0\1\0\0" NO_MORE "cmap\0\0\0\x40\0\0\x01\xc0\0\0\x20\0crc!", 64, 4096));
  expect_none(dressed("wOFF", 4, 4096));
  expect_kind(TEXT("%PDF-1.7\n1 0 obj\n%%EOF"));
  expect_none(dressed("%PDF-1.7\n", 9, 4096));
  g_autoptr(GBytes) begun = dressed("%PDF-1.7\n1 0 obj\n<<>>\nstream\n", 30, 4096), end = TEXT("\nendstream\nendobj\n%%EOF"),
                    bare = dressed("%PDF-1.7\n1 0 obj\n", 17, 4096);
  expect_kind(image_join(begun, end));
  expect_none(image_join(bare, end)); /* between its objects */
}

static void test_keys(void) {
  expect_kind(TEXT("\x99\0\4\4abc\xb4\3bob\x88\2\4s")); /* the old form: key, user, signature */
  expect_kind(TEXT("\xc6\4\4abc\xcd\3bob\xc2\2\4s"));   /* the new form */
  expect_none(TEXT("\xc5\4\4abc"));                     /* a secret key */
  expect_none(TEXT("\x99\0\4\x37" "abc"));              /* no such version */
  expect_none(dressed("\xc9\xff\0\0\x10\0", 6, 5000));  /* encrypted data */
  expect_none(dressed("\x8a\0\0\x30\0\4", 6, 6 + 0x2fff)); /* a signature of 12 KiB */
  g_autoptr(GBytes) attribute = dressed("\xc6\1\4\xd1\xff\0\0\x10\0\xff\0\0\x0f\xfb\1", 15, 9 + 4096); /* no picture */
  g_assert_cmpuint(ak_known_kind_size(g_bytes_get_data(attribute, NULL), 9 + 4096), ==, 3);
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
  g_test_add_func("/known-kind/telephone", test_telephone);
  g_test_add_func("/known-kind/sound", test_sound);
  g_test_add_func("/known-kind/film", test_film);
  g_test_add_func("/known-kind/documents", test_documents);
  g_test_add_func("/known-kind/keys", test_keys);
  return g_test_run();
}
