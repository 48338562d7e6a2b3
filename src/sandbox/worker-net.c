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
  g_autoptr(AkWriter) writer = ak_writer_new(12 + MAX_ADDRESS);
  ak_writer_u16be(writer, sweep->first_port);
  ak_writer_u16be(writer, sweep->last_port);
  ak_writer_u32be(writer, sweep->timeout_ms);
  ak_writer_u32be(writer, sweep->tries);
  ak_writer_bytes(writer, sweep->address, strlen(sweep->address));
  return send_written(self->stream, AK_FRAME_SWEEP, writer, error) &&
         receive_states(self, states, (gsize)(sweep->last_port - sweep->first_port) + 1, error);
}

static const AkNetClass worker_net_class = {.connect = net_connect, .sweep = net_sweep};

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

static bool serve_sweep(Serving *self, AkReader *reader, GError **error) {
  AkSweep sweep = {0};
  bool was_answered = false;
  if (!ak_reader_u16be(reader, &sweep.first_port, error) ||
      !ak_reader_u16be(reader, &sweep.last_port, error) ||
      !ak_reader_u32be(reader, &sweep.timeout_ms, error) ||
      !ak_reader_u32be(reader, &sweep.tries, error))
    return false;
  g_autofree char *address = read_address(reader, error);
  if (address == NULL)
    return false;
  if (sweep.last_port < sweep.first_port || sweep.tries > 10 || sweep.timeout_ms > 60000)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "sweep: out of range");
  sweep.address = address;
  gsize count = (gsize)(sweep.last_port - sweep.first_port) + 1;
  if (!is_affordable(self, count, &was_answered, error))
    return was_answered;
  g_autofree AkPortState *states = g_new(AkPortState, count);
  for (gsize i = 0; i < count; i++)
    states[i] = AK_PORT_UNKNOWN;
  g_autoptr(GError) refusal = NULL;
  if (!ak_net_sweep(self->handler->net, &sweep, states, sweep_goes_on, self, &refusal))
    return send_refusal(self->stream, refusal, error);
  return send_states(self->stream, states, count, error);
}

bool ak_worker_net_serve(AkFrameStream *stream, const AkFrame *request,
                         const AkWorkerHandler *handler, gpointer data, guint64 *packets_left,
                         GError **error) {
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(request->payload, &size);
  AkReader reader = ak_reader_init(bytes, size);
  Serving self = {.stream = stream, .handler = handler, .data = data, .packets_left = packets_left};
  return request->type == AK_FRAME_CONNECT ? serve_connect(&self, &reader, error)
                                           : serve_sweep(&self, &reader, error);
}
