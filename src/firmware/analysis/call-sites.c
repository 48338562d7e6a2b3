#include "firmware/analysis/call-sites.h"

#include <string.h>

#include "firmware/analysis/call-argument.h"

#define MAX_RELOCATIONS 200000
#define MAX_CODE (32u << 20)
#define MAX_JUDGED 5000 /* calls whose argument is looked at */
#define MIPS_GP_OFFSET                                                                             \
  0x7ff0u /* the pointer stands so far into the table. Source: MIPS psABI, 5-10 */
#define ENDBR64 0xfa1e0ff3u
#define BTI_C 0xd503245fu

enum { R_X86_64_GLOB_DAT = 6, R_X86_64_JUMP_SLOT = 7 };
enum { R_ARM_GLOB_DAT = 21, R_ARM_JUMP_SLOT = 22 };
enum { R_AARCH64_GLOB_DAT = 1025, R_AARCH64_JUMP_SLOT = 1026 };
enum { R_MIPS_JUMP_SLOT = 127 };

/* An address that stands for a name: of a word of the table, or of a stub that jumps through it. */
typedef struct {
  guint64 address;
  guint name;
} Place;

typedef struct {
  AkElf *elf;
  const AkElfDynamic *dynamic;
  const char *const *names;
  guint count;
  AkCallSites *out;
  GArray *slots, *stubs; /* of Place, by address */
  AkCallArguments *arguments;
  guint judged;
} Looking;

bool ak_call_sites_is_command(const char *name) {
  static const char *const commands[] = {"system",   "popen",  "doSystem", "doSystemCmd",
                                         "twsystem", "execl",  "execlp",   "execle",
                                         "execv",    "execvp", "execve",   NULL};
  return g_strv_contains(commands, name);
}

static void add_place(GArray *places, guint64 address, guint name) {
  Place place = {address, name};
  g_array_append_val(places, place);
}

static gint by_address(gconstpointer a, gconstpointer b) {
  const Place *left = a, *right = b;
  return (left->address > right->address) - (left->address < right->address);
}

static const Place *find_place(const GArray *places, guint64 address) {
  guint from = 0, to = places->len;
  while (from < to) {
    guint middle = from + (to - from) / 2;
    const Place *place = &g_array_index(places, Place, middle);
    if (place->address == address)
      return place;
    if (place->address < address)
      from = middle + 1;
    else
      to = middle;
  }
  return NULL;
}

static bool index_of(const Looking *self, const char *name, guint *out) {
  for (*out = 0; name != NULL && *out < self->count; (*out)++)
    if (strcmp(self->names[*out], name) == 0)
      return true;
  return false;
}

/* --- words of the table that hold a function's address -----------------------------------------
 */

static void take_relocation(const AkElfRelocation *relocation, gpointer data) {
  static const struct {
    guint16 machine;
    guint32 slot, global;
  } kinds[] = {{AK_ELF_X86_64, R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT},
               {AK_ELF_AARCH64, R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT},
               {AK_ELF_ARM, R_ARM_JUMP_SLOT, R_ARM_GLOB_DAT},
               {AK_ELF_MIPS, R_MIPS_JUMP_SLOT, R_MIPS_JUMP_SLOT}};
  Looking *self = data;
  guint name = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (kinds[i].machine == self->elf->machine &&
        (relocation->type == kinds[i].slot || relocation->type == kinds[i].global) &&
        index_of(self, ak_elf_symbol_name(self->elf, self->dynamic, relocation->symbol), &name))
      add_place(self->slots, relocation->offset, name);
}

/* The global part of MIPS' table has a word for each symbol from DT_MIPS_GOTSYM on. Source: MIPS
 * psABI, "Global Offset Table". */
static void take_mips_table(Looking *self) {
  const AkElfDynamic *dynamic = self->dynamic;
  guint64 width = self->elf->wide ? 8 : 4;
  guint name = 0;
  for (guint64 i = dynamic->mips_got_symbol; i < MIN(dynamic->mips_count, (guint64)MAX_RELOCATIONS);
       i++)
    if (index_of(self, ak_elf_symbol_name(self->elf, dynamic, (guint32)i), &name))
      add_place(self->slots,
                dynamic->table + (dynamic->mips_local_count + i - dynamic->mips_got_symbol) * width,
                name);
}

