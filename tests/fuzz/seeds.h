/* The inputs that a target's mutants start from: tests/fuzz/seeds/FOLDER/WORD/.
 *
 * A file named bad-… must be refused, every other one accepted. NAME.hex is text: two hex digits a
 * byte, white space between, `#` to the end of the line is a comment. WHY.md says why none of the
 * others can be accepted, where that is so; then only refused ones may stand there. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  char *name; /* owned; the file's name */
  GBytes *bytes;
  bool is_bad; /* must be refused */
} AkFuzzSeed;

typedef struct {
  GPtrArray *seeds; /* of AkFuzzSeed, by name */
  bool has_folder;
  bool accepts_none; /* WHY.md is there */
} AkFuzzSeeds;

/* Reads the folder of `target`; a missing one is empty. */
bool ak_fuzz_seeds_read(const char *root, const char *target, AkFuzzSeeds *out, GError **error);
void ak_fuzz_seeds_clear(AkFuzzSeeds *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AkFuzzSeeds, ak_fuzz_seeds_clear)

/* The bytes of a file, decoded where its name ends with .hex; NULL on error. */
GBytes *ak_fuzz_seed_read(const char *path, GError **error);
