/* What the files of boot-words share: where a script is, and the line that is read. Of nobody
 * else's concern.
 *
 * boot-words-variable.c  variables, and what stands in their place
 * boot-words-word.c      lines, joined, and one word of them
 * boot-words-block.c     if, case, groups and functions
 * boot-words-condition.c what has to hold for a command to be run
 * boot-words-command.c   one simple command
 * boot-words-text.c      the text of a <<
 * boot-words.c           the reader: a line from its first to its last character */
#pragma once

#include "firmware/analysis/boot-words.h"

#define AK_BOOT_MAX_BLOCKS 16
#define AK_BOOT_MAX_WORD_BYTES 4096
#define AK_BOOT_SPLIT                                                                              \
  '\x1f' /* within a word: white space of a variable's value, where the word ends */
#define AK_BOOT_EACH '\x1e' /* within a word: the next value of a for's variable */

typedef enum { AK_BOOT_MAYBE, AK_BOOT_ALWAYS, AK_BOOT_NEVER } AkBootHolds;

typedef struct {
  bool is_case, in_label; /* of a case: its labels come next */
  bool is_unknown;        /* whether it is gone into */
  AkBootHolds holds;      /* of an if: what its condition is known to be */
  char *path;             /* has to be there, or NULL; owned */
} AkBootBlock;

struct _AkBootWords {
  GPtrArray *variables; /* of boot-words-variable.c */
  AkBootBlock blocks[AK_BOOT_MAX_BLOCKS];
  guint depth;              /* blocks in which it is; those above AK_BOOT_MAX_BLOCKS are not kept */
  bool in_condition;        /* between if and then */
  guint tests;              /* commands that were there */
  char *test;               /* the path of the only one, or NULL */
  AkBootHolds holds;        /* of the only one */
  bool is_open;             /* variables may have other values */
  char *loop;               /* variable of a for whose words a command gives, or NULL */
  char *function, *pending; /* in which it is; which begins */
  guint braces, function_braces;
  guint64 groups; /* a bit a brace, the innermost last: it began a block */
  char *text_end; /* the word that ends the text of a <<, or NULL */
  bool text_began, text_is_script;
};

/* A line while it is read; all of it owned by ak_boot_words_line but `self`. */
typedef struct {
  AkBootWords *self;
  GPtrArray *commands; /* of AkSimpleCommand: what it gave so far */
  GPtrArray *words;    /* of char *: the command that is not at its end */
  bool is_chained;     /* behind && or ||, and not behind tests of paths alone */
  GPtrArray *chain;    /* of char *: paths that were tested before && */
  char *tested;        /* the path that the last command tested, or NULL */
  AkBootHolds holds;   /* whether what the last command tested holds */
  bool is_never;       /* behind such a test that does not */
} AkBootLine;

/* --- variables --- */

GPtrArray *ak_boot_words_variables(void);
/* Borrowed; NULL where it is not set or not known. That of a for holds all of its values, parted by
 * AK_BOOT_EACH. */
const char *ak_boot_words_value_of(const AkBootWords *self, const char *name, gsize size);
/* `value` NULL: not known. On a condition, a variable that has another value has one of the two: it
 * is not known either. */
void ak_boot_words_set(AkBootWords *self, const char *name, gsize size, const char *value,
                       bool is_conditional);
/* A for's variable: one of the words from `from` on stands wherever it is used. */
void ak_boot_words_set_each(AkBootWords *self, const char *name, const GPtrArray *words,
                            guint from);
/* Of words with such a variable: how many commands they are, and a word of the `number`th (caller
 * frees). */
guint ak_boot_words_count_values(const GPtrArray *words);
char *ak_boot_words_pick(const char *word, guint number);
/* Length of the variable's name at `text`; 0 where none begins. */
gsize ak_boot_words_name_length(const char *text);
/* Writes "$NAME" or "${NAME}" at `text` filled in, if its value is known, and returns how long it
 * is; 0 where it is nothing of the kind. */
gsize ak_boot_words_fill_in(const AkBootWords *self, const char *text, bool is_quoted,
                            GString *word);

/* --- words --- */

/* One word at `text` up to white space or, in shell lines, a separator; returns its length. `self`
 * NULL: no shell line. */
gsize ak_boot_words_take_word(const AkBootWords *self, const char *text, const char *separators,
                              GString *word, bool *has_quotes);

/* --- blocks --- */

/* Takes over `block.path`. */
void ak_boot_words_push(AkBootWords *self, AkBootBlock block);
/* True where the word began or ended a block, and is no word of a command. */
bool ak_boot_words_take_keyword(AkBootLine *line, const char *word);
void ak_boot_words_take_brace(AkBootLine *line, char brace);
/* Of a case: "a|b)" before commands, ";;" behind them. True where it was one of these; `at` is
 * moved behind it. */
bool ak_boot_words_take_label(AkBootLine *line, const char *text, gsize *at);

/* --- conditions --- */

/* What a script is called with to start something. */
bool ak_boot_words_is_start(const char *text);
/* "[ -x PATH ]", "test -f PATH": the path (borrowed), or NULL. */
const char *ak_boot_words_tested_path(const GPtrArray *words);
/* "[ yes = yes ]", "test -n text": known where no variable in it is not. */
AkBootHolds ak_boot_words_held(const AkBootWords *self, const GPtrArray *words);
/* Paths that have to be there for the next command; `is_unknown` gets whether there is another
 * condition. Caller frees. */
GStrv ak_boot_words_needs(const AkBootLine *line, bool *is_unknown);
bool ak_boot_words_is_behind_never(const AkBootLine *line);
/* What a separator means for what follows it. */
void ak_boot_words_chain(AkBootLine *line, const char *separator, bool is_double);

/* --- commands --- */

/* Ends the command that the words so far make. Words alone that assign are no command. */
void ak_boot_words_end_command(AkBootLine *line);
/* "case X in", perhaps with the first labels behind it, which stay as words. */
bool ak_boot_words_take_case(AkBootLine *line);

/* --- the text of a << --- */

/* "<<END" in a line: the lines up to END are a text. */
void ak_boot_words_note_text(AkBootWords *self, const char *line);
/* True where `text` is a line of a text, its end included. A text that is a script is written to be
 * run, and read as one. */
bool ak_boot_words_take_text(AkBootWords *self, const char *text);