/* --- code --------------------------------------------------------------------------------------
 */

/* One segment that is run. */
typedef struct {
  Looking *looking;
  const guint8 *data;
  gsize size;
  guint64 address; /* of its first byte */
} Code;

static guint32 u32(const Code *self, gsize at) {
  AkReader reader = ak_reader_init(self->data + at, self->size - at);
  guint32 value = 0;
  if (self->looking->elf->little)
    ak_reader_u32le(&reader, &value, NULL);
  else
    ak_reader_u32be(&reader, &value, NULL);
  return value; /* 0 behind the end, which is no call */
}

static guint16 u16(const Code *self, gsize at) {
  AkReader reader = ak_reader_init(self->data + at, self->size - at);
  guint16 value = 0;
  ak_reader_u16le(&reader, &value, NULL);
  return value;
}

static gint64 signed_of(guint64 value, guint bits) {
  guint64 sign = (guint64)1 << (bits - 1);
  return (gint64)((value & (2 * sign - 1)) ^ sign) - (gint64)sign;
}

static void take_stub(const Code *self, guint64 slot, guint64 address) {
  const Place *place = find_place(self->looking->slots, slot);
  if (place != NULL)
    add_place(self->looking->stubs, address, place->name);
}

/* The row of what `places` has at `target`, counted once more; NULL where it is nothing. */
static const Place *take_site(const Code *self, const GArray *places, guint64 target) {
  const Place *place = find_place(places, target);
  if (place != NULL)
    self->looking->out[place->name].sites++;
  return place;
}

static void take_call(const Code *self, const GArray *places, guint64 target, guint64 site,
                      bool thumb) {
  Looking *looking = self->looking;
  const Place *place = take_site(self, places, target);
  if (place == NULL)
    return;
  AkCallSites *row = &looking->out[place->name];
  const char *name = looking->names[place->name];
  if (looking->arguments == NULL || !ak_call_sites_is_command(name) ||
      looking->judged++ >= MAX_JUDGED)
    return;
  /* of a maker's own function the text is a format, filled in at run time */
  bool is_format = g_str_has_prefix(name, "doSystem") || strcmp(name, "twsystem") == 0;
  AkArgument argument = ak_call_argument(looking->arguments, site, thumb);
  row->built += argument == AK_ARGUMENT_BUILT || (is_format && argument == AK_ARGUMENT_FORMAT);
  row->constant +=
      argument == AK_ARGUMENT_CONSTANT || (!is_format && argument == AK_ARGUMENT_FORMAT);
}

/* jmp *slot(%rip), after endbr64 and with a prefix or not. */
static void stubs_x86(const Code *self) {
  for (gsize at = 0; at + 6 <= self->size; at++) {
    if (self->data[at] != 0xff || self->data[at + 1] != 0x25)
      continue;
    guint64 slot = self->address + at + 6 + (guint64)signed_of(u32(self, at + 2), 32);
    gsize start = at > 0 && self->data[at - 1] == 0xf2 ? at - 1 : at;
    if (start >= 4 && u32(self, start - 4) == ENDBR64)
      start -= 4;
    take_stub(self, slot, self->address + start);
  }
}

/* mov slot(%rip) into a register, from which it is called. */
static bool is_load_x86(const Code *self, gsize at) {
  return (self->data[at] & 0xfb) == 0x48 && self->data[at + 1] == 0x8b && at + 7 <= self->size &&
         (self->data[at + 2] & 0xc7) == 0x05;
}

/* call and jmp to a stub; call *slot(%rip). */
static void calls_x86(const Code *self) {
  for (gsize at = 0; at + 5 <= self->size; at++) {
    guint8 first = self->data[at];
    guint64 site = self->address + at;
    if (first == 0xe8 || first == 0xe9)
      take_call(self, self->looking->stubs, site + 5 + (guint64)signed_of(u32(self, at + 1), 32),
                site, false);
    else if (is_load_x86(self, at))
      take_site(self, self->looking->slots, site + 7 + (guint64)signed_of(u32(self, at + 3), 32));
    else if (first == 0xff && self->data[at + 1] == 0x15 && at + 6 <= self->size)
      take_call(self, self->looking->slots, site + 6 + (guint64)signed_of(u32(self, at + 2), 32),
                site, false);
  }
}

