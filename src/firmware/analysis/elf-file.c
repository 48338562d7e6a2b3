#include "firmware/analysis/elf-file.h"

#include <string.h>

#include "core/value.h"
#include "firmware/analysis/elf-calls.h"
#include "firmware/analysis/elf-read.h"

#define DF_1_PIE 0x08000000u

/* Files of another kind (objects, core dumps) are none. */
bool ak_elf_is_program(const guint8 *data, gsize size) {
  if (size < 18 || memcmp(data,
                          "\x7f"
                          "ELF",
                          4) != 0)
    return false;
  guint type = data[5] == 2 ? data[16] << 8 | data[17] : data[17] << 8 | data[16];
  return type == AK_ELF_TYPE_EXEC || type == AK_ELF_TYPE_DYN;
}

void ak_elf_file_clear(AkElfFile *self) {
  g_clear_pointer(&self->rpath, g_free);
  g_clear_pointer(&self->runpath, g_free);
}

/* Without the header most kernels make the stack executable. For these machines some do and some do
 * not. Source: Linux, elf_read_implies_exec and VM_DATA_DEFAULT_FLAGS of
 * arch/{arm64,powerpc,riscv}. */
static AkElfAnswer stack_without_header(const AkElf *elf) {
  bool depends = elf->machine == AK_ELF_AARCH64 || elf->machine == AK_ELF_PPC64 ||
                 elf->machine == AK_ELF_RISCV;
  return depends ? AK_ELF_UNKNOWN : AK_ELF_NO;
}

static AkElfAnswer answer(bool yes) {
  return yes ? AK_ELF_YES : AK_ELF_NO;
}

/* MIPS binds calls lazily by its table of addresses, without relocations of their own. Source: MIPS
 * psABI, "Global Offset Table". */
static AkElfRelro relro_of(const AkElf *elf, const AkElfDynamic *dynamic) {
  if (ak_elf_segment(elf, AK_ELF_PT_GNU_RELRO) == NULL)
    return AK_ELF_RELRO_NONE;
  bool may_wait = dynamic->has_lazy || (elf->machine == AK_ELF_MIPS && dynamic->needs_others);
  return dynamic->bind_now || !may_wait ? AK_ELF_RELRO_FULL : AK_ELF_RELRO_PARTIAL;
}

/* Bits of FEATURE_1_AND by machine. Source: x86-64 psABI, AArch64 ELF (aaelf64), RISC-V psABI. */
static const struct {
  guint16 machine;
  guint32 bit;
  guint mark;
} features[] = {
    {AK_ELF_X86, 1, AK_ELF_IBT},       {AK_ELF_X86, 2, AK_ELF_SHSTK},
    {AK_ELF_X86_64, 1, AK_ELF_IBT},    {AK_ELF_X86_64, 2, AK_ELF_SHSTK},
    {AK_ELF_AARCH64, 1, AK_ELF_BTI},   {AK_ELF_AARCH64, 2, AK_ELF_PAC},
    {AK_ELF_AARCH64, 4, AK_ELF_GCS},   {AK_ELF_RISCV, 1, AK_ELF_ZICFILP},
    {AK_ELF_RISCV, 2, AK_ELF_ZICFISS},
};

