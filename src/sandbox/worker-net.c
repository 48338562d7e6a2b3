#include "sandbox/worker-net.h"

#include <string.h>
#include <unistd.h>

#include "util/reader.h"
#include "util/writer.h"

#define MAX_ADDRESS 64 /* bytes; the longest numeric IPv6 address has 45 */

typedef struct {
  AkNet net;
  AkFrameStream *stream;
} WorkerNet;

/* --- worker side ------------------------------------------------------------------------------ */

static bool send_written(AkFrameStream *stream, AkFrameType type, AkWriter *writer,
                         GError **error) {
  g_autoptr(GBytes) bytes = ak_writer_end(writer, error);
  gsize size = 0;
  const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes != NULL && ak_frame_send(stream, type, data, size, -1, error);
}

/* Turns a REFUSED frame into the error that it carries. */
static bool set_refusal(const AkFrame *frame, GError **error) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(frame->payload, &size);
  AkReader reader = ak_reader_init(data, size);
  guint8 code = 0;
  const guint8 *text = NULL;
  if (!ak_reader_u8(&reader, &code, error) ||
      !ak_reader_bytes(&reader, ak_reader_left(&reader), &text, error))
    return false;
  return ak_error_set(error, (AkErrorCode)code, "%.*s", (int)(size - 1), (const char *)text);
}

static int net_connect(AkNet *net, const char *address, guint16 port, guint timeout_ms,
                       GError **error) {
  WorkerNet *self = (WorkerNet *)net;
  g_autoptr(AkWriter) writer = ak_writer_new(6 + MAX_ADDRESS);
  ak_writer_u16be(writer, port);
  ak_writer_u32be(writer, timeout_ms);
  ak_writer_bytes(writer, address, strlen(address));
  g_auto(AkFrame) answer = {.fd = -1};
  if (!send_written(self->stream, AK_FRAME_CONNECT, writer, error) ||
      !ak_frame_receive(self->stream, &answer, error))
    return -1;
  if (answer.type == AK_FRAME_CONNECTED && answer.fd >= 0) {
    int fd = answer.fd;
    answer.fd = -1;
    return fd;
  }
  set_refusal(&answer, error);
  return -1;
}

static bool receive_states(WorkerNet *self, AkPortState *states, gsize count, GError **error) {
  for (gsize at = 0; at < count;) {
    g_auto(AkFrame) answer = {.fd = -1};
    if (!ak_frame_receive(self->stream, &answer, error))
      return false;
    if (answer.type != AK_FRAME_SWEPT)
      return set_refusal(&answer, error);
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(answer.payload, &size);
    if (size == 0 || size > count - at)
      return ak_error_set(error, AK_ERROR_INTERNAL, "sweep: answer of a wrong length");
    for (gsize i = 0; i < size; i++)
      states[at++] = (AkPortState)data[i];
  }
  return true;
}

static bool net_sweep(AkNet *net, const AkSweep *sweep, AkPortState *states,
                      bool (*progress)(guint64 done, guint64 total, gpointer data), gpointer data,
                      GError **error) {
  WorkerNet *self = (WorkerNet *)net;
  if (sweep->last_port < sweep->first_port)
    return ak_error_set(error, AK_ERROR_CONFIG, "sweep: no ports");
  g_autoptr(AkWriter) writer = ak_writer_new(17 + MAX_ADDRESS);
  ak_writer_u8(writer, (guint8)sweep->transport);
  ak_writer_u16be(writer, sweep->first_port);
  ak_writer_u16be(writer, sweep->last_port);
  ak_writer_u32be(writer, sweep->timeout_ms);
  ak_writer_u32be(writer, sweep->tries);
  ak_writer_u32be(writer, sweep->wall_ms);
  ak_writer_bytes(writer, sweep->address, strlen(sweep->address));
  return send_written(self->stream, AK_FRAME_SWEEP, writer, error) &&
         receive_states(self, states, (gsize)(sweep->last_port - sweep->first_port) + 1, error);
}

static GPtrArray *read_answers(const AkFrame *frame, GError **error) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(frame->payload, &size);
  AkReader reader = ak_reader_init(data, size);
  g_autoptr(GPtrArray) answers =
      g_ptr_array_new_with_free_func((GDestroyNotify)ak_net_datagram_free);
  while (ak_reader_left(&reader) > 0) {
    guint16 port = 0, length = 0;
    const guint8 *bytes = NULL;
    if (!ak_reader_u16be(&reader, &port, error) || !ak_reader_u16be(&reader, &length, error) ||
        !ak_reader_bytes(&reader, length, &bytes, error))
      return NULL;
    AkDatagram *answer = g_new0(AkDatagram, 1);
    *answer = (AkDatagram){.port = port, .data = g_bytes_new(bytes, length)};
    g_ptr_array_add(answers, answer);
  }
  return g_steal_pointer(&answers);
}

