/* Runs at build time: secret-pack RULES.json OUT.c writes the compiled patterns as C, so that no start of
 * the program compiles them (0.2 s). They are trusted as the program is. */
#include <stdio.h>
#include <stdlib.h>

#include "firmware/analysis/secret-packed.h"
#include "firmware/analysis/secret-rule.h"

/* This program has none itself. */
const char ak_secret_packed_source[AK_DIGEST_HEX_SIZE] = "";
const char ak_secret_packed[] = "";
const gsize ak_secret_packed_size = 0;

static void write_source(FILE *file, const char *source, const guint8 *bytes, gsize size) {
  fprintf(file, "#include \"firmware/analysis/secret-packed.h\"\n\n");
  fprintf(file, "const char ak_secret_packed_source[AK_DIGEST_HEX_SIZE] = \"%s\";\n", source);
  fprintf(file, "const gsize ak_secret_packed_size = %" G_GSIZE_FORMAT ";\n", size);
  fprintf(file, "const char ak_secret_packed[] =");
  for (gsize i = 0; i < size; i++)
    fprintf(file, i % 64 == 0 ? "%s\\%03o" : "%.0s\\%03o", i == 0 ? "\n    \"" : "\"\n    \"", bytes[i]);
  fprintf(file, "%s\";\n", size == 0 ? "\n    \"" : "");
}

int main(int argc, char **argv) {
  g_autofree char *rules = NULL;
  gsize size = 0;
  g_autoptr(GError) error = NULL;
  if (argc != 3 || !g_file_get_contents(argv[1], &rules, &size, &error)) {
    fprintf(stderr, "usage: secret-pack RULES.json OUT.c: %s\n", error != NULL ? error->message : "");
    return EXIT_FAILURE;
  }
  g_autoptr(GBytes) packed = ak_secret_rules_pack(rules, size, &error);
  FILE *file = packed != NULL ? fopen(argv[2], "w") : NULL;
  if (file == NULL) {
    fprintf(stderr, "secret-pack: %s\n", error != NULL ? error->message : argv[2]);
    return EXIT_FAILURE;
  }
  AkDigest digest = ak_digest_of(rules, size);
  char source[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, source);
  write_source(file, source, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
  return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
