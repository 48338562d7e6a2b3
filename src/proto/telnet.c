#include "proto/telnet.h"

#include <string.h>

#include "util/writer.h"

/* Source: RFC 854, "telnet command structure" */
#define SE 240
#define SB 250
#define WILL 251
#define WONT 252
#define DO 253
#define DONT 254
#define IAC 255

#define OPTION_ECHO 1
#define OPTION_GO_AHEAD 3
#define MAX_REPLY 8192
#define MAX_LINE 4096

typedef enum { DATA, AFTER_CR, COMMAND, OPTION, INSIDE, INSIDE_COMMAND } State;

struct _AkTelnet {
  State state;
  guint8 command; /* of OPTION */
  bool cut, negotiates;
  bool will[256], asked_do[256]; /* what the peer said; each is answered once */
  GString *text;
  GByteArray *reply;
};

AkTelnet *ak_telnet_new(void) {
  AkTelnet *self = g_new0(AkTelnet, 1);
  self->text = g_string_new(NULL);
  self->reply = g_byte_array_new();
  return self;
}

void ak_telnet_free(AkTelnet *self) {
  if (self == NULL)
    return;
  g_string_free(self->text, TRUE);
  g_byte_array_unref(self->reply);
  g_free(self);
}

/* --- what comes in
 * -------------------------------------------------------------------------------- */

static void take_data(AkTelnet *self, guint8 byte) {
  if (byte == '\0')
    return;
  if (self->text->len >= AK_TELNET_MAX_TEXT)
    self->cut = true;
  else
    g_string_append_c(self->text, (char)byte);
}

static void answer(AkTelnet *self, guint8 command, guint8 option) {
  const guint8 bytes[] = {IAC, command, option};
  if (self->reply->len + sizeof bytes <= MAX_REPLY)
    g_byte_array_append(self->reply, bytes, sizeof bytes);
}

/* The peer may echo and leave go-aheads out, as every terminal agrees to; all else is refused. */
static void take_option(AkTelnet *self, guint8 option) {
  bool agreed = option == OPTION_ECHO || option == OPTION_GO_AHEAD;
  self->negotiates = true;
  if (self->command == WILL && !self->will[option]) {
    self->will[option] = true;
    answer(self, agreed ? DO : DONT, option);
  } else if (self->command == DO && !self->asked_do[option]) {
    self->asked_do[option] = true;
    answer(self, option == OPTION_GO_AHEAD ? WILL : WONT, option);
  }
}

static State take_command(AkTelnet *self, guint8 byte) {
  if (byte == IAC) {
    take_data(self, IAC);
    return DATA;
  }
  self->command = byte;
  if (byte == SB)
    return INSIDE;
  return byte >= WILL && byte <= DONT ? OPTION : DATA;
}

/* CR LF, CR NUL and a lone CR all end the line. */
static State take_byte(AkTelnet *self, guint8 byte) {
  switch (self->state) {
  case COMMAND:
    return take_command(self, byte);
  case OPTION:
    take_option(self, byte);
    return DATA;
  case INSIDE:
    return byte == IAC ? INSIDE_COMMAND : INSIDE;
  case INSIDE_COMMAND:
    return byte == SE ? DATA : INSIDE;
  case AFTER_CR:
    if (byte == '\n' || byte == '\0')
      return DATA;
    break;
  case DATA:
    break;
  }
  if (byte == IAC)
    return COMMAND;
  take_data(self, byte == '\r' ? '\n' : byte);
  return byte == '\r' ? AFTER_CR : DATA;
}

void ak_telnet_feed(AkTelnet *self, const void *data, gsize size) {
  const guint8 *bytes = data;
  for (gsize i = 0; i < size; i++)
    self->state = take_byte(self, bytes[i]);
}

const char *ak_telnet_text(const AkTelnet *self, gsize *size) {
  if (size != NULL)
    *size = self->text->len;
  return self->text->str;
}

