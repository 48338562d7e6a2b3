/* A kept value chain, changed by forms: a row of one of its lists at a time, or its text. */
#pragma once

#include "app/chain.h"
#include "app/chain-store.h"

typedef enum {
  AK_CHAIN_INPUT_TEXT,
  AK_CHAIN_INPUT_NUMBER,
  AK_CHAIN_INPUT_DAY,
  AK_CHAIN_INPUT_FLAG,    /* "true" or nothing */
  AK_CHAIN_INPUT_CHOICE,  /* one of words, or nothing */
  AK_CHAIN_INPUT_CHOICES, /* some of words: each a value of its own, ak_chain_edit_choice, or a text with commas */
  AK_CHAIN_INPUT_LIST,    /* texts, with commas */
} AkChainInputKind;

typedef struct {
  const char *name;
  const char *help;         /* in the language that was asked for */
  AkChainInputKind kind;
  bool required;
  const char *const *words; /* of CHOICE and CHOICES */
} AkChainInput;

/* What forms change; ends with NULL: chain (what it is and its attackers, one row), then the lists: elements, measures, relations,
 * acceptances, impacts. */
extern const char *const ak_chain_edit_parts[];

/* Has the part one row, which is neither added nor removed? */
bool ak_chain_edit_is_single(const char *part);

/* "exposure.internet": the value by which a form chooses a word; the caller's. */
char *ak_chain_edit_choice(const char *input, const char *word);

/* What a row of the part holds: of AkChainInput; the caller's. */
GArray *ak_chain_edit_inputs(const char *part, AkLang lang);

/* Rows of the part, a flat object each: name → text as it stands in an input. The caller's. */
json_t *ak_chain_edit_rows(const AkChain *chain, const char *part);

/* The text of the chain with row `row` changed, added (row -1), or removed (`values` NULL). `values`: name → text; what is missing
 * or empty is left out. The caller's. INVALID_DATA with all problems, one a line; NOT_FOUND where there is no such row. */
char *ak_chain_edit_apply(const AkChain *chain, const char *part, gint64 row, GHashTable *values, AkLang lang,
                          GError **error);

/* Can a text be kept as a chain? INVALID_DATA with all problems, "LINE:COLUMN: …", one a line. */
bool ak_chain_edit_check(const char *text, AkLang lang, GError **error);

/* Opens a kept version (0: the newest), now, for somebody who waits: its plans are searched for no longer than a minute.
 * INVALID_DATA with all problems as above. */
AkAppChain *ak_chain_edit_open(AkWorkspace *workspace, const char *name, guint32 number, AkLang lang, GError **error);
