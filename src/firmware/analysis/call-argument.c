#include "firmware/analysis/call-argument.h"

#include <string.h>

#include "firmware/analysis/libcapstone.h"

#define BEFORE_BYTES 64 /* looked at before a call: some sixteen instructions */
#define BEHIND_COUNT 8  /* of MIPS, from the load of the target to the slot behind the jump */
#define MAX_DEPTH 4     /* of registers taken from registers */
#define MAX_TEXT 4096
#define PF_W 2u /* gABI, "Segment Permissions" */

typedef enum { UNKNOWN, CONSTANT, STACK } Kind;

typedef struct {
  Kind kind;
  guint64 value; /* of a constant */
} Value;

typedef struct _Arch {
  guint16 machine;
  cs_arch arch;
  cs_mode mode, mode_wide;
  unsigned argument, stack;
  guint step; /* bytes between places where an instruction may begin */
  Value (*evaluate)(AkCallArguments *self, gsize index, guint depth);
  unsigned (*whole)(unsigned reg); /* the widest register of which this one is a part */
  unsigned kept[12];               /* registers that a call leaves as they are */
} Arch;

struct _AkCallArguments {
  AkElf *elf;
  guint64 global_pointer;
  const Arch *arch;
  csh handle;
  bool thumb;
  cs_insn *insns; /* of the call that is looked at */
  gsize count;
};

static Value value_of(AkCallArguments *self, gsize before, unsigned reg, guint depth);

static Value add(Value value, gint64 more) {
  value.value += (guint64)more;
  return value;
}

static Value constant(guint64 value) {
  return (Value){CONSTANT, value};
}

/* A word of the file at an address of the running program. */
static bool word_at(const AkCallArguments *self, guint64 address, guint64 *out) {
  gsize offset = 0;
  guint32 narrow = 0;
  AkReader reader = self->elf->reader;
  if (!ak_elf_offset_of(self->elf, address, &offset) || !ak_reader_seek(&reader, offset, NULL))
    return false;
  if (self->elf->wide)
    return self->elf->little ? ak_reader_u64le(&reader, out, NULL)
                             : ak_reader_u64be(&reader, out, NULL);
  bool is_read = self->elf->little ? ak_reader_u32le(&reader, &narrow, NULL)
                                   : ak_reader_u32be(&reader, &narrow, NULL);
  *out = narrow;
  return is_read;
}

/* --- x86-64 ------------------------------------------------------------------------------------
 */