void ak_telnet_forget(AkTelnet *self) {
  g_string_truncate(self->text, 0);
  self->cut = false;
}

bool ak_telnet_is_cut(const AkTelnet *self) {
  return self->cut;
}
bool ak_telnet_negotiates(const AkTelnet *self) {
  return self->negotiates;
}

GBytes *ak_telnet_take_reply(AkTelnet *self) {
  if (self->reply->len == 0)
    return NULL;
  GBytes *reply = g_bytes_new(self->reply->data, self->reply->len);
  g_byte_array_set_size(self->reply, 0);
  return reply;
}

/* --- names
 * ------------------------------------------------------------------------------------------ */

/* Source: IANA, Telnet Options */
static const struct {
  guint8 option;
  const char *name;
} names[] = {{0, "BINARY"},
             {1, "ECHO"},
             {3, "SUPPRESS-GO-AHEAD"},
             {5, "STATUS"},
             {6, "TIMING-MARK"},
             {23, "SEND-LOCATION"},
             {24, "TERMINAL-TYPE"},
             {31, "NAWS"},
             {32, "TERMINAL-SPEED"},
             {33, "FLOW-CONTROL"},
             {34, "LINEMODE"},
             {35, "X-DISPLAY"},
             {36, "ENVIRON"},
             {37, "AUTHENTICATION"},
             {38, "ENCRYPT"},
             {39, "NEW-ENVIRON"},
             {42, "CHARSET"},
             {44, "COM-PORT"},
             {46, "START-TLS"}};

static void add_name(GPtrArray *out, const char *verb, guint option) {
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (names[i].option == option) {
      g_ptr_array_add(out, g_strdup_printf("%s %s", verb, names[i].name));
      return;
    }
  g_ptr_array_add(out, g_strdup_printf("%s %u", verb, option));
}

static gint compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv ak_telnet_options(const AkTelnet *self) {
  GPtrArray *out = g_ptr_array_new();
  for (guint option = 0; option < 256; option++) {
    if (self->asked_do[option])
      add_name(out, "DO", option);
    if (self->will[option])
      add_name(out, "WILL", option);
  }
  g_ptr_array_sort(out, compare_names);
  g_ptr_array_add(out, NULL);
  return (GStrv)g_ptr_array_free(out, FALSE);
}

/* --- what goes out
 * ------------------------------------------------------------------------------------ */

GBytes *ak_telnet_line(const char *text, GError **error) {
  g_autoptr(AkWriter) out = ak_writer_new(MAX_LINE);
  if (strpbrk(text, "\r\n") != NULL) {
    ak_error_set(error, AK_ERROR_CONFIG, "telnet: a line with an end of line inside");
    return NULL;
  }
  for (const char *at = text; *at != '\0'; at++) {
    if ((guint8)*at == IAC)
      ak_writer_u8(out, IAC);
    ak_writer_u8(out, (guint8)*at);
  }
  ak_writer_bytes(out, "\r\n", 2);
  return ak_writer_end(out, error);
}

bool ak_proto_telnet_fuzz(const guint8 *data, gsize size);
/* Whole and byte by byte: both must say the same. Every input is valid. */
bool ak_proto_telnet_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkTelnet) whole = ak_telnet_new();
  g_autoptr(AkTelnet) pieces = ak_telnet_new();
  ak_telnet_feed(whole, data, size);
  for (gsize i = 0; i < size; i++)
    ak_telnet_feed(pieces, data + i, 1);
  gsize first = 0, second = 0;
  const char *text = ak_telnet_text(whole, &first), *other = ak_telnet_text(pieces, &second);
  g_assert(first == second && first <= size && memcmp(text, other, first) == 0);
  g_assert(memchr(text, '\0', first) == NULL);
  g_assert(whole->reply->len <= MIN(size, (gsize)MAX_REPLY));
  g_auto(GStrv) options = ak_telnet_options(whole);
  g_assert(g_strv_length(options) <= 512);
  return true;
}
