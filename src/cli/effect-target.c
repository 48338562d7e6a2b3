/* akashi effect target. */
#include <signal.h>

#include "cli/effect-parts.h"

static volatile int stopped;

static void on_signal(int number) { stopped = 1; }

AkExit ak_cli_effect_target(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                            char **argv, GError **error) {
  guint64 port = 0;
  if (argc < 1 || argc > 2 || !g_ascii_string_to_unsigned(argv[0], 10, 1, 65535, &port, NULL)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.usage"));
    return AK_EXIT_USAGE;
  }
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return ak_app_effect_target((guint16)port, argv[1], &stopped, error) ? AK_EXIT_PASS
                                                                       : AK_EXIT_NOT_FINISHED;
}
