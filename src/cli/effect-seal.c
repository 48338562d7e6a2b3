/* akashi effect seal and open: a corpus that nobody can tune to before it is opened. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/effect-parts.h"
#include "exchange/sealed.h"
#include "util/io.h"

#define KEY_BYTES 4096

static AkExit usage(const AkCli *cli, GError **error) {
  ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.effect.seal-usage"));
  return AK_EXIT_USAGE;
}

static GBytes *read_whole(const char *path, gsize most, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  return ak_io_read_file(AT_FDCWD, whole, most, error);
}

static bool read_key(const char *path, AkSealKey *out, GError **error) {
  g_autoptr(GBytes) bytes = read_whole(path, KEY_BYTES, error);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = bytes != NULL ? g_strndup(data != NULL ? data : "", size) : NULL;
  return text != NULL && ak_seal_key_from_text(text, out, error);
}

/* Whole or not at all. An existing key is never written over. */
static bool write_file(const char *path, mode_t mode, const void *data, gsize size,
                       GError **error) {
  g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
  int dir_fd = ak_io_open_dir(AT_FDCWD, folder, error);
  bool done = dir_fd >= 0 && ak_io_replace(dir_fd, name, mode, data, size, error);
  if (dir_fd >= 0)
    close(dir_fd);
  return done;
}

/* The key of the file, which is made where it is not there: for its owner alone. */
static bool take_key(const char *path, AkSealKey *out, GError **error) {
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    return read_key(path, out, error);
  ak_seal_key_new(out);
  g_autofree char *hex = ak_seal_key_to_text(out), *line = g_strconcat(hex, "\n", NULL);
  return write_file(path, 0600, line, strlen(line), error);
}

static void print_digest(const AkCli *cli, const char *id, const void *data, gsize size) {
  AkDigest digest = ak_digest_of(data, size);
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  if (cli->format == AK_FORMAT_JSON) {
    printf("{\"sealed_sha256\": \"%s\"}\n", hex);
    return;
  }
  g_autofree char *line = ak_text_format(cli->lang, id, hex);
  printf("%s\n", line);
}

AkExit ak_cli_effect_seal(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                          char **argv, GError **error) {
  AkSealKey key;
  if (argc != 1 || options->output == NULL || options->key == NULL)
    return usage(cli, error);
  g_autoptr(GBytes) file = read_whole(argv[0], AK_SEAL_MAX_BYTES, error);
  if (file == NULL || !take_key(options->key, &key, error))
    return AK_EXIT_USAGE;
  g_autoptr(GBytes) sealed = ak_sealed_make(file, argv[0], &key, error);
  if (sealed == NULL)
    return AK_EXIT_USAGE;
  gsize size = 0;
  const void *data = g_bytes_get_data(sealed, &size);
  if (!write_file(options->output, 0644, data, size, error))
    return AK_EXIT_NOT_FINISHED;
  print_digest(cli, "cli.effect.sealed", data, size);
  return AK_EXIT_PASS;
}

AkExit ak_cli_effect_unseal(const AkCli *cli, const AkCliEffectOptions *options, int argc,
                            char **argv, GError **error) {
  AkSealKey key;
  if (argc != 1 || options->output == NULL || options->key == NULL)
    return usage(cli, error);
  g_autoptr(GBytes) file = read_whole(argv[0], 2u * AK_SEAL_MAX_BYTES - 1, error);
  if (file == NULL || !read_key(options->key, &key, error))
    return AK_EXIT_USAGE;
  gsize size = 0;
  const char *data = g_bytes_get_data(file, &size);
  g_autoptr(AkEffectCorpus) corpus =
      ak_sealed_open(data != NULL ? data : "", size, argv[0], &key, error);
  if (corpus == NULL)
    return AK_EXIT_USAGE;
  if (!ak_corpus_write(corpus, options->output, error))
    return AK_EXIT_NOT_FINISHED;
  print_digest(cli, "cli.effect.unsealed", data, size);
  return AK_EXIT_PASS;
}
