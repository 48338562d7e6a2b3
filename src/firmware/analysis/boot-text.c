#include "firmware/analysis/boot-text.h"

#include <string.h>

#include "firmware/analysis/boot-start.h"
#include "firmware/unpack/patterns.h"

#define MAX_TEXT 240 /* from the program's name to its shell */
#define MAX_LINE 4096
#define HITS 256

/* What names the shell. Source: telnetd(8) of BusyBox, netkit and inetutils, getty(8), nc(1), ncat(1), socat(1). */
static const struct {
  const char *name, *letters, *words;
} givers[] = {
    {"telnetd", "lLE", "--exec-login"}, {"getty", "l", "--login-program"}, {"netcat", "ec", "--exec"},
    {"ncat", "ec", "--sh-exec"},        {"nc", "ec", "--exec"},            {"socat", "", "--"},
};

bool ak_boot_text_is_giver(const char *name) {
  for (gsize i = 0; i < G_N_ELEMENTS(givers); i++)
    if (g_str_has_suffix(name, givers[i].name))
      return true;
  return false;
}

static bool is_name_byte(guint8 byte) {
  return g_ascii_isalnum((gchar)byte) || byte == '_' || byte == '-' || byte == '.';
}

/* Words may stand in quotes, be elements of a list, or strings of a program one behind the other. */
static bool is_between(guint8 byte) {
  return byte == '\0' || byte == '\t' || strchr(" \"',[]()\\=", byte) != NULL;
}

static bool is_shell(const char *path) {
  return ak_boot_start_is_shell(ak_boot_start_name(path));
}

/* Looks at one word behind the name of a giver; `next` is whether the word before it asked for the shell. */
static bool is_given(gsize giver, const char *word, bool *next) {
  const char *letters = givers[giver].letters;
  bool was_next = *next;
  *next = !was_next && strcmp(word, givers[giver].words) == 0;
  if (was_next)
    return is_shell(word);
  if (*letters == '\0') {
    const char *colon = strchr(word, ':');
    bool runs = g_ascii_strncasecmp(word, "exec:", 5) == 0 || g_ascii_strncasecmp(word, "system:", 7) == 0;
    return runs && is_shell(colon + 1);
  }
  gsize before = *word == '-' && word[1] != '-' ? strcspn(word, letters) : strlen(word);
  if (word[before] == '\0')
    return false;
  *next = word[before + 1] == '\0';
  return is_shell(word + before + 1);
}

static bool leads_to_shell(gsize giver, const guint8 *data, gsize size, gsize from) {
  bool next = false, is_string = false;
  for (gsize at = from, end = MIN(size, from + MAX_TEXT); at < end;) {
    if (is_between(data[at])) {
      is_string = is_string || data[at] == '\0';
      at++;
      continue;
    }
    gsize length = 0;
    while (at + length < end && !is_between(data[at + length]) && strchr("\r\n;|&<>`", data[at + length]) == NULL)
      length++;
    bool is_option = data[at] == '-' || data[at] == '/' || g_ascii_isdigit((gchar)data[at]);
    if (length == 0 || (is_string && !is_option))
      return false;
    g_autofree char *word = g_strndup((const char *)data + at, length);
    if (is_given(giver, word, &next))
      return true;
    at += length;
  }
  return false;
}

/* "# telnetd -l /bin/sh", and the same in other languages. */
static bool is_remark(const guint8 *data, gsize at) {
  static const char *const marks[] = {"#", "//", "--", "* "};
  gsize line = at;
  while (line > 0 && at - line < MAX_LINE && data[line - 1] != '\n' && data[line - 1] != '\0')
    line--;
  while (line < at && g_ascii_isspace((gchar)data[line]))
    line++;
  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
    if (at - line >= strlen(marks[i]) && memcmp(data + line, marks[i], strlen(marks[i])) == 0)
      return true;
  return false;
}

static AkPatterns *patterns_of_givers(void) {
  static AkPatterns *patterns;
  static gsize made;
  if (g_once_init_enter(&made)) {
    AkPattern names[G_N_ELEMENTS(givers)];
    for (gsize i = 0; i < G_N_ELEMENTS(givers); i++)
      names[i] = (AkPattern){givers[i].name, strlen(givers[i].name)};
    patterns = ak_patterns_new(names, G_N_ELEMENTS(givers));
    g_once_init_leave(&made, 1);
  }
  return patterns;
}

bool ak_boot_text_find(const guint8 *data, gsize size, gsize *at) {
  AkPatternHit hits[HITS];
  while (*at < size) {
    gsize count = ak_patterns_search(patterns_of_givers(), data, size, at, size, hits, HITS);
    for (gsize i = 0; i < count; i++) {
      const char *name = givers[hits[i].pattern].name;
      gsize end = hits[i].at + strlen(name);
      bool is_short = strlen(name) == 2 && hits[i].at > 0 && is_name_byte(data[hits[i].at - 1]);
      if (is_short || (end < size && is_name_byte(data[end])) || !leads_to_shell(hits[i].pattern, data, size, end) ||
          is_remark(data, hits[i].at))
        continue;
      *at = hits[i].at;
      return true;
    }
  }
  return false;
}

bool ak_firmware_boot_text_fuzz(const guint8 *data, gsize size) {
  bool found = false;
  for (gsize at = 0; ak_boot_text_find(data, size, &at); at++) {
    g_assert_cmpuint(at, <, size);
    found = true;
  }
  return found;
}
