/* akashi serve: the pages. */
#include "web/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/workspace.h"

#define MIN_TOKEN_BYTES 16

static char *address, *token_file;
static int port = AK_SERVER_PORT;

static const GOptionEntry options[] = {
    {"port", 0, 0, G_OPTION_ARG_INT, &port, "cli.serve.option.port", "N"},
    {"address", 0, 0, G_OPTION_ARG_STRING, &address, "cli.serve.option.address", "ADDRESS"},
    {"token-file", 0, 0, G_OPTION_ARG_FILENAME, &token_file, "cli.serve.option.token-file", "FILE"},
    {NULL},
};

static char *read_token(GError **error) {
  g_autofree char *text = NULL;
  g_autoptr(GError) failure = NULL;
  if (!g_file_get_contents(token_file, &text, NULL, &failure)) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", failure->message);
    return NULL;
  }
  g_strstrip(text);
  if (strlen(text) < MIN_TOKEN_BYTES) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s: an access token has at least %d characters",
                 token_file, MIN_TOKEN_BYTES);
    return NULL;
  }
  return g_steal_pointer(&text);
}

/* Signals are waited for, not handled: the server's threads go on meanwhile. */
static void wait_for_end(const sigset_t *signals) {
  int number = 0;
  sigwait(signals, &number);
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 0 || port < 0 || port > 65535) {
    ak_error_set(error, AK_ERROR_CONFIG, "akashi serve [--port 0…65535] [--data DIR]");
    return AK_EXIT_USAGE;
  }
  g_autofree char *token = token_file != NULL ? read_token(error) : NULL;
  if (token_file != NULL && token == NULL)
    return AK_EXIT_USAGE;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  g_autoptr(AkWorkspace) workspace = ak_cli_workspace(cli, error);
  if (workspace == NULL)
    return AK_EXIT_USAGE;
  AkServerOptions server_options = {
      .address = address, .port = (guint16)port, .token = token, .lang = cli->lang};
  g_autoptr(AkServer) server = ak_server_start(workspace, &server_options, error);
  if (server == NULL)
    return AK_EXIT_USAGE;
  printf("http://%s:%u/\n", address != NULL ? address : "127.0.0.1", (guint)ak_server_port(server));
  fflush(stdout);
  wait_for_end(&signals);
  return AK_EXIT_PASS;
}

extern const AkCommand ak_cli_serve_command;
const AkCommand ak_cli_serve_command = {
    .word = "serve",
    .arguments = "",
    .summary_id = "cli.serve.summary",
    .help_id = "cli.serve.help",
    .options = options,
    .run = run,
};
