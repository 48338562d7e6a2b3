#include "firmware/analysis/boot-argument.h"

#include <string.h>

/* Looks at the letters of one argument; `is_taken` gets whether the next argument is a value. */
static const char *letter_in(const char *argument, const char *next, const char *valued, char letter, bool *is_taken) {
  *is_taken = false;
  for (const char *c = argument + 1; *c != '\0'; c++) {
    bool has_value = strchr(valued, *c) != NULL;
    const char *value = !has_value ? "" : c[1] != '\0' ? c + 1 : next;
    *is_taken = has_value && c[1] == '\0';
    if (*c == letter)
      return value != NULL ? value : "";
    if (has_value)
      return NULL;
  }
  return NULL;
}

static bool is_letters(const char *argument) {
  return argument[0] == '-' && argument[1] != '-' && argument[1] != '\0';
}

const char *ak_boot_argument_letter(const char *const *arguments, const char *valued, char letter) {
  for (const char *const *a = arguments; *a != NULL && strcmp(*a, "--") != 0; a++) {
    bool is_taken = false;
    const char *value = is_letters(*a) ? letter_in(*a, a[1], valued, letter, &is_taken) : NULL;
    if (value != NULL)
      return value;
    a += is_taken && a[1] != NULL;
  }
  return NULL;
}

const char *ak_boot_argument_long(const char *const *arguments, const char *name) {
  gsize length = strlen(name);
  for (const char *const *a = arguments; *a != NULL && strcmp(*a, "--") != 0; a++) {
    if (!g_str_has_prefix(*a, "--") || strncmp(*a + 2, name, length) != 0)
      continue;
    if ((*a)[2 + length] == '=')
      return *a + 3 + length;
    if ((*a)[2 + length] == '\0')
      return a[1] != NULL ? a[1] : "";
  }
  return NULL;
}

const char *ak_boot_argument_operand(const char *const *arguments, const char *valued) {
  for (const char *const *a = arguments; *a != NULL; a++) {
    bool is_taken = false;
    if (strcmp(*a, "--") == 0)
      return a[1];
    if (is_letters(*a))
      letter_in(*a, a[1], valued, '\0', &is_taken);
    else if (strcmp(*a, "<") == 0 || strcmp(*a, ">") == 0 || g_str_has_suffix(*a, ">"))
      is_taken = true;
    else if ((*a)[0] != '-' && strpbrk(*a, "<>") == NULL)
      return *a;
    a += is_taken && a[1] != NULL;
  }
  return NULL;
}