/* adrp x16, page; ldr x17, [x16, offset], after bti c or not. */
static void stubs_arm64(const Code *self) {
  for (gsize at = 0; at + 8 <= self->size; at += 4) {
    guint32 page = u32(self, at), load = u32(self, at + 4);
    if ((page & 0x9f00001f) != 0x90000010 || (load & 0xffc003ff) != 0xf9400211)
      continue;
    guint64 high = (guint64)signed_of((page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3), 21) << 12;
    guint64 slot = ((self->address + at) & ~(guint64)0xfff) + high + (load >> 10 & 0xfff) * 8;
    bool has_mark = at >= 4 && u32(self, at - 4) == BTI_C;
    take_stub(self, slot, self->address + at - (has_mark ? 4 : 0));
  }
}

static void calls_arm64(const Code *self) {
  for (gsize at = 0; at + 4 <= self->size; at += 4) {
    guint32 word = u32(self, at);
    guint64 site = self->address + at;
    if ((word & 0x7c000000) == 0x14000000) /* b and bl */
      take_call(self, self->looking->stubs, site + (guint64)(signed_of(word, 26) * 4), site, false);
  }
}

/* The rotated constant of an ARM instruction. Source: ARM ARM, A5.2.4. */
static guint32 rotated(guint32 word) {
  guint32 value = word & 0xff, turn = (word >> 8 & 15) * 2;
  return turn == 0 ? value : value >> turn | value << (32 - turn);
}

/* add ip, pc, #a; add ip, ip, #b; ldr pc, [ip, #c]!: with or without more of the second. */
static void stubs_arm(const Code *self) {
  for (gsize at = 0; at + 12 <= self->size; at += 4) {
    guint32 first = u32(self, at);
    if ((first & 0xfffff000) != 0xe28fc000)
      continue;
    guint32 slot = (guint32)(self->address + at) + 8 + rotated(first);
    gsize next = at + 4;
    for (; (u32(self, next) & 0xfffff000) == 0xe28cc000 && next < at + 12; next += 4)
      slot += rotated(u32(self, next));
    guint32 load = u32(self, next);
    if ((load & 0xfffff000) != 0xe5bcf000)
      continue;
    slot += load & 0xfff;
    take_stub(self, slot, self->address + at);
    /* bx pc before it lets the shorter instruction set in */
    if (at >= 4 && u16(self, at - 4) == 0x4778)
      take_stub(self, slot, self->address + at - 4);
  }
}

/* bl, blx and b.w of the shorter set. Source: ARM ARM, A8.8.25 and A8.8.18. */
static void call_thumb(const Code *self, gsize at) {
  guint16 high = u16(self, at), low = u16(self, at + 2);
  bool is_blx = (low & 0xd001) == 0xc000, is_bl = (low & 0xd000) == 0xd000;
  bool is_jump = (low & 0xd000) == 0x9000;
  if ((high & 0xf800) != 0xf000 || !(is_blx || is_bl || is_jump))
    return;
  guint32 s = high >> 10 & 1, i1 = !((low >> 13 & 1) ^ s), i2 = !((low >> 11 & 1) ^ s);
  guint32 bits =
      s << 24 | i1 << 23 | i2 << 22 | (guint32)(high & 0x3ff) << 12 | (guint32)(low & 0x7ff) << 1;
  guint64 site = self->address + at, from = is_blx ? (site + 4) & ~(guint64)3 : site + 4;
  take_call(self, self->looking->stubs, from + (guint64)signed_of(bits, 25), site, true);
}

static void calls_arm(const Code *self) {
  for (gsize at = 0; at + 4 <= self->size; at += 2) {
    guint32 word = u32(self, at);
    guint64 site = self->address + at;
    call_thumb(self, at);
    if (at % 4 == 0 && (word & 0x0e000000) == 0x0a000000 && word >> 28 != 15)
      take_call(self, self->looking->stubs, site + 8 + (guint64)(signed_of(word, 24) * 4), site,
                false);
  }
}

static void no_stubs(const Code *self) {}

/* lw or ld of a word of the table, by the global pointer or a copy of it in a register that lasts
 * over calls; from members of structures such copies are told apart by offsets below 0. */
