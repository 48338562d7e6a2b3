#include "util/reader.h"
#include "util/writer.h"

#include <string.h>

static const guint8 sample[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void test_numbers_in_both_orders(void) {
  AkReader reader = ak_reader_init(sample, sizeof sample);
  guint16 two = 0;
  guint32 four = 0;
  guint64 eight = 0;
  g_assert_true(ak_reader_u16be(&reader, &two, NULL));
  g_assert_cmphex(two, ==, 0x0102);
  g_assert_true(ak_reader_u24be(&reader, &four, NULL));
  g_assert_cmphex(four, ==, 0x030405);
  g_assert_true(ak_reader_u32le(&reader, &four, NULL));
  g_assert_cmphex(four, ==, 0x09080706);
  g_assert_true(ak_reader_seek(&reader, 0, NULL));
  g_assert_true(ak_reader_u64be(&reader, &eight, NULL));
  g_assert_cmphex(eight, ==, 0x0102030405060708);
}

static void test_reading_past_the_end_changes_nothing(void) {
  AkReader reader = ak_reader_init(sample, 3);
  guint32 four = 42;
  const guint8 *bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_assert_true(ak_reader_skip(&reader, 1, NULL));
  g_assert_false(ak_reader_u32be(&reader, &four, &error));
  g_assert_cmpstr(error->message, ==, "offset 1: 4 bytes wanted, 2 left");
  g_assert_cmpuint(four, ==, 42);
  g_assert_cmpuint(reader.position, ==, 1);
  g_assert_false(ak_reader_bytes(&reader, G_MAXSIZE, &bytes, NULL));
  g_assert_false(ak_reader_seek(&reader, 4, NULL));
  g_assert_null(bytes);
}

static void test_sub_reader_is_bounded(void) {
  AkReader reader = ak_reader_init(sample, sizeof sample), inner;
  guint8 one = 0;
  g_assert_true(ak_reader_sub(&reader, 2, &inner, NULL));
  g_assert_true(ak_reader_skip(&inner, 2, NULL));
  g_assert_false(ak_reader_u8(&inner, &one, NULL));
  g_assert_true(ak_reader_u8(&reader, &one, NULL));
  g_assert_cmpuint(one, ==, 3);
}

static void test_writer_mirrors_reader(void) {
  g_autoptr(AkWriter) writer = ak_writer_new(7);
  ak_writer_u8(writer, 1);
  ak_writer_u16be(writer, 0x0203);
  ak_writer_u32le(writer, 0x07060504);
  g_autoptr(GBytes) bytes = ak_writer_end(writer, NULL);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), sample, 7);
}

static void test_writer_stops_at_its_maximum(void) {
  g_autoptr(AkWriter) writer = ak_writer_new(3);
  ak_writer_u32be(writer, 1);
  ak_writer_u8(writer, 1);
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_writer_end(writer, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_LIMIT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reader/numbers-in-both-orders", test_numbers_in_both_orders);
  g_test_add_func("/reader/past-the-end", test_reading_past_the_end_changes_nothing);
  g_test_add_func("/reader/sub-reader-is-bounded", test_sub_reader_is_bounded);
  g_test_add_func("/writer/mirrors-reader", test_writer_mirrors_reader);
  g_test_add_func("/writer/stops-at-its-maximum", test_writer_stops_at_its_maximum);
  return g_test_run();
}
