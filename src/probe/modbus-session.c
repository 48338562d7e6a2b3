#include "probe/modbus-session.h"

#include "probe/heard.h"

#define UNIT 1
#define MAX_QUESTIONS 8 /* for the identification */
#define ILLEGAL_FUNCTION 1

typedef struct {
  AkModbusAnswer answer;
  GBytes *data; /* of the answer */
  guint16 transaction;
} Heard;

static void heard_clear(Heard *self) {
  g_clear_pointer(&self->data, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Heard, heard_clear)

static AkParse parse(gpointer out, const void *data, gsize size, gsize *used, GError **error) {
  Heard *self = out;
  AkParse result = ak_modbus_answer_parse(data, size, &self->answer, used, error);
  if (result != AK_PARSE_DONE)
    return result;
  if (self->answer.transaction != self->transaction) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "modbus: answer to another question");
    return AK_PARSE_BAD;
  }
  g_clear_pointer(&self->data, g_bytes_unref);
  self->data = g_bytes_new(self->answer.data, self->answer.size);
  self->answer.data = g_bytes_get_data(self->data, NULL);
  return result;
}

static bool ask(const AkPeer *peer, GBytes *question, Heard *out, GError **error) {
  g_autoptr(GByteArray) heard = g_byte_array_new();
  g_autoptr(AkStream) stream = ak_stream_open(peer, false, NULL, error);
  gsize size = 0;
  const void *data = g_bytes_get_data(question, &size);
  return stream != NULL && ak_stream_write(stream, data, size, error) &&
         ak_heard_read(stream, heard, AK_MODBUS_MAX_ADU, parse, out, error);
}

static AkModbusReply reply_of(const AkModbusAnswer *answer) {
  if (answer->exception == 0)
    return AK_MODBUS_ANSWERS;
  return answer->exception == ILLEGAL_FUNCTION ? AK_MODBUS_UNKNOWN : AK_MODBUS_EXCEPTION;
}

static bool look_at_identification(const AkPeer *peer, AkModbusFacts *facts, GString *evidence,
                                   GError **error) {
  guint8 next = 0;
  for (guint16 i = 1; i <= MAX_QUESTIONS && facts->objects->len < AK_MODBUS_MAX_OBJECTS; i++) {
    g_autoptr(GBytes) question = ak_modbus_identification_build(i, UNIT, next);
    g_auto(Heard) heard = {.transaction = i};
    if (!ask(peer, question, &heard, error))
      return false;
    if (i == 1)
      facts->identification = reply_of(&heard.answer);
    g_string_append_printf(evidence, "0x2B/0x0E from object %u: exception %u\n", next,
                           heard.answer.exception);
    if (heard.answer.exception != 0)
      return true;
    guint8 before = next;
    if (!ak_modbus_identification_parse(&heard.answer, facts->objects, &next, error))
      return false;
    if (next <= before)
      return true;
  }
  return true;
}

static bool look_at_register(const AkPeer *peer, AkModbusFacts *facts, GString *evidence,
                             GError **error) {
  g_autoptr(GBytes) question = ak_modbus_read_holding_build(MAX_QUESTIONS + 1, UNIT, 0, 1, error);
  g_auto(Heard) heard = {.transaction = MAX_QUESTIONS + 1};
  guint count = 0;
  if (question == NULL || !ask(peer, question, &heard, error))
    return false;
  facts->registers = reply_of(&heard.answer);
  g_string_append_printf(evidence, "0x03, address 0, one register: exception %u\n",
                         heard.answer.exception);
  return heard.answer.exception != 0 || ak_modbus_read_holding_parse(&heard.answer, &count, error);
}

void ak_modbus_session_clear(AkModbusFacts *self) {
  g_clear_pointer(&self->objects, g_ptr_array_unref);
  g_clear_pointer(&self->evidence, g_free);
}

bool ak_modbus_session_look(const AkPeer *peer, AkModbusFacts *out, GError **error) {
  g_auto(AkModbusFacts)
      facts = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)ak_modbus_object_free)};
  g_autoptr(GString) evidence = g_string_new(NULL);
  if (!look_at_identification(peer, &facts, evidence, error) ||
      !look_at_register(peer, &facts, evidence, error))
    return false;
  for (guint i = 0; i < facts.objects->len; i++) {
    const AkModbusObject *object = facts.objects->pdata[i];
    g_string_append_printf(evidence, "object %u: %s\n", object->id, object->text);
  }
  facts.evidence = g_strdup(evidence->str);
  *out = facts;
  facts = (AkModbusFacts){0};
  return true;
}
