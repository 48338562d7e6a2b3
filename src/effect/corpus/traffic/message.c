#include "effect/corpus/traffic/message.h"

#include <string.h>

#include "util/random.h"

#define MAX_DRAWN 4096

static const struct {
  const char *word, *alphabet;
} alphabets[] = {
    {"hex:", "0123456789abcdef"},
    {"b32:", "abcdefghijklmnopqrstuvwxyz234567"}, /* RFC 4648, 6, small */
    {"b64:", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
    {"low:", "abcdefghijklmnopqrstuvwxyz"},
    {"digits:", "0123456789"},
};

guint64 ak_messages_random(AkMessages *self) { return ak_random_at(self->seed, self->drawn++); }

void ak_messages_add_random(AkMessages *self, GByteArray *out, gsize size) {
  for (gsize i = 0; i < size; i++) {
    guint8 byte = (guint8)(ak_messages_random(self) >> 56);
    g_byte_array_append(out, &byte, 1);
  }
}

void ak_messages_add_u16be(GByteArray *out, guint value) {
  const guint8 bytes[] = {value >> 8 & 0xff, value & 0xff};
  g_byte_array_append(out, bytes, sizeof bytes);
}

void ak_messages_add_bytes(GByteArray *out, GBytes *bytes) {
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  g_byte_array_append(out, data, (guint)size);
  g_bytes_unref(bytes);
}

bool ak_messages_add_hex(GByteArray *out, const char *hex, GError **error) {
  for (const char *at = hex; *at != '\0';) {
    if (*at == ' ') {
      at++;
      continue;
    }
    if (!g_ascii_isxdigit(at[0]) || !g_ascii_isxdigit(at[1]))
      return ak_error_set(error, AK_ERROR_CONFIG, "no hexadecimal digits: %s", hex);
    guint8 byte = (guint8)(g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
    g_byte_array_append(out, &byte, 1);
    at += 2;
  }
  return true;
}

/* --- placeholders ----------------------------------------------------------------------------------- */

static bool draw(AkMessages *self, GString *out, const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(alphabets); i++) {
    gsize size = strlen(alphabets[i].word), letters = strlen(alphabets[i].alphabet);
    if (strncmp(name, alphabets[i].word, size) != 0)
      continue;
    guint64 count = g_ascii_strtoull(name + size, NULL, 10);
    for (guint64 n = 0; n < MIN(count, MAX_DRAWN); n++)
      g_string_append_c(
          out, alphabets[i].alphabet[ak_random_below(ak_messages_random(self), letters)]);
    return count > 0;
  }
  return false;
}

static bool add_placeholder(AkMessages *self, GString *out, const char *name) {
  if (strcmp(name, "r") == 0 && self->repetition != NULL) {
    g_string_append(out, self->repetition);
    return true;
  }
  guint count = self->texts != NULL ? g_strv_length((char **)self->texts) : 0;
  if (g_ascii_isdigit(name[0]) && name[1] == '\0') {
    guint index = (guint)(name[0] - '0');
    if (index < count)
      g_string_append(out, self->texts[index]);
    return index < count;
  }
  return draw(self, out, name);
}

/* A brace that begins no placeholder's name is one of the text: JSON may be said. */
static bool is_name(const char *at, gsize *size) {
  *size = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyz:");
  return *size > 0 && at[*size] == '}';
}

char *ak_messages_fill(AkMessages *self, const char *text, GError **error) {
  g_autoptr(GString) out = g_string_new(NULL);
  for (const char *at = text; *at != '\0';) {
    gsize size = 0;
    if (*at != '{' || !is_name(at + 1, &size)) {
      g_string_append_c(out, *at++);
      continue;
    }
    g_autofree char *name = g_strndup(at + 1, size);
    if (!add_placeholder(self, out, name)) {
      ak_error_set(error, AK_ERROR_CONFIG, "{%s} stands for nothing in: %s", name, text);
      return NULL;
    }
    at += size + 2;
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- messages ----------------------------------------------------------------------------------------- */

static const AkMessageMaker *find(const char *word) {
  static const AkMessageMaker *const tables[] = {ak_messages_field, ak_messages_dns,
                                                 ak_messages_tls, ak_messages_smb};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
    for (const AkMessageMaker *row = tables[i]; row->word != NULL; row++)
      if (strcmp(row->word, word) == 0)
        return row;
  return NULL;
}

static bool make(AkMessages *self, const char *text, bool from_client, GByteArray *out,
                 GError **error) {
  g_auto(GStrv) words = g_strsplit(text, " ", 2);
  const AkMessageMaker *maker = find(words[0]);
  g_auto(GStrv) parts = g_strsplit(words[1] != NULL ? words[1] : "", "|", -1);
  if (maker == NULL || g_strv_length(parts) < maker->parts)
    return ak_error_set(error, AK_ERROR_CONFIG, "no message: @%s", text);
  return maker->make(self, parts, from_client, out, error);
}

bool ak_messages_make(AkMessages *self, const char *line, bool *from_client, GByteArray *out,
                      GError **error) {
  if ((line[0] != '<' && line[0] != '>') || line[1] != ' ')
    return ak_error_set(error, AK_ERROR_CONFIG, "neither \"> …\" nor \"< …\": %s", line);
  *from_client = line[0] == '>';
  self->exchange += *from_client;
  g_autofree char *text = ak_messages_fill(self, line + 2, error);
  if (text == NULL)
    return false;
  if (text[0] == '@')
    return make(self, text + 1, *from_client, out, error);
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
  return true;
}