static GPtrArray *net_ask(AkNet *net, const AkAsk *ask, GError **error) {
  WorkerNet *self = (WorkerNet *)net;
  g_autoptr(AkWriter) writer = ak_writer_new(11 + AK_ASK_MAX_BYTES + MAX_ADDRESS);
  ak_writer_u16be(writer, ask->port);
  ak_writer_u32be(writer, ask->timeout_ms);
  ak_writer_u8(writer, (guint8)ask->tries);
  ak_writer_u8(writer, (guint8)ask->max_answers);
  ak_writer_u8(writer, ask->any_port ? 1 : 0);
  ak_writer_u16be(writer, (guint16)ask->size);
  ak_writer_bytes(writer, ask->data, ask->size);
  ak_writer_bytes(writer, ask->address, strlen(ask->address));
  g_auto(AkFrame) answer = {.fd = -1};
  if (!send_written(self->stream, AK_FRAME_ASK, writer, error) ||
      !ak_frame_receive(self->stream, &answer, error))
    return NULL;
  if (answer.type == AK_FRAME_ANSWERED)
    return read_answers(&answer, error);
  set_refusal(&answer, error);
  return NULL;
}

static const AkNetClass worker_net_class = {
    .connect = net_connect, .sweep = net_sweep, .ask = net_ask};

AkNet *ak_worker_net_new(AkFrameStream *stream) {
  WorkerNet *self = g_new0(WorkerNet, 1);
  self->net.class = &worker_net_class;
  self->stream = stream;
  return &self->net;
}

/* --- parent side ----------------------------------------------------------------------------- */

static char *read_address(AkReader *reader, GError **error) {
  const guint8 *text = NULL;
  gsize size = ak_reader_left(reader);
  if (size == 0 || size > MAX_ADDRESS) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "address of %" G_GSIZE_FORMAT " bytes", size);
    return NULL;
  }
  if (!ak_reader_bytes(reader, size, &text, error))
    return NULL;
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isxdigit(text[i]) && text[i] != '.' && text[i] != ':') {
      ak_error_set(error, AK_ERROR_INVALID_DATA, "address is not numeric");
      return NULL;
    }
  return g_strndup((const char *)text, size);
}

static bool send_refusal(AkFrameStream *stream, const GError *refusal, GError **error) {
  gsize length = MIN(strlen(refusal->message), 1000);
  g_autoptr(AkWriter) writer = ak_writer_new(1 + length);
  ak_writer_u8(writer, (guint8)(refusal->domain == AK_ERROR ? refusal->code : AK_ERROR_IO));
  ak_writer_bytes(writer, refusal->message, length);
  return send_written(stream, AK_FRAME_REFUSED, writer, error);
}

typedef struct {
  AkFrameStream *stream;
  const AkWorkerHandler *handler;
  gpointer data; /* the handler's */
  guint64 *packets_left;
} Serving;

/* Is this within what the tests declare? Otherwise the refusal has been sent, or `error` is set. */
static bool is_affordable(const Serving *self, guint64 packets, bool *was_answered,
                          GError **error) {
  *was_answered = false;
  if (packets <= *self->packets_left) {
    *self->packets_left -= packets;
    return true;
  }
  g_autoptr(GError) refusal = NULL;
  ak_error_set(&refusal, AK_ERROR_LIMIT, "more packets than the tests declare");
  *was_answered = send_refusal(self->stream, refusal, error);
  return false;
}

static gint64 left_ms(const AkFrameStream *stream) {
  return stream->deadline_us == 0 ? G_MAXINT
                                  : MAX((stream->deadline_us - g_get_monotonic_time()) / 1000, 1);
}

static bool serve_connect(const Serving *self, AkReader *reader, GError **error) {
  guint16 port = 0;
  guint32 timeout_ms = 0;
  bool was_answered = false;
  if (!ak_reader_u16be(reader, &port, error) || !ak_reader_u32be(reader, &timeout_ms, error))
    return false;
  g_autofree char *address = read_address(reader, error);
  if (address == NULL)
    return false;
  if (port == 0 || timeout_ms == 0)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "connect: out of range");
  if (!is_affordable(self, 1, &was_answered, error))
    return was_answered;
  g_autoptr(GError) refusal = NULL;
  int fd = ak_net_connect(self->handler->net, address, port,
                          (guint)MIN(timeout_ms, left_ms(self->stream)), &refusal);
  if (fd < 0)
    return send_refusal(self->stream, refusal, error);
  bool sent = ak_frame_send(self->stream, AK_FRAME_CONNECTED, NULL, 0, fd, error);
  close(fd);
  return sent;
}

static bool sweep_goes_on(guint64 done, guint64 total, gpointer data) {
  const Serving *self = data;
  if (self->handler->progress != NULL)
    self->handler->progress(self->data, done, total);
  bool cancelled = self->handler->cancelled != NULL && self->handler->cancelled(self->data);
  return !cancelled &&
         (self->stream->deadline_us == 0 || g_get_monotonic_time() < self->stream->deadline_us);
}

static bool send_states(AkFrameStream *stream, const AkPortState *states, gsize count,
                        GError **error) {
  g_autofree guint8 *bytes = g_malloc(count);
  for (gsize i = 0; i < count; i++)
    bytes[i] = (guint8)states[i];
  return ak_frame_send(stream, AK_FRAME_SWEPT, bytes, count, -1, error);
}

