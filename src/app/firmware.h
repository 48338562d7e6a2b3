/* One firmware image, without a product and without a run: what lies in it, what the analyses see,
 * and, where it is asked for, its files in a folder. */
#pragma once

#include "util/json.h"

typedef struct {
  const char *path;    /* of the image */
  const char *extract; /* folder for its files, new or empty; NULL: none */
  const char *yara;    /* path of rules of the user's; NULL: none */
  const char *data_dir; /* where results are kept and looked for (app/cache.h); NULL: nowhere */
  void (*progress)(gpointer data, guint64 done, guint64 total); /* may be NULL */
  bool (*cancelled)(gpointer data);                             /* may be NULL */
  gpointer data;                                                /* of both */
} AkFirmwareOptions;

/* `result` (the caller's): docs/formats/firmware.md. What could not be looked at is said in it; an
 * error means that the image cannot be read or the folder not written (then the manifest, if it
 * could be written, says what is there). */
bool ak_app_firmware(const AkFirmwareOptions *options, json_t **result, GError **error);
