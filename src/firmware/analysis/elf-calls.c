#include "firmware/analysis/elf-calls.h"

#include <string.h>

/* Functions of which glibc has a checked form. `always`: FORTIFY at level 2 replaces every call,
 * whatever it knows of the buffer, so that one seen plainly was not replaced; the others only where
 * it knows how large the buffer is. Source: glibc 2.36, names of libc.so.6 that end in _chk;
 * stdio2.h, syslog.h, string_fortified.h, unistd.h, socket2.h, wchar2.h. */
static const struct {
  const char *name;
  bool always;
} functions[] = {
    {"asprintf", true},        {"confstr", false},
    {"dprintf", true},         {"explicit_bzero", false},
    {"fgets", false},          {"fgets_unlocked", false},
    {"fgetws", false},         {"fgetws_unlocked", false},
    {"fprintf", true},         {"fread", false},
    {"fread_unlocked", false}, {"fwprintf", false},
    {"getcwd", false},         {"getdomainname", false},
    {"getgroups", false},      {"gethostname", false},
    {"getlogin_r", false},     {"gets", false},
    {"getwd", false},          {"longjmp", false},
    {"mbsnrtowcs", false},     {"mbsrtowcs", false},
    {"mbstowcs", false},       {"memcpy", false},
    {"memmove", false},        {"mempcpy", false},
    {"memset", false},         {"poll", false},
    {"ppoll", false},          {"pread", false},
    {"pread64", false},        {"printf", true},
    {"ptsname_r", false},      {"read", false},
    {"readlink", false},       {"readlinkat", false},
    {"realpath", false},       {"recv", false},
    {"recvfrom", false},       {"snprintf", true},
    {"sprintf", true},         {"stpcpy", false},
    {"stpncpy", false},        {"strcat", false},
    {"strcpy", false},         {"strncat", false},
    {"strncpy", false},        {"swprintf", false},
    {"syslog", true},          {"ttyname_r", false},
    {"vasprintf", true},       {"vdprintf", true},
    {"vfprintf", true},        {"vfwprintf", false},
    {"vprintf", true},         {"vsnprintf", true},
    {"vsprintf", true},        {"vswprintf", false},
    {"vsyslog", true},         {"vwprintf", false},
    {"wcpcpy", false},         {"wcpncpy", false},
    {"wcrtomb", false},        {"wcscat", false},
    {"wcscpy", false},         {"wcsncat", false},
    {"wcsncpy", false},        {"wcsnrtombs", false},
    {"wcsrtombs", false},      {"wcstombs", false},
    {"wctomb", false},         {"wmemcpy", false},
    {"wmemmove", false},       {"wmempcpy", false},
    {"wmemset", false},        {"wprintf", false},
};

/* Names that mark a protection. Source: Clang, "Control Flow Integrity Design", cross-DSO; GCC,
 * libvtv; Clang, "SafeStack". */
static const struct {
  const char *name;
  guint mark;
} marks[] = {
    {"__cfi_check", AK_ELF_CLANG_CFI},
    {"__cfi_slowpath", AK_ELF_CLANG_CFI},
    {"__cfi_slowpath_diag", AK_ELF_CLANG_CFI},
    {"__VLTVerifyVtablePointer", AK_ELF_VTV},
    {"__VLTVerifyVtablePointerDebug", AK_ELF_VTV},
    {"__safestack_unsafe_stack_ptr", AK_ELF_SAFE_STACK},
};

typedef struct {
  guint imports;                            /* weak ones aside: every file has those */
  bool canary, is_glibc, has_other_checked; /* a checked form of what the table does not hold */
  bool plain[G_N_ELEMENTS(functions)], checked[G_N_ELEMENTS(functions)];
  guint marks;
} Calls;

/* The call of the stack protector and marks are looked for among all names: the C library itself
 * provides them. */
static void look_at_names(AkReader names, Calls *out) {
  for (gsize at = 0; at < names.size;) {
    const guint8 *end = memchr(names.data + at, '\0', names.size - at);
    if (end == NULL)
      return;
    const char *name = (const char *)names.data + at;
    out->canary = out->canary || strcmp(name, "__stack_chk_fail") == 0 ||
                  strcmp(name, "__stack_chk_guard") == 0;
    out->is_glibc = out->is_glibc || g_str_has_prefix(name, "GLIBC_");
    for (gsize i = 0; name[0] == '_' && i < G_N_ELEMENTS(marks); i++)
      out->marks |= strcmp(name, marks[i].name) == 0 ? marks[i].mark : 0;
    at = (gsize)(end - names.data) + 1;
  }
}

/* "__printf_chk" → "printf"; on PowerPC also "__printf_chkieee128" and, plainly, "__printfieee128".
 * Source: glibc, ldbl-128ibm-compat. NULL where it is neither. */
static char *inner_name(const char *name, bool *is_checked) {
  static const char *const tails[] = {"_chk", "_chkieee128", "ieee128"};
  for (gsize i = 0; g_str_has_prefix(name, "__") && i < G_N_ELEMENTS(tails); i++) {
    gsize length = strlen(name), tail = strlen(tails[i]);
    if (length <= tail + 2 || !g_str_has_suffix(name, tails[i]))
      continue;
    *is_checked = i < 2;
    if (i == 2 && g_str_has_suffix(name, "_chkieee128"))
      continue;
    return g_strndup(name + 2, length - tail - 2);
  }
  return NULL;
}

static void look_at_import(const char *name, gpointer data) {
  Calls *self = data;
  bool is_checked = false, is_known = false;
  self->imports++;
  self->canary = self->canary || strcmp(name, "__stack_chk_fail") == 0;
  g_autofree char *inner = inner_name(name, &is_checked);
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
    if (strcmp(functions[i].name, inner != NULL ? inner : name) != 0)
      continue;
    is_known = true;
    self->checked[i] = self->checked[i] || is_checked;
    self->plain[i] = self->plain[i] || !is_checked;
  }
  self->has_other_checked = self->has_other_checked || (is_checked && !is_known);
}

/* A file that calls nothing outside of itself (static-pie, the loader) does not show what it calls.
 * Other C libraries have FORTIFY, where they have it, in headers alone. */
static void judge(const Calls *calls, AkElfFile *out) {
  bool is_open = calls->imports > 0, always = false;
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
    out->fortified += calls->checked[i];
    out->fortifiable += calls->checked[i] || calls->plain[i];
    always = always || (functions[i].always && calls->plain[i]);
  }
  out->marks |= calls->marks;
  out->canary = calls->canary ? AK_ELF_YES : is_open ? AK_ELF_NO : AK_ELF_UNKNOWN;
  if (out->fortified > 0 || calls->has_other_checked)
    out->fortify = AK_ELF_YES;
  else if (always && calls->is_glibc)
    out->fortify = AK_ELF_NO;
  else
    out->fortify = !is_open || out->fortifiable > 0 ? AK_ELF_UNKNOWN : AK_ELF_YES;
}

bool ak_elf_calls_judge(AkElf *elf, const AkElfDynamic *dynamic, AkElfFile *out, GError **error) {
  Calls calls = {0};
  look_at_names(dynamic->names, &calls);
  if (!ak_elf_each_import(elf, dynamic, look_at_import, &calls, error))
    return false;
  judge(&calls, out);
  return true;
}
