#include "firmware/analysis/account-file.h"

#include <string.h>

#include "firmware/analysis/crypt-hash.h"

#define MAX_LINES 10000
#define MAX_LINE_BYTES 4096
#define MAX_NAME_BYTES 64

void ak_account_line_free(AkAccountLine *self) {
  if (self == NULL)
    return;
  g_free(self->name);
  g_free(self->password);
  g_free(self->shell);
  g_strfreev(self->members);
  g_free(self);
}

/* Source: passwd(5): 7 fields; shadow(5): 9, of which old systems leave the last out; group(5): 4.
 */
static const struct {
  guint fields_min, fields_max;
  bool has_id;
} forms[] = {
    [AK_ACCOUNT_PASSWD] = {7, 7, true},
    [AK_ACCOUNT_SHADOW] = {8, 9, false},
    [AK_ACCOUNT_GROUP] = {4, 4, true},
};

static bool is_name(const char *text) {
  gsize length = 0;
  while (g_ascii_isalnum(text[length]) || (text[length] != '\0' && strchr("_.-$@+", text[length])))
    length++;
  return length > 0 && length <= MAX_NAME_BYTES && text[length] == '\0' && text[0] != '+';
}

/* A line that was meant for this file, or NULL. */
static AkAccountLine *read_line(AkAccountFile kind, const char *text) {
  g_auto(GStrv) fields = g_strsplit(text, ":", -1);
  guint count = g_strv_length(fields);
  guint64 id = 0;
  if (count < forms[kind].fields_min || count > forms[kind].fields_max || !is_name(fields[0]))
    return NULL;
  if (forms[kind].has_id && !g_ascii_string_to_unsigned(fields[2], 10, 0, G_MAXUINT32, &id, NULL))
    return NULL;
  AkAccountLine *line = g_new0(AkAccountLine, 1);
  line->name = g_strdup(fields[0]);
  line->password = g_strdup(fields[1]);
  line->id = forms[kind].has_id ? (gint64)id : -1;
  line->shell = kind == AK_ACCOUNT_PASSWD ? g_strdup(fields[6]) : NULL;
  line->members = kind == AK_ACCOUNT_GROUP ? g_strsplit(fields[3], ",", -1) : NULL;
  return line;
}

static bool is_nothing(const char *text) {
  return *text == '\0' || *text == '#';
}

GPtrArray *ak_account_file_read(AkAccountFile kind, const guint8 *data, gsize size, guint *unread) {
  GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)ak_account_line_free);
  *unread = 0;
  for (gsize at = 0; at < size;) {
    const guint8 *end = memchr(data + at, '\n', size - at);
    gsize length = end != NULL ? (gsize)(end - (data + at)) : size - at;
    bool fits = length < MAX_LINE_BYTES && memchr(data + at, '\0', length) == NULL &&
                lines->len < MAX_LINES;
    g_autofree char *text = fits ? g_strndup((const char *)data + at, length) : NULL;
    if (text != NULL)
      g_strchomp(text);
    AkAccountLine *line = text != NULL && !is_nothing(text) ? read_line(kind, text) : NULL;
    if (line != NULL) {
      line->offset = at;
      line->length = length;
      g_ptr_array_add(lines, line);
    } else if (text == NULL || !is_nothing(text)) {
      (*unread)++;
    }
    at += length + 1;
  }
  return lines;
}

/* Also of a scheme that is not known here: it may be known to the device. */
static bool could_be_hash(const char *text) {
  gsize length = strlen(text);
  return text[0] == '$' || (length >= 13 && strspn(text, AK_CRYPT_CHARACTERS) == length) ||
         (text[0] == '_' && length == 20);
}

AkPasswordState ak_account_password_state(const char *password) {
  if (*password == '\0')
    return AK_PASSWORD_EMPTY;
  if (strcmp(password, "x") == 0)
    return AK_PASSWORD_ELSEWHERE;
  /* what is no hash is the hash of no password: "*", "!", "!hash", "NP", "*LK*" */
  return could_be_hash(password) ? AK_PASSWORD_HASH : AK_PASSWORD_LOCKED;
}

bool ak_account_shell_lets_in(const char *shell) {
  static const char *const closed[] = {"nologin",  "false", "sync", "halt",
                                       "shutdown", "null",  "true", NULL};
  const char *slash = strrchr(shell, '/');
  return !g_strv_contains(closed, slash != NULL ? slash + 1 : shell);
}

bool ak_firmware_account_file_fuzz(const guint8 *data, gsize size) {
  guint found = 0;
  for (AkAccountFile kind = AK_ACCOUNT_PASSWD; kind <= AK_ACCOUNT_GROUP; kind++) {
    guint unread = 0;
    g_autoptr(GPtrArray) lines = ak_account_file_read(kind, data, size, &unread);
    for (guint i = 0; i < lines->len; i++) {
      const AkAccountLine *line = lines->pdata[i];
      g_assert_cmpuint(line->offset + line->length, <=, size);
      ak_account_password_state(line->password);
    }
    found += lines->len;
  }
  return found > 0;
}
