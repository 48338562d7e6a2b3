#include "proto/modbus.h"

static const guint8 identification[] = {0, 1, 0,   0,   0, 24, 1,   0x2b, 0x0e, 1,
                                        1, 0, 0,   3,   0, 4,  'A', 'c',  'm',  'e',
                                        1, 2, 'P', '1', 2, 4,  'V', '2',  '.',  1};

static void test_requests_only_read(void) {
  static const guint8 ask[] = {0, 1, 0, 0, 0, 5, 255, 0x2b, 0x0e, 1, 0};
  static const guint8 read[] = {0, 2, 0, 0, 0, 6, 1, 3, 0, 100, 0, 2};
  g_autoptr(GBytes) first = ak_modbus_identification_build(1, 255, 0);
  g_autoptr(GBytes) second = ak_modbus_read_holding_build(2, 1, 100, 2, NULL);
  g_assert_cmpmem(g_bytes_get_data(first, NULL), g_bytes_get_size(first), ask, sizeof ask);
  g_assert_cmpmem(g_bytes_get_data(second, NULL), g_bytes_get_size(second), read, sizeof read);
  g_assert_null(ak_modbus_read_holding_build(2, 1, 0, 0, NULL));
  g_assert_null(ak_modbus_read_holding_build(2, 1, 0, 126, NULL));
}

static AkParse parse(const guint8 *bytes, gsize size, AkModbusAnswer *out) {
  gsize used = 0;
  return ak_modbus_answer_parse(bytes, size, out, &used, NULL);
}

static void test_identification(void) {
  AkModbusAnswer answer = {0};
  g_autoptr(GPtrArray) objects =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_modbus_object_free);
  guint8 next = 9;
  g_assert_cmpint(parse(identification, sizeof identification, &answer), ==, AK_PARSE_DONE);
  g_assert_cmpuint(answer.transaction, ==, 1);
  g_assert_true(ak_modbus_identification_parse(&answer, objects, &next, NULL));
  g_assert_cmpuint(objects->len, ==, 3);
  g_assert_cmpuint(next, ==, 0);
  g_assert_cmpstr(((AkModbusObject *)objects->pdata[0])->text, ==, "Acme");
  g_assert_cmpstr(((AkModbusObject *)objects->pdata[2])->text, ==, "V2.\\x01");
  g_assert_cmpuint(((AkModbusObject *)objects->pdata[2])->id, ==, 2);
}

static void test_exceptions_and_registers(void) {
  static const guint8 exception[] = {0, 1, 0, 0, 0, 3, 1, 0x83, 2};
  static const guint8 registers[] = {0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2};
  static const guint8 odd[] = {0, 1, 0, 0, 0, 6, 1, 3, 3, 0, 1, 0};
  AkModbusAnswer answer = {0};
  guint count = 0;
  g_autoptr(GError) error = NULL;
  g_assert_cmpint(parse(exception, sizeof exception, &answer), ==, AK_PARSE_DONE);
  g_assert_cmpuint(answer.function, ==, 3);
  g_assert_cmpuint(answer.exception, ==, 2);
  g_assert_false(ak_modbus_read_holding_parse(&answer, &count, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
  g_assert_cmpint(parse(registers, sizeof registers, &answer), ==, AK_PARSE_DONE);
  g_assert_true(ak_modbus_read_holding_parse(&answer, &count, NULL));
  g_assert_cmpuint(count, ==, 2);
  g_assert_cmpint(parse(odd, sizeof odd, &answer), ==, AK_PARSE_DONE);
  g_assert_false(ak_modbus_read_holding_parse(&answer, &count, NULL));
}

/* Cut outside: more is waited for. Cut inside, with lengths that fit: nothing is taken. */
static void test_truncated_at_every_byte(void) {
  AkModbusAnswer answer = {0};
  for (gsize cut = 0; cut < sizeof identification; cut++) {
    g_autofree guint8 *copy = g_memdup2(identification, cut);
    g_assert_cmpint(parse(copy, cut, &answer), ==, AK_PARSE_MORE);
  }
  g_autoptr(GPtrArray) objects =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_modbus_object_free);
  g_assert_cmpint(parse(identification, sizeof identification, &answer), ==, AK_PARSE_DONE);
  for (gsize cut = 0; cut < sizeof identification - 8; cut++) {
    g_autofree guint8 *copy = g_memdup2(answer.data, cut);
    AkModbusAnswer shorter = {.function = 0x2b, .data = copy, .size = cut};
    guint8 next = 0;
    g_assert_false(ak_modbus_identification_parse(&shorter, objects, &next, NULL));
    g_assert_cmpuint(objects->len, ==, 0);
  }
}

static void test_what_is_no_modbus(void) {
  static const guint8 rows[][9] = {
      {0, 1, 0, 1, 0, 3, 1, 3, 0},    /* another protocol */
      {0, 1, 0, 0, 0, 1, 1, 3, 0},    /* too short */
      {0, 1, 0, 0, 1, 0, 1, 3, 0},    /* too long */
      {0, 1, 0, 0, 0, 2, 1, 0x83, 0}, /* an exception without code */
      {0, 1, 0, 0, 0, 3, 1, 0x83, 0}, /* of code 0 */
      {'H', 'T', 'T', 'P', '/', '1', '.', '1', ' '},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AkModbusAnswer answer = {0};
    gsize used = 0;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(ak_modbus_answer_parse(rows[i], 9, &answer, &used, &error), ==, AK_PARSE_BAD);
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/modbus/requests", test_requests_only_read);
  g_test_add_func("/modbus/identification", test_identification);
  g_test_add_func("/modbus/exceptions", test_exceptions_and_registers);
  g_test_add_func("/modbus/truncated", test_truncated_at_every_byte);
  g_test_add_func("/modbus/none", test_what_is_no_modbus);
  return g_test_run();
}
