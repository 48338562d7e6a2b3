/* What one side of a conversation says, from one line of text (data/effect/traffic.json):
 *
 *   "> GET / …"              from the client (">") or to it ("<"), as it stands
 *   "< @modbus 1|010103"     a message of a protocol from its parts; "|" stands between them
 *
 * Before that {0}, {1} … become the seed's texts, {r} that of the repetition, and {hex:N}, {b32:N}, {b64:N},
 * {low:N} and {digits:N} as many random characters. The same seed number gives the same bytes. */
#pragma once

#include "util/error.h"

typedef struct {
  guint64 seed, drawn;     /* of the random characters: numbers drawn so far */
  char *const *texts;      /* {0} …; ends with NULL; borrowed */
  const char *repetition;  /* {r} */
  guint16 exchange;        /* counts what clients say: ids of questions and transactions */
  guint8 session_id[32];   /* of the last ClientHello */
} AkMessages;

guint64 ak_messages_random(AkMessages *self);
void ak_messages_add_random(AkMessages *self, GByteArray *out, gsize size);

/* The text with its placeholders filled; caller frees. CONFIG for one that is none. */
char *ak_messages_fill(AkMessages *self, const char *text, GError **error);

/* Appends what a line says to `out`; `from_client` as its first character tells. CONFIG for a line that
 * cannot be read. */
bool ak_messages_make(AkMessages *self, const char *line, bool *from_client, GByteArray *out,
                      GError **error);

/* Appends hexadecimal digits as bytes; blanks between them are passed over. CONFIG for anything else. */
bool ak_messages_add_hex(GByteArray *out, const char *hex, GError **error);
void ak_messages_add_u16be(GByteArray *out, guint value);
void ak_messages_add_bytes(GByteArray *out, GBytes *bytes); /* takes `bytes` */

/* Messages of a protocol: `parts` as many as the row says. */
typedef struct {
  const char *word;
  guint parts;
  bool (*make)(AkMessages *self, char *const *parts, bool from_client, GByteArray *out,
               GError **error);
} AkMessageMaker;
extern const AkMessageMaker ak_messages_field[], ak_messages_dns[], ak_messages_tls[],
    ak_messages_smb[]; /* each ends with a row without a word */