static void calls_mips(const Code *self) {
  const Looking *looking = self->looking;
  guint32 load = looking->elf->wide ? 0x37u : 0x23u;
  guint64 pointer = looking->dynamic->table + MIPS_GP_OFFSET;
  for (gsize at = 0; at + 4 <= self->size; at += 4) {
    guint32 word = u32(self, at), base = word >> 21 & 31, to = word >> 16 & 31;
    bool is_copy = base >= 16 && base <= 23 && to == 25 && (word & 0x8000) != 0;
    if (word >> 26 == load && (base == 28 || is_copy))
      take_call(self, looking->slots, pointer + (guint64)signed_of(word, 16), self->address + at,
                false);
  }
}

static const struct {
  guint16 machine;
  bool is_little_only;
  void (*stubs)(const Code *self), (*calls)(const Code *self);
} machines[] = {
    {AK_ELF_X86_64, true, stubs_x86, calls_x86},
    {AK_ELF_AARCH64, true, stubs_arm64, calls_arm64},
    {AK_ELF_ARM, true, stubs_arm, calls_arm},
    {AK_ELF_MIPS, false, no_stubs, calls_mips},
};

static void each_code(Looking *self, void (*look)(const Code *self)) {
  for (guint i = 0; i < self->elf->count; i++) {
    const AkElfSegment *segment = &self->elf->segments[i];
    AkReader reader = self->elf->reader, bytes;
    if (segment->type != AK_ELF_PT_LOAD || (segment->flags & AK_ELF_PF_X) == 0 ||
        !ak_reader_seek(&reader, (gsize)segment->offset, NULL) ||
        !ak_reader_sub(&reader, (gsize)segment->file_size, &bytes, NULL))
      continue;
    Code code = {self, bytes.data, bytes.size, segment->address};
    look(&code);
  }
}

static guint64 code_bytes(const AkElf *elf) {
  guint64 bytes = 0;
  for (guint i = 0; i < elf->count; i++)
    if (elf->segments[i].type == AK_ELF_PT_LOAD && (elf->segments[i].flags & AK_ELF_PF_X) != 0)
      bytes += MIN(elf->segments[i].file_size, MAX_CODE + 1);
  return bytes;
}

static void look(Looking *self, gsize machine) {
  ak_elf_each_relocation(self->elf, self->dynamic, MAX_RELOCATIONS, take_relocation, self);
  if (self->elf->machine == AK_ELF_MIPS)
    take_mips_table(self);
  g_array_sort(self->slots, by_address);
  each_code(self, machines[machine].stubs);
  g_array_sort(self->stubs, by_address);
  each_code(self, machines[machine].calls);
}

const char *ak_call_sites_count(AkElf *elf, const AkElfDynamic *dynamic, const char *const *names,
                                guint count, AkCallSites *out) {
  gsize machine = 0;
  memset(out, 0, count * sizeof *out);
  while (machine < G_N_ELEMENTS(machines) && machines[machine].machine != elf->machine)
    machine++;
  if (machine == G_N_ELEMENTS(machines) || (machines[machine].is_little_only && !elf->little))
    return "calls of this processor are not followed";
  if (code_bytes(elf) > MAX_CODE)
    return "more code than is looked at";
  g_autoptr(GArray) slots = g_array_new(FALSE, FALSE, sizeof(Place));
  g_autoptr(GArray) stubs = g_array_new(FALSE, FALSE, sizeof(Place));
  g_autoptr(AkCallArguments) arguments =
      ak_call_arguments_new(elf, dynamic->table + MIPS_GP_OFFSET);
  Looking self = {elf, dynamic, names, count, out, slots, stubs, arguments, 0};
  look(&self, machine);
  return NULL;
}

bool ak_firmware_call_sites_fuzz(const guint8 *data, gsize size) {
  static const char *const names[] = {"system", "strcpy", "doSystem"};
  AkCallSites rows[G_N_ELEMENTS(names)];
  g_auto(AkElf) elf = {0};
  AkElfDynamic dynamic;
  if (!ak_elf_open(&elf, data, size, NULL) || !ak_elf_dynamic(&elf, &dynamic, NULL) ||
      ak_call_sites_count(&elf, &dynamic, names, G_N_ELEMENTS(names), rows) != NULL)
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    g_assert_cmpuint(rows[i].constant + rows[i].built, <=, rows[i].sites);
  return true;
}