static bool read_sweep(AkReader *reader, AkSweep *sweep, GError **error) {
  guint8 transport = 0;
  if (!ak_reader_u8(reader, &transport, error) ||
      !ak_reader_u16be(reader, &sweep->first_port, error) ||
      !ak_reader_u16be(reader, &sweep->last_port, error) ||
      !ak_reader_u32be(reader, &sweep->timeout_ms, error) ||
      !ak_reader_u32be(reader, &sweep->tries, error) ||
      !ak_reader_u32be(reader, &sweep->wall_ms, error))
    return false;
  if (transport > AK_TRANSPORT_UDP || sweep->last_port < sweep->first_port || sweep->tries > 10 ||
      sweep->timeout_ms > 60000)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "sweep: out of range");
  sweep->transport = (AkTransport)transport;
  return true;
}

static bool serve_sweep(Serving *self, AkReader *reader, GError **error) {
  AkSweep sweep = {0};
  bool was_answered = false;
  if (!read_sweep(reader, &sweep, error))
    return false;
  g_autofree char *address = read_address(reader, error);
  if (address == NULL)
    return false;
  sweep.address = address;
  gsize count = (gsize)(sweep.last_port - sweep.first_port) + 1;
  if (!is_affordable(self, ak_net_sweep_packets(&sweep), &was_answered, error))
    return was_answered;
  g_autofree AkPortState *states = g_new(AkPortState, count);
  for (gsize i = 0; i < count; i++)
    states[i] = AK_PORT_UNKNOWN;
  g_autoptr(GError) refusal = NULL;
  if (!ak_net_sweep(self->handler->net, &sweep, states, sweep_goes_on, self, &refusal))
    return send_refusal(self->stream, refusal, error);
  return send_states(self->stream, states, count, error);
}

/* `address` is the caller's; `ask` borrows it and the datagram. */
static bool read_ask(AkReader *reader, AkAsk *ask, char **address, GError **error) {
  guint32 timeout_ms = 0;
  guint8 tries = 0, max_answers = 0, any_port = 0;
  guint16 length = 0;
  const guint8 *data = NULL;
  if (!ak_reader_u16be(reader, &ask->port, error) || !ak_reader_u32be(reader, &timeout_ms, error) ||
      !ak_reader_u8(reader, &tries, error) || !ak_reader_u8(reader, &max_answers, error) ||
      !ak_reader_u8(reader, &any_port, error) || !ak_reader_u16be(reader, &length, error) ||
      !ak_reader_bytes(reader, length, &data, error) ||
      (*address = read_address(reader, error)) == NULL)
    return false;
  ask->address = *address;
  ask->data = data;
  ask->size = length;
  ask->timeout_ms = timeout_ms;
  ask->tries = tries;
  ask->max_answers = max_answers;
  ask->any_port = any_port == 1;
  return (any_port <= 1 && ak_net_is_askable(ask)) ||
         ak_error_set(error, AK_ERROR_INVALID_DATA, "datagram: out of range");
}

static bool send_answers(AkFrameStream *stream, const GPtrArray *answers, GError **error) {
  g_autoptr(AkWriter) writer = ak_writer_new(AK_FRAME_MAX_PAYLOAD);
  for (guint i = 0; i < answers->len; i++) {
    const AkDatagram *answer = answers->pdata[i];
    gsize size = 0;
    const void *data = g_bytes_get_data(answer->data, &size);
    ak_writer_u16be(writer, answer->port);
    ak_writer_u16be(writer, (guint16)size);
    ak_writer_bytes(writer, data, size);
  }
  return send_written(stream, AK_FRAME_ANSWERED, writer, error);
}

static bool serve_ask(const Serving *self, AkReader *reader, GError **error) {
  AkAsk ask = {0};
  g_autofree char *address = NULL;
  bool was_answered = false;
  if (!read_ask(reader, &ask, &address, error))
    return false;
  if (!is_affordable(self, ask.tries, &was_answered, error))
    return was_answered;
  ask.timeout_ms = (guint)MIN(ask.timeout_ms, MAX(left_ms(self->stream) / ask.tries, 1));
  g_autoptr(GError) refusal = NULL;
  g_autoptr(GPtrArray) answers = ak_net_ask(self->handler->net, &ask, &refusal);
  return answers != NULL ? send_answers(self->stream, answers, error)
                         : send_refusal(self->stream, refusal, error);
}

bool ak_worker_net_serve(AkFrameStream *stream, const AkFrame *request,
                         const AkWorkerHandler *handler, gpointer data, guint64 *packets_left,
                         GError **error) {
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(request->payload, &size);
  AkReader reader = ak_reader_init(bytes, size);
  Serving self = {.stream = stream, .handler = handler, .data = data, .packets_left = packets_left};
  if (request->type == AK_FRAME_ASK)
    return serve_ask(&self, &reader, error);
  return request->type == AK_FRAME_CONNECT ? serve_connect(&self, &reader, error)
                                           : serve_sweep(&self, &reader, error);
}
