/* The values of one type, numbered densely from 0 in the order in which they come. Whole numbers
 * without leading zeros are looked up in an array, everything else in a hash table with a seed. */
#pragma once

#include "util/error.h"

#define AK_CHAIN_NAMES_NONE G_MAXUINT32
enum { AK_CHAIN_NAMES_DIGITS = 7, AK_CHAIN_NAMES_NUMBERS = 10000000 }; /* looked up in the array */

typedef struct _AkChainNames AkChainNames;

/* What the names of whole numbers are looked up in; read by ak_chain_names_quick alone. */
typedef struct {
  guint32 *by_number; /* number → its name + 1 */
  guint32 room;
} AkChainNumbers;

AkChainNames *ak_chain_names_new(void);
void ak_chain_names_free(AkChainNames *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkChainNames, ak_chain_names_free)

/* Room for so many further texts at once. */
void ak_chain_names_expect(AkChainNames *self, guint32 count);

guint32 ak_chain_names_count(const AkChainNames *self);
/* The number of `text`, given now if it has none. */
guint32 ak_chain_names_add(AkChainNames *self, const char *text, gsize size);
/* The same for a whole number below AK_CHAIN_NAMES_NUMBERS, which stands for its digits. */
guint32 ak_chain_names_add_number(AkChainNames *self, guint32 number);
/* Valid as long as `self` is. */
const AkChainNumbers *ak_chain_names_numbers(const AkChainNames *self);
/* The number's name + 1, or 0 where it has none yet. */
static inline guint32 ak_chain_names_quick(const AkChainNumbers *numbers, guint32 number) {
  return number < numbers->room ? numbers->by_number[number] : 0;
}
/* AK_CHAIN_NAMES_NONE where it has none. */
guint32 ak_chain_names_find(const AkChainNames *self, const char *text, gsize size);
/* The text with a number below the count; caller frees. */
char *ak_chain_names_text(const AkChainNames *self, guint32 number);