static bool read_marks(AkElf *elf, AkElfFile *out, GError **error) {
  guint32 bits = 0;
  if (!ak_elf_features(elf, &bits, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(features); i++)
    if (features[i].machine == elf->machine && (bits & features[i].bit) != 0)
      out->marks |= features[i].mark;
  return true;
}

static char *shown(const AkElfDynamic *dynamic, bool exists, guint64 offset) {
  const char *name = exists ? ak_elf_name(dynamic, offset) : NULL;
  if (name == NULL)
    return NULL;
  g_auto(AkValue) clean = ak_value_text_from_bytes(name, strlen(name), 1024);
  return g_strdup(clean.text);
}

static void judge_form(const AkElf *elf, const AkElfDynamic *dynamic, AkElfFile *out) {
  const AkElfSegment *stack = ak_elf_segment(elf, AK_ELF_PT_GNU_STACK);
  out->nx = stack != NULL ? answer((stack->flags & AK_ELF_PF_X) == 0) : stack_without_header(elf);
  out->pie = answer(elf->type == AK_ELF_TYPE_DYN);
  out->relro_level = relro_of(elf, dynamic);
  out->relro = answer(out->relro_level != AK_ELF_RELRO_NONE);
  out->is_static = !dynamic->exists;
  out->is_shared = elf->type == AK_ELF_TYPE_DYN && ak_elf_segment(elf, AK_ELF_PT_INTERP) == NULL;
  if (dynamic->exists && out->is_shared && !dynamic->needs_others &&
      (dynamic->flags_1 & DF_1_PIE) != 0) {
    out->is_static = true; /* static-pie */
    out->is_shared = false;
  }
  out->rpath = shown(dynamic, dynamic->has_rpath, dynamic->rpath);
  out->runpath = shown(dynamic, dynamic->has_runpath, dynamic->runpath);
}

static bool judge(AkElf *elf, AkElfFile *out, GError **error) {
  AkElfDynamic dynamic;
  bool is_known = false;
  out->canary = out->fortify = AK_ELF_UNKNOWN;
  if (!ak_elf_dynamic(elf, &dynamic, error) || !read_marks(elf, out, error) ||
      (dynamic.exists && !ak_elf_calls_judge(elf, &dynamic, out, error)))
    return false;
  judge_form(elf, &dynamic, out);
  bool has_symbols = ak_elf_has_symbols(elf, &is_known);
  out->stripped = has_symbols ? AK_ELF_NO : is_known ? AK_ELF_YES : AK_ELF_UNKNOWN;
  return true;
}

bool ak_elf_file_read(const guint8 *data, gsize size, AkElfFile *out, GError **error) {
  g_auto(AkElf) elf = {0};
  g_auto(AkElfFile) file = {0};
  if (!ak_elf_open(&elf, data, size, error) || !judge(&elf, &file, error))
    return false;
  file.machine = elf.machine;
  file.is_64bit = elf.wide;
  file.is_little_endian = elf.little;
  gsize table = (gsize)elf.count * elf.entry_size;
  file.header_size = (gsize)MIN(elf.table_offset + table, MIN(size, 65536));
  *out = file;
  file.rpath = file.runpath = NULL;
  return true;
}

char *ak_elf_machine_name(guint16 machine) {
  static const struct {
    guint16 number; /* gABI, e_machine */
    const char *name;
  } machines[] = {{2, "SPARC"},    {3, "x86"},        {4, "m68k"},     {8, "MIPS"},
                  {20, "PowerPC"}, {21, "PowerPC64"}, {22, "s390"},    {40, "ARM"},
                  {42, "SuperH"},  {50, "IA-64"},     {62, "x86-64"},  {93, "ARC"},
                  {94, "Xtensa"},  {183, "AArch64"},  {243, "RISC-V"}, {258, "LoongArch"}};
  for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
    if (machines[i].number == machine)
      return g_strdup(machines[i].name);
  return g_strdup_printf("machine %u", machine);
}

const char *ak_elf_mark_name(guint index) {
  static const char *const names[AK_ELF_MARKS] = {
      "ibt", "shstk", "bti", "pac", "gcs", "zicfilp", "zicfiss", "clang-cfi", "vtv", "safe-stack"};
  return names[index];
}

/* Source: ld.so(8), "DT_RPATH", "$ORIGIN"; hier(7). */
const char *ak_elf_path_risk(const char *path) {
  static const struct {
    const char *prefix, *risk;
  } risky[] = {
      {"/tmp", "everybody may write there"},      {"/var/tmp", "everybody may write there"},
      {"/dev/shm", "everybody may write there"},  {"/run/user", "a user may write there"},
      {"/home", "a user may write there"},        {"/build", "a folder of the build machine"},
      {"/root", "a folder of the build machine"},
  };
  if (*path == '\0')
    return "empty: the folder that the program is started in";
  if (*path != '/' && !g_str_has_prefix(path, "$ORIGIN") && !g_str_has_prefix(path, "${ORIGIN}"))
    return "relative to the folder that the program is started in";
  for (gsize i = 0; i < G_N_ELEMENTS(risky); i++) {
    gsize length = strlen(risky[i].prefix);
    if (g_str_has_prefix(path, risky[i].prefix) && (path[length] == '/' || path[length] == '\0'))
      return risky[i].risk;
  }
  return NULL;
}

bool ak_firmware_elf_file_fuzz(const guint8 *data, gsize size);
bool ak_firmware_elf_file_fuzz(const guint8 *data, gsize size) {
  g_auto(AkElfFile) file = {0};
  if (!ak_elf_file_read(data, size, &file, NULL))
    return false;
  g_assert_cmpuint(file.fortified, <=, file.fortifiable);
  return true;
}
