/* The command line: one file a command, `const AkCommand ak_cli_<word>_command`, one word in the
 * list. */
#pragma once

#include "util/text.h"

/* What the program ends with. */
typedef enum {
  AK_EXIT_PASS = 0,         /* every applicable mandatory requirement passes; or success */
  AK_EXIT_FAIL = 1,         /* some mandatory requirement fails; a proof does not hold */
  AK_EXIT_USAGE = 2,        /* bad usage or input */
  AK_EXIT_NOT_FINISHED = 3, /* stopped or broken off before the end */
  AK_EXIT_INCONCLUSIVE = 4, /* none fails, some is inconclusive */
} AkExit;

typedef enum { AK_FORMAT_TEXT, AK_FORMAT_JSON } AkFormat;

/* Options that every command takes. */
typedef struct {
  AkLang lang;       /* --lang en|ja, else from the environment */
  AkFormat format;   /* --format: JSON for "json", else TEXT */
  const char *format_name; /* the word itself: "text", "json", or one of the command's own */
  const char *data;  /* --data DIR: the data folder, see ak_cli_data_folder */
  bool color;        /* standard output is a terminal and NO_COLOR is not set */
} AkCli;

typedef struct {
  const char *word;       /* "verify" */
  const char *arguments;  /* "PRODUCT.yaml" for the usage line */
  const char *summary_id; /* text id of the one-line summary: "cli.verify.summary" */
  const char *help_id;    /* text id of the explanation below the options; may be NULL */
  const GOptionEntry *options; /* of this command; may be NULL. Their help is a text id. */
  const char *formats; /* words of --format, split by "|"; NULL: "text|json" */
  /* `argv` are the arguments after options, NULL-terminated. Prints its own result. On error sets
   * `error` and the exit code follows from it: CONFIG, INVALID_DATA, NOT_FOUND, LIMIT → 2;
   * CANCELLED, IO, TIMEOUT and others → 3. */
  AkExit (*run)(const AkCli *cli, int argc, char **argv, GError **error);
} AkCommand;

extern const AkCommand *const ak_cli_command_table[]; /* generated; ends with NULL */

/* The data folder: --data DIR, else AKASHI_DATA, else XDG_DATA_HOME/akashi. Caller frees. */
char *ak_cli_data_folder(const AkCli *cli);

int ak_cli_main(int argc, char **argv);
