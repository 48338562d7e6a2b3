#include "chain/rule/names.h"

#include <string.h>

#define IS_NUMBER (1u << 31) /* in `Name.size` */
#define HASH_ROOM_LEAST 64

typedef struct {
  guint32 start; /* of a text: where it stands in `texts`; of a number: the number */
  guint32 size;
} Name;

struct _AkChainNames {
  GArray *names; /* of Name */
  GByteArray *texts;
  AkChainNumbers numbers;
  guint32 *slots; /* hash table of names + 1, open addressing */
  guint32 slot_count, texts_count;
  guint64 seed;
};

AkChainNames *ak_chain_names_new(void) {
  AkChainNames *self = g_new0(AkChainNames, 1);
  self->names = g_array_new(FALSE, FALSE, sizeof(Name));
  self->texts = g_byte_array_new();
  self->slot_count = HASH_ROOM_LEAST;
  self->slots = g_new0(guint32, self->slot_count);
  /* where a name stands in the table is never seen from outside: any seed gives the same numbers */
  self->seed = (guint64)g_random_int() << 32 | g_random_int();
  return self;
}

void ak_chain_names_free(AkChainNames *self) {
  if (self == NULL)
    return;
  g_array_unref(self->names);
  g_byte_array_unref(self->texts);
  g_free(self->numbers.by_number);
  g_free(self->slots);
  g_free(self);
}

const AkChainNumbers *ak_chain_names_numbers(const AkChainNames *self) {
  return &self->numbers;
}

guint32 ak_chain_names_count(const AkChainNames *self) {
  return self->names->len;
}

/* A whole number in its one spelling, or -1. */
static gint64 number_of(const char *text, gsize size) {
  gint64 number = 0;
  if (size == 0 || size > AK_CHAIN_NAMES_DIGITS || (text[0] == '0' && size > 1))
    return -1;
  for (gsize i = 0; i < size; i++) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

static const Name *name_at(const AkChainNames *self, guint32 number) {
  return &g_array_index(self->names, Name, number);
}

/* Multiplication by odd constants and folding, keyed by the seed (after Wang Yi's wyhash). */
static guint64 hash_of(const AkChainNames *self, const char *text, gsize size) {
  guint64 hash = self->seed ^ size;
  for (gsize i = 0; i < size; i += 8) {
    guint64 word = 0;
    memcpy(&word, text + i, MIN(8, size - i));
    __uint128_t product = (__uint128_t)(hash ^ word) * 0x9e3779b97f4a7c15u;
    hash = (guint64)product ^ (guint64)(product >> 64) ^ self->seed;
  }
  return hash ^ hash >> 32;
}

/* The slot of a text, or the empty one where it would stand. */
static guint32 slot_of(const AkChainNames *self, const char *text, gsize size) {
  guint32 mask = self->slot_count - 1;
  guint32 slot = (guint32)hash_of(self, text, size) & mask;
  for (; self->slots[slot] != 0; slot = (slot + 1) & mask) {
    const Name *name = name_at(self, self->slots[slot] - 1);
    if (name->size == size && memcmp(self->texts->data + name->start, text, size) == 0)
      break;
  }
  return slot;
}

static void make_slots(AkChainNames *self, guint32 count) {
  g_free(self->slots);
  self->slot_count = count;
  self->slots = g_new0(guint32, self->slot_count);
  for (guint32 i = 0; i < self->names->len; i++) {
    const Name *name = name_at(self, i);
    if ((name->size & IS_NUMBER) == 0)
      self->slots[slot_of(self, (const char *)self->texts->data + name->start, name->size)] = i + 1;
  }
}

void ak_chain_names_expect(AkChainNames *self, guint32 count) {
  guint64 wanted = ((guint64)self->texts_count + count) * 2, slots = self->slot_count;
  while (slots < wanted)
    slots *= 2;
  if (slots > self->slot_count && slots <= (guint64)1 << 31)
    make_slots(self, (guint32)slots);
}

static void make_number_room(AkChainNames *self, guint32 number) {
  guint32 room = MAX(number + 1, self->numbers.room * 2);
  self->numbers.by_number = g_renew(guint32, self->numbers.by_number, room);
  memset(self->numbers.by_number + self->numbers.room, 0,
         (room - self->numbers.room) * sizeof *self->numbers.by_number);
  self->numbers.room = room;
}

guint32 ak_chain_names_add_number(AkChainNames *self, guint32 number) {
  if (number >= self->numbers.room)
    make_number_room(self, number);
  if (self->numbers.by_number[number] == 0) {
    Name name = {number, IS_NUMBER};
    g_array_append_val(self->names, name);
    self->numbers.by_number[number] = self->names->len;
  }
  return self->numbers.by_number[number] - 1;
}

guint32 ak_chain_names_add(AkChainNames *self, const char *text, gsize size) {
  gint64 number = number_of(text, size);
  if (number >= 0)
    return ak_chain_names_add_number(self, (guint32)number);
  guint32 slot = slot_of(self, text, size);
  if (self->slots[slot] != 0)
    return self->slots[slot] - 1;
  Name name = {self->texts->len, (guint32)size};
  g_byte_array_append(self->texts, (const guint8 *)text, (guint)size);
  g_array_append_val(self->names, name);
  guint32 made = self->names->len - 1;
  self->slots[slot] = made + 1;
  if (++self->texts_count * 2 > self->slot_count)
    make_slots(self, self->slot_count * 2);
  return made;
}

guint32 ak_chain_names_find(const AkChainNames *self, const char *text, gsize size) {
  gint64 number = number_of(text, size);
  if (number >= 0)
    return number < self->numbers.room ? self->numbers.by_number[number] - 1 : AK_CHAIN_NAMES_NONE;
  return self->slots[slot_of(self, text, size)] - 1; /* 0 - 1: none */
}

char *ak_chain_names_text(const AkChainNames *self, guint32 number) {
  const Name *name = name_at(self, number);
  if (name->size & IS_NUMBER)
    return g_strdup_printf("%u", name->start);
  return g_strndup((const char *)self->texts->data + name->start, name->size);
}
