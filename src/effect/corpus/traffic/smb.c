/* The beginning of SMB connections. Source: [MS-CIFS], 2.2.3.1 (header), 2.2.4.52 (negotiate), 2.2.4.53
 * (session setup); [MS-SMB2], 2.2.1, 2.2.3, 2.2.4; RFC 1002, 4.3.1 (length before each message). */
#include <string.h>

#include "effect/corpus/traffic/message.h"

enum {
  NEGOTIATE = 0x72,
  SESSION_SETUP = 0x73,
  SMB2_RESPONSE = 1,
  CHALLENGE_BYTES = 8,
  PASSWORD_BYTES = 24,
};

static void add_u8(GByteArray *out, guint value) {
  guint8 byte = (guint8)value;
  g_byte_array_append(out, &byte, 1);
}

static void add_le(GByteArray *out, guint64 value, guint bytes) {
  for (guint i = 0; i < bytes; i++)
    add_u8(out, value >> (8 * i) & 0xff);
}

static void add_text(GByteArray *out, const char *text) {
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text) + 1);
}

static void add_framed(GByteArray *out, const GByteArray *message) {
  ak_messages_add_u16be(out, 0);
  ak_messages_add_u16be(out, message->len);
  g_byte_array_append(out, message->data, message->len);
}

/* --- version 1 ---------------------------------------------------------------------------------------- */

static GByteArray *begin_smb1(guint command, guint32 status, bool from_client, guint exchange) {
  GByteArray *out = g_byte_array_new();
  g_byte_array_append(out, (const guint8 *)"\xffSMB", 4);
  add_u8(out, command);
  add_le(out, status, 4);
  add_u8(out, from_client ? 0x18 : 0x98); /* paths as they stand; an answer */
  add_le(out, 0x4001, 2);                 /* long names, statuses of NT; texts are no Unicode */
  add_le(out, 0, 12);
  add_le(out, 0, 2);
  add_le(out, 0xfeff, 2);
  add_le(out, 0, 2);
  add_le(out, exchange, 2);
  return out;
}

/* Words, then bytes behind their lengths. */
static void end_smb1(GByteArray *message, const GByteArray *words, const GByteArray *bytes,
                     GByteArray *out) {
  add_u8(message, words->len / 2);
  g_byte_array_append(message, words->data, words->len);
  add_le(message, bytes->len, 2);
  g_byte_array_append(message, bytes->data, bytes->len);
  add_framed(out, message);
}

/* @smb1-negotiate DIALECT,DIALECT …; to the client: the number of the one that is taken. */
static bool make_negotiate(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                           GError **error) {
  g_autoptr(GByteArray) message = begin_smb1(NEGOTIATE, 0, from_client, self->exchange);
  g_autoptr(GByteArray) words = g_byte_array_new(), bytes = g_byte_array_new();
  g_auto(GStrv) dialects = g_strsplit(parts[0], ",", -1);
  if (from_client) {
    for (char **dialect = dialects; *dialect != NULL; dialect++) {
      add_u8(bytes, 2);
      add_text(bytes, *dialect);
    }
  } else {
    add_le(words, g_ascii_strtoull(parts[0], NULL, 10), 2);
    add_u8(words, 3); /* users, passwords encrypted */
    add_le(words, 1, 2);
    add_le(words, 1, 2);
    add_le(words, 16644, 4);
    add_le(words, 65536, 4);
    add_le(words, 0, 4);
    add_le(words, 0x40, 4); /* statuses of NT */
    add_le(words, 0, 8);
    add_le(words, 0, 2);
    add_u8(words, CHALLENGE_BYTES);
    ak_messages_add_random(self, bytes, CHALLENGE_BYTES);
    add_text(bytes, "WORKGROUP");
    add_text(bytes, "FILES");
  }
  end_smb1(message, words, bytes, out);
  return true;
}

/* @smb1-login ACCOUNT; to the client: the status in hexadecimal digits. */
static bool make_login(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                       GError **error) {
  guint32 status = from_client ? 0 : (guint32)g_ascii_strtoull(parts[0], NULL, 16);
  g_autoptr(GByteArray) message = begin_smb1(SESSION_SETUP, status, from_client, self->exchange);
  g_autoptr(GByteArray) words = g_byte_array_new(), bytes = g_byte_array_new();
  if (from_client) {
    add_le(words, 0xff, 4); /* no further command */
    add_le(words, 16644, 2);
    add_le(words, 1, 2);
    add_le(words, 0, 2);
    add_le(words, 0, 4);
    add_le(words, PASSWORD_BYTES, 2);
    add_le(words, 0, 2);
    add_le(words, 0, 4);
    add_le(words, 0x40, 4);
    ak_messages_add_random(self, bytes, PASSWORD_BYTES);
    add_text(bytes, parts[0]);
    add_text(bytes, "WORKGROUP");
    add_text(bytes, "Unix");
    add_text(bytes, "client");
  } else if (status == 0) {
    add_le(words, 0xff, 4);
    add_le(words, 0, 2);
    add_text(bytes, "Unix");
    add_text(bytes, "server");
    add_text(bytes, "WORKGROUP");
  }
  end_smb1(message, words, bytes, out);
  return true;
}

/* --- version 2 and 3 ------------------------------------------------------------------------------------ */

/* @smb2-negotiate DIALECT,DIALECT … in hexadecimal digits; to the client: the one that is taken. */
static bool make_negotiate2(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
                            GError **error) {
  g_autoptr(GByteArray) message = g_byte_array_new();
  g_auto(GStrv) dialects = g_strsplit(parts[0], ",", -1);
  g_byte_array_append(message, (const guint8 *)"\xfeSMB", 4);
  add_le(message, 64, 2);
  add_le(message, 0, 2 + 4 + 2); /* credits charged, status, the command negotiate */
  add_le(message, 1, 2);         /* credits wanted or given */
  add_le(message, from_client ? 0 : SMB2_RESPONSE, 4);
  add_le(message, 0, 4);
  for (guint i = 0; i < 5; i++)
    add_le(message, 0, 8); /* number, process and tree, session, signature */
  if (from_client) {
    add_le(message, 36, 2);
    add_le(message, g_strv_length(dialects), 2);
    add_le(message, 1, 2); /* can sign */
    add_le(message, 0, 2);
    add_le(message, 0, 4);
    ak_messages_add_random(self, message, 16);
    add_le(message, 0, 8);
    for (char **dialect = dialects; *dialect != NULL; dialect++)
      add_le(message, g_ascii_strtoull(*dialect, NULL, 16), 2);
  } else {
    add_le(message, 65, 2);
    add_le(message, 1, 2);
    add_le(message, g_ascii_strtoull(parts[0], NULL, 16), 2);
    add_le(message, 0, 2);
    ak_messages_add_random(self, message, 16);
    add_le(message, 0, 4);
    for (guint i = 0; i < 3; i++)
      add_le(message, 65536, 4); /* transaction, read, write */
    add_le(message, 0, 8);
    add_le(message, 0, 8);
    add_le(message, 0, 8); /* no token */
  }
  add_framed(out, message);
  return true;
}

const AkMessageMaker ak_messages_smb[] = {
    {"smb1-negotiate", 1, make_negotiate},
    {"smb1-login", 1, make_login},
    {"smb2-negotiate", 1, make_negotiate2},
    {NULL, 0, NULL},
};
