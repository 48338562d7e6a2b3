/* akashi completion bash: completion for a shell, made from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/skeleton.h"

/* Options that every command takes; --format's words are the command's own. */
static const char *const common[] = {"--data", "--format", "--help", "--lang"};

static void print_options(const AkCommand *command) {
  for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
    printf("%s%s", i > 0 ? " " : "", common[i]);
  for (const GOptionEntry *at = command->options; at != NULL && at->long_name != NULL; at++)
    printf(" --%s", at->long_name);
}

/* The words before the first argument that is in capitals: "list", "show" of "list | show RUN". */
static void print_words(const AkCommand *command) {
  g_auto(GStrv) words = g_strsplit_set(command->arguments, " |[]", -1);
  for (gsize i = 0; words[i] != NULL; i++)
    if (g_ascii_islower(words[i][0]))
      printf(" %s", words[i]);
}

/* What stands behind --example: the names that the program carries. */
static void print_examples(void) {
  g_auto(GStrv) names = ak_cli_skeleton_words("chain-");
  g_autofree char *joined = g_strjoinv(" ", names);
  printf("    --example) COMPREPLY=($(compgen -W \"%s\" -- \"$current\")); return ;;\n", joined);
}

static void print_bash(void) {
  printf("# bash completion for akashi; made by: akashi completion bash\n"
         "_akashi() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command=${COMP_WORDS[1]} options= words= formats=\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W \"");
  for (gsize i = 0; ak_cli_command_table[i] != NULL; i++)
    printf("%s ", ak_cli_command_table[i]->word);
  printf("--help --version\" -- \"$current\"))\n"
         "    return\n"
         "  fi\n"
         "  case $command in\n");
  for (gsize i = 0; ak_cli_command_table[i] != NULL; i++) {
    const AkCommand *command = ak_cli_command_table[i];
    g_auto(GStrv) formats = g_strsplit(command->formats != NULL ? command->formats : "text|json", "|", -1);
    g_autofree char *joined = g_strjoinv(" ", formats);
    printf("    %s) options=\"", command->word);
    print_options(command);
    printf("\" words=\"");
    print_words(command);
    printf("\" formats=\"%s\" ;;\n", joined);
  }
  printf("  esac\n"
         "  case $previous in\n"
         "    --format) COMPREPLY=($(compgen -W \"$formats\" -- \"$current\")); return ;;\n"
         "    --only) COMPREPLY=($(compgen -W \"$formats\" -- \"$current\")); return ;;\n"
         "    --lang) COMPREPLY=($(compgen -W \"en ja\" -- \"$current\")); return ;;\n");
  print_examples();
  printf("  esac\n"
         "  case $current in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -W \"$words\" -- \"$current\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _akashi akashi\n");
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1 || strcmp(argv[0], "bash") != 0) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi completion bash");
    return AK_EXIT_USAGE;
  }
  print_bash();
  return AK_EXIT_PASS;
}

extern const AkCommand ak_cli_completion_command;
const AkCommand ak_cli_completion_command = {
    .word = "completion",
    .arguments = "bash",
    .summary_id = "cli.completion.summary",
    .help_id = "cli.completion.help",
    .run = run,
};
