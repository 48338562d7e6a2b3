#include "proto/modbus.h"

#include "util/reader.h"
#include "util/writer.h"

#define HEADER 7 /* MBAP */
#define MEI_IDENTIFICATION 0x0e
#define READ_BASIC 1 /* 6.21: stream access to the basic objects */
#define EXCEPTION_BIT 0x80
#define MAX_REGISTERS 125

static AkWriter *begin(guint16 transaction, guint8 unit, guint8 function, guint16 pdu) {
  AkWriter *out = ak_writer_new(AK_MODBUS_MAX_ADU);
  ak_writer_u16be(out, transaction);
  ak_writer_u16be(out, 0); /* protocol */
  ak_writer_u16be(out, (guint16)(pdu + 1));
  ak_writer_u8(out, unit);
  ak_writer_u8(out, function);
  return out;
}

GBytes *ak_modbus_identification_build(guint16 transaction, guint8 unit, guint8 from) {
  g_autoptr(AkWriter) out = begin(transaction, unit, AK_MODBUS_READ_IDENTIFICATION, 4);
  ak_writer_u8(out, MEI_IDENTIFICATION);
  ak_writer_u8(out, READ_BASIC);
  ak_writer_u8(out, from);
  return ak_writer_end(out, NULL);
}

GBytes *ak_modbus_read_holding_build(guint16 transaction, guint8 unit, guint16 address,
                                     guint16 count, GError **error) {
  if (count < 1 || count > MAX_REGISTERS) {
    ak_error_set(error, AK_ERROR_LIMIT, "modbus: %u registers", count);
    return NULL;
  }
  g_autoptr(AkWriter) out = begin(transaction, unit, AK_MODBUS_READ_HOLDING, 5);
  ak_writer_u16be(out, address);
  ak_writer_u16be(out, count);
  return ak_writer_end(out, error);
}

static AkParse bad(GError **error, const char *why) {
  ak_error_set(error, AK_ERROR_INVALID_DATA, "modbus: %s", why);
  return AK_PARSE_BAD;
}

AkParse ak_modbus_answer_parse(const void *data, gsize size, AkModbusAnswer *out, gsize *used,
                               GError **error) {
  AkReader reader = ak_reader_init(data, size), rest;
  AkModbusAnswer read = {0};
  guint16 protocol = 0, length = 0;
  guint8 function = 0;
  if (!ak_reader_u16be(&reader, &read.transaction, NULL) ||
      !ak_reader_u16be(&reader, &protocol, NULL))
    return AK_PARSE_MORE;
  if (protocol != 0)
    return bad(error, "another protocol");
  if (!ak_reader_u16be(&reader, &length, NULL))
    return AK_PARSE_MORE;
  if (length < 2 || length > AK_MODBUS_MAX_ADU - HEADER + 1)
    return bad(error, "a length out of range");
  if (!ak_reader_sub(&reader, length, &rest, NULL))
    return AK_PARSE_MORE;
  if (!ak_reader_u8(&rest, &read.unit, error) || !ak_reader_u8(&rest, &function, error))
    return AK_PARSE_BAD;
  read.function = function & (guint8)~EXCEPTION_BIT;
  if (function & EXCEPTION_BIT) {
    if (!ak_reader_u8(&rest, &read.exception, NULL) || read.exception == 0 ||
        ak_reader_left(&rest) > 0)
      return bad(error, "an exception without its code");
  }
  read.size = ak_reader_left(&rest);
  if (!ak_reader_bytes(&rest, read.size, &read.data, error))
    return AK_PARSE_BAD;
  *out = read;
  *used = reader.position;
  return AK_PARSE_DONE;
}

/* --- what answers hold ---------------------------------------------------------------------------
 */

void ak_modbus_object_free(AkModbusObject *self) {
  g_free(self->text);
  g_free(self);
}

static bool is_answer_to(const AkModbusAnswer *answer, AkModbusFunction function, GError **error) {
  if (answer->function != (guint8)function)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "modbus: answer to function %u",
                        answer->function);
  return answer->exception == 0 ||
         ak_error_set(error, AK_ERROR_NOT_SUPPORTED, "modbus: exception %u", answer->exception);
}

static bool read_object(AkReader *reader, GPtrArray *into, GError **error) {
  guint8 id = 0, size = 0;
  const guint8 *bytes = NULL;
  if (!ak_reader_u8(reader, &id, error) || !ak_reader_u8(reader, &size, error) ||
      !ak_reader_bytes(reader, size, &bytes, error))
    return false;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < size; i++)
    if (bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '\\')
      g_string_append_c(text, (char)bytes[i]);
    else
      g_string_append_printf(text, "\\x%02x", bytes[i]);
  AkModbusObject *object = g_new0(AkModbusObject, 1);
  *object = (AkModbusObject){.id = id, .text = g_string_free(text, FALSE)};
  g_ptr_array_add(into, object);
  return true;
}

bool ak_modbus_identification_parse(const AkModbusAnswer *answer, GPtrArray *objects, guint8 *next,
                                    GError **error) {
  if (!is_answer_to(answer, AK_MODBUS_READ_IDENTIFICATION, error))
    return false;
  AkReader reader = ak_reader_init(answer->data, answer->size);
  guint8 mei = 0, code = 0, conformity = 0, more = 0, next_id = 0, count = 0;
  if (!ak_reader_u8(&reader, &mei, error) || !ak_reader_u8(&reader, &code, error) ||
      !ak_reader_u8(&reader, &conformity, error) || !ak_reader_u8(&reader, &more, error) ||
      !ak_reader_u8(&reader, &next_id, error) || !ak_reader_u8(&reader, &count, error))
    return false;
  if (mei != MEI_IDENTIFICATION || code != READ_BASIC)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "modbus: another kind of identification");
  guint before = objects->len;
  bool ok = count <= AK_MODBUS_MAX_OBJECTS ||
            ak_error_set(error, AK_ERROR_LIMIT, "modbus: %u objects", count);
  for (guint i = 0; ok && i < count; i++)
    ok = read_object(&reader, objects, error);
  if (!ok)
    g_ptr_array_set_size(objects, (gint)before);
  else
    *next = more == 0xff ? next_id : 0;
  return ok;
}

bool ak_modbus_read_holding_parse(const AkModbusAnswer *answer, guint *count, GError **error) {
  guint8 bytes = 0;
  AkReader reader = ak_reader_init(answer->data, answer->size);
  if (!is_answer_to(answer, AK_MODBUS_READ_HOLDING, error) || !ak_reader_u8(&reader, &bytes, error))
    return false;
  if (bytes == 0 || bytes % 2 != 0 || bytes != ak_reader_left(&reader))
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "modbus: registers of %u bytes", bytes);
  *count = bytes / 2;
  return true;
}

bool ak_proto_modbus_fuzz(const guint8 *data, gsize size);
bool ak_proto_modbus_fuzz(const guint8 *data, gsize size) {
  AkModbusAnswer answer = {0};
  g_autoptr(GPtrArray) objects =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_modbus_object_free);
  g_autoptr(GError) error = NULL;
  gsize used = 0;
  guint8 next = 0;
  guint count = 0;
  AkParse result = ak_modbus_answer_parse(data, size, &answer, &used, &error);
  g_assert((result == AK_PARSE_BAD) == (error != NULL));
  if (result != AK_PARSE_DONE)
    return false;
  g_assert(used <= size && answer.size <= AK_MODBUS_MAX_ADU);
  if (!ak_modbus_identification_parse(&answer, objects, &next, NULL))
    g_assert(objects->len == 0);
  ak_modbus_read_holding_parse(&answer, &count, NULL);
  return true;
}
