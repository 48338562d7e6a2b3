#include "cli/command.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *ak_cli_data_folder(const AkCli *cli) {
  const char *given = cli->data != NULL ? cli->data : g_getenv("AKASHI_DATA");
  return given != NULL && *given != '\0' ? g_strdup(given)
                                         : g_build_filename(g_get_user_data_dir(), "akashi", NULL);
}

static const AkCommand *find_command(const char *word) {
  for (gsize i = 0; word != NULL && ak_cli_command_table[i] != NULL; i++)
    if (strcmp(ak_cli_command_table[i]->word, word) == 0)
      return ak_cli_command_table[i];
  return NULL;
}

static void print_overview(AkLang lang, FILE *stream) {
  fprintf(stream, "%s\n\n%s\n", ak_text(lang, "cli.about"), ak_text(lang, "cli.commands"));
  for (gsize i = 0; ak_cli_command_table[i] != NULL; i++)
    fprintf(stream, "  %-10s %s\n", ak_cli_command_table[i]->word,
            ak_text(lang, ak_cli_command_table[i]->summary_id));
  fprintf(stream, "\n%s\n", ak_text(lang, "cli.more"));
}

static AkExit exit_of_error(const GError *error) {
  if (error->domain == G_OPTION_ERROR)
    return AK_EXIT_USAGE;
  switch ((AkErrorCode)error->code) {
  case AK_ERROR_CONFIG:
  case AK_ERROR_INVALID_DATA:
  case AK_ERROR_NOT_FOUND:
  case AK_ERROR_NOT_SUPPORTED:
  case AK_ERROR_PERMISSION:
  case AK_ERROR_LIMIT:
    return AK_EXIT_USAGE;
  default:
    return AK_EXIT_NOT_FINISHED;
  }
}

static const char *translate_option(const char *id, gpointer data) {
  return ak_text(*(const AkLang *)data, id);
}

static gboolean set_lang(const char *name, const char *value, gpointer data, GError **error) {
  if (strcmp(value, "en") != 0 && strcmp(value, "ja") != 0)
    return ak_error_set(error, AK_ERROR_CONFIG, "--lang %s: en or ja", value);
  ((AkCli *)data)->lang = ak_lang_from_name(value);
  return TRUE;
}

static const char *formats_of(const AkCommand *command) {
  return command->formats != NULL ? command->formats : "text|json";
}

static bool set_format(AkCli *cli, const AkCommand *command, const char *value, GError **error) {
  g_auto(GStrv) words = g_strsplit(formats_of(command), "|", -1);
  if (!g_strv_contains((const char *const *)words, value))
    return ak_error_set(error, AK_ERROR_CONFIG, "--format %s: %s", value, formats_of(command));
  cli->format_name = value;
  cli->format = strcmp(value, "json") == 0 ? AK_FORMAT_JSON : AK_FORMAT_TEXT;
  return true;
}

/* --lang decides in which language --help answers, so it is looked for before options are parsed. */
static AkLang early_lang(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (g_str_has_prefix(argv[i], "--lang="))
      return ak_lang_from_name(argv[i] + strlen("--lang="));
    if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
      return ak_lang_from_name(argv[i + 1]);
  }
  return ak_lang_from_environment();
}

/* Options that all commands take may stand before the command: they are put behind its word, where
 * they are read. That word; NULL: there is none. */
static const char *put_command_first(int argc, char **argv) {
  static const char *const common[] = {"--format", "--lang", "--data", NULL};
  int at = 1;
  while (at < argc && argv[at][0] == '-') {
    const char *value = strchr(argv[at], '=');
    g_autofree char *name =
        g_strndup(argv[at], value != NULL ? (gsize)(value - argv[at]) : strlen(argv[at]));
    if (!g_strv_contains(common, name))
      break;
    at += value != NULL ? 1 : 2;
  }
  if (at >= argc)
    return NULL;
  char *word = argv[at];
  memmove(argv + 2, argv + 1, (gsize)(at - 1) * sizeof *argv);
  argv[1] = word;
  return word;
}

static AkExit run_command(const AkCommand *command, AkCli *cli, int argc, char **argv,
                          GError **error) {
  static char *format = NULL; /* lives as long as the process: the command reads it */
  const GOptionEntry common[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format, "cli.option.format", formats_of(command)},
      {"lang", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)set_lang, "cli.option.lang", "en|ja"},
      {"data", 0, 0, G_OPTION_ARG_FILENAME, &cli->data, "cli.option.data", "DIR"},
      {NULL},
  };
  g_autofree char *usage = g_strdup_printf("%s %s", command->word, command->arguments);
  g_autoptr(GOptionContext) context = g_option_context_new(usage);
  GOptionGroup *group = g_option_group_new("akashi", "", "", cli, NULL);
  g_option_group_add_entries(group, common);
  if (command->options != NULL)
    g_option_group_add_entries(group, command->options);
  g_option_group_set_translate_func(group, translate_option, &cli->lang, NULL);
  g_option_context_set_main_group(context, group);
  g_option_context_set_summary(context, ak_text(cli->lang, command->summary_id));
  if (command->help_id != NULL)
    g_option_context_set_description(context, ak_text(cli->lang, command->help_id));
  if (!g_option_context_parse(context, &argc, &argv, error))
    return AK_EXIT_USAGE;
  cli->format_name = "text";
  if (format != NULL && !set_format(cli, command, format, error))
    return AK_EXIT_USAGE;
  return command->run(cli, argc - 1, argv + 1, error);
}

/* What is still to be written may not fit: a command whose result was lost did not do its work. Who stopped reading
 * knows that. */
static AkExit end_output(const AkCli *cli, AkExit code) {
  bool is_lost = fflush(stdout) != 0 || ferror(stdout) != 0;
  if (is_lost && errno != EPIPE)
    fprintf(stderr, "akashi: %s\n", ak_text(cli->lang, "cli.output-lost"));
  return is_lost && code != AK_EXIT_USAGE ? AK_EXIT_NOT_FINISHED : code;
}

int ak_cli_main(int argc, char **argv) {
  setlocale(LC_CTYPE, "C.UTF-8"); /* output is UTF-8 whatever the locale says */
  g_set_prgname("akashi");
  static AkCli cli; /* its texts live as long as the process */
  cli.lang = early_lang(argc, argv);
  cli.color = isatty(STDOUT_FILENO) && g_getenv("NO_COLOR") == NULL;
  const char *word = put_command_first(argc, argv);
  if (g_strcmp0(word, "--version") == 0) {
    printf("akashi %s\n", AK_VERSION);
    return AK_EXIT_PASS;
  }
  if (word == NULL || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
    print_overview(cli.lang, word == NULL ? stderr : stdout);
    return word == NULL ? AK_EXIT_USAGE : AK_EXIT_PASS;
  }
  const AkCommand *command = find_command(word);
  if (command == NULL) {
    g_autofree char *message = ak_text_format(cli.lang, "cli.unknown-command", word);
    fprintf(stderr, "akashi: %s\n", message);
    return AK_EXIT_USAGE;
  }
  g_autoptr(GError) error = NULL;
  AkExit code = end_output(&cli, run_command(command, &cli, argc - 1, argv + 1, &error));
  if (error == NULL)
    return (int)code;
  fprintf(stderr, "akashi: %s\n", error->message);
  return (int)exit_of_error(error);
}
