/* Words of shell lines, without running anything. Pure. */
#pragma once

#include "util/error.h"

typedef struct _AkBootWords AkBootWords; /* variables that were set, in which if, case and function it is,
                                            and whether the lines are the text of a << */
AkBootWords *ak_boot_words_new(void);
void ak_boot_words_free(AkBootWords *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkBootWords, ak_boot_words_free)

typedef struct {
  GStrv words;
  bool is_conditional; /* in an if or a case other than that of starting, or behind && or || */
  bool is_never;       /* behind a test of known texts that does not hold */
  GStrv needs;         /* paths that have to be there, where nothing else is its condition; else NULL */
  char *function;      /* in which it stands, or NULL */
  bool is_background;  /* followed by a single & */
} AkSimpleCommand;
void ak_simple_command_free(AkSimpleCommand *self);

/* The simple commands of one line (joined by ak_boot_words_join): GPtrArray of AkSimpleCommand.
 * Known variables are filled in and, outside of quotes, split into words; others stay as "$NAME". Assignments are remembered (at
 * most 200); one on a condition makes a variable unknown that has another value. What is done for each word of a for is one
 * command a word. */
GPtrArray *ak_boot_words_line(AkBootWords *self, const char *line);

/* A file that could not be read may have set any variable: no test of them fails for sure from here on. */
void ak_boot_words_open(AkBootWords *self);

/* The value of a variable, NULL where it is not set or not known. Borrowed. */
const char *ak_boot_words_value(const AkBootWords *self, const char *name);

/* Words at white space, quotes taken away; no variables. Caller frees. */
GStrv ak_boot_words_split(const char *text);

/* Bytes up to the end of the line that begins at `data`, over line ends behind a backslash. */
gsize ak_boot_words_line_length(const guint8 *data, gsize size);
/* The line as text with continued lines joined; NULL with a NUL inside or above 8 KiB. Caller
 * frees. */
char *ak_boot_words_join(const guint8 *data, gsize size);
