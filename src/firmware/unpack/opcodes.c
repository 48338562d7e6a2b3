#include "firmware/unpack/opcodes.h"

#include <math.h>

#define MAX_BYTES 65536u
#define MIN_UNITS 64u
#define MAX_TABLES 16
#define MAX_OPCODES 64
#define MAX_MILLIBITS 14000 /* of one unit: a constant that fills a table is no program */

/* What a unit says, in 1/1000 bit: log2(its frequency in programs / its frequency by chance). */
typedef struct {
  const AkOpcodeTable *table;
  gint weights[MAX_OPCODES + 1]; /* the last: no pattern fits */
  guint64 by_first[256];         /* patterns that fit a unit's most significant byte */
  guint lengths[MAX_OPCODES];    /* unit 1: bytes that the pattern takes */
  guint count;
} Model;

static guint top_shift(const AkOpcodeTable *table) {
  return table->unit == 2 ? 8 : 24;
}

/* Up to the last byte that the mask looks at; a call's or a jump's target is looked at in its last
 * one. */
static guint length_of(guint32 mask) {
  return mask == 0xff0000ff ? 5 : 4 - (guint)__builtin_ctz(mask) / 8;
}

static void fill_model(Model *self, const AkOpcodeTable *table) {
  guint shift = top_shift(table);
  double programs = 0, chance = 0;
  self->table = table;
  for (; table->opcodes[self->count].mask != 0 && self->count < MAX_OPCODES; self->count++) {
    const AkOpcode *opcode = &table->opcodes[self->count];
    double bits = __builtin_popcount(opcode->mask), share = opcode->per_10000 / 10000.0;
    gint weight = (gint)lrint((log2(share) + bits) * 1000);
    self->weights[self->count] = MIN(weight, MAX_MILLIBITS);
    self->lengths[self->count] = length_of(opcode->mask);
    programs += share;
    chance += exp2(-bits);
    for (guint byte = 0; byte < 256; byte++)
      if ((byte & opcode->mask >> shift) == opcode->value >> shift)
        self->by_first[byte] |= 1ull << self->count;
  }
  self->weights[MAX_OPCODES] = (gint)lrint(log2((1 - programs) / (1 - chance)) * 1000);
}

/* Made of constant data once, then only read. */
static const Model *models(void) {
  static gsize made;
  if (g_once_init_enter(&made)) {
    Model *all = g_new0(Model, MAX_TABLES);
    for (guint i = 0; ak_opcode_tables[i].architecture != NULL && i < MAX_TABLES - 1; i++)
      fill_model(&all[i], &ak_opcode_tables[i]);
    g_once_init_leave(&made, (gsize)all);
  }
  return (const Model *)made;
}

static guint32 unit_at(const AkOpcodeTable *table, const guint8 *data) {
  guint32 a = data[0], b = data[1];
  if (table->unit == 2)
    return table->is_big ? a << 8 | b : b << 8 | a;
  guint32 c = data[2], d = data[3];
  return table->is_big ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a;
}

/* The number of the first pattern that fits, or MAX_OPCODES. */
static guint match(const Model *self, guint32 unit) {
  for (guint64 some = self->by_first[unit >> top_shift(self->table)]; some != 0; some &= some - 1) {
    guint i = (guint)__builtin_ctzll(some);
    if ((unit & self->table->opcodes[i].mask) == self->table->opcodes[i].value)
      return i;
  }
  return MAX_OPCODES;
}

static bool is_filler(const AkOpcodeTable *table, guint32 unit) {
  guint32 full = table->unit == 2 ? 0xffff : 0xffffffff;
  return table->unit > 1 && (unit == 0 || unit == full);
}

/* Fills `out` with what the model says of the units from `phase` on. */
static bool weigh(const Model *self, const guint8 *data, gsize size, gsize phase,
                  AkOpcodeGuess *out) {
  const AkOpcodeTable *table = self->table;
  gint64 millibits = 0;
  guint64 seen = 0, bytes = 0;
  gsize need = table->unit == 2 ? 2 : 4;
  for (gsize at = phase; at + need <= size;) {
    guint32 unit = unit_at(table, data + at);
    gsize length = table->unit;
    if (!is_filler(table, unit)) {
      guint which = match(self, unit);
      if (table->unit == 1 && which < MAX_OPCODES)
        length = self->lengths[which];
      seen |= which < MAX_OPCODES ? 1ull << which : 0;
      millibits += self->weights[which];
      bytes += length;
    }
    at += length;
  }
  if (bytes < (guint64)MIN_UNITS * need)
    return false;
  out->architecture = table->architecture;
  out->centibits = (gint)(millibits / 10 / (gint64)bytes);
  out->kinds = (guint)__builtin_popcountll(seen);
  return true;
}

bool ak_opcodes_guess(const guint8 *data, gsize size, AkOpcodeGuess *out) {
  AkOpcodeGuess best = {.centibits = G_MININT, .next_centibits = G_MININT};
  for (const Model *model = models(); model->table != NULL; model++) {
    AkOpcodeGuess own = {.centibits = G_MININT};
    for (gsize phase = 0; phase < model->table->unit; phase++) {
      AkOpcodeGuess guess = {0};
      if (weigh(model, data, MIN(size, MAX_BYTES), phase, &guess) &&
          guess.centibits > own.centibits)
        own = guess;
    }
    own.next_centibits =
        own.centibits > best.centibits ? best.centibits : MAX(best.next_centibits, own.centibits);
    if (own.centibits <= best.centibits)
      best.next_centibits = own.next_centibits;
    else
      best = own;
  }
  if (best.architecture != NULL)
    *out = best;
  return best.architecture != NULL;
}
