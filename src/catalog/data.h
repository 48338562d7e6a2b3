/* Where catalogues and profiles come from: the program's resources, or a folder of the user. */
#pragma once

#include "util/error.h"

/* Reads /akashi/FOLDER/ID.json, or DIR/ID.json where `dir` is given (at most 16 MiB). NOT_FOUND for
 * an unknown id, INVALID_DATA for an id that is none. */
GBytes *ak_data_read(const char *folder, const char *id, const char *dir, GError **error);

/* Ids of the program's files in /akashi/FOLDER, sorted; caller frees. */
GStrv ak_data_ids(const char *folder);
