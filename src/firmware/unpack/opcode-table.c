/* How often instructions stand in programs: of 10,000 units, how many have the bits `value` under
 * `mask`.
 *
 * Encodings: Arm ARM DDI 0487 and DDI 0406, MIPS MD00086, Power ISA 3.1, RISC-V Unprivileged ISA
 * 20191213, Intel SDM volume 2. Frequencies: counted in the .text of libc.so.6 of Debian 12's
 * libc6-*-cross packages (of ARM, Thumb and x86 also of busybox, x86-64 of bash and busybox); the
 * first pattern that fits counts. A unit is a word or a half-word; of x86, whose instructions have
 * any length, the four bytes from a place on, and the next unit begins behind what the pattern says
 * (docs/formats/firmware.md, "What unknown bytes look like"). */
#include "firmware/unpack/opcodes.h"

static const AkOpcode aarch64[] = {
    {0xd65f03c0, 0xffffffff, 145}, /* ret */
    {0xd503201f, 0xffffffff, 227}, /* nop */
    {0xa9807bfd, 0xffc07fff, 71},  /* stp x29, x30, [sp, -n]! */
    {0xa8c07bfd, 0xffc07fff, 92},  /* ldp x29, x30, [sp], n */
    {0xa9000000, 0xffc00000, 248}, /* stp x, x */
    {0xa9400000, 0xffc00000, 304}, /* ldp x, x */
    {0x94000000, 0xff000000, 187}, /* bl forwards */
    {0x97000000, 0xff000000, 303}, /* bl backwards */
    {0x90000000, 0x9f000000, 324}, /* adrp */
    {0x91000000, 0xff800000, 610}, /* add x, x, n */
    {0xd1000000, 0xff800000, 60},  /* sub x, x, n */
    {0xf9400000, 0xffc00000, 824}, /* ldr x */
    {0xf9000000, 0xffc00000, 368}, /* str x */
    {0xb9400000, 0xffc00000, 285}, /* ldr w */
    {0xb9000000, 0xffc00000, 195}, /* str w */
    {0x39400000, 0xffc00000, 85},  /* ldrb */
    {0x39000000, 0xffc00000, 30},  /* strb */
    {0xaa0003e0, 0xffe0ffe0, 811}, /* mov x, x */
    {0x2a0003e0, 0xffe0ffe0, 213}, /* mov w, w */
    {0xf100001f, 0xffc0001f, 61},  /* cmp x, n */
    {0x7100001f, 0xffc0001f, 243}, /* cmp w, n */
    {0x6b00001f, 0x7fe0001f, 235}, /* cmp register */
    {0x54000000, 0xff000010, 648}, /* b.cond */
    {0x34000000, 0x7e000000, 395}, /* cbz, cbnz */
    {0x36000000, 0x7e000000, 105}, /* tbz, tbnz */
    {0x14000000, 0xff000000, 55},  /* b forwards */
    {0x17000000, 0xff000000, 395}, /* b backwards */
    {0x52800000, 0x7f800000, 665}, /* movz */
    {0x8b000000, 0xffe0fc00, 109}, /* add x, x, x */
    {0, 0, 0},
};
static const AkOpcode arm[] = {
    {0xe12fff1e, 0xffffffff, 19},  /* bx lr */
    {0xe92d4000, 0xffff4000, 80},  /* push {…, lr} */
    {0xe8bd8000, 0xffff8000, 82},  /* pop {…, pc} */
    {0xe24dd000, 0xfffff000, 43},  /* sub sp, sp, n */
    {0xe28dd000, 0xfffff000, 51},  /* add sp, sp, n */
    {0xe59f0000, 0xffff0000, 495}, /* ldr r, [pc, n] */
    {0xe1a00000, 0xfff00ff0, 918}, /* mov r, r */
    {0xe3a00000, 0xfff00000, 492}, /* mov r, n */
    {0xe3500000, 0xfff0f000, 592}, /* cmp r, n */
    {0xe1500000, 0xfff0f000, 230}, /* cmp r, r */
    {0xe5900000, 0xfff00000, 912}, /* ldr */
    {0xe5800000, 0xfff00000, 526}, /* str */
    {0xe5100000, 0xfff00000, 149}, /* ldr, backwards */
    {0xe5000000, 0xfff00000, 81},  /* str, backwards */
    {0xe5d00000, 0xfff00000, 150}, /* ldrb */
    {0xe5c00000, 0xfff00000, 57},  /* strb */
    {0xe7900000, 0xfff00000, 207}, /* ldr r, [r, r] */
    {0xe2800000, 0xfff00000, 313}, /* add r, r, n */
    {0xe2400000, 0xfff00000, 124}, /* sub r, r, n */
    {0xe0800000, 0xfff00000, 471}, /* add r, r, r */
    {0xeb000000, 0xff000000, 600}, /* bl */
    {0xea000000, 0xff000000, 491}, /* b */
    {0x0a000000, 0xff000000, 385}, /* beq */
    {0x1a000000, 0xff000000, 345}, /* bne */
    {0x03a00000, 0xfff00000, 29},  /* moveq */
    {0x13a00000, 0xfff00000, 37},  /* movne */
    {0, 0, 0},
};
static const AkOpcode thumb[] = {
    {0x4770, 0xffff, 21},  /* bx lr */
    {0xb500, 0xff00, 41},  /* push {…, lr} */
    {0xbd00, 0xff00, 41},  /* pop {…, pc} */
    {0xe92d, 0xffff, 24},  /* push.w */
    {0xe8bd, 0xffff, 37},  /* pop.w */
    {0xf8df, 0xffff, 37},  /* ldr.w r, [pc, n] */
    {0xf8d0, 0xfff0, 120}, /* ldr.w */
    {0xf8c0, 0xfff0, 69},  /* str.w */
    {0xf04f, 0xffef, 129}, /* mov.w */
    {0xbf00, 0xffff, 43},  /* nop */
    {0xbf00, 0xff00, 124}, /* it */
    {0xb000, 0xff00, 85},  /* add, sub sp */
    {0x4600, 0xff00, 715}, /* mov */
    {0x4478, 0xffff, 47},  /* add r, pc */
    {0x4400, 0xfc00, 378}, /* add, cmp, mov, bx high */
    {0xb100, 0xf500, 141}, /* cbz, cbnz */
    {0x4800, 0xf800, 373}, /* ldr r, [pc, n] */
    {0x2000, 0xf800, 430}, /* movs */
    {0x2800, 0xf800, 404}, /* cmp */
    {0x3000, 0xf000, 360}, /* adds, subs n */
    {0x6800, 0xf800, 484}, /* ldr */
    {0x6000, 0xf800, 243}, /* str */
    {0x9800, 0xf800, 247}, /* ldr r, [sp, n] */
    {0x9000, 0xf800, 221}, /* str r, [sp, n] */
    {0x7800, 0xf800, 89},  /* ldrb */
    {0xd000, 0xfe00, 311}, /* beq, bne */
    {0xf000, 0xfc00, 645}, /* bl, first half */
    {0xf7c0, 0xffc0, 191}, /* bl backwards, first half */
    {0x1800, 0xfc00, 69},  /* adds, subs r */
    {0xe000, 0xf800, 282}, /* b */
    {0x4200, 0xff00, 131}, /* tst, cmp */
    {0, 0, 0},
};
static const AkOpcode mips_be[] = {
    {0x03e00008, 0xffffffff, 122}, /* jr ra */
    {0x27bd0000, 0xffff0000, 81},  /* addiu sp, sp, n */
    {0x67bd0000, 0xffff0000, 84},  /* daddiu sp, sp, n */
    {0xafbf0000, 0xffff0000, 35},  /* sw ra, n(sp) */
    {0x8fbf0000, 0xffff0000, 49},  /* lw ra, n(sp) */
    {0xffbf0000, 0xffff0000, 32},  /* sd ra, n(sp) */
    {0xdfbf0000, 0xffff0000, 46},  /* ld ra, n(sp) */
    {0x0320f809, 0xffffffff, 261}, /* jalr t9 */
    {0x03200008, 0xffffffff, 11},  /* jr t9 */
    {0x8f990000, 0xffff0000, 179}, /* lw t9, n(gp) */
    {0xdf990000, 0xffff0000, 169}, /* ld t9, n(gp) */
    {0x8f800000, 0xffe00000, 154}, /* lw r, n(gp) */
    {0xdf800000, 0xffe00000, 146}, /* ld r, n(gp) */
    {0x3c000000, 0xffe00000, 120}, /* lui */
    {0xafa00000, 0xffe00000, 375}, /* sw r, n(sp) */
    {0x8fa00000, 0xffe00000, 515}, /* lw r, n(sp) */
    {0xffa00000, 0xffe00000, 304}, /* sd r, n(sp) */
    {0xdfa00000, 0xffe00000, 395}, /* ld r, n(sp) */
    {0x24000000, 0xffe00000, 578}, /* li */
    {0x00000025, 0xfc1f07ff, 983}, /* move (or) */
    {0x24000000, 0xfc000000, 406}, /* addiu */
    {0x64000000, 0xfc000000, 301}, /* daddiu */
    {0x8c000000, 0xfc000000, 553}, /* lw */
    {0xac000000, 0xfc000000, 306}, /* sw */
    {0x90000000, 0xfc000000, 65},  /* lbu */
    {0xa0000000, 0xfc000000, 59},  /* sb */
    {0xdc000000, 0xfc000000, 294}, /* ld */
    {0xfc000000, 0xfc000000, 156}, /* sd */
    {0x10000000, 0xffff0000, 381}, /* b */
    {0x04110000, 0xffff0000, 144}, /* bal */
    {0x10000000, 0xfc1f0000, 414}, /* beqz */
    {0x14000000, 0xfc1f0000, 264}, /* bnez */
    {0x10000000, 0xfc000000, 172}, /* beq */
    {0x14000000, 0xfc000000, 140}, /* bne */
    {0x00000021, 0xfc0007ff, 210}, /* addu */
    {0, 0, 0},
};
static const AkOpcode mips_le[] = {
    {0x03e00008, 0xffffffff, 122}, /* jr ra */
    {0x27bd0000, 0xffff0000, 80},  /* addiu sp, sp, n */
    {0x67bd0000, 0xffff0000, 83},  /* daddiu sp, sp, n */
    {0xafbf0000, 0xffff0000, 35},  /* sw ra, n(sp) */
    {0x8fbf0000, 0xffff0000, 49},  /* lw ra, n(sp) */
    {0xffbf0000, 0xffff0000, 31},  /* sd ra, n(sp) */
    {0xdfbf0000, 0xffff0000, 46},  /* ld ra, n(sp) */
    {0x0320f809, 0xffffffff, 260}, /* jalr t9 */
    {0x03200008, 0xffffffff, 11},  /* jr t9 */
    {0x8f990000, 0xffff0000, 178}, /* lw t9, n(gp) */
    {0xdf990000, 0xffff0000, 168}, /* ld t9, n(gp) */
    {0x8f800000, 0xffe00000, 153}, /* lw r, n(gp) */
    {0xdf800000, 0xffe00000, 146}, /* ld r, n(gp) */
    {0x3c000000, 0xffe00000, 119}, /* lui */
    {0xafa00000, 0xffe00000, 375}, /* sw r, n(sp) */
    {0x8fa00000, 0xffe00000, 514}, /* lw r, n(sp) */
    {0xffa00000, 0xffe00000, 304}, /* sd r, n(sp) */
    {0xdfa00000, 0xffe00000, 394}, /* ld r, n(sp) */
    {0x24000000, 0xffe00000, 576}, /* li */
    {0x00000025, 0xfc1f07ff, 979}, /* move (or) */
    {0x24000000, 0xfc000000, 405}, /* addiu */
    {0x64000000, 0xfc000000, 300}, /* daddiu */
    {0x8c000000, 0xfc000000, 551}, /* lw */
    {0xac000000, 0xfc000000, 305}, /* sw */
    {0x90000000, 0xfc000000, 65},  /* lbu */
    {0xa0000000, 0xfc000000, 59},  /* sb */
    {0xdc000000, 0xfc000000, 293}, /* ld */
    {0xfc000000, 0xfc000000, 156}, /* sd */
    {0x10000000, 0xffff0000, 379}, /* b */
    {0x04110000, 0xffff0000, 143}, /* bal */
    {0x10000000, 0xfc1f0000, 413}, /* beqz */
    {0x14000000, 0xfc1f0000, 263}, /* bnez */
    {0x10000000, 0xfc000000, 171}, /* beq */
    {0x14000000, 0xfc000000, 139}, /* bne */
    {0x00000021, 0xfc0007ff, 210}, /* addu */
    {0, 0, 0},
};
static const AkOpcode powerpc_be[] = {
    {0x4e800020, 0xffffffff, 111}, /* blr */
    {0x7c0802a6, 0xffffffff, 73},  /* mflr r0 */
    {0x7c0803a6, 0xffffffff, 90},  /* mtlr r0 */
    {0x4e800420, 0xfffffffe, 21},  /* bctr */
    {0x60000000, 0xffffffff, 743}, /* nop */
    {0x94218000, 0xffff8000, 45},  /* stwu r1 */
    {0xf8218001, 0xffff8003, 33},  /* stdu r1 */
    {0x90010000, 0xffff0000, 33},  /* stw r0, n(r1) */
    {0x80010000, 0xffff0000, 44},  /* lwz r0, n(r1) */
    {0xf8010000, 0xffff0003, 41},  /* std r0, n(r1) */
    {0xe8010000, 0xffff0003, 49},  /* ld r0, n(r1) */
    {0x48000001, 0xfc000003, 357}, /* bl */
    {0x48000000, 0xfc000003, 369}, /* b */
    {0x41820000, 0xffff0003, 395}, /* beq */
    {0x40820000, 0xffff0003, 285}, /* bne */
    {0x40000000, 0xf8000003, 336}, /* bc */
    {0x38000000, 0xfc1f0000, 594}, /* li */
    {0x3c000000, 0xfc1f0000, 24},  /* lis */
    {0x2c000000, 0xfc400000, 493}, /* cmpwi */
    {0x28000000, 0xfc400000, 64},  /* cmplwi */
    {0x7c000000, 0xfc4007fe, 82},  /* cmpw */
    {0x7c000378, 0xfc0007fe, 779}, /* mr, or */
    {0x7c000214, 0xfc0007fe, 197}, /* add */
    {0x38210000, 0xffff0000, 98},  /* addi r1, r1, n */
    {0x38000000, 0xfc000000, 528}, /* addi */
    {0x3c000000, 0xfc000000, 89},  /* addis */
    {0x80000000, 0xfc000000, 896}, /* lwz */
    {0x90000000, 0xfc000000, 574}, /* stw */
    {0x88000000, 0xfc000000, 86},  /* lbz */
    {0x98000000, 0xfc000000, 43},  /* stb */
    {0xe8000000, 0xfc000003, 560}, /* ld */
    {0xf8000000, 0xfc000003, 348}, /* std */
    {0x54000000, 0xfc000000, 166}, /* rlwinm */
    {0, 0, 0},
};
static const AkOpcode powerpc_le[] = {
    {0x4e800020, 0xffffffff, 114}, /* blr */
    {0x7c0802a6, 0xffffffff, 79},  /* mflr r0 */
    {0x7c0803a6, 0xffffffff, 94},  /* mtlr r0 */
    {0x4e800420, 0xfffffffe, 19},  /* bctr */
    {0x60000000, 0xffffffff, 654}, /* nop */
    {0xf8218001, 0xffff8003, 63},  /* stdu r1 */
    {0xf8010000, 0xffff0003, 80},  /* std r0, n(r1) */
    {0xe8010000, 0xffff0003, 94},  /* ld r0, n(r1) */
    {0x3c4c0000, 0xffff0000, 73},  /* addis r2, r12, n */
    {0x38420000, 0xffff0000, 73},  /* addi r2, r2, n */
    {0x48000001, 0xfc000003, 325}, /* bl */
    {0x48000000, 0xfc000003, 347}, /* b */
    {0x41820000, 0xffff0003, 374}, /* beq */
    {0x40820000, 0xffff0003, 253}, /* bne */
    {0x40000000, 0xf8000003, 355}, /* bc */
    {0x38000000, 0xfc1f0000, 580}, /* li */
    {0x3c000000, 0xfc1f0000, 23},  /* lis */
    {0x2c000000, 0xfc400000, 477}, /* cmpwi */
    {0x28000000, 0xfc400000, 65},  /* cmplwi */
    {0x7c000000, 0xfc4007fe, 76},  /* cmpw */
    {0x7c000378, 0xfc0007fe, 703}, /* mr, or */
    {0x7c000214, 0xfc0007fe, 186}, /* add */
    {0x38210000, 0xffff0000, 76},  /* addi r1, r1, n */
    {0x38000000, 0xfc000000, 568}, /* addi */
    {0x3c000000, 0xfc000000, 113}, /* addis */
    {0x80000000, 0xfc000000, 175}, /* lwz */
    {0x90000000, 0xfc000000, 134}, /* stw */
    {0x88000000, 0xfc000000, 74},  /* lbz */
    {0x98000000, 0xfc000000, 36},  /* stb */
    {0xe8000000, 0xfc000003, 988}, /* ld */
    {0xf8000000, 0xfc000003, 638}, /* std */
    {0x54000000, 0xfc000000, 96},  /* rlwinm */
    {0, 0, 0},
};
static const AkOpcode riscv[] = {
    {0x8082, 0xffff, 92},  /* ret */
    {0x1101, 0xffff, 9},   /* addi sp, sp, -32 */
    {0x1141, 0xffff, 8},   /* addi sp, sp, -16 */
    {0x6100, 0xef83, 10},  /* addi16sp -n */
    {0x6101, 0xef83, 81},  /* addi16sp, lui */
    {0x0001, 0xffff, 2},   /* nop */
    {0xec06, 0xffff, 10},  /* sd ra, 24(sp) */
    {0xe406, 0xffff, 9},   /* sd ra, 8(sp) */
    {0x60e2, 0xffff, 14},  /* ld ra, 24(sp) */
    {0x60a2, 0xffff, 8},   /* ld ra, 8(sp) */
    {0xe002, 0xe003, 464}, /* c.sdsp */
    {0x6002, 0xe003, 482}, /* c.ldsp */
    {0x4001, 0xe003, 570}, /* c.li */
    {0x8002, 0xf003, 656}, /* c.mv */
    {0x9002, 0xf003, 224}, /* c.add */
    {0x0001, 0xe003, 575}, /* c.addi */
    {0x6000, 0xe003, 200}, /* c.ld */
    {0xe000, 0xe003, 191}, /* c.sd */
    {0x4000, 0xe003, 157}, /* c.lw */
    {0xc000, 0xe003, 75},  /* c.sw */
    {0xc001, 0xe003, 151}, /* c.beqz */
    {0xe001, 0xe003, 197}, /* c.bnez */
    {0xa001, 0xe003, 274}, /* c.j */
    {0x0000, 0xe003, 509}, /* c.addi4spn */
    {0x00ef, 0x0fff, 309}, /* jal ra */
    {0x0097, 0x0fff, 2},   /* auipc ra */
    {0x0017, 0x007f, 259}, /* auipc */
    {0x0013, 0x007f, 627}, /* op-imm */
    {0x0063, 0x007f, 583}, /* branch */
    {0x0003, 0x007f, 558}, /* load */
    {0x0023, 0x007f, 289}, /* store */
    {0, 0, 0},
};
static const AkOpcode x86_64[] = {
    {0x0f840000, 0xfffe0000, 105}, /* je, jne near */
    {0x0f1f0000, 0xffff0000, 58},  /* nop */
    {0x660f1f00, 0xffffff00, 15},  /* nop */
    {0x48890000, 0xffff0000, 208}, /* mov */
    {0x488b0000, 0xffff0000, 152}, /* mov */
    {0x488d0000, 0xffff0000, 112}, /* lea */
    {0x48830000, 0xffff0000, 60},  /* add, cmp n */
    {0x48850000, 0xffff0000, 50},  /* test */
    {0x48810000, 0xffff0000, 9},   /* add, cmp n */
    {0x48390000, 0xffff0000, 10},  /* cmp */
    {0x48c70000, 0xffff0000, 9},   /* mov n */
    {0x48010000, 0xfffd0000, 10},  /* add */
    {0x48290000, 0xfffd0000, 14},  /* sub */
    {0x4c890000, 0xfffd0000, 91},  /* mov */
    {0x4c8d0000, 0xffff0000, 20},  /* lea */
    {0x49890000, 0xffff0000, 33},  /* mov */
    {0x498b0000, 0xffff0000, 11},  /* mov */
    {0x4d890000, 0xffff0000, 5},   /* mov */
    {0x44890000, 0xfffd0000, 47},  /* mov */
    {0x41890000, 0xffff0000, 19},  /* mov */
    {0x45310000, 0xffff0000, 15},  /* xor */
    {0x41500000, 0xfff00000, 92},  /* push, pop r8… */
    {0x0fb60000, 0xffff0000, 27},  /* movzx */
    {0xe8000000, 0xff0000ff, 20},  /* call forwards */
    {0xe80000ff, 0xff0000ff, 78},  /* call backwards */
    {0xe9000000, 0xff0000ff, 15},  /* jmp */
    {0x85c00000, 0xffff0000, 42},  /* test eax, eax */
    {0x31c00000, 0xffff0000, 50},  /* xor eax, eax */
    {0xc7000000, 0xff000000, 65},  /* mov n */
    {0x83000000, 0xff000000, 104}, /* add, cmp n */
    {0x89000000, 0xff000000, 104}, /* mov */
    {0x8b000000, 0xff000000, 94},  /* mov */
    {0x74000000, 0xfe000000, 218}, /* je, jne */
    {0xeb000000, 0xff000000, 67},  /* jmp */
    {0x5b000000, 0xff000000, 38},  /* pop rbx */
    {0x5d000000, 0xff000000, 31},  /* pop rbp */
    {0x55000000, 0xff000000, 29},  /* push rbp */
    {0x53000000, 0xff000000, 36},  /* push rbx */
    {0xc3000000, 0xff000000, 73},  /* ret */
    {0, 0, 0},
};
static const AkOpcode x86[] = {
    {0x0f840000, 0xfffe0000, 117}, /* je, jne near */
    {0x8b442400, 0xffffff00, 74},  /* mov eax, [esp+n] */
    {0x8b042400, 0xff07ff00, 141}, /* mov r, [esp+n] */
    {0x89042400, 0xff07ff00, 124}, /* mov [esp+n], r */
    {0x8b400000, 0xffc00000, 106}, /* mov r, [r+n] */
    {0x89400000, 0xffc00000, 62},  /* mov [r+n], r */
    {0x89c00000, 0xffc00000, 149}, /* mov r, r */
    {0x8b800000, 0xffc00000, 67},  /* mov r, [r+N] */
    {0x8d000000, 0xff000000, 262}, /* lea */
    {0x83ec0000, 0xffff0000, 79},  /* sub esp */
    {0x83c40000, 0xffff0000, 102}, /* add esp */
    {0x83000000, 0xff000000, 195}, /* add, cmp n */
    {0x85c00000, 0xffc00000, 111}, /* test r, r */
    {0x31c00000, 0xffc00000, 61},  /* xor r, r */
    {0x39000000, 0xff000000, 53},  /* cmp */
    {0xc7042400, 0xff07ff00, 22},  /* mov [esp+n], N */
    {0xc7000000, 0xff000000, 57},  /* mov n */
    {0xff700000, 0xfff80000, 48},  /* push [r+n] */
    {0xffb00000, 0xfff80000, 9},   /* push [r+N] */
    {0x6a000000, 0xff000000, 39},  /* push n */
    {0x68000000, 0xff000000, 18},  /* push N */
    {0x0fb60000, 0xffff0000, 30},  /* movzx */
    {0x65a10000, 0xffff0000, 8},   /* mov eax, gs:n */
    {0xe8000000, 0xff0000ff, 17},  /* call forwards */
    {0xe80000ff, 0xff0000ff, 45},  /* call backwards */
    {0xe9000000, 0xff0000ff, 10},  /* jmp */
    {0x81c30000, 0xffff0000, 11},  /* add ebx, N */
    {0x50000000, 0xf8000000, 324}, /* push */
    {0x58000000, 0xf8000000, 178}, /* pop */
    {0x89000000, 0xff000000, 56},  /* mov */
    {0x8b000000, 0xff000000, 47},  /* mov */
    {0x74000000, 0xfe000000, 183}, /* je, jne */
    {0xeb000000, 0xff000000, 61},  /* jmp */
    {0xc3000000, 0xff000000, 54},  /* ret */
    {0, 0, 0},
};

const AkOpcodeTable ak_opcode_tables[] = {
    {"aarch64", 4, false, aarch64},
    {"arm", 4, false, arm},
    {"thumb", 2, false, thumb},
    {"mips-be", 4, true, mips_be},
    {"mips-le", 4, false, mips_le},
    {"powerpc-be", 4, true, powerpc_be},
    {"powerpc-le", 4, false, powerpc_le},
    {"riscv", 2, false, riscv},
    {"x86-64", 1, true, x86_64},
    {"x86", 1, true, x86},
    {NULL, 0, false, NULL},
};
