/* akashi scan: the open ports of one address, TCP and UDP. */
#include <signal.h>
#include <stdio.h>

#include "app/scan.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "core/authorization.h"
#include "exchange/product-yaml.h"

static char *ports, *authorization, *network_namespace;
static gboolean discover_only, udp;

static const GOptionEntry options[] = {
    {"ports", 0, 0, G_OPTION_ARG_STRING, &ports, "cli.scan.option.ports", "A-B,C"},
    {"udp", 0, 0, G_OPTION_ARG_NONE, &udp, "cli.scan.option.udp", NULL},
    {"discover-only", 0, 0, G_OPTION_ARG_NONE, &discover_only, "cli.scan.option.discover-only",
     NULL},
    {"authorization", 0, 0, G_OPTION_ARG_FILENAME, &authorization, "cli.scan.option.authorization",
     "PRODUCT.yaml"},
    {"network-namespace", 0, 0, G_OPTION_ARG_STRING, &network_namespace,
     "cli.scan.option.network-namespace", "NAME"},
    {NULL},
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number) { interrupted = 1; }

static bool is_interrupted(gpointer data) { return interrupted != 0; }

static void show(gpointer data, guint64 done, guint64 total) {
  ak_progress_show(data, done, total);
}

static void print_ranges(const AkCli *cli, const char *id, const json_t *ranges) {
  if (json_array_size(ranges) == 0)
    return;
  printf("%s:", ak_text(cli->lang, id));
  for (gsize i = 0; i < json_array_size(ranges); i++)
    printf(" %s", json_string_value(json_array_get(ranges, i)));
  printf("\n");
}

static void print_text(const AkCli *cli, const json_t *result) {
  const json_t *open = json_object_get(result, "ports");
  for (gsize i = 0; i < json_array_size(open); i++) {
    const json_t *row = json_array_get(open, i);
    printf("%5d/%s  %s\n", (int)json_integer_value(json_object_get(row, "port")),
           ak_json_string_or(row, "transport", ""), ak_text(cli->lang, "cli.scan.open"));
  }
  if (json_array_size(open) == 0)
    printf("%s\n", ak_text(cli->lang, "cli.scan.none"));
  print_ranges(cli, "cli.scan.unknown", json_object_get(result, "unknown"));
  print_ranges(cli, "cli.scan.coverage", json_object_get(result, "coverage"));
}

static bool print(const AkCli *cli, const json_t *result, GError **error) {
  if (cli->format == AK_FORMAT_TEXT) {
    print_text(cli, result);
    return true;
  }
  g_autofree char *text = ak_json_canonical(result, NULL, error);
  if (text != NULL)
    printf("%s\n", text);
  return text != NULL;
}

static AkExit scan(const AkCli *cli, const char *address, const AkProduct *product,
                   GError **error) {
  AkProgress progress = ak_progress_begin(address);
  AkScanOptions wanted = {
      .address = address,
      .ports = ports != NULL ? ports : "1-65535",
      .udp = udp != FALSE,
      .network_namespace = network_namespace,
      .product = product,
      .progress = show,
      .cancelled = is_interrupted,
      .data = &progress,
  };
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  json_t *result = NULL;
  bool finished = false;
  bool ok = ak_app_scan(&wanted, &result, &finished, error);
  ak_progress_end(&progress);
  if (!ok)
    return AK_EXIT_NOT_FINISHED;
  g_autoptr(json_t) owned = result;
  if (!print(cli, owned, error))
    return AK_EXIT_NOT_FINISHED;
  const char *other = ak_app_scan_other_namespace(&wanted, owned);
  if (other != NULL) {
    g_autofree char *hint = ak_text_format(cli->lang, "cli.scan.hint.namespace", other, other);
    fprintf(stderr, "%s\n", hint);
  }
  if (!finished)
    fprintf(stderr, "%s\n", ak_text(cli->lang, "cli.scan.stopped"));
  return finished ? AK_EXIT_PASS : AK_EXIT_NOT_FINISHED;
}

static AkExit run(const AkCli *cli, int argc, char **argv, GError **error) {
  if (argc != 1) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.scan.usage"));
    return AK_EXIT_USAGE;
  }
  if (authorization == NULL && !ak_authorization_is_loopback(argv[0])) {
    g_autofree char *message = ak_text_format(cli->lang, "cli.scan.refused", argv[0]);
    ak_error_set(error, AK_ERROR_PERMISSION, "%s", message);
    return AK_EXIT_USAGE;
  }
  g_autoptr(AkProduct) product = authorization != NULL ? ak_product_read(authorization, error) : NULL;
  if (authorization != NULL && product == NULL)
    return AK_EXIT_USAGE;
  return scan(cli, argv[0], product, error);
}

extern const AkCommand ak_cli_scan_command;
const AkCommand ak_cli_scan_command = {
    .word = "scan",
    .arguments = "ADDRESS",
    .summary_id = "cli.scan.summary",
    .help_id = "cli.scan.help",
    .options = options,
    .run = run,
};