static unsigned whole_x86(unsigned reg) {
  static const unsigned parts[][2] = {
      {X86_REG_EDI, X86_REG_RDI}, {X86_REG_DI, X86_REG_RDI},  {X86_REG_DIL, X86_REG_RDI},
      {X86_REG_EAX, X86_REG_RAX}, {X86_REG_EBX, X86_REG_RBX}, {X86_REG_ECX, X86_REG_RCX},
      {X86_REG_EDX, X86_REG_RDX}, {X86_REG_ESI, X86_REG_RSI}, {X86_REG_EBP, X86_REG_RBP},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (parts[i][0] == reg)
      return parts[i][1];
  return reg;
}

static Value evaluate_x86(AkCallArguments *self, gsize index, guint depth) {
  const cs_insn *insn = &self->insns[index];
  const cs_x86_op *from = &insn->detail->x86.operands[1];
  if (insn->detail->x86.op_count != 2)
    return (Value){0};
  if (insn->id == X86_INS_LEA && from->mem.index == X86_REG_INVALID) {
    bool is_frame = from->mem.base == X86_REG_RBP && from->mem.disp < 0;
    if (from->mem.base == X86_REG_RIP)
      return constant(insn->address + insn->size + (guint64)from->mem.disp);
    return (Value){.kind = is_frame || from->mem.base == X86_REG_RSP ? STACK : UNKNOWN};
  }
  if ((insn->id == X86_INS_MOV || insn->id == X86_INS_MOVABS) && from->type == X86_OP_IMM)
    return constant((guint64)from->imm);
  if (insn->id == X86_INS_MOV && from->type == X86_OP_REG)
    return value_of(self, index, from->reg, depth);
  return (Value){0};
}

/* --- AArch64 -----------------------------------------------------------------------------------
 */

static unsigned whole_arm64(unsigned reg) {
  return reg >= ARM64_REG_W0 && reg <= ARM64_REG_W28 ? reg - ARM64_REG_W0 + ARM64_REG_X0 : reg;
}

static Value evaluate_arm64(AkCallArguments *self, gsize index, guint depth) {
  const cs_insn *insn = &self->insns[index];
  const cs_arm64 *detail = &insn->detail->arm64;
  const cs_arm64_op *a = &detail->operands[1], *b = &detail->operands[2];
  if ((insn->id == ARM64_INS_ADRP || insn->id == ARM64_INS_ADR) && detail->op_count == 2)
    return constant((guint64)a->imm);
  if (insn->id == ARM64_INS_MOV && detail->op_count == 2 && a->type == ARM64_OP_REG)
    return value_of(self, index, a->reg, depth);
  if (insn->id != ARM64_INS_ADD || detail->op_count != 3 || b->type != ARM64_OP_IMM)
    return (Value){0};
  if (a->reg == ARM64_REG_X29)
    return (Value){.kind = STACK};
  return add(value_of(self, index, a->reg, depth), b->imm << b->shift.value);
}

/* --- ARM ---------------------------------------------------------------------------------------
 */

static unsigned whole_same(unsigned reg) {
  return reg;
}

/* What the program counter reads as: two instructions ahead. Source: ARM ARM, A2.3. */
static guint64 counter_of(const AkCallArguments *self, const cs_insn *insn) {
  return insn->address + (self->thumb ? 4 : 8);
}

static Value operand_arm(AkCallArguments *self, gsize index, const cs_arm_op *op, guint depth) {
  if (op->type == ARM_OP_IMM)
    return constant((guint32)op->imm);
  if (op->type != ARM_OP_REG || op->shift.type != ARM_SFT_INVALID)
    return (Value){0};
  return op->reg == ARM_REG_PC ? constant(counter_of(self, &self->insns[index]))
                               : value_of(self, index, op->reg, depth);
}

static Value sum_arm(Value a, Value b) {
  if (a.kind == CONSTANT && b.kind == CONSTANT)
    return constant((guint32)(a.value + b.value));
  return (Value){.kind = a.kind == STACK && b.kind == CONSTANT ? STACK : UNKNOWN};
}

static Value evaluate_arm(AkCallArguments *self, gsize index, guint depth) {
  const cs_insn *insn = &self->insns[index];
  const cs_arm *detail = &insn->detail->arm;
  const cs_arm_op *ops = detail->operands;
  guint64 word = 0;
  if (detail->cc != ARM_CC_AL && detail->cc != ARM_CC_INVALID)
    return (Value){0};
  if (insn->id == ARM_INS_LDR && detail->op_count == 2 && ops[1].type == ARM_OP_MEM &&
      ops[1].mem.base == ARM_REG_PC && ops[1].mem.index == ARM_REG_INVALID)
    return word_at(self, (counter_of(self, insn) & ~(guint64)3) + (guint64)ops[1].mem.disp, &word)
               ? constant(word)
               : (Value){0};
  if (insn->id == ARM_INS_MOVT && detail->op_count == 2) {
    Value low = value_of(self, index, ops[0].reg, depth);
    return low.kind == CONSTANT
               ? constant((low.value & 0xffff) | (guint64)(guint16)ops[1].imm << 16)
               : (Value){0};
  }
  if ((insn->id == ARM_INS_MOV || insn->id == ARM_INS_MOVW) && detail->op_count == 2)
    return operand_arm(self, index, &ops[1], depth);
  if (insn->id == ARM_INS_SUB && detail->op_count == 3 && ops[1].reg == ARM_REG_R11 &&
      ops[2].type == ARM_OP_IMM)
    return (Value){.kind = STACK};
  bool is_add = insn->id == ARM_INS_ADD && detail->op_count >= 2;
  guint first = detail->op_count == 3 ? 1 : 0; /* "add r0, pc" has two */
  return is_add ? sum_arm(operand_arm(self, index, &ops[first], depth),
                          operand_arm(self, index, &ops[first + 1], depth))
                : (Value){0};
}

/* --- MIPS --------------------------------------------------------------------------------------
 */

/* The global pointer, or a copy that lasts over calls, of which offsets below it are told apart
 * from members of structures. */
static bool is_pointer_mips(unsigned base, gint64 offset) {
  return base == MIPS_REG_GP || (base >= MIPS_REG_S0 && base <= MIPS_REG_S7 && offset < 0);
}

static Value evaluate_mips(AkCallArguments *self, gsize index, guint depth) {
  const cs_insn *insn = &self->insns[index];
  const cs_mips *detail = &insn->detail->mips;
  const cs_mips_op *a = &detail->operands[1], *b = &detail->operands[2];
  guint64 word = 0;
  if ((insn->id == MIPS_INS_LW || insn->id == MIPS_INS_LD) && a->type == MIPS_OP_MEM)
    return is_pointer_mips(a->mem.base, a->mem.disp) &&
                   word_at(self, self->global_pointer + (guint64)a->mem.disp, &word)
               ? constant(word)
               : (Value){0};
  if (insn->id == MIPS_INS_LUI && detail->op_count == 2)
    return constant((guint64)(guint32)a->imm << 16);
  if (insn->id == MIPS_INS_MOVE && detail->op_count == 2)
    return value_of(self, index, a->reg, depth);
  bool is_add = insn->id == MIPS_INS_ADDIU || insn->id == MIPS_INS_DADDIU;
  if (!is_add || detail->op_count != 3 || b->type != MIPS_OP_IMM)
    return (Value){0};
  Value sum = add(value_of(self, index, a->reg, depth), b->imm);
  sum.value = self->elf->wide ? sum.value : (guint32)sum.value;
  return sum;
}

/* Capstone 4 does not tell what instructions of MIPS write: the first operand, but of those that
 * store or branch. */
static bool writes_mips(const cs_insn *insn, unsigned reg) {
  static const unsigned readers[] = {MIPS_INS_SW,  MIPS_INS_SB,  MIPS_INS_SH,   MIPS_INS_SD,
                                     MIPS_INS_SWL, MIPS_INS_SWR, MIPS_INS_SWC1, MIPS_INS_SDC1,
                                     MIPS_INS_JR,  MIPS_INS_JALR};
  const cs_mips *detail = &insn->detail->mips;
  for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
    if (insn->id == readers[i])
      return false;
  return detail->op_count > 0 && detail->operands[0].type == MIPS_OP_REG &&
         (unsigned)detail->operands[0].reg == reg;
}

/* --- what a register holds ---------------------------------------------------------------------
 */

static const Arch archs[] = {
    {.machine = AK_ELF_X86_64,
     .arch = CS_ARCH_X86,
     .mode = CS_MODE_64,
     .mode_wide = CS_MODE_64,
     .argument = X86_REG_RDI,
     .stack = X86_REG_RSP,
     .step = 1,
     .evaluate = evaluate_x86,
     .whole = whole_x86,
     .kept = {X86_REG_RBX, X86_REG_RBP, X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15}},
    {.machine = AK_ELF_AARCH64,
     .arch = CS_ARCH_ARM64,
     .mode = CS_MODE_ARM,
     .mode_wide = CS_MODE_ARM,
     .argument = ARM64_REG_X0,
     .stack = ARM64_REG_SP,
     .step = 4,
     .evaluate = evaluate_arm64,
     .whole = whole_arm64,
     .kept = {ARM64_REG_X19, ARM64_REG_X20, ARM64_REG_X21, ARM64_REG_X22, ARM64_REG_X23,
              ARM64_REG_X24, ARM64_REG_X25, ARM64_REG_X26, ARM64_REG_X27, ARM64_REG_X28}},
    {.machine = AK_ELF_ARM,
     .arch = CS_ARCH_ARM,
     .mode = CS_MODE_ARM,
     .mode_wide = CS_MODE_ARM,
     .argument = ARM_REG_R0,
     .stack = ARM_REG_SP,
     .step = 4,
     .evaluate = evaluate_arm,
     .whole = whole_same,
     .kept = {ARM_REG_R4, ARM_REG_R5, ARM_REG_R6, ARM_REG_R7, ARM_REG_R8, ARM_REG_R9, ARM_REG_R10,
              ARM_REG_R11}},
    {.machine = AK_ELF_MIPS,
     .arch = CS_ARCH_MIPS,
     .mode = CS_MODE_MIPS32,
     .mode_wide = CS_MODE_MIPS64,
     .argument = MIPS_REG_A0,
     .stack = MIPS_REG_SP,
     .step = 4,
     .evaluate = evaluate_mips,
     .whole = whole_same,
     .kept = {MIPS_REG_S0, MIPS_REG_S1, MIPS_REG_S2, MIPS_REG_S3, MIPS_REG_S4, MIPS_REG_S5,
              MIPS_REG_S6, MIPS_REG_S7}},
};

static bool writes(const AkCallArguments *self, const cs_insn *insn, unsigned reg) {
  cs_regs read, written;
  uint8_t reads = 0, count = 0;
  if (self->arch->machine == AK_ELF_MIPS)
    return writes_mips(insn, reg);
  if (cs_regs_access(self->handle, insn, read, &reads, written, &count) != CS_ERR_OK)
    return true; /* whatever it does, it is not known */
  for (guint i = 0; i < count; i++)
    if (self->arch->whole(written[i]) == reg)
      return true;
  return false;
}

static bool is_call(const AkCallArguments *self, const cs_insn *insn) {
  bool is_mips = self->arch->machine == AK_ELF_MIPS;
  return is_mips ? insn->id == MIPS_INS_JALR || insn->id == MIPS_INS_JAL || insn->id == MIPS_INS_BAL
                 : cs_insn_group(self->handle, insn, CS_GRP_CALL);
}

static bool is_kept(const AkCallArguments *self, unsigned reg) {
  for (gsize i = 0; i < G_N_ELEMENTS(self->arch->kept); i++)
    if (self->arch->kept[i] != 0 && self->arch->kept[i] == reg)
      return true;
  return false;
}

static bool leaves(const AkCallArguments *self, const cs_insn *insn) {
  return cs_insn_group(self->handle, insn, CS_GRP_CALL) ||
         cs_insn_group(self->handle, insn, CS_GRP_JUMP) ||
         cs_insn_group(self->handle, insn, CS_GRP_RET) || insn->id == 0;
}

/* What `reg` holds before instruction `before`, as far as the instructions run one after another.
 */
static Value value_of(AkCallArguments *self, gsize before, unsigned reg, guint depth) {
  reg = self->arch->whole(reg);
  if (reg == self->arch->stack)
    return (Value){.kind = STACK};
  for (gsize i = before; i > 0 && depth < MAX_DEPTH; i--) {
    const cs_insn *insn = &self->insns[i - 1];
    if (is_call(self, insn) && is_kept(self, reg))
      continue;
    if (leaves(self, insn))
      return (Value){0};
    if (writes(self, insn, reg))
      return self->arch->evaluate(self, i - 1, depth + 1);
  }
  return (Value){0};
}

static AkArgument judge_text(const AkCallArguments *self, guint64 address) {
  gsize offset = 0;
  for (guint i = 0; i < self->elf->count; i++) {
    const AkElfSegment *segment = &self->elf->segments[i];
    bool is_within = segment->type == AK_ELF_PT_LOAD && address >= segment->address &&
                     address - segment->address < segment->file_size;
    if (is_within && (segment->flags & PF_W) != 0)
      return AK_ARGUMENT_UNTOLD;
  }
  if (!ak_elf_offset_of(self->elf, address, &offset) || offset >= self->elf->reader.size)
    return AK_ARGUMENT_UNTOLD;
  const guint8 *text = self->elf->reader.data + offset;
  gsize left = MIN(self->elf->reader.size - offset, MAX_TEXT);
  const guint8 *end = memchr(text, '\0', left);
  for (const guint8 *c = text; end != NULL && c < end; c++)
    if (*c < '\t' || *c == 0x7f || (*c > '\r' && *c < ' '))
      return AK_ARGUMENT_UNTOLD;
  if (end == NULL || end == text)
    return AK_ARGUMENT_UNTOLD;
  return memchr(text, '%', (gsize)(end - text)) != NULL ? AK_ARGUMENT_FORMAT : AK_ARGUMENT_CONSTANT;
}

/* --- the instructions around a call ------------------------------------------------------------
 */

/* From the earliest place from which instructions run right up to `site`. */
static bool decode_before(AkCallArguments *self, const guint8 *code, gsize before, guint64 site) {
  guint step = self->thumb ? 2 : self->arch->step;
  for (gsize back = before / step * step; back > 0; back -= step) {
    gsize count = cs_disasm(self->handle, code - back, back, site - back, 0, &self->insns);
    const cs_insn *last = count > 0 ? &self->insns[count - 1] : NULL;
    if (last != NULL && last->address + last->size == site) {
      self->count = count;
      return true;
    }
    if (count > 0)
      cs_free(self->insns, count);
    self->insns = NULL;
  }
  return false;
}

/* Of MIPS: on to the jump and the instruction behind it, which still runs before the target does.
 */
static gsize end_of_mips(const AkCallArguments *self, gsize from) {
  for (gsize i = from; i + 1 < self->count; i++)
    if (leaves(self, &self->insns[i]))
      return i;
  return 0;
}

/* From the earliest place from which instructions run up to the jump; its index, or 0. */
static gsize decode_mips(AkCallArguments *self, const guint8 *code, gsize before, gsize left,
                         guint64 site) {
  gsize behind = MIN(left, 4 * BEHIND_COUNT) / 4 * 4;
  for (gsize back = before + 4; back >= 4; back -= 4) {
    gsize start = back - 4;
    self->count =
        cs_disasm(self->handle, code - start, start + behind, site - start, 0, &self->insns);
    gsize jump = end_of_mips(self, start / 4);
    if (jump > 0)
      return jump;
    if (self->count > 0)
      cs_free(self->insns, self->count);
    self->insns = NULL;
    self->count = 0;
  }
  return 0;
}

static Value argument_of_mips(AkCallArguments *self, const guint8 *code, gsize before, gsize left,
                              guint64 site) {
  gsize jump = decode_mips(self, code, before, left, site);
  if (jump == 0)
    return (Value){0};
  /* the slot behind the jump counts as if it stood before */
  if (writes(self, &self->insns[jump + 1], self->arch->argument)) {
    const cs_insn slot = self->insns[jump + 1];
    self->insns[jump + 1] = self->insns[jump];
    self->insns[jump] = slot;
    jump++;
  }
  return value_of(self, jump, self->arch->argument, 0);
}

AkArgument ak_call_argument(AkCallArguments *self, guint64 site, bool thumb) {
  gsize offset = 0;
  if (!ak_elf_offset_of(self->elf, site, &offset) || offset >= self->elf->reader.size)
    return AK_ARGUMENT_UNTOLD;
  const guint8 *code = self->elf->reader.data + offset;
  gsize before = MIN(offset, BEFORE_BYTES) / 4 * 4;
  Value value = {0};
  self->thumb = thumb;
  if (self->arch->machine == AK_ELF_ARM)
    cs_option(self->handle, CS_OPT_MODE, thumb ? CS_MODE_THUMB : CS_MODE_ARM);
  if (self->arch->machine == AK_ELF_MIPS)
    value = argument_of_mips(self, code, before, self->elf->reader.size - offset, site);
  else if (decode_before(self, code, before, site))
    value = value_of(self, self->count, self->arch->argument, 0);
  if (self->count > 0)
    cs_free(self->insns, self->count);
  self->insns = NULL;
  self->count = 0;
  return value.kind == STACK      ? AK_ARGUMENT_BUILT
         : value.kind == CONSTANT ? judge_text(self, value.value)
                                  : AK_ARGUMENT_UNTOLD;
}

bool ak_call_arguments_preload(GError **error) {
  return ak_capstone_load(error);
}

AkCallArguments *ak_call_arguments_new(AkElf *elf, guint64 global_pointer) {
  bool is_there = ak_capstone_load(NULL);
  for (gsize i = 0; is_there && i < G_N_ELEMENTS(archs); i++) {
    const Arch *arch = &archs[i];
    csh handle = 0;
    unsigned order = elf->little ? CS_MODE_LITTLE_ENDIAN : (unsigned)CS_MODE_BIG_ENDIAN;
    unsigned mode = (elf->wide ? arch->mode_wide : arch->mode) | order;
    if (arch->machine != elf->machine || !cs_support((int)arch->arch) ||
        cs_open(arch->arch, (cs_mode)mode, &handle) != CS_ERR_OK)
      continue;
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    AkCallArguments *self = g_new0(AkCallArguments, 1);
    *self = (AkCallArguments){
        .elf = elf, .global_pointer = global_pointer, .arch = arch, .handle = handle};
    return self;
  }
  return NULL;
}

void ak_call_arguments_free(AkCallArguments *self) {
  if (self == NULL)
    return;
  cs_close(&self->handle);
  g_free(self);
}
